// One query whose result the store keeps, or that is a pure stream: brought onto one connection after the other, listed,
// verified. It outlives connections; its ids do not.

import { AciError, toAciError } from '../common/errors'
import type { Connection } from '../connection/connection'
import { isTransient } from '../connection/transient'
import { Pager } from '../connection/pager'
import type { Receiver } from '../connection/router'
import { orderOf, pathOf, type Query } from '../protocol/query'
import type { WireEvent, WireObject } from '../protocol/wire'
import type { Gap } from '../store/change'
import { HandoverDedup } from '../store/handover-dedup'
import type { StoredObject } from '../store/object-store'
import type { EventIntake } from './event-intake'
import { readObjects, SINGLE_READS, type Lookup } from './lookup'
import { Plausibility, type CrossCheck } from './plausibility'
import { ResultReader, type ListedQuery, type ReadSource } from './result-reader'
import { after, shown, type QueryEvent, type QueryState, type SubscriptionState } from './query-state'
import type { QueryListener, ResultQuery, Step, StepListener } from './step'
import { Tally } from './tally'

/** `full`: the result is kept. `off`: a pure stream, nothing kept. */
export type MirrorMode = 'full' | 'off'

/** What a query needs of those who hold it. */
export interface QueryHost {
  /** It wants to be joined anew, after a while, because something could not be read. */
  retry(query: SyncedQuery, error: AciError): void
  /** {@link SyncedQuery.verify} is to be called soon. */
  verifySoon(query: SyncedQuery): void
  /** It is registered anew: {@link SyncedQuery.verify} is to be called after some seconds. */
  verifyLater(query: SyncedQuery): void
  readonly crossCheck: CrossCheck
  /** Resolves when all that the connections in use had sent until now has come in. */
  flush(): Promise<void>
  /** Resolves when no object waits for a lookup of its own; gives the queries some of whose objects could not be. */
  lookUp(): Promise<ReadonlySet<ResultQuery>>
  /** The connection serves another fabric than the one whose objects are known. */
  isForeign(connection: Connection): boolean
  /** From now on the objects are those of this connection's fabric. */
  use(connection: Connection): void
}

/** Objects of which events speak that are noted to be read again one by one; for more, everything is. */
const MOST_SUSPECTS = 10_000
/** Events of a pure stream that are recognized as repeats while one connection takes over from another. */
const MAX_DEDUP = 100_000

/** One registration on one connection. */
export interface Registration extends Receiver {
  readonly query: SyncedQuery
  readonly connection: Connection
  /** Connections come one after the other: of two, the later one counts. */
  readonly order: number
  id: string
  /** Events of it were lost on their way: what is read meanwhile proves nothing. */
  hasMissed: boolean
  /** Whether everything was read once more some seconds after it was made. */
  isVerified: boolean
  /** Why its objects could not be read before it counted. */
  failure: AciError | undefined
}

/** An object as its listeners know it. */
interface Hidden {
  readonly object: StoredObject<ResultQuery>
  /** Those who have had it; undefined for all. */
  readonly listeners: Set<StepListener> | undefined
}

let ids = 0

export class SyncedQuery implements ListedQuery {
  readonly id = (ids += 1)
  readonly path: string
  readonly isFiltered: boolean
  readonly listeners = new Set<QueryListener>()
  /** Whether it goes on with what was known before its configuration node was made anew. */
  isRestored = false
  /** When an event came last, epoch ms. */
  lastEvent: number | undefined
  private state_: QueryState = { phase: 'waiting' }
  /** In use, and the one that is to take over. */
  private current: Registration | undefined
  private next: Registration | undefined
  private joins = 0
  /** How often a connection was lost while the next one was being prepared. */
  private losses = 0
  private lastController = ''
  /** The objects have been read once in full, so that from now on differences are changes. */
  private complete: boolean
  /** Until when everything was known to be in order, epoch ms. */
  private gapStart = Date.now()
  private running: Promise<unknown> = Promise.resolve()
  private readonly pager: Pager
  private readonly reader: ResultReader
  private plausibility: Plausibility
  /** DNs that have to be read again before long; `all` when anything may be otherwise than it is known. */
  private suspects: Set<string> | 'all' = new Set()
  private dedup: HandoverDedup | undefined
  /**
   * Objects that may have left the filter, by DN: an event of theirs did not name this query. Until they are read they are
   * not in the result, and no listener gets anything of them.
   */
  private readonly hidden = new Map<string, Hidden>()

  /** @param recovered counts the changes that are found by comparing */
  constructor(
    readonly query: Query,
    readonly mode: MirrorMode,
    private readonly intake: EventIntake,
    private host: QueryHost,
    readonly recovered = new Tally()
  ) {
    this.path = pathOf(query)
    this.isFiltered = query.filter !== ''
    this.complete = mode === 'off'
    this.pager = new Pager(this.path, orderOf(query))
    this.plausibility = new Plausibility(host.crossCheck)
    this.reader = new ResultReader(
      this,
      intake,
      this.pager,
      () => this.plausibility,
      () => this.arrive(),
      () => this.host.lookUp()
    )
  }

  // --- what is known of it ---

  get state(): SubscriptionState {
    return shown(this.state_)
  }

  /** Number of objects known; undefined when none are kept. */
  get known(): number | undefined {
    return this.mode === 'off' ? undefined : this.intake.store.results.count(this)
  }

  /** The objects known. */
  get objects(): IterableIterator<StoredObject<ResultQuery>> {
    return this.intake.store.results.of(this)
  }

  /** Whether it is on no connection, and keeps in sight what others had. */
  get isRetention(): boolean {
    return this.query.of === ''
  }

  /** When the id in use was refreshed last, epoch ms; undefined when it has not been yet. */
  get lastRefresh(): number | undefined {
    return this.current?.connection.refreshedAt(this.current.id)
  }

  /** Base URL of the controller that serves it, or served it last. */
  get controller(): string {
    return this.lastController
  }

  /** Whether what is known is what there is, as far as anybody can tell. */
  get hasSynced(): boolean {
    return this.complete && this.state_.phase === 'live'
  }

  /** Whether the objects have been read in full at some time. */
  get isComplete(): boolean {
    return this.complete
  }

  /** Until when everything was known to be in order, epoch ms. */
  get trustedUntil(): number {
    return this.gapStart
  }

  /** Whether what exists is known, or cannot be. */
  get isStarted(): boolean {
    const { phase } = this.state_
    return phase === 'refused' || phase === 'unread' || (phase === 'live' && this.complete)
  }

  /** Events come, although the objects could not be read since they were lost. */
  get isUnread(): boolean {
    return this.state_.phase === 'unread'
  }

  /** Its objects are going to be read on this connection. */
  get isAboutToRead(): boolean {
    const { phase } = this.state_
    return this.mode === 'full' && (phase === 'subscribing' || phase === 'listing')
  }

  /** What is missing since when, for what is found by comparing now. */
  gap(): Gap {
    return { from: new Date(this.gapStart).toISOString(), to: new Date().toISOString() }
  }

  // --- connections ---

  /**
   * Brings it onto a connection: registers, and lists what there is. Where another connection still serves, both do until
   * everything has been verified by the new one.
   * @throws AciError when trying again later, on this connection or another one, can help
   */
  async join(connection: Connection): Promise<void> {
    if (this.current?.connection === connection && this.next === undefined) {
      // It is registered; what could not be read is read again.
      if (this.mode === 'full') await this.sync(this.current)
      return
    }
    this.enter({ type: 'join' })
    const registration = this.next?.connection === connection ? this.next : this.registrationOn(connection)
    this.next = registration
    try {
      if (registration.id === '') await this.register(registration)
      if (this.next !== registration) return
      this.enter({ type: 'registered' })
      const before = this.current
      if (before === undefined) this.takeOver(registration)
      else if (this.host.isForeign(connection)) this.takeOver(registration)
      for (let losses = -1; losses !== this.losses && this.accepts(registration);) {
        losses = this.losses
        if (this.mode === 'full') await this.sync(registration)
        else await this.host.flush()
      }
      if (this.next === registration) this.takeOver(registration)
      if (this.mode === 'off') this.enter({ type: 'synced' })
    } catch (thrown) {
      const error = toAciError(thrown)
      if (this.current === registration) throw error
      if (this.next !== registration) return
      if (registration.id !== '' && isTransient(error) && !connection.isOver) throw error
      this.next = undefined
      if (registration.id !== '') connection.release(registration.id)
      if (connection.isOver || isTransient(error)) throw error
      if (this.current !== undefined) this.current.connection.release(this.current.id)
      this.current = undefined
      this.intake.discard(this)
      this.enter({ type: 'refused', error })
    }
  }

  private registrationOn(connection: Connection): Registration {
    this.joins += 1
    const registration: Registration = {
      query: this,
      connection,
      order: this.joins,
      id: '',
      hasMissed: false,
      isVerified: false,
      failure: undefined,
      missed: () => this.missed(registration)
    }
    return registration
  }

  private async register(registration: Registration): Promise<void> {
    const { connection } = registration
    if (this.mode === 'off' && this.current !== undefined) this.dedup = new HandoverDedup(MAX_DEDUP)
    const { id } = await connection.register(this.path, registration)
    registration.id = id
    // It has ended meanwhile, or a later connection was joined while this one was slow to answer: the later one counts.
    if (this.next !== registration) connection.release(id)
  }

  /** From now on this registration is the one that counts. */
  private takeOver(registration: Registration): void {
    const { connection } = registration
    const before = this.current
    this.current = registration
    this.next = undefined
    this.lastController = connection.controller
    if (before !== undefined) before.connection.release(before.id)
    this.host.use(connection)
    if (registration.failure !== undefined) this.enter({ type: 'unread', error: registration.failure })
    this.intake.takenOver(this, connection)
    if (this.dedup === undefined) return
    const { dedup } = this
    void connection.flush().then(() => {
      if (this.dedup === dedup) this.dedup = undefined
    })
  }

  /** Whether events of this registration are events of the query. */
  accepts(registration: Registration): boolean {
    return registration === this.current || registration === this.next
  }

  /** Whether the event of a pure stream came by the other connection already. */
  isRepeat(event: WireEvent, connection: object): boolean {
    return this.dedup?.isRepeat(event, connection) === true
  }

  /** Whether another registration still serves the query. */
  isTakingOver(registration: Registration): boolean {
    return registration !== this.current && this.current !== undefined
  }

  /**
   * The connection is over.
   * @returns whether events of the query were missed
   */
  connectionLost(connection: Connection, since: number): boolean {
    if (this.next?.connection === connection) {
      this.next = undefined
      this.intake.discard(this)
    }
    if (this.current?.connection !== connection) return this.current === undefined
    const { next } = this
    this.lose(since)
    if (next === undefined) return true
    // What it had sent and did not arrive is missed: everything is read once more on the next one.
    this.losses += 1
    this.enter({ type: 'join' })
    if (next.id !== '') {
      this.takeOver(next)
      this.enter({ type: 'registered' })
    }
    return true
  }

  /** The connection, or this query's id on it, is gone. */
  lose(since: number): void {
    if (this.state_.phase === 'live' || this.state_.phase === 'unread') this.gapStart = since
    this.current = undefined
    this.intake.discard(this)
    this.enter({ type: 'lost' })
  }

  /** Whether that id, on that connection, is the one in use. */
  isRegisteredAs(connection: Connection, id: string): boolean {
    return this.current?.connection === connection && this.current.id === id
  }

  /** Whether its events come by that connection alone. */
  isServedBy(connection: Connection): boolean {
    return this.current?.connection === connection
  }

  get isServed(): boolean {
    return this.current !== undefined
  }

  /** Gives up the id in use, so that the next {@link join} makes another one. */
  drop(): void {
    const registration = this.current
    if (registration === undefined) return
    registration.connection.release(registration.id)
    this.lose(this.gapStart)
  }

  /** Nobody listens any more. */
  end(): void {
    for (const registration of [this.current, this.next]) {
      if (registration !== undefined && registration.id !== '') registration.connection.release(registration.id)
    }
    this.current = undefined
    this.next = undefined
    this.intake.forget(this)
    for (const object of [...this.objects]) {
      this.intake.leave(object, this, { origin: 'recovered', receivedAt: 0 })
    }
  }

  /** Its fabric closes; what is known is kept for the next one. */
  save(): void {
    this.gapStart = this.hasSynced ? Date.now() : this.gapStart
    this.current = undefined
    this.next = undefined
    this.intake.discard(this)
    // Its listeners come back as others.
    for (const [dn, { object }] of this.hidden) this.hidden.set(dn, { object, listeners: undefined })
    this.state_ = { phase: 'waiting' }
  }

  /** The next fabric goes on with what is known. */
  restore(host: QueryHost): void {
    this.isRestored = this.complete
    this.host = host
    this.plausibility = new Plausibility(host.crossCheck)
    this.suspects = new Set()
  }

  /** What is known is of another fabric. */
  reset(): void {
    this.complete = this.mode === 'off'
    this.hidden.clear()
    for (const listener of this.listeners) listener.reset(this)
  }

  /** Bringing it onto the connection has failed again, in a way that may pass. */
  failing(error: AciError): void {
    const { state_: state } = this
    if ('error' in state && state.error.message === error.message) return
    this.enter({ type: 'failing', error })
  }

  private enter(event: QueryEvent): void {
    const before = this.state_
    this.state_ = after(before, event)
    if (this.state_ === before) return
    for (const listener of this.listeners) listener.stateChanged(this)
    // What became suspect before it was live is read now.
    const { phase } = this.state_
    if ((phase === 'live' || phase === 'unread') && this.hasSuspects) this.host.verifySoon(this)
  }

  // --- objects that may have left the filter ---

  /** An event that changes an object of the result does not name this query, although its id is alive. */
  mayHaveLeft(object: StoredObject<ResultQuery>): boolean {
    if (!this.isFiltered || !this.hasSynced || this.hidden.has(object.dn)) return false
    const copy = { ...object, attributes: { ...object.attributes }, digest: undefined }
    this.hidden.set(object.dn, { object: copy, listeners: new Set(this.listeners) })
    this.intake.hides(this)
    this.suspect(object.dn)
    return true
  }

  /** A hidden object as this listener knows it. */
  hiddenFrom(listener: StepListener, dn: string): StoredObject<ResultQuery> | undefined {
    const hidden = this.hidden.get(dn)
    return hidden?.listeners?.has(listener) === false ? undefined : hidden?.object
  }

  /** The listener has sent a later state of a hidden object, which another query has. */
  hasSent(listener: StepListener, dn: string): void {
    this.hidden.get(dn)?.listeners?.delete(listener)
  }

  /** The object is gone. @returns it as its listeners know it, where it is hidden */
  hiddenAs(dn: string): StoredObject<ResultQuery> | undefined {
    return this.hidden.get(dn)?.object
  }

  get hiddenDns(): Iterable<string> {
    return this.hidden.keys()
  }

  /** It is in the result, or gone: its listeners have been given that. */
  uncovered(dn: string): void {
    this.hidden.delete(dn)
  }

  // --- what may be otherwise than known ---

  private get hasSuspects(): boolean {
    return this.suspects === 'all' || this.suspects.size > 0
  }

  /** Events of the registration were lost on their way here. */
  private missed(registration: Registration): void {
    registration.hasMissed = true
    // A pure stream has nothing but its events.
    if (this.mode === 'off' || !this.accepts(registration)) return
    // What is read now is later than what came before.
    this.intake.dropHeld(this)
    this.suspectAll()
  }

  /** Events of this query may be missing: everything is read again before long. */
  suspectAll(): void {
    if (this.mode === 'off' || this.current === undefined) return
    this.suspects = 'all'
    this.host.verifySoon(this)
  }

  /** The object may be otherwise than it is known: it is read again before long. */
  suspect(dn: string): void {
    if (this.mode === 'off') return
    if (this.suspects !== 'all') {
      if (this.suspects.size < MOST_SUSPECTS) this.suspects.add(dn)
      else this.suspects = 'all'
    }
    this.host.verifySoon(this)
  }

  /**
   * Reads again what is suspect, and sends the differences. Does nothing while there is no live registration: then
   * everything is going to be compared.
   * @returns whether anything was otherwise than known
   * @throws AciError when that did not work; where trying again can help, that is seen to
   */
  async verify(): Promise<boolean> {
    const { suspects, recovered, current } = this
    const { phase } = this.state_
    if (this.mode === 'off' || current === undefined || (phase !== 'live' && phase !== 'unread')) return false
    this.suspects = new Set()
    const { created, modified, deleted } = recovered
    const isAll = suspects === 'all' || suspects.size > SINGLE_READS || !current.isVerified || this.isUnread
    current.isVerified = true
    if (isAll) await this.resync()
    else if (suspects.size > 0) await this.repeatable(current, () => this.syncObjects(current, [...suspects]))
    return recovered.created + recovered.modified + recovered.deleted > created + modified + deleted
  }

  /**
   * Reads everything again, now, and sends the differences; events go on meanwhile. Does nothing while there is no live
   * registration.
   * @throws AciError when that did not work; where trying again can help, that is seen to
   */
  async resync(): Promise<void> {
    const { current } = this
    if (this.mode === 'off' || current === undefined) return
    await this.repeatable(current, () => this.sync(current))
  }

  private async repeatable(registration: Registration, read: () => Promise<void>): Promise<void> {
    try {
      await read()
    } catch (thrown) {
      const error = toAciError(thrown)
      if (isTransient(error) && !registration.connection.isOver) this.host.retry(this, error)
      throw error
    }
  }

  // --- reading and comparing ---

  /** Reads everything and compares: what is not trusted is taken as it is read, the rest is confirmed where it differs. */
  private sync(registration: Registration): Promise<void> {
    return this.inTurn(async () => {
      if (!this.accepts(registration)) return
      const window = this.intake.open(this)
      registration.hasMissed = false
      this.suspects = new Set()
      await this.attempt(registration, () => this.reader.list(this.sourceOf(registration), window))
    })
  }

  /** As {@link sync}, of these objects alone; the others are not suspect. */
  private syncObjects(registration: Registration, dns: readonly string[]): Promise<void> {
    return this.inTurn(async () => {
      if (!this.accepts(registration)) return
      await this.attempt(registration, () => this.reader.confirm(this.sourceOf(registration), dns, new Set()))
    })
  }

  /** Two readings at once would each let pass what waits for the other. */
  private inTurn(read: () => Promise<void>): Promise<void> {
    const turn = this.running.then(read)
    this.running = turn.catch(() => undefined)
    return turn
  }

  /** @param read gives why some of the objects could not be looked up; undefined where all could be */
  private async attempt(registration: Registration, read: () => Promise<AciError | undefined>): Promise<void> {
    const { connection } = registration
    try {
      const unresolved = await read()
      await this.arrive()
      if (!this.accepts(registration)) return
      if (registration.hasMissed) {
        registration.hasMissed = false
        throw new AciError('ACI_PROTOCOL', `events of ${this.path} were lost while it was read`)
      }
      this.plausibility.reset()
      this.complete = true
      this.gapStart = Date.now()
      for (const listener of this.listeners) listener.synced(this)
      if (connection.isOver) throw new AciError('ACI_CLOSED', 'the connection was lost')
      this.intake.close(this)
      // Lookups that these events need belong to it.
      const unread = await this.host.lookUp()
      if (!this.accepts(registration) || unread.has(this)) return
      if (unresolved !== undefined) {
        this.enter({ type: 'unread', error: unresolved })
        return
      }
      this.enter({ type: 'synced' })
      if (!registration.isVerified) this.host.verifyLater(this)
    } catch (thrown) {
      const error = toAciError(thrown)
      await this.arrive()
      if (connection.isOver || !this.accepts(registration)) {
        this.intake.discard(this)
        throw error
      }
      this.intake.abandon(this)
      // While another connection serves, its events are as good as before.
      if (registration === this.current) this.enter({ type: 'unread', error })
      else registration.failure = error
      if (isTransient(error)) throw error
    }
  }

  private sourceOf(registration: Registration): ReadSource {
    return { connection: registration.connection, isOver: () => !this.accepts(registration) }
  }

  /** The events that led to what was read have come in. */
  private async arrive(): Promise<void> {
    const { store } = this.intake
    const { readMark } = store
    await this.host.flush()
    store.readsArrived(readMark)
  }

  /** Reads all objects page by page without keeping them, for the start of a listener of a pure stream. */
  async readAll(use: (row: WireObject) => void): Promise<void> {
    const { current } = this
    if (current === undefined) throw new AciError('ACI_CLOSED', 'the connection was lost')
    await this.pager.read((path) => current.connection.get(path), use)
  }

  /**
   * Looks up objects that events speak of.
   * @throws AciError where none could be looked at
   */
  lookUp(dns: readonly string[]): Promise<Lookup> {
    const { current } = this
    if (current === undefined) return Promise.reject(new AciError('ACI_CLOSED', 'the connection was lost'))
    return readObjects(current.connection, this.query, this.pager, dns)
  }

  /** Objects of which events speak could not be looked up. */
  lookupFailed(error: AciError): void {
    const { current } = this
    if (current === undefined || current.connection.isOver) return
    this.enter({ type: 'unread', error })
    if (isTransient(error)) this.host.retry(this, error)
  }

  /** A step that was found by comparing. */
  count(event: Step['event'], before: ReadonlySet<ResultQuery>, after: ReadonlySet<ResultQuery>): void {
    if (!before.has(this)) this.recovered.add('created')
    else if (!after.has(this)) this.recovered.add('deleted')
    else if (event === 'modified') this.recovered.add('modified')
  }
}
