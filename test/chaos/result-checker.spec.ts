// The one who checks whole results notices what is wrong with them.

import assert from 'node:assert/strict'
import type { ResultMessage } from '../../nodes/runtime/result-publisher'
import type { Violation } from './checker'
import { ResultChecker } from './result-checker'

const A = { class: 'fvTenant', dn: 'uni/tn-a', attributes: { descr: 'old' } }
const B = { class: 'fvTenant', dn: 'uni/tn-b', attributes: { descr: '' } }

const message = (objects: readonly (typeof A)[], count = objects.length): ResultMessage => ({
  topic: '',
  payload: [...objects],
  aci: { query: '', controller: '', count, changed: { created: 0, modified: 0, deleted: 0 }, complete: true }
})

describe('a checker of whole results', () => {
  let violations: Violation[]
  let checker: ResultChecker

  beforeEach(() => {
    violations = []
    checker = new ResultChecker('board', (violation) => violations.push(violation))
  })

  it('has nothing against what there is, in the order of the DNs', () => {
    checker.take(message([A, B]))

    assert.deepEqual(violations, [])
    assert.deepEqual(checker.differences(new Map([A, B].map((object) => [object.dn, object]))), [])
  })

  it('compares the last message with what there is', () => {
    checker.take(message([A, B]))
    checker.take(message([A]))

    assert.deepEqual(
      checker.differences(
        new Map([
          [A.dn, { ...A, attributes: { descr: 'new' } }],
          [B.dn, B]
        ])
      ),
      ['board: uni/tn-a: descr is new, sent was old', 'board: uni/tn-b exists and was not sent']
    )
    assert.deepEqual(checker.differences(new Map()), ['board: uni/tn-a is gone and its deletion was not sent'])
  })

  it('notices objects in another order, an object that is there twice, and a wrong count', () => {
    for (const [wrong, text] of [
      [message([B, A]), /order/],
      [message([A, A]), /twice/],
      [message([A], 2), /counts 2 of 1/]
    ] as const) {
      violations.length = 0
      checker.take(wrong)
      assert.equal(violations.length, 1)
      assert.match(violations[0]!.text, text)
    }
  })
})
