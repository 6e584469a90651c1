// Classifies the errors of TLS connections. There is no list of certificate codes here: OpenSSL has many, and Node.js gives
// several of them one code, so the kind of error shows what failed, and its words show why.

import type { TroubleKind } from './trouble'

/** An error of `node:tls`, classified. */
export interface TlsFailure {
  readonly kind: TroubleKind
  /** OpenSSL's own words; fixed texts, with nothing of ours in them. */
  readonly reason: string
}

const VERIFICATION: readonly (readonly [RegExp, TroubleKind])[] = [
  [/key too weak/i, 'weak-key'],
  [/digest algorithm too weak/i, 'weak-hash'],
  [/expired/i, 'expired'],
  [/not yet valid/i, 'not-yet-valid'],
  [/purpose|certificate signing/i, 'wrong-purpose'],
  [/^(?:depth zero )?self.signed cert(?:ificate)?(?:;|$)/i, 'self-signed'],
  [/self.signed cert(?:ificate)? in|issuer|first certificate|leaf signature|signature failure/i, 'unknown-authority']
]

const HANDSHAKE: readonly (readonly [RegExp, TroubleKind])[] = [
  [/alert protocol version|unsupported protocol|version too low|legacy sigalg|legacy renegotiation/i, 'old-tls'],
  [/dh key too small/i, 'small-key-exchange'],
  [/wrong version number|http request/i, 'no-tls'],
  [/certificate required/i, 'client-certificate']
]

/** Codes of OpenSSL's objections to our own certificate and key. */
const CONFIGURATION = /^ERR_OSSL_|^ERR_SSL_(EE_KEY_TOO_SMALL|CA_MD_TOO_WEAK|NO_CIPHER_MATCH)$/

/** Prefixes of errors of Node.js and the system; all other codes are verdicts on certificates. */
const NO_VERDICT = /^(E[A-Z]+$|ERR_|WS_ERR_|HPE_)/

/** OpenSSL's words where they are only in the text: `…:SSL routines:function:reason:…`. */
const REASON = /SSL routines:[^:]*:([^:]+):/

/** @returns undefined where it is no failure of TLS */
export function tlsFailureOf(error: Error): TlsFailure | undefined {
  const { code, reason, library, syscall } = error as Error &
    Partial<Record<'code' | 'reason' | 'library' | 'syscall', unknown>>
  if (typeof code !== 'string') return undefined
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID' || code === 'HOSTNAME_MISMATCH') return { kind: 'wrong-name', reason: '' }
  if (CONFIGURATION.test(code)) return { kind: 'tls-configuration', reason: code }
  const words = typeof reason === 'string' ? reason : (REASON.exec(error.message)?.[1] ?? '')
  if (
    library === 'SSL routines' ||
    error.message.includes('SSL routines') ||
    code === 'EPROTO' ||
    code.startsWith('ERR_SSL_')
  ) {
    return { kind: firstOf(HANDSHAKE, words) ?? 'handshake', reason: words === '' ? code : words }
  }
  if (NO_VERDICT.test(code) || syscall !== undefined) return undefined
  // Where nothing is known but the code, it has the words. Node.js 24 adds advice that is of no use where a CA is set.
  const [text = ''] = (error.message === code ? code.replaceAll('_', ' ').toLowerCase() : error.message).split(';')
  return { kind: firstOf(VERIFICATION, text) ?? 'unverified', reason: text }
}

function firstOf(patterns: readonly (readonly [RegExp, TroubleKind])[], text: string): TroubleKind | undefined {
  return patterns.find(([pattern]) => pattern.test(text))?.[1]
}
