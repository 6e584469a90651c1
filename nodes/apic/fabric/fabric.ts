// Keeps one good connection to a cluster: which controller, how long to wait, when to renew. Holds the subscriptions,
// which outlive every connection.

import { Backoff, type BackoffOptions, type Random } from '../common/backoff'
import { RequestClient, type RequestClientListener } from '../requests/request-client'
import type { Login } from '../session/auth'
import { Connection } from '../connection/connection'
import { AciError, toAciError } from '../common/errors'
import { Semaphore } from '../common/semaphore'
import { TooEarly, type Candidate, type LoginGuard } from '../session/login-guard'
import { crossCheck, type CrossCheckResult } from '../session/cross-check'
import { Outages, type Outage, type Span } from './outages'
import { Tally, type Recovered } from '../sync/tally'
import type { RedeployCache, SavedFabric } from './redeploy-cache'
import { pathOf, type Query } from '../protocol/query'
import { Reboots, SYSTEMS } from '../sync/reboots'
import { Registrar } from '../sync/registrar'
import { MOST_CALLS } from '../transport/rest'
import { areApart } from '../session/site'
import type { FabricState } from '../connection/state'
import type { SubscriptionState } from '../sync/query-state'
import { StoreSync, type SyncHost } from '../sync/store-sync'
import type { QueryListener } from '../sync/step'
import type { MirrorMode, SyncedQuery } from '../sync/synced-query'
import type { Claim } from '../sync/plausibility'
import type { TlsOptions } from '../transport/transport'
import { Verifier } from '../sync/verifier'
import { Watch, type QueryPool, type SavedWatch, type WatchListener } from '../watch/watch'

/** How a fabric is, for whoever asks. Times are epoch ms, undefined for never. */
export interface FabricReport {
  readonly state: FabricState
  /** How often the connection was made anew after a loss. */
  readonly reconnects: number
  readonly recovered: Recovered
  readonly outages: { readonly count: number; readonly last: Span | undefined }
  readonly subscriptions: readonly {
    readonly path: string
    readonly state: SubscriptionState
    readonly known: number | undefined
    readonly lastEvent: number | undefined
    readonly lastRefresh: number | undefined
    readonly recovered: Recovered
  }[]
}

export interface FabricOptions {
  /** Base URLs of one cluster's controllers, tried in order. */
  readonly controllers: readonly string[]
  readonly tls: TlsOptions
  readonly login: Login
  readonly guard: LoginGuard
  readonly requestTimeoutMs: number
  readonly heartbeatMs: number
  /** Seconds; 0 chooses. */
  readonly refreshTimeout: number
  /** Time between audits, ms; 0 for none. */
  readonly auditMs: number
  readonly moved: (state: FabricState) => void
  /** Told when an outage is over: the connection stands, and every subscription has been compared. */
  readonly recovered?: (outage: Outage) => void
  /** Told of what a peer sent that cannot be used, and of events that had to be dropped, each at most once a minute. */
  readonly unreadable: (error: AciError) => void
  /** Where what is known outlives this fabric. */
  readonly redeploy?: { readonly cache: RedeployCache; readonly owner: string }
  /** After a registration everything is read once more, after so many ms and up to twice as many. */
  readonly verifyMs?: number
  /** Time between two looks at what a socket does not tell, ms. */
  readonly lookMs?: number
  readonly random?: Random
  readonly backoff?: BackoffOptions
  /** How long a subscription, or the connection, outlives its last user, ms: a redeploy closes before it starts anew. */
  readonly lingerMs?: number
}

const BACKOFF: BackoffOptions = { atOnce: 1_000, first: 800, cap: 30_000, healthyAfter: 120_000 }
const LINGER = 3_000
/** The first events of a subscription whose object is this young, ms, may never come. */
const SETTLING = 5_000
/** A failed renewal is tried again after this share of what is left of the session. */
const RENEWAL_RETRY = 0.2
const UNREADABLE_PERIOD = 60_000
/** The longest wait that a timer of Node.js takes, ms. */
const LONGEST_TIMER = 2 ** 31 - 1

/** An APIC may say nothing when an object leaves a filter, so small results are compared often. */
const LOOK = 60_000
const SMALL_RESULT = 1_000

/** A query that is shared by all who want it. */
interface SharedQuery {
  readonly query: SyncedQuery
  linger: NodeJS.Timeout | undefined
}

/** A connection in use, with what brings the subscriptions onto it. */
interface Line {
  readonly connection: Connection
  readonly registrar: Registrar
  readonly ended: Promise<AciError>
}

export class Fabric {
  private readonly shared = new Map<string, SharedQuery>()
  private readonly sync: StoreSync
  private readonly backoff: Backoff
  private readonly random: Random
  private readonly stopping = new AbortController()
  private readonly lingerMs: number
  private readonly candidate: Candidate
  private condition: FabricState = { phase: 'idle' }
  private line: Line | undefined
  /** The connection before, until every subscription has left it. */
  private renewing: Line | undefined
  /** Those that have nothing left to do but to answer requests of nodes. */
  private readonly retiring = new Set<Connection>()
  /** Attempts at a connection that nobody wants any more, until nothing is left of them. */
  private readonly givenUp = new Set<Promise<void>>()
  /** Index of the controller to try first. */
  private preferred = 0
  private running: Promise<void> | undefined
  private idle: NodeJS.Timeout | undefined
  private audit: NodeJS.Timeout | undefined
  private lastUnreadable = 0
  /** What each watch is called by whoever may take it up again. */
  private readonly watches = new Map<Watch, string | undefined>()
  private readonly callers = new Set<RequestClient>()
  /** Few requests of nodes at the same time, whoever makes them: an APIC has others to serve. */
  private readonly gate = new Semaphore(MOST_CALLS)
  private readonly suspended = new Map<string, { readonly watch: Watch; readonly timer: NodeJS.Timeout }>()
  private saved: SavedFabric | undefined
  private looking: NodeJS.Timeout | undefined
  private readonly reboots = new Reboots()
  private readonly verifier: Verifier
  private lastDropped = 0
  private readonly loggedOddities = new Set<string>()
  /** Events dropped that have not been told yet. */
  private droppedEvents = 0
  private opinions: Promise<unknown> = Promise.resolve()
  private readonly recovered = new Tally()
  private readonly outages = new Outages(this.recovered)
  /** How often the connection was made anew after a loss. */
  private reconnects = 0
  /** A connection has been lost, or made after the first trouble: what follows is a return. */
  private wasUp = false

  constructor(private readonly options: FabricOptions) {
    this.random = options.random ?? Math.random
    this.verifier = new Verifier(this.random)
    this.backoff = new Backoff(options.backoff ?? BACKOFF, this.random)
    this.lingerMs = options.lingerMs ?? LINGER
    this.saved = options.redeploy?.cache.restore(this.cacheKey)
    this.sync = this.saved?.sync ?? new StoreSync(this.syncHost)
    if (this.saved !== undefined) this.sync.restore(this.syncHost)
    const { login, controllers } = options
    this.candidate = { account: login.account, controllers, secret: login.digest }
  }

  /** What is known of a cluster is of use only to the same owner, and with the same rights. */
  private get cacheKey(): string {
    const { redeploy, controllers, login } = this.options
    return JSON.stringify([redeploy?.owner, login.account, [...controllers].sort()])
  }

  private get syncHost(): SyncHost {
    return {
      retry: (query, error) => this.line?.registrar.later(query, error),
      verifySoon: (query) => this.verifier.soon(query),
      verifyLater: (query) => this.verifier.later(query, this.options.verifyMs ?? SETTLING),
      crossCheck: (claim) => this.contradicted(claim),
      handoverFailed: () => {
        if (this.renewing !== undefined) this.line?.connection.fail(handoverFailed())
      }
    }
  }

  get state(): FabricState {
    return this.condition
  }

  get report(): FabricReport {
    const { count, last } = this.outages
    return {
      state: this.condition,
      reconnects: this.reconnects,
      recovered: this.recovered.counts,
      outages: { count, last },
      subscriptions: this.queries.map(({ path, state, known, lastEvent, lastRefresh, recovered }) => {
        return { path, state, known, lastEvent, lastRefresh, recovered: recovered.counts }
      })
    }
  }

  /**
   * A new interest in this fabric; the first one makes it connect.
   * @param name whoever comes by a name that has just gone takes up what came meanwhile; see {@link Watch.keep}
   */
  watch(listener: WatchListener, name?: string): Watch {
    clearTimeout(this.idle)
    this.start()
    const left = name === undefined ? undefined : this.suspended.get(name)
    if (name !== undefined && left !== undefined) {
      clearTimeout(left.timer)
      this.suspended.delete(name)
      if (!left.watch.isClosed) {
        left.watch.resume(listener)
        return left.watch
      }
      this.watches.delete(left.watch)
    }
    const watch = new Watch(this.pool, listener)
    const saved = name === undefined ? undefined : this.saved?.watches.get(name)
    if (saved !== undefined) watch.resume(listener, saved)
    this.watches.set(watch, name)
    return watch
  }

  /** Ends a watch, after a while in which one of the same name may take it up; the last one takes the connection with it. */
  unwatch(watch: Watch): void {
    const name = this.watches.get(watch)
    if (name === undefined || this.isStopped()) {
      this.drop(watch)
      return
    }
    watch.suspend()
    const timer = setTimeout(() => {
      this.suspended.delete(name)
      this.drop(watch)
    }, this.lingerMs)
    this.suspended.set(name, { watch, timer })
  }

  private drop(watch: Watch): void {
    watch.close()
    this.watches.delete(watch)
    this.closeWhenIdle()
  }

  private get isUsed(): boolean {
    return this.watches.size + this.callers.size > 0
  }

  private closeWhenIdle(): void {
    clearTimeout(this.idle)
    if (this.isUsed || this.isStopped()) return
    this.idle = setTimeout(() => {
      if (!this.isUsed) void this.close()
    }, this.lingerMs)
  }

  /** A client for reads and writes; like a watch, it keeps the connection up. */
  requestClient(listener: RequestClientListener): RequestClient {
    clearTimeout(this.idle)
    this.start()
    const caller = new RequestClient(
      {
        state: () => this.condition,
        connection: () => this.line?.connection,
        semaphore: this.gate,
        requestTimeoutMs: this.options.requestTimeoutMs,
        random: this.random
      },
      listener
    )
    this.callers.add(caller)
    return caller
  }

  /** Closes a client and aborts its requests; the last user takes the connection with it, after a while. */
  closeClient(caller: RequestClient): void {
    caller.close()
    if (this.callers.delete(caller)) this.closeWhenIdle()
  }

  /** Logs out and closes; resolves when nothing is left, within about two seconds. */
  async close(): Promise<void> {
    if (!this.stopping.signal.aborted) {
      this.stopping.abort()
      clearTimeout(this.idle)
      clearTimeout(this.audit)
      clearTimeout(this.looking)
      this.verifier.close()
      for (const { timer } of this.suspended.values()) clearTimeout(timer)
      this.save()
      for (const caller of this.callers) caller.drain()
      for (const { linger } of this.shared.values()) clearTimeout(linger)
      this.line?.registrar.close()
      this.enter({ phase: 'closed' })
    }
    const connections = [this.line?.connection, this.renewing?.connection, ...this.retiring]
    await Promise.all([...connections.map((connection) => connection?.close()), ...this.givenUp, this.running])
  }

  /** Leaves what is known to the next fabric of the same name. */
  private save(): void {
    const { redeploy } = this.options
    if (redeploy === undefined) return
    const watches = new Map<string, SavedWatch>()
    for (const [watch, name] of this.watches) if (name !== undefined) watches.set(name, watch.save())
    this.sync.save()
    const queries = new Map<string, SyncedQuery>()
    for (const [key, { query }] of this.shared) if (query.mode === 'full') queries.set(key, query)
    if (queries.size > 0) redeploy.cache.save(this.cacheKey, { sync: this.sync, queries, watches })
  }

  // --- queries ---

  private get pool(): QueryPool {
    const { sync } = this
    return {
      acquire: (query, mirror, listener) => this.acquire(query, mirror, listener),
      release: (query, listener) => this.release(query, listener),
      find: (path) => {
        const key = keyOf('full', path)
        return this.shared.get(key)?.query ?? this.saved?.queries.get(key)
      },
      retention: (listener) => sync.retention(listener),
      retain: (object, retention) => sync.retain(object, retention),
      letGo: (object, retention) => sync.letGo(object, retention),
      get stepNumber() {
        return sync.stepNumber
      },
      get site() {
        return sync.site
      }
    }
  }

  private acquire(query: Query, mirror: MirrorMode, listener: QueryListener): SyncedQuery {
    const key = keyOf(mirror, pathOf(query))
    let shared = this.shared.get(key)
    if (shared === undefined) {
      const synced = this.saved?.queries.get(key) ?? this.sync.add(query, mirror, this.recovered)
      shared = { query: synced, linger: undefined }
      this.shared.set(key, shared)
      this.line?.registrar.add(synced)
    }
    clearTimeout(shared.linger)
    shared.query.listeners.add(listener)
    return shared.query
  }

  private release(query: SyncedQuery, listener: QueryListener): void {
    query.listeners.delete(listener)
    // One that is on no connection, and keeps in sight what others had.
    if (query.isRetention) {
      query.end()
      return
    }
    const key = keyOf(query.mode, query.path)
    const shared = this.shared.get(key)
    if (shared?.query !== query || query.listeners.size > 0 || this.isStopped()) return
    clearTimeout(shared.linger)
    shared.linger = setTimeout(() => {
      this.shared.delete(key)
      this.line?.registrar.delete(query)
      this.verifier.delete(query)
      this.sync.delete(query)
    }, this.lingerMs)
  }

  private get queries(): SyncedQuery[] {
    return [...this.shared.values()].map(({ query }) => query)
  }

  // --- the connection ---

  private start(): void {
    if (this.running !== undefined || this.stopping.signal.aborted) return
    this.running = this.run()
  }

  private isStopped(): boolean {
    return this.stopping.signal.aborted
  }

  private async run(): Promise<void> {
    let line = await this.connect(this.preferred)
    while (line !== undefined) {
      this.use(line)
      const error = await this.endOrAfter(line, line.connection.renewAt - Date.now())
      if (this.isStopped()) break
      line = error === undefined ? await this.renew(line) : await this.replace(line, error)
    }
    await this.line?.connection.close()
  }

  /** Tries the controllers, round after round, until one of them serves; undefined when nobody wants it any more. */
  private async connect(first: number): Promise<Line | undefined> {
    const { controllers } = this.options
    for (let attempt = first; ; attempt += 1) {
      if (this.isStopped()) return undefined
      const index = attempt % controllers.length
      try {
        const line = await this.open(controllers[index] ?? '', (error) => this.tellRefusal(error))
        this.preferred = index
        return line
      } catch (thrown) {
        if (this.isStopped()) return undefined
        const error = toAciError(thrown)
        if (error.code === 'ACI_AUTH') {
          this.tellRefusal(error)
          // The other controllers know the same accounts; asking them too would only bring the lock nearer.
          continue
        }
        const isRoundOver = (attempt - first) % controllers.length === controllers.length - 1
        this.tellTrouble(error, (attempt - first) % controllers.length === 0)
        if (isRoundOver) await this.sleep(this.backoff.afterFailure())
      }
    }
  }

  /** @param waits told of an earlier refusal of the same login for which this one has to wait */
  private async open(
    controller: string,
    waits?: (error: AciError) => void,
    signal: AbortSignal = this.stopping.signal
  ): Promise<Line> {
    const { guard } = this.options
    const end = await guard.turn(this.candidate, signal, waits)
    try {
      return await this.openNow(controller, signal, () => {
        guard.accepted(this.candidate)
        end()
      })
    } catch (thrown) {
      const error = toAciError(thrown)
      if (error.code === 'ACI_AUTH') guard.refused(this.candidate, error)
      throw error
    } finally {
      end()
    }
  }

  /** @param accepted told as soon as the login is accepted, whatever becomes of the connection */
  private async openNow(controller: string, signal: AbortSignal, accepted: () => void): Promise<Line> {
    const { tls, login, requestTimeoutMs, heartbeatMs, refreshTimeout } = this.options
    let tellEnd: (error: AciError) => void = () => undefined
    const ended = new Promise<AciError>((resolve) => (tellEnd = resolve))
    const connection = await Connection.open({
      controller,
      tls,
      login,
      requestTimeoutMs,
      heartbeatMs,
      refreshTimeout,
      expected: this.shared.size,
      deliver: (...given) => this.sync.deliver(...given),
      signal,
      step: (step) => {
        if (step === 'socket') accepted()
        this.step(step, controller)
      },
      unreadable: (error) => this.unreadable(error),
      dropped: (count) => this.dropped(count),
      ended: (error) => tellEnd(error),
      lost: (id) => this.lost(connection, id)
    })
    const registrar = new Registrar(connection, this.random, () => this.registered(line))
    const line: Line = { connection, registrar, ended }
    return line
  }

  /** All subscriptions move to this connection; each one leaves the old one when it is registered on the new. */
  private use(line: Line): void {
    this.line = line
    this.sync.connected(line.connection)
    const { controller, facts, openedAt } = line.connection
    this.logOddities(controller, facts.oddities)
    if (this.wasUp && this.outages.isLasting) this.reconnects += 1
    this.enter({ phase: 'up', controller, version: facts.version, since: openedAt })
    for (const query of this.queries) line.registrar.add(query)
    this.endOutage(line)
    this.scheduleAudit()
    this.scheduleLook()
  }

  private async replace(line: Line, error: AciError): Promise<Line | undefined> {
    const { connection, registrar } = line
    registrar.close()
    const before = this.renewing
    this.renewing = undefined
    const livedMs = Date.now() - connection.openedAt
    this.line = undefined
    this.wasUp = true
    // Since then nothing can be trusted, whenever the loss was noticed.
    this.outages.begin(connection.heardAt)
    this.enter({ phase: 'lost', error, since: Date.now() })
    this.sync.connectionLost(connection, connection.heardAt)
    if (before !== undefined) {
      this.sync.connectionLost(before.connection, before.connection.heardAt)
      this.retire(before.connection)
    }
    const [next] = await Promise.all([
      this.sleep(this.backoff.afterLoss(livedMs)).then(() => this.connect(this.preferred)),
      // Logging out of what is left runs beside it.
      connection.close()
    ])
    return next
  }

  /** The session nears its end: the next connection is made before this one is given up. */
  private async renew(line: Line): Promise<Line | undefined> {
    try {
      const next = await this.openBeside(line)
      if (next instanceof AciError) return await this.replace(line, next)
      line.registrar.close()
      this.renewing = line
      void line.ended.then(() => {
        // It ended before everything had left it.
        this.sync.connectionLost(line.connection, line.connection.heardAt)
      })
      return next
    } catch (thrown) {
      if (this.isStopped()) return undefined
      const error = toAciError(thrown)
      const left = line.connection.diesAt - Date.now()
      if (left <= 0) return this.replace(line, error)
      const wait = Math.max(1_000, left * RENEWAL_RETRY, this.options.guard.waitFor(this.candidate))
      const ended = await this.endOrAfter(line, wait)
      if (this.isStopped()) return undefined
      return ended === undefined ? this.renew(line) : this.replace(line, ended)
    }
  }

  /**
   * The next connection, or why this one ended meanwhile: then that is an outage, and the attempt, which may take long,
   * is given up.
   */
  private async openBeside(line: Line): Promise<Line | AciError> {
    const turn = new AbortController()
    const giveUp = (): void => turn.abort()
    this.stopping.signal.addEventListener('abort', giveUp)
    const attempt = this.open(line.connection.controller, undefined, turn.signal)
    const over = attempt.then(
      ({ connection }) => (turn.signal.aborted ? connection.close() : undefined),
      () => undefined
    )
    const first = await Promise.race([attempt, line.ended]).finally(() => {
      this.stopping.signal.removeEventListener('abort', giveUp)
    })
    if (first instanceof AciError) {
      giveUp()
      this.givenUp.add(over)
      void over.then(() => this.givenUp.delete(over))
    }
    return first
  }

  /** When every subscription is on this connection, the one before has nothing more to give. */
  private registered(line: Line): void {
    if (this.line !== line) return
    this.endOutage(line)
    this.forgetSaved()
    const before = this.renewing
    if (before === undefined) return
    if (this.queries.some((query) => query.isServedBy(before.connection))) return
    this.renewing = undefined
    this.sync.left(before.connection)
    this.retire(before.connection)
  }

  /** What was known before the deploy and nobody has asked for is of no more use. */
  private forgetSaved(): void {
    for (const [key, query] of this.saved?.queries ?? []) if (!this.shared.has(key)) this.sync.delete(query)
    for (const { retained } of this.saved?.watches.values() ?? []) if (retained?.listeners.size === 0) retained.end()
    this.saved = undefined
  }

  /** Closes a connection that was replaced as soon as the requests are answered that were sent over it. */
  private retire(connection: Connection): void {
    this.retiring.add(connection)
    void connection
      .quiet()
      .then(() => connection.close())
      .finally(() => this.retiring.delete(connection))
  }

  /** An outage lasts until nothing is left to be compared; a loss before that is part of it. */
  private endOutage(line: Line): void {
    if (!line.registrar.isSettled) return
    const outage = this.outages.end(Date.now())
    if (outage === undefined) return
    const live = this.queries.filter(({ state }) => state.phase === 'live')
    // What is no part of the mirror cannot be compared.
    const compared = live.filter(({ known, hasSynced }) => known !== undefined && hasSynced).length
    this.options.recovered?.({ ...outage, isFirst: !this.wasUp, compared, uncompared: live.length - compared })
    this.wasUp = true
  }

  /** Why the connection ended, or undefined when it still stands after so many ms. */
  private async endOrAfter(line: Line, ms: number): Promise<AciError | undefined> {
    const turn = new AbortController()
    try {
      return await Promise.race([line.ended, this.sleep(ms, turn.signal).then(() => undefined)])
    } finally {
      turn.abort()
    }
  }

  /** One at a time: each is a login of its own, and the first contradiction ends the connection for all. */
  private contradicted({ connection, path, shown }: Claim): Promise<boolean> {
    const opinion = this.opinions.then(() => this.askOthers(connection, path, shown))
    this.opinions = opinion
    return opinion
  }

  /**
   * Asks the other controllers, one after the other, until one of them can be asked. When it shows more, it is the one
   * to go on with.
   */
  private async askOthers(connection: Connection, path: string, shown: number): Promise<boolean> {
    for (const [index, controller] of this.options.controllers.entries()) {
      if (controller === connection.controller || connection.isOver) continue
      const opinion = await this.ask(controller, path)
      // One of another fabric knows nothing of this one.
      if (opinion === undefined || areApart(opinion.site, connection.facts.site)) continue
      if (opinion.count <= shown) return false
      this.preferred = index
      connection.fail(
        new AciError('ACI_PROTOCOL', `${connection.controller} does not show what ${controller} shows of ${path}`)
      )
      return true
    }
    return false
  }

  /** What a controller says to somebody who logs in only for that; undefined where it cannot be asked now. */
  private async ask(controller: string, path: string): Promise<CrossCheckResult | undefined> {
    const { guard, tls, login, requestTimeoutMs } = this.options
    const { signal } = this.stopping
    let end: () => void = () => undefined
    try {
      end = await guard.turnNow(this.candidate, signal)
      const accepted = (): void => {
        guard.accepted(this.candidate)
        end()
      }
      return await crossCheck(path, { controller, tls, login, requestTimeoutMs, accepted, signal })
    } catch (thrown) {
      const error = toAciError(thrown)
      if (error.code === 'ACI_AUTH' && !(thrown instanceof TooEarly)) guard.refused(this.candidate, error)
      return undefined
    } finally {
      end()
    }
  }

  /** An id died although the connection lives: that subscription alone is registered again. */
  private lost(connection: Connection, id: string): void {
    if (this.line?.connection !== connection) return
    const query = this.sync.idLost(connection, id)
    if (query !== undefined) this.line.registrar.add(query)
  }

  /** Reads everything again now and then: a good socket and a good refresh do not prove that events come. */
  private scheduleAudit(): void {
    clearTimeout(this.audit)
    const { auditMs } = this.options
    if (auditMs <= 0 || this.isStopped()) return
    this.audit = setTimeout(
      () => {
        void this.auditAll().finally(() => this.scheduleAudit())
      },
      Math.min(LONGEST_TIMER, auditMs * (0.8 + this.random() * 0.4))
    )
  }

  private async auditAll(queries = this.queries): Promise<void> {
    for (const query of queries) {
      if (this.isStopped()) return
      // What was refused may be granted by now.
      if (query.state.phase === 'refused') this.line?.registrar.add(query)
      // Nobody waits for an audit; a second try is seen to where it can help.
      else await query.resync().catch(toAciError)
    }
  }

  /** Now and then looks at what no event tells: objects that left a filter, and switches that came up again. */
  private scheduleLook(): void {
    clearTimeout(this.looking)
    if (this.isStopped()) return
    this.looking = setTimeout(() => {
      void this.look().finally(() => this.scheduleLook())
    }, this.options.lookMs ?? LOOK)
  }

  private async look(): Promise<void> {
    const { line } = this
    if (line === undefined) return
    const isSmall = ({ isFiltered, known = Infinity }: SyncedQuery): boolean => isFiltered && known <= SMALL_RESULT
    await this.auditAll(this.queries.filter(isSmall))
    if (!(await this.hasRebooted(line.connection)) || this.line !== line) return
    // A switch that came up again may have forgotten what it has to report: every subscription is made anew.
    for (const query of this.queries) {
      this.sync.drop(query)
      line.registrar.add(query)
    }
  }

  /** Whether a switch has come up since the last look. What cannot be read is left to the audit. */
  private async hasRebooted(connection: Connection): Promise<boolean> {
    const systems = await connection.get(SYSTEMS).catch(() => undefined)
    return systems !== undefined && this.reboots.look(systems.objects)
  }

  // --- telling ---

  private step(step: 'login' | 'socket', controller: string): void {
    // During an outage its reason is what a user wants to see, not the step of each new attempt.
    const { phase } = this.condition
    if (phase === 'idle' || phase === 'connecting') this.enter({ phase: 'connecting', step, controller })
  }

  private tellRefusal(error: AciError): void {
    const { condition } = this
    if (condition.phase !== 'refused' || condition.error !== error) this.enter({ phase: 'refused', error })
  }

  /** Of each round the first trouble is told: it is the preferred controller's. */
  private tellTrouble(error: AciError, isFirst: boolean): void {
    const { condition } = this
    if (condition.phase !== 'lost') this.enter({ phase: 'lost', error, since: Date.now() })
    else if (isFirst && condition.error.message !== error.message) this.enter({ ...condition, error })
  }

  private enter(state: FabricState): void {
    if (this.condition.phase === 'closed') return
    this.condition = state
    if (state.phase === 'lost' || state.phase === 'refused') this.outages.begin(Date.now())
    this.options.moved(state)
    for (const caller of [...this.callers]) caller.stateChanged()
  }

  /** What a controller says of itself and cannot be, each once. */
  private logOddities(controller: string, oddities: readonly string[]): void {
    for (const oddity of oddities) {
      const text = `${controller}: ${oddity}`
      if (this.loggedOddities.has(text)) continue
      this.loggedOddities.add(text)
      this.options.unreadable(new AciError('ACI_PROTOCOL', text))
    }
  }

  private unreadable(error: AciError): void {
    const now = Date.now()
    if (now - this.lastUnreadable < UNREADABLE_PERIOD) return
    this.lastUnreadable = now
    this.options.unreadable(error)
  }

  /** Counted on while it may not be told: a user wants to know how many, not how often. */
  private dropped(count: number): void {
    this.droppedEvents += count
    const now = Date.now()
    if (now - this.lastDropped < UNREADABLE_PERIOD) return
    this.lastDropped = now
    const events = `${this.droppedEvents} events came before the answers to their subscriptions`
    this.droppedEvents = 0
    this.options.unreadable(new AciError('ACI_PROTOCOL', `${events} and had to be dropped`))
  }

  /** Waits so many ms, or until the fabric is closed or the signal is given. */
  private sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (ms <= 0 || this.isStopped()) return Promise.resolve()
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        this.stopping.signal.removeEventListener('abort', done)
        signal?.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, Math.min(LONGEST_TIMER, ms))
      this.stopping.signal.addEventListener('abort', done)
      signal?.addEventListener('abort', done)
    })
  }
}

/** What a shared query is called. */
function keyOf(mirror: MirrorMode, path: string): string {
  return `${mirror} ${path}`
}

function handoverFailed(): AciError {
  return new AciError('ACI_PROTOCOL', 'too many events came while one connection took over from another')
}
