// The editor under a root of its own and behind a login: nothing of ours may take it for granted that it is neither.

import assert from 'node:assert/strict'
import { useLab } from './lab'

describe('the editor under httpAdminRoot, with adminAuth', () => {
  const lab = useLab({ adminRoot: '/tools/red/', adminAuth: true })

  it('lets who may write go all the way to a subscription', async () => {
    const editor = await lab.open({ user: 'admin' })
    const node = await editor.add('aci-subscribe', 200, 120)
    await editor.edit(node)
    await editor.field('Subscribe to').selectOption('mo')
    await editor.field('DN').fill('uni/tn-common')
    await editor.addConfig('apic')
    await editor.field('Controller').fill(lab.apic.url)
    await editor.field('User name').fill('admin')
    await editor.field('Password').fill('password')
    await editor.done()
    await editor.done()
    await editor.deploy()
    await editor.status(node, 'subscribed')
  })

  it('lets who may only read look at everything', async () => {
    await lab.nodeRed.deploy([
      { id: 'tab', type: 'tab', label: 'deployed' },
      { id: 'apic', type: 'aci-apic', name: 'DC1', controllers: [lab.apic.url], auth: 'password' },
      { id: 'sub', type: 'aci-subscribe', z: 'tab', x: 200, y: 100, apic: 'apic', classes: 'fvTenant', wires: [[]] }
    ])
    const editor = await lab.open({ user: 'reader' })
    await editor.edit('sub')
    assert.equal(await editor.field('Classes').inputValue(), 'fvTenant')
    await editor.editConfig('apic')
    assert.equal(await editor.field('Controller').inputValue(), lab.apic.url)
  })
})
