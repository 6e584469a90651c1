// Configuration by REST.
import assert from 'node:assert/strict'
import { attributesOf, closeAll, connected, dnsOf, loggedIn } from './client'

const OK = '{"totalCount":"0","imdata":[]}'
const tenant = (name: string, more: Record<string, string> = {}): unknown => ({
  fvTenant: { attributes: { name, ...more } }
})

describe('the simulator: configuration', () => {
  afterEach(closeAll)

  it('creates a nested tree from one POST, with DNs built from names', async () => {
    const { apic, client } = await loggedIn()
    const body = {
      fvTenant: {
        attributes: { name: 'x', descr: 'd' },
        children: [
          { fvBD: { attributes: { name: 'b' }, children: [{ fvSubnet: { attributes: { ip: '10.0.0.1/24' } } }] } },
          { fvAp: { attributes: { rn: 'ap-a' }, children: [{ fvAEPg: { attributes: { name: 'e' } } }] } }
        ]
      }
    }

    const answer = await client.post('uni', body)

    assert.deepEqual([answer.status, answer.text], [200, OK])
    assert.equal(apic.read('uni/tn-x')?.['descr'], 'd')
    assert.equal(apic.read('uni/tn-x/BD-b/subnet-[10.0.0.1/24]')?.['ip'], '10.0.0.1/24')
    assert.equal(apic.read('uni/tn-x/ap-a/epg-e')?.['name'], 'e')
  })

  for (const [title, path, body] of [
    ['the DN in the URL', '/api/mo/uni/tn-x.json', { fvTenant: { attributes: {} } }],
    ['the DN in the URL and in the body', '/api/mo/uni/tn-x.json', { fvTenant: { attributes: { dn: 'uni/tn-x' } } }],
    ['the parent in the URL', '/api/node/mo/uni.json', tenant('x')],
    ['the DN in the body alone', '/api/mo.json', { fvTenant: { attributes: { dn: 'uni/tn-x' } } }],
    ['the root above it', '/api/mo/uni.json', { polUni: { attributes: {}, children: [tenant('x')] } }],
    ['status created,modified', '/api/mo/uni.json', tenant('x', { status: 'created,modified', childAction: '' })]
  ] as const) {
    it(`takes an object by ${title}`, async () => {
      const { apic, client } = await loggedIn()
      assert.equal((await client.request('POST', path, body)).status, 200)
      assert.equal(apic.read('uni/tn-x')?.['name'], 'x')
    })
  }

  it('lets a client acknowledge a fault, and nothing else about it', async () => {
    const { apic, client, events } = await connected()
    const dn = 'uni/tn-common/fault-F1298'
    apic.create('faultInst', dn, { severity: 'major' })
    await client.subscribe('/api/class/faultInst.json')
    const write = (attributes: Record<string, string>): ReturnType<typeof client.post> =>
      client.post(dn, { faultInst: { attributes } })

    assert.equal((await write({ ack: 'yes' })).status, 200)
    assert.deepEqual(await events.summary(), [`modified faultInst ${dn}`])
    assert.equal(apic.read(dn)?.['ack'], 'yes')
    assert.equal((await write({ severity: 'cleared' })).status, 400)
    const other = { faultInst: { attributes: { ack: 'yes' } } }
    assert.equal((await client.post('uni/tn-common/fault-F0467', other)).status, 400, 'a fault that there is not')
  })

  it('tells of each object once, and not at all when nothing differs', async () => {
    const { client, events } = await connected({ reactions: false })
    await client.subscribe('/api/class/fvTenant.json?query-target=subtree')
    const body = {
      fvTenant: { attributes: { name: 'x' }, children: [{ fvAp: { attributes: { name: 'a' } } }] }
    }

    await client.post('uni', body)
    assert.deepEqual(await events.summary(), ['created fvTenant uni/tn-x', 'created fvAp uni/tn-x/ap-a'])

    await client.post('uni', body)
    assert.deepEqual(await events.summary(), [])
  })

  it('stores values the one way, whichever they were written', async () => {
    const { apic, client, events } = await connected()
    await client.subscribe('/api/class/vzEntry.json')
    const entry = (stateful: string, dFromPort: string): unknown => ({
      vzEntry: { attributes: { name: 'e', stateful, dFromPort } }
    })
    for (const [stateful, port] of [
      ['true', '80'],
      ['1', 'http'],
      ['yes', '80']
    ] as const) {
      assert.equal((await client.post('uni/tn-common/flt-default', entry(stateful, port))).status, 200)
    }
    const { stateful, dFromPort } = apic.read('uni/tn-common/flt-default/e-e')!
    assert.deepEqual({ stateful, dFromPort }, { stateful: 'yes', dFromPort: 'http' })
    assert.equal((await events.rest()).length, 1, 'the same again is no change')
  })

  it('deletes an object with all below it, the deepest first, and what pointed there from elsewhere', async () => {
    const { client, events } = await connected()
    await client.post('uni/tn-x', {
      fvTenant: {
        attributes: {},
        children: [{ fvAp: { attributes: { name: 'a' }, children: [{ fvAEPg: { attributes: { name: 'e' } } }] } }]
      }
    })
    await client.subscribe('/api/mo/uni.json?query-target=subtree')

    const { text } = await client.delete('uni/tn-x')

    assert.equal(text, OK)
    assert.deepEqual(await events.summary(), [
      'deleted fvRsBd uni/tn-x/ap-a/epg-e/rsbd',
      'deleted fvRsCustQosPol uni/tn-x/ap-a/epg-e/rscustQosPol',
      'deleted fvAEPg uni/tn-x/ap-a/epg-e',
      'deleted fvAp uni/tn-x/ap-a',
      'deleted fvTenant uni/tn-x',
      'deleted fvRtBd uni/tn-common/BD-default/rtbd-[uni/tn-x/ap-a/epg-e]',
      'deleted qosRtCustQosPol uni/tn-common/qoscustom-default/rtfvRsCustQosPol-[uni/tn-x/ap-a/epg-e]'
    ])
    assert.equal((await client.delete('uni/tn-x')).text, OK, 'and deleting it again is no error')
    assert.deepEqual(await events.summary(), [])
  })

  it('deletes by a status in the body, also in the middle of a tree', async () => {
    const { apic, client } = await loggedIn()
    apic.create('fvTenant', 'uni/tn-x')
    apic.create('fvAp', 'uni/tn-x/ap-old')

    await client.post('uni/tn-x', {
      fvTenant: {
        attributes: { descr: 'kept' },
        children: [
          { fvAp: { attributes: { name: 'old', status: 'deleted' } } },
          { fvAp: { attributes: { name: 'new' } } }
        ]
      }
    })

    assert.deepEqual(dnsOf(await client.get('/api/class/fvAp.json')), ['uni/tn-x/ap-new'])
  })

  it('gives a new EPG its tag and relations as changes of their own', async () => {
    const { apic, client, events } = await connected()
    apic.create('fvTenant', 'uni/tn-x')
    apic.create('fvBD', 'uni/tn-x/BD-b')
    apic.create('fvAp', 'uni/tn-x/ap-a')
    await client.subscribe('/api/mo/uni/tn-x.json?query-target=subtree&target-subtree-class=fvAEPg,fvRsBd,fvRtBd')

    await client.post('uni/tn-x/ap-a/epg-e', {
      fvAEPg: { attributes: {}, children: [{ fvRsBd: { attributes: { tnFvBDName: 'b' } } }] }
    })

    const frames = await events.rest()
    const seen = frames.map(({ imdata }) => attributesOf(imdata[0]))
    assert.deepEqual(
      seen.map(({ status, dn }) => `${status!} ${dn!}`),
      [
        'created uni/tn-x/ap-a/epg-e',
        'created uni/tn-x/ap-a/epg-e/rsbd',
        'modified uni/tn-x/ap-a/epg-e',
        'modified uni/tn-x/ap-a/epg-e/rsbd',
        'created uni/tn-x/BD-b/rtbd-[uni/tn-x/ap-a/epg-e]'
      ]
    )
    assert.match(seen[2]!['pcTag']!, /^\d+$/)
    assert.deepEqual([seen[3]!['state'], seen[3]!['tDn']], ['formed', 'uni/tn-x/BD-b'])
  })

  it('forms a relation when its target comes, moves it when renamed, and breaks it when the target goes', async () => {
    const { apic, client } = await loggedIn()
    await client.post('uni/tn-x', {
      fvTenant: {
        attributes: {},
        children: [
          {
            fvAp: {
              attributes: { name: 'a' },
              children: [
                {
                  fvAEPg: {
                    attributes: { name: 'e' },
                    children: [{ fvRsBd: { attributes: { tnFvBDName: 'late' } } }]
                  }
                }
              ]
            }
          }
        ]
      }
    })
    const rsbd = 'uni/tn-x/ap-a/epg-e/rsbd'
    assert.equal(apic.read(rsbd)?.['state'], 'missing-target')

    await client.post('uni/tn-x', { fvBD: { attributes: { name: 'late' } } })
    assert.equal(apic.read(rsbd)?.['tDn'], 'uni/tn-x/BD-late')

    apic.create('fvBD', 'uni/tn-x/BD-other')
    await client.post(rsbd, { fvRsBd: { attributes: { tnFvBDName: 'other' } } })
    assert.equal(apic.read(rsbd)?.['tDn'], 'uni/tn-x/BD-other')
    assert.deepEqual(
      dnsOf(await client.get('/api/mo/uni/tn-x.json?query-target=subtree&target-subtree-class=fvRtBd')),
      ['uni/tn-x/BD-other/rtbd-[uni/tn-x/ap-a/epg-e]']
    )

    await client.delete('uni/tn-x/BD-other')
    assert.equal(apic.read(rsbd)?.['state'], 'missing-target')
  })

  for (const [title, dn, body, text] of [
    [
      'an implicit property',
      'uni/tn-common/BD-default',
      { fvBD: { attributes: { bcastP: '225.0.0.1' } } },
      'Admin implicit props cannot be modified, class=fvBD, prop=bcastP'
    ],
    [
      'a time of change',
      'uni/tn-common',
      { fvTenant: { attributes: { modTs: 'never' } } },
      'Admin implicit props cannot be modified, class=fvTenant, prop=modTs'
    ],
    ['an unknown class', 'uni', { fvTenantt: { attributes: {} } }, 'Request failed, unresolved class for fvTenantt'],
    [
      'an unknown property',
      'uni/tn-x',
      { fvTenant: { attributes: { colour: 'red' } } },
      'Request failed, unknown property colour of class fvTenant'
    ],
    [
      'a value that cannot be',
      'uni/tn-common/BD-default',
      { fvBD: { attributes: { arpFlood: 'maybe' } } },
      'Request failed, unknown value maybe of property arpFlood, class fvBD'
    ],
    [
      'an absent parent',
      'uni/tn-x/ap-a',
      { fvAp: { attributes: {} } },
      'configured object ((Dn0)) not found Dn0=uni/tn-x, '
    ],
    [
      'creating what is there',
      'uni/tn-common',
      { fvTenant: { attributes: { status: 'created' } } },
      'child (Rn) of class fvTenant is already attached. dn[(Dn0)] Dn0=uni, Rn1=tn-common, '
    ],
    [
      'modifying what is not there',
      'uni/tn-x',
      { fvTenant: { attributes: { status: 'modified' } } },
      'configured object ((Dn0)) not found Dn0=uni/tn-x, '
    ],
    [
      'a class where it cannot be',
      'uni/tn-common/epg-e',
      { fvAEPg: { attributes: {} } },
      'Invalid DN uni/tn-common/epg-e, wrong rn prefix epg-e at position 14'
    ],
    [
      'a name that does not fit the DN',
      'uni',
      { fvTenant: { attributes: { rn: 'tn-x', name: 'y' } } },
      'Request failed, name=y does not fit the DN uni/tn-x'
    ],
    [
      'a missing name',
      'uni',
      { fvTenant: { attributes: {} } },
      'Request failed, naming property name of class fvTenant is missing'
    ],
    [
      'an operational class',
      'uni/tn-common',
      { healthInst: { attributes: {} } },
      'Request failed, class healthInst is not configurable'
    ],
    ['an unknown status', 'uni', tenant('x', { status: 'gone' }), 'Request failed, unknown status gone'],
    ['a body that is no JSON', 'uni', '{"fvTenant":', 'Request failed, malformed body'],
    ['a list', 'uni', [], 'Request failed, malformed body'],
    ['two classes in one element', 'uni', { fvTenant: {}, fvAp: {} }, 'Request failed, malformed body']
  ] as const) {
    it(`refuses ${title}`, async () => {
      const { client } = await loggedIn()
      const refusal = await client.refusal('POST', `/api/mo/${dn}.json`, body)
      assert.deepEqual([refusal.status, refusal.text], [400, text])
    })
  }

  it('does nothing at all when any part is refused', async () => {
    const { apic, client, events } = await connected()
    await client.subscribe('/api/class/fvTenant.json?query-target=subtree')
    const body = {
      fvTenant: { attributes: { name: 'x' }, children: [{ fvAp: { attributes: { name: 'a', colour: 'red' } } }] }
    }

    assert.equal((await client.post('uni', body)).status, 400)

    assert.equal(apic.read('uni/tn-x'), undefined)
    assert.deepEqual(await events.rest(), [])
  })

  it('keeps what every fabric needs', async () => {
    const { client } = await loggedIn()
    for (const dn of ['uni', 'uni/tn-common', 'topology', 'topology/pod-1/node-1']) {
      assert.equal((await client.delete(dn)).status, 400, dn)
    }
  })

  it('answers with what changed when asked to', async () => {
    const { client } = await loggedIn({ reactions: false })
    const answer = await client.request('POST', '/api/mo/uni.json?rsp-subtree=modified', tenant('x'))
    const { imdata } = JSON.parse(answer.text) as { imdata: { fvTenant: { attributes: Record<string, string> } }[] }
    assert.equal(imdata.length, 1)
    assert.equal(imdata[0]!.fvTenant.attributes['status'], 'created')
  })

  it('writes an audit record of each change, with who and what', async () => {
    const { client, events } = await connected()
    await client.subscribe('/api/class/aaaModLR.json')

    await client.post('uni', tenant('x', { descr: 'a' }))
    await client.post('uni', tenant('x', { descr: 'b' }))
    await client.delete('uni/tn-x')

    const records = (await events.rest()).map(({ imdata }) => imdata[0]!['aaaModLR']!.attributes)
    assert.deepEqual(
      records.map(({ ind, affected, changeSet, user, status }) => ({ ind, affected, changeSet, user, status })),
      [
        { ind: 'creation', affected: 'uni/tn-x', changeSet: 'descr:a, name:x', user: 'admin', status: 'created' },
        {
          ind: 'modification',
          affected: 'uni/tn-x',
          changeSet: 'descr (Old: a, New: b)',
          user: 'admin',
          status: 'created'
        },
        { ind: 'deletion', affected: 'uni/tn-x', changeSet: '', user: 'admin', status: 'created' }
      ]
    )
    assert.equal(records[0]!['dn'], `subj-[uni/tn-x]/mod-${records[0]!['id']!}`)
  })

  it('lets the oldest records go', async () => {
    const { client, events } = await connected({ auditLimit: 2 })
    await client.subscribe('/api/class/aaaModLR.json')
    for (const descr of ['1', '2', '3']) await client.post('uni/tn-common', { fvTenant: { attributes: { descr } } })
    const statuses = (await events.rest()).map(({ imdata }) => attributesOf(imdata[0])['status'])
    assert.deepEqual(statuses, ['created', 'created', 'created', 'deleted'])
    assert.equal((await client.get('/api/class/aaaModLR.json')).totalCount, '2')
  })

  it('never shows a password that was set', async () => {
    const { client } = await loggedIn()
    await client.post('uni/userext', { aaaUser: { attributes: { name: 'u', pwd: 'hidden-secret' } } })
    const everything = await client.request('GET', '/api/mo/uni.json?query-target=subtree')
    assert.doesNotMatch(everything.text, /hidden-secret/)
    const records = await client.request('GET', '/api/class/aaaModLR.json')
    assert.doesNotMatch(records.text, /hidden-secret/)
  })
})
