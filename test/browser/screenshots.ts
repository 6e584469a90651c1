// `npm run screenshots`: makes the pictures of the documentation anew, each in light and dark, from the simulator's
// fabric. What would differ from run to run (ports, times, ids) is not in them.

import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Locator, Page } from 'playwright-core'
import { ApicSimulator } from '../simulator'
import { launch } from './chromium'
import { Editor } from './editor'
import { NodeRed, type Flow } from './node-red'

const folder = join(__dirname, '..', '..', 'docs', 'images')

/** Pixels; in the pictures there are two of them for each. */
const WIDTH = 1100

interface Stage {
  readonly editor: Editor
  readonly apic: ApicSimulator
}

/** Sets a scene and gives what is to be seen of it: a part of the page, or all of it. */
type Scene = (stage: Stage) => Promise<Locator | Page>

const scenes: Readonly<Record<string, Scene>> = {
  async flow({ editor, apic }) {
    // The page shows when it got a message.
    await editor.page.clock.setFixedTime(new Date('2026-11-23T10:43:19Z'))
    const messages = await editor.debugMessages()
    await editor.status('tenants', 'subscribed')
    apic.create('fvTenant', 'uni/tn-shop', { descr: 'web shop' })
    await messages.filter({ hasText: 'uni/tn-shop' }).waitFor()
    apic.delete('uni/tn-shop')
    await messages.nth(1).waitFor()
    return editor.page
  },

  async 'aci-subscribe'({ editor }) {
    await editor.edit('faults')
    return editor.dialog
  },

  async 'aci-query'({ editor }) {
    await editor.edit('health')
    return editor.dialog
  },

  async 'aci-push'({ editor }) {
    await editor.edit('tag')
    return editor.dialog
  },

  async 'aci-apic'({ editor }) {
    await editor.page.setViewportSize({ width: WIDTH, height: 1140 })
    await editor.edit('tenants')
    await editor.addConfig('apic')
    await editor.field('Name').fill('DC1')
    await editor.field('Controller').fill('https://apic1.example.com')
    await editor.dialog.locator('.red-ui-editableList-addButton').click()
    await editor.field('Controller').last().fill('https://apic2.example.com')
    await editor.field('User name').fill('node-red')
    await editor.field('Password').fill('not a password')
    await editor.dialog.locator('summary').click()
    return editor.dialog
  },

  async 'aci-apic-certificate'({ editor }) {
    await editor.page.setViewportSize({ width: WIDTH, height: 1140 })
    await editor.edit('tenants')
    await editor.addConfig('apic')
    await editor.field('Name').fill('DC1')
    await editor.field('Controller').fill('https://apic1.example.com')
    await editor.field('Sign in by').selectOption('certificate')
    await editor.field('User name').fill('node-red')
    await editor.field('Certificate').fill('node-red-2026')
    await editor.field('Private key').fill('${ACI_PRIVATE_KEY}')
    return editor.dialog
  }
}

function flowOf(apic: ApicSimulator): Flow {
  const subscriber = { type: 'aci-subscribe', z: 'tab', apic: 'apic', events: ['created', 'modified', 'deleted'] }
  const debug = { type: 'debug', z: 'tab', active: true, tosidebar: true, complete: 'payload', targetType: 'msg' }
  return [
    { id: 'tab', type: 'tab', label: 'Fabric' },
    {
      id: 'apic',
      type: 'aci-apic',
      name: 'DC1',
      controllers: apic.urls,
      auth: 'password',
      credentials: { username: 'admin', password: 'password' }
    },
    { ...subscriber, id: 'tenants', classes: 'fvTenant, fvAp', target: 'class', x: 140, y: 80, wires: [['debug']] },
    { ...debug, id: 'debug', name: 'what happens', x: 380, y: 80, wires: [] },
    {
      ...subscriber,
      id: 'faults',
      classes: 'faultInst',
      target: 'class',
      filter: 'eq(faultInst.severity,"critical")',
      name: 'critical faults',
      outputs: 3,
      x: 140,
      y: 180,
      wires: [['alarm'], [], ['clear']]
    },
    { ...debug, id: 'alarm', name: 'raised', x: 360, y: 160, wires: [] },
    {
      id: 'health',
      type: 'aci-query',
      z: 'tab',
      name: '',
      apic: 'apic',
      target: 'class',
      classes: 'fvTenant',
      include: 'health',
      x: 140,
      y: 300,
      wires: [[]]
    },
    {
      id: 'tag',
      type: 'aci-push',
      z: 'tab',
      name: '',
      apic: 'apic',
      action: 'post',
      dn: 'uni',
      x: 140,
      y: 360,
      wires: [[]]
    },
    { ...debug, id: 'clear', name: 'cleared', x: 360, y: 220, wires: [] }
  ]
}

async function main(): Promise<void> {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const apic = await ApicSimulator.start({ tls: false, fabric: 'small', seed: 7 })
  const [nodeRed, browser] = await Promise.all([NodeRed.start(), launch()])
  try {
    await nodeRed.deploy(flowOf(apic))
    for (const [name, scene] of Object.entries(scenes)) {
      for (const dark of [false, true]) {
        const editor = await Editor.open(browser, nodeRed, { dark, width: WIDTH, height: 860, scale: 2 })
        const path = join(folder, `${name}-${dark ? 'dark' : 'light'}.png`)
        const shown = await scene({ editor, apic })
        // What is typed is checked when its field is left.
        await editor.page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur())
        await shown.screenshot({ path, animations: 'disabled', caret: 'hide' })
        if (editor.complaints.length > 0) throw new Error(editor.complaints.join('\n'))
        console.log(path)
        await editor.close()
      }
    }
  } finally {
    await Promise.all([browser.close(), nodeRed.stop(), apic.close()])
  }
}

main().catch((error: unknown) => {
  console.error(error)
  process.exit(1)
})
