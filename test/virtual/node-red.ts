// A runtime for the nodes of this package that is nothing but timers: what real Node-RED does with flows, deploys and
// messages, so far as the random test asks for it, without files and without a clock of its own.

import { EventEmitter } from 'node:events'
import type { NodeAPI } from 'node-red'
import aciApic from '../../nodes/aci-apic'
import aciSubscribe from '../../nodes/aci-subscribe'
import type { DeployType, FlowNode, Flows, ShownStatus } from '../chaos/node-red'
import { listeners } from '../chaos/sink'

type Message = Record<string, unknown>
type Constructor = (this: RunningNode, definition: FlowNode) => void

/** What a node of the package sees of itself. */
class RunningNode extends EventEmitter {
  id = ''
  type = ''
  z = ''
  credentials: unknown
  definition: FlowNode | undefined
  private readonly closers: ((done: () => void) => void)[] = []

  constructor(private readonly runtime: VirtualNodeRed) {
    super()
  }

  override on(name: string, listener: (...given: unknown[]) => void): this {
    if (name !== 'close') return super.on(name, listener)
    this.closers.push(listener)
    return this
  }

  send(given: Message | (Message | null)[]): void {
    const ports = Array.isArray(given) ? given : [given]
    const wires = (this.definition?.['wires'] ?? []) as string[][]
    for (const [port, message] of ports.entries()) {
      if (message === null) continue
      for (const id of wires[port] ?? []) this.runtime.receive(id, message)
    }
  }

  receive(message: Message): void {
    const send = (own: Message | (Message | null)[]): void => this.send(own)
    const done = (thrown?: Error): void => {
      if (thrown !== undefined) this.error(thrown)
    }
    this.emit('input', message, send, done)
  }

  error(thrown: Error & { code?: string }): void {
    const { message, code } = thrown
    this.runtime.caught({ error: { message, code } })
  }

  status(status: ShownStatus): void {
    this.runtime.shown(this.id, status)
  }

  log(): void {
    // Nobody reads the log of a virtual run.
  }

  warn(): void {
    // As above.
  }

  async close(): Promise<void> {
    await Promise.all(
      this.closers.map(
        (closer) =>
          new Promise<void>((resolve) => {
            closer.call(this, resolve)
            if (closer.length === 0) resolve()
          })
      )
    )
  }
}

export class VirtualNodeRed implements Flows {
  private readonly types = new Map<string, Constructor>()
  private readonly flows = new Map<string, FlowNode>()
  private readonly running = new Map<string, RunningNode>()
  private readonly statusListeners = new Map<string, (status: ShownStatus) => void>()
  private readonly startListeners = new Map<string, () => void>()
  private readonly events = new EventEmitter()
  private queue: Promise<unknown> = Promise.resolve()
  private ids = 0

  constructor() {
    const RED = this.api()
    aciApic(RED)
    aciSubscribe(RED)
  }

  onStatus(id: string, listener: (status: ShownStatus) => void): void {
    this.statusListeners.set(id, listener)
  }

  onStarted(name: string, listener: () => void): void {
    this.startListeners.set(name, listener)
  }

  node(id: string): unknown {
    return this.running.get(id)
  }

  deploy(type: DeployType, nodes: readonly FlowNode[]): Promise<void> {
    return this.inTurn(async () => {
      const changed = new Set<string>()
      for (const node of nodes) {
        const credentials = node['credentials'] ?? this.flows.get(node.id)?.['credentials']
        this.flows.set(node.id, { ...node, credentials })
        changed.add(node.id)
      }
      // Whoever refers to a configuration node that has changed is made anew with it.
      for (const { id, apic } of this.flows.values()) if (typeof apic === 'string' && changed.has(apic)) changed.add(id)
      const tabs = new Set<unknown>([...changed].flatMap((id) => this.flows.get(id)?.['z'] ?? []))
      const restarted = [...this.flows.values()].filter(({ id, z }) => {
        return type === 'full' || changed.has(id) || (type === 'flows' && z !== undefined && tabs.has(z))
      })
      await this.restart(restarted.map(({ id }) => id))
    })
  }

  remove(name: string, ids: readonly string[]): Promise<void> {
    this.startListeners.delete(name)
    return this.inTurn(async () => {
      for (const id of ids) {
        this.flows.delete(id)
        this.statusListeners.delete(id)
      }
      await this.restart(ids)
    })
  }

  receive(id: string, message: Message): void {
    setImmediate(() => {
      const listener = listeners.get(id)
      if (listener !== undefined) listener(message as never)
      else this.running.get(id)?.receive(message)
    })
  }

  caught(message: Message): void {
    for (const { type, wires } of this.flows.values()) {
      if (type === 'catch') for (const sink of (wires as string[][])[0] ?? []) this.receive(sink, message)
    }
  }

  shown(id: string, status: ShownStatus): void {
    setImmediate(() => this.statusListeners.get(id)?.(status))
  }

  private async restart(ids: readonly string[]): Promise<void> {
    const closing = ids.flatMap((id) => this.running.get(id) ?? [])
    for (const id of ids) this.running.delete(id)
    await Promise.all(closing.map((node) => node.close()))
    for (const definition of this.flows.values()) {
      const { id, type } = definition
      const construct = this.types.get(type)
      if (construct === undefined || this.running.has(id)) continue
      const node = new RunningNode(this)
      this.running.set(id, node)
      construct.call(node, definition)
    }
    this.events.emit('flows:started')
    for (const listener of this.startListeners.values()) listener()
  }

  private inTurn(work: () => Promise<void>): Promise<void> {
    const next = this.queue.then(work)
    this.queue = next.catch(() => undefined)
    return next
  }

  /** What the nodes use of Node-RED. */
  private api(): NodeAPI {
    const nothing = (): void => undefined
    return {
      nodes: {
        registerType: (type: string, construct: Constructor) => this.types.set(type, construct),
        createNode: (node: RunningNode, definition: FlowNode) => {
          const { id, type, z, credentials } = definition
          Object.assign(node, { id, type, z: z ?? '', credentials, definition })
        },
        getNode: (id: string) => this.running.get(id) ?? null,
        eachNode: (use: (definition: FlowNode) => void) => {
          for (const definition of this.flows.values()) use(definition)
        }
      },
      events: this.events,
      util: { generateId: () => String((this.ids += 1)), getSetting: nothing, cloneMessage: structuredClone },
      settings: {},
      httpAdmin: { get: nothing, post: nothing, use: nothing },
      auth: { needsPermission: () => nothing },
      log: { error: nothing },
      _: (key: string) => key
    } as unknown as NodeAPI
  }
}
