// Keeps an account from being locked: limits the tries of a refused password, by whichever node.

import { AciError } from '../common/errors'
import { Condition } from '../common/waiting'

/** Minutes to wait after each refusal, so tries come at minutes 0, 1, 3, 7 and 15; later ones every LATER minutes. */
const GAPS = [1, 2, 4, 8]
const LATER = 15
const MINUTE = 60_000
/** So many refusals of one account, whatever the password was, in so many ms. */
const MOST_REFUSALS = 5
const WINDOW = 15 * MINUTE
/** Time for which accepted credentials count as good, ms. */
const PROOF_LASTS = MINUTE
/** Refused credentials that are remembered of one account. */
const MOST_SECRETS = 20

/** A login was not tried, because of earlier refusals. */
export class TooEarly extends AciError {
  /**
   * @param waitMs until the next try
   * @param before the refusal of these credentials; undefined where others of the same account were refused
   */
  constructor(
    readonly waitMs: number,
    before: AciError | undefined
  ) {
    const reason = before === undefined ? 'other credentials of this account were refused' : 'it was refused before'
    const wait = `${Math.ceil(waitMs / 1000)} s`
    super('ACI_AUTH', `not tried, because ${reason}: wait ${wait}, so that the account is not locked`, before?.cause)
  }
}

/** Credentials and the cluster for which they are tried. */
export interface Candidate {
  readonly account: string
  /** Base URLs of controllers of one cluster. */
  readonly controllers: readonly string[]
  /** Any text that changes with the credentials (a digest, never the password). */
  readonly secret: string
}

interface Refusals {
  count: number
  /** On the guard's clock, ms. */
  last: number
  error: AciError
}

/** An account of one cluster. */
interface Account {
  /** By secret: other credentials start anew. The latest refusal comes last. */
  readonly refusals: Map<string, Refusals>
  /** Times of refusals within the window, oldest first. */
  recent: number[]
  /** Credentials known to be good, and since when. */
  proven: { readonly secret: string; readonly at: number } | undefined
  /** Attempts under way. */
  readonly attempts: Set<symbol>
}

interface Cluster {
  readonly hosts: Set<string>
  readonly accounts: Map<string, Account>
}

/** The host, which is the same for differently spelt URLs. */
function hostOf(controller: string): string {
  return URL.canParse(controller) ? new URL(controller).host : controller
}

/**
 * Counts refused logins per account and cluster. One instance serves the whole process, so that neither a redeploy nor
 * a second configuration node with the same account resets the count. Controllers that were ever in one list are of one
 * cluster.
 */
export class LoginGuard {
  /** By host of each controller. */
  private readonly clusters = new Map<string, Cluster>()
  /** Notified when a turn may have become free. */
  private readonly changed = new Condition()

  /** @param now a monotonic clock, ms */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** How long to wait, ms, before these credentials may be tried: 0 at once. */
  waitFor(candidate: Candidate): number {
    const account = this.accountOf(candidate)
    const refusals = account.refusals.get(candidate.secret)
    const now = this.now()
    // Counted from the last refusal: a pause does not allow several tries in a row.
    const due = refusals === undefined ? now : refusals.last + (GAPS[refusals.count - 1] ?? LATER) * MINUTE
    account.recent = account.recent.filter((at) => now - at < WINDOW)
    const fifthLast = account.recent.at(-MOST_REFUSALS)
    return Math.max(0, due - now, fifthLast === undefined ? 0 : fifthLast + WINDOW - now)
  }

  /**
   * Waits until these credentials may be tried. Unproven credentials are tried by one attempt at a time: nodes that start
   * together would otherwise all be refused.
   * @param refused called with the refusal of these credentials, if that is the reason of the wait
   * @returns ends the turn, when the outcome is noted or the attempt failed; further calls do nothing
   * @throws AciError ACI_CLOSED when the signal is given first
   */
  turn(
    candidate: Candidate,
    signal: AbortSignal,
    refused: (error: AciError) => void = () => undefined
  ): Promise<() => void> {
    let reported: AciError | undefined
    return this.admit(candidate, signal, (_wait, error) => {
      if (error !== undefined && error !== reported) refused(error)
      reported = error
    })
  }

  /**
   * As {@link turn}, but waits only for attempts under way.
   * @throws TooEarly when the credentials may not be tried yet
   */
  turnNow(candidate: Candidate, signal: AbortSignal): Promise<() => void> {
    return this.admit(candidate, signal, (wait, error) => {
      throw new TooEarly(wait, error)
    })
  }

  /** @param held called with the wait, and with the refusal of these credentials if that is its reason */
  private async admit(
    candidate: Candidate,
    signal: AbortSignal,
    held: (waitMs: number, error: AciError | undefined) => void
  ): Promise<() => void> {
    while (!signal.aborted) {
      const wait = this.waitFor(candidate)
      const account = this.accountOf(candidate)
      if (wait === 0 && (account.attempts.size === 0 || this.isProven(account, candidate.secret))) {
        const attempt = Symbol()
        account.attempts.add(attempt)
        return () => {
          if (this.accountOf(candidate).attempts.delete(attempt)) this.changed.notify()
        }
      }
      if (wait > 0) held(wait, account.refusals.get(candidate.secret)?.error)
      await this.changed.wait(wait, signal)
    }
    throw new AciError('ACI_CLOSED', 'the connection was closed')
  }

  refused(candidate: Candidate, error: AciError): void {
    const account = this.accountOf(candidate)
    const { secret } = candidate
    const last = this.now()
    const count = (account.refusals.get(secret)?.count ?? 0) + 1
    account.refusals.delete(secret)
    account.refusals.set(secret, { count, last, error })
    prune(account.refusals)
    account.recent.push(last)
    if (account.proven?.secret === secret) account.proven = undefined
    this.changed.notify()
  }

  /** Resets the count, as an APIC does after a good login; other credentials stay refused. */
  accepted(candidate: Candidate): void {
    const account = this.accountOf(candidate)
    account.refusals.delete(candidate.secret)
    account.recent = []
    account.proven = { secret: candidate.secret, at: this.now() }
    this.changed.notify()
  }

  private isProven({ proven }: Account, secret: string): boolean {
    return proven?.secret === secret && this.now() - proven.at < PROOF_LASTS
  }

  private accountOf({ account, controllers }: Candidate): Account {
    const { accounts } = this.clusterOf(controllers.map(hostOf))
    let found = accounts.get(account)
    if (found === undefined) {
      found = { refusals: new Map(), recent: [], proven: undefined, attempts: new Set() }
      accounts.set(account, found)
    }
    return found
  }

  /** The cluster of these hosts; merges clusters when a list has hosts of each. */
  private clusterOf(hosts: readonly string[]): Cluster {
    const found = new Set(hosts.flatMap((host) => this.clusters.get(host) ?? []))
    const [cluster = { hosts: new Set<string>(), accounts: new Map<string, Account>() }, ...others] = found
    for (const other of others) {
      for (const host of other.hosts) this.add(cluster, host)
      for (const [name, account] of other.accounts) {
        const known = cluster.accounts.get(name)
        if (known === undefined) cluster.accounts.set(name, account)
        else merge(known, account)
      }
    }
    for (const host of hosts) this.add(cluster, host)
    return cluster
  }

  private add(cluster: Cluster, host: string): void {
    cluster.hosts.add(host)
    this.clusters.set(host, cluster)
  }
}

/** Merges the records of one account from two clusters that turned out to be one. */
function merge(into: Account, from: Account): void {
  for (const [secret, { count, last, error }] of from.refusals) {
    const known = into.refusals.get(secret)
    const isNewer = known === undefined || last > known.last
    into.refusals.set(secret, {
      count: count + (known?.count ?? 0),
      last: isNewer ? last : known.last,
      error: isNewer ? error : known.error
    })
  }
  prune(into.refusals)
  into.recent = [...into.recent, ...from.recent].sort((a, b) => a - b)
  if (into.proven === undefined || (from.proven !== undefined && from.proven.at > into.proven.at)) {
    into.proven = from.proven
  }
  for (const attempt of from.attempts) into.attempts.add(attempt)
}

function prune(refusals: Map<string, Refusals>): void {
  for (const secret of refusals.keys()) {
    if (refusals.size <= MOST_SECRETS) return
    refusals.delete(secret)
  }
}
