// What the integration tests share: real Node-RED with this package, a simulated APIC, and sinks to see what comes out.

import { EventEmitter } from 'node:events'
import { createRequire } from 'node:module'
import type { Node, NodeAPI, NodeDef } from 'node-red'
import helper from 'node-red-node-test-helper'
import aciApic from '../nodes/aci-apic'
import aciPush from '../nodes/aci-push'
import aciQuery from '../nodes/aci-query'
import aciSubscribe from '../nodes/aci-subscribe'
import type { AciMessage } from '../nodes/runtime/message'
import { ApicSimulator } from './simulator'
import { makeSigningPair, type KeyPair } from './simulator/certificates'

helper.init(require.resolve('node-red'))

/** What a test waits for has to come within this time, ms: only a failing test ever waits so long. */
const PATIENCE = 8_000

export type Settings = Record<string, unknown>
export type FlowNode = Settings & { id: string; type: string }

/** Things that come in over time, and tests that wait for them. */
export class Inbox<T> {
  private readonly items: T[] = []
  private read = 0
  private readonly waiting = new Set<() => void>()

  constructor(
    readonly name: string,
    private readonly patience = PATIENCE
  ) {}

  push(item: T): void {
    this.items.push(item)
    for (const look of [...this.waiting]) look()
  }

  /** The next one, or the next that matches; those passed over are not seen again. */
  async next(matches: (item: T) => boolean = () => true): Promise<T> {
    const found = await this.until(() => {
      const index = this.items.findIndex((item, place) => place >= this.read && matches(item))
      return index === -1 ? undefined : index
    })
    this.read = found + 1
    return this.items[found]!
  }

  async take(count: number): Promise<T[]> {
    const taken: T[] = []
    while (taken.length < count) taken.push(await this.next())
    return taken
  }

  /** What came and was not taken. */
  others(): T[] {
    return this.items.slice(this.read)
  }

  get all(): readonly T[] {
    return this.items
  }

  private until<R>(look: () => R | undefined): Promise<R> {
    return new Promise((resolve, reject) => {
      const attempt = (): void => {
        const result = look()
        if (result === undefined) return
        clearTimeout(timer)
        this.waiting.delete(attempt)
        resolve(result)
      }
      const timer = setTimeout(() => {
        this.waiting.delete(attempt)
        const seen = this.items.slice(this.read).map((item) => JSON.stringify(item).slice(0, 300))
        reject(new Error(`${this.name}: waited in vain; unread are ${seen.length === 0 ? 'none' : seen.join('\n  ')}`))
      }, this.patience)
      this.waiting.add(attempt)
      attempt()
    })
  }
}

export interface CaughtError {
  message: string
  code?: string
  cause?: { status: number; code: string; text: string }
  source: { id: string; type: string }
}

export interface ShownStatus {
  fill?: string
  shape?: string
  text?: string
}

/** A line of Node-RED's log. */
export interface LogLine {
  readonly level: 'error' | 'warn' | 'info' | 'other'
  /** Of the node that wrote it. */
  readonly id: string
  readonly text: string
}

interface RawLogLine {
  readonly level: number
  readonly id?: string
  readonly msg: unknown
}

/** Node-RED's own log, which has no types: what is added gets every line as an event. */
const { log } = createRequire(require.resolve('node-red'))('@node-red/util') as {
  log: { addHandler(handler: EventEmitter): void; removeHandler(handler: EventEmitter): void }
}

const LEVELS: Readonly<Record<number, LogLine['level']>> = { 20: 'error', 30: 'warn', 40: 'info' }

type SourcedStatus = ShownStatus & { source: { id: string } }

const inboxes = new Map<string, Inbox<AciMessage>>()

/** A node that keeps what it gets, whatever instance of it a deploy makes. */
function sinkType(RED: NodeAPI): void {
  RED.nodes.registerType('sink', function (this: Node, definition: NodeDef) {
    RED.nodes.createNode(this, definition)
    this.on('input', (message, _send, done) => {
      inboxOf(definition.id).push(message as unknown as AciMessage)
      // Errors and statuses of each node are waited for apart from those of the others.
      const { error, status } = message as { error?: CaughtError; status?: SourcedStatus }
      const source = error?.source.id ?? status?.source.id
      if (source !== undefined) inboxOf(`${definition.id}:${source}`).push(message as unknown as AciMessage)
      done()
    })
  })
}

function inboxOf(id: string, patience?: number): Inbox<AciMessage> {
  let inbox = inboxes.get(id)
  if (inbox === undefined) {
    inbox = new Inbox(id, patience)
    inboxes.set(id, inbox)
  }
  return inbox
}

/** The node types of core that tests use: plain files without types. */
const coreNodes = [
  'network/05-tls',
  'function/10-switch',
  'function/80-template',
  'sequence/17-split',
  'common/24-complete'
].map((path) => createRequire(__filename)(`@node-red/nodes/core/${path}`) as () => void)

const CERTIFICATE_NAME = 'flow.crt'
/** DN of the certificate that {@link Rig.useCertificate} registers. */
export const CERTIFICATE = `uni/userext/user-admin/usercert-${CERTIFICATE_NAME}`

type SimulatorOptions = NonNullable<Parameters<typeof ApicSimulator.start>[0]>

/** Finding an RSA key takes a while, so all tests have the same one. */
let signingPair: Promise<KeyPair> | undefined

/** One test's Node-RED with its APIC. */
export class Rig {
  /** Credentials of `apic` and of whatever else a test adds. */
  credentials: Record<string, Settings> = { apic: { username: 'admin', password: 'password' } }
  /** How `apic` logs in. */
  private auth = 'password'
  /** What the nodes log. */
  readonly logged = new Inbox<LogLine>('log')
  private readonly logHandler = new EventEmitter()

  private constructor(readonly apic: ApicSimulator) {
    this.logHandler.on('log', ({ level, id, msg }: RawLogLine) => {
      if (id !== undefined) this.logged.push({ level: LEVELS[level] ?? 'other', id, text: String(msg) })
    })
    log.addHandler(this.logHandler)
  }

  /** A simulated fabric with little in it, over plain http unless asked otherwise: TLS has tests of its own. */
  static async start(options: SimulatorOptions = {}): Promise<Rig> {
    return new Rig(await ApicSimulator.start({ fabric: 'empty', tls: false, ...options }))
  }

  /**
   * From now on `apic` logs in by a certificate of admin's, which this APIC and others know.
   * @returns the private key and the certificate, PEM
   */
  async useCertificate(...others: readonly ApicSimulator[]): Promise<KeyPair> {
    signingPair ??= makeSigningPair()
    const pair = await signingPair
    for (const apic of [this.apic, ...others]) apic.create('aaaUserCert', CERTIFICATE, { data: pair.cert })
    this.auth = 'certificate'
    this.credentials['apic'] = { username: 'admin', certificateName: CERTIFICATE_NAME, privateKey: pair.key }
    return pair
  }

  /** The configuration node, named `apic`. */
  connection(settings: Settings = {}): FlowNode {
    const controllers = this.apic.urls
    return { id: 'apic', type: 'aci-apic', name: 'DC1', auth: this.auth, controllers, auditInterval: 0, ...settings }
  }

  /** A core tls-config node, named `tls` unless asked otherwise. */
  tlsConfig(settings: Settings = {}): FlowNode {
    const files = { cert: '', key: '', ca: '' }
    const rest = { servername: '', alpnprotocol: '', verifyservercert: true }
    return { id: 'tls', type: 'tls-config', name: '', ...files, ...rest, ...settings }
  }

  /** An aci-subscribe node with a sink at each output: `<id>`, `<id>.0`, `<id>.1`, `<id>.2`. */
  subscriber(id: string, settings: Settings): FlowNode[] {
    const outputs = settings['outputs'] === 3 ? [0, 1, 2] : [0]
    const sinks = outputs.map((port) => `${id}.${port}`)
    return [
      { id, type: 'aci-subscribe', z: 'tab', name: '', apic: 'apic', ...settings, wires: sinks.map((sink) => [sink]) },
      ...sinks.map((sink) => ({ id: sink, type: 'sink', z: 'tab', wires: [] }))
    ]
  }

  /** An aci-query node with a sink at its output: `<id>`, `<id>.0`. */
  querier(id: string, settings: Settings = {}): FlowNode[] {
    return this.answering('aci-query', id, settings)
  }

  /** An aci-push node with a sink at its output: `<id>`, `<id>.0`. */
  pusher(id: string, settings: Settings = {}): FlowNode[] {
    return this.answering('aci-push', id, settings)
  }

  private answering(type: string, id: string, settings: Settings): FlowNode[] {
    return [
      { id, type, z: 'tab', name: '', apic: 'apic', ...settings, wires: [[`${id}.0`]] },
      { id: `${id}.0`, type: 'sink', z: 'tab', wires: [] }
    ]
  }

  /** Loads a flow: the tab, a Catch and a Status node with sinks, and the given nodes. */
  async load(...nodes: readonly (FlowNode | FlowNode[])[]): Promise<void> {
    await helper.load(
      [aciApic, aciSubscribe, aciQuery, aciPush, sinkType, ...coreNodes],
      this.flow(nodes),
      this.credentials
    )
  }

  async deploy(type: 'full' | 'flows' | 'nodes', ...nodes: readonly (FlowNode | FlowNode[])[]): Promise<void> {
    await helper.setFlows(this.flow(nodes), type, this.credentials)
  }

  private flow(nodes: readonly (FlowNode | FlowNode[])[]): never {
    const flow: FlowNode[] = [
      { id: 'tab', type: 'tab', label: 'test' },
      { id: 'catch', type: 'catch', z: 'tab', scope: null, wires: [['caught']] },
      { id: 'caught', type: 'sink', z: 'tab', wires: [] },
      { id: 'status', type: 'status', z: 'tab', scope: null, wires: [['shown']] },
      { id: 'shown', type: 'sink', z: 'tab', wires: [] },
      ...nodes.flat()
    ]
    // A node without a place on the canvas is taken for a configuration node.
    return flow.map((node) => ('z' in node ? { x: 0, y: 0, ...node } : node)) as never
  }

  /** An object as a message should show it. */
  stored(dn: string): Record<string, string> {
    const notOfTheObject = ['status', 'childAction', 'rn']
    return Object.fromEntries(
      Object.entries(this.apic.read(dn) ?? {}).filter(([name]) => !notOfTheObject.includes(name))
    )
  }

  /**
   * What left that output of a node of ours.
   * @param patience how long each message is waited for, ms, where that is more than a test should
   */
  inbox(id: string, port = 0, patience?: number): Inbox<AciMessage> {
    return inboxOf(`${id}.${port}`, patience)
  }

  /** What reached a sink by its id. */
  sink(id: string): Inbox<AciMessage> {
    return inboxOf(id)
  }

  /** The next error of that node that the Catch node gets. */
  async caught(id: string): Promise<CaughtError> {
    return errorOf(await inboxOf(`caught:${id}`).next())
  }

  /** All errors so far. */
  get errors(): CaughtError[] {
    return inboxOf('caught').all.map(errorOf)
  }

  /** The next status of a node that matches. */
  async status(id: string, matches: (status: ShownStatus) => boolean): Promise<ShownStatus> {
    return statusOf(await inboxOf(`shown:${id}`).next((message) => matches(statusOf(message))))
  }

  /** Every status of a node so far. */
  statuses(id: string): ShownStatus[] {
    return inboxOf(`shown:${id}`).all.map(statusOf)
  }

  /** Waits until a node shows that it is subscribed. */
  async subscribed(id: string): Promise<void> {
    await this.status(id, ({ fill }) => fill === 'green')
  }

  receive(id: string, message: Settings): void {
    helper.getNode(id).receive(message)
  }

  async stop(): Promise<void> {
    await helper.unload()
    log.removeHandler(this.logHandler)
    inboxes.clear()
    await this.apic.close()
  }
}

function errorOf(message: AciMessage): CaughtError {
  return (message as unknown as { error: CaughtError }).error
}

function statusOf(message: AciMessage): ShownStatus {
  return (message as unknown as { status: ShownStatus }).status
}
