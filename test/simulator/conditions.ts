// What is wrong with one controller at the moment. The controller looks here at every step; faults.ts switches.
import type { Change } from './tree'

/** A fault that can be taken back. */
export interface FaultHandle {
  /** False once undone, or used up. */
  readonly active: boolean
  /** How often it has struck so far. */
  readonly hits: number
  undo(): void
}

/** What to do with REST requests instead of, or before, answering them. */
export interface RequestRule {
  /** Start of the path with query, as sent, or a pattern for it; absent: every request. */
  readonly path?: string | RegExp
  readonly method?: string
  /** How many requests it is for; absent: all, until undone. */
  readonly times?: number
  /** Requests that match but are let through first. */
  readonly skip?: number
  /** Milliseconds before anything else. */
  readonly delay?: number
  /** No answer until undone. */
  readonly hang?: boolean
  /** The connection is reset instead of an answer. */
  readonly reset?: boolean
  /** HTTP status of the answer; default 200 when there is a body. */
  readonly status?: number
  /** Text of an APIC error object; its code is `code`, or else the status. */
  readonly text?: string
  readonly code?: string
  /** The body as it is; an object is sent as JSON. */
  readonly body?: string | object
  /** The body as a web page. */
  readonly html?: string
  /** Of the answer, whoever made it. */
  readonly headers?: Readonly<Record<string, string>>
  /** Makes another body of the one that would be answered. */
  readonly rewrite?: (body: string) => string
  /** Sends the body, whoever made it, in pieces of `size` bytes with `every` ms between. */
  readonly drip?: { readonly size: number; readonly every: number }
}

export interface SubscribeTiming {
  /** What comes first when a subscription is asked for; the default is `register`. */
  readonly first?: 'register' | 'read'
  /** Milliseconds between the two. */
  readonly gap?: number
  /** Milliseconds between the later one and the reply. */
  readonly replyDelay?: number
}

export interface UpgradeFault {
  /** `stall`: neither accepted nor refused. */
  readonly answer: 403 | 503 | 'stall'
}

/** What becomes of the answers to queries. */
export type SnapshotFault =
  | { readonly kind: 'empty' }
  /** totalCount as it is, but only this part of imdata. */
  | { readonly kind: 'truncate'; readonly keep: number }

/** Milliseconds, fixed or drawn anew each time. */
export type Latency = number | { readonly min: number; readonly max: number }

/** One fault that is on. */
export class Entry<T> implements FaultHandle {
  hits = 0
  /** Settles when it is off. */
  readonly over: Promise<void>
  private end: () => void = () => undefined

  constructor(
    readonly value: T,
    private readonly entries: Set<Entry<T>>,
    private left = Infinity,
    private skip = 0
  ) {
    this.over = new Promise((resolve) => {
      this.end = resolve
    })
  }

  get active(): boolean {
    return this.entries.has(this)
  }

  /** Whether it is its turn: lets the first `skip` pass. */
  passes(): boolean {
    this.skip -= 1
    return this.skip < 0
  }

  /** Counts one use, and ends the fault with its last. */
  strike(): void {
    this.hits += 1
    this.left -= 1
    if (this.left <= 0) this.undo()
  }

  undo(): void {
    if (this.entries.delete(this)) this.end()
  }
}

/** Faults of one kind that are on; the last one switched on counts. */
export class Switch<T = true> {
  private readonly entries = new Set<Entry<T>>()

  /**
   * @param times uses after which it ends by itself
   * @param skip occasions it lets pass first
   */
  on(value: T, times?: number, skip?: number): Entry<T> {
    const entry = new Entry(value, this.entries, times, skip)
    this.entries.add(entry)
    return entry
  }

  get current(): Entry<T> | undefined {
    return [...this.entries].at(-1)
  }

  get isOn(): boolean {
    return this.entries.size > 0
  }

  all(): readonly Entry<T>[] {
    return [...this.entries]
  }

  off(): void {
    for (const entry of [...this.entries]) entry.undo()
  }

  /** Settles when none is on. */
  async cleared(): Promise<void> {
    while (this.isOn) await this.current?.over
  }
}

export class Conditions {
  readonly requests = new Switch<RequestRule>()
  readonly upgrades = new Switch<UpgradeFault>()
  /** New connections are accepted, and nothing is ever said on them. */
  readonly tlsStalled = new Switch()
  /** As before, and nothing is answered on the old ones either. */
  readonly blackHole = new Switch()
  /** Sockets stay open and say nothing. */
  readonly silent = new Switch()
  readonly noPongs = new Switch()
  readonly latency = new Switch<Latency>()
  /** Changes nobody hears of. */
  readonly silenced = new Switch<(change: Change) => boolean>()
  readonly duplicates = new Switch()
  readonly reorder = new Switch<number>()
  readonly snapshots = new Switch<SnapshotFault>()
  readonly timing = new Switch<SubscribeTiming>()

  clear(): void {
    const all = [
      this.requests,
      this.upgrades,
      this.tlsStalled,
      this.blackHole,
      this.silent,
      this.noPongs,
      this.latency,
      this.silenced,
      this.duplicates,
      this.reorder,
      this.snapshots,
      this.timing
    ]
    for (const one of all) one.off()
  }
}
