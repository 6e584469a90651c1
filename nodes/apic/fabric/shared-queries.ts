// The queries of a fabric: those that are equal are one, shared by all watches that want it. One outlives its last watch for
// a while, since a redeploy closes nodes before it starts them anew.

import { pathOf, type Query } from '../protocol/query'
import type { StoredObject } from '../store/object-store'
import type { QueryListener, ResultQuery } from '../sync/step'
import type { StoreSync } from '../sync/store-sync'
import type { MirrorMode, SyncedQuery } from '../sync/synced-query'
import type { Tally } from '../sync/tally'
import type { QueryPool, SavedWatch } from '../watch/watch'
import type { SavedFabric } from './redeploy-cache'

interface SharedQuery {
  readonly query: SyncedQuery
  linger: NodeJS.Timeout | undefined
}

/** What becomes of a query. */
export interface SharedQueryListener {
  /** It is to be brought onto the connection. */
  added(query: SyncedQuery): void
  /** No watch wants it any more. */
  removed(query: SyncedQuery): void
}

export class SharedQueries implements QueryPool {
  private readonly shared = new Map<string, SharedQuery>()
  private isClosed = false

  /**
   * @param saved what was known before the configuration node was made anew
   * @param recovered counts what all queries find by comparing
   * @param lingerMs how long a query outlives its last watch
   */
  constructor(
    private readonly sync: StoreSync,
    private saved: SavedFabric | undefined,
    private readonly recovered: Tally,
    private readonly lingerMs: number,
    private readonly listener: SharedQueryListener
  ) {}

  get size(): number {
    return this.shared.size
  }

  get all(): SyncedQuery[] {
    return [...this.shared.values()].map(({ query }) => query)
  }

  get stepNumber(): number {
    return this.sync.stepNumber
  }

  get site(): string {
    return this.sync.site
  }

  acquire(query: Query, mirror: MirrorMode, listener: QueryListener): SyncedQuery {
    const key = keyOf(mirror, pathOf(query))
    let shared = this.shared.get(key)
    if (shared === undefined) {
      shared = {
        query: this.saved?.queries.get(key) ?? this.sync.add(query, mirror, this.recovered),
        linger: undefined
      }
      this.shared.set(key, shared)
      this.listener.added(shared.query)
    }
    clearTimeout(shared.linger)
    shared.query.listeners.add(listener)
    return shared.query
  }

  release(query: SyncedQuery, listener: QueryListener): void {
    query.listeners.delete(listener)
    // One that is on no connection, and keeps in sight what others had.
    if (query.isRetention) {
      query.end()
      return
    }
    const key = keyOf(query.mode, query.path)
    const shared = this.shared.get(key)
    if (shared?.query !== query || query.listeners.size > 0 || this.isClosed) return
    clearTimeout(shared.linger)
    shared.linger = setTimeout(() => {
      this.shared.delete(key)
      this.listener.removed(query)
      this.sync.delete(query)
    }, this.lingerMs)
  }

  find(path: string): SyncedQuery | undefined {
    const key = keyOf('full', path)
    return this.shared.get(key)?.query ?? this.saved?.queries.get(key)
  }

  retention(listener: QueryListener): SyncedQuery {
    return this.sync.retention(listener)
  }

  retain(object: StoredObject<ResultQuery>, retention: SyncedQuery): void {
    this.sync.retain(object, retention)
  }

  letGo(object: StoredObject<ResultQuery>, retention: SyncedQuery): void {
    this.sync.letGo(object, retention)
  }

  /** What the watch of that name had before the deploy. */
  savedWatch(name: string): SavedWatch | undefined {
    return this.saved?.watches.get(name)
  }

  /** What was known before the deploy and no watch has asked for is of no more use. */
  forgetSaved(): void {
    for (const [key, query] of this.saved?.queries ?? []) if (!this.shared.has(key)) this.sync.delete(query)
    for (const { retained } of this.saved?.watches.values() ?? []) if (retained?.listeners.size === 0) retained.end()
    this.saved = undefined
  }

  /** Nothing lingers from now on. */
  close(): void {
    this.isClosed = true
    for (const { linger } of this.shared.values()) clearTimeout(linger)
  }

  /** What is known, for the next fabric. @param watches by their names */
  save(watches: ReadonlyMap<string, SavedWatch>): SavedFabric {
    this.sync.save()
    const queries = new Map<string, SyncedQuery>()
    for (const [key, { query }] of this.shared) if (query.mode === 'full') queries.set(key, query)
    return { sync: this.sync, queries, watches }
  }
}

/** What a shared query is called. */
function keyOf(mirror: MirrorMode, path: string): string {
  return `${mirror} ${path}`
}
