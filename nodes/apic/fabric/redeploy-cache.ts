// Keeps what a fabric knew while its configuration node is made anew: a full deploy closes everything before it starts
// everything again, and looks like a shutdown.

import type { StoreSync } from '../sync/store-sync'
import type { SyncedQuery } from '../sync/synced-query'
import type { SavedWatch } from '../watch/watch'

/** What one fabric knew. */
export interface SavedFabric {
  readonly sync: StoreSync
  /** By what the fabric calls the query. */
  readonly queries: ReadonlyMap<string, SyncedQuery>
  /** By what the watch is called. */
  readonly watches: ReadonlyMap<string, SavedWatch>
}

/** A deploy takes seconds; what is older than this, ms, belongs to something else. */
const KEPT = 60_000

/** One instance serves the whole process. */
export class RedeployCache {
  private readonly entries = new Map<string, { readonly saved: SavedFabric; readonly timer: NodeJS.Timeout }>()

  constructor(private readonly timeMs = KEPT) {}

  save(key: string, saved: SavedFabric): void {
    this.restore(key)
    const timer = setTimeout(() => this.entries.delete(key), this.timeMs)
    // A process that has nothing else to do may end.
    timer.unref()
    this.entries.set(key, { saved, timer })
  }

  /** Gives it to the first fabric that asks. */
  restore(key: string): SavedFabric | undefined {
    const entry = this.entries.get(key)
    clearTimeout(entry?.timer)
    this.entries.delete(key)
    return entry?.saved
  }
}
