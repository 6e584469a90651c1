// Waiting between attempts to reach an APIC: soon at first, patient later, never in step with others.

/** Source of randomness in [0, 1), handed in so that a test can govern it. */
export type Random = () => number

export interface BackoffOptions {
  /** Upper bound of the wait before the first attempt after a loss, ms. */
  readonly atOnce: number
  /** Upper bound of the wait after the first failed round, ms. */
  readonly first: number
  /** Upper bound of any wait, ms. */
  readonly cap: number
  /** A connection that lasted this long, ms, makes the next wait short again. */
  readonly healthyAfter: number
}

/**
 * Full jitter: each wait is anywhere between nothing and a bound that doubles. A thousand clients that lost the same
 * controller come back spread out, and an APIC's login throttle (2 per second by default) is met by few of them.
 */
export class Backoff {
  private failures = 0

  constructor(
    private readonly options: BackoffOptions,
    private readonly random: Random
  ) {}

  /** How long to wait, ms, after a connection that had lasted `livedMs` was lost. */
  afterLoss(livedMs: number): number {
    if (livedMs >= this.options.healthyAfter) this.failures = 0
    // A connection that is lost again and again as soon as it stands is a failure like any other.
    return this.failures === 0 ? this.next(this.options.atOnce) : this.afterFailure()
  }

  /** How long to wait, ms, after a round in which no controller could be reached. */
  afterFailure(): number {
    const bound = Math.min(this.options.cap, this.options.first * 2 ** Math.min(this.failures, 16))
    return this.next(bound)
  }

  private next(bound: number): number {
    this.failures += 1
    return Math.round(this.random() * bound)
  }
}
