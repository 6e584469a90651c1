// How the queries of a watch begin: what exists is sent, or what is otherwise than it had been delivered before this process
// began, as soon as it is known.

import { toAciError } from '../common/errors'
import { objectAttributes } from '../protocol/attributes'
import type { WireObject } from '../protocol/wire'
import { areApart } from '../session/site'
import { cloneChange } from '../store/change'
import type { StoredObject } from '../store/object-store'
import type { Remembered } from '../store/remembered'
import type { ResultQuery } from '../sync/step'
import { existingOf, streamedOf } from './changes'
import { isAwaited } from './member-state'
import type { Member, Members } from './members'
import type { Outbox } from './outbox'
import { differences } from './remembered-differences'

/** Objects sent in one turn of the event loop. */
const SLICE = 500

/** Stands for retained objects among those whose objects have still to be sent. */
export const RETAINED = 'retained'

export type Starting = Member | typeof RETAINED

/** What it needs of the watch. */
export interface StarterHost {
  /** Place of the latest step of the store. */
  readonly stepNumber: number
  /** Identity of the fabric whose objects are known; empty when unknown. */
  readonly site: string
  /** Whether the node knows the object already. */
  isKnown(object: StoredObject<ResultQuery>): boolean
  /** What was remembered of the query is of another fabric. */
  forgotten(member: Member): void
}

export class Starter {
  /** Members whose existing objects are being sent at this moment. */
  private readonly sending = new Set<Member>()

  constructor(
    private readonly host: StarterHost,
    private readonly members: Members,
    private readonly outbox: Outbox<Starting>
  ) {}

  /**
   * Begins with what is known of the member, or waits until it is.
   * @param isVisible its objects have been sent, or are known without being sent
   */
  start(member: Member, isVisible: boolean): void {
    const { synced } = member
    if (member.mirror === 'off') {
      void this.sendStream(member)
      return
    }
    if (member.state.phase !== 'comparing' && !this.outbox.isPending(member)) return
    // What is known may be old, or is not known at all.
    if (synced.isComplete) this.members.enter(member, isVisible ? 'renew' : 'await')
    if (synced.hasSynced) this.begin(member)
    // The first reading is under way; what it finds from now on comes by itself.
    else if (!synced.isComplete && synced.known !== 0) void this.sendExisting(member)
  }

  /** What exists could not be sent when it was to be, and is sent now. */
  sendOwed(member: Member): void {
    if (!member.owesSnapshot) return
    member.owesSnapshot = false
    this.outbox.beginSnapshot([member])
    void this.sendExisting(member)
  }

  /** Everything has been read: what waited for that begins. */
  begin(member: Member): void {
    const { state } = member
    if (state.phase === 'comparing') this.compare(member, state.remembered)
    this.members.enter(member, 'synced')
    if (isAwaited(state) && this.outbox.isPending(member)) void this.sendExisting(member)
  }

  /** The state of the query is another one: what cannot be read is not waited for. */
  stateChanged(member: Member): void {
    const { outbox } = this
    const { synced } = member
    const { state, isStarted, hasSynced } = synced
    if (!outbox.isPending(member) || !isStarted || this.sending.has(member)) return
    const { phase } = member.state
    this.members.enter(member, 'unreadable')
    if (member.mirror === 'off' && state.phase === 'live') {
      void this.sendStream(member)
      return
    }
    member.owesSnapshot = !hasSynced
    if (member.owesSnapshot && outbox.snapshot !== undefined) outbox.snapshot.isWhole = false
    // What others know of it is sent, for events will change it.
    if (phase === 'awaiting' && synced.known !== 0) void this.sendExisting(member)
    else outbox.finish(member)
  }

  /** Sends what is otherwise than it had been delivered. */
  private compare(member: Member, remembered: Remembered): void {
    const { host } = this
    if (areApart(remembered.site, host.site)) {
      host.forgotten(member)
      return
    }
    const { synced } = member
    const place = { step: host.stepNumber, before: [synced.path], after: [synced.path] }
    for (const change of differences(synced, remembered, (object) => host.isKnown(object))) {
      // Others that remember it have found the same.
      if (change.event === 'deleted') for (const { objects } of this.members.remembered()) objects.delete(change.dn)
      this.outbox.send({ change, ...place })
    }
  }

  private async sendExisting(member: Member): Promise<void> {
    const { snapshot } = this.outbox
    const { synced } = member
    const step = this.host.stepNumber
    const numbered = { step, before: [], after: [synced.path] }
    this.sending.add(member)
    const changes = [...synced.objects].map((object) => cloneChange(existingOf(object, synced)))
    for (const [place, change] of changes.entries()) {
      if (place > 0 && place % SLICE === 0) await new Promise(setImmediate)
      if (!this.members.has(member) || this.outbox.snapshot !== snapshot) break
      if (snapshot?.hasEnded(change.dn) !== true) snapshot?.add({ change, step })
      else
        this.outbox.pass({
          ...numbered,
          change: { ...change, event: 'created', origin: 'recovered', gap: synced.gap() }
        })
    }
    this.sending.delete(member)
    if (synced.isComplete) this.outbox.finish(member)
    else this.stateChanged(member)
  }

  /** A pure stream keeps nothing to begin with: its objects are read for this watch. */
  private async sendStream(member: Member): Promise<void> {
    const { snapshot } = this.outbox
    const { synced } = member
    if (!this.outbox.isPending(member) || synced.state.phase !== 'live' || this.sending.has(member)) return
    this.sending.add(member)
    const use = (row: WireObject): void => {
      if (!this.members.has(member) || this.outbox.snapshot !== snapshot) return
      const object = { ...row, attributes: objectAttributes(row.class, row.attributes) }
      snapshot?.add({ change: { ...streamedOf(object, synced), event: 'existing', origin: 'snapshot' }, step: 0 })
    }
    try {
      await synced.readAll(use)
    } catch (thrown) {
      // The sequence ends early; the state of the query, or of the fabric, tells why.
      toAciError(thrown)
    }
    this.sending.delete(member)
    if (this.outbox.snapshot === snapshot) this.outbox.finish(member)
  }
}
