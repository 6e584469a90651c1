// One query whose result the store keeps, or that is a pure stream: brought onto one connection after the other, listed,
// verified. It outlives connections; its ids do not.

import { AciError } from '../common/errors'
import type { Connection } from '../connection/connection'
import { isTransient } from '../connection/transient'
import { Pager } from '../connection/pager'
import { orderOf, pathOf, type Query } from '../protocol/query'
import type { WireEvent, WireObject } from '../protocol/wire'
import type { Gap } from '../store/change'
import type { StoredObject } from '../store/object-store'
import type { EventIntake } from './event-intake'
import { HiddenObjects } from './hidden-objects'
import { Joining } from './joining'
import { readObjects, type Lookup } from './lookup'
import { transition, shown, type QueryEvent, type QueryState, type SubscriptionState } from './query-state'
import { Registrations, type Registration } from './registrations'
import { ResultSync, type ReadHost, type SyncedResult } from './result-sync'
import type { QueryListener, ResultQuery, Step, StepListener } from './step'
import type { Suspects } from './suspects'
import { Tally } from './tally'
import { Verification } from './verification'

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
    this.verification.missed(registration)
  })
  private lastController = ''
  /** The objects have been read once in full, so that from now on differences are changes. */
  private complete: boolean
  /** Until when everything was known to be in order, epoch ms. */
  private gapStart = Date.now()
  private readonly pager: Pager
  private readonly sync: ResultSync
  private readonly joining: Joining<SyncedQuery>
  private readonly verification: Verification<SyncedQuery>

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
    const { registrations, sync, path } = this
    const isKept = mode === 'full'
    this.joining = new Joining<SyncedQuery>({
      path,
      isKept,
      registrations,
      enter: (event) => this.enter(event),
      list: (registration) => sync.all(registration),
      flush: () => this.host.flush(),
      isForeign: (connection) => this.host.isForeign(connection),
      takenOver: (registration) => this.takenOver(registration),
      lose: (since) => this.lose(since),
      discard: () => intake.discard(this)
    })
    this.verification = new Verification<SyncedQuery>({
      isKept,
      registrations,
      recovered,
      sync,
      phase: () => this.livePhase,
      verifySoon: () => this.host.verifySoon(this),
      retry: (error) => this.host.retry(this, error),
      dropHeld: () => intake.dropHeld(this)
    })
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

  private get livePhase(): 'live' | 'unread' | 'no' {
    const { phase } = this.state_
    return phase === 'live' || phase === 'unread' ? phase : 'no'
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

  /** See {@link Joining.join}. */
  join(connection: Connection): Promise<void> {
    return this.joining.join(connection)
  }

  private takenOver({ connection, failure }: OwnRegistration): void {
    this.lastController = connection.controller
    this.host.use(connection)
    if (failure !== undefined) this.enter({ type: 'unread', error: failure })
    this.intake.takenOver(this, connection)
  }

  /** Whether the event of a pure stream came by the other connection already. */
  isRepeat(event: WireEvent, connection: object): boolean {
    return this.joining.isRepeat(event, connection)
  }

  /**
   * The connection is over.
   * @returns whether events of the query were missed
   */
  connectionLost(connection: Connection, since: number): boolean {
    return this.joining.connectionLost(connection, since)
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
    this.verification.resume()
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

  get suspects(): Suspects {
    return this.verification.suspects
  }

  suspectAll(): void {
    this.verification.suspectAll()
  }

  suspect(dn: string): void {
    this.verification.suspect(dn)
  }

  /** See {@link Verification.verify}. */
  verify(): Promise<boolean> {
    return this.verification.verify()
  }

  /** See {@link Verification.resync}. */
  resync(): Promise<void> {
    return this.verification.resync()
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
