// Which attributes are an object's own, and that making them from a template never shows.

import assert from 'node:assert/strict'
import fc from 'fast-check'
import { isHostile, objectAttributes, type Attributes } from '../../../nodes/apic/protocol/attributes'

const DN = 'uni/tn-a'

describe("an object's real attributes", () => {
  it('have nothing of what an APIC adds to tell what happened', () => {
    const given = { dn: DN, rn: '', childAction: '', status: 'created', name: 'a', descr: '' }

    assert.deepEqual(objectAttributes('fvTenant', given), { dn: DN, name: 'a', descr: '' })
    assert.equal(given.status, 'created', 'what was given stays as it was')
  })

  it('have an rn that says something', () => {
    assert.deepEqual(objectAttributes('fvTenant', { rn: 'tn-a' }), { rn: 'tn-a' })
  })

  it('are as they were given and in that order, whatever other objects of the class had before', () => {
    const names = Array.from({ length: 16 }, (_, index) => `name${index}`)
    const attributes = fc
      .tuple(fc.shuffledSubarray([...names, 'status', 'childAction', 'rn'], { minLength: 10 }), fc.nat(9))
      .map(([chosen, value]): Attributes => Object.fromEntries(chosen.map((name) => [name, `${name} ${value}`])))
    // Mostly all attributes, in one order.
    const usual = fc.nat(9).map((value) => Object.fromEntries(names.map((name) => [name, `${name} ${value}`])))
    fc.assert(
      fc.property(fc.array(fc.oneof({ weight: 3, arbitrary: usual }, { weight: 1, arbitrary: attributes })), (all) => {
        for (const given of all) {
          const own = Object.entries(given).filter(([name]) => name !== 'status' && name !== 'childAction')
          assert.deepEqual(Object.entries(objectAttributes('fvCEp', given)), own)
        }
      })
    )
  })

  it('are of one object alone', () => {
    const given = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`name${index}`, 'x']))
    const [one, other] = [objectAttributes('fvBD', given), objectAttributes('fvBD', given)]
    one['name0'] = 'changed'
    assert.deepEqual([other['name0'], given['name0']], ['x', 'x'])
  })
})

describe('names that could reach a prototype', () => {
  it('are all that every object has, and prototype', () => {
    const hostile = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '__defineGetter__']
    for (const name of hostile) assert.ok(isHostile(name), name)
    for (const name of ['dn', 'created', 'name', 'descr', 'x'.repeat(100)]) assert.ok(!isHostile(name), name)
  })
})
