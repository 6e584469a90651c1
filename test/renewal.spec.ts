// A planned renewal: the next session is made before this one ends, and takes over without a gap. A twentieth of a session's
// life is left for it, so that lives of seconds have to be long enough for a machine that has much else to do.

import assert from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'
import { Rig, type ShownStatus } from './rig'

/** A session lives that long at most, ms, and a little more. */
const PATIENCE = 30_000

describe('a renewal', function () {
  this.timeout(2 * PATIENCE)
  let rig: Rig

  afterEach(async () => {
    await rig.stop()
  })

  const started = async (maximumLifetimeSeconds: number): Promise<void> => {
    rig = await Rig.start({ auditLimit: 0, maximumLifetimeSeconds, refreshTimeoutSeconds: 60 })
    await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'fvTenant' }))
    await rig.subscribed('sub')
  }

  const isRedRing = ({ fill, shape }: ShownStatus): boolean => fill === 'red' && shape === 'ring'

  it('comes before the session ends, and nothing is sent twice', async () => {
    await started(10)
    await rig.apic.until(() => rig.apic.counts.logins === 2 && rig.apic.sockets.length === 1, PATIENCE)
    rig.apic.create('fvTenant', 'uni/tn-red')
    assert.equal((await rig.inbox('sub').next()).topic, 'uni/tn-red')
    assert.deepEqual(rig.inbox('sub').others(), [])
    assert.deepEqual(rig.errors, [])
    assert.ok(rig.statuses('sub').every((status) => !isRedRing(status)))
  })

  it('in which the connection is lost is noticed at once, and begun anew', async () => {
    await started(10)
    const stalled = rig.apic.faults.refuseUpgrades('stall')
    await rig.apic.until(() => rig.apic.counts.logins === 2 && stalled.hits === 1, PATIENCE)
    rig.apic.faults.dropSockets()
    rig.apic.create('fvTenant', 'uni/tn-red')
    const { text = '' } = await rig.status('sub', isRedRing)
    assert.match(text, /closed the socket/)
    stalled.undo()

    const { payload } = await rig.inbox('sub').next()
    assert.deepEqual([payload.origin, payload.dn], ['recovered', 'uni/tn-red'])
    await rig.apic.until(() => rig.apic.sessions.length === 1 && rig.apic.sockets.length === 1)
    assert.deepEqual(
      rig.errors.map(({ code }) => code),
      ['ACI_UNREACHABLE']
    )
  })

  for (const [mirror, login, maximumLifetimeSeconds] of [
    ['full', 'password', 10],
    ['off', 'password', 10],
    // This login reads a few things before it is done.
    ['full', 'certificate', 14]
  ] as const) {
    it(`F26 loses and repeats nothing although changes keep coming (mirror ${mirror}, ${login})`, async () => {
      rig = await Rig.start({ auditLimit: 0, maximumLifetimeSeconds, refreshTimeoutSeconds: 60 })
      if (login === 'certificate') await rig.useCertificate()
      // One subscription is on the next connection while the other still needs the one before; and on both there are
      // events while it moves.
      rig.apic.faults.subscribeTiming({ replyDelay: 10 })
      rig.apic.faults.request({ path: /fvAp.*subscription=yes/, delay: 40 })
      const late = rig.subscriber('late', { classes: 'fvAp', mirror })
      await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'fvTenant', mirror }), late)
      await rig.subscribed('sub')
      const expected: string[] = []
      for (let count = 0; rig.apic.counts.logins < 2 || rig.apic.sockets.length > 1; count += 1) {
        const dn = `uni/tn-t${count % 7}`
        if (rig.apic.read(dn) === undefined) {
          rig.apic.create('fvTenant', dn)
          expected.push(`live created ${dn}`)
        } else if (count % 3 === 0) {
          rig.apic.delete(dn)
          expected.push(`live deleted ${dn}`)
        } else {
          rig.apic.modify(dn, { descr: String(count) })
          expected.push(`live modified ${dn}`)
        }
        await setTimeout(4)
      }
      const sent = await rig.inbox('sub').take(expected.length)
      assert.deepEqual(
        sent.map(({ payload }) => `${payload.origin} ${payload.event} ${payload.dn}`),
        expected
      )
      rig.apic.create('fvTenant', 'uni/tn-last')
      assert.equal((await rig.inbox('sub').next()).topic, 'uni/tn-last')
      assert.deepEqual(rig.errors, [])
      assert.ok(rig.statuses('sub').every((status) => !isRedRing(status)))
    })
  }
})
