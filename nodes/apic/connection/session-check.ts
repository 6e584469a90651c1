// Keeps the token of a session fresh, and finds out whether the session is dead: by a token that cannot be refreshed, or
// by a look behind the refusal of a request.

import { AciError, toAciError } from '../common/errors'
import { moPath } from '../protocol/query'
import type { Session } from '../session/auth'
import type { RestReply, RestRequest } from '../transport/rest'
import { isTransient } from './transient'

/** The root of the tree, which every session may read. */
export const ROOT = moPath('uni')
/** Time for a read of the root, ms. */
export const ROOT_LIMIT = 10_000
/** Failures of a token's refresh after which a further one ends the session. */
const MOST_FAILURES = 3

export interface SessionCheckOptions {
  readonly controller: string
  /** Sends a request of the session. */
  readonly call: (request: RestRequest) => Promise<RestReply>
  /** Whether nobody needs the session any more. */
  readonly isOver: () => boolean
  /** Called when the session is dead, or as good as dead. */
  readonly dead: (error: AciError) => void
}

/** Whether an HTTP status is that of a dead session; missing rights have the same. */
const isForbidding = (status: number | undefined): boolean => status === 401 || status === 403

export class SessionCheck {
  private timer: NodeJS.Timeout | undefined
  /** The running look behind a refusal. */
  private examining: Promise<void> | undefined
  /** Whether this session has seen the root of the tree. */
  private hasRoot = false
  /** How long a token lives, ms; Infinity where there is none to refresh. */
  private readonly tokenLifeMs: number

  constructor(
    private readonly session: Session,
    private readonly options: SessionCheckOptions
  ) {
    this.tokenLifeMs = session.facts.refreshTimeoutSeconds * 1000
    if (this.hasToken) this.refreshIn(this.tokenLifeMs / 2)
  }

  /** To be called with the path of each read that found an object. */
  seen(path: string): void {
    if (path === ROOT) this.hasRoot = true
  }

  /**
   * A living session may be refused one class or object for want of rights, and a dead one is refused everything. So read the
   * root of the tree, which every session may read, and if that is refused as well, refresh the token. One check serves all
   * refusals that come at once. Resolves when the session is known to live, or has been ended.
   */
  async examine(refusal: AciError): Promise<void> {
    if (!isForbidding(refusal.cause?.status)) return
    this.examining ??= this.isDead()
      .then((isDead) => {
        if (isDead) this.end(refusal)
      })
      .finally(() => {
        this.examining = undefined
      })
    await this.examining
  }

  /** @param refusal that shows that the APIC has ended the session */
  end({ cause, message }: AciError): void {
    const { controller, dead } = this.options
    dead(new AciError('ACI_CLOSED', `${controller} has ended the session: ${cause?.text ?? message}`, cause))
  }

  /** Ends the refreshes. */
  stop(): void {
    clearTimeout(this.timer)
  }

  private get hasToken(): boolean {
    return Number.isFinite(this.tokenLifeMs)
  }

  private async isDead(): Promise<boolean> {
    const reply = await this.options.call({ method: 'GET', path: ROOT, timeoutMs: ROOT_LIMIT }).catch(toAciError)
    const status = reply instanceof AciError ? undefined : reply.status
    if (status === 200) this.hasRoot = true
    if (!isForbidding(status)) return false
    // A user who has never seen the root may have no right to.
    if (this.hasRoot || !this.hasToken) return true
    return this.session.refresh().then(
      () => false,
      (thrown: unknown) => isForbidding(toAciError(thrown).cause?.status)
    )
  }

  /** @param failures of the tries before */
  private refreshIn(delayMs: number, failures = 0): void {
    if (this.options.isOver()) return
    this.timer = setTimeout(() => {
      this.session.refresh().then(
        () => this.refreshIn(this.tokenLifeMs / 2),
        (thrown: unknown) => {
          const error = toAciError(thrown)
          if (this.options.isOver()) return
          // Half of the lifetime is left for three more tries; after them the token is as good as dead.
          if (!isTransient(error)) this.end(error)
          else if (failures >= MOST_FAILURES) this.options.dead(error)
          else this.refreshIn(this.tokenLifeMs / 10, failures + 1)
        }
      )
    }, delayMs)
  }
}
