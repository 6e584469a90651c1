// The whole result of a watch, as its node knows it: what several queries have comes once.

import type { StoredObject } from '../store/object-store'
import type { ResultQuery, StepListener } from '../sync/step'

/** What a query has: in its result, and hidden from its listeners until it has been read. */
type Source = Pick<ResultQuery, 'hidden'> & { readonly objects: Iterable<StoredObject> }

/**
 * Each object once, in no order, borrowed until the next one is asked for.
 * @param retained objects that stay in sight although no query has them
 */
export function* wholeResult(
  watch: StepListener,
  queries: readonly Source[],
  retained: Iterable<StoredObject>
): IterableIterator<StoredObject> {
  const given = new Set<string>()
  for (const object of parts(watch, queries, retained)) {
    if (given.has(object.dn)) continue
    given.add(object.dn)
    yield object
  }
}

function* parts(
  watch: StepListener,
  queries: readonly Source[],
  retained: Iterable<StoredObject>
): IterableIterator<StoredObject> {
  for (const { objects } of queries) yield* objects
  yield* retained
  // What may have left a filter is there until it is known to have.
  for (const { hidden } of queries) {
    for (const dn of hidden.dns) {
      const object = hidden.from(watch, dn)
      if (object !== undefined) yield object
    }
  }
}
