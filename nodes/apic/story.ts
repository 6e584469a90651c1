// One story out of several queries that match the same objects: each state of an object is told once, whichever query
// reports it first, and however far behind another one is.

import { isBefore, type Change, type EventName } from './change'

/** States of one object that are remembered for those who report them later. */
const MOST_STATES = 8
/** Deleted objects that are remembered for those who report the deletion later. */
const MOST_GONE = 10_000

/** What an object is when it is not. */
const GONE = ''

/** What has been told of one DN. */
interface Told<Teller> {
  /** Those in whose results the object is. */
  readonly holders: Set<Teller>
  /** The last states that were told, oldest first: stamps, or {@link GONE}. */
  states: string[]
  /** Number of the first of them in the whole story. */
  first: number
  /** Who told the first state. */
  readonly author: Teller
  /** For each teller the number of the state that it has to report next; made with the first change. */
  places: Map<Teller, number> | undefined
  /** The latest `modTs` told, epoch ms; 0 where the class has none. */
  latest: number
}

/** Epoch ms of a stamp that is a time, else 0: hashes have sixteen digits. */
function timeOfStamp(stamp: string): number {
  return stamp.length < 16 ? Number(stamp) : 0
}

/** @typeParam Teller one query; objects, for they are compared by identity */
export class Story<Teller extends object> {
  private readonly told = new Map<string, Told<Teller>>()
  /** DNs of deleted objects, oldest first. */
  private readonly gone = new Set<string>()

  /**
   * An object that exists, without news of it.
   * @returns whether it was unknown to the story
   */
  note(teller: Teller, dn: string, stamp: string): boolean {
    const entry = this.told.get(dn)
    if (entry === undefined) {
      this.begin(teller, dn, stamp)
      return true
    }
    entry.holders.add(teller)
    if (isThere(entry)) {
      this.hasTold(entry, teller, stamp)
      return false
    }
    this.add(entry, dn, stamp)
    this.placeAtEnd(entry, teller)
    return true
  }

  /**
   * A change that one query reports.
   * @param isDecisive whether its deletion means that the object is gone, rather than out of a filter
   * @returns what to tell it as; undefined when it has been told, or is no news to the story as a whole
   */
  news(teller: Teller, change: Change, isDecisive: boolean): EventName | undefined {
    const { dn, event, stamp } = change
    const entry = this.told.get(dn)
    if (entry === undefined) {
      if (event !== 'deleted') this.begin(teller, dn, stamp)
      return event
    }
    if (event === 'deleted') {
      entry.holders.delete(teller)
      return this.deletion(entry, teller, change, isDecisive)
    }
    entry.holders.add(teller)
    if (this.hasTold(entry, teller, stamp)) return undefined
    const time = timeOfStamp(stamp)
    if (time > 0 && isBefore(time, entry.latest)) return undefined
    const isNew = !isThere(entry)
    this.add(entry, dn, stamp)
    this.placeAtEnd(entry, teller)
    return isNew ? 'created' : 'modified'
  }

  /** Whether the teller has reported the state that was told last, so that what it says has changed is right for all. */
  isUpToDate(teller: Teller, dn: string): boolean {
    const entry = this.told.get(dn)
    return entry === undefined || this.placeOf(entry, teller) === entry.first + entry.states.length
  }

  /** A change of a pure stream: told as it is, unless somebody has told it. */
  streamed(teller: Teller, { dn, event, stamp }: Change): boolean {
    const entry = this.told.get(dn)
    if (entry === undefined) return true
    const state = event === 'deleted' ? GONE : stamp
    if (this.hasTold(entry, teller, state)) return false
    this.add(entry, dn, state)
    this.placeAtEnd(entry, teller)
    return true
  }

  /** A query is watched no more. */
  leave(teller: Teller): void {
    for (const [dn, entry] of this.told) {
      entry.holders.delete(teller)
      entry.places?.delete(teller)
      if (entry.holders.size === 0) this.forget(dn)
    }
  }

  clear(): void {
    this.told.clear()
    this.gone.clear()
  }

  private deletion(
    entry: Told<Teller>,
    teller: Teller,
    { dn, stamp }: Change,
    isDecisive: boolean
  ): EventName | undefined {
    if (this.hasTold(entry, teller, GONE) || !isThere(entry)) return undefined
    // Where others have it in their results, only the end of the state that was told last is news: what ends an earlier
    // one comes late, and those others will see to the rest.
    const endsLast = entry.states[entry.states.length - 1] === stamp
    if (entry.holders.size > 0 && !(isDecisive && endsLast)) return undefined
    this.add(entry, dn, GONE)
    this.placeAtEnd(entry, teller)
    return 'deleted'
  }

  private begin(teller: Teller, dn: string, stamp: string): void {
    this.told.set(dn, {
      holders: new Set([teller]),
      states: [stamp],
      first: 0,
      author: teller,
      places: undefined,
      latest: timeOfStamp(stamp)
    })
  }

  /** Whether the state is among those that this teller has still to report; it and those before it are done with. */
  private hasTold(entry: Told<Teller>, teller: Teller, state: string): boolean {
    const place = this.placeOf(entry, teller)
    for (let index = Math.max(0, place - entry.first); index < entry.states.length; index += 1) {
      if (entry.states[index] !== state) continue
      entry.places ??= new Map()
      entry.places.set(teller, entry.first + index + 1)
      return true
    }
    return false
  }

  private placeOf(entry: Told<Teller>, teller: Teller): number {
    return entry.places?.get(teller) ?? (teller === entry.author ? 1 : 0)
  }

  private placeAtEnd(entry: Told<Teller>, teller: Teller): void {
    entry.places ??= new Map()
    entry.places.set(teller, entry.first + entry.states.length)
  }

  private add(entry: Told<Teller>, dn: string, state: string): void {
    entry.states.push(state)
    if (entry.states.length > MOST_STATES) {
      entry.states.shift()
      entry.first += 1
    }
    if (state === GONE) this.bury(dn)
    else {
      entry.latest = timeOfStamp(state)
      this.gone.delete(dn)
    }
  }

  private bury(dn: string): void {
    this.gone.add(dn)
    if (this.gone.size <= MOST_GONE) return
    const [oldest] = this.gone
    if (oldest !== undefined) this.forget(oldest)
  }

  private forget(dn: string): void {
    this.told.delete(dn)
    this.gone.delete(dn)
  }
}

function isThere<Teller>(entry: Told<Teller>): boolean {
  return entry.states[entry.states.length - 1] !== GONE
}
