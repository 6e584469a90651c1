// From an empty tab to events in the debug sidebar, in a real browser and by mouse and keyboard alone.

import assert from 'node:assert/strict'
import type { Editor } from './editor'
import { useLab } from './lab'

describe('aci-subscribe in the editor', () => {
  const lab = useLab()

  /** Drags both nodes in, wires them, and fills in the dialogs. */
  async function build(editor: Editor): Promise<string> {
    const node = await editor.add('aci-subscribe', 200, 120)
    const debug = await editor.add('debug', 500, 120)
    await editor.wire(node, debug)
    await editor.edit(node)
    await editor.field('Classes').fill('fvTenant, fvAp')
    await editor.field('modified').uncheck()
    await editor.addConfig('apic')
    await editor.field('Name').fill('DC1')
    await editor.field('Controller').fill(lab.apic.url)
    await editor.field('User name').fill('admin')
    await editor.field('Password').fill('password')
    await editor.done()
    await editor.done()
    return node
  }

  it('stands in a category of its own', async () => {
    const editor = await lab.open()
    const category = editor.category('Cisco ACI')
    await category.scrollIntoViewIfNeeded()
    const names = await category.locator('.red-ui-palette-node').allInnerTexts()
    assert.ok(names.map((name) => name.replace(/\s+/g, ' ').trim()).includes('aci subscribe'), names.join())
  })

  it('goes from the palette to events', async () => {
    const editor = await lab.open()
    const node = await build(editor)
    assert.equal(await editor.label(node), 'fvTenant, fvAp')
    assert.deepEqual(await editor.invalid(), [])

    await editor.deploy()
    await editor.status(node, 'subscribed')
    const messages = await editor.debugMessages()
    lab.apic.create('fvTenant', 'uni/tn-blue')
    await messages.filter({ hasText: 'uni/tn-blue' }).waitFor()
    lab.apic.create('fvAp', 'uni/tn-blue/ap-shop')
    await messages.filter({ hasText: 'uni/tn-blue/ap-shop' }).waitFor()
    assert.equal(await messages.count(), 2)
  })

  it('is found as it was when it is opened again', async () => {
    const editor = await lab.open()
    const node = await build(editor)
    await editor.deploy()
    await editor.reload()

    await editor.edit(node)
    assert.equal(await editor.field('Classes').inputValue(), 'fvTenant, fvAp')
    const ticks = ['created', 'modified', 'deleted'].map((event) => editor.field(event).isChecked())
    assert.deepEqual(await Promise.all(ticks), [true, false, true])
    assert.equal(await editor.field('APIC').locator('option:checked').innerText(), 'DC1')
    await editor.editConfig('apic')
    assert.equal(await editor.field('Name').inputValue(), 'DC1')
    assert.equal(await editor.field('Controller').inputValue(), lab.apic.url)
    assert.equal(await editor.field('User name').inputValue(), 'admin')
    // The editor shows that there is a password, and never knows which.
    assert.match(await editor.field('Password').inputValue(), /^__PWRD__$/)
    await editor.done()
    await editor.done()

    // What was not changed is stored as it was, the password above all.
    const before = await lab.nodeRed.flow()
    await editor.edit(node)
    await editor.field('Scope').selectOption('subtree')
    await editor.done()
    await editor.deploy()
    await editor.status(node, 'subscribed')
    const scopes = (await lab.nodeRed.flow()).map((stored) =>
      stored.id === node ? { ...stored, scope: 'self' } : stored
    )
    assert.deepEqual(scopes, before)
  })

  it('says what is missing before the dialog is opened, and in it', async () => {
    const editor = await lab.open()
    const node = await editor.add('aci-subscribe', 200, 120)
    assert.match((await editor.invalid()).join(), /APIC.*Enter a class, such as fvTenant/)
    await editor.edit(node)
    await editor.wrong('Classes').waitFor()
    await editor.field('Classes').fill('fvTenant')
    await editor.field('Classes').blur()
    await editor.wrong('Classes').waitFor({ state: 'detached' })
    await editor.field('Classes').fill('fv-Tenant')
    await editor.field('Classes').blur()
    await editor.wrong('Classes').waitFor()
    await editor.cancel()
  })

  it('forgets what was typed when the dialog is cancelled', async () => {
    const editor = await lab.open()
    const node = await build(editor)
    await editor.edit(node)
    await editor.field('Classes').fill('not a class!')
    await editor.field('Subscribe to').selectOption('mo')
    await editor.cancel()
    assert.deepEqual(await editor.invalid(), [])
    assert.equal(await editor.label(node), 'fvTenant, fvAp')
  })

  it('offers the whole result in place of events, and shows the settings of what is chosen', async () => {
    const editor = await lab.open()
    const node = await build(editor)
    await editor.edit(node)
    const shown = async (label: string): Promise<boolean> => editor.field(label).first().isVisible()
    const visible = async (): Promise<boolean[]> =>
      Promise.all(['created', 'Snapshot', 'Outputs', 'Interval'].map(shown))
    assert.deepEqual(await visible(), [true, true, true, false])
    await editor.field('Outputs').selectOption('3')

    await editor.field('Send').selectOption('rows')

    assert.deepEqual(await visible(), [false, false, false, true])
    assert.equal(await editor.field('Interval').inputValue(), '1')
    await editor.field('Interval').fill('0.2')
    await editor.done()
    await editor.deploy()
    await editor.status(node, 'subscribed')
    const stored = (await lab.nodeRed.flow()).find(({ id }) => id === node) as unknown as Record<string, unknown>
    assert.deepEqual([stored['emit'], String(stored['interval']), Number(stored['outputs'])], ['rows', '0.2', 1])
    const messages = await editor.debugMessages()
    lab.apic.create('fvTenant', 'uni/tn-whole')
    await messages.filter({ hasText: 'array[' }).first().waitFor()
    assert.deepEqual(await editor.invalid(), [])
  })
})
