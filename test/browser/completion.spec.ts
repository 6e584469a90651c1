// What the dialogs offer while one types: classes by name and by words, and the next part of a DN.

import assert from 'node:assert/strict'
import type { Locator } from 'playwright-core'
import type { Editor } from './editor'
import { useLab } from './lab'
import { connectionTo } from './node-red'

/** The rows of the open menu. */
function rows(editor: Editor): Locator {
  return editor.page.locator('.red-ui-autoComplete-container li')
}

/** Types into a field as it is, behind what is there. */
async function type(editor: Editor, label: string, text: string): Promise<void> {
  await editor.field(label).press('End')
  await editor.field(label).pressSequentially(text)
}

/** Goes down in the menu to the row that has this text, and takes it. */
async function take(editor: Editor, text: string): Promise<void> {
  await rows(editor).filter({ hasText: text }).first().waitFor()
  const index = (await rows(editor).allInnerTexts()).findIndex((row) => row.includes(text))
  for (let step = 0; step <= index; step += 1) await editor.page.keyboard.press('ArrowDown')
  await editor.page.keyboard.press('Enter')
  await rows(editor).first().waitFor({ state: 'detached' })
}

describe('completion in the dialogs', () => {
  const lab = useLab()

  /** An open dialog of a node that is wired to a debug node, with a fabric to ask. */
  async function opened(kind: 'aci-subscribe' | 'aci-query', language = 'en-US'): Promise<Editor> {
    await lab.nodeRed.deploy([
      { id: 'tab', type: 'tab', label: 'Flow' },
      connectionTo(lab.apic),
      { id: 'node', type: kind, z: 'tab', x: 200, y: 100, apic: 'apic', wires: [['debug']] },
      { id: 'debug', type: 'debug', z: 'tab', x: 500, y: 100, active: true, tosidebar: true, wires: [] }
    ])
    const editor = await lab.open({ language })
    await editor.edit('node')
    return editor
  }

  it('goes from a word to events by keyboard alone', async () => {
    const editor = await opened('aci-subscribe')
    await type(editor, 'Classes', 'endpoint')
    await rows(editor).filter({ hasText: 'fvCEp' }).waitFor()
    await rows(editor).filter({ hasText: 'fvIp' }).first().waitFor()
    await take(editor, 'fvIp')
    assert.equal(await editor.field('Classes').inputValue(), 'fvIp')
    await type(editor, 'Classes', ', tenant')
    await rows(editor).first().waitFor()
    await editor.page.keyboard.press('Tab')
    assert.equal(await editor.field('Classes').inputValue(), 'fvIp, fvTenant')
    await editor.done()
    assert.equal(await editor.label('node'), 'fvIp, fvTenant')

    await editor.deploy()
    await editor.status('node', 'subscribed')
    const messages = await editor.debugMessages()
    lab.apic.create('fvTenant', 'uni/tn-green')
    await messages.filter({ hasText: 'uni/tn-green' }).waitFor()
  })

  it('checks at once what Enter took', async () => {
    const editor = await opened('aci-subscribe')
    await editor.wrong('Classes').waitFor()
    await type(editor, 'Classes', 'fvTen')
    await rows(editor).first().waitFor()
    await editor.page.keyboard.press('Enter')
    assert.equal(await editor.field('Classes').inputValue(), 'fvTenant')
    await editor.wrong('Classes').waitFor({ state: 'detached' })
  })

  it('puts the class in the middle of a list, and goes on there', async () => {
    const editor = await opened('aci-subscribe')
    await editor.field('Classes').fill('fvBD, , fvCtx')
    await editor.field('Classes').press('Home')
    for (let step = 0; step < 6; step += 1) await editor.page.keyboard.press('ArrowRight')
    await editor.page.keyboard.type('tenant')
    await take(editor, 'fvTenant')
    await editor.page.keyboard.type('X')
    assert.equal(await editor.field('Classes').inputValue(), 'fvBD, fvTenantX, fvCtx')
  })

  it('leaves alone what no class of the catalogue is', async () => {
    const editor = await opened('aci-subscribe')
    await type(editor, 'Classes', 'acmeWidget')
    await editor.page.keyboard.press('Tab')
    assert.equal(await editor.field('Classes').inputValue(), 'acmeWidget')
    await editor.field('Classes').fill('')
    await type(editor, 'Classes', 'fvAE')
    await rows(editor).first().waitFor()
    await editor.page.keyboard.press('Escape')
    await rows(editor).first().waitFor({ state: 'detached' })
    assert.equal(await editor.field('Classes').inputValue(), 'fvAE')
  })

  it('keeps the name of a class that it does not have, though others are like it', async () => {
    const editor = await opened('aci-query')
    await type(editor, 'Classes', 'isisIf')
    await rows(editor).filter({ hasText: 'isisAdjEp' }).waitFor()
    assert.match(await rows(editor).first().innerText(), /isisIf\s+as typed/)
    await editor.page.keyboard.press('Tab')
    assert.equal(await editor.field('Classes').inputValue(), 'isisIf')
  })

  it('takes nothing from who only walks through', async () => {
    const editor = await opened('aci-subscribe')
    await editor.field('Scope').focus()
    await editor.page.keyboard.press('Shift+Tab')
    await editor.page.keyboard.press('Tab')
    assert.equal(await editor.field('Classes').inputValue(), '')
    await editor.field('Classes').press('ArrowDown')
    await rows(editor).filter({ hasText: 'fvTenant' }).first().waitFor()
  })

  it('warns of statistics where one subscribes, and only there', async () => {
    const subscriber = await opened('aci-subscribe')
    await type(subscriber, 'Classes', 'eqptIngrTotal5min')
    await rows(subscriber).filter({ hasText: 'eqptIngrTotal5min' }).filter({ hasText: 'never pushed' }).waitFor()
    const reader = await opened('aci-query')
    await type(reader, 'Classes', 'eqptIngrTotal5min')
    await rows(reader).filter({ hasText: 'eqptIngrTotal5min' }).waitFor()
    assert.equal(await rows(reader).filter({ hasText: 'never pushed' }).count(), 0)
  })

  it('goes on in a DN, by its RNs and by words', async () => {
    const editor = await opened('aci-subscribe')
    await editor.field('Subscribe to').selectOption('mo')
    await editor.field('DN').press('ArrowDown')
    await take(editor, 'uni')
    assert.equal(await editor.field('DN').inputValue(), 'uni')
    await type(editor, 'DN', '/ten')
    await take(editor, 'tn-')
    await type(editor, 'DN', 'blue/bridge domain')
    await take(editor, 'BD-')
    await type(editor, 'DN', 'web')
    assert.equal(await editor.field('DN').inputValue(), 'uni/tn-blue/BD-web')
    await rows(editor).first().waitFor({ state: 'detached' })
    await editor.field('Scope').selectOption('subtree')
    await type(editor, 'Only classes', 'subnet')
    await take(editor, 'fvSubnet')
    await editor.done()
    assert.equal(await editor.label('node'), 'fvSubnet · uni/tn-blue/BD-web')

    lab.apic.create('fvTenant', 'uni/tn-blue')
    lab.apic.create('fvBD', 'uni/tn-blue/BD-web')
    await editor.deploy()
    await editor.status('node', 'subscribed')
    const messages = await editor.debugMessages()
    lab.apic.create('fvSubnet', 'uni/tn-blue/BD-web/subnet-[10.0.0.1/24]')
    await messages.filter({ hasText: '10.0.0.1/24' }).waitFor()
  })

  it('goes on where the caret is, before what else the DN has', async () => {
    const editor = await opened('aci-query')
    await editor.field('Read').selectOption('mo')
    await editor.field('DN').fill('uni//ap-shop')
    await editor.field('DN').press('Home')
    for (let step = 0; step < 4; step += 1) await editor.page.keyboard.press('ArrowRight')
    await take(editor, 'tn-')
    await editor.page.keyboard.type('blue')
    assert.equal(await editor.field('DN').inputValue(), 'uni/tn-blue/ap-shop')
  })

  it('offers classes below and children, too', async () => {
    const editor = await opened('aci-query')
    for (const [choice, option, field] of [
      ['Scope', 'subtree', 'Only classes'],
      ['Children', 'children', 'Child classes']
    ] as const) {
      await editor.field(choice).selectOption(option)
      await type(editor, field, 'bridge domain')
      await take(editor, 'fvBD')
      assert.equal(await editor.field(field).inputValue(), 'fvBD')
    }
  })

  it('speaks the language of the editor', async () => {
    const editor = await opened('aci-query', 'de')
    await type(editor, 'Klassen', 'endpunkt')
    await rows(editor)
      .filter({ hasText: 'fvCEp' })
      .filter({ hasText: /endpunkt/i })
      .first()
      .waitFor()
  })
})
