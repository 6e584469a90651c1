// Events that wait for a read of their object.

import assert from 'node:assert/strict'
import { HeldEvents, type Arrival, type Window } from '../../../nodes/apic/store/held-events'

const arrival = (dn: string, descr: string, ...queries: string[]): Arrival<string> => {
  return { event: { class: 'fvTenant', dn, status: 'modified', attributes: { dn, descr }, raw: {} }, queries }
}

const reading = (): Window => ({ ended: new Set() })

describe('events that wait for a read of their object', () => {
  /** The queries whose events were dropped, each time. */
  let overflows: string[][]
  let held: HeldEvents<string>

  beforeEach(() => {
    overflows = []
    held = new HeldEvents<string>(3, (queries) => overflows.push([...queries]))
  })

  const waiting = (dn: string): unknown => held.take(dn)?.arrivals.map(({ event }) => event.attributes['descr'])

  it('wait in order, and those of other objects pass', () => {
    held.hold(arrival('a', '1'))
    assert.equal(held.join(arrival('a', '2')), true)
    assert.equal(held.join(arrival('b', '1')), false)
    assert.deepEqual([held.lookups, held.size, held.has('a'), held.has('b')], [['a'], 1, true, false])
    assert.deepEqual(waiting('a'), ['1', '2'])
    assert.equal(waiting('a'), undefined, 'and no more')
  })

  it('wait for whoever has claimed the object, and are nobody else’s to look up', () => {
    held.hold(arrival('a', '1'))
    held.claim('a', 'q')
    held.join(arrival('a', '2'))
    assert.deepEqual(held.lookups, [])
    assert.deepEqual(waiting('a'), ['1', '2'])
  })

  it('wait as well where the object was claimed before the first one came', () => {
    held.claim('a', 'q')
    assert.equal(held.join(arrival('a', '1', 'p')), true)
    assert.deepEqual([...(held.get('a')?.queries ?? [])], ['q', 'p'])
    assert.deepEqual(waiting('a'), ['1'])
  })

  it('are looked up for all queries that any of them is for', () => {
    held.hold(arrival('a', '1', 'p', 'q'))
    held.join(arrival('a', '2', 'q', 'r'))
    assert.deepEqual([...(held.get('a')?.queries ?? [])], ['p', 'q', 'r'])
  })

  it('wait for any of several readings of whole results, and need a lookup where none of them shows the object', () => {
    const [one, two, other] = [reading(), reading(), reading()]
    held.hold(arrival('a', '1'), [one, two])
    held.hold(arrival('b', '1'), [two])
    assert.deepEqual([held.waitingFor(one), held.waitingFor(two), held.waitingFor(other)], [['a'], ['a', 'b'], []])

    held.passOver('a', one)
    assert.deepEqual([held.lookups, held.waitingFor(one), held.waitingFor(two)], [[], [], ['a', 'b']])
    held.passOver('a', two)
    assert.deepEqual([held.lookups, held.waitingFor(two)], [['a'], ['b']])
    assert.deepEqual(waiting('a'), ['1'])
  })

  it('wait for no reading any more once somebody reads the object itself', () => {
    const one = reading()
    held.hold(arrival('a', '1'), [one])
    held.claim('a', 'q')
    held.passOver('a', one)
    assert.deepEqual([held.waitingFor(one), held.lookups], [[], []])
  })

  it('tell whether an object is gone that the read does not show', () => {
    held.hold(arrival('a', '1'))
    held.hold(arrival('b', '1'), [], true)
    assert.deepEqual([held.take('a')?.mayBeGone, held.take('b')?.mayBeGone], [false, true])
  })

  it('are forgotten, and make room, when all is lost that they wait for', () => {
    for (const dn of ['a', 'b', 'c']) held.hold(arrival(dn, '1'))
    held.clear()
    assert.deepEqual([held.size, waiting('a')], [0, undefined])
    held.hold(arrival('a', '1'))
    for (const descr of ['2', '3']) held.join(arrival('a', descr))
    assert.deepEqual([overflows, waiting('a')], [[], ['1', '2', '3']])
  })

  for (const isClaimed of [false, true]) {
    it(`are missed where they were too many, claimed or not (${isClaimed})`, () => {
      held.hold(arrival('a', '1', 'p'))
      if (isClaimed) held.claim('a', 'p')
      for (const descr of ['2', '3', '4']) held.join(arrival('a', descr, 'q'))
      assert.deepEqual(overflows, [['p', 'q']], 'by all for whom any of them was')
      held.join(arrival('a', '5'))
      assert.deepEqual(waiting('a'), ['5'], 'what follows waits again')
    })
  }
})
