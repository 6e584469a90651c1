// One aci-apic for many nodes: one login, one socket, registrations shared, and a clean end.

import assert from 'node:assert/strict'
import helper from 'node-red-node-test-helper'
import { Rig } from './rig'

describe('aci-apic, shared', () => {
  let rig: Rig

  beforeEach(async () => {
    rig = await Rig.start()
  })

  afterEach(async () => {
    await rig.stop()
  })

  const five = (): ReturnType<Rig['subscriber']>[] =>
    [1, 2, 3, 4, 5].map((number) => rig.subscriber(`sub${number}`, { classes: number < 4 ? 'fvTenant' : 'fvAp' }))

  it('makes one login and one socket for five nodes, and one registration for equal queries', async () => {
    await rig.load(rig.connection(), ...five())
    for (const number of [1, 2, 3, 4, 5]) await rig.subscribed(`sub${number}`)

    const { logins, socketsOpened, subscribes } = rig.apic.counts
    assert.deepEqual({ logins, socketsOpened, subscribes }, { logins: 1, socketsOpened: 1, subscribes: 2 })
    assert.ok(
      rig.apic.requests.every(({ cookies }) => cookies <= 1),
      'never two cookies'
    )
    rig.apic.create('fvTenant', 'uni/tn-blue')
    for (const number of [1, 2, 3]) assert.equal((await rig.inbox(`sub${number}`).next()).topic, 'uni/tn-blue')
    assert.equal(rig.apic.frames.length, 1, 'the APIC sends it once')
  })

  for (const [mirror, way] of [
    ['full', 'one registration'],
    ['off', 'one registration'],
    ['full', 'two registrations']
  ] as const) {
    it(`gives each node a message that shares nothing with others, mirror ${mirror}, ${way}`, async () => {
      const own = way === 'one registration' ? {} : { scope: 'subtree' }
      await rig.load(
        rig.connection(),
        rig.subscriber('one', { classes: 'fvTenant', mirror }),
        rig.subscriber('other', { classes: 'fvTenant', mirror, ...own })
      )
      await Promise.all([rig.subscribed('one'), rig.subscribed('other')])
      rig.apic.create('fvTenant', 'uni/tn-blue')
      rig.apic.modify('uni/tn-blue', { descr: 'x' })
      for (const event of ['created', 'modified']) {
        const messages = [await rig.inbox('one').next(), await rig.inbox('other').next()]
        const [one, other] = messages.map(({ payload, aci }) => ({
          ...{ payload, attributes: payload.attributes, changes: payload.changes, aci, raw: aci.raw },
          rawAttributes: aci.raw?.['fvTenant']?.attributes
        }))
        assert.deepEqual([one!.payload.event, other!.payload.event], [event, event])
        for (const part of Object.keys(one!) as (keyof NonNullable<typeof one>)[]) {
          if (one![part] !== undefined) assert.notEqual(one![part], other![part], `${event}: ${part}`)
        }
        assert.notEqual(one!.attributes, one!.rawAttributes, `${event}: within a message`)
      }
    })
  }

  it('logs out and closes the socket when Node-RED stops', async () => {
    await rig.load(rig.connection(), ...five())
    await rig.subscribed('sub1')
    const started = Date.now()

    await helper.unload()

    assert.equal(rig.apic.counts.logouts, 1)
    await rig.apic.until(() => rig.apic.sockets.length === 0)
    assert.equal(rig.apic.sessions.length, 0)
    assert.ok(Date.now() - started < 5_000, 'well inside the 15 s that Node-RED allows')
  })

  it('ends in time even when the APIC does not answer any more', async () => {
    await rig.load(rig.connection(), ...five())
    await rig.subscribed('sub1')
    rig.apic.faults.blackHole()
    rig.apic.faults.goSilent()

    await helper.unload()

    assert.equal(rig.apic.counts.logouts, 0, 'nobody heard it')
  })

  it('asks an awkward password and a login domain for exactly what they are', async () => {
    await rig.stop()
    const password = 'p"a\\s{s}+/ü%22&\u0020'
    rig = await Rig.start({ users: [{ name: 'jane', password, domain: 'Lab' }] })
    rig.credentials = { apic: { username: 'jane', password } }
    await rig.load(rig.connection({ domain: 'Lab' }), rig.subscriber('sub', { classes: 'fvTenant' }))
    await rig.subscribed('sub')
  })

  it('works with the tokens of old releases, which are full of / + and =', async () => {
    await rig.stop()
    rig = await Rig.start({ tokenStyle: 'base64', version: '2.0(2f)' })
    await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'fvTenant' }))
    await rig.subscribed('sub')
    rig.apic.create('fvTenant', 'uni/tn-blue')
    assert.equal((await rig.inbox('sub').next()).topic, 'uni/tn-blue')
    assert.ok(
      rig.apic.requests.every(({ url }) => !url.includes('refresh-timeout')),
      'a release before 4.0 is not asked'
    )
  })

  it('refreshes token and subscriptions while the same socket goes on', async () => {
    await rig.stop()
    rig = await Rig.start({ refreshTimeoutSeconds: 1, subscriptionTimeout: 60 })
    await rig.load(rig.connection({ refreshTimeout: 30 }), rig.subscriber('sub', { classes: 'fvTenant' }))
    await rig.subscribed('sub')
    await rig.apic.until(() => rig.apic.counts.tokenRefreshes >= 3, 8_000)
    rig.apic.create('fvTenant', 'uni/tn-blue')
    assert.equal((await rig.inbox('sub').next()).topic, 'uni/tn-blue')
    assert.equal(rig.apic.counts.socketsOpened, 1)
    assert.equal(rig.apic.counts.logins, 1)
  })

  describe('a deploy', () => {
    const one = (settings = {}): ReturnType<Rig['subscriber']> =>
      rig.subscriber('one', { classes: 'fvTenant', ...settings })
    const two = (): ReturnType<Rig['subscriber']> => rig.subscriber('two', { classes: 'fvTenant' })

    it('of the modified nodes keeps connection and registration', async () => {
      await rig.load(rig.connection(), one(), two())
      await Promise.all([rig.subscribed('one'), rig.subscribed('two')])

      await rig.deploy('nodes', rig.connection(), one({ name: 'renamed' }), two())
      await rig.subscribed('one')
      rig.apic.create('fvTenant', 'uni/tn-blue')

      assert.equal((await rig.inbox('one').next()).topic, 'uni/tn-blue')
      assert.equal((await rig.inbox('two').next()).topic, 'uni/tn-blue')
      const { logins, subscribes } = rig.apic.counts
      assert.deepEqual({ logins, subscribes }, { logins: 1, subscribes: 1 })
      assert.deepEqual([...rig.inbox('one').others(), ...rig.inbox('two').others()], [], 'nobody gets it twice')
    })

    it('of everything logs out and in again, once', async () => {
      await rig.load(rig.connection(), one(), two())
      await Promise.all([rig.subscribed('one'), rig.subscribed('two')])

      await rig.deploy('full', rig.connection({ heartbeat: 20 }), one(), two())
      await Promise.all([rig.subscribed('one'), rig.subscribed('two')])
      rig.apic.create('fvTenant', 'uni/tn-blue')

      assert.equal((await rig.inbox('one').next()).topic, 'uni/tn-blue')
      assert.equal((await rig.inbox('two').next()).topic, 'uni/tn-blue')
      const { logins, logouts } = rig.apic.counts
      assert.deepEqual({ logins, logouts }, { logins: 2, logouts: 1 })
      await rig.apic.until(() => rig.apic.sockets.length === 1)
    })

    for (const type of ['nodes', 'flows', 'full'] as const) {
      it(`of the ${type} under 100 events a second loses nothing and repeats nothing`, async () => {
        const settings = (round: number): Record<string, unknown> => ({ name: `round ${round}`, classes: 'fvTenant' })
        await rig.load(rig.connection(), rig.subscriber('one', settings(0)))
        await rig.subscribed('one')
        let made = 0
        const timer = setInterval(() => {
          rig.apic.create('fvTenant', `uni/tn-t${made}`)
          made += 1
        }, 10)
        for (let round = 1; round <= 4; round += 1) {
          await rig.inbox('one').take(15)
          await rig.deploy(type, rig.connection(), rig.subscriber('one', settings(round)))
          await rig.subscribed('one')
        }
        clearInterval(timer)
        rig.apic.create('fvTenant', 'uni/tn-last')
        await rig.inbox('one').next(({ topic }) => topic === 'uni/tn-last')

        const sent = rig.inbox('one').all.map(({ topic, payload }) => `${payload.event} ${topic}`)
        const expected = Array.from({ length: made }, (_, index) => `created uni/tn-t${index}`)
        assert.deepEqual([...sent].sort(), [...expected, 'created uni/tn-last'].sort())
      })
    }

    it('that takes a node away leaves the others alone', async () => {
      await rig.load(rig.connection(), one(), two())
      await Promise.all([rig.subscribed('one'), rig.subscribed('two')])

      await rig.deploy('flows', rig.connection(), two())
      rig.apic.create('fvTenant', 'uni/tn-blue')

      assert.equal((await rig.inbox('two').next()).topic, 'uni/tn-blue')
      assert.deepEqual(rig.inbox('one').all, [])
      assert.equal(rig.apic.counts.logins, 1)
    })
  })
})
