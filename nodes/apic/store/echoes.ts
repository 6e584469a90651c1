// What one connection has delivered while the next one is being prepared, so that the next one does not repeat it.

import type { WireEvent } from '../protocol/wire'

export class Echoes {
  private readonly byDn = new Map<string, string[]>()
  private count = 0

  /** @param most events that are noted; beyond them nothing can be told apart any more */
  constructor(private readonly most: number) {}

  get isFull(): boolean {
    return this.count >= this.most
  }

  /** An event that was delivered. */
  note(event: WireEvent): void {
    if (this.isFull) return
    this.count += 1
    const noted = this.byDn.get(event.dn)
    if (noted === undefined) this.byDn.set(event.dn, [printOf(event)])
    else noted.push(printOf(event))
  }

  /** Whether an event of that object was delivered. */
  has(dn: string): boolean {
    return this.byDn.has(dn)
  }

  /** Those of the events that were not delivered yet. */
  without(events: readonly WireEvent[]): WireEvent[] {
    return events.filter((event) => !this.take(event))
  }

  /** Whether the event was delivered; each time only once. Per object both connections give them in the same order. */
  take(event: WireEvent): boolean {
    const noted = this.byDn.get(event.dn)
    const place = noted?.indexOf(printOf(event)) ?? -1
    if (noted === undefined || place === -1) return false
    noted.splice(0, place + 1)
    return true
  }
}

function printOf({ class: name, status, attributes }: WireEvent): string {
  return `${name} ${status} ${JSON.stringify(attributes)}`
}
