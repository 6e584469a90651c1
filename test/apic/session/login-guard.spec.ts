// How often a refused password may be tried: seldom enough that no APIC locks the account, whoever tries.

import assert from 'node:assert/strict'
import { mock } from 'node:test'
import { AciError } from '../../../nodes/apic/common/errors'
import { LoginGuard, TooEarly, type Candidate } from '../../../nodes/apic/session/login-guard'

const MINUTE = 60_000
const refusal = new AciError('ACI_AUTH', 'refused')

const candidate = (secret: string, ...controllers: string[]): Candidate => ({
  account: 'admin',
  controllers: controllers.length === 0 ? ['https://apic1'] : controllers,
  secret
})

const WRONG = candidate('wrong')

/** A guard whose clock the test turns. */
function guarded(): { guard: LoginGuard; clock: { minute: number } } {
  const clock = { minute: 1_000 }
  return { guard: new LoginGuard(() => clock.minute * MINUTE), clock }
}

/** Each of the candidates tries as soon as the guard allows it and is refused; returns the minutes of the tries. */
function refusedTries(count: number, ...candidates: Candidate[]): number[] {
  const { guard, clock } = guarded()
  const start = clock.minute
  const minutes: number[] = []
  while (minutes.length < count) {
    const waits = candidates.map((one) => guard.waitFor(one))
    const wait = Math.min(...waits)
    clock.minute += wait / MINUTE
    minutes.push(clock.minute - start)
    guard.refused(candidates[waits.indexOf(wait)]!, refusal)
  }
  return minutes
}

describe('a login that is refused', () => {
  it('is tried at minutes 0, 1, 3, 7 and 15, and every 15 minutes from then on', () => {
    assert.deepEqual(refusedTries(9, WRONG), [0, 1, 3, 7, 15, 30, 45, 60, 75])
  })

  it('may be tried at once the first time', () => {
    assert.equal(guarded().guard.waitFor(WRONG), 0)
  })

  it('does not make up for tries that were missed', () => {
    const { guard, clock } = guarded()
    guard.refused(WRONG, refusal)
    clock.minute += 60
    assert.equal(guard.waitFor(WRONG), 0)
    guard.refused(WRONG, refusal)
    assert.equal(guard.waitFor(WRONG), 2 * MINUTE)
  })

  it('returns how much of the wait is left', () => {
    const { guard, clock } = guarded()
    guard.refused(WRONG, refusal)

    assert.equal(guard.waitFor(WRONG), MINUTE)
    clock.minute += 0.25
    assert.equal(guard.waitFor(WRONG), 0.75 * MINUTE)
    clock.minute += 5
    assert.equal(guard.waitFor(WRONG), 0)
  })

  it('does not wait longer because somebody asks', () => {
    const { guard } = guarded()
    guard.refused(WRONG, refusal)

    for (let asked = 0; asked < 10; asked += 1) assert.equal(guard.waitFor(WRONG), MINUTE)
  })

  it('may be tried at once with other credentials, which have a schedule of their own', () => {
    const { guard, clock } = guarded()
    for (let tries = 0; tries < 3; tries += 1) guard.refused(WRONG, refusal)
    const other = candidate('other')

    assert.equal(guard.waitFor(other), 0)
    guard.refused(other, refusal)
    assert.equal(guard.waitFor(other), MINUTE)
    clock.minute += 1
    assert.equal(guard.waitFor(other), 0)
  })

  it('is forgotten when a login is accepted', () => {
    const { guard } = guarded()
    for (let tries = 0; tries < 4; tries += 1) guard.refused(WRONG, refusal)

    guard.accepted(WRONG)

    assert.equal(guard.waitFor(WRONG), 0)
    guard.refused(WRONG, refusal)
    assert.equal(guard.waitFor(WRONG), MINUTE, 'counted from the start again')
  })

  it('is not forgotten when somebody else logs in with better credentials', () => {
    const { guard } = guarded()
    guard.refused(WRONG, refusal)

    guard.accepted(candidate('right'))

    assert.equal(guard.waitFor(WRONG), MINUTE)
  })

  it('says nothing of other accounts, nor of the same one on another cluster', () => {
    const { guard } = guarded()
    guard.refused(WRONG, refusal)
    const reader = { ...WRONG, account: 'reader' }

    assert.equal(guard.waitFor(reader), 0)
    assert.equal(guard.waitFor(candidate('wrong', 'https://apic9')), 0)
    guard.accepted(reader)
    assert.equal(guard.waitFor(WRONG), MINUTE)
  })
})

describe('refused logins of several nodes', () => {
  for (const [title, one, other] of [
    ['in another order', ['https://apic1', 'https://apic2'], ['https://apic2', 'https://apic1']],
    ['spelt otherwise', ['https://apic1'], ['https://APIC1:443', 'http://apic1/']],
    ['of which one is part of the other', ['https://apic1', 'https://apic2'], ['https://apic2']]
  ] as const) {
    it(`count together when their controllers are the same ones ${title}`, () => {
      assert.deepEqual(refusedTries(6, candidate('wrong', ...one), candidate('wrong', ...other)), [0, 1, 3, 7, 15, 30])
    })
  }

  it('count together when only a third list shows that their controllers are of one cluster', () => {
    const { guard } = guarded()
    guard.refused(candidate('wrong', 'https://apic1'), refusal)
    guard.refused(candidate('wrong', 'https://apic2'), refusal)

    assert.equal(guard.waitFor(candidate('wrong', 'https://apic2', 'https://apic1')), 2 * MINUTE)
    assert.equal(guard.waitFor(candidate('wrong', 'https://apic1')), 2 * MINUTE)
  })

  it('are five in 15 minutes at most, also with a different wrong password in each', () => {
    const tries = refusedTries(12, WRONG, candidate('wrong too'), candidate('as wrong'))

    for (const [index, minute] of tries.entries()) {
      assert.ok((tries[index + 5] ?? Infinity) - minute >= 15, tries.join(' '))
    }
  })
})

describe('a turn to log in', () => {
  /** Ends what a test leaves waiting. */
  let ending = new AbortController()
  /** Lets everything go on that can go on by itself. */
  const settled = (): Promise<void> => new Promise(setImmediate)

  /** Asks for a turn and notes when it comes. */
  function asked(guard: LoginGuard, who: Candidate, signal = ending.signal): { end?: () => void; failed?: unknown } {
    const turn: { end?: () => void; failed?: unknown } = {}
    guard.turn(who, signal).then(
      (end) => (turn.end = end),
      (thrown: unknown) => (turn.failed = thrown)
    )
    return turn
  }

  afterEach(() => {
    ending.abort()
    ending = new AbortController()
    mock.timers.reset()
  })

  it('is given to one at a time while nobody knows whether the credentials are good', async () => {
    const { guard } = guarded()
    const [one, two, three] = [WRONG, candidate('wrong', 'https://apic2', 'https://apic1'), WRONG].map((who) =>
      asked(guard, who)
    )
    await settled()
    assert.deepEqual([!!one!.end, !!two!.end, !!three!.end], [true, false, false])

    one!.end!()
    await settled()
    assert.deepEqual([!!two!.end, !!three!.end], [true, false])
    one!.end!()
    await settled()
    assert.ok(!three!.end, 'a turn ends once')
    two!.end!()
    await settled()
    assert.ok(three!.end)
  })

  it('is given to all as soon as one of them was let in', async () => {
    const { guard } = guarded()
    const turns = [WRONG, WRONG, WRONG].map((who) => asked(guard, who))
    await settled()

    guard.accepted(WRONG)
    await settled()

    assert.deepEqual(
      turns.map(({ end }) => !!end),
      [true, true, true]
    )
  })

  it('is given to one at a time again when that was a while ago, or a refusal came', async () => {
    const { guard, clock } = guarded()
    guard.accepted(WRONG)
    clock.minute += 5
    const late = [WRONG, WRONG].map((who) => asked(guard, who))
    await settled()
    assert.deepEqual(
      late.map(({ end }) => !!end),
      [true, false]
    )

    const other = candidate('wrong', 'https://apic9')
    guard.accepted(other)
    guard.refused(other, refusal)
    clock.minute += 0.9
    const refused = [other, other].map((who) => asked(guard, who))
    guard.accepted({ ...other, account: 'reader' })
    await settled()
    assert.deepEqual(
      refused.map(({ end }) => !!end),
      [false, false]
    )
  })

  it('does not wait for those of other accounts and clusters', async () => {
    const { guard } = guarded()
    const turns = [WRONG, { ...WRONG, account: 'reader' }, candidate('wrong', 'https://apic9')].map((who) =>
      asked(guard, who)
    )
    await settled()

    assert.deepEqual(
      turns.map(({ end }) => !!end),
      [true, true, true]
    )
  })

  it('comes after the wait that a refusal asks for, whose reason is reported meanwhile', async () => {
    mock.timers.enable({ apis: ['setTimeout'] })
    const { guard, clock } = guarded()
    const first = asked(guard, WRONG)
    const reported: AciError[] = []
    let isGiven = false
    await settled()
    void guard.turn(WRONG, ending.signal, (error) => reported.push(error)).then(() => (isGiven = true))
    await settled()
    assert.deepEqual(reported, [])

    guard.refused(WRONG, refusal)
    first.end!()
    await settled()
    assert.deepEqual([reported, isGiven], [[refusal], false])
    clock.minute += 1
    mock.timers.tick(MINUTE)
    await settled()
    assert.ok(isGiven)
  })

  it('is not waited for any more by one that is closed, and nothing is left behind', async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
    // The time limit of this test has a timer as well.
    await settled()
    const before = timers()
    const { guard } = guarded()
    const closing = new AbortController()
    const first = asked(guard, WRONG)
    const busy = asked(guard, WRONG, closing.signal)
    guard.refused(candidate('refused'), refusal)
    const late = asked(guard, candidate('refused'), closing.signal)
    await settled()

    closing.abort()
    await settled()

    for (const { failed } of [busy, late]) assert.ok(failed instanceof AciError && failed.code === 'ACI_CLOSED')
    assert.equal(timers(), before)
    first.end!()
    const next = asked(guard, WRONG)
    await settled()
    assert.ok(next.end, 'no turn was given to those that are gone')
  })
  describe('that does not wait', () => {
    const refusalOf = async (guard: LoginGuard, who: Candidate): Promise<TooEarly | undefined> => {
      const outcome = await guard.turnNow(who, ending.signal).catch((thrown: unknown) => thrown)
      return outcome instanceof TooEarly ? outcome : undefined
    }

    it('is refused with what is left of the wait, and with the words of the refusal that it is for', async () => {
      const { guard, clock } = guarded()
      const cause = { status: 401, code: '401', text: 'Username or password is incorrect' }
      guard.refused(WRONG, new AciError('ACI_AUTH', 'refused', cause))
      clock.minute += 0.5
      const error = await refusalOf(guard, WRONG)
      assert.deepEqual([error?.code, error?.waitMs, error?.cause], ['ACI_AUTH', MINUTE / 2, cause])
      assert.match(error!.message, /refused before: wait 30 s/)
    })

    it('is refused for other credentials of the account, too, when these were refused too often', async () => {
      const { guard } = guarded()
      for (let index = 0; index < 5; index += 1) guard.refused(candidate(`wrong ${index}`), refusal)
      const error = await refusalOf(guard, candidate('right'))
      assert.equal(error?.waitMs, 15 * MINUTE)
      assert.match(error.message, /other credentials of this account/)
    })

    it('waits for an attempt that is under way, and has the benefit of its outcome', async () => {
      for (const [isGood, expected] of [
        [true, undefined],
        [false, MINUTE]
      ] as const) {
        const { guard } = guarded()
        const first = asked(guard, WRONG)
        await settled()
        const second = refusalOf(guard, WRONG)
        await settled()
        if (isGood) guard.accepted(WRONG)
        else guard.refused(WRONG, refusal)
        first.end!()
        assert.equal((await second)?.waitMs, expected)
      }
    })
  })
})
