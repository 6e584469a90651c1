// REST calls to one controller. The only place that knows axios: none of its errors leaves here, for they carry
// passwords and cookies.

import axios, { type AxiosInstance } from 'axios'
import type http from 'node:http'
import { AciError } from './errors'
import { agentFor, transportError, type TlsOptions } from './transport'

/** An answer larger than this is not read on: a page of 5,000 objects is a tenth of it. */
const MAX_ANSWER = 64 * 1024 * 1024

/** Why a call was aborted: it took too long. */
const LATE = Symbol('late')

export interface RestRequest {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Path with query, starting with `/api/`. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** A shorter limit than the usual one, ms. */
  readonly timeoutMs?: number
}

export interface RestReply {
  readonly status: number
  readonly body: string
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
  private readonly agent: http.Agent
  private readonly client: AxiosInstance
  private readonly running = new Set<AbortController>()
  private closed = false

  constructor(private readonly options: RestOptions) {
    this.controller = options.controller
    this.agent = agentFor(options.controller, options.tls, true)
    this.client = axios.create({
      baseURL: options.controller,
      httpAgent: this.agent,
      httpsAgent: this.agent,
      // The agent knows the way; axios's own proxy handling would hold for REST only. Redirects are never followed: the
      // cookie belongs to this controller alone.
      proxy: false,
      maxRedirects: 0,
      maxContentLength: MAX_ANSWER,
      responseType: 'text',
      // A body goes out as it is: it may have been signed.
      transformRequest: (body: unknown) => body,
      transformResponse: (body: unknown) => body,
      validateStatus: () => true
    })
  }

  /**
   * One call, whatever its HTTP status.
   * @throws AciError ACI_UNREACHABLE, ACI_TLS, ACI_TIMEOUT, ACI_PROTOCOL (answer too large) or ACI_CLOSED
   */
  async call(request: RestRequest): Promise<RestReply> {
    if (this.closed) throw new AciError('ACI_CLOSED', 'the connection is closed')
    const limit = Math.min(request.timeoutMs ?? Infinity, this.options.timeoutMs)
    const abort = new AbortController()
    const timer = setTimeout(() => {
      abort.abort(LATE)
    }, limit)
    this.running.add(abort)
    try {
      const reply = await this.client.request<string>({
        method: request.method,
        url: request.path,
        headers: { ...(request.body === undefined ? {} : { 'Content-Type': 'application/json' }), ...request.headers },
        data: request.body,
        signal: abort.signal
      })
      return { status: reply.status, body: typeof reply.data === 'string' ? reply.data : '' }
    } catch (thrown) {
      if (abort.signal.reason === LATE)
        throw new AciError('ACI_TIMEOUT', `${this.controller} did not answer within ${limit / 1000} s`)
      if (axios.isAxiosError(thrown) && thrown.message.startsWith('maxContentLength')) {
        throw new AciError('ACI_PROTOCOL', `an answer of ${this.controller} is larger than ${MAX_ANSWER} bytes`)
      }
      throw transportError(thrown, this.controller)
    } finally {
      clearTimeout(timer)
      this.running.delete(abort)
    }
  }

  /** Aborts what is running; calls made from now on fail with ACI_CLOSED. */
  close(): void {
    this.closed = true
    this.abort()
    this.agent.destroy()
  }

  /** Aborts what is running and stays usable, for the logout. */
  abort(): void {
    for (const abort of this.running) abort.abort()
  }
}
