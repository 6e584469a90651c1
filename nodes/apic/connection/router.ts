// Routes socket events to subscriptions by id. Ids live as long as their connection, and so does this table.

import type { Frame, WireEvent } from '../protocol/wire'

/** Gets the events of one id. */
export interface Receiver {
  /** Events were lost on their way here; those that follow are whole again. */
  missed(): void
}

/**
 * Gets each event once, with all whom its frame names.
 * @param wasDelivered to others whose frame it was, before the reply came that names this one
 * @param isShared others may get it as well, later: it has to stay as it is
 */
export type Deliver = (
  event: WireEvent,
  receivers: readonly Receiver[],
  wasDelivered: boolean,
  isShared: boolean
) => void

/** An event as it came, for all of its ids. */
interface Arrival {
  readonly event: WireEvent
  wasDelivered: boolean
}

/** One of its ids that nobody knew. */
interface Orphan {
  readonly id: string
  readonly arrival: Arrival
}

/** Events of ids nobody knows yet that are kept while a subscribe reply is on its way. */
const MAX_ORPHANS = 10_000
/** Ids some of whose orphans were dropped. */
const MAX_INCOMPLETE = 10_000
/** Released ids that are remembered. */
const MAX_RELEASED = 10_000

/**
 * The reply to a subscribe comes by HTTPS and its events by the socket, so neither waits for the other: while a
 * subscribe is under way, frames of unknown ids are kept and handed over when the reply names their id. At other times
 * an unknown id has no receiver any more, and its events are dropped. An APIC cannot unsubscribe: it goes on sending
 * events of released ids, so these are remembered, else they would fill the buffer for orphans.
 *
 * When the buffer is full, later orphans are dropped, and `missed` tells the receiver that it got the first ones only.
 */
export class SubscriptionRouter {
  private readonly receivers = new Map<string, Receiver>()
  private orphans: Orphan[] = []
  private readonly released = new Set<string>()
  /** Ids that lost events before their reply came. */
  private readonly incomplete = new Set<string>()
  private pending = 0
  /** Orphans dropped because the buffer was full. */
  overflowed = 0
  /** How many of them have been reported. */
  private reported = 0

  /**
   * @param deliver gets the events
   * @param failed called when that throws
   * @param dropped called when no reply is awaited any more, with the number of orphans dropped since the last call
   */
  constructor(
    private readonly deliver: Deliver,
    private readonly failed: (thrown: unknown) => void,
    private readonly dropped: (count: number) => void = () => undefined
  ) {}

  /** Hands on each event of the frame, in its order, with all subscriptions it names. */
  dispatch(frame: Frame): void {
    const receivers: Receiver[] = []
    const unknown: string[] = []
    for (const id of frame.ids) {
      const receiver = this.receivers.get(id)
      if (receiver !== undefined) receivers.push(receiver)
      else if (this.pending > 0 && !this.released.has(id)) unknown.push(id)
    }
    for (const event of frame.events) {
      const arrival: Arrival = { event, wasDelivered: false }
      if (receivers.length > 0) this.handOn(arrival, receivers, unknown.length > 0)
      for (const id of unknown) this.keep({ id, arrival })
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
      for (const orphan of kept) if (orphan.id === id) this.handOn(orphan.arrival, [receiver], true)
      if (this.incomplete.delete(id)) receiver.missed()
    }
    if (this.pending > 0) return
    this.orphans = []
    this.incomplete.clear()
    if (this.overflowed > this.reported) this.dropped(this.overflowed - this.reported)
    this.reported = this.overflowed
  }

  /** Releases an id: from now on its events are dropped. */
  forget(id: string): void {
    this.receivers.delete(id)
    this.released.add(id)
    if (this.released.size <= MAX_RELEASED) return
    // The oldest one: most likely the APIC has let it lapse.
    for (const oldest of this.released) {
      this.released.delete(oldest)
      return
    }
  }

  clear(): void {
    this.receivers.clear()
    this.released.clear()
    this.orphans = []
    this.incomplete.clear()
  }

  /**
   * Part of a frame could not be read.
   * @param ids of the subscriptions that it named; without them it may have been for any
   */
  miss(ids?: readonly string[]): void {
    for (const [id, receiver] of this.receivers) if (ids?.includes(id) ?? true) receiver.missed()
  }

  private keep(orphan: Orphan): void {
    const { id } = orphan
    if (this.orphans.length < MAX_ORPHANS && !this.incomplete.has(id)) {
      this.orphans.push(orphan)
      return
    }
    this.overflowed += 1
    if (this.incomplete.size < MAX_INCOMPLETE) this.incomplete.add(id)
  }

  private handOn(arrival: Arrival, receivers: readonly Receiver[], isShared: boolean): void {
    const { event, wasDelivered } = arrival
    arrival.wasDelivered = true
    try {
      this.deliver(event, receivers, wasDelivered, isShared)
    } catch (thrown) {
      this.failed(thrown)
      for (const receiver of receivers) receiver.missed()
    }
  }
}
