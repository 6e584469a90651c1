// Each change is sent once, also where a reading fails or several readings meet. Changes within one millisecond have one
// `modTs`, so nothing but the order in which they were sent tells them apart.

import assert from 'node:assert/strict'
import { Rig } from '../rig'
import { ManualClock } from '../simulator'

const CHANGES = 6

describe('changes within one millisecond are sent once', () => {
  let rig: Rig
  let clock: ManualClock

  afterEach(async () => {
    await rig.stop()
  })

  /** An APIC whose clock stands still. */
  const start = async (options: Parameters<typeof Rig.start>[0] = {}): Promise<void> => {
    clock = new ManualClock()
    rig = await Rig.start({ auditLimit: 0, clock, ...options })
    rig.apic.create('fvTenant', 'uni/tn-blue', { descr: 'in' })
  }

  /** Neither of two neighbours is the other. */
  const change = (): void => {
    for (let count = 0; count < CHANGES; count += 1) rig.apic.modify('uni/tn-blue', { nameAlias: `a${count % 2}` })
  }

  const toldOf = (dn: string): string[] =>
    rig
      .inbox('sub')
      .all.filter(({ topic }) => topic === dn)
      .map(({ payload: { event, changes } }) => `${event} ${changes?.['nameAlias']?.to ?? ''}`)

  const EACH_ONCE = Array.from({ length: CHANGES }, (_, count) => `modified a${count % 2}`)

  it('although a reading that others waited for as well was refused', async () => {
    await start()
    await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'fvTenant', filter: 'eq(fvTenant.descr,"in")' }))
    await rig.subscribed('sub')
    clock.advance(1_000)
    for (const name of ['first', 'second']) rig.apic.create('fvTenant', `uni/tn-${name}`, { descr: 'out' })
    // The first one comes into the filter and is read; the changes, and the second one, wait for that. Its own reading
    // is refused once.
    const late = rig.apic.faults.request({ path: /\/api\/mo\/uni\/tn-first/, hang: true })
    rig.apic.faults.busy({ path: /\/api\/mo\/uni\/tn-second/, times: 1 })
    rig.apic.modify('uni/tn-first', { descr: 'in' })
    await rig.apic.until(() => late.hits === 1)
    change()
    rig.apic.create('fvTenant', 'uni/tn-brief', { descr: 'in' })
    clock.advance(1)
    rig.apic.delete('uni/tn-brief')
    rig.apic.modify('uni/tn-second', { descr: 'in' })
    late.undo()
    await rig.inbox('sub').next(({ topic }) => topic === 'uni/tn-second')

    assert.deepEqual(toldOf('uni/tn-blue'), EACH_ONCE)
    assert.deepEqual(toldOf('uni/tn-brief'), ['created ', 'deleted '])
  })

  it('although everything is read again while the session is renewed', async () => {
    await start({ maximumLifetimeSeconds: 2, refreshTimeoutSeconds: 60 })
    await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'fvTenant', inputs: 1 }))
    await rig.subscribed('sub')
    clock.advance(1_000)
    // The next connection is compared, and the node is asked to read again meanwhile.
    const late = rig.apic.faults.request({ path: /class\/fvTenant.*page-size=5000/, hang: true })
    await rig.apic.until(() => late.hits === 1)
    assert.equal(rig.apic.counts.logins, 2)
    rig.receive('sub', { action: 'resync' })
    change()
    rig.apic.create('fvTenant', 'uni/tn-brief')
    rig.apic.delete('uni/tn-brief')
    await rig.inbox('sub').take(CHANGES + 2)
    late.undo()
    await rig.apic.until(() => rig.apic.sockets.length === 1)
    rig.apic.create('fvTenant', 'uni/tn-last')
    await rig.inbox('sub').next(({ topic }) => topic === 'uni/tn-last')

    assert.deepEqual(toldOf('uni/tn-blue'), EACH_ONCE)
    assert.deepEqual(toldOf('uni/tn-brief'), ['created ', 'deleted '])
  })
})

describe('the last of two changes within one millisecond', () => {
  let rig: Rig

  afterEach(async () => {
    await rig.stop()
  })

  it('is what a deletion shows, although one of two queries never heard of it', async () => {
    const clock = new ManualClock()
    rig = await Rig.start({ auditLimit: 0, clock })
    const dn = 'uni/tn-blue'
    rig.apic.create('fvTenant', dn)
    await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'fvTenant', inputs: 1 }))
    await rig.subscribed('sub')
    rig.receive('sub', { action: 'subscribe', topic: dn })
    await rig.apic.until(() => rig.apic.subscriptions.length === 2)
    await rig.subscribed('sub')
    clock.advance(1_000)
    rig.apic.modify(dn, { descr: 'first' })
    await rig.inbox('sub').next()
    // The second change reaches the query of the object alone.
    const { id } = rig.apic.subscriptions.find(({ url }) => url.includes('/api/mo/'))!
    const { modTs } = rig.apic.read(dn)!
    const second = {
      fvTenant: { attributes: { dn, descr: 'second', modTs, rn: '', childAction: '', status: 'modified' } }
    }
    rig.apic.faults.sendRaw(JSON.stringify({ subscriptionId: [id], imdata: [second] }))
    await rig.inbox('sub').next()
    rig.apic.delete(dn)

    const { payload } = await rig.inbox('sub').next()
    assert.deepEqual([payload.event, payload.attributes['descr']], ['deleted', 'second'])
  })
})

describe('changes of what bears no time when it is read', () => {
  let rig: Rig

  afterEach(async () => {
    await rig.stop()
  })

  it('are sent once although the reading that showed them broke off', async () => {
    rig = await Rig.start({ auditLimit: 0 })
    const dn = 'uni/tn-common/fault-F100'
    for (const code of ['F100', 'F101']) {
      rig.apic.create('faultInst', `uni/tn-common/fault-${code}`, { severity: 'minor', occur: '1' })
    }
    await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'faultInst' }))
    await rig.subscribed('sub')
    const late = rig.apic.faults.request({ path: /class\/faultInst.*page-size=5000/, hang: true })
    rig.apic.faults.dropSockets()
    await rig.apic.until(() => late.hits === 1)
    for (const occur of ['2', '3', '4']) rig.apic.modify(dn, { occur })
    // One of two objects comes, and shows the last of these changes.
    rig.apic.faults.truncateAnswers(0.5, 1)
    late.undo()
    await rig.status('sub', ({ text }) => text?.includes('1 of 2') === true)
    await rig.subscribed('sub')

    assert.deepEqual(
      rig.inbox('sub').all.map(({ topic, payload }) => `${topic} ${payload.attributes['occur'] ?? ''}`),
      [`${dn} 4`]
    )
  })

  it('are not undone by an event that came before, where the connection breaks before the later one comes', async () => {
    rig = await Rig.start({ auditLimit: 0 })
    const dn = 'uni/tn-common/fault-F100'
    rig.apic.create('faultInst', dn, { severity: 'minor', occur: '1' })
    await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'faultInst' }))
    await rig.subscribed('sub')
    const late = rig.apic.faults.request({ path: /class\/faultInst.*page-size=5000/, hang: true })
    rig.apic.faults.dropSockets()
    await rig.apic.until(() => late.hits === 1)
    rig.apic.modify(dn, { occur: '2' })
    const silence = rig.apic.faults.silenceSubscriptions()
    rig.apic.modify(dn, { occur: '3' })
    silence.undo()
    // What was on its way when the objects were read is waited for, until the socket is gone.
    const mute = rig.apic.faults.noPongs()
    late.undo()
    await rig.inbox('sub').next()
    rig.apic.faults.dropSockets()
    mute.undo()
    await rig.subscribed('sub')
    rig.apic.modify(dn, { occur: '4' })
    await rig.inbox('sub').next(({ payload }) => payload.attributes['occur'] === '4')

    assert.deepEqual(
      rig.inbox('sub').all.map(({ payload: { attributes, origin } }) => `${origin} ${attributes['occur']}`),
      ['recovered 3', 'live 4']
    )
  })
})

describe('an event of an object that could not be read since it changed', () => {
  let rig: Rig

  afterEach(async () => {
    await rig.stop()
  })

  for (const classes of ['fvTenant', 'fvTenant, fvAp']) {
    it(`is sent upon what was known, and what that showed wrong is put right by name (${classes})`, async () => {
      rig = await Rig.start({ auditLimit: 0 })
      const dn = 'uni/tn-blue'
      rig.apic.create('fvTenant', dn, { descr: 'first', nameAlias: 'first' })
      await rig.load(rig.connection(), rig.subscriber('sub', { classes }))
      await rig.subscribed('sub')
      const silence = rig.apic.faults.silenceSubscriptions()
      rig.apic.modify(dn, { nameAlias: 'second' })
      silence.undo()
      const part = rig.apic.faults.truncateAnswers(0)
      rig.apic.faults.dropSockets()
      await rig.status('sub', ({ text }) => text?.includes('0 of 4') === true)
      rig.apic.modify(dn, { descr: 'second' })
      await rig.inbox('sub').next(({ payload: { attributes } }) => attributes['descr'] === 'second')
      part.undo()
      const { payload } = await rig.inbox('sub').next()

      assert.deepEqual(
        [payload.origin, payload.event, payload.changes],
        ['recovered', 'modified', { nameAlias: { from: 'first', to: 'second' } }]
      )
    })
  }
})

describe('an object that was deleted and made anew while a reading broke off', () => {
  let rig: Rig

  afterEach(async () => {
    await rig.stop()
  })

  it('is not sent as gone once it was read', async () => {
    rig = await Rig.start({ auditLimit: 0 })
    const dn = 'uni/tn-common/fault-F100'
    for (const code of ['F100', 'F101']) rig.apic.create('faultInst', `uni/tn-common/fault-${code}`, { occur: '1' })
    await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'faultInst' }))
    await rig.subscribed('sub')
    const late = rig.apic.faults.request({ path: /class\/faultInst.*page-size=5000/, hang: true })
    rig.apic.faults.dropSockets()
    await rig.apic.until(() => late.hits === 1)
    rig.apic.delete(dn)
    // The event of its making is lost; what is read shows it.
    const silence = rig.apic.faults.silenceSubscriptions()
    rig.apic.create('faultInst', dn, { occur: '2' })
    silence.undo()
    rig.apic.faults.truncateAnswers(0.5, 1)
    late.undo()
    await rig.status('sub', ({ text }) => text?.includes('1 of 2') === true)
    await rig.subscribed('sub')

    assert.deepEqual(
      rig.inbox('sub').all.map(({ topic, payload }) => `${payload.event} ${topic}`),
      [`modified ${dn}`]
    )
  })
})

describe('an event that waits for a read when the connection is deployed anew', () => {
  let rig: Rig

  afterEach(async () => {
    await rig.stop()
  })

  it('is sent once, and what comes after it goes on from there', async () => {
    rig = await Rig.start({ auditLimit: 0 })
    const sub = rig.subscriber('sub', { classes: 'fvTenant, fvAp' })
    const dn = 'uni/tn-common/ap-web'
    const next = async (): Promise<string> => {
      const { payload } = await rig.inbox('sub').next()
      return `${payload.event} ${payload.dn}`
    }
    // A stream keeps nothing back: what it has sent, the other node has heard.
    const stream = rig.subscriber('stream', { classes: 'fvAp', mirror: 'off' })
    const heard = (event: string): Promise<unknown> =>
      rig.inbox('stream').next(({ payload }) => payload.event === event)
    await rig.load(rig.connection(), sub, stream)
    await rig.subscribed('sub')
    await rig.subscribed('stream')
    rig.apic.create('fvAp', dn)
    assert.equal(await next(), `created ${dn}`)
    rig.apic.delete(dn)
    assert.equal(await next(), `deleted ${dn}`)

    // After the loss everything is compared, and what comes meanwhile waits for a pong that does not come.
    rig.apic.faults.noPongs()
    const { pings } = rig.apic.counts
    rig.apic.faults.dropSockets()
    // One when the socket opens, and one for each query.
    await rig.apic.until(() => rig.apic.counts.pings === pings + 3)
    await heard('deleted')
    rig.apic.create('fvAp', dn)
    await heard('created')
    await rig.deploy('full', rig.connection({ requestTimeout: 50 }), sub)
    assert.equal(await next(), `created ${dn}`)
    await rig.subscribed('sub')
    rig.apic.delete(dn)

    assert.equal(await next(), `deleted ${dn}`)
    assert.deepEqual(rig.inbox('sub').others(), [])
  })

  it('is sent by the next one where there is one query alone', async () => {
    rig = await Rig.start({ auditLimit: 0 })
    const dn = 'uni/tn-common/ap-web'
    rig.apic.create('fvAp', dn)
    const sub = rig.subscriber('sub', { classes: 'fvAp' })
    await rig.load(rig.connection(), sub)
    await rig.subscribed('sub')
    rig.apic.faults.noPongs()
    const { pings } = rig.apic.counts
    rig.apic.faults.dropSockets()
    await rig.apic.until(() => rig.apic.counts.pings === pings + 2)
    rig.apic.modify(dn, { descr: 'waiting' })
    await rig.deploy('full', rig.connection({ requestTimeout: 50 }), sub)
    await rig.subscribed('sub')
    rig.apic.delete(dn)

    const [modified, deleted] = await rig.inbox('sub').take(2)
    assert.deepEqual([modified?.payload.event, deleted?.payload.event], ['modified', 'deleted'])
    assert.equal(modified?.payload.changes?.['descr']?.to, 'waiting')
  })
})
