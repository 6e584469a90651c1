// DNs are taken apart and completed as they are typed, brackets and DNs within brackets included.

import assert from 'node:assert/strict'
import fc from 'fast-check'
import { Catalogue } from '../../nodes/editor/classes/catalogue'
import { RELATIVE_NAMES } from '../../nodes/editor/dn/relative-names'
import { ClassSearch } from '../../nodes/editor/classes/class-search'
import { dnPartAt, joinDn, parentDn, splitDn } from '../../nodes/editor/dn'
import { classesOfDn, suggestionsAt } from '../../nodes/editor/dn/suggestions'

const at = (marked: string): [dn: string, caret: number] => [marked.replace('|', ''), marked.indexOf('|')]

const name = fc.string({ unit: fc.constantFrom('a', 'Z', '0', '-', '_', '.', ':'), minLength: 1, maxLength: 8 })
const { rn } = fc.letrec<{ rn: string; dn: string }>((tie) => ({
  rn: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    name,
    fc.tuple(name, tie('dn')).map(([prefix, inner]) => `${prefix}-[${inner}]`)
  ),
  dn: fc.array(tie('rn'), { minLength: 1, maxLength: 4 }).map((rns) => rns.join('/'))
}))
const rns = fc.array(rn, { minLength: 1, maxLength: 6 })

describe('a distinguished name', () => {
  it('is split at the slashes that are not within brackets', () => {
    assert.deepEqual(splitDn('topology/pod-1/paths-101/pathep-[eth1/1]'), [
      'topology',
      'pod-1',
      'paths-101',
      'pathep-[eth1/1]'
    ])
    assert.deepEqual(splitDn('uni/tn-a/BD-b/rtbd-[uni/tn-a/ap-b/epg-[x/y]]'), [
      'uni',
      'tn-a',
      'BD-b',
      'rtbd-[uni/tn-a/ap-b/epg-[x/y]]'
    ])
    assert.deepEqual(splitDn(''), [])
  })

  it('is split as far as it is typed', () => {
    assert.deepEqual(splitDn('uni/tn-a/'), ['uni', 'tn-a'])
    assert.deepEqual(splitDn('uni/rspathAtt-[topology/pod-1'), ['uni', 'rspathAtt-[topology/pod-1'])
    assert.deepEqual(splitDn('a]/b'), ['a]', 'b'])
  })

  it('has a parent, but for the top', () => {
    assert.equal(parentDn('uni/tn-common'), 'uni')
    assert.equal(parentDn('topology/pod-1/paths-101/pathep-[eth1/1]'), 'topology/pod-1/paths-101')
    assert.equal(parentDn('uni'), '')
    assert.equal(parentDn(''), '')
  })

  it('is the same when its parts are put together again', () => {
    fc.assert(
      fc.property(rns, (parts) => {
        assert.deepEqual(splitDn(joinDn(parts)), parts)
        assert.equal(parentDn(joinDn(parts)), joinDn(parts.slice(0, -1)))
      })
    )
  })

  it('has at each caret a part that reaches from one mark to the next', () => {
    fc.assert(
      fc.property(rns, fc.nat(), fc.nat(), (parts, cut, position) => {
        // Also while it is typed, with brackets open.
        const dn = joinDn(parts).slice(0, 1 + (cut % joinDn(parts).length))
        const caret = position % (dn.length + 1)
        const { start, end, typed, above, holder } = dnPartAt(dn, caret)
        assert.ok(start <= caret && caret <= end && end <= dn.length)
        assert.equal(typed, dn.slice(start, caret))
        assert.ok(start === 0 || '/['.includes(dn[start - 1]!))
        assert.ok(end === dn.length || '/]'.includes(dn[end]!))
        const before = dn.slice(0, start)
        assert.ok(before.endsWith(joinDn([...above, ''])))
        if (holder === undefined) assert.equal(before, joinDn([...above, '']))
        else assert.ok(before.includes(holder.typed))
      })
    )
  })
})

describe('the part of a DN at the caret', () => {
  const cases: readonly (readonly [marked: string, part: string, typed: string, above: string[], holder?: string])[] = [
    ['|', '', '', []],
    ['un|', 'un', 'un', []],
    ['uni/tn-|common', 'tn-common', 'tn-', ['uni']],
    ['uni/|', '', '', ['uni']],
    ['uni/tn-c|ommon/ap-x', 'tn-common', 'tn-c', ['uni']],
    ['uni/x-[topology/po|d-1]/y', 'pod-1', 'po', ['topology'], 'x-['],
    ['uni/x-[|', '', '', [], 'x-['],
    ['uni/x-[a/b]|', 'x-[a/b]', 'x-[a/b]', ['uni']],
    ['uni/x-[a/b]/z|', 'z', 'z', ['uni', 'x-[a/b]']],
    ['uni/x|-[a/b]/z', 'x-[a/b]', 'x', ['uni']],
    ['a-[b-[c/|d]]', 'd', '', ['c'], 'b-[']
  ]
  for (const [marked, part, typed, above, holder] of cases) {
    it(`of ${marked} is "${part}"`, () => {
      const [dn, caret] = at(marked)
      const found = dnPartAt(dn, caret)
      assert.equal(dn.slice(found.start, found.end), part)
      assert.equal(found.typed, typed)
      assert.deepEqual(found.above, above)
      assert.equal(found.holder?.typed, holder)
    })
  }

  it('knows all the brackets that it is in', () => {
    const { holder } = dnPartAt('uni/a-[b/c-[', 12)
    assert.deepEqual(holder, {
      typed: 'c-[',
      above: ['b'],
      holder: { typed: 'a-[', above: ['uni'], holder: undefined }
    })
  })
})

describe('the completion of a DN', () => {
  const prefixes = (marked: string): string[] => suggestionsAt(...at(marked)).map(({ prefix }) => prefix)
  const first = (marked: string): string | undefined => {
    const [suggestion] = suggestionsAt(...at(marked))
    return suggestion && `${suggestion.dn.slice(0, suggestion.caret)}|${suggestion.dn.slice(suggestion.caret)}`
  }

  it('begins at the top of the tree', () => {
    assert.deepEqual(prefixes('|'), ['uni', 'topology', 'comp'])
    assert.equal(first('u|'), 'uni|')
  })

  it('offers what can stand under an object, the most usual first', () => {
    assert.deepEqual(prefixes('uni/|').slice(0, 4), ['tn-', 'infra', 'fabric', 'controller'])
    assert.deepEqual(prefixes('uni/tn-common/|').slice(0, 6), ['ap-', 'BD-', 'ctx-', 'out-', 'brc-', 'flt-'])
    assert.ok(prefixes('topology/pod-1/node-101/sys/|').includes('phys-['))
    assert.ok(prefixes('uni/tn-a/ap-b/epg-c/|').includes('rspathAtt-['))
  })

  it('narrows it down by what is typed, in any case', () => {
    assert.deepEqual(prefixes('uni/tn-common/b|'), ['BD-', 'brc-', 'bgpCtxP-'])
    assert.equal(first('uni/tn-common/bd|'), 'uni/tn-common/BD-|')
    assert.equal(first('uni/t|/ap-x'), 'uni/tn-|/ap-x')
  })

  it('offers nothing where a name is typed, or where nothing is known', () => {
    for (const marked of [
      'uni/tn-|',
      'uni/tn-com|',
      'uni/nothing-x/|',
      'uni|',
      'uni/tn-a/zzz|',
      'topology/pod-1/paths-101/pathep-[eth|'
    ]) {
      assert.deepEqual(prefixes(marked), [], marked)
    }
  })

  it('begins anew within brackets that hold a DN, and only there', () => {
    assert.deepEqual(prefixes('uni/tn-a/ap-b/epg-c/rspathAtt-[|'), ['uni', 'topology', 'comp'])
    assert.deepEqual(prefixes('uni/tn-a/ap-b/epg-c/rspathAtt-[topology/pod-1/|'), [
      'node-',
      'paths-',
      'protpaths-',
      'health'
    ])
    assert.equal(first('uni/tn-a/ap-b/epg-c/rspathAtt-[topology/p|]'), 'uni/tn-a/ap-b/epg-c/rspathAtt-[topology/pod-|]')
    assert.deepEqual(prefixes('uni/tn-a/BD-b/subnet-[|'), [])
    assert.deepEqual(prefixes('topology/pod-1/node-1/sys/phys-[|'), [])
  })

  it('knows which of several brackets holds a DN', () => {
    const interfaces = 'uni/tn-a/out-o/lnodep-n/lifp-i/'
    assert.deepEqual(prefixes(`${interfaces}vlifp-[|`), ['uni', 'topology', 'comp'])
    assert.deepEqual(prefixes(`${interfaces}vlifp-[topology/pod-1/node-1]-[|`), [])
  })

  it('understands words where a beginning is typed', () => {
    const isMeant = (className: string, words: string): boolean => className === 'fvBD' && words === 'bridge'
    const found = suggestionsAt('uni/tn-a/bridge', 15, { isMeant })
    assert.deepEqual(
      found.map(({ dn, className }) => [dn, className]),
      [['uni/tn-a/BD-', 'fvBD']]
    )
    assert.deepEqual(suggestionsAt('uni/tn-bridge', 13, { isMeant: () => true }), [], 'a name is typed')
  })

  it('understands the words of the catalogue', () => {
    const search = new ClassSearch(new Catalogue('de'))
    const isMeant = (className: string, words: string): boolean => search.isMeant(className, words)
    const dns = (dn: string): string[] => suggestionsAt(dn, dn.length, { isMeant }).map((suggestion) => suggestion.dn)
    assert.deepEqual(dns('uni/Mandant'), ['uni/tn-'])
    assert.ok(dns('uni/tn-a/bridge domain').includes('uni/tn-a/BD-'))
    assert.ok(dns('topology/pod-1/node-101/sys/port').includes('topology/pod-1/node-101/sys/phys-['))
  })

  it('never touches what is before or behind the part', () => {
    fc.assert(
      fc.property(rns, fc.nat(), (parts, position) => {
        const dn = joinDn(['uni', 'tn-x', ...parts])
        const caret = position % (dn.length + 1)
        const { start, end } = dnPartAt(dn, caret)
        for (const suggestion of suggestionsAt(dn, caret)) {
          assert.ok(suggestion.dn.startsWith(dn.slice(0, start) + suggestion.prefix))
          assert.ok(suggestion.dn.endsWith(dn.slice(end)))
          assert.equal(suggestion.caret, start + suggestion.prefix.length)
        }
      })
    )
  })
})

describe('the class of a DN', () => {
  const cases = {
    uni: 'polUni',
    'uni/tn-common': 'fvTenant',
    'uni/tn-a/ap-b/epg-c': 'fvAEPg',
    'uni/tn-a/ap-b/epg-c/cep-00:50:56:8A:3A:10/ip-[10.0.0.1]': 'fvIp',
    'uni/tn-a/BD-b/subnet-[10.0.0.1/24]': 'fvSubnet',
    'uni/tn-a/out-x/instP-y': 'l3extInstP',
    'uni/fabric/outofsvc/rsoosPath-[topology/pod-1/paths-101/pathep-[eth1/1]]': 'fabricRsOosPath',
    'topology/pod-1/node-101': 'fabricNode',
    'topology/pod-1/node-1/av/node-2': 'infraWiNode',
    'topology/pod-1/node-101/sys/phys-[eth1/1]/phys': 'ethpmPhysIf',
    'topology/pod-1/paths-101/pathep-[eth1/1]': 'fabricPathEp',
    'topology/pod-1/node-101/sys/ch/psuslot-1/psu': 'eqptPsu',
    'comp/prov-VMware/ctrlr-[DC1]-vcenter1/vm-vm-42': 'compVm'
  }
  for (const [dn, className] of Object.entries(cases)) {
    it(`is ${className} for ${dn}`, () => {
      assert.deepEqual(classesOfDn(dn), [className])
    })
  }

  it('is not known for what is not known', () => {
    for (const dn of ['', 'nothing', 'uni/tn-', 'uni/zz-1', 'uni/tn-a/unheardof'])
      assert.deepEqual(classesOfDn(dn), [], dn)
  })

  it('is found again for a DN that is made of any class known', () => {
    const dnOf = (className: string): string => {
      const [format, parent] = RELATIVE_NAMES[className]!
      const own = format.replace(/\{\w+\}/g, '1')
      return parent === '' ? own : `${dnOf(parent!)}/${own}`
    }
    for (const className of Object.keys(RELATIVE_NAMES))
      assert.ok(classesOfDn(dnOf(className)).includes(className), className)
  })
})
