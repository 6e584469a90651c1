// What one node is interested in: several queries whose changes become one story, each change told once.

import { changesBetween, isSameVersion, kept, partsOfVersion, versionOf, type Change, type Gap } from '../store/change'
import { AciError, toAciError } from '../common/errors'
import type { KnownObject } from '../store/mirror'
import type { ParkedWatch } from '../store/parking'
import type { Remembered } from '../store/remembered'
import { areApart } from '../session/site'
import { isTime, Story } from '../store/story'
import type { MirrorMode, Subscription, SubscriptionListener, SubscriptionState, Unread } from '../sync/subscription'
import { isSureOf, pathOf, type Query } from '../protocol/query'

/** Place of an `existing` object in the sequence that a start of the watch sends. */
export interface Place {
  /** Tells one sequence of the watch from its others. */
  readonly sequence: number
  readonly index: number
  /** On the last one alone: how many there were. Where not all could be read, there is another sequence when they can. */
  readonly count?: number
}

export interface WatchListener {
  /** A change, lent: see {@link Change}. `place` comes with `existing` ones. */
  change(change: Change, place?: Place): void
  /** Any state has changed, of the fabric or of a query. */
  moved(): void
  /** What was known of a query is of no use any more, because this is another fabric; nothing is told of it. */
  forgotten?(query: Query): void
}

/** Lends subscriptions; implemented by the fabric. */
export interface SubscriptionLender {
  acquire(query: Query, mirror: MirrorMode, listener: SubscriptionListener): Subscription
  release(subscription: Subscription, listener: SubscriptionListener): void
}

export interface AddOptions {
  readonly mirror: MirrorMode
  /** Tell what exists first, as one sequence. */
  readonly snapshot: boolean
  /** What had been delivered before this process began: the differences are told as recovered. */
  readonly remembered?: (query: Query) => Remembered | undefined
}

/** What a query has delivered, as the picture that its changes add up to. */
export interface Delivered {
  /** Identity of the fabric; empty when not told. */
  readonly site: string
  readonly count: number
  /** Each one is lent until the next one is asked for. */
  readonly objects: () => Iterable<Change>
}

/** Objects told in one turn of the event loop. */
const SLICE = 500
/** Changes that may wait, for a sequence to end or for a listener to come back. */
const MAX_WAITING = 100_000

interface Member extends SubscriptionListener {
  readonly query: Query
  readonly mirror: MirrorMode
  readonly subscription: Subscription
  /** What had been delivered before this process began, until it has been compared. */
  remembered: Remembered | undefined
  /** Its start waits until everything has been read. */
  awaiting: boolean
  /** What it knows has been told, or is known without being told: what comes from now on is news. */
  isKnown: boolean
  /** Its existing objects could not be read when they were to be told: they are when they can be. */
  isOwed: boolean
  /** DNs of what it has to know, for a query has told it that left; and until when all was in order, epoch ms. */
  inherited: { readonly dns: readonly string[]; readonly trustedAt: number } | undefined
  /** Objects that it knows in a state which seems to be before the one told, by DN: readings tell whether it is. */
  readonly disputed: Map<string, Disputed>
}

interface Disputed {
  /** Stamp of the state that was told; undefined where that was the object's end. */
  readonly told: string | undefined
  /** Whether a reading has shown another one since. */
  wasRead: boolean
}

/** A sequence of `existing` objects that is being told. */
interface Sequence {
  readonly number: number
  readonly pending: Set<Member>
  index: number
  /** The one before the end is not known to be the last until the end comes. */
  heldBack: Change | undefined
  /** DNs, where several queries may have the same object. */
  readonly told: Set<string>
  /** Whether all could be read: else nobody is told that this was the last one. */
  isWhole: boolean
}

export class Watch {
  private readonly members: Member[] = []
  private story = new Story()
  /** Paths of the queries of which the watch has told that this one takes up. */
  private takenUp: ReadonlySet<string> = new Set()
  /** What came while nobody listened; undefined when somebody does. */
  private untold: Change[] | undefined
  private sequence: Sequence | undefined
  private sequences = 0
  /** Changes that wait for the sequence to end: what exists comes first. */
  private waiting: { member: Member; change: Change }[] = []
  /** Members whose existing objects are being told at this moment. */
  private readonly telling = new Set<Member>()
  /** Once the sequence is over it has to be seen whether something is untold. */
  private isLeftUntold = false
  private lastRaw: unknown
  private wasStream = false
  private closed = false

  constructor(
    private readonly lender: SubscriptionLender,
    private listener: WatchListener
  ) {}

  get states(): readonly { readonly query: Query; readonly path: string; readonly state: SubscriptionState }[] {
    return this.members.map(({ query, subscription: { path, state } }) => ({ query, path, state }))
  }

  /** Objects known, all queries together; undefined when none of them keeps any. */
  get known(): number | undefined {
    const counts = this.members.map(({ subscription }) => subscription.known).filter((count) => count !== undefined)
    return counts.length === 0 ? undefined : counts.reduce((sum, count) => sum + count, 0)
  }

  /** Adds queries; those that are watched already stay as they are. */
  add(queries: readonly Query[], options: AddOptions): void {
    const added: Member[] = []
    const [only, other] = this.members
    for (const query of queries) {
      if (this.members.some((member) => same(member.query, query))) continue
      // While there was one query only, nothing could overlap and nothing was noted.
      if (added.length === 0 && only !== undefined && other === undefined) this.noteTold(only)
      const member = this.join(query, options)
      this.members.push(member)
      added.push(member)
    }
    if (added.length === 0) return
    if (options.snapshot) this.beginSequence(added)
    // What has been told comes before what is only known.
    for (const member of added) if (member.isKnown) this.takeBacklog(member)
    for (const member of added) if (!member.isKnown) this.takeBacklog(member)
    for (const member of added) if (!member.awaiting && member.subscription.isComplete) member.isKnown = true
    this.listener.moved()
  }

  /** Takes queries away. Nothing is said to be deleted: it is only out of sight. */
  remove(queries: readonly Query[]): void {
    this.drop(this.members.filter(({ query }) => queries.some((other) => same(query, other))))
    this.tellUntold(this.members)
  }

  /** Nobody listens for a while; what comes meanwhile is kept for who comes next. */
  suspend(): void {
    const { sequence } = this
    const untold: Change[] = (this.untold = [])
    this.listener = {
      change: (change) => {
        if (change.event === 'existing') return
        if (untold.length < MAX_WAITING) untold.push(kept(change))
        // Too much to be kept: who comes next has to start anew.
        else if (!this.closed) this.close()
      },
      moved: () => undefined
    }
    if (sequence !== undefined) this.endSequence(sequence)
  }

  /** What the next watch of the same name takes up; this one is of no more use. */
  park(): ParkedWatch {
    if (this.untold === undefined) this.suspend()
    this.keepLast(this.members, this.members)
    const { story, untold = [] } = this
    this.story = new Story()
    return { paths: new Set(this.queries.map(pathOf)), story, untold }
  }

  /** The clock of the APIC was set back to that time, epoch ms. */
  setBack(time: number): void {
    this.story.setBack(time)
  }

  get isClosed(): boolean {
    return this.closed
  }

  /** Takes up a suspended watch, or what is left of one: {@link keep} is the next call. */
  resume(listener: WatchListener, parked?: ParkedWatch): void {
    if (parked !== undefined) {
      this.story = parked.story
      this.takenUp = parked.paths
    }
    this.untold = [...(parked?.untold ?? []), ...(this.untold ?? [])]
    this.listener = listener
  }

  /** Watches just these queries: tells what came meanwhile of those that are watched already, and goes on with all. */
  keep(queries: readonly Query[], options: AddOptions): void {
    const paths = new Set(queries.map(pathOf))
    const heirOf = heirAmong(options.mirror === 'full' ? queries : [])
    // What a query told that goes now may have kept one that stays from telling it.
    const untold = (this.untold ?? []).filter((change) => {
      const { query, dn } = change
      if (paths.has(query) || heirOf(change) !== undefined) return true
      return [...paths].some((path) => this.story.isReported(path, dn))
    })
    this.untold = undefined
    this.drop(
      this.members.filter((member) => {
        return member.mirror !== options.mirror || !queries.some((other) => same(member.query, other))
      })
    )
    const stayed = [...this.members]
    this.story.keep(paths, heirOf)
    for (const change of untold) this.listener.change(change)
    for (const member of stayed) member.isKnown = true
    this.add(queries, options)
    this.forgetSettled()
    const known = this.members.filter((member) => {
      return stayed.includes(member) || this.takenUp.has(member.subscription.path)
    })
    this.takenUp = new Set()
    if (options.snapshot && stayed.length > 0) {
      this.beginSequence(stayed)
      for (const member of stayed) this.takeBacklog(member)
    }
    this.tellUntold(known)
    this.listener.moved()
  }

  /** What has been delivered of a query, object by object; undefined when that cannot be told now. */
  delivered(query: Query): Delivered | undefined {
    const member = this.members.find((candidate) => same(candidate.query, query))
    if (member === undefined || member.mirror === 'off' || member.awaiting || this.waiting.length > 0) return undefined
    const { subscription } = member
    if (!subscription.isComplete || this.untold !== undefined) return undefined
    return { site: subscription.site, count: subscription.known ?? 0, objects: () => subscription.existing() }
  }

  /**
   * Reads queries again; the differences come as changes.
   * @throws AciError when one of them could not be read
   */
  async resync(queries: readonly Query[]): Promise<void> {
    const wanted = this.members.filter(({ query }) => queries.some((other) => same(query, other)))
    for (const { subscription } of wanted) {
      if (subscription.state.phase !== 'live')
        throw new AciError('ACI_CLOSED', `${subscription.path} is not subscribed now`)
      await subscription.resync()
    }
  }

  get queries(): readonly Query[] {
    return this.members.map(({ query }) => query)
  }

  close(): void {
    this.closed = true
    this.remove(this.queries)
    this.waiting = []
  }

  private join(query: Query, { mirror, remembered }: AddOptions): Member {
    // The listener of a subscription has to know its member, and the member its subscription.
    const past = mirror === 'full' ? remembered?.(query) : undefined
    const listener: SubscriptionListener = {
      change: (change) => this.receive(member, change),
      moved: () => this.move(member),
      read: (dns, unread) => this.wasRead(member, dns, unread),
      expected: () => this.expectedOf(member),
      setBack: (time, dn) => this.story.setBack(time, dn),
      afresh: () => {
        this.story.leave(member.subscription.path)
        this.listener.forgotten?.(query)
      }
    }
    const subscription = this.lender.acquire(query, mirror, listener)
    const member: Member = Object.assign(listener, {
      query,
      mirror,
      subscription,
      // What this process itself still knows is newer than anything a store has.
      remembered: subscription.isUnparked ? undefined : past,
      awaiting: false,
      isKnown: subscription.isUnparked && this.takenUp.has(subscription.path),
      isOwed: false,
      inherited: undefined,
      disputed: new Map<string, Disputed>()
    })
    return member
  }

  private drop(leaving: readonly Member[]): void {
    if (leaving.length === 0) return
    for (const member of leaving) this.members.splice(this.members.indexOf(member), 1)
    this.keepLast(leaving, this.members)
    const heirOf = heirAmong(this.members.filter(({ mirror }) => mirror === 'full').map(({ query }) => query))
    for (const { subscription } of leaving) this.story.leave(subscription.path, heirOf)
    for (const member of leaving) {
      this.lender.release(member.subscription, member)
      this.finish(member)
    }
    this.forgetSettled()
    if (!this.closed) this.listener.moved()
  }

  /** Keeps objects as those who leave told them last, where one that stays does not know them so. */
  private keepLast(leaving: readonly Member[], staying: readonly Member[]): void {
    for (const [dn, stamp] of this.story.latestStates()) {
      if (stamp === undefined) continue
      const teller = this.story.lastTeller(dn)
      const tellers = [...leaving, ...staying].filter(({ subscription }) => subscription.path === teller)
      const keeper = [...tellers, ...leaving].find(({ subscription }) => subscription.objectOf(dn)?.stamp === stamp)
      const last = keeper?.subscription.objectOf(dn)
      if (keeper === undefined || last === undefined || !leaving.includes(keeper)) continue
      const isBehind = (member: Member): boolean => {
        const known = member.subscription.objectOf(dn)
        return known === undefined ? isHeir(member, last) : !isSameState(known, last)
      }
      const change = staying.some(isBehind) ? keeper.subscription.knownOf(dn) : undefined
      if (change !== undefined) this.story.keepLast(kept(change))
    }
  }

  /**
   * What is noted would grow old where one query alone is left, which is not followed here: what it knows as it was told
   * last is forgotten. Of the rest it will report what others have told.
   */
  private forgetSettled(): void {
    if (this.members.length > 1) return
    const [only] = this.members
    for (const [dn, stamp] of this.story.latestStates()) {
      if (stamp !== undefined && only?.subscription.objectOf(dn)?.stamp === stamp) this.story.forget(dn)
    }
  }

  // --- the start: what exists ---

  private beginSequence(members: readonly Member[]): void {
    if (this.sequence === undefined) {
      this.sequences += 1
      this.sequence = {
        number: this.sequences,
        pending: new Set(),
        index: 0,
        heldBack: undefined,
        told: new Set(),
        isWhole: true
      }
    }
    for (const member of members) this.sequence.pending.add(member)
  }

  /** What the subscription knew before this watch came to it. */
  private takeBacklog(member: Member): void {
    const { subscription } = member
    if (member.mirror === 'off') {
      void this.readExisting(member)
    } else if (!this.isPending(member) && member.remembered === undefined) {
      this.noteAll(member)
    } else if (subscription.isRead) {
      member.awaiting = true
      this.beginAwaited(member)
    } else if (member.remembered !== undefined || subscription.isComplete) {
      // What is known may be old, or is not known at all.
      member.awaiting = true
    } else if (subscription.known !== 0) {
      // The first reading is under way; what it finds from now on comes by itself.
      void this.tellSlices(member)
    }
  }

  private wasRead(member: Member, dns: readonly string[] | undefined, unread: Unread): void {
    this.beginAwaited(member)
    member.isKnown = true
    // While what exists is being told, changes wait: then what was told last tells nothing.
    if (this.sequence === undefined) {
      if (dns === undefined) this.compareTold(member)
      this.settleDisputed(member, dns ?? member.disputed.keys(), unread)
    }
    if (!member.isOwed) return
    member.isOwed = false
    this.beginSequence([member])
    void this.tellSlices(member)
  }

  /**
   * An object whose time is before that of what was told last is late, or the clock of the APIC was set back. Late is what
   * the next reading does not show any more; where two readings show anything else than what was told, they are right.
   */
  private dispute(member: Member, dn: string): void {
    const { disputed, subscription } = member
    const told = this.story.latest(dn)
    const known = subscription.objectOf(dn)
    // Where events have a time and reads have none, one state has two stamps.
    if (told !== undefined && known !== undefined && isTime(told) !== isTime(known.stamp)) return
    const before = disputed.get(dn)
    if (before === undefined ? disputed.size >= MAX_WAITING : before.told === told) return
    disputed.set(dn, { told, wasRead: false })
    subscription.suspect(dn)
  }

  /** Everything was read just now: what differs from what was told may be on its way, or was taken for an old state. */
  private compareTold(member: Member): void {
    if (member.mirror === 'off') return
    for (const [dn, told] of this.story.latestStates()) {
      const known = member.subscription.objectOf(dn)
      if (known !== undefined && known.stamp !== told) this.dispute(member, dn)
    }
  }

  /** @param dns what was read, but for those that are unread */
  private settleDisputed(member: Member, dns: Iterable<string>, unread: Unread): void {
    const { disputed, subscription } = member
    if (disputed.size === 0) return
    const receivedAt = Date.now()
    const gap: Gap = { from: new Date(subscription.trustedAt).toISOString(), to: new Date(receivedAt).toISOString() }
    for (const dn of [...dns]) {
      const object = disputed.get(dn)
      if (object === undefined || unread.has(dn)) continue
      const known = subscription.knownOf(dn)
      const isAnother = known !== undefined && known.stamp !== object.told
      const isOpen = isAnother && this.story.has(dn) && this.story.latest(dn) === object.told
      if (isOpen && !object.wasRead) {
        object.wasRead = true
        subscription.suspect(dn)
        continue
      }
      disputed.delete(dn)
      if (!isOpen) continue
      const event = object.told === undefined ? 'created' : 'modified'
      this.story.setBack(0, dn)
      subscription.recovered.add(event)
      this.receive(member, { ...known, event, origin: 'recovered', gap, receivedAt })
    }
  }

  /** Everything has been read: what waited for that begins. */
  private beginAwaited(member: Member): void {
    if (!member.awaiting) return
    member.awaiting = false
    if (member.remembered !== undefined) this.compareRemembered(member, member.remembered)
    else this.noteAll(member)
    member.isKnown = true
    if (this.isPending(member)) void this.tellSlices(member)
  }

  /** Tells what is otherwise than it had been delivered before this process began. */
  private compareRemembered(member: Member, { site, savedAt, objects }: Remembered): void {
    const { subscription } = member
    member.remembered = undefined
    if (areApart(site, subscription.site)) {
      this.noteAll(member)
      this.listener.forgotten?.(member.query)
      return
    }
    if (this.members.length > 1) {
      for (const [dn, { version }] of objects) this.story.note(subscription.path, dn, partsOfVersion(version).stamp)
    }
    const gap: Gap = { from: new Date(savedAt).toISOString(), to: new Date().toISOString() }
    const tell = (change: Change): void => this.pass(member, { ...change, origin: 'recovered', gap })
    for (const change of subscription.existing()) {
      const before = objects.get(change.dn)
      objects.delete(change.dn)
      if (before === undefined) tell({ ...change, event: 'created' })
      else if (!isSameVersion(before.version, versionOf(change))) tell({ ...change, event: 'modified' })
    }
    const receivedAt = Date.now()
    for (const [dn, { class: name, version }] of objects) {
      tell({
        event: 'deleted',
        class: name,
        dn,
        attributes: {},
        origin: 'recovered',
        ...partsOfVersion(version),
        time: gap.to,
        receivedAt,
        controller: subscription.controller,
        query: subscription.path
      })
    }
  }

  private isPending(member: Member): boolean {
    return this.sequence?.pending.has(member) ?? false
  }

  private async tellSlices(member: Member): Promise<void> {
    const { sequence } = this
    this.telling.add(member)
    const changes = [...member.subscription.existing()].map(kept)
    for (const [place, change] of changes.entries()) {
      if (place > 0 && place % SLICE === 0) await new Promise(setImmediate)
      if (!this.members.includes(member) || this.sequence !== sequence) break
      this.tellExisting(member, change)
    }
    this.telling.delete(member)
    if (member.subscription.isComplete) this.finish(member)
    else this.move(member)
  }

  /** A pure stream has no mirror to tell from: its objects are read for this watch. */
  private async readExisting(member: Member): Promise<void> {
    const { sequence } = this
    if (!this.isPending(member) || member.subscription.state.phase !== 'live' || this.telling.has(member)) return
    this.telling.add(member)
    try {
      await member.subscription.readExisting((change) => {
        if (this.members.includes(member) && this.sequence === sequence) this.tellExisting(member, change)
      })
    } catch (thrown) {
      // The sequence ends early; the state of the subscription, or of the fabric, tells why.
      toAciError(thrown)
    }
    this.telling.delete(member)
    if (this.sequence === sequence) this.finish(member)
  }

  private tellExisting(member: Member, change: Change): void {
    const { sequence } = this
    if (sequence === undefined) return
    if (member.mirror === 'off' || !this.isShared(change.dn)) {
      this.pushSequence(sequence, change)
    } else if (sequence.told.has(change.dn) || this.story.isOver(change.dn, change.stamp)) {
      // An object that several queries match is one object of the sequence. One that another query has told to be gone
      // is none: this query is late.
      this.note(member, change)
    } else {
      sequence.told.add(change.dn)
      this.pushSequence(sequence, this.shown(member, change))
    }
  }

  /** An object as it is told to exist: not as an earlier state than another query has told already. */
  private shown(member: Member, change: Change): Change {
    const { path } = member.subscription
    const { dn, stamp } = change
    const later = this.story.laterThan(dn, stamp)
    const newer = later === undefined ? undefined : (this.story.lastKept(dn) ?? this.knownAs(dn, later, member))
    if (newer === undefined) {
      this.story.show(path, dn, stamp)
    } else {
      this.story.note(path, dn, stamp)
      this.dispute(member, dn)
    }
    this.settle(change)
    return newer === undefined ? change : { ...newer, query: path }
  }

  private pushSequence(sequence: Sequence, change: Change): void {
    const before = sequence.heldBack
    sequence.heldBack = kept(change)
    if (before === undefined) return
    this.listener.change(before, { sequence: sequence.number, index: sequence.index })
    sequence.index += 1
  }

  /** The member has told all that exists, or never will. */
  private finish(member: Member): void {
    const { sequence } = this
    if (sequence?.pending.delete(member) !== true || sequence.pending.size > 0) return
    this.endSequence(sequence)
  }

  private endSequence(sequence: Sequence): void {
    const { index, heldBack, isWhole } = sequence
    this.sequence = undefined
    if (heldBack !== undefined && !this.closed) {
      this.listener.change(heldBack, { sequence: sequence.number, index, ...(isWhole ? { count: index + 1 } : {}) })
    }
    const waiting = this.waiting
    this.waiting = []
    for (const { member, change } of waiting) if (this.members.includes(member)) this.pass(member, change)
    if (this.isLeftUntold) this.tellUntold(this.members)
    for (const { disputed, subscription } of this.members) for (const dn of disputed.keys()) subscription.suspect(dn)
  }

  // --- what comes in ---

  private move(member: Member): void {
    const { state, isStarted, isRead } = member.subscription
    if (isRead) this.tellMissing(member)
    if (this.isPending(member) && isStarted && !this.telling.has(member)) {
      // What could not be read cannot be told as existing either.
      if (member.remembered === undefined) member.awaiting = false
      if (member.mirror === 'off' && state.phase === 'live') {
        void this.readExisting(member)
      } else {
        member.isOwed = !isRead
        if (member.isOwed && this.sequence !== undefined) this.sequence.isWhole = false
        this.finish(member)
      }
    }
    this.listener.moved()
  }

  /** What the query has to find when it reads: what had been delivered, and what another one told that has left. */
  private expectedOf(member: Member): Iterable<string> {
    const { subscription, awaiting, remembered } = member
    if (awaiting && remembered !== undefined) return remembered.objects.keys()
    const dns: string[] = []
    for (const { dn } of this.story.keptFor(subscription.path)) {
      if (subscription.objectOf(dn) === undefined) dns.push(dn)
    }
    member.inherited = dns.length === 0 ? undefined : { dns, trustedAt: subscription.trustedAt }
    return dns
  }

  /** Tells what queries came to know by a reading, without telling it, because it was left to others that have gone. */
  private tellUntold(members: readonly Member[]): void {
    this.isLeftUntold = this.sequence !== undefined
    if (this.isLeftUntold) return
    const receivedAt = Date.now()
    for (const member of members) {
      if (!member.isKnown || member.mirror === 'off') continue
      const { trustedAt } = member.subscription
      const gap: Gap = { from: new Date(trustedAt).toISOString(), to: new Date(receivedAt).toISOString() }
      for (const [dn] of this.story.latestStates()) {
        const known = member.subscription.objectOf(dn)
        if (known === undefined || !this.story.isUntold(dn, known.stamp)) continue
        const change = member.subscription.knownOf(dn)
        if (change !== undefined) this.receive(member, { ...change, event: 'modified', origin: 'recovered', gap })
      }
    }
  }

  /** Tells the end of what the query had to find, and did not: it never knew it, so it has nothing to say of it. */
  private tellMissing(member: Member): void {
    const { inherited, subscription } = member
    member.inherited = undefined
    if (inherited === undefined) return
    const { controller, path: query } = subscription
    const receivedAt = Date.now()
    const time = new Date(receivedAt).toISOString()
    const gap: Gap = { from: new Date(inherited.trustedAt).toISOString(), to: time }
    for (const dn of inherited.dns) {
      const last = this.story.lastKept(dn)
      if (last === undefined || subscription.objectOf(dn) !== undefined) continue
      subscription.recovered.add('deleted')
      this.receive(member, { ...last, event: 'deleted', origin: 'recovered', gap, time, receivedAt, controller, query })
    }
  }

  private receive(member: Member, change: Change): void {
    if (member.awaiting) {
      this.receiveEarly(member, change)
    } else if (change.event === 'existing') {
      if (this.isPending(member)) this.tellExisting(member, change)
      else this.note(member, change)
    } else if (this.sequence === undefined) {
      this.pass(member, change)
    } else {
      this.waiting.push({ member, change: kept(change) })
      if (this.waiting.length > MAX_WAITING) this.endSequence(this.sequence)
    }
  }

  /** What comes before the start: it is part of what the start is going to tell, unless that is already under way. */
  private receiveEarly(member: Member, change: Change): void {
    if (change.event === 'existing') return
    const { remembered } = member
    if (remembered === undefined) {
      if (member.isKnown) this.pass(member, change)
      return
    }
    // Events stream although the objects could not be read: they are delivered, and so they are remembered.
    if (change.origin !== 'live' || member.subscription.state.phase !== 'live') return
    if (change.event === 'deleted') remembered.objects.delete(change.dn)
    else remembered.objects.set(change.dn, { class: change.class, version: versionOf(change) })
    this.pass(member, change)
  }

  private pass(member: Member, change: Change): void {
    if (!this.isShared(change.dn)) {
      // A query that joins may be behind, and not know the end of it.
      if (change.event === 'deleted' && member.mirror === 'full') this.story.end(change.query, change)
      this.listener.change(change)
      return
    }
    const told = member.mirror === 'off' ? this.asStreamed(member, change) : this.asNews(member, change)
    this.settle(change)
    if (told !== undefined) this.listener.change(told)
  }

  // --- one story out of several ---

  /** Whether what is told of an object has to agree with what another query told of it. */
  private isShared(dn: string): boolean {
    return this.members.length > 1 || this.story.has(dn)
  }

  /** A query that is alone and has told what was told last needs no more following. */
  private settle({ dn, event, stamp }: Change): void {
    if (this.members.length < 2 && event !== 'deleted' && this.story.latest(dn) === stamp) this.story.forget(dn)
  }

  private noteAll(member: Member): void {
    if (member.mirror === 'off' || (this.members.length < 2 && this.story.isEmpty)) return
    for (const change of member.subscription.existing()) this.note(member, change)
  }

  /** Notes what a query has told while it was alone. */
  private noteTold({ awaiting, mirror, subscription }: Member): void {
    // One whose start has still to come notes what it tells then.
    if (mirror === 'off' || awaiting) return
    // What waits is known already, and not told.
    const untold = new Set<string>()
    for (const { change } of this.waiting) {
      const { dn, event, stamp, before } = change
      if (!untold.has(dn)) this.story.note(subscription.path, dn, event === 'created' ? undefined : (before ?? stamp))
      untold.add(dn)
    }
    for (const { dn, stamp } of subscription.existing()) {
      if (!untold.has(dn)) this.story.note(subscription.path, dn, stamp)
    }
  }

  /** Notes an object that exists. */
  private note(member: Member, change: Change): void {
    const { dn, stamp } = change
    if (member.mirror === 'off' || !this.isShared(dn)) return
    const isBehind = this.story.laterThan(dn, stamp) !== undefined || this.story.isOver(dn, stamp)
    this.story.note(member.subscription.path, dn, this.isUntold(member, change) ? undefined : stamp)
    if (isBehind) this.dispute(member, dn)
    this.settle(change)
  }

  /** Whether another query has still to tell that the object was created, or has told already that it is gone. */
  private isUntold(than: Member, object: Change): boolean {
    if (than.isKnown || this.story.has(object.dn)) return false
    return this.members.some((member) => {
      return member.isKnown && isHeir(member, object) && member.subscription.objectOf(object.dn) === undefined
    })
  }

  /** What a change is to the watch; undefined when it is no news. */
  private asNews(member: Member, change: Change): Change | undefined {
    const { dn, before } = change
    const isDecisive = member.query.filter === '' && change.matched === undefined
    const latest = this.story.latest(dn)
    const lastTeller = this.story.lastTeller(dn)
    const lastKept = this.story.lastKept(dn)
    const last = lastKept ?? this.toldBy(lastTeller, change, member)
    // Two states of one millisecond have the same stamp, so that it does not tell which of them was told last.
    if (change.event === 'modified' && latest === change.stamp && last !== undefined && isSameState(change, last)) {
      this.story.note(member.subscription.path, dn, change.stamp)
      return undefined
    }
    const event = this.story.news(member.subscription.path, change, isDecisive)
    if (event === undefined) {
      if (change.event !== 'deleted' && this.story.latest(dn) !== change.stamp) this.dispute(member, dn)
      return undefined
    }
    if (this.wasStream && this.isSameFrame(change)) return undefined
    this.notice(change, false)
    if (event === 'deleted') return this.asLastTold(change, last)
    const isOwn = lastTeller === member.subscription.path
    const isBased = lastKept === undefined && before === latest && (before !== change.stamp || isOwn)
    if (event === change.event && (event !== 'modified' || isBased)) return change
    // What this query knew before is not what was told last: another one knows what that was.
    const isKnown = event === 'modified' && latest !== undefined && latest !== change.stamp
    const basis = lastKept ?? (isKnown ? this.knownAs(dn, latest, member) : undefined)
    return { ...change, event, changes: basis && changesBetween(basis.attributes, change.attributes) }
  }

  /** A deletion tells the object as it was told last, which may have been by another query. */
  private asLastTold(change: Change, last: KnownObject | undefined): Change {
    return last === undefined
      ? change
      : { ...change, stamp: last.stamp, digest: last.digest, attributes: last.attributes }
  }

  /** The object in the state that a change speaks of, lent, as another query knows it that told it last. */
  private toldBy(teller: string | undefined, { dn, stamp }: Change, than: Member): KnownObject | undefined {
    const other = this.members.find(({ subscription: { path } }) => path === teller)
    const known = other === than ? undefined : other?.subscription.objectOf(dn)
    return known?.stamp === stamp ? known : undefined
  }

  /** The object in the state of that stamp, lent, where another query knows it so. */
  private knownAs(dn: string, stamp: string, than: Member): Change | undefined {
    for (const member of this.members) {
      const known = member === than ? undefined : member.subscription.knownOf(dn)
      if (known?.stamp === stamp) return known
    }
    return undefined
  }

  /** Pure streams keep nothing; but one frame names all the ids it matches, and its object is one and the same. */
  private asStreamed(member: Member, change: Change): Change | undefined {
    if (!this.story.streamed(member.subscription.path, change) || this.isSameFrame(change)) return undefined
    this.notice(change, true)
    return change
  }

  private isSameFrame(change: Change): boolean {
    return change.raw !== undefined && change.raw === this.lastRaw
  }

  private notice(change: Change, isStream: boolean): void {
    this.lastRaw = change.raw
    this.wasStream = isStream
  }
}

/** Finds the query that has to report an object, by its path, where one of these is sure to match it. */
function heirAmong(queries: readonly Query[]): (object: Change) => string | undefined {
  return (object) => {
    const heir = queries.find((query) => isSureOf(query, object))
    return heir && pathOf(heir)
  }
}

/** Whether the query has to know an object. */
function isHeir({ mirror, query }: Member, object: { readonly class: string; readonly dn: string }): boolean {
  return mirror === 'full' && isSureOf(query, object)
}

/** Two states of one millisecond have the same stamp. */
function isSameState(one: KnownObject, other: KnownObject): boolean {
  if (one.stamp !== other.stamp) return false
  return Object.keys(changesBetween(one.attributes, other.attributes)).length === 0
}

function same(one: Query, other: Query): boolean {
  return (
    one.target === other.target &&
    one.of === other.of &&
    one.scope === other.scope &&
    one.filter === other.filter &&
    one.subtreeClasses.join() === other.subtreeClasses.join()
  )
}
