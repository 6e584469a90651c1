// Events that wait for a read of their object, because only that tells what they mean. Those of other objects pass.

import type { WireEvent } from '../protocol/wire'

/** What waits for one object. */
interface Waiting {
  /** In the order in which they came; none where the object itself is in doubt. */
  events: WireEvent[]
  /** Whether the object is gone if the read does not show it. */
  readonly mayBeGone: boolean
  /** Whether somebody reads it already. */
  readonly isClaimed: boolean
}

export type PendingEvents = Readonly<Pick<Waiting, 'events' | 'mayBeGone'>>

export class Pending {
  private readonly byDn = new Map<string, Waiting>()
  private count = 0

  /**
   * @param most events that may wait
   * @param overflowed there were too many of them: some are missing
   */
  constructor(
    private readonly most: number,
    private readonly overflowed: () => void
  ) {}

  /** DNs of the objects that nobody reads yet. */
  get dns(): string[] {
    return [...this.byDn].filter(([, { isClaimed }]) => !isClaimed).map(([dn]) => dn)
  }

  /** An event that only a read of its object can explain: it waits, and with it those that follow. */
  open(event: WireEvent, mayBeGone: boolean): void {
    this.byDn.set(event.dn, { events: [event], mayBeGone, isClaimed: false })
    this.count += 1
  }

  /** An object that is about to be read: its events wait from now on. */
  claim(dn: string): void {
    const { events = [] } = this.byDn.get(dn) ?? {}
    this.byDn.set(dn, { events, mayBeGone: false, isClaimed: true })
  }

  /** Keeps the event where its object is being read. @returns whether it waits */
  keep(event: WireEvent): boolean {
    const waiting = this.byDn.get(event.dn)
    if (waiting === undefined) return false
    if (this.count >= this.most) {
      this.count -= waiting.events.length
      waiting.events = []
      this.overflowed()
      return true
    }
    waiting.events.push(event)
    this.count += 1
    return true
  }

  /** What waited for the object, and waits no more; undefined where nothing did. */
  take(dn: string): PendingEvents | undefined {
    const waiting = this.byDn.get(dn)
    if (waiting === undefined) return undefined
    this.byDn.delete(dn)
    this.count -= waiting.events.length
    return waiting
  }

  /** All that waits for objects that nobody reads, in no order but that of each object; it waits no more. */
  takeUnclaimed(): WireEvent[] {
    return this.dns.flatMap((dn) => this.take(dn)?.events ?? [])
  }
}
