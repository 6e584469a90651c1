// One query whose result the store keeps, or that is a pure stream: brought onto one connection after the other, listed,
// verified. It outlives connections; its ids do not.

import { AciError, toAciError } from '../common/errors'
import type { Connection } from '../connection/connection'
import { isTransient } from '../connection/transient'
import { Pager } from '../connection/pager'
import { orderOf, pathOf, type Query } from '../protocol/query'
import type { WireEvent, WireObject } from '../protocol/wire'
import type { Gap } from '../store/change'
import { HandoverDedup } from '../store/handover-dedup'
import type { StoredObject } from '../store/object-store'
import type { EventIntake } from './event-intake'
import { HiddenObjects } from './hidden-objects'
import { readObjects, SINGLE_READS, type Lookup } from './lookup'
import { transition, shown, type QueryEvent, type QueryState, type SubscriptionState } from './query-state'
import { Registrations, type Registration } from './registrations'
import { ResultSync, type ReadHost, type SyncedResult } from './result-sync'
import type { QueryListener, ResultQuery, Step, StepListener } from './step'
import { Suspects } from './suspects'
import { Tally } from './tally'

/** `full`: the result is kept. `off`: a pure stream, nothing kept. */
export type MirrorMode = 'full' | 'off'

/** What a query needs of those who hold it. */
export interface QueryHost extends ReadHost {
  /** It wants to be joined anew, after a while, because something could not be read. */
  retry(query: SyncedQuery, error: AciError): void
  /** {@link SyncedQuery.verify} is to be called soon. */
  verifySoon(query: SyncedQuery): void
  /** It is registered anew: {@link SyncedQuery.verify} is to be called after some seconds. */
  verifyLater(query: SyncedQuery): void
  /** The connection serves another fabric than the one whose objects are known. */
  isForeign(connection: Connection): boolean
  /** From now on the objects are those of this connection's fabric. */
  use(connection: Connection): void
}

/** Events of a pure stream that are recognized as repeats while one connection takes over from another. */
const MAX_DEDUP = 100_000

type OwnRegistration = Registration<SyncedQuery>

let ids = 0

export class SyncedQuery implements SyncedResult {
  readonly id = (ids += 1)
  readonly path: string
  readonly isFiltered: boolean
  readonly listeners = new Set<QueryListener>()
  readonly hidden = new HiddenObjects<ResultQuery, StepListener>()
  /** Whether it goes on with what was known before its configuration node was made anew. */
  isRestored = false
  /** When an event came last, epoch ms. */
  lastEvent: number | undefined
  private state_: QueryState = { phase: 'waiting' }
  readonly registrations: Registrations<SyncedQuery> = new Registrations<SyncedQuery>(this, (registration) => {
    this.missed(registration)
  })
  /** How often a connection was lost while the next one was being prepared. */
  private losses = 0
  private lastController = ''
  /** The objects have been read once in full, so that from now on differences are changes. */
  private complete: boolean
  /** Until when everything was known to be in order, epoch ms. */
  private gapStart = Date.now()
  private readonly pager: Pager
  private readonly sync: ResultSync
  /** What has to be read again before long. */
  readonly suspects = new Suspects()
  private dedup: HandoverDedup | undefined

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
    this.sync = new ResultSync(this, intake, this.pager, host)
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

  /** Whether an object of that DN is in the result. */
  has(dn: string): boolean {
    return this.intake.store.get(dn)?.members.queries.has(this) === true
  }

  /** Whether it is on no connection, and keeps in sight what others had. */
  get isRetention(): boolean {
    return this.query.of === ''
  }

  /** When the id in use was refreshed last, epoch ms; undefined when it has not been yet. */
  get lastRefresh(): number | undefined {
    const { current } = this.registrations
    return current?.connection.refreshedAt(current.id)
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
    const { registrations } = this
    const { current } = registrations
    if (current?.connection === connection && registrations.next === undefined) {
      // It is registered; what could not be read is read again.
      if (this.mode === 'full') await this.sync.all(current)
      return
    }
    this.enter({ type: 'join' })
    const registration = registrations.begin(connection)
    try {
      if (registration.id === '') await this.register(registration)
      if (registrations.next !== registration) return
      this.enter({ type: 'registered' })
      if (registrations.current === undefined || this.host.isForeign(connection)) this.takeOver(registration)
      for (let losses = -1; losses !== this.losses && this.registrations.accepts(registration);) {
        losses = this.losses
        if (this.mode === 'full') await this.sync.all(registration)
        else await this.host.flush()
      }
      if (registrations.next === registration) this.takeOver(registration)
      if (this.mode === 'off') this.enter({ type: 'synced' })
    } catch (thrown) {
      const error = toAciError(thrown)
      if (registrations.current === registration) throw error
      if (registrations.next !== registration) return
      if (registration.id !== '' && isTransient(error) && !connection.isOver) throw error
      registrations.giveUpNext()
      if (connection.isOver || isTransient(error)) throw error
      registrations.release()
      this.intake.discard(this)
      this.enter({ type: 'refused', error })
    }
  }

  private async register(registration: OwnRegistration): Promise<void> {
    const { registrations } = this
    const { connection } = registration
    if (this.mode === 'off' && registrations.current !== undefined) this.dedup = new HandoverDedup(MAX_DEDUP)
    const { id } = await connection.register(this.path, registration)
    registration.id = id
    // It has ended meanwhile, or a later connection was joined while this one was slow to answer: the later one counts.
    if (registrations.next !== registration) connection.release(id)
  }

  /** From now on this registration is the one that counts. */
  private takeOver(registration: OwnRegistration): void {
    const { connection } = registration
    this.registrations.takeOver(registration)
    this.lastController = connection.controller
    this.host.use(connection)
    if (registration.failure !== undefined) this.enter({ type: 'unread', error: registration.failure })
    this.intake.takenOver(this, connection)
    if (this.dedup === undefined) return
    const { dedup } = this
    void connection.flush().then(() => {
      if (this.dedup === dedup) this.dedup = undefined
    })
  }

  /** Whether the event of a pure stream came by the other connection already. */
  isRepeat(event: WireEvent, connection: object): boolean {
    return this.dedup?.isRepeat(event, connection) === true
  }

  /**
   * The connection is over.
   * @returns whether events of the query were missed
   */
  connectionLost(connection: Connection, since: number): boolean {
    const { registrations } = this
    if (registrations.next?.connection === connection) {
      registrations.giveUpNext()
      this.intake.discard(this)
    }
    if (registrations.current?.connection !== connection) return registrations.current === undefined
    this.lose(since)
    const { next } = registrations
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
    this.registrations.lost()
    this.intake.discard(this)
    this.enter({ type: 'lost' })
  }

  get isServed(): boolean {
    return this.registrations.current !== undefined
  }

  /** Gives up the id in use, so that the next {@link join} makes another one. */
  drop(): void {
    const { current } = this.registrations
    if (current === undefined) return
    current.connection.release(current.id)
    this.lose(this.gapStart)
  }

  /** Nobody listens any more. */
  end(): void {
    this.registrations.release()
    this.intake.forget(this)
    for (const object of [...this.objects]) {
      this.intake.steps.leave(object, this, { origin: 'recovered', receivedAt: 0 })
    }
  }

  /** Its fabric closes; what is known is kept for the next one. */
  save(): void {
    this.gapStart = this.hasSynced ? Date.now() : this.gapStart
    this.registrations.clear()
    this.intake.discard(this)
    this.hidden.save()
    this.state_ = transition(this.state_, { type: 'lost' })
  }

  /** The next fabric goes on with what is known. */
  restore(host: QueryHost): void {
    this.isRestored = this.complete
    this.host = host
    this.sync.restore(host)
    this.suspects.take()
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
    this.state_ = transition(before, event)
    if (this.state_ === before) return
    for (const listener of this.listeners) listener.stateChanged(this)
    // What became suspect before it was live is read now.
    const { phase } = this.state_
    if ((phase === 'live' || phase === 'unread') && !this.suspects.isEmpty) this.host.verifySoon(this)
  }

  // --- objects that may have left the filter ---

  /** What changed an object of the result does not say whether it still matches the filter of this query. */
  mayHaveLeft(object: StoredObject<ResultQuery>): boolean {
    if (!this.isFiltered || this.hidden.has(object.dn)) return false
    this.hidden.add(object, this.listeners)
    this.intake.steps.hides(this)
    // What cannot be read now stays hidden until it can.
    if (!this.isUnread) this.suspect(object.dn)
    return true
  }

  // --- what may be otherwise than known ---

  /** Events of the registration were lost on their way here. */
  private missed(registration: OwnRegistration): void {
    registration.hasMissed = true
    // A pure stream has nothing but its events.
    if (this.mode === 'off' || !this.registrations.accepts(registration)) return
    // What is read now is later than what came before.
    this.intake.dropHeld(this)
    this.suspectAll()
  }

  /** Events of this query may be missing: everything is read again before long. */
  suspectAll(): void {
    if (this.mode === 'off' || !this.isServed) return
    this.suspects.addAll()
    this.host.verifySoon(this)
  }

  /** The object may be otherwise than it is known: it is read again before long. */
  suspect(dn: string): void {
    if (this.mode === 'off') return
    this.suspects.add(dn)
    this.host.verifySoon(this)
  }

  /**
   * Reads again what is suspect, and sends the differences. Does nothing while there is no live registration: then
   * everything is going to be compared.
   * @returns whether anything was otherwise than known
   * @throws AciError when that did not work; where trying again can help, that is seen to
   */
  async verify(): Promise<boolean> {
    const { recovered } = this
    const { current } = this.registrations
    const { phase } = this.state_
    if (this.mode === 'off' || current === undefined || (phase !== 'live' && phase !== 'unread')) return false
    const suspects = this.suspects.take()
    const { created, modified, deleted } = recovered
    const isAll = suspects === 'all' || suspects.size > SINGLE_READS || !current.isVerified || this.isUnread
    current.isVerified = true
    if (isAll) await this.resync()
    else if (suspects.size > 0) await this.repeatable(current, () => this.sync.objects(current, [...suspects]))
    return recovered.created + recovered.modified + recovered.deleted > created + modified + deleted
  }

  /**
   * Reads everything again, now, and sends the differences; events go on meanwhile. Does nothing while there is no live
   * registration.
   * @throws AciError when that did not work; where trying again can help, that is seen to
   */
  async resync(): Promise<void> {
    const { current } = this.registrations
    if (this.mode === 'off' || current === undefined) return
    await this.repeatable(current, () => this.sync.all(current))
  }

  private async repeatable({ connection }: OwnRegistration, read: () => Promise<void>): Promise<void> {
    try {
      await read()
    } catch (thrown) {
      const error = toAciError(thrown)
      if (isTransient(error) && !connection.isOver) this.host.retry(this, error)
      throw error
    }
  }

  // --- reading and comparing ---

  compared(): void {
    this.complete = true
    this.gapStart = Date.now()
    for (const listener of this.listeners) listener.synced(this)
  }

  settled(registration: OwnRegistration, unresolved: AciError | undefined): void {
    if (unresolved !== undefined) {
      this.enter({ type: 'unread', error: unresolved })
      return
    }
    this.enter({ type: 'synced' })
    if (!registration.isVerified) this.host.verifyLater(this)
  }

  unreadable(registration: OwnRegistration, error: AciError): void {
    // While another connection serves, its events are as good as before.
    if (registration === this.registrations.current) this.enter({ type: 'unread', error })
    else registration.failure = error
  }

  /** Reads all objects page by page without keeping them, for the start of a listener of a pure stream. */
  async readAll(use: (row: WireObject) => void): Promise<void> {
    const { current } = this.registrations
    if (current === undefined) throw new AciError('ACI_CLOSED', 'the connection was lost')
    await this.pager.read((path) => current.connection.get(path), use)
  }

  /**
   * Looks up objects that events speak of.
   * @throws AciError where none could be looked at
   */
  lookUp(dns: readonly string[]): Promise<Lookup> {
    const { current } = this.registrations
    if (current === undefined) return Promise.reject(new AciError('ACI_CLOSED', 'the connection was lost'))
    return readObjects(current.connection, this.query, this.pager, dns)
  }

  /** Objects of which events speak could not be looked up. */
  lookupFailed(error: AciError): void {
    const { current } = this.registrations
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
