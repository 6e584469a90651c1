// The one Node-RED of a run: the real runtime with the nodes as they stand in the sources. It lives as long as the
// process, whatever is deployed meanwhile, so that what grows can be seen to grow.

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { NodeMessageInFlow } from 'node-red'
import RED from 'node-red'

const ROOT = dirname(dirname(__dirname))
/** A deploy that takes longer than this, ms, hangs. */
const DEPLOY_LIMIT = 20_000

export type FlowNode = Readonly<Record<string, unknown>> & { readonly id: string; readonly type: string }
export type DeployType = 'full' | 'flows' | 'nodes'

export interface ShownStatus {
  readonly fill?: string
  readonly shape?: string
  readonly text?: string
}

interface LogEntry {
  readonly level: number
  readonly msg: unknown
}

/** What the types leave out. */
interface Runtime {
  readonly nodes: { getNode(id: string): unknown }
  readonly runtime: {
    readonly flows: {
      setFlows(options: { flows: { flows: readonly FlowNode[] }; deploymentType: DeployType }): Promise<unknown>
    }
  }
}

/** Node-RED looks for pairs of .js and .html, and for texts beside them; the nodes themselves are TypeScript. */
function install(directory: string): void {
  const own = join(directory, 'nodes')
  mkdirSync(own)
  symlinkSync(join(ROOT, 'nodes', 'locales'), join(own, 'locales'), 'junction')
  const files = {
    'aci-apic': join(ROOT, 'nodes', 'aci-apic.ts'),
    'aci-subscribe': join(ROOT, 'nodes', 'aci-subscribe.ts'),
    'chaos-sink': join(__dirname, 'sink.ts')
  }
  for (const [name, path] of Object.entries(files)) {
    writeFileSync(join(own, `${name}.js`), `module.exports = require(${JSON.stringify(path)})`)
    writeFileSync(join(own, `${name}.html`), `<script type="text/html" data-template-name="${name}"></script>`)
  }
}

/** What a run does with its Node-RED, be it the real one or one of timers alone. */
export interface Flows {
  onStatus(id: string, listener: (status: ShownStatus) => void): void
  /** The listener is called after each deploy, in the turn of the event loop in which the flows have started. */
  onStarted(name: string, listener: () => void): void
  /** The instance of a node that runs now. */
  node(id: string): unknown
  /** Puts nodes in place of those of the same ids and deploys; one deploy at a time, for all share the runtime. */
  deploy(type: DeployType, nodes: readonly FlowNode[]): Promise<void>
  /** Takes nodes away, and the listener of that name. */
  remove(name: string, ids: readonly string[]): Promise<void>
  /** Hands a message to a node as a wire would. */
  receive(id: string, message: Record<string, unknown>): void
}

export class NodeRed implements Flows {
  private readonly flows = new Map<string, FlowNode>()
  private readonly statusListeners = new Map<string, (status: ShownStatus) => void>()
  private readonly startListeners = new Map<string, () => void>()
  private queue: Promise<unknown> = Promise.resolve()

  private constructor(private readonly directory: string) {}

  /** @param logged gets every line of the log, at every level */
  static async start(logged: (text: string) => void): Promise<NodeRed> {
    const directory = mkdtempSync(join(tmpdir(), 'aci-chaos-'))
    install(directory)
    RED.init(createServer(), {
      userDir: directory,
      nodesDir: join(directory, 'nodes'),
      flowFile: 'flows.json',
      credentialSecret: false,
      httpAdminRoot: false,
      httpNodeRoot: false,
      telemetry: { enabled: false },
      externalModules: { palette: { allowInstall: false } },
      logging: {
        console: { level: 'off', metrics: false, audit: false },
        seen: {
          level: 'trace',
          metrics: false,
          audit: false,
          handler: () => (entry: LogEntry) => {
            logged(entry.msg instanceof Error ? (entry.msg.stack ?? entry.msg.message) : JSON.stringify(entry.msg))
          }
        }
      }
    } as unknown as Parameters<typeof RED.init>[1])
    const nodeRed = new NodeRed(directory)
    RED.events.on('node-status', ({ id, status }: { id: string; status: ShownStatus }) => {
      nodeRed.statusListeners.get(id)?.(status)
    })
    await RED.start()
    return nodeRed
  }

  onStatus(id: string, listener: (status: ShownStatus) => void): void {
    this.statusListeners.set(id, listener)
  }

  onStarted(name: string, listener: () => void): void {
    this.startListeners.set(name, listener)
  }

  node(id: string): unknown {
    return (RED as unknown as Runtime).nodes.getNode(id)
  }

  deploy(type: DeployType, nodes: readonly FlowNode[]): Promise<void> {
    return this.inTurn(async () => {
      for (const node of nodes) this.flows.set(node.id, node)
      await this.apply(type)
      // Given once, they are kept; given again, the node would count as changed.
      for (const { credentials, ...node } of nodes) if (credentials !== undefined) this.flows.set(node.id, node)
    })
  }

  remove(name: string, ids: readonly string[]): Promise<void> {
    this.startListeners.delete(name)
    return this.inTurn(async () => {
      for (const id of ids) {
        this.flows.delete(id)
        this.statusListeners.delete(id)
      }
      await this.apply('nodes')
    })
  }

  receive(id: string, message: Record<string, unknown>): void {
    const node = this.node(id) as { receive(message: NodeMessageInFlow): void } | null
    node?.receive(message as unknown as NodeMessageInFlow)
  }

  async stop(): Promise<void> {
    await RED.stop()
    rmSync(this.directory, { recursive: true, force: true })
  }

  private inTurn(work: () => Promise<void>): Promise<void> {
    const next = this.queue.then(work)
    this.queue = next.catch(() => undefined)
    return next
  }

  private async apply(type: DeployType): Promise<void> {
    const done = new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error('the flows did not start after a deploy')), DEPLOY_LIMIT)
      RED.events.once('flows:started', () => {
        clearTimeout(late)
        for (const listener of this.startListeners.values()) listener()
        resolve()
      })
    })
    const { runtime } = RED as unknown as Runtime
    await runtime.flows.setFlows({ flows: { flows: [...this.flows.values()] }, deploymentType: type })
    await done
  }
}
