// One login, one socket and its subscription ids. A connection opens once and ends once, with a reason; it never heals: the
// fabric opens the next one.

import WebSocket from 'ws'
import type { Login, Session, SessionFacts } from '../session/auth'
import { onAbort } from '../common/abort'
import { AciError, NotFromApic, toAciError } from '../common/errors'
import { Heartbeat } from './heartbeat'
import { withCertificate } from '../transport/tls-probe'
import { moPath, withParameters } from '../protocol/query'
import { KeepAlive } from './keep-alive'
import { Rest, type RestReply, type RestRequest } from '../transport/rest'
import { SubscriptionRouter, type Deliver, type Receiver } from './router'
import { agentFor, transportError, Unsent, type TlsOptions } from '../transport/transport'
import { decodeAnswer, decodeFrame, decodePage, firstOf, type Answer, type Page } from '../protocol/wire'

/** Time for TCP, TLS and upgrade of the socket, ms; less where the limit of requests is shorter. */
const HANDSHAKE_LIMIT = 10_000
/** A frame larger than this ends the socket. */
const MAX_FRAME = 32 * 1024 * 1024
/** Time for a write that is under way when the connection is closed, ms. */
const WRITE_LIMIT = 5_000
/** Time for a close frame to be answered, ms. */
const CLOSE_LIMIT = 1_000
/** Time for the pong of a flush, ms. */
const FLUSH_LIMIT = 500
/** And for a peer that has left such a ping unanswered: enough for its earlier events to arrive on a short way. */
const MUTE_LIMIT = 100
/** The root of the tree, which every session may read. */
const ROOT = moPath('uni')
/** Frames read in one turn of the event loop; those that came in the same chunk are read all the same. */
const FRAMES_PER_TURN = 32
/** An APIC's default lifetime of a subscription, seconds. */
const DEFAULT_REFRESH_TIMEOUT = 60
/** Refreshes per second above which a connection asks for longer subscriptions. */
const REFRESHES_PER_SECOND = 50

export interface ConnectionOptions {
  /** Base URL of the controller. */
  readonly controller: string
  readonly tls: TlsOptions
  readonly login: Login
  readonly requestTimeoutMs: number
  readonly heartbeatMs: number
  /** Seconds a subscription lives without refresh; 0 chooses by their number. */
  readonly refreshTimeout: number
  /** How many subscriptions are going to be made, for that choice. */
  readonly expected: number
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
  /** Aborts the opening. */
  readonly signal: AbortSignal
}

/** A request of a node. */
export type NodeRequest = Pick<RestRequest, 'method' | 'path' | 'body' | 'mostBytes'>

export interface Registration {
  readonly id: string
  readonly answer: Answer
}

/** The major version, or undefined where it is unknown: `5.2(7f)` is 5. */
function majorOf(version: string): number | undefined {
  const match = /^(\d+)\./.exec(version)
  return match === null ? undefined : Number(match[1])
}

/** Whether a later try of the same can succeed. */
export function isTransient(error: AciError): boolean {
  if (error instanceof NotFromApic) return true
  // A loaded APIC truncates answers; the next one may be complete.
  if (error.code === 'ACI_TIMEOUT' || error.code === 'ACI_UNREACHABLE' || error.code === 'ACI_PROTOCOL') return true
  const status = error.cause?.status ?? 0
  return (status >= 500 || status === 429) && !/too big/i.test(error.cause?.text ?? '')
}

export class Connection {
  readonly openedAt = Date.now()
  readonly facts: SessionFacts
  private readonly router: SubscriptionRouter
  private readonly keepAlive: KeepAlive
  private readonly heartbeat: Heartbeat
  /** Seconds requested with `refresh-timeout`; undefined for the APIC's default. */
  private refreshTimeout: number | undefined
  /** This APIC has accepted the parameter: a later refusal has another reason. */
  private takesTimeout = false
  private tokenTimer: NodeJS.Timeout | undefined
  private over = false
  private reason: AciError | undefined
  /** Requests of nodes that are under way. */
  private readonly requests = new Set<Promise<unknown>>()
  private framesInTurn = 0
  private flushes = 0
  /** Flushes that wait for pongs, by the payload of the ping. */
  private readonly marks = new Map<string, () => void>()
  /** The running check whether the session is dead. */
  private examining: Promise<void> | undefined
  /** Whether this session has seen the root of the tree. */
  private hasRoot = false
  /** The peer has left a ping unanswered, and answered none since. */
  private isMute = false
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
        return new Connection(options, rest, session, loginAt, await openSocket(options, rest, session))
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
    private readonly loginAt: number,
    private readonly socket: WebSocket
  ) {
    this.facts = session.facts
    this.router = new SubscriptionRouter(
      options.deliver,
      (thrown) => options.unreadable(toAciError(thrown)),
      options.dropped
    )
    this.refreshTimeout = this.chooseRefreshTimeout()
    this.keepAlive = new KeepAlive(this.refreshPeriodMs, {
      // A refresh that takes longer than a period would delay the others.
      refresh: (id) => this.get(`/api/subscriptionRefresh.json?id=${encodeURIComponent(id)}`, this.refreshPeriodMs),
      // A refused refresh means a dead id. A refusal that ends the session is reported there.
      isFinal: (error) => !isTransient(error),
      lost: (id, error) => {
        this.router.forget(id)
        if (!this.over) options.lost(id, error)
      }
    })
    this.heartbeat = new Heartbeat({
      intervalMs: options.heartbeatMs,
      ping: () => {
        if (socket.readyState === WebSocket.OPEN) socket.ping()
      },
      ask: () => this.get(ROOT, HANDSHAKE_LIMIT),
      isAnswer: (thrown) => ['ACI_QUERY', 'ACI_PROTOCOL'].includes(toAciError(thrown).code),
      dead: () =>
        this.end(
          new AciError(
            'ACI_TIMEOUT',
            `${this.controller} gave no sign of life for ${(options.heartbeatMs * 2) / 1000} s`
          )
        )
    })
    this.listen()
    if (Number.isFinite(this.facts.refreshTimeoutSeconds)) {
      this.scheduleTokenRefresh(this.facts.refreshTimeoutSeconds * 500)
    }
  }

  get controller(): string {
    return this.options.controller
  }

  get isOver(): boolean {
    return this.over
  }

  /** Why it ended, where it ended by itself. */
  get endedBy(): AciError | undefined {
    return this.reason
  }

  /** When the peer last gave a sign of life, epoch ms. */
  get heardAt(): number {
    return this.heartbeat.lastSign
  }

  /** When the session has reached its longest life, epoch ms. */
  get diesAt(): number {
    return this.loginAt + this.facts.maximumLifetimeSeconds * 1000
  }

  /** When to have replaced this connection, as epoch ms: 95 % of the session's longest life. */
  get renewAt(): number {
    return this.loginAt + this.facts.maximumLifetimeSeconds * 950
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
    if (this.over) return Promise.reject(new Unsent('ACI_CLOSED', 'the connection is over'))
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

  /** @throws AciError ACI_QUERY always */
  private async refuse(reply: RestReply): Promise<never> {
    const error = this.refusalOf(reply)
    // Missing rights may look like a dead token, for which every request is refused.
    if (reply.status === 401 || reply.status === 403) await this.endIfDead(error)
    throw error
  }

  /**
   * A living session may be refused one class or object for want of rights. So read the root of the tree, which every session
   * may read, and if that is refused as well, refresh the token. One check serves all refusals that come at once.
   */
  private endIfDead(error: AciError): Promise<void> {
    this.examining ??= this.isDead()
      .then((isDead) => {
        if (isDead) this.endSession(error)
      })
      .finally(() => {
        this.examining = undefined
      })
    return this.examining
  }

  private async isDead(): Promise<boolean> {
    const isRefused = ({ cause }: AciError): boolean => cause?.status === 401 || cause?.status === 403
    const reply = await this.call({ method: 'GET', path: ROOT, timeoutMs: HANDSHAKE_LIMIT }).catch(toAciError)
    if (reply instanceof AciError || (reply.status !== 401 && reply.status !== 403)) {
      if (!(reply instanceof AciError) && reply.status === 200) this.hasRoot = true
      return false
    }
    // A user who has never seen the root may have no right to.
    if (this.hasRoot || !Number.isFinite(this.facts.refreshTimeoutSeconds)) return true
    const failure = await this.session.refresh().then(
      () => undefined,
      (thrown: unknown) => toAciError(thrown)
    )
    return failure !== undefined && isRefused(failure)
  }

  /** @param error the refusal that showed it */
  private endSession({ cause, message }: AciError): void {
    const text = `${this.controller} has ended the session: ${cause?.text ?? message}`
    this.end(new AciError('ACI_CLOSED', text, cause))
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
      const answer = await this.subscribe(path)
      if (answer.subscriptionId === undefined) {
        throw new AciError('ACI_PROTOCOL', `${this.controller} gave no subscription id for ${path}`)
      }
      id = answer.subscriptionId
      this.keepAlive.add(id)
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

  /**
   * Resolves when the events that the peer has sent so far have arrived, which the pong of a ping proves, or at a limit: answers
   * to requests may overtake events.
   */
  flush(): Promise<void> {
    const { socket } = this
    if (socket.readyState !== WebSocket.OPEN) return Promise.resolve()
    this.flushes += 1
    const mark = String(this.flushes)
    return new Promise((resolve) => {
      // A peer that left one ping unanswered will leave the next one, too: do not wait long again.
      const limit = this.isMute ? MUTE_LIMIT : FLUSH_LIMIT
      const timer = setTimeout(() => {
        this.isMute = true
        this.marked(mark)
      }, limit)
      this.marks.set(mark, () => {
        clearTimeout(timer)
        resolve()
      })
      socket.ping(mark)
    })
  }

  private marked(mark: string): void {
    const reached = this.marks.get(mark)
    this.marks.delete(mark)
    reached?.()
  }

  /** Time of a subscription's last refresh, epoch ms; undefined before the first. */
  refreshedAt(id: string): number | undefined {
    return this.keepAlive.refreshedAt(id)
  }

  /** Ends the connection because its controller shows what another one contradicts. */
  fail(error: AciError): void {
    this.end(error)
  }

  /**
   * Logs out and closes, once the APIC has answered the writes under way, or has taken too long. Resolves when all is done
   * or given up: within about a second where there are no writes.
   */
  async close(): Promise<void> {
    if (!this.over) {
      this.stop()
      // The outcome of an aborted write would be unknown.
      this.rest.abortRepeatable()
      this.logout = Promise.race([this.quiet(), late(WRITE_LIMIT)]).then(() => {
        this.rest.abort()
        return this.logOut(closeSocket(this.socket))
      })
    }
    await this.logout
  }

  /**
   * Subscribes with `refresh-timeout` where that is configured. An old APIC of unknown version refuses the parameter in
   * undocumented words: if it accepts the same without the parameter, that was the reason.
   */
  private async subscribe(path: string): Promise<Answer> {
    const asked = { subscription: 'yes', page: 0, 'page-size': 1 }
    if (this.refreshTimeout !== undefined) {
      try {
        const answer = await this.get(withParameters(path, { ...asked, 'refresh-timeout': this.refreshTimeout }))
        this.takesTimeout = true
        return answer
      } catch (thrown) {
        const error = toAciError(thrown)
        if (error.cause?.status !== 400 || this.takesTimeout) throw error
        if (/refresh-?timeout/i.test(error.cause.text)) this.doWithoutTimeout()
      }
      const answer = await this.get(withParameters(path, asked))
      this.doWithoutTimeout()
      return answer
    }
    return this.get(withParameters(path, asked))
  }

  private doWithoutTimeout(): void {
    this.refreshTimeout = undefined
    this.keepAlive.setPeriod(this.refreshPeriodMs)
  }

  /** A third of what a subscription lives, so that two refreshes may fail. */
  private get refreshPeriodMs(): number {
    return ((this.refreshTimeout ?? DEFAULT_REFRESH_TIMEOUT) * 1000) / 3
  }

  private chooseRefreshTimeout(): number | undefined {
    // Releases before 4.0 do not know the parameter and refuse the request.
    const major = majorOf(this.facts.version)
    if (major !== undefined && major < 4) return undefined
    if (this.options.refreshTimeout > 0) return this.options.refreshTimeout
    const period = Math.max(DEFAULT_REFRESH_TIMEOUT / 3, Math.ceil(this.options.expected / REFRESHES_PER_SECOND))
    return period * 3
  }

  private listen(): void {
    this.socket.on('message', (data: Buffer, isBinary) => {
      this.heartbeat.sign()
      this.pace()
      this.read(data, isBinary)
    })
    this.socket.on('pong', (data: Buffer) => {
      this.isMute = false
      this.marked(data.toString())
      this.heartbeat.pong()
    })
    this.socket.on('ping', () => {
      this.heartbeat.sign()
    })
    this.socket.on('error', (error) => {
      this.end(transportError(error, this.controller))
    })
    const closed = (code: number): void => {
      this.end(new AciError('ACI_UNREACHABLE', `${this.controller} closed the socket (code ${code})`))
    }
    this.socket.on('close', closed)
    // The socket may have closed before this line: then there is no event any more.
    if (this.socket.readyState !== WebSocket.OPEN) setImmediate(closed, 1006)
  }

  /**
   * Pauses the socket until the frames read so far are delivered. Node-RED delivers messages in the next phase of the event
   * loop, and in a burst one phase of reading would pile up thousands of them; TCP holds the APIC back meanwhile.
   */
  private pace(): void {
    if (this.framesInTurn === 0) {
      setImmediate(() => {
        this.framesInTurn = 0
        this.socket.resume()
      })
    }
    this.framesInTurn += 1
    if (this.framesInTurn === FRAMES_PER_TURN) this.socket.pause()
  }

  private read(data: Buffer, isBinary: boolean): void {
    if (this.over) return
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
        if (path === ROOT && answer.objects.length > 0) this.hasRoot = true
        return answer
      }
    }
    const error = this.refusalOf(reply)
    // The APIC knows no socket of this session: only a new login helps.
    if (reply.status === 405 && !(error instanceof NotFromApic)) {
      this.endSession(error)
    }
    if (reply.status === 401 || reply.status === 403) await this.endIfDead(error)
    throw error
  }

  private refusalOf(reply: RestReply): AciError {
    return this.rest.refusal(reply, `${this.controller} refuses the request`)
  }

  private scheduleTokenRefresh(delayMs: number, failures = 0): void {
    const limit = this.facts.refreshTimeoutSeconds * 1000
    this.tokenTimer = setTimeout(() => {
      this.session.refresh().then(
        () => this.scheduleTokenRefresh(limit / 2),
        (thrown: unknown) => {
          const error = toAciError(thrown)
          if (this.over) return
          // Half of the lifetime is left for three more tries; after them the token is as good as dead.
          if (!isTransient(error)) this.endSession(error)
          else if (failures >= 3) this.end(error)
          else this.scheduleTokenRefresh(limit / 10, failures + 1)
        }
      )
    }, delayMs)
    if (this.over) clearTimeout(this.tokenTimer)
  }

  private stop(): void {
    this.over = true
    clearTimeout(this.tokenTimer)
    this.heartbeat.stop()
    this.keepAlive.close()
    this.router.clear()
    for (const mark of this.marks.keys()) this.marked(mark)
  }

  /** Ends the connection, and calls `ended` once with the reason. */
  private end(error: AciError): void {
    if (this.over) return
    this.reason = error
    this.stop()
    this.rest.abortRepeatable()
    this.socket.terminate()
    // The session may outlive its socket: without a logout it would count against the APIC's limit of sessions.
    this.logout = this.logOut(Promise.resolve())
    this.options.ended(error)
  }

  private async logOut(socketClosed: Promise<void>): Promise<void> {
    await Promise.all([socketClosed, this.session.logout()])
    void this.quiet().then(() => this.rest.close())
  }
}

function late(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref())
}

function openSocket(options: ConnectionOptions, rest: Rest, session: Session): Promise<WebSocket> {
  const { controller, tls, requestTimeoutMs, signal } = options
  const limit = Math.min(HANDSHAKE_LIMIT, requestTimeoutMs)
  return new Promise((resolve, reject) => {
    let socket: WebSocket
    try {
      const { path, headers } = session.socket()
      socket = new WebSocket(controller.replace(/^http/, 'ws') + path, {
        headers: rest.withCookies(headers),
        agent: agentFor(controller, tls, { keepAlive: false }),
        handshakeTimeout: limit,
        maxPayload: MAX_FRAME,
        perMessageDeflate: false,
        followRedirects: false
      })
    } catch {
      // The original error spells out the URL, token and all.
      reject(new AciError('ACI_CONFIG', `${controller} is not a usable URL for a websocket`))
      return
    }
    const unlink = onAbort(signal, () => {
      socket.terminate()
      reject(new AciError('ACI_CLOSED', 'the connection was closed'))
    })
    socket.once('open', () => {
      unlink()
      resolve(socket)
    })
    socket.once('unexpected-response', (request, response) => {
      unlink()
      request.destroy()
      const status = response.statusCode ?? 0
      const text = `${controller} refuses the websocket (HTTP ${status})`
      reject(
        new AciError('ACI_UNREACHABLE', text, {
          status,
          code: String(status),
          text: `websocket refused, HTTP ${status}`
        })
      )
    })
    socket.on('error', (error) => {
      unlink()
      const late = error.message.includes('handshake has timed out')
      reject(
        late
          ? new AciError('ACI_TIMEOUT', `${controller} did not open the websocket within ${limit / 1000} s`)
          : transportError(error, controller)
      )
    })
  })
}

function closeSocket(socket: WebSocket): Promise<void> {
  if (socket.readyState === WebSocket.CLOSED) return Promise.resolve()
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      socket.terminate()
    }, CLOSE_LIMIT)
    socket.once('close', () => {
      clearTimeout(timer)
      resolve()
    })
    socket.close(1000)
  })
}
