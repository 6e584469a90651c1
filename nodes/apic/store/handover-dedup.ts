// While one connection takes over from another, both deliver each event: whichever comes first counts.

import type { WireEvent } from '../protocol/wire'

/** What was delivered of one object since both serve. */
interface Delivered {
  readonly prints: string[]
  /** By connection: so many of them it has delivered as well, or passed. */
  readonly places: Map<object, number>
}

/** Both connections. */
const BOTH = 2

export class HandoverDedup {
  private readonly byDn = new Map<string, Delivered>()
  private count = 0

  /** @param most events that are noted; beyond them repeats are not recognized any more */
  constructor(private readonly most: number) {}

  get isFull(): boolean {
    return this.count >= this.most
  }

  /**
   * Whether the event was delivered by the other connection; each time only once. Both give the events of an object in the
   * same order.
   */
  isRepeat(event: WireEvent, connection: object): boolean {
    const print = printOf(event)
    let delivered = this.byDn.get(event.dn)
    if (delivered === undefined) {
      delivered = { prints: [], places: new Map() }
      this.byDn.set(event.dn, delivered)
    }
    const { prints, places } = delivered
    const place = prints.indexOf(print, places.get(connection) ?? 0)
    if (place !== -1) {
      places.set(connection, place + 1)
      this.forgetPassed(event.dn, delivered)
      return true
    }
    if (!this.isFull) {
      prints.push(print)
      this.count += 1
    }
    places.set(connection, prints.length)
    return false
  }

  /** What both have delivered, or passed, comes from neither any more. */
  private forgetPassed(dn: string, { prints, places }: Delivered): void {
    if (places.size < BOTH || Math.min(...places.values()) < prints.length) return
    this.byDn.delete(dn)
    this.count -= prints.length
  }
}

function printOf({ class: name, status, attributes }: WireEvent): string {
  return `${name} ${status} ${JSON.stringify(attributes)}`
}
