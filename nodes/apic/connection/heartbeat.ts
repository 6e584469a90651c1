// Finds sockets that are dead without having been closed: by pings, or by REST where the peer never answers pings.

/** A check that comes later than so many intervals after the one before was held up by this process. */
const LATE = 1.5
/** So many late checks in a row prove nothing; a process that is always late has to judge all the same. */
const MOST_LATE = 3
/** Answers in a row that prove nothing and mean dead. */
const MOST_UNCLEAR = 2

export interface HeartbeatOptions {
  /** Time between two checks, ms; no sign of life for two of them means dead. */
  readonly intervalMs: number
  readonly ping: () => void
  /** Asks by REST whether the controller lives; for peers that do not answer pings. */
  readonly ask: () => Promise<unknown>
  /**
   * Whether a question that failed was answered all the same, by something that need not be the controller itself: a
   * busy nginx says 503 for an APIC that is long gone.
   */
  readonly isAnswer?: (thrown: unknown) => boolean
  /** Told once; nothing is checked afterwards. */
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
  /** Answers of that kind since the last sign of life. */
  private unclear = 0
  /** When the first of the pings was sent that nothing came after. */
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
      // Whatever has already arrived is read first: a loop that was blocked must not mistake its own delay for silence.
      setImmediate(() => {
        this.check()
      })
    }, options.intervalMs)
    this.ping()
  }

  /** Anything that came in by the socket. */
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
      // A loop that stood still, or a machine that slept, could not hear: what it missed says nothing of the peer.
      this.pinged = undefined
      this.ping()
      return
    }
    const { intervalMs } = this.options
    // A little more than two intervals is nearly three checks; a little less is what two late ticks give.
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

  /** What a failed question means. */
  private judge(thrown: unknown): void {
    if (this.options.isAnswer?.(thrown) === true) {
      this.unclear += 1
      if (this.unclear >= MOST_UNCLEAR) this.die()
      return
    }
    // Its time ran out while the loop stood still, with the answer perhaps unread: it is asked again.
    if (!this.isLate(this.now())) this.die()
  }

  private die(): void {
    this.stop()
    this.options.dead()
  }
}
