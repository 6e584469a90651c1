// The interest of one node: several queries, seen as one result. An object is visible as long as any of them has it, and
// each step of it is sent once.

import { AciError, toAciError } from '../common/errors'
import { isSureOf, pathOf, type Query } from '../protocol/query'
import { objectAttributes, type WireEvent, type WireObject } from '../protocol/wire'
import { areApart } from '../session/site'
import {
  changesBetween,
  cloneChange,
  isSameVersion,
  partsOfVersion,
  versionOf,
  type AttributeChanges,
  type Change,
  type Gap
} from '../store/change'
import type { StoredObject } from '../store/object-store'
import type { Remembered } from '../store/remembered'
import type { SubscriptionState } from '../sync/query-state'
import type { QueryListener, ResultQuery, Step } from '../sync/step'
import type { MirrorMode, SyncedQuery } from '../sync/synced-query'
import { changeOf, existingOf, streamedOf } from './changes'
import { SureQueries } from './sure-queries'
import { Snapshot, type Numbered, type Place } from './snapshot'

export type { Place } from './snapshot'

export interface WatchListener {
  /** A change, borrowed: see {@link Change}. `place` comes with `existing` ones. */
  change(change: Change, place?: Place): void
  /** Any state has changed, of the fabric or of a query. */
  moved(): void
  /** What was known of a query is of no use any more, because this is another fabric; nothing is sent of it. */
  forgotten?(query: Query): void
}

/** Shares queries among watches; implemented by the fabric. */
export interface QueryPool {
  acquire(query: Query, mirror: MirrorMode, listener: QueryListener): SyncedQuery
  release(query: SyncedQuery, listener: QueryListener): void
  /** A query whose result is kept, by its path, whether it is in use or not. */
  find(path: string): SyncedQuery | undefined
  /** Keeps objects in sight of a listener although the query that had them leaves. */
  retention(listener: QueryListener): SyncedQuery
  retain(object: StoredObject<ResultQuery>, retention: SyncedQuery): void
  letGo(object: StoredObject<ResultQuery>, retention: SyncedQuery): void
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

/** Objects sent in one turn of the event loop. */
const SLICE = 500
/** Changes that may wait, for a sequence to end or for a listener to come back. */
const MAX_WAITING = 100_000

/**
 * Where a member has come to:
 *
 *     reading ── synced ──> known            its first reading is under way: what that finds exists, and is no news
 *     awaiting ── synced ──> known           its start waits until everything has been read
 *        └── cannot be read ──> reading      there is nothing to start with
 */
type MemberState =
  | { readonly phase: 'reading' }
  /** `isVisible`: its objects have been sent, or are known without being sent, so that changes of them are news. */
  | { readonly phase: 'awaiting'; readonly isVisible: boolean; readonly remembered: Remembered | undefined }
  | { readonly phase: 'known' }

interface Member {
  readonly query: Query
  readonly mirror: MirrorMode
  readonly synced: SyncedQuery
  state: MemberState
  /** Its existing objects could not be read when they were to be sent: they are when they can be. */
  owesSnapshot: boolean
  /** Its listener has gone while what exists was being sent: what is found from then on is sent as new. */
  isCutShort: boolean
}

/** Stands for retained objects among those whose objects have still to be sent. */
const RETAINED = 'retained'

export class Watch implements QueryListener {
  private readonly members: Member[] = []
  private readonly byQuery = new Map<ResultQuery, Member>()
  /** Paths of the queries that the watch before had, where this one goes on with what that has sent. */
  private restored: ReadonlySet<string> = new Set()
  /** What came while nobody listened; undefined when somebody does. */
  private pending: Numbered[] | undefined
  private snapshot: Snapshot<Member | typeof RETAINED> | undefined
  private snapshots = 0
  /** Members whose existing objects are being sent at this moment. */
  private readonly sending = new Set<Member>()
  /** Those that are going to be compared with what had been delivered. */
  private remembering = 0
  /** Objects that only queries had that have left, until those that are sure to match them have been read. */
  private retained: SyncedQuery | undefined
  /** Objects are handed on from a query that leaves: nothing has happened to them. */
  private isHandingOn = false
  private closed = false

  constructor(
    private readonly pool: QueryPool,
    private listener: WatchListener
  ) {}

  get states(): readonly { readonly query: Query; readonly path: string; readonly state: SubscriptionState }[] {
    return this.members.map(({ query, synced: { path, state } }) => ({ query, path, state }))
  }

  /** Objects known, all queries together; undefined when none of them keeps any. */
  get known(): number | undefined {
    const counts = this.members.map(({ synced }) => synced.known).filter((count) => count !== undefined)
    return counts.length === 0 ? undefined : counts.reduce((sum, count) => sum + count, 0)
  }

  get queries(): readonly Query[] {
    return this.members.map(({ query }) => query)
  }

  get isClosed(): boolean {
    return this.closed
  }

  /** Adds queries; those that are watched already stay as they are. */
  add(queries: readonly Query[], options: AddOptions): void {
    const added = this.joinAll(queries, options, this.members)
    if (options.snapshot && added.length > 0) this.beginSnapshot(added)
    for (const member of added) this.start(member, false)
    this.listener.moved()
  }

  /** @param staying members of whose queries there is no second one */
  private joinAll(queries: readonly Query[], options: AddOptions, staying: readonly Member[]): Member[] {
    const paths = new Set(staying.map(({ synced }) => synced.path))
    const added: Member[] = []
    for (const query of queries) {
      const path = pathOf(query)
      if (paths.has(path)) continue
      paths.add(path)
      const member = this.join(query, options)
      this.members.push(member)
      added.push(member)
    }
    return added
  }

  /** Takes queries away. Nothing is said to be deleted: it is only out of sight. */
  remove(queries: readonly Query[]): void {
    const paths = new Set(queries.map(pathOf))
    this.drop(this.members.filter(({ synced }) => paths.has(synced.path)))
  }

  /** Nobody listens for a while; what comes meanwhile is kept for the next listener. */
  suspend(): void {
    this.pending ??= []
    this.listener = { change: () => undefined, moved: () => undefined }
    for (const member of this.snapshot?.pending ?? []) if (member !== RETAINED) member.isCutShort = true
    if (this.snapshot !== undefined) this.endSnapshot()
  }

  /** What the next watch of the same name goes on with; this one is of no more use. */
  save(): SavedWatch {
    this.suspend()
    const { retained, pending = [] } = this
    retained?.listeners.delete(this)
    return { paths: new Set(this.queries.map(pathOf)), pending, retained }
  }

  /** Goes on with a suspended watch, or with what is left of one: {@link keep} is the next call. */
  resume(listener: WatchListener, saved?: SavedWatch): void {
    if (saved !== undefined) {
      this.restored = saved.paths
      this.retained = saved.retained
      this.retained?.listeners.add(this)
    }
    this.pending = [...(saved?.pending ?? []), ...(this.pending ?? [])]
    this.listener = listener
  }

  /** Watches just these queries: sends what came meanwhile of those that are watched already, and goes on with all. */
  keep(queries: readonly Query[], options: AddOptions): void {
    const paths = new Set(queries.map(pathOf))
    const pending = this.pending ?? []
    this.pending = undefined
    const isKept = ({ mirror, synced }: Member): boolean => mirror === options.mirror && paths.has(synced.path)
    const stayed = this.members.filter(isKept)
    const leaving = this.members.filter((member) => !isKept(member))
    const sureQueries = new SureQueries(options.mirror === 'full' ? queries : [])
    for (const each of pending) {
      const change = seenBy(paths, sureQueries, each)
      if (change !== undefined) this.listener.change(change)
    }
    for (const member of stayed) {
      member.isCutShort = false
      if (member.state.phase === 'reading') member.state = { phase: 'known' }
    }
    const added = this.joinAll(queries, options, stayed)
    const { restored } = this
    const left = [...restored].filter((path) => !paths.has(path)).flatMap((path) => this.pool.find(path) ?? [])
    this.restored = new Set()
    if (options.snapshot) this.beginSnapshot([RETAINED, ...added, ...stayed])
    for (const member of added) this.start(member, member.synced.isRestored && restored.has(member.synced.path))
    if (options.snapshot) for (const member of stayed) this.start(member, true)
    this.retain([...left, ...leaving.map(({ synced }) => synced)])
    this.leave(leaving)
    this.sendRetained()
    this.letGo()
    this.listener.moved()
  }

  /** What has been delivered of a query, object by object; undefined while that is not known. */
  delivered(query: Query): Delivered | undefined {
    const path = pathOf(query)
    const member = this.members.find(({ synced }) => synced.path === path)
    if (member === undefined || member.mirror === 'off' || member.state.phase === 'awaiting') return undefined
    const { synced } = member
    const isWaiting = (this.snapshot?.waitingCount ?? 0) > 0 || this.pending !== undefined
    if (!synced.isComplete || isWaiting) return undefined
    return { site: this.pool.site, count: synced.known ?? 0, objects: () => this.existing(synced) }
  }

  /**
   * Reads queries again; the differences come as changes.
   * @throws AciError when one of them could not be read
   */
  async resync(queries: readonly Query[]): Promise<void> {
    const paths = new Set(queries.map(pathOf))
    for (const { synced } of this.members.filter((member) => paths.has(member.synced.path))) {
      if (synced.state.phase !== 'live') {
        throw new AciError('ACI_CLOSED', `${synced.path} is not subscribed now`)
      }
      await synced.resync()
    }
  }

  close(): void {
    this.closed = true
    this.drop([...this.members])
    if (this.retained !== undefined) this.pool.release(this.retained, this)
    this.retained = undefined
  }

  // --- members ---

  private join(query: Query, { mirror, remembered }: AddOptions): Member {
    const past = mirror === 'full' ? remembered?.(query) : undefined
    const synced = this.pool.acquire(query, mirror, this)
    // What this process itself still knows is newer than anything a context store has.
    const member: Member = {
      query,
      mirror,
      synced,
      state:
        past !== undefined && !synced.isRestored
          ? { phase: 'awaiting', isVisible: false, remembered: past }
          : { phase: synced.isComplete ? 'known' : 'reading' },
      owesSnapshot: false,
      isCutShort: false
    }
    if (member.state.phase === 'awaiting') this.remembering += 1
    this.byQuery.set(synced, member)
    return member
  }

  private drop(leaving: readonly Member[]): void {
    if (leaving.length === 0) return
    this.retain(leaving.map(({ synced }) => synced))
    this.leave(leaving)
    this.letGo()
    for (const member of leaving) this.finish(member)
    if (!this.closed) this.listener.moved()
  }

  private leave(leaving: readonly Member[]): void {
    for (const member of leaving) {
      const { state, synced } = member
      if (state.phase === 'awaiting' && state.remembered !== undefined) this.remembering -= 1
      this.members.splice(this.members.indexOf(member), 1)
      this.byQuery.delete(synced)
      const { snapshot } = this
      for (const { dn, members } of snapshot === undefined ? [] : synced.objects) {
        if (!this.isVisible(members.queries)) snapshot?.forget(dn)
      }
      this.pool.release(synced, this)
    }
  }

  /** What only queries have that leave stays in sight where others are sure to match it: they have to find its end. */
  private retain(leaving: readonly SyncedQuery[]): void {
    const sureQueries = this.sureQueries(leaving)
    if (sureQueries.isEmpty) return
    const staying = this.visibleQueries(leaving)
    this.isHandingOn = true
    for (const from of leaving) {
      for (const object of from.mode === 'off' ? [] : [...from.objects]) {
        if ([...object.members.queries].some((query) => staying.has(query))) continue
        const sure = sureQueries.of(object)
        if (sure.length === 0) continue
        this.retained ??= this.pool.retention(this)
        this.pool.retain(object, this.retained)
        for (const { synced } of this.members) if (sure.includes(synced.path)) synced.suspect(object.dn)
      }
    }
    this.isHandingOn = false
  }

  /** Objects that were retained are found by now, or no query is sure to match them any more. */
  private letGo(): void {
    const { retained } = this
    if (retained === undefined) return
    const sureQueries = this.sureQueries([])
    const queries = this.visibleQueries([])
    this.isHandingOn = true
    for (const object of [...retained.objects]) {
      const isFound = [...object.members.queries].some((query) => queries.has(query))
      if (isFound || sureQueries.of(object).length === 0) this.pool.letGo(object, retained)
      if (!this.isVisible(object.members.queries)) this.snapshot?.forget(object.dn)
    }
    this.isHandingOn = false
    if (retained.known !== 0) return
    this.retained = undefined
    this.pool.release(retained, this)
  }

  private sureQueries(leaving: readonly ResultQuery[]): SureQueries {
    const staying = this.members.filter(({ mirror, synced }) => mirror === 'full' && !leaving.includes(synced))
    return new SureQueries(staying.map(({ query }) => query))
  }

  private visibleQueries(leaving: readonly ResultQuery[]): Set<ResultQuery> {
    const staying = this.members.filter(({ state, synced }) => isVisible(state) && !leaving.includes(synced))
    return new Set(staying.map(({ synced }) => synced))
  }

  // --- the start: what exists ---

  private beginSnapshot(members: readonly (Member | typeof RETAINED)[]): void {
    if (this.snapshot === undefined) {
      this.snapshots += 1
      this.snapshot = new Snapshot(this.snapshots, (change, place) => {
        if (!this.closed) this.listener.change(change, place)
      })
    }
    for (const member of members) this.snapshot.pending.add(member)
  }

  /** What is retained exists as far as the node knows. */
  private sendRetained(): void {
    const sureQueries = this.sureQueries([])
    for (const object of this.retained?.objects ?? []) {
      const [path] = sureQueries.of(object)
      const source = this.members.find(({ synced }) => synced.path === path)?.synced
      if (source !== undefined) this.snapshot?.add({ change: existingOf(object, source), step: this.pool.stepNumber })
    }
    this.finish(RETAINED)
  }

  private isPending(member: Member): boolean {
    return this.snapshot?.pending.has(member) ?? false
  }

  /**
   * Begins with what is known of the member, or waits until it is.
   * @param isVisible its objects have been sent, or are known without being sent
   */
  private start(member: Member, isVisible: boolean): void {
    const { synced, state } = member
    const remembered = state.phase === 'awaiting' ? state.remembered : undefined
    if (member.mirror === 'off') {
      void this.sendStream(member)
    } else if (this.isPending(member) || remembered !== undefined) {
      // What is known may be old, or is not known at all.
      if (synced.isComplete || remembered !== undefined) member.state = { phase: 'awaiting', isVisible, remembered }
      if (synced.hasSynced) this.beginAwaited(member)
      // The first reading is under way; what it finds from now on comes by itself.
      else if (!synced.isComplete && synced.known !== 0) void this.sendExisting(member)
    }
  }

  /** Everything has been read: what waited for that begins. */
  private beginAwaited(member: Member): void {
    const { state } = member
    if (state.phase === 'known') return
    if (state.phase === 'awaiting' && state.remembered !== undefined) {
      this.remembering -= 1
      this.compareRemembered(member, state.remembered)
    }
    member.state = { phase: 'known' }
    if (this.isPending(member) && state.phase === 'awaiting') void this.sendExisting(member)
  }

  /** Sends what is otherwise than it had been delivered before this process began. */
  private compareRemembered(member: Member, { site, savedAt, objects }: Remembered): void {
    const { synced } = member
    if (areApart(site, this.pool.site)) {
      this.listener.forgotten?.(member.query)
      return
    }
    const gap: Gap = { from: new Date(savedAt).toISOString(), to: new Date().toISOString() }
    const step = this.pool.stepNumber
    const place = { step, before: [synced.path], after: [synced.path] }
    const send = (change: Change): void => this.send({ change: { ...change, origin: 'recovered', gap }, ...place })
    for (const object of synced.objects) {
      const before = objects.get(object.dn)
      objects.delete(object.dn)
      // Another query of the node has begun with it.
      if (this.isVisible(object.members.queries)) continue
      const change = existingOf(object, synced)
      if (before === undefined) send({ ...change, event: 'created' })
      else if (!isSameVersion(before.version, versionOf(change))) send({ ...change, event: 'modified' })
    }
    const receivedAt = Date.now()
    for (const [dn, { class: name, version }] of objects) {
      // Others that remember it have found the same.
      for (const { state } of this.members) if (state.phase === 'awaiting') state.remembered?.objects.delete(dn)
      send({
        event: 'deleted',
        class: name,
        dn,
        attributes: {},
        origin: 'recovered',
        ...partsOfVersion(version),
        time: gap.to,
        receivedAt,
        controller: synced.controller,
        query: synced.path
      })
    }
  }

  private *existing(synced: SyncedQuery): IterableIterator<Change> {
    for (const object of synced.objects) yield existingOf(object, synced)
  }

  private async sendExisting(member: Member): Promise<void> {
    const { snapshot } = this
    const step = this.pool.stepNumber
    this.sending.add(member)
    const changes = [...this.existing(member.synced)].map(cloneChange)
    for (const [place, change] of changes.entries()) {
      if (place > 0 && place % SLICE === 0) await new Promise(setImmediate)
      if (!this.members.includes(member) || this.snapshot !== snapshot) break
      snapshot?.add({ change, step })
    }
    this.sending.delete(member)
    if (member.synced.isComplete) this.finish(member)
    else this.stateChanged(member.synced)
  }

  /** A pure stream keeps nothing to begin with: its objects are read for this watch. */
  private async sendStream(member: Member): Promise<void> {
    const { snapshot } = this
    const { synced } = member
    if (!this.isPending(member) || synced.state.phase !== 'live' || this.sending.has(member)) return
    this.sending.add(member)
    const use = (row: WireObject): void => {
      if (!this.members.includes(member) || this.snapshot !== snapshot) return
      const object = { ...row, attributes: objectAttributes(row.attributes) }
      snapshot?.add({ change: { ...streamedOf(object, synced), event: 'existing', origin: 'snapshot' }, step: 0 })
    }
    try {
      await synced.readAll(use)
    } catch (thrown) {
      // The sequence ends early; the state of the query, or of the fabric, tells why.
      toAciError(thrown)
    }
    this.sending.delete(member)
    if (this.snapshot === snapshot) this.finish(member)
  }

  /** The member has sent all that exists, or never will. */
  private finish(member: Member | typeof RETAINED): void {
    const { snapshot } = this
    if (snapshot?.pending.delete(member) !== true || snapshot.pending.size > 0) return
    this.endSnapshot()
  }

  private endSnapshot(): void {
    const { snapshot } = this
    this.snapshot = undefined
    for (const numbered of snapshot?.end(this.pending === undefined) ?? []) this.send(numbered)
  }

  // --- what comes in ---

  stateChanged(query: ResultQuery): void {
    const member = this.byQuery.get(query)
    if (member === undefined) return
    const { synced } = member
    const { state, isStarted, hasSynced } = synced
    if (this.isPending(member) && isStarted && !this.sending.has(member)) {
      const { state: before } = member
      // Its start does not wait for what cannot be read.
      if (before.phase === 'awaiting' && before.remembered === undefined) {
        member.state = { phase: before.isVisible ? 'known' : 'reading' }
      }
      if (member.mirror === 'off' && state.phase === 'live') {
        void this.sendStream(member)
      } else {
        member.owesSnapshot = !hasSynced
        if (member.owesSnapshot && this.snapshot !== undefined) this.snapshot.isWhole = false
        // What others know of it is sent, for events will change it.
        const isUnsent = before.phase === 'awaiting' && !before.isVisible && before.remembered === undefined
        if (isUnsent && synced.known !== 0) void this.sendExisting(member)
        else this.finish(member)
      }
    }
    this.listener.moved()
  }

  synced(query: ResultQuery): void {
    const member = this.byQuery.get(query)
    if (member === undefined) return
    this.beginAwaited(member)
    this.letGo()
    if (!member.owesSnapshot) return
    member.owesSnapshot = false
    this.beginSnapshot([member])
    void this.sendExisting(member)
  }

  *expected(query: ResultQuery): IterableIterator<string> {
    const state = this.byQuery.get(query)?.state
    if (state === undefined) return
    if (state.phase === 'awaiting' && state.remembered !== undefined) yield* state.remembered.objects.keys()
    for (const object of this.retained?.objects ?? []) if (isSureOf(query.query, object)) yield object.dn
  }

  reset(query: ResultQuery): void {
    const member = this.byQuery.get(query)
    if (member === undefined) return
    if (member.state.phase === 'known') member.state = { phase: 'reading' }
    this.listener.forgotten?.(member.query)
  }

  step(step: Step): void {
    if (this.isHandingOn) return
    const { before, after, by, circumstances } = step
    const member = this.byQuery.get(by)
    // What exists could not be sent before, and is sent from now on.
    const isDue = step.isFirst && member?.owesSnapshot === true
    if (isDue && this.pending === undefined) this.beginSnapshot([member])
    // One that was sent as existing and has ended since is new.
    const wasSent = this.snapshot?.has(step.object.dn) ?? false
    const isLive = circumstances.origin === 'live'
    const saw = this.isVisible(before, isLive)
    const sees = after === before ? saw : this.isVisible(after, isLive)
    if (step.isFirst && member !== undefined && this.isPending(member) && member.state.phase !== 'awaiting') {
      this.snapshot?.add({ change: existingOf(step.object, by), step: step.number }, !saw)
    }
    if (!saw && !sees) return
    if (step.isHidden && by.hidden.from(this, step.object.dn) === undefined) return
    // The next listener has not been sent what exists: what is found meanwhile is new to it.
    const isUnheard = this.pending !== undefined && (isDue || member?.isCutShort === true)
    const hidden = saw ? undefined : this.hidden(step.object.dn)
    const source = member?.synced ?? this.sourceOf(after) ?? this.sourceOf(before) ?? by
    const pass = (event: Change['event'], changes?: AttributeChanges): void => {
      const change = changeOf(step, event, source, changes)
      this.pass({ change, step: step.number, before: this.pathsOf(before), after: this.pathsOf(after) })
    }
    if (saw && sees) {
      if (step.event !== 'moved') pass('modified', step.changes)
    } else if (saw) {
      pass('deleted')
    } else if (hidden !== undefined) {
      const changes = changesBetween(hidden.attributes, step.object.attributes)
      for (const { synced } of this.members) synced.hidden.hasSent(this, step.object.dn)
      if (Object.keys(changes).length > 0 || hidden.at !== step.object.at) pass('modified', changes)
    } else if (!step.isFirst || member === undefined || wasSent || isUnheard || this.isNews(step, member)) {
      pass('created')
    }
  }

  streamed(event: WireEvent, synced: ResultQuery): void {
    const object = { ...event, attributes: objectAttributes(event.attributes) }
    const change = streamedOf(object, synced, event)
    const paths = [synced.path]
    this.pass({ change, step: this.pool.stepNumber + 1, before: paths, after: paths })
  }

  /**
   * Whether an object that the first reading of a query shows is new to the node: another query has been sure to match it
   * for longer, and has not had it.
   */
  private isNews({ object }: Step, than: Member): boolean {
    return this.members.some((member) => {
      const { state, query, mirror, synced } = member
      return (
        member !== than && mirror === 'full' && state.phase === 'known' && synced.isComplete && isSureOf(query, object)
      )
    })
  }

  /** @param isLive what comes of objects that could not be read is sent although the start of their query still waits */
  private isVisible(queries: ReadonlySet<ResultQuery>, isLive = false): boolean {
    for (const query of queries) {
      if (query === this.retained) return true
      const state = this.byQuery.get(query)?.state
      if (state === undefined) continue
      if (isVisible(state)) return true
      if (isLive && state.phase === 'awaiting' && state.remembered !== undefined && query.isUnread) return true
    }
    return false
  }

  /** While nobody listens, it has to be known by which queries a change was seen. */
  private pathsOf(queries: ReadonlySet<ResultQuery>): readonly string[] {
    return this.pending === undefined && this.snapshot === undefined ? [] : [...queries].map(({ path }) => path)
  }

  /** An object that was hidden until now, as it was sent last. */
  private hidden(dn: string): StoredObject | undefined {
    for (const { synced } of this.members) {
      const hidden = synced.isFiltered ? synced.hidden.from(this, dn) : undefined
      if (hidden !== undefined) return hidden
    }
    return undefined
  }

  private sourceOf(queries: ReadonlySet<ResultQuery>): ResultQuery | undefined {
    for (const query of queries) if (this.byQuery.has(query)) return query
    return undefined
  }

  /** Sends the change, or lets it wait for the end of the sequence: what exists comes first. */
  private pass(numbered: Numbered): void {
    if (this.remembering > 0) this.noteDelivered(numbered.change)
    if (this.snapshot === undefined) {
      this.send(numbered)
      return
    }
    this.snapshot.wait(numbered)
    if (this.snapshot.waitingCount > MAX_WAITING) this.endSnapshot()
  }

  /** Events stream although the objects could not be read: they are delivered, and so they are remembered. */
  private noteDelivered(change: Change): void {
    if (change.origin !== 'live') return
    for (const { state, synced } of this.members) {
      if (state.phase !== 'awaiting' || state.remembered === undefined || !synced.isUnread) continue
      const { objects } = state.remembered
      if (change.event === 'deleted') objects.delete(change.dn)
      else objects.set(change.dn, { class: change.class, version: versionOf(change) })
    }
  }

  private send(numbered: Numbered): void {
    const { pending } = this
    const { change } = numbered
    if (pending === undefined) {
      this.listener.change(change)
      return
    }
    if (pending.length < MAX_WAITING) pending.push({ ...numbered, change: cloneChange(change) })
    // Too much to be kept: the next listener has to start anew.
    else if (!this.closed) this.close()
  }
}

/** A change as queries of these paths see it; undefined where they do not. */
function seenBy(
  paths: ReadonlySet<string>,
  sureQueries: SureQueries,
  { change, before, after }: Numbered
): Change | undefined {
  const { event } = change
  const isSure = sureQueries.of(change).length > 0
  const saw = isSure ? event !== 'created' : before.some((path) => paths.has(path))
  const sees = isSure ? event !== 'deleted' : after.some((path) => paths.has(path))
  if (saw === sees) return saw ? change : undefined
  return { ...change, event: sees ? 'created' : 'deleted', changes: undefined }
}

/** Whether changes of a member's objects are news. */
function isVisible(state: MemberState): boolean {
  return state.phase !== 'awaiting' || state.isVisible
}
