// The first example that anybody imports: three ways to watch, and buttons that make things happen.

import assert from 'node:assert/strict'
import { ApicSimulator } from '../simulator'
import { editor, filledIn } from './node-red'

describe('the example of tenants and application profiles', () => {
  let apic: ApicSimulator

  before(async () => {
    apic = await ApicSimulator.start()
    const controllers = { 'aci-ex1-apic': apic.urls }
    await editor.deploy(filledIn('Tenants and application profiles', { controllers }))
    await editor.subscribed('aci-ex1-sub1', 'aci-ex1-sub2', 'aci-ex1-sub3')
  })

  after(async () => {
    await editor.deploy([])
    await apic.close()
  })

  it('tells what each of its buttons does', async () => {
    const [common, tenants, both] = [1, 2, 3].map((number) => editor.debug(`aci-ex1-debug${number}`))
    await editor.press('aci-ex1-inject1')
    assert.equal(await both!.next(), 'uni/tn-WS_Example has been created')
    await editor.press('aci-ex1-inject2')
    assert.equal(await both!.next(), 'uni/tn-WS_Example/ap-Example_App has been created')
    await editor.press('aci-ex1-inject3')
    assert.equal(await both!.next(), 'uni/tn-WS_Example/ap-Example_App has been deleted')
    await editor.press('aci-ex1-inject4')
    assert.equal(await both!.next(), 'uni/tn-WS_Example has been deleted')
    apic.modify('uni/tn-common', { descr: 'the end' })
    assert.equal(await common!.next(), 'uni/tn-common has been modified')
    assert.equal(await both!.next(), 'uni/tn-common has been modified')
    assert.deepEqual(await tenants!.take(3), [
      'uni/tn-WS_Example has been created',
      'uni/tn-WS_Example has been deleted',
      'uni/tn-common has been modified'
    ])
    assert.deepEqual([...common!.others(), ...tenants!.others(), ...both!.others()], [])
  })

  it('shows what the APIC refuses', async () => {
    await editor.press('aci-ex1-inject2')
    assert.match(await editor.debug('aci-ex1-refused').next(), /^ACI_QUERY: .*uni\/tn-WS_Example/)
  })
})
