// Sees to it that what is suspect is read again: soon, a few at a time, and ever more seldom where it is in vain.

import type { Random } from '../common/backoff'

/** What can be read again. */
export interface Verifiable {
  /** Reads what is suspect. @returns whether anything was otherwise than known */
  verify(): Promise<boolean>
}

/** Before a reading, ms; twice as long after each one that found nothing, up to the longest. */
const FIRST_WAIT = 1_000
const LONGEST_WAIT = 60_000
/** Readings at the same time; and the least time between two beginnings, ms. */
const CONCURRENCY = 2
const SPACING = 20

interface Pace {
  /** When the last reading was over, and how long the next one has to wait after it, ms. */
  last: number
  wait: number
}

/** A pace that was last used this long ago, ms, counts no more. */
const FORGOTTEN = 2 * LONGEST_WAIT

export class Verifier {
  /** When each one is due. */
  private readonly due = new Map<Verifiable, number>()
  private readonly paces = new WeakMap<Verifiable, Pace>()
  private readonly running = new Set<Verifiable>()
  private timer: NodeJS.Timeout | undefined
  /** When the timer goes off. */
  private armedFor = Infinity
  private closed = false

  /** @param now time that no setting of a clock changes, ms */
  constructor(
    private readonly random: Random,
    private readonly now: () => number = () => performance.now()
  ) {}

  /** Reads within about a second, unless that was in vain a short while ago. */
  soon(one: Verifiable): void {
    const pace = this.paces.get(one)
    const wait = FIRST_WAIT / 2 + (this.random() * FIRST_WAIT) / 2
    this.at(one, Math.max(this.now() + wait, pace === undefined ? 0 : pace.last + pace.wait))
  }

  /** Reads after so many ms, and up to twice as many. */
  later(one: Verifiable, ms: number): void {
    this.at(one, this.now() + ms * (1 + this.random()))
  }

  delete(one: Verifiable): void {
    this.due.delete(one)
  }

  close(): void {
    this.closed = true
    this.due.clear()
    clearTimeout(this.timer)
  }

  private at(one: Verifiable, time: number): void {
    if (this.closed || (this.due.get(one) ?? Infinity) <= time) return
    this.due.set(one, time)
    this.arm(time)
  }

  private arm(time: number): void {
    if (this.closed || time >= this.armedFor) return
    clearTimeout(this.timer)
    this.armedFor = time
    this.timer = setTimeout(() => this.start(), Math.max(0, Math.ceil(time - this.now())))
  }

  /** Begins one reading that is due; the next one follows a little later. */
  private start(): void {
    this.armedFor = Infinity
    if (this.running.size >= CONCURRENCY) return
    const now = this.now()
    let first = Infinity
    for (const [one, time] of this.due) {
      if (this.running.has(one)) continue
      if (time > now) {
        first = Math.min(first, time)
        continue
      }
      this.due.delete(one)
      this.running.add(one)
      void this.run(one)
      first = now + SPACING
      break
    }
    if (first < Infinity) this.arm(first)
  }

  private async run(one: Verifiable): Promise<void> {
    // Where it fails, whoever is asked sees to another try.
    const found = await one.verify().catch(() => false)
    const now = this.now()
    const before = this.paces.get(one)
    const isRunning = before !== undefined && now - before.last < FORGOTTEN
    const wait = found || !isRunning ? FIRST_WAIT : Math.min(LONGEST_WAIT, before.wait * 2)
    this.paces.set(one, { last: now, wait })
    this.running.delete(one)
    if (this.due.size > 0) this.arm(now)
  }
}
