// Who answers at a controller's address: whether anybody does, and which certificate is shown. Nothing is ever sent.

import type { X509Certificate } from 'node:crypto'
import http from 'node:http'
import https from 'node:https'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { AciError } from './errors'
import { agentFor, tlsError, transportError, type TlsOptions } from './transport'

/** Why a certificate is not trusted, for whoever has to decide what to do about it. */
export type Distrust = 'self-signed' | 'unknown-authority' | 'expired' | 'not-yet-valid' | 'wrong-name' | 'other'

/** A certificate as a person checks it. Its texts are the peer's, and cut short. */
export interface Certificate {
  /** `CN=apic1, O=Example` */
  readonly subject: string
  readonly issuer: string
  readonly isSelfSigned: boolean
  /** Names and addresses that it is for: `DNS:apic1.example.com`. */
  readonly names: readonly string[]
  /** `3F:9A:…` */
  readonly sha256: string
  /** ISO 8601, UTC; empty where it cannot be read. */
  readonly validFrom: string
  readonly validTo: string
}

export interface Greeting {
  /** What was shown; undefined where nothing is encrypted. */
  readonly certificate: Certificate | undefined
  /** What is wrong with it; undefined where it is trusted. */
  readonly distrust: { readonly reason: Distrust; readonly error: AciError } | undefined
}

export interface GreetOptions {
  readonly tls: TlsOptions
  /** For connection and handshake, each, ms. */
  readonly limitMs: number
  readonly signal?: AbortSignal
  /** Told when the connection stands (through a proxy, the tunnel), before anything is said over it. */
  readonly reached?: () => void
}

const LONGEST_TEXT = 300
const MOST_NAMES = 20

/**
 * Connects, shakes hands, looks at the certificate and hangs up. The way is that of every request: same proxy, same TLS
 * configuration; but who is not trusted is looked at as well.
 * @param controller base URL
 * @throws AciError ACI_UNREACHABLE, ACI_TIMEOUT, ACI_TLS (no handshake), ACI_CLOSED when the signal is given
 */
export function greet(controller: string, options: GreetOptions): Promise<Greeting> {
  const { tls, limitMs, signal, reached = () => undefined } = options
  const isSecure = controller.startsWith('https:')
  return new Promise((resolve, reject) => {
    const agent = agentFor(controller, { ...tls, rejectUnauthorized: false }, { keepAlive: false })
    let request: http.ClientRequest
    try {
      // One that is never ended gets a connection and sends nothing over it.
      request = (isSecure ? https : http).request(controller, { agent })
    } catch (thrown) {
      // A client certificate that does not fit its key, for one.
      reject(transportError(thrown, controller))
      return
    }
    const settle = (outcome: () => void): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
      // What comes after the first outcome tells nothing.
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
    const abort = (): void => fail(new AciError('ACI_CLOSED', 'the connection was closed'))
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
        const greeting = greetingOf(socket, controller)
        settle(() => resolve(greeting))
      })
    }
    signal?.addEventListener('abort', abort)
    request.once('error', (error) => fail(transportError(error, controller)))
    request.once('socket', (socket) => {
      if (socket.connecting) socket.once('connect', () => connected(socket))
      else connected(socket)
    })
    if (signal?.aborted === true) abort()
  })
}

function greetingOf(socket: TLSSocket, controller: string): Greeting {
  const shown = socket.getPeerX509Certificate()
  // Documented as an error; in fact it is the code of one.
  const problem: unknown = socket.authorizationError
  const code = socket.authorized ? undefined : String(problem)
  return {
    certificate: shown === undefined ? undefined : certificateOf(shown),
    distrust: code === undefined ? undefined : { reason: reasonOf(code), error: tlsError(code, controller) }
  }
}

function certificateOf(shown: X509Certificate): Certificate {
  const names = shown.subjectAltName?.split(', ') ?? []
  return {
    subject: nameOf(shown.subject),
    issuer: nameOf(shown.issuer),
    isSelfSigned: shown.subject === shown.issuer,
    names: names.slice(0, MOST_NAMES).map((name) => name.slice(0, LONGEST_TEXT)),
    sha256: shown.fingerprint256,
    validFrom: isoOf(shown.validFrom),
    validTo: isoOf(shown.validTo)
  }
}

function isoOf(text: string): string {
  const time = Date.parse(text)
  return Number.isNaN(time) ? '' : new Date(time).toISOString()
}

/** One line of what is one line for each part. */
function nameOf(text: string): string {
  return text.split('\n').join(', ').slice(0, LONGEST_TEXT)
}

function reasonOf(code: string): Distrust {
  switch (code) {
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
      return 'self-signed'
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'CERT_SIGNATURE_FAILURE': // by a CA of the same name with another key
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return 'unknown-authority'
    case 'CERT_HAS_EXPIRED':
      return 'expired'
    case 'CERT_NOT_YET_VALID':
      return 'not-yet-valid'
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
    case 'HOSTNAME_MISMATCH':
      return 'wrong-name'
    default:
      return 'other'
  }
}

function describe({ subject, issuer, isSelfSigned, sha256 }: Certificate): string {
  return `${isSelfSigned ? 'self-signed' : `issued by ${issuer}`}, ${subject}, SHA-256 ${sha256}`
}

/** The error of an untrusted certificate with what the user needs to decide: whose it is and its fingerprint. */
export async function withCertificate(error: AciError, controller: string, options: GreetOptions): Promise<AciError> {
  if (error.code !== 'ACI_TLS') return error
  // The first error is the one to tell; this look is only to explain it.
  const { certificate } = await greet(controller, options).catch((): Partial<Greeting> => ({}))
  if (certificate === undefined) return error
  return new AciError('ACI_TLS', error.message.replace(/(?=\. (?:Choose|Use|Check))/, ` (${describe(certificate)})`))
}
