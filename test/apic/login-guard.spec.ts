// How often a refused password may be tried: seldom enough that no APIC locks the account.

import assert from 'node:assert/strict'
import { LoginGuard } from '../../nodes/apic/login-guard'

const MINUTE = 60_000
const ACCOUNT = 'admin https://apic1'

/** A guard whose clock the test turns. */
function guarded(): { guard: LoginGuard; clock: { minute: number } } {
  const clock = { minute: 1_000 }
  return { guard: new LoginGuard(() => clock.minute * MINUTE), clock }
}

/** Tries as soon as the guard allows it, is refused each time, and tells at which minutes it tried. */
function refusedTries(count: number, secret = 'wrong'): number[] {
  const { guard, clock } = guarded()
  const start = clock.minute
  const minutes: number[] = []
  while (minutes.length < count) {
    clock.minute += guard.waitFor(ACCOUNT, secret) / MINUTE
    minutes.push(clock.minute - start)
    guard.refused(ACCOUNT, secret)
  }
  return minutes
}

describe('a login that is refused', () => {
  it('is tried at minutes 0, 1, 3, 7 and 15, and every 15 minutes from then on', () => {
    assert.deepEqual(refusedTries(9), [0, 1, 3, 7, 15, 30, 45, 60, 75])
  })

  it('may be tried at once the first time', () => {
    assert.equal(guarded().guard.waitFor(ACCOUNT, 'any'), 0)
  })

  it('does not make up for tries that were missed', () => {
    const { guard, clock } = guarded()
    guard.refused(ACCOUNT, 'wrong')
    clock.minute += 60
    assert.equal(guard.waitFor(ACCOUNT, 'wrong'), 0)
    guard.refused(ACCOUNT, 'wrong')
    assert.equal(guard.waitFor(ACCOUNT, 'wrong'), 2 * MINUTE)
  })

  it('tells how much of the wait is left', () => {
    const { guard, clock } = guarded()
    guard.refused(ACCOUNT, 'wrong')

    assert.equal(guard.waitFor(ACCOUNT, 'wrong'), MINUTE)
    clock.minute += 0.25
    assert.equal(guard.waitFor(ACCOUNT, 'wrong'), 0.75 * MINUTE)
    clock.minute += 5
    assert.equal(guard.waitFor(ACCOUNT, 'wrong'), 0)
  })

  it('does not wait longer because somebody asks', () => {
    const { guard } = guarded()
    guard.refused(ACCOUNT, 'wrong')

    for (let asked = 0; asked < 10; asked += 1) assert.equal(guard.waitFor(ACCOUNT, 'wrong'), MINUTE)
  })

  it('may be tried at once with other credentials, which have a schedule of their own', () => {
    const { guard, clock } = guarded()
    for (let tries = 0; tries < 4; tries += 1) guard.refused(ACCOUNT, 'wrong')

    assert.equal(guard.waitFor(ACCOUNT, 'other'), 0)
    guard.refused(ACCOUNT, 'other')
    assert.equal(guard.waitFor(ACCOUNT, 'other'), MINUTE)
    clock.minute += 1
    assert.equal(guard.waitFor(ACCOUNT, 'other'), 0)
  })

  it('is forgotten when a login is accepted', () => {
    const { guard } = guarded()
    for (let tries = 0; tries < 4; tries += 1) guard.refused(ACCOUNT, 'wrong')

    guard.accepted(ACCOUNT)

    assert.equal(guard.waitFor(ACCOUNT, 'wrong'), 0)
    guard.refused(ACCOUNT, 'wrong')
    assert.equal(guard.waitFor(ACCOUNT, 'wrong'), MINUTE, 'counted from the start again')
  })

  it('says nothing of other accounts, nor of the same one on another cluster', () => {
    const { guard } = guarded()
    guard.refused(ACCOUNT, 'wrong')

    assert.equal(guard.waitFor('reader https://apic1', 'wrong'), 0)
    assert.equal(guard.waitFor('admin https://apic9', 'wrong'), 0)
    guard.accepted('reader https://apic1')
    assert.equal(guard.waitFor(ACCOUNT, 'wrong'), MINUTE)
  })
})
