// One node's reads and writes over the fabric's connection: waits for one, and tries again what may be tried again.

import { Backoff, type BackoffOptions, type Random } from '../common/backoff'
import type { Connection, NodeRequest } from '../connection/connection'
import { AciError, toAciError } from '../common/errors'
import type { Semaphore } from '../common/semaphore'
import type { FabricState } from '../connection/state'
import { Unsent } from '../transport/transport'
import { Condition, sleep } from '../common/waiting'
import type { Page } from '../protocol/wire'
import type { Write } from '../protocol/writes'

/** What one GET gave. */
export interface Reading extends Page {
  /** Base URL of the controller that answered. */
  readonly controller: string
}

export interface CallerListener {
  /** The state of the fabric is another one. */
  moved(): void
}

/** Provides connections to requests; implemented by the fabric. */
export interface Exchange {
  state(): FabricState
  /** The connection in use; one that has just ended may still be. */
  connection(): Connection | undefined
  /** Shared by the requests of all nodes. */
  readonly semaphore: Semaphore
  readonly requestTimeoutMs: number
  readonly random: Random
}

/** An attempt that failed. */
interface Failure {
  readonly error: AciError
  readonly connection: Connection
  /** How many there were, this one included. */
  readonly count: number
}

/** One request over a connection. */
type Ask<T> = (connection: Connection, signal: AbortSignal) => Promise<T>
/** Whether what failed may be sent again. */
type Verdict = (failure: Failure) => boolean

/** Attempts of one request, whatever the reasons. */
const MOST_ATTEMPTS = 10
/** Waits between attempts on a connection that stands. */
const PAUSES: BackoffOptions = { atOnce: 0, first: 1_000, cap: 15_000, healthyAfter: 0 }

/** Busy APICs answer so; a query that takes an APIC longer than its own limit (90 s) does as well, and would again. */
function isBusy({ cause }: AciError): boolean {
  return (
    cause !== undefined && [429, 502, 503, 504].includes(cause.status) && !/resolve timeout|too big/i.test(cause.text)
  )
}

/** Of no effect, since the session was refused. Rights that are missing leave the connection alone. */
function isTokenRefusal({ error, connection }: Failure): boolean {
  const status = error.cause?.status
  return (status === 401 || status === 403) && connection.isOver
}

function mayReadAgain(failure: Failure): boolean {
  const { error, connection } = failure
  if (error.code === 'ACI_TLS') return false
  if (error.code === 'ACI_QUERY') return isTokenRefusal(failure) || isBusy(error)
  return connection.isOver || error.code === 'ACI_UNREACHABLE'
}

/**
 * A write is sent again only when it surely was of no effect. A connection that is reset before the answer comes proves
 * nothing, not even one that had rested: the APIC may have closed it just before the request came, or have taken the
 * request and failed before it answered. To do a write twice may undo what somebody else did in between, or be refused
 * for what the first one did; so whoever asked has to look. (Requests of nodes use connections that were in use a
 * moment ago, or new ones, so that it seldom comes to this.)
 */
function mayWriteAgain(failure: Failure): boolean {
  const { error, count } = failure
  if (isTokenRefusal(failure)) return count === 1
  return error instanceof Unsent && (error.code === 'ACI_UNREACHABLE' || failure.connection.isOver)
}

const NOT_KNOWN = '; whether the request was carried out is not known'

/** Nobody knows whether the request was carried out. */
class Uncertain extends AciError {}

/** Why a write failed, and where nobody knows whether it did, that as well. */
function honest({ error, connection }: Failure): AciError {
  if (error.code === 'ACI_QUERY' || error instanceof Unsent) return error
  const { code, message } = error.code === 'ACI_CLOSED' ? (connection.endedBy ?? error) : error
  return new Uncertain(code === 'ACI_QUERY' ? 'ACI_UNREACHABLE' : code, message + NOT_KNOWN)
}

function closed(isUncertain = false): AciError {
  const text = 'the request was given up: the node or its connection was closed'
  return new AciError('ACI_CLOSED', isUncertain ? text + NOT_KNOWN : text)
}

/** An answer of objects, with who gave it. */
function pageBy(request: NodeRequest): Ask<Reading> {
  return async (connection, signal) => {
    const page = await connection.request(request, signal)
    return { controller: connection.controller, ...page }
  }
}

export class Caller {
  /** What runs, and whether it is a request that must be answered: one that writes, and was sent. */
  private readonly running = new Map<AbortController, { readonly isWrite: boolean; isSent: boolean }>()
  private readonly stateChange = new Condition()
  private isClosed = false

  constructor(
    private readonly exchange: Exchange,
    private readonly listener: CallerListener
  ) {}

  get state(): FabricState {
    return this.exchange.state()
  }

  /**
   * One GET. Waits for a connection, is asked again on the next one when that is lost, and after a pause when the APIC
   * is busy. All waiting together takes no longer than one request may.
   * @param path starting with `/api/`, without host
   * @param mostBytes where a large answer is of no use
   * @throws AciError ACI_QUERY when the APIC refuses it; ACI_AUTH at once while the login is refused; ACI_TIMEOUT; why
   *   there is no connection; ACI_CLOSED when the signal is given; ACI_PROTOCOL, among others when the answer is too large
   */
  async read(path: string, signal: AbortSignal, mostBytes?: number): Promise<Reading> {
    const request = { method: 'GET', path, ...(mostBytes === undefined ? {} : { mostBytes }) } as const
    return this.perform(pageBy(request), signal, mayReadAgain)
  }

  /**
   * One file of the APIC's documentation, asked for as {@link read} asks.
   * @param path starting with `/doc/`, without host
   * @returns its text; undefined where the APIC has no such file
   * @throws AciError as {@link read}
   */
  async document(path: string, signal: AbortSignal, mostBytes: number): Promise<string | undefined> {
    const request = { method: 'GET', path, mostBytes } as const
    return this.perform((connection, given) => connection.document(request, given), signal, mayReadAgain)
  }

  /**
   * One POST or DELETE. Sent again only when it surely was of no effect.
   * @throws AciError as {@link read}; where nobody knows whether the request was carried out, the message says so
   */
  async write(request: Write, signal: AbortSignal): Promise<{ readonly controller: string }> {
    const { controller } = await this.perform(pageBy(request), signal, mayWriteAgain, honest, true)
    return { controller }
  }

  /** The fabric's state is another one. */
  moved(): void {
    this.stateChange.notify()
    if (!this.isClosed) this.listener.moved()
  }

  /** Gives up what is running; further requests fail. */
  close(): void {
    this.isClosed = true
    for (const abort of this.running.keys()) abort.abort()
  }

  /** As {@link close}, but writes under way go on for as long as their connection waits for the answers. */
  drain(): void {
    this.isClosed = true
    for (const [abort, { isWrite, isSent }] of this.running) if (!isWrite || !isSent) abort.abort()
  }

  /** @param told what to say of the last failure */
  private async perform<T>(
    ask: Ask<T>,
    given: AbortSignal,
    mayRepeat: Verdict,
    told = ({ error }: Failure): AciError => error,
    isWrite = false
  ): Promise<T> {
    const giveUp = new AbortController()
    const abort = (): void => giveUp.abort()
    const { signal } = giveUp
    if (this.isClosed || given.aborted) throw closed()
    given.addEventListener('abort', abort)
    const state = { isWrite, isSent: false }
    this.running.set(giveUp, state)
    const sent: Ask<T> = (connection, until) => {
      state.isSent = true
      return ask(connection, until).finally(() => (state.isSent = false))
    }
    try {
      return await this.attempt(sent, signal, mayRepeat, told)
    } catch (thrown) {
      throw signal.aborted ? closed(thrown instanceof Uncertain) : toAciError(thrown)
    } finally {
      this.running.delete(giveUp)
      given.removeEventListener('abort', abort)
    }
  }

  private async attempt<T>(
    ask: Ask<T>,
    signal: AbortSignal,
    mayRepeat: Verdict,
    told: (failure: Failure) => AciError
  ): Promise<T> {
    const { requestTimeoutMs, random } = this.exchange
    const pauses = new Backoff(PAUSES, random)
    let patience = requestTimeoutMs
    for (let count = 1; ; count += 1) {
      const since = performance.now()
      const connection = await this.connection(patience, signal)
      patience -= performance.now() - since
      const outcome = await this.once(ask, connection, signal)
      if (!(outcome instanceof AciError)) return outcome
      const failure: Failure = { error: outcome, connection, count }
      const isLast = signal.aborted || count >= MOST_ATTEMPTS || !mayRepeat(failure)
      // The next connection is waited for; over this one, what did not get through is sent again at once.
      const isQuick = connection.isOver || (count === 1 && outcome.code === 'ACI_UNREACHABLE')
      const pause = isLast || isQuick ? 0 : pauses.afterFailure()
      patience -= pause
      if (isLast || patience < 0) throw told(failure)
      await sleep(pause, signal)
    }
  }

  /** What came of one attempt; an error where it failed. */
  private async once<T>(ask: Ask<T>, connection: Connection, signal: AbortSignal): Promise<T | AciError> {
    const release = await this.exchange.semaphore.acquire(signal)
    try {
      return await ask(connection, signal)
    } catch (thrown) {
      return toAciError(thrown)
    } finally {
      release()
    }
  }

  /**
   * Waits for a connection, so many ms at most.
   * @throws AciError why there is none
   */
  private async connection(limitMs: number, signal: AbortSignal): Promise<Connection> {
    const end = performance.now() + limitMs
    for (;;) {
      const [state, connection] = [this.exchange.state(), this.exchange.connection()]
      if (signal.aborted || state.phase === 'closed') throw closed()
      if (connection?.isOver === false) return connection
      if (state.phase === 'refused') throw state.error
      const left = end - performance.now()
      if (left <= 0) {
        if (state.phase === 'lost') throw state.error
        const { requestTimeoutMs } = this.exchange
        throw new AciError('ACI_TIMEOUT', `there was no connection to the APIC within ${requestTimeoutMs / 1000} s`)
      }
      await this.stateChange.wait(left, signal)
    }
  }
}
