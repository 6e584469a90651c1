// Compares a result with its checkpoint: what is otherwise than it had been delivered before this process began.

import { isSameVersion, partsOfVersion, versionOf, type Change, type Gap } from '../store/change'
import type { StoredObject } from '../store/object-store'
import type { Remembered } from '../store/remembered'
import type { ResultQuery } from '../sync/step'
import type { SyncedQuery } from '../sync/synced-query'
import { existingOf } from './changes'

/**
 * The differences of a result, which has just been read, to what is remembered. What it has gone through is remembered no
 * more.
 * @param isKnown whether the node has begun with the object already, by another query
 */
export function* differences(
  synced: SyncedQuery,
  { savedAt, objects }: Remembered,
  isKnown: (object: StoredObject<ResultQuery>) => boolean
): IterableIterator<Change> {
  const gap: Gap = { from: new Date(savedAt).toISOString(), to: new Date().toISOString() }
  const found = { origin: 'recovered', gap } as const
  for (const object of synced.objects) {
    const before = objects.get(object.dn)
    objects.delete(object.dn)
    if (isKnown(object)) continue
    const change = existingOf(object, synced)
    if (before === undefined) yield { ...change, ...found, event: 'created' }
    else if (!isSameVersion(before.version, versionOf(change))) yield { ...change, ...found, event: 'modified' }
  }
  const receivedAt = Date.now()
  for (const [dn, { class: name, version }] of objects) {
    yield {
      event: 'deleted',
      class: name,
      dn,
      attributes: {},
      ...found,
      ...partsOfVersion(version),
      time: gap.to,
      receivedAt,
      controller: synced.controller,
      query: synced.path
    }
  }
}
