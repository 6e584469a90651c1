// What messages ask of a node that reads or writes. Flows send all sorts of things.

import assert from 'node:assert/strict'
import type { AciError } from '../../nodes/apic'
import { dnsOf, requestOf, withoutRequest } from '../../nodes/runtime/request'

const isConfig = (error: AciError): boolean => error.code === 'ACI_CONFIG'

describe('the request of a message', () => {
  const names = ['dn', 'filter']

  it('is nothing where there is none', () => {
    for (const aci of [undefined, null, {}, 'x', [], { request: null }, { request: undefined }, { note: 1 }]) {
      assert.deepEqual(requestOf({ aci }, names), {})
    }
  })

  it('is what it names', () => {
    const request = { dn: 'uni/tn-a', filter: '' }
    assert.deepEqual(requestOf({ aci: { request } }, names), request)
  })

  it('is refused where it names anything else, and above all where to ask', () => {
    for (const name of ['apic', 'class', 'controllers', 'constructor']) {
      assert.throws(
        () => requestOf({ aci: { request: { dn: 'uni', [name]: 'x' } } }, names),
        (error: AciError) => isConfig(error) && error.message.includes(`"${name}" is none of dn, filter`)
      )
    }
    const hostile = JSON.parse('{"request":{"__proto__":{"apic":"x"}}}') as unknown
    assert.throws(() => requestOf({ aci: hostile }, names), isConfig)
  })

  it('is refused where it is no object', () => {
    for (const request of ['uni/tn-a', 7, true, ['dn'], Buffer.from('x')]) {
      assert.throws(() => requestOf({ aci: { request } }, names), isConfig)
    }
  })

  it('is not sent on; everything beside it is', () => {
    const aci = { request: { dn: 'uni' }, note: { a: 1 } }
    assert.deepEqual(withoutRequest(aci), { note: { a: 1 } })
    assert.ok('request' in aci, 'and the message as it came stays as it was')
    assert.deepEqual(withoutRequest({}), {})
    for (const nothing of [undefined, null, 'x', [1]]) assert.equal(withoutRequest(nothing), undefined)
  })
})

describe('the objects that a message speaks of', () => {
  const ours = { class: 'fvTenant', dn: 'uni/tn-a', attributes: { name: 'a' } }
  const theirs = { fvTenant: { attributes: { dn: 'uni/tn-b' }, children: [] } }

  it('are in its payload, in either form or by their DN, one or several', () => {
    assert.deepEqual(dnsOf({ payload: ours }), ['uni/tn-a'])
    assert.deepEqual(dnsOf({ payload: { id: 'x', event: 'created', ...ours } }), ['uni/tn-a'])
    assert.deepEqual(dnsOf({ payload: theirs }), ['uni/tn-b'])
    assert.deepEqual(dnsOf({ payload: 'uni/tn-c' }), ['uni/tn-c'])
    assert.deepEqual(dnsOf({ payload: [ours, theirs, 'uni/tn-c', ours], topic: 'uni/tn-d' }), [
      'uni/tn-a',
      'uni/tn-b',
      'uni/tn-c'
    ])
  })

  it('are named by its topic where the payload has none', () => {
    for (const payload of [undefined, null, '', 'hello', 7, {}, [], { fvTenant: {} }, { a: 1, b: 2 }, { dn: '' }]) {
      assert.deepEqual(dnsOf({ payload, topic: ' uni/tn-d ' }), ['uni/tn-d'])
      assert.deepEqual(dnsOf({ payload, topic: 'fvTenant' }), [])
    }
  })

  it('may be a thousand', () => {
    const many = (count: number): string[] => Array.from({ length: count }, (_, index) => `uni/tn-${index}`)
    assert.equal(dnsOf({ payload: many(1_000) }).length, 1_000)
    assert.throws(() => dnsOf({ payload: many(1_001) }), isConfig)
  })
})
