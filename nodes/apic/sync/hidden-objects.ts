// Objects that may have left the filter of a query: an event of theirs did not name it. Until they are read they are not in
// the result, and no listener gets anything of them.

import type { ResultOwner } from '../store/membership'
import type { StoredObject } from '../store/object-store'

/** An object as its listeners know it. */
interface Hidden<Q extends ResultOwner, L> {
  readonly object: StoredObject<Q>
  /** Those who have had it; of a saved one, those who have not. */
  readonly listeners: Set<L>
  readonly isSaved: boolean
}

export class HiddenObjects<Q extends ResultOwner, L> {
  private readonly byDn = new Map<string, Hidden<Q, L>>()

  get dns(): Iterable<string> {
    return this.byDn.keys()
  }

  has(dn: string): boolean {
    return this.byDn.has(dn)
  }

  /** Keeps the object as these listeners know it now. */
  add(object: StoredObject<Q>, listeners: Iterable<L>): void {
    const copy = { ...object, attributes: { ...object.attributes }, digest: undefined }
    this.byDn.set(object.dn, { object: copy, listeners: new Set(listeners), isSaved: false })
  }

  /** As listeners know it. */
  get(dn: string): StoredObject<Q> | undefined {
    return this.byDn.get(dn)?.object
  }

  /** As this listener knows it; undefined where it does not. */
  from(listener: L, dn: string): StoredObject<Q> | undefined {
    const hidden = this.byDn.get(dn)
    return hidden?.listeners.has(listener) === hidden?.isSaved ? undefined : hidden?.object
  }

  /** The listener has sent something later: a state that another query has, or its end. */
  hasSent(listener: L, dn: string): void {
    const hidden = this.byDn.get(dn)
    if (hidden?.isSaved === true) hidden.listeners.add(listener)
    else hidden?.listeners.delete(listener)
  }

  /** The listeners come back as others, who know the same. */
  save(): void {
    for (const [dn, { object }] of this.byDn) this.byDn.set(dn, { object, listeners: new Set(), isSaved: true })
  }

  /** It is in the result, or gone: listeners have been given that. */
  delete(dn: string): void {
    this.byDn.delete(dn)
  }

  clear(): void {
    this.byDn.clear()
  }
}
