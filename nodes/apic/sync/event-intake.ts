// Applies events to the store, each once, for all queries that its frame names, and passes on what they did. An event that
// only a read of its object can explain waits for it; all others pass at once.

import type { WireObject } from '../protocol/wire'
import { HandoverDedup } from '../store/handover-dedup'
import { HeldEvents, type Arrival as HeldArrival, type Window } from '../store/held-events'
import { ObjectStore, type Applied, type Difference, type StoredObject, type Taken } from '../store/object-store'
import { live, type Circumstances, type ResultQuery, type Step, type StepListener } from './step'

/** Events that wait for reads. When there are more, they are dropped and their objects are read again. */
const MAX_HELD = 100_000
/** Objects that were looked up in vain, and are not looked up at once when an event speaks of them again. */
const MOST_IN_VAIN = 10_000

const NONE: ReadonlySet<ResultQuery> = new Set()

/** An event with the queries that its frame names and that keep their results. */
export type Arrival = HeldArrival<ResultQuery>

export interface IntakeHost {
  /** Objects wait for a lookup of their own. */
  lookupsDue(): void
}

export class EventIntake {
  readonly store = new ObjectStore<ResultQuery>()
  readonly held: HeldEvents<ResultQuery>
  /** Results that are being read, by query. */
  private readonly windows = new Map<ResultQuery, OpenWindow>()
  private dedup: HandoverDedup | undefined
  /** Events by a connection that takes over, for queries that the one before still serves: that may yet bring older ones. */
  private ahead: Arrival[] = []
  /** DNs that no read showed although events speak of them. */
  private readonly inVain = new Set<string>()
  /** Queries that hide objects, or did. */
  private readonly hiding = new Set<ResultQuery>()
  private steps = 0

  /** @param maxHeld events that may wait for reads */
  constructor(
    private readonly host: IntakeHost,
    private readonly maxHeld = MAX_HELD
  ) {
    this.held = new HeldEvents<ResultQuery>(maxHeld, (queries) => {
      for (const query of queries) query.suspectAll()
    })
  }

  /** Place of the latest step. */
  get stepNumber(): number {
    return this.steps
  }

  // --- events ---

  /** One connection takes over from another: until {@link endHandover} both deliver. */
  beginHandover(): void {
    this.dedup = new HandoverDedup(this.maxHeld)
  }

  endHandover(): void {
    this.dedup = undefined
    this.ahead = []
  }

  /** Whether so much came while both serve that repeats are not recognized any more. */
  get isHandoverLost(): boolean {
    return this.dedup?.isFull === true || this.ahead.length >= this.maxHeld
  }

  /** An event by the connection that takes over, of which no query is served by that one yet. */
  receiveAhead(arrival: Arrival): void {
    this.ahead.push(arrival)
  }

  /** The query is served by the connection that takes over; all that the one before had sent has come in. */
  takenOver(query: ResultQuery, connection: object): void {
    const due = this.ahead.filter(({ queries }) => queries.includes(query))
    if (due.length === 0) return
    this.ahead = this.ahead.filter(({ queries }) => !queries.includes(query))
    for (const arrival of due) this.receive(arrival, connection)
  }

  /** An event as it was pushed. */
  receive(arrival: Arrival, connection: object): void {
    if (this.dedup?.isRepeat(arrival.event, connection) === true) this.matched(arrival, false)
    else if (!this.held.join(arrival)) this.admit(arrival)
  }

  /**
   * The event was applied already, or what was read shows it; but these queries match its object as well. Those with a
   * filter do as long as nothing has changed since.
   */
  private matched({ event, queries }: Arrival, hasWaited: boolean): void {
    if (this.held.widen({ event, queries })) return
    const object = this.store.get(event.dn)
    if (object?.class !== event.class) return
    if (event.status === 'deleted') {
      // The other connection named other queries: this one knows that the object is gone for these, too.
      if (!hasWaited && this.store.isLater(event, object)) this.endBy(object, queries, live(event))
      return
    }
    const isLatest = this.store.shows(event)
    const sure = queries.filter(({ isFiltered }) => !isFiltered || (isLatest && !hasWaited))
    if (sure.length > 0) this.join(object, sure, live(event))
    if (!isLatest || !hasWaited) return
    // It may have left the filter again before the result was read, or come into it afterwards.
    const unsure = queries.filter((query) => query.isFiltered && !object.members.queries.has(query))
    if (unsure.length > 0) this.holdForLookup({ event, queries: unsure })
  }

  /** The event waits for a lookup by its queries. */
  holdForLookup(arrival: Arrival): void {
    if (!this.held.join(arrival)) this.held.hold(arrival)
    this.host.lookupsDue()
  }

  private admit(arrival: Arrival): void {
    const { store } = this
    const { event, queries } = arrival
    const object = store.get(event.dn)
    const reading = queries.filter((query) => {
      return !query.hasSynced && (this.windows.has(query) || query.isAboutToRead)
    })
    if (object === undefined) {
      if (event.status === 'deleted') {
        for (const { ended } of this.windows.values()) ended.add(event.dn)
        return
      }
      if (event.status === 'modified' && reading.length > 0) {
        this.hold(arrival, reading)
        return
      }
    } else if (!store.isSettled(object)) {
      const isEnd = event.status === 'deleted' && store.isLater(event, object)
      if (!isEnd && (reading.length > 0 || store.isTrusted(object))) {
        this.hold(arrival, reading)
        return
      }
      if (!isEnd) {
        this.applyUncertain(arrival)
        return
      }
    }
    this.hideUnnamed(arrival)
    const isUncertain = queries.every(({ isUnread }) => isUnread)
    this.understand(arrival, store.apply(event, false), live(event, isUncertain ? true : undefined))
  }

  /** The query hides an object: its listeners have to hear of its end. */
  hides(query: ResultQuery): void {
    this.hiding.add(query)
  }

  /** Everything known is of another fabric. */
  clear(): void {
    this.held.clear()
    this.store.clear()
    this.inVain.clear()
    this.hiding.clear()
  }

  /** The query is no more. */
  forget(query: ResultQuery): void {
    this.discard(query)
    this.hiding.delete(query)
  }

  /** Queries with a filter that the frame does not name, although the object is in their results: it may have left them. */
  private hideUnnamed({ event, queries }: Arrival): void {
    const object = this.store.get(event.dn)
    // In a handover a frame names the queries of its own connection.
    if (object === undefined || event.status !== 'modified' || this.dedup !== undefined) return
    for (const query of object.members.queries) {
      if (queries.includes(query) || !query.mayHaveLeft(object)) continue
      this.store.results.delete(object, query)
    }
  }

  /** Until one of these results has been read, or where none is, the object itself. */
  private hold(arrival: Arrival, reading: readonly ResultQuery[]): void {
    const windows = reading.map((query) => this.windowOf(query))
    // What was read just now waits only for the events that led to it.
    const all = windows.length > 0 ? windows : [...this.windows.values()]
    this.held.hold(arrival, all)
    if (all.length === 0) this.host.lookupsDue()
  }

  private understand(arrival: Arrival, result: Applied<ResultQuery>, circumstances: Circumstances): void {
    const { event, queries } = arrival
    const { dn } = event
    if (result === 'stale') {
      const object = this.store.get(dn)
      if (object !== undefined && event.status !== 'deleted') this.join(object, queries, circumstances)
    } else if (result === 'replaced') {
      // What was known by this DN is gone, and no event said so.
      const object = this.store.get(dn)
      if (object !== undefined) this.end(object, queries, circumstances)
      this.understand(arrival, this.store.apply(event, false), circumstances)
    } else if (result === 'earlier') {
      suspect(dn, queries)
    } else if (result === 'unknown' && this.inVain.has(dn)) {
      // Nothing tells what it is. It is looked for again, but not for each event.
      suspect(dn, queries)
    } else if (result === 'unknown' || result === 'unclear') {
      this.held.hold(arrival, [], result === 'unclear')
      this.host.lookupsDue()
    } else if (result.event === 'deleted') {
      this.endBy(result.object, queries, circumstances)
    } else {
      this.changed(result, queries, circumstances)
    }
  }

  /** An event of an object that cannot be read: nothing newer was, or a reading follows that puts it right. */
  applyUncertain(arrival: Arrival): void {
    const result = this.store.apply(arrival.event, this.store.get(arrival.event.dn)?.byRead === true)
    if (result !== 'unknown' && result !== 'unclear') this.understand(arrival, result, live(arrival.event, true))
  }

  // --- readings ---

  /** A whole result is about to be read. */
  open(query: ResultQuery): OpenWindow {
    const window = this.windowOf(query)
    window.since = this.store.eventMark
    window.shown.clear()
    return window
  }

  private windowOf(query: ResultQuery): OpenWindow {
    let window = this.windows.get(query)
    if (window === undefined) {
      window = { ended: new Set(), since: this.store.eventMark, shown: new Set() }
      this.windows.set(query, window)
    }
    return window
  }

  /** The result has been read, and the events that led to it have come in: those that waited for it are gone through. */
  close(query: ResultQuery): void {
    const window = this.windows.get(query)
    if (window === undefined) return
    this.windows.delete(query)
    for (const dn of this.held.waitingFor(window)) {
      const object = this.store.get(dn)
      if (object !== undefined && this.store.isSettled(object)) this.release(dn)
      else this.held.passOver(dn, window)
    }
    if (this.held.lookups.length > 0) this.host.lookupsDue()
  }

  /** The result could not be read: events that waited for that alone are all there is. */
  abandon(query: ResultQuery): void {
    const window = this.windows.get(query)
    if (window === undefined) return
    this.windows.delete(query)
    this.passOver(query, window, (dn) => this.releaseUncertain(dn))
  }

  /** Events of the query are missing: those that wait for its result are of no use. */
  dropHeld(query: ResultQuery): void {
    const window = this.windows.get(query)
    if (window !== undefined) this.passOver(query, window, (dn) => void this.held.take(dn))
  }

  /** What waits for this result waits for others, or a lookup by other queries; where there are none, it is let go. */
  private passOver(query: ResultQuery, window: OpenWindow, letGo: (dn: string) => void): void {
    for (const dn of this.held.waitingFor(window)) {
      this.held.passOver(dn, window)
      const held = this.held.get(dn)
      if (held?.waitsFor !== 'lookup') continue
      if (![...held.queries].some((other) => other !== query && other.isServed)) letGo(dn)
    }
    if (this.held.lookups.length > 0) this.host.lookupsDue()
  }

  /** The query is served no more: what waited for its result alone is found by comparing. */
  discard(query: ResultQuery): void {
    const window = this.windows.get(query)
    if (window === undefined) return
    this.windows.delete(query)
    this.passOver(query, window, (dn) => void this.held.take(dn))
  }

  /** Events of the query are missed: what no other one that is served has in its result is not trusted any more. */
  distrust(query: ResultQuery): void {
    for (const object of this.store.results.of(query)) {
      const others = object.members.queries
      if (others.size > 1 && [...others].some((other) => other !== query && other.isServed)) continue
      this.store.distrust(object)
    }
  }

  /** Lets go what waits for the object; what was read since may show it already. */
  release(dn: string): void {
    const held = this.held.take(dn)
    if (held !== undefined) this.replay(held.arrivals)
  }

  /** As {@link release}, where the object could not be read. */
  releaseUncertain(dn: string): void {
    const held = this.held.take(dn)
    if (held === undefined) return
    const shown = this.lastShown(held.arrivals)
    for (const arrival of held.arrivals.slice(shown)) this.applyUncertain(arrival)
  }

  replay(arrivals: readonly Arrival[]): void {
    const { store } = this
    const shown = this.lastShown(arrivals)
    for (const [index, arrival] of arrivals.entries()) {
      const { event } = arrival
      if (index < shown) {
        this.matched(arrival, true)
        continue
      }
      if (this.held.join(arrival)) continue
      const isRead = store.get(event.dn)?.byRead === true
      this.hideUnnamed(arrival)
      const result = store.apply(event, true)
      // What was read while the event waited has overtaken it.
      if (result !== 'earlier' || !isRead) this.understand(arrival, result, live(event))
    }
  }

  /** How many of the events have to be passed until one that what was read already shows. */
  private lastShown(arrivals: readonly Arrival[]): number {
    let shown = 0
    for (const [index, { event }] of arrivals.entries()) if (this.store.shows(event)) shown = index + 1
    return shown
  }

  noteInVain(dn: string): void {
    if (this.store.has(dn)) return
    this.inVain.add(dn)
    if (this.inVain.size <= MOST_IN_VAIN) return
    const [oldest] = this.inVain
    if (oldest !== undefined) this.inVain.delete(oldest)
  }

  isInVain(dn: string): boolean {
    return this.inVain.has(dn)
  }

  foundAfterAll(dn: string): void {
    this.inVain.delete(dn)
  }

  /**
   * Takes a row into the store. Where an object of another class is known by its DN, that one has ended.
   * @param how the end of such a one became known
   * @param isSecond see {@link ObjectStore.take}, as for `hasArrived`
   */
  take(
    row: WireObject,
    queries: readonly ResultQuery[],
    how: Omit<Circumstances, 'receivedAt'>,
    isSecond: boolean,
    hasArrived: boolean
  ): Exclude<Taken<ResultQuery>, 'replaced'> {
    const taken = this.store.take(row, isSecond, hasArrived)
    if (taken !== 'replaced') return taken
    const other = this.store.get(row.dn)
    if (other !== undefined) this.end(other, queries, { ...how, receivedAt: Date.now() })
    return this.take(row, queries, how, isSecond, hasArrived)
  }

  // --- what it did ---

  /** The object is new, or has other attributes, and is in these results. */
  changed(
    { object, event, changes }: Difference<ResultQuery>,
    queries: readonly ResultQuery[],
    circumstances: Circumstances,
    isFirst = false
  ): void {
    this.inVain.delete(object.dn)
    const before = object.members.queries
    for (const query of queries) this.store.results.add(object, query)
    const after = object.members.queries
    this.emit(
      { object, event, changes, before, after, circumstances, isFirst, isLeft: false, isHidden: false },
      queries
    )
    for (const query of queries) query.uncovered(object.dn)
  }

  /** The object as it is known is in these results. */
  join(
    object: StoredObject<ResultQuery>,
    queries: readonly ResultQuery[],
    circumstances: Circumstances,
    isFirst = false
  ): void {
    const before = object.members.queries
    let isNew = false
    for (const query of queries) isNew = this.store.results.add(object, query) || isNew
    if (!isNew) return
    const after = object.members.queries
    const step = { object, event: 'moved', changes: undefined, before, after, circumstances, isFirst } as const
    this.emit({ ...step, isLeft: false, isHidden: false }, queries)
    for (const query of queries) query.uncovered(object.dn)
  }

  /**
   * The object is in this result no more.
   * @param isLeft it is known to exist
   */
  leave(object: StoredObject<ResultQuery>, query: ResultQuery, circumstances: Circumstances, isLeft = false): void {
    const before = object.members.queries
    if (!this.store.results.delete(object, query)) return
    this.windows.get(query)?.ended.add(object.dn)
    const after = object.members.queries
    if (after.size === 0) this.store.remove(object)
    const step = { object, event: 'moved', changes: undefined, before, after, circumstances, isFirst: false } as const
    this.emit({ ...step, isLeft, isHidden: false }, [query])
  }

  /**
   * An object that was hidden is in the result of the query no more.
   * @param object as its listeners know it
   * @param isLeft it is known to exist
   */
  hiddenLeft(
    object: StoredObject<ResultQuery>,
    query: ResultQuery,
    circumstances: Circumstances,
    isLeft: boolean
  ): void {
    const after = this.store.get(object.dn)?.members.queries ?? NONE
    const before = new Set([...after, query])
    const step = { object, event: 'moved', changes: undefined, before, after, circumstances, isFirst: false } as const
    this.emit({ ...step, isLeft, isHidden: true }, [query])
    query.uncovered(object.dn)
  }

  /** The object is gone. */
  end(object: StoredObject<ResultQuery>, by: readonly ResultQuery[], circumstances: Circumstances): void {
    for (const query of this.hiding) {
      const hidden = query.hiddenAs(object.dn)
      if (hidden !== undefined) this.hiddenLeft(hidden, query, circumstances, false)
    }
    const before = object.members.queries
    this.store.remove(object)
    for (const { ended } of this.windows.values()) ended.add(object.dn)
    const step = { object, event: 'deleted', changes: undefined, before, after: NONE, circumstances } as const
    this.emit({ ...step, isFirst: false, isLeft: false, isHidden: false }, by)
  }

  /**
   * An end of which these queries know. Where all of them have filters, it may be out of these alone: results without a
   * filter are left to a read of the object.
   */
  private endBy(
    object: StoredObject<ResultQuery>,
    queries: readonly ResultQuery[],
    circumstances: Circumstances
  ): void {
    const others = [...object.members.queries].filter((query) => !queries.includes(query))
    if (others.length === 0 || queries.some(({ isFiltered }) => !isFiltered)) {
      this.end(object, queries, circumstances)
      return
    }
    for (const query of queries) this.leave(object, query, circumstances)
    suspect(object.dn, others)
  }

  private emit(made: Omit<Step, 'number' | 'by' | 'change'>, queries: readonly ResultQuery[]): void {
    this.steps += 1
    const [by] = queries
    if (by === undefined) return
    const { object, event, changes, before, after, isFirst, isLeft, isHidden, circumstances } = made
    const listeners = listenersOf(before, after)
    if (listeners === undefined) return
    if (circumstances.origin === 'recovered') by.count(event, before, after)
    // One literal: a spread made every step an object of a shape of its own, and each event half as dear again.
    const step: Step = {
      object,
      event,
      changes,
      before,
      after,
      by,
      isFirst,
      isLeft,
      isHidden,
      number: this.steps,
      circumstances,
      change: undefined
    }
    if (!(listeners instanceof Set)) {
      listeners.step(step)
      return
    }
    // What one of them makes of it is nothing to the others.
    const failures: unknown[] = []
    for (const listener of listeners) {
      try {
        listener.step(step)
      } catch (thrown) {
        failures.push(thrown)
      }
    }
    if (failures.length > 0) throw failures[0]
  }
}

/** The window of a reading, with what it has shown so far. */
export interface OpenWindow extends Window {
  /** Place of the last event before it. */
  since: number
  /** DNs of the rows that came. */
  readonly shown: Set<string>
}

/** Those who listen to any of the results: mostly one. */
function listenersOf(
  before: ReadonlySet<ResultQuery>,
  after: ReadonlySet<ResultQuery>
): StepListener | Set<StepListener> | undefined {
  let only: StepListener | undefined
  let all: Set<StepListener> | undefined
  const add = (listener: StepListener): void => {
    if (all !== undefined) all.add(listener)
    else if (only === undefined) only = listener
    else if (only !== listener) all = new Set([only, listener])
  }
  for (const query of before) for (const listener of query.listeners) add(listener)
  if (after !== before) for (const query of after) for (const listener of query.listeners) add(listener)
  return all ?? only
}

/** The object is read again: by one of the queries without a filter, and by each one whose filter it may have left. */
export function suspect(dn: string, queries: readonly ResultQuery[]): void {
  queries.find(({ isFiltered }) => !isFiltered)?.suspect(dn)
  for (const query of queries) if (query.isFiltered) query.suspect(dn)
}
