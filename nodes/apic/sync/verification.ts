// Reads again what of a result may be otherwise than it is known: before long, or at once.

import { type AciError, toAciError } from '../common/errors'
import { isTransient } from '../connection/transient'
import { SINGLE_READS } from './lookup'
import type { Registration, Registrations } from './registrations'
import type { ResultSync } from './result-sync'
import { Suspects } from './suspects'
import type { Tally } from './tally'

/** What it needs of the query. */
export interface VerifiedQuery<Q> {
  /** Its result is kept; else there is nothing to verify. */
  readonly isKept: boolean
  readonly registrations: Registrations<Q>
  /** Counts the changes that are found by comparing. */
  readonly recovered: Tally
  readonly sync: ResultSync
  /** `unread`: events come, although the objects could not be read since they were lost. `no`: it is not registered yet. */
  phase(): 'live' | 'unread' | 'no'
  /** {@link Verification.verify} is to be called soon. */
  verifySoon(): void
  /** It wants to be joined anew, after a while, because something could not be read. */
  retry(error: AciError): void
  /** Drops the events that wait for a reading. */
  dropHeld(): void
}

export class Verification<Q> {
  /** What has to be read again before long. */
  readonly suspects = new Suspects()

  constructor(private readonly query: VerifiedQuery<Q>) {}

  /** Events of the registration were lost on their way here. */
  missed(registration: Registration<Q>): void {
    const { query } = this
    registration.hasMissed = true
    // A pure stream has nothing but its events.
    if (!query.isKept || !query.registrations.accepts(registration)) return
    // What is read now is later than what came before.
    query.dropHeld()
    this.suspectAll()
  }

  /** Events of the query may be missing: everything is read again before long. */
  suspectAll(): void {
    if (!this.query.isKept || this.query.registrations.current === undefined) return
    this.suspects.addAll()
    this.query.verifySoon()
  }

  /** The object may be otherwise than it is known: it is read again before long. */
  suspect(dn: string): void {
    if (!this.query.isKept) return
    this.suspects.add(dn)
    this.query.verifySoon()
  }

  /** What became suspect before the query was live is read now. */
  resume(): void {
    if (!this.suspects.isEmpty && this.query.phase() !== 'no') this.query.verifySoon()
  }

  /**
   * Reads again what is suspect, and sends the differences. Does nothing while there is no live registration: then
   * everything is going to be compared.
   * @returns whether anything was otherwise than known
   * @throws AciError when that did not work; where trying again can help, that is seen to
   */
  async verify(): Promise<boolean> {
    const { recovered, registrations, sync, isKept } = this.query
    const { current } = registrations
    const phase = this.query.phase()
    if (!isKept || current === undefined || phase === 'no') return false
    const suspects = this.suspects.take()
    const { created, modified, deleted } = recovered
    const isAll = suspects === 'all' || suspects.size > SINGLE_READS || !current.isVerified || phase === 'unread'
    current.isVerified = true
    if (isAll) await this.resync()
    else if (suspects.size > 0) await this.repeatable(current, () => sync.objects(current, [...suspects]))
    return recovered.created + recovered.modified + recovered.deleted > created + modified + deleted
  }

  /**
   * Reads everything again, now, and sends the differences; events go on meanwhile. Does nothing while there is no live
   * registration.
   * @throws AciError when that did not work; where trying again can help, that is seen to
   */
  async resync(): Promise<void> {
    const { isKept, registrations, sync } = this.query
    const { current } = registrations
    if (!isKept || current === undefined) return
    await this.repeatable(current, () => sync.all(current))
  }

  private async repeatable({ connection }: Registration<Q>, read: () => Promise<void>): Promise<void> {
    try {
      await read()
    } catch (thrown) {
      const error = toAciError(thrown)
      if (isTransient(error) && !connection.isOver) this.query.retry(error)
      throw error
    }
  }
}
