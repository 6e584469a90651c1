// The sequence of existing objects that a start sends, and what has to wait for its end.

import assert from 'node:assert/strict'
import type { Change, EventName } from '../../../nodes/apic/store/change'
import { Snapshot, type Place } from '../../../nodes/apic/watch/snapshot'

const change = (dn: string, event: EventName = 'existing', descr = ''): Change => ({
  event,
  class: 'fvTenant',
  dn,
  attributes: { dn, descr },
  origin: event === 'existing' ? 'snapshot' : 'live',
  stamp: '1',
  time: '',
  receivedAt: 0,
  controller: '',
  query: ''
})

describe('the existing objects of a start', () => {
  let sent: [string, Place][]
  let snapshot: Snapshot<string>

  beforeEach(() => {
    sent = []
    snapshot = new Snapshot<string>(3, ({ dn, attributes }, place) => {
      sent.push([`${dn} ${attributes['descr'] ?? ''}`.trim(), place])
    })
  })

  const left = (): string[] => snapshot.end(true).map(({ change: { event, dn } }) => `${event} ${dn}`)

  it('are numbered, and the last one says how many there were', () => {
    for (const dn of ['a', 'b', 'c']) snapshot.add({ change: change(dn), step: 1 })
    assert.deepEqual(left(), [])

    assert.deepEqual(sent, [
      ['a', { sequence: 3, index: 0 }],
      ['b', { sequence: 3, index: 1 }],
      ['c', { sequence: 3, index: 2, count: 3 }]
    ])
  })

  it('are no message at all where there are none', () => {
    assert.deepEqual([left(), sent], [[], []])
  })

  it('are sent once, however many queries have them', () => {
    for (const step of [1, 2]) snapshot.add({ change: change('a'), step })
    left()

    assert.deepEqual(sent, [['a', { sequence: 3, index: 0, count: 1 }]])
  })

  it('have no last one where not all of them could be read', () => {
    snapshot.isWhole = false
    snapshot.add({ change: change('a'), step: 1 })
    left()

    assert.deepEqual(sent, [['a', { sequence: 3, index: 0 }]])
  })

  it('are sent as they were when they were added', () => {
    const attributes = { dn: 'a', descr: 'then' }
    snapshot.add({ change: { ...change('a'), attributes }, step: 1 })
    attributes.descr = 'now'
    left()

    assert.equal(sent[0]?.[0], 'a then')
  })

  it('come before what happened meanwhile, which is passed on as it was', () => {
    const attributes = { dn: 'a', descr: 'then' }
    snapshot.add({ change: change('a'), step: 1 })
    snapshot.wait({ change: { ...change('a', 'modified'), attributes }, step: 2, before: ['/x'], after: ['/y'] })
    snapshot.wait({ change: change('b', 'created'), step: 3, before: [], after: [] })
    attributes.descr = 'now'
    assert.deepEqual([sent, snapshot.waitingCount], [[], 2])

    const waited = snapshot.end(true)
    assert.deepEqual(
      [sent.length, waited.map(({ step, before, after }) => [step, before, after])],
      [
        1,
        [
          [2, ['/x'], ['/y']],
          [3, [], []]
        ]
      ]
    )
    assert.equal(waited[0]?.change.attributes['descr'], 'then')
  })

  it('show already what happened before they were added', () => {
    for (const step of [4, 5, 6]) snapshot.wait({ change: change('a', 'modified'), step, before: [], after: [] })
    snapshot.add({ change: change('a'), step: 5 })
    snapshot.wait({ change: change('b', 'deleted'), step: 4, before: [], after: [] })

    assert.deepEqual(
      snapshot.end(true).map(({ step }) => step),
      [6, 4]
    )
  })

  it('are known to have ended until they are there again, or out of sight', () => {
    const wait = (dn: string, event: EventName): void => {
      snapshot.wait({ change: change(dn, event), step: 2, before: [], after: [] })
    }
    snapshot.add({ change: change('a'), step: 1 })
    assert.equal(snapshot.hasEnded('a'), false)
    for (const dn of ['a', 'b']) wait(dn, 'deleted')
    assert.deepEqual([snapshot.hasEnded('a'), snapshot.hasEnded('b')], [true, false], 'b was not sent')
    wait('a', 'created')
    assert.equal(snapshot.hasEnded('a'), false)
    wait('a', 'deleted')
    snapshot.forget('a')
    assert.equal(snapshot.hasEnded('a'), false)
  })

  it('are at an end when every query has sent its own', () => {
    snapshot.pending.add('one').add('two')
    snapshot.pending.delete('one')
    assert.deepEqual([...snapshot.pending], ['two'])
  })
})
