// What became of the objects that were to be written.

import assert from 'node:assert/strict'
import { AciError, writesOf } from '../../nodes/apic'
import { failureOf, resultsOf } from '../../nodes/runtime/results'

const writes = writesOf(
  ['uni/tn-a', { class: 'fvTenant', dn: 'uni/tn-b' }, { fooBar: { attributes: { name: 'c' } } }, 'uni/tn-d'],
  {
    action: 'preview',
    dn: 'uni'
  }
)
const cause = { status: 400, code: '106', text: 'no' }
const refusal = new AciError('ACI_QUERY', 'https://apic1 refuses the request: no', cause)

describe('the results of writing', () => {
  it('are all well when nothing failed', () => {
    assert.deepEqual(resultsOf(writes, 4), [
      { dn: 'uni/tn-a', class: '', ok: true },
      { dn: 'uni/tn-b', class: 'fvTenant', ok: true },
      { dn: '', class: 'fooBar', ok: true },
      { dn: 'uni/tn-d', class: '', ok: true }
    ])
    assert.deepEqual(resultsOf([], 0), [])
  })

  it('say which one failed and why, and of the rest that they were not sent', () => {
    const results = resultsOf(writes, 2, refusal)
    assert.deepEqual(
      results.map(({ ok }) => ok),
      [true, true, false, false]
    )
    assert.deepEqual(results[2]!.error, { code: 'ACI_QUERY', message: refusal.message, cause })
    assert.deepEqual(results[3]!.error, { code: 'ACI_QUERY', message: 'not sent, for fooBar before it failed' })
  })

  it('have no cause where the APIC said nothing', () => {
    const late = new AciError('ACI_TIMEOUT', 'late')
    assert.deepEqual(resultsOf(writes, 0, late)[0]!.error, { code: 'ACI_TIMEOUT', message: 'late' })
  })

  it('belong to whoever gets them', () => {
    const [one, other] = [resultsOf(writes, 0, refusal), resultsOf(writes, 0, refusal)]
    one[0]!.error!.cause = { ...cause, text: 'spoilt' }
    one[0]!.dn = 'spoilt'
    assert.deepEqual([other[0]!.dn, other[0]!.error!.cause], ['uni/tn-a', cause])
    assert.notEqual(other[0]!.error!.cause, refusal.cause)
  })
})

describe('the error of writing', () => {
  it('names the one that failed and counts the others', () => {
    const error = failureOf(writes, 2, refusal)
    assert.equal(error.message, `item 3 of 4, fooBar: ${refusal.message} (2 written before it, 1 not sent)`)
    assert.deepEqual([error.code, error.cause, error.reason], ['ACI_QUERY', cause, 'no'])
  })

  it('counts nothing where there was one', () => {
    const error = failureOf(writes.slice(0, 1), 0, refusal)
    assert.equal(error.message, `uni/tn-a: ${refusal.message}`)
  })
})
