// One fabric of a run: a simulated cluster, the nodes that listen to it, and those who check what they say. It goes
// through one sequence after the other; after each everything has to be as if nothing had ever gone wrong.

import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { AciMessage } from '../../nodes/runtime/message'
import type { ResultMessage } from '../../nodes/runtime/result-publisher'
import {
  ApicSimulator,
  Faults,
  ShiftedClock,
  type FaultHandle,
  type ManagedObject,
  type SimulatorOptions
} from '../simulator'
import { Worker } from './changes'
import { Checker, type StoredObject, type Violation } from './checker'
import type { FlowNode, Flows, ShownStatus } from './node-red'
import {
  DEPLOYS,
  isCalm,
  kindOf,
  targetsOf,
  type Fault,
  textOf,
  type OrderName,
  type Quiet,
  type Step
} from './scenario'
import { listeners } from './sink'
import { ResultChecker } from './result-checker'
import { StreamChecker } from './stream-checker'
import type { Tally } from './tally'

/** Time between two signs of life, seconds. */
const HEARTBEAT = 0.3
/** A socket that does not work may be taken for a good one this long, ms: two heartbeats, and a busy machine. */
const GREEN_LIMIT = 4_000
/** A node that was asked to read again, and could not, is asked again after this time, ms. */
const ASK_AGAIN = 2_500
/** After so many ms a clock that was set back is past all times that it had shown before. */
const CLOCK_GAINS = 60_000
/** Within this time, ms, it is noticed that a socket was closed. */
const NOTICED = 50
/** Tokens that are looked for in what comes out. */
const KNOWN_TOKENS = 40
/** What the package may say in `err.code`. */
const CODE = /^ACI_(CONFIG|AUTH|TLS|UNREACHABLE|TIMEOUT|QUERY|PROTOCOL|CLOSED)$/

/** Time between two beats for one who may be deaf, ms. */
const BEAT_EVERY = 250
/** What a beat changes of what is streamed: one object of each subscription. */
const BEATS = ['uni/tn-beat', 'uni/tn-beat/BD-beat']

const DRIVEN_DN = 'uni/tn-t0'
const RED_OR_BLUE = 'or(eq(fvTenant.descr,"red"),eq(fvTenant.descr,"blue"))'

const isIn = (dn: string, top: string): boolean => dn === top || dn.startsWith(`${top}/`)

interface Watcher {
  readonly name: string
  readonly settings: Readonly<Record<string, unknown>>
}

interface KnowingWatcher extends Watcher {
  /** Whether the node has to know an object. */
  readonly concerns: (object: ManagedObject) => boolean
}

const MIRRORS: readonly KnowingWatcher[] = [
  { name: 'tenants', settings: { classes: 'fvTenant' }, concerns: ({ cls }) => cls.name === 'fvTenant' },
  {
    // Three queries that overlap: the third is asked for by message, and has to be again after each start.
    name: 'overlap',
    settings: { classes: 'fvTenant,fvAp' },
    concerns: ({ cls, dn }) => cls.name === 'fvTenant' || cls.name === 'fvAp' || isIn(dn, DRIVEN_DN)
  },
  {
    name: 'filtered',
    settings: { classes: 'fvTenant', filter: RED_OR_BLUE },
    concerns: ({ cls, attributes }) => cls.name === 'fvTenant' && /^(red|blue)$/.test(attributes['descr'] ?? '')
  },
  {
    name: 'faults',
    settings: { classes: 'faultInst', outputs: 3 },
    concerns: ({ cls }) => cls.name === 'faultInst'
  }
]

const STREAM: Watcher = { name: 'stream', settings: { classes: 'fvTenant,fvBD', mirror: 'off' } }
const STREAMED: readonly string[] = ['fvTenant', 'fvBD']

/** Sends its whole result; of two queries, and of all that others have as events. */
const BOARD: KnowingWatcher = {
  name: 'board',
  settings: { classes: 'fvTenant,fvAp', emit: 'state', interval: 0.1 },
  concerns: ({ cls }) => cls.name === 'fvTenant' || cls.name === 'fvAp'
}

const WATCHERS: readonly Watcher[] = [...MIRRORS, STREAM, BOARD]

/** What the clusters of a run are like, one after the other. */
export const PROFILES: readonly SimulatorOptions[] = [
  { controllers: 2 },
  // Sessions end after a few seconds, so that renewals happen amid everything else.
  { controllers: 3, maximumLifetimeSeconds: 5, refreshTimeoutSeconds: 3, tokenStyle: 'base64' },
  { controllers: 3, refreshTimeoutSeconds: 4, filterExit: 'modified', timeOffset: '-04:00' }
]

export interface ArenaOptions {
  readonly nodeRed: Flows
  readonly tally: Tally
  /** Tells arenas apart, and chooses the profile. */
  readonly index: number
  readonly seed: number
  /** Everything has to be sent within this time after the last fault, ms; nearly always it takes one second. */
  readonly limitMs: number
  /** Violations that are passed over. */
  readonly except: RegExp | undefined
  /** Told what happens as it happens; for those who look into a failure. */
  readonly trace: ((line: string) => void) | undefined
  /** Given every message of every node. */
  readonly heard?: (node: string, message: AciMessage) => void
  /** Whether a full deploy is in order: it restarts what other arenas test. */
  readonly isAlone: boolean
}

export class Arena {
  private readonly checkers = new Map<string, Checker>()
  private readonly stream: StreamChecker
  private readonly board: ResultChecker
  private readonly statuses = new Map<string, ShownStatus>()
  private readonly worker: Worker
  private readonly handles = new Set<FaultHandle>()
  private readonly running = new Set<Promise<unknown>>()
  private readonly tokens: string[] = []
  private readonly prefix: string
  private readonly monitor: NodeJS.Timeout
  /** How often an object changed within a millisecond: of this sequence and of the one before. */
  private changed = new Map<string, number>()
  private changedBefore = new Map<string, number>()
  private violations: Violation[] = []
  private wake: () => void = () => undefined
  private deploys = 0
  private overlapInstance: unknown
  private isHidden = false
  private isDeaf = false
  /** Sequences, this one included, in which events may come in another order, or twice: that of the fault and the next. */
  private reordered = 0
  private repeated = 0
  /** When the APIC's clock was set back last. */
  private setBackAt = -Infinity
  /** A subscription may be lost without a sign. */
  private isUnsubscribed = false
  private deafSince = performance.now()
  private isToldOfGreen = false

  private constructor(
    private readonly options: ArenaOptions,
    private readonly apic: ApicSimulator,
    private readonly password: string,
    private readonly clock: ShiftedClock
  ) {
    this.prefix = `f${options.index}`
    this.worker = new Worker(apic)
    for (const { name } of MIRRORS) {
      const checker = new Checker(
        `${this.prefix} ${name}`,
        (dn, modTs) => this.changesWithin(dn, modTs),
        (violation) => this.violated(violation),
        () => performance.now() - this.setBackAt < CLOCK_GAINS
      )
      this.checkers.set(name, checker)
    }
    this.stream = new StreamChecker(
      `${this.prefix} ${STREAM.name}`,
      () => ({ isReordered: this.reordered > 0, isRepeated: this.repeated > 0 }),
      (violation) => this.violated(violation)
    )
    this.board = new ResultChecker(`${this.prefix} ${BOARD.name}`, (violation) => this.violated(violation))
    apic.on('change', ({ status, object: { cls, dn }, modTs }) => {
      if (STREAMED.includes(cls.name)) this.stream.happened({ event: status, dn, modTs })
      const key = keyOf(dn, modTs)
      this.changed.set(key, (this.changed.get(key) ?? 0) + 1)
    })
    // It may be deaf again before anybody looks.
    apic.on('socket', () => (this.deafSince = performance.now()))
    this.traceSimulator()
    for (const happening of ['login', 'tokenRefresh'] as const) apic.on(happening, () => this.noteTokens())
    this.monitor = setInterval(() => this.checkGreen(), 200)
  }

  static async start(options: ArenaOptions): Promise<Arena> {
    const password = `canary-${randomBytes(9).toString('hex')}`
    const clock = new ShiftedClock()
    const apic = await ApicSimulator.start({
      fabric: 'empty',
      clock,
      tls: false,
      auditLimit: 0,
      journalLimit: 200,
      seed: options.seed,
      users: [{ name: 'admin', password }],
      ...PROFILES[options.index % PROFILES.length]
    })
    const arena = new Arena(options, apic, password, clock)
    await arena.load()
    return arena
  }

  /** @throws Error that lists what was wrong, when anything was */
  async run(steps: readonly Step[]): Promise<void> {
    const { tally } = this.options
    const begun = performance.now()
    const logins = this.apic.counts.logins
    this.violations = []
    this.isHidden = false
    this.isDeaf = false
    this.reordered = Math.max(0, this.reordered - 1)
    this.repeated = Math.max(0, this.repeated - 1)
    this.changedBefore = this.changed
    this.changed = new Map()
    for (const checker of [...this.checkers.values(), this.stream]) checker.nextSequence()
    if (isCalm(steps)) this.stream.expectAll()

    for (const step of steps) {
      this.trace(textOf(step))
      if (step.do === 'quiet') await this.beQuiet()
      else this.take(step)
      await sleep(step.pause)
    }
    await this.heal()
    const healed = performance.now()
    const isBroken = this.notGreen().length > 0 || this.differences().length > 0
    await this.converge('the last fault')
    // What is lost by now will not come back.
    if (this.violations.some(({ kind }) => kind === 'lost')) this.finish(steps.length)
    // That all is sent does not mean that what changes now would be.
    const deaf = this.isUnsubscribed ? await this.hears() : 0
    if (!isCalm(steps)) this.stream.expectAll()
    this.worker.beat()
    await this.converge('a change of everything')
    if (isBroken) tally.recovered(performance.now() - healed - deaf)
    // Logins may come as often as things break, and no more often: the rest is a client that does not wait.
    const seconds = (performance.now() - begun) / 1000
    const allowed = 12 + 6 * steps.filter((step) => step.do !== 'work').length + 4 * seconds
    const made = this.apic.counts.logins - logins
    if (made > allowed) this.violated({ kind: 'inconsistent', text: `${made} logins in ${seconds.toFixed(1)} s` })
    if (this.apic.sockets.length > 2) {
      this.violated({ kind: 'inconsistent', text: `${this.apic.sockets.length} sockets are open` })
    }
    this.finish(steps.length)
  }

  /** Something that happened to the whole process. */
  blame(text: string): void {
    this.violated({ kind: 'inconsistent', text })
  }

  /** Whatever the package lets out goes through here. */
  checkSecrets(text: string, where: string): void {
    if (text.includes(this.password)) this.blame(`a password in ${where}`)
    if (this.tokens.some((token) => text.includes(token))) this.blame(`a token in ${where}`)
  }

  /** Messages so far, by origin. */
  get messages(): Record<string, number> {
    const sum: Record<string, number> = {}
    for (const { counts } of [...this.checkers.values(), this.stream]) {
      for (const [origin, count] of Object.entries(counts)) sum[origin] = (sum[origin] ?? 0) + count
    }
    return sum
  }

  get changes(): number {
    return this.worker.changes
  }

  async stop(): Promise<void> {
    clearInterval(this.monitor)
    await this.heal()
    const nodes = this.flow().map(({ id }) => id)
    await this.options.nodeRed.remove(this.prefix, nodes)
    for (const id of nodes) listeners.delete(id)
    await this.apic.close()
  }

  // --- the flow

  private id(name: string): string {
    return `${this.prefix}-${name}`
  }

  private connection(settings: Readonly<Record<string, unknown>> = {}): FlowNode {
    return {
      id: this.id('apic'),
      type: 'aci-apic',
      name: `fabric ${this.options.index}`,
      controllers: this.apic.urls,
      heartbeat: HEARTBEAT,
      refreshTimeout: 30,
      requestTimeout: 5,
      auditInterval: 0,
      ...settings
    }
  }

  private watcher({ name, settings }: Watcher): FlowNode {
    const sinks = settings['outputs'] === 3 ? [0, 1, 2] : [0]
    return {
      id: this.id(name),
      type: 'aci-subscribe',
      z: this.id('tab'),
      x: 0,
      y: 0,
      name: '',
      apic: this.id('apic'),
      inputs: 1,
      ...settings,
      wires: sinks.map((port) => [this.id(`${name}.${port}`)])
    }
  }

  private sink(name: string): FlowNode {
    return { id: this.id(name), type: 'chaos-sink', z: this.id('tab'), x: 0, y: 0, wires: [] }
  }

  private flow(): FlowNode[] {
    return [
      { id: this.id('tab'), type: 'tab', label: this.prefix },
      { id: this.id('catch'), type: 'catch', z: this.id('tab'), x: 0, y: 0, scope: null, wires: [[this.id('caught')]] },
      this.sink('caught'),
      this.connection({ credentials: { username: 'admin', password: this.password } }),
      ...WATCHERS.map((watcher) => this.watcher(watcher)),
      ...WATCHERS.flatMap(({ name, settings }) =>
        (settings['outputs'] === 3 ? [0, 1, 2] : [0]).map((port) => this.sink(`${name}.${port}`))
      )
    ]
  }

  private async load(): Promise<void> {
    const { nodeRed } = this.options
    for (const { name, settings } of WATCHERS) {
      const checker = this.checkers.get(name) ?? this.stream
      for (const port of settings['outputs'] === 3 ? [0, 1, 2] : [0]) {
        listeners.set(this.id(`${name}.${port}`), (message) => {
          this.checkSecrets(JSON.stringify(message), 'a message')
          if (name === BOARD.name) {
            this.trace(`${name} tells ${(message as unknown as ResultMessage).aci.count} objects`)
            this.board.take(message as unknown as ResultMessage)
            this.wake()
            return
          }
          // The list of subscriptions, which is no event.
          if (Array.isArray((message as { payload: unknown }).payload)) return
          this.traceMessage(name, message as unknown as AciMessage)
          this.options.heard?.(name, message as unknown as AciMessage)
          checker.take(message as unknown as AciMessage)
          this.wake()
        })
      }
      nodeRed.onStatus(this.id(name), (status) => {
        this.checkSecrets(JSON.stringify(status), 'a status')
        this.statuses.set(name, status)
        this.trace(`${name} shows ${status.fill ?? ''} ${status.text ?? ''}`)
        this.wake()
      })
    }
    listeners.set(this.id('caught'), (message) => {
      const { error } = message as unknown as { error: { message: string; code?: string } }
      this.checkSecrets(JSON.stringify(message), 'an error')
      this.trace(`error ${error.message}`)
      if (error.code === undefined || !CODE.test(error.code))
        this.blame(`an error that is none of ours: ${error.message}`)
    })
    // Nothing changes meanwhile, so what exists is known without being sent.
    for (const watcher of MIRRORS) this.checkers.get(watcher.name)?.begin(this.expected(watcher).values())
    nodeRed.onStarted(this.prefix, () => this.started())
    await nodeRed.deploy('nodes', this.flow())
    await this.converge('the start')
    this.finish(0)
  }

  /** A deploy is complete. */
  private started(): void {
    const instance = this.options.nodeRed.node(this.id('overlap'))
    if (instance === this.overlapInstance) return
    this.overlapInstance = instance
    this.subscribeSubtree()
  }

  /** What was asked for by message is gone; asked for again, it begins with what exists. */
  private subscribeSubtree(): void {
    const checker = this.checkers.get('overlap')!
    const isOnlyThere = (dn: string): boolean => {
      const name = checker.objects.get(dn)?.class ?? this.apic.tree.get(dn)?.cls.name ?? ''
      return isIn(dn, DRIVEN_DN) && name !== 'fvTenant' && name !== 'fvAp'
    }
    checker.loose = isOnlyThere
    checker.forget(isOnlyThere)
    this.options.nodeRed.receive(this.id('overlap'), {
      action: 'subscribe',
      payload: { dn: DRIVEN_DN, scope: 'subtree', snapshot: true }
    })
  }

  // --- what happens

  /** Nothing is wrong for a moment: what was sent until then adds up to what there is, every attribute of it. */
  private async beQuiet(): Promise<void> {
    await this.heal()
    await this.converge('the last fault before a quiet moment')
  }

  private take(step: Exclude<Step, Quiet>): void {
    const { tally } = this.options
    if (step.do === 'work') {
      this.worker.work(step.seed, step.count)
    } else if (step.do === 'order') {
      tally.order(step.name)
      this.obey(step.name)
    } else {
      tally.fault(step.name)
      this.break(step)
    }
  }

  private break(fault: Fault): void {
    const { begin, hidden, deaf } = kindOf(fault.name)
    if (hidden === true) this.isHidden = true
    if (deaf === true) this.isDeaf = true
    if (fault.name === 'reorder events') this.reordered = 2
    if (fault.name === 'lose subscriptions') this.isUnsubscribed = true
    if (fault.name === 'duplicate events') this.repeated = 2
    if (fault.name === 'set the clock back') {
      this.setBackAt = performance.now()
      this.clock.jump(-1_000 * (1 + (fault.ms % 29)))
      return
    }
    const controllers = targetsOf(this.apic, fault)
    if (fault.name === 'controller down') {
      for (const controller of controllers) {
        this.follow(
          controller
            .down()
            .then(() => sleep(fault.ms))
            .then(() => controller.up())
        )
      }
      return
    }
    const handle = begin(new Faults(controllers), fault.ms)
    if (handle === undefined) return
    this.handles.add(handle)
    setTimeout(() => {
      handle.undo()
      this.handles.delete(handle)
    }, fault.ms).unref()
  }

  private obey(name: OrderName): void {
    const { nodeRed, isAlone } = this.options
    const type = DEPLOYS[name]
    this.deploys += 1
    if (type !== undefined) {
      const isConnection = name === 'restart the connection' || (name === 'restart everything' && !isAlone)
      // Node-RED restarts what has changed.
      const changed = isConnection
        ? this.connection({ requestTimeout: 5 + (this.deploys % 2) })
        : { ...this.watcher(WATCHERS[this.deploys % WATCHERS.length]!), name: `deploy ${this.deploys}` }
      this.follow(nodeRed.deploy(isAlone || type !== 'full' ? type : 'nodes', [changed]))
    } else if (name === 'drop the subtree') {
      nodeRed.receive(this.id('overlap'), { action: 'unsubscribe', topic: DRIVEN_DN })
      this.subscribeSubtree()
    } else if (name === 'look closer' || name === 'look away') {
      // What one query knows anyway is watched by another one too, for a while.
      const action = name === 'look closer' ? 'subscribe' : 'unsubscribe'
      nodeRed.receive(this.id('tenants'), {
        action,
        payload: { dn: 'uni', scope: 'subtree', subtreeClasses: 'fvTenant' }
      })
    } else {
      const watcher = WATCHERS[this.deploys % WATCHERS.length]!
      const ones = name === 'resync' ? WATCHERS : [watcher]
      for (const one of ones) nodeRed.receive(this.id(one.name), { action: name === 'list' ? 'list' : 'resync' })
    }
  }

  private follow(work: Promise<unknown>): void {
    const followed = work.catch((thrown: unknown) => this.blame(String(thrown)))
    this.running.add(followed)
    void followed.finally(() => this.running.delete(followed))
  }

  /** Nothing is wrong any more. */
  private async heal(): Promise<void> {
    while (this.running.size > 0) await Promise.all(this.running)
    for (const handle of this.handles) handle.undo()
    this.handles.clear()
    this.apic.faults.clear()
    await Promise.all(this.apic.controllers.map((controller) => controller.up()))
    // A socket that was closed at the very end is not missed yet, and who recovers nothing would miss what comes now.
    await sleep(NOTICED)
    await this.noticeDeadTokens()
  }

  /** That a token is dead is seen when it is used: until then all seems well, and a calm sequence would begin with a loss. */
  private async noticeDeadTokens(): Promise<void> {
    const { limitMs, nodeRed } = this.options
    const begun = performance.now()
    let asked = -Infinity
    while (this.hasDeadToken() && performance.now() - begun < limitMs) {
      if (performance.now() - asked > ASK_AGAIN) {
        asked = performance.now()
        nodeRed.receive(this.id('tenants'), { action: 'resync' })
      }
      await sleep(NOTICED)
    }
  }

  private hasDeadToken(): boolean {
    return this.apic.controllers.some((controller) => {
      return controller.sockets.some(({ open, session }) => open && !controller.hasToken(session))
    })
  }

  // --- what has to be

  private *objects(): Iterable<ManagedObject> {
    const { tree } = this.apic
    for (const name of ['fvTenant', 'fvAp', 'faultInst']) yield* tree.ofClass(name)
    const driven = tree.get(DRIVEN_DN)
    if (driven !== undefined) yield* tree.subtree(driven)
  }

  private expected({ concerns }: KnowingWatcher): Map<string, StoredObject> {
    const expected = new Map<string, StoredObject>()
    for (const object of this.objects()) {
      const { cls, dn, attributes } = object
      if (concerns(object)) expected.set(dn, { class: cls.name, dn, attributes: { ...attributes } })
    }
    return expected
  }

  private differences(): string[] {
    const ofMirrors = MIRRORS.flatMap((watcher) => {
      return this.checkers.get(watcher.name)?.differences(this.expected(watcher)) ?? []
    })
    return [...ofMirrors, ...this.board.differences(this.expected(BOARD)), ...this.stream.differences()]
  }

  private notGreen(): string[] {
    return WATCHERS.map(({ name }) => ({ name, status: this.statuses.get(name) }))
      .filter(({ status }) => status?.fill !== 'green')
      .map(({ name, status }) => `${this.prefix} ${name} shows ${status?.fill ?? 'nothing'}: ${status?.text ?? ''}`)
  }

  /**
   * Who recovers nothing does not hear before the next refresh that a subscription is lost: waits until it hears again.
   * @returns how long that took, ms
   */
  private async hears(): Promise<number> {
    const begun = performance.now()
    this.stream.listen()
    while (!BEATS.every((dn) => this.stream.hasHeard(dn))) {
      if (performance.now() - begun > this.options.limitMs) {
        this.violated({ kind: 'lost', text: `${this.stream.node} is deaf` })
        break
      }
      this.worker.beat()
      await sleep(BEAT_EVERY)
    }
    this.isUnsubscribed = false
    return performance.now() - begun
  }

  /** Waits until all is sent; what is not sent in time is a violation. */
  private async converge(what: string): Promise<void> {
    const begun = performance.now()
    let asked = -Infinity
    for (;;) {
      const notGreen = this.notGreen()
      const now = performance.now()
      if (notGreen.length === 0) {
        if (this.differences().length === 0) {
          for (const checker of this.checkers.values()) checker.loose = () => false
          return
        }
        if (now - asked > ASK_AGAIN) {
          asked = now
          this.askToRead()
        }
      }
      if (now - begun > this.options.limitMs) {
        const left = [...notGreen, ...this.differences()]
        for (const line of left)
          this.violated({ kind: 'lost', text: `${line} (${Math.round(now - begun)} ms after ${what})` })
        return
      }
      await this.somethingHappens()
    }
  }

  /** Where events can go missing without a sign, only a reading tells: an audit, or somebody who asks for it. */
  private askToRead(): void {
    for (const { name } of WATCHERS) {
      // An APIC is free to say nothing when an object leaves a filter.
      if (this.isHidden || name === 'filtered') {
        this.options.nodeRed.receive(this.id(name), { action: 'resync' })
      }
    }
  }

  private async somethingHappens(): Promise<void> {
    const abort = new AbortController()
    const woken = new Promise<void>((resolve) => (this.wake = resolve))
    await Promise.race([woken, sleep(250, undefined, { signal: abort.signal }).catch(() => undefined)])
    abort.abort()
    // What else came in the same turn is looked at together.
    await new Promise(setImmediate)
  }

  private changesWithin(dn: string, modTs: string | undefined): number {
    const key = keyOf(dn, modTs)
    const changes = (this.changed.get(key) ?? 0) + (this.changedBefore.get(key) ?? 0)
    if (this.reordered === 0) return changes
    // Of two changes of one millisecond that were swapped on their way nothing tells which is the later one; what is
    // read puts it right, under the same id. What is read may not say when that was.
    if (changes === 0 && Number.isNaN(Date.parse(modTs ?? ''))) return this.isChangedTwice(dn) ? 2 : 1
    return changes > 1 ? changes + 1 : changes
  }

  /** Whether the object changed twice within some millisecond. */
  private isChangedTwice(dn: string): boolean {
    return [...this.changed, ...this.changedBefore].some(([key, count]) => count > 1 && key.startsWith(`${dn} `))
  }

  /** Green means that events can come. */
  private checkGreen(): void {
    const works = this.apic.controllers.some(({ isUp, conditions, sockets }) => {
      return isUp && !conditions.blackHole.isOn && sockets.some((socket) => socket.open)
    })
    const now = performance.now()
    if (works || this.isDeaf) {
      this.deafSince = now
      this.isToldOfGreen = false
    } else if (!this.isToldOfGreen && now - this.deafSince > GREEN_LIMIT) {
      const green = [...this.statuses].find(([, { fill }]) => fill === 'green')
      if (green === undefined) return
      this.isToldOfGreen = true
      this.blame(`${this.prefix} ${green[0]} shows green ${Math.round(now - this.deafSince)} ms after the last socket`)
    }
  }

  private trace(text: string): void {
    this.options.trace?.(`${this.prefix} ${text}`)
  }

  private traceMessage(name: string, { payload, aci }: AciMessage): void {
    const { id, origin, event, dn, attributes, changes } = payload
    const what = changes === undefined ? (attributes['descr'] ?? '') : JSON.stringify(changes)
    this.trace(`${name} tells ${origin} ${event} ${dn} ${attributes['modTs'] ?? ''} ${what} by ${aci.query} (${id})`)
  }

  private traceSimulator(): void {
    if (this.options.trace === undefined) return
    this.apic.on('change', ({ status, object: { dn }, modTs }) => this.trace(`APIC: ${status} ${dn} ${modTs}`))
    this.apic.on('request', ({ controller, method, url, status }) => {
      this.trace(`controller ${controller} answers ${method} ${url} with ${status}`)
    })
    this.apic.on('socket', ({ controller }) => this.trace(`controller ${controller} has a socket`))
    this.apic.on('socketClosed', ({ controller, code }) => this.trace(`controller ${controller} lost one (${code})`))
  }

  private noteTokens(): void {
    for (const { token } of this.apic.sessions) if (!this.tokens.includes(token)) this.tokens.push(token)
    this.tokens.splice(0, this.tokens.length - KNOWN_TOKENS)
  }

  private violated(violation: Violation): void {
    if (this.options.except?.test(violation.text) === true) return
    this.trace(`WRONG: ${violation.text}`)
    this.violations.push(violation)
  }

  private finish(steps: number): void {
    const { violations } = this
    this.options.tally.finished(steps, violations)
    if (violations.length === 0) return
    this.violations = []
    throw new Error(violations.map(({ kind, text }) => `${kind}: ${text}`).join('\n'))
  }
}

function keyOf(dn: string, modTs: string | undefined): string {
  return `${dn} ${Date.parse(modTs ?? '')}`
}
