// Lets a few in at the same time; the others wait in the order in which they came.

import { AciError } from './errors'

export class Gate {
  private inside = 0
  private readonly waiting = new Set<() => void>()

  constructor(private readonly places: number) {}

  /**
   * Waits for a place.
   * @returns gives the place back; to be called once
   * @throws AciError ACI_CLOSED when the signal is given first
   */
  enter(signal: AbortSignal): Promise<() => void> {
    const leave = (): void => this.leave()
    if (!signal.aborted && this.inside < this.places) {
      this.inside += 1
      return Promise.resolve(leave)
    }
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        this.waiting.delete(admit)
        reject(new AciError('ACI_CLOSED', 'the request was given up'))
      }
      const admit = (): void => {
        signal.removeEventListener('abort', giveUp)
        resolve(leave)
      }
      if (signal.aborted) {
        giveUp()
        return
      }
      this.waiting.add(admit)
      signal.addEventListener('abort', giveUp, { once: true })
    })
  }

  /** The place goes to the one that has waited longest, so that nobody who comes just now is quicker. */
  private leave(): void {
    const [next] = this.waiting
    if (next === undefined) {
      this.inside -= 1
      return
    }
    this.waiting.delete(next)
    next()
  }
}
