// Objects that only queries had that have left the watch, where others of it are sure to match them: they stay in sight until
// these have been read, for they have to find their ends.

import type { StoredObject } from '../store/object-store'
import type { QueryListener, ResultQuery } from '../sync/step'
import type { SyncedQuery } from '../sync/synced-query'
import type { SureQueries } from './sure-queries'

/** Keeps objects in sight of a listener although the query that had them leaves. */
export interface RetentionPool {
  retention(listener: QueryListener): SyncedQuery
  retain(object: StoredObject<ResultQuery>, retention: SyncedQuery): void
  letGo(object: StoredObject<ResultQuery>, retention: SyncedQuery): void
  release(query: SyncedQuery, listener: QueryListener): void
}

/** Those of the watch that stay. */
export interface Staying {
  readonly sureQueries: SureQueries
  /** Those whose objects the node knows. */
  readonly visible: ReadonlySet<ResultQuery>
}

export class Retention {
  private query: SyncedQuery | undefined
  private isAtWork = false

  constructor(
    private readonly pool: RetentionPool,
    private readonly listener: QueryListener
  ) {}

  /** Objects are handed on at this moment: nothing has happened to them. */
  get isHandingOn(): boolean {
    return this.isAtWork
  }

  get objects(): Iterable<StoredObject<ResultQuery>> {
    return this.query?.objects ?? []
  }

  get isEmpty(): boolean {
    return this.query === undefined
  }

  /** Whether an object in these results is retained. */
  isAmong(queries: ReadonlySet<ResultQuery>): boolean {
    return this.query !== undefined && queries.has(this.query)
  }

  /** Retains of what these had that leave; calls back with the path of the query that has to read the object. */
  add(
    leaving: readonly SyncedQuery[],
    { sureQueries, visible }: Staying,
    read: (dn: string, path: string) => void
  ): void {
    if (sureQueries.isEmpty) return
    this.isAtWork = true
    for (const from of leaving) {
      for (const object of from.mode === 'off' ? [] : [...from.objects]) {
        if (isAnyOf(visible, object)) continue
        const sure = sureQueries.of(object)
        if (sure.length === 0) continue
        this.query ??= this.pool.retention(this.listener)
        this.pool.retain(object, this.query)
        for (const path of sure) read(object.dn, path)
      }
    }
    this.isAtWork = false
  }

  /**
   * Lets go of what is found by now, or no query is sure to match any more.
   * @param looked called with each object, whether it was let go or not
   */
  letGo({ sureQueries, visible }: Staying, looked: (object: StoredObject<ResultQuery>) => void): void {
    const { query } = this
    if (query === undefined) return
    this.isAtWork = true
    for (const object of [...query.objects]) {
      if (isAnyOf(visible, object) || sureQueries.of(object).length === 0) this.pool.letGo(object, query)
      looked(object)
    }
    this.isAtWork = false
    if (query.known === 0) this.close()
  }

  /** For the next watch of the same name. */
  save(): SyncedQuery | undefined {
    this.query?.listeners.delete(this.listener)
    return this.query
  }

  restore(query: SyncedQuery | undefined): void {
    this.query = query
    query?.listeners.add(this.listener)
  }

  close(): void {
    const { query } = this
    this.query = undefined
    if (query !== undefined) this.pool.release(query, this.listener)
  }
}

function isAnyOf(queries: ReadonlySet<ResultQuery>, { members }: StoredObject<ResultQuery>): boolean {
  for (const query of members.queries) if (queries.has(query)) return true
  return false
}
