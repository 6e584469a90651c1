// Probes a controller's address: whether it can be reached, and which certificate it shows. Nothing is ever sent.

import type { X509Certificate } from 'node:crypto'
import http from 'node:http'
import https from 'node:https'
import { isIP, type Socket } from 'node:net'
import { TLSSocket, type DetailedPeerCertificate, type PeerCertificate } from 'node:tls'
import { onAbort } from '../common/abort'
import { AciError, toAciError } from '../common/errors'
import { tlsFailureOf } from './tls-failure'
import { agentFor, tlsError, transportError, whenConnected, type TlsOptions } from './transport'
import { troubleError, type TroubleKind } from './trouble'

/** Why a certificate is not trusted. */
export type Distrust = TroubleKind

/** A certificate as a person checks it. Its texts come from the peer and are cut short. */
export interface Certificate {
  /** `CN=apic1, O=Example` */
  readonly subject: string
  readonly issuer: string
  readonly isSelfSigned: boolean
  /** Its alternative names: `DNS:apic1.example.com`. */
  readonly names: readonly string[]
  /** `3F:9A:…` */
  readonly sha256: string
  /** Length of an RSA key. */
  readonly bits?: number
  /** ISO 8601, UTC; empty where it cannot be read. */
  readonly validFrom: string
  readonly validTo: string
}

export interface TlsProbe {
  /** Undefined without TLS. */
  readonly certificate: Certificate | undefined
  /** Why it is not trusted; undefined where it is. */
  readonly distrust: { readonly reason: Distrust; readonly error: AciError } | undefined
}

export interface TlsProbeOptions {
  readonly tls: TlsOptions
  /** Limit of the connection and of the handshake, each, ms. */
  readonly limitMs: number
  readonly signal?: AbortSignal
  /** Called when the connection stands (through a proxy, the tunnel), before the handshake. */
  readonly reached?: () => void
}

const LONGEST_TEXT = 300
const MOST_NAMES = 20

/**
 * Probes a controller by a {@link handshake}. Where Node.js has no code for the reason of distrust, a second, verified
 * handshake gives OpenSSL's words.
 * @throws AciError as {@link handshake}
 */
export async function probeTls(controller: string, options: TlsProbeOptions): Promise<TlsProbe> {
  const probe = await handshake(controller, options)
  const { certificate, distrust } = probe
  if (certificate === undefined || distrust?.reason !== 'unverified') return probe
  const again = { ...options, reached: () => undefined }
  const verdict = await handshake(controller, again, true).catch((thrown: unknown) => toAciError(thrown))
  if (!(verdict instanceof AciError) || verdict.trouble === undefined) return probe
  const details = ` (${describe(certificate)})`
  const values = { ...verdict.trouble.values, details: detailsOf(verdict.trouble.kind, certificate, details) }
  return { certificate, distrust: distrustOf(troubleError(verdict.trouble.kind as TroubleKind, values)) }
}

/**
 * Connects, shakes hands, reads the certificate and disconnects. Proxy and TLS configuration are those of every request,
 * but an untrusted certificate is read as well.
 * @param controller base URL
 * @throws AciError ACI_UNREACHABLE, ACI_TIMEOUT, ACI_TLS (no handshake), ACI_CLOSED when the signal is given
 */
function handshake(controller: string, options: TlsProbeOptions, verified = false): Promise<TlsProbe> {
  const { tls, limitMs, signal, reached = () => undefined } = options
  const isSecure = controller.startsWith('https:')
  return new Promise((resolve, reject) => {
    let agent: http.Agent
    let request: http.ClientRequest
    // Read untrusted certificates as well; `probeOf` compares the fingerprints.
    const { fingerprints = [], ...rest } = tls
    try {
      agent = agentFor(controller, verified ? rest : { ...rest, rejectUnauthorized: false }, { keepAlive: false })
      // A request that is never ended gets a connection and sends nothing over it.
      request = (isSecure ? https : http).request(controller, { agent })
    } catch (thrown) {
      // A client certificate that does not fit its key, for one.
      reject(transportError(thrown, controller))
      return
    }
    let unlink = (): void => undefined
    const settle = (outcome: () => void): void => {
      clearTimeout(timer)
      unlink()
      // Errors after the first outcome mean nothing.
      request.on('error', () => undefined)
      request.destroy()
      agent.destroy()
      outcome()
    }
    const fail = (error: AciError): void => {
      settle(() => reject(error))
    }
    const late = (): void =>
      fail(new AciError('ACI_TIMEOUT', `${controller} did not answer within ${limitMs / 1000} s`))
    let timer = setTimeout(late, limitMs)
    const connected = (socket: Socket): void => {
      clearTimeout(timer)
      reached()
      if (!(socket instanceof TLSSocket)) {
        settle(() => resolve({ certificate: undefined, distrust: undefined }))
        return
      }
      timer = setTimeout(late, limitMs)
      socket.once('secureConnect', () => {
        // The agent has checked it first; its objection comes as an error.
        if (socket.destroyed) return
        const probe = probeOf(socket, controller, fingerprints)
        settle(() => resolve(probe))
      })
    }
    let secure: TLSSocket | undefined
    request.once('error', (error) => {
      const failure = transportError(error, controller)
      // Before TLS 1.3 no alert says so, but only a server that has shown its own certificate asks for a client's.
      const shown = (secure?.getPeerCertificate() as { fingerprint256?: string } | undefined)?.fingerprint256
      const isAsking = failure.trouble?.kind === 'handshake' && shown !== undefined
      fail(isAsking ? troubleError('client-certificate', { controller }) : failure)
    })
    request.once('socket', (socket) => {
      if (socket instanceof TLSSocket) secure = socket
      whenConnected(socket, () => connected(socket))
    })
    unlink = onAbort(signal, () => fail(new AciError('ACI_CLOSED', 'the connection was closed')))
  })
}

function probeOf(socket: TLSSocket, controller: string, pins: readonly string[]): TlsProbe {
  // Before getPeerX509Certificate, which empties the chain.
  const chain = chainOf(socket)
  const shown = socket.getPeerX509Certificate()
  const certificate = shown === undefined ? undefined : certificateOf(shown)
  // Documented as an error; in fact it is the code of one.
  const problem: unknown = socket.authorizationError
  if (pins.length > 0) {
    const sha256 = certificate?.sha256 ?? ''
    if (pins.includes(sha256)) return { certificate, distrust: undefined }
    return { certificate, distrust: distrustOf(troubleError('other-fingerprint', { controller, sha256 })) }
  }
  if (socket.authorized) return { certificate, distrust: undefined }
  const error =
    problem instanceof Error ? problem : Object.assign(new Error(String(problem)), { code: String(problem) })
  const failure = tlsFailureOf(error) ?? { kind: 'unverified', reason: String(problem) }
  return { certificate, distrust: distrustOf(refined(tlsError(failure, controller), controller, certificate, chain)) }
}

function distrustOf(error: AciError): NonNullable<TlsProbe['distrust']> {
  return { reason: (error.trouble?.kind ?? 'unverified') as Distrust, error }
}

/** Certificates from the leaf up, as they were sent or are known here. */
interface Chain {
  /** The first above the leaf that has expired; empty where none has. */
  readonly expired: string
  /** The issuer of the last one, where that is not itself: it was neither sent nor is it known here. */
  readonly missing: string
}

const LONGEST_CHAIN = 10

function chainOf(socket: TLSSocket): Chain {
  let expired = ''
  let current = socket.getPeerCertificate(true) as Partial<DetailedPeerCertificate>
  for (let depth = 0; depth < LONGEST_CHAIN; depth += 1) {
    if (depth > 0 && Date.parse(current.valid_to ?? '') < Date.now()) expired ||= commonName(current.subject)
    const above = current.issuerCertificate as Partial<DetailedPeerCertificate> | undefined
    if (above === undefined || above.fingerprint256 === current.fingerprint256) break
    current = above
  }
  const isOwnIssuer = JSON.stringify(current.subject) === JSON.stringify(current.issuer)
  return { expired, missing: isOwnIssuer ? '' : commonName(current.issuer) }
}

function hostOf(controller: string): string {
  return new URL(controller).hostname.replace(/^\[|\]$/g, '')
}

function commonName(name: Partial<PeerCertificate['subject']> | undefined): string {
  return String(name?.CN ?? name?.O ?? '').slice(0, LONGEST_TEXT)
}

/** Refines OpenSSL's verdict with the chain. */
function refined(error: AciError, controller: string, certificate: Certificate | undefined, chain: Chain): AciError {
  const { kind, values = {} } = error.trouble ?? {}
  const details = certificate === undefined ? '' : ` (${describe(certificate)})`
  const as = (other: TroubleKind, more: Record<string, string> = {}): AciError =>
    troubleError(other, { ...values, controller, details, ...more })
  if (kind === 'expired' && Date.parse(certificate?.validTo ?? '') > Date.now()) {
    return as('expired-issuer', { issuer: chain.expired === '' ? (certificate?.issuer ?? '') : chain.expired })
  }
  if (kind === 'unknown-authority' && certificate?.isSelfSigned === true) return as('self-signed')
  // The issuer may be known by its name alone; where the configured CA is not in the chain, the issuer is missing.
  if (kind === 'unknown-authority' && chain.missing !== '' && isLinked(error))
    return as('missing-issuer', { issuer: chain.missing })
  if (kind === 'weak-key' && certificate !== undefined)
    return as(kind, { details: detailsOf(kind, certificate, details) })
  // A common name is good for host names alone.
  const hasNames = certificate !== undefined && certificate.names.length > 0
  if (kind === 'wrong-name' && isIP(hostOf(controller)) !== 0 && !hasNames) return as('no-address')
  return as((kind ?? 'unverified') as TroubleKind)
}

/** Whether OpenSSL looked for an issuer and found none, rather than found one that it does not trust. */
function isLinked({ trouble }: AciError): boolean {
  return (
    /first certificate|issuer/i.test(trouble?.values['reason'] ?? '') ||
    (trouble?.values['reason'] ?? '').startsWith('UNABLE_TO')
  )
}

function certificateOf(shown: X509Certificate): Certificate {
  const names = shown.subjectAltName?.split(', ') ?? []
  return {
    subject: nameOf(shown.subject),
    issuer: nameOf(shown.issuer),
    isSelfSigned: shown.subject === shown.issuer,
    names: names.slice(0, MOST_NAMES).map((name) => name.slice(0, LONGEST_TEXT)),
    sha256: shown.fingerprint256,
    ...bitsOf(shown),
    validFrom: isoOf(shown.validFrom),
    validTo: isoOf(shown.validTo)
  }
}

function bitsOf({ publicKey }: X509Certificate): { bits?: number } {
  const bits = publicKey.asymmetricKeyDetails?.modulusLength
  return bits === undefined ? {} : { bits }
}

function detailsOf(kind: string, { bits }: Certificate, details: string): string {
  return kind === 'weak-key' && bits !== undefined ? ` (${bits} bit)` : details
}

function isoOf(text: string): string {
  const time = Date.parse(text)
  return Number.isNaN(time) ? '' : new Date(time).toISOString()
}

/** A name on one line: OpenSSL gives a line for each part. */
function nameOf(text: string): string {
  return text.split('\n').join(', ').slice(0, LONGEST_TEXT)
}

function describe({ subject, issuer, isSelfSigned, sha256 }: Certificate): string {
  return `${isSelfSigned ? 'self-signed' : `issued by ${issuer}`}, ${subject}, SHA-256 ${sha256}`
}

/**
 * Completes a TLS error with the details that a user needs: subject, fingerprint, and the verdict of a probe.
 */
export async function withCertificate(
  error: AciError,
  controller: string,
  options: TlsProbeOptions
): Promise<AciError> {
  if (error.code !== 'ACI_TLS' || !controller.startsWith('https:')) return error
  // The first error is the one to report; the probe only explains it.
  const probe = await probeTls(controller, options).catch((thrown: unknown) => toAciError(thrown))
  if (probe instanceof AciError)
    return error.trouble?.kind === 'handshake' && probe.trouble !== undefined ? probe : error
  const { certificate, distrust } = probe
  if (distrust !== undefined && isSameKind(error, distrust.error)) return distrust.error
  if (certificate === undefined || error.trouble === undefined) return error
  const details = detailsOf(error.trouble.kind, certificate, ` (${describe(certificate)})`)
  return troubleError(error.trouble.kind as TroubleKind, { ...error.trouble.values, details })
}

/** Whether error and probe are of one kind: a probe allows more than the connection does. */
function isSameKind(one: AciError, other: AciError): boolean {
  const family = (kind = ''): string => FAMILIES[kind] ?? kind
  return family(one.trouble?.kind) === family(other.trouble?.kind)
}

const FAMILIES: Readonly<Record<string, string>> = {
  'self-signed': 'issuer',
  'unknown-authority': 'issuer',
  'missing-issuer': 'issuer',
  'wrong-name': 'name',
  'no-address': 'name',
  expired: 'expired',
  'expired-issuer': 'expired'
}
