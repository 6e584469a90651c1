// Several queries that match the same objects: what becomes of their reports.

import assert from 'node:assert/strict'
import type { Change, EventName } from '../../../nodes/apic/store/change'
import { Story } from '../../../nodes/apic/store/story'

const a = 'a'
const b = 'b'

const DN = 'uni/tn-x'

const change = (event: EventName, stamp: string): Change => ({
  event,
  class: 'fvTenant',
  dn: DN,
  attributes: {},
  origin: 'live',
  stamp,
  time: '',
  receivedAt: 0,
  controller: '',
  query: ''
})

/** Reports such as `a created 1`, and what is told of them. */
function told(story: Story, ...reports: string[]): string[] {
  return reports.flatMap((report) => {
    const [who, event, stamp] = report.split(' ')
    const teller = who === 'a' ? a : b
    const as = story.news(teller, change(event as EventName, stamp ?? ''), true)
    return as === undefined ? [] : [`${as} ${stamp}`]
  })
}

describe('the story of an object that two queries match', () => {
  let story: Story

  beforeEach(() => {
    story = new Story()
  })

  it('tells each state once, whoever is first', () => {
    assert.deepEqual(
      told(story, 'a created 1', 'b created 1', 'b modified 2', 'a modified 2', 'a modified 3', 'b modified 3'),
      ['created 1', 'modified 2', 'modified 3']
    )
  })

  it('takes no report twice when one query is several states behind', () => {
    assert.deepEqual(
      told(
        story,
        'a created 1',
        'a modified 2',
        'a modified 3',
        'b created 1',
        'b modified 2',
        'b modified 3',
        'b modified 4'
      ),
      ['created 1', 'modified 2', 'modified 3', 'modified 4']
    )
  })

  it('takes the last state from one that has missed those between', () => {
    assert.deepEqual(told(story, 'a created 1', 'a modified 2', 'b created 2', 'b modified 3', 'a modified 3'), [
      'created 1',
      'modified 2',
      'modified 3'
    ])
  })

  it('tells that it was deleted and created anew although the other query has not noticed yet', () => {
    assert.deepEqual(
      told(
        story,
        'a created 1',
        'b created 1',
        'a deleted 1',
        'a created 5',
        'b deleted 1',
        'b created 5',
        'b modified 6',
        'a modified 6'
      ),
      ['created 1', 'deleted 1', 'created 5', 'modified 6']
    )
  })

  it('tells a new object as created although one query took it for a modification', () => {
    assert.deepEqual(told(story, 'a created 1', 'b created 1', 'a deleted 1', 'b modified 5', 'a created 5'), [
      'created 1',
      'deleted 1',
      'created 5'
    ])
  })

  it('takes no notice of a state before the one that was told last', () => {
    story.note(a, DN, '100')
    assert.deepEqual(told(story, 'a modified 300', 'b created 200', 'b deleted 200', 'a modified 400'), [
      'modified 300',
      'modified 400'
    ])
  })

  it('tells states that come again, where a hash tells them apart', () => {
    const [x, y] = ['00000000000000aa', '00000000000000bb']
    story.note(a, DN, x)
    story.note(b, DN, x)
    assert.deepEqual(
      told(story, `a modified ${y}`, `a modified ${x}`, `b modified ${y}`, `b modified ${x}`, `b modified ${y}`),
      [`modified ${y}`, `modified ${x}`, `modified ${y}`]
    )
  })

  it('tells two changes within one millisecond', () => {
    story.note(a, DN, '1')
    story.note(b, DN, '1')
    assert.deepEqual(told(story, 'a modified 5', 'a modified 5', 'b modified 5', 'b modified 5'), [
      'modified 5',
      'modified 5'
    ])
  })

  it('keeps an object that left one filter while another query matches it', () => {
    story.note(a, DN, '1')
    story.note(b, DN, '1')
    assert.equal(story.news(a, change('deleted', '1'), false), undefined)
    assert.equal(story.news(b, change('deleted', '1'), false), 'deleted')
    assert.equal(story.news(b, change('created', '2'), false), 'created')
  })

  it('remembers a deletion for the query that is late with all of it', () => {
    assert.deepEqual(told(story, 'a created 1', 'a deleted 1', 'b created 1', 'b deleted 1'), [
      'created 1',
      'deleted 1'
    ])
  })

  it('knows which state was told last', () => {
    story.note(a, DN, '1')
    story.note(b, DN, '1')
    assert.equal(story.latest(DN), '1')
    assert.deepEqual(told(story, 'a modified 2'), ['modified 2'])
    assert.equal(story.latest(DN), '2')
    assert.deepEqual(told(story, 'b deleted 2'), ['deleted 2'])
    assert.equal(story.latest(DN), undefined)
  })

  it('knows when an object that is to be told as existing is late', () => {
    story.note(a, DN, '100')
    assert.deepEqual(told(story, 'a modified 300'), ['modified 300'])
    assert.equal(story.laterThan(DN, '200'), '300')
    assert.equal(story.laterThan(DN, '300'), undefined)
    assert.equal(story.laterThan(DN, '400'), undefined)
    story.show(b, DN, '400')
    assert.deepEqual(told(story, 'a modified 400', 'b modified 500'), ['modified 500'])

    assert.deepEqual(told(story, 'a deleted 500'), ['deleted 500'])
    assert.equal(story.isOver(DN, '500'), true)
    assert.equal(story.isOver(DN, '450'), true)
    assert.equal(story.isOver(DN, '600'), false)
    story.show(b, DN, '600')
    assert.deepEqual(told(story, 'a created 600', 'b deleted 600'), ['deleted 600'])
  })

  it('takes what a query merely knows for no news that were told', () => {
    story.note(a, DN, '1')
    assert.deepEqual(told(story, 'a deleted 1'), ['deleted 1'])
    story.note(b, DN, '1')
    assert.deepEqual(told(story, 'b deleted 1', 'b created 2'), ['created 2'])
    story.note(a, DN, '3')
    assert.deepEqual(told(story, 'b modified 3'), ['modified 3'])
  })

  it('does not take the end of an earlier state for a later one', () => {
    story.note(a, DN, '1')
    story.note(b, DN, '1')
    // One query reads again and finds what has become of the object; the other one goes through it event by event.
    assert.deepEqual(told(story, 'a modified 3', 'a deleted 3'), ['modified 3', 'deleted 3'])
    assert.deepEqual(told(story, 'b deleted 1', 'b created 3', 'b deleted 3'), [])
    assert.deepEqual(told(story, 'b created 4', 'a created 4', 'a deleted 4', 'b deleted 4'), [
      'created 4',
      'deleted 4'
    ])
  })

  it('takes what is found to be gone for the end of all that was', () => {
    story.note(a, DN, '1')
    story.note(b, DN, '1')
    assert.deepEqual(told(story, 'a modified 3', 'a deleted 3'), ['modified 3', 'deleted 3'])
    assert.equal(story.news(b, { ...change('deleted', '1'), origin: 'recovered' }, true), undefined)
    assert.deepEqual(told(story, 'b created 3', 'b deleted 3'), ['created 3', 'deleted 3'], 'once more in that state')
  })

  it('forgets what nobody matches any more, in the order in which it went', () => {
    for (let index = 0; index <= 10_000; index += 1) {
      const one = { ...change('created', '1'), dn: `uni/tn-${index}` }
      story.news(a, one, true)
      story.news(a, { ...one, event: 'deleted' }, true)
    }
    assert.equal(story.news(b, { ...change('created', '1'), dn: 'uni/tn-10000' }, true), undefined)
    assert.equal(story.news(b, { ...change('created', '1'), dn: 'uni/tn-0' }, true), 'created')
  })

  it('tells what a pure stream says unless a query has told it, and the other way round', () => {
    assert.equal(story.streamed(b, change('modified', '1')), true, 'nobody else matches it')
    story.note(a, DN, '1')
    assert.deepEqual(told(story, 'a modified 2'), ['modified 2'])
    assert.equal(story.streamed(b, change('modified', '2')), false)
    assert.equal(story.streamed(b, change('modified', '3')), true)
    assert.deepEqual(told(story, 'a modified 3'), [])
  })

  it('goes on without a query that is watched no more', () => {
    story.note(a, DN, '1')
    story.note(b, DN, '1')
    story.leave(a)
    assert.deepEqual(told(story, 'b deleted 1'), ['deleted 1'])
    story.note(a, DN, '3')
    story.leave(a)
    story.leave(b)
    assert.deepEqual(told(story, 'b created 3', 'b deleted 3'), ['created 3', 'deleted 3'])
    story.leave(b)
    assert.deepEqual(told(story, 'a deleted 3'), [], 'what is gone is not forgotten with who told it')
  })

  it('keeps for the one that stays what the other one told last, also when an earlier end comes late', () => {
    told(story, 'a created 1', 'a deleted 1', 'a created 3')
    story.keepLast(change('created', '3'))
    story.leave(a, () => b)
    assert.deepEqual(told(story, 'b created 1', 'b deleted 1'), [])
    assert.deepEqual(
      [...story.keptFor(b)].map(({ stamp }) => stamp),
      ['3']
    )
  })

  describe('after the clock of the APIC was set back', () => {
    beforeEach(() => {
      story = new Story(() => 0)
      told(story, 'a created 50000', 'a modified 51000')
      story.setBack(20_000)
      told(story, 'a modified 20500')
    })

    it('takes a state of the time before for an old one, also in a snapshot', () => {
      assert.equal(story.laterThan(DN, '51000'), '20500')
      assert.equal(story.isUntold(DN, '51500'), false)
      assert.deepEqual(told(story, 'b created 49000'), [], 'and of one that is not remembered as well')
    })

    it('goes on with the times since', () => {
      assert.equal(story.laterThan(DN, '20900'), undefined)
      assert.equal(story.isUntold(DN, '20900'), true)
      assert.deepEqual(told(story, 'b created 20900', 'a modified 20900'), ['modified 20900'])
    })

    it('knows that an object of the time before is over, once its deletion was told', () => {
      told(story, 'a deleted 20500')
      assert.equal(story.isOver(DN, '49000'), true)
      assert.equal(story.isOver(DN, '20900'), false)
    })
  })
})
