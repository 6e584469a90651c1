// Two connections that deliver the same events: repeats, what is ahead, and when it is too much.

import assert from 'node:assert/strict'
import type { WireEvent } from '../../../nodes/apic/protocol/wire'
import { Handover } from '../../../nodes/apic/sync/handover'
import type { ResultQuery } from '../../../nodes/apic/sync/step'

const event = (descr: string): WireEvent => ({
  class: 'fvTenant',
  dn: 'uni/tn-a',
  status: 'modified',
  attributes: { descr, modTs: '2026-11-29T12:00:00.000+00:00' },
  raw: {}
})
const query = (path: string): ResultQuery => ({ path }) as ResultQuery

const TENANTS = query('/api/class/fvTenant.json')
const FILTERED = query('/api/class/fvTenant.json?filter')
const BEFORE = {}
const NEXT = {}

describe('the handover from one connection to the next', () => {
  it('recognizes what came by the other connection, and each time only once', () => {
    const handover = new Handover(10)
    handover.begin()

    const came = [
      ['a', BEFORE],
      ['a', NEXT],
      ['b', NEXT],
      ['a', BEFORE]
    ] as const
    const repeats = came.map(([descr, by]) => handover.isRepeat({ event: event(descr), queries: [TENANTS] }, by))

    assert.deepEqual(repeats, [false, true, false, false])
  })

  it('recognizes nothing before it begins and after it has ended', () => {
    const handover = new Handover(10)
    const arrival = { event: event('a'), queries: [TENANTS] }
    assert.ok(!handover.isRepeat(arrival, BEFORE))
    assert.ok(!handover.isRepeat(arrival, NEXT))

    handover.begin()
    handover.isRepeat(arrival, BEFORE)
    handover.end()

    assert.ok(!handover.isUnderWay)
    assert.ok(!handover.isRepeat(arrival, NEXT))
  })

  it('keeps what is ahead until its query is served by the next connection, in order', () => {
    const handover = new Handover(10)
    handover.begin()
    const [a, b, c] = [
      { event: event('a'), queries: [TENANTS] },
      { event: event('b'), queries: [FILTERED] },
      { event: event('c'), queries: [TENANTS, FILTERED] }
    ]
    for (const arrival of [a, b, c]) handover.keep(arrival)

    assert.deepEqual(handover.take(TENANTS), [a, c])
    assert.deepEqual(handover.take(TENANTS), [])
    assert.deepEqual(handover.take(FILTERED), [b])
  })

  it('overflows when more came than can be recognized, or kept', () => {
    const full = new Handover(2)
    full.begin()
    for (const descr of ['a', 'b']) full.isRepeat({ event: event(descr), queries: [TENANTS] }, BEFORE)
    assert.ok(full.isOverflowed)

    const behind = new Handover(2)
    behind.begin()
    behind.keep({ event: event('a'), queries: [TENANTS] })
    assert.ok(!behind.isOverflowed)
    behind.keep({ event: event('b'), queries: [TENANTS] })
    assert.ok(behind.isOverflowed)
    behind.end()
    assert.ok(!behind.isOverflowed)
  })
})
