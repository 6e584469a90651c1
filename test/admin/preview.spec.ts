// What a dialog's settings find, asked for once.

import assert from 'node:assert/strict'
import type { PreviewAnswer } from '../../nodes/admin/answers'
import { Rig, type Settings } from '../rig'
import { failureOf, post } from './ask'

const PATH = '/aci-apic/apic/preview'

describe('POST aci-apic/:id/preview', () => {
  let rig: Rig

  afterEach(async () => {
    await rig.stop()
  })

  const begin = async (): Promise<void> => {
    rig = await Rig.start()
    await rig.load(rig.connection())
  }

  const preview = (settings: Settings): Promise<PreviewAnswer> => post(PATH, settings)

  it('counts what matches, and shows the first ones as they are', async () => {
    await begin()
    for (let index = 0; index < 30; index += 1) rig.apic.create('fvTenant', `uni/tn-t${index}`, { descr: `d${index}` })
    const { total, objects, requests } = await preview({ classes: 'fvTenant' })
    assert.deepEqual([total, objects.length, requests.length], [33, 20, 1])
    const [object] = objects
    assert.equal(object!.class, 'fvTenant')
    assert.deepEqual(object!.attributes, rig.stored(object!.dn))
    assert.equal(object!.children, 0)
  })

  it('shows some of each class, however many there are of the first', async () => {
    await begin()
    for (let index = 0; index < 30; index += 1) rig.apic.create('fvTenant', `uni/tn-t${index}`)
    rig.apic.create('fvAp', 'uni/tn-t0/ap-last')
    const { objects, requests } = await preview({ classes: 'fvTenant, fvAp' })
    const aps = requests[1]!.total!
    assert.equal(objects.length, 20)
    assert.equal(objects.filter((object) => object.class === 'fvAp').length, aps)
    assert.ok(aps < 10, 'few enough to need no more than their share')
  })

  it('shows the request as it was sent, and as people read it', async () => {
    await begin()
    const { requests } = await preview({
      classes: ['fvTenant'],
      scope: 'subtree',
      subtreeClasses: 'fvAp, fvBD',
      filter: 'eq(fvTenant.name,"com mon")'
    })
    const path =
      '/api/class/fvTenant.json?query-target=subtree&target-subtree-class=fvAp,fvBD&query-target-filter=eq(fvTenant.name,%22com%20mon%22)&page=0&page-size=20'
    const readable =
      '/api/class/fvTenant.json?query-target=subtree&target-subtree-class=fvAp,fvBD&query-target-filter=eq(fvTenant.name,"com mon")&page=0&page-size=20'
    assert.deepEqual(requests, [{ path, readable, url: `${rig.apic.url}${path}`, total: 0 }])
    assert.equal(rig.apic.requests.at(-1)!.url, path)
  })

  it('asks what an aci-query node would, order, children and all', async () => {
    await begin()
    rig.apic.create('fvTenant', 'uni/tn-blue')
    for (const name of ['a', 'b']) rig.apic.create('fvAp', `uni/tn-blue/ap-${name}`)
    const { objects, requests } = await preview({
      target: 'mo',
      dn: 'uni/tn-blue',
      children: 'children',
      childClasses: 'fvAp',
      properties: 'naming-only'
    })
    assert.deepEqual(
      objects.map(({ dn, attributes, children }) => [dn, attributes, children]),
      [['uni/tn-blue', { dn: 'uni/tn-blue', name: 'blue' }, 2]]
    )
    assert.equal(
      requests[0]!.path,
      '/api/mo/uni/tn-blue.json?rsp-subtree=children&rsp-subtree-class=fvAp&rsp-prop-include=naming-only'
    )
    const ordered = await preview({ classes: 'fvTenant', orderBy: 'fvTenant.name|desc', include: 'health' })
    assert.deepEqual(
      ordered.objects.map(({ attributes }) => attributes['name']),
      ['mgmt', 'infra', 'common', 'blue']
    )
    assert.match(ordered.requests[0]!.path, /order-by=fvTenant.name%7Cdesc&page=0&page-size=20$/)
  })

  it('reports each class what the APIC says of it', async () => {
    await begin()
    const { requests, total, objects } = await preview({ classes: 'fvTenant, fvTenantt', filter: '' })
    assert.equal(total, 3)
    assert.equal(objects.length, 3)
    assert.deepEqual(
      requests.map((request) => [request.total, request.error?.cause?.text]),
      [
        [3, undefined],
        [null, 'Request failed, unresolved class for fvTenantt']
      ]
    )
    const [, refused] = requests
    assert.equal(refused!.error!.code, 'ACI_QUERY')
    assert.equal(refused!.url, `${rig.apic.url}/api/class/fvTenantt.json?page=0&page-size=20`)
  })

  it('reports a filter that is refused', async () => {
    await begin()
    const { requests } = await preview({ classes: 'fvTenant', filter: 'eq(fvTenant.colour,"red")' })
    assert.deepEqual(requests[0]!.error!.cause, {
      status: 400,
      code: '121',
      text: "Prop 'colour' not found in class 'fvTenant' property table"
    })
  })

  it('shortens long values, and shows no more than a few objects that bring their children along', async () => {
    await begin()
    for (let index = 0; index < 10; index += 1)
      rig.apic.create('fvTenant', `uni/tn-x${index}`, { descr: 'x'.repeat(2_000) })
    const { objects, total } = await preview({
      classes: 'fvTenant',
      children: 'full',
      filter: 'wcard(fvTenant.name,"x")'
    })
    assert.deepEqual([total, objects.length], [10, 5])
    assert.equal(objects[0]!.attributes['descr'], `${'x'.repeat(499)}…`)
  })

  it('does not read on what is far too large', async () => {
    await begin()
    const imdata = Array.from({ length: 10 }, (_, index) => ({
      fvTenant: { attributes: { dn: `uni/tn-${index}`, descr: 'x'.repeat(1024 * 1024) } }
    }))
    rig.apic.faults.request({ path: '/api/class/fvTenant.json', body: { totalCount: '10', imdata } })
    const { requests } = await preview({ classes: 'fvTenant' })
    assert.equal(requests[0]!.error!.code, 'ACI_PROTOCOL')
    assert.match(requests[0]!.error!.message, /larger than/)
  })

  it('lets nothing through that an object should not have', async () => {
    await begin()
    const body =
      '{"totalCount":"1","imdata":[{"fvTenant":{"attributes":{"dn":"uni/tn-x","__proto__":"bad","constructor":"bad"}}}]}'
    rig.apic.faults.request({ path: '/api/class/fvTenant.json', body })
    const { objects } = await preview({ classes: 'fvTenant' })
    assert.deepEqual(Object.keys(objects[0]!.attributes), ['dn'])
  })

  describe('refuses', () => {
    for (const [title, settings, expected] of [
      ['no class', { classes: '' }, /no class/],
      ['a class that is none', { classes: 'fv-Tenant' }, /not a class name/],
      ['no object', { target: 'mo' }, /no object/],
      ['what would lead elsewhere', { target: 'mo', dn: 'uni/../x' }, /not a distinguished name/],
      ['a scope that is none', { classes: 'fvTenant', scope: 'all' }, /scope: one of/],
      ['a filter that does not close', { classes: 'fvTenant', filter: 'eq(fvTenant.name,"x"' }, /parentheses/],
      ['an include that is none', { classes: 'fvTenant', include: 'x&y=z' }, /include:/],
      ['an order that is none', { classes: 'fvTenant', orderBy: 'name' }, /orderBy:/],
      ['settings that are no text', { classes: { a: 1 } }, /classes: a list/],
      ['too many classes', { classes: Array.from({ length: 21 }, (_, index) => `fvX${index}`) }, /at most 20/]
    ] as const) {
      it(title, async () => {
        await begin()
        const { code, message } = await failureOf(400, 'post', PATH, settings)
        assert.equal(code, 'ACI_CONFIG')
        assert.match(message, expected)
        assert.equal(rig.apic.counts.connections, 0)
      })
    }

    it('a node that is not deployed', async () => {
      await begin()
      await failureOf(404, 'post', '/aci-apic/nobody/preview', { classes: 'fvTenant' })
    })
  })

  it('uses the variables of the flow that the node is in', async () => {
    rig = await Rig.start()
    const [sub, sink] = rig.subscriber('sub', { classes: '${CLASSES}', z: 'group' })
    await rig.load(
      rig.connection(),
      { id: 'group', type: 'tab', label: 'with variables', env: [{ name: 'CLASSES', value: 'fvTenant', type: 'str' }] },
      { ...sub!, z: 'group' },
      { ...sink!, z: 'group' }
    )
    await rig.apic.until(() => rig.apic.subscriptions.length === 1)
    assert.equal((await preview({ id: 'sub', classes: '${CLASSES}' })).total, 3)
    const { message } = await failureOf(400, 'post', PATH, { classes: '${CLASSES}' })
    assert.match(message, /\$\{CLASSES\} is not set/)
  })

  it('reports a connection that is lost', async () => {
    await begin()
    await rig.apic.controllers[0]!.down()
    const { code } = await failureOf(502, 'post', PATH, { classes: 'fvTenant' })
    assert.equal(code, 'ACI_UNREACHABLE')
  })
})
