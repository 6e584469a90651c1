// The configuration node: builds a Fabric from its settings and lends it to the nodes that refer to it.

import type { Node, NodeAPI, NodeDef } from 'node-red'
import {
  AciError,
  CertificateLogin,
  Fabric,
  LoginGuard,
  Parking,
  PasswordLogin,
  toAciError,
  type FabricState,
  type Login,
  type TlsOptions
} from './apic'
import type { Caller, CallerListener, Watch, WatchListener } from './apic'
import { onceFlowsStarted } from './flows-started'
import { healthOf, type Health } from './health'
import { Reporter } from './reporter'
import * as settings from './settings'

/** Refused logins are counted for the whole process, whatever is redeployed. */
const guard = new LoginGuard()

/** What was known outlives a full deploy, which makes every node anew. */
const lot = new Parking()

interface AciApicDef extends NodeDef {
  readonly tls?: string
  readonly [setting: string]: unknown
}

interface TlsConfigNode extends Node {
  readonly valid?: boolean
  addTLSOptions(options: TlsOptions): TlsOptions
}

/** What the other nodes of the package see of it. */
export interface AciApicNode extends Node {
  /** The nodes that use it, by id: Node-RED hands a configuration node's errors and status to the flows of these. */
  users: Record<string, Node>
  /** `name`, or the first controller's host. */
  readonly fabricName: string
  /** What is wrong with its settings, when anything is. */
  readonly problem: AciError | undefined
  readonly fabricState: FabricState
  readonly health: Health
  register(user: Node): void
  deregister(user: Node): void
  /**
   * @param user the node; its successor of the same id goes on where it ended
   * @throws AciError ACI_CONFIG when there is a {@link problem}
   */
  watch(user: Node, listener: WatchListener): Watch
  unwatch(watch: Watch): void
  /**
   * Somebody who reads and writes; keeps the connection up as a watch does, until {@link hangUp}.
   * @throws AciError ACI_CONFIG when there is a {@link problem}
   */
  call(user: Node, listener: CallerListener): Caller
  /** Gives up what the caller asks. */
  hangUp(caller: Caller): void
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
  RED.httpAdmin.get('/aci-apic/:id/health', RED.auth.needsPermission('aci-apic.read'), (request, response) => {
    const node = RED.nodes.getNode(String(request.params['id'])) as AciApicNode | null | undefined
    if (node?.type === 'aci-apic') response.json(node.health)
    else response.status(404).json({ error: 'no such aci-apic node is deployed' })
  })
}

type FabricSettings = ConstructorParameters<typeof Fabric>[0]
type Connecting = Omit<FabricSettings, 'moved' | 'recovered' | 'unreadable'>

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
    if (problem !== undefined) node.error(problem, {})
  })

  const reporter = new Reporter({ log: (text) => node.log(text), error: (error) => node.error(error, {}) })

  /** One that lost its last user has closed; the next user gets a new one. */
  const current = (): Fabric => {
    if (connecting === undefined || closed) throw problem ?? new AciError('ACI_CLOSED', 'the connection is closed')
    if (fabric === undefined || fabric.state.phase === 'closed') {
      fabric = new Fabric({
        ...connecting,
        parking: { lot, owner: node.id },
        moved: (state) => {
          reporter.moved(state)
          for (const tell of watching.values()) tell()
        },
        recovered: (outage) => reporter.recovered(outage),
        unreadable: (error) => node.warn(`${error.name}: ${error.message}`)
      })
    }
    return fabric
  }

  Object.defineProperties(node, {
    users: { value: {}, enumerable: true },
    fabricName: { value: fabricName },
    problem: { get: () => problem },
    fabricState: { get: (): FabricState => fabric?.state ?? { phase: 'idle' } },
    health: {
      get: () => healthOf({ name: fabricName, problem, report: fabric?.report, names: connecting?.login.names ?? [] })
    }
  })
  node.register = (user) => {
    node.users[user.id] = user
  }
  node.deregister = (user) => {
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- Node-RED wants a plain object here
    if (node.users[user.id] === user) delete node.users[user.id]
  }
  node.watch = (user, listener) => {
    const watch = current().watch(listener, user.id)
    watching.set(watch, () => listener.moved())
    return watch
  }
  node.unwatch = (watch) => {
    watching.delete(watch)
    fabric?.unwatch(watch)
  }
  node.call = (_user, listener) => current().caller(listener)
  node.hangUp = (caller) => fabric?.hangUp(caller)
  node.on('close', (done: () => void) => {
    closed = true
    cancel()
    void (fabric?.close() ?? Promise.resolve()).finally(done)
  })
}

function hostOf(controller: string | undefined): string {
  return controller === undefined ? '' : new URL(controller).host
}

/** @throws AciError ACI_CONFIG */
function connectingOf(RED: NodeAPI, node: Node, definition: AciApicDef): Connecting {
  const credentials = (node.credentials as Record<string, unknown> | undefined) ?? {}
  return {
    controllers: settings.controllers(definition),
    tls: tlsOf(RED, settings.text(definition, 'tls')),
    guard,
    requestTimeoutMs: settings.number(definition, 'requestTimeout', { fallback: 100, min: 1, max: 3_600 }) * 1000,
    heartbeatMs: settings.number(definition, 'heartbeat', { fallback: 15, min: 0.1, max: 3_600 }) * 1000,
    refreshTimeout: settings.number(definition, 'refreshTimeout', { fallback: 0, min: 30, max: 43_200, orZero: true }),
    auditMs: settings.number(definition, 'auditInterval', { fallback: 30, min: 0, max: 10_080 }) * 60_000,
    login: loginOf(definition, credentials)
  }
}

/** @throws AciError ACI_CONFIG */
function loginOf(definition: AciApicDef, credentials: Readonly<Record<string, unknown>>): Login {
  const auth = settings.choice(definition, 'auth', ['password', 'certificate'])
  const domain = settings.text(definition, 'domain')
  const username = settings.text(credentials, 'username')
  if (auth === 'certificate') {
    const certificateName = settings.text(credentials, 'certificateName')
    if (certificateName === '') throw settings.missing('certificate name')
    const privateKey = settings.secret(credentials, 'privateKey')
    if (privateKey.trim() === '') throw settings.missing('private key')
    const passphrase = settings.secret(credentials, 'passphrase')
    return new CertificateLogin({ username, certificateName, privateKey, passphrase })
  }
  if (username === '') throw settings.missing('user name')
  const password = settings.secret(credentials, 'password')
  if (password === '') throw settings.missing('password')
  return new PasswordLogin({ username, password, domain })
}

/** @throws AciError ACI_CONFIG when a TLS configuration is named that cannot be used */
function tlsOf(RED: NodeAPI, id: string): TlsOptions {
  if (id === '') return {}
  const node = RED.nodes.getNode(id) as TlsConfigNode | null
  if (typeof node?.addTLSOptions !== 'function' || node.valid === false) {
    throw new AciError('ACI_CONFIG', 'tls: the TLS configuration is missing or its files cannot be read')
  }
  return node.addTLSOptions({})
}
