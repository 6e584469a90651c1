// Web tokens: JWT-like since release 5.2, before that opaque base64 in which `/`, `+` and `=` are common.
import type { Random } from './random'
import { bytes } from './random'

export type TokenStyle = 'jwt' | 'base64'

export interface TokenSubject {
  readonly userName: string
  readonly sessionId: string
  /** Epoch seconds. */
  readonly issued: number
  readonly expires: number
}

export const makeToken = (style: TokenStyle, subject: TokenSubject, random: Random): string =>
  style === 'jwt' ? jwt(subject, random) : opaque(random)

const jwt = (subject: TokenSubject, random: Random): string => {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const header = { alg: 'RS256', kid: bytes(random, 16).toString('hex'), typ: 'jwt' }
  const payload = {
    rbac: [{ domain: 'all', rolesR: 0, rolesW: 1 }],
    iss: 'ACI APIC',
    username: subject.userName,
    userid: 15374,
    userflags: 0,
    iat: subject.issued,
    exp: subject.expires,
    sessionid: subject.sessionId
  }
  return `${part(header)}.${part(payload)}.${bytes(random, 256).toString('base64url')}`
}

/** Every one has all three of the characters that a careless client escapes. */
const opaque = (random: Random): string => {
  const text = bytes(random, 92).toString('base64')
  return `${text.slice(0, 40)}/+${text.slice(42)}`
}
