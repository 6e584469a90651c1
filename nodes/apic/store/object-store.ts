// What is known of the fabric: each object once, with the queries in whose results it is. Events change it, rows that were
// read are compared with it, and either way the differences come out.

import { isObjectAttribute, objectAttributes, type Attributes } from '../protocol/attributes'
import type { WireEvent, WireObject } from '../protocol/wire'
import { Digest, isBefore, modifiedAt, volatileOf, type AttributeChanges } from './change'
import { Interner } from './interner'
import { Memberships, type Membership, type ResultOwner } from './membership'

/** An object as known. `attributes` are the store's own and go on changing. */
export interface StoredObject<Q extends ResultOwner = ResultOwner> {
  readonly class: string
  readonly dn: string
  readonly attributes: Attributes
  members: Membership<Q, StoredObject<Q>>
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
  /** The connection's epoch in which it was read, or pushed in full; in a later one it may be otherwise. */
  epoch: number
  /** Place of the read that made its state, among all reads; 0 where an event made it. */
  readMark: number
  /** Place of the last event that spoke of it, among all events. */
  eventMark: number
}

/** What an event or a row did to one object. */
export interface Difference<Q extends ResultOwner = ResultOwner> {
  readonly event: 'created' | 'modified' | 'deleted'
  readonly object: StoredObject<Q>
  /** Of a modification. */
  readonly changes: AttributeChanges | undefined
}

/**
 * What became of an event: a difference; `stale` when it tells nothing new; `unknown` when it changes an object that is
 * not known, so that only a read can complete it; `unclear` when what is known may already be a later state; `earlier` when
 * its time is before that of another state which is known: another event has overtaken it, or the APIC's clock was set
 * back, and a read has to tell which; `replaced` when an object of another class is known by that DN.
 */
export type Applied<Q extends ResultOwner = ResultOwner> =
  Difference<Q> | 'stale' | 'unknown' | 'unclear' | 'earlier' | 'replaced'

/** What became of a row: `earlier` as above, where only a second read is believed. */
export type Taken<Q extends ResultOwner = ResultOwner> = Difference<Q> | 'stale' | 'earlier' | 'replaced'

/**
 * An object that changed twice within a millisecond has one time for both states, and the second event may have been
 * lost with its connection. Only the objects of the last events can be so: those within this time of the latest, ms.
 */
const LAST_EVENTS = 1_000

export class ObjectStore<Q extends ResultOwner> {
  readonly results = new Memberships<Q, StoredObject<Q>>()
  private readonly objects = new Map<string, StoredObject<Q>>()
  private readonly interner = new Interner()
  /** Classes of which objects were read, and whether any of those had a time. */
  private readonly isDated = new Map<string, boolean>()
  /** The latest time that an event had, epoch ms. */
  private latest = -Infinity
  private epoch = 1
  private reads = 0
  private readsSettled = 0
  private events = 0

  get size(): number {
    return this.objects.size
  }

  has(dn: string): boolean {
    return this.objects.has(dn)
  }

  get(dn: string): StoredObject<Q> | undefined {
    return this.objects.get(dn)
  }

  /** Place of the latest event: what is touched from now on has a later one. */
  get eventMark(): number {
    return this.events
  }

  /** Place of the latest read. */
  get readMark(): number {
    return this.reads
  }

  /** Events were missed: from now on nothing is trusted before it is read again. */
  distrustAll(): void {
    this.epoch += 1
  }

  /** As {@link distrustAll}, of one object. */
  distrust(object: StoredObject<Q>): void {
    object.epoch = 0
  }

  /** Whether events have reached the store without a gap since the object was read, or pushed in full. */
  isTrusted(object: StoredObject<Q>): boolean {
    return object.epoch === this.epoch
  }

  /** The events that led to what was read up to this place have come in. @param mark a {@link readMark} */
  readsArrived(mark: number): void {
    if (mark > this.readsSettled) this.readsSettled = mark
  }

  /** Whether the next event of it can be applied as it comes: it is later than what is known. */
  isSettled(object: StoredObject<Q>): boolean {
    return object.epoch === this.epoch && object.readMark <= this.readsSettled
  }

  /** Forgets everything: the objects turned out to be another fabric's. */
  clear(): void {
    for (const object of this.objects.values()) this.results.clear(object)
    this.objects.clear()
    this.interner.clear()
    this.isDated.clear()
    this.latest = -Infinity
  }

  /**
   * One event.
   * @param hasWaited what was read since the event arrived may already contain it
   * @param known the object, where it was looked up just now
   */
  apply(event: WireEvent, hasWaited: boolean, known = this.objects.get(event.dn)): Applied<Q> {
    this.events += 1
    const now = this.timeOf(event, known)
    if (event.status === 'deleted') {
      return known === undefined ? 'stale' : this.applyDeletion(known, now, hasWaited)
    }
    // One that has waited says nothing of the clock: events of other objects may have passed it.
    if (now !== undefined && (!hasWaited || now > this.latest)) this.latest = now
    if (known === undefined) return event.status === 'modified' ? 'unknown' : this.add(event, now, false)
    if (known.class !== event.class) return 'replaced'
    if (now !== undefined && known.at !== undefined && isBefore(now, known.at)) return 'earlier'
    // Within one millisecond either may be the later one, and both orders are possible: events and answers come by ways
    // of their own.
    if (known.byRead && now === known.at && now !== undefined && !this.agrees(known, event.attributes)) {
      known.isConfirmed = false
      return 'unclear'
    }
    known.eventMark = this.events
    if (event.status === 'created') known.epoch = this.epoch
    return this.update(known, event.attributes, now, false)
  }

  /**
   * A row: the object as read now.
   * @param isSecond a read before has shown it as well: then it is believed, whatever its time
   * @param hasArrived the events that led to it have come in since it was read
   */
  take(row: WireObject, isSecond = false, hasArrived = false): Taken<Q> {
    this.reads += 1
    const taken = this.compareAndTake(row, isSecond)
    const object = this.objects.get(row.dn)
    if (hasArrived && object !== undefined && typeof taken !== 'string') object.readMark = 0
    return taken
  }

  private compareAndTake(row: WireObject, isSecond: boolean): Taken<Q> {
    const known = this.objects.get(row.dn)
    const now = this.timeRead(row)
    if (known === undefined) return this.add(row, now, true)
    if (known.class !== row.class) return 'replaced'
    const likeness = this.compare(row, known, now)
    if (likeness === 'earlier' && !isSecond) return 'earlier'
    known.epoch = this.epoch
    if (likeness === 'same') return 'stale'
    return this.update(known, row.attributes, now, true)
  }

  /** Whether the row is as the object is known. Changes nothing else. */
  matches(row: WireObject): boolean {
    const known = this.objects.get(row.dn)
    if (known?.class !== row.class) return false
    return this.compare(row, known, this.timeRead(row)) === 'same'
  }

  /** Whether everything that the event carries is known: what was read after it happened shows it already. */
  shows(event: WireEvent): boolean {
    const known = this.objects.get(event.dn)
    if (known === undefined || event.status === 'deleted') return false
    const now = this.timeOf(event, known)
    return (now === undefined || known.at === undefined || now === known.at) && this.agrees(known, event.attributes)
  }

  /** The object is gone, and in no result. */
  remove(object: StoredObject<Q>): void {
    this.objects.delete(object.dn)
    this.results.clear(object)
  }

  /** Whether a deletion of that time, epoch ms, is later than the object as it is known. */
  isLater(event: WireEvent, known: StoredObject<Q>): boolean {
    const now = this.timeOf(event, known)
    return now !== undefined && known.at !== undefined && now > known.at
  }

  /** Epoch ms of a row or an event, where it can tell states of the object apart. */
  timeOf(event: WireObject, known: StoredObject<Q> | undefined): number | undefined {
    const isTimeless = known === undefined ? this.isDated.get(event.class) === false : known.isTimeless
    return isTimeless ? undefined : modifiedAt(event.class, event.attributes)
  }

  /** Epoch ms of a row, where it can tell the states of its object apart. */
  private timeRead(row: WireObject): number | undefined {
    const now = modifiedAt(row.class, row.attributes)
    if (now !== undefined) this.isDated.set(row.class, true)
    else if (!this.isDated.has(row.class)) this.isDated.set(row.class, false)
    return now
  }

  /** A row beside what is known: the `same` state, another one, or one of a time before. */
  private compare(
    { attributes }: WireObject,
    known: StoredObject<Q>,
    now: number | undefined
  ): 'same' | 'another' | 'earlier' {
    // The event had a time, and the read has none: from now on no time counts.
    known.isTimeless = now === undefined
    if (now === undefined) known.at = undefined
    if (now !== undefined && known.at !== undefined && now !== known.at) {
      return isBefore(now, known.at) ? 'earlier' : 'another'
    }
    // Equal times mean equal states, once one read has shown that no event was lost before the last one.
    const isSure = known.isConfirmed && now !== undefined && known.at !== undefined
    if (isSure && (this.latest === -Infinity || now < this.latest - LAST_EVENTS)) return 'same'
    if (!this.agrees(known, attributes)) return 'another'
    known.isConfirmed = true
    return 'same'
  }

  private agrees(known: StoredObject<Q>, values: Readonly<Attributes>): boolean {
    const ignored = volatileOf(known.class)
    for (const name in values) {
      const value = values[name] ?? ''
      if (name === 'modTs' || !isObjectAttribute(name, value)) continue
      if ((known.attributes[name] ?? '') !== value && !ignored.has(name)) return false
    }
    return true
  }

  private add(object: WireObject, at: number | undefined, byRead: boolean): Difference<Q> {
    const attributes = objectAttributes(object.class, object.attributes)
    this.interner.all(object.class, attributes)
    const known: StoredObject<Q> = {
      class: object.class,
      dn: object.dn,
      attributes,
      members: this.results.none,
      at,
      digest: undefined,
      byRead,
      isConfirmed: byRead,
      isTimeless: at === undefined && (byRead || this.isDated.get(object.class) === false),
      epoch: this.epoch,
      readMark: byRead ? this.reads : 0,
      eventMark: byRead ? 0 : this.events
    }
    this.objects.set(object.dn, known)
    return { event: 'created', object: known, changes: undefined }
  }

  private applyDeletion(known: StoredObject<Q>, now: number | undefined, hasWaited: boolean): Applied<Q> {
    if (now !== undefined && known.at !== undefined && isBefore(now, known.at)) return 'earlier'
    // It waited while the object was read: it may be of a state before the one that was read.
    const isLater = now !== undefined && known.at !== undefined && now > known.at
    if (hasWaited && !isLater) return 'unclear'
    return { event: 'deleted', object: known, changes: undefined }
  }

  /** Takes over new values in place: one pass, nothing copied, `changes` made only when there are any. */
  private update(
    known: StoredObject<Q>,
    values: Readonly<Attributes>,
    now: number | undefined,
    byRead: boolean
  ): Difference<Q> | 'stale' {
    const own = known.attributes
    let changes: AttributeChanges | undefined
    for (const name in values) {
      const to = values[name] ?? ''
      const from = own[name]
      if (from === to || !isObjectAttribute(name, to)) continue
      own[name] = this.interner.value(known.class, name, to)
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
    known.readMark = byRead ? this.reads : 0
    return { event: 'modified', object: known, changes: changes ?? {} }
  }
}

/** A digest of the object's attributes: see {@link Digest}. */
export function digestOf(object: StoredObject): string {
  return (object.digest ??= Digest.of(object.class, object.attributes)).toString()
}

/** What tells this state of the object from its others: see `stampOf` of change.ts. */
export function stampOfObject(object: StoredObject): string {
  return object.at === undefined ? digestOf(object) : object.at.toString()
}
