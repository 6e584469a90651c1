// Messages of one node, one after the other: few may wait, and every one is told what became of it.

import { AciError } from '../apic'

/** Messages that may wait for the one that is at work. */
const MOST_WAITING = 1_000

export class Backlog {
  private readonly stopping = new AbortController()
  private last: Promise<void> = Promise.resolve()
  private size = 0

  constructor(private readonly mostWaiting = MOST_WAITING) {}

  /**
   * Does a job when those before it are done, whatever became of them.
   * @param job given up by the signal
   * @throws AciError ACI_TIMEOUT when too many wait, ACI_CLOSED when this was closed before; else what the job throws
   */
  async run<T>(job: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { signal } = this.stopping
    if (this.size > this.mostWaiting) {
      throw new AciError(
        'ACI_TIMEOUT',
        `${this.mostWaiting} messages wait already: they come faster than the APIC answers`
      )
    }
    const before = this.last
    let done: () => void = () => undefined
    this.last = new Promise((resolve) => (done = resolve))
    this.size += 1
    try {
      await before
      if (signal.aborted) throw new AciError('ACI_CLOSED', 'the node was closed before it came to this message')
      return await job(signal)
    } finally {
      this.size -= 1
      done()
    }
  }

  /** Messages that wait for the one that is at work. */
  get waiting(): number {
    return Math.max(0, this.size - 1)
  }

  /** Gives up the job that runs and those that wait. Resolves when all are over. */
  close(): Promise<void> {
    this.stopping.abort()
    return this.last
  }
}
