// Which queries are sure to match an object that another one has had.

import assert from 'node:assert/strict'
import { looksLikeDn, pathOf, type Query } from '../../../nodes/apic/protocol/query'
import { SureQueries } from '../../../nodes/apic/watch/sure-queries'

const query = (of: string, rest: Partial<Query> = {}): Query => {
  return { target: looksLikeDn(of) ? 'mo' : 'class', of, scope: 'self', subtreeClasses: [], filter: '', ...rest }
}

const PORT = { class: 'l1PhysIf', dn: 'topology/pod-1/node-101/sys/phys-[eth1/1]' }

const of = (object: { class: string; dn: string }, ...queries: Query[]): string[] => new SureQueries(queries).of(object)

describe('the queries that are sure to match an object', () => {
  it('are that of its class and that of its DN', () => {
    const [byClass, byDn] = [query('l1PhysIf'), query(PORT.dn)]

    assert.deepEqual(of(PORT, byDn, query('fvTenant'), byClass), [pathOf(byClass), pathOf(byDn)])
  })

  it('are those of all subtrees that it is in', () => {
    const trees = ['topology/pod-1/node-101/sys', 'topology/pod-1', 'topology'].map((dn) =>
      query(dn, { scope: 'subtree' })
    )

    assert.deepEqual(of(PORT, ...trees), trees.map(pathOf))
    assert.deepEqual(
      of(PORT, query('topology/pod-1/node-10', { scope: 'subtree' })),
      [],
      'not where the names begin alike'
    )
    assert.deepEqual(of(PORT, query('topology/pod-1')), [], 'not where only the object above it is watched')
  })

  it('are not those of a subtree that asks for other classes', () => {
    const tree = (...subtreeClasses: string[]): Query => query('topology', { scope: 'subtree', subtreeClasses })

    assert.deepEqual(of(PORT, tree('ethpmPhysIf'), tree('ethpmPhysIf', 'l1PhysIf')), [
      pathOf(tree('ethpmPhysIf', 'l1PhysIf'))
    ])
  })

  it('are none of those that a filter, or the objects right below, may leave out', () => {
    const filter = 'eq(l1PhysIf.adminSt,"up")'

    assert.deepEqual(
      of(PORT, query('l1PhysIf', { filter }), query('topology/pod-1/node-101/sys', { scope: 'children' })),
      []
    )
  })

  it('are none where there are no queries', () => {
    assert.ok(new SureQueries([]).isEmpty)
    assert.deepEqual(of(PORT), [])
    assert.equal(new SureQueries([query('fvTenant')]).isEmpty, false)
  })
})
