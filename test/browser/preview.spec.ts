// What the settings find is seen in the dialog before anything is deployed.

import assert from 'node:assert/strict'
import type { Locator } from 'playwright-core'
import type { Editor } from './editor'
import { useLab } from './lab'
import { connectionTo, type Flow } from './node-red'

const tool = (editor: Editor): Locator => editor.dialog.getByRole('button', { name: 'Preview', exact: true })
const preview = (editor: Editor): Locator => editor.dialog.getByRole('region', { name: 'Preview', exact: true })
const again = (editor: Editor): Locator => preview(editor).getByRole('button', { name: 'Run again' })
/** Waits for what is said to be this. */
const said = (editor: Editor, text: string | RegExp): Promise<void> =>
  preview(editor).getByRole('status').filter({ hasText: text }).waitFor()
/** The rows of the table, without what they unfold. */
const rows = (editor: Editor): Locator => preview(editor).locator('tbody tr:visible')
const cells = (row: Locator): Promise<string[]> => row.locator('th, td').allInnerTexts()

/** Addresses of the previews that are asked for from now on. */
function requestsOf(editor: Editor): string[] {
  const addresses: string[] = []
  editor.page.on('request', (request) => {
    if (request.url().endsWith('/preview')) addresses.push(request.url())
  })
  return addresses
}

const TAB = { id: 'tab', type: 'tab', label: 'Fabric' }

describe('the preview', () => {
  const lab = useLab()

  /** The dialog of a new node, whose connection is deployed. */
  async function opened(
    kind: 'aci-subscribe' | 'aci-query',
    flow: Flow = [TAB, connectionTo(lab.apic)]
  ): Promise<Editor> {
    await lab.nodeRed.deploy(flow)
    const editor = await lab.open()
    await editor.edit(await editor.add(kind, 200, 120))
    if (flow.length > 0) await editor.field('APIC').selectOption('apic')
    return editor
  }

  it('counts what matches and shows the first ones, with all there is to know behind each', async () => {
    lab.apic.create('fvTenant', 'uni/tn-shop', { descr: '<img src=x onerror=alert(1)>' })
    const editor = await opened('aci-query')
    await editor.field('Classes').fill('fvTenant')
    await tool(editor).click()
    await said(editor, '4 objects match.')
    assert.equal(await rows(editor).count(), 4)
    assert.deepEqual(await cells(preview(editor).locator('thead tr')), ['DN', 'name', 'descr', 'modTs'])
    const shop = rows(editor).filter({ hasText: 'uni/tn-shop' })
    assert.deepEqual((await cells(shop)).slice(0, 3), ['uni/tn-shop', 'shop', '<img src=x onerror=alert(1)>'])

    const unfolding = preview(editor).getByRole('button', { name: 'uni/tn-shop' })
    await unfolding.press('Enter')
    assert.equal(await unfolding.getAttribute('aria-expanded'), 'true')
    const whole = await preview(editor).locator('dl:visible').innerText()
    assert.match(whole, /Class\s+fvTenant/)
    assert.match(whole, /dn\s+uni\/tn-shop/)

    // What is typed afterwards makes it outdated, until it is as it was, or run again.
    const outdated = preview(editor).getByText('The settings have changed since')
    await editor.field('Filter').fill('wcard(fvTenant.name,"o")')
    await outdated.waitFor()
    await editor.field('Filter').fill('')
    await outdated.waitFor({ state: 'hidden' })
    await editor.field('Filter').fill('eq(fvTenant.name,"shop")')
    await again(editor).click()
    await said(editor, 'One object matches.')
    await outdated.waitFor({ state: 'hidden' })
    assert.equal(await rows(editor).count(), 1)
    await editor.cancel()
  })

  it('shows the request as it was sent, to be copied', async () => {
    const editor = await opened('aci-query')
    await editor.field('Read').selectOption('mo')
    await editor.field('DN').fill('uni/tn-common')
    await editor.field('Scope').selectOption('subtree')
    await editor.field('Children').selectOption('children')
    await editor.field('Filter').fill('eq(fvTenant.name,"common")')
    await tool(editor).click()
    await said(editor, 'One object matches.')
    await preview(editor).getByText('Exact request').click()
    const [readable, address] = await preview(editor).locator('details code').allInnerTexts()
    assert.equal(
      readable,
      '/api/mo/uni/tn-common.json?query-target=subtree&query-target-filter=eq(fvTenant.name,"common")&rsp-subtree=children&page=0&page-size=5'
    )
    assert.equal(address, lab.apic.url + readable.replaceAll('"', '%22'))
    await preview(editor).getByRole('button', { name: 'Copy the address' }).click()
    await said(editor, 'Copied')
    await editor.field('Name').focus()
    await editor.page.keyboard.press('Control+V')
    assert.equal(await editor.field('Name').inputValue(), address)
    await editor.cancel()
  })

  it('tells of each class how many there are, and what the APIC says when it refuses', async () => {
    const editor = await opened('aci-subscribe')
    await editor.field('Classes').fill('fvTenant, fvTenantt')
    await tool(editor).click()
    await said(editor, 'objects match.')
    const outcomes = preview(editor).locator('.aci-outcomes li')
    const [good, bad] = await outcomes.allInnerTexts()
    assert.match(good!, /^fvTenant: \d objects match\.$/)
    assert.equal(bad, 'fvTenantt: Request failed, unresolved class for fvTenantt (400)')
    assert.ok(await preview(editor).locator('.aci-sign-warning').isVisible(), 'it does not look as if all were well')

    await editor.field('Classes').fill('fvTenant')
    await editor.field('Filter').fill('eq(fvTenant.colour,"red")')
    await again(editor).click()
    await said(editor, 'The APIC refuses the request.')
    assert.deepEqual(await outcomes.allInnerTexts(), [
      "fvTenant: Prop 'colour' not found in class 'fvTenant' property table (121)"
    ])
    assert.equal(await rows(editor).count(), 0)
    await editor.cancel()
  })

  it('asks nothing while a field is missing or wrong, and says which', async () => {
    const editor = await opened('aci-query')
    const requests = requestsOf(editor)
    await tool(editor).click()
    await said(editor, 'Enter a class first.')
    await editor.field('Read').selectOption('mo')
    await again(editor).click()
    await said(editor, 'Enter a DN first.')
    await editor.field('DN').fill('uni/tn-common')
    await editor.field('Filter').fill('eq(fvTenant.name,"x"')
    await editor.field('Include').fill('every!')
    await again(editor).click()
    await said(editor, /parentheses of the filter do not balance.*Include: entry 1 is not a word/)
    await editor.field('APIC').selectOption('_ADD_')
    await again(editor).click()
    await said(editor, 'Choose an APIC first.')
    assert.deepEqual(requests, [])
    await editor.cancel()
  })

  it('says to deploy first while the connection is not deployed', async () => {
    const editor = await opened('aci-query', [])
    editor.expectRefusals(/\/preview$/)
    await editor.field('Classes').fill('fvTenant')
    await editor.addConfig('apic')
    await editor.field('Controller').fill(lab.apic.url)
    await editor.field('User name').fill('admin')
    await editor.field('Password').fill('password')
    await editor.done()
    await tool(editor).click()
    await said(editor, /^\s*Deploy first/)
    await editor.cancel()
  })

  it('is folded by Escape, which leaves the dialog open', async () => {
    const editor = await opened('aci-query')
    await editor.field('Classes').fill('fvTenant')
    await tool(editor).focus()
    await editor.page.keyboard.press('Enter')
    await said(editor, 'match.')
    await again(editor).press('Escape')
    await preview(editor).waitFor({ state: 'hidden' })
    assert.equal(await editor.field('Classes').inputValue(), 'fvTenant')
    assert.ok(await tool(editor).evaluate((button) => button === document.activeElement))
    await editor.cancel()
  })
})

describe('the preview, without the permission for it', () => {
  const lab = useLab({ adminAuth: true })

  it('says so', async () => {
    await lab.nodeRed.deploy([
      TAB,
      connectionTo(lab.apic),
      { id: 'sub', type: 'aci-subscribe', z: 'tab', x: 200, y: 100, apic: 'apic', classes: 'fvTenant', wires: [[]] }
    ])
    const editor = await lab.open({ user: 'reader' })
    editor.expectRefusals(/\/(preview|events)\b/)
    await editor.edit('sub')
    await tool(editor).click()
    await said(editor, 'Not allowed')
    await editor.dialog.getByRole('button', { name: 'Live view' }).click()
    await editor.dialog.getByRole('region', { name: 'Live view' }).getByText('Not allowed').waitFor()
    await editor.cancel()
  })
})
