// The objects of one subscription as they are known: events change them, snapshots are compared with them, and either
// way the differences come out.

import { modifiedAt, type AttributeChanges } from './change'
import type { Attributes, WireEvent, WireObject } from './wire'

interface Known {
  readonly class: string
  readonly attributes: Attributes
  /** The comparison in which it was last seen. */
  seen: number
}

/** What an event or a snapshot did to one object. `attributes` is the mirror's own and goes on changing. */
export interface Difference {
  readonly event: 'created' | 'modified' | 'deleted'
  readonly class: string
  readonly dn: string
  readonly attributes: Attributes
  readonly changes?: AttributeChanges
}

/**
 * What became of an event: a difference; `stale` when it tells nothing new; `unknown` when it changes an object that is
 * not known, so that only a read can complete it; `unclear` when it deletes a state that may already be a later one.
 */
export type Applied = Difference | 'stale' | 'unknown' | 'unclear'

/** Part of an event, not of the object. */
function isObjectAttribute(name: string, value: string): boolean {
  return name !== 'status' && name !== 'childAction' && (name !== 'rn' || value !== '')
}

/** The object's real attributes: what an APIC adds to say what happened is left out. */
export function objectAttributes(attributes: Readonly<Attributes>): Attributes {
  const own: Attributes = {}
  for (const name in attributes) {
    const value = attributes[name] ?? ''
    if (isObjectAttribute(name, value)) own[name] = value
  }
  return own
}

export class Mirror {
  private readonly objects = new Map<string, Known>()
  private comparison = 0

  get size(): number {
    return this.objects.size
  }

  has(dn: string): boolean {
    return this.objects.has(dn)
  }

  /** All objects, in the order in which they became known. */
  *all(): IterableIterator<{ readonly class: string; readonly dn: string; readonly attributes: Attributes }> {
    for (const [dn, known] of this.objects) yield { class: known.class, dn, attributes: known.attributes }
  }

  /**
   * One event.
   * @param held the event arrived before the objects were read, so what was read may already contain it
   */
  apply(event: WireEvent, held: boolean): Applied {
    const known = this.objects.get(event.dn)
    if (event.status === 'deleted') return known === undefined ? 'stale' : this.applyDeletion(event, known, held)
    if (known === undefined) {
      if (event.status === 'modified') return 'unknown'
      return this.add(event)
    }
    if (isOlder(event, known)) return 'stale'
    return this.update(event.dn, known, event.attributes)
  }

  /** An object as read now, outside a comparison. */
  take(object: WireObject): Difference | 'stale' {
    const known = this.objects.get(object.dn)
    if (known === undefined) return this.add(object)
    known.seen = this.comparison
    // Equal times mean equal states; some attributes (a system's current time) differ at every read all the same.
    const now = modifiedAt(object.class, object.attributes)
    const before = modifiedAt(known.class, known.attributes)
    if (now !== undefined && before !== undefined && now <= before) return 'stale'
    return this.update(object.dn, known, object.attributes)
  }

  remove(dn: string): Difference | 'stale' {
    const known = this.objects.get(dn)
    if (known === undefined) return 'stale'
    this.objects.delete(dn)
    return { event: 'deleted', class: known.class, dn, attributes: known.attributes }
  }

  /** Begins to compare with a snapshot: what is not {@link take}n from now on is {@link missing} at its end. */
  beginComparison(): void {
    this.comparison += 1
  }

  /** What the snapshot did not have. Only a complete snapshot makes these deletions. */
  missing(): string[] {
    const dns: string[] = []
    for (const [dn, known] of this.objects) if (known.seen !== this.comparison) dns.push(dn)
    return dns
  }

  private add(object: WireObject): Difference {
    const attributes = objectAttributes(object.attributes)
    this.objects.set(object.dn, { class: object.class, attributes, seen: this.comparison })
    return { event: 'created', class: object.class, dn: object.dn, attributes }
  }

  private applyDeletion(event: WireEvent, known: Known, held: boolean): Applied {
    const now = modifiedAt(event.class, event.attributes)
    const before = modifiedAt(known.class, known.attributes)
    if (now !== undefined && before !== undefined && now < before) return 'stale'
    // Held back while the objects were read, the deletion may be of a state before the one that was read.
    const later = now !== undefined && before !== undefined && now > before
    if (held && !later) return 'unclear'
    return this.remove(event.dn)
  }

  /** Takes over new values in place: one pass, nothing copied, `changes` made only when there are any. */
  private update(dn: string, known: Known, values: Readonly<Attributes>): Difference | 'stale' {
    const own = known.attributes
    let changes: AttributeChanges | undefined
    let touched = false
    for (const name in values) {
      const to = values[name] ?? ''
      const from = own[name]
      if (from === to || !isObjectAttribute(name, to)) continue
      own[name] = to
      // The time of the modification goes with every one of them and is no news by itself.
      if (name === 'modTs') touched = modifiedAt(known.class, own) !== undefined
      else (changes ??= {})[name] = { from: from ?? '', to }
    }
    if (changes === undefined && !touched) return 'stale'
    return { event: 'modified', class: known.class, dn, attributes: own, changes: changes ?? {} }
  }
}

function isOlder(event: WireEvent, known: Known): boolean {
  const now = modifiedAt(event.class, event.attributes)
  const before = modifiedAt(known.class, known.attributes)
  return now !== undefined && before !== undefined && now < before
}
