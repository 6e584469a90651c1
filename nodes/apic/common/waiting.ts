// Waiting that a signal cuts short: for a time, or until something has changed.

import { setTimeout as after } from 'node:timers/promises'

/** Waits so many ms, or until the signal is given. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await after(ms, undefined, { signal }).catch(() => undefined)
}

/** Rung when something has changed: whoever waits for it looks again. */
export class Bell {
  private readonly waiting = new Set<() => void>()

  ring(): void {
    for (const wake of [...this.waiting]) wake()
  }

  /** Waits until it rings, or the signal is given, or so many ms where there are any. */
  wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        this.waiting.delete(done)
        signal.removeEventListener('abort', done)
        resolve()
      }
      const timer = ms > 0 ? setTimeout(done, Math.ceil(ms)) : undefined
      this.waiting.add(done)
      signal.addEventListener('abort', done)
    })
  }
}
