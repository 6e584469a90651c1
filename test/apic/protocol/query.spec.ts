// Queries and their URLs: which are allowed, and how they are spelled. No text of a user or a message changes the path.

import assert from 'node:assert/strict'
import type { AciError, Query, ReadOptions, Target } from '../../../nodes/apic'
import {
  DEFAULT_READ_OPTIONS,
  assertClassName,
  assertDn,
  classesOfFilter,
  looksLikeDn,
  moPath,
  ordered,
  orderOf,
  pathOf,
  queriesOf,
  readRequestsOf,
  readPathOf,
  withParameters
} from '../../../nodes/apic/protocol/query'
import { INCLUDES } from '../../../nodes/apic/protocol/grammar'

const target = (given: Partial<Target>): Target => ({
  target: 'dn' in given ? 'mo' : 'class',
  classes: [],
  dn: '',
  scope: 'self',
  subtreeClasses: [],
  filter: '',
  ...given
})

const paths = (given: Partial<Target>): string[] => queriesOf(target(given)).map(pathOf)

const isConfig = (error: AciError): boolean => error.code === 'ACI_CONFIG'

const refuses = (given: Partial<Target>, message?: RegExp): void => {
  assert.throws(
    () => queriesOf(target(given)),
    (error: AciError) => isConfig(error) && (message?.test(error.message) ?? true),
    JSON.stringify(given)
  )
}

describe('a class name', () => {
  it('is letters and digits, beginning with a letter', () => {
    for (const name of ['fvTenant', 'l1PhysIf', 'DnDomainMapEntry', 'ab', `a${'b'.repeat(63)}`]) assertClassName(name)
  })

  it('is nothing else', () => {
    const wrong = [
      '',
      'a',
      '1vTenant',
      'fv_Tenant',
      'fv.Tenant',
      'fvTenant ',
      'fvTenant\n',
      'fv/Tenant',
      '..',
      'fvTénant'
    ]
    for (const name of [...wrong, 'fvTenant?x', 'fvTenant%2e', '__proto__', `a${'b'.repeat(64)}`]) {
      assert.throws(() => assertClassName(name), isConfig, name)
    }
  })
})

describe('a distinguished name', () => {
  for (const dn of [
    'uni',
    'uni/tn-common',
    'uni/tn-WS_Example/ap-a.b:c-d',
    'topology/pod-1/paths-101/pathep-[eth1/1]',
    'uni/tn-a/BD-b/rtbd-[uni/tn-a/ap-b/epg-[x/y]]',
    'subj-[topology/pod-1/node-101/sys/phys-[eth1/40]/phys]/rec-4294970653',
    'uni/tn-a/ap-b/epg-c/cep-00:50:56:8A:3A:10',
    'uni/tn-..a/ap-a..',
    'uni/tn-grün/desc-[two words]'
  ]) {
    it(`may be ${dn}`, () => {
      assertDn(dn)
    })
  }

  for (const [what, dn] of [
    ['empty', ''],
    ['beginning with a slash', '/uni/tn-a'],
    ['ending in one', 'uni/tn-a/'],
    ['leading up', 'uni/../../aaaLogout'],
    ['leading up at its end', 'uni/..'],
    ['leading up between brackets', 'uni/x-[a/../b]'],
    ['leading nowhere', 'uni/./tn-a'],
    ['leading up in escapes', 'uni/%2e%2e/tn-a'],
    ['leading up in half an escape', 'uni/.%2E/tn-a'],
    ['with a query', 'uni/tn-a?x=y'],
    ['with a fragment', 'uni/tn-a#x'],
    ['with a backslash', 'uni\\..\\tn-a'],
    ['with a line break', 'uni/tn-a\r\nHost: evil'],
    ['with a tab, which URLs drop', 'uni/.\t./tn-a'],
    ['with a zero byte', 'uni/tn-a\u0000'],
    ['with a delete character', 'uni/tn-a\u007f'],
    ['with half a character', 'uni/tn-\ud800'],
    ['with the other half', 'uni/tn-\udc00x'],
    ['with a bracket too many', 'uni/x-[a]]'],
    ['with one too few', 'uni/x-[a'],
    ['with brackets the wrong way round', 'uni/x-]a['],
    ['a URL', 'https://elsewhere/uni?'],
    ['a host', '//elsewhere/uni']
  ] as const) {
    it(`is refused when it is ${what}`, () => {
      assert.throws(() => assertDn(dn), isConfig)
    })
  }

  it('may have a whole character outside the basic plane', () => {
    assertDn('uni/tn-\u{1f600}')
  })

  it('is distinguished from a class name by a slash or by how it begins', () => {
    for (const dn of ['uni', 'uni/tn-a', 'topology', 'topology/pod-1', 'comp/prov-VMware', 'a/b']) {
      assert.equal(looksLikeDn(dn), true, dn)
    }
    for (const name of ['fvTenant', 'faultInst', 'topSystem', 'fvUni', '']) assert.equal(looksLikeDn(name), false, name)
  })
})

describe('a filter', () => {
  it('names the classes of its properties and nothing that is only a value', () => {
    const filter = String.raw`and(eq(faultInst.severity,"fvBD.name"),wcard(fvTenant.dn,"a\"fvCtx.name"))`

    assert.deepEqual(classesOfFilter(filter), ['faultInst', 'fvTenant'])
  })

  it('names each class once', () => {
    assert.deepEqual(classesOfFilter('or(eq(fvBD.name,"a"),eq(fvBD.name,"b"))'), ['fvBD'])
  })

  for (const [what, filter] of [
    ['a word', 'fvTenant.name'],
    ['blank', '   '],
    ['an open parenthesis', 'and(eq(fvTenant.name,"a")'],
    ['a parenthesis too many', 'eq(fvTenant.name,"a"))'],
    ['parentheses the wrong way round', 'eq)fvTenant.name,"a"('],
    ['an open quotation', 'eq(fvTenant.name,"a)'],
    ['an open quotation after an escape', String.raw`eq(fvTenant.name,"a\")`],
    ['a line break', 'eq(fvTenant.name,\n"a")'],
    ['half a character', 'eq(fvTenant.name,"\ud83d")']
  ] as const) {
    it(`is refused when it is or has ${what}`, () => {
      refuses({ classes: ['fvTenant'], filter })
      refuses({ dn: 'uni', filter })
    })
  }

  it('may have parentheses in its values', () => {
    assert.equal(paths({ classes: ['fvTenant'], filter: 'eq(fvTenant.descr,"(:")' }).length, 1)
  })

  it('is sent as it is written, whatever class it names: attributes are inherited, and a negated test is true of all', () => {
    for (const [name, filter] of [
      ['fvAEPg', 'not(wcard(polUni.dn,"__ui_"))'],
      ['faultDelegate', 'wcard(faultInst.changeSet,"x")'],
      ['fvEp', 'eq(fvCEp.mac,"00:11:22:33:44:55")'],
      ['fvBD', 'eq(fvTenant.name,"a")']
    ] as const) {
      const [path = ''] = paths({ classes: [name], filter })
      assert.equal(decodeURIComponent(path), `/api/class/${name}.json?query-target-filter=${filter}`)
    }
  })

  it('may name anything where anything is in scope', () => {
    for (const scope of ['children', 'subtree'] as const) {
      assert.equal(paths({ classes: ['fvTenant'], scope, filter: 'eq(fvBD.name,"a")' }).length, 1, scope)
    }
    assert.equal(paths({ dn: 'uni', filter: 'eq(fvBD.name,"a")' }).length, 1)
  })
})

describe('a target', () => {
  it('is one query for each class, and equal classes are asked for once', () => {
    assert.deepEqual(paths({ classes: ['fvTenant', 'fvBD', 'fvTenant'] }), [
      '/api/class/fvTenant.json',
      '/api/class/fvBD.json'
    ])
  })

  it('is one query for an object', () => {
    assert.deepEqual(paths({ dn: 'uni/tn-common', classes: ['ignored, of course'] }), ['/api/mo/uni/tn-common.json'])
  })

  it('is refused when it names nothing, and the error says what is missing', () => {
    refuses({}, /no class/)
    refuses({ dn: '' }, /distinguished name/)
  })

  it('is refused when any one of its names is impossible', () => {
    refuses({ classes: ['fvTenant', 'no class'] }, /"no class"/)
    refuses({ classes: ['fvTenant'], subtreeClasses: ['fvBD', '../x'] }, /"\.\.\/x"/)
    refuses({ dn: 'uni/../x' }, /"uni\/\.\.\/x"/)
    refuses({ dn: 'uni//tn-a' }, /empty or dotted part/)
    assert.equal(paths({ dn: 'uni/tn-a/x-[a//b]' }).length, 1, 'within brackets, slashes are part of a value')
    refuses({ dn: 'uni', subtreeClasses: ['a&b'] })
  })
})

describe('the path of a query', () => {
  const path = (given: Partial<Target>): string | undefined => paths(given)[0]

  it('says no more than it must', () => {
    assert.equal(path({ classes: ['fvTenant'], scope: 'self' }), '/api/class/fvTenant.json')
  })

  it('has its parameters in one order, so that equal queries have equal paths', () => {
    const filter = 'eq(fvBD.name,"a")'
    const given = { subtreeClasses: ['fvBD', 'fvCtx'], scope: 'subtree', filter } as const
    const parameters = 'query-target=subtree&target-subtree-class=fvBD,fvCtx&query-target-filter=eq(fvBD.name,%22a%22)'

    assert.equal(path({ classes: ['fvTenant'], ...given }), `/api/class/fvTenant.json?${parameters}`)
    assert.equal(path({ dn: 'uni/tn-a', ...given }), `/api/mo/uni/tn-a.json?${parameters}`)
    assert.equal(path({ ...given, classes: ['fvTenant'] }), path({ classes: ['fvTenant'], ...given }))
  })

  it('differs wherever the query does', () => {
    const all = [
      path({ classes: ['fvTenant'] }),
      path({ classes: ['fvBD'] }),
      path({ dn: 'fvTenant' }),
      path({ classes: ['fvTenant'], scope: 'children' }),
      path({ classes: ['fvTenant'], scope: 'subtree' }),
      path({ classes: ['fvTenant'], subtreeClasses: ['fvBD'] }),
      path({ classes: ['fvTenant'], filter: 'eq(fvTenant.name,"a")' })
    ]

    assert.equal(new Set(all).size, all.length)
  })

  it('has brackets, slashes and colons of a DN as they are, which an APIC wants', () => {
    assert.equal(
      path({ dn: 'topology/pod-1/paths-101/pathep-[eth1/1]' }),
      '/api/mo/topology/pod-1/paths-101/pathep-[eth1/1].json'
    )
    assert.equal(path({ dn: 'uni/cep-00:50:56' }), '/api/mo/uni/cep-00:50:56.json')
  })

  it('has a plus of a DN, a space and what is not ASCII in escapes', () => {
    assert.equal(path({ dn: 'uni/tn-a+b c' }), '/api/mo/uni/tn-a%2Bb%20c.json')
    assert.equal(path({ dn: 'uni/tn-grün\u{1f600}' }), '/api/mo/uni/tn-gr%C3%BCn%F0%9F%98%80.json')
    assert.equal(path({ dn: 'uni/tn-"<a>' }), '/api/mo/uni/tn-%22%3Ca%3E.json')
  })

  it('has commas and parentheses of a filter as they are, and everything with a meaning of its own in escapes', () => {
    const filter = 'and(eq(fvTenant.descr,"a+b&c=d#e%f ü"),wcard(fvTenant.dn,"uni/tn-[x]:y"))'
    const value = 'and(eq(fvTenant.descr,%22a%2Bb%26c%3Dd%23e%25f%20%C3%BC%22),wcard(fvTenant.dn,%22uni/tn-[x]:y%22))'

    assert.equal(path({ classes: ['fvTenant'], filter }), `/api/class/fvTenant.json?query-target-filter=${value}`)
    assert.equal(moPath('uni/tn-a', filter), `/api/mo/uni/tn-a.json?query-target-filter=${value}`)
  })

  it('gives the filter back when it is read as a URL', () => {
    const filter = 'eq(fvTenant.descr,"100 % + ü & \'x\' \\\\ ?")'

    const url = new URL(path({ classes: ['fvTenant'], filter })!, 'https://apic')

    assert.deepEqual([...url.searchParams], [['query-target-filter', filter]])
  })

  it('takes further parameters, whether it has some already or not', () => {
    assert.equal(
      withParameters('/api/class/fvBD.json', { page: 0, 'page-size': 1 }),
      '/api/class/fvBD.json?page=0&page-size=1'
    )
    assert.equal(
      withParameters('/api/class/fvBD.json?query-target=self', { page: 2 }),
      '/api/class/fvBD.json?query-target=self&page=2'
    )
  })
})

describe('hostile names and filters', () => {
  /** A sequence that is the same in every run: a failure can be looked at again. */
  const numbers =
    (seed: number) =>
    (bound: number): number => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
      return Math.floor((seed / 2 ** 32) * bound)
    }
  // prettier-ignore
  const pieces = [
    'uni', 'tn-a', 'topology', 'fvTenant', 'fvTenant.name', 'eq(', ')', '"', ',', '[', ']', '/', '/', '/', '..', '.', '%2e', '%2E%2e', '%2f', '%', '%5c', '?',
    '#', '\\', '@', ':', '://', '//', 'https://evil', '&', '=', ';', '+', ' ', '\t', '\n', '\r\n', '\0', '\u007f', '\u0085', '\u2028', '\ufeff', '\uff0f',
    '\uff0e', '\u2024', 'ü', '\u{1f600}', '\ud800', '\udc00', 'aaaLogout', '.json', '__proto__', "'", '`', '|', '<', '^', '{', '}', '~', '*', '!', '$&'
  ]

  it('that are accepted never reach another path or another host', () => {
    const next = numbers(20_261)
    const garbage = (most: number): string =>
      Array.from({ length: next(most) }, () => pieces[next(pieces.length)] ?? '').join('')
    let accepted = 0
    let refused = 0
    for (let round = 0; round < 20_000; round += 1) {
      // Half of what is tried is nearly right: pure garbage would all be refused, and nothing would be tested.
      const mode = next(4)
      const given = {
        dn: mode === 0 ? `uni/${garbage(4)}` : mode === 1 ? garbage(7) : 'uni/tn-a',
        classes: [mode === 0 ? 'fvTenant' : garbage(2)],
        filter: mode === 2 ? `eq(fvTenant.name,"${garbage(4)}")` : mode === 3 ? garbage(7) : '',
        subtreeClasses: next(8) === 0 ? [garbage(2)] : []
      }
      for (const kind of ['class', 'mo'] as const) {
        let queries: Query[]
        try {
          queries = queriesOf({ ...target({}), ...given, target: kind })
        } catch (thrown) {
          assert.equal((thrown as AciError).code, 'ACI_CONFIG', JSON.stringify(given))
          refused += 1
          continue
        }
        accepted += 1
        for (const query of queries) {
          const path = pathOf(query)
          const url = new URL(path, 'https://h')
          const said = JSON.stringify({ given, path })
          assert.equal(url.origin, 'https://h', said)
          assert.ok(url.pathname.startsWith(`/api/${kind}/`) && url.pathname.endsWith('.json'), said)
          assert.equal(url.hash, '', said)
          // One slash of the path is one slash of what was asked for: nothing was folded away, nothing added.
          assert.equal(url.pathname.split('/').length, 3 + query.of.split('/').length, said)
          assert.equal(url.searchParams.get('query-target-filter') ?? '', query.filter, said)
          assert.deepEqual(
            [...url.searchParams.keys()].filter(
              (name) => name !== 'query-target-filter' && name !== 'target-subtree-class'
            ),
            [],
            said
          )
        }
      }
    }
    assert.ok(accepted > 2_000, `${accepted} were accepted`)
    assert.ok(refused > 2_000, `${refused} were refused`)
  })
})

describe('the order of pages', () => {
  const order = (given: Partial<Target>): string | undefined => orderOf(queriesOf(target(given))[0]!)

  it('is by the DN of the one class whose objects come', () => {
    assert.equal(order({ classes: ['fvTenant'] }), 'fvTenant.dn')
    assert.equal(order({ classes: ['fvTenant'], scope: 'subtree', subtreeClasses: ['fvBD'] }), 'fvBD.dn')
    assert.equal(order({ dn: 'uni', scope: 'subtree', subtreeClasses: ['fvBD'] }), 'fvBD.dn')
  })

  it('is none where objects of several classes may come', () => {
    assert.equal(order({ dn: 'uni' }), undefined)
    assert.equal(order({ dn: 'uni', scope: 'children' }), undefined)
    assert.equal(order({ classes: ['fvTenant'], scope: 'subtree' }), undefined)
    assert.equal(order({ classes: ['fvTenant'], scope: 'subtree', subtreeClasses: ['fvBD', 'fvCtx'] }), undefined)
  })
})

describe('read options', () => {
  const pathWith = (options: Partial<ReadOptions>, given: Partial<Target> = { classes: ['fvTenant'] }): string => {
    const [request] = readRequestsOf(target(given), { ...DEFAULT_READ_OPTIONS, ...options })
    return readPathOf(request!.query, request!.options)
  }

  it('adds nothing where nothing is wanted', () => {
    assert.equal(pathWith({}), '/api/class/fvTenant.json')
  })

  for (const [options, parameters] of [
    [{ children: 'children' }, 'rsp-subtree=children'],
    [{ children: 'full', childClasses: ['fvAp', 'fvAEPg'] }, 'rsp-subtree=full&rsp-subtree-class=fvAp,fvAEPg'],
    [{ include: ['faults', 'no-scoped'] }, 'rsp-subtree-include=faults,no-scoped'],
    [{ include: ['count'] }, 'rsp-subtree-include=count'],
    [{ properties: 'config-only' }, 'rsp-prop-include=config-only'],
    [
      { children: 'children', childClasses: ['fvRsBd'], include: ['health', 'fault-count'], properties: 'naming-only' },
      'rsp-subtree=children&rsp-subtree-class=fvRsBd&rsp-subtree-include=health,fault-count&rsp-prop-include=naming-only'
    ]
  ] as const) {
    it(`is spelled as Visore spells it: ${parameters}`, () => {
      assert.equal(pathWith(options), `/api/class/fvTenant.json?${parameters}`)
    })
  }

  it('follows what is asked for', () => {
    const given = { dn: 'uni/tn-a', scope: 'subtree', subtreeClasses: ['fvBD'] } as const
    assert.equal(
      pathWith({ children: 'full' }, given),
      '/api/mo/uni/tn-a.json?query-target=subtree&target-subtree-class=fvBD&rsp-subtree=full'
    )
  })

  it('has the classes of children also without children: some classes count what these name', () => {
    assert.equal(pathWith({ childClasses: ['fvAp'] }), '/api/class/fvTenant.json?rsp-subtree-class=fvAp')
  })

  it('takes every word that looks like one, for an APIC knows more than are listed', () => {
    for (const word of [...INCLUDES, 'tomorrows-word']) {
      assert.equal(pathWith({ include: [word] }), `/api/class/fvTenant.json?rsp-subtree-include=${word}`)
    }
    for (const word of ['', 'count&page=0', 'faults;x', '-', 'a b', 'x'.repeat(65)]) {
      assert.throws(() => pathWith({ include: [word] }), isConfig, word)
    }
  })

  it('has a filter of children, a deployment and a range of time', () => {
    const path = pathWith({
      children: 'children',
      childClasses: ['fvIp'],
      childFilter: 'eq(fvIp.addr,"192.0.2.7")',
      include: ['full-deployment'],
      targetNode: 'all',
      targetPath: 'l1EthIfToEPg',
      timeRange: '24h'
    })
    assert.equal(
      decodeURIComponent(path),
      '/api/class/fvTenant.json?rsp-subtree=children&rsp-subtree-class=fvIp&rsp-subtree-filter=eq(fvIp.addr,"192.0.2.7")' +
        '&rsp-subtree-include=full-deployment&target-node=all&target-path=l1EthIfToEPg&time-range=24h'
    )
    for (const range of ['1week', '2026-11-01T00:00:00|2026-11-02T00:00:00']) pathWith({ timeRange: range })
    for (const wrong of [
      { childFilter: 'fvIp' },
      { targetNode: '101&x=1' },
      { targetPath: 'a/b' },
      { timeRange: '24h&page=1' }
    ]) {
      assert.throws(() => pathWith(wrong), isConfig, JSON.stringify(wrong))
    }
  })

  it('takes an order by properties of classes, and nothing else', () => {
    for (const order of ['fvTenant.name', 'faultInst.created|desc', 'l1PhysIf.id|asc']) pathWith({ orderBy: [order] })
    for (const order of [
      'name',
      'fvTenant',
      'fvTenant.',
      '.name',
      'fvTenant.name|up',
      'a.b',
      'fvTenant.name.x',
      'x y'
    ]) {
      assert.throws(() => pathWith({ orderBy: [order] }), isConfig, order)
    }
  })

  it('takes names of classes for children', () => {
    assert.throws(() => pathWith({ children: 'full', childClasses: ['fv-Ap'] }), isConfig)
  })

  it('gives each of several classes the order that is for it', () => {
    const orderBy = ['fvTenant.name|desc', 'fvBD.name', 'fvDef.name']
    const requests = readRequestsOf(target({ classes: ['fvTenant', 'fvBD'] }), { ...DEFAULT_READ_OPTIONS, orderBy })
    assert.deepEqual(
      requests.map(({ query, options }) => [query.of, options.orderBy]),
      [
        ['fvTenant', ['fvTenant.name|desc', 'fvDef.name']],
        ['fvBD', ['fvBD.name', 'fvDef.name']]
      ]
    )
  })

  it('is followed by the order, of which an APIC reads the bar in either form', () => {
    assert.equal(ordered('/api/class/fvBD.json', []), '/api/class/fvBD.json')
    const path = ordered('/api/class/fvBD.json?rsp-subtree=full', ['fvBD.name|desc', 'fvBD.dn'])
    assert.equal(path, '/api/class/fvBD.json?rsp-subtree=full&order-by=fvBD.name%7Cdesc,fvBD.dn')
  })
})
