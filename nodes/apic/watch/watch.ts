// The interest of one node: several queries, seen as one result. An object is visible as long as any of them has it, and
// each step of it is sent once.

import { AciError } from '../common/errors'
import { isSureOf, pathOf, type Query } from '../protocol/query'
import type { ManagedObject, WireEvent } from '../protocol/wire'
import type { Change } from '../store/change'
import type { StoredObject } from '../store/object-store'
import type { Remembered } from '../store/remembered'
import type { SubscriptionState } from '../sync/query-state'
import type { QueryListener, ResultQuery, Step } from '../sync/step'
import type { MirrorMode, SyncedQuery } from '../sync/synced-query'
import { existingOf } from './changes'
import { isAwaited } from './member-state'
import { Members, type Member } from './members'
import { Outbox } from './outbox'
import { Retention, type RetentionPool } from './retention'
import { seenBy } from './seen-by'
import type { Numbered, Place } from './snapshot'
import { RETAINED, Starter, type Starting } from './starter'
import { StepFilter } from './step-filter'
import { SureQueries } from './sure-queries'
import { wholeResult } from './whole-result'

export type { Place } from './snapshot'

export interface WatchListener {
  /** A change, borrowed: see {@link Change}. `place` comes with `existing` ones. */
  change(change: Change, place?: Place): void
  /** Any state has changed, of the fabric or of a query. */
  stateChanged(): void
  /** What was known of a query is of no use any more, because this is another fabric; nothing is sent of it. */
  forgotten?(query: Query): void
}

/** Shares queries among watches; implemented by the fabric. */
export interface QueryPool extends RetentionPool {
  acquire(query: Query, mirror: MirrorMode, listener: QueryListener): SyncedQuery
  /** A query whose result is kept, by its path, whether it is in use or not. */
  find(path: string): SyncedQuery | undefined
  /** Place of the latest step of the store. */
  readonly stepNumber: number
  /** Identity of the fabric whose objects are known; empty when unknown. */
  readonly site: string
}

export interface AddOptions {
  readonly mirror: MirrorMode
  /** Send what exists first, as one sequence. */
  readonly snapshot: boolean
  /** What had been delivered before this process began: the differences are sent as recovered. */
  readonly remembered?: (query: Query) => Remembered | undefined
}

/** What a query has delivered, as the picture that its changes add up to. */
export interface Delivered {
  /** Identity of the fabric; empty when unknown. */
  readonly site: string
  readonly count: number
  /** Each one is borrowed until the next one is asked for. */
  readonly objects: () => Iterable<Change>
}

/** What a watch could send to nobody before its node was made anew. */
export interface SavedWatch {
  /** Of its queries. */
  readonly paths: ReadonlySet<string>
  readonly pending: readonly Numbered[]
  /** Objects that it has sent, and that its queries have still to find. */
  readonly retained: SyncedQuery | undefined
}

export class Watch implements QueryListener {
  private readonly members = new Members()
  /** Paths of the queries that the watch before had, where this one goes on with what that has sent. */
  private restored: ReadonlySet<string> = new Set()
  private readonly outbox: Outbox<Starting>
  private readonly starter: Starter
  private readonly retention: Retention
  private readonly filter: StepFilter
  private closed = false

  constructor(
    private readonly pool: QueryPool,
    private listener: WatchListener
  ) {
    this.retention = new Retention(pool, this)
    const give = (change: Change, place?: Place): void => {
      if (place === undefined || !this.closed) this.listener.change(change, place)
    }
    // What was kept is too much: the next listener has to start anew.
    this.outbox = new Outbox(give, () => this.close())
    this.starter = new Starter(this, this.members, this.outbox)
    this.filter = new StepFilter(this, this.members, this.outbox, this.retention)
  }

  get states(): readonly { readonly query: Query; readonly path: string; readonly state: SubscriptionState }[] {
    return this.members.all.map(({ query, synced: { path, state } }) => ({ query, path, state }))
  }

  /** Objects known, all queries together; undefined when none of them keeps any. */
  get known(): number | undefined {
    const counts = this.members.all.map(({ synced }) => synced.known).filter((count) => count !== undefined)
    return counts.length === 0 ? undefined : counts.reduce((sum, count) => sum + count, 0)
  }

  /** The whole result as the node knows it: each object once, in no order, borrowed until the next one is asked for. */
  objects(): IterableIterator<Readonly<Pick<ManagedObject, 'class' | 'dn' | 'attributes'>>> {
    const queries = this.members.all.map(({ synced }) => synced)
    return wholeResult(this, queries, this.retention.objects)
  }

  /** Number of its queries. */
  get size(): number {
    return this.members.all.length
  }

  get queries(): readonly Query[] {
    return this.members.all.map(({ query }) => query)
  }

  /** Base URL of the controller that serves it, or served it last; empty before the first one does. */
  get controller(): string {
    return this.members.all[0]?.synced.controller ?? ''
  }

  get isClosed(): boolean {
    return this.closed
  }

  /** Adds queries; those that are watched already stay as they are. */
  add(queries: readonly Query[], options: AddOptions): void {
    const added = this.joinAll(queries, options, (query, path) => this.members.hasPath(query, path))
    if (options.snapshot && added.length > 0) this.outbox.beginSnapshot(added)
    for (const member of added) this.starter.start(member, false)
    this.listener.stateChanged()
  }

  /** @param isStaying whether there is that query already */
  private joinAll(
    queries: readonly Query[],
    options: AddOptions,
    isStaying: (query: Query, path: string) => boolean
  ): Member[] {
    const paths = new Set<string>()
    const added: Member[] = []
    for (const query of queries) {
      const path = pathOf(query)
      if (paths.has(path) || isStaying(query, path)) continue
      paths.add(path)
      const member = this.join(query, options)
      this.members.add(member)
      added.push(member)
    }
    return added
  }

  /** Takes queries away. Nothing is said to be deleted: it is only out of sight. */
  remove(queries: readonly Query[]): void {
    this.drop(this.members.of(queries))
  }

  /** Nobody listens for a while; what comes meanwhile is kept for the next listener. */
  suspend(): void {
    this.listener = { change: () => undefined, stateChanged: () => undefined }
    for (const member of this.outbox.snapshot?.pending ?? []) if (member !== RETAINED) member.isCutShort = true
    this.outbox.suspend()
  }

  /** What the next watch of the same name goes on with; this one is of no more use. */
  save(): SavedWatch {
    this.suspend()
    const { pending } = this.outbox
    return { paths: new Set(this.queries.map(pathOf)), pending, retained: this.retention.save() }
  }

  /** Goes on with a suspended watch, or with what is left of one: {@link keep} is the next call. */
  resume(listener: WatchListener, saved?: SavedWatch): void {
    if (saved !== undefined) {
      this.restored = saved.paths
      this.retention.restore(saved.retained)
    }
    this.outbox.restore(saved?.pending ?? [])
    this.listener = listener
  }

  /** Watches just these queries: sends what came meanwhile of those that are watched already, and goes on with all. */
  keep(queries: readonly Query[], options: AddOptions): void {
    const paths = new Set(queries.map(pathOf))
    const { restored } = this
    // One that had left before knows nothing of what it saw then: it is read anew, and sends that.
    const goingOn = new Set([...restored, ...this.queries.map(pathOf)].filter((path) => paths.has(path)))
    const pending = this.outbox.resume()
    const isKept = ({ mirror, synced }: Member): boolean => mirror === options.mirror && paths.has(synced.path)
    const stayed = this.members.all.filter(isKept)
    const leaving = this.members.all.filter((member) => !isKept(member))
    const sureQueries = new SureQueries(options.mirror === 'full' ? queries : [])
    const ended = new Set<string>()
    for (const change of seenBy(goingOn, sureQueries, pending)) {
      this.listener.change(change)
      if (change.event === 'deleted') ended.add(change.dn)
      else ended.delete(change.dn)
    }
    for (const member of stayed) {
      member.isCutShort = false
      this.members.enter(member, 'kept')
    }
    const stayedPaths = new Set(stayed.map(({ synced }) => synced.path))
    const added = this.joinAll(queries, options, (_, path) => stayedPaths.has(path))
    // Their ends have been sent last: what a filter hides of them still is nothing to this listener any more.
    for (const dn of ended) this.members.hasSent(this, dn)
    const left = [...restored].filter((path) => !paths.has(path)).flatMap((path) => this.pool.find(path) ?? [])
    this.restored = new Set()
    if (options.snapshot) this.outbox.beginSnapshot([RETAINED, ...added, ...stayed])
    for (const member of added) this.starter.start(member, member.synced.isRestored && restored.has(member.synced.path))
    if (options.snapshot) for (const member of stayed) this.starter.start(member, true)
    this.retain([...left, ...leaving.map(({ synced }) => synced)])
    this.leave(leaving)
    this.sendRetained()
    this.letGo()
    this.listener.stateChanged()
  }

  /** What has been delivered of a query, object by object; undefined while that is not known. */
  delivered(query: Query): Delivered | undefined {
    const [member] = this.members.of([query])
    if (member === undefined || member.mirror === 'off' || isAwaited(member.state)) return undefined
    const { synced } = member
    if (!synced.isComplete || this.outbox.isBehind) return undefined
    return { site: this.pool.site, count: synced.known ?? 0, objects: () => existing(synced) }
  }

  /**
   * Reads queries again; the differences come as changes.
   * @throws AciError when one of them could not be read
   */
  async resync(queries: readonly Query[]): Promise<void> {
    for (const { synced } of this.members.of(queries)) {
      if (synced.state.phase !== 'live') {
        throw new AciError('ACI_CLOSED', `${synced.path} is not subscribed now`)
      }
      await synced.resync()
    }
  }

  close(): void {
    this.closed = true
    this.drop([...this.members.all])
    this.retention.close()
  }

  // --- members ---

  private join(query: Query, { mirror, remembered }: AddOptions): Member {
    const past = mirror === 'full' ? remembered?.(query) : undefined
    const synced = this.pool.acquire(query, mirror, this)
    // What this process itself still knows is newer than anything a context store has.
    return {
      query,
      mirror,
      synced,
      state:
        past !== undefined && !synced.isRestored
          ? { phase: 'comparing', remembered: past }
          : { phase: synced.isComplete ? 'known' : 'reading' },
      owesSnapshot: false,
      isCutShort: false
    }
  }

  private drop(leaving: readonly Member[]): void {
    if (leaving.length === 0) return
    this.retain(leaving.map(({ synced }) => synced))
    this.leave(leaving)
    this.letGo()
    for (const member of leaving) this.outbox.finish(member)
    if (!this.closed) this.listener.stateChanged()
  }

  private leave(leaving: readonly Member[]): void {
    for (const member of leaving) {
      const { synced } = member
      this.members.delete(member)
      const { snapshot } = this.outbox
      for (const { dn, members } of snapshot === undefined ? [] : synced.objects) {
        if (!this.filter.isVisible(members.queries)) snapshot?.forget(dn)
      }
      // What it hides it had alone, unless another one has it as well.
      for (const dn of snapshot === undefined ? [] : synced.hidden.dns) {
        if (!this.members.all.some((other) => other.synced.has(dn))) snapshot?.forget(dn)
      }
      this.pool.release(synced, this)
    }
  }

  /** What only queries have that leave stays in sight. */
  private retain(leaving: readonly SyncedQuery[]): void {
    this.retention.add(leaving, this.members.staying(leaving), (dn, path) => {
      for (const { synced } of this.members.all) if (synced.path === path) synced.suspect(dn)
    })
  }

  private letGo(): void {
    if (this.retention.isEmpty) return
    this.retention.letGo(this.members.staying([]), ({ dn, members }) => {
      if (!this.filter.isVisible(members.queries)) this.outbox.snapshot?.forget(dn)
    })
  }

  /** What is retained exists as far as the node knows. */
  private sendRetained(): void {
    const { sureQueries } = this.members.staying([])
    const { snapshot } = this.outbox
    for (const object of this.retention.objects) {
      const [path] = sureQueries.of(object)
      const source = this.members.all.find(({ synced }) => synced.path === path)?.synced
      if (source !== undefined) snapshot?.add({ change: existingOf(object, source), step: this.pool.stepNumber })
    }
    this.outbox.finish(RETAINED)
  }

  // --- what comes in ---

  stateChanged(query: ResultQuery): void {
    const member = this.members.get(query)
    if (member === undefined) return
    this.starter.stateChanged(member)
    this.listener.stateChanged()
  }

  synced(query: ResultQuery): void {
    const member = this.members.get(query)
    if (member === undefined) return
    this.starter.begin(member)
    this.letGo()
    this.starter.sendOwed(member)
  }

  *expected(query: ResultQuery): IterableIterator<string> {
    const state = this.members.get(query)?.state
    if (state === undefined) return
    if (state.phase === 'comparing') yield* state.remembered.objects.keys()
    for (const object of this.retention.objects) if (isSureOf(query.query, object)) yield object.dn
  }

  reset(query: ResultQuery): void {
    const member = this.members.get(query)
    if (member === undefined) return
    this.members.enter(member, 'reset')
    this.listener.forgotten?.(member.query)
  }

  step(step: Step): void {
    if (!this.retention.isHandingOn) this.filter.step(step)
  }

  streamed(event: WireEvent, query: ResultQuery, isGiven: boolean): void {
    this.filter.streamed(event, query, isGiven)
  }

  // --- what its parts ask ---

  get stepNumber(): number {
    return this.pool.stepNumber
  }

  get site(): string {
    return this.pool.site
  }

  isKnown({ members }: StoredObject<ResultQuery>): boolean {
    return this.filter.isVisible(members.queries)
  }

  forgotten({ query }: Member): void {
    this.listener.forgotten?.(query)
  }
}

/** The objects of a result, each borrowed until the next one is asked for. */
function* existing(synced: SyncedQuery): IterableIterator<Change> {
  for (const object of synced.objects) yield existingOf(object, synced)
}
