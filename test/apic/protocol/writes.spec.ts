// What a flow wants to be written, as requests: both forms of objects, what is left out of them, and all that is refused.

import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { AciError } from '../../../nodes/apic'
import { writesOf, type ItemWrite } from '../../../nodes/apic/protocol/writes'
import { decodePage } from '../../../nodes/apic/protocol/wire'
import { CLASSES } from '../../simulator/classes'
import { closeAll, loggedIn, type Client } from '../../simulator/client'
import { Model } from '../../simulator/model'

type Attributes = Record<string, unknown>

const post = (given: unknown, dn = 'uni'): ItemWrite[] => writesOf(given, { action: 'post', dn })
const remove = (given: unknown, dn = 'uni'): ItemWrite[] => writesOf(given, { action: 'delete', dn })
const only = ([write, ...others]: ItemWrite[]): ItemWrite => {
  assert.deepEqual(others, [])
  return write!
}
const bodyOf = (write: ItemWrite): unknown => JSON.parse(write.body!)
const tenant = (attributes: Attributes, children?: unknown): unknown => ({
  fvTenant: children === undefined ? { attributes } : { attributes, children }
})

const refuses = (given: () => unknown, message: RegExp): void => {
  assert.throws(given, (error: AciError) => {
    assert.equal(error.code, 'ACI_CONFIG')
    assert.match(error.message, message)
    return true
  })
}

describe('an APIC tree to be written', () => {
  it('is sent as it is, to the place that is set', () => {
    const tree = tenant({ name: 'x', status: 'created,modified' }, [{ fvAp: { attributes: { name: 'a' } } }])

    const write = only(post(tree))

    assert.deepEqual(
      [write.method, write.path, write.dn, write.class],
      ['POST', '/api/mo/uni.json', 'uni/tn-x', 'fvTenant']
    )
    assert.deepEqual(bodyOf(write), tree)
  })

  it('goes to its own DN where it has one', () => {
    const write = only(post(tenant({ dn: 'uni/tn-x', descr: 'd' }), 'uni/tn-other'))
    assert.deepEqual([write.path, write.dn], ['/api/mo/uni/tn-x.json', 'uni/tn-x'])
    assert.deepEqual(bodyOf(write), tenant({ dn: 'uni/tn-x', descr: 'd' }))
  })

  it('keeps implicit properties, so that the APIC can say what it thinks of them', () => {
    const tree = { fvBD: { attributes: { dn: 'uni/tn-x/BD-b', bcastP: '225.0.0.1', modTs: 'never', status: '' } } }
    assert.deepEqual(bodyOf(only(post(tree))), tree)
  })

  it('may have numbers and truths for texts', () => {
    const write = only(post({ fvnsEncapBlk: { attributes: { from: 1, shared: true, to: -2.5, ok: false } } }))
    assert.deepEqual(bodyOf(write), {
      fvnsEncapBlk: { attributes: { from: '1', shared: 'true', to: '-2.5', ok: 'false' } }
    })
  })

  it('may have neither attributes nor children', () => {
    assert.deepEqual(bodyOf(only(post({ polUni: {} }))), { polUni: { attributes: {} } })
    assert.deepEqual(bodyOf(only(post(tenant({ name: 'x' }, [])))), tenant({ name: 'x' }))
  })

  for (const [title, place, tree, dn] of [
    ['by its name', 'uni', { fvTenant: { attributes: { name: 'x' } } }, 'uni/tn-x'],
    ['by its RN', 'uni', { fvTenant: { attributes: { rn: 'tn-x' } } }, 'uni/tn-x'],
    ['by the RN of a class that is not well known', 'uni', { fooBar: { attributes: { rn: 'foo-1' } } }, 'uni/foo-1'],
    [
      'with brackets',
      'uni/tn-x/BD-b',
      { fvSubnet: { attributes: { ip: '10.0.0.1/24' } } },
      'uni/tn-x/BD-b/subnet-[10.0.0.1/24]'
    ],
    [
      'by two names',
      'uni/infra',
      { fvnsVlanInstP: { attributes: { name: 'p', allocMode: 'static' } } },
      'uni/infra/vlanns-[p]-static'
    ],
    [
      'without a name',
      'uni/tn-x/ap-a/epg-e',
      { fvRsBd: { attributes: { tnFvBDName: 'b' } } },
      'uni/tn-x/ap-a/epg-e/rsbd'
    ],
    ['when the place is its own', 'uni/tn-x', { fvTenant: { attributes: { descr: 'd' } } }, 'uni/tn-x'],
    [
      'when the place is its own and its name says so',
      'uni/tn-x',
      { fvTenant: { attributes: { name: 'x' } } },
      'uni/tn-x'
    ],
    [
      'when the place is its own and its RN says so',
      'uni/tn-x',
      { fvTenant: { attributes: { rn: 'tn-x' } } },
      'uni/tn-x'
    ],
    [
      'when the place ends in brackets',
      'uni/tn-x/BD-b/subnet-[10.0.0.1/24]',
      { fvSubnet: { attributes: {} } },
      'uni/tn-x/BD-b/subnet-[10.0.0.1/24]'
    ],
    ['at the root', 'uni', { polUni: { attributes: {}, children: [] } }, 'uni'],
    ['not when a name is missing', 'uni', { fvTenant: { attributes: {} } }, ''],
    ['not when the class is not well known', 'uni', { fooBar: { attributes: { name: 'x' } } }, '']
  ] as const) {
    it(`has a known DN ${title}`, () => {
      assert.equal(only(post(tree, place)).dn, dn)
    })
  }

  for (const [title, given, message] of [
    ['nothing', undefined, /an object with one class is expected/],
    ['null', null, /an object with one class is expected/],
    ['a text', 'uni/tn-x', /an object with one class is expected/],
    ['a number', 5, /an object with one class is expected/],
    ['an empty object', {}, /an object with one class is expected/],
    ['a buffer', Buffer.alloc(1_000_000), /an object with one class is expected/],
    ['two classes in one', { fvTenant: {}, fvAp: {} }, /an object with one class is expected/],
    ['a class without a body', { fvTenant: 'x' }, /an object with one class is expected/],
    ['what is no class name', { 'fv/Tenant': {} }, /"fv\/Tenant" is not a class name/],
    ['a hostile class name', JSON.parse('{"__proto__":{}}'), /"__proto__" is not a class name/],
    ['another one', { constructor: {} }, /"constructor" is not a class name/],
    ['what is neither attributes nor children', { fvTenant: { attribute: {} } }, /"attribute" is neither/],
    ['attributes that are no object', { fvTenant: { attributes: ['x'] } }, /fvTenant: attributes: an object/],
    ['children that are no array', { fvTenant: { children: {} } }, /fvTenant: children: an array/],
    ['a child that is no tree', tenant({}, [{ fvAp: {} }, 7]), /fvTenant: a child: an object with one class/],
    [
      'a child as it was read',
      tenant({}, [{ class: 'fvAp', dn: 'uni/tn-x/ap-a' }]),
      /fvTenant: a child: an object with/
    ],
    ['null as a value', tenant({ descr: null }), /fvTenant: descr: a text, a number/],
    ['nothing as a value', tenant({ descr: undefined }), /fvTenant: descr: a text/],
    ['an object as a value', tenant({ descr: { a: 1 } }), /fvTenant: descr: a text/],
    ['a list as a value', tenant({ descr: ['a'] }), /fvTenant: descr: a text/],
    ['not a number as a value', tenant({ descr: NaN }), /fvTenant: descr: a text/],
    ['a value deep down', tenant({}, [{ fvAp: { attributes: { prio: null } } }]), /fvTenant > fvAp: prio: a text/],
    ['what is no property name', tenant({ 'de scr': 'x' }), /fvTenant: "de scr" is not a property name/],
    ['a hostile property name', tenant(JSON.parse('{"__proto__":"x"}') as Attributes), /"__proto__" is not a property/],
    ['another hostile name', tenant({ constructor: 'x' }), /"constructor" is not a property name/],
    ['a DN that leads elsewhere', tenant({ dn: 'uni/../aaaLogout' }), /not a distinguished name/],
    ['a DN with a query', tenant({ dn: 'uni/tn-x?a=b' }), /not a distinguished name/]
  ] as const) {
    it(`cannot be ${title}`, () => {
      refuses(() => post(given), message)
    })
  }

  it('has at most 32 levels, wherever it loops', () => {
    const nest = (levels: number): unknown => (levels === 1 ? { fvAp: {} } : { fvAp: { children: [nest(levels - 1)] } })
    post(nest(32))
    refuses(() => post(nest(33)), /more than 32 levels/)
    const loop = { fvAp: { children: [] as unknown[] } }
    loop.fvAp.children.push(loop)
    refuses(() => post(loop), /more than 32 levels/)
  })

  it('has a limited number of objects and bytes', () => {
    const children = (count: number): unknown[] => Array.from({ length: count }, () => ({ fvAp: {} }))
    post(tenant({ name: 'x' }, children(9_999)))
    refuses(() => post(tenant({ name: 'x' }, children(10_000))), /more than 10000 objects/)
    refuses(
      () => post(tenant({ name: 'x', descr: 'ü'.repeat(5_000_000) })),
      /fvTenant uni\/tn-x .* larger than 8388608 bytes/
    )
    const big = tenant({ name: 'x', descr: 'd'.repeat(7_500_000) })
    refuses(() => post(Array.from({ length: 9 }, () => big)), /item 9 of 9: all together are larger than/)
  })
})

describe('an object as it was read', () => {
  it('goes to its DN, without what an APIC makes itself', () => {
    const write = only(
      post({
        class: 'fvBD',
        dn: 'uni/tn-x/BD-b',
        attributes: {
          name: 'b',
          descr: 'd',
          arpFlood: 'yes',
          annotation: '',
          dn: 'uni/tn-x/BD-b',
          rn: '',
          status: '',
          childAction: '',
          modTs: '2026-11-23T10:43:19.237+00:00',
          uid: '15374',
          userdom: ':all:',
          lcOwn: 'local',
          extMngdBy: '',
          monPolDn: 'uni/tn-common/monepg-default',
          bcastP: '225.0.1.2',
          configIssues: '',
          mtu: 'inherit',
          pcTag: '32770',
          scope: '2097152',
          seg: '15761417'
        }
      })
    )
    assert.equal(write.path, '/api/mo/uni/tn-x/BD-b.json')
    assert.deepEqual(bodyOf(write), {
      fvBD: { attributes: { dn: 'uni/tn-x/BD-b', name: 'b', descr: 'd', arpFlood: 'yes', annotation: '' } }
    })
  })

  it('may be an event, of which only class, dn and attributes count', () => {
    const write = only(
      post({
        id: 'x',
        event: 'deleted',
        class: 'fvTenant',
        dn: 'uni/tn-x',
        attributes: { name: 'x' },
        changes: { descr: { from: 'a', to: 'b' } },
        origin: 'live'
      })
    )
    assert.deepEqual(bodyOf(write), { fvTenant: { attributes: { dn: 'uni/tn-x', name: 'x' } } })
  })

  it('may be known by class and DN alone', () => {
    assert.deepEqual(bodyOf(only(post({ class: 'fvTenant', dn: 'uni/tn-x' }))), tenant({ dn: 'uni/tn-x' }))
  })

  it('has children by their RNs, whatever brackets are in them', () => {
    const dn = 'uni/tn-x/ap-a/epg-e'
    const path = 'topology/pod-1/paths-101/pathep-[eth1/1]'
    const write = only(
      post({
        class: 'fvAEPg',
        dn,
        attributes: { name: 'e', scope: '2097152' },
        children: [
          { class: 'fvRsBd', dn: `${dn}/rsbd`, attributes: { tnFvBDName: 'b', tDn: 'uni/tn-x/BD-b', state: 'formed' } },
          {
            class: 'fvRsPathAtt',
            dn: `${dn}/rspathAtt-[${path}]`,
            attributes: { tDn: path, encap: 'vlan-5', tCl: 'x' }
          },
          { class: 'fvSubnet', dn: `${dn}/subnet-[10.0.0.1/24]`, attributes: { ip: '10.0.0.1/24', scope: 'public' } }
        ]
      })
    )
    assert.deepEqual(bodyOf(write), {
      fvAEPg: {
        attributes: { dn, name: 'e' },
        children: [
          { fvRsBd: { attributes: { rn: 'rsbd', tnFvBDName: 'b' } } },
          { fvRsPathAtt: { attributes: { rn: `rspathAtt-[${path}]`, tDn: path, encap: 'vlan-5' } } },
          { fvSubnet: { attributes: { rn: 'subnet-[10.0.0.1/24]', ip: '10.0.0.1/24', scope: 'public' } } }
        ]
      }
    })
  })

  it('is sent without what the fabric itself put below it', () => {
    const dn = 'uni/tn-x/ap-a/epg-e'
    const below = (name: string, rn: string): unknown => ({ class: name, dn: `${dn}/${rn}`, attributes: {} })
    const write = only(
      post({
        class: 'fvAEPg',
        dn,
        attributes: {},
        children: [
          below('healthInst', 'health'),
          below('faultInst', 'fault-F1'),
          below('fvCEp', 'cep-00:50:56:00:00:01'),
          below('fvRtBd', 'rtbd-[uni/tn-x]'),
          below('eqptIngrTotal5min', 'CDeqptIngrTotal5min'),
          below('bgpRtTarget', 'rt-[route-target:as2-nn2:1:1]')
        ]
      })
    )
    const children = (bodyOf(write) as { fvAEPg: { children: object[] } }).fvAEPg.children
    assert.deepEqual(children.flatMap(Object.keys), ['bgpRtTarget'])
  })

  it('read with its configuration alone has children without rn and dn, which are known by their naming properties', () => {
    const answer = {
      imdata: [
        {
          fvTenant: {
            attributes: { dn: 'uni/tn-a', name: 'a' },
            children: [
              { fvAp: { attributes: { name: 'b' }, children: [{ fvAEPg: { attributes: { name: 'c' } } }] } },
              { fvBD: { attributes: { name: 'd' }, children: [{ fvSubnet: { attributes: { ip: '192.0.2.1/24' } } }] } }
            ]
          }
        }
      ]
    }
    const { objects } = decodePage(JSON.stringify(answer))
    const [{ children = [] } = {}] = objects
    assert.deepEqual(
      children.map(({ dn }) => dn),
      ['uni/tn-a/ap-b', 'uni/tn-a/BD-d']
    )
    const expected = tenant({ dn: 'uni/tn-a', name: 'a' }, [
      {
        fvAp: {
          attributes: { rn: 'ap-b', name: 'b' },
          children: [{ fvAEPg: { attributes: { rn: 'epg-c', name: 'c' } } }]
        }
      },
      {
        fvBD: {
          attributes: { rn: 'BD-d', name: 'd' },
          children: [{ fvSubnet: { attributes: { rn: 'subnet-[192.0.2.1/24]', ip: '192.0.2.1/24' } } }]
        }
      }
    ])
    assert.deepEqual(bodyOf(only(post(objects))), expected)
    // As an earlier release gave them to a flow that kept them.
    const old = JSON.parse(JSON.stringify(objects), (key, value: unknown) =>
      key === 'dn' && value !== 'uni/tn-a' ? '' : value
    ) as unknown
    assert.deepEqual(bodyOf(only(post(old))), expected)
  })

  it('is sent without the records that were read with it', () => {
    const children = [
      'eventRecord',
      'aaaModLR',
      'faultRecord',
      'healthRecord',
      'aaaSessionLR',
      'faultInst',
      'healthInst'
    ].map((name) => ({ class: name, dn: `subj-[uni/tn-a]/rec-1`, attributes: {} }))
    const write = only(post({ class: 'fvTenant', dn: 'uni/tn-a', attributes: {}, children }))
    assert.deepEqual(bodyOf(write), tenant({ dn: 'uni/tn-a' }))
  })

  it('may come in the envelope of the APIC', () => {
    const imdata = [tenant({ name: 'x' }), tenant({ name: 'y' })]
    assert.deepEqual(post({ totalCount: '2', imdata }), post(imdata))
    assert.deepEqual(post([{ imdata }, tenant({ name: 'z' })]).length, 3)
    assert.deepEqual(post({ totalCount: '0', imdata: [] }), [])
  })

  it('keeps secrets as they are, that can be set and not be read', () => {
    const user = (pwd: string): unknown => ({
      class: 'aaaUser',
      dn: 'uni/userext/user-u',
      attributes: { name: 'u', pwd }
    })
    const dn = 'uni/userext/user-u'
    assert.deepEqual(bodyOf(only(post(user('')))), { aaaUser: { attributes: { dn, name: 'u' } } })
    assert.deepEqual(bodyOf(only(post(user('new')))), { aaaUser: { attributes: { dn, name: 'u', pwd: 'new' } } })
  })

  for (const [title, given, message] of [
    ['without a class', { dn: 'uni/tn-x', attributes: {} }, /class: a class name is expected/],
    ['with what is no class name', { class: 'fv.Tenant', dn: 'uni/tn-x' }, /"fv.Tenant" is not a class name/],
    ['with a hostile class name', { class: 'constructor', dn: 'uni/tn-x' }, /"constructor" is not a class name/],
    ['without a DN', { class: 'fvTenant', attributes: { name: 'x' } }, /fvTenant: dn is missing/],
    ['that stands nowhere', { class: 'moCount', dn: '', attributes: {} }, /moCount: dn is missing/],
    ['with a DN that leads elsewhere', { class: 'fvTenant', dn: 'uni/../x' }, /not a distinguished name/],
    [
      'with another DN in its attributes',
      { class: 'fvTenant', dn: 'uni/tn-x', attributes: { dn: 'uni/tn-y' } },
      /another dn/
    ],
    [
      'with null as a value',
      { class: 'fvTenant', dn: 'uni/tn-x', attributes: { descr: null } },
      /fvTenant uni\/tn-x: descr: a text/
    ],
    [
      'that says of itself that it is to be deleted',
      { class: 'fvTenant', dn: 'uni/tn-x', attributes: { status: 'deleted' } },
      /deleted by the action delete/
    ],
    ['with children that are no array', { class: 'fvTenant', dn: 'uni/tn-x', children: {} }, /children: an array/],
    [
      'with an APIC tree below it',
      { class: 'fvTenant', dn: 'uni/tn-x', children: [{ fvAp: {} }] },
      /a child has no class and dn/
    ],
    [
      'with a child without a DN',
      { class: 'fvTenant', dn: 'uni/tn-x', children: [{ class: 'fvAp' }] },
      /fvAp has a dn that is not right below/
    ],
    [
      'with a child of somebody else',
      { class: 'fvTenant', dn: 'uni/tn-x', children: [{ class: 'fvAp', dn: 'uni/tn-y/ap-a' }] },
      /not right below/
    ],
    [
      'with a child too far below',
      { class: 'fvTenant', dn: 'uni/tn-x', children: [{ class: 'fvAEPg', dn: 'uni/tn-x/ap-a/epg-e' }] },
      /not right below/
    ]
  ] as const) {
    it(`is refused ${title}`, () => {
      refuses(() => post(given), message)
    })
  }
})

describe('what is to be deleted', () => {
  for (const [title, given, dn, name] of [
    ['a DN', 'uni/tn-x', 'uni/tn-x', ''],
    ['a DN with spaces around it', ' uni/tn-x\n', 'uni/tn-x', ''],
    ['an object of which only the DN is known', { dn: 'uni/tn-x' }, 'uni/tn-x', ''],
    [
      'an object as it was read',
      { class: 'fvTenant', dn: 'uni/tn-x', attributes: { descr: null } },
      'uni/tn-x',
      'fvTenant'
    ],
    ['an APIC tree with its DN', { fvTenant: { attributes: { dn: 'uni/tn-x' } } }, 'uni/tn-x', 'fvTenant'],
    ['an APIC tree with its RN', { fvTenant: { attributes: { rn: 'tn-x' } } }, 'uni/tn-x', 'fvTenant'],
    ['an APIC tree with its name', { fvTenant: { attributes: { name: 'x' } } }, 'uni/tn-x', 'fvTenant']
  ] as const) {
    it(`may be ${title}`, () => {
      assert.deepEqual(remove(given), [{ method: 'DELETE', path: '/api/mo/uni/tn-x.json', dn, class: name }])
    })
  }

  for (const [title, given, message] of [
    ['an empty text', '', /not a distinguished name/],
    ['a DN that leads elsewhere', 'uni/tn-x/../../tn-common', /not a distinguished name/],
    [
      'an object whose DN only the APIC knows',
      { fooBar: { attributes: { name: 'x' } } },
      /only the APIC knows the DN of this fooBar/
    ],
    ['an object with an empty DN', { class: 'fvTenant', dn: '' }, /dn is missing/],
    ['a name that makes no DN', { fvTenant: { attributes: { name: 'x?y' } } }, /not a distinguished name/],
    ['nothing', undefined, /an object with one class is expected/]
  ] as const) {
    it(`cannot be ${title}`, () => {
      refuses(() => remove(given), message)
    })
  }
})

describe('the whole tree', () => {
  it('is deleted only by force', () => {
    for (const dn of ['uni', 'topology']) {
      for (const given of [dn, [dn], { dn }, { class: 'polUni', dn, attributes: {} }]) {
        refuses(() => remove(given), /needs force/)
        assert.equal(only(writesOf(given, { action: 'delete', dn: 'uni', force: true })).dn, dn)
      }
    }
    refuses(() => writesOf('uni', { action: 'preview', dn: 'uni' }), /needs force/)
    assert.equal(only(remove('uni/tn-x')).dn, 'uni/tn-x')
  })
})

describe('several objects', () => {
  it('become one request each, in their order, in whatever form', () => {
    const given = [
      tenant({ name: 'a' }),
      { class: 'fvTenant', dn: 'uni/tn-b', attributes: {} },
      tenant({ dn: 'uni/tn-c' })
    ]
    assert.deepEqual(
      post(given).map(({ path, dn }) => [path, dn]),
      [
        ['/api/mo/uni.json', 'uni/tn-a'],
        ['/api/mo/uni/tn-b.json', 'uni/tn-b'],
        ['/api/mo/uni/tn-c.json', 'uni/tn-c']
      ]
    )
    assert.deepEqual(
      remove(['uni/tn-d', ...given]).map(({ dn }) => dn),
      ['uni/tn-d', 'uni/tn-a', 'uni/tn-b', 'uni/tn-c']
    )
    assert.deepEqual(post([]), [])
  })

  it('are refused together when one of them is wrong, by its place', () => {
    refuses(() => post([tenant({ name: 'a' }), tenant({ name: null })]), /^item 2 of 2: fvTenant: name: a text/)
    refuses(() => post([[tenant({ name: 'a' })]]), /^item 1 of 1: an object with one class is expected/)
  })

  it('are not too many', () => {
    refuses(() => post(Array.from({ length: 10_001 }, () => ({ fvAp: {} }))), /10001 objects are too many/)
  })

  it('go to a place that is a DN', () => {
    refuses(() => post([], 'uni/../x'), /not a distinguished name/)
  })
})

describe('a preview', () => {
  const preview = (given: unknown): ItemWrite[] => writesOf(given, { action: 'preview', dn: 'uni' })

  it('shows objects as they would be posted, and DNs as they would be deleted', () => {
    const given = [tenant({ name: 'a' }), { class: 'fvTenant', dn: 'uni/tn-b' }, 'uni/tn-c', { dn: 'uni/tn-d' }]
    assert.deepEqual(
      preview(given).map(({ method, path }) => `${method} ${path}`),
      [
        'POST /api/mo/uni.json',
        'POST /api/mo/uni/tn-b.json',
        'DELETE /api/mo/uni/tn-c.json',
        'DELETE /api/mo/uni/tn-d.json'
      ]
    )
  })
})

describe('whatever a flow gives', () => {
  const hostile = fc.constantFrom(
    '__proto__',
    'constructor',
    '..',
    'uni/..',
    'a?b',
    '%2e%2e',
    'uni',
    'fvTenant',
    'dn',
    'rn'
  )
  const value = fc.anything({
    key: fc.oneof(hostile, fc.string()),
    values: [hostile, fc.string(), fc.double()],
    withNullPrototype: true
  })
  const item = fc.oneof(
    value,
    fc.record({ class: fc.oneof(hostile, value), dn: fc.oneof(hostile, value), attributes: value, children: value }),
    fc.record({ fvTenant: fc.record({ attributes: value, children: value }, { requiredKeys: [] }) })
  )

  it('becomes requests for objects, or is refused with a reason, and touches nothing else', () => {
    fc.assert(
      fc.property(item, fc.constantFrom('post', 'delete', 'preview'), (given, action) => {
        let writes: ItemWrite[]
        try {
          writes = writesOf(given, { action, dn: 'uni' })
        } catch (error) {
          assert.equal((error as AciError).code, 'ACI_CONFIG')
          return
        }
        for (const { method, path, body } of writes) {
          assert.equal(new URL(path, 'https://apic').pathname.startsWith('/api/mo/'), true, path)
          assert.equal(new URL(path, 'https://apic').search, '')
          assert.equal(body === undefined, method === 'DELETE')
        }
        assert.equal(({} as Attributes)['polluted'], undefined)
      }),
      { numRuns: 2_000 }
    )
  })

  it('is sent as it is when it is an APIC tree', () => {
    const name = fc.stringMatching(/^[a-z][A-Za-z0-9]{1,9}$/).filter((text) => !(text in {}) && text !== 'dn')
    const attributes = fc.dictionary(name, fc.string(), { noNullPrototype: true })
    const { tree } = fc.letrec<{ tree: unknown; leaf: unknown; branch: unknown }>((tie) => ({
      tree: fc.oneof({ depthSize: 'small' }, tie('leaf'), tie('branch')),
      leaf: fc.tuple(name, attributes).map(([className, own]) => ({ [className]: { attributes: own } })),
      branch: fc
        .tuple(name, attributes, fc.array(tie('tree'), { minLength: 1, maxLength: 3 }))
        .map(([className, own, children]) => ({ [className]: { attributes: own, children } }))
    }))
    fc.assert(
      fc.property(tree, (given) => {
        const before = structuredClone(given)
        assert.deepEqual(bodyOf(only(post(given))), before)
        assert.deepEqual(given, before)
      })
    )
  })
})

describe('against the model of the simulator', () => {
  afterEach(closeAll)

  const model = new Model(CLASSES, {})

  it('leaves out of each class just what cannot be set', () => {
    for (const { name } of CLASSES) {
      const cls = model.find(name)!
      if (cls.kind !== 'config') continue
      const attributes = Object.fromEntries([...Object.keys(cls.template), 'rn'].map((property) => [property, 'x']))
      const dn = 'uni/x'
      const write = only(post({ class: name, dn, attributes: { ...attributes, dn } }))
      const sent = Object.keys((bodyOf(write) as Record<string, { attributes: Attributes }>)[name]!.attributes)
      assert.deepEqual(sent.sort(), [...cls.configurable, 'dn'].sort(), name)
    }
  })

  const readAll = async (client: Client, path: string): Promise<ReturnType<typeof decodePage>['objects']> => {
    const { status, text } = await client.request('GET', path)
    assert.equal(status, 200, text)
    return decodePage(text).objects
  }

  const write = async (client: Client, writes: readonly ItemWrite[]): Promise<void> => {
    for (const { method, path, body } of writes) {
      const { status, text } = await client.request(method, path, body)
      assert.equal(status, 200, `${method} ${path}: ${text}`)
    }
  }

  it('gives back any part of a fabric, with all below it, and changes nothing', async () => {
    const { apic, client } = await loggedIn({ fabric: 'demo' })
    const dns = CLASSES.filter(({ name }) => model.find(name)!.kind === 'config').flatMap(({ name }) => apic.find(name))
    assert.ok(dns.length > 100)
    const before = apic.tree.generation
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('uni', ...dns),
        fc.constantFrom('no', 'children', 'full'),
        async (dn, subtree) => {
          const objects = await readAll(client, `/api/mo/${dn}.json?rsp-subtree=${subtree}`)
          await write(client, post(objects))
          assert.equal(apic.tree.generation, before, dn)
        }
      ),
      { numRuns: 60, examples: [['uni', 'full']] }
    )
  })

  it('puts back what was deleted, with all below it, as it was', async () => {
    const { client } = await loggedIn({ fabric: 'demo', auditLimit: 0 })
    const path = '/api/mo/uni.json?query-target=subtree&rsp-prop-include=config-only&order-by=fvTenant.dn'
    const state = (): Promise<unknown> => readAll(client, path)
    const tenants = await readAll(client, '/api/class/fvTenant.json?rsp-subtree=full')
    const own = tenants.filter(({ dn }) => !/common|infra|mgmt/.test(dn))
    assert.ok(own.length >= 3)
    const before = await state()

    await write(client, remove(own))
    assert.notDeepEqual(await state(), before)
    await write(client, post(own))

    assert.deepEqual(await state(), before)
  })
})
