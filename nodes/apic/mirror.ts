// The objects of one subscription as they are known: events change them, snapshots are compared with them, and either
// way the differences come out.

import { Digest, isBefore, modifiedAt, type AttributeChanges } from './change'
import { isObjectAttribute, objectAttributes, type Attributes, type WireEvent, type WireObject } from './wire'

interface Known {
  readonly class: string
  readonly attributes: Attributes
  /** The comparison in which it was last seen. */
  seen: number
  /** Epoch ms of its `modTs`, where that tells its states apart. */
  at: number | undefined
  /** Tells its states apart where `modTs` does not; made when it is first needed. */
  digest: Digest | undefined
  /** Whether its state became known by a read, so that events which led to it may still be on their way. */
  byRead: boolean
}

/** An object as known. `attributes` is the mirror's own and goes on changing. */
export interface KnownObject {
  readonly class: string
  readonly dn: string
  readonly attributes: Attributes
  /** Tells this state of the object from its others. */
  readonly stamp: string
}

/** What an event or a snapshot did to one object. */
export interface Difference extends KnownObject {
  readonly event: 'created' | 'modified' | 'deleted'
  /** Of a modification: what was otherwise, and the stamp of the state that was. */
  readonly changes: AttributeChanges | undefined
  readonly before: string | undefined
}

/**
 * What became of an event: a difference; `stale` when it tells nothing new; `unknown` when it changes an object that is
 * not known, so that only a read can complete it; `unclear` when what is known may already be a later state.
 */
export type Applied = Difference | 'stale' | 'unknown' | 'unclear'

/**
 * An object that changed twice within a millisecond has one time for both states, and the second event may have been
 * lost with its connection. Only the objects of the last events can be so: those within this time of the latest, ms.
 */
const LAST_EVENTS = 1_000

export class Mirror {
  private readonly objects = new Map<string, Known>()
  private comparison = 0
  /** The latest time that an event had, epoch ms. */
  private latest: number | undefined

  get size(): number {
    return this.objects.size
  }

  has(dn: string): boolean {
    return this.objects.has(dn)
  }

  /** Whether it is known as it was read, so that events which led to that may still be on their way. */
  isAsRead(dn: string): boolean {
    return this.objects.get(dn)?.byRead === true
  }

  get(dn: string): KnownObject | undefined {
    const known = this.objects.get(dn)
    return known && { class: known.class, dn, attributes: known.attributes, stamp: stampOf(known) }
  }

  /** Forgets everything: the objects turned out to be another fabric's. */
  clear(): void {
    this.objects.clear()
  }

  /** All objects, in the order in which they became known. */
  *all(): IterableIterator<KnownObject> {
    for (const [dn, known] of this.objects) {
      yield { class: known.class, dn, attributes: known.attributes, stamp: stampOf(known) }
    }
  }

  /**
   * One event.
   * @param held the event arrived before the objects were read, so what was read may already contain it
   */
  apply(event: WireEvent, held: boolean): Applied {
    const known = this.objects.get(event.dn)
    const now = modifiedAt(event.class, event.attributes)
    if (event.status === 'deleted') {
      return known === undefined ? 'stale' : this.applyDeletion(event.dn, known, now, held)
    }
    if (now !== undefined) this.latest = now
    if (known === undefined) return event.status === 'modified' ? 'unknown' : this.add(event, now, false)
    if (now !== undefined && known.at !== undefined && isBefore(now, known.at)) return 'stale'
    // Within one millisecond either may be the later one, and both orders are possible: events and answers come by ways
    // of their own.
    if (known.byRead && now === known.at && now !== undefined && !this.agrees(known, event.attributes)) return 'unclear'
    return this.update(event.dn, known, event.attributes, now, false)
  }

  /** An object as read now, outside a comparison or within. */
  take(object: WireObject): Difference | 'stale' {
    const known = this.objects.get(object.dn)
    const now = modifiedAt(object.class, object.attributes)
    if (known === undefined) return this.add(object, now, true)
    known.seen = this.comparison
    if (this.isAsKnown(object, known, now)) return 'stale'
    return this.update(object.dn, known, object.attributes, now, true)
  }

  /** Whether the object, as read now, is as it is known; counts as seen in the comparison. Changes nothing else. */
  matches(object: WireObject): boolean {
    const known = this.objects.get(object.dn)
    if (known === undefined) return false
    known.seen = this.comparison
    return this.isAsKnown(object, known, modifiedAt(object.class, object.attributes))
  }

  /** Whether what was read is the state that is known, or one before it. */
  private isAsKnown({ attributes }: WireObject, known: Known, now: number | undefined): boolean {
    if (now !== undefined && known.at !== undefined) {
      if (now !== known.at) return isBefore(now, known.at)
      // Equal times mean equal states; some attributes (a system's current time) differ at every read all the same.
      if (this.latest === undefined || now < this.latest - LAST_EVENTS) return true
    }
    return this.agrees(known, attributes)
  }

  /** Whether everything that the event carries is known: what was read after it happened shows it already. */
  shows(event: WireEvent): boolean {
    const known = this.objects.get(event.dn)
    if (known === undefined || event.status === 'deleted') return false
    const now = modifiedAt(event.class, event.attributes)
    return (now === undefined || known.at === undefined || now === known.at) && this.agrees(known, event.attributes)
  }

  remove(dn: string): Difference | 'stale' {
    const known = this.objects.get(dn)
    if (known === undefined) return 'stale'
    this.objects.delete(dn)
    return difference('deleted', dn, known)
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

  private agrees(known: Known, values: Readonly<Attributes>): boolean {
    for (const name in values) {
      const value = values[name] ?? ''
      if (name !== 'modTs' && isObjectAttribute(name, value) && known.attributes[name] !== value) return false
    }
    return true
  }

  private add(object: WireObject, at: number | undefined, byRead: boolean): Difference {
    const attributes = objectAttributes(object.attributes)
    const known: Known = { class: object.class, attributes, seen: this.comparison, at, digest: undefined, byRead }
    this.objects.set(object.dn, known)
    return difference('created', object.dn, known)
  }

  private applyDeletion(dn: string, known: Known, now: number | undefined, held: boolean): Applied {
    if (now !== undefined && known.at !== undefined && isBefore(now, known.at)) return 'stale'
    // Held back while the objects were read, the deletion may be of a state before the one that was read.
    const isLater = now !== undefined && known.at !== undefined && now > known.at
    if (held && !isLater) return 'unclear'
    return this.remove(dn)
  }

  /** Takes over new values in place: one pass, nothing copied, `changes` made only when there are any. */
  private update(
    dn: string,
    known: Known,
    values: Readonly<Attributes>,
    now: number | undefined,
    byRead: boolean
  ): Difference | 'stale' {
    const own = known.attributes
    const before = stampOf(known)
    let changes: AttributeChanges | undefined
    for (const name in values) {
      const to = values[name] ?? ''
      const from = own[name]
      if (from === to || !isObjectAttribute(name, to)) continue
      own[name] = to
      // The time of the modification goes with every one of them and is no news by itself.
      if (name === 'modTs') continue
      known.digest?.replace(name, from, to)
      changes ??= {}
      changes[name] = { from: from ?? '', to }
    }
    const isLater = now !== undefined && now !== known.at
    if (now !== undefined) known.at = now
    if (changes === undefined && !isLater) return 'stale'
    known.byRead = byRead
    return difference('modified', dn, known, changes ?? {}, before)
  }
}

function stampOf(known: Known): string {
  return (known.at ?? (known.digest ??= Digest.of(known.attributes))).toString()
}

function difference(
  event: Difference['event'],
  dn: string,
  known: Known,
  changes?: AttributeChanges,
  before?: string
): Difference {
  return { event, class: known.class, dn, attributes: known.attributes, stamp: stampOf(known), changes, before }
}
