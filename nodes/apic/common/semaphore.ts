// A counting semaphore: a limited number of permits; waiters get theirs in the order in which they came.

import { onAbort } from './abort'
import { AciError } from './errors'

export class Semaphore {
  private acquired = 0
  private readonly waiting = new Set<() => void>()

  constructor(private readonly permits: number) {}

  /**
   * Waits for a permit.
   * @returns releases the permit; to be called once
   * @throws AciError ACI_CLOSED when the signal is given first
   */
  acquire(signal: AbortSignal): Promise<() => void> {
    const release = (): void => this.release()
    if (!signal.aborted && this.acquired < this.permits) {
      this.acquired += 1
      return Promise.resolve(release)
    }
    return new Promise((resolve, reject) => {
      const grant = (): void => {
        unlink()
        resolve(release)
      }
      this.waiting.add(grant)
      const unlink = onAbort(signal, () => {
        this.waiting.delete(grant)
        reject(new AciError('ACI_CLOSED', 'the request was given up'))
      })
    })
  }

  /** Hands the permit to the longest waiter, so that no newcomer overtakes it. */
  private release(): void {
    const [next] = this.waiting
    if (next === undefined) {
      this.acquired -= 1
      return
    }
    this.waiting.delete(next)
    next()
  }
}
