// What a deployed node sends is seen in its dialog, without a debug node.

import assert from 'node:assert/strict'
import type { Locator } from 'playwright-core'
import type { EventsAnswer } from '../../nodes/admin/answers'
import type { Editor } from './editor'
import { useLab } from './lab'
import { connectionTo, type Flow } from './node-red'

const tool = (editor: Editor): Locator => editor.dialog.getByRole('button', { name: 'Live view' })
const view = (editor: Editor): Locator => editor.dialog.getByRole('region', { name: 'Live view' })
const rows = (editor: Editor): Locator => view(editor).locator('.aci-events > li')
const row = (editor: Editor, text: string | RegExp): Locator => rows(editor).filter({ hasText: text })

/** Addresses of the events that are asked for from now on. */
function requestsOf(editor: Editor): string[] {
  const addresses: string[] = []
  editor.page.on('request', (request) => {
    if (request.url().includes('/events')) addresses.push(request.url())
  })
  return addresses
}

/** Switches to another tab of the browser, and back. */
async function hide(editor: Editor, isHidden: boolean): Promise<void> {
  await editor.page.evaluate((hidden) => {
    Object.defineProperty(document, 'hidden', { value: hidden, configurable: true })
    document.dispatchEvent(new Event('visibilitychange'))
  }, isHidden)
}

describe('the live view', () => {
  const lab = useLab()

  const flow = (): Flow => [
    { id: 'tab', type: 'tab', label: 'Fabric' },
    connectionTo(lab.apic),
    { id: 'sub', type: 'aci-subscribe', z: 'tab', x: 200, y: 100, apic: 'apic', classes: 'fvTenant', wires: [[]] }
  ]

  /** Waits until the node has sent an event of this object. */
  async function sent(dn: string): Promise<void> {
    for (;;) {
      const response = await fetch(`${lab.nodeRed.url}aci-apic/apic/subscribers/sub/events`)
      const { events } = (await response.json()) as EventsAnswer
      if (events.some((event) => event.dn === dn)) return
    }
  }

  /** The dialog of a node that is deployed and receives. */
  async function opened(): Promise<Editor> {
    await lab.nodeRed.deploy(flow())
    const editor = await lab.open()
    await editor.status('sub', 'subscribed')
    await editor.edit('sub')
    return editor
  }

  it('shows events as they arrive, the newest first, and what a modification changed', async () => {
    const editor = await opened()
    await tool(editor).click()
    await view(editor).getByText('Waiting for events').waitFor()
    lab.apic.create('fvTenant', 'uni/tn-blue', { descr: 'old' })
    await row(editor, 'created').waitFor()
    lab.apic.modify('uni/tn-blue', { descr: '<b>new</b>' })
    await row(editor, 'modified').waitFor()
    lab.apic.delete('uni/tn-blue')
    await row(editor, 'deleted').waitFor()
    const texts = (await rows(editor).allInnerTexts()).map((text) => text.split(/\s+/).slice(-3).join(' '))
    assert.deepEqual(texts, ['deleted fvTenant uni/tn-blue', 'descr: old <b>new</b>', 'created fvTenant uni/tn-blue'])
    assert.match((await row(editor, 'created').locator('time').getAttribute('title')) ?? '', /^\d{4}-\d\d-\d\dT.*Z$/)
    await view(editor).getByText('Events: 3').waitFor()

    // What comes while it is paused is shown afterwards.
    await view(editor).getByRole('button', { name: 'Clear' }).click()
    assert.equal(await rows(editor).count(), 0)
    const pause = view(editor).getByRole('button', { name: 'Pause' })
    await pause.click()
    lab.apic.create('fvTenant', 'uni/tn-green')
    await view(editor).getByText('Events: 1').waitFor()
    assert.equal(await rows(editor).count(), 0)
    await pause.click()
    await row(editor, 'uni/tn-green').waitFor()

    // It is of what is deployed.
    const hint = view(editor).getByText('seen after the next deploy')
    assert.ok(await hint.isHidden())
    await editor.field('Classes').fill('fvBD')
    await hint.waitFor()
    await editor.done()
    await editor.edit('sub')
    await tool(editor).click()
    await hint.waitFor()
    await editor.cancel()
  })

  it('asks nothing while the page is hidden, tells what it missed, and ends with the dialog', async () => {
    const editor = await opened()
    const requests = requestsOf(editor)
    await editor.page.clock.install()
    await tool(editor).click()
    await view(editor).getByText('Waiting for events').waitFor()

    await hide(editor, true)
    // The one for which the time has come may be under way.
    await editor.page.clock.runFor(5_000)
    const before = requests.length
    await editor.page.clock.runFor(60_000)
    assert.equal(requests.length, before)
    for (let index = 0; index < 60; index += 1) lab.apic.create('fvTenant', `uni/tn-many${index}`)
    await sent('uni/tn-many59')
    await hide(editor, false)
    await row(editor, 'too fast to be shown: 10').waitFor()
    assert.equal(await rows(editor).count(), 51)
    assert.match(await rows(editor).first().innerText(), /uni\/tn-many59$/)
    await view(editor).getByText('Events: 60').waitFor()

    await editor.cancel()
    const until = requests.length
    await editor.page.clock.runFor(60_000)
    assert.equal(requests.length, until)
  })

  it('goes on after a redeploy, and says that it is a new view', async () => {
    const editor = await opened()
    editor.expectRefusals(/\/events/)
    await tool(editor).click()
    await view(editor).getByText('Waiting for events').waitFor()
    const [tab, apic] = flow()
    await lab.nodeRed.deploy([tab!, apic!])
    await view(editor).getByText('This node does not run: deploy it first.').waitFor()
    await lab.nodeRed.deploy(flow())
    await row(editor, 'A new view begins').waitFor()
    lab.apic.create('fvTenant', 'uni/tn-after')
    await row(editor, 'uni/tn-after').waitFor()
    await editor.cancel()
  })

  it('says to deploy first, and asks nothing, of a node that is new', async () => {
    await lab.nodeRed.deploy([])
    const editor = await lab.open()
    const requests = requestsOf(editor)
    await editor.edit(await editor.add('aci-subscribe', 200, 120))
    await tool(editor).click()
    await view(editor).getByText('This node does not run: deploy it first.').waitFor()
    assert.deepEqual(requests, [])
    await editor.cancel()
  })
})
