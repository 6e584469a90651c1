// A bounded queue of the messages of one node, handled one after the other; each gets a result or an error.

import { AciError } from '../apic'

/** Messages that may wait for the one under way. */
const MOST_WAITING = 1_000

export class Backlog {
  private readonly stopping = new AbortController()
  private last: Promise<void> = Promise.resolve()
  private size = 0

  constructor(private readonly mostWaiting = MOST_WAITING) {}

  /**
   * Runs a job after those before it, whether they succeeded or failed.
   * @param job aborted by the signal
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

  /** Messages that wait for the one under way. */
  get waiting(): number {
    return Math.max(0, this.size - 1)
  }

  /** Aborts the running job and fails those that wait. Resolves when all are over. */
  close(): Promise<void> {
    this.stopping.abort()
    return this.last
  }
}
