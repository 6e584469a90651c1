// Refreshes the subscription ids of one connection, each once a period and all of them evenly spread: an APIC's nginx
// drops bursts.

import { type AciError, toAciError } from '../common/errors'

export interface KeepAliveOptions {
  /** Refreshes one id, which has so many ms for it. */
  readonly refresh: (id: string, limitMs: number) => Promise<unknown>
  /** Called with an id that is dead, or whose refresh failed twice running. */
  readonly lost: (id: string, error: AciError) => void
  /** Whether the error says that the id is dead: then it is not refreshed again. */
  readonly isFinal: (error: AciError) => boolean
  /** A monotonic clock, ms. */
  readonly now?: () => number
}

/** Refreshes under way at the same time. */
const CONCURRENCY = 8

interface Entry {
  readonly id: string
  /** It is refreshed once in so many ms. */
  period: number
  due: number
  failures: number
  /** When it was refreshed last, epoch ms. */
  refreshed: number | undefined
}

export class KeepAlive {
  /** Soonest first. */
  private queue: Entry[] = []
  private readonly known = new Map<string, Entry>()
  /** Refreshes of all of them, per ms. */
  private rate = 0
  private running = 0
  private nextStart = 0
  private timer: NodeJS.Timeout | undefined
  private closed = false
  private readonly now: () => number

  constructor(private readonly options: KeepAliveOptions) {
    this.now = options.now ?? (() => performance.now())
  }

  get size(): number {
    return this.known.size
  }

  /**
   * Begins to refresh an id: the first time after half a period, so that ids made in one burst can spread out.
   * @param period it is refreshed once in so many ms
   */
  add(id: string, period: number): void {
    const entry: Entry = { id, period, due: this.now() + period / 2, failures: 0, refreshed: undefined }
    this.known.set(id, entry)
    this.rate += 1 / period
    this.enqueue(entry)
    this.arm()
  }

  /** Another period, ms, for all ids that there are; each has it after its next refresh. */
  setPeriod(period: number): void {
    for (const entry of this.known.values()) entry.period = period
    this.rate = this.known.size / period
  }

  /** When the id was refreshed last, epoch ms; undefined when it has not been yet. */
  refreshedAt(id: string): number | undefined {
    return this.known.get(id)?.refreshed
  }

  delete(id: string): void {
    const entry = this.known.get(id)
    if (entry === undefined) return
    this.known.delete(id)
    this.rate = this.known.size === 0 ? 0 : this.rate - 1 / entry.period
    // Its place in the queue is passed over, and cleared away with others: a search for each would take as long as there are many.
    if (this.queue.length > 2 * this.known.size) this.queue = this.queue.filter((one) => this.known.get(one.id) === one)
  }

  close(): void {
    this.closed = true
    this.known.clear()
    this.rate = 0
    this.queue = []
    clearTimeout(this.timer)
  }

  private enqueue(entry: Entry): void {
    let [from, to] = [0, this.queue.length]
    while (from < to) {
      const middle = (from + to) >>> 1
      if ((this.queue[middle]?.due ?? 0) > entry.due) to = middle
      else from = middle + 1
    }
    this.queue.splice(from, 0, entry)
  }

  private arm(): void {
    clearTimeout(this.timer)
    let [next] = this.queue
    while (next !== undefined && this.known.get(next.id) !== next) {
      this.queue.shift()
      next = this.queue[0]
    }
    if (this.closed || next === undefined || this.running >= CONCURRENCY) return
    const wait = Math.max(next.due, this.nextStart) - this.now()
    this.timer = setTimeout(
      () => {
        this.start()
      },
      Math.max(0, wait)
    )
  }

  private start(): void {
    const entry = this.queue.shift()
    if (entry === undefined) return
    if (this.known.get(entry.id) !== entry) {
      this.arm()
      return
    }
    // Twice as fast as they become due, which leaves half of the time for slow answers.
    if (this.rate > 0) this.nextStart = this.now() + 1 / (2 * this.rate)
    this.running += 1
    void this.refresh(entry).finally(() => {
      this.running -= 1
      this.arm()
    })
    this.arm()
  }

  private async refresh(entry: Entry): Promise<void> {
    try {
      await this.options.refresh(entry.id, entry.period)
      entry.failures = 0
      entry.refreshed = Date.now()
      entry.due = this.now() + entry.period
    } catch (thrown) {
      const error = toAciError(thrown)
      entry.failures += 1
      if (this.known.get(entry.id) !== entry) return
      if (this.options.isFinal(error) || entry.failures > 1) {
        this.delete(entry.id)
        this.options.lost(entry.id, error)
        return
      }
      entry.due = this.now() + entry.period / 4
    }
    if (this.known.get(entry.id) === entry) this.enqueue(entry)
  }
}
