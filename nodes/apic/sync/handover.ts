// A handover from one connection to the next, while both deliver the same events: recognizes repeats, and keeps what is ahead.

import { HandoverDedup } from '../store/handover-dedup'
import type { Arrival } from '../store/held-events'
import type { ResultQuery } from './step'

export class Handover {
  private dedup: HandoverDedup | undefined
  /** Events by the connection that takes over, for queries that the one before still serves: that may yet bring older ones. */
  private ahead: Arrival<ResultQuery>[] = []

  /** @param most events of it that can be distinguished from repeats */
  constructor(private readonly most: number) {}

  get isUnderWay(): boolean {
    return this.dedup !== undefined
  }

  /** Whether so much came while both serve that repeats are not recognized any more. */
  get isOverflowed(): boolean {
    return this.dedup?.isFull === true || this.ahead.length >= this.most
  }

  begin(): void {
    this.dedup = new HandoverDedup(this.most)
  }

  end(): void {
    this.dedup = undefined
    this.ahead = []
  }

  /** Whether the event came by the other connection already. */
  isRepeat({ event }: Arrival<ResultQuery>, connection: object): boolean {
    return this.dedup?.isRepeat(event, connection) === true
  }

  /** An event by the connection that takes over, of which no query is served by that one yet. */
  keep(arrival: Arrival<ResultQuery>): void {
    this.ahead.push(arrival)
  }

  /** The query is served by the connection that takes over. @returns what was kept for it */
  take(query: ResultQuery): readonly Arrival<ResultQuery>[] {
    const isDue = ({ queries }: Arrival<ResultQuery>): boolean => queries.includes(query)
    const due = this.ahead.filter(isDue)
    if (due.length > 0) this.ahead = this.ahead.filter((arrival) => !isDue(arrival))
    return due
  }
}
