// One query's life: registered on one connection after the other, holding events until the objects are read, telling
// its listeners every change. It outlives connections; its ids do not.

import { stampOf, timeOf, type Change, type EventName, type Gap, type Origin } from './change'
import { isTransient, type Connection } from './connection'
import { AciError, toAciError } from './errors'
import { Mirror, objectAttributes, type Difference, type KnownObject } from './mirror'
import { moPath, orderOf, pathOf, withParameters, type Query } from './query'
import type { Receiver } from './routes'
import type { Answer, Attributes, Imdata, WireEvent, WireObject } from './wire'

/** `full`: every matching object is known. `off`: a pure stream, nothing kept. */
export type MirrorMode = 'full' | 'off'

export type SubscriptionState =
  | { readonly phase: 'waiting' }
  | { readonly phase: 'subscribing' }
  /** With an error: events stream, but the objects could not be read. */
  | { readonly phase: 'live'; readonly error?: AciError }
  | { readonly phase: 'refused'; readonly error: AciError }

export interface SubscriptionListener {
  /** A change, lent: see {@link Change}. */
  change(change: Change): void
  /** The state, or whether the first reading is done, is another one now. */
  moved(): void
}

/** Objects per page: one JSON.parse of so many blocks the loop for about 20 ms. */
const PAGE_SIZE = 5_000
/** Up to so many objects are looked at one by one; for more, the query is read once more. */
const SINGLE_READS = 20
/** Events that wait for a read to end. When there are more, they are dropped and the objects are read again. */
const MAX_HELD = 100_000
/** A mirror of fewer objects than this may lose most of them by ordinary work. */
const MANY = 10
/** So many readings in a row have to agree before most of a mirror is believed to be gone. */
const READINGS_TO_BELIEVE = 4

/** An object to tell of. */
type Told = KnownObject & Pick<Difference, 'changes'>

/** What a change is told with, beside what happened. */
interface Circumstances {
  readonly origin: Origin
  readonly receivedAt: number
  /** The APIC's own time of the change. */
  readonly modTs?: string | undefined
  readonly raw?: Imdata | undefined
  readonly gap?: Gap | undefined
  readonly matched?: 'entered' | 'left' | undefined
}

/** One registration on one connection. Events of an earlier one are none of ours any more. */
interface Registration extends Receiver {
  readonly connection: Connection
  id: string
  /** Events that wait for a read to end; undefined when they pass at once. */
  held: WireEvent[] | undefined
  /** There were too many of them: what is read meanwhile proves nothing. */
  overflowed: boolean
}

export class Subscription {
  readonly path: string
  private readonly mirror: Mirror | undefined
  private readonly listeners = new Set<SubscriptionListener>()
  private current: Registration | undefined
  private condition: SubscriptionState = { phase: 'waiting' }
  /** The objects have been read once in full, so that from now on differences are changes. */
  private complete: boolean
  /** Since when nothing can be trusted, epoch ms. */
  private blindSince = Date.now()
  private reading: Promise<void> | undefined
  /** What pages are ordered by; undefined where there is no order, or the APIC does not know it. */
  private order: string | undefined

  /** How many readings in a row have shown most of the mirror gone. */
  private doubts = 0

  /**
   * @param again asks to be joined anew, after a while, because something could not be read
   * @param maxHeld events that may wait for a read to end
   */
  constructor(
    readonly query: Query,
    mode: MirrorMode,
    private readonly again: () => void,
    private readonly maxHeld = MAX_HELD
  ) {
    this.path = pathOf(query)
    this.order = orderOf(query)
    this.mirror = mode === 'full' ? new Mirror() : undefined
    this.complete = mode === 'off'
  }

  get state(): SubscriptionState {
    return this.condition
  }

  /** Number of objects known; undefined when none are kept. */
  get known(): number | undefined {
    return this.mirror?.size
  }

  /** Until when everything was known to be in order, epoch ms. */
  get trustedAt(): number {
    return this.blindSince
  }

  /** Whether the start of the story is over: what exists has been told, or cannot be. */
  get isStarted(): boolean {
    return (
      this.condition.phase === 'refused' ||
      (this.condition.phase === 'live' && (this.complete || !!this.condition.error))
    )
  }

  attach(listener: SubscriptionListener): void {
    this.listeners.add(listener)
  }

  /** @returns whether anybody still listens */
  detach(listener: SubscriptionListener): boolean {
    this.listeners.delete(listener)
    return this.listeners.size > 0
  }

  /** What is known now, told as `existing`. Each change is lent until the next one is asked for. */
  *existing(): IterableIterator<Change> {
    const receivedAt = Date.now()
    for (const object of this.mirror?.all() ?? []) {
      const circumstances: Circumstances = { origin: 'snapshot', receivedAt, modTs: object.attributes['modTs'] }
      yield this.changeOf({ ...object, changes: undefined }, 'existing', circumstances)
    }
  }

  /**
   * Registers on a connection and brings the mirror up to date. From the moment of the registration the events of the
   * connection before are ignored: what it still had to say is in what is read now.
   * @throws AciError when trying again later, on this connection or another one, can help
   */
  async join(connection: Connection): Promise<void> {
    if (this.condition.phase !== 'live') this.enter({ phase: 'subscribing' })
    const registration: Registration = {
      connection,
      id: '',
      held: [],
      overflowed: false,
      event: (event) => this.hear(registration, event)
    }
    try {
      registration.id = (await connection.register(this.path, registration)).id
    } catch (thrown) {
      const error = toAciError(thrown)
      if (connection.isOver || isTransient(error)) throw error
      this.enter({ phase: 'refused', error })
      return
    }
    const before = this.current
    this.current = registration
    if (before?.connection === connection && before.id !== registration.id) connection.release(before.id)
    if (this.mirror === undefined) {
      const overtook = registration.held ?? []
      registration.held = undefined
      for (const event of overtook) this.apply(registration, event)
      this.enter({ phase: 'live' })
      return
    }
    await this.catchUp(registration)
  }

  /** The connection, or this subscription's id on it, is gone. */
  lose(since: number): void {
    if (this.condition.phase === 'live') this.blindSince = since
    this.current = undefined
    this.enter({ phase: 'waiting' })
  }

  /** Whether that id, on that connection, is the one in use. */
  isRegisteredAs(connection: Connection, id: string): boolean {
    return this.current?.connection === connection && this.current.id === id
  }

  /** Nobody listens any more. */
  end(): void {
    const registration = this.current
    this.current = undefined
    registration?.connection.release(registration.id)
  }

  /** Reads again, now, and tells the differences. Does nothing while there is no live registration. */
  async resync(): Promise<void> {
    // Two readings at once would each let pass what the other holds.
    while (this.reading !== undefined) await this.reading.catch(() => undefined)
    const registration = this.current
    if (this.mirror === undefined || registration === undefined) return
    registration.held ??= []
    await this.catchUp(registration)
  }

  /** Reads all objects page by page without keeping them, for the start of a listener of a pure stream. */
  async readExisting(tell: (change: Change) => void): Promise<void> {
    const registration = this.current
    if (registration === undefined) throw new AciError('ACI_CLOSED', 'the connection was lost')
    await this.readPages(registration.connection, (object) => {
      const { class: name, dn, raw, attributes } = object
      const circumstances: Circumstances = {
        origin: 'snapshot',
        receivedAt: Date.now(),
        modTs: attributes['modTs'],
        raw
      }
      tell(this.changeOf(told(name, dn, attributes), 'existing', circumstances))
    })
  }

  // --- events ---

  private hear(registration: Registration, event: WireEvent): void {
    if (registration.held !== undefined) this.hold(registration, event)
    else if (registration === this.current) this.apply(registration, event)
  }

  private hold(registration: Registration, event: WireEvent): void {
    if (registration.held === undefined) return
    if (registration.held.length >= this.maxHeld) {
      registration.held = []
      registration.overflowed = true
    }
    registration.held.push(event)
  }

  private apply(registration: Registration, event: WireEvent): void {
    if (this.mirror === undefined) {
      this.tell(told(event.class, event.dn, event.attributes), event.status, live(event))
      return
    }
    const result = this.mirror.apply(event, false)
    if (result === 'stale') return
    if (result === 'unknown' || result === 'unclear') {
      // Only a read can tell; what comes after it waits, so that the story of the object keeps its order.
      registration.held = [event]
      void this.oneAtATime(this.reread(registration))
      return
    }
    this.tellDifference(result, live(event))
  }

  private async reread(registration: Registration): Promise<void> {
    try {
      await this.releaseHeld(registration)
    } catch (thrown) {
      const error = toAciError(thrown)
      this.cannotRead(registration, error)
      if (isTransient(error) && !registration.connection.isOver) this.again()
    }
  }

  /** Applies what was held back, in the order in which it came, and lets later events pass. */
  private async releaseHeld(registration: Registration): Promise<void> {
    const { mirror } = this
    if (mirror === undefined) return
    let done = 0
    while (registration === this.current && registration.held !== undefined) {
      const event = registration.held[done]
      if (event === undefined) {
        registration.held = undefined
        return
      }
      done += 1
      const result = mirror.apply(event, true)
      if (result === 'stale') continue
      if (result !== 'unknown' && result !== 'unclear') {
        this.tellDifference(result, live(event))
        continue
      }
      const waiting = registration.held.slice(done)
      const dns = new Set([event.dn])
      // Objects that come into a filter together are completed together.
      for (const other of waiting) if (other.status === 'modified' && !mirror.has(other.dn)) dns.add(other.dn)
      const found = await this.readObjects(registration.connection, [...dns])
      if (registration !== this.current) return
      for (const dn of dns) this.settle(dn, found.get(dn), result === 'unclear' && dn === event.dn, event)
    }
  }

  /** What a read says of an object that an event left open. */
  private settle(dn: string, object: WireObject | undefined, deletion: boolean, event: WireEvent): void {
    if (this.mirror === undefined) return
    const difference = object === undefined ? (deletion ? this.mirror.remove(dn) : 'stale') : this.mirror.take(object)
    if (difference === 'stale') return
    const entered = difference.event === 'created' && this.query.filter !== ''
    this.tellDifference(difference, {
      origin: 'live',
      receivedAt: Date.now(),
      modTs: (object ?? event).attributes['modTs'],
      raw: (object ?? event).raw,
      ...(entered ? { matched: 'entered' as const } : {})
    })
  }

  // --- reading and comparing ---

  private catchUp(registration: Registration): Promise<void> {
    return this.oneAtATime(this.compare(registration))
  }

  /** Notes what reads at this moment. A later one, on the next connection, takes its place. */
  private oneAtATime(reading: Promise<void>): Promise<void> {
    const noted = reading.finally(() => {
      if (this.reading === noted) this.reading = undefined
    })
    this.reading = noted
    return noted
  }

  private async compare(registration: Registration): Promise<void> {
    const { connection } = registration
    try {
      await this.readAndCompare(registration)
      if (registration !== this.current) return
      if (registration.overflowed) {
        registration.overflowed = false
        throw new AciError('ACI_PROTOCOL', `more than ${this.maxHeld} events came while ${this.path} was read`)
      }
      this.doubts = 0
      this.complete = true
      this.blindSince = Date.now()
      await this.releaseHeld(registration)
      if (registration === this.current) this.enter({ phase: 'live' })
    } catch (thrown) {
      const error = toAciError(thrown)
      if (connection.isOver || registration !== this.current) throw error
      this.cannotRead(registration, error)
      if (isTransient(error)) throw error
    }
  }

  /** The objects cannot be read: events stream all the same, and the state says so. */
  private cannotRead(registration: Registration, error: AciError): void {
    if (registration !== this.current || registration.connection.isOver) return
    const held = registration.held ?? []
    registration.held = undefined
    for (const event of held) {
      // Nothing newer was read, or a reading follows that puts it right.
      const result = this.mirror?.apply(event, false)
      if (result !== undefined && typeof result !== 'string') this.tellDifference(result, live(event))
    }
    this.enter({ phase: 'live', error })
  }

  private async readAndCompare(registration: Registration): Promise<void> {
    const { mirror } = this
    if (mirror === undefined) return
    const { connection } = registration
    mirror.beginComparison()
    const gap: Gap = { from: new Date(this.blindSince).toISOString(), to: new Date().toISOString() }
    const known = mirror.size
    await this.readPages(connection, (object) => {
      if (registration === this.current) this.takeRead(object, gap)
    })
    if (registration !== this.current || known === 0) return
    await this.removeMissing(registration, gap)
  }

  private takeRead(object: WireObject, gap: Gap): void {
    const difference = this.mirror?.take(object) ?? 'stale'
    if (difference === 'stale') return
    const { raw } = object
    const modTs = object.attributes['modTs']
    const receivedAt = Date.now()
    if (!this.complete && difference.event === 'created') {
      this.tell(difference, 'existing', { origin: 'snapshot', receivedAt, modTs, raw })
    } else {
      this.tellDifference(difference, { origin: 'recovered', receivedAt, modTs, raw, gap })
    }
  }

  /** Objects that the snapshot did not have: pages shift while they are read, so each absence is looked at again. */
  private async removeMissing(registration: Registration, gap: Gap): Promise<void> {
    const { mirror } = this
    const missing = mirror?.missing() ?? []
    if (mirror === undefined || missing.length === 0) return
    const { connection } = registration
    const found = await this.readObjects(connection, missing)
    const gone = missing.filter((dn) => !found.has(dn))
    await this.assertBelievable(connection, gone.length, mirror.size)
    // What exists still, but is no part of the result, has left the filter.
    const left = this.query.filter === '' ? new Set<string>() : await this.stillThere(connection, gone)
    if (registration !== this.current) return
    for (const object of found.values()) this.takeRead(object, gap)
    for (const dn of gone) {
      const difference = mirror.remove(dn)
      if (difference === 'stale') continue
      const matched = left.has(dn) ? { matched: 'left' as const } : {}
      this.tellDifference(difference, { origin: 'recovered', receivedAt: Date.now(), gap, ...matched })
    }
  }

  /**
   * A controller that is still starting answers every query with nothing, and rights that change hide much at once. So
   * when most objects seem gone, or the root of the tree itself, several readings over some seconds have to agree.
   * @throws AciError ACI_PROTOCOL, on which the objects are read again after a while
   */
  private async assertBelievable(connection: Connection, gone: number, known: number): Promise<void> {
    const isMass = known >= MANY && gone * 2 > known
    const isBlank = gone === known && (await connection.get(moPath('uni'))).objects.length === 0
    if (!isMass && !isBlank) return
    this.doubts += 1
    if (this.doubts >= READINGS_TO_BELIEVE) return
    throw new AciError(
      'ACI_PROTOCOL',
      `${gone} of ${known} objects of ${this.path} seem gone: reading again to be sure`
    )
  }

  /** Those of the objects that match the query now. */
  private async readObjects(connection: Connection, dns: readonly string[]): Promise<Map<string, WireObject>> {
    const found = new Map<string, WireObject>()
    if (dns.length <= SINGLE_READS) {
      for (const dn of dns) {
        const answer = await connection.get(moPath(dn, this.query.filter))
        assertWhole(answer.objects.length + answer.skipped, answer.totalCount, dn)
        for (const object of answer.objects) found.set(object.dn, object)
      }
    } else {
      const wanted = new Set(dns)
      await this.readPages(connection, (object) => {
        if (wanted.has(object.dn)) found.set(object.dn, object)
      })
    }
    return found
  }

  /** Those of the objects that exist, whether they match or not. Of very many none is looked at: `left` is a nicety. */
  private async stillThere(connection: Connection, dns: readonly string[]): Promise<Set<string>> {
    const there = new Set<string>()
    if (dns.length > SINGLE_READS) return there
    for (const dn of dns) if ((await connection.get(moPath(dn))).totalCount > 0) there.add(dn)
    return there
  }

  /**
   * Reads the whole result in pages and hands over each object.
   * @throws AciError ACI_PROTOCOL when less came than the APIC said there is: nothing may be concluded from that
   */
  private async readPages(connection: Connection, use: (object: WireObject) => void): Promise<void> {
    let received = 0
    for (let page = 0; ; page += 1) {
      const answer = await this.readPage(connection, page)
      const count = answer.objects.length + answer.skipped
      received += count
      for (const object of answer.objects) use(object)
      if (received >= answer.totalCount) return
      if (count === 0) assertWhole(received, answer.totalCount, this.path)
    }
  }

  private async readPage(connection: Connection, page: number): Promise<Answer> {
    const paging = { page, 'page-size': PAGE_SIZE }
    if (this.order !== undefined) {
      try {
        return await connection.get(withParameters(this.path, { 'order-by': this.order, ...paging }))
      } catch (thrown) {
        const error = toAciError(thrown)
        if (page > 0 || error.cause?.status !== 400) throw error
        // An APIC that does not know this order is asked without from now on.
        this.order = undefined
      }
    }
    return connection.get(withParameters(this.path, paging))
  }

  // --- telling ---

  private enter(state: SubscriptionState): void {
    this.condition = state
    for (const listener of this.listeners) listener.moved()
  }

  private tellDifference(difference: Difference, circumstances: Circumstances): void {
    this.tell(difference, difference.event, circumstances)
  }

  private tell(object: Told, event: EventName, circumstances: Circumstances): void {
    if (this.listeners.size === 0) return
    const change = this.changeOf(object, event, circumstances)
    for (const listener of this.listeners) listener.change(change)
  }

  /** On the path of every event: one literal, no spreads. */
  private changeOf(object: Told, event: EventName, circumstances: Circumstances): Change {
    const { receivedAt } = circumstances
    return {
      event,
      class: object.class,
      dn: object.dn,
      attributes: object.attributes,
      changes: object.changes,
      origin: circumstances.origin,
      stamp: object.stamp,
      time: timeOf(circumstances.modTs, receivedAt),
      receivedAt,
      controller: this.current?.connection.controller ?? '',
      query: this.path,
      raw: circumstances.raw,
      gap: circumstances.gap,
      matched: circumstances.matched
    }
  }
}

/**
 * A loaded APIC may give less than it says there is; nothing may be concluded from that.
 * @throws AciError ACI_PROTOCOL
 */
function assertWhole(received: number, total: number, of: string): void {
  if (received < total) throw new AciError('ACI_PROTOCOL', `the APIC gave ${received} of ${total} objects for ${of}`)
}

/** An object as it is, for where nothing is mirrored. */
function told(name: string, dn: string, given: Readonly<Attributes>): Told {
  const attributes = objectAttributes(given)
  return { class: name, dn, attributes, stamp: stampOf(name, attributes), changes: undefined }
}

function live(event: WireEvent): Circumstances {
  return { origin: 'live', receivedAt: Date.now(), modTs: event.attributes['modTs'], raw: event.raw }
}
