// Reads the result of a query on one of its registrations, one reading after the other, and brings the events that waited
// for it in.

import { AciError, toAciError } from '../common/errors'
import type { Pager } from '../connection/pager'
import { isTransient } from '../connection/transient'
import type { EventIntake } from './event-intake'
import { Plausibility, type CrossCheck } from './plausibility'
import type { Registration, Registrations } from './registrations'
import { ResultReader, type ListedQuery, type ReadSource } from './result-reader'
import type { ResultQuery } from './step'
import type { Suspects } from './suspects'

/** What it needs of those who hold the query. */
export interface ReadHost {
  readonly crossCheck: CrossCheck
  /** Resolves when all that the connections in use had sent until now has come in. */
  flush(): Promise<void>
  /** Resolves when no object waits for a lookup of its own; gives the queries some of whose objects could not be. */
  lookUp(): Promise<ReadonlySet<ResultQuery>>
}

/** The query: it hears what came of a reading. */
export interface SyncedResult extends ListedQuery {
  readonly suspects: Suspects
  readonly registrations: Pick<Registrations<unknown>, 'accepts'>
  /** All that was asked for was read and compared just now; events that waited for it follow. */
  compared(): void
  /** These have been gone through as well. @param unresolved why some of the objects could not be looked up */
  settled(registration: Registration<unknown>, unresolved: AciError | undefined): void
  /** It could not be read; events go on. */
  unreadable(registration: Registration<unknown>, error: AciError): void
}

export class ResultSync {
  private running: Promise<unknown> = Promise.resolve()
  private plausibility: Plausibility
  private readonly reader: ResultReader

  constructor(
    private readonly query: SyncedResult,
    private readonly intake: EventIntake,
    pager: Pager,
    private host: ReadHost
  ) {
    this.plausibility = new Plausibility(host.crossCheck)
    this.reader = new ResultReader(
      query,
      intake,
      pager,
      () => this.plausibility,
      () => this.arrive(),
      () => this.host.lookUp()
    )
  }

  /** The next fabric goes on with what is known. */
  restore(host: ReadHost): void {
    this.host = host
    this.plausibility = new Plausibility(host.crossCheck)
  }

  /**
   * Reads everything and compares: what is not trusted is taken as it is read, the rest is confirmed where it differs.
   * @throws AciError when trying again can help
   */
  all(registration: Registration<unknown>): Promise<void> {
    return this.inTurn(registration, () => {
      const window = this.intake.open(this.query)
      registration.hasMissed = false
      this.query.suspects.take()
      return this.reader.list(this.sourceOf(registration), window)
    })
  }

  /** As {@link all}, of these objects alone; the others are not suspect. */
  objects(registration: Registration<unknown>, dns: readonly string[]): Promise<void> {
    return this.inTurn(registration, () => this.reader.confirm(this.sourceOf(registration), dns, new Set()))
  }

  /**
   * Two readings at once would each let pass what waits for the other.
   * @param read gives why some of the objects could not be looked up; undefined where all could be
   */
  private inTurn(registration: Registration<unknown>, read: () => Promise<AciError | undefined>): Promise<void> {
    const turn = this.running.then(async () => {
      if (this.query.registrations.accepts(registration)) await this.attempt(registration, read)
    })
    this.running = turn.catch(() => undefined)
    return turn
  }

  private async attempt(registration: Registration<unknown>, read: () => Promise<AciError | undefined>): Promise<void> {
    const { query, intake } = this
    const { connection } = registration
    try {
      const unresolved = await read()
      await this.arrive()
      if (!query.registrations.accepts(registration)) return
      if (registration.hasMissed) {
        registration.hasMissed = false
        throw new AciError('ACI_PROTOCOL', `events of ${query.path} were lost while it was read`)
      }
      this.plausibility.reset()
      query.compared()
      if (connection.isOver) throw new AciError('ACI_CLOSED', 'the connection was lost')
      intake.close(query)
      // Lookups that these events need belong to it.
      const unread = await this.host.lookUp()
      if (query.registrations.accepts(registration) && !unread.has(query)) query.settled(registration, unresolved)
    } catch (thrown) {
      const error = toAciError(thrown)
      await this.arrive()
      if (connection.isOver || !query.registrations.accepts(registration)) {
        intake.discard(query)
        throw error
      }
      intake.abandon(query)
      query.unreadable(registration, error)
      if (isTransient(error)) throw error
    }
  }

  private sourceOf(registration: Registration<unknown>): ReadSource {
    return { connection: registration.connection, isOver: () => !this.query.registrations.accepts(registration) }
  }

  /** The events that led to what was read have come in. */
  private async arrive(): Promise<void> {
    const { store } = this.intake
    const { readMark } = store
    await this.host.flush()
    store.readsArrived(readMark)
  }
}
