// Grave faults, with the health of their objects and the names of their nodes and tenants.

import assert from 'node:assert/strict'
import { ApicSimulator } from '../simulator'
import { editor, filledIn } from './node-red'

const SYSTEM = 'topology/pod-1/node-101/sys'
const TENANT = 'uni/tn-Production'

describe('the example of a health watch', () => {
  let apic: ApicSimulator

  before(async () => {
    apic = await ApicSimulator.start({ fabric: 'small' })
    apic.modify(`${SYSTEM}/health`, { cur: '87' })
    apic.modify(`${TENANT}/health`, { cur: '93' })
    apic.modify(`${TENANT}/ap-webshop/health`, { cur: '71' })
    await editor.deploy(filledIn('Health watch', { controllers: { 'aci-ex7-apic': apic.urls } }))
    await editor.subscribed('aci-ex7-sub')
  })

  after(async () => {
    await editor.deploy([])
    await apic.close()
  })

  const sent = (): Promise<string> => editor.debug('aci-ex7-report').next()

  const fault = (object: string, attributes: Record<string, string>): string => {
    const dn = `${object}/fault-F0001`
    apic.create('faultInst', dn, { descr: 'It does not work', ...attributes })
    return dn
  }

  it('tells a fault of equipment with its node and the health of that', async () => {
    const psu = `${SYSTEM}/ch/psuslot-1/psu`
    fault(psu, { severity: 'major' })
    const expected = new RegExp(
      `^127\\.0\\.0\\.1:\\d+: major fault F0001 of leaf-101 \\(health 87\\): It does not work \\[${psu}\\]$`
    )
    assert.match(await sent(), expected)
  })

  it('tells a fault of a tenant with the health of both, when it becomes grave', async () => {
    const profile = `${TENANT}/ap-webshop`
    const dn = fault(profile, { severity: 'warning' })
    apic.modify(dn, { severity: 'critical' })
    apic.modify(dn, { occur: '2' })
    assert.match(
      await sent(),
      /: critical fault F0001 of Production \(health 93\): It does not work \[uni\/tn-Production\/ap-webshop, health 71\]$/
    )
    fault(TENANT, { severity: 'critical' })
    assert.match(await sent(), /of Production \(health 93\): It does not work \[uni\/tn-Production, health 93\]$/)
  })

  it('tells a fault of something else, and one of what cannot be read, all the same', async () => {
    fault('uni/infra', { severity: 'critical' })
    assert.match(await sent(), /: critical fault F0001: It does not work \[uni\/infra\]$/)
    const broken = apic.faults.request({ path: '/api/mo/uni/tn-common', status: 400, body: '{"imdata":[]}' })
    fault('uni/tn-common', { severity: 'critical' })
    assert.match(await sent(), /: critical fault F0001: It does not work \[uni\/tn-common\]$/)
    assert.match(await editor.debug('aci-ex7-why').next(), /^ACI_/)
    broken.undo()
  })
})
