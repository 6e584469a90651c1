// One query's life: registered on one connection after the other, holding events until the objects are read, telling
// its listeners every change. It outlives connections; its ids do not.

import { msOf, stampOf, timeOf, type Change, type EventName, type Gap, type Origin } from '../store/change'
import { isTransient, type Connection } from '../connection/connection'
import { Echoes } from '../store/echoes'
import { AciError, toAciError } from '../common/errors'
import { Mirror, type Applied, type Difference, type KnownObject, type Taken } from '../store/mirror'
import type { ParkedMirror } from '../store/parking'
import { Pending } from '../store/pending'
import { Tally } from './tally'
import { assertAnotherPage } from '../protocol/pages'
import { moPath, orderOf, pathOf, withParameters, type Query } from '../protocol/query'
import type { Receiver } from '../connection/router'
import { areApart, siteAfter } from '../session/site'
import {
  objectAttributes,
  type Answer,
  type Attributes,
  type Imdata,
  type WireEvent,
  type WireObject
} from '../protocol/wire'

/** `full`: every matching object is known. `off`: a pure stream, nothing kept. */
export type MirrorMode = 'full' | 'off'

export type SubscriptionState =
  | { readonly phase: 'waiting' }
  /** With an error: it has failed several times, and is tried again. */
  | { readonly phase: 'subscribing'; readonly error?: AciError }
  /** With an error: events stream, but the objects could not be read. */
  | { readonly phase: 'live'; readonly error?: AciError }
  | { readonly phase: 'refused'; readonly error: AciError }

/** DNs of objects of which a reading tells nothing. */
export type Unread = Pick<ReadonlySet<string>, 'has'>

export interface SubscriptionListener {
  /** A change, lent: see {@link Change}. */
  change(change: Change): void
  /** The state, or whether the first reading is done, is another one now. */
  moved(): void
  /**
   * All objects are known as they were read just now; what happened since is told after this.
   * @param dns where only these were read, because the others were in no doubt
   * @param unread those that could not be read, or changed meanwhile, and are as they were known
   */
  read?(dns: readonly string[] | undefined, unread: Unread): void
  /** DNs of objects that should be there, although this subscription has never seen them. */
  expected?(): Iterable<string>
  /** The clock of the APIC was set back: an object that had a later time than this one, epoch ms, has an earlier one now. */
  setBack?(time: number, dn: string): void
  /** The objects known so far were those of another fabric: there are none, and nothing is told of them. */
  afresh?(): void
}

/** Who brings a subscription onto connections. */
export interface SubscriptionHost {
  /** The subscription wants to be joined anew, after a while, because something could not be read. */
  again(error: AciError): void
  /**
   * Whether another controller shows more objects for the path than this connection's does; then the connection is as
   * good as over. False as well where no other one can be asked.
   */
  contradicted(connection: Connection, path: string, shown: number): Promise<boolean>
  /** Something is in doubt: {@link Subscription.verify} is to be called soon. */
  doubted(): void
  /** The clock of the APIC was set back to that time, epoch ms. */
  setBack(time: number): void
  /** It is registered anew: {@link Subscription.verify} is to be called after some seconds. */
  registered(): void
}

/** Objects per page: one JSON.parse of so many blocks the loop for about 20 ms. */
const PAGE_SIZE = 5_000
/** Up to so many objects are looked at one by one; for more, the query is read once more. */
const SINGLE_READS = 20
/** Objects found to be otherwise than known that are noted, before those that changed meanwhile are left out. */
const MOST_DOUBTFUL = 10_000
/** Objects that were looked up in vain, and are not looked up at once when they are spoken of again. */
const MOST_IN_VAIN = 10_000
/** Events that wait for a read to end. When there are more, they are dropped and the objects are read again. */
const MAX_HELD = 100_000
/** A mirror of fewer objects than this may lose most of them by ordinary work. */
const MANY = 10
/** So many readings in a row, and over so many ms, have to agree before most of a mirror is believed to be gone. */
const READINGS_TO_BELIEVE = 4
const TIME_TO_BELIEVE = 3_000

/** An object to tell of. */
type Told = KnownObject & Pick<Difference, 'changes' | 'before'>

/** What a change is told with, beside what happened. */
interface Circumstances {
  readonly origin: Origin
  readonly receivedAt: number
  /** The APIC's own time of the change. */
  readonly modTs?: string | undefined
  readonly raw?: Imdata | undefined
  readonly gap?: Gap | undefined
  readonly matched?: 'entered' | 'left' | undefined
  readonly uncertain?: true | undefined
}

/** Objects that were looked up one by one, or all together. */
interface Lookup {
  /** Those that match the query now, by DN. */
  readonly found: ReadonlyMap<string, WireObject>
  /** Why it cannot be told of the others that are not there; by DN. */
  readonly failed: ReadonlyMap<string, AciError>
}

/** One registration on one connection. Events of an earlier one are none of ours any more. */
interface Registration extends Receiver {
  readonly connection: Connection
  /** Connections come one after the other: of two, the later one counts. */
  readonly order: number
  id: string
  /** Events that wait for a read of everything to end; undefined when they pass at once. */
  held: WireEvent[] | undefined
  /** Events that wait for a read of their own objects; the others pass. */
  readonly pending: Pending
  /** While those objects are being read; gives why they could not be. */
  settling: Promise<AciError | undefined> | undefined
  /** Whether everything was read once more some seconds after it was made. */
  isVerified: boolean
  /** Each notes what is delivered while a reading that must not repeat it is under way. */
  readonly echoes: Set<Echoes>
  /** What the registration before has delivered and this one may yet be given. */
  delivered: Echoes | undefined
  /** There were too many of them: what is read meanwhile proves nothing. */
  overflowed: boolean
}

export class Subscription {
  readonly path: string
  /** Whether it goes on with what an earlier one knew. */
  isUnparked = false
  /** When an event came last, epoch ms. */
  lastEvent: number | undefined
  private mirror: Mirror | undefined
  private readonly listeners = new Set<SubscriptionListener>()
  private current: Registration | undefined
  private joins = 0
  private lastController = ''
  private ended = false
  private condition: SubscriptionState = { phase: 'waiting' }
  /** The objects have been read once in full, so that from now on differences are changes. */
  private complete: boolean
  /** Since when nothing can be trusted, epoch ms. */
  private blindSince = Date.now()
  private readonly readings = new Set<Promise<unknown>>()
  /** Identity of the fabric whose objects are known; empty when not told. */
  private knownSite = ''
  /** What pages are ordered by; undefined where there is no order, or the APIC does not know it. */
  private order: string | undefined

  /** How many readings in a row were hard to believe, and since when: on a clock that nobody sets, ms. */
  private doubts = 0
  private doubtsSince = 0

  /** DNs that have to be read again before long; `all` when anything may be otherwise than it is known. */
  private suspects: Set<string> | 'all' = new Set()
  /** DNs that no read showed although events speak of them. */
  private readonly inVain = new Set<string>()
  /** Objects could not be read since they were lost: what an event is based on may be old. */
  private isUnread = false
  /** Why objects could not be looked up, although the others were; by DN. */
  private unresolved = new Map<string, AciError>()

  /**
   * @param recovered counts the changes that are found by comparing
   * @param maxHeld events that may wait for a read to end
   */
  constructor(
    readonly query: Query,
    mode: MirrorMode,
    private readonly host: SubscriptionHost,
    readonly recovered = new Tally(),
    private readonly maxHeld = MAX_HELD
  ) {
    this.path = pathOf(query)
    this.order = orderOf(query)
    this.mirror = mode === 'full' ? new Mirror() : undefined
    this.complete = mode === 'off'
  }

  /** Takes over what an earlier one knew; what has changed since is told when the objects are read. */
  unpark({ mirror, trustedAt, site }: ParkedMirror): void {
    this.isUnparked = true
    this.mirror = mirror
    this.complete = true
    this.blindSince = trustedAt
    this.knownSite = site
  }

  /** What {@link unpark} takes; undefined when nothing was known for sure. This subscription is of no more use. */
  park(): ParkedMirror | undefined {
    const { mirror } = this
    const trustedAt = this.isRead ? Date.now() : this.blindSince
    // What still waits for a read is not gone through any more: the next one finds it by comparing.
    this.current = undefined
    if (mirror === undefined || !this.complete) return undefined
    return { mirror, trustedAt, site: this.knownSite }
  }

  get state(): SubscriptionState {
    return this.condition
  }

  /** Number of objects known; undefined when none are kept. */
  get known(): number | undefined {
    return this.mirror?.size
  }

  /** When the id in use was refreshed last, epoch ms; undefined when it has not been yet. */
  get lastRefresh(): number | undefined {
    return this.current?.connection.refreshedAt(this.current.id)
  }

  /** Identity of the fabric whose objects are known; empty when not told. */
  get site(): string {
    return this.knownSite
  }

  /** Base URL of the controller that serves it, or served it last. */
  get controller(): string {
    return this.lastController
  }

  /** Whether what is known is what there is, as far as anybody can tell. */
  get isRead(): boolean {
    return this.complete && this.condition.phase === 'live' && this.condition.error === undefined
  }

  /** Whether the objects have been read in full at some time. */
  get isComplete(): boolean {
    return this.complete
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
    for (const object of this.mirror?.all() ?? []) yield this.existingOf(object, receivedAt)
  }

  /** One object as it is known now, lent; undefined when it is not. */
  objectOf(dn: string): KnownObject | undefined {
    return this.mirror?.get(dn)
  }

  /** The same, told as `existing`. */
  knownOf(dn: string): Change | undefined {
    const object = this.objectOf(dn)
    return object && this.existingOf(object, Date.now())
  }

  private existingOf(object: KnownObject, receivedAt: number): Change {
    const circumstances: Circumstances = { origin: 'snapshot', receivedAt, modTs: object.attributes['modTs'] }
    return this.changeOf({ ...object, changes: undefined, before: undefined }, 'existing', circumstances)
  }

  /**
   * Brings this subscription onto a connection: registers, and sees to it that everything is known.
   *
   * Where the connection before still serves, its events go on being told until all objects have been compared; then
   * those of the new registration follow, without what was told already.
   * @throws AciError when trying again later, on this connection or another one, can help
   */
  async join(connection: Connection): Promise<void> {
    const before = this.current
    if (before?.connection === connection) {
      // Registered it is; what could not be read is read again.
      if (this.mirror !== undefined) await this.catchUp(before)
      return
    }
    // Why it failed before stays to be seen while it is tried again.
    if (this.condition.phase === 'waiting' || this.condition.phase === 'refused') this.enter({ phase: 'subscribing' })
    this.joins += 1
    const registration: Registration = {
      connection,
      order: this.joins,
      id: '',
      held: [],
      pending: new Pending(this.maxHeld, () => this.suspectAll()),
      settling: undefined,
      isVerified: false,
      echoes: new Set(),
      delivered: undefined,
      overflowed: false,
      event: (event) => this.hear(registration, event),
      missed: () => this.miss(registration)
    }
    const echoes = new Echoes(this.maxHeld)
    before?.echoes.add(echoes)
    try {
      registration.id = (await connection.register(this.path, registration)).id
      if (this.ended || this.isOvertaken(registration)) {
        before?.echoes.delete(echoes)
        connection.release(registration.id)
        return
      }
      const doubtful = before === undefined ? undefined : await this.compareUnder(before, connection)
      this.replace(before, registration, echoes)
      this.inVain.clear()
      if (doubtful !== undefined && !echoes.isFull && !registration.overflowed) {
        await this.settleDoubts(registration, doubtful, echoes)
        return
      }
    } catch (thrown) {
      const error = toAciError(thrown)
      if (this.current === registration) throw error
      before?.echoes.delete(echoes)
      if (registration.id !== '') connection.release(registration.id)
      if (connection.isOver || isTransient(error)) throw error
      before?.connection.release(before.id)
      this.current = undefined
      this.enter({ phase: 'refused', error })
      return
    }
    await this.begin(registration)
  }

  /** Whether a later connection was joined while this one was slow to answer: the later one counts. */
  private isOvertaken({ order }: Registration): boolean {
    return this.current !== undefined && this.current.order > order
  }

  /** The events of the new registration wait until everything has been read. */
  private async begin(registration: Registration): Promise<void> {
    if (this.mirror !== undefined) {
      await this.catchUp(registration)
      return
    }
    this.letPass(registration)
    this.enter({ phase: 'live' })
  }

  /** For a pure stream: there is nothing to compare what was held with. */
  private letPass(registration: Registration): void {
    const held = registration.held ?? []
    registration.held = undefined
    for (const event of held) this.apply(registration, event)
  }

  /** From now on this registration is the one that counts. What the one before has delivered is not told again. */
  private replace(before: Registration | undefined, registration: Registration, echoes: Echoes): void {
    const { controller, facts } = registration.connection
    if (before !== undefined) {
      const isSame = !areApart(before.connection.facts.site, facts.site)
      before.echoes.delete(echoes)
      before.connection.release(before.id)
      if (isSame) this.expectEchoes(registration, echoes)
    }
    this.current = registration
    this.lastController = controller
    if (areApart(this.knownSite, facts.site)) this.startAfresh()
    this.knownSite = siteAfter(this.knownSite, facts.site)
  }

  /** Events that the registration before has delivered come by this one as well: some have come, others are on their way. */
  private expectEchoes(registration: Registration, echoes: Echoes): void {
    registration.held = echoes.without(registration.held ?? [])
    registration.delivered = echoes
    void registration.connection.flush().then(() => {
      registration.delivered = undefined
    })
  }

  /** These controllers serve another fabric than those before: comparing the two would tell nonsense. */
  private startAfresh(): void {
    this.mirror?.clear()
    this.complete = this.mirror === undefined
    for (const listener of this.listeners) listener.afresh?.()
  }

  /**
   * Compares what the next connection shows with what is known, while the events go on by the one before.
   * @returns the objects that are not as they are known; undefined when everything has to be read once more, with all
   *   events waiting
   */
  private async compareUnder(before: Registration, next: Connection): Promise<readonly string[] | undefined> {
    const areTwo = areApart(next.facts.site, before.connection.facts.site)
    if (areTwo || (this.mirror !== undefined && !this.isRead)) return undefined
    const doubtful = await this.oneAtATime(() => this.look(next, before))
    // What the old connection was given before the new registration may still be on its way.
    await before.connection.flush()
    // What it has delivered may wait for a read; after the change-over it would wait for ever.
    while (this.readings.size > 0) await Promise.allSettled(this.readings)
    return this.current === before && !before.connection.isOver ? doubtful : undefined
  }

  /** An APIC may miss the first events of a subscription whose object has just been created. */
  private verifyOnce(registration: Registration): void {
    if (this.mirror !== undefined && !registration.isVerified) this.host.registered()
  }

  /** Bringing it onto the connection has failed again, in a way that may pass. */
  failAgain(error: AciError): void {
    const { condition } = this
    if (condition.phase !== 'subscribing' || condition.error?.message === error.message) return
    this.enter({ phase: 'subscribing', error })
  }

  /** Events of this subscription may be missing: everything is read again before long. */
  suspectAll(): void {
    if (this.mirror === undefined || this.current === undefined) return
    this.suspects = 'all'
    this.host.doubted()
  }

  /** The object may be otherwise than it is known: it is read again before long. */
  suspect(dn: string): void {
    if (this.mirror === undefined) return
    if (this.suspects !== 'all') {
      if (this.suspects.size < MOST_DOUBTFUL) this.suspects.add(dn)
      else this.suspects = 'all'
    }
    this.host.doubted()
  }

  /**
   * Reads again what is in doubt, and tells the differences. Does nothing while there is no live registration: then
   * everything is going to be compared.
   * @returns whether anything was otherwise than known
   * @throws AciError when that did not work; where trying again can help, that is seen to
   */
  async verify(): Promise<boolean> {
    const { suspects, recovered } = this
    const registration = this.current
    if (this.mirror === undefined || registration === undefined || this.condition.phase !== 'live') return false
    this.suspects = new Set()
    const { created, modified, deleted } = recovered
    const isAll = suspects === 'all' || suspects.size > SINGLE_READS || !registration.isVerified || this.isUnread
    registration.isVerified = true
    if (isAll) await this.resync()
    else if (suspects.size > 0) await this.repeatable(registration, () => this.catchUp(registration, [...suspects]))
    return recovered.created + recovered.modified + recovered.deleted > created + modified + deleted
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

  /** Whether its events come by that connection. */
  isServedBy(connection: Connection): boolean {
    return this.current?.connection === connection
  }

  /** Gives up the id in use, so that the next {@link join} makes another one. */
  forsake(): void {
    const registration = this.current
    if (registration === undefined) return
    registration.connection.release(registration.id)
    this.lose(this.blindSince)
  }

  /** Nobody listens any more. */
  end(): void {
    const registration = this.current
    this.ended = true
    this.current = undefined
    registration?.connection.release(registration.id)
  }

  /**
   * Reads again, now, and tells the differences; events go on meanwhile. Does nothing while there is no live
   * registration.
   * @throws AciError when that did not work; where trying again can help, that is seen to
   */
  async resync(): Promise<void> {
    const registration = this.current
    if (this.mirror === undefined || registration === undefined) return
    await this.repeatable(registration, () => this.readAgain(registration))
  }

  private async repeatable(registration: Registration, read: () => Promise<void>): Promise<void> {
    try {
      await read()
    } catch (thrown) {
      const error = toAciError(thrown)
      if (isTransient(error) && !registration.connection.isOver) this.host.again(error)
      throw error
    }
  }

  private async readAgain(registration: Registration): Promise<void> {
    if (!this.isRead) {
      await this.catchUp(registration)
      return
    }
    const echoes = new Echoes(this.maxHeld)
    registration.echoes.add(echoes)
    try {
      const doubtful = await this.oneAtATime(() => this.look(registration.connection, registration))
      if (this.current !== registration) return
      if (doubtful === undefined || echoes.isFull) await this.catchUp(registration)
      else await this.settleDoubts(registration, doubtful, echoes)
    } finally {
      registration.echoes.delete(echoes)
    }
  }

  /**
   * Reads all objects and tells which are not as they are known; undefined when that cannot be told one by one.
   * @param by the registration whose events go on meanwhile; undefined as well when they do not
   */
  private async look(connection: Connection, by: Registration): Promise<string[] | undefined> {
    const { mirror } = this
    if (mirror === undefined) return []
    const doubtful: string[] = []
    mirror.beginComparison()
    await this.readPages(connection, (object) => {
      if (this.current === by && !mirror.matches(object) && doubtful.length <= MOST_DOUBTFUL) doubtful.push(object.dn)
    })
    if (this.current !== by) return undefined
    // Where something is missing, the reading itself may have been.
    if (mirror.missing().length > 0 || this.expectedInVain(mirror).length > 0) return undefined
    return doubtful.length > MOST_DOUBTFUL ? undefined : doubtful
  }

  /**
   * Looks again at objects that were not as they are known, while events wait; the differences are told.
   * @param delivered for what was delivered meanwhile, nothing that was read before counts
   */
  private async settleDoubts(
    registration: Registration,
    doubtful: readonly string[],
    delivered: Echoes
  ): Promise<void> {
    const dns = doubtful.filter((dn) => !delivered.has(dn))
    if (dns.length === 0) {
      this.doubts = 0
      this.blindSince = Date.now()
      if (this.mirror === undefined) this.letPass(registration)
      const unread = new Set(doubtful)
      for (const listener of this.listeners) listener.read?.(undefined, unread)
      this.releaseHeld(registration)
      this.verifyOnce(registration)
      return
    }
    await this.catchUp(registration, dns.length > SINGLE_READS ? undefined : dns)
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
    this.lastEvent = Date.now()
    if (registration.delivered?.take(event) === true) return
    if (registration.held !== undefined) {
      this.hold(registration, event)
    } else if (registration === this.current) {
      for (const echoes of registration.echoes) echoes.note(event)
      if (!registration.pending.keep(event)) this.apply(registration, event)
    }
  }

  private hold(registration: Registration, event: WireEvent): void {
    if (registration.held === undefined) return
    if (registration.held.length >= this.maxHeld) {
      registration.held = []
      registration.overflowed = true
    }
    registration.held.push(event)
  }

  /** Events of the registration were lost on their way here. */
  private miss(registration: Registration): void {
    // A pure stream has nothing but its events.
    if (this.mirror === undefined) return
    if (registration.held !== undefined) registration.held = []
    registration.overflowed = true
    if (registration === this.current && registration.held === undefined) this.suspectAll()
  }

  private apply(registration: Registration, event: WireEvent): void {
    if (this.mirror === undefined) {
      this.tell(told(event.class, event.dn, event.attributes), event.status, live(event))
      return
    }
    this.understand(registration, event, this.mirror.apply(event, false))
  }

  private understand(registration: Registration, event: WireEvent, result: Applied): void {
    const { dn } = event
    const setBack = this.mirror?.takeSetBack()
    if (setBack !== undefined) this.host.setBack(setBack)
    if (result === 'stale') return
    if (result === 'replaced') {
      // What was known by this DN is gone, and nobody said so.
      this.tellGone(dn, live(event))
      this.understand(registration, event, this.mirror?.apply(event, false) ?? 'stale')
    } else if (result === 'earlier') {
      this.suspect(dn)
    } else if (result === 'unknown' && this.inVain.has(dn)) {
      // Nobody can tell what it is. It is looked for again, but not for each event.
      this.suspect(dn)
    } else if (result === 'unknown' || result === 'unclear') {
      registration.pending.open(event, result === 'unclear')
      void this.settlePending(registration)
    } else {
      this.tellDifference(result, this.isUnread ? { ...live(event), uncertain: true } : live(event))
    }
  }

  /** Reads the objects for which events wait, all together, until there are none. @returns why that did not work */
  private settlePending(registration: Registration): Promise<AciError | undefined> {
    registration.settling ??= this.noted(
      this.settleAll(registration).finally(() => {
        registration.settling = undefined
        // One that began to wait in the very moment in which the last one was settled.
        if (registration.pending.dns.length > 0 && registration === this.current && !registration.connection.isOver) {
          void this.settlePending(registration)
        }
      })
    )
    return registration.settling
  }

  private async settleAll(registration: Registration): Promise<AciError | undefined> {
    const { connection, pending } = registration
    const isOver = (): boolean => registration !== this.current || connection.isOver
    let unresolved: AciError | undefined
    try {
      for (let { dns } = pending; dns.length > 0 && !isOver(); { dns } = pending) {
        const { found, failed } = await this.readObjects(connection, dns)
        await connection.flush()
        if (isOver()) break
        for (const dn of dns) this.settle(registration, dn, found.get(dn), failed.get(dn))
        for (const [dn, error] of failed) {
          if (isTransient(error)) throw error
          unresolved = error
          this.suspect(dn)
        }
      }
      if (unresolved !== undefined && !isOver()) this.enter({ phase: 'live', error: unresolved })
    } catch (thrown) {
      unresolved = toAciError(thrown)
      this.cannotRead(registration, unresolved)
      if (isTransient(unresolved) && !connection.isOver) this.host.again(unresolved)
    }
    return unresolved
  }

  /** What a read says of an object for which events wait, and these events. */
  private settle(
    registration: Registration,
    dn: string,
    object: WireObject | undefined,
    failure: AciError | undefined
  ): void {
    const { mirror } = this
    const waiting = registration.pending.take(dn)
    if (mirror === undefined || waiting === undefined) return
    const { events, mayBeGone } = waiting
    const [first, ...rest] = events
    if (failure !== undefined) {
      // Nobody can tell: the events are all there is.
      for (const event of events) this.applyUnread(event)
      return
    }
    if (object === undefined) {
      if (!mayBeGone) this.noteInVain(dn)
      const difference = mayBeGone ? mirror.remove(dn) : 'stale'
      if (difference !== 'stale') this.tellSettled(difference, first)
    } else {
      this.inVain.delete(dn)
      let taken = mirror.take(object)
      if (taken === 'replaced') {
        this.tellGone(dn, { origin: 'live', receivedAt: Date.now() })
        taken = mirror.take(object)
      }
      if (taken === 'earlier') this.suspect(dn)
      else if (typeof taken !== 'string') this.tellSettled(taken, object)
    }
    this.replay(registration, rest)
  }

  private noteInVain(dn: string): void {
    this.inVain.add(dn)
    if (this.inVain.size <= MOST_IN_VAIN) return
    const [oldest] = this.inVain
    if (oldest !== undefined) this.inVain.delete(oldest)
  }

  private tellSettled(difference: Difference, by: WireObject | undefined): void {
    const entered = difference.event === 'created' && this.query.filter !== ''
    this.tellDifference(difference, {
      origin: 'live',
      receivedAt: Date.now(),
      modTs: by?.attributes['modTs'],
      raw: by?.raw,
      ...(entered ? { matched: 'entered' as const } : {})
    })
  }

  /** Lets events pass from now on: those that were held back first, in the order in which they came. */
  private releaseHeld(registration: Registration): void {
    const held = registration.held ?? []
    registration.held = undefined
    if (registration !== this.current || this.mirror === undefined) return
    for (const event of held) for (const echoes of registration.echoes) echoes.note(event)
    this.replay(registration, held)
    if (!registration.overflowed) return
    registration.overflowed = false
    this.suspectAll()
  }

  /** Applies events that waited: what was read since may show them already. */
  private replay(registration: Registration, events: readonly WireEvent[]): void {
    const { mirror } = this
    if (mirror === undefined) return
    const shown = this.lastShown(events)
    for (const [index, event] of events.entries()) {
      if (index < (shown.get(event.dn) ?? 0) || registration.pending.keep(event)) continue
      const wasRead = mirror.isAsRead(event.dn)
      const result = mirror.apply(event, true)
      // What was read while the event waited has overtaken it.
      if (result !== 'earlier' || !wasRead) this.understand(registration, event, result)
    }
  }

  /** For each object, how many of the events have to be gone through until one that what was read already shows. */
  private lastShown(events: readonly WireEvent[]): Map<string, number> {
    const shown = new Map<string, number>()
    for (const [index, event] of events.entries()) {
      if (this.mirror?.shows(event) === true) shown.set(event.dn, index + 1)
    }
    return shown
  }

  // --- reading and comparing ---

  /** @param dns where only these objects are in doubt; without them, all are */
  private catchUp(registration: Registration, dns?: readonly string[]): Promise<void> {
    return this.oneAtATime(async () => {
      if (registration !== this.current) return
      if (dns === undefined) {
        registration.held ??= []
        // What was lost before is part of what is read now.
        registration.overflowed = false
        this.suspects = new Set()
      } else {
        // The events of other objects pass.
        for (const dn of dns) registration.pending.claim(dn)
        this.releaseHeld(registration)
      }
      await this.compare(registration, dns)
    })
  }

  /** Two readings at once would each let pass what the other holds, and mark what the other has seen. */
  private async oneAtATime<T>(read: () => Promise<T>): Promise<T> {
    while (this.readings.size > 0) await Promise.allSettled(this.readings)
    return this.noted(read())
  }

  private noted<T>(reading: Promise<T>): Promise<T> {
    this.readings.add(reading)
    const done = (): void => void this.readings.delete(reading)
    reading.then(done, done)
    return reading
  }

  private async compare(registration: Registration, dns: readonly string[] | undefined): Promise<void> {
    const { connection } = registration
    try {
      await this.readAndCompare(registration, dns)
      // Events that led to what was read may still be on their way: they wait with the others, and are told by it.
      await connection.flush()
      if (registration !== this.current) return
      if (registration.overflowed) {
        registration.overflowed = false
        throw new AciError('ACI_PROTOCOL', `more than ${this.maxHeld} events came while ${this.path} was read`)
      }
      this.doubts = 0
      this.complete = true
      this.isUnread = false
      this.blindSince = Date.now()
      const { unresolved } = this
      this.unresolved = new Map()
      for (const listener of this.listeners) listener.read?.(dns, unresolved)
      // It broke meanwhile: what waits may be older than what was read, and what came after it is lost.
      if (connection.isOver) throw new AciError('ACI_CLOSED', 'the connection was lost')
      if (dns === undefined) {
        this.inVain.clear()
        this.releaseHeld(registration)
      } else {
        this.replay(registration, takeAll(registration.pending, dns))
      }
      // The events of other objects pass meanwhile.
      const failure = await registration.settling
      if (registration !== this.current || failure !== undefined) return
      const [error] = unresolved.values()
      this.enter(error === undefined ? { phase: 'live' } : { phase: 'live', error })
      if (error === undefined) this.verifyOnce(registration)
    } catch (thrown) {
      const error = toAciError(thrown)
      // Part of it may have been read, and what led to that may still be on its way.
      await connection.flush()
      if (connection.isOver || registration !== this.current) throw error
      this.cannotRead(registration, error, dns)
      if (isTransient(error)) throw error
    }
  }

  /**
   * Objects cannot be read: events stream all the same, and the state says so.
   * @param dns where it was only these that were read
   */
  private cannotRead(registration: Registration, error: AciError, dns: readonly string[] = []): void {
    if (registration !== this.current || registration.connection.isOver) return
    const { held = [], pending } = registration
    this.isUnread = true
    registration.held = undefined
    const waiting = [...takeAll(pending, dns), ...pending.takeUnclaimed(), ...held]
    const shown = this.lastShown(waiting)
    for (const [index, event] of waiting.entries()) {
      if (index >= (shown.get(event.dn) ?? 0)) this.applyUnread(event)
    }
    this.enter({ phase: 'live', error })
  }

  /** An event of an object that cannot be read: nothing newer was, or a reading follows that puts it right. */
  private applyUnread(event: WireEvent): void {
    const result = this.mirror?.apply(event, this.mirror.isAsRead(event.dn))
    if (result === 'earlier') this.suspect(event.dn)
    else if (result !== undefined && typeof result !== 'string') {
      this.tellDifference(result, { ...live(event), uncertain: true })
    }
  }

  private async readAndCompare(registration: Registration, dns: readonly string[] | undefined): Promise<void> {
    const { mirror } = this
    if (mirror === undefined) return
    const { connection } = registration
    const gap: Gap = { from: new Date(this.blindSince).toISOString(), to: new Date().toISOString() }
    this.unresolved = new Map()
    if (dns !== undefined) {
      await this.lookAgain(registration, gap, dns, false)
      return
    }
    mirror.beginComparison()
    const earlier: string[] = []
    const take = (object: WireObject): void => {
      if (registration === this.current && this.takeRead(object, gap) === 'earlier') earlier.push(object.dn)
    }
    let pages = await this.readPages(connection, take)
    if (mirror.size === 0) {
      // Nothing at all may be true, or an answer of a controller that was still starting: the next one is not.
      await this.assertStarted(connection)
      pages = await this.readPages(connection, take)
    }
    if (registration !== this.current) return
    const unseen = this.expectedInVain(mirror)
    const found = await this.lookAgain(registration, gap, [...mirror.missing(), ...unseen], false)
    await this.lookAgain(registration, gap, earlier, true)
    if (found > (pages > 1 ? SINGLE_READS : 0)) {
      await this.doubt(`${found} objects were missing from ${this.path} that exist`)
    }
  }

  /**
   * Something that was read is hard to believe.
   * @param claim what another controller would have to contradict
   * @throws AciError ACI_PROTOCOL, on which it is read again after a while, unless several readings say the same, and
   *   another controller as well where there is one
   */
  private async doubt(text: string, claim?: { connection: Connection; path: string; shown: number }): Promise<void> {
    const now = performance.now()
    if (this.doubts === 0) this.doubtsSince = now
    this.doubts += 1
    // Who asks for one reading after the other does not make them truer.
    if (this.doubts < READINGS_TO_BELIEVE || now - this.doubtsSince < TIME_TO_BELIEVE) {
      throw new AciError('ACI_PROTOCOL', `${text}: reading again to be sure`)
    }
    if (claim === undefined || !(await this.host.contradicted(claim.connection, claim.path, claim.shown))) return
    this.doubts = 0
    throw new AciError('ACI_PROTOCOL', `${text}, but not on another controller`)
  }

  /** What listeners expect to be there and the mirror does not have. */
  private expectedInVain(mirror: Mirror): string[] {
    const unseen = new Set<string>()
    for (const listener of this.listeners) {
      for (const dn of listener.expected?.() ?? []) if (!mirror.has(dn)) unseen.add(dn)
    }
    return [...unseen]
  }

  private takeRead(object: WireObject, gap: Gap, isSecond = false): Taken {
    const known = isSecond ? msOf(this.mirror?.get(object.dn)?.attributes['modTs']) : undefined
    let difference = this.mirror?.take(object, isSecond) ?? 'stale'
    if (difference === 'replaced') {
      this.tellGone(object.dn, { origin: 'recovered', receivedAt: Date.now(), gap })
      difference = this.mirror?.take(object, isSecond) ?? 'stale'
    }
    if (typeof difference === 'string') return difference
    // What was believed although its time is earlier stands above what was told of the later time.
    if (known !== undefined) for (const listener of this.listeners) listener.setBack?.(known - 1, object.dn)
    const { raw } = object
    const modTs = object.attributes['modTs']
    const receivedAt = Date.now()
    if (!this.complete && difference.event === 'created') {
      this.tell(difference, 'existing', { origin: 'snapshot', receivedAt, modTs, raw })
    } else {
      this.tellDifference(difference, { origin: 'recovered', receivedAt, modTs, raw, gap })
    }
    return difference
  }

  /**
   * Looks again at objects that a reading showed otherwise than they are known, or not at all: pages shift while they
   * are read.
   * @param isSecond the reading showed a state of an earlier time: if it still does, that is believed
   * @returns how many of them are there
   * @throws AciError where not all of them could be looked at, and trying again can help; the others are told
   */
  private async lookAgain(
    registration: Registration,
    gap: Gap,
    dns: readonly string[],
    isSecond: boolean
  ): Promise<number> {
    const { mirror } = this
    if (mirror === undefined || dns.length === 0) return 0
    const { connection } = registration
    const hadRoot = await this.assertStarted(connection)
    const { found, failed } = await this.readObjects(connection, dns)
    const gone = dns.filter((dn) => !found.has(dn) && !failed.has(dn))
    // What was never seen is not gone.
    const vanished = gone.filter((dn) => !this.inVain.has(dn))
    const known = mirror.size + dns.filter((dn) => !mirror.has(dn) && !this.inVain.has(dn)).length
    if (vanished.length > 0) await this.assertBelievable(connection, vanished.length, known, hadRoot)
    // What exists still, but is no part of the result, has left the filter.
    const left = this.query.filter === '' ? new Set<string>() : await this.stillThere(connection, gone)
    if (registration !== this.current) return 0
    const earlier: string[] = []
    for (const object of found.values()) {
      if (this.takeRead(object, gap, isSecond) === 'earlier') earlier.push(object.dn)
    }
    for (const dn of gone) {
      const difference = mirror.remove(dn)
      if (difference === 'stale') continue
      const matched = left.has(dn) ? { matched: 'left' as const } : {}
      this.tellDifference(difference, { origin: 'recovered', receivedAt: Date.now(), gap, ...matched })
    }
    await this.lookAgain(registration, gap, earlier, true)
    for (const [dn, error] of failed) {
      if (isTransient(error)) throw error
      this.unresolved.set(dn, error)
      this.suspect(dn)
    }
    return found.size
  }

  /**
   * Rights that change hide much at once, and a controller may have lost touch with the others. So when most objects
   * seem gone, several readings over some seconds have to agree, and another controller where there is one.
   * @throws AciError ACI_PROTOCOL, on which the objects are read again after a while
   */
  private async assertBelievable(connection: Connection, gone: number, known: number, hadRoot: boolean): Promise<void> {
    if (known >= MANY && gone * 2 > known) {
      const claim = { connection, path: this.path, shown: known - gone }
      await this.doubt(`${gone} of ${known} objects of ${this.path} seem gone`, claim)
    }
    if ((await this.assertStarted(connection)) !== hadRoot) {
      throw new AciError('ACI_PROTOCOL', 'the APIC has just begun to show objects: reading again')
    }
  }

  /**
   * A controller that is still starting answers every query with nothing, even for the root of the tree.
   * @returns whether there is a root: several readings without one are believed, for some users may not see it
   * @throws AciError ACI_PROTOCOL, on which the objects are read again after a while
   */
  private async assertStarted(connection: Connection): Promise<boolean> {
    const path = moPath('uni')
    const { objects } = await connection.get(path)
    if (objects.length > 0) return true
    await this.doubt('the APIC shows nothing at all', { connection, path, shown: 0 })
    return false
  }

  /**
   * Looks at objects: a few one by one, many by reading the query. One whose lookup is refused keeps back no other one.
   * @throws AciError where none could be looked at
   */
  private async readObjects(connection: Connection, dns: readonly string[]): Promise<Lookup> {
    const found = new Map<string, WireObject>()
    const failed = new Map<string, AciError>()
    if (dns.length > SINGLE_READS) {
      const wanted = new Set(dns)
      await this.readPages(connection, (object) => {
        if (wanted.has(object.dn)) found.set(object.dn, object)
      })
      return { found, failed }
    }
    for (const [index, dn] of dns.entries()) {
      try {
        const answer = await connection.get(moPath(dn, this.query.filter))
        assertWhole(answer.objects.length + answer.skipped, answer.totalCount, dn)
        for (const object of answer.objects) found.set(object.dn, object)
      } catch (thrown) {
        const error = toAciError(thrown)
        if (connection.isOver || (isTransient(error) && index === 0)) throw error
        failed.set(dn, error)
        // Who does not answer is not asked for one object after the other.
        if (isTransient(error)) for (const other of dns.slice(index)) failed.set(other, error)
        if (isTransient(error)) break
      }
    }
    return { found, failed }
  }

  /** Those of the objects that exist, whether they match or not. Of very many none is looked at: `left` is a nicety. */
  private async stillThere(connection: Connection, dns: readonly string[]): Promise<Set<string>> {
    const there = new Set<string>()
    if (dns.length > SINGLE_READS) return there
    for (const dn of dns) {
      const answer = await connection.get(moPath(dn)).catch(toAciError)
      if (!(answer instanceof AciError) && answer.totalCount > 0) there.add(dn)
      else if (answer instanceof AciError && isTransient(answer)) throw answer
    }
    return there
  }

  /**
   * Reads the whole result in pages and hands over each object.
   * @returns the number of pages
   * @throws AciError ACI_PROTOCOL when less came than the APIC said there is: nothing may be concluded from that
   */
  private async readPages(connection: Connection, use: (object: WireObject) => void): Promise<number> {
    let received = 0
    let first = ''
    for (let page = 0; ; page += 1) {
      const answer = await this.readPage(connection, page)
      const count = answer.objects.length + answer.skipped
      received += count
      assertAnotherPage(page, first, answer.objects[0]?.dn, this.path)
      first = answer.objects[0]?.dn ?? first
      for (const object of answer.objects) use(object)
      if (received >= answer.totalCount) return page + 1
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
    // What was in doubt before it was live is read now.
    if (state.phase === 'live' && (this.suspects === 'all' || this.suspects.size > 0)) this.host.doubted()
    for (const listener of this.listeners) listener.moved()
  }

  private tellGone(dn: string, circumstances: Circumstances): void {
    const difference = this.mirror?.remove(dn) ?? 'stale'
    if (difference !== 'stale') this.tellDifference(difference, circumstances)
  }

  private tellDifference(difference: Difference, circumstances: Circumstances): void {
    this.tell(difference, difference.event, circumstances)
  }

  private tell(object: Told, event: EventName, circumstances: Circumstances): void {
    if (this.listeners.size === 0) return
    if (circumstances.origin === 'recovered') this.recovered.add(event)
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
      before: object.before,
      origin: circumstances.origin,
      stamp: object.stamp,
      digest: object.digest,
      time: timeOf(circumstances.modTs, receivedAt),
      receivedAt,
      controller: this.lastController,
      query: this.path,
      raw: circumstances.raw,
      gap: circumstances.gap,
      matched: circumstances.matched,
      uncertain: circumstances.uncertain
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

/** What waits for these objects. */
function takeAll(pending: Pending, dns: readonly string[]): WireEvent[] {
  return dns.flatMap((dn) => pending.take(dn)?.events ?? [])
}

/** An object as it is, for where nothing is mirrored. */
function told(name: string, dn: string, given: Readonly<Attributes>): Told {
  const attributes = objectAttributes(given)
  return { class: name, dn, attributes, stamp: stampOf(name, attributes), changes: undefined, before: undefined }
}

function live(event: WireEvent): Circumstances {
  return { origin: 'live', receivedAt: Date.now(), modTs: event.attributes['modTs'], raw: event.raw }
}
