// The checker of pure streams notices what it is there for, and lets pass what a stream cannot help.

import assert from 'node:assert/strict'
import type { AciMessage } from '../../nodes/runtime/message'
import type { Violation } from './checker'
import { StreamChecker, type Happened } from './stream-checker'

const DN = 'uni/tn-blue'
const CREATED: Happened = { event: 'created', dn: DN, modTs: '2026-11-23T10:00:00.000+00:00' }
const MODIFIED: Happened = { event: 'modified', dn: DN, modTs: '2026-11-23T10:00:01.000+00:00' }

function message({ event, dn, modTs }: Happened, more: object = {}): AciMessage {
  return {
    topic: dn,
    payload: { event, dn, attributes: { dn, modTs }, origin: 'live', ...more }
  } as unknown as AciMessage
}

describe('the checker of pure streams', () => {
  let checker: StreamChecker
  let disorder = { isReordered: false, isRepeated: false }
  let violations: Violation[]

  beforeEach(() => {
    violations = []
    disorder = { isReordered: false, isRepeated: false }
    checker = new StreamChecker(
      'stream',
      () => disorder,
      (violation) => violations.push(violation)
    )
    checker.happened(CREATED)
    checker.happened(MODIFIED)
  })

  const kinds = (): string[] => violations.map(({ kind }) => kind)

  it('has nothing against what is sent once and in order, whatever is missing before all is well', () => {
    checker.take(message(MODIFIED))
    assert.deepEqual(checker.differences(), [])
    assert.deepEqual(violations, [])
  })

  it('notices what is missing while all is well', () => {
    checker.expectAll()
    const last = { ...MODIFIED, modTs: '2026-11-23T10:00:02.000+00:00' }
    checker.happened(last)
    assert.deepEqual(checker.differences(), ['stream: modified uni/tn-blue was not sent'])
    checker.take(message(last))
    assert.deepEqual(checker.differences(), [])
  })

  it('notices what is sent twice, unless it happened or was sent twice', () => {
    checker.take(message(CREATED))
    checker.nextSequence()
    checker.take(message(CREATED))
    assert.deepEqual(kinds(), ['repeated'])
    checker.happened(MODIFIED)
    checker.happened(MODIFIED)
    checker.take(message(MODIFIED))
    checker.take(message(MODIFIED))
    disorder.isRepeated = true
    checker.take(message(MODIFIED))
    assert.deepEqual(kinds(), ['repeated'])
  })

  it('notices what never happened, what goes back in time, and what is more than a stream knows', () => {
    checker.take(message({ ...CREATED, event: 'deleted' }))
    checker.take(message(MODIFIED))
    checker.take(message(CREATED))
    assert.deepEqual(kinds(), ['inconsistent', 'inconsistent'])
    checker.happened(CREATED)
    disorder.isReordered = true
    checker.take(message(CREATED, { origin: 'recovered' }))
    assert.match(violations[2]?.text ?? '', /more than a stream/)
    assert.equal(violations.length, 3)
  })
})
