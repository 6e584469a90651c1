// How a query is brought onto one connection after the other: registered, listed, and taken over from the connection before.

import { toAciError } from '../common/errors'
import type { Connection } from '../connection/connection'
import { isTransient } from '../connection/transient'
import type { WireEvent } from '../protocol/wire'
import { HandoverDedup } from '../store/handover-dedup'
import type { QueryEvent } from './query-state'
import type { Registration, Registrations } from './registrations'

/** Events of a pure stream that are recognized as repeats while one connection takes over from another. */
const MAX_DEDUP = 100_000

/** What it needs of the query. */
export interface JoiningQuery<Q> {
  readonly path: string
  /** Its result is kept; else it is a pure stream. */
  readonly isKept: boolean
  readonly registrations: Registrations<Q>
  enter(event: QueryEvent): void
  /**
   * Reads everything and compares.
   * @throws AciError when trying again can help
   */
  list(registration: Registration<Q>): Promise<void>
  /** Resolves when all that the connections in use had sent until now has come in. */
  flush(): Promise<void>
  /** The connection serves another fabric than the one whose objects are known. */
  isForeign(connection: Connection): boolean
  /** This registration is in use from now on. */
  takenOver(registration: Registration<Q>): void
  /** The connection in use, or the id on it, is gone. */
  lose(since: number): void
  /** What waits for a reading on a connection that is gone will not be read there. */
  discard(): void
}

export class Joining<Q> {
  /** How often a connection was lost while the next one was being prepared. */
  private losses = 0
  private dedup: HandoverDedup | undefined

  constructor(private readonly query: JoiningQuery<Q>) {}

  /**
   * Brings the query onto a connection: registers, and lists what there is. Where another connection still serves, both do
   * until everything has been verified by the new one.
   * @throws AciError when trying again later, on this connection or another one, can help
   */
  async join(connection: Connection): Promise<void> {
    const { query } = this
    const { registrations } = query
    const { current } = registrations
    if (current?.connection === connection && registrations.next === undefined) {
      // It is registered; what could not be read is read again.
      if (query.isKept) await query.list(current)
      return
    }
    query.enter({ type: 'join' })
    const registration = registrations.begin(connection)
    try {
      if (registration.id === '') await this.register(registration)
      if (registrations.next !== registration) return
      query.enter({ type: 'registered' })
      if (registrations.current === undefined || query.isForeign(connection)) this.takeOver(registration)
      for (let losses = -1; losses !== this.losses && registrations.accepts(registration);) {
        losses = this.losses
        if (query.isKept) await query.list(registration)
        else await query.flush()
      }
      if (registrations.next === registration) this.takeOver(registration)
      if (!query.isKept) query.enter({ type: 'synced' })
    } catch (thrown) {
      const error = toAciError(thrown)
      if (registrations.current === registration) throw error
      if (registrations.next !== registration) return
      if (registration.id !== '' && isTransient(error) && !connection.isOver) throw error
      registrations.giveUpNext()
      if (connection.isOver || isTransient(error)) throw error
      registrations.release()
      query.discard()
      query.enter({ type: 'refused', error })
    }
  }

  private async register(registration: Registration<Q>): Promise<void> {
    const { query } = this
    const { registrations } = query
    const { connection } = registration
    if (!query.isKept && registrations.current !== undefined) this.dedup = new HandoverDedup(MAX_DEDUP)
    const { id } = await connection.register(query.path, registration)
    registration.id = id
    // It has ended meanwhile, or a later connection was joined while this one was slow to answer: the later one counts.
    if (registrations.next !== registration) connection.release(id)
  }

  /** From now on this registration is the one that counts. */
  private takeOver(registration: Registration<Q>): void {
    const { query } = this
    query.registrations.takeOver(registration)
    query.takenOver(registration)
    if (this.dedup === undefined) return
    const { dedup } = this
    void registration.connection.flush().then(() => {
      if (this.dedup === dedup) this.dedup = undefined
    })
  }

  /** Whether the event of a pure stream came by the other connection already. */
  isRepeat(event: WireEvent, connection: object): boolean {
    return this.dedup?.isRepeat(event, connection) === true
  }

  /**
   * The connection is over.
   * @returns whether events of the query were missed
   */
  connectionLost(connection: Connection, since: number): boolean {
    const { query } = this
    const { registrations } = query
    if (registrations.next?.connection === connection) {
      registrations.giveUpNext()
      query.discard()
    }
    if (registrations.current?.connection !== connection) return registrations.current === undefined
    query.lose(since)
    const { next } = registrations
    if (next === undefined) return true
    // What it had sent and did not arrive is missed: everything is read once more on the next one.
    this.losses += 1
    query.enter({ type: 'join' })
    if (next.id !== '') {
      this.takeOver(next)
      query.enter({ type: 'registered' })
    }
    return true
  }
}
