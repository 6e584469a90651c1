// Reading: queries, their options, and the shape of what comes back.
import assert from 'node:assert/strict'
import { ManualClock } from './clock'
import type { ApicSimulator } from './cluster'
import type { Client, Data } from './client'
import { attributesOf, childrenOf, classOf, closeAll, dnsOf, loggedIn } from './client'

/** Two tenants with a profile and two EPGs each. */
const populate = (apic: ApicSimulator): void => {
  for (const tenant of ['a', 'b']) {
    apic.create('fvTenant', `uni/tn-${tenant}`, { descr: `tenant ${tenant}` })
    apic.create('fvAp', `uni/tn-${tenant}/ap-p`)
    for (const epg of ['1', '2']) apic.create('fvAEPg', `uni/tn-${tenant}/ap-p/epg-${epg}`, { prio: `level${epg}` })
  }
}

const populated = async (): Promise<{ apic: ApicSimulator; client: Client }> => {
  const made = await loggedIn({ reactions: false })
  populate(made.apic)
  return made
}

const TENANTS = ['uni/tn-a', 'uni/tn-b', 'uni/tn-common', 'uni/tn-infra', 'uni/tn-mgmt']

describe('the simulator: queries', () => {
  afterEach(closeAll)

  it('answer with text throughout: dn and no rn at the top', async () => {
    const { client } = await populated()
    const { text } = await client.request('GET', '/api/mo/uni/tn-a.json')
    const { totalCount, imdata } = JSON.parse(text) as Data
    assert.equal(totalCount, '1')
    const { modTs, ...attributes } = attributesOf(imdata[0])
    assert.match(modTs!, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$/)
    assert.deepEqual(attributes, {
      annotation: '',
      childAction: '',
      descr: 'tenant a',
      dn: 'uni/tn-a',
      extMngdBy: '',
      lcOwn: 'local',
      monPolDn: 'uni/tn-common/monepg-default',
      name: 'a',
      nameAlias: '',
      ownerKey: '',
      ownerTag: '',
      status: '',
      uid: '',
      userdom: ':all:'
    })
  })

  it('find nothing, rather than failing, where there is nothing', async () => {
    const { client } = await populated()
    for (const path of ['/api/mo/uni/tn-zzz.json', '/api/class/fvCEp.json']) {
      assert.equal((await client.request('GET', path)).text, '{"totalCount":"0","imdata":[]}')
    }
  })

  it('go by class over the whole fabric, by either path', async () => {
    const { client } = await populated()
    for (const path of ['/api/class/fvTenant.json', '/api/node/class/fvTenant.json']) {
      assert.deepEqual(dnsOf(await client.get(path)), TENANTS)
    }
    assert.deepEqual(dnsOf(await client.get('/api/node/mo/uni/tn-a.json')), ['uni/tn-a'])
  })

  it('go by class below a DN', async () => {
    const { client } = await loggedIn({ fabric: 'small' })
    const { imdata, totalCount } = await client.get('/api/node/class/topology/pod-1/node-101/l1PhysIf.json')
    assert.equal(totalCount, '14')
    assert.ok(imdata.every((item) => attributesOf(item)['dn']!.startsWith('topology/pod-1/node-101/sys/phys-[')))
    assert.equal((await client.get('/api/class/topology/pod-1/topSystem.json')).totalCount, '4')
    assert.equal((await client.get('/api/class/topology/pod-2/topSystem.json')).totalCount, '0')
  })

  it('reach children, subtrees, and classes in them', async () => {
    const { client } = await populated()
    const dns = async (path: string): Promise<string[]> => dnsOf(await client.get(path))
    assert.deepEqual(await dns('/api/mo/uni/tn-a.json?query-target=children'), ['uni/tn-a/ap-p'])
    assert.deepEqual(await dns('/api/mo/uni/tn-a.json?query-target=subtree'), [
      'uni/tn-a',
      'uni/tn-a/ap-p',
      'uni/tn-a/ap-p/epg-1',
      'uni/tn-a/ap-p/epg-2'
    ])
    assert.deepEqual(await dns('/api/mo/uni/tn-a.json?query-target=subtree&target-subtree-class=fvAp,fvAEPg'), [
      'uni/tn-a/ap-p',
      'uni/tn-a/ap-p/epg-1',
      'uni/tn-a/ap-p/epg-2'
    ])
    assert.deepEqual(await dns('/api/class/fvTenant.json?query-target=children&target-subtree-class=fvAp'), [
      'uni/tn-a/ap-p',
      'uni/tn-b/ap-p'
    ])
  })

  it('answer for an abstract class with its concrete kinds', async () => {
    const { apic, client } = await populated()
    apic.create('faultInst', 'uni/tn-a/fault-F0467')
    apic.create('faultDelegate', 'uni/tn-b/fd-[uni/tn-a]-fault-F0467')
    const { imdata } = await client.get('/api/class/faultInfo.json')
    assert.deepEqual(imdata.map(classOf).sort(), ['faultDelegate', 'faultInst'])
  })

  it('filter, whether the URL is escaped or not', async () => {
    const { client } = await populated()
    const filter = 'and(eq(fvAEPg.prio,"level1"),wcard(fvAEPg.dn,"tn-a/"))'
    for (const written of [filter, encodeURIComponent(filter), filter.replaceAll('"', '%22')]) {
      const found = await client.get(`/api/class/fvAEPg.json?query-target-filter=${written}`)
      assert.deepEqual(dnsOf(found), ['uni/tn-a/ap-p/epg-1'])
    }
  })

  it('take a bare plus in a parameter for a space, and an escaped one for itself', async () => {
    const { apic, client } = await populated()
    apic.modify('uni/tn-a', { descr: '1+1' })
    apic.modify('uni/tn-b', { descr: '1 1' })
    const find = (written: string): Promise<Data> =>
      client.get(`/api/class/fvTenant.json?query-target-filter=eq(fvTenant.descr,"${written}")`)
    assert.deepEqual(dnsOf(await find('1%2B1')), ['uni/tn-a'])
    assert.deepEqual(dnsOf(await find('1+1')), ['uni/tn-b'])
  })

  it('find DNs with brackets and slashes in them, raw or escaped', async () => {
    const { client } = await loggedIn({ fabric: 'small' })
    const dn = 'topology/pod-1/node-101/sys/phys-[eth1/1]'
    assert.deepEqual(dnsOf(await client.get(`/api/mo/${dn}.json`)), [dn])
    assert.deepEqual(dnsOf(await client.get(`/api/mo/${encodeURI(dn)}.json`)), [dn])
  })

  it('nest children with rn and no dn', async () => {
    const { client } = await populated()
    const { imdata } = await client.get('/api/mo/uni/tn-a.json?rsp-subtree=full')
    const [profile] = childrenOf(imdata[0])
    assert.equal(attributesOf(profile)['rn'], 'ap-p')
    assert.ok(!('dn' in attributesOf(profile)))
    assert.deepEqual(
      childrenOf(profile).map((item) => attributesOf(item)['rn']),
      ['epg-1', 'epg-2']
    )
    const shallow = await client.get('/api/mo/uni/tn-a.json?rsp-subtree=children')
    assert.deepEqual(childrenOf(childrenOf(shallow.imdata[0])[0]), [])
  })

  it('keep of the children what the class and filter ask for, and the way to it', async () => {
    const { client } = await populated()
    const { imdata } = await client.get(
      '/api/mo/uni/tn-a.json?rsp-subtree=full&rsp-subtree-class=fvAEPg&rsp-subtree-filter=eq(fvAEPg.name,"2")'
    )
    const [profile, ...others] = childrenOf(imdata[0])
    assert.deepEqual(others, [])
    assert.deepEqual(
      childrenOf(profile).map((item) => attributesOf(item)['rn']),
      ['epg-2']
    )
  })

  it('include faults, health and audit records when asked', async () => {
    const { apic, client } = await populated()
    apic.create('faultInst', 'uni/tn-a/fault-F0467')
    apic.create('healthInst', 'uni/tn-a/health')
    apic.post('uni', { fvTenant: { attributes: { name: 'a', descr: 'new' } } })
    const included = async (what: string): Promise<string[]> => {
      const { imdata } = await client.get(`/api/mo/uni/tn-a.json?rsp-subtree-include=${what}`)
      return childrenOf(imdata[0]).map(classOf)
    }
    assert.deepEqual(await included('faults'), ['faultInst'])
    assert.deepEqual(await included('health'), ['healthInst'])
    assert.deepEqual(await included('audit-logs'), ['aaaModLR'])
    assert.deepEqual(dnsOf(await client.get('/api/class/fvTenant.json?rsp-subtree-include=faults,required')), [
      'uni/tn-a'
    ])
    assert.deepEqual(dnsOf(await client.get('/api/class/fvTenant.json?rsp-subtree-include=faults,no-scoped')), [
      'uni/tn-a/fault-F0467'
    ])
  })

  it('include records of faults and events, and what is below when asked', async () => {
    const { apic, client } = await populated()
    apic.create('faultRecord', 'subj-[uni/tn-a]/fr-1', { affected: 'uni/tn-a' })
    apic.create('eventRecord', 'subj-[uni/tn-a/ap-p]/rec-1', { affected: 'uni/tn-a/ap-p' })
    apic.create('faultInst', 'uni/tn-a/ap-p/fault-F0467')
    const included = async (what: string): Promise<string[]> => {
      const { imdata } = await client.get(`/api/mo/uni/tn-a.json?rsp-subtree-include=${what}`)
      return childrenOf(imdata[0]).map((item) => attributesOf(item)['rn']!)
    }
    assert.deepEqual(await included('fault-records'), ['subj-[uni/tn-a]/fr-1'])
    assert.deepEqual(await included('event-logs'), [])
    assert.deepEqual(await included('event-logs,subtree'), ['subj-[uni/tn-a/ap-p]/rec-1'])
    assert.deepEqual(await included('faults'), [])
    assert.deepEqual(await included('faults,subtree'), ['fault-F0467'])
    const path = '/api/class/fvTenant.json?rsp-subtree-include=faults,subtree,required'
    assert.deepEqual(dnsOf(await client.get(path)), ['uni/tn-a'])
  })

  it('include how many faults of each severity there are', async () => {
    const { apic, client } = await populated()
    apic.create('faultInst', 'uni/tn-a/fault-F0467', { severity: 'critical', ack: 'yes' })
    apic.create('faultInst', 'uni/tn-a/ap-p/fault-F0467', { severity: 'minor' })
    const { imdata } = await client.get('/api/mo/uni/tn-a.json?rsp-subtree-include=fault-count')
    const [counts] = childrenOf(imdata[0])
    assert.equal(classOf(counts), 'faultCounts')
    const { crit, critAcked, maj, minor, minorAcked, warn, rn } = attributesOf(counts)
    assert.deepEqual([crit, critAcked, maj, minor, minorAcked, warn, rn], ['1', '1', '0', '1', '0', '0', 'fltCnts'])
  })

  it('count', async () => {
    const { client } = await populated()
    const { imdata } = await client.get('/api/class/fvAEPg.json?rsp-subtree-include=count')
    assert.deepEqual([imdata.length, classOf(imdata[0]), attributesOf(imdata[0])['count']], [1, 'moCount', '4'])
  })

  it('leave out properties when asked', async () => {
    const { client } = await populated()
    const keys = async (choice: string): Promise<string[]> => {
      const { imdata } = await client.get(`/api/mo/uni/tn-a/ap-p.json?rsp-prop-include=${choice}`)
      return Object.keys(attributesOf(imdata[0]))
    }
    assert.deepEqual(await keys('naming-only'), ['dn', 'name'])
    assert.deepEqual(await keys('config-only'), [
      'annotation',
      'descr',
      'dn',
      'name',
      'nameAlias',
      'ownerKey',
      'ownerTag',
      'prio'
    ])
  })

  it('order by several properties', async () => {
    const { client } = await populated()
    const { imdata } = await client.get('/api/class/fvAEPg.json?order-by=fvAEPg.prio|desc,fvAEPg.dn|asc')
    assert.deepEqual(
      imdata.map((item) => attributesOf(item)['dn']),
      ['uni/tn-a/ap-p/epg-2', 'uni/tn-b/ap-p/epg-2', 'uni/tn-a/ap-p/epg-1', 'uni/tn-b/ap-p/epg-1']
    )
  })

  it('have no order a client could rely on when none is asked for', async () => {
    const { apic, client } = await loggedIn({ reactions: false })
    for (let n = 0; n < 50; n++) apic.create('fvTenant', `uni/tn-t${n}`)
    const order = async (): Promise<string> =>
      (await client.get('/api/class/fvTenant.json')).imdata.map((item) => attributesOf(item)['dn']).join()
    assert.notEqual(await order(), await order())
  })

  it('come in pages, each with the total of all', async () => {
    const { apic, client } = await loggedIn({ reactions: false })
    for (let n = 0; n < 20; n++) apic.create('fvTenant', `uni/tn-t${n}`)
    const seen: string[] = []
    for (let page = 0; page < 4; page++) {
      const data = await client.get(`/api/class/fvTenant.json?order-by=fvTenant.dn&page-size=7&page=${page}`)
      assert.equal(data.totalCount, '23')
      seen.push(...data.imdata.map((item) => attributesOf(item)['dn']!))
    }
    assert.equal(seen.length, 23)
    assert.deepEqual(seen, [...seen].sort())
  })

  it('show what has changed since the last page', async () => {
    const { apic, client } = await populated()
    const first = '/api/class/fvTenant.json?order-by=fvTenant.dn&page-size=1&page=0'
    assert.deepEqual(dnsOf(await client.get(first)), ['uni/tn-a'])
    apic.create('fvTenant', 'uni/tn-A')
    assert.deepEqual(dnsOf(await client.get(first)), ['uni/tn-A'])
  })

  it('are refused when the answer would be too big, unless taken in pages', async () => {
    const { client } = await loggedIn({ resultLimit: 2 })
    assert.deepEqual(await client.refusal('GET', '/api/class/fvTenant.json'), {
      status: 400,
      code: '400',
      text: 'Unable to process the query, result dataset is too big'
    })
    assert.equal((await client.get('/api/class/fvTenant.json?page-size=2')).totalCount, '3')
  })

  it('say never for the modTs of faults and records', async () => {
    const { apic, client } = await populated()
    apic.create('faultInst', 'uni/tn-a/fault-F0467')
    apic.post('uni/tn-a', { fvTenant: { attributes: { descr: 'x' } } })
    for (const name of ['faultInst', 'aaaModLR', 'aaaSessionLR']) {
      const { imdata } = await client.get(`/api/class/${name}.json`)
      assert.equal(attributesOf(imdata[0])['modTs'], 'never', name)
    }
  })

  it('read another time of day from a system at each read, though nothing changed', async () => {
    const clock = new ManualClock()
    const { client } = await loggedIn({ clock })
    const read = async (): Promise<Record<string, string>> =>
      attributesOf((await client.get('/api/mo/topology/pod-1/node-1/sys.json')).imdata[0])
    const first = await read()
    clock.advance(1)
    const second = await read()
    assert.notEqual(first['currentTime'], second['currentTime'])
    assert.equal(first['modTs'], second['modTs'])
    assert.match(second['systemUpTime']!, /^\d\d:\d\d:\d\d:\d\d\.\d{3}$/)
  })

  it('write times with the offset of the controller', async () => {
    const { client } = await loggedIn({ timeOffset: '-04:00' })
    const { modTs } = attributesOf((await client.get('/api/mo/uni/tn-common.json')).imdata[0])
    assert.match(modTs!, /-04:00$/)
    assert.ok(Math.abs(Date.parse(modTs!) - Date.now()) < 60_000, 'the moment is right')
  })

  for (const [title, path, code, text] of [
    ['an unknown class', '/api/class/fvTenantt.json', '400', 'Request failed, unresolved class for fvTenantt'],
    [
      'an unknown class in the subtree',
      '/api/mo/uni.json?query-target=subtree&target-subtree-class=fvAEPg,fvX',
      '400',
      'Request failed, unresolved class for fvX'
    ],
    [
      'an unknown property in a filter',
      '/api/class/faultInst.json?query-target-filter=eq(faultInst.cod,"F1")',
      '121',
      "Prop 'cod' not found in class 'faultInst' property table"
    ],
    [
      'an unknown class in a filter',
      '/api/class/faultInst.json?query-target-filter=eq(faultIns.code,"F1")',
      '122',
      'class faultIns not found'
    ],
    [
      'an impossible value in a filter',
      '/api/class/faultInst.json?query-target-filter=eq(faultInst.code,"F999999")',
      '301',
      "Incorrect filter format for faultInst.code, value 'F999999' is not valid"
    ],
    ['an unknown scope', '/api/mo/uni.json?query-target=all', '400', 'Request failed, invalid query-target=all'],
    ['a page that is no number', '/api/mo/uni.json?page=x', '400', 'Request failed, invalid page=x'],
    ['an unknown order', '/api/class/fvTenant.json?order-by=name', '400', 'Request failed, invalid order-by name'],
    [
      'what is real but not simulated',
      '/api/mo/uni.json?rsp-subtree-include=stats',
      '400',
      'Request failed, rsp-subtree-include=stats is not simulated'
    ],
    ['something else entirely', '/api/nonsense.json', '400', 'Request failed, unresolved class for nonsense'],
    ['XML', '/api/class/fvTenant.xml', '400', 'Request failed, the simulator speaks JSON only']
  ] as const) {
    it(`refuse ${title}`, async () => {
      const { client } = await loggedIn()
      assert.deepEqual(await client.refusal('GET', path), { status: 400, code, text })
    })
  }

  it('are answered by the web server when they are none of the API', async () => {
    const { client } = await loggedIn()
    for (const path of ['/', '/index.html', '/api', '/api/class/fvTenant']) {
      const { status, text, headers } = await client.request('GET', path)
      assert.equal(status, 404)
      assert.equal(headers['server'], 'Cisco APIC')
      assert.equal(headers['content-type'], 'text/html')
      assert.match(text, /<hr><center>Cisco APIC<\/center>/)
    }
  })
})
