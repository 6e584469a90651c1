// One level of the tree at a time, as the browser of the dialogs asks for it.

import assert from 'node:assert/strict'
import type { ChildrenAnswer } from '../../nodes/admin/answers'
import { Rig } from '../rig'
import { failureOf, get } from './ask'

const PATH = '/aci-apic/apic/children'

describe('GET aci-apic/:id/children', () => {
  let rig: Rig

  afterEach(async () => {
    await rig.stop()
  })

  const begin = async (options: Parameters<typeof Rig.start>[0] = {}): Promise<void> => {
    rig = await Rig.start(options)
    await rig.load(rig.connection())
  }

  const children = (dn: string, query: Record<string, string | number> = {}): Promise<ChildrenAnswer> =>
    get(PATH, { dn, ...query })

  const rnsOf = ({ objects }: ChildrenAnswer): string[] => objects.map(({ rn }) => rn)

  it('begins with the roots that the fabric has', async () => {
    await begin()
    const { exists, total, objects } = await get<ChildrenAnswer>(PATH)
    assert.deepEqual([exists, total], [true, 3])
    assert.deepEqual(objects, [
      { dn: 'uni', rn: 'uni', class: 'polUni', name: '', descr: '' },
      { dn: 'topology', rn: 'topology', class: 'fabricTopology', name: '', descr: '' },
      { dn: 'comp', rn: 'comp', class: 'compUni', name: '', descr: '' }
    ])
    rig.apic.delete('comp')
    assert.equal((await get<ChildrenAnswer>(PATH, { reload: 'true' })).total, 2)
  })

  it('gives what is right below an object, with class, name and description', async () => {
    await begin()
    rig.apic.create('fvTenant', 'uni/tn-blue', { descr: 'our own', nameAlias: 'Blue' })
    rig.apic.create('fvAp', 'uni/tn-blue/ap-web', {})
    rig.apic.create('fvAEPg', 'uni/tn-blue/ap-web/epg-a', {})
    rig.apic.create('fvSubnet', 'uni/tn-blue/ap-web/epg-a/subnet-[10.0.0.1/24]', {})
    const { objects } = await children('uni', { class: 'fvTenant', filter: 'blue' })
    assert.deepEqual(objects, [
      { dn: 'uni/tn-blue', rn: 'tn-blue', class: 'fvTenant', name: 'blue', descr: 'Blue: our own' }
    ])
    assert.deepEqual(rnsOf(await children('uni/tn-blue')), ['ap-web'])
    assert.deepEqual(rnsOf(await children('uni/tn-blue/ap-web/epg-a', { class: 'fvSubnet' })), ['subnet-[10.0.0.1/24]'])
  })

  it('sorts by class, then by name, and counts as people do', async () => {
    await begin()
    for (const name of ['t10', 't9', 'T1', 't1']) rig.apic.create('fvTenant', `uni/tn-${name}`)
    rig.apic.create('physDomP', 'uni/phys-a')
    const all = await children('uni')
    const classes = all.objects.map((object) => object.class)
    assert.deepEqual(classes, [...classes].sort())
    assert.deepEqual(
      all.objects.filter((object) => object.class === 'fvTenant').map(({ name }) => name),
      ['common', 'infra', 'mgmt', 't1', 'T1', 't9', 't10']
    )
  })

  it('gives pages, and only what passes the filter, in name, description, RN or class', async () => {
    await begin()
    for (let index = 0; index < 250; index += 1) {
      rig.apic.create('fvTenant', `uni/tn-page${index}`, { descr: index % 50 === 0 ? 'Special' : '' })
    }
    const first = await children('uni', { filter: 'PAGE', size: 200 })
    assert.deepEqual(
      [first.total, first.page, first.size, first.objects.length, first.isCut],
      [250, 0, 200, 200, false]
    )
    const second = await children('uni', { filter: 'page', size: 200, page: 1 })
    assert.deepEqual([second.total, second.objects.length, second.objects.at(-1)?.name], [250, 50, 'page249'])
    assert.equal(new Set([...rnsOf(first), ...rnsOf(second)]).size, 250)
    assert.equal((await children('uni', { filter: 'special' })).total, 5)
    assert.equal((await children('uni', { filter: 'fvtenant' })).total, 253)
    assert.deepEqual((await children('uni', { filter: 'page', page: 9 })).objects, [])
  })

  it('asks the APIC once for the pages of one visit, and again on reload', async () => {
    await begin()
    const asked = (): number => rig.apic.requests.filter(({ url }) => url.startsWith('/api/mo/uni.json?')).length
    await children('uni', { size: 1 })
    await children('uni', { size: 1, page: 1 })
    await children('uni', { filter: 'x' })
    assert.equal(asked(), 1)
    rig.apic.create('fvTenant', 'uni/tn-new')
    assert.equal((await children('uni', { filter: 'tn-new' })).total, 0)
    assert.equal((await children('uni', { filter: 'tn-new', reload: 'true' })).total, 1)
    assert.equal(asked(), 2)
    assert.equal(rig.apic.counts.logins, 1, 'one login for all of it')
  })

  it('forgets what it read of a node that is deployed anew', async () => {
    await begin()
    await children('uni')
    rig.apic.create('fvTenant', 'uni/tn-new')
    await rig.deploy('full', rig.connection({ heartbeat: 20 }))
    assert.equal((await children('uni', { filter: 'tn-new' })).total, 1)
  })

  it('reports whether an object without any exists at all', async () => {
    await begin()
    rig.apic.create('fvTenant', 'uni/tn-blue')
    const empty = await children('uni/tn-blue')
    assert.deepEqual([empty.exists, empty.total], [true, 0])
    const absent = await children('uni/tn-nobody')
    assert.deepEqual([absent.exists, absent.total], [false, 0])
  })

  it('says when there are more than it looks at', async () => {
    await begin()
    for (let index = 0; index < 5_100; index += 1) rig.apic.create('fvTenant', `uni/tn-x${index}`)
    const { isCut, total, objects } = await children('uni')
    assert.deepEqual([isCut, total, objects.length], [true, 5_000, 100])
  })

  it('shortens what is long', async () => {
    await begin()
    rig.apic.create('fvTenant', 'uni/tn-blue', { descr: 'x'.repeat(5_000) })
    const [tenant] = (await children('uni', { filter: 'blue' })).objects
    assert.equal(tenant!.descr, `${'x'.repeat(199)}…`)
  })

  describe('refuses', () => {
    for (const [title, query, expected] of [
      ['what would lead elsewhere', { dn: 'uni/../../aaaLogout' }, /not a distinguished name/],
      ['what would be another path', { dn: 'uni.json?x=' }, /not a distinguished name/],
      ['what is encoded twice', { dn: 'uni%2f..' }, /not a distinguished name/],
      ['brackets that do not balance', { dn: 'uni/x-[' }, /do not balance/],
      ['a DN that is a list', { dn: ['uni', 'topology'] }, /dn: a text/],
      ['a class that is none', { dn: 'uni', class: 'fv-Tenant' }, /not a class name/],
      ['a page that is none', { dn: 'uni', page: -1 }, /page: a number/],
      ['a page that is large', { dn: 'uni', size: 201 }, /size: a number from 1 to 200/]
    ] as const) {
      it(title, async () => {
        await begin()
        const { code, message } = await failureOf(400, 'get', PATH, query)
        assert.equal(code, 'ACI_CONFIG')
        assert.match(message, expected)
        assert.ok(!rig.apic.requests.some(({ url }) => url.startsWith('/api/mo')))
      })
    }

    it('a node that is not deployed, and one of another type', async () => {
      await begin()
      for (const id of ['nobody', 'tab', '__proto__', 'constructor']) {
        const { message } = await failureOf(404, 'get', `/aci-apic/${id}/children`)
        assert.match(message, /no such aci-apic node/)
      }
    })
  })

  describe('without an APIC that answers', () => {
    it('reports what is wrong with the settings', async () => {
      rig = await Rig.start()
      await rig.load(rig.connection({ controllers: [] }))
      const { message } = await failureOf(400, 'get', PATH, { dn: 'uni' })
      assert.match(message, /no controller/)
    })

    it('reports a login that is refused', async () => {
      rig = await Rig.start()
      rig.credentials = { apic: { username: 'guest', password: 'wrong' } }
      await rig.load(rig.connection())
      const { code, cause } = await failureOf(502, 'get', PATH, { dn: 'uni' })
      assert.equal(code, 'ACI_AUTH')
      assert.match(cause!.text, /incorrect/)
    })

    it('reports a connection that is lost, without waiting for it to come back', async () => {
      await begin()
      await rig.apic.controllers[0]!.down()
      const { code, message } = await failureOf(502, 'get', PATH, { dn: 'uni' })
      assert.equal(code, 'ACI_UNREACHABLE')
      assert.match(message, /refuses connections/)
    })

    it('reports a request that is refused in the words of the APIC', async () => {
      await begin()
      rig.apic.faults.request({ path: '/api/mo/uni.json', status: 400, text: 'not today' })
      const { code, cause } = await failureOf(422, 'get', PATH, { dn: 'uni' })
      assert.deepEqual([code, cause], ['ACI_QUERY', { status: 400, code: '400', text: 'not today' }])
    })
  })

  it('hangs up with the node', async () => {
    await begin()
    await children('uni')
    await rig.deploy('full')
    await rig.apic.until(() => rig.apic.sockets.length === 0)
    assert.equal(rig.apic.sessions.length, 0)
  })
})
