// Choosing an object from the tree of the live fabric, by mouse and by keyboard, and what is said when that cannot be had.

import assert from 'node:assert/strict'
import type { Locator } from 'playwright-core'
import type { Editor, EditorOptions } from './editor'
import { useLab, type Lab } from './lab'
import { connectionTo } from './node-red'

type Settings = Readonly<Record<string, unknown>>

/** An open dialog of a node that has a deployed connection to the lab's fabric. */
async function opened(lab: Lab, settings: Settings = {}, options: EditorOptions = {}): Promise<Editor> {
  await lab.nodeRed.deploy([
    { id: 'tab', type: 'tab', label: 'Flow' },
    connectionTo(lab.apic),
    {
      ...{
        id: 'node',
        type: 'aci-subscribe',
        z: 'tab',
        x: 200,
        y: 100,
        apic: 'apic',
        target: 'mo',
        wires: [['debug']]
      },
      ...settings
    },
    { id: 'debug', type: 'debug', z: 'tab', x: 500, y: 100, active: true, tosidebar: true, wires: [] }
  ])
  const editor = await lab.open(options)
  await editor.edit('node')
  return editor
}

function button(editor: Editor): Locator {
  return editor.dialog.getByRole('button', { name: 'Choose from the fabric' })
}

function tree(editor: Editor): Locator {
  return editor.dialog.getByRole('tree', { name: 'Objects of the fabric' })
}

/** The row that shows these words, such as the name of an object and its class. */
function row(editor: Editor, ...words: readonly string[]): Locator {
  return words.reduce(
    (rows, word) => rows.filter({ has: editor.page.getByText(word, { exact: true }) }),
    tree(editor).getByRole('treeitem')
  )
}

/** The row that the keyboard is on. */
function current(editor: Editor): Locator {
  return tree(editor).locator('.focus').getByRole('treeitem')
}

/** Goes down, or another way, until the keyboard is on the row with these words. */
async function goTo(editor: Editor, words: string, key = 'ArrowDown'): Promise<void> {
  await tree(editor).getByRole('treeitem').filter({ hasText: words }).first().waitFor()
  for (let step = 0; step < 300; step += 1) {
    if (((await current(editor).textContent()) ?? '').startsWith(words)) return
    await editor.page.keyboard.press(key)
  }
  assert.fail(`the keyboard does not come to ${words}`)
}

async function hasFocus(editor: Editor, locator: Locator): Promise<void> {
  const element = await locator.elementHandle()
  await editor.page.waitForFunction((wanted) => document.activeElement === wanted, element)
}

describe('the object browser', () => {
  const lab = useLab()

  before(() => {
    lab.apic.create('fvTenant', 'uni/tn-blue', { descr: 'our own' })
    lab.apic.create('fvAp', 'uni/tn-blue/ap-shop')
    lab.apic.create('fvAEPg', 'uni/tn-blue/ap-shop/epg-web')
    for (let index = 0; index < 250; index += 1) {
      lab.apic.create('fvAp', `uni/tn-mgmt/ap-app${index}`, { descr: index % 100 === 7 ? 'Special' : '' })
    }
  })

  it('leads to an object by keyboard alone', async () => {
    const editor = await opened(lab)
    await editor.wrong('DN').waitFor()
    await editor.field('DN').focus()
    await editor.page.keyboard.press('Tab')
    await hasFocus(editor, button(editor))
    await editor.page.keyboard.press('Enter')
    await hasFocus(editor, tree(editor))
    await goTo(editor, 'uni')
    await goTo(editor, 'blue')
    await editor.page.keyboard.press('ArrowRight')
    await goTo(editor, 'shop')
    assert.equal(await editor.field('DN').inputValue(), '', 'who only looks around changes nothing')
    await editor.page.keyboard.press('Enter')

    await hasFocus(editor, editor.field('DN'))
    assert.equal(await editor.field('DN').inputValue(), 'uni/tn-blue/ap-shop')
    assert.ok(await tree(editor).isHidden())
    assert.equal(await editor.page.locator('.red-ui-autoComplete-container').count(), 0, 'no menu opens')
    await editor.wrong('DN').waitFor({ state: 'detached' })
    await editor.page.keyboard.press('Tab')
    await hasFocus(editor, button(editor))
    await editor.done()
    assert.equal(await editor.label('node'), 'uni/tn-blue/ap-shop')
  })

  it('leads to the faults below an object by pointing', async () => {
    const editor = await opened(lab)
    await button(editor).click()
    await row(editor, 'blue', 'fvTenant', 'our own').click()
    assert.equal(await editor.field('DN').inputValue(), 'uni/tn-blue')
    await row(editor, 'shop').click()
    await row(editor, 'web').dblclick()
    await tree(editor).waitFor({ state: 'hidden' })
    await hasFocus(editor, editor.field('DN'))
    assert.equal(await editor.field('DN').inputValue(), 'uni/tn-blue/ap-shop/epg-web')
    await editor.field('Scope').selectOption('subtree')
    await editor.field('Only classes').fill('faultInst')
    await editor.done()
    assert.equal(await editor.label('node'), 'faultInst · uni/tn-blue/ap-shop/epg-web')

    await editor.deploy()
    await editor.status('node', 'subscribed')
    const messages = await editor.debugMessages()
    lab.apic.create('faultInst', 'uni/tn-blue/ap-shop/epg-web/fault-F0467', { severity: 'critical' })
    await messages.filter({ hasText: 'fault-F0467' }).waitFor()
    lab.apic.delete('uni/tn-blue/ap-shop/epg-web/fault-F0467')
  })

  it('shows what is there as text, and says what is not', async () => {
    const hostile = '<img src=x onerror="throw new Error(1)">'
    lab.apic.create('fvTenant', 'uni/tn-hostile', { descr: hostile })
    const editor = await opened(lab, { dn: 'uni/tn-hostile' })
    await button(editor).click()
    await row(editor, 'hostile', hostile).waitFor()
    await hasFocus(editor, tree(editor))
    await goTo(editor, 'hostile')
    await editor.page.keyboard.press('ArrowRight')
    await row(editor, 'Nothing below').waitFor()
    await editor.dialog.getByText('Objects below uni: ').waitFor()
    lab.apic.delete('uni/tn-hostile')
    await editor.dialog.getByRole('button', { name: 'Read again' }).click()
    await editor.dialog.getByText('Not found: uni/tn-hostile does not exist').waitFor()
    assert.equal(await row(editor, 'hostile').count(), 0)
  })

  it('shows many objects page by page', async () => {
    const editor = await opened(lab)
    await button(editor).click()
    await row(editor, 'mgmt').click()
    await row(editor, 'app0').waitFor()
    const apps = tree(editor).getByRole('treeitem').filter({ hasText: 'fvAp' })
    await row(editor, 'Show more (100 of 250)').waitFor()
    const before = await apps.count()
    assert.ok(before <= 100)
    // An open one stays open.
    await row(editor, 'app1').click()
    await row(editor, 'Nothing below').waitFor()
    await row(editor, 'Show more (100 of 250)').click()
    await row(editor, 'Show more (200 of 250)').waitFor()
    assert.equal(await apps.count(), before + 100)
    assert.equal(await row(editor, 'Nothing below').count(), 1)
    assert.equal(await editor.field('DN').inputValue(), 'uni/tn-mgmt/ap-app1', 'a remark is not chosen')

    await hasFocus(editor, tree(editor))
    await editor.page.keyboard.press('End')
    await goTo(editor, 'Show more', 'ArrowUp')
    await editor.page.keyboard.press('Enter')
    await row(editor, 'app249').waitFor()
    await editor.page.waitForFunction(() => document.querySelector('.aci-tree .focus')?.textContent.includes('app'))
    assert.equal(await tree(editor).getByText('Show more').count(), 0)
  })

  it('filters what is below the object that is chosen', async () => {
    const editor = await opened(lab)
    await button(editor).click()
    await row(editor, 'mgmt').click()
    await row(editor, 'app0').waitFor()
    const filter = editor.dialog.getByRole('textbox', { name: 'Filter below uni/tn-mgmt' })
    await filter.click()
    await editor.page.keyboard.type('SPECIAL')
    await editor.dialog.getByText('Objects below uni/tn-mgmt that pass the filter: 3 / 250').waitFor()
    const apps = tree(editor).getByRole('treeitem').filter({ hasText: 'fvAp' })
    assert.deepEqual(await apps.locator('.aci-tree-name').allTextContents(), ['app7', 'app107', 'app207'])
    await row(editor, 'common').waitFor()

    await editor.page.keyboard.press('Escape')
    await row(editor, 'app0').waitFor()
    assert.equal(await filter.inputValue(), '')
    await editor.page.keyboard.type('no such thing')
    await row(editor, 'Nothing here passes the filter').waitFor()
    await editor.page.keyboard.press('ArrowDown')
    await hasFocus(editor, tree(editor))
    // From what is said of a level, too, the filter is for that level, and remains so.
    await goTo(editor, 'Nothing here')
    await filter.fill('special')
    await editor.dialog.getByText('Objects below uni/tn-mgmt that pass the filter: 3 / 250').waitFor()
    assert.equal(await filter.inputValue(), 'special')
    await tree(editor).focus()
    await editor.page.keyboard.press('Escape')
    await tree(editor).waitFor({ state: 'hidden' })
    await hasFocus(editor, button(editor))
    assert.ok(await editor.field('DN').isVisible(), 'the dialog stays')
  })

  it('opens at the object that the field has, wherever that is', async () => {
    const editor = await opened(lab, { type: 'aci-query', dn: 'uni/tn-mgmt/ap-app240' })
    await button(editor).click()
    await tree(editor).locator('.selected').getByText('app240', { exact: true }).waitFor()
    await row(editor, 'Show more (101 of 250)').waitFor()
    assert.equal(await current(editor).getAttribute('aria-selected'), 'true')
    await button(editor).click()
    await editor.field('DN').fill('uni/tn-blue/ap-shop/epg-nobody')
    await button(editor).click()
    await editor.dialog.getByText('Not found: uni/tn-blue/ap-shop/epg-nobody').waitFor()
    await row(editor, 'web').waitFor()
    assert.match((await current(editor).textContent()) ?? '', /^shop/)
  })

  it('is there where objects are sent to, too', async () => {
    const editor = await opened(lab, { type: 'aci-push', action: 'post', dn: 'uni' })
    await button(editor).click()
    await row(editor, 'blue').dblclick()
    await editor.field('DN').and(editor.page.locator(':focus')).waitFor()
    assert.equal(await editor.field('DN').inputValue(), 'uni/tn-blue')
    await button(editor).click()
    await tree(editor).locator('.selected').getByText('blue', { exact: true }).waitFor()
    await editor.cancel()
  })

  it('says why there is nothing to see, and tries again', async () => {
    const editor = await opened(lab)
    editor.expectRefusals(/aci-apic\/.*\/children/)
    await lab.apic.controllers[0]!.down()
    await button(editor).click()
    await tree(editor).getByText('refuses connections').waitFor()
    await lab.apic.controllers[0]!.up()
    // By now the connection may wait half a minute before it tries again.
    await lab.apic.until(() => lab.apic.sockets.length > 0, 35_000)
    await tree(editor).getByText('Try again').click()
    await row(editor, 'topology').waitFor()

    lab.apic.faults.request({ path: '/api/mo/topology.json', status: 400, text: 'not today', times: 1 })
    await row(editor, 'topology').click()
    await tree(editor).getByText('not today').waitFor()
    await tree(editor).getByText('Try again').click()
    await row(editor, 'fabricPod').first().waitFor()
  })

  it('asks for a connection that is chosen and deployed', async () => {
    const editor = await opened(lab, { apic: '' })
    editor.expectRefusals(/aci-apic\/.*\/children/)
    assert.equal(await editor.field('APIC').inputValue(), 'apic', 'the only one there is')
    await editor.field('APIC').selectOption('_ADD_')
    await button(editor).click()
    await tree(editor).getByText('Choose an APIC first').waitFor()
    await editor.field('APIC').selectOption('apic')
    await row(editor, 'topology').waitFor()
    await editor.addConfig('apic')
    await editor.field('Controller').fill(lab.apic.url)
    await editor.field('User name').fill('admin')
    await editor.field('Password').fill('password')
    await editor.done()
    await tree(editor).getByText('Deploy first').waitFor()
  })
})

describe('the object browser of who may only look', () => {
  const lab = useLab({ adminAuth: true })

  it('shows nothing, and says so', async () => {
    const editor = await opened(lab, {}, { user: 'reader' })
    editor.expectRefusals(/aci-apic\/.*\/children/)
    await button(editor).click()
    await tree(editor).getByText('it needs the permission aci-apic.write').waitFor()
    assert.equal(await tree(editor).getByRole('treeitem').count(), 1)
  })
})
