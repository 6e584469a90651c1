// A connection through a proxy. Like a socket it exists at once and is `connecting` until the tunnel stands; `destroy` ends
// every step, so that agents, limits and aborts work as they do without a proxy.

import http from 'node:http'
import net, { isIP } from 'node:net'
import { Duplex } from 'node:stream'
import tls from 'node:tls'
import { SocksClient } from 'socks'
import { hostAndPort, type Proxy } from './proxy'

/** Why there is no tunnel. */
export type ProxyFailure = 'unreachable' | 'untrusted' | 'refused' | 'timeout' | 'protocol'

/** The proxy's own failure, which is not the controller's. */
export class ProxyError extends Error {
  constructor(
    readonly proxy: Proxy,
    readonly failure: ProxyFailure,
    /** HTTP status of a refusal; 0 where there is none. */
    readonly status = 0,
    /** A code, or the words of a SOCKS proxy; empty where there are none. */
    readonly reason = ''
  ) {
    super(`proxy ${proxy.name}: ${failure}`)
  }
}

export interface TunnelOptions {
  /** Limit of the whole way to the proxy and through it, ms. */
  readonly limitMs: number
  /** Trusted beside the usual CAs when the proxy itself speaks TLS. */
  readonly ca: tls.SecureContextOptions['ca']
}

type Done = (error?: Error | null) => void

export class Tunnel extends Duplex {
  connecting = true
  private readonly raw: net.Socket
  /** The connection to the proxy: the socket, or TLS over it. */
  private readonly line: net.Socket
  private readonly timer: NodeJS.Timeout
  /** The meaning of an error at the current step. */
  private stage: ProxyFailure = 'unreachable'
  private inner: net.Socket | undefined
  /** The write that waits for the tunnel. */
  private waiting: (() => void) | undefined

  constructor(
    private readonly proxy: Proxy,
    host: string,
    port: number,
    { limitMs, ca }: TunnelOptions
  ) {
    super({ allowHalfOpen: false })
    this.timer = setTimeout(() => this.fail('timeout'), limitMs)
    this.raw = net.connect({ host: proxy.host, port: proxy.port, noDelay: true, keepAlive: true })
    this.line = proxy.kind === 'https' ? this.secured(ca) : this.raw
    this.raw.once('connect', () => (this.stage = this.line === this.raw ? 'protocol' : 'untrusted'))
    this.raw.on('timeout', () => this.emit('timeout'))
    for (const socket of new Set([this.raw, this.line])) socket.on('error', (error) => this.early(error))
    this.line.once('close', () => {
      if (this.connecting) this.fail('protocol')
    })
    if (proxy.kind.startsWith('socks')) this.raw.once('connect', () => this.askSocks(host, port, limitMs))
    else this.askHttp(hostAndPort(host, port))
  }

  private secured(ca: TunnelOptions['ca']): tls.TLSSocket {
    const { host } = this.proxy
    const line = tls.connect({
      socket: this.raw,
      host,
      ALPNProtocols: ['http/1.1'],
      ...(isIP(host) === 0 ? { servername: host } : {}),
      // A `ca` replaces the usual ones, with what NODE_EXTRA_CA_CERTS adds to them.
      ...(ca === undefined ? {} : { ca: [...tls.rootCertificates, ...[ca].flat()] })
    })
    line.once('secureConnect', () => (this.stage = 'protocol'))
    return line
  }

  private askSocks(host: string, port: number, timeout: number): void {
    const { proxy, raw } = this
    const [userId, password] = [proxy.user, proxy.password].map((text) => (text === '' ? undefined : text))
    SocksClient.createConnection({
      command: 'connect',
      existing_socket: raw,
      timeout,
      destination: { host, port },
      proxy: {
        host: proxy.host,
        port: proxy.port,
        type: proxy.kind.startsWith('socks4') ? 4 : 5,
        ...(userId === undefined ? {} : { userId }),
        ...(password === undefined ? {} : { password })
      }
    }).then(
      ({ socket }) => this.open(socket),
      // The error itself carries the password.
      (thrown: unknown) => this.fail('refused', 0, thrown instanceof Error ? thrown.message : '')
    )
  }

  private askHttp(target: string): void {
    const { user, password } = this.proxy
    const credentials = Buffer.from(`${user}:${password}`).toString('base64')
    const request = http.request({
      method: 'CONNECT',
      path: target,
      createConnection: () => this.line,
      setHost: false,
      headers: {
        Host: target,
        ...(user === '' && password === '' ? {} : { 'Proxy-Authorization': `Basic ${credentials}` })
      }
    })
    request.once('connect', ({ statusCode = 0 }, _socket, head) => {
      if (statusCode < 200 || statusCode > 299) {
        this.fail('refused', statusCode)
        return
      }
      if (head.length > 0) this.line.unshift(head)
      this.open(this.line)
    })
    request.on('error', (error) => this.early(error))
    request.end()
  }

  /** An error before the tunnel stands. */
  private early(error: Error): void {
    if (!this.connecting) return
    const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
    this.fail(this.stage, 0, code)
  }

  private fail(failure: ProxyFailure, status?: number, reason?: string): void {
    this.destroy(new ProxyError(this.proxy, failure, status, reason))
  }

  private open(socket: net.Socket): void {
    if (this.destroyed) {
      socket.destroy()
      return
    }
    clearTimeout(this.timer)
    this.inner = socket
    this.connecting = false
    socket.on('error', (error) => this.destroy(error))
    socket.once('close', () => this.destroy())
    socket.on('data', (data: Buffer) => {
      if (!this.push(data)) socket.pause()
    })
    socket.once('end', () => this.push(null))
    this.emit('connect')
    this.waiting?.()
  }

  override _read(): void {
    this.inner?.resume()
  }

  override _write(data: Buffer, _encoding: BufferEncoding, done: Done): void {
    this.whenOpen((socket) => socket.write(data, done))
  }

  override _final(done: Done): void {
    this.whenOpen((socket) => socket.end(done))
  }

  override _destroy(error: Error | null, done: Done): void {
    clearTimeout(this.timer)
    this.connecting = false
    this.line.destroy()
    this.raw.destroy()
    done(error)
  }

  private whenOpen(use: (socket: net.Socket) => void): void {
    const { inner } = this
    if (inner === undefined) this.waiting = () => this.inner && use(this.inner)
    else use(inner)
  }

  // Methods of a socket that agents and requests use.

  get timeout(): number | undefined {
    return this.raw.timeout
  }

  setTimeout(ms: number, callback?: () => void): this {
    if (callback !== undefined) this.once('timeout', callback)
    this.raw.setTimeout(ms)
    return this
  }

  setNoDelay(noDelay?: boolean): this {
    this.raw.setNoDelay(noDelay)
    return this
  }

  setKeepAlive(isOn?: boolean, delayMs?: number): this {
    this.raw.setKeepAlive(isOn, delayMs)
    return this
  }

  ref(): this {
    this.raw.ref()
    return this
  }

  unref(): this {
    this.raw.unref()
    return this
  }
}
