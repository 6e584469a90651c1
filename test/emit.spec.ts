// aci-subscribe that sends its whole result as one array, in real Node-RED: `emit` of state or rows.

import assert from 'node:assert/strict'
import type { ResultMessage } from '../nodes/runtime/result-publisher'
import { Rig, type FlowNode, type Settings } from './rig'

const BLUE = 'uni/tn-blue'
const GREEN = 'uni/tn-green'
const RED = 'uni/tn-red'

describe('aci-subscribe that sends its whole result', () => {
  let rig: Rig

  beforeEach(async () => {
    rig = await Rig.start({ auditLimit: 0 })
  })

  afterEach(async () => {
    await rig.stop()
  })

  const subscriber = (settings: Settings = {}): FlowNode[] =>
    rig.subscriber('sub', { classes: 'fvTenant', emit: 'state', interval: 0.1, ...settings })

  const load = async (settings: Settings = {}, connection: Settings = {}): Promise<void> => {
    await rig.load(rig.connection(connection), subscriber(settings))
    await rig.status('sub', ({ fill }) => fill === 'grey' || fill === 'green')
  }

  const asResult = (message: unknown): ResultMessage => message as ResultMessage
  const next = async (): Promise<ResultMessage> => asResult(await rig.inbox('sub').next())
  const dnsOf = ({ payload }: ResultMessage): string[] => payload.map(({ dn }) => dn)
  /** The next one that has just these objects. */
  const shows = async (...dns: string[]): Promise<ResultMessage> =>
    asResult(await rig.inbox('sub').next((message) => dnsOf(asResult(message)).join() === dns.join()))

  /** As an APIC has them without any tenant of ours. */
  const OWN = ['uni/tn-common', 'uni/tn-infra', 'uni/tn-mgmt']
  const mine = 'wcard(fvTenant.descr,"mine")'
  const make = (dn: string): void => void rig.apic.create('fvTenant', dn, { descr: 'mine' })

  it('sends it once it has been read, and after changes', async () => {
    make(BLUE)
    await load({ name: 'Tenants' })

    const first = await next()
    assert.equal(first.topic, 'Tenants')
    assert.deepEqual(dnsOf(first), [BLUE, ...OWN])
    assert.deepEqual(first.payload[0], { class: 'fvTenant', dn: BLUE, attributes: rig.stored(BLUE) })
    assert.deepEqual(first.aci, {
      query: '/api/class/fvTenant.json',
      controller: rig.apic.urls[0],
      count: 4,
      changed: { created: 0, modified: 0, deleted: 0 },
      complete: true
    })

    rig.apic.modify(BLUE, { descr: 'other' })
    const second = await next()
    assert.deepEqual(second.aci.changed, { created: 0, modified: 1, deleted: 0 })
    assert.deepEqual(second.payload[0], { class: 'fvTenant', dn: BLUE, attributes: rig.stored(BLUE) })
    rig.apic.delete(BLUE)
    assert.deepEqual(dnsOf(await next()), OWN)
  })

  it('sends an empty one, too, and rows as a table shows them', async () => {
    // Another query has the frame of a change that leads out of the filter: an APIC says nothing of it to the filtered one.
    await rig.load(
      rig.connection(),
      subscriber({ emit: 'rows', filter: mine }),
      rig.subscriber('all', { classes: 'fvTenant' })
    )
    const empty = await next()
    assert.deepEqual([empty.payload, empty.aci.count, empty.aci.complete], [[], 0, true])
    assert.match(empty.topic, /^\/api\/class\/fvTenant\.json\?query-target-filter=/)

    make(BLUE)
    const { payload } = await next()
    assert.deepEqual(payload, [{ ...rig.stored(BLUE), class: 'fvTenant', dn: BLUE }])
    rig.apic.modify(BLUE, { descr: 'no more' })
    assert.deepEqual((await next()).payload, [], 'it has left the filter')
  })

  it('has each object once, however many queries have it', async () => {
    make(BLUE)
    rig.apic.create('fvAp', `${BLUE}/ap-a`)
    await load({ target: 'mo', dn: BLUE, scope: 'subtree', subtreeClasses: 'fvTenant,fvAp', inputs: 1 })
    assert.deepEqual(dnsOf(await next()), [BLUE, `${BLUE}/ap-a`])

    rig.receive('sub', { action: 'subscribe', topic: 'fvAp' })
    const both = await next()
    assert.deepEqual(dnsOf(both), [BLUE, `${BLUE}/ap-a`])
    assert.match(both.aci.query, /, /)
    rig.receive('sub', { action: 'unsubscribe', topic: BLUE })
    assert.deepEqual(dnsOf(await next()), [`${BLUE}/ap-a`])
    rig.receive('sub', { action: 'unsubscribe' })
    assert.deepEqual((await next()).payload, [])
  })

  it('collects the changes of an interval', async () => {
    await load({ interval: 0.5 })
    await shows(...OWN)
    for (const dn of [BLUE, GREEN, RED]) make(dn)
    const messages = [await next()]
    while (messages.at(-1)?.aci.count !== 6) messages.push(await next())

    assert.ok(messages.length <= 2, `${messages.length} messages`)
    const created = messages.reduce((sum, { aci }) => sum + aci.changed.created, 0)
    assert.equal(created, 3)
  })

  it('lets the last one stand while the feed is blind, and sends what is different when it is back', async () => {
    make(BLUE)
    await load({ filter: mine })
    await shows(BLUE)
    await rig.apic.controllers[0]!.down()
    await rig.status('sub', ({ fill }) => fill === 'red')
    rig.apic.delete(BLUE)
    make(GREEN)
    assert.deepEqual(rig.inbox('sub').others(), [])
    await rig.apic.controllers[0]!.up()

    const message = await shows(GREEN)
    await rig.subscribed('sub')
    const last = asResult(rig.inbox('sub').all.at(-1))
    assert.ok(message.aci.complete || last.aci.complete, 'the last one is complete')
    assert.deepEqual(dnsOf(last), [GREEN])
  })

  it('sends nothing after an outage in which nothing has changed', async () => {
    await load()
    await shows(...OWN)
    rig.apic.faults.dropSockets()
    await rig.status('sub', ({ fill }) => fill === 'red')
    await rig.subscribed('sub')
    make(BLUE)

    await shows(BLUE, ...OWN)
    assert.equal(rig.inbox('sub').all.length, 2)
  })

  it('sends nothing for a session that is renewed', async () => {
    rig = (await rig.stop(), await Rig.start({ auditLimit: 0, maximumLifetimeSeconds: 3, refreshTimeoutSeconds: 60 }))
    await load()
    await shows(...OWN)
    await rig.apic.until(() => rig.apic.counts.logins === 2 && rig.apic.sockets.length === 1)

    make(BLUE)
    await shows(BLUE, ...OWN)
    assert.equal(rig.inbox('sub').all.length, 2)
  })

  for (const type of ['nodes', 'full'] as const) {
    it(`sends it again after a deploy (${type})`, async () => {
      await load()
      await shows(...OWN)

      await rig.deploy(type, rig.connection(), subscriber({ interval: 0.2 }))

      const { aci } = await shows(...OWN)
      assert.deepEqual(aci.changed, { created: 0, modified: 0, deleted: 0 })
      make(BLUE)
      await shows(BLUE, ...OWN)
    })
  }

  it('answers whoever asks for a list, with the message that asked', async () => {
    await load({ inputs: 1 })
    await shows(...OWN)

    rig.receive('sub', { action: 'list', req: 'a request', topic: 'asked' })

    const answer = (await next()) as ResultMessage & Settings
    assert.deepEqual(dnsOf(answer), OWN)
    assert.equal(answer['req'], 'a request')
  })

  it('has no list before the objects have been read', async () => {
    rig.apic.faults.latency(600)
    await rig.load(rig.connection(), subscriber({ inputs: 1 }))
    rig.receive('sub', { action: 'list' })

    const { code, message } = await rig.caught('sub')
    assert.equal(code, 'ACI_CLOSED')
    assert.match(message, /the objects have not been read yet/)
  })

  it('takes no pure stream by message, for of that nothing is kept', async () => {
    await load({ inputs: 1 })
    await shows(...OWN)

    rig.receive('sub', { action: 'subscribe', payload: { classes: 'fvAp', mirror: 'off' } })

    const { code, message } = await rig.caught('sub')
    assert.equal(code, 'ACI_CONFIG')
    assert.match(message, /emit: with mirror off nothing is known/)
    make(BLUE)
    assert.equal((await shows(BLUE, ...OWN)).aci.query, '/api/class/fvTenant.json')
  })

  it('has an interval that matters to it alone: where events are sent, any other setting is as good', async () => {
    await rig.load(rig.connection(), subscriber({ emit: 'events', interval: 'often' }))
    await rig.subscribed('sub')
    assert.deepEqual(rig.errors, [])
  })

  it('is not complete where a class is refused, and has the others', async () => {
    await rig.load(rig.connection(), subscriber({ classes: 'fvTenant, fvNoSuchClass' }))

    const { payload, aci } = await next()
    assert.deepEqual([payload.length, aci.complete], [3, false])
  })

  for (const [title, settings, message] of [
    ['nothing is kept', { mirror: 'off' }, /emit: with mirror off nothing is known/],
    ['the interval is none', { interval: 'often' }, /interval: a number from 0.1 to 86400/],
    ['the interval is too short', { interval: 0 }, /interval: /],
    ['the form is unknown', { emit: 'table' }, /emit: one of events, state, rows is expected/]
  ] as const) {
    it(`is refused where ${title}, and the others run`, async () => {
      await rig.load(rig.connection(), subscriber(settings), rig.subscriber('other', { classes: 'fvTenant' }))

      const { code, message: text } = await rig.caught('sub')
      assert.equal(code, 'ACI_CONFIG')
      assert.match(text, message)
      assert.equal((await rig.status('sub', ({ fill }) => fill === 'red')).shape, 'dot')
      await rig.subscribed('other')
      make(BLUE)
      assert.equal((await rig.inbox('other').next()).topic, BLUE)
    })
  }
})
