// The objects of one subscription as they are known: events change them, snapshots are compared with them, and either
// way the differences come out.

import { Digest, isBefore, modifiedAt, volatileOf, type AttributeChanges } from './change'
import { isObjectAttribute, objectAttributes, type Attributes, type WireEvent, type WireObject } from '../protocol/wire'

interface Known {
  readonly class: string
  readonly attributes: Attributes
  /** The comparison in which it was last seen. */
  seen: number
  /** Epoch ms of its `modTs`, where that tells its states apart. */
  at: number | undefined
  /** Follows its attributes; made when it is first needed. */
  digest: Digest | undefined
  /** Whether its state became known by a read, so that events which led to it may still be on their way. */
  byRead: boolean
  /**
   * Whether a read has shown these attributes. An event is sparse: one that follows a lost one puts a new time over old
   * attributes, so that an equal time proves nothing until a read has been compared.
   */
  isConfirmed: boolean
  /** Whether its reads say `modTs: never`: then the times of its events tell nothing of its states. */
  isTimeless: boolean
}

/** An object as known. `attributes` is the mirror's own and goes on changing. */
export interface KnownObject {
  readonly class: string
  readonly dn: string
  readonly attributes: Attributes
  /** Tells this state of the object from its others. */
  readonly stamp: string
  /** Of its attributes, where it is at hand. */
  readonly digest?: string | undefined
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
 * not known, so that only a read can complete it; `unclear` when what is known may already be a later state; `earlier` when
 * its time is before that of another state which is known: another event has overtaken it, or the APIC's clock was set
 * back, and a read has to tell which; `replaced` when an object of another class is known by that DN.
 */
export type Applied = Difference | 'stale' | 'unknown' | 'unclear' | 'earlier' | 'replaced'

/** What became of an object that was read: `earlier` as above, where only a second read is believed. */
export type Taken = Difference | 'stale' | 'earlier' | 'replaced'

/**
 * An object that changed twice within a millisecond has one time for both states, and the second event may have been
 * lost with its connection. Only the objects of the last events can be so: those within this time of the latest, ms.
 */
const LAST_EVENTS = 1_000

/** Events of different objects may come in another order than that of their times, but not by so much, ms. */
const DISORDER = 500

export class Mirror {
  private readonly objects = new Map<string, Known>()
  private comparison = 0
  /** Classes of which objects were read, and whether any of those had a time. */
  private readonly isDated = new Map<string, boolean>()
  /** The latest time that an event had, epoch ms. */
  private latest: number | undefined
  /** What the clock of the APIC was set back to, epoch ms, until somebody asks. */
  private setBack: number | undefined

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
    const now = this.timeOf(event, known)
    if (event.status === 'deleted') {
      return known === undefined ? 'stale' : this.applyDeletion(event.dn, known, now, held)
    }
    if (now !== undefined) this.noteTime(now, held)
    if (known === undefined) return event.status === 'modified' ? 'unknown' : this.add(event, now, false)
    if (known.class !== event.class) return 'replaced'
    if (now !== undefined && known.at !== undefined && isBefore(now, known.at)) {
      return 'earlier'
    }
    // Within one millisecond either may be the later one, and both orders are possible: events and answers come by ways
    // of their own.
    if (known.byRead && now === known.at && now !== undefined && !this.agrees(known, event.attributes)) {
      known.isConfirmed = false
      return 'unclear'
    }
    return this.update(event.dn, known, event.attributes, now, false)
  }

  /** What the clock of the APIC was set back to, epoch ms, as events tell since this was asked last. */
  takeSetBack(): number | undefined {
    const time = this.setBack
    this.setBack = undefined
    return time
  }

  /** @param hasWaited events of other objects may have passed: its time says nothing of the clock */
  private noteTime(now: number, hasWaited: boolean): void {
    if (hasWaited) {
      this.latest = Math.max(now, this.latest ?? now)
      return
    }
    if (this.latest !== undefined && now < this.latest - DISORDER) this.setBack = now
    this.latest = now
  }

  /** Epoch ms of an event, where it can tell states of the object apart. */
  private timeOf(event: WireEvent, known: Known | undefined): number | undefined {
    const isTimeless = known === undefined ? this.isDated.get(event.class) === false : known.isTimeless
    return isTimeless ? undefined : modifiedAt(event.class, event.attributes)
  }

  /**
   * An object as read now, outside a comparison or within.
   * @param isSecond a read before has shown it as well: then it is believed, whatever its time
   */
  take(object: WireObject, isSecond = false): Taken {
    const known = this.objects.get(object.dn)
    const now = this.timeRead(object)
    if (known === undefined) return this.add(object, now, true)
    if (known.class !== object.class) return 'replaced'
    known.seen = this.comparison
    const likeness = this.compare(object, known, now)
    if (likeness === 'same') return 'stale'
    if (likeness === 'earlier' && !isSecond) return 'earlier'
    return this.update(object.dn, known, object.attributes, now, true)
  }

  /** Whether the object, as read now, is as it is known; counts as seen in the comparison. Changes nothing else. */
  matches(object: WireObject): boolean {
    const known = this.objects.get(object.dn)
    if (known?.class !== object.class) return false
    known.seen = this.comparison
    return this.compare(object, known, this.timeRead(object)) === 'same'
  }

  /** Epoch ms of an object that was read, where it can tell its states apart. */
  private timeRead(object: WireObject): number | undefined {
    const now = modifiedAt(object.class, object.attributes)
    if (now !== undefined) this.isDated.set(object.class, true)
    else if (!this.isDated.has(object.class)) this.isDated.set(object.class, false)
    return now
  }

  /** What was read beside what is known: the `same` state, another one, or one of a time before. */
  private compare({ attributes }: WireObject, known: Known, now: number | undefined): 'same' | 'another' | 'earlier' {
    // An event has told when, and the read does not: from now on no time counts.
    known.isTimeless = now === undefined
    if (now === undefined) known.at = undefined
    if (now !== undefined && known.at !== undefined && now !== known.at) {
      return isBefore(now, known.at) ? 'earlier' : 'another'
    }
    // Equal times mean equal states, once one read has shown that no event was lost before the last one.
    const isSure = known.isConfirmed && now !== undefined && known.at !== undefined
    if (isSure && (this.latest === undefined || now < this.latest - LAST_EVENTS)) return 'same'
    if (!this.agrees(known, attributes)) return 'another'
    known.isConfirmed = true
    return 'same'
  }

  /** Whether everything that the event carries is known: what was read after it happened shows it already. */
  shows(event: WireEvent): boolean {
    const known = this.objects.get(event.dn)
    if (known === undefined || event.status === 'deleted') return false
    const now = this.timeOf(event, known)
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
    const ignored = volatileOf(known.class)
    for (const name in values) {
      const value = values[name] ?? ''
      if (name === 'modTs' || !isObjectAttribute(name, value)) continue
      if ((known.attributes[name] ?? '') !== value && !ignored.has(name)) return false
    }
    return true
  }

  private add(object: WireObject, at: number | undefined, byRead: boolean): Difference {
    const known: Known = {
      class: object.class,
      attributes: objectAttributes(object.attributes),
      seen: this.comparison,
      at,
      digest: undefined,
      byRead,
      isConfirmed: byRead,
      isTimeless: at === undefined && (byRead || this.isDated.get(object.class) === false)
    }
    this.objects.set(object.dn, known)
    return difference('created', object.dn, known)
  }

  private applyDeletion(dn: string, known: Known, now: number | undefined, held: boolean): Applied {
    if (now !== undefined && known.at !== undefined && isBefore(now, known.at)) return 'earlier'
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
      // One that is empty now was missing before, which is the same.
      if (from === undefined && to === '') continue
      // The time of the modification goes with every one of them and is no news by itself.
      if (name === 'modTs') continue
      known.digest?.replace(name, from, to)
      changes ??= {}
      changes[name] = { from: from ?? '', to }
    }
    const isLater = now !== undefined && now !== known.at
    if (now !== undefined) known.at = now
    if (changes === undefined && !isLater) {
      if (byRead) known.isConfirmed = true
      return 'stale'
    }
    known.byRead = byRead
    known.isConfirmed = byRead
    return difference('modified', dn, known, changes ?? {}, before)
  }
}

function digestOf(known: Known): string {
  return (known.digest ??= Digest.of(known.class, known.attributes)).toString()
}

function stampOf(known: Known): string {
  return known.at === undefined ? digestOf(known) : known.at.toString()
}

function difference(
  event: Difference['event'],
  dn: string,
  known: Known,
  changes?: AttributeChanges,
  before?: string
): Difference {
  const { class: name, attributes, at } = known
  // Of a first reading every object is one, and not each is going to be named: its digest is made when it is wanted.
  const digest = event === 'created' && known.byRead ? undefined : digestOf(known)
  const stamp = at === undefined ? (digest ?? digestOf(known)) : at.toString()
  return { event, class: name, dn, attributes, stamp, digest, changes, before }
}
