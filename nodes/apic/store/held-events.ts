// Events that wait for a read of their object, because only that tells what they mean. Those of other objects pass.

import type { WireEvent } from '../protocol/wire'

/** A reading of a whole result that is under way. */
export interface Window {
  /** DNs of objects whose end came during it: a page that was read before may show them yet. */
  readonly ended: Set<string>
}

/** What is read for an object: its own lookup, or whole results; `claimed` when somebody reads it already. */
type WaitsFor = 'lookup' | 'claimed' | Set<Window>

/** An event with the queries that it is for. */
export interface Arrival<Q> {
  readonly event: WireEvent
  readonly queries: readonly Q[]
  /** Nobody else gets it: who sends what it did may keep its element. */
  readonly isSole?: boolean
}

/** The events of one object. */
export interface Held<Q> {
  /** In the order in which they came; none where the object itself is to be read. */
  arrivals: Arrival<Q>[]
  /** All queries that they are for, and those that read the object. */
  readonly queries: Set<Q>
  waitsFor: WaitsFor
  /** Whether the object is gone if the read does not show it. */
  readonly mayBeGone: boolean
}

export class HeldEvents<Q> {
  private readonly byDn = new Map<string, Held<Q>>()
  private count = 0

  /**
   * @param most events that may wait
   * @param overflowed too many events waited for an object of these queries: they are dropped
   */
  constructor(
    private readonly most: number,
    private readonly overflowed: (queries: ReadonlySet<Q>) => void
  ) {}

  get size(): number {
    return this.byDn.size
  }

  has(dn: string): boolean {
    return this.byDn.has(dn)
  }

  get(dn: string): Held<Q> | undefined {
    return this.byDn.get(dn)
  }

  /** DNs of the objects that need a lookup of their own. */
  get lookups(): string[] {
    return [...this.byDn].filter(([, { waitsFor }]) => waitsFor === 'lookup').map(([dn]) => dn)
  }

  /** The event waits for these readings; without any, for a lookup. Further events of its object wait with it. */
  hold(arrival: Arrival<Q>, windows: readonly Window[] = [], mayBeGone = false): void {
    if (this.count >= this.most) {
      this.overflowed(new Set(arrival.queries))
      return
    }
    const waitsFor: WaitsFor = windows.length === 0 ? 'lookup' : new Set(windows)
    const { event, queries } = arrival
    this.byDn.set(event.dn, { arrivals: [arrival], queries: new Set(queries), waitsFor, mayBeGone })
    this.count += 1
  }

  /** Lets the event wait where others of its object do. @returns whether it waits */
  join(arrival: Arrival<Q>): boolean {
    // Mostly nothing waits.
    const held = this.byDn.size === 0 ? undefined : this.byDn.get(arrival.event.dn)
    if (held === undefined) return false
    for (const query of arrival.queries) held.queries.add(query)
    if (this.count >= this.most) {
      this.count -= held.arrivals.length
      held.arrivals = []
      this.overflowed(held.queries)
      return true
    }
    held.arrivals.push(arrival)
    this.count += 1
    return true
  }

  /** The event waits already, for other queries: it waits for these as well. @returns whether anything of its object waits */
  widen({ event, queries }: Arrival<Q>): boolean {
    const held = this.byDn.get(event.dn)
    if (held === undefined) return false
    for (const query of queries) held.queries.add(query)
    const text = JSON.stringify(event.attributes)
    held.arrivals = held.arrivals.map((arrival) => {
      const isSame = arrival.event.status === event.status && JSON.stringify(arrival.event.attributes) === text
      return isSame ? { ...arrival, queries: [...new Set([...arrival.queries, ...queries])] } : arrival
    })
    return true
  }

  /** The object is about to be read: its events wait from now on. */
  claim(dn: string, query: Q): void {
    const held = this.byDn.get(dn)
    held?.queries.add(query)
    if (held === undefined) {
      this.byDn.set(dn, { arrivals: [], queries: new Set([query]), waitsFor: 'claimed', mayBeGone: false })
    } else {
      held.waitsFor = 'claimed'
    }
  }

  /** Who was about to read the object does not: its events wait for a lookup. @returns whether there are any */
  unclaim(dn: string): boolean {
    const held = this.byDn.get(dn)
    if (held === undefined) return false
    if (held.arrivals.length === 0) this.byDn.delete(dn)
    else held.waitsFor = 'lookup'
    return held.arrivals.length > 0
  }

  /** What waited for the object, and waits no more; undefined where nothing did. */
  take(dn: string): Held<Q> | undefined {
    const held = this.byDn.get(dn)
    if (held === undefined) return undefined
    this.byDn.delete(dn)
    this.count -= held.arrivals.length
    return held
  }

  /** DNs of the objects whose events wait for this reading. */
  waitingFor(window: Window): string[] {
    const dns: string[] = []
    for (const [dn, { waitsFor }] of this.byDn) {
      if (typeof waitsFor !== 'string' && waitsFor.has(window)) dns.push(dn)
    }
    return dns
  }

  /** This reading does not show the object: its events wait for the others, or for a lookup where there are none. */
  passOver(dn: string, window: Window): void {
    const held = this.byDn.get(dn)
    if (held === undefined || typeof held.waitsFor === 'string') return
    held.waitsFor.delete(window)
    if (held.waitsFor.size === 0) held.waitsFor = 'lookup'
  }

  clear(): void {
    this.byDn.clear()
    this.count = 0
  }
}
