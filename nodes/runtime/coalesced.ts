// Runs a task once for many requests of one turn, and the less often the longer it takes: a look at ten thousand
// subscriptions for each change of one of them would be all that a node does.

/** A task that took this long, ms, or longer, rests before it runs again. */
const LONG = 0.5
/** It rests so many times as long as it took; at most so many ms. */
const REST = 20
const LONGEST_REST = 1_000

export class Coalesced {
  /** Takes the request back. */
  private waiting: (() => void) | undefined
  private took = 0

  /** @param now a monotonic clock, ms */
  constructor(
    private readonly task: () => void,
    private readonly now: () => number = () => performance.now()
  ) {}

  /** The task is to run, soon. */
  request(): void {
    if (this.waiting !== undefined) return
    const run = (): void => {
      this.waiting = undefined
      const begun = this.now()
      this.task()
      this.took = this.now() - begun
    }
    const rest = this.took < LONG ? 0 : Math.min(LONGEST_REST, this.took * REST)
    if (rest === 0) {
      const soon = setImmediate(run)
      this.waiting = () => clearImmediate(soon)
    } else {
      const later = setTimeout(run, rest)
      this.waiting = () => clearTimeout(later)
    }
  }

  /** What was requested is not wanted any more. */
  cancel(): void {
    this.waiting?.()
    this.waiting = undefined
  }
}
