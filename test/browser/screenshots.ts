// `npm run screenshots`: makes the pictures of the documentation anew, each in light and dark, from the simulator's
// fabric. What would differ from run to run (ports, times, ids) is not in them.

import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Locator, Page } from 'playwright-core'
import { names } from '../examples/shipped'
import { ApicSimulator, ShiftedClock } from '../simulator'
import { launch } from './chromium'
import { Editor } from './editor'
import { connectionTo, exampleFor, NodeRed, type Flow } from './node-red'

const root = join(__dirname, '..', '..')
const folder = join(root, 'docs', 'images')

/** Pixels; in the pictures there are two of them for each. */
const WIDTH = 1100
const HEIGHT = 860

interface Stage {
  readonly editor: Editor
  readonly apic: ApicSimulator
  readonly nodeRed: NodeRed
  readonly dark: boolean
  /** Done when the picture is made. */
  readonly later: (end: () => Promise<unknown>) => void
}

/** Sets a scene and gives what is to be seen of it: a part of the page, or all of it. */
type Scene = (stage: Stage) => Promise<Locator | Page>

// Where only some pictures are asked for: their names.
const wanted = process.argv.slice(2).filter((argument) => /^[\w-]+$/.test(argument))

const scenes: Readonly<Record<string, Scene>> = {
  async flow({ editor, apic }) {
    // The page shows when it got a message.
    await editor.page.clock.setFixedTime(new Date('2026-11-23T10:43:19Z'))
    const messages = await editor.debugMessages()
    await editor.status('tenants', 'subscribed')
    apic.create('fvTenant', 'uni/tn-garden', { descr: 'flowers' })
    await messages.filter({ hasText: 'uni/tn-garden' }).waitFor()
    apic.delete('uni/tn-garden')
    await messages.nth(1).waitFor()
    return editor.page
  },

  async dashboard({ editor, nodeRed, dark, later }) {
    const clock = new ShiftedClock()
    clock.jump(Date.parse('2026-11-23T10:43:00Z') - Date.now())
    const apic = await ApicSimulator.start({ tls: false, fabric: 'small', seed: 7, clock })
    later(() => apic.close())
    const page = await editor.page.context().newPage()
    upset(apic)
    await nodeRed.deploy(dashboardOf(apic, dark))
    await page.setViewportSize({ width: 1_280, height: 1_640 })
    await page.goto(`${nodeRed.url}dashboard/fabric`)
    await page.getByText('F1394').first().waitFor()
    await page.getByText('F0467', { exact: true }).click()
    await page.getByText(/, health \d+/).waitFor()
    // Each press counts what came since the one before.
    for (const count of [2, 5, 3, 9, 6, 4, 7]) {
      for (let index = 0; index < count; index += 1) {
        apic.create('fvTenant', `uni/tn-x${count}${index}`)
        if (index % 2 === 0) apic.delete(`uni/tn-x${count}${index}`)
        else apic.modify(`uni/tn-x${count}${index}`, { descr: 'a trial' })
      }
      await page.waitForTimeout(400)
      await fetch(`${nodeRed.url}inject/aci-ex13-tick`, { method: 'POST' })
    }
    move(apic)
    await page.getByText('102 eth1/21').waitFor()
    happen(apic)
    await page.getByText('a vPC is down').first().waitFor()
    await page.getByText('F3999').first().waitFor()
    await page.waitForTimeout(1_000)
    await page.evaluate(() => window.scrollTo(0, 0))
    return page
  },

  async 'object-browser'({ editor }) {
    await editor.edit('shop')
    await unfold(editor, 'Choose from the fabric')
    const row = (name: string): Locator => editor.dialog.getByRole('treeitem').filter({ hasText: name })
    await row('shop').click()
    await row('what customers see').click()
    await row('basket').waitFor()
    return editor.dialog
  },

  async 'filter-and-preview'({ editor }) {
    await editor.edit('faults')
    await unfold(editor, 'Build the filter')
    await unfold(editor, 'Preview')
    await editor.dialog.getByText(/objects match/).waitFor()
    return editor.dialog
  },

  async 'live-view'({ editor, apic }) {
    await editor.status('tenants', 'subscribed')
    await editor.edit('tenants')
    await unfold(editor, 'Live view')
    await editor.dialog.getByText('Waiting for events').waitFor()
    const row = editor.dialog.getByRole('region', { name: 'Live view' }).locator('li')
    apic.create('fvTenant', 'uni/tn-blue', { descr: 'web shop' })
    await row.filter({ hasText: 'created' }).waitFor()
    apic.modify('uni/tn-blue', { descr: 'web shop, second try' })
    await row.filter({ hasText: 'modified' }).waitFor()
    apic.create('fvAp', 'uni/tn-blue/ap-basket')
    await row.filter({ hasText: 'ap-basket' }).waitFor()
    apic.delete('uni/tn-blue')
    await row.filter({ hasText: 'deleted' }).first().waitFor()
    return editor.dialog
  },

  async 'test-connection'({ editor }) {
    const apic = await ApicSimulator.start({ fabric: 'small', seed: 7 })
    try {
      await callIt(editor, 'https://apic1.example.com', apic)
      await addConnection(editor, 'apic1.example.com')
      await editor.field('User name').fill('admin')
      await editor.field('Password').fill('password')
      await unfold(editor, 'Test connection')
      await editor.dialog.getByText('SHA-256').waitFor()
      return editor.dialog
    } finally {
      await apic.close()
    }
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
    await addConnection(editor, 'https://apic1.example.com')
    await editor.dialog.locator('.red-ui-editableList-addButton').click()
    await editor.field('Controller').last().fill('https://apic2.example.com')
    await editor.field('User name').fill('node-red')
    await editor.field('Password').fill('not a password')
    await editor.dialog.locator('summary').click()
    return editor.dialog
  },

  async 'aci-apic-certificate'({ editor }) {
    await addConnection(editor, 'https://apic1.example.com')
    await editor.field('Sign in by').selectOption('certificate')
    await editor.field('User name').fill('node-red')
    await editor.field('Certificate').fill('node-red-2026')
    await editor.field('Private key').fill('${ACI_PRIVATE_KEY}')
    return editor.dialog
  }
}

/** Opens the dialog of a new connection. */
async function addConnection(editor: Editor, controller: string): Promise<void> {
  await editor.edit('tenants')
  await editor.addConfig('apic')
  await editor.field('Name').fill('DC1')
  await editor.field('Controller').fill(controller)
}

async function unfold(editor: Editor, button: string): Promise<void> {
  await editor.dialog.getByRole('button', { name: button }).click()
}

/** Lets a simulated controller go by another address, as a proxy would: its own differs from run to run. */
async function callIt(editor: Editor, name: string, apic: ApicSimulator): Promise<void> {
  await editor.page.route('**/aci-apic/test', async (route) => {
    const body = route.request().postDataJSON() as Record<string, unknown>
    const response = await route.fetch({ postData: { ...body, controllers: apic.urls } })
    await route.fulfill({ response, body: (await response.text()).replaceAll(apic.url, name) })
  })
}

/** Pixels that a dialog needs below the height of the page, so that all of it is in the picture. */
function hiddenHeight(editor: Editor): Promise<number> {
  return editor.page.evaluate(() => {
    const body = $('.red-ui-tray').last().find('.red-ui-tray-body').get(0)
    const content = [...(body?.querySelectorAll('.red-ui-editor, .red-ui-tray-content, form') ?? []), body]
    return Math.max(0, ...content.map((part) => (part ? part.scrollHeight - part.clientHeight : 0)))
  })
}

function flowOf(apic: ApicSimulator): Flow {
  const subscriber = { type: 'aci-subscribe', z: 'tab', apic: 'apic', events: ['created', 'modified', 'deleted'] }
  const debug = { type: 'debug', z: 'tab', active: true, tosidebar: true, complete: 'payload', targetType: 'msg' }
  return [
    { id: 'tab', type: 'tab', label: 'Fabric' },
    connectionTo(apic),
    { ...subscriber, id: 'tenants', classes: 'fvTenant, fvAp', target: 'class', x: 140, y: 80, wires: [['debug']] },
    { ...debug, id: 'debug', name: 'what happens', x: 380, y: 80, wires: [] },
    {
      ...subscriber,
      id: 'faults',
      classes: 'faultInst',
      target: 'class',
      filter: 'and(eq(faultInst.severity,"critical"),ne(faultInst.ack,"yes"))',
      name: 'critical faults',
      outputs: 3,
      x: 140,
      y: 180,
      wires: [['alarm'], [], ['clear']]
    },
    {
      ...subscriber,
      id: 'shop',
      target: 'mo',
      dn: 'uni/tn-bank',
      name: 'faults of a tenant',
      scope: 'subtree',
      subtreeClasses: 'faultInst',
      x: 140,
      y: 420,
      wires: [[]]
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

/** What there is to be seen in the fabric. */
function furnish(apic: ApicSimulator): void {
  for (const name of ['bank', 'lab', 'shop']) apic.create('fvTenant', `uni/tn-${name}`)
  apic.modify('uni/tn-shop', { descr: 'web shop' })
  apic.create('fvCtx', 'uni/tn-shop/ctx-prod')
  apic.create('fvBD', 'uni/tn-shop/BD-web')
  apic.create('fvAp', 'uni/tn-shop/ap-web', { descr: 'what customers see' })
  apic.create('fvAp', 'uni/tn-shop/ap-stock')
  for (const name of ['front', 'basket', 'search']) apic.create('fvAEPg', `uni/tn-shop/ap-web/epg-${name}`)
  const faults: readonly [string, string, string][] = [
    ['uni/tn-shop/ap-web/epg-front', 'F0467', 'configuration-failed'],
    ['uni/tn-shop/BD-web', 'F0523', 'resolution-failed'],
    ['uni/tn-bank', 'F1298', 'configuration-failed']
  ]
  for (const [on, code, cause] of faults) {
    apic.create('faultInst', `${on}/fault-${code}`, { severity: 'critical', cause, ack: 'no', lc: 'raised' })
  }
}

/** The example of a dashboard with this fabric; in the dark with other colours of its theme. */
function dashboardOf(apic: ApicSimulator, dark: boolean): Flow {
  const colors = {
    surface: '#12202b',
    primary: '#58a6ff',
    bgPage: '#0d1117',
    groupBg: '#161b22',
    groupOutline: '#30363d'
  }
  return exampleFor(apic, 'Fabric event dashboard').map((node) =>
    node.type === 'ui-theme' && dark ? { ...node, colors } : node
  )
}

/** What there is to be seen on the dashboard. */
function upset(apic: ApicSimulator): void {
  const leaf = 'topology/pod-1/node-101/sys'
  const faults: readonly [string, string, string, string][] = [
    [`${leaf}/ch/psuslot-2/psu`, 'F1451', 'critical', 'Power supply shutdown. (serial number DCB2122X0FX)'],
    [
      'uni/tn-Production/ap-webshop/epg-frontend',
      'F0467',
      'critical',
      'Configuration failed for this EPG on node 101: invalid path'
    ],
    [
      `${leaf}/phys-[eth1/7]/phys`,
      'F1394',
      'major',
      'Port is down, reason:linkNotConnected(connected), used by:Fabric'
    ],
    ['uni/tn-Production/BD-web', 'F0469', 'minor', 'Configuration failed: duplicate subnet within the VRF'],
    [`${leaf}/phys-[eth1/9]/phys`, 'F381328', 'warning', 'TCA: CRC Align Errors value 4% raised above threshold 1%']
  ]
  for (const [index, [on, code, severity, descr]] of faults.entries()) {
    const created = `2026-11-23T${String(9 - index).padStart(2, '0')}:12:07.000+00:00`
    apic.create('faultInst', `${on}/fault-${code}`, { severity, descr, code, created, lc: 'raised' })
  }
  const group = 'uni/tn-Production/ap-webshop/epg-frontend'
  for (const [at, code, descr] of [
    ['08:11:59', 'E4206593', 'Application EPG frontend modified'],
    ['07:30:20', 'E4208219', 'Relation to the physical domain created']
  ] as const) {
    const created = `2026-11-23T${at}.000+00:00`
    apic.create('eventRecord', `subj-[${group}]/rec-${code}`, { affected: group, code, created, descr })
  }
  for (const [name, cur] of [
    ['Production', '71'],
    ['mgmt', '94']
  ] as const) {
    apic.modify(`uni/tn-${name}/health`, { cur, updTs: '2026-11-23T10:40:12.000+00:00' })
  }
}

/** An endpoint that moves, and what an administrator did. */
function move(apic: ApicSimulator): void {
  const endpoint = 'uni/tn-Production/ap-webshop/epg-frontend/cep-00:50:56:8A:1C:07'
  const path = (node: string, port: string): string =>
    `${endpoint}/rscEpToPathEp-[topology/pod-1/paths-${node}/pathep-[eth1/${port}]]`
  apic.create('fvCEp', endpoint, { mac: '00:50:56:8A:1C:07' })
  apic.create('fvRsCEpToPathEp', path('101', '12'))
  apic.create('fvRsCEpToPathEp', path('102', '21'))
  const record = { user: 'maria', ind: 'modification', affected: 'uni/tn-Production/BD-web', descr: 'BD web modified' }
  apic.create('aaaModLR', 'subj-[uni/tn-Production/BD-web]/mod-4294970001', {
    ...record,
    created: '2026-11-23T10:41:55.000+00:00'
  })
}

/** Name of the picture of an example's flow, such as `flow-endpoint-tracker`. */
const pictureOf = (example: string): string =>
  `flow-${example
    .replace(/ \(.*\)$/, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')}`

/** Makes the picture of an example's flow as the editor shows it, all of it. */
async function drawFlow(browser: Browser, nodeRed: NodeRed, apic: ApicSimulator, example: string): Promise<void> {
  await nodeRed.deploy(exampleFor(apic, example))
  const editor = await Editor.open(browser, nodeRed, { width: 2_600, height: 1_700 })
  await editor.page.locator('.red-ui-flow-node').first().waitFor()
  const clip = await editor.page.evaluate(() => {
    // What a node is connected to, and what it does, differ from run to run.
    for (const part of document.querySelectorAll('.red-ui-flow-node-status-group')) part.remove()
    const boxes = [...document.querySelectorAll('.red-ui-flow-node-group')].map((node) => node.getBoundingClientRect())
    const left = Math.min(...boxes.map((box) => box.left)) - 20
    const top = Math.min(...boxes.map((box) => box.top)) - 20
    const right = Math.max(...boxes.map((box) => box.right)) + 20
    return { x: left, y: top, width: right - left, height: Math.max(...boxes.map((box) => box.bottom)) + 20 - top }
  })
  const path = join(folder, `${pictureOf(example)}.png`)
  await editor.page.screenshot({ path, clip, animations: 'disabled' })
  console.log(path)
  await editor.close()
}

/** What the rules have to decide about. */
function happen(apic: ApicSimulator): void {
  const leaf = 'topology/pod-1/node-101/sys'
  const faults: readonly [string, string, Readonly<Record<string, string>>][] = [
    [leaf, 'F1296', { severity: 'major', cause: 'interface-vpc-down', descr: 'vPC is down' }],
    [
      leaf,
      'F0299',
      {
        severity: 'warning',
        cause: 'protocol-bgp-adjacency-down',
        descr: 'BGP peer is not established, current state Idle'
      }
    ],
    [
      `${leaf}/phys-[eth1/11]`,
      'F0454',
      { severity: 'minor', cause: 'wiring-check-failed', descr: 'Port out of service' }
    ],
    [`${leaf}/ch`, 'F3999', { severity: 'minor', descr: 'A sensor has an unusual value' }]
  ]
  for (const [on, code, attributes] of faults) {
    apic.create('faultInst', `${on}/fault-${code}`, {
      code,
      lc: 'raised',
      created: '2026-11-23T10:42:31.000+00:00',
      ...attributes
    })
  }
}

async function main(): Promise<void> {
  if (wanted.length === 0) rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const apic = await ApicSimulator.start({ tls: false, fabric: 'small', seed: 7 })
  furnish(apic)
  const [nodeRed, browser] = await Promise.all([NodeRed.start(), launch()])
  try {
    for (const [name, scene] of Object.entries(scenes)) {
      if (wanted.length > 0 && !wanted.includes(name)) continue
      for (const dark of [false, true]) {
        // Anew, so that nothing of the picture before is in it.
        await nodeRed.deploy([])
        await nodeRed.deploy(flowOf(apic))
        const editor = await Editor.open(browser, nodeRed, { dark, width: WIDTH, height: HEIGHT, scale: 2 })
        const path = join(folder, `${name}-${dark ? 'dark' : 'light'}.png`)
        const ends: (() => Promise<unknown>)[] = []
        const shown = await scene({ editor, apic, nodeRed, dark, later: (end) => ends.push(end) })
        const missing = await hiddenHeight(editor)
        if (shown !== editor.page && missing > 0) {
          await editor.page.setViewportSize({ width: WIDTH, height: HEIGHT + missing })
          await editor.page.waitForFunction(() => $('.red-ui-tray').last().css('right') === '0px')
        }
        // What is typed is checked when its field is left.
        await editor.page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur())
        await shown.screenshot({ path, animations: 'disabled', caret: 'hide' })
        if (editor.complaints.length > 0) throw new Error(editor.complaints.join('\n'))
        console.log(path)
        await editor.close()
        await nodeRed.deploy([])
        for (const end of ends) await end()
      }
    }
    for (const example of names) {
      const isWanted = wanted.length === 0 || wanted.includes('flows') || wanted.includes(pictureOf(example))
      if (isWanted) await drawFlow(browser, nodeRed, apic, example)
    }
  } finally {
    await Promise.all([browser.close(), nodeRed.stop(), apic.close()])
  }
}

main().catch((error: unknown) => {
  console.error(error)
  process.exit(1)
})
