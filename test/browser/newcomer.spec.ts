// From an empty Node-RED to "faults of severity critical under tenant blue", by pointing and choosing only: what is typed
// is where the fabric is and who logs in, which nobody else can know.

import assert from 'node:assert/strict'
import type { Locator } from 'playwright-core'
import type { Editor } from './editor'
import { useLab } from './lab'

const TENANT = 'uni/tn-blue'

/** Unfolds a part of the dialog by its button. */
async function unfold(editor: Editor, button: string): Promise<void> {
  await editor.dialog.getByRole('button', { name: button }).click()
}

/** Points at an empty field, and at a row of the list that opens. */
async function pick(editor: Editor, label: string, row: string): Promise<void> {
  await editor.field(label).click()
  await editor.page.locator('.red-ui-autoComplete-container li').filter({ hasText: row }).first().click()
}

function liveRow(editor: Editor, dn: string): Locator {
  return editor.dialog.getByRole('region', { name: 'Live view' }).locator('li').filter({ hasText: dn })
}

describe('a newcomer', () => {
  const lab = useLab()

  before(() => {
    lab.apic.create('fvTenant', TENANT)
    lab.apic.create('fvAp', `${TENANT}/ap-shop`)
    lab.apic.create('faultInst', `${TENANT}/fault-F0001`, { severity: 'critical' })
    lab.apic.create('faultInst', `${TENANT}/ap-shop/fault-F0002`, { severity: 'critical' })
    lab.apic.create('faultInst', `${TENANT}/ap-shop/fault-F0003`, { severity: 'minor' })
  })

  for (const dark of [false, true]) {
    it(`points and chooses until the right faults come, in ${dark ? 'dark' : 'light'} colours`, async () => {
      const editor = await lab.open({ dark })
      const node = await editor.add('aci-subscribe', 200, 120)
      const debug = await editor.add('debug', 500, 120)
      await editor.wire(node, debug)

      await editor.edit(node)
      await editor.addConfig('apic')
      await editor.field('Controller').fill(lab.apic.url)
      await editor.field('User name').fill('admin')
      await editor.field('Password').fill('password')
      await unfold(editor, 'Test connection')
      await editor.dialog.getByText('The connection works').waitFor()
      await editor.done()
      await pick(editor, 'Classes', 'faultInst')
      await editor.done()
      await editor.deploy()
      await editor.status(node, 'subscribed')

      // Now that the connection is deployed, the dialog knows the fabric.
      await editor.edit(node)
      await editor.field('Subscribe to').selectOption('one managed object')
      await unfold(editor, 'Choose from the fabric')
      await editor.dialog.getByRole('treeitem').filter({ hasText: 'blue' }).dblclick()
      await editor.field('Scope').selectOption('subtree: with all that is below')
      await pick(editor, 'Only classes', 'faultInst')
      await unfold(editor, 'Build the filter')
      const condition = editor.dialog.getByRole('group', { name: 'Condition 1' })
      await condition.getByLabel('Attribute').filter({ visible: true }).selectOption({ label: 'severity' })
      await condition.getByLabel('Value').filter({ visible: true }).selectOption({ label: 'critical' })
      await unfold(editor, 'Preview')
      await editor.dialog.getByText('2 objects match.').waitFor()
      await editor.done()
      assert.deepEqual(await editor.invalid(), [])
      await editor.deploy()
      await editor.status(node, 'subscribed')

      // Opened again it is as it was, and shows what comes.
      await editor.edit(node)
      assert.equal(await editor.field('DN').inputValue(), TENANT)
      assert.equal(await editor.field('Only classes').inputValue(), 'faultInst')
      assert.equal(await editor.field('Filter').inputValue(), 'eq(faultInst.severity,"critical")')
      await unfold(editor, 'Live view')
      await editor.dialog.getByText('Waiting for events').waitFor()
      const [raised, minor, elsewhere] = [
        `${TENANT}/ap-shop/fault-F1001`,
        `${TENANT}/ap-shop/fault-F1002`,
        'uni/tn-common/fault-F1003'
      ]
      lab.apic.create('faultInst', elsewhere, { severity: 'critical' })
      lab.apic.create('faultInst', minor, { severity: 'minor' })
      lab.apic.create('faultInst', raised, { severity: 'critical' })
      await liveRow(editor, raised).waitFor()
      assert.equal(await liveRow(editor, minor).count(), 0)
      assert.equal(await liveRow(editor, elsewhere).count(), 0)
      await editor.cancel()
      const messages = await editor.debugMessages()
      await messages.filter({ hasText: raised }).waitFor()
      assert.equal(await messages.count(), 1)
      for (const dn of [raised, minor, elsewhere]) lab.apic.delete(dn)
    })
  }
})
