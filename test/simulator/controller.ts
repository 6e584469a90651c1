// One APIC of the cluster: its port, its web server, its event sockets. What it says is decided in rest.ts.
import type { SecureContextOptions } from 'node:tls'
import type { IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http'
import { createServer as createHttpServer } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import { createServer as createHttpsServer } from 'node:https'
import type { Server, Socket } from 'node:net'
import { createServer } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { Answers } from './answer'
import type { AnswerOptions } from './answer'
import type { Audit } from './audit'
import type { KeyPair } from './certificates'
import type { Clock } from './clock'
import type { Entry, RequestRule } from './conditions'
import { Conditions } from './conditions'
import { cookieValues, parseCookies } from './cookies'
import { cookieNeeded, Refusal } from './errors'
import type { Faulty } from './faults'
import { Faults } from './faults'
import type { Journal, SocketRecord } from './journal'
import { listen } from './ports'
import type { Random } from './random'
import type { EventText } from './render'
import type { Reply } from './reply'
import { errorReply, rawReply, webPage, webPageReply } from './reply'
import type { RestOptions } from './rest'
import { Rest } from './rest'
import type { Session, SessionEnd, SessionOptions } from './sessions'
import { Sessions, Throttle } from './sessions'
import { signer } from './signatures'
import type { SocketObserver } from './sockets'
import { draw, EventSocket } from './sockets'
import type { Subscription, SubscriptionOptions } from './subscriptions'
import { Subscriptions } from './subscriptions'
import type { Change, Tree } from './tree'
import type { Users } from './users'
import type { Configuration } from './writes'

export interface ControllerOptions extends SessionOptions, SubscriptionOptions, Omit<RestOptions, 'nodeId' | 'secure'> {
  readonly host: string
  /** 0: any free one, kept for as long as the simulator lives. */
  readonly port: number
  /** Undefined: plain HTTP. */
  readonly tls:
    { readonly pair: KeyPair; readonly secureContext: SecureContextOptions; readonly clientCa?: string } | undefined
  readonly throttle: number | undefined
  readonly answers: AnswerOptions
}

/** What the controllers of a cluster share. */
export interface Shared {
  readonly tree: Tree
  readonly configuration: Configuration
  readonly audit: Audit
  readonly users: Users
  readonly journal: Journal
  readonly clock: Clock
  readonly random: Random
}

/** Idle connections are kept this long, ms; nginx does about the same. */
const KEEP_ALIVE = 75_000

export class Controller implements Faulty, SocketObserver {
  /** Faults of this controller alone. */
  readonly faults: Faults
  readonly conditions = new Conditions()
  private readonly connections = new Set<Socket>()
  /** Connections that a fault keeps waiting before anything is said on them. */
  private readonly waiting = new Set<Socket>()
  private readonly open = new Set<EventSocket>()
  private readonly sessionTable: Sessions
  private readonly subscriptionTable: Subscriptions<EventSocket>
  private readonly rest: Rest
  private readonly upgrader = new WebSocketServer({ noServer: true, perMessageDeflate: false, autoPong: false })
  private readonly web: HttpServer | HttpsServer
  private listener: Server | undefined
  private port: number
  private socketCount = 0

  constructor(
    /** 0 for the first of the cluster. */
    readonly index: number,
    private readonly shared: Shared,
    private readonly options: ControllerOptions
  ) {
    this.port = options.port
    const { clock, random, journal } = shared
    this.sessionTable = new Sessions(options, clock, random, (session, why) => {
      this.sessionEnded(session, why)
    })
    this.subscriptionTable = new Subscriptions(this.nodeId, options, clock, random, ({ id, url }) => {
      journal.happened('subscriptionExpired', { controller: index, id, url })
    })
    this.rest = new Rest(
      {
        ...shared,
        controller: index,
        answers: new Answers(shared.tree, options.answers),
        sessions: this.sessionTable,
        subscriptions: this.subscriptionTable,
        throttle: new Throttle(options.throttle, clock),
        conditions: this.conditions,
        socketOf: (session) => this.socketOf(session),
        closeSocketsOf: (session) => {
          this.closeSocketsOf(session)
        }
      },
      { ...options, nodeId: this.nodeId, secure: options.tls !== undefined }
    )
    this.faults = new Faults([this])
    this.web = this.makeWebServer()
  }

  /** Node id in the fabric: the first controller is node-1. */
  get nodeId(): number {
    return this.index + 1
  }

  /** `https://127.0.0.1:8443`, good for as long as the simulator lives, whether the controller is up or not. */
  get url(): string {
    const host = this.options.host.includes(':') ? `[${this.options.host}]` : this.options.host
    return `${this.options.tls ? 'https' : 'http'}://${host}:${this.port}`
  }

  get isUp(): boolean {
    return this.listener !== undefined
  }

  get sessions(): readonly Session[] {
    return this.sessionTable.all()
  }

  get sockets(): readonly EventSocket[] {
    return [...this.open]
  }

  get subscriptions(): readonly Subscription<EventSocket>[] {
    return this.subscriptionTable.all()
  }

  /** How many connections a fault keeps waiting. */
  get heldBack(): number {
    return this.waiting.size
  }

  /** Begins to listen, on the same port as before. @throws Error with code EADDRINUSE when the port is taken */
  async up(): Promise<void> {
    if (this.listener) return
    const listener = createServer((socket) => {
      this.connected(socket)
    })
    this.port = await listen(listener, this.options.host, this.port)
    this.listener = listener
  }

  /** Gone like a controller whose power failed: port closed, every session, token and subscription forgotten. */
  async down(): Promise<void> {
    const { listener } = this
    if (!listener) return
    this.listener = undefined
    const closed = new Promise<void>((resolve) => listener.close(() => resolve()))
    for (const connection of this.connections) connection.destroy()
    this.forget('reboot')
    await closed
  }

  /** Shows another certificate to whoever connects from now on. */
  useCertificate(pair: KeyPair): void {
    if (!('setSecureContext' in this.web)) throw new Error('this simulator speaks plain HTTP')
    this.web.setSecureContext({ ...this.options.tls?.secureContext, cert: pair.cert, key: pair.key })
  }

  /** Passes a change on to whoever subscribed to it. */
  push(change: Change, event: EventText): void {
    const matched = this.subscriptionTable.match(change)
    if (!matched || this.isSilenced(change)) return
    for (const [socket, ids] of matched) {
      socket.send(`{"subscriptionId":["${ids.join('","')}"],"imdata":[${event.text}]}`)
    }
  }

  // --- for faults.ts

  /** Cuts every connection, open sockets included. */
  cutConnections(): void {
    for (const connection of this.connections) connection.resetAndDestroy()
  }

  /** Whether the token that a session was given last is good for anything. */
  hasToken({ token }: Session): boolean {
    return this.sessionTable.expiryOf(token) !== undefined
  }

  expireTokens(): number {
    return this.sessionTable.expireTokens()
  }

  endSessions(): number {
    return this.sessionTable.endAll('fault')
  }

  dropSubscriptions(which: (subscription: Subscription<EventSocket>) => boolean): number {
    return this.subscriptionTable.drop(which)
  }

  /** Sessions, tokens and subscriptions are no more, as after a restart. */
  forget(why: SessionEnd): void {
    this.subscriptionTable.drop(() => true)
    this.sessionTable.endAll(why)
  }

  /** Lets connections go on that were kept waiting, if nothing keeps them any more. */
  admitWaiting(): void {
    if (this.conditions.tlsStalled.isOn || this.conditions.blackHole.isOn) return
    for (const socket of this.waiting) this.admit(socket)
    this.waiting.clear()
  }

  // --- connections

  private makeWebServer(): HttpServer | HttpsServer {
    const { tls } = this.options
    const answer = (request: IncomingMessage, response: ServerResponse): void => {
      this.answer(request, response).catch((error: unknown) => {
        // A mistake of the simulator's own; said where whoever runs into it will look.
        const { body, status } = errorReply(500, '500', `Simulator: ${String(error)}`)
        if (!response.headersSent) response.writeHead(status).end(body)
      })
    }
    const web = tls
      ? createHttpsServer(
          {
            ...tls.secureContext,
            cert: tls.pair.cert,
            key: tls.pair.key,
            ...(tls.clientCa === undefined ? {} : { ca: tls.clientCa, requestCert: true, rejectUnauthorized: true })
          },
          answer
        )
      : createHttpServer(answer)
    web.keepAliveTimeout = KEEP_ALIVE
    web.on('upgrade', (request, stream, head) => {
      this.upgrade(request, stream, head)
    })
    web.on('clientError', (_error, stream) => {
      stream.destroy()
    })
    return web
  }

  private connected(socket: Socket): void {
    socket.setNoDelay(true)
    this.connections.add(socket)
    this.shared.journal.happened('connection', { controller: this.index })
    socket.on('close', () => {
      this.connections.delete(socket)
      this.waiting.delete(socket)
      this.shared.journal.happened('connectionClosed', { controller: this.index })
    })
    // Whoever loses a connection finds out by its close.
    socket.on('error', () => undefined)
    if (this.conditions.tlsStalled.isOn || this.conditions.blackHole.isOn) {
      this.waiting.add(socket)
      this.shared.journal.wake()
    } else this.admit(socket)
  }

  /** The web server does not listen itself, so that a connection can be held back before TLS begins. */
  private admit(socket: Socket): void {
    this.web.emit('connection', socket)
  }

  /** The TCP connection under a request, which TLS hides. */
  private tcpOf(request: IncomingMessage): Socket | undefined {
    const { remotePort } = request.socket
    return [...this.connections].find((connection) => connection.remotePort === remotePort)
  }

  // --- REST

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/', headers } = request
    const body = await readBody(request)
    if (body === undefined) return
    this.shared.journal.happened('received', { controller: this.index, method, url, cookie: headers.cookie ?? '' })
    const { blackHole, latency } = this.conditions
    await blackHole.cleared()
    if (latency.current) await pause(draw(latency.current.value, this.shared.random))
    const rule = this.ruleFor(method, url)
    if (rule) {
      rule.strike()
      await this.delay(rule)
      if (rule.value.reset) {
        this.tcpOf(request)?.resetAndDestroy()
        return
      }
    }
    if (response.destroyed) return
    const address = request.socket.remoteAddress ?? ''
    const own = (rule && replyOf(rule.value)) ?? (await this.rest.answer({ method, url, headers, body, address }))
    const reply = {
      ...own,
      body: rule?.value.rewrite?.(own.body) ?? own.body,
      headers: { ...own.headers, ...rule?.value.headers }
    }
    await this.send(response, reply, rule?.value.drip)
    const cookies = cookieValues(parseCookies(headers.cookie), 'APIC-cookie').length
    this.shared.journal.happened('request', {
      controller: this.index,
      method,
      url,
      status: reply.status,
      cookies,
      body: url.startsWith('/api/aaaLogin') ? '' : body,
      at: this.shared.clock.now()
    })
  }

  private ruleFor(method: string, url: string): Entry<RequestRule> | undefined {
    return this.conditions.requests.all().find((entry) => {
      const { value } = entry
      if (value.method !== undefined && value.method !== method) return false
      if (typeof value.path === 'string' && !url.startsWith(value.path)) return false
      if (value.path instanceof RegExp && url.search(value.path) < 0) return false
      return entry.passes()
    })
  }

  private async delay(rule: Entry<RequestRule>): Promise<void> {
    if (rule.value.delay !== undefined) await pause(rule.value.delay)
    if (rule.value.hang) await rule.over
  }

  private async send(response: ServerResponse, reply: Reply, drip: RequestRule['drip']): Promise<void> {
    const body = Buffer.from(reply.body)
    response.writeHead(reply.status, {
      Server: 'Cisco APIC',
      'Content-Type': reply.contentType,
      'Content-Length': body.length,
      ...reply.headers
    })
    if (!drip) {
      response.end(body)
      return
    }
    for (let at = 0; at < body.length && !response.destroyed; at += drip.size) {
      response.write(body.subarray(at, at + drip.size))
      await pause(drip.every)
    }
    response.end()
  }

  // --- event sockets

  private upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    stream.on('error', () => undefined)
    const { conditions } = this
    const { url = '', headers } = request
    this.shared.journal.happened('upgrade', { controller: this.index, url, cookie: headers.cookie ?? '' })
    if (conditions.blackHole.isOn) {
      void conditions.blackHole.cleared().then(() => {
        this.upgrade(request, stream, head)
      })
      return
    }
    const fault = conditions.upgrades.current
    if (fault) {
      fault.strike()
      this.shared.journal.wake()
      if (fault.value.answer !== 'stall') this.refuseUpgrade(request, stream, webPageReply(fault.value.answer))
      return
    }
    try {
      const session = this.sessionOfSocket(request)
      this.upgrader.handleUpgrade(request, stream, head, (ws) => {
        this.socketCount += 1
        const { random } = this.shared
        const socket = new EventSocket(
          this.socketCount,
          session,
          ws,
          stream,
          this.tcpOf(request),
          conditions,
          random,
          this
        )
        this.open.add(socket)
        this.shared.journal.happened('socket', this.record(socket))
      })
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      this.refuseUpgrade(request, stream, errorReply(error.status, error.code, error.message))
    }
  }

  /**
   * The path is `/socket` and the token, as it is: nothing is decoded.
   * @throws Refusal 403 (that a bad token is answered so is a guess)
   */
  private sessionOfSocket(request: IncomingMessage): Session {
    const { url = '', headers } = request
    if (!url.startsWith('/socket')) throw new Refusal(404, '404', 'Not Found')
    const token = url.slice('/socket'.length)
    const session = this.sessionTable.find(token)
    if (session.kind === 'signature') {
      const cookies = parseCookies(headers.cookie)
      const user = signer(cookies, { method: 'GET', url, body: '' }, this.shared.tree)
      const named = cookieValues(cookies, 'APIC-WebSocket-Session')
      if (user !== session.userName || named.length !== 1 || named[0] !== token) throw cookieNeeded()
    }
    return session
  }

  private refuseUpgrade(request: IncomingMessage, stream: Duplex, { status, body, contentType }: Reply): void {
    stream.end(
      [
        `HTTP/1.1 ${status} ${status === 503 ? 'Service Temporarily Unavailable' : status === 404 ? 'Not Found' : 'Forbidden'}`,
        'Server: Cisco APIC',
        `Content-Type: ${contentType}`,
        `Content-Length: ${Buffer.byteLength(body)}`,
        'Connection: close',
        '',
        body
      ].join('\r\n')
    )
    this.shared.journal.happened('socketRefused', { controller: this.index, status, url: request.url ?? '' })
  }

  /** Several sockets of one session may be open; what is subscribed belongs to the newest one at that time. */
  private socketOf(session: Session): EventSocket | undefined {
    return [...this.open].filter((socket) => socket.open && socket.session === session).at(-1)
  }

  private closeSocketsOf(session: Session): void {
    for (const socket of this.open) if (socket.session === session) socket.close(1000)
  }

  private sessionEnded(session: Session, why: SessionEnd): void {
    const { id: sessionId, userName: user } = session
    this.shared.journal.happened('sessionEnded', { controller: this.index, user, sessionId, why })
    // A logout leaves the socket alone (how an APIC treats it is not known); at a restart there is nobody left to close it.
    if (why !== 'logout' && why !== 'reboot') this.closeSocketsOf(session)
  }

  private isSilenced(change: Change): boolean {
    const silencing = this.conditions.silenced.all().filter((entry) => entry.value(change))
    for (const entry of silencing) entry.strike()
    return silencing.length > 0
  }

  // --- called by the sockets

  sent(socket: EventSocket, text: string): void {
    this.shared.journal.happened('frame', { controller: this.index, socket: socket.id, text })
  }

  withheld(socket: EventSocket, text: string): void {
    this.shared.journal.happened('frameWithheld', { controller: this.index, socket: socket.id, text })
  }

  pinged(socket: EventSocket): void {
    this.shared.journal.happened('ping', this.record(socket))
  }

  closed(socket: EventSocket, code: number): void {
    this.open.delete(socket)
    this.subscriptionTable.drop((subscription) => subscription.receiver === socket)
    this.shared.journal.happened('socketClosed', this.record(socket, code))
  }

  private record(socket: EventSocket, code = 0): SocketRecord {
    return { controller: this.index, socket: socket.id, sessionId: socket.session.id, code }
  }
}

/** The answer a rule dictates; undefined when it only delays. */
const replyOf = (rule: RequestRule): Reply | undefined => {
  const status = rule.status ?? 200
  if (rule.html !== undefined) return webPageReply(status, rule.html)
  if (rule.body !== undefined) {
    const body = typeof rule.body === 'string' ? rule.body : JSON.stringify(rule.body)
    return rawReply(status, body, 'application/json', rule.headers)
  }
  if (rule.text !== undefined) return errorReply(status, rule.code ?? String(status), rule.text)
  return rule.status === undefined ? undefined : rawReply(status, webPage(status), 'text/html', rule.headers)
}

/** Undefined when the client went away in the middle. */
const readBody = async (request: IncomingMessage): Promise<string | undefined> => {
  const chunks: Buffer[] = []
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer)
  } catch {
    return undefined
  }
  return Buffer.concat(chunks).toString()
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref())
