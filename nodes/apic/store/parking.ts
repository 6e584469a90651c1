// Keeps what a fabric knew while its configuration node is made anew: a full deploy closes everything before it starts
// everything again, and cannot be told from a shutdown.

import type { Change } from './change'
import type { Mirror } from './mirror'
import type { Story } from './story'

/** The objects of one query as they had been told. */
export interface ParkedMirror {
  readonly mirror: Mirror
  /** Until when everything was known to be in order, epoch ms. */
  readonly trustedAt: number
  /** Identity of the fabric they are of; empty when it is not known. */
  readonly site: string
}

/** What a watch has told, and what it knew but could tell nobody. */
export interface ParkedWatch {
  /** Of the queries of which it has told. */
  readonly paths: ReadonlySet<string>
  readonly story: Story
  readonly untold: readonly Change[]
}

export interface Parked {
  /** By what the fabric calls the subscription. */
  readonly mirrors: ReadonlyMap<string, ParkedMirror>
  /** By what the watch is called. */
  readonly watches: ReadonlyMap<string, ParkedWatch>
  /** When the APIC's clock was set back last: its time and ours, epoch ms. */
  readonly setBack: SetBack | undefined
}

export interface SetBack {
  readonly time: number
  readonly at: number
}

/** A deploy takes seconds; what is older than this, ms, belongs to something else. */
const PARKING_TIME = 60_000

/** One instance serves the whole process. */
export class Parking {
  private readonly lots = new Map<string, { parked: Parked; timer: NodeJS.Timeout }>()

  constructor(private readonly timeMs = PARKING_TIME) {}

  put(key: string, parked: Parked): void {
    this.take(key)
    const timer = setTimeout(() => this.lots.delete(key), this.timeMs)
    // A process that has nothing else to do may end.
    timer.unref()
    this.lots.set(key, { parked, timer })
  }

  /** Gives it to whoever comes first. */
  take(key: string): Parked | undefined {
    const lot = this.lots.get(key)
    clearTimeout(lot?.timer)
    this.lots.delete(key)
    return lot?.parked
  }
}
