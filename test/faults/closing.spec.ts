// Node-RED may stop, or be deployed anew, at any moment. Whatever was under way ends with it, in time, and leaves nothing.

import assert from 'node:assert/strict'
import helper from 'node-red-node-test-helper'
import { Rig, type Settings } from '../rig'
import { seeded } from '../simulator/random'

/** What Node-RED allows is 15 s; what is asked of the client is two. */
const IN_TIME = 5_000

describe('F23 closing', () => {
  let rig: Rig
  let before: Record<string, number>

  afterEach(async () => {
    await rig.stop()
  })

  /** What keeps this process alive, by kind. */
  const resources = (): Record<string, number> => {
    const counts: Record<string, number> = {}
    for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1
    return counts
  }

  const begin = async (
    options: Parameters<typeof Rig.start>[0] = {},
    prepare: () => unknown = () => undefined
  ): Promise<void> => {
    rig = await Rig.start({ auditLimit: 0, ...options })
    for (let index = 0; index < 30; index += 1) rig.apic.create('fvTenant', `uni/tn-t${index}`)
    await prepare()
    before = resources()
  }

  const load = (settings: Settings = {}, watched: Settings = {}): Promise<void> =>
    rig.load(
      rig.connection({ heartbeat: 0.3, ...settings }),
      rig.subscriber('sub', { classes: 'fvTenant,fvAp,fvBD', ...watched }),
      rig.subscriber('other', { classes: 'fvTenant', snapshot: true })
    )

  const left = (): string[] =>
    ['Timeout', 'TCPSocketWrap', 'TCPConnectWrap', 'TLSWrap', 'GetAddrInfoReqWrap'].filter(
      (kind) => (resources()[kind] ?? 0) > (before[kind] ?? 0)
    )

  /** Closes, and looks at what is left. */
  const closes = async (): Promise<void> => {
    const started = performance.now()
    await helper.unload()
    const took = performance.now() - started
    assert.ok(took < IN_TIME, `it took ${took} ms`)
    // What was closed just now is gone after a few turns of the loop.
    for (let turns = 0; left().length > 0 && turns < 1_000; turns += 1) await new Promise(setImmediate)
    assert.deepEqual(left(), [])
    await rig.apic.until(() => rig.apic.sockets.length === 0)
    // What was sent before the end may be read after it.
    await turnsOfTheLoop()
    const { requestsReceived, logins } = rig.apic.counts
    await turnsOfTheLoop()
    assert.deepEqual(
      { requestsReceived: rig.apic.counts.requestsReceived, logins: rig.apic.counts.logins },
      { requestsReceived, logins },
      'nothing goes on behind our back'
    )
  }

  const turnsOfTheLoop = async (): Promise<void> => {
    for (let turns = 0; turns < 100; turns += 1) await new Promise(setImmediate)
  }

  const isRed = ({ fill }: { fill?: string }): boolean => fill === 'red'

  /** The moment at which a request is on its way and not answered. */
  const held = (path: string | RegExp, skip = 0): (() => Promise<unknown>) => {
    const fault = rig.apic.faults.request({ path, hang: true, skip })
    return () => rig.apic.until(() => fault.hits > 0, 8_000)
  }

  for (const [title, path] of [
    ['while it logs in', '/api/aaaLogin'],
    ['while it subscribes', /subscription=yes/],
    ['while it reads what exists', /page-size=5000/]
  ] as const) {
    it(title, async () => {
      await begin()
      const moment = held(path)
      await load()
      await moment()
      await closes()
    })
  }

  it('while it opens the socket', async () => {
    await begin()
    const fault = rig.apic.faults.refuseUpgrades('stall')
    await load()
    await rig.apic.until(() => fault.hits > 0)
    await closes()
    assert.equal(rig.apic.sessions.length, 0, 'the login is taken back')
  })

  it('while TLS hangs', async () => {
    await begin({ tls: true }, () => rig.apic.faults.stallTls())
    await load()
    await rig.status('sub', ({ fill }) => fill === 'yellow')
    await closes()
  })

  it('while it waits for the next attempt', async () => {
    await begin({}, () => rig.apic.controllers[0]!.down())
    await load()
    await rig.status('sub', isRed)
    await closes()
  })

  it('while it waits because the login was refused', async () => {
    await begin({ users: [{ name: 'waiting', password: 'right' }] })
    rig.credentials = { apic: { username: 'waiting', password: 'wrong' } }
    await load()
    await rig.status('sub', isRed)
    await closes()
  })

  it('while it compares after an outage', async () => {
    await begin()
    await load()
    await rig.subscribed('sub')
    await rig.subscribed('other')
    const moment = held(/page-size=5000/)
    rig.apic.faults.cutSockets()
    rig.apic.create('fvTenant', 'uni/tn-meanwhile')
    await moment()
    await closes()
  })

  it('while it looks again at what seems gone', async () => {
    await begin()
    await load()
    await rig.subscribed('sub')
    const moment = held(/\/api\/mo\/uni\/tn-t3\.json/)
    rig.apic.faults.cutSockets()
    rig.apic.delete('uni/tn-t3')
    await moment()
    await closes()
  })

  it('while a resync is under way, whose message is done with', async () => {
    await begin()
    await load({}, { inputs: 1 })
    await rig.subscribed('sub')
    const moment = held(/page-size=5000/)
    rig.receive('sub', { action: 'resync' })
    await moment()
    await closes()
  })

  it('while an event waits for a read', async () => {
    await begin({}, () => rig.apic.create('fvAp', 'uni/tn-t3/ap-x'))
    await load({}, { classes: 'fvAp', filter: 'eq(fvAp.descr,"wanted")' })
    await rig.subscribed('sub')
    const moment = held(/\/api\/mo\/uni\/tn-t3\/ap-x\.json/)
    rig.apic.modify('uni/tn-t3/ap-x', { descr: 'wanted' })
    await moment()
    await closes()
  })

  it('while the token is refreshed', async () => {
    await begin({ refreshTimeoutSeconds: 1 })
    const moment = held('/api/aaaRefresh')
    await load()
    await moment()
    await closes()
  })

  it('while the next session is made before this one ends', async () => {
    await begin({ maximumLifetimeSeconds: 1 })
    const moment = held('/api/aaaLogin', 1)
    await load()
    await moment()
    await closes()
  })

  it('while the subscriptions move from one session to the next', async () => {
    await begin({ maximumLifetimeSeconds: 1 })
    await load()
    await rig.subscribed('sub')
    const moment = held(/page-size=5000/)
    await moment()
    assert.equal(rig.apic.sockets.length, 2)
    await closes()
  })

  it('while nothing is answered any more, not even the logout', async () => {
    await begin()
    await load()
    await rig.subscribed('sub')
    const hole = rig.apic.faults.blackHole()
    const started = performance.now()
    await helper.unload()
    assert.ok(performance.now() - started < IN_TIME)
    hole.undo()
    for (let turns = 0; left().length > 0 && turns < 1_000; turns += 1) await new Promise(setImmediate)
    assert.deepEqual(left(), [])
  })

  it('while a peer that was found dead is being left', async () => {
    await begin()
    await load()
    await rig.subscribed('sub')
    const hole = rig.apic.faults.blackHole()
    await rig.status('sub', isRed)
    await helper.unload()
    hole.undo()
    for (let turns = 0; left().length > 0 && turns < 1_000; turns += 1) await new Promise(setImmediate)
    assert.deepEqual(left(), [])
  })

  it('while a burst comes in', async () => {
    await begin()
    await load()
    await rig.subscribed('sub')
    for (let index = 0; index < 3_000; index += 1) rig.apic.modify(`uni/tn-t${index % 30}`, { descr: String(index) })
    await rig.inbox('sub').next()
    await closes()
  })

  it('at any other moment of its first steps', async () => {
    const random = seeded(7)
    await begin()
    const fault = rig.apic.faults.latency({ min: 0, max: 6 })
    for (let times = 0; times < 20; times += 1) {
      await load()
      const stop = performance.now() + random() * 40
      while (performance.now() < stop) await new Promise(setImmediate)
      await closes()
    }
    fault.undo()
  })

  it('a node alone, while its subscription is being made, leaves the others alone', async () => {
    await begin()
    const fault = rig.apic.faults.request({ path: /fvAp.*subscription=yes/, hang: true })
    const other = rig.subscriber('other', { classes: 'fvTenant' })
    await rig.load(rig.connection(), other, rig.subscriber('sub', { classes: 'fvAp' }))
    await rig.subscribed('other')
    await rig.apic.until(() => fault.hits > 0)
    await rig.deploy('nodes', rig.connection(), other)
    fault.undo()

    rig.apic.create('fvTenant', 'uni/tn-live')
    assert.equal((await rig.inbox('other').next()).topic, 'uni/tn-live')
    assert.equal(rig.apic.counts.logins, 1)
    assert.deepEqual(rig.inbox('sub').all, [])
    assert.deepEqual(rig.errors, [])
    await closes()
  })
})
