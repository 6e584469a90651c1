// The examples as users meet them: imported as they are shipped into a Node-RED of its own process, which has nothing
// but this package and the e-mail nodes, and watched as the editor watches it.

import assert from 'node:assert/strict'
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { WebSocket } from 'ws'
import { nodeRedAt, start, type Program } from '../processes'
import { atEnd } from '../hooks'
import { Inbox, type FlowNode, type Settings, type ShownStatus } from '../rig'
import { ApicSimulator } from '../simulator'
import { read } from './shipped'

export const root = dirname(dirname(__dirname))
/** What its comment tells a user to fill in, and how long a test is ready to wait. */
export interface Choices {
  /** By node id: the controllers of an aci-apic node. */
  readonly controllers: Readonly<Record<string, readonly string[]>>
  /** Values of the tab's environment variables; the tab must have each of them. */
  readonly env?: Readonly<Record<string, string>>
  /** By node id: what is typed into fields for credentials. */
  readonly credentials?: Readonly<Record<string, Settings>>
}

interface Variable {
  name: string
  value?: string
}

/** An example with what a user fills in. */
export function filledIn(name: string, { controllers, env = {}, credentials = {} }: Choices): FlowNode[] {
  const flow = read(name)
  const nodeOf = (id: string): FlowNode => {
    const node = flow.find((candidate) => candidate.id === id)
    assert.ok(node, `${name} has no node ${id}`)
    return node
  }
  for (const [id, urls] of Object.entries(controllers)) {
    Object.assign(nodeOf(id), { controllers: urls, credentials: { username: 'admin', password: 'password' } })
  }
  for (const [id, typed] of Object.entries(credentials)) nodeOf(id)['credentials'] = typed
  const variables = (flow.find(({ type }) => type === 'tab')?.['env'] ?? []) as Variable[]
  for (const [variable, value] of Object.entries(env)) {
    const found = variables.find((candidate) => candidate.name === variable)
    assert.ok(found, `${name} has no variable ${variable}`)
    found.value = value
  }
  return flow
}

interface Told {
  readonly topic: string
  readonly data: unknown
}

interface DebugData {
  readonly id: string
  readonly name?: string
  readonly format?: string
  readonly msg?: unknown
}

/** Types and what brought them. */
export interface NodeSet {
  readonly module: string
  readonly types: readonly string[]
}

/** A Node-RED process, which starts when it is first needed. */
class NodeRed {
  /** Where its files are, and where relative paths of a flow begin. */
  readonly userDir = join(tmpdir(), `aci-examples-${process.pid}`)
  private running: Promise<void> | undefined
  private program: Program | undefined
  private comms: WebSocket | undefined
  private editor = ''
  private deploys = new Inbox<string>('deploys')
  private inboxes = new Map<string, Inbox<unknown>>()

  private ready(): Promise<void> {
    this.running ??= this.run()
    return this.running
  }

  private async run(): Promise<void> {
    const { userDir } = this
    rmSync(userDir, { recursive: true, force: true })
    const scope = join(userDir, 'node_modules', '@aci-flow')
    mkdirSync(scope, { recursive: true })
    symlinkSync(root, join(scope, 'node-red-aci'), 'junction')
    const apic = await ApicSimulator.start()
    writeFileSync(join(userDir, 'ca.pem'), apic.certificates.ca.cert)
    await apic.close()
    const settings = {
      uiHost: '127.0.0.1',
      uiPort: 0,
      fileWorkingDirectory: userDir,
      credentialSecret: 'test',
      debugMaxLength: 100_000,
      // What a receiver has lost is found again at once.
      socketReconnectTime: 200,
      mqttReconnectTime: 200,
      telemetry: { enabled: false }
    }
    writeFileSync(join(userDir, 'settings.js'), `module.exports = ${JSON.stringify(settings)}`)
    const args = [require.resolve('node-red/red.js'), '--userDir', userDir, '--settings', join(userDir, 'settings.js')]
    // What a test starts shows certificates of one CA, which this Node-RED trusts as it trusts those of the system.
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: join(userDir, 'ca.pem') }
    this.program = start(args, { cwd: userDir, env })
    this.editor = await nodeRedAt(this.program)
    this.comms = await this.listen()
  }

  async stop(): Promise<void> {
    if (this.running === undefined) return
    await this.running.catch(() => undefined)
    this.running = undefined
    this.comms?.terminate()
    await this.program?.stop('SIGTERM')
    rmSync(this.userDir, { recursive: true })
  }

  /** Everything before is gone: nodes, their contexts, and what they said. */
  async deploy(flow: readonly FlowNode[]): Promise<void> {
    await this.redeploy([])
    this.inboxes.clear()
    await this.redeploy(flow)
  }

  /** A full deploy, as the editor's button does it. */
  async redeploy(flow: readonly FlowNode[]): Promise<void> {
    await this.ready()
    const response = await fetch(`${this.editor}/flows`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Node-RED-API-Version': 'v2' },
      body: JSON.stringify({ flows: flow })
    })
    assert.equal(response.status, 200, await response.clone().text())
    const { rev } = (await response.json()) as { rev: string }
    await this.deploys.next((revision) => revision === rev)
  }

  /** What is deployed. */
  async flow(): Promise<FlowNode[]> {
    const response = await fetch(`${this.editor}/flows`)
    return (await response.json()) as FlowNode[]
  }

  /** Presses the button of an inject node. */
  async press(id: string): Promise<void> {
    const response = await fetch(`${this.editor}/inject/${id}`, { method: 'POST' })
    assert.equal(response.status, 200, id)
  }

  /** A page that an http in node serves. */
  get(path: string): Promise<Response> {
    return fetch(`${this.editor}${path}`)
  }

  /** Sends something to an http in node. */
  post(path: string, body: string, headers: Readonly<Record<string, string>>): Promise<Response> {
    return fetch(`${this.editor}${path}`, { method: 'POST', body, headers })
  }

  /** What a debug node shows in the sidebar. */
  debug<T = string>(id: string): Inbox<T> {
    return this.inbox(`debug:${id}`) as Inbox<T>
  }

  /** Warnings and errors that no Catch node took, as the sidebar shows them. */
  get complaints(): readonly unknown[] {
    return this.inbox('complaints').all
  }

  /** The next status of a node that matches. */
  async status(id: string, matches: (status: ShownStatus) => boolean): Promise<void> {
    await this.inbox(`status/${id}`).next((status) => matches(status as ShownStatus))
  }

  /** Waits until these aci-subscribe nodes show that they are subscribed. */
  async subscribed(...ids: readonly string[]): Promise<void> {
    await Promise.all(ids.map((id) => this.status(id, ({ fill }) => fill === 'green')))
  }

  /** Which node types there are, and of which modules. */
  async types(): Promise<readonly NodeSet[]> {
    await this.ready()
    const response = await fetch(`${this.editor}/nodes`, { headers: { Accept: 'application/json' } })
    return (await response.json()) as NodeSet[]
  }

  private inbox(name: string): Inbox<unknown> {
    let inbox = this.inboxes.get(name)
    if (inbox === undefined) {
      inbox = new Inbox(name, 15_000)
      this.inboxes.set(name, inbox)
    }
    return inbox
  }

  private listen(): Promise<WebSocket> {
    const socket = new WebSocket(`${this.editor.replace('http', 'ws')}/comms`)
    socket.on('message', (data: Buffer) => {
      const sent = JSON.parse(data.toString()) as Told | Told[]
      for (const one of Array.isArray(sent) ? sent : [sent]) this.hear(one)
    })
    return new Promise((resolve, reject) => {
      socket.once('error', reject)
      socket.once('open', () => {
        for (const topic of ['debug', 'status/#', 'notification/#']) socket.send(JSON.stringify({ subscribe: topic }))
        resolve(socket)
      })
    })
  }

  private hear({ topic, data }: Told): void {
    if (topic === 'notification/runtime-deploy') this.deploys.push((data as { revision: string }).revision)
    if (topic.startsWith('status/')) this.inbox(topic).push(data)
    if (topic !== 'debug') return
    const { id, format, msg, ...rest } = data as DebugData
    if ('level' in rest) this.inbox('complaints').push(msg)
    else this.inbox(`debug:${id}`).push(/^(Object|array)/.test(format ?? '') ? decode(String(msg)) : msg)
  }
}

/** What JSON cannot say is spelled out on its way to the editor. */
function decode(text: string): unknown {
  const isUndefined = (value: unknown): boolean =>
    typeof value === 'object' && value !== null && '__enc__' in value && 'type' in value && value.type === 'undefined'
  return JSON.parse(text, (_, value: unknown) => (isUndefined(value) ? undefined : value))
}

/** The Node-RED that all examples share: starting one takes longer than most of their tests. */
export const editor = new NodeRed()

atEnd(() => editor.stop())
