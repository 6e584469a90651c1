// What is sent in which order, while what exists is on its way and while nobody listens.

import assert from 'node:assert/strict'
import type { Change } from '../../../nodes/apic/store/change'
import { Outbox } from '../../../nodes/apic/watch/outbox'
import type { Numbered } from '../../../nodes/apic/watch/snapshot'

const changeOf = (event: Change['event'], dn: string): Change => ({
  event,
  class: 'fvTenant',
  dn,
  attributes: {},
  origin: event === 'existing' ? 'snapshot' : 'live',
  stamp: '',
  time: '2026-11-29T12:00:00.000Z',
  receivedAt: 0,
  controller: 'https://apic1',
  query: '/api/class/fvTenant.json'
})
const numbered = (event: Change['event'], dn: string, step: number): Numbered => ({
  change: changeOf(event, dn),
  step,
  before: [],
  after: []
})

describe('what a watch sends', () => {
  let given: string[]
  let overflows: number
  let outbox: Outbox<string>

  beforeEach(() => {
    given = []
    overflows = 0
    outbox = new Outbox<string>(
      ({ event, dn }, place) => given.push(`${event} ${dn}${place?.count === undefined ? '' : ` of ${place.count}`}`),
      () => (overflows += 1)
    )
  })

  it('is sent at once where nothing is in its way', () => {
    outbox.pass(numbered('created', 'a', 1))

    assert.deepEqual(given, ['created a'])
    assert.ok(outbox.isDirect && outbox.isHeard && !outbox.isBehind)
  })

  it('is what exists first, as one sequence of all that begin, and what changed meanwhile after it', () => {
    outbox.beginSnapshot(['one', 'two'])
    outbox.snapshot?.add({ change: changeOf('existing', 'a'), step: 1 })
    outbox.pass(numbered('modified', 'a', 2))
    outbox.snapshot?.add({ change: changeOf('existing', 'b'), step: 2 })
    outbox.finish('one')
    assert.ok(outbox.isBehind && outbox.isPending('two'))

    outbox.finish('two')

    assert.deepEqual(given, ['existing a', 'existing b of 2', 'modified a'])
    assert.ok(outbox.isDirect)
  })

  it('is kept while nobody listens, behind what was kept before', () => {
    outbox.suspend()
    outbox.pass(numbered('modified', 'a', 2))
    outbox.restore([numbered('created', 'a', 1)])
    assert.ok(!outbox.isHeard && outbox.isBehind)

    assert.deepEqual(
      outbox.resume().map(({ change: { event } }) => event),
      ['created', 'modified']
    )
    assert.deepEqual(given, [])
    assert.ok(outbox.isHeard)
  })

  it('ends what exists when the listener goes', () => {
    outbox.beginSnapshot(['one'])
    outbox.snapshot?.add({ change: changeOf('existing', 'a'), step: 1 })
    outbox.snapshot?.add({ change: changeOf('existing', 'b'), step: 1 })
    outbox.pass(numbered('modified', 'a', 2))

    outbox.suspend()

    assert.equal(outbox.snapshot, undefined)
    assert.deepEqual(given, ['existing a'])
    assert.deepEqual(
      outbox.pending.map(({ change: { event, dn } }) => `${event} ${dn}`),
      ['modified a']
    )
  })

  it('is too much to be kept at some point, and says so', () => {
    outbox.suspend()
    for (let index = 0; index < 100_000; index += 1) outbox.pass(numbered('created', String(index), index))
    assert.equal(overflows, 0)

    outbox.pass(numbered('created', 'x', 100_001))

    assert.equal(overflows, 1)
  })
})
