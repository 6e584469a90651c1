// The grammar that nodes and dialogs share: the flaw of a text that is no DN or no filter.

import assert from 'node:assert/strict'
import { flawOfDn, flawOfFilter, isClassName, type DnFlaw, type FilterFlaw } from '../../../nodes/apic/protocol/grammar'

describe('a text for a DN', () => {
  const cases: readonly (readonly [string, DnFlaw | undefined])[] = [
    ['uni/tn-common', undefined],
    ['topology/pod-1/paths-101/pathep-[eth1/1]', undefined],
    ['/uni', 'characters'],
    ['uni/tn-a?x=1', 'characters'],
    ['uni/tn-a%2e', 'characters'],
    ['uni/tn-a\u0007', 'characters'],
    ['uni/tn-\ud800', 'characters'],
    ['uni/tn-common/', 'parts'],
    ['uni/../aaaLogout', 'parts'],
    ['uni/tn-common/[x', 'brackets'],
    ['uni/]x[', 'brackets']
  ]
  for (const [dn, flaw] of cases) {
    it(`${JSON.stringify(dn)} has ${flaw === undefined ? 'no flaw' : `a flaw in its ${flaw}`}`, () => {
      assert.equal(flawOfDn(dn), flaw)
    })
  }
})

describe('a text for a filter', () => {
  const cases: readonly (readonly [string, FilterFlaw | undefined])[] = [
    ['eq(fvTenant.name,"common")', undefined],
    [' and(eq(fvTenant.name,"a)"),ne(fvTenant.descr,"\\"("))', undefined],
    ['eq(fvTenant.name,"com\nmon")', 'characters'],
    ['eq(fvTenant.name,"common)', 'quote'],
    ['eq(fvTenant.name,"common"', 'parentheses'],
    ['fvTenant.name', 'expression'],
    ['("common")', 'expression']
  ]
  for (const [filter, flaw] of cases) {
    it(`${JSON.stringify(filter)} ${flaw === undefined ? 'has no flaw' : `has a flaw: ${flaw}`}`, () => {
      assert.equal(flawOfFilter(filter), flaw)
    })
  }
})

describe('a text for a class', () => {
  it('is letters and digits', () => {
    assert.deepEqual(['fvTenant', 'l1PhysIf', 'fv Tenant', 'fvTenant/'].map(isClassName), [true, true, false, false])
  })
})
