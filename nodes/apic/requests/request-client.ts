// A client for one node's reads and writes over the fabric's connection: waits for a connection, and repeats requests where
// that is safe.

import { Backoff, type BackoffOptions, type Random } from '../common/backoff'
import type { Connection, NodeRequest } from '../connection/connection'
import { onAbort } from '../common/abort'
import { AciError, toAciError } from '../common/errors'
import type { Semaphore } from '../common/semaphore'
import type { FabricState } from '../connection/state'
import { Unsent } from '../transport/transport'
import { Condition, sleep } from '../common/waiting'
import type { Page } from '../protocol/wire'
import type { Write } from '../protocol/writes'

/** The answer to one GET. */
export interface PageAnswer extends Page {
  /** Base URL of the controller that answered. */
  readonly controller: string
}

export interface RequestClientListener {
  /** The fabric has entered another state. */
  stateChanged(): void
}

/** Provides connections to requests; implemented by the fabric. */
export interface ConnectionProvider {
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
  /** Number of attempts so far. */
  readonly count: number
}

/** One request over a connection. */
type Attempt<T> = (connection: Connection, signal: AbortSignal) => Promise<T>
/** Whether a failed request may be sent again. */
type RetryRule = (failure: Failure) => boolean

/** Attempts of one request, whatever the reasons. */
const MOST_ATTEMPTS = 10
/** Waits between attempts on a connection that stands. */
const PAUSES: BackoffOptions = { atOnce: 0, first: 1_000, cap: 15_000, healthyAfter: 0 }

/** The answers of a busy APIC, without those to queries that exceed its own limits (90 s) and would again. */
function isBusy({ cause }: AciError): boolean {
  return (
    cause !== undefined && [429, 502, 503, 504].includes(cause.status) && !/resolve timeout|too big/i.test(cause.text)
  )
}

/** The session was refused, so the request had no effect. Missing rights do not end the connection. */
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
 * A write is sent again only when the first one surely had no effect. A connection reset before the answer proves nothing,
 * not even on an idle connection: the APIC may have closed it just before the request came, or have taken the request and
 * failed before it answered. A second write may undo another client's change, or be refused because of the first one; so
 * the flow has to check. (Requests of nodes use connections that were in use a moment ago, or new ones, so this is rare.)
 */
function mayWriteAgain(failure: Failure): boolean {
  const { error, count } = failure
  if (isTokenRefusal(failure)) return count === 1
  return error instanceof Unsent && (error.code === 'ACI_UNREACHABLE' || failure.connection.isOver)
}

const NOT_KNOWN = '; whether the request was carried out is not known'

/** It is unknown whether the request was carried out. */
class UncertainError extends AciError {}

/** The error of a failed write; it says so where it is unknown whether the APIC carried the write out. */
function uncertainError({ error, connection }: Failure): AciError {
  if (error.code === 'ACI_QUERY' || error instanceof Unsent) return error
  const { code, message } = error.code === 'ACI_CLOSED' ? (connection.endedBy ?? error) : error
  return new UncertainError(code === 'ACI_QUERY' ? 'ACI_UNREACHABLE' : code, message + NOT_KNOWN)
}

function closed(isUncertain = false): AciError {
  const text = 'the request was given up: the node or its connection was closed'
  return new AciError('ACI_CLOSED', isUncertain ? text + NOT_KNOWN : text)
}

/** An attempt that reads a page and names the controller. */
function pageBy(request: NodeRequest): Attempt<PageAnswer> {
  return async (connection, signal) => {
    const page = await connection.request(request, signal)
    return { controller: connection.controller, ...page }
  }
}

export class RequestClient {
  /** Running requests. A write that was sent must not be aborted. */
  private readonly running = new Map<AbortController, { readonly isWrite: boolean; isSent: boolean }>()
  private readonly stateChange = new Condition()
  private isClosed = false

  constructor(
    private readonly provider: ConnectionProvider,
    private readonly listener: RequestClientListener
  ) {}

  get state(): FabricState {
    return this.provider.state()
  }

  /**
   * One GET. Waits for a connection, repeats the request on the next connection when this one is lost, and after a pause
   * when the APIC is busy. All waits together take no longer than the limit of one request.
   * @param path starting with `/api/`, without host
   * @param mostBytes limit of the answer
   * @throws AciError ACI_QUERY when the APIC refuses it; ACI_AUTH at once while the login is refused; ACI_TIMEOUT; why
   *   there is no connection; ACI_CLOSED when the signal is given; ACI_PROTOCOL, among others when the answer is too large
   */
  async read(path: string, signal: AbortSignal, mostBytes?: number): Promise<PageAnswer> {
    const request = { method: 'GET', path, ...(mostBytes === undefined ? {} : { mostBytes }) } as const
    return this.perform(pageBy(request), signal, mayReadAgain)
  }

  /**
   * One file of the APIC's documentation, requested as by {@link read}.
   * @param path starting with `/doc/`, without host
   * @returns its text; undefined where the APIC has no such file
   * @throws AciError as {@link read}
   */
  async document(path: string, signal: AbortSignal, mostBytes: number): Promise<string | undefined> {
    const request = { method: 'GET', path, mostBytes } as const
    return this.perform((connection, given) => connection.document(request, given), signal, mayReadAgain)
  }

  /**
   * One POST or DELETE. Sent again only when the first one surely had no effect.
   * @throws AciError as {@link read}; the message says so where it is unknown whether the request was carried out
   */
  async write(request: Write, signal: AbortSignal): Promise<{ readonly controller: string }> {
    const { controller } = await this.perform(pageBy(request), signal, mayWriteAgain, uncertainError, true)
    return { controller }
  }

  /** To be called when the fabric has entered another state. */
  stateChanged(): void {
    this.stateChange.notify()
    if (!this.isClosed) this.listener.stateChanged()
  }

  /** Aborts running requests; further ones fail. */
  close(): void {
    this.isClosed = true
    for (const abort of this.running.keys()) abort.abort()
  }

  /** As {@link close}, but writes under way go on for as long as their connection waits for the answers. */
  drain(): void {
    this.isClosed = true
    for (const [abort, { isWrite, isSent }] of this.running) if (!isWrite || !isSent) abort.abort()
  }

  /** @param errorFor the error for the last failure */
  private async perform<T>(
    attempt: Attempt<T>,
    given: AbortSignal,
    mayRepeat: RetryRule,
    errorFor = ({ error }: Failure): AciError => error,
    isWrite = false
  ): Promise<T> {
    const giveUp = new AbortController()
    const { signal } = giveUp
    if (this.isClosed || given.aborted) throw closed()
    const unlink = onAbort(given, () => giveUp.abort())
    const state = { isWrite, isSent: false }
    this.running.set(giveUp, state)
    const sent: Attempt<T> = (connection, until) => {
      state.isSent = true
      return attempt(connection, until).finally(() => (state.isSent = false))
    }
    try {
      return await this.retry(sent, signal, mayRepeat, errorFor)
    } catch (thrown) {
      throw signal.aborted ? closed(thrown instanceof UncertainError) : toAciError(thrown)
    } finally {
      this.running.delete(giveUp)
      unlink()
    }
  }

  /** Attempts a request until it succeeds, or must not or cannot be repeated in time. */
  private async retry<T>(
    attempt: Attempt<T>,
    signal: AbortSignal,
    mayRepeat: RetryRule,
    errorFor: (failure: Failure) => AciError
  ): Promise<T> {
    const { requestTimeoutMs, random } = this.provider
    const pauses = new Backoff(PAUSES, random)
    let patience = requestTimeoutMs
    for (let count = 1; ; count += 1) {
      const since = performance.now()
      const connection = await this.connection(patience, signal)
      patience -= performance.now() - since
      const outcome = await this.attemptOnce(attempt, connection, signal)
      if (!(outcome instanceof AciError)) return outcome
      const failure: Failure = { error: outcome, connection, count }
      const isLast = signal.aborted || count >= MOST_ATTEMPTS || !mayRepeat(failure)
      // Wait for the next connection; on this one, repeat at once a request that did not get through.
      const isQuick = connection.isOver || (count === 1 && outcome.code === 'ACI_UNREACHABLE')
      const pause = isLast || isQuick ? 0 : pauses.afterFailure()
      patience -= pause
      if (isLast || patience < 0) throw errorFor(failure)
      await sleep(pause, signal)
    }
  }

  /** The result of one attempt, or its error. */
  private async attemptOnce<T>(
    attempt: Attempt<T>,
    connection: Connection,
    signal: AbortSignal
  ): Promise<T | AciError> {
    const release = await this.provider.semaphore.acquire(signal)
    try {
      return await attempt(connection, signal)
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
      const [state, connection] = [this.provider.state(), this.provider.connection()]
      if (signal.aborted || state.phase === 'closed') throw closed()
      if (connection?.isOver === false) return connection
      if (state.phase === 'refused') throw state.error
      const left = end - performance.now()
      if (left <= 0) {
        if (state.phase === 'lost') throw state.error
        const { requestTimeoutMs } = this.provider
        throw new AciError('ACI_TIMEOUT', `there was no connection to the APIC within ${requestTimeoutMs / 1000} s`)
      }
      await this.stateChange.wait(left, signal)
    }
  }
}
