// Pages of an APIC begin at multiples of their size; these have to follow each other without a hole all the same.

import assert from 'node:assert/strict'
import fc from 'fast-check'
import { endOf, pageAfter, startOf } from '../../../nodes/apic/protocol/pages'

describe('the next page', () => {
  it('is the first one where nothing was read', () => {
    assert.deepEqual(pageAfter(0, 5_000, 50), { page: 0, size: 5_000 })
  })

  it('has objects in common with what was read', () => {
    assert.deepEqual(pageAfter(5_000, 5_000, 50), { page: 1, size: 4_950 })
  })

  it('begins where the last one ended when nothing is to be shared', () => {
    assert.deepEqual(pageAfter(5_000, 5_000, 0), { page: 1, size: 5_000 })
    assert.deepEqual(pageAfter(10_000, 1_000, 0), { page: 10, size: 1_000 })
  })

  it('leaves no hole, goes on, and is never larger than allowed, whatever was read', () => {
    fc.assert(
      fc.property(fc.nat(100_000), fc.integer({ min: 1, max: 5_000 }), fc.nat(100), (position, most, overlap) => {
        const page = pageAfter(position, most, overlap)
        assert.ok(startOf(page) <= position)
        assert.ok(endOf(page) > position)
        assert.ok(page.size <= most)
      })
    )
  })

  it('takes hardly more requests for a large result than pages side by side would', () => {
    let position = 0
    let requests = 0
    for (; position < 100_000; requests += 1) position = endOf(pageAfter(position, 5_000, 50))
    assert.equal(requests, 21)
  })
})
