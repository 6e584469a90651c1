// A feed that goes blind and sees again, and what is sent of it.

import assert from 'node:assert/strict'
import { ApicSimulator } from '../simulator'
import { editor, filledIn } from './node-red'

describe('the example that watches the watcher', () => {
  let apic: ApicSimulator

  beforeEach(async () => {
    apic = await ApicSimulator.start({ controllers: 2 })
  })

  afterEach(async () => {
    await editor.deploy([])
    await apic.close()
  })

  const deploy = async (GRACE_SECONDS: string): Promise<void> => {
    const controllers = { 'aci-ex10-apic': apic.urls }
    await editor.deploy(filledIn('Watch the watcher', { controllers, env: { GRACE_SECONDS } }))
    await editor.subscribed('aci-ex10-sub')
  }

  it('alerts once when no controller can be reached, and once when events arrive again', async () => {
    await deploy('0.1')
    const alert = editor.debug('aci-ex10-alert')
    await Promise.all(apic.controllers.map((controller) => controller.down()))
    // On a slow machine the start itself may last longer than so short a grace.
    const blind = await alert.next((text) => text.includes('ACI_UNREACHABLE'))
    assert.match(blind, /^tenants and faults is blind since \d{4}-\d\d-\d\dT\S+Z: ACI_UNREACHABLE: .*127\.0\.0\.1:\d+/)
    assert.match(await editor.debug('aci-ex10-error').next(), /127\.0\.0\.1/)
    apic.create('fvTenant', 'uni/tn-meanwhile')
    await editor.status('aci-ex10-sub', ({ text }) => text?.includes('refuses') === true)
    await apic.controllers[1]!.up()
    assert.match(await alert.next(), /^tenants and faults sees again after 0 min \d+ s$/)
    assert.equal(await editor.debug('aci-ex10-events').next(), 'uni/tn-meanwhile')
    assert.deepEqual(alert.others(), [], 'whatever was tried in between')
  })

  it('says nothing of a connection that is soon replaced', async () => {
    await deploy('30')
    apic.faults.cutSockets('reset')
    await editor.status('aci-ex10-sub', ({ fill }) => fill !== 'green')
    await editor.subscribed('aci-ex10-sub')
    apic.create('fvTenant', 'uni/tn-after')
    await editor.debug('aci-ex10-events').next((topic) => topic === 'uni/tn-after')
    assert.deepEqual(editor.debug('aci-ex10-alert').all, [])
  })

  it('says that a login is refused', async () => {
    apic.users.setPassword('admin', 'another')
    const controllers = { 'aci-ex10-apic': apic.urls }
    await editor.deploy(filledIn('Watch the watcher', { controllers, env: { GRACE_SECONDS: '0.1' } }))
    assert.match(await editor.debug('aci-ex10-alert').next(), /is blind since \S+: ACI_AUTH: .*incorrect/)
  })
})
