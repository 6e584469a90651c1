// The objects that exist when a watch starts, sent as one sequence; what changes meanwhile waits for its end.

import { cloneChange, type Change } from '../store/change'

/** Place of an `existing` object in the sequence that a start of the watch sends. */
export interface Place {
  /** Tells one sequence of the watch from its others. */
  readonly sequence: number
  readonly index: number
  /** On the last one alone: how many there were. Where not all could be read, there is another sequence when they can. */
  readonly count?: number
}

/** A change, with the place of its step among all steps of the store. */
export interface Numbered {
  readonly change: Change
  readonly step: number
  /** Paths of the queries in whose results the object was, and is. */
  readonly before: readonly string[]
  readonly after: readonly string[]
}

export class Snapshot<M> {
  /** Those whose objects have not been sent yet. */
  readonly pending = new Set<M>()
  /** Whether all could be read: else no message says that it was the last one. */
  isWhole = true
  private index = 0
  /** The one before the end is not known to be the last until the end comes. */
  private last: Change | undefined
  /** DNs of what was sent, and which step of the store it shows. */
  private readonly sent = new Map<string, number>()
  /** DNs of what was sent and has ended since. */
  private readonly ended = new Set<string>()
  private isLastNew = false
  private waiting: Numbered[] = []

  constructor(
    private readonly number: number,
    private readonly send: (change: Change, place: Place) => void
  ) {}

  /** Number of changes that wait. */
  get waitingCount(): number {
    return this.waiting.length
  }

  /**
   * An object that exists, as the given step of the store left it. Several queries may have it: it is sent once.
   * @param isNew nothing of it was sent before
   */
  add({ change, step }: Pick<Numbered, 'change' | 'step'>, isNew = false): void {
    if (this.sent.has(change.dn)) return
    this.isLastNew = isNew
    this.sent.set(change.dn, step)
    const before = this.last
    this.last = cloneChange(change)
    if (before === undefined) return
    this.send(before, { sequence: this.number, index: this.index })
    this.index += 1
  }

  /** Whether an object of that DN was sent. */
  has(dn: string): boolean {
    return this.sent.has(dn)
  }

  /** Whether it was sent, and its end waits: what is there by now is another object. */
  hasEnded(dn: string): boolean {
    return this.ended.has(dn)
  }

  /** A change waits for the end. */
  wait(numbered: Numbered): void {
    const { dn, event } = numbered.change
    if (event !== 'deleted') this.ended.delete(dn)
    else if (this.sent.has(dn)) this.ended.add(dn)
    this.waiting.push({ ...numbered, change: cloneChange(numbered.change) })
  }

  /** The object is out of sight: another one of that DN is sent anew. */
  forget(dn: string): void {
    this.sent.delete(dn)
    this.ended.delete(dn)
    if (this.last?.dn === dn) this.last = undefined
    this.waiting = this.waiting.filter(({ change }) => change.dn !== dn)
  }

  /**
   * @param isHeard somebody listens: else the last object is not sent
   * @returns the changes that waited and are not part of what was sent
   */
  end(isHeard: boolean): Numbered[] {
    const { index, last, isWhole, number } = this
    this.last = undefined
    if (last !== undefined && !isHeard && this.isLastNew) this.forget(last.dn)
    else if (last !== undefined && !isHeard) this.sent.delete(last.dn)
    else if (last !== undefined) this.send(last, { sequence: number, index, ...(isWhole ? { count: index + 1 } : {}) })
    return this.waiting.filter(({ change, step }) => step > (this.sent.get(change.dn) ?? -1))
  }
}
