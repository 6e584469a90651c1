// Detects dead sockets that were not closed: by pings, or by REST where the peer never answers pings.

/** A check later than so many intervals after the last one was delayed by this process. */
const LATE = 1.5
/** Late checks in a row that are ignored; a process that is always late must judge all the same. */
const MOST_LATE = 3
/** Unclear answers in a row that mean dead. */
const MOST_UNCLEAR = 2

export interface HeartbeatOptions {
  /** Time between two checks, ms; no sign of life for two of them means dead. */
  readonly intervalMs: number
  readonly ping: () => void
  /** Sends a REST request, for peers that do not answer pings. */
  readonly ask: () => Promise<unknown>
  /**
   * Whether a failed request was answered all the same, perhaps not by the controller itself: a busy nginx answers 503 for
   * an APIC that is long gone.
   */
  readonly isAnswer?: (thrown: unknown) => boolean
  /** Called once; no check follows. */
  readonly dead: () => void
  /** A monotonic clock, ms. */
  readonly now?: () => number
}

export class Heartbeat {
  /** Time of the last sign of life, epoch ms. */
  lastSign = Date.now()
  /** The same moment on the monotonic clock. */
  private heard: number
  private readonly now: () => number
  private answersPings = false
  private asking = false
  /** Unclear answers since the last sign of life. */
  private unclear = 0
  /** Time of the first ping after the last sign of life. */
  private pinged: number | undefined
  private checked: number
  private lateChecks = 0
  private stopped = false
  private readonly timer: NodeJS.Timeout

  constructor(private readonly options: HeartbeatOptions) {
    this.now = options.now ?? (() => performance.now())
    this.heard = this.now()
    this.checked = this.heard
    this.timer = setInterval(() => {
      // Read what has already arrived first: a blocked loop must not mistake its own delay for silence.
      setImmediate(() => {
        this.check()
      })
    }, options.intervalMs)
    this.ping()
  }

  /** To be called for anything that came in by the socket. */
  sign(): void {
    this.lastSign = Date.now()
    this.heard = this.now()
    this.pinged = undefined
    this.unclear = 0
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
    const now = this.now()
    const isLate = this.isLate(now)
    this.checked = now
    this.lateChecks = isLate ? this.lateChecks + 1 : 0
    if (isLate && this.lateChecks <= MOST_LATE) {
      // A blocked loop or a sleeping machine received nothing, which says nothing about the peer.
      this.pinged = undefined
      this.ping()
      return
    }
    const { intervalMs } = this.options
    // Slightly below two intervals, which late ticks would turn into three.
    const isSilent = now - this.heard >= intervalMs * 1.9
    const isUnanswered = this.pinged !== undefined && now - this.pinged >= intervalMs * 0.9
    if (!isSilent || !isUnanswered) this.ping()
    else if (this.answersPings) this.die()
    else this.askByRest()
  }

  private isLate(now: number): boolean {
    return now - this.checked > this.options.intervalMs * LATE
  }

  private ping(): void {
    this.pinged ??= this.now()
    this.options.ping()
  }

  private askByRest(): void {
    this.ping()
    if (this.asking) return
    this.asking = true
    this.options.ask().then(
      () => {
        this.asking = false
        this.sign()
      },
      (thrown: unknown) => {
        this.asking = false
        if (!this.stopped) this.judge(thrown)
      }
    )
  }

  /** Judges a failed REST request. */
  private judge(thrown: unknown): void {
    if (this.options.isAnswer?.(thrown) === true) {
      this.unclear += 1
      if (this.unclear >= MOST_UNCLEAR) this.die()
      return
    }
    // If its time ran out while the loop was blocked, the answer may be unread: ask again at the next check.
    if (!this.isLate(this.now())) this.die()
  }

  private die(): void {
    this.stop()
    this.options.dead()
  }
}
