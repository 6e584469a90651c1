// Records the outages of a connection, and the changes recovered after each, for log and health.

import type { Recovered, Tally } from '../sync/tally'

/** A stretch of time without a connection, epoch ms. */
export interface Span {
  readonly from: number
  /** Undefined while it lasts. */
  readonly to: number | undefined
}

/** An outage that is over: connected again, and everything that can be compared has been. */
export interface Outage {
  /** Time of the last sign of life, epoch ms. */
  readonly from: number
  /** Time at which the last subscription was compared, epoch ms. */
  readonly to: number
  readonly recovered: Recovered
  /** It came before the first connection. */
  readonly isFirst: boolean
  /** Subscriptions whose objects were compared. */
  readonly compared: number
  /** Subscriptions that may have missed something: pure streams, and those whose objects cannot be read. */
  readonly uncompared: number
}

export class Outages {
  /** Number of outages, including the current one. */
  count = 0
  private lasting: { readonly from: number; readonly before: Recovered } | undefined
  private past: Span | undefined

  /** @param total the changes that all subscriptions have recovered so far */
  constructor(private readonly total: Tally) {}

  get isLasting(): boolean {
    return this.lasting !== undefined
  }

  /** The current outage, else the last one. */
  get last(): Span | undefined {
    return this.lasting === undefined ? this.past : { from: this.lasting.from, to: undefined }
  }

  /** Begins an outage, unless one lasts. */
  begin(from: number): void {
    if (this.lasting !== undefined) return
    this.count += 1
    this.lasting = { from, before: this.total.counts }
  }

  /** @returns the outage that ends; undefined when there was none */
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
