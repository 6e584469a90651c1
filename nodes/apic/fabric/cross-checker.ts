// Asks the other controllers of a cluster about an implausible reading, one after the other, and says whether one contradicts.

import { toAciError } from '../common/errors'
import { crossCheck, type CrossCheckOptions, type CrossCheckResult } from '../session/cross-check'
import { TooEarly, type Candidate, type LoginGuard } from '../session/login-guard'
import { areApart } from '../session/site'
import type { Claim } from '../sync/plausibility'

export interface CrossCheckerOptions extends Omit<CrossCheckOptions, 'controller' | 'accepted'> {
  /** Base URLs of the cluster's controllers. */
  readonly controllers: readonly string[]
  readonly guard: LoginGuard
  readonly candidate: Candidate
  /** That controller shows more than the one in use. */
  readonly contradicted: (claim: Claim, controller: string) => void
}

export class CrossChecker {
  private last: Promise<unknown> = Promise.resolve()

  constructor(private readonly options: CrossCheckerOptions) {}

  /**
   * One at a time: each is a login of its own, and the first contradiction ends the connection for all.
   * @returns whether another controller shows more; false where no other one can be asked
   */
  check(claim: Claim): Promise<boolean> {
    const checked = this.last.then(() => this.askOthers(claim))
    this.last = checked
    return checked
  }

  /** Asks one controller after the other, until one of them can be asked. */
  private async askOthers(claim: Claim): Promise<boolean> {
    const { connection, path, shown } = claim
    for (const controller of this.options.controllers) {
      if (controller === connection.controller || connection.isOver) continue
      const other = await this.ask(controller, path)
      // One of another fabric knows nothing of this one.
      if (other === undefined || areApart(other.site, connection.facts.site)) continue
      if (other.count <= shown) return false
      this.options.contradicted(claim, controller)
      return true
    }
    return false
  }

  /** What a controller shows to a session that is opened only for that; undefined where it cannot be asked now. */
  private async ask(controller: string, path: string): Promise<CrossCheckResult | undefined> {
    const { guard, candidate, tls, login, requestTimeoutMs, signal } = this.options
    let end: () => void = () => undefined
    try {
      end = await guard.turnNow(candidate, signal)
      const accepted = (): void => {
        guard.accepted(candidate)
        end()
      }
      return await crossCheck(path, { controller, tls, login, requestTimeoutMs, accepted, signal })
    } catch (thrown) {
      const error = toAciError(thrown)
      if (error.code === 'ACI_AUTH' && !(thrown instanceof TooEarly)) guard.refused(candidate, error)
      return undefined
    } finally {
      end()
    }
  }
}
