// The types between the store and those who listen: a step (one change of one object, or of the results that it is in), the
// listener, and a query as both see it.

import type { AttributeChanges, Change, Gap, Origin } from '../store/change'
import type { StoredObject } from '../store/object-store'
import type { HiddenObjects } from './hidden-objects'
import type { Lookup } from './lookup'
import type { AciError } from '../common/errors'
import type { Query } from '../protocol/query'
import type { Imdata, WireEvent } from '../protocol/wire'
import type { ResultOwner } from '../store/membership'

/** How a step became known. */
export interface Circumstances {
  readonly origin: Origin
  /** Epoch ms. */
  readonly receivedAt: number
  /** The APIC's own time of the change. */
  readonly modTs?: string | undefined
  readonly raw?: Imdata | undefined
  readonly gap?: Gap | undefined
  readonly uncertain?: true | undefined
  /** It was looked up because of a modification: it may have existed before. */
  readonly isLookedUp?: true | undefined
}

export interface Step {
  /** Borrowed: it goes on changing. */
  readonly object: StoredObject<ResultQuery>
  /** `membership`: nothing but the results that it is in are others. */
  readonly event: 'created' | 'modified' | 'deleted' | 'membership'
  /** Of a modification. */
  readonly changes: AttributeChanges | undefined
  /** The queries in whose results it was, and those in whose results it is. */
  readonly before: ReadonlySet<ResultQuery>
  readonly after: ReadonlySet<ResultQuery>
  /** The query by which it was seen. */
  readonly by: ResultQuery
  /** It was found by the first reading of that query: there is nothing yet with which it could be compared. */
  readonly isFirst: boolean
  /** It exists, and is in a result no more. */
  readonly isLeft: boolean
  /** It was hidden from the listeners of the query by which that was seen; `object` is as they know it. */
  readonly isHidden: boolean
  /** Place among all steps of the store. */
  readonly number: number
  readonly circumstances: Circumstances
  /** One listener sees it, and nobody comes back to it: `changes`, and `raw` of its circumstances, are that listener's own. */
  readonly isGiven: boolean
  /** What was made of it last: most listeners see the same. */
  change: Change | undefined
}

/** Sees the steps of all objects in the results of its queries, each step once. */
export interface StepListener {
  step(step: Step): void
}

/** The circumstances of what was pushed just now. */
export function live(event: WireEvent, uncertain?: true): Circumstances {
  return { origin: 'live', receivedAt: Date.now(), modTs: event.attributes['modTs'], raw: event.raw, uncertain }
}

/** One node's interest in a query. */
export interface QueryListener extends StepListener {
  /** An event of a query that keeps nothing. @param isGiven nobody else gets it: `raw` is the listener's own */
  streamed(event: WireEvent, query: ResultQuery, isGiven: boolean): void
  /** The state, or whether the first reading is done, is another one now. */
  stateChanged(query: ResultQuery): void
  /** What was not trusted was read and compared just now; what happened since follows. */
  synced(query: ResultQuery): void
  /** DNs of objects that should be there, although the result has never had them. */
  expected(query: ResultQuery): Iterable<string>
  /** The objects known so far were those of another fabric: there are none, and nothing is sent of them. */
  reset(query: ResultQuery): void
}

/** A query whose result is in the store. */
export interface ResultQuery extends ResultOwner {
  readonly query: Query
  readonly path: string
  readonly isFiltered: boolean
  readonly listeners: ReadonlySet<QueryListener>
  readonly hidden: HiddenObjects<ResultQuery, StepListener>
  /** Base URL of the controller that serves it, or served it last. */
  readonly controller: string
  /** It is on a connection. */
  readonly isServed: boolean
  /** What is known is what there is, as far as anybody can tell. */
  readonly hasSynced: boolean
  /** Its objects are going to be read on this connection. */
  readonly isAboutToRead: boolean
  /** Events come, although the objects could not be read since they were lost. */
  readonly isUnread: boolean
  /** What is missing since when, for what is found by comparing now. */
  gap(): Gap
  /** The object may be otherwise than it is known: it is read again before long. */
  suspect(dn: string): void
  /** Events of this query may be missing: everything is read again before long. */
  suspectAll(): void
  /** A step that was found by comparing. */
  count(event: Step['event'], before: ReadonlySet<ResultQuery>, after: ReadonlySet<ResultQuery>): void
  /**
   * Looks up objects that events speak of.
   * @throws AciError where none could be looked at
   */
  lookUp(dns: readonly string[]): Promise<Lookup>
  /** Objects of which events speak could not be looked up. */
  lookupFailed(error: AciError): void
  /** What changed an object of the result does not say whether it still matches. @returns whether it is hidden now */
  mayHaveLeft(object: StoredObject<ResultQuery>): boolean
}

/** The object is read again: by one of the queries without a filter, and by each one whose filter it may have left. */
export function suspect(dn: string, queries: readonly ResultQuery[]): void {
  queries.find(({ isFiltered }) => !isFiltered)?.suspect(dn)
  for (const query of queries) if (query.isFiltered) query.suspect(dn)
}
