// What came while nobody listened, as the queries see it that the next listener has: it may have others than the one before.

import { changesBetween, type Change } from '../store/change'
import type { Numbered } from './snapshot'
import type { SureQueries } from './sure-queries'

/**
 * The changes as queries of these paths see them, in order.
 * @param sureQueries those of the queries that need no membership to see an object
 */
export function seenBy(
  paths: ReadonlySet<string>,
  sureQueries: SureQueries,
  pending: readonly Numbered[]
): readonly Change[] {
  const seen: Change[] = []
  /** Those that are in sight, as they were seen last. */
  const inSight = new Map<string, Change>()
  for (const numbered of pending) {
    const change = asSeen(paths, sureQueries, numbered, inSight.get(numbered.change.dn))
    if (change === undefined) continue
    seen.push(change)
    if (change.event === 'deleted') inSight.delete(change.dn)
    else inSight.set(change.dn, change)
  }
  return seen
}

/** @param last as the object was seen last; undefined where it was not */
function asSeen(
  paths: ReadonlySet<string>,
  sureQueries: SureQueries,
  { change, before, after }: Numbered,
  last: Change | undefined
): Change | undefined {
  const { event } = change
  const isSure = sureQueries.of(change).length > 0
  const saw = isSure ? event !== 'created' : before.some((path) => paths.has(path))
  const sees = isSure ? event !== 'deleted' : after.some((path) => paths.has(path))
  if (saw && sees) return change
  if (!saw && !sees) {
    if (last === undefined) return undefined
    // It was hidden from them, and others went on with it.
    const { origin, receivedAt, time, gap, raw } = change
    return {
      ...last,
      event: 'deleted',
      changes: undefined,
      given: undefined,
      matched: 'left',
      origin,
      receivedAt,
      time,
      gap,
      raw
    }
  }
  if (!sees || last === undefined) return { ...change, event: sees ? 'created' : 'deleted', changes: undefined }
  // It was hidden from them meanwhile, and is back.
  return { ...change, event: 'modified', changes: changesBetween(last.attributes, change.attributes) }
}
