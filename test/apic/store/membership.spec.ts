// Which queries have an object in their results, and which objects a query has.

import assert from 'node:assert/strict'
import { Memberships, type Membership, type ResultOwner } from '../../../nodes/apic/store/membership'

interface Thing {
  readonly name: string
  members: Membership<ResultOwner, Thing>
}

const [one, two, three]: readonly [ResultOwner, ResultOwner, ResultOwner] = [{ id: 1 }, { id: 2 }, { id: 13 }]

describe('the results that objects are in', () => {
  let results: Memberships<ResultOwner, Thing>

  beforeEach(() => {
    results = new Memberships()
  })

  const thing = (name: string, ...queries: ResultOwner[]): Thing => {
    const made: Thing = { name, members: results.none }
    for (const query of queries) results.add(made, query)
    return made
  }

  const namesOf = (query: ResultOwner): string[] => [...results.of(query)].map(({ name }) => name)

  it('are none at first', () => {
    assert.deepEqual([...thing('a').members.queries], [])
    assert.deepEqual([namesOf(one), results.count(one)], [[], 0])
  })

  it('are known from both sides, and change once', () => {
    const a = thing('a')
    assert.deepEqual([results.add(a, one), results.add(a, one)], [true, false])
    assert.ok(a.members.queries.has(one))
    assert.deepEqual([namesOf(one), namesOf(two)], [['a'], []])
    assert.deepEqual([results.delete(a, one), results.delete(a, one)], [true, false])
    assert.equal(a.members, results.none)
    assert.deepEqual([namesOf(one), results.count(one)], [[], 0])
  })

  it('have their objects in the order in which they came', () => {
    for (const name of ['c', 'a', 'b']) thing(name, one)
    assert.deepEqual(namesOf(one), ['c', 'a', 'b'])
  })

  it('are the same thing for all objects that are in the same ones, whatever the order in which they came there', () => {
    const [a, b, c] = [thing('a', one, two), thing('b', two, one), thing('c', one)]
    assert.equal(a.members, b.members)
    assert.notEqual(a.members, c.members)
    results.add(c, two)
    assert.equal(a.members, c.members)
    assert.deepEqual([results.count(one), results.count(two)], [3, 3])
  })

  it('are not taken for each other where their numbers read alike', () => {
    const [a, b] = [thing('a', { id: 1 }, { id: 3 }), thing('b', three)]
    assert.notEqual(a.members, b.members)
    assert.deepEqual(namesOf(three), ['b'])
  })

  it('stay as they were for whoever has looked before an object went elsewhere', () => {
    const a = thing('a', one)
    const before = a.members.queries
    results.add(a, two)
    assert.deepEqual([before.has(one), before.has(two)], [true, false])
    results.clear(a)
    assert.deepEqual([[...before], [...a.members.queries]], [[one], []])
  })

  it('have no object twice while one after the other is moved', () => {
    const all = ['a', 'b', 'c'].map((name) => thing(name, one))
    thing('d', one, three)
    const seen: string[] = []
    for (const each of results.of(one)) {
      seen.push(each.name)
      results.add(each, two)
    }
    assert.deepEqual(seen, ['a', 'b', 'c', 'd'])
    for (const each of all) results.clear(each)
    assert.deepEqual([namesOf(one), namesOf(two), namesOf(three)], [['d'], ['d'], ['d']])
  })

  it('are as single sets would have them, whatever happens', () => {
    let seed = 7
    const next = (bound: number): number => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
      return Math.floor((seed / 2 ** 32) * bound)
    }
    const queries = [one, two, three]
    const things = ['a', 'b', 'c', 'd'].map((name) => thing(name))
    const expected = new Map(queries.map((query) => [query, new Set<string>()]))
    for (let step = 0; step < 2_000; step += 1) {
      const [object, query] = [things[next(4)]!, queries[next(3)]!]
      const kind = next(5)
      if (kind === 0) {
        results.clear(object)
        for (const set of expected.values()) set.delete(object.name)
      } else if (kind < 3) {
        const isNew = results.add(object, query)
        assert.equal(isNew, !expected.get(query)?.has(object.name))
        expected.get(query)?.add(object.name)
      } else {
        assert.equal(results.delete(object, query), expected.get(query)?.delete(object.name))
      }
      for (const [each, names] of expected) {
        assert.deepEqual(namesOf(each).sort(), [...names].sort())
        assert.equal(results.count(each), names.size)
      }
    }
  })
})
