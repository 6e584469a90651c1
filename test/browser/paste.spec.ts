// A request that is pasted into one field fills the whole dialog, and the dialog tells what became of it.

import assert from 'node:assert/strict'
import type { Editor } from './editor'
import { useLab } from './lab'

/** Copies a text elsewhere in the page, and pastes it into a field, by the keyboard. */
async function paste(editor: Editor, label: string, text: string): Promise<void> {
  await editor.page.evaluate((copied) => {
    $('<textarea id="copied">').val(copied).appendTo('body').trigger('focus').trigger('select')
  }, text)
  await editor.page.keyboard.press('Control+C')
  await editor.page.evaluate(() => $('#copied').remove())
  await editor.field(label).focus()
  await editor.page.keyboard.press('Control+V')
}

const CRITICAL =
  'https://apic.example.com/api/node/class/faultInst.json?query-target-filter=eq(faultInst.severity,"critical")' +
  '&order-by=faultInst.created|desc&page-size=100&subscription=yes'

describe('a request that is pasted', () => {
  const lab = useLab()

  async function opened(kind: 'aci-subscribe' | 'aci-query'): Promise<Editor> {
    const editor = await lab.open()
    await editor.edit(await editor.add(kind, 200, 120))
    return editor
  }

  async function values(editor: Editor, ...labels: string[]): Promise<string[]> {
    return Promise.all(labels.map((label) => editor.field(label).inputValue()))
  }

  function report(editor: Editor): Promise<string> {
    return editor.dialog.locator('[id$="-pasted"]').innerText()
  }

  it('fills a subscription, and says what events cannot have', async () => {
    const editor = await opened('aci-subscribe')
    await editor.wrong('Classes').waitFor()
    await paste(editor, 'Classes', CRITICAL)
    assert.deepEqual(await values(editor, 'Classes', 'Filter'), ['faultInst', 'eq(faultInst.severity,"critical")'])
    await editor.wrong('Classes').waitFor({ state: 'detached' })
    assert.equal(await editor.page.locator('.red-ui-autoComplete-container').count(), 0, 'nothing hides the report')
    assert.equal(
      await report(editor),
      'Taken from the pasted request: Classes, Filter. Not taken: order-by. ' +
        'All pages are read; page and page-size are not needed.'
    )
  })

  it('fills a query, and unfolds what it set there', async () => {
    const editor = await opened('aci-query')
    await paste(editor, 'Filter', `curl -sk -b cookie '${CRITICAL}&rsp-subtree=full&rsp-subtree-class=faultDelegate'`)
    assert.deepEqual(await values(editor, 'Classes', 'Filter', 'Children', 'Child classes', 'Order by'), [
      'faultInst',
      'eq(faultInst.severity,"critical")',
      'full',
      'faultDelegate',
      'faultInst.created|desc'
    ])
    assert.ok(await editor.field('Order by').isVisible())
    assert.match(
      await report(editor),
      /^Taken .*: Classes, Filter, Children, Child classes, Order by\. .*aci subscribe/
    )
  })

  it('changes from classes to an object', async () => {
    const editor = await opened('aci-subscribe')
    await editor.field('Classes').fill('fvBD')
    await paste(editor, 'Filter', '/api/mo/uni/tn-common.json?query-target=subtree&target-subtree-class=fvSubnet')
    assert.deepEqual(await values(editor, 'Subscribe to', 'DN', 'Scope', 'Only classes'), [
      'mo',
      'uni/tn-common',
      'subtree',
      'fvSubnet'
    ])
    assert.ok(await editor.field('DN').isVisible())
    await paste(editor, 'DN', '/api/class/fvTenant.json')
    assert.deepEqual(await values(editor, 'Subscribe to', 'Classes', 'Scope'), ['class', 'fvTenant', 'self'])
  })

  it('takes nothing of what logs in or changes something', async () => {
    const editor = await opened('aci-query')
    await editor.field('Classes').fill('fvBD')
    const body = '{"aaaUser":{"attributes":{"name":"admin","pwd":"hidden"}}}'
    await paste(editor, 'Classes', `curl -X POST https://apic/api/aaaLogin.json -d '${body}'`)
    assert.match(await report(editor), /^Nothing was taken/)
    assert.equal(await editor.field('Classes').inputValue(), 'fvBD')
    assert.doesNotMatch(await editor.dialog.innerText(), /hidden/)
  })

  it('is pasted as it is when it is only what the field is for', async () => {
    const editor = await opened('aci-subscribe')
    await paste(editor, 'Classes', 'fvTenant')
    await paste(editor, 'Filter', 'wcard(fvTenant.descr,"why? see /api/class/")')
    assert.deepEqual(await values(editor, 'Classes', 'Filter'), [
      'fvTenant',
      'wcard(fvTenant.descr,"why? see /api/class/")'
    ])
    assert.equal(await report(editor), '')
  })
})
