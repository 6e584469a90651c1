// Refreshes the subscription ids of one connection, each once a period and all of them evenly spread: an APIC's nginx
// drops bursts.

import { type AciError, toAciError } from '../common/errors'

export interface KeepAliveOptions {
  /** Refreshes one id. */
  readonly refresh: (id: string) => Promise<unknown>
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
  due: number
  failures: number
  /** When it was refreshed last, epoch ms. */
  refreshed: number | undefined
}

export class KeepAlive {
  /** Soonest first. */
  private queue: Entry[] = []
  private readonly known = new Map<string, Entry>()
  private running = 0
  private nextStart = 0
  private timer: NodeJS.Timeout | undefined
  private closed = false
  private readonly now: () => number

  /** @param periodMs each id is refreshed once in so many ms */
  constructor(
    private periodMs: number,
    private readonly options: KeepAliveOptions
  ) {
    this.now = options.now ?? (() => performance.now())
  }

  get size(): number {
    return this.known.size
  }

  /** Begins to refresh an id: the first time after half a period, so that ids made in one burst can spread out. */
  add(id: string): void {
    const entry = { id, due: this.now() + this.periodMs / 2, failures: 0, refreshed: undefined }
    this.known.set(id, entry)
    this.enqueue(entry)
    this.arm()
  }

  /** Takes another period, ms: at once for ids that come from now on, for the others after their next refresh. */
  setPeriod(periodMs: number): void {
    this.periodMs = periodMs
  }

  /** When the id was refreshed last, epoch ms; undefined when it has not been yet. */
  refreshedAt(id: string): number | undefined {
    return this.known.get(id)?.refreshed
  }

  delete(id: string): void {
    this.known.delete(id)
    this.queue = this.queue.filter((entry) => entry.id !== id)
  }

  close(): void {
    this.closed = true
    this.known.clear()
    this.queue = []
    clearTimeout(this.timer)
  }

  private enqueue(entry: Entry): void {
    // Nearly always the last place: all ids have the same period.
    let index = this.queue.length
    while (index > 0 && (this.queue[index - 1]?.due ?? 0) > entry.due) index -= 1
    this.queue.splice(index, 0, entry)
  }

  private arm(): void {
    clearTimeout(this.timer)
    const next = this.queue[0]
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
    // All of them fit into half a period, which leaves the other half for slow answers.
    this.nextStart = this.now() + this.periodMs / 2 / Math.max(1, this.known.size)
    this.running += 1
    void this.refresh(entry).finally(() => {
      this.running -= 1
      this.arm()
    })
    this.arm()
  }

  private async refresh(entry: Entry): Promise<void> {
    try {
      await this.options.refresh(entry.id)
      entry.failures = 0
      entry.refreshed = Date.now()
      entry.due = this.now() + this.periodMs
    } catch (thrown) {
      const error = toAciError(thrown)
      entry.failures += 1
      if (this.known.get(entry.id) !== entry) return
      if (this.options.isFinal(error) || entry.failures > 1) {
        this.known.delete(entry.id)
        this.options.lost(entry.id, error)
        return
      }
      entry.due = this.now() + this.periodMs / 4
    }
    if (this.known.get(entry.id) === entry) this.enqueue(entry)
  }
}
