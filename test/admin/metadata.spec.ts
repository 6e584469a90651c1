// What the APIC says of a class, reduced to what a dialog needs, and whatever else it may say.

import assert from 'node:assert/strict'
import type { ClassMetadata, MetadataAnswer } from '../../nodes/admin/answers'
import { metadataOf } from '../../nodes/admin/metadata'
import type { AciError } from '../../nodes/apic'
import { Rig } from '../rig'
import { failureOf, get } from './ask'

describe('GET aci-apic/:id/meta/:class', () => {
  let rig: Rig

  afterEach(async () => {
    await rig.stop()
  })

  const begin = async (options: Parameters<typeof Rig.start>[0] = {}): Promise<void> => {
    rig = await Rig.start(options)
    await rig.load(rig.connection())
  }

  const meta = (name: string): Promise<MetadataAnswer> => get(`/aci-apic/apic/meta/${name}`)

  const described = async (name: string): Promise<ClassMetadata> => {
    const answer = await meta(name)
    assert.ok(answer.known)
    return answer
  }

  const read = (): string[] => rig.apic.requests.map(({ url }) => url).filter((url) => url.startsWith('/doc/'))

  it('reports what a class is and has', async () => {
    await begin()
    const tenant = await described('fvTenant')
    assert.deepEqual(
      [tenant.class, tenant.label, tenant.rnFormat, tenant.identifiedBy, tenant.isAbstract, tenant.isConfigurable],
      ['fvTenant', 'Tenant', 'tn-{name}', ['name'], false, true]
    )
    assert.deepEqual([tenant.isStat, tenant.isObservable, tenant.kinds], [false, true, []])
    for (const name of ['fvAp', 'fvBD', 'vzBrCP', 'faultInst']) assert.ok(tenant.contains.includes(name), name)
    assert.deepEqual(
      tenant.properties.find(({ name }) => name === 'name'),
      { name: 'name', label: 'Name', type: 'string', isConfigurable: true, isNaming: true, options: [] }
    )
    assert.deepEqual(read(), ['/doc/jsonmeta/fv/Tenant.json'])
  })

  it('reports the values that a property may have, without the default that stands among them', async () => {
    await begin()
    const { properties } = await described('faultInst')
    const severity = properties.find(({ name }) => name === 'severity')!
    assert.equal(severity.type, 'enum')
    assert.deepEqual(severity.options.map(({ value, label }) => [value, label]).slice(-2), [
      ['major', 'Major'],
      ['critical', 'Critical']
    ])
    assert.equal(severity.options.length, 6)
  })

  it('marks statistics, which are never pushed, and reports what an abstract class may be', async () => {
    await begin()
    assert.equal((await described('eqptIngrTotal5min')).isStat, true)
    const info = await described('faultInfo')
    assert.deepEqual([info.isAbstract, info.rnFormat, info.kinds], [true, '', ['faultDelegate', 'faultInst']])
  })

  it('is known to be absent, and is asked for again', async () => {
    await begin()
    assert.deepEqual(await meta('fvTenantt'), { known: false, class: 'fvTenantt' })
    assert.deepEqual(await meta('fvTenantt'), { known: false, class: 'fvTenantt' })
    assert.equal(read().length, 2)
    // What is in no package is nowhere.
    assert.deepEqual(await meta('Tenant'), { known: false, class: 'Tenant' })
    assert.equal(read().length, 2)
  })

  it('is read once for all fabrics of a release', async () => {
    await begin({ version: '5.2(8e)' })
    await described('fvTenant')
    await described('fvTenant')
    await rig.deploy('full', rig.connection({ heartbeat: 20 }))
    // Which release it is will not be known before there is a connection.
    await get('/aci-apic/apic/children')
    await described('fvTenant')
    assert.equal(read().length, 1)
  })

  it('is refused for what is no class', async () => {
    await begin()
    for (const name of ['fv-Tenant', 'x', '..%2f..%2fapi', '__proto__', 'fvTenant.json']) {
      const { message } = await failureOf(400, 'get', `/aci-apic/apic/meta/${name}`)
      assert.match(message, /not a class name/)
    }
    assert.equal(rig.apic.counts.connections, 0)
    await failureOf(404, 'get', '/aci-apic/nobody/meta/fvTenant')
  })

  it('is reported as unreadable where it is', async () => {
    await begin()
    rig.apic.faults.request({ path: '/doc/', status: 200, body: '<html>' })
    const { code, message } = await failureOf(502, 'get', '/aci-apic/apic/meta/fvTenant')
    assert.equal(code, 'ACI_PROTOCOL')
    assert.match(message, /description of fvTenant cannot be read/)
  })

  it('is not read on when it is too large', async () => {
    await begin()
    rig.apic.faults.request({ path: '/doc/', status: 200, body: 'x'.repeat(5 * 1024 * 1024) })
    const { message } = await failureOf(502, 'get', '/aci-apic/apic/meta/fvTenant')
    assert.match(message, /larger than/)
  })

  it('has the words of an APIC that refuses it', async () => {
    await begin()
    rig.apic.faults.request({ path: '/doc/', status: 403, text: 'no documentation for you' })
    const { code, cause } = await failureOf(422, 'get', '/aci-apic/apic/meta/fvTenant')
    assert.deepEqual([code, cause?.text], ['ACI_QUERY', 'no documentation for you'])
  })
})

describe('a description of a class', () => {
  const of = (described: unknown): ClassMetadata => metadataOf('fvX', JSON.stringify({ 'fv:X': described }))

  it('may lack everything', () => {
    assert.deepEqual(of({}), {
      class: 'fvX',
      label: 'fvX',
      isAbstract: false,
      isConfigurable: false,
      isStat: false,
      isObservable: false,
      rnFormat: '',
      identifiedBy: [],
      contains: [],
      kinds: [],
      properties: []
    })
  })

  it('may be wrong in every place', () => {
    const { label, identifiedBy, contains, properties } = of({
      label: 7,
      isStat: 'yes',
      identifiedBy: ['name', 7, null, '<b>'],
      contains: ['fv:Y'],
      subClasses: 'all',
      properties: {
        a: null,
        '<script>': {},
        b: { label: ' ', uitype: {}, validValues: [null, 'x', {}, { localName: 7 }, { localName: 'on' }] },
        c: { validValues: 'all' }
      }
    })
    assert.deepEqual([label, identifiedBy, contains], ['fvX', ['name'], []])
    assert.deepEqual(
      properties.map(({ name, label: text, type, options }) => [name, text, type, options]),
      [
        ['b', 'b', 'string', [{ value: 'on', label: 'on' }]],
        ['c', 'c', 'string', []]
      ]
    )
  })

  it('has no more in it than anybody can use', () => {
    const names = Array.from({ length: 1_200 }, (_, index) => `p${index}`)
    const validValues = names.slice(0, 300).map((localName) => ({ localName, label: 'x'.repeat(1_000) }))
    const many = Object.fromEntries(names.map((name) => [name, {}]))
    const { contains, properties } = of({ contains: many, properties: { ...many, p0: { validValues } } })
    assert.deepEqual([contains.length, properties.length, properties[0]!.options.length], [1_000, 500, 200])
    assert.equal(properties[0]!.options[0]!.label.length, 200)
  })

  it('must be of that class', () => {
    for (const text of ['{}', '[]', 'null', '7', '{"fv:Y":{}}', '{"fv:X":[]}', '{"__proto__":{}}']) {
      assert.throws(
        () => metadataOf('fvX', text),
        (error: AciError) => error.code === 'ACI_PROTOCOL'
      )
    }
  })
})
