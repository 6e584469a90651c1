// Events that wait for a read of their object.

import assert from 'node:assert/strict'
import { Pending } from '../../../nodes/apic/store/pending'
import type { WireEvent } from '../../../nodes/apic/protocol/wire'

const event = (dn: string, descr: string): WireEvent => {
  return { class: 'fvTenant', dn, status: 'modified', attributes: { dn, descr }, raw: {} }
}

describe('events that wait for a read of their object', () => {
  let overflows: number
  let pending: Pending

  beforeEach(() => {
    overflows = 0
    pending = new Pending(3, () => (overflows += 1))
  })

  const waiting = (dn: string): unknown => pending.take(dn)?.events.map(({ attributes }) => attributes['descr'])

  it('wait in order, and those of other objects pass', () => {
    pending.open(event('a', '1'), false)
    assert.equal(pending.keep(event('a', '2')), true)
    assert.equal(pending.keep(event('b', '1')), false)
    assert.deepEqual(pending.dns, ['a'])
    assert.deepEqual(waiting('a'), ['1', '2'])
    assert.equal(waiting('a'), undefined, 'and no more')
  })

  it('wait for whoever has claimed the object, and are nobody else’s to read', () => {
    pending.open(event('a', '1'), true)
    pending.claim('a')
    pending.keep(event('a', '2'))
    assert.deepEqual([pending.dns, pending.takeUnclaimed()], [[], []])
    assert.deepEqual(waiting('a'), ['1', '2'])
  })

  for (const isClaimed of [false, true]) {
    it(`are missed where they were too many, claimed or not (${isClaimed})`, () => {
      pending.open(event('a', '1'), false)
      if (isClaimed) pending.claim('a')
      for (const descr of ['2', '3', '4']) pending.keep(event('a', descr))
      assert.equal(overflows, 1)
      pending.keep(event('a', '5'))
      assert.deepEqual(waiting('a'), ['5'], 'what follows waits again')
    })
  }
})
