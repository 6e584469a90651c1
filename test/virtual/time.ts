// Time that passes only when everything that could happen has happened: what takes a minute takes a moment, and happens in
// the same order each time.

import { install, type Clock } from '@sinonjs/fake-timers'

/** Turns of the real event loop in which all that needs no time is done. */
const TURNS = 3

const nextTurn = setImmediate

async function settle(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn += 1) await new Promise<void>((resolve) => void nextTurn(resolve))
}

export class VirtualTime {
  private readonly clock: Clock

  /** @param now epoch ms at which it begins */
  constructor(now: number) {
    this.clock = install({
      now,
      toFake: [
        'setTimeout',
        'clearTimeout',
        'setInterval',
        'clearInterval',
        'setImmediate',
        'clearImmediate',
        'Date',
        'performance'
      ]
    })
  }

  /** Lets time pass until the work is done. @throws Error where nothing is left that could happen, or it takes too long */
  async run<T>(work: Promise<T>, limitMs: number): Promise<T> {
    const state = { isDone: false }
    const done = (): void => void (state.isDone = true)
    work.then(done, done)
    const end = this.clock.now + limitMs
    await settle()
    while (!state.isDone) {
      if (this.clock.countTimers() === 0) throw new Error('nothing is left that could happen')
      if (this.clock.now > end) throw new Error(`not done within ${limitMs / 1000} s`)
      this.clock.next()
      await settle()
    }
    return work
  }

  end(): void {
    this.clock.uninstall()
  }
}
