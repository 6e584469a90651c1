// Waiting that an AbortSignal cuts short: for a time, or on a condition.

import { onAbort } from './abort'

/** The longest wait that a timer of Node.js takes, ms: a longer one would end at once. */
export const LONGEST_TIMER = 2 ** 31 - 1

/** Waits so many ms, at most {@link LONGEST_TIMER}, or until the signal is given. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (ms <= 0 || signal.aborted) {
      resolve()
      return
    }
    const done = (): void => {
      clearTimeout(timer)
      unlink()
      resolve()
    }
    const timer = setTimeout(done, Math.min(LONGEST_TIMER, ms))
    const unlink = onAbort(signal, done)
  })
}

/** A condition variable: `notify` wakes all waiters, and each checks its state again. */
export class Condition {
  private readonly waiting = new Set<() => void>()

  notify(): void {
    for (const wake of [...this.waiting]) wake()
  }

  /** Waits for `notify`, for the signal, or for so many ms where there are any. */
  wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      let unlink = (): void => undefined
      const done = (): void => {
        clearTimeout(timer)
        this.waiting.delete(done)
        unlink()
        resolve()
      }
      const timer = ms > 0 ? setTimeout(done, Math.ceil(ms)) : undefined
      this.waiting.add(done)
      unlink = onAbort(signal, done)
    })
  }
}
