// One login, one socket and its subscription ids, put together of the modules beside it. A connection opens once and ends once;
// it never heals: the fabric opens the next one.
//
//   Connection.open ──▶ open ──┬── fail(reason) ──▶ ended   `reason` says why; the fabric is informed
//                              └── close() ───────▶ closed  nobody needs the connection any more
//
// `fail` comes from the socket, the heartbeat, the session, or the fabric. Both ends are final: `fail` does nothing there, and
// `close` only waits for the logout. Frames that come in afterwards are dropped.

import type { Login, Session, SessionFacts } from '../session/auth'
import { onAbort } from '../common/abort'
import { AciError, NotFromApic, toAciError } from '../common/errors'
import { EventSocket, HANDSHAKE_LIMIT, type SocketOptions } from './event-socket'
import { Heartbeat } from './heartbeat'
import { withCertificate } from '../transport/tls-probe'
import { KeepAlive } from './keep-alive'
import { RefreshTimeout, type RefreshTimeoutOptions } from './refresh-timeout'
import { Rest, type RestReply, type RestRequest } from '../transport/rest'
import { SubscriptionRouter, type Deliver, type Receiver } from './router'
import { ROOT, ROOT_LIMIT, SessionCheck } from './session-check'
import { isTransient } from './transient'
import { Unsent } from '../transport/transport'
import { decodeAnswer, decodeFrame, decodePage, firstOf, type Answer, type Page } from '../protocol/wire'

/** Time for a write that is under way when the connection is closed, ms. */
const WRITE_LIMIT = 5_000

export interface ConnectionOptions extends SocketOptions, RefreshTimeoutOptions {
  readonly login: Login
  readonly heartbeatMs: number
  /** Called at each step of the opening. */
  readonly step: (step: 'login' | 'socket') => void
  /** Gets the events. */
  readonly deliver: Deliver
  /** Called for an unusable frame or element, and for a receiver that threw. */
  readonly unreadable: (error: AciError) => void
  /** Called with the number of events dropped because too many overtook the replies to their subscribes. */
  readonly dropped: (count: number) => void
  /** Called once, when the connection has ended by itself. */
  readonly ended: (error: AciError) => void
  /** Called for a subscription id that died while the connection lives. */
  readonly lost: (id: string, error: AciError) => void
}

/** A request of a node. */
export type NodeRequest = Pick<RestRequest, 'method' | 'path' | 'body' | 'mostBytes'>

export interface Registration {
  readonly id: string
  readonly answer: Answer
}

/** See the head of this file. */
type State =
  { readonly phase: 'open' } | { readonly phase: 'ended'; readonly reason: AciError } | { readonly phase: 'closed' }

export class Connection {
  readonly controller: string
  readonly openedAt = Date.now()
  readonly facts: SessionFacts
  /** When the session has reached its longest life, epoch ms. */
  readonly diesAt: number
  /** When to have replaced this connection, epoch ms: at 95 % of the session's longest life. */
  readonly renewAt: number
  private state: State = { phase: 'open' }
  private readonly router: SubscriptionRouter
  private readonly refreshTimeout: RefreshTimeout
  private readonly keepAlive: KeepAlive
  private readonly heartbeat: Heartbeat
  private readonly sessionCheck: SessionCheck
  /** Requests of nodes that are under way. */
  private readonly requests = new Set<Promise<unknown>>()
  private logout: Promise<void> = Promise.resolve()

  /**
   * Logs in and opens the socket: an APIC refuses subscriptions of a session without one.
   * @throws AciError ACI_AUTH when the login is refused; else why the controller cannot be used
   */
  static async open(options: ConnectionOptions): Promise<Connection> {
    const { controller, tls, requestTimeoutMs, signal } = options
    const rest = new Rest({ controller, tls, timeoutMs: requestTimeoutMs })
    const unlink = onAbort(signal, () => rest.abort())
    try {
      options.step('login')
      const loginAt = Date.now()
      const session = await options.login.open(rest)
      try {
        if (signal.aborted) throw new AciError('ACI_CLOSED', 'the connection was closed')
        options.step('socket')
        return new Connection(options, rest, session, loginAt, await EventSocket.open(options, rest, session))
      } catch (thrown) {
        unlink()
        await session.logout()
        throw thrown
      }
    } catch (thrown) {
      rest.close()
      throw await withCertificate(toAciError(thrown), controller, { tls, limitMs: HANDSHAKE_LIMIT })
    } finally {
      unlink()
    }
  }

  private constructor(
    private readonly options: ConnectionOptions,
    private readonly rest: Rest,
    private readonly session: Session,
    /** Earliest start of the session, epoch ms: the login, and the steps after it, may be slow. */
    loginAt: number,
    private readonly socket: EventSocket
  ) {
    const { controller, heartbeatMs } = options
    const { version, maximumLifetimeSeconds } = session.facts
    this.controller = controller
    this.facts = session.facts
    this.diesAt = loginAt + maximumLifetimeSeconds * 1000
    this.renewAt = loginAt + maximumLifetimeSeconds * 950
    this.router = new SubscriptionRouter(
      options.deliver,
      (thrown) => options.unreadable(toAciError(thrown)),
      options.dropped
    )
    const timeout = new RefreshTimeout(version, options, {
      get: (path) => this.get(path),
      count: () => this.keepAlive.size,
      changed: () => this.keepAlive.setPeriod(timeout.periodMs)
    })
    this.refreshTimeout = timeout
    this.keepAlive = new KeepAlive({
      // A refresh that takes longer than a period would delay the others.
      refresh: (id, limit) => this.get(`/api/subscriptionRefresh.json?id=${encodeURIComponent(id)}`, limit),
      // A refused refresh means a dead id. A refusal that ends the session is reported there.
      isFinal: (error) => !isTransient(error),
      lost: (id, error) => {
        this.router.forget(id)
        if (!this.isOver) options.lost(id, error)
      }
    })
    this.heartbeat = new Heartbeat({
      intervalMs: heartbeatMs,
      ping: () => socket.ping(),
      ask: () => this.get(ROOT, ROOT_LIMIT),
      isAnswer: (thrown) => ['ACI_QUERY', 'ACI_PROTOCOL'].includes(toAciError(thrown).code),
      dead: () =>
        this.fail(new AciError('ACI_TIMEOUT', `${controller} gave no sign of life for ${(heartbeatMs * 2) / 1000} s`))
    })
    socket.listen({
      sign: () => this.heartbeat.sign(),
      pong: () => this.heartbeat.pong(),
      frame: (data, isBinary) => this.read(data, isBinary),
      ended: (error) => this.fail(error)
    })
    this.sessionCheck = new SessionCheck(session, {
      controller,
      call: (request) => this.call(request),
      isOver: () => this.isOver,
      dead: (error) => this.fail(error)
    })
  }

  get isOver(): boolean {
    return this.state.phase !== 'open'
  }

  /** Why it ended, where it ended by itself. */
  get endedBy(): AciError | undefined {
    return this.state.phase === 'ended' ? this.state.reason : undefined
  }

  /** When the peer last gave a sign of life, epoch ms. */
  get heardAt(): number {
    return this.heartbeat.lastSign
  }

  /**
   * One read.
   * @param path starting with `/api/`, without host
   * @param timeoutMs where it is shorter than the usual limit
   * @throws AciError ACI_QUERY when refused; if the session itself was refused, the connection is over by then
   */
  async get(path: string, timeoutMs = this.options.requestTimeoutMs): Promise<Answer> {
    return this.understand(await this.call({ method: 'GET', path, timeoutMs }), path)
  }

  /**
   * One request of a node, sent once.
   * @throws AciError ACI_QUERY when refused; if the token was refused, the connection is over by then
   */
  request(request: NodeRequest, signal: AbortSignal): Promise<Page> {
    return this.ask(request, signal, (reply) => this.pageOf(reply))
  }

  /**
   * A file that the APIC's web server has beside the REST API, such as its documentation.
   * @returns its text; undefined where there is none
   * @throws AciError as {@link request}
   */
  document(request: NodeRequest, signal: AbortSignal): Promise<string | undefined> {
    return this.ask(request, signal, async (reply) => {
      if (reply.status === 200) return reply.body
      return reply.status === 404 ? undefined : this.refuse(reply)
    })
  }

  private ask<T>(request: NodeRequest, signal: AbortSignal, read: (reply: RestReply) => Promise<T>): Promise<T> {
    if (this.isOver) return Promise.reject(new Unsent('ACI_CLOSED', 'the connection is over'))
    const running = this.call({ ...request, signal, isCall: true }).then(read)
    this.requests.add(running)
    const done = (): void => void this.requests.delete(running)
    running.then(done, done)
    return running
  }

  /** Resolves when no request of a node is under way. */
  async quiet(): Promise<void> {
    while (this.requests.size > 0) await Promise.allSettled(this.requests)
  }

  private async pageOf(reply: RestReply): Promise<Page> {
    if (reply.status === 200) {
      const page = decodePage(reply.body)
      if (page.objects[0]?.class !== 'error') return page
    }
    return this.refuse(reply)
  }

  private call(request: RestRequest): Promise<RestReply> {
    return this.rest.call({ ...request, headers: this.session.headers(request) })
  }

  /**
   * Subscribes. The answer has one object at most: the objects are read afterwards, under the live subscription. The receiver
   * gets events that overtook the reply before this returns.
   */
  async register(path: string, receiver: Receiver): Promise<Registration> {
    let id: string | undefined
    this.router.expect()
    try {
      const answer = await this.refreshTimeout.subscribe(path)
      if (answer.subscriptionId === undefined) {
        throw new AciError('ACI_PROTOCOL', `${this.controller} gave no subscription id for ${path}`)
      }
      id = answer.subscriptionId
      this.keepAlive.add(id, this.refreshTimeout.periodMs)
      return { id, answer }
    } finally {
      this.router.settle(id, receiver)
    }
  }

  /** Stops refreshing an id and drops its events until it lapses: an APIC cannot unsubscribe. */
  release(id: string): void {
    this.router.forget(id)
    this.keepAlive.delete(id)
  }

  /** Resolves when the events that the peer has sent so far have arrived, or at a limit. */
  flush(): Promise<void> {
    return this.socket.flush()
  }

  /** Time of a subscription's last refresh, epoch ms; undefined before the first. */
  refreshedAt(id: string): number | undefined {
    return this.keepAlive.refreshedAt(id)
  }

  /** Ends the connection, and tells the fabric the reason. */
  fail(reason: AciError): void {
    if (this.isOver) return
    this.leave({ phase: 'ended', reason })
    this.socket.terminate()
    // The session may outlive its socket: without a logout it would count against the APIC's limit of sessions.
    this.logout = this.logOut(Promise.resolve())
    this.options.ended(reason)
  }

  /**
   * Logs out and closes, once the APIC has answered the writes under way, or has taken too long. Resolves when all is done
   * or given up: within about a second where there are no writes.
   */
  async close(): Promise<void> {
    if (!this.isOver) {
      this.leave({ phase: 'closed' })
      this.logout = Promise.race([this.quiet(), late(WRITE_LIMIT)]).then(() => {
        this.rest.abort()
        return this.logOut(this.socket.close())
      })
    }
    await this.logout
  }

  private read(data: Buffer, isBinary: boolean): void {
    if (this.isOver) return
    try {
      if (isBinary) throw new AciError('ACI_PROTOCOL', 'a binary socket frame')
      const frame = decodeFrame(data.toString())
      this.router.dispatch(frame)
      if (frame.skipped === 0) return
      this.router.miss(frame.ids)
      this.options.unreadable(new AciError('ACI_PROTOCOL', `${frame.skipped} unreadable objects in a socket frame`))
    } catch (thrown) {
      // Its subscription is unknown.
      this.router.miss()
      this.options.unreadable(toAciError(thrown))
    }
  }

  private async understand(reply: RestReply, path: string): Promise<Answer> {
    if (reply.status === 200) {
      const answer = decodeAnswer(reply.body)
      if (answer.objects.length > 0 || answer.skipped === 0 || firstOf(reply.body, 'error') === undefined) {
        if (answer.objects.length > 0) this.sessionCheck.seen(path)
        return answer
      }
    }
    return this.refuse(reply, true)
  }

  /**
   * @param isOwn whether the request was the connection's own
   * @throws AciError ACI_QUERY always; the connection is over by then if its session is dead
   */
  private async refuse(reply: RestReply, isOwn = false): Promise<never> {
    const error = this.rest.refusal(reply, `${this.controller} refuses the request`)
    // The APIC knows no socket of this session: only a new login helps.
    if (isOwn && reply.status === 405 && !(error instanceof NotFromApic)) this.sessionCheck.end(error)
    await this.sessionCheck.examine(error)
    throw error
  }

  /** Leaves `open`: nothing is refreshed, watched or delivered any more. */
  private leave(state: Exclude<State, { phase: 'open' }>): void {
    this.state = state
    this.sessionCheck.stop()
    this.heartbeat.stop()
    this.keepAlive.close()
    this.router.clear()
    this.socket.endFlushes()
    // Writes go on: the outcome of an aborted one would be unknown.
    this.rest.abortRepeatable()
  }

  private async logOut(socketClosed: Promise<void>): Promise<void> {
    await Promise.all([socketClosed, this.session.logout()])
    void this.quiet().then(() => this.rest.close())
  }
}

function late(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref())
}
