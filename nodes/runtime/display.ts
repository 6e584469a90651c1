// What stands under a node: only what is new is sent to the editor, and progress not too often.

import type { NodeStatus } from './status'

/** Between two statuses of work that goes on, ms. */
const PERIOD = 300

export class Display {
  private shown = ''
  private changedAt = -Infinity
  private timer: NodeJS.Timeout | undefined

  constructor(
    private readonly send: (status: NodeStatus) => void,
    private readonly look: () => NodeStatus
  ) {}

  /** Shows what is to be seen now. */
  show(): void {
    clearTimeout(this.timer)
    this.timer = undefined
    const status = this.look()
    const shown = JSON.stringify(status)
    if (shown === this.shown) return
    this.shown = shown
    this.changedAt = performance.now()
    this.send(status)
  }

  /** Shows it soon, and at once where nothing was shown for a while. */
  showSoon(): void {
    const wait = this.changedAt + PERIOD - performance.now()
    if (wait <= 0) this.show()
    else this.timer ??= setTimeout(() => this.show(), wait)
  }

  /** Shows it although it was shown: who looks now has not seen it. */
  showAgain(): void {
    this.shown = ''
    this.show()
  }

  close(): void {
    clearTimeout(this.timer)
  }
}
