// What a fabric does by itself at intervals, on a simulated APIC: no Node-RED, and intervals that a test can wait for.

import assert from 'node:assert/strict'
import {
  Fabric,
  LoginGuard,
  PasswordLogin,
  queriesOf,
  RedeployCache,
  type FabricOptions,
  type Target
} from '../../../nodes/apic'
import { ApicSimulator } from '../../simulator'
import { Inbox } from '../../rig'

describe('a fabric', () => {
  let apic: ApicSimulator
  let fabric: Fabric
  let sent: Inbox<string>
  let ready: Inbox<string>
  /** What any query has complained of. */
  let troubles: Set<string>

  beforeEach(async () => {
    apic = await ApicSimulator.start({ fabric: 'small', tls: false, auditLimit: 0 })
    sent = new Inbox('sent')
    ready = new Inbox('ready')
    troubles = new Set()
  })

  afterEach(async () => {
    await fabric.close()
    await apic.close()
  })

  const begin = async (targets: Partial<Target> | readonly Partial<Target>[], options: Partial<FabricOptions> = {}) => {
    fabric = new Fabric({
      controllers: apic.urls,
      tls: {},
      login: new PasswordLogin({ username: 'admin', password: 'password', domain: '' }),
      guard: new LoginGuard(),
      requestTimeoutMs: 10_000,
      heartbeatMs: 15_000,
      refreshTimeout: 0,
      auditMs: 0,
      stateChanged: () => undefined,
      unreadable: (error) => assert.fail(error),
      ...options
    })
    return follow(targets)
  }

  /** Watches by the name `node`. */
  const follow = async (targets: Partial<Target> | readonly Partial<Target>[]) => {
    const watch = fabric.watch(
      {
        change: (change) => sent.push(`${change.origin} ${change.event} ${change.dn} ${change.matched ?? ''}`.trim()),
        stateChanged: () => {
          for (const { state } of watch.states) if ('error' in state) troubles.add(String(state.error))
          if (watch.states.every(({ state }) => state.phase === 'live')) ready.push('live')
        }
      },
      'node'
    )
    const whole: Target = { target: 'class', classes: [], dn: '', scope: 'self', subtreeClasses: [], filter: '' }
    const queries = [targets].flat().flatMap((target) => queriesOf({ ...whole, ...target }))
    watch.keep(queries, { mirror: 'full', snapshot: false })
    await ready.next()
    return watch
  }

  it('reads once more some seconds after a registration, for an APIC may miss the first event', async () => {
    await begin({ target: 'mo', dn: 'uni/tn-x', scope: 'subtree' }, { verifyMs: 50 })
    apic.create('fvTenant', 'uni/tn-x')
    assert.equal(await sent.next(), 'live created uni/tn-x')
    const silence = apic.faults.silenceSubscriptions()
    apic.create('fvAp', 'uni/tn-x/ap-y')
    silence.undo()
    assert.equal(await sent.next(), 'recovered created uni/tn-x/ap-y')
    assert.equal(ready.all.length, 1, 'nothing is made anew for it')
  })

  it('takes what no read shows for unknown, not for gone', async () => {
    await begin({ classes: ['fvTenant'] }, { verifyMs: 50 })
    await apic.until(() => apic.requests.filter(({ url }) => url.includes('page-size=5000')).length === 2)
    const [{ id } = { id: '' }] = apic.subscriptions
    const speak = async (times: number): Promise<void> => {
      for (let index = 0; index < 12; index += 1) {
        const attributes = { dn: `uni/tn-hidden${index}`, descr: '', rn: '', childAction: '', status: 'modified' }
        apic.faults.sendRaw(JSON.stringify({ subscriptionId: [id], imdata: [{ fvTenant: { attributes } }] }))
      }
      await apic.until(() => apic.requests.filter(({ url }) => url.includes('tn-hidden11')).length === times)
    }
    await speak(1)
    await speak(2)
    for (const name of ['x', 'y', 'z']) {
      apic.create('fvTenant', `uni/tn-${name}`)
      assert.equal(await sent.next(), `live created uni/tn-${name}`)
    }
    assert.deepEqual([...troubles], [])
  })

  it('finds what left a small filtered result without a word', async () => {
    apic.create('fvTenant', 'uni/tn-x', { descr: 'watched' })
    apic.create('fvTenant', 'uni/tn-y', { descr: 'watched' })
    await begin({ classes: ['fvTenant'], filter: 'eq(fvTenant.descr,"watched")' }, { lookMs: 50 })
    apic.modify('uni/tn-x', { descr: 'other' })
    assert.equal(await sent.next(), 'recovered deleted uni/tn-x left')
    apic.modify('uni/tn-x', { descr: 'watched' })
    assert.equal(await sent.next(), 'live created uni/tn-x entered')
  })

  it('makes its subscriptions anew when a switch has come up again', async () => {
    await begin({ classes: ['fvTenant'] }, { lookMs: 50 })
    const leaf = 'topology/pod-1/node-101/sys'
    await apic.until(() => apic.requests.some(({ url }) => url.includes('topSystem')))
    const silence = apic.faults.silenceSubscriptions()
    apic.create('fvTenant', 'uni/tn-missed')
    const before = apic.subscriptions.map(({ id }) => id)
    apic.modify(leaf, { lastRebootTime: new Date().toISOString().replace('Z', '+00:00') })
    assert.equal(await sent.next(), 'recovered created uni/tn-missed')
    silence.undo()
    assert.ok(apic.subscriptions.some(({ id }) => !before.includes(id)))
    assert.equal(apic.counts.logins, 1)
  })

  it('hands what came in between to the next watch of the same name', async () => {
    const watch = await begin({ classes: ['fvTenant'] })
    fabric.unwatch(watch)
    const frame = apic.frames.length
    apic.create('fvTenant', 'uni/tn-between')
    await apic.until(() => apic.frames.length > frame)
    await follow({ classes: ['fvTenant'] })
    assert.equal(await sent.next(), 'live created uni/tn-between')
    apic.create('fvTenant', 'uni/tn-after')
    assert.equal(await sent.next(), 'live created uni/tn-after')
    assert.equal(apic.subscriptions.length, 1)
  })

  it('hands on nothing of what the next watch does not ask for', async () => {
    const watch = await begin({ classes: ['fvTenant', 'fvAp'] })
    fabric.unwatch(watch)
    const frame = apic.frames.length
    apic.create('fvTenant', 'uni/tn-between')
    apic.create('fvAp', 'uni/tn-between/ap-x')
    await apic.until(() => apic.frames.length > frame + 1)
    await follow({ classes: ['fvAp'] })
    assert.deepEqual(await sent.take(1), ['live created uni/tn-between/ap-x'])
  })

  it('hands on what a query sent that the next watch does not ask for, where one that stays has kept it back', async () => {
    const dn = 'uni/tn-x'
    apic.create('fvTenant', dn, { descr: 'first' })
    const watch = await begin([{ classes: ['fvTenant'] }, { target: 'mo', dn }])
    const heard = new Inbox<string>('heard')
    const other = fabric.watch({ change: (change) => heard.push(change.dn), stateChanged: () => undefined })
    other.keep(watch.queries.slice(0, 1), { mirror: 'full', snapshot: false })
    fabric.unwatch(watch)
    const silence = apic.faults.silenceSubscriptions()
    apic.modify(dn, { descr: 'second' })
    silence.undo()
    // The query of the object hears of it first, and that of the class afterwards.
    for (const part of ['/api/mo/', '/api/class/']) {
      const { id } = apic.subscriptions.find(({ url }) => url.includes(part))!
      const object = { fvTenant: { attributes: { ...apic.read(dn), status: 'modified' } } }
      apic.faults.sendRaw(JSON.stringify({ subscriptionId: [id], imdata: [object] }))
    }
    await heard.next()
    assert.deepEqual(sent.all, [])
    await follow({ classes: ['fvTenant'] })
    apic.create('fvTenant', 'uni/tn-last')

    assert.deepEqual(await sent.take(2), [`live modified ${dn}`, 'live created uni/tn-last'])
  })

  it('leaves what it knows to the next fabric of the same owner, which tells what changed meanwhile', async () => {
    const redeploy = { cache: new RedeployCache(), owner: 'apic' }
    await begin({ classes: ['fvTenant'] }, { redeploy })
    await fabric.close()
    apic.create('fvTenant', 'uni/tn-meanwhile')
    await begin({ classes: ['fvTenant'] }, { redeploy })
    assert.equal(await sent.next(), 'recovered created uni/tn-meanwhile')
    await fabric.close()
    await begin({ classes: ['fvTenant'] }, { redeploy: { ...redeploy, owner: 'other' } })
    assert.deepEqual(sent.others(), [])
  })

  it('leaves what it has sent, too, so that a query that was late does not tell it again', async () => {
    const redeploy = { cache: new RedeployCache(), owner: 'apic' }
    const both = [{ classes: ['fvTenant'] }, { target: 'mo', dn: 'uni/tn-x' }] as const
    apic.create('fvTenant', 'uni/tn-x')
    const watch = await begin(both, { redeploy })
    const silence = apic.faults.silenceSubscriptions()
    apic.delete('uni/tn-x')
    await watch.resync(watch.queries.slice(0, 1))
    assert.equal(await sent.next(), 'recovered deleted uni/tn-x')
    await fabric.close()
    silence.undo()
    ready = new Inbox('ready')

    await begin(both, { redeploy })
    apic.create('fvTenant', 'uni/tn-after')
    assert.equal(await sent.next(), 'live created uni/tn-after')
    assert.deepEqual(sent.others(), [])
  })

  it('ends itself, and with it all it has on the APIC, when nobody has watched for a while', async () => {
    const watch = await begin({ classes: ['fvTenant'] }, { lingerMs: 20 })
    fabric.unwatch(watch)
    await apic.until(() => apic.sockets.length === 0)
    assert.equal(fabric.state.phase, 'closed')
  })

  it('has nothing left of two hundred connections that were lost', async () => {
    const quick = { atOnce: 1, first: 1, cap: 1, healthyAfter: 0 }
    await begin({ classes: ['fvTenant'] }, { backoff: quick })
    const lose = async (): Promise<void> => {
      const { socketsOpened } = apic.counts
      apic.faults.endSessions()
      await apic.until(() => apic.counts.socketsOpened > socketsOpened && apic.subscriptions.length === 1)
      await ready.next()
    }
    await lose()
    const before = process.getActiveResourcesInfo().length
    for (let count = 0; count < 200; count += 1) await lose()
    assert.ok(process.getActiveResourcesInfo().length <= before + 5)
    assert.equal(apic.sockets.length, 1)
    apic.create('fvTenant', 'uni/tn-after')
    assert.equal(await sent.next(), 'live created uni/tn-after')
  })
})
