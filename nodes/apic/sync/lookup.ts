// Looks at objects once more: a few one by one, many by reading the query they belong to.

import { AciError, toAciError } from '../common/errors'
import type { Connection } from '../connection/connection'
import { isTransient } from '../connection/transient'
import { assertWhole, type Pager } from '../connection/pager'
import { moPath, type Query } from '../protocol/query'
import type { WireObject } from '../protocol/wire'

/** Up to so many objects are looked at one by one; for more, the query is read once more. */
export const SINGLE_READS = 20

/** Objects that were looked up one by one, or all together. */
export interface Lookup {
  /** Those that match the query now, by DN. */
  readonly found: ReadonlyMap<string, WireObject>
  /** Why others could not be looked up; by DN. */
  readonly failed: ReadonlyMap<string, AciError>
}

/**
 * Looks up objects of a query. One whose lookup is refused keeps back no other one.
 * @throws AciError where none could be looked at
 */
export async function readObjects(
  connection: Connection,
  { filter }: Query,
  pager: Pager,
  dns: readonly string[]
): Promise<Lookup> {
  const found = new Map<string, WireObject>()
  const failed = new Map<string, AciError>()
  if (dns.length > SINGLE_READS) {
    const wanted = new Set(dns)
    await pager.read(
      (path) => connection.get(path),
      (object) => {
        if (wanted.has(object.dn)) found.set(object.dn, object)
      }
    )
    return { found, failed }
  }
  for (const [index, dn] of dns.entries()) {
    try {
      const answer = await connection.get(moPath(dn, filter))
      assertWhole(answer.objects.length + answer.skipped, answer.totalCount, dn)
      for (const object of answer.objects) found.set(object.dn, object)
    } catch (thrown) {
      const error = toAciError(thrown)
      if (connection.isOver || (isTransient(error) && index === 0)) throw error
      failed.set(dn, error)
      // A controller that does not answer is not asked for one object after the other.
      if (isTransient(error)) for (const other of dns.slice(index)) failed.set(other, error)
      if (isTransient(error)) break
    }
  }
  return { found, failed }
}

/** Those of the objects that exist, whether they match or not. Of very many none is looked at: `left` is a nicety. */
export async function existing(connection: Connection, dns: readonly string[]): Promise<Set<string>> {
  const there = new Set<string>()
  if (dns.length > SINGLE_READS) return there
  for (const dn of dns) {
    const answer = await connection.get(moPath(dn)).catch(toAciError)
    if (!(answer instanceof AciError) && answer.totalCount > 0) there.add(dn)
    else if (answer instanceof AciError && isTransient(answer)) throw answer
  }
  return there
}
