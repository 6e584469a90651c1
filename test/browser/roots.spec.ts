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
    const press = (button: string): Promise<void> => editor.dialog.getByRole('button', { name: button }).click()
    await press('Test connection')
    await editor.dialog.getByText('The connection works').waitFor()
    await editor.done()
    await editor.done()
    await editor.deploy()
    await editor.status(node, 'subscribed')

    // Every part of the dialog asks by an address that is relative to the editor's, and with the user's login.
    await editor.edit(node)
    await press('Choose from the fabric')
    await editor.dialog.getByRole('treeitem').filter({ hasText: 'common' }).first().waitFor()
    await press('Preview')
    await editor.dialog.getByText('One object matches.').waitFor()
    await press('Live view')
    await editor.dialog.getByText('Waiting for events').waitFor()
    lab.apic.modify('uni/tn-common', { descr: 'new' })
    await editor.dialog.getByRole('region', { name: 'Live view' }).getByText('modified').waitFor()
    await editor.cancel()
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
