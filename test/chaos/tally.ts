// What a run adds up to.

import type { Kind, Violation } from './checker'

export interface Memory {
  /** Bytes, after a garbage collection. */
  readonly heapUsed: number
  readonly rss: number
}

export class Tally {
  sequences = 0
  steps = 0
  readonly faults: Record<string, number> = {}
  readonly orders: Record<string, number> = {}
  readonly wrong: Record<Kind, number> = { lost: 0, repeated: 0, inconsistent: 0 }
  private readonly recoveries: number[] = []

  fault(name: string): void {
    this.faults[name] = (this.faults[name] ?? 0) + 1
  }

  order(name: string): void {
    this.orders[name] = (this.orders[name] ?? 0) + 1
  }

  recovered(ms: number): void {
    this.recoveries.push(ms)
  }

  finished(steps: number, violations: readonly Violation[]): void {
    if (steps > 0) this.sequences += 1
    this.steps += steps
    for (const { kind } of violations) this.wrong[kind] += 1
  }

  /** Where something was wrong at the end of the last fault: time until all was sent and new changes came, ms. */
  recovery(): { readonly sequences: number; readonly median: number; readonly p99: number; readonly maximum: number } {
    const sorted = [...this.recoveries].sort((a, b) => a - b)
    const at = (share: number): number =>
      Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0)
    return { sequences: sorted.length, median: at(0.5), p99: at(0.99), maximum: at(1) }
  }
}
