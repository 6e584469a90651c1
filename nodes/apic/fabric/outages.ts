// Outages of a connection, and how much was found to have changed meanwhile: for the log and for whoever asks.

import type { Recovered, Tally } from '../sync/tally'

/** A stretch of time without a connection, epoch ms. */
export interface Span {
  readonly from: number
  /** Undefined while it lasts. */
  readonly to: number | undefined
}

/** An outage that is over: connected again, and everything that can be compared has been. */
export interface Outage {
  /** When the last sign of life came, epoch ms. */
  readonly from: number
  /** When the last subscription had been compared, epoch ms. */
  readonly to: number
  readonly recovered: Recovered
  /** There had been no connection before. */
  readonly isFirst: boolean
  /** Subscriptions whose objects are known now as they are. */
  readonly compared: number
  /** Subscriptions that may have missed something: pure streams, and those whose objects cannot be read. */
  readonly uncompared: number
}

export class Outages {
  /** Of all outages, the one that lasts included. */
  count = 0
  private lasting: { readonly from: number; readonly before: Recovered } | undefined
  private past: Span | undefined

  /** @param total what has been recovered by all subscriptions so far */
  constructor(private readonly total: Tally) {}

  get isLasting(): boolean {
    return this.lasting !== undefined
  }

  /** The one that lasts, else the last one that is over. */
  get last(): Span | undefined {
    return this.lasting === undefined ? this.past : { from: this.lasting.from, to: undefined }
  }

  /** One that lasts already goes on. */
  begin(from: number): void {
    if (this.lasting !== undefined) return
    this.count += 1
    this.lasting = { from, before: this.total.counts }
  }

  /** @returns the outage that is over now; undefined when there was none */
  end(to: number): Pick<Outage, 'from' | 'to' | 'recovered'> | undefined {
    if (this.lasting === undefined) return undefined
    const { from, before } = this.lasting
    this.lasting = undefined
    this.past = { from, to }
    const { created, modified, deleted } = this.total
    const recovered = {
      created: created - before.created,
      modified: modified - before.modified,
      deleted: deleted - before.deleted
    }
    return { from, to, recovered }
  }
}
