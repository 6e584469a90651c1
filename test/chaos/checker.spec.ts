// The checker of the random test notices what it is there for: one that never complains would let everything pass.

import assert from 'node:assert/strict'
import type { AciMessage, AciPayload } from '../../nodes/runtime/message'
import { Checker, type Violation } from './checker'

const DN = 'uni/tn-blue'
const AT = '2026-11-23T10:00:00.000+00:00'
const LATER = '2026-11-23T10:00:01.000+00:00'

function message(given: Partial<AciPayload>, aci: Partial<AciMessage['aci']> = {}): AciMessage {
  const { event = 'created', dn = DN, attributes = { name: 'blue', modTs: AT } } = given
  const payload: AciPayload = {
    id: `${event} ${dn} ${JSON.stringify(attributes)}`,
    event,
    class: 'fvTenant',
    dn,
    attributes,
    origin: 'live',
    fabric: 'DC1',
    time: AT,
    ...given
  }
  return { topic: dn, payload, aci: { controller: 'http://apic', receivedAt: 0, query: '/', ...aci } }
}

describe('the checker of messages', () => {
  let checker: Checker
  let violations: Violation[]

  beforeEach(() => {
    violations = []
    checker = new Checker(
      'sub',
      () => 1,
      (violation) => violations.push(violation)
    )
  })

  const modified = (attributes: Record<string, string>, changes: AciPayload['changes']): AciMessage =>
    message({ event: 'modified', attributes, ...(changes === undefined ? {} : { changes }) })

  const expectOne = (kind: Violation['kind'], text: RegExp): void => {
    assert.deepEqual(
      violations.map((violation) => violation.kind),
      [kind]
    )
    assert.match(violations[0]!.text, text)
  }

  it('has nothing against a life as it should be', () => {
    checker.take(message({}))
    checker.take(modified({ name: 'blue', descr: 'x', modTs: LATER }, { descr: { from: '', to: 'x' } }))
    checker.take(message({ event: 'deleted', attributes: { name: 'blue', descr: 'x', modTs: LATER } }))
    assert.deepEqual(violations, [])
    assert.equal(checker.objects.size, 0)
  })

  it('notices a creation of what is there', () => {
    checker.begin([{ class: 'fvTenant', dn: DN, attributes: {} }])
    checker.take(message({}))
    expectOne('inconsistent', /there already/)
  })

  it('notices a modification and a deletion of what is not there', () => {
    checker.take(modified({ modTs: AT }, undefined))
    expectOne('inconsistent', /not there/)
    violations.length = 0
    checker.take(message({ event: 'deleted', dn: 'uni/tn-red' }))
    expectOne('inconsistent', /not there/)
  })

  it('notices what is sent twice, unless it happened twice', () => {
    checker.take(message({}))
    checker.take(message({ event: 'deleted' }))
    checker.nextSequence()
    checker.take(message({}))
    expectOne('repeated', /sent again/)

    const twice = new Checker(
      'sub',
      () => 2,
      (violation) => violations.push(violation)
    )
    violations.length = 0
    for (const event of ['created', 'deleted', 'created'] as const) twice.take(message({ event }))
    assert.deepEqual(violations, [])
  })

  it('lets a reading put right what was sent, under the same id, and not say it once more', () => {
    const sent = (descr: string, origin: 'live' | 'recovered'): AciMessage => {
      const gap = origin === 'recovered' ? { gap: { from: AT, to: LATER } } : {}
      const attributes = { descr, modTs: LATER }
      return message({ id: 'one', event: 'modified', attributes, origin }, gap)
    }
    checker.begin([{ class: 'fvTenant', dn: DN, attributes: { descr: 'a', modTs: AT } }])
    checker.take(sent('b', 'live'))
    checker.take(sent('c', 'recovered'))
    assert.deepEqual(violations, [])
    checker.take(sent('c', 'recovered'))
    expectOne('repeated', /sent again/)
    violations.length = 0
    checker.take(sent('d', 'live'))
    expectOne('repeated', /sent again/)
  })

  it('takes no earlier state for one that is put right, though it differs from what was sent last', () => {
    const gap = { gap: { from: AT, to: LATER } }
    const sent = (descr: string, modTs: string, origin: 'live' | 'recovered'): AciMessage => {
      const aci = origin === 'recovered' ? gap : {}
      return message({ id: modTs, event: 'modified', attributes: { descr, modTs }, origin }, aci)
    }
    checker.begin([{ class: 'fvTenant', dn: DN, attributes: { descr: 'a', modTs: '' } }])
    checker.take(sent('b', AT, 'live'))
    checker.take(sent('c', LATER, 'live'))
    assert.deepEqual(violations, [])
    checker.take(sent('b', AT, 'recovered'))
    expectOne('repeated', /sent again/)
  })

  it('takes no fault for one that is put right: its id is made of what it says', () => {
    const sent = (occur: string): AciMessage => {
      const attributes = { occur, modTs: 'never' }
      const fault = { class: 'faultInst', event: 'modified', origin: 'recovered' } as const
      return message({ ...fault, id: occur, attributes }, { gap: { from: AT, to: LATER } })
    }
    checker.begin([{ class: 'faultInst', dn: DN, attributes: { occur: '1', modTs: 'never' } }])
    for (const occur of ['2', '3']) checker.take(sent(occur))
    assert.deepEqual(violations, [])
    checker.take(sent('2'))
    expectOne('repeated', /sent again/)
  })

  it('notices a live change that goes back in time', () => {
    checker.take(message({ attributes: { modTs: LATER } }))
    checker.take(modified({ modTs: AT }, {}))
    expectOne('inconsistent', /back in time/)
  })

  it('notices changes from what was not sent, to what is not so, and changes that are not named', () => {
    checker.begin([{ class: 'fvTenant', dn: DN, attributes: { descr: 'a', modTs: AT } }])
    checker.take(modified({ descr: 'c', modTs: LATER }, { descr: { from: 'b', to: 'c' } }))
    expectOne('inconsistent', /from what was not sent/)
    violations.length = 0
    checker.take(modified({ descr: 'c', modTs: LATER, x: '1' }, { descr: { from: 'c', to: 'd' } }))
    assert.match(violations[0]!.text, /to what it does not show/)
    assert.match(violations[1]!.text, /without naming them as changes: x/)
  })

  it('notices a deletion that shows another object than the one last sent', () => {
    checker.begin([{ class: 'fvTenant', dn: DN, attributes: { descr: 'a', modTs: AT } }])
    checker.take(message({ event: 'deleted', attributes: { descr: 'b', modTs: AT } }))
    expectOne('inconsistent', /not as last sent: descr/)
  })

  it('notices attributes that are none, a gap that is missing and one that has no place', () => {
    checker.take(message({ attributes: { status: 'created', modTs: AT } }))
    expectOne('inconsistent', /attributes such as status/)
    violations.length = 0
    checker.take(message({ dn: 'uni/tn-a', origin: 'recovered' }))
    expectOne('inconsistent', /gap/)
    violations.length = 0
    checker.take(message({ dn: 'uni/tn-b', attributes: { modTs: LATER } }, { gap: { from: AT, to: LATER } }))
    expectOne('inconsistent', /gap/)
  })

  it('tells what is missing, what is too much and what differs', () => {
    checker.begin([
      { class: 'fvTenant', dn: 'uni/tn-a', attributes: { descr: 'old' } },
      { class: 'fvTenant', dn: 'uni/tn-b', attributes: {} }
    ])
    const expected = [
      { class: 'fvTenant', dn: 'uni/tn-a', attributes: { descr: 'new', status: '', childAction: '' } },
      { class: 'fvTenant', dn: 'uni/tn-c', attributes: {} }
    ]
    assert.deepEqual(checker.differences(new Map(expected.map((object) => [object.dn, object]))), [
      'sub: uni/tn-a: descr is new, sent was old',
      'sub: uni/tn-c exists and was not sent',
      'sub: uni/tn-b is gone and its deletion was not sent'
    ])
  })

  it('takes a fault for the same whether its state came by an event or by a read', () => {
    checker.begin([{ class: 'faultInst', dn: DN, attributes: { modTs: AT } }])
    const read = { class: 'faultInst', dn: DN, attributes: { modTs: 'never', rn: '' } }
    assert.deepEqual(checker.differences(new Map([[DN, read]])), [])
  })

  it('lets anything pass of what may not be followed any more', () => {
    checker.loose = () => true
    checker.take(message({ event: 'deleted' }))
    assert.deepEqual(violations, [])
  })
})
