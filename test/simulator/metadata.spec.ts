// What the simulator's documentation says of its classes, in the form of an APIC's.
import assert from 'node:assert/strict'
import { Client, closeAll, simulator } from './client'

interface Described {
  readonly [name: string]: unknown
  readonly contains: Record<string, string>
  readonly subClasses: Record<string, string>
  readonly properties: Record<string, { [name: string]: unknown; validValues?: { localName: string }[] }>
}

describe('the simulator: metadata', () => {
  afterEach(closeAll)

  /** Reads without a login. */
  const read = async (path: string): Promise<{ status: number; text: string }> => {
    const apic = await simulator()
    return new Client(apic.url, '').request('GET', path)
  }

  const describedAt = async (path: string, name: string): Promise<Described> => {
    const { status, text } = await read(path)
    assert.equal(status, 200)
    return (JSON.parse(text) as Record<string, Described>)[name]!
  }

  it('tell what a class is called, what is in it and what its values may be', async () => {
    const tenant = await describedAt('/doc/jsonmeta/fv/Tenant.json', 'fv:Tenant')
    assert.deepEqual(
      ['rnFormat', 'identifiedBy', 'isAbstract', 'isConfigurable', 'isStat'].map((name) => tenant[name]),
      ['tn-{name}', ['name'], false, true, false]
    )
    for (const name of ['fv:Ap', 'fv:BD', 'vz:BrCP', 'fault:Inst', 'tag:Tag']) assert.ok(name in tenant.contains, name)
    for (const name of ['fv:AEPg', 'arp:AdjEp', 'aaa:ModLR']) assert.ok(!(name in tenant.contains), name)
    assert.equal(tenant.properties['name']!['isNaming'], true)
    assert.equal(tenant.properties['descr']!['isConfigurable'], true)
    assert.equal(tenant.properties['modTs']!['isConfigurable'], false)
  })

  it('list the values of a property, and its default under a name of its own', async () => {
    const fault = await describedAt('/doc/jsonmeta/fault/Inst.json', 'fault:Inst')
    assert.deepEqual(
      fault.properties['severity']!.validValues!.map(({ localName }) => localName),
      ['defaultValue', 'cleared', 'info', 'warning', 'minor', 'major', 'critical']
    )
  })

  it('know packages with digits, statistics and abstract classes', async () => {
    assert.equal((await describedAt('/doc/jsonmeta/l3ext/Out.json', 'l3ext:Out'))['label'], 'Out')
    const statistics = await describedAt('/doc/jsonmeta/eqpt/IngrTotal5min.json', 'eqpt:IngrTotal5min')
    assert.equal(statistics['isStat'], true)
    const info = await describedAt('/doc/jsonmeta/fault/Info.json', 'fault:Info')
    assert.equal(info['isAbstract'], true)
    assert.deepEqual(Object.keys(info.subClasses), ['fault:Inst', 'fault:Delegate'])
  })

  for (const path of ['/doc/jsonmeta/fv/Tenantt.json', '/doc/jsonmeta/fv/tenant.json', '/doc/jsonmeta/../api/x.json']) {
    it(`are a web page that says no at ${path}`, async () => {
      const { status, text } = await read(path)
      assert.equal(status, 404)
      assert.match(text, /Cisco APIC/)
    })
  }
})
