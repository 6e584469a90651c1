// A filter is built by choosing, beside its expression; and classes are noted on by what is known of them.

import assert from 'node:assert/strict'
import type { Locator } from 'playwright-core'
import type { Editor } from './editor'
import { useLab } from './lab'
import { connectionTo } from './node-red'

type Settings = Readonly<Record<string, unknown>>

function builder(editor: Editor): Locator {
  return editor.dialog.getByRole('group', { name: 'Build the filter' })
}

async function unfold(editor: Editor): Promise<void> {
  await editor.dialog.getByRole('button', { name: 'Build the filter' }).click()
  await builder(editor).waitFor()
}

async function fold(editor: Editor): Promise<void> {
  await editor.dialog.getByRole('button', { name: 'Build the filter' }).click()
  await builder(editor).waitFor({ state: 'hidden' })
}

/** A part of one of the conditions, from 1. */
function part(editor: Editor, place: number, label: string): Locator {
  const condition = builder(editor).getByRole('group', { name: `Condition ${place}` })
  // There is a list, and a field for what is not in it; one of them is shown.
  return condition.getByLabel(label, { exact: true }).filter({ visible: true })
}

async function choose(editor: Editor, place: number, choices: Readonly<Record<string, string>>): Promise<void> {
  for (const [label, choice] of Object.entries(choices)) {
    await part(editor, place, label).selectOption({ label: choice })
  }
}

function add(editor: Editor): Promise<void> {
  return builder(editor).getByRole('button', { name: 'condition', exact: true }).click()
}

function filter(editor: Editor): Promise<string> {
  return editor.field('Filter').inputValue()
}

function choices(field: Locator): Promise<string[]> {
  return field.locator('option').allInnerTexts()
}

/** What is said below a field. */
function notes(editor: Editor, field = 'classes'): Locator {
  return editor.dialog.locator(`[id$="-${field}-notes"]`)
}

describe('the builder of filters', () => {
  const lab = useLab()

  /** An open dialog of a node that is deployed with its connection. */
  async function opened(kind: 'aci-subscribe' | 'aci-query', settings: Settings = {}): Promise<Editor> {
    await lab.nodeRed.deploy([
      { id: 'tab', type: 'tab', label: 'Flow' },
      connectionTo(lab.apic),
      { id: 'node', type: kind, z: 'tab', x: 200, y: 100, apic: 'apic', wires: [['debug']], ...settings },
      { id: 'debug', type: 'debug', z: 'tab', x: 500, y: 100, active: true, tosidebar: true, wires: [] }
    ])
    const editor = await lab.open()
    await editor.edit('node')
    return editor
  }

  /** What was asked of the APIC about classes since a moment. */
  function described(since = 0): string[] {
    const urls = lab.apic.requests.slice(since).map(({ url }) => url)
    return urls.filter((url) => url.startsWith('/doc/'))
  }

  it('makes a filter by choosing alone, and its events come', async () => {
    const editor = await opened('aci-subscribe', { classes: 'faultInst' })
    await unfold(editor)
    await choose(editor, 1, { Attribute: 'severity' })
    assert.equal(await filter(editor), '', 'a condition without a value is none')
    await builder(editor).getByText('left out').waitFor()
    await choose(editor, 1, { Value: 'critical' })
    assert.equal(await filter(editor), 'eq(faultInst.severity,"critical")')
    assert.equal(await builder(editor).getByText('left out').count(), 0)

    await add(editor)
    await choose(editor, 2, { Attribute: 'severity', Operator: 'is', Value: 'major' })
    await builder(editor).getByLabel('Match').selectOption('any of these holds')
    const both = 'or(eq(faultInst.severity,"critical"),eq(faultInst.severity,"major"))'
    assert.equal(await filter(editor), both)
    await editor.done()
    await editor.deploy()
    await editor.status('node', 'subscribed')
    const messages = await editor.debugMessages()
    lab.apic.create('faultInst', 'uni/tn-common/fault-F0001', { severity: 'minor' })
    lab.apic.create('faultInst', 'uni/tn-common/fault-F0002', { severity: 'major' })
    await messages.filter({ hasText: 'fault-F0002' }).waitFor()
    assert.equal(await messages.count(), 1)
    assert.equal((await lab.nodeRed.flow()).find(({ id }) => id === 'node')?.['filter'], both)
  })

  it('follows the expression, and the expression follows it', async () => {
    const editor = await opened('aci-query', { classes: 'faultInst' })
    await unfold(editor)
    await editor.field('Filter').fill('and(bw(faultInst.occur,1,"5"),not(wcard(faultInst.dn,"__ui_")))')
    assert.equal(await part(editor, 1, 'Operator').locator('option:checked').innerText(), 'between')
    assert.equal(await part(editor, 1, 'Value to').inputValue(), '5')
    assert.equal(await part(editor, 2, 'Operator').locator('option:checked').innerText(), 'does not contain')
    await part(editor, 1, 'Value to').fill('9')
    assert.equal(await filter(editor), 'and(bw(faultInst.occur,1,"9"),not(wcard(faultInst.dn,"__ui_")))')
    await choose(editor, 2, { Operator: 'is' })
    await builder(editor).getByRole('button', { name: 'Remove the condition' }).first().click()
    assert.equal(await filter(editor), 'eq(faultInst.dn,"__ui_")')

    // Its own attributes, and what is in no list.
    await choose(editor, 1, { Attribute: 'other…' })
    await part(editor, 1, 'Attribute').fill('acmeLevel')
    await part(editor, 1, 'Value').fill('a "b"')
    assert.equal(await filter(editor), 'eq(faultInst.acmeLevel,"a \\"b\\"")')
    await editor.field('Filter').fill('eq(fvTenant.name,"a")')
    await part(editor, 1, 'Attribute').and(editor.page.locator('.input-error')).waitFor()
  })

  it('leaves alone what it cannot show, and says where an expression breaks', async () => {
    const intricate = 'and( eq(faultInst.ack,"no"), or(eq(faultInst.lc,"raised"),eq(faultInst.lc,"soaking")))'
    const editor = await opened('aci-subscribe', { classes: 'faultInst', filter: intricate })
    await unfold(editor)
    await builder(editor).getByText('stays as it is').waitFor()
    assert.equal(await part(editor, 1, 'Attribute').isVisible(), false)
    await editor.field('Classes').fill('faultInst, fvTenant')
    await editor.field('Classes').press('Tab')
    await fold(editor)
    assert.equal(await filter(editor), intricate)

    await unfold(editor)
    await editor.field('Filter').fill('and(eq(faultInst.ack,"no"),equals(faultInst.lc,"raised"))')
    await builder(editor).getByText('Character 28: an operator such as eq or and is expected').waitFor()
    assert.equal(await builder(editor).locator('mark').innerText(), 'equals')
    await editor.field('Filter').fill('${ACI_FILTER}')
    await builder(editor).getByText('environment variable').waitFor()
    await editor.done()
    await editor.edit('node')
    assert.equal(await filter(editor), '${ACI_FILTER}')
  })

  it('is used by keyboard alone', async () => {
    const editor = await opened('aci-query', { classes: 'fvBD' })
    const { keyboard } = editor.page
    await editor.field('Filter').focus()
    await keyboard.press('Tab')
    await keyboard.press('Enter')
    await builder(editor).waitFor()
    await keyboard.press('Tab')
    await keyboard.type('arpF')
    await keyboard.press('Tab')
    await keyboard.press('Tab')
    await keyboard.type('y')
    assert.equal(await filter(editor), 'eq(fvBD.arpFlood,"yes")')
    // Past the button that removes it.
    await keyboard.press('Tab')
    await keyboard.press('Tab')
    await keyboard.press('Enter')
    await keyboard.type('name')
    await keyboard.press('Tab')
    await keyboard.press('Tab')
    await keyboard.type('web')
    assert.equal(await filter(editor), 'and(eq(fvBD.arpFlood,"yes"),eq(fvBD.name,"web"))')
    await keyboard.press('Tab')
    await keyboard.press('Enter')
    assert.equal(await filter(editor), 'eq(fvBD.arpFlood,"yes")')
    await keyboard.press('Escape')
    await builder(editor).waitFor({ state: 'hidden' })
    await editor.done()
  })

  it('offers what the APIC says of classes that the catalogue does not have, asked once', async () => {
    const editor = await opened('aci-query', { classes: 'vzABrCP' })
    const since = lab.apic.requests.length
    await unfold(editor)
    await part(editor, 1, 'Attribute').locator('option', { hasText: 'scope' }).waitFor({ state: 'attached' })
    await choose(editor, 1, { Attribute: 'scope' })
    assert.ok((await choices(part(editor, 1, 'Value'))).some((text) => text.startsWith('application-profile')))
    await part(editor, 1, 'Value').selectOption('global')
    assert.equal(await filter(editor), 'eq(vzABrCP.scope,"global")')
    await notes(editor).getByText('vzABrCP is abstract. Its objects are of: vzBrCP.').waitFor()

    await editor.field('Classes').fill('vzABrCP, fvTenantt')
    await editor.field('Classes').press('Tab')
    await notes(editor).getByText('does not know fvTenantt').waitFor()
    await fold(editor)
    await unfold(editor)
    assert.deepEqual(described(since), ['/doc/jsonmeta/vz/ABrCP.json', '/doc/jsonmeta/fv/Tenantt.json'])
    await editor.field('Classes').fill('fvTenant')
    await editor.field('Classes').press('Tab')
    await part(editor, 1, 'Attribute').and(editor.page.locator('.input-error')).waitFor()
    assert.equal(await filter(editor), 'eq(vzABrCP.scope,"global")', 'only marked')
    await editor.cancel()
  })

  it('does with the catalogue where no APIC can be asked', async () => {
    const since = lab.apic.requests.length
    const offline = await lab.open()
    await offline.edit(await offline.add('aci-subscribe', 200, 120))
    await unfold(offline)
    await builder(offline).getByText('Enter a class above').waitFor()
    await offline.field('Classes').fill('eqptIngrTotal5min')
    await notes(offline).getByText('Statistics are never pushed').waitFor()
    await offline.field('Classes').fill('faultInfo')
    await offline.field('Classes').press('Tab')
    await notes(offline).getByText('Its objects are of: faultInst, faultDelegate.').waitFor()
    await choose(offline, 1, { Attribute: 'faultInst.severity', Value: 'major' })
    assert.equal(await filter(offline), 'eq(faultInst.severity,"major")')
    assert.deepEqual(described(since), [])

    lab.apic.faults.request({ path: '/doc/', status: 403, text: 'no documentation for you' })
    const editor = await opened('aci-query', { target: 'mo', dn: 'uni/tn-common/ctx-default' })
    editor.expectRefusals(/\/meta\//)
    const refused = editor.page.waitForResponse((response) => response.url().includes('/meta/fvCtx'))
    await unfold(editor)
    assert.equal((await refused).status(), 422)
    await choose(editor, 1, { Attribute: 'pcEnfPref', Value: 'unenforced' })
    assert.equal(await filter(editor), 'eq(fvCtx.pcEnfPref,"unenforced")')
  })
})
