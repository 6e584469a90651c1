// REST calls to one controller. The only place that knows axios: none of its errors leaves here, for they carry
// passwords and cookies.

import axios, { type AxiosInstance } from 'axios'
import http from 'node:http'
import https from 'node:https'
import type { Socket } from 'node:net'
import { onAbort } from '../common/abort'
import { AciError, NotFromApic, type ErrorCode } from '../common/errors'
import { Secrets } from './secrets'
import { agentFor, transportError, Unsent, type TlsOptions } from './transport'
import { decodeRefusal } from '../protocol/wire'

/** Largest answer; a page of 5,000 objects is a tenth of it. */
const MAX_ANSWER = 64 * 1024 * 1024

/**
 * Connections for the session's own requests: registrations, even slow ones, paced refreshes and the heartbeat. They are
 * opened on demand, and few are needed.
 */
const OWN_SOCKETS = 48
/** Requests of nodes at the same time. */
export const MOST_CALLS = 4
/**
 * Longest idle time of a connection for a node's request, ms. The server may be closing an older one at that very moment,
 * and a write that meets such a close can be neither repeated nor taken for done. nginx keeps idle connections for 75 s by
 * default. (A proxy has as long to open its tunnel.)
 */
const MOST_REST = 10_000

/** A cookie as it is set: name, value, attributes. */
const COOKIE = /^\s*([\w.-]{1,100})=([\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]{0,1000})\s*(;.*)?$/s
/** Cookies of the session, and of its challenge. */
const OF_APIC = /^(apic|devcookie)/i
const MOST_COOKIES = 8

/** An answer that is too large to be read. */
export class TooLarge extends AciError {
  constructor(controller: string, limit: number) {
    super('ACI_PROTOCOL', `an answer of ${controller} is larger than ${limit} bytes`)
  }
}

/** Reason of an abort at the limit. */
const LATE = Symbol('late')

export interface RestRequest {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Path with query, starting with `/api/`, or the one of a document, starting with `/doc/`. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** A shorter limit than the usual one, ms. */
  readonly timeoutMs?: number
  /** The request of a node: it uses other connections, so that those of the session never wait behind it. */
  readonly isCall?: boolean
  /** A smaller limit of the answer than the usual one. */
  readonly mostBytes?: number
  /** Aborts the request. */
  readonly signal?: AbortSignal
}

export interface RestReply {
  readonly status: number
  readonly body: string
  /** Where a redirect leads; never followed. */
  readonly location?: string
}

export interface RestOptions {
  /** Base URL of the controller, without a slash at its end. */
  readonly controller: string
  readonly tls: TlsOptions
  /** Limit of a whole call, ms, from the first byte sent to the last received. */
  readonly timeoutMs: number
}

export class Rest {
  readonly controller: string
  private readonly own: http.Agent
  private readonly calls: http.Agent
  private readonly client: AxiosInstance
  /** What runs, each with whether it may be asked again. */
  private readonly running = new Map<AbortController, () => boolean>()
  /** Connections over which something can have been sent. */
  private readonly established = new WeakSet<Socket>()
  private closed = false
  /** What no refusal repeats. */
  readonly secrets = new Secrets()
  /** Cookies of what stands before the controller, by name: a load balancer knows by them where a session belongs. */
  private readonly cookies = new Map<string, string>()

  constructor(private readonly options: RestOptions) {
    const { controller, tls } = options
    this.controller = controller
    this.own = agentFor(controller, tls, { keepAlive: true, maxSockets: OWN_SOCKETS })
    this.calls = agentFor(controller, tls, { keepAlive: true, maxSockets: MOST_CALLS, timeout: MOST_REST })
    this.client = axios.create({
      baseURL: controller,
      // The agent knows the way; axios's own proxy handling would hold for REST only. Redirects are never followed: the
      // cookie belongs to this controller alone.
      proxy: false,
      maxRedirects: 0,
      responseType: 'text',
      // A body goes out as it is: it may have been signed.
      transformRequest: (body: unknown) => body,
      transformResponse: (body: unknown) => body,
      validateStatus: () => true
    })
  }

  /** The headers of a request, with the cookies of a load balancer beside the session's own. */
  withCookies(headers: Readonly<Record<string, string>>): Record<string, string> {
    const own = headers['Cookie']
    const cookies = [
      ...(own === undefined ? [] : [own]),
      ...[...this.cookies].map(([name, value]) => `${name}=${value}`)
    ]
    return cookies.length === 0 ? { ...headers } : { ...headers, Cookie: cookies.join('; ') }
  }

  /** Keeps cookies, but not an APIC's own: with two of those, subscriptions never see an event. */
  private keepCookies(given: unknown): void {
    for (const line of Array.isArray(given) ? (given as unknown[]) : []) {
      const [, name = '', value = '', rest = ''] = COOKIE.exec(typeof line === 'string' ? line : '') ?? []
      if (name === '' || OF_APIC.test(name)) continue
      if (/;\s*max-age=(0|-)/i.test(rest)) this.cookies.delete(name)
      else if (this.cookies.has(name) || this.cookies.size < MOST_COOKIES) this.cookies.set(name, value)
    }
  }

  /**
   * The error for a refusing reply, in the APIC's own words where it has any.
   * @param what happened, such as `https://apic1 refuses the request`; the words follow
   * @param code of the error for a refusal by an APIC; a reply of another server is never final
   */
  refusal(reply: RestReply, what: string, code: ErrorCode = 'ACI_QUERY'): AciError {
    const { isOfApic, ...refusal } = decodeRefusal(reply.status, this.secrets.hide(reply.body))
    if (isOfApic) return new AciError(code, `${what}: ${refusal.text}`, refusal)
    return new NotFromApic(code, `${what}: ${refusal.text}${advice(reply)}`, refusal)
  }

  /**
   * One call, whatever its HTTP status.
   * @throws AciError ACI_UNREACHABLE, ACI_TLS, ACI_TIMEOUT, ACI_PROTOCOL (answer too large) or ACI_CLOSED; an Unsent
   *   where the request surely did not reach the controller
   */
  async call(request: RestRequest): Promise<RestReply> {
    const { signal, isCall = false, mostBytes = MAX_ANSWER } = request
    if (this.closed || signal?.aborted === true) throw new Unsent('ACI_CLOSED', 'the connection is closed')
    const limit = Math.min(request.timeoutMs ?? Infinity, this.options.timeoutMs)
    const abort = new AbortController()
    const unlink = onAbort(signal, () => abort.abort())
    const timer = setTimeout(() => {
      abort.abort(LATE)
    }, limit)
    const agent = isCall ? this.calls : this.own
    const way = { isOpen: false }
    this.running.set(abort, () => !isCall || request.method === 'GET' || !way.isOpen)
    try {
      const reply = await this.client.request<string>({
        method: request.method,
        url: request.path,
        headers: this.withCookies({
          // Encodings that every Node.js can decode.
          'Accept-Encoding': 'gzip, deflate, br',
          ...(request.body === undefined ? {} : { 'Content-Type': 'application/json' }),
          ...request.headers
        }),
        data: request.body,
        maxContentLength: mostBytes,
        signal: abort.signal,
        httpAgent: agent,
        httpsAgent: agent,
        transport: this.watched(() => (way.isOpen = true))
      })
      this.keepCookies(reply.headers['set-cookie'])
      const location: unknown = reply.headers['location']
      return {
        status: reply.status,
        body: typeof reply.data === 'string' ? reply.data : '',
        ...(typeof location === 'string' ? { location } : {})
      }
    } catch (thrown) {
      const error = this.errorOf(thrown, mostBytes, abort.signal.reason === LATE ? limit : undefined)
      throw way.isOpen ? error : new Unsent(error.code, error.message, undefined, error.trouble)
    } finally {
      clearTimeout(timer)
      this.running.delete(abort)
      unlink()
    }
  }

  /** Aborts running calls; later calls fail with ACI_CLOSED. */
  close(): void {
    this.closed = true
    this.abort()
    this.own.destroy()
    this.calls.destroy()
  }

  /** Aborts running calls and stays usable, for the logout. */
  abort(): void {
    for (const abort of this.running.keys()) abort.abort()
  }

  /** Aborts the requests that may be repeated. Writes under way go on, for the outcome of an aborted one is unknown. */
  abortRepeatable(): void {
    for (const [abort, isRepeatable] of this.running) if (isRepeatable()) abort.abort()
  }

  /**
   * A transport for axios that reports when the first byte may leave. Before that (no name, no connection, a refused proxy or
   * certificate) nothing was sent; error codes alone do not show that.
   */
  private watched(opened: () => void): {
    request: (options: https.RequestOptions, answer: (reply: http.IncomingMessage) => void) => http.ClientRequest
  } {
    const isSecure = this.controller.startsWith('https:')
    return {
      request: (options, answer) => {
        const request = (isSecure ? https : http).request(options, answer)
        request.once('socket', (socket) => {
          if (this.established.has(socket) || (!isSecure && !socket.connecting)) {
            opened()
            return
          }
          socket.once(isSecure ? 'secureConnect' : 'connect', () => {
            this.established.add(socket)
            opened()
          })
        })
        return request
      }
    }
  }

  private errorOf(thrown: unknown, mostBytes: number, limit: number | undefined): AciError {
    if (limit !== undefined) {
      return new AciError('ACI_TIMEOUT', `${this.controller} did not answer within ${limit / 1000} s`)
    }
    if (axios.isAxiosError(thrown) && thrown.message.startsWith('maxContentLength')) {
      return new TooLarge(this.controller, mostBytes)
    }
    return transportError(thrown, this.controller)
  }
}

/** Advice for an answer that is not an APIC's. */
function advice({ status, location, body }: RestReply): string {
  if (status >= 300 && status < 400 && location !== undefined) {
    const target = URL.canParse(location) ? new URL(location).origin : location.split(/[?#]/)[0]
    return ` (it leads to ${target}): use the address of the APIC itself`
  }
  return status < 500 && /^\s*</.test(body) ? ', a web page: is this an APIC?' : ''
}
