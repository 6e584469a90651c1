// What one node is interested in: several queries whose changes become one story, each change told once.

import { kept, type Change } from './change'
import { AciError, toAciError } from './errors'
import type { MirrorMode, Subscription, SubscriptionListener, SubscriptionState } from './subscription'
import type { Query } from './query'

/** Place of an `existing` object in the sequence that a start of the watch sends. */
export interface Place {
  /** Tells one sequence of the watch from its others. */
  readonly sequence: number
  readonly index: number
  /** On the last one alone: how many there were. */
  readonly count?: number
}

export interface WatchListener {
  /** A change, lent: see {@link Change}. `place` comes with `existing` ones. */
  change(change: Change, place?: Place): void
  /** Any state has changed, of the fabric or of a query. */
  moved(): void
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
}

/** Objects told in one turn of the event loop. */
const SLICE = 500
/** Changes that may wait for a sequence to end before it is cut short. */
const MAX_WAITING = 100_000

interface Member extends SubscriptionListener {
  readonly query: Query
  readonly mirror: MirrorMode
  readonly subscription: Subscription
}

/** What the watch knows of a DN that more than one of its queries may match. */
interface Shared {
  readonly members: Set<Member>
  /** What identifies the last change told, and which members have reported it. */
  last: string
  readonly reported: Set<Member>
}

/** A sequence of `existing` objects that is being told. */
interface Sequence {
  readonly number: number
  readonly pending: Set<Member>
  index: number
  /** The one before the end is not known to be the last until the end comes. */
  heldBack: Change | undefined
}

export class Watch {
  private readonly members: Member[] = []
  private readonly shared = new Map<string, Shared>()
  private sequence: Sequence | undefined
  private sequences = 0
  /** Changes that wait for the sequence to end: what exists comes first. */
  private waiting: { member: Member; change: Change }[] = []
  /** Members whose existing objects are being told at this moment. */
  private readonly telling = new Set<Member>()
  private lastRaw: unknown
  private closed = false

  constructor(
    private readonly lender: SubscriptionLender,
    private readonly listener: WatchListener
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
    for (const query of queries) {
      if (this.members.some((member) => same(member.query, query))) continue
      // While there is one query only, nothing can overlap and nothing is noted.
      if (this.members.length === 1) for (const member of this.members) this.noteAll(member)
      const member = this.join(query, options.mirror)
      this.members.push(member)
      added.push(member)
    }
    if (added.length === 0) return
    if (options.snapshot) this.beginSequence(added)
    for (const member of added) this.takeBacklog(member)
    this.listener.moved()
  }

  /** Takes queries away. Nothing is said to be deleted: it is only out of sight. */
  remove(queries: readonly Query[]): void {
    const leaving = this.members.filter(({ query }) => queries.some((other) => same(query, other)))
    for (const member of leaving) {
      this.members.splice(this.members.indexOf(member), 1)
      this.lender.release(member.subscription, member)
      for (const [dn, entry] of this.shared) {
        entry.members.delete(member)
        entry.reported.delete(member)
        if (entry.members.size === 0) this.shared.delete(dn)
      }
      this.finish(member)
    }
    // One query alone is not followed here, so what is noted would grow old.
    if (this.members.length < 2) this.shared.clear()
    if (leaving.length > 0 && !this.closed) this.listener.moved()
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

  private join(query: Query, mirror: MirrorMode): Member {
    // The listener of a subscription has to know its member, and the member its subscription.
    const listener: SubscriptionListener = {
      change: (change) => this.receive(member, change),
      moved: () => this.move(member)
    }
    const subscription = this.lender.acquire(query, mirror, listener)
    const member: Member = Object.assign(listener, { query, mirror, subscription })
    return member
  }

  // --- the start: what exists ---

  private beginSequence(members: readonly Member[]): void {
    if (this.sequence === undefined) {
      this.sequences += 1
      this.sequence = { number: this.sequences, pending: new Set(), index: 0, heldBack: undefined }
    }
    for (const member of members) this.sequence.pending.add(member)
  }

  /** What the subscription knew before this watch came to it. */
  private takeBacklog(member: Member): void {
    if (member.mirror === 'off') {
      void this.readExisting(member)
      return
    }
    if (member.subscription.known === 0 && !member.subscription.isStarted) return
    const wanted = this.sequence?.pending.has(member) ?? false
    if (wanted) void this.tellSlices(member)
    else this.noteAll(member)
  }

  private async tellSlices(member: Member): Promise<void> {
    this.telling.add(member)
    const changes = [...member.subscription.existing()].map(kept)
    for (const [place, change] of changes.entries()) {
      if (place > 0 && place % SLICE === 0) await new Promise(setImmediate)
      if (!this.members.includes(member)) break
      this.tellExisting(member, change)
    }
    this.telling.delete(member)
    this.move(member)
  }

  /** A pure stream has no mirror to tell from: its objects are read for this watch. */
  private async readExisting(member: Member): Promise<void> {
    if (this.sequence?.pending.has(member) !== true || member.subscription.state.phase !== 'live') return
    if (this.telling.has(member)) return
    this.telling.add(member)
    try {
      await member.subscription.readExisting((change) => {
        if (this.members.includes(member)) this.tellExisting(member, change)
      })
    } catch (thrown) {
      // The sequence ends early; the state of the subscription, or of the fabric, tells why.
      toAciError(thrown)
    }
    this.telling.delete(member)
    this.finish(member)
  }

  private tellExisting(member: Member, change: Change): void {
    if (this.note(member, change)) this.pushSequence(change)
  }

  private pushSequence(change: Change): void {
    const { sequence } = this
    if (sequence === undefined) return
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
    const { index, heldBack } = sequence
    this.sequence = undefined
    if (heldBack !== undefined && !this.closed) {
      this.listener.change(heldBack, { sequence: sequence.number, index, count: index + 1 })
    }
    const waiting = this.waiting
    this.waiting = []
    for (const { member, change } of waiting) if (this.members.includes(member)) this.pass(member, change)
  }

  // --- what comes in ---

  private move(member: Member): void {
    if (this.sequence?.pending.has(member) === true && member.subscription.isStarted && !this.telling.has(member)) {
      if (member.mirror === 'off' && member.subscription.state.phase === 'live') void this.readExisting(member)
      else this.finish(member)
    }
    this.listener.moved()
  }

  private receive(member: Member, change: Change): void {
    if (change.event === 'existing') {
      if (this.sequence?.pending.has(member) === true) this.tellExisting(member, change)
      else this.note(member, change)
      return
    }
    if (this.sequence === undefined) {
      this.pass(member, change)
      return
    }
    this.waiting.push({ member, change: kept(change) })
    if (this.waiting.length > MAX_WAITING) this.endSequence(this.sequence)
  }

  private pass(member: Member, change: Change): void {
    if (this.isNews(member, change)) this.listener.change(change)
  }

  // --- one story out of several ---

  private noteAll(member: Member): void {
    if (member.mirror === 'off') return
    for (const change of member.subscription.existing()) this.noteShared(member, change.dn)
  }

  /** Notes an object that exists; tells whether it was unknown to the whole watch. */
  private note(member: Member, change: Change): boolean {
    if (this.members.length < 2 || member.mirror === 'off') return true
    return this.noteShared(member, change.dn)
  }

  private noteShared(member: Member, dn: string): boolean {
    const entry = this.shared.get(dn)
    if (entry === undefined) {
      this.shared.set(dn, { members: new Set([member]), last: '', reported: new Set() })
      return true
    }
    entry.members.add(member)
    return false
  }

  /**
   * Whether a change is news to the watch. An object is there as long as any query matches it; each query reports a
   * change of it once, and the first report is the one that is told.
   */
  private isNews(member: Member, change: Change): boolean {
    if (this.members.length < 2) return true
    if (member.mirror === 'off') return this.isNewFrame(change)
    if (change.event === 'created') return this.note(member, change)
    const entry = this.shared.get(change.dn)
    if (change.event === 'deleted') {
      entry?.members.delete(member)
      if (entry !== undefined && entry.members.size > 0) return false
      this.shared.delete(change.dn)
      return true
    }
    if (entry === undefined) return true
    // A member does not report a change twice: when it seems to, it is another change within the same millisecond.
    if (entry.last === change.stamp && !entry.reported.has(member)) {
      entry.reported.add(member)
      return false
    }
    entry.last = change.stamp
    entry.reported.clear()
    entry.reported.add(member)
    return true
  }

  /** Pure streams keep nothing; but one frame names all the ids it matches, and its object is one and the same. */
  private isNewFrame(change: Change): boolean {
    if (change.raw !== undefined && change.raw === this.lastRaw) return false
    this.lastRaw = change.raw
    return true
  }
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
