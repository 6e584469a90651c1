// How long the client waits before it tries again.

import assert from 'node:assert/strict'
import { Backoff, type BackoffOptions } from '../../../nodes/apic/common/backoff'

const options: BackoffOptions = { atOnce: 1_000, first: 800, cap: 30_000, healthyAfter: 120_000 }

/** Always the longest wait that the bounds allow. */
const longest = (): number => 1

const times = <T>(count: number, get: () => T): T[] => Array.from({ length: count }, get)

describe('waiting before another attempt', () => {
  it('doubles its bound from round to round up to the cap, and never gives up', () => {
    const backoff = new Backoff(options, longest)

    const waits = times(40, () => backoff.afterFailure())

    assert.deepEqual(waits.slice(0, 8), [800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000])
    assert.deepEqual(new Set(waits.slice(6)), new Set([30_000]))
  })

  it('stays at the cap after so many failures that doubling would leave the numbers', () => {
    const backoff = new Backoff(options, longest)
    times(5_000, () => backoff.afterFailure())

    assert.equal(backoff.afterFailure(), 30_000)
  })

  it('is anywhere between nothing and the bound, in whole milliseconds', () => {
    const rolls = [0, 0.25, 0.5, 0.99999]
    const backoff = new Backoff(options, () => rolls.shift() ?? 0)

    assert.deepEqual(
      times(4, () => backoff.afterFailure()),
      [0, 400, 1_600, 6_400]
    )
  })

  it('is short after a first loss', () => {
    assert.equal(new Backoff(options, longest).afterLoss(0), 1_000)
  })

  it('is short again after a connection that lasted', () => {
    const backoff = new Backoff(options, longest)
    times(6, () => backoff.afterFailure())

    assert.equal(backoff.afterLoss(120_000), 1_000)
  })

  it('grows on when connections are lost again and again as soon as they stand', () => {
    const backoff = new Backoff(options, longest)

    const waits = times(8, () => backoff.afterLoss(119_999))

    assert.equal(waits[0], 1_000)
    for (const [index, wait] of waits.entries()) {
      const before = waits[index - 1] ?? 0
      assert.ok(wait === 30_000 || wait > before, waits.join(', '))
    }
    assert.equal(waits.at(-1), 30_000)
  })

  it('does not get short again by failures alone, only by a connection that lasted', () => {
    const backoff = new Backoff(options, longest)
    times(6, () => backoff.afterFailure())

    assert.equal(backoff.afterLoss(60_000), 30_000)
    assert.equal(backoff.afterLoss(120_001), 1_000)
  })
})
