// What came while nobody listened, as it is passed to a listener who has other queries than the one before.

import assert from 'node:assert/strict'
import type { Change, EventName } from '../../../nodes/apic/store/change'
import { seenBy } from '../../../nodes/apic/watch/seen-by'
import type { Numbered } from '../../../nodes/apic/watch/snapshot'
import { SureQueries } from '../../../nodes/apic/watch/sure-queries'

const NARROW = '/narrow'
const WIDE = '/wide'
const NONE = new SureQueries([])

/** A change of one tenant. */
function numbered(
  event: EventName,
  descr: string,
  [before, after]: readonly [readonly string[], readonly string[]]
): Numbered {
  const change: Change = {
    event,
    class: 'fvTenant',
    dn: 'uni/tn-a',
    attributes: { descr },
    origin: 'live',
    stamp: '1',
    time: '2026-11-29T00:00:00.000Z',
    receivedAt: 0,
    controller: '',
    query: WIDE
  }
  return { change, step: 1, before, after }
}

const heard = (...pending: readonly Numbered[]): string[] => inWords(seenBy(new Set([NARROW]), NONE, pending))

const inWords = (given: readonly Change[]): string[] =>
  given.map(({ event, attributes, changes }) => {
    return [
      event,
      attributes['descr'],
      ...Object.entries(changes ?? {}).map(([name, { from }]) => `${name} was ${from}`)
    ].join(' ')
  })

describe('what came while nobody listened', () => {
  it('is nothing to queries that did not see it', () => {
    assert.deepEqual(heard(numbered('created', 'x', [[], [WIDE]])), [])
  })

  it('is new where an object came into their sight, and an end where it went out of it', () => {
    const entered = numbered('modified', 'x', [[WIDE], [WIDE, NARROW]])
    const left = numbered('modified', 'y', [[WIDE, NARROW], [WIDE]])
    assert.deepEqual(heard(entered, left), ['created x', 'deleted y'])
  })

  it('ends for them what others went on with while it was hidden from them', () => {
    const created = numbered('created', 'x', [[], [WIDE, NARROW]])
    const unnamed = numbered('modified', 'y', [[WIDE], [WIDE]])
    assert.deepEqual(heard(created, unnamed, unnamed), ['created x', 'deleted x'])
  })

  it('is a change of what they have where it was hidden from them and is back', () => {
    const created = numbered('created', 'x', [[], [WIDE, NARROW]])
    const back = numbered('modified', 'z', [[WIDE], [WIDE, NARROW]])
    assert.deepEqual(heard(created, back), ['created x', 'modified z descr was x'])
  })
})
