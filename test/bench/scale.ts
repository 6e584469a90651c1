// What many objects and many subscriptions cost: heap for each object of the classes that fabrics have most of, and time,
// CPU and memory for thousands of subscriptions of one node in Node-RED. Figures are for people; nothing passes or fails by them.

import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import helper from 'node-red-node-test-helper'
import type { NodeDef, NodeInitializer } from 'node-red'
import type * as Store from '../../nodes/apic/store/object-store'
import type * as Wire from '../../nodes/apic/protocol/wire'
import { Worker } from './rpc'
import type { ScaleApicCalls } from './scale-apic'

const HELP = `npm run scale -- [options]

Measures heap per object of the store, and thousands of subscriptions to single objects by one aci-subscribe node: until all are
live, back after the connection was lost, and steady. Beside it on the same machine runs the simulator.

  --subscriptions N  (default 10,000)
  --objects N        of each class (default 100,000)
  --settle N         seconds before the steady state is measured (default 300: until then, what was registered is verified)
  --dist DIR         another build of the package, such as one of an earlier commit
`

/** Loads modules of the build that is measured, which may be another one than this. */
const load = createRequire(__filename)

/** Seconds of the steady state that are measured. */
const STEADY = 30

type Made = Readonly<Record<string, string>>

const mac = (index: number): string => {
  const digits = index.toString(16).toUpperCase().padStart(6, '0')
  return `00:50:56:${digits.slice(0, 2)}:${digits.slice(2, 4)}:${digits.slice(4)}`
}
const time = (index: number): string =>
  new Date(Date.UTC(2026, 1) + ((index * 7_919) % 8_640_000) * 100).toISOString().replace('Z', '+00:00')
const leafOf = (index: number): string => `topology/pod-1/node-${101 + (index % 100)}`
const tenantOf = (index: number): string => `uni/tn-Prod${index % 20}`
const epgOf = (index: number): string => `${tenantOf(index)}/ap-shop/epg-e${index % 200}`

/** Objects as an APIC gives them: attributes, and how many values each has. */
const CLASSES: Readonly<Record<string, (index: number) => Made>> = {
  fvCEp: (index) => ({
    ...{ annotation: '', baseEpgDn: epgOf(index), bdDn: `${tenantOf(index)}/BD-bd${index % 50}`, childAction: '' },
    ...{ contName: '', dn: `${epgOf(index)}/cep-${mac(index)}`, encap: `vlan-${100 + (index % 200)}`, esgUsegDn: '' },
    ...{ extMngdBy: '', fabricPathDn: `${leafOf(index).replace('node', 'paths')}/pathep-[eth1/${1 + (index % 48)}]` },
    ...{ hostingServer: '', id: '0', idepdn: '', lcC: 'learned', lcOwn: 'local', mac: mac(index) },
    ...{ mcastAddr: 'not-applicable', modTs: time(index), monPolDn: 'uni/tn-common/monepg-default', name: mac(index) },
    ...{ nameAlias: '', reportingControllerName: '', status: '', uid: '0', userdom: 'all', uuid: '', vmmSrc: '' },
    vrfDn: `${tenantOf(index)}/ctx-main`
  }),
  fvIp: (index) => {
    const addr = `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`
    return {
      ...{ addr, annotation: '', baseEpgDn: epgOf(index), bdDn: `${tenantOf(index)}/BD-bd${index % 50}`, cont: '' },
      ...{
        childAction: '',
        createTs: time(index),
        debugMACMessage: '',
        dn: `${epgOf(index)}/cep-${mac(index)}/ip-[${addr}]`
      },
      ...{
        esgUsegDn: '',
        extMngdBy: '',
        fabricPathDn: `${leafOf(index).replace('node', 'paths')}/pathep-[eth1/1]`,
        flags: ''
      },
      ...{
        lcOwn: 'local',
        likelyActive: 'no',
        modTs: time(index),
        monPolDn: 'uni/tn-common/monepg-default',
        status: ''
      },
      ...{ uid: '0', userdom: 'all', vrfDn: `${tenantOf(index)}/ctx-main` }
    }
  },
  faultInst: (index) => ({
    ...{
      ack: 'no',
      alert: 'no',
      cause: 'port-failure',
      changeSet: 'operSt (New: down)',
      childAction: '',
      code: 'F0532'
    },
    ...{
      created: time(index),
      delegated: 'no',
      descr: `Port is down, reason:link-failure(connected), used by:EPG ${index}`
    },
    ...{
      dn: `${leafOf(index)}/sys/phys-[eth1/${1 + (index % 480)}]/phys/fault-F${index}`,
      domain: 'access',
      extMngdBy: ''
    },
    ...{ highestSeverity: 'critical', lastTransition: time(index), lc: 'raised', modTs: 'never', occur: '1' },
    ...{
      origSeverity: 'critical',
      prevSeverity: 'critical',
      rule: 'ethpm-if-port-down-infra-epg',
      severity: 'critical'
    },
    ...{ status: '', subject: 'port-down', title: '', type: 'communications', userdom: 'all' }
  }),
  l1PhysIf: (index) => ({
    ...{
      adminSt: 'up',
      annotation: '',
      autoNeg: 'on',
      brkoutMap: 'none',
      bw: '0',
      childAction: '',
      delay: '1',
      descr: ''
    },
    ...{ dn: `${leafOf(index)}/sys/phys-[eth${1 + (index >> 12)}/${1 + (index % 4_096)}]`, dot1qEtherType: '0x8100' },
    ...{ emiRetrain: 'disable', enablePoap: 'no', ethpmCfgFailedBmp: '', ethpmCfgFailedTs: '00:00:00:00.000' },
    ...{
      ethpmCfgState: '2',
      extMngdBy: '',
      fcotChannelNumber: 'Channel32',
      fecMode: 'inherit',
      id: `eth1/${index % 48}`
    },
    ...{ inhBw: 'unspecified', isReflectiveRelayCfgSupported: 'Supported', layer: 'Layer2', lcOwn: 'local' },
    ...{
      linkDebounce: '100',
      linkLog: 'default',
      mdix: 'auto',
      medium: 'broadcast',
      modTs: time(index),
      mode: 'trunk'
    },
    ...{
      monPolDn: 'uni/infra/moninfra-default',
      mtu: '9000',
      name: '',
      pathSDescr: '',
      portT: 'leaf',
      prioFlowCtrl: 'auto'
    },
    ...{ reflectiveRelayEn: 'off', routerMac: 'not-applicable', snmpTrapSt: 'enable', spanMode: 'not-a-span-dest' },
    ...{ speed: 'inherit', status: '', switchingSt: 'enabled', trunkLog: 'default', usage: 'discovery', userdom: 'all' }
  }),
  aaaModLR: (index) => ({
    ...{
      affected: `${epgOf(index)}/rsdomAtt-[uni/phys-phys]`,
      cause: 'transition',
      changeSet: `descr (Old: ${index}, New: x)`
    },
    ...{
      childAction: '',
      clientTag: '',
      code: 'E4211939',
      created: time(index),
      descr: 'RsDomAtt uni/phys-phys modified'
    },
    ...{
      dn: `subj-[${epgOf(index)}/rsdomAtt-[uni/phys-phys]]/mod-${8_589_934_592 + index}`,
      id: String(8_589_934_592 + index)
    },
    ...{ ind: 'modification', modTs: 'never', severity: 'info', sessionId: 'ZNqTNYZRQxi7GGf8ZGN3hA==', status: '' },
    ...{ trig: 'config', txId: String(576_460_752_303_537 + (index >> 3)), user: index % 7 === 0 ? 'ansible' : 'admin' }
  })
}

const PAGE = 1_000

function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  ;(runInNewContext('gc') as () => void)()
}

/** Reads so many objects of a class into a store. @returns heap that each takes, bytes, and time for each, µs */
function measureObjects(dist: string, name: string, count: number): { bytes: number; us: number } {
  const { ObjectStore } = load(join(dist, 'apic', 'store', 'object-store.js')) as typeof Store
  const { decodeAnswer } = load(join(dist, 'apic', 'protocol', 'wire.js')) as typeof Wire
  collectGarbage()
  const before = process.memoryUsage().heapUsed
  const store = new ObjectStore()
  const query = { id: 1 }
  let spent = 0
  for (let start = 0; start < count; start += PAGE) {
    const imdata = Array.from({ length: PAGE }, (_, place) => ({
      [name]: { attributes: CLASSES[name]!(start + place) }
    }))
    const text = JSON.stringify({ totalCount: String(count), imdata })
    const begun = performance.now()
    for (const row of decodeAnswer(text).objects) {
      store.take(row)
      store.results.add(store.get(row.dn)!, query)
    }
    spent += performance.now() - begun
  }
  collectGarbage()
  return { bytes: (process.memoryUsage().heapUsed - before) / store.size, us: (spent * 1_000) / store.size }
}

function cpuSeconds(since?: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since)
  return (user + system) / 1e6
}

interface Listed {
  readonly payload: readonly { readonly state: string }[]
}

async function measureSubscriptions(dist: string, count: number, settle: number): Promise<void> {
  const apic = new Worker<ScaleApicCalls>('the simulator', join(__dirname, 'scale-apic.ts'))
  try {
    const url = await apic.call('start', { tenants: count })
    helper.init(load.resolve('node-red'))
    await new Promise<void>((resolve) => helper.startServer(resolve))
    const nodes = ['aci-apic', 'aci-subscribe'].map(
      (name) => (load(join(dist, `${name}.js`)) as { default: NodeInitializer }).default
    )
    const plain = { wires: [[]], apic: 'apic', target: 'class', classes: '', inputs: 1 } as unknown as NodeDef
    const flow = [
      { id: 'tab', type: 'tab', name: '' },
      { id: 'apic', type: 'aci-apic', name: '', controllers: [url] },
      { ...plain, id: 'sub', type: 'aci-subscribe', z: 'tab', name: '' }
    ]
    await helper.load(nodes, flow, { apic: { username: 'admin', password: 'password' } })
    const node = helper.getNode('sub') as unknown as { receive(message: object): void; send(message: unknown): void }
    const live = async (): Promise<number> => {
      const answer = await new Promise<Listed>((resolve) => {
        node.send = (message) => resolve(message as Listed)
        node.receive({ action: 'list' })
      })
      return answer.payload.filter(({ state }) => state === 'live').length
    }
    const until = async (): Promise<number> => {
      const begun = performance.now()
      while ((await live()) < count) await sleep(200)
      return (performance.now() - begun) / 1_000
    }
    collectGarbage()
    const { heapUsed } = process.memoryUsage()
    const cpu = process.cpuUsage()
    for (let index = 0; index < count; index += 1) node.receive({ action: 'subscribe', topic: `uni/tn-t${index}` })
    const first = await until()
    console.log(`| until all are live | ${first.toFixed(1)} s, ${cpuSeconds(cpu).toFixed(1)} s of CPU |`)
    await sleep(settle * 1_000)
    const [requests, steady] = [await apic.call('requests', undefined), process.cpuUsage()]
    await sleep(STEADY * 1_000)
    const made = (await apic.call('requests', undefined)) - requests
    const share = (cpuSeconds(steady) / STEADY) * 100
    console.log(`| steady | ${share.toFixed(1)} % of a core, ${(made / STEADY).toFixed(0)} requests a second |`)
    collectGarbage()
    const heap = (process.memoryUsage().heapUsed - heapUsed) / count / 1_000
    console.log(`| heap of each, with its object | ${heap.toFixed(1)} kB |`)
    await apic.call('bounce', undefined)
    await sleep(500)
    console.log(`| all live again after the connection was lost | ${((await until()) + 0.5).toFixed(1)} s |`)
    await helper.unload()
    await new Promise<void>((resolve) => helper.stopServer(resolve))
  } finally {
    await apic.stop()
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      subscriptions: { type: 'string', default: '10000' },
      objects: { type: 'string', default: '100000' },
      settle: { type: 'string', default: '300' },
      dist: { type: 'string', default: join(dirname(dirname(__dirname)), 'dist', 'nodes') },
      help: { type: 'boolean', default: false }
    }
  })
  const [subscriptions, objects, settle] = [values.subscriptions, values.objects, values.settle].map(Number)
  if (values.help || !(subscriptions! > 0) || !(objects! >= PAGE) || !(settle! >= 0)) {
    console.log(HELP)
    return
  }
  console.log(`| class | attributes | heap of each object | first reading of each |\n| - | - | - | - |`)
  for (const [name, make] of Object.entries(CLASSES)) {
    const { bytes, us } = measureObjects(values.dist, name, objects!)
    const attributes = Object.keys(make(0)).length
    console.log(`| ${name} | ${attributes} | ${bytes.toFixed(0)} B | ${us.toFixed(1)} µs |`)
  }
  console.log(`\n| ${subscriptions!.toLocaleString('en')} subscriptions of one node | |\n| - | - |`)
  await measureSubscriptions(values.dist, subscriptions!, settle!)
}

main().then(
  () => process.exit(0),
  (thrown: unknown) => {
    console.error(thrown)
    process.exit(1)
  }
)
