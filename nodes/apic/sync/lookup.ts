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

/**
 * Whether objects exist, be they in the result or not, by DN. What the APIC does not say of one is not in it; of very many
 * none is looked at.
 * @throws AciError where trying again can help
 */
export async function existence(connection: Connection, dns: readonly string[]): Promise<Map<string, boolean>> {
  const exists = new Map<string, boolean>()
  if (dns.length > SINGLE_READS) return exists
  for (const dn of dns) {
    const answer = await connection.get(moPath(dn)).catch(toAciError)
    if (!(answer instanceof AciError)) exists.set(dn, answer.totalCount > 0)
    else if (isTransient(answer)) throw answer
  }
  return exists
}
