// What a pure stream may say: it recovers nothing, so that it may miss what happens while the connection is broken; yet
// whatever it tells has happened, is sent once and in order, and nothing is missing while all is well.

import type { AciMessage } from '../../nodes/runtime/message'
import type { Kind, Violation } from './checker'

/** A change of the tree, as the simulator tells of it. */
export interface Happened {
  readonly event: 'created' | 'modified' | 'deleted'
  readonly dn: string
  readonly modTs: string
}

/** What happened to the order of events lately: such events are sent as they came. */
export interface Disorder {
  readonly isReordered: boolean
  /** Events were sent twice. */
  readonly isRepeated: boolean
}

/** Changes of one object in one millisecond and of one kind, which no message tells apart. */
interface Entry {
  readonly text: string
  /** Each one's place among all changes. */
  readonly places: number[]
  sent: number
}

export class StreamChecker {
  /** Messages that came, by origin. */
  readonly counts: Record<string, number> = {}
  /** Of this sequence and of the one before: of all that ever happened there would be no end. */
  private happenings = new Map<string, Entry>()
  private happeningsBefore = new Map<string, Entry>()
  /** Place of what was sent last of each object. */
  private readonly latest = new Map<string, number>()
  private count = 0
  /** DNs of what was sent since {@link listen}. */
  private heard = new Set<string>()
  /** Changes from this place on have to be sent. */
  private due = Infinity

  constructor(
    readonly node: string,
    private readonly disorder: () => Disorder,
    private readonly violated: (violation: Violation) => void
  ) {}

  nextSequence(): void {
    this.happeningsBefore = this.happenings
    this.happenings = new Map()
    this.due = Infinity
  }

  /** From now on all is well. */
  expectAll(): void {
    this.due = this.count
  }

  /** From now on it is noted of what something is sent. */
  listen(): void {
    this.heard = new Set()
  }

  hasHeard(dn: string): boolean {
    return this.heard.has(dn)
  }

  happened({ event, dn, modTs }: Happened): void {
    const key = keyOf(event, dn, modTs)
    const entry = this.happenings.get(key)
    if (entry === undefined) this.happenings.set(key, { text: `${event} ${dn}`, places: [this.count], sent: 0 })
    else entry.places.push(this.count)
    this.count += 1
  }

  take({ payload }: AciMessage): void {
    const { event, dn, attributes, origin, changes } = payload
    this.counts[origin] = (this.counts[origin] ?? 0) + 1
    this.heard.add(dn)
    const wrong = (kind: Kind, text: string): void => {
      this.violated({ kind, text: `${this.node}: ${origin} ${event} of ${dn} ${text}` })
    }
    if (origin !== 'live' || changes !== undefined) wrong('inconsistent', 'is more than a stream can know')
    const { isReordered, isRepeated } = this.disorder()
    const key = keyOf(event, dn, attributes['modTs'])
    const entry = this.happenings.get(key) ?? this.happeningsBefore.get(key)
    if (entry === undefined) {
      wrong('inconsistent', `never happened (${attributes['modTs'] ?? 'no modTs'})`)
      return
    }
    entry.sent += 1
    const place = entry.places[entry.sent - 1]
    if (place === undefined) {
      if (!isRepeated) wrong('repeated', `is sent again (${attributes['modTs'] ?? ''})`)
      return
    }
    const latest = this.latest.get(dn) ?? -1
    // Of changes that no message tells apart, one that was sent twice stands for the next one.
    if (place < latest && !isReordered && !isRepeated) wrong('inconsistent', 'goes back in time')
    this.latest.set(dn, Math.max(place, latest))
  }

  /** What is missing, a line for each change. */
  differences(): string[] {
    const lines: string[] = []
    for (const { text, places, sent } of this.happenings.values()) {
      const missing = places.filter((place, index) => index >= sent && place >= this.due)
      if (missing.length > 0) lines.push(`${this.node}: ${text} was not sent`)
    }
    return lines
  }
}

function keyOf(event: string, dn: string, modTs: string | undefined): string {
  return `${event} ${dn} ${Date.parse(modTs ?? '')}`
}
