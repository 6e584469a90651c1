// Keeps an account from being locked: how often a refused password may be tried again, whoever asks.

/** Minutes to wait after each refusal, so tries come at minutes 0, 1, 3, 7 and 15; later ones every LATER minutes. */
const GAPS = [1, 2, 4, 8]
const LATER = 15
const MINUTE = 60_000

interface Refusals {
  /** The credentials that were refused; other ones deserve a fresh start. */
  readonly secret: string
  count: number
  /** Epoch ms. */
  last: number
}

/**
 * Counts refused logins per account and cluster. One instance serves the whole process, so that neither a redeploy nor
 * a second configuration node with the same account starts to count anew.
 */
export class LoginGuard {
  private readonly accounts = new Map<string, Refusals>()

  constructor(private readonly now: () => number = Date.now) {}

  /**
   * How long to wait, ms, before this account may be tried: 0 at once.
   * @param account names account and cluster
   * @param secret any text that changes with the credentials (a digest, never the password)
   */
  waitFor(account: string, secret: string): number {
    const refusals = this.accounts.get(account)
    if (refusals?.secret !== secret) return 0
    // Counted from the last one: a pause in which nobody tried does not allow several tries in a row.
    const due = refusals.last + (GAPS[refusals.count - 1] ?? LATER) * MINUTE
    return Math.max(0, due - this.now())
  }

  refused(account: string, secret: string): void {
    const refusals = this.accounts.get(account)
    if (refusals?.secret === secret) {
      refusals.count += 1
      refusals.last = this.now()
    } else {
      this.accounts.set(account, { secret, count: 1, last: this.now() })
    }
  }

  accepted(account: string): void {
    this.accounts.delete(account)
  }
}
