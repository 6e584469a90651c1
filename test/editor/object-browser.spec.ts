// What the object browser knows of a level of the tree, and which icon an object has.

import assert from 'node:assert/strict'
import type { ChildAnswer, ChildrenAnswer } from '../../nodes/admin/answers'
import { CLASSES, GROUPS } from '../../nodes/editor/classes/catalogue/classes'
import { iconOf } from '../../nodes/editor/object-browser/icons'
import { Level, type ChildrenQuery } from '../../nodes/editor/object-browser/level'

function tenant(name: string): ChildAnswer {
  return { dn: `uni/tn-${name}`, rn: `tn-${name}`, class: 'fvTenant', name, descr: '' }
}

/** A fabric that answers as the route does, when it is asked to. */
class Route {
  readonly asked: ChildrenQuery[] = []
  names: string[] = []
  isCut = false
  isBroken = false
  /** Answers that are held back, in the order of the questions. */
  private held: (() => void)[] | undefined

  readonly ask = async (query: ChildrenQuery): Promise<ChildrenAnswer> => {
    this.asked.push(query)
    if (this.held !== undefined) await new Promise<void>((resolve) => this.held?.push(resolve))
    if (this.isBroken) throw new Error('not today')
    const { dn, filter = '', page = 0, size = 2 } = query
    const all = dn === 'uni' ? this.names.map(tenant) : []
    const matching = all.filter(({ rn }) => rn.includes(filter))
    return {
      dn,
      exists: dn === 'uni' || this.names.some((name) => dn === `uni/tn-${name}`),
      objects: matching.slice(page * size, (page + 1) * size),
      total: matching.length,
      page,
      size,
      isCut: this.isCut && dn === 'uni'
    }
  }

  hold(): void {
    this.held = []
  }

  async letGo(index: number): Promise<void> {
    this.held?.[index]?.()
    await new Promise(setImmediate)
  }
}

describe('a level of the object browser', () => {
  let route: Route
  let level: Level
  let changes: boolean[]

  beforeEach(() => {
    route = new Route()
    changes = []
    level = new Level(
      'uni',
      route.ask,
      (text) => text === 'fvTenant',
      (isNew) => changes.push(isNew)
    )
  })

  const names = (): string[] => level.objects.map(({ name }) => name)
  const remarks = (): string[] => level.remarks.map(({ kind }) => kind)

  it('asks for nothing by itself, and for a page at a time', async () => {
    route.names = ['a', 'b', 'c', 'd', 'e']
    assert.deepEqual([level.isNew, remarks(), route.asked], [true, [], []])
    const reading = level.read()
    assert.deepEqual(remarks(), ['asking'])
    await reading
    assert.deepEqual([names(), level.total], [['a', 'b'], 5])
    assert.deepEqual(level.remarks, [{ kind: 'more', shown: 2, total: 5 }])
    await level.readOn()
    await level.readOn()
    assert.deepEqual([names(), remarks()], [['a', 'b', 'c', 'd', 'e'], []])
    assert.deepEqual(
      route.asked.map(({ page = 0 }) => page),
      [0, 1, 2]
    )
  })

  it('shows each object once, though pages shift between two reads', async () => {
    route.names = ['b', 'c', 'd']
    await level.read()
    route.names = ['a', 'b', 'c', 'd']
    await level.readOn()
    assert.deepEqual(names(), ['b', 'c', 'd'])
  })

  it('says what there is instead of objects', async () => {
    await level.read()
    assert.deepEqual([remarks(), level.isEmpty], [['none'], true])
    route.names = ['a']
    await level.look('x')
    assert.deepEqual([remarks(), level.isEmpty], [['unmatched'], true])
    const nobody = new Level(
      'uni/tn-nobody',
      route.ask,
      () => false,
      () => undefined
    )
    await nobody.read()
    assert.deepEqual(nobody.remarks, [{ kind: 'gone' }])
  })

  it('goes on where a read failed', async () => {
    route.names = ['a', 'b', 'c']
    route.isBroken = true
    await level.read()
    assert.deepEqual([level.remarks, level.total], [[{ kind: 'failed', reason: 'not today' }], undefined])
    route.isBroken = false
    await level.readOn()
    route.isBroken = true
    await level.readOn()
    assert.deepEqual([names(), remarks()], [['a', 'b'], ['failed']])
    route.isBroken = false
    await level.readOn()
    assert.deepEqual([names(), remarks()], [['a', 'b', 'c'], []])
  })

  it('shows nothing of another filter when a filter cannot be answered', async () => {
    route.names = ['a', 'b']
    await level.read()
    route.isBroken = true
    await level.look('b')
    assert.deepEqual([names(), remarks()], [[], ['failed']])
  })

  it('drops an answer that nobody waits for any more', async () => {
    route.names = ['a', 'ab', 'abc']
    route.hold()
    void level.look('a')
    void level.look('ab')
    await route.letGo(1)
    assert.deepEqual(names(), ['ab', 'abc'])
    await route.letGo(0)
    assert.deepEqual([names(), level.filter, level.total], [['ab', 'abc'], 'ab', 2])
  })

  it('remembers how many there are without the filter', async () => {
    route.names = ['a', 'b', 'c']
    await level.read()
    await level.look('b')
    assert.deepEqual([level.total, level.totalOfAll], [1, 3])
  })

  it('looks by class where there are more than are looked at', async () => {
    route.names = ['a', 'b']
    await level.look('fvTenant')
    route.isCut = true
    await level.look('')
    assert.deepEqual(remarks(), ['cut'])
    route.isCut = false
    await level.look('fvTenant')
    await level.readOn()
    await level.look('tenant')
    assert.deepEqual(route.asked, [
      { dn: 'uni', filter: 'fvTenant' },
      { dn: 'uni' },
      { dn: 'uni', class: 'fvTenant' },
      { dn: 'uni', class: 'fvTenant', page: 1 },
      { dn: 'uni', filter: 'tenant' }
    ])
  })

  describe('asked for one object', () => {
    it('has it, if it is on a page that was read', async () => {
      route.names = ['a', 'b', 'c']
      await level.read()
      assert.deepEqual(await level.find('uni/tn-b'), tenant('b'))
      assert.equal(route.asked.length, 1)
    })

    it('asks for it by name, shows it behind the pages, and not again when its page comes', async () => {
      route.names = ['a', 'b', 'c', 'd', 'e']
      await level.read()
      assert.deepEqual(await level.find('uni/tn-d'), tenant('d'))
      assert.deepEqual(route.asked[1], { dn: 'uni', filter: 'tn-d', size: 200 })
      assert.deepEqual([names(), changes.at(-1)], [['a', 'b', 'd'], false])
      await level.readOn()
      assert.deepEqual(names(), ['a', 'b', 'c', 'd'])
      assert.deepEqual(remarks(), ['more'])
    })

    it('knows without asking that it is not among a few', async () => {
      route.names = ['a']
      await level.read()
      assert.equal(await level.find('uni/tn-x'), undefined)
      assert.equal(route.asked.length, 1)
    })

    it('asks whether it exists where not all are looked at', async () => {
      route.names = ['a', 'b', 'c']
      route.isCut = true
      await level.read()
      assert.equal(await level.find('uni/tn-x'), undefined)
      assert.deepEqual(route.asked.slice(1), [
        { dn: 'uni', filter: 'tn-x', size: 200, class: 'fvTenant' },
        { dn: 'uni/tn-x', size: 1 }
      ])
    })

    it('takes it for what its DN says when it exists and is in no list', async () => {
      const roots = new Level(
        '',
        route.ask,
        () => false,
        () => undefined
      )
      route.names = ['a']
      await roots.read()
      assert.deepEqual(await roots.find('uni'), { dn: 'uni', rn: 'uni', class: 'polUni', name: '', descr: '' })
      assert.equal(await roots.find('elsewhere'), undefined)
    })
  })
})

describe('the icon of an object', () => {
  it('is that of its class, of its group, or of the classes of its package', () => {
    assert.equal(iconOf('fvTenant'), 'fa-building-o')
    assert.equal(iconOf('eqptFan'), iconOf('eqptPsu'))
    assert.equal(iconOf('eqptNoSuchThing'), iconOf('eqptFan'))
    assert.notEqual(iconOf('faultInst'), iconOf('eqptFan'))
  })

  it('is that of a link for relations, whatever package they are of', () => {
    for (const name of ['fvRsBd', 'fvRtCtx', 'l3extRsEctx', 'infraRsAccPortP']) assert.equal(iconOf(name), 'fa-link')
    assert.notEqual(iconOf('fvRunning'), 'fa-link')
  })

  it('is a plain one for what is not known, however it is called', () => {
    for (const name of ['', 'acmeWidget', 'constructor', '__proto__', 'toString', '"><img>']) {
      assert.equal(iconOf(name), 'fa-file-o')
    }
  })

  it('is some icon for every class of the catalogue', () => {
    for (const name of GROUPS.flatMap((group) => CLASSES[group])) assert.match(iconOf(name), /^fa-(?!file)[a-z-]+$/)
  })
})
