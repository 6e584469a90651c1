// The way to a controller: TLS settings and proxies, the same for REST and socket.

import http from 'node:http'
import https from 'node:https'
import type { Duplex } from 'node:stream'
import tls, { TLSSocket } from 'node:tls'
import { AciError } from '../common/errors'
import { proxyFor, type Proxy } from './proxy'
import { tlsFailureOf } from './tls-failure'
import { troubleError } from './trouble'
import { ProxyError, Tunnel } from './tunnel'

/** What a core tls-config node contributes (CA, client certificate, whether to verify), and the connection's own choices. */
export type TlsOptions = Pick<
  tls.ConnectionOptions,
  'ca' | 'cert' | 'key' | 'passphrase' | 'pfx' | 'servername' | 'ALPNProtocols' | 'rejectUnauthorized'
> & {
  /** Allows what old controllers need: TLS 1.0 and 1.1, 1024-bit keys and Diffie-Hellman, SHA-1. */
  readonly legacy?: boolean
  /** SHA-256 of leaf certificates, `AA:BB:…`: who shows one of them is trusted, and nobody else. */
  readonly fingerprints?: readonly string[]
}

/** What a pool of connections may do. */
export type PoolOptions = Pick<http.AgentOptions, 'keepAlive' | 'maxSockets' | 'timeout'>

/** Time for a proxy to open the way, ms. */
const TUNNEL_LIMIT = 10_000
/** Keys shorter than this, bits, are not accepted from old controllers either. */
const LEAST_KEY = 1_024

/** Tunnels under TLS, which never says itself when its connection stands. */
const tunnels = new WeakMap<Duplex, Tunnel>()

/** Calls back when the connection stands (through a proxy, the tunnel), which may be at once. */
export function whenConnected(socket: Duplex & { readonly connecting?: boolean }, callback: () => void): void {
  const way = tunnels.get(socket) ?? socket
  if (way.connecting === true) way.once('connect', callback)
  else callback()
}

/**
 * An agent for the controller. Through a proxy both kinds tunnel, so TLS is end to end.
 * @throws AciError ACI_CONFIG where the environment names what is no proxy
 */
export function agentFor(controller: string, tlsOptions: TlsOptions, pool: PoolOptions): http.Agent | https.Agent {
  const proxy = proxyFor(controller)
  if (!controller.startsWith('https:')) return new PlainAgent(pool, proxy)
  return new SecureAgent(pool, tlsOptions, proxy)
}

class PlainAgent extends http.Agent {
  constructor(
    pool: PoolOptions,
    private readonly proxy: Proxy | undefined
  ) {
    super(pool)
  }

  override createConnection(options: http.ClientRequestArgs, callback?: (error: Error | null, stream: Duplex) => void) {
    if (this.proxy === undefined) return super.createConnection(options, callback)
    return tunnelTo(this.proxy, options, undefined)
  }
}

class SecureAgent extends https.Agent {
  private readonly pins: readonly string[]
  private readonly isLegacy: boolean

  constructor(
    pool: PoolOptions,
    private readonly tlsOptions: TlsOptions,
    private readonly proxy: Proxy | undefined
  ) {
    const { legacy = false, fingerprints = [], ...options } = tlsOptions
    super({
      ...pool,
      ...options,
      ...(legacy ? LEGACY : {}),
      // A chosen intermediate, or the leaf itself, is as good as the root above it.
      ...(options.ca === undefined ? {} : { allowPartialTrustChain: true }),
      // A resumed session shows no certificate that could be looked at.
      ...(fingerprints.length > 0 ? { rejectUnauthorized: false, maxCachedSessions: 0 } : {})
    })
    this.pins = fingerprints
    this.isLegacy = legacy
  }

  override createConnection(options: https.RequestOptions, callback?: (error: Error | null, stream: Duplex) => void) {
    const tunnel = this.proxy && tunnelTo(this.proxy, options, this.tlsOptions.ca)
    const socket = super.createConnection(
      tunnel === undefined ? options : ({ ...options, socket: tunnel } as never),
      callback
    )
    if (!(socket instanceof TLSSocket)) return socket
    if (tunnel !== undefined) tunnels.set(socket, tunnel)
    // Nothing of a request has left before this: TLS holds it back until its handshake is over.
    socket.once('secureConnect', () => {
      const error = this.objection(socket, options)
      if (error !== undefined) socket.destroy(error)
    })
    return socket
  }

  /** What is wrong with a certificate apart from what OpenSSL finds. */
  private objection(socket: TLSSocket, options: https.RequestOptions): AciError | undefined {
    const controller = `https://${options.host ?? ''}:${options.port ?? ''}`
    const shown = socket.getPeerCertificate() as Partial<tls.PeerCertificate> | null
    const { fingerprint256 = '', bits } = shown ?? {}
    if (this.pins.length > 0 && !this.pins.includes(fingerprint256)) {
      return troubleError('other-fingerprint', { controller, sha256: fingerprint256 })
    }
    // Keys on curves are short and strong.
    if (this.isLegacy && bits !== undefined && bits < LEAST_KEY && shown?.asn1Curve === undefined) {
      return troubleError('weak-key', { controller, details: ` (${bits} bit)` })
    }
    return undefined
  }
}

/** For one connection alone; the list of ciphers is Node.js's own, under a lower level of security. */
const LEGACY = { minVersion: 'TLSv1', ciphers: `${tls.DEFAULT_CIPHERS}:@SECLEVEL=0` } as const

function tunnelTo(proxy: Proxy, { host, port, timeout }: http.ClientRequestArgs, ca: TlsOptions['ca']): Tunnel {
  const tunnel = new Tunnel(proxy, host ?? '', Number(port), { limitMs: TUNNEL_LIMIT, ca })
  if (timeout !== undefined && timeout > 0) tunnel.setTimeout(timeout)
  return tunnel
}

/** The request surely did not reach the controller: no connection stood. */
export class Unsent extends AciError {}

function codeOf(thrown: unknown): string {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
  return typeof code === 'string' ? code : ''
}

/**
 * The coded error for a failed way to a controller. It uses only the code of the original, and for TLS the fixed words of
 * OpenSSL: text and properties of the original may carry a token or a password.
 * @param controller base URL
 */
export function transportError(thrown: unknown, controller: string): AciError {
  const original = originalOf(thrown)
  if (original instanceof AciError) return original
  if (original instanceof ProxyError) return proxyError(original, controller)
  const failure = original instanceof Error ? tlsFailureOf(original) : undefined
  if (failure !== undefined) return tlsError(failure, controller)
  const code = codeOf(original)
  if (code.startsWith('WS_ERR_')) {
    return new AciError('ACI_PROTOCOL', `${controller} sent a frame that cannot be read (${code})`)
  }
  switch (code) {
    case 'ECONNREFUSED':
      return new AciError('ACI_UNREACHABLE', `${controller} refuses connections`)
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new AciError('ACI_UNREACHABLE', `the name of ${controller} cannot be resolved`)
    case 'ETIMEDOUT':
    case 'ECONNABORTED':
    case 'ESOCKETTIMEDOUT':
      return new AciError('ACI_TIMEOUT', `${controller} does not answer`)
    case 'ERR_CANCELED':
      return new AciError('ACI_CLOSED', 'the connection was closed')
    default:
      return new AciError('ACI_UNREACHABLE', `${controller} cannot be reached${code === '' ? '' : ` (${code})`}`)
  }
}

/** Unwraps errors of axios. */
function originalOf(thrown: unknown): unknown {
  const inner = thrown instanceof Error ? thrown.cause : undefined
  return inner instanceof Error && !(thrown instanceof AciError) ? inner : thrown
}

/** The error of a certificate or a handshake, with advice. */
export function tlsError({ kind, reason }: NonNullable<ReturnType<typeof tlsFailureOf>>, controller: string): AciError {
  return troubleError(kind, { controller, reason, details: '' })
}

function proxyError({ proxy, failure, status, reason }: ProxyError, controller: string): AciError {
  const values = { controller, proxy: proxy.name, variable: proxy.variable }
  if (status === 407) return troubleError('proxy-password', values)
  const shown = status > 0 ? `HTTP ${status}` : reason
  return troubleError(`proxy-${failure}`, { ...values, details: shown === '' ? '' : ` (${shown})` })
}
