// Counts what arrives, and when: the end of every way that is measured.

import { clock, sentAt } from './frames'

/** What the benchmark looks at in a message. */
export interface Arrival {
  readonly dn: string
  readonly descr: string
}

/** What a receiver tells after a round. */
export interface Report {
  /** From the first message to the last. */
  readonly seconds: number
  /** CPU time of the whole process in between, all threads. */
  readonly cpuSeconds: number
  readonly lastDn: string
  /** Memory of the process at the end, bytes. */
  readonly rss: number
  /** From sending to arrival, microseconds, in the order of arrival; empty unless asked for. */
  readonly latencies: readonly number[]
}

export interface Expectation {
  readonly messages: number
  readonly latency: boolean
}

/** @typeParam M a message as it arrives */
export class Counter<M> {
  private left = 0
  private surplus = 0
  private latencies: number[] | undefined
  private startedAt = 0
  private startedCpu = process.cpuUsage()
  private startedWith = 0
  private finish: ((report: Report) => void) | undefined
  private report: Promise<Report> | undefined

  /** @param read looks into a message; only called for the last one, or for all when latency is measured */
  constructor(private readonly read: (message: M) => Arrival) {}

  /** Begins to wait for messages. @throws Error when more came than the last time were expected */
  expect({ messages, latency }: Expectation): void {
    if (this.left > 0 || this.surplus > 0) {
      throw new Error(`${this.left} messages too few or ${this.surplus} too many arrived`)
    }
    this.left = messages
    this.startedWith = messages
    this.latencies = latency ? [] : undefined
    this.report = new Promise((resolve) => {
      this.finish = resolve
    })
  }

  /** Resolves when all of them have arrived. */
  async arrived(): Promise<Report> {
    if (this.report === undefined) throw new Error('nothing is expected')
    return this.report
  }

  /** A message has arrived. */
  hit(message: M): void {
    if (this.left === this.startedWith) this.begin()
    this.left -= 1
    if (this.latencies !== undefined) this.latencies.push(clock() - sentAt(this.read(message).descr))
    if (this.left === 0) this.end(message)
    else if (this.left < 0) {
      this.left = 0
      this.surplus += 1
    }
  }

  private begin(): void {
    this.startedAt = clock()
    this.startedCpu = process.cpuUsage()
  }

  private end(message: M): void {
    const { user, system } = process.cpuUsage(this.startedCpu)
    this.finish?.({
      seconds: (clock() - this.startedAt) / 1e6,
      cpuSeconds: (user + system) / 1e6,
      lastDn: this.read(message).dn,
      rss: process.memoryUsage.rss(),
      latencies: this.latencies ?? []
    })
  }
}
