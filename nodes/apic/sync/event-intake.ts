// Applies events to the store, each once, for all queries that its frame names, and passes on what they did. An event that
// only a read of its object can explain waits for it; all others pass at once.

import type { WireObject } from '../protocol/wire'
import { HeldEvents, type Arrival as HeldArrival } from '../store/held-events'
import { ObjectStore, type Applied, type StoredObject, type Taken } from '../store/object-store'
import { Handover } from './handover'
import { LookupsInVain } from './lookups-in-vain'
import { ReadWindows, type ReadWindow } from './read-windows'
import { live, suspect, type Circumstances, type ResultQuery } from './step'
import { StepEmitter } from './step-emitter'

/** Events that wait for reads. When there are more, they are dropped and their objects are read again. */
const MAX_HELD = 100_000

/** An event with the queries that its frame names and that keep their results. */
export type Arrival = HeldArrival<ResultQuery>

export interface IntakeHost {
  /** Objects wait for a lookup of their own. */
  lookupsDue(): void
}

export class EventIntake {
  readonly store = new ObjectStore<ResultQuery>()
  readonly held: HeldEvents<ResultQuery>
  readonly handover: Handover
  /** DNs that no read showed although events speak of them. */
  readonly inVain = new LookupsInVain()
  private readonly windows = new ReadWindows()
  readonly steps = new StepEmitter(this.store, this.windows, this.inVain)

  /** @param maxHeld events that may wait for reads */
  constructor(
    private readonly host: IntakeHost,
    maxHeld = MAX_HELD
  ) {
    this.handover = new Handover(maxHeld)
    this.held = new HeldEvents<ResultQuery>(maxHeld, (queries) => {
      for (const query of queries) query.suspectAll()
    })
  }

  // --- events ---

  /** The query is served by the connection that takes over; all that the one before had sent has come in. */
  takenOver(query: ResultQuery, connection: object): void {
    for (const arrival of this.handover.take(query)) this.receive(arrival, connection)
  }

  /** An event as it was pushed. */
  receive(arrival: Arrival, connection: object): void {
    if (this.handover.isRepeat(arrival, connection)) this.matched(arrival, false)
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
      if (!hasWaited && this.store.isLater(event, object)) this.steps.endBy(object, queries, live(event))
      return
    }
    const isLatest = this.store.shows(event)
    const sure = queries.filter(({ isFiltered }) => !isFiltered || (isLatest && !hasWaited))
    if (sure.length > 0) this.steps.join(object, sure, live(event))
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
        this.windows.noteEnd(event.dn)
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
    this.hideUnnamed(arrival, object)
    const isUncertain = queries.every(({ isUnread }) => isUnread)
    this.understand(arrival, store.apply(event, false, object), live(event, isUncertain ? true : undefined))
  }

  /** Everything known is of another fabric. */
  clear(): void {
    this.held.clear()
    this.store.clear()
    this.inVain.clear()
    this.steps.clear()
  }

  /** The query is no more. */
  forget(query: ResultQuery): void {
    this.discard(query)
    this.steps.forget(query)
  }

  /** An event that does not name a query with a filter, although its object is in that result: it may have left it. */
  private hideUnnamed({ event, queries }: Arrival, object = this.store.get(event.dn)): void {
    if (object !== undefined && event.status !== 'deleted') this.hideFromOthers(object, queries)
  }

  private hideFromOthers(object: StoredObject<ResultQuery>, queries: readonly ResultQuery[]): void {
    for (const query of object.members.queries) {
      if (!queries.includes(query) && query.mayHaveLeft(object)) this.store.results.delete(object, query)
    }
  }

  /** Until one of these results has been read, or where none is, the object itself. */
  private hold(arrival: Arrival, reading: readonly ResultQuery[]): void {
    const windows = reading.map((query) => this.windows.of(query, this.store.eventMark))
    // What was read just now waits only for the events that led to it.
    const all = windows.length > 0 ? windows : this.windows.all()
    this.held.hold(arrival, all)
    if (all.length === 0) this.host.lookupsDue()
  }

  private understand(arrival: Arrival, result: Applied<ResultQuery>, circumstances: Circumstances): void {
    const { event, queries } = arrival
    const { dn } = event
    if (result === 'stale') {
      const object = this.store.get(dn)
      if (object === undefined || event.status === 'deleted') return
      // Where nobody could look, it may have left a filter again since.
      const isSure = ({ isFiltered }: ResultQuery): boolean => !isFiltered || circumstances.uncertain === undefined
      this.steps.join(object, queries.filter(isSure), circumstances)
      suspect(
        dn,
        queries.filter((query) => !isSure(query) && !object.members.queries.has(query))
      )
    } else if (result === 'replaced') {
      // What was known by this DN is gone, and no event said so.
      const object = this.store.get(dn)
      if (object !== undefined) this.steps.end(object, queries, circumstances)
      this.understand({ event, queries }, this.store.apply(event, false), circumstances)
    } else if (result === 'earlier') {
      suspect(dn, queries)
    } else if (result === 'unknown' && this.inVain.has(dn)) {
      // Nothing tells what it is. It is looked for again, but not for each event.
      suspect(dn, queries)
    } else if (result === 'unknown' || result === 'unclear') {
      this.held.hold(arrival, [], result === 'unclear')
      this.host.lookupsDue()
    } else if (result.event === 'deleted') {
      this.steps.endBy(result.object, queries, circumstances)
    } else {
      this.steps.changed(result, queries, circumstances, false, arrival.isSole)
    }
  }

  /** An event of an object that cannot be read: nothing newer was, or a reading follows that puts it right. */
  applyUncertain(arrival: Arrival): void {
    const result = this.store.apply(arrival.event, this.store.get(arrival.event.dn)?.byRead === true)
    if (result !== 'unknown' && result !== 'unclear') this.understand(arrival, result, live(arrival.event, true))
  }

  // --- readings ---

  /** A whole result is about to be read. */
  open(query: ResultQuery): ReadWindow {
    return this.windows.open(query, this.store.eventMark)
  }

  /** The result has been read, and the events that led to it have come in: those that waited for it are gone through. */
  close(query: ResultQuery): void {
    const window = this.windows.take(query)
    if (window === undefined) return
    for (const dn of this.held.waitingFor(window)) {
      const object = this.store.get(dn)
      if (object !== undefined && this.store.isSettled(object)) this.release(dn)
      else this.held.passOver(dn, window)
    }
    if (this.held.lookups.length > 0) this.host.lookupsDue()
  }

  /** The result could not be read: events that waited for that alone are all there is. */
  abandon(query: ResultQuery): void {
    const window = this.windows.take(query)
    if (window === undefined) return
    this.passOver(query, window, (dn) => this.releaseUncertain(dn))
  }

  /** Events of the query are missing: those that wait for its result are of no use. */
  dropHeld(query: ResultQuery): void {
    const window = this.windows.get(query)
    if (window !== undefined) this.passOver(query, window, (dn) => void this.held.take(dn))
  }

  /** What waits for this result waits for others, or a lookup by other queries; where there are none, it is let go. */
  private passOver(query: ResultQuery, window: ReadWindow, letGo: (dn: string) => void): void {
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
    const window = this.windows.take(query)
    if (window === undefined) return
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

  /** Who was about to read the object is no more: its events wait for a lookup by the queries that are left. */
  leaveToOthers(dn: string): void {
    if (this.held.unclaim(dn)) this.host.lookupsDue()
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
    const known = this.store.get(row.dn)
    // Comparing is what a reading spends its time with: it is done once more only where somebody has to be spared.
    if (known?.class === row.class && hasOtherFilters(known, queries) && !this.store.matches(row)) {
      this.hideFromOthers(known, queries)
    }
    const taken = this.store.take(row, isSecond, hasArrived)
    if (taken !== 'replaced') return taken
    const other = this.store.get(row.dn)
    if (other !== undefined) this.steps.end(other, queries, { ...how, receivedAt: Date.now() })
    return this.take(row, queries, how, isSecond, hasArrived)
  }
}

/** Whether the object is in results with a filter of other queries than these. */
function hasOtherFilters({ members }: StoredObject<ResultQuery>, queries: readonly ResultQuery[]): boolean {
  for (const query of members.queries) if (query.isFiltered && !queries.includes(query)) return true
  return false
}
