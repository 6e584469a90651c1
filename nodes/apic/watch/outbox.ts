// What a watch sends, in order: what exists comes first, as one sequence, and changes wait for its end. While nobody listens
// they are kept for the next listener.

import { cloneChange, type Change } from '../store/change'
import { Snapshot, type Numbered, type Place } from './snapshot'

/** Changes that may wait, for a sequence to end or for a listener to come back. */
const MAX_WAITING = 100_000

export class Outbox<M> {
  private sequence: Snapshot<M> | undefined
  private sequences = 0
  /** What came while nobody listened; undefined when somebody does. */
  private kept: Numbered[] | undefined

  /**
   * @param give a change to whoever listens; with its place, where it is one of those that exist
   * @param overflowed more came while nobody listened than can be kept
   */
  constructor(
    private readonly give: (change: Change, place?: Place) => void,
    private readonly overflowed: () => void
  ) {}

  /** What exists, while it is being sent. */
  get snapshot(): Snapshot<M> | undefined {
    return this.sequence
  }

  get isHeard(): boolean {
    return this.kept === undefined
  }

  /** Whether changes reach the listener at once. */
  get isDirect(): boolean {
    return this.kept === undefined && this.sequence === undefined
  }

  /** Whether changes have not reached the listener yet. */
  get isBehind(): boolean {
    return this.kept !== undefined || (this.sequence?.waitingCount ?? 0) > 0
  }

  /** Nobody listens for a while. */
  suspend(): void {
    this.kept ??= []
    this.endSnapshot()
  }

  /** What came while nobody listened. */
  get pending(): readonly Numbered[] {
    return this.kept ?? []
  }

  /** Goes on with what another one has kept, ahead of its own. */
  restore(pending: readonly Numbered[]): void {
    this.kept = [...pending, ...(this.kept ?? [])]
  }

  /** Somebody listens again. @returns what came meanwhile */
  resume(): readonly Numbered[] {
    const { kept = [] } = this
    this.kept = undefined
    return kept
  }

  /** The objects of these come first, as one sequence. */
  beginSnapshot(members: readonly M[]): void {
    if (this.sequence === undefined) {
      this.sequences += 1
      this.sequence = new Snapshot(this.sequences, this.give)
    }
    for (const member of members) this.sequence.pending.add(member)
  }

  /** The member has sent all that exists, or never will. */
  finish(member: M): void {
    if (this.sequence?.pending.delete(member) === true && this.sequence.pending.size === 0) this.endSnapshot()
  }

  isPending(member: M): boolean {
    return this.sequence?.pending.has(member) ?? false
  }

  private endSnapshot(): void {
    const { sequence } = this
    this.sequence = undefined
    for (const numbered of sequence?.end(this.isHeard) ?? []) this.send(numbered)
  }

  /** Sends the change when all that exists has been sent. */
  pass(numbered: Numbered): void {
    if (this.sequence === undefined) {
      this.send(numbered)
      return
    }
    this.sequence.wait(numbered)
    if (this.sequence.waitingCount > MAX_WAITING) this.endSnapshot()
  }

  /** Sends the change, whatever is being sent. */
  send(numbered: Numbered): void {
    const { kept } = this
    const { change } = numbered
    if (kept === undefined) this.give(change)
    else if (kept.length < MAX_WAITING) kept.push({ ...numbered, change: cloneChange(change) })
    else this.overflowed()
  }
}
