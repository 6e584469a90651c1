// Which subscription an event belongs to. Ids live as long as their connection, and so does this table.

import type { Frame, WireEvent } from '../protocol/wire'

/** Who an id's events are for. */
export interface Receiver {
  event(event: WireEvent): void
  /** Events were lost on their way here; those that follow are whole again. */
  missed(): void
}

/** Events of ids nobody knows yet that are kept while a subscribe reply is on its way. */
const MAX_ORPHANS = 10_000
/** Ids of which some could not be kept. */
const MAX_LOSERS = 10_000
/** Ids that were given up and are remembered as such. */
const MAX_RELEASED = 10_000

/**
 * The reply to a subscribe comes by HTTPS and its events by the socket, so neither waits for the other: while a
 * subscribe is under way, frames of unknown ids are kept and handed over when the reply names their id. At other times
 * an unknown id is nobody's any more, and its events are dropped. An APIC cannot unsubscribe: ids that were given up go
 * on speaking, so they are remembered, else they would take the places of events that somebody waits for.
 *
 * When there are too many orphans, those that follow are dropped, and the receiver is told that it got the first ones
 * only.
 */
export class Routes {
  private readonly receivers = new Map<string, Receiver>()
  private orphans: { id: string; event: WireEvent }[] = []
  private readonly released = new Set<string>()
  /** Ids that have lost events while nobody knew them. */
  private readonly losers = new Set<string>()
  private pending = 0
  /** Orphans that had to be dropped because there were too many. */
  overflowed = 0
  /** How many of them have been told. */
  private told = 0

  /**
   * @param failed told when a receiver throws: its failure is nobody else's
   * @param dropped told, when no reply is awaited any more, how many orphans had to be dropped since the last time
   */
  constructor(
    private readonly failed: (thrown: unknown) => void,
    private readonly dropped: (count: number) => void = () => undefined
  ) {}

  /** Hands each event of the frame to each subscription it names, in the order of the frame. */
  dispatch(frame: Frame): void {
    for (const event of frame.events) {
      for (const id of frame.ids) {
        const receiver = this.receivers.get(id)
        if (receiver !== undefined) this.deliver(receiver, event)
        else if (this.pending > 0 && !this.released.has(id)) this.keep(id, event)
      }
    }
  }

  /** A subscribe was sent: its events may overtake its reply. */
  expect(): void {
    this.pending += 1
  }

  /** The reply came, with an id (whose events so far are handed over at once) or without. */
  settle(id?: string, receiver?: Receiver): void {
    this.pending -= 1
    if (id !== undefined && receiver !== undefined) {
      this.receivers.set(id, receiver)
      this.released.delete(id)
      const kept = this.orphans
      this.orphans = kept.filter((orphan) => orphan.id !== id)
      for (const orphan of kept) if (orphan.id === id) this.deliver(receiver, orphan.event)
      if (this.losers.delete(id)) receiver.missed()
    }
    if (this.pending > 0) return
    this.orphans = []
    this.losers.clear()
    if (this.overflowed > this.told) this.dropped(this.overflowed - this.told)
    this.told = this.overflowed
  }

  /** An id that was given up, or died: nobody waits for its events any more. */
  forget(id: string): void {
    this.receivers.delete(id)
    this.released.add(id)
    if (this.released.size <= MAX_RELEASED) return
    // The one that was given up longest ago: the APIC is the soonest to have let it lapse.
    for (const oldest of this.released) {
      this.released.delete(oldest)
      return
    }
  }

  clear(): void {
    this.receivers.clear()
    this.released.clear()
    this.orphans = []
    this.losers.clear()
  }

  /**
   * Part of a frame could not be read.
   * @param ids of the subscriptions that it named; without them it may have been for any
   */
  miss(ids?: readonly string[]): void {
    for (const [id, receiver] of this.receivers) if (ids?.includes(id) ?? true) receiver.missed()
  }

  private keep(id: string, event: WireEvent): void {
    if (this.orphans.length < MAX_ORPHANS && !this.losers.has(id)) {
      this.orphans.push({ id, event })
      return
    }
    this.overflowed += 1
    if (this.losers.size < MAX_LOSERS) this.losers.add(id)
  }

  private deliver(receiver: Receiver, event: WireEvent): void {
    try {
      receiver.event(event)
    } catch (thrown) {
      this.failed(thrown)
      receiver.missed()
    }
  }
}
