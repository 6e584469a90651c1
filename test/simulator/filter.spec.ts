// The filter language.
import assert from 'node:assert/strict'
import { ABSTRACT, CLASSES } from './classes'
import { Refusal } from './errors'
import type { Filterable } from './filter'
import { compileFilter } from './filter'
import { Model } from './model'

const model = new Model(CLASSES, ABSTRACT)
const object = (className: string, attributes: Record<string, string>): Filterable => ({
  cls: { name: className },
  rn: attributes['dn'] ?? '',
  attributes
})
const epg = object('fvAEPg', {
  dn: 'uni/tn-a/ap-b/epg-[x]',
  name: 'web-1',
  pcTag: '49153',
  prio: 'level1',
  fwdCtrl: 'proxy-arp,other',
  modTs: '2026-03-01T12:00:00.000+00:00'
})
const fault = object('faultInst', { dn: 'x/fault-F1', severity: 'major', code: 'F0532', lc: 'raised' })

const matches = (filter: string, what = epg): boolean => compileFilter(filter, model)(what)
const refusal = (filter: string): [number, string, string] => {
  try {
    compileFilter(filter, model)
  } catch (error) {
    if (error instanceof Refusal) return [error.status, error.code, error.message]
    throw error
  }
  throw new Error(`${filter} was accepted`)
}

describe('the simulator: filters', () => {
  const yes = [
    'eq(fvAEPg.name,"web-1")',
    'ne(fvAEPg.name,"web-2")',
    'lt(fvAEPg.pcTag,"100000")',
    'le(fvAEPg.pcTag,"49153")',
    'gt(fvAEPg.pcTag,"9999")',
    'ge(fvAEPg.pcTag,"49153")',
    'bw(fvAEPg.pcTag,"49000","49200")',
    'wcard(fvAEPg.dn,"tn-a/ap")',
    'wcard(fvAEPg.dn,"[x]")',
    'wcard(fvAEPg.name,"w*1")',
    'anybit(fvAEPg.fwdCtrl,"nothing,other")',
    'allbits(fvAEPg.fwdCtrl,"other,proxy-arp")',
    'and(eq(fvAEPg.name,"web-1"))',
    'and(eq(fvAEPg.name,"web-1"),eq(fvAEPg.prio,"level1"),gt(fvAEPg.pcTag,"1"))',
    'or(eq(fvAEPg.name,"no"),eq(fvAEPg.prio,"level1"))',
    'xor(eq(fvAEPg.name,"no"),eq(fvAEPg.prio,"level1"))',
    'not(wcard(fvAEPg.dn,"__ui_"))',
    'and(or(eq(fvAEPg.name,"a"),not(eq(fvAEPg.name,"b"))),ne(fvAEPg.prio,"x"))',
    ' eq( fvAEPg.name , "web-1" ) ',
    'eq(fvAEPg.name,web-1)',
    'gt(fvAEPg.modTs,"2026-03-01T11:00:00.000+00:00")',
    'lt(fvAEPg.modTs,"2026-03-01T09:00:00.000-04:00")',
    'eq(fvAEPg.modTs,"2026-03-01T08:00:00.000-04:00")',
    'eq(fvEPg.name,"web-1")'
  ]
  const no = [
    'eq(fvAEPg.name,"web")',
    'eq(fvAEPg.pcTag,"049153")',
    'wcard(fvAEPg.dn,"tn.a")',
    'allbits(fvAEPg.fwdCtrl,"other,third")',
    'xor(eq(fvAEPg.name,"web-1"),eq(fvAEPg.prio,"level1"))',
    'eq(fvBD.name,"web-1")',
    'lt(fvAEPg.modTs,"2026-03-01T11:00:00.000+00:00")'
  ]
  for (const filter of yes) {
    it(`${filter} matches`, () => {
      assert.equal(matches(filter), true)
    })
  }
  for (const filter of no) {
    it(`${filter} does not match`, () => {
      assert.equal(matches(filter), false)
    })
  }

  it('compare severities by how grave they are', () => {
    assert.equal(matches('ge(faultInst.severity,"major")', fault), true)
    assert.equal(matches('gt(faultInst.severity,"warning")', fault), true)
    assert.equal(matches('ge(faultInfo.severity,"critical")', fault), false)
  })

  it('may name a property of the abstract class', () => {
    assert.equal(matches('eq(faultInfo.severity,"major")', fault), true)
  })

  it('take the other ways to write a value', () => {
    const entry = object('vzEntry', { dFromPort: 'http', stateful: 'yes' })
    assert.equal(matches('and(eq(vzEntry.dFromPort,"80"),eq(vzEntry.stateful,"true"))', entry), true)
  })

  it('take quotes and backslashes that are escaped', () => {
    assert.equal(matches('eq(fvAEPg.name,"a\\"b")', object('fvAEPg', { name: 'a"b' })), true)
  })

  it('refuse a property, class or value that cannot be, in the words of an APIC', () => {
    assert.deepEqual(refusal('eq(faultInst.cod,"F1")'), [
      400,
      '121',
      "Prop 'cod' not found in class 'faultInst' property table"
    ])
    assert.deepEqual(refusal('eq(faultIns.code,"F1")'), [400, '122', 'class faultIns not found'])
    assert.deepEqual(refusal('eq(faultInst.code,"F999999")'), [
      400,
      '301',
      "Incorrect filter format for faultInst.code, value 'F999999' is not valid"
    ])
    assert.deepEqual(refusal('and(eq(faultInfo.severity,"grave"))'), [
      400,
      '301',
      "Incorrect filter format for faultInfo.severity, value 'grave' is not valid"
    ])
  })

  for (const filter of [
    'eq(fvAEPg.name,"x"',
    'eq(fvAEPg.name,"x"))',
    'eq(fvAEPg.name)',
    'eq(fvAEPg,"x")',
    'eq("fvAEPg.name","x")',
    'bw(fvAEPg.pcTag,"1")',
    'and()',
    'not(eq(fvAEPg.name,"a"),eq(fvAEPg.name,"b"))',
    'like(fvAEPg.name,"x")',
    'eq(fvAEPg.name,"x',
    'fvAEPg.name',
    '(',
    'constructor(fvAEPg.name,"x")'
  ]) {
    it(`${filter} is refused`, () => {
      assert.equal(refusal(filter)[0], 400)
    })
  }

  it('finds no property that is only in the language the simulator is written in', () => {
    assert.equal(refusal('eq(fvAEPg.constructor,"x")')[1], '121')
    assert.equal(refusal('eq(constructor.name,"x")')[1], '122')
  })
})
