// The fabric as a REST endpoint: asked as other programs ask it, over HTTP.

import assert from 'node:assert/strict'
import { ApicSimulator } from '../simulator'
import { editor, filledIn } from './node-red'

interface Page {
  class: string
  page: number
  size: number
  more: boolean
  objects: { class: string; dn: string; attributes: Record<string, string> }[]
}

describe('the example of a REST endpoint', () => {
  let apic: ApicSimulator

  before(async () => {
    apic = await ApicSimulator.start({ fabric: 'empty' })
    for (let index = 0; index < 7; index += 1) apic.create('fvTenant', `uni/tn-t${index}`, { descr: 'made' })
    apic.create('fvTenant', 'uni/tn-sheet', { descr: '=1+1, "quoted"' })
    const flow = filledIn('The fabric as a REST endpoint', { controllers: { 'aci-ex14-apic': apic.urls } })
    for (const node of flow) if (node.type === 'aci-apic') node['requestTimeout'] = 1
    await editor.deploy(flow)
  })

  after(async () => {
    await editor.deploy([])
    await apic.close()
  })

  const ask = (query: string): Promise<Response> => editor.get(`/aci/objects/${query}`)
  const refused = async (query: string, status: number): Promise<{ error: string; code?: string }> => {
    const response = await ask(query)
    assert.equal(response.status, status)
    return (await response.json()) as { error: string; code?: string }
  }

  it('answers with the objects of a class, page after page', async () => {
    const pages: Page[] = []
    do {
      const response = await ask(
        `fvTenant?size=3&page=${pages.length}&filter=${encodeURIComponent('eq(fvTenant.descr,"made")')}`
      )
      assert.equal(response.status, 200)
      pages.push((await response.json()) as Page)
    } while (pages.at(-1)!.more)

    assert.deepEqual(
      pages.map(({ objects }) => objects.map(({ dn }) => dn.slice('uni/tn-'.length)).join()),
      ['t0,t1,t2', 't3,t4,t5', 't6']
    )
    assert.equal(pages[0]?.objects[0]?.attributes['descr'], 'made')
  })

  it('answers with CSV that no spreadsheet takes for a formula', async () => {
    const response = await ask(`fvTenant?format=csv&filter=${encodeURIComponent('eq(fvTenant.name,"sheet")')}`)

    assert.match(response.headers.get('content-type') ?? '', /^text\/csv/)
    const [head = '', row = ''] = (await response.text()).split('\r\n')
    assert.ok(head.split(',').includes('descr'), head)
    assert.match(row, /"'=1\+1, ""quoted"""/)
    const empty = await ask(`fvTenant?format=csv&filter=${encodeURIComponent('eq(fvTenant.name,"no")')}`)
    assert.deepEqual([empty.status, await empty.text()], [200, ''])
  })

  it('says what is wrong with a request', async () => {
    assert.match((await refused('fv-Tenant', 400)).error, /not a class name/)
    assert.match((await refused('fvTenant?page=-1', 400)).error, /^page/)
    assert.match((await refused('fvTenant?size=5000', 400)).error, /^size/)
    assert.match((await refused('fvTenant?format=xml', 400)).error, /^format/)
    assert.match((await refused('fvTenant?filter=a&filter=b', 400)).error, /^filter/)
  })

  it('answers in the words of the APIC where that refuses, and that it does not answer', async () => {
    const { error, code } = await refused('fvNoSuchClass', 422)
    assert.equal(code, 'ACI_QUERY')
    assert.match(error, /fvNoSuchClass/)

    const silent = apic.faults.request({ path: /fvTenant/, hang: true })
    assert.equal((await refused('fvTenant', 504)).code, 'ACI_TIMEOUT')
    silent.undo()
    assert.equal((await ask('fvTenant')).status, 200)
  })
})
