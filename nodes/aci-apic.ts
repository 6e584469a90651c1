// The configuration node: builds a Fabric from its settings and shares it with the nodes that refer to it.

import type { Node, NodeAPI, NodeDef } from 'node-red'
import { guard, loginOf, requestTimeoutOf, tlsOf } from './runtime/access'
import { healthOf } from './admin/health'
import { serveDialogs } from './admin'
import { credentialsOf, type ServedNode } from './admin/served'
import {
  AciError,
  Fabric,
  RANGES,
  RedeployCache,
  toAciError,
  type FabricState,
  type Watch,
  type WatchListener
} from './apic'
import { onceFlowsStarted } from './runtime/flows-started'
import { localized } from './runtime/localized'
import { OutageLog } from './runtime/outage-log'
import * as settings from './runtime/settings'
import { spokesmenOf } from './runtime/spokesmen'

/** Keeps the store over a full deploy, which makes every node anew. */
const redeployCache = new RedeployCache()

type AciApicDef = NodeDef & settings.Raw

/** The aci-apic node as the other nodes of the package see it. */
export interface AciApicNode extends ServedNode {
  /** `name`, or the first controller's host. */
  readonly fabricName: string
  readonly fabricState: FabricState
  register(user: Node): void
  deregister(user: Node): void
  /**
   * @param user the node; a redeployed node of the same id continues its watch
   * @throws AciError ACI_CONFIG when there is a {@link problem}
   */
  watch(user: Node, listener: WatchListener): Watch
  unwatch(watch: Watch): void
}

export default function aciApic(RED: NodeAPI): void {
  function AciApic(this: Node, definition: AciApicDef): void {
    RED.nodes.createNode(this, definition)
    setUp(RED, this as AciApicNode, definition)
  }
  RED.nodes.registerType('aci-apic', AciApic, {
    credentials: {
      username: { type: 'text' },
      password: { type: 'password' },
      certificateName: { type: 'text' },
      privateKey: { type: 'password' },
      passphrase: { type: 'password' }
    }
  })
  serveDialogs(RED)
}

type FabricSettings = ConstructorParameters<typeof Fabric>[0]
type Connecting = Omit<FabricSettings, 'stateChanged' | 'recovered' | 'unreadable'>

function setUp(RED: NodeAPI, node: AciApicNode, definition: AciApicDef): void {
  const watching = new Map<Watch, () => void>()
  let connecting: Connecting | undefined
  let problem: AciError | undefined
  let fabric: Fabric | undefined
  let closed = false
  let fabricName = ''

  try {
    fabricName = settings.text(definition, 'name')
    connecting = connectingOf(RED, node, definition)
    fabricName ||= hostOf(connecting.controllers[0])
  } catch (thrown) {
    problem = toAciError(thrown)
  }
  const cancel = onceFlowsStarted(RED, () => {
    if (problem !== undefined) reportError(problem)
    if (connecting?.tls.legacy === true) {
      node.warn(
        'legacyTls: TLS 1.0 and 1.1, 1024-bit keys and SHA-1 are allowed for this connection; they protect little'
      )
    }
  })

  /** All nodes that refer to this one; during `node.error`, the few chosen by `spokesmenOf`. */
  const users: Record<string, Node> = {}
  let speaking: Record<string, Node> | undefined
  const reportError = (error: AciError): void => {
    const count = Object.keys(users).length
    const said = localized(RED, error)
    const text = count > 1 ? `${said.message} (${count} nodes)` : said.message
    speaking = spokesmenOf(RED, users)
    try {
      node.error(new AciError(said.code, text, said.cause), {})
    } finally {
      speaking = undefined
    }
  }

  const outageLog = new OutageLog({ log: (text) => node.log(text), error: reportError })

  /** The fabric; a new one if it has closed after its last user left. */
  const current = (): Fabric => {
    if (connecting === undefined || closed) throw problem ?? new AciError('ACI_CLOSED', 'the connection is closed')
    if (fabric === undefined || fabric.state.phase === 'closed') {
      fabric = new Fabric({
        ...connecting,
        redeploy: { cache: redeployCache, owner: node.id },
        stateChanged: (state) => {
          outageLog.stateChanged(state)
          for (const notify of watching.values()) notify()
        },
        recovered: (outage) => outageLog.recovered(outage),
        unreadable: (error) => node.warn(`${error.name}: ${error.message}`)
      })
    }
    return fabric
  }

  Object.defineProperties(node, {
    definition: { value: definition },
    users: { get: () => speaking ?? users, enumerable: true },
    fabricName: { value: fabricName },
    problem: { get: () => problem },
    fabricState: { get: (): FabricState => stateIn(RED, fabric?.state ?? { phase: 'idle' }) },
    health: {
      get: () => healthOf({ name: fabricName, problem, report: fabric?.report, names: connecting?.login.names ?? [] })
    }
  })
  node.register = (user) => {
    users[user.id] = user
  }
  node.deregister = (user) => {
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- Node-RED wants a plain object here
    if (users[user.id] === user) delete users[user.id]
  }
  node.watch = (user, listener) => {
    const watch = current().watch(listener, user.id)
    watching.set(watch, () => listener.stateChanged())
    return watch
  }
  node.unwatch = (watch) => {
    watching.delete(watch)
    fabric?.unwatch(watch)
  }
  node.requestClient = (_user, listener) => current().requestClient(listener)
  node.closeClient = (client) => fabric?.closeClient(client)
  node.on('close', (done: () => void) => {
    closed = true
    cancel()
    void (fabric?.close() ?? Promise.resolve()).finally(done)
  })
}

/** The state with its error in the language of the runtime. */
function stateIn(RED: NodeAPI, state: FabricState): FabricState {
  return 'error' in state ? { ...state, error: localized(RED, state.error) } : state
}

function hostOf(controller: string | undefined): string {
  return controller === undefined ? '' : new URL(controller).host
}

/** @throws AciError ACI_CONFIG */
function connectingOf(RED: NodeAPI, node: Node, definition: AciApicDef): Connecting {
  return {
    controllers: settings.controllers(definition),
    tls: tlsOf(RED, definition),
    guard,
    requestTimeoutMs: requestTimeoutOf(definition),
    heartbeatMs: settings.number(definition, 'heartbeat', RANGES.heartbeat) * 1000,
    refreshTimeout: settings.number(definition, 'refreshTimeout', RANGES.refreshTimeout),
    auditMs: settings.number(definition, 'auditInterval', RANGES.auditInterval) * 60_000,
    login: loginOf(definition, credentialsOf(node))
  }
}
