// How long subscriptions are asked to live, by their number.

import assert from 'node:assert/strict'
import { RefreshTimeout } from '../../../nodes/apic/connection/refresh-timeout'

/** Subscribes so many times. @returns the lifetimes that were asked for, seconds */
async function lifetimes(count: number, expected: number, refreshTimeout = 0, version = '6.0(9c)'): Promise<number[]> {
  const asked: number[] = []
  let there = 0
  const timeout = new RefreshTimeout(
    version,
    { refreshTimeout, expected },
    {
      get: (path) => {
        asked.push(Number(/refresh-timeout=(\d+)/.exec(path)?.[1] ?? 60))
        return Promise.resolve({ objects: [], totalCount: 0, skipped: 0 })
      },
      count: () => there,
      changed: () => undefined
    }
  )
  for (; there < count; there += 1) await timeout.subscribe('/api/mo/uni/tn-a.json')
  assert.equal(timeout.periodMs, (asked.at(-1)! * 1_000) / 3, 'refreshed three times in it')
  return asked
}

/** Refreshes a second of subscriptions that live so long. */
const rateOf = (seconds: readonly number[]): number => seconds.reduce((sum, each) => sum + 3 / each, 0)

describe('how long subscriptions are asked to live', () => {
  it('is a minute while they are few', async () => {
    assert.deepEqual([...new Set(await lifetimes(200, 1))], [60])
  })

  it('makes fifty refreshes a second at most of those that were expected', async () => {
    const seconds = await lifetimes(10_000, 10_000)
    assert.deepEqual([...new Set(seconds)], [600])
    assert.equal(Math.round(rateOf(seconds)), 50)
  })

  it('makes few more of those that come one by one, although the first ones live as short as they were asked to', async () => {
    assert.ok(rateOf(await lifetimes(10_000, 1)) < 70)
    assert.ok(rateOf(await lifetimes(40_000, 1)) < 90)
  })

  it('is what is configured, whatever their number', async () => {
    assert.deepEqual([...new Set(await lifetimes(5_000, 1, 120))], [120])
  })

  it('has an end', async () => {
    assert.ok((await lifetimes(1, 10_000_000)).every((each) => each === 43_200))
  })

  it('is the default where the release knows no other', async () => {
    assert.deepEqual([...new Set(await lifetimes(2_000, 1, 0, '3.2(9b)'))], [60])
  })

  it('grows with those that there are, not with those that there were', async () => {
    const asked: string[] = []
    let there = 0
    const timeout = new RefreshTimeout(
      '6.0(9c)',
      { refreshTimeout: 0, expected: 1 },
      {
        get: (path) => {
          asked.push(path)
          return Promise.resolve({ objects: [], totalCount: 0, skipped: 0 })
        },
        count: () => there,
        changed: () => undefined
      }
    )
    for (there of [5_000, 10]) await timeout.subscribe('/api/mo/uni/tn-a.json')
    assert.match(asked[0]!, /refresh-timeout=1203/)
    assert.match(asked[1]!, /refresh-timeout=60/)
  })
})
