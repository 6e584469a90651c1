// Warnings about a peer that sends what cannot be used, limited to as many as somebody would read.

import { AciError } from '../common/errors'

/** Between two lines of one kind, ms. */
const PERIOD = 60_000

export class Notices {
  private lastUnreadable = 0
  private lastDropped = 0
  /** Events dropped that have not been reported yet. */
  private droppedEvents = 0
  private readonly oddities = new Set<string>()

  constructor(private readonly report: (error: AciError) => void) {}

  unreadable(error: AciError): void {
    const now = Date.now()
    if (now - this.lastUnreadable < PERIOD) return
    this.lastUnreadable = now
    this.report(error)
  }

  /** Events came before the answers to their subscriptions, and were dropped. They are counted on while nothing is said. */
  dropped(count: number): void {
    this.droppedEvents += count
    const now = Date.now()
    if (now - this.lastDropped < PERIOD) return
    this.lastDropped = now
    const events = `${this.droppedEvents} events came before the answers to their subscriptions`
    this.droppedEvents = 0
    this.report(new AciError('ACI_PROTOCOL', `${events} and had to be dropped`))
  }

  /** What a controller says of itself and cannot be, each once. */
  odd(controller: string, oddities: readonly string[]): void {
    for (const oddity of oddities) {
      const text = `${controller}: ${oddity}`
      if (this.oddities.has(text)) continue
      this.oddities.add(text)
      this.report(new AciError('ACI_PROTOCOL', text))
    }
  }
}
