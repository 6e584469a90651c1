// A fabric as nodes use it: watches and request clients, over one good connection and one store.

import type { BackoffOptions, Random } from '../common/backoff'
import { AciError } from '../common/errors'
import { Semaphore } from '../common/semaphore'
import type { Connection } from '../connection/connection'
import type { FabricState } from '../connection/state'
import { RequestClient, type RequestClientListener } from '../requests/request-client'
import type { Login } from '../session/auth'
import type { Candidate, LoginGuard } from '../session/login-guard'
import type { SubscriptionState } from '../sync/query-state'
import { StoreSync, type SyncHost } from '../sync/store-sync'
import { Tally, type Recovered } from '../sync/tally'
import { Verifier } from '../sync/verifier'
import { MOST_CALLS } from '../transport/rest'
import type { TlsOptions } from '../transport/transport'
import { Watch, type SavedWatch, type WatchListener } from '../watch/watch'
import { Audits } from './audits'
import { ConnectionKeeper, type KeeperListener } from './connection-keeper'
import { CrossChecker } from './cross-checker'
import type { FabricEvent } from './fabric-state'
import { Notices } from './notices'
import { Outages, type Outage, type Span } from './outages'
import type { RedeployCache } from './redeploy-cache'
import { SharedQueries } from './shared-queries'

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
  readonly stateChanged: (state: FabricState) => void
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
const VERIFY_DELAY = 5_000

export class Fabric {
  private readonly keeper: ConnectionKeeper
  private readonly sync: StoreSync
  private readonly shared: SharedQueries
  private readonly audits: Audits
  private readonly crossChecker: CrossChecker
  private readonly verifier: Verifier
  private readonly lingerMs: number
  private idle: NodeJS.Timeout | undefined
  /** The name of each watch, by which its successor may go on with it. */
  private readonly watches = new Map<Watch, string | undefined>()
  private readonly suspended = new Map<string, { readonly watch: Watch; readonly timer: NodeJS.Timeout }>()
  private readonly clients = new Set<RequestClient>()
  /** Few requests of nodes at the same time, whoever makes them: an APIC has others to serve. */
  private readonly semaphore = new Semaphore(MOST_CALLS)
  private readonly recovered = new Tally()
  private readonly outages = new Outages(this.recovered)
  private readonly notices: Notices
  /** How often the connection was made anew after a loss. */
  private reconnects = 0
  /** A connection has been lost, or made after the first trouble: what follows is a return. */
  private wasUp = false

  constructor(private readonly options: FabricOptions) {
    const { login, controllers, guard, random = Math.random, backoff = BACKOFF, redeploy, lookMs, auditMs } = options
    const candidate: Candidate = { account: login.account, controllers, secret: login.digest }
    this.lingerMs = options.lingerMs ?? LINGER
    this.verifier = new Verifier(random)
    this.notices = new Notices(options.unreadable)
    const saved = redeploy?.cache.restore(this.cacheKey)
    this.sync = saved?.sync ?? new StoreSync(this.syncHost)
    if (saved !== undefined) this.sync.restore(this.syncHost)
    const opening = {
      ...options,
      deliver: (...given: Parameters<StoreSync['deliver']>) => this.sync.deliver(...given),
      unreadable: (error: AciError) => this.notices.unreadable(error),
      dropped: (count: number) => this.notices.dropped(count)
    }
    this.keeper = new ConnectionKeeper({ ...opening, candidate, backoff, random }, this.keeperListener)
    this.shared = new SharedQueries(this.sync, saved, this.recovered, this.lingerMs, {
      added: (query) => this.keeper.registrar?.add(query),
      removed: (query) => {
        this.keeper.registrar?.delete(query)
        this.verifier.delete(query)
      }
    })
    const { keeper, shared, sync } = this
    this.audits = new Audits(
      {
        get queries() {
          return shared.all
        },
        get connection() {
          return keeper.connection
        },
        add: (query) => keeper.registrar?.add(query),
        renew: (query) => {
          sync.drop(query)
          keeper.registrar?.add(query)
        }
      },
      { auditMs, lookMs, random }
    )
    this.crossChecker = new CrossChecker({
      ...options,
      guard,
      candidate,
      signal: keeper.signal,
      contradicted: ({ connection, path }, controller) => {
        keeper.prefer(controller)
        const text = `${connection.controller} does not show what ${controller} shows of ${path}`
        connection.fail(new AciError('ACI_PROTOCOL', text))
      }
    })
  }

  /** What is known of a cluster is of use only to the same owner, and with the same rights. */
  private get cacheKey(): string {
    const { redeploy, controllers, login } = this.options
    return JSON.stringify([redeploy?.owner, login.account, [...controllers].sort()])
  }

  private get syncHost(): SyncHost {
    return {
      retry: (query, error) => this.keeper.registrar?.later(query, error),
      verifySoon: (query) => this.verifier.soon(query),
      verifyLater: (query) => this.verifier.later(query, this.options.verifyMs ?? VERIFY_DELAY),
      crossCheck: (claim) => this.crossChecker.check(claim),
      handoverFailed: () => {
        const text = 'too many events came while one connection took over from another'
        this.keeper.failHandover(new AciError('ACI_PROTOCOL', text))
      }
    }
  }

  private get keeperListener(): KeeperListener {
    return {
      expected: () => this.shared.size,
      stateChanged: (state, event) => this.stateChanged(state, event),
      use: (connection) => this.use(connection),
      lost: (connection) => this.sync.connectionLost(connection, connection.heardAt),
      idLost: (connection, id) => {
        const query = this.sync.idLost(connection, id)
        if (query !== undefined) this.keeper.registrar?.add(query)
      },
      settled: (before) => this.settled(before),
      left: (connection) => this.sync.left(connection)
    }
  }

  get state(): FabricState {
    return this.keeper.state
  }

  get report(): FabricReport {
    const { count, last } = this.outages
    return {
      state: this.state,
      reconnects: this.reconnects,
      recovered: this.recovered.counts,
      outages: { count, last },
      subscriptions: this.shared.all.map(({ path, state, known, lastEvent, lastRefresh, recovered }) => {
        return { path, state, known, lastEvent, lastRefresh, recovered: recovered.counts }
      })
    }
  }

  /**
   * A new interest in this fabric; the first one makes it connect.
   * @param name whoever comes by a name that has just gone goes on with what came meanwhile; see {@link Watch.keep}
   */
  watch(listener: WatchListener, name?: string): Watch {
    clearTimeout(this.idle)
    this.keeper.start()
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
    const watch = new Watch(this.shared, listener)
    const saved = name === undefined ? undefined : this.shared.savedWatch(name)
    if (saved !== undefined) watch.resume(listener, saved)
    this.watches.set(watch, name)
    return watch
  }

  /** Ends a watch, after a while in which one of the same name may go on with it; the last one takes the connection with it. */
  unwatch(watch: Watch): void {
    const name = this.watches.get(watch)
    if (name === undefined || this.keeper.isStopped()) {
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
    return this.watches.size + this.clients.size > 0
  }

  private closeWhenIdle(): void {
    clearTimeout(this.idle)
    if (this.isUsed || this.keeper.isStopped()) return
    this.idle = setTimeout(() => {
      if (!this.isUsed) void this.close()
    }, this.lingerMs)
  }

  /** A client for reads and writes; like a watch, it keeps the connection up. */
  requestClient(listener: RequestClientListener): RequestClient {
    clearTimeout(this.idle)
    this.keeper.start()
    const { semaphore, options } = this
    const client = new RequestClient(
      {
        state: () => this.state,
        connection: () => this.keeper.connection,
        semaphore,
        requestTimeoutMs: options.requestTimeoutMs,
        random: options.random ?? Math.random
      },
      listener
    )
    this.clients.add(client)
    return client
  }

  /** Closes a client and aborts its requests; the last user takes the connection with it, after a while. */
  closeClient(client: RequestClient): void {
    client.close()
    if (this.clients.delete(client)) this.closeWhenIdle()
  }

  /** Logs out and closes; resolves when nothing is left, within about two seconds. */
  async close(): Promise<void> {
    if (!this.keeper.isStopped()) {
      this.keeper.stop()
      clearTimeout(this.idle)
      this.audits.close()
      this.verifier.close()
      for (const { timer } of this.suspended.values()) clearTimeout(timer)
      this.save()
      for (const client of this.clients) client.drain()
      this.shared.close()
    }
    await this.keeper.close()
  }

  /** Leaves what is known to the next fabric of the same name. */
  private save(): void {
    const { redeploy } = this.options
    if (redeploy === undefined) return
    const watches = new Map<string, SavedWatch>()
    for (const [watch, name] of this.watches) if (name !== undefined) watches.set(name, watch.save())
    const saved = this.shared.save(watches)
    if (saved.queries.size > 0) redeploy.cache.save(this.cacheKey, saved)
  }

  // --- the connection ---

  private stateChanged(state: FabricState, event: FabricEvent): void {
    if (event.type === 'opened' && this.wasUp && this.outages.isLasting) this.reconnects += 1
    if (event.type === 'ended') {
      this.wasUp = true
      // Since the last sign of life nothing can be trusted, whenever the loss was noticed.
      this.outages.begin(event.heardAt)
    } else if (state.phase === 'lost' || state.phase === 'refused') {
      this.outages.begin(Date.now())
    }
    this.options.stateChanged(state)
    for (const client of [...this.clients]) client.stateChanged()
  }

  private use(connection: Connection): void {
    this.sync.connected(connection)
    this.notices.odd(connection.controller, connection.facts.oddities)
    for (const query of this.shared.all) this.keeper.registrar?.add(query)
    this.endOutage()
    this.audits.restart()
  }

  private settled(before: Connection | undefined): boolean {
    this.endOutage()
    this.shared.forgetSaved()
    return before !== undefined && !this.shared.all.some((query) => query.registrations.isServedBy(before))
  }

  /** An outage lasts until nothing is left to be compared; a loss before that is part of it. */
  private endOutage(): void {
    if (this.keeper.registrar?.isSettled !== true) return
    const outage = this.outages.end(Date.now())
    if (outage === undefined) return
    const live = this.shared.all.filter(({ state }) => state.phase === 'live')
    // What is not kept cannot be compared.
    const compared = live.filter(({ known, hasSynced }) => known !== undefined && hasSynced).length
    this.options.recovered?.({ ...outage, isFirst: !this.wasUp, compared, uncompared: live.length - compared })
    this.wasUp = true
  }
}
