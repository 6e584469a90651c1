// One story out of several queries that match the same objects: each state of an object is told once, whichever query
// reports it first, and however far behind another one is.

import { isBefore, type Change, type EventName } from './change'

/** States of one object that are remembered for those who report them later. */
const MOST_STATES = 8
/** Deleted objects that are remembered for those who report the deletion later. */
const MOST_GONE = 10_000

/** What an object is when it is not. */
const GONE = ''

/** What has been told of one DN. Tellers are queries, by their paths. */
interface Told {
  /** Those in whose results the object is. */
  readonly holders: Set<string>
  /** The last states that were told, oldest first: stamps, or {@link GONE}. None where the first has still to be told. */
  states: string[]
  /** Number of the first of them in the whole story. */
  first: number
  /** Who told the first state, and who the last one. */
  readonly author: string | undefined
  lastTeller: string
  /** For each teller the number of the state that it has to report next; made with the first change. */
  places: Map<string, number> | undefined
  /** The latest `modTs` told, epoch ms; 0 where the class has none. */
  latest: number
  /** The object in its last state, where those who stay do not know it so: kept until another state is told. */
  last: Change | undefined
}

/** A query, by its path, that is sure to match an object. */
type HeirOf = (object: Change) => string | undefined

/** Whether a stamp is a time: hashes have sixteen digits. */
export function isTime(stamp: string): boolean {
  return stamp.length < 16
}

/** Epoch ms of a stamp that is a time, else 0. */
function timeOfStamp(stamp: string): number {
  return isTime(stamp) ? Number(stamp) : 0
}

/** Times further ahead of the APIC's clock than this, ms, were told before it was set back. */
const AHEAD = 1_000

export class Story {
  private readonly told = new Map<string, Told>()
  /** DNs of deleted objects, oldest first. */
  private readonly gone = new Set<string>()
  /** The APIC's clock, epoch ms, and ours at that moment; undefined as long as it was not seen to be set back. */
  private clock: { readonly time: number; readonly at: number } | undefined

  constructor(private readonly now: () => number = Date.now) {}

  get isEmpty(): boolean {
    return this.told.size === 0
  }

  /** Whether anything is known of what was told of an object. */
  has(dn: string): boolean {
    return this.told.has(dn)
  }

  /** An object that a query knows, of which nothing is told; without a stamp, that it exists has still to be told. */
  note(teller: string, dn: string, stamp?: string): void {
    const entry = this.told.get(dn)
    if (entry === undefined) {
      this.begin(teller, dn, stamp)
      return
    }
    entry.holders.add(teller)
    if (stamp !== undefined) this.hasTold(entry, teller, stamp)
  }

  /** An object of which a query told the end while it was alone. */
  end(teller: string, { dn, stamp }: Change): void {
    this.note(teller, dn, stamp)
    const entry = this.told.get(dn)
    if (entry === undefined) return
    entry.holders.delete(teller)
    this.add(entry, dn, GONE)
    this.placeAtEnd(entry, teller)
  }

  /** An object that is told as existing. */
  show(teller: string, dn: string, stamp: string): void {
    const entry = this.told.get(dn)
    if (entry === undefined) {
      this.begin(teller, dn, stamp)
      return
    }
    entry.holders.add(teller)
    if (lastState(entry) === stamp) {
      this.hasTold(entry, teller, stamp)
      return
    }
    this.add(entry, dn, stamp)
    this.placeAtEnd(entry, teller)
  }

  /** The state that was told last, where the given one is not known to come after it. */
  laterThan(dn: string, stamp: string): string | undefined {
    const entry = this.told.get(dn)
    if (entry === undefined || !isThere(entry) || lastState(entry) === stamp) return undefined
    const time = this.timeOf(stamp)
    return time > entry.latest && entry.latest > 0 ? undefined : lastState(entry)
  }

  /** Whether an object is in a state that comes after the last one told. */
  isUntold(dn: string, stamp: string): boolean {
    const entry = this.told.get(dn)
    if (entry === undefined || entry.states.includes(stamp)) return false
    const order = this.order(stamp, entry)
    // Where no time tells, it has to be none of all the states there were.
    return order === undefined ? entry.first === 0 : order !== 'before'
  }

  /** Whether the object has been told to be deleted after it was in that state. */
  isOver(dn: string, stamp: string): boolean {
    const entry = this.told.get(dn)
    if (entry === undefined || isThere(entry)) return false
    return entry.states.includes(stamp) || this.order(stamp, entry) === 'before'
  }

  /**
   * A change that one query reports.
   * @param isDecisive whether its deletion means that the object is gone, rather than out of a filter
   * @returns what to tell it as; undefined when it has been told, or is no news to the story as a whole
   */
  news(teller: string, change: Change, isDecisive: boolean): EventName | undefined {
    const { dn, event, stamp } = change
    const entry = this.told.get(dn)
    if (entry === undefined) {
      if (event !== 'deleted') this.begin(teller, dn, stamp)
      return event
    }
    if (event === 'deleted') {
      entry.holders.delete(teller)
      if (entry.holders.size === 0 && entry.states.length === 0) this.forget(dn)
      return this.deletion(entry, teller, change, isDecisive)
    }
    entry.holders.add(teller)
    if (this.hasTold(entry, teller, stamp)) return undefined
    // Who has told the last state, or has come to it, reports what comes after it, whatever the clocks say.
    const isBehind = this.placeOf(entry, teller) < entry.first + entry.states.length
    if (isBehind && this.order(stamp, entry) === 'before') return undefined
    const isNew = !isThere(entry)
    this.add(entry, dn, stamp)
    this.placeAtEnd(entry, teller)
    return isNew ? 'created' : 'modified'
  }

  /** The state that was told last; undefined for an object that is not there, or not known. */
  latest(dn: string): string | undefined {
    const entry = this.told.get(dn)
    return entry !== undefined && isThere(entry) ? lastState(entry) : undefined
  }

  /** Who told the state that was told last: of two states within one millisecond only that one has the right one. */
  lastTeller(dn: string): string | undefined {
    return this.told.get(dn)?.lastTeller
  }

  /** The object as it was told last, if that is kept. */
  lastKept(dn: string): Change | undefined {
    return this.told.get(dn)?.last
  }

  /** Keeps an object as it was told last, because the query that told it leaves. */
  keepLast(change: Change): void {
    const entry = this.told.get(change.dn)
    if (entry !== undefined && lastState(entry) === change.stamp) entry.last = change
  }

  /** Objects as they were told last by one that has left, which are in the results of this query. */
  *keptFor(teller: string): IterableIterator<Change> {
    for (const { holders, last } of this.told.values()) if (last !== undefined && holders.has(teller)) yield last
  }

  /** Whether a query has reported anything of an object. */
  isReported(teller: string, dn: string): boolean {
    const entry = this.told.get(dn)
    if (entry === undefined) return false
    return entry.holders.has(teller) || entry.author === teller || entry.places?.has(teller) === true
  }

  /** All objects with the state that was told last, undefined for one that is gone. They may be forgotten meanwhile. */
  *latestStates(): IterableIterator<[dn: string, stamp: string | undefined]> {
    for (const [dn, entry] of this.told) yield [dn, isThere(entry) ? lastState(entry) : undefined]
  }

  /** A change of a pure stream: told as it is, unless somebody has told it. */
  streamed(teller: string, { dn, event, stamp }: Change): boolean {
    const entry = this.told.get(dn)
    if (entry === undefined) return true
    const state = event === 'deleted' ? GONE : stamp
    if (this.hasTold(entry, teller, state)) return false
    this.add(entry, dn, state)
    this.placeAtEnd(entry, teller)
    return true
  }

  /**
   * A query is watched no more. What is gone stays known for those who report it later.
   * @param heirOf who has to report an object that nobody else has, but for which it was kept as it was told last
   */
  leave(teller: string, heirOf: HeirOf = () => undefined): void {
    for (const [dn, entry] of this.told) {
      entry.holders.delete(teller)
      entry.places?.delete(teller)
      if (entry.holders.size > 0 || hasEnded(entry)) continue
      const heir = entry.last && heirOf(entry.last)
      if (heir === undefined) this.forget(dn)
      else entry.holders.add(heir)
    }
  }

  /** Only these queries are watched from now on. */
  keep(tellers: ReadonlySet<string>, heirOf: HeirOf): void {
    const leaving = new Set<string>()
    for (const { holders } of this.told.values()) {
      for (const holder of holders) if (!tellers.has(holder)) leaving.add(holder)
    }
    for (const teller of leaving) this.leave(teller, heirOf)
  }

  /**
   * The clock of the APIC was set back to that time, epoch ms: later times are none of this clock's, and tell nothing.
   * @param dn where only this object is known to be concerned
   */
  setBack(time: number, dn?: string): void {
    if (dn === undefined) this.clock = { time, at: this.now() }
    const only = dn === undefined ? undefined : this.told.get(dn)
    const entries = dn === undefined ? this.told.values() : only === undefined ? [] : [only]
    for (const entry of entries) if (entry.latest > time) entry.latest = 0
  }

  /** An object that need not be followed any more. */
  forget(dn: string): void {
    this.told.delete(dn)
    this.gone.delete(dn)
  }

  private deletion(entry: Told, teller: string, change: Change, isDecisive: boolean): EventName | undefined {
    const { dn, stamp } = change
    const isTold = this.hasToldEnd(entry, teller, change)
    // The end of an earlier state: the last one is still kept for this query, which has to come to it.
    if (isTold && entry.last !== undefined && entry.holders.size === 0 && change.origin === 'live') {
      entry.holders.add(teller)
    }
    // Found by reading, it is the end of all that was; where others have it, they will come to what is left.
    const isFinal = change.origin === 'recovered' && entry.holders.size === 0
    if ((isTold && !isFinal) || !isThere(entry)) return undefined
    // Where others have it in their results, only the end of the state that was told last is news: what ends an earlier
    // one comes late, and those others will see to the rest.
    const endsLast = lastState(entry) === stamp
    if (entry.holders.size > 0 && !(isDecisive && endsLast)) return undefined
    this.add(entry, dn, GONE)
    this.placeAtEnd(entry, teller)
    return 'deleted'
  }

  private begin(teller: string, dn: string, stamp: string | undefined): void {
    this.told.set(dn, {
      holders: new Set([teller]),
      states: stamp === undefined ? [] : [stamp],
      first: 0,
      author: stamp === undefined ? undefined : teller,
      lastTeller: teller,
      places: undefined,
      latest: stamp === undefined ? 0 : this.timeOf(stamp),
      last: undefined
    })
  }

  /** Whether the state is among those that this teller has still to report; it and those before it are done with. */
  private hasTold(entry: Told, teller: string, state: string): boolean {
    const place = this.placeOf(entry, teller)
    for (let index = Math.max(0, place - entry.first); index < entry.states.length; index += 1) {
      if (entry.states[index] !== state) continue
      this.place(entry, teller, index + 1)
      return true
    }
    return false
  }

  /**
   * Whether the end that a deletion speaks of is among those that this teller has still to report. What ends an earlier
   * state than the one that was told before the object went is an earlier end, of which nobody told: the teller will come
   * to that state, and to its end.
   */
  private hasToldEnd(entry: Told, teller: string, { stamp, origin }: Change): boolean {
    const { states, first } = entry
    const from = Math.max(0, this.placeOf(entry, teller) - first)
    const isEndOf = (index: number): boolean => index >= from && states[index] === GONE
    // What was before the first one that is remembered is not known: then it may have been this state.
    const exact = states.findIndex((_, index) => isEndOf(index) && (index === 0 || states[index - 1] === stamp))
    const isLate = origin === 'live' && !isThere(entry)
    const endsLast = lastState(entry) === stamp
    const end = exact !== -1 || isLate || endsLast ? exact : states.findIndex((_, index) => isEndOf(index))
    if (end === -1) return false
    this.place(entry, teller, end + 1)
    return true
  }

  private placeOf(entry: Told, teller: string): number {
    return entry.places?.get(teller) ?? (teller === entry.author ? 1 : 0)
  }

  private placeAtEnd(entry: Told, teller: string): void {
    entry.lastTeller = teller
    this.place(entry, teller, entry.states.length)
  }

  /** The teller is done with the states before this one of those that are remembered. */
  private place(entry: Told, teller: string, index: number): void {
    entry.places ??= new Map()
    entry.places.set(teller, entry.first + index)
  }

  private add(entry: Told, dn: string, state: string): void {
    entry.states.push(state)
    entry.last = undefined
    if (entry.states.length > MOST_STATES) {
      entry.states.shift()
      entry.first += 1
    }
    if (state === GONE) this.bury(dn)
    else {
      entry.latest = this.timeOf(state)
      this.gone.delete(dn)
    }
  }

  /** The time of a stamp, where it can be compared with times that are told from now on; else 0. */
  private timeOf(stamp: string): number {
    const time = timeOfStamp(stamp)
    return this.isAhead(time) ? 0 : time
  }

  /** Whether a time is of the clock as it was before it was set back. */
  private isAhead(time: number): boolean {
    return this.clock !== undefined && time > this.clock.time + this.now() - this.clock.at + AHEAD
  }

  /** Whether a state comes before the last one that was told with a time; undefined where no time tells. */
  private order(stamp: string, { latest }: Told): 'before' | 'after' | undefined {
    const time = timeOfStamp(stamp)
    if (time === 0) return undefined
    // A time of the clock as it was is before all that the clock shows since it was set back.
    if (this.isAhead(time)) return latest > 0 ? 'before' : undefined
    return isBefore(time, latest) ? 'before' : 'after'
  }

  private bury(dn: string): void {
    this.gone.add(dn)
    if (this.gone.size <= MOST_GONE) return
    const [oldest] = this.gone
    if (oldest !== undefined) this.forget(oldest)
  }
}

function lastState(entry: Told): string {
  return entry.states[entry.states.length - 1] ?? GONE
}

function hasEnded(entry: Told): boolean {
  return entry.states.length > 0 && !isThere(entry)
}

function isThere(entry: Told): boolean {
  return lastState(entry) !== GONE
}
