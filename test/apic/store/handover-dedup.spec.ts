// Two connections deliver the same events for a while: each event counts once.

import assert from 'node:assert/strict'
import { HandoverDedup } from '../../../nodes/apic/store/handover-dedup'
import type { Status, WireEvent } from '../../../nodes/apic/protocol/wire'

const [former, later] = [{}, {}]

const event = (descr: string, dn = 'a', status: Status = 'modified', className = 'fvTenant'): WireEvent => {
  return { class: className, dn, status, attributes: { dn, descr }, raw: {} }
}

describe('an event that two connections deliver', () => {
  let dedup: HandoverDedup

  beforeEach(() => {
    dedup = new HandoverDedup(4)
  })

  const isRepeat = (connection: object, ...descrs: string[]): boolean[] =>
    descrs.map((descr) => dedup.isRepeat(event(descr), connection))

  it('counts once, whichever connection is first', () => {
    assert.deepEqual(isRepeat(former, '1', '2'), [false, false])
    assert.deepEqual(isRepeat(later, '1', '2', '3'), [true, true, false])
    assert.deepEqual(isRepeat(former, '3'), [true])
  })

  it('counts each time that it happens', () => {
    assert.deepEqual(isRepeat(former, 'up', 'down', 'up', 'down'), [false, false, false, false])
    assert.deepEqual(isRepeat(later, 'up', 'down', 'up', 'down', 'up'), [true, true, true, true, false])
  })

  it('counts twice where one connection delivers it twice', () => {
    assert.deepEqual(isRepeat(former, '1', '1'), [false, false])
    assert.deepEqual(isRepeat(later, '1', '1', '1'), [true, true, false])
  })

  it('may be missed by the one that was registered later', () => {
    assert.deepEqual(isRepeat(former, '1', '2'), [false, false])
    assert.deepEqual(isRepeat(later, '2', '3'), [true, false])
  })

  it('of another object, class or status is another one', () => {
    assert.equal(dedup.isRepeat(event('1'), former), false)
    assert.equal(dedup.isRepeat(event('1', 'b'), later), false)
    assert.equal(dedup.isRepeat(event('1', 'a', 'deleted'), later), false)
    assert.equal(dedup.isRepeat(event('1', 'a', 'modified', 'fvBD'), later), false)
  })

  it('is forgotten once both have delivered it, and makes room', () => {
    for (let round = 0; round < 10; round += 1) {
      assert.deepEqual(isRepeat(former, '1', '2', '3'), [false, false, false])
      assert.deepEqual(isRepeat(later, '1', '2', '3'), [true, true, true])
    }
    assert.equal(dedup.isFull, false)
  })

  it('cannot be distinguished any more where too many came by one connection alone', () => {
    assert.equal(isRepeat(former, '1', '2', '3').includes(true), false)
    assert.equal(dedup.isFull, false)
    isRepeat(former, '4')
    assert.equal(dedup.isFull, true)
    assert.deepEqual(isRepeat(former, '5'), [false])
    assert.deepEqual(isRepeat(later, '4'), [true], 'those that were noted still are')
  })
})
