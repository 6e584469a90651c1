// How often a fabric knocks at doors that stay closed: hours of it, on a clock that the test turns. The network is left
// out; a login that fails at once stands for it.

import assert from 'node:assert/strict'
import { mock } from 'node:test'
import { AciError, Fabric, LoginGuard, type FabricOptions, type FabricState } from '../../nodes/apic'
import { seeded } from '../simulator/random'

type Login = FabricOptions['login']

const SECOND = 1_000
const MINUTE = 60 * SECOND
const CLUSTER = ['https://apic1', 'https://apic2', 'https://apic3']

interface Attempt {
  /** Since the start, ms. */
  readonly at: number
  readonly controller: string
}

describe('a fabric that is not let in', () => {
  let start: number
  let attempts: Attempt[]
  let fabrics: Fabric[]
  let states: FabricState[]

  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout', 'Date'] })
    start = Date.now()
    attempts = []
    fabrics = []
    states = []
  })

  afterEach(async () => {
    await Promise.all(fabrics.map((fabric) => fabric.close()))
    mock.timers.reset()
  })

  const failing = (error: AciError, digest = 'secret'): Login => ({
    account: 'admin',
    names: ['admin'],
    digest,
    open: (rest) => {
      attempts.push({ at: Date.now() - start, controller: rest.controller })
      return Promise.reject(error)
    }
  })

  const REFUSED = new AciError('ACI_AUTH', 'wrong password')
  const UNREACHABLE = new AciError('ACI_UNREACHABLE', 'nobody there')

  const begin = (login: Login, guard: LoginGuard, options: Partial<FabricOptions> = {}): Fabric => {
    const fabric = new Fabric({
      controllers: CLUSTER,
      tls: {},
      login,
      guard,
      requestTimeoutMs: 10_000,
      heartbeatMs: 15_000,
      refreshTimeout: 0,
      auditMs: 0,
      stateChanged: (state) => states.push(state),
      unreadable: (error) => assert.fail(error),
      ...options
    })
    fabrics.push(fabric)
    fabric.watch({ change: () => undefined, stateChanged: () => undefined })
    return fabric
  }

  const guardOnTheClock = (): LoginGuard => new LoginGuard(() => Date.now())

  /** Lets time pass, and everything go on that can go on by itself in between. */
  const pass = async (ms: number, step: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += step) {
      await new Promise(setImmediate)
      mock.timers.tick(step)
    }
    await new Promise(setImmediate)
  }

  const most = (window: number): number =>
    Math.max(...attempts.map(({ at }) => attempts.filter((other) => other.at >= at && other.at < at + window).length))

  for (const seed of [1, 2, 3]) {
    it(`F10 for ten minutes tries all controllers at least every half minute, and not in a rush (seed ${seed})`, async () => {
      begin(failing(UNREACHABLE), guardOnTheClock(), { random: seeded(seed) })
      await pass(10 * MINUTE, 100)

      assert.deepEqual(
        attempts.slice(0, 6).map(({ controller }) => controller),
        [...CLUSTER, ...CLUSTER],
        'one after the other'
      )
      const gaps = attempts.slice(1).map(({ at }, index) => at - attempts[index]!.at)
      assert.ok(Math.max(...gaps) <= 30 * SECOND + 200, 'so it is back within half a minute')
      const ofOne = attempts.filter(({ controller }) => controller === CLUSTER[0]).length
      // Waits are drawn from 0 to 30 s: that is four a minute, and a few more at the start.
      assert.ok(ofOne >= 20 && ofOne <= 80, `${ofOne} attempts`)
      assert.ok(most(MINUTE) <= 60, 'all of them together, also in the worst minute')
      assert.equal(states.filter(({ phase }) => phase === 'lost').length, 1, 'reported once')
    })
  }

  it('F25 tries a refused password five times in any 15 minutes, on whichever controllers', async () => {
    begin(failing(REFUSED), guardOnTheClock())
    await pass(90 * MINUTE, SECOND)

    const minutes = attempts.map(({ at }) => Math.round(at / MINUTE))
    assert.deepEqual(minutes.slice(0, 7), [0, 1, 3, 7, 15, 30, 45])
    assert.ok(most(15 * MINUTE) <= 5)
    assert.equal(fabrics[0]!.state.phase, 'refused')
  })

  it('F25 does so also when it is deployed again and again, and in several nodes', async () => {
    const guard = guardOnTheClock()
    for (let minute = 0; minute < 60; minute += 1) {
      const [old] = fabrics.splice(0, 1)
      await old?.close()
      begin(failing(REFUSED), guard)
      if (fabrics.length < 3) begin(failing(REFUSED), guard, { controllers: CLUSTER.slice(1) })
      await pass(MINUTE, SECOND)
    }

    assert.ok(attempts.length >= 5)
    assert.ok(most(15 * MINUTE) <= 5, attempts.map(({ at }) => Math.round(at / SECOND)).join(' '))
  })

  it('F25 tries new credentials at once', async () => {
    const guard = guardOnTheClock()
    begin(failing(REFUSED), guard)
    await pass(2 * SECOND, SECOND)
    await fabrics[0]!.close()

    begin(failing(REFUSED, 'another secret'), guard)
    await pass(2 * SECOND, SECOND)

    assert.equal(attempts.length, 2)
  })

  it('F22 does not try sooner because the clock of the day was set forward', () => {
    const guard = new LoginGuard()
    const candidate = { account: 'admin', controllers: CLUSTER, secret: 'secret' }
    guard.refused(candidate, REFUSED)
    // The time of day is another one now, and no time has passed.
    mock.timers.tick(60 * MINUTE)

    assert.ok(guard.waitFor(candidate) > 30 * SECOND)
  })

  it('leaves no timer when it is closed in the middle of a wait', async () => {
    for (const error of [UNREACHABLE, REFUSED]) {
      const fabric = begin(failing(error), guardOnTheClock())
      await pass(3 * SECOND, SECOND)
      await fabric.close()
      assert.equal(fabric.state.phase, 'closed')
    }
    const { length } = attempts
    await pass(60 * MINUTE, MINUTE)
    assert.equal(attempts.length, length)
  })
})
