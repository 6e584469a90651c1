// The registrations of one query: the one in use, and the one that is to take over.

import type { AciError } from '../common/errors'
import type { Connection } from '../connection/connection'
import type { Receiver } from '../connection/router'

/** One registration on one connection. */
export interface Registration<Q> extends Receiver {
  readonly query: Q
  readonly connection: Connection
  id: string
  /** Events of it were lost on their way: what is read meanwhile proves nothing. */
  hasMissed: boolean
  /** Whether everything was read once more some seconds after it was made. */
  isVerified: boolean
  /** Why its objects could not be read before it counted. */
  failure: AciError | undefined
}

export class Registrations<Q> {
  private inUse: Registration<Q> | undefined
  private upcoming: Registration<Q> | undefined

  /** @param missed events of a registration were lost on their way here */
  constructor(
    private readonly query: Q,
    private readonly missed: (registration: Registration<Q>) => void
  ) {}

  /** In use. */
  get current(): Registration<Q> | undefined {
    return this.inUse
  }

  /** To take over from the one in use. */
  get next(): Registration<Q> | undefined {
    return this.upcoming
  }

  /** The one that is to take over is of this connection. */
  begin(connection: Connection): Registration<Q> {
    if (this.upcoming?.connection === connection) return this.upcoming
    const registration: Registration<Q> = {
      query: this.query,
      connection,
      id: '',
      hasMissed: false,
      isVerified: false,
      failure: undefined,
      missed: () => this.missed(registration)
    }
    return (this.upcoming = registration)
  }

  /** From now on this one is in use. */
  takeOver(registration: Registration<Q>): void {
    const before = this.inUse
    this.inUse = registration
    this.upcoming = undefined
    before?.connection.release(before.id)
  }

  /** Whether events of this registration are events of the query. */
  accepts(registration: Registration<Q>): boolean {
    return registration === this.inUse || registration === this.upcoming
  }

  /** Whether another registration still serves the query. */
  isTakingOver(registration: Registration<Q>): boolean {
    return registration !== this.inUse && this.inUse !== undefined
  }

  /** Whether that id, on that connection, is the one in use. */
  isRegisteredAs(connection: Connection, id: string): boolean {
    return this.inUse?.connection === connection && this.inUse.id === id
  }

  /** Whether the one in use is on that connection. */
  isServedBy(connection: Connection): boolean {
    return this.inUse?.connection === connection
  }

  /** The one in use is gone. */
  lost(): void {
    this.inUse = undefined
  }

  /** The one that was to take over does not. */
  giveUpNext(): void {
    const registration = this.upcoming
    this.upcoming = undefined
    if (registration !== undefined && registration.id !== '') registration.connection.release(registration.id)
  }

  /** Nothing is registered any more, on connections that are over. */
  clear(): void {
    this.inUse = undefined
    this.upcoming = undefined
  }

  /** Gives up both. */
  release(): void {
    this.giveUpNext()
    this.inUse?.connection.release(this.inUse.id)
    this.inUse = undefined
  }
}
