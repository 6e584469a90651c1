// The simulator as tests use it: a cluster of controllers over one tree.
import type { EventEmitter } from 'node:events'
import type { SecureContextOptions } from 'node:tls'
import type { AnswerOptions } from './answer'
import { Audit } from './audit'
import type { Certificates, KeyPair } from './certificates'
import { makeCertificates } from './certificates'
import { ABSTRACT, CLASSES } from './classes'
import type { Clock } from './clock'
import { systemClock } from './clock'
import type { SubscribeTiming } from './conditions'
import type { ControllerOptions } from './controller'
import { Controller } from './controller'
import type { FabricKind } from './fabric'
import { buildFabric, writeHistory } from './fabric'
import { Faults } from './faults'
import type { Counts, FrameRecord, Happenings, RequestRecord } from './journal'
import { Journal } from './journal'
import { Life } from './life'
import type { Attributes, ClassDefinition } from './model'
import { Model } from './model'
import { seeded } from './random'
import { EventText } from './render'
import type { Session } from './sessions'
import type { EventSocket } from './sockets'
import type { Subscription } from './subscriptions'
import { System } from './system'
import type { TokenStyle } from './tokens'
import type { Change, ManagedObject } from './tree'
import { Tree } from './tree'
import type { UserOptions } from './users'
import { Users } from './users'
import { Configuration } from './writes'

export interface SimulatorOptions {
  /** How many controllers; default 1. */
  readonly controllers?: number
  /** Default 127.0.0.1. */
  readonly host?: string
  /** Of the first controller, the others follow; default 0: any free ones. */
  readonly port?: number
  /**
   * Default true: certificates made for the purpose (`certificates`). False: plain HTTP. Or a pair of your own, or one
   * for each controller.
   */
  readonly tls?: boolean | KeyPair | readonly KeyPair[]
  /** What TLS may be: `{ maxVersion: 'TLSv1.1' }` is a controller of long ago. */
  readonly secureContext?: SecureContextOptions
  /** Clients must show a certificate of `certificates.ca`; default false. */
  readonly requestClientCertificate?: boolean
  /** Default: admin with the password `password`. */
  readonly users?: readonly UserOptions[]
  /** Wrong passwords after which an account is refused; default: never. */
  readonly lockAfter?: number
  /** Seed of everything random; default 1. */
  readonly seed?: number
  /** Default: the time of day. */
  readonly clock?: Clock
  /** Offset of all times, such as `-04:00`; default `+00:00`. */
  readonly timeOffset?: string
  /** Default `empty`. */
  readonly fabric?: FabricKind
  /** Classes to know besides the catalogue's. */
  readonly classes?: readonly ClassDefinition[]
  /** Default `6.0(9c)`. Before 4.0 `refresh-timeout` is refused. */
  readonly version?: string
  /** Whether subscriptions may name a `refresh-timeout`; default: as the version has it. */
  readonly refreshTimeoutParameter?: boolean
  /** Default `jwt`; `base64` has `/`, `+` and `=` in it. */
  readonly tokenStyle?: TokenStyle
  /** Seconds a token lives; default 600. */
  readonly refreshTimeoutSeconds?: number
  /** Seconds a session lives; default 86400. */
  readonly maximumLifetimeSeconds?: number
  /** Logins and refreshes per second and controller; default: no limit. */
  readonly throttle?: number
  /** What a logout ends; default `session`: the tokens, but not the socket. */
  readonly logout?: 'nothing' | 'session' | 'session-and-sockets'
  /** Seconds a subscription lives without refresh when it does not say; default 60. */
  readonly subscriptionTimeout?: number
  /** Seconds it goes on after that; default 20. */
  readonly subscriptionGrace?: number
  /** What is sent for an object that ceases to match a filter; default `silent`. */
  readonly filterExit?: 'silent' | 'modified'
  /** Tells this fabric from others; the controllers' serial numbers differ with it. */
  readonly siteFingerprint?: string
  /** Order and delays of a subscription's steps; default: registered first, no delays. */
  readonly subscribe?: SubscribeTiming
  /** Most objects in one answer; default 100000. */
  readonly resultLimit?: number
  /** Order of answers without order-by: anew each time (default), or the same each time. */
  readonly order?: AnswerOptions['order']
  /** Whether the fabric reacts to configuration (tags, relations); default true. */
  readonly reactions?: boolean
  /** Milliseconds until it does; default 0. */
  readonly reactionDelay?: number
  /** Audit and session records kept; default 500. 0: none are written at all. */
  readonly auditLimit?: number
  /** Events per second of life mode; default 0: nothing happens by itself. */
  readonly rate?: number
  /** Requests and frames the journal keeps, of each; default 10000. */
  readonly journalLimit?: number
}

/** Shared by all simulators of a process: making a CA takes longer than most tests. */
let certificates: Promise<Certificates> | undefined

export class ApicSimulator {
  readonly controllers: readonly Controller[]
  /** Faults of all controllers at once; each controller has its own too. */
  readonly faults: Faults
  readonly tree: Tree
  readonly users: Users
  readonly journal: Journal
  /** Makes things happen; `life.step()` does one of them. */
  readonly life: Life
  private readonly configuration: Configuration

  private constructor(
    options: SimulatorOptions,
    /** CA, server and client certificates; also with plain HTTP. */
    readonly certificates: Certificates
  ) {
    const clock = options.clock ?? systemClock
    const random = seeded(options.seed ?? 1)
    const users = options.users ?? [{ name: 'admin', password: 'password' }]
    this.users = new Users(users, options.lockAfter)
    this.journal = new Journal(options.journalLimit ?? 10_000)
    const model = new Model([...CLASSES, ...(options.classes ?? [])], ABSTRACT)
    this.tree = new Tree(model, clock, options.timeOffset)
    if (options.reactions ?? true) new System(this.tree, clock, options.reactionDelay)
    const audit = new Audit(this.tree, options.auditLimit ?? 500)
    this.configuration = new Configuration(this.tree, audit)
    const count = options.controllers ?? 1
    buildFabric(this.tree, {
      kind: options.fabric ?? 'empty',
      controllers: count,
      users: users.map(({ name }) => name),
      version: options.version ?? DEFAULTS.version,
      refreshTimeoutSeconds: options.refreshTimeoutSeconds ?? DEFAULTS.refreshTimeoutSeconds,
      maximumLifetimeSeconds: options.maximumLifetimeSeconds ?? DEFAULTS.maximumLifetimeSeconds,
      siteFingerprint: options.siteFingerprint ?? DEFAULTS.siteFingerprint,
      random
    })
    if (options.fabric === 'demo') writeHistory(this.configuration)
    const shared = {
      tree: this.tree,
      configuration: this.configuration,
      audit,
      users: this.users,
      journal: this.journal,
      clock,
      random
    }
    this.controllers = Array.from(
      { length: count },
      (_, index) => new Controller(index, shared, controllerOptions(options, index, certificates, random))
    )
    this.faults = new Faults(this.controllers)
    this.life = new Life(this.tree, this.configuration, audit, seeded((options.seed ?? 1) + 1), clock)
    this.tree.onChange((change) => {
      this.push(change)
    })
  }

  /** Starts all controllers. @throws Error with code EADDRINUSE when a port is taken */
  static async start(options: SimulatorOptions = {}): Promise<ApicSimulator> {
    certificates ??= makeCertificates()
    const simulator = new ApicSimulator(options, await certificates)
    try {
      for (const controller of simulator.controllers) await controller.up()
    } catch (error) {
      await simulator.close()
      throw error
    }
    simulator.life.start(options.rate ?? 0)
    return simulator
  }

  /** The first controller's. */
  get url(): string {
    return this.urls[0]!
  }

  get urls(): string[] {
    return this.controllers.map(({ url }) => url)
  }

  get sessions(): Session[] {
    return this.controllers.flatMap(({ sessions }) => sessions)
  }

  get sockets(): EventSocket[] {
    return this.controllers.flatMap(({ sockets }) => sockets)
  }

  get subscriptions(): Subscription<EventSocket>[] {
    return this.controllers.flatMap(({ subscriptions }) => subscriptions)
  }

  get counts(): Readonly<Counts> {
    return this.journal.counts
  }

  get requests(): readonly RequestRecord[] {
    return this.journal.requests
  }

  get frames(): readonly FrameRecord[] {
    return this.journal.frames
  }

  // --- the tree; operational properties may be set too, and no audit record is written

  /** Creates an object. @throws TreeError when the class, the DN or a property is wrong, or the object exists */
  create(className: string, dn: string, attributes: Attributes = {}): ManagedObject {
    return this.tree.create(className, dn, attributes)
  }

  /** Changes an object; undefined when nothing differed. */
  modify(dn: string, attributes: Attributes): Change | undefined {
    return this.tree.modify(dn, attributes)
  }

  /** Deletes an object and all below it; returns how many objects that were. */
  delete(dn: string): number {
    return this.tree.remove(dn)
  }

  /** Attributes of an object as stored, or undefined. */
  read(dn: string): Attributes | undefined {
    return this.tree.get(dn)?.attributes
  }

  /** DNs of the objects of a class. */
  find(className: string): string[] {
    return [...this.tree.ofClass(className)].map(({ dn }) => dn)
  }

  /** What a POST of that body to that DN does, audit record included. @throws Refusal */
  post(dn: string, body: unknown, user = 'admin'): readonly Change[] {
    return this.configuration.post(dn, body, { user, sessionId: '' })
  }

  /** What a REST DELETE does, audit record included. @throws Refusal */
  configureDelete(dn: string, user = 'admin'): readonly Change[] {
    return this.configuration.delete(dn, { user, sessionId: '' })
  }

  // --- waiting

  /**
   * Waits until `condition` gives something true; it is asked again whenever anything happens to the simulator.
   * @throws Error after `timeoutMs` (default 5000)
   */
  until<T>(condition: () => T, timeoutMs?: number): Promise<Exclude<T, false | undefined | null | 0 | ''>> {
    return this.journal.until(condition, timeoutMs)
  }

  on<K extends keyof Happenings>(name: K, listener: (...args: Happenings[K]) => void): this {
    this.emitter.on(name, listener)
    return this
  }

  once<K extends keyof Happenings>(name: K, listener: (...args: Happenings[K]) => void): this {
    this.emitter.once(name, listener)
    return this
  }

  off<K extends keyof Happenings>(name: K, listener: (...args: Happenings[K]) => void): this {
    this.emitter.off(name, listener)
    return this
  }

  /** Ends everything: connections, timers, ports. */
  async close(): Promise<void> {
    this.life.stop()
    await Promise.all(this.controllers.map((controller) => controller.down()))
    for (const controller of this.controllers) controller.conditions.clear()
    this.journal.close()
  }

  /** The emitter's own type cannot follow a generic name and its listener together. */
  private get emitter(): EventEmitter {
    return this.journal
  }

  private push(change: Change): void {
    const event = new EventText(change)
    for (const controller of this.controllers) if (controller.isUp) controller.push(change, event)
    this.journal.happened('change', change)
  }
}

const DEFAULTS = {
  version: '6.0(9c)',
  refreshTimeoutSeconds: 600,
  maximumLifetimeSeconds: 86_400,
  siteFingerprint: 'NdxD72K/uXaUK0wn'
}

const controllerOptions = (
  options: SimulatorOptions,
  index: number,
  own: Certificates,
  random: () => number
): ControllerOptions => ({
  host: options.host ?? '127.0.0.1',
  port: options.port ? options.port + index : 0,
  tls: tlsOf(options, index, own),
  throttle: options.throttle,
  tokenStyle: options.tokenStyle ?? 'jwt',
  refreshTimeoutSeconds: options.refreshTimeoutSeconds ?? DEFAULTS.refreshTimeoutSeconds,
  maximumLifetimeSeconds: options.maximumLifetimeSeconds ?? DEFAULTS.maximumLifetimeSeconds,
  defaultTimeout: options.subscriptionTimeout ?? 60,
  grace: options.subscriptionGrace ?? 20,
  filterExit: options.filterExit ?? 'silent',
  version: options.version ?? DEFAULTS.version,
  // Known since release 4.0.
  refreshTimeoutParameter:
    options.refreshTimeoutParameter ?? !(Number.parseInt(options.version ?? DEFAULTS.version, 10) < 4),
  buildTime: 'Tue Aug 05 18:11:44 UTC 2025',
  siteFingerprint: options.siteFingerprint ?? DEFAULTS.siteFingerprint,
  logout: options.logout ?? 'session',
  subscribe: { first: 'register', gap: 0, replyDelay: 0, ...options.subscribe },
  answers: { limit: options.resultLimit ?? 100_000, order: options.order ?? 'shuffled', random }
})

const tlsOf = (
  { tls = true, requestClientCertificate, secureContext = {} }: SimulatorOptions,
  index: number,
  own: Certificates
): ControllerOptions['tls'] => {
  if (tls === false) return undefined
  const given = tls === true ? own.server : 'cert' in tls ? tls : tls[index]
  const pair = given ?? own.server
  return requestClientCertificate ? { pair, secureContext, clientCa: own.ca.cert } : { pair, secureContext }
}
