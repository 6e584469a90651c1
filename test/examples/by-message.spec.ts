// Buttons that subscribe, unsubscribe, list and read again.

import assert from 'node:assert/strict'
import { ApicSimulator } from '../simulator'
import { editor, filledIn } from './node-red'

interface Listed {
  readonly state: string
  readonly classes?: string
  readonly dn?: string
}

describe('the example that subscribes by message', () => {
  let apic: ApicSimulator

  before(async () => {
    apic = await ApicSimulator.start({ auditLimit: 0 })
    await editor.deploy(filledIn('Subscribe by message', { controllers: { 'aci-ex9-apic': apic.urls } }))
  })

  after(async () => {
    await editor.deploy([])
    await apic.close()
  })

  const press = (button: string): Promise<void> => editor.press(`aci-ex9-${button}`)

  const listed = async (): Promise<string[]> => {
    await press('list')
    const list = await editor.debug<Listed[]>('aci-ex9-subscriptions').next()
    return list.map(({ classes, dn, state }) => `${classes ?? dn} ${state}`)
  }

  it('does what each button says', async () => {
    const events = editor.debug('aci-ex9-events')
    await press('tenants')
    await editor.subscribed('aci-ex9-sub')
    apic.create('fvTenant', 'uni/tn-blue')
    assert.equal(await events.next(), 'created: fvTenant uni/tn-blue')

    await press('common')
    assert.equal(await events.next(), 'existing: fvBD uni/tn-common/BD-default', 'what exists is sent, too')
    apic.create('fvSubnet', 'uni/tn-common/BD-default/subnet-[10.0.0.1/24]')
    assert.equal(await events.next(), 'created: fvSubnet uni/tn-common/BD-default/subnet-[10.0.0.1/24]')

    await press('critical')
    while ((await listed()).join() !== 'fvTenant live,uni/tn-common live,faultInst live') continue
    const port = 'topology/pod-1/node-1/fault-F0532'
    apic.create('faultInst', port, { severity: 'warning' })
    apic.modify(port, { severity: 'critical' })
    assert.equal(await events.next(), `created: faultInst ${port}`, 'it begins to match')

    await press('no-tenants')
    assert.deepEqual(await listed(), ['uni/tn-common live', 'faultInst live'])
    apic.create('fvTenant', 'uni/tn-green')

    apic.faults.goSilent()
    apic.delete('uni/tn-common/BD-default/subnet-[10.0.0.1/24]')
    await press('resync')
    assert.equal(await events.next(), 'deleted: fvSubnet uni/tn-common/BD-default/subnet-[10.0.0.1/24]')

    await press('nothing')
    assert.deepEqual(await listed(), [])
    assert.deepEqual(events.others(), [], 'nothing else is sent')
  })

  it('shows what is refused, with code and reason', async () => {
    await press('wrong')
    assert.match(await editor.debug('aci-ex9-refusals').next(), /^ACI_QUERY: .*unresolved class for fvTenantt/)
  })
})
