// What a table of many faults on a dashboard costs, kept by a function node as flows do it by hand, and sent whole by
// aci-subscribe (emit: rows): CPU of Node-RED, and bytes to one browser. Figures are for people; nothing passes or fails by them.

import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { launch } from '../browser/chromium'
import { connectionTo, exampleFor, NodeRed, type Flow } from '../browser/node-red'
import { ApicSimulator } from '../simulator'
import { spreadOf } from './statistics'

const FAULTS = 5_000
/** Changes a second. */
const RATE = 200
const TICK = 50
/** Ticks of the clock that /proc counts in, per second. */
const CLOCK = 100

const HELP = `npm run table -- [options]

Keeps ${FAULTS.toLocaleString('en')} faults in a table of @flowfuse/node-red-dashboard while ${RATE} of them change each second, and shows what that
costs Node-RED, and how much one browser gets; and how long one waits before the example dashboard with as many. Linux only: it reads /proc.

  --rounds N    interleaved rounds (default 3)
  --seconds N   length of each measurement (default 20)
`

const column = (key: string): object => ({ key, keyType: 'key', title: key, width: '', align: 'start', type: 'text' })

const DASHBOARD: Flow = [
  { id: 'ui', type: 'ui-base', name: 'x', path: '/dashboard', includeClientData: true, acceptsClientConfig: [] },
  { id: 'theme', type: 'ui-theme', name: 'x', colors: {}, sizes: {} },
  {
    id: 'page',
    type: 'ui-page',
    name: 'x',
    ui: 'ui',
    path: '/x',
    layout: 'grid',
    theme: 'theme',
    order: 1,
    visible: 'true'
  },
  { id: 'group', type: 'ui-group', name: 'x', page: 'page', width: '12', height: '1', order: 1, visible: 'true' },
  {
    id: 'table',
    type: 'ui-table',
    z: 'tab',
    x: 600,
    y: 100,
    group: 'group',
    width: '12',
    height: '10',
    maxrows: 10,
    autocols: false,
    columns: ['severity', 'code', 'dn', 'descr'].map(column),
    action: 'replace',
    wires: [[]]
  }
]

/** Keeps the newest state of each object, and gives all of them to the table: after each event, or behind a rate limit. */
const BY_HAND = `
const faults = context.get('faults') || {}
const { event, dn, class: name, attributes } = msg.payload
if (event === 'deleted') delete faults[dn]
else faults[dn] = { ...attributes, class: name, dn }
context.set('faults', faults)
// What exists comes one by one: the last one alone has a count.
if (event === 'existing' && !msg.parts.count) return null
return { payload: Object.values(faults) }
`

const subscriber = {
  type: 'aci-subscribe',
  z: 'tab',
  x: 100,
  y: 100,
  apic: 'apic',
  target: 'class',
  classes: 'faultInst'
}
const keep = { id: 'keep', type: 'function', z: 'tab', x: 300, y: 100, func: BY_HAND, outputs: 1 }
const limit = {
  id: 'limit',
  type: 'delay',
  z: 'tab',
  x: 450,
  y: 100,
  pauseType: 'rate',
  rate: '1',
  nbRateUnits: '1',
  rateUnits: 'second',
  drop: true,
  allowrate: false,
  outputs: 1
}

const WAYS: readonly { readonly name: string; readonly flow: Flow }[] = [
  {
    name: 'function node, a message for each change',
    flow: [
      { ...subscriber, id: 'sub', snapshot: true, wires: [['keep']] },
      { ...keep, wires: [['table']] }
    ]
  },
  {
    name: 'function node behind which one message a second passes',
    flow: [
      { ...subscriber, id: 'sub', snapshot: true, wires: [['keep']] },
      { ...keep, wires: [['limit']] },
      { ...limit, wires: [['table']] }
    ]
  },
  { name: 'emit: rows', flow: [{ ...subscriber, id: 'sub', emit: 'rows', interval: 1, wires: [['table']] }] }
]

/** CPU that a process has used, seconds. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) / CLOCK
}

interface Cost {
  /** Cores. */
  readonly cpu: number
  /** Bytes a second to one browser. */
  readonly bytes: number
}

const dn = (index: number): string => `uni/tn-t${index % 50}/fault-F${String(index).padStart(4, '0')}`

/** A fabric with all those faults. */
async function faultyFabric(): Promise<ApicSimulator> {
  const apic = await ApicSimulator.start({ tls: false, fabric: 'empty', auditLimit: 0 })
  for (let index = 0; index < 50; index += 1) apic.create('fvTenant', `uni/tn-t${index}`)
  for (let index = 0; index < FAULTS; index += 1) {
    apic.create('faultInst', dn(index), {
      severity: 'minor',
      code: `F${index}`,
      descr: 'Port is down, reason: link failure'
    })
  }
  return apic
}

/** How the example of a dashboard feels with so many faults: what somebody who sits before it waits for, ms. */
async function use(): Promise<ReadonlyMap<string, number>> {
  const apic = await faultyFabric()
  const [nodeRed, browser] = await Promise.all([NodeRed.start(), launch()])
  const waits = new Map<string, number>()
  const timed = async (name: string, work: () => Promise<unknown>): Promise<void> => {
    const started = performance.now()
    await work()
    waits.set(name, performance.now() - started)
  }
  try {
    await nodeRed.deploy(exampleFor(apic, 'Fabric event dashboard'))
    const page = await browser.newPage()
    page.setDefaultTimeout(60_000)
    const all = (): Promise<unknown> => page.getByText(`of ${FAULTS}`).waitFor()
    await page.goto(`${nodeRed.url}dashboard/fabric`)
    await all()
    await timed('the page is loaded again, until its table is there', async () => {
      await page.reload()
      await all()
    })
    await timed('one of them is searched for', async () => {
      await page.getByRole('textbox', { name: 'Search' }).first().fill('F4321')
      await page.getByText('1-1 of 1').waitFor()
    })
    await page.getByRole('textbox', { name: 'Search' }).first().fill('')
    await all()
    await timed('a critical fault is raised, until it is the first row', async () => {
      apic.create('faultInst', 'uni/tn-t1/fault-F9999', { severity: 'critical', code: 'F9999' })
      await page.locator('tbody tr').first().getByText('F9999').waitFor()
    })
    apic.delete('uni/tn-t1/fault-F9999')
    await all()
    await timed('Node-RED is stopped and started, until it has started its flows', () => nodeRed.restart())
    await timed('after that, until a page has its table', async () => {
      await page.reload()
      await all()
    })
  } finally {
    await Promise.all([browser.close(), nodeRed.stop('SIGKILL')])
    await apic.close()
  }
  return waits
}

async function measure(flow: Flow, seconds: number): Promise<Cost> {
  const apic = await faultyFabric()
  const [nodeRed, browser] = await Promise.all([NodeRed.start(), launch()])
  let changing: NodeJS.Timeout | undefined
  try {
    await nodeRed.deploy([{ id: 'tab', type: 'tab', label: 'x' }, connectionTo(apic), ...DASHBOARD, ...flow])
    const page = await browser.newPage()
    let bytes = 0
    page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => (bytes += payload.length)))
    await page.goto(`${nodeRed.url}dashboard/x`)
    await page.getByText(`of ${FAULTS}`).waitFor({ timeout: 60_000 })
    let next = 0
    changing = setInterval(() => {
      for (let count = 0; count < (RATE * TICK) / 1_000; count += 1) {
        next += 1
        apic.modify(dn((next * 7) % FAULTS), { occur: String(next) })
      }
    }, TICK)
    await sleep(3_000)
    const before = { cpu: cpuOf(nodeRed.pid), bytes, at: performance.now() }
    await sleep(seconds * 1_000)
    const elapsed = (performance.now() - before.at) / 1_000
    return { cpu: (cpuOf(nodeRed.pid) - before.cpu) / elapsed, bytes: (bytes - before.bytes) / elapsed }
  } finally {
    clearInterval(changing)
    await Promise.all([browser.close(), nodeRed.stop('SIGKILL')])
    await apic.close()
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '20' },
      help: { type: 'boolean', default: false }
    }
  })
  const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)]
  if (values.help || !(rounds >= 1) || !(seconds >= 1)) {
    console.log(HELP)
    return
  }
  const felt: ReadonlyMap<string, number>[] = []
  for (let round = 1; round <= rounds; round += 1) felt.push(await use())
  console.log(`| the example dashboard with ${FAULTS.toLocaleString('en')} faults | s |\n| - | - |`)
  for (const name of felt[0]!.keys()) {
    const { median } = spreadOf(felt.map((waits) => waits.get(name) ?? NaN))
    console.log(`| ${name} | ${(median / 1_000).toFixed(1)} |`)
  }
  const costs = WAYS.map((): Cost[] => [])
  for (let round = 1; round <= rounds; round += 1) {
    for (const [index, { name, flow }] of WAYS.entries()) {
      const cost = await measure(flow, seconds)
      costs[index]!.push(cost)
      console.error(`round ${round}: ${name}: ${cost.cpu.toFixed(2)} cores, ${(cost.bytes / 1e6).toFixed(2)} MB/s`)
    }
  }
  console.log(
    '| table of 5,000 faults, 200 changes a second | CPU of Node-RED, cores | to one browser, MB/s |\n| - | - | - |'
  )
  for (const [index, { name }] of WAYS.entries()) {
    const median = (of: (cost: Cost) => number): number => spreadOf(costs[index]!.map(of)).median
    console.log(
      `| ${name} | ${median(({ cpu }) => cpu).toFixed(2)} | ${(median(({ bytes }) => bytes) / 1e6).toFixed(2)} |`
    )
  }
}

main().then(
  () => process.exit(),
  (error: unknown) => {
    console.error(error)
    process.exit(1)
  }
)
