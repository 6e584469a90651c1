// Keeps the store of one fabric as the APIC has it: gives events to whom they are for, looks up what they do not tell, and
// says what is missed when a connection is lost.

import type { AciError } from '../common/errors'
import type { Connection } from '../connection/connection'
import type { Receiver } from '../connection/router'
import type { Query } from '../protocol/query'
import type { WireEvent } from '../protocol/wire'
import { areApart, siteAfter } from '../session/site'
import type { StoredObject } from '../store/object-store'
import { EventIntake } from './event-intake'
import { LookupQueue } from './lookup-queue'
import type { Claim } from './plausibility'
import type { Registration } from './registrations'
import type { QueryListener, ResultQuery } from './step'
import { SyncedQuery, type MirrorMode, type QueryHost } from './synced-query'
import { Tally } from './tally'

/** What it needs of the fabric. */
export interface SyncHost {
  /** The query wants to be joined anew, after a while. */
  retry(query: SyncedQuery, error: AciError): void
  /** {@link SyncedQuery.verify} is to be called soon, or after some seconds. */
  verifySoon(query: SyncedQuery): void
  verifyLater(query: SyncedQuery): void
  /** Whether another controller shows more than the claim; then the connection is as good as over. */
  crossCheck(claim: Claim): Promise<boolean>
  /** More came while two connections served than repeats can be recognized of: the new one is of no use. */
  handoverFailed(): void
}

/** Matches no object. */
const NOTHING: Query = { target: 'mo', of: '', scope: 'self', subtreeClasses: [], filter: '' }

export class StoreSync implements QueryHost {
  private readonly intake: EventIntake
  private readonly lookups: LookupQueue
  private readonly queries = new Set<SyncedQuery>()
  /** Those whose events count. */
  private readonly connections = new Set<Connection>()
  /** Identity of the fabric whose objects are known; empty when unknown. */
  private knownSite = ''

  constructor(private host: SyncHost) {
    this.intake = new EventIntake({ lookupsDue: () => void this.lookups.run() })
    this.lookups = new LookupQueue(this.intake, () => this.flush())
  }

  /** Identity of the fabric whose objects are known; empty when unknown. */
  get site(): string {
    return this.knownSite
  }

  /** Place of the latest step. */
  get stepNumber(): number {
    return this.intake.steps.latest
  }

  /** @param recovered counts the changes that are found by comparing, of all queries */
  add(query: Query, mode: MirrorMode, recovered: Tally): SyncedQuery {
    const synced = new SyncedQuery(query, mode, this.intake, this, new Tally(recovered))
    this.queries.add(synced)
    return synced
  }

  delete(query: SyncedQuery): void {
    this.queries.delete(query)
    query.end()
  }

  /** A query that is on no connection: it keeps in sight what it is given. */
  retention(listener: QueryListener): SyncedQuery {
    const retention = new SyncedQuery(NOTHING, 'full', this.intake, this)
    retention.listeners.add(listener)
    return retention
  }

  retain(object: StoredObject<ResultQuery>, retention: SyncedQuery): void {
    this.intake.steps.join(object, [retention], { origin: 'recovered', receivedAt: Date.now() })
  }

  letGo(object: StoredObject<ResultQuery>, retention: SyncedQuery): void {
    this.intake.steps.leave(object, retention, { origin: 'recovered', receivedAt: Date.now() })
  }

  // --- over a deploy ---

  /** The fabric closes: what is known is kept. */
  save(): void {
    this.connections.clear()
    this.intake.handover.end()
    // Nothing happens to what is known.
    for (const { listeners } of this.queries) listeners.clear()
    for (const query of this.queries) {
      if (query.mode === 'off') this.delete(query)
      else query.save()
    }
    this.intake.held.clear()
    this.intake.store.distrustAll()
  }

  /** The next fabric goes on with what is known. */
  restore(host: SyncHost): void {
    this.host = host
    for (const query of this.queries) query.restore(this)
  }

  // --- connections ---

  /** From now on events of this connection count, beside those of any other one. */
  connected(connection: Connection): void {
    if (this.connections.size > 0) this.intake.handover.begin()
    this.connections.add(connection)
  }

  /**
   * The connection is over.
   * @param since when it last gave a sign of life, epoch ms
   */
  connectionLost(connection: Connection, since: number): void {
    this.left(connection)
    const lost = [...this.queries].filter((query) => query.connectionLost(connection, since))
    if (lost.length === this.queries.size) {
      this.intake.held.clear()
      this.intake.store.distrustAll()
    } else {
      for (const query of lost) this.intake.distrust(query)
    }
  }

  /** All queries have left the connection. */
  left(connection: Connection): void {
    if (!this.connections.delete(connection)) return
    const [other] = this.connections
    // What it had sent may have come by that one alone; from the next one on nothing comes twice.
    void other?.flush().then(() => {
      if (this.connections.size < 2) this.intake.handover.end()
    })
  }

  /** An id died although the connection lives. @returns the query whose it was */
  idLost(connection: Connection, id: string): SyncedQuery | undefined {
    const query = [...this.queries].find((candidate) => candidate.registrations.isRegisteredAs(connection, id))
    if (query === undefined) return undefined
    this.intake.distrust(query)
    query.lose(query.trustedUntil)
    return query
  }

  /** Gives up the id of the query, so that it is registered anew. */
  drop(query: SyncedQuery): void {
    this.intake.distrust(query)
    query.drop()
  }

  /**
   * An event that came.
   * @param wasDelivered to others whose frame it was: only whoever keeps nothing has not had it
   * @param isShared others may get it as well, later
   */
  deliver(event: WireEvent, receivers: readonly Receiver[], wasDelivered: boolean, isShared: boolean): void {
    const now = Date.now()
    const kept: SyncedQuery[] = []
    const streams: SyncedQuery[] = []
    let connection: Connection | undefined
    let isAhead = true
    for (const registration of receivers as readonly Registration<SyncedQuery>[]) {
      const { query } = registration
      if (!query.registrations.accepts(registration)) continue
      query.lastEvent = now
      connection = registration.connection
      if (!query.registrations.isTakingOver(registration)) isAhead = false
      if (query.mode === 'full') kept.push(query)
      else if (!query.isRepeat(event, connection)) streams.push(query)
    }
    if (connection === undefined) return
    const isSole = !isShared && (kept.length === 0 || streams.length === 0)
    if (kept.length > 0 && !wasDelivered) {
      if (this.intake.handover.isOverflowed) this.host.handoverFailed()
      if (isAhead) this.intake.handover.keep({ event, queries: kept, isSole })
      else this.intake.receive({ event, queries: kept, isSole }, connection)
    }
    if (streams.length > 0) this.stream(event, streams, kept, isSole)
  }

  /** Each listener gets the event of a stream once; and not where it has another query that keeps the object. */
  private stream(
    event: WireEvent,
    streams: readonly SyncedQuery[],
    kept: readonly SyncedQuery[],
    isSole: boolean
  ): void {
    const [only] = streams
    if (isSole && streams.length === 1 && only?.listeners.size === 1) {
      for (const listener of only.listeners) listener.streamed(event, only, true)
      return
    }
    const given = new Set<QueryListener>()
    for (const query of kept) for (const listener of query.listeners) given.add(listener)
    for (const query of streams) {
      for (const listener of query.listeners) {
        if (given.has(listener)) continue
        given.add(listener)
        listener.streamed(event, query, false)
      }
    }
  }

  // --- what queries need ---

  retry(query: SyncedQuery, error: AciError): void {
    this.host.retry(query, error)
  }

  verifySoon(query: SyncedQuery): void {
    this.host.verifySoon(query)
  }

  verifyLater(query: SyncedQuery): void {
    this.host.verifyLater(query)
  }

  readonly crossCheck = (claim: Claim): Promise<boolean> => this.host.crossCheck(claim)

  async flush(): Promise<void> {
    await Promise.all([...this.connections].map((connection) => connection.flush()))
  }

  lookUp(): Promise<ReadonlySet<ResultQuery>> {
    return this.lookups.run()
  }

  isForeign(connection: Connection): boolean {
    return areApart(this.knownSite, connection.facts.site)
  }

  use(connection: Connection): void {
    const { site } = connection.facts
    if (this.isForeign(connection)) {
      // Comparing the objects of two fabrics would tell nonsense.
      this.intake.clear()
      for (const query of this.queries) query.reset()
    }
    this.knownSite = siteAfter(this.knownSite, site)
  }
}
