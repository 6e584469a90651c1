// Finds sockets that are dead without having been closed: by pings, or by REST where the peer never answers pings.

export interface HeartbeatOptions {
  /** Time between two checks, ms; no sign of life for two of them means dead. */
  readonly intervalMs: number
  readonly ping: () => void
  /** Asks by REST whether the controller lives; for peers that do not answer pings. */
  readonly ask: () => Promise<unknown>
  readonly dead: () => void
  /** Time that no setting of a clock changes, ms. */
  readonly now?: () => number
}

export class Heartbeat {
  /** When anything last came in, epoch ms. */
  lastSign = Date.now()
  /** The same moment on the clock that only goes forward. */
  private heard: number
  private readonly now: () => number
  private answersPings = false
  private asking = false
  private stopped = false
  private readonly timer: NodeJS.Timeout

  constructor(private readonly options: HeartbeatOptions) {
    this.now = options.now ?? (() => performance.now())
    this.heard = this.now()
    this.timer = setInterval(() => {
      // Whatever has already arrived is read first: a loop that was blocked must not mistake its own delay for silence.
      setImmediate(() => {
        this.check()
      })
    }, options.intervalMs)
    options.ping()
  }

  /** Anything that came in by the socket. */
  sign(): void {
    this.lastSign = Date.now()
    this.heard = this.now()
  }

  pong(): void {
    this.answersPings = true
    this.sign()
  }

  stop(): void {
    this.stopped = true
    clearInterval(this.timer)
  }

  private check(): void {
    if (this.stopped) return
    const silence = this.now() - this.heard
    // A little more than two intervals is nearly three checks; a little less is what two late ticks give.
    if (silence < this.options.intervalMs * 1.9) {
      this.options.ping()
    } else if (this.answersPings) {
      this.options.dead()
    } else {
      this.askByRest()
    }
  }

  private askByRest(): void {
    this.options.ping()
    if (this.asking) return
    this.asking = true
    this.options.ask().then(
      () => {
        this.asking = false
        this.sign()
      },
      () => {
        if (!this.stopped) this.options.dead()
      }
    )
  }
}
