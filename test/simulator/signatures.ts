// Requests signed with a user's certificate instead of a login.
import { createVerify, X509Certificate } from 'node:crypto'
import { cookieValues } from './cookies'
import { Refusal } from './errors'
import type { Tree } from './tree'

export interface Signed {
  readonly method: string
  /** Path and query as sent. */
  readonly url: string
  readonly body: string
}

/** Of a user, or of an app of the App Center. */
const CERTIFICATE = /^uni\/userext\/((?:app)?user)-([^/]+)\/usercert-[^/]+$/

/**
 * The user whose certificate signed a request; undefined when it bears no signature.
 * The signed text is method, path with query (decoded, so that escaping does not matter), and body.
 * @throws Refusal 403 when the signature does not hold
 */
export const signer = (
  cookies: readonly [string, string][],
  { method, url, body }: Signed,
  tree: Tree
): string | undefined => {
  const one = (name: string): string => {
    const values = cookieValues(cookies, name)
    if (values.length > 1) throw refused(`more than one ${name}`)
    return values[0] ?? ''
  }
  const signature = one('APIC-Request-Signature')
  if (signature === '') return undefined
  const dn = one('APIC-Certificate-DN')
  if (one('APIC-Certificate-Algorithm') !== 'v1.0') throw refused('the certificate algorithm must be v1.0')
  if (one('APIC-Certificate-Fingerprint') !== 'fingerprint') throw refused('the certificate fingerprint is not valid')
  const [, kind, user] = CERTIFICATE.exec(dn) ?? []
  const data = tree.get(dn)?.attributes['data']
  if (user === undefined || !data) throw refused(`certificate ${dn} not found`)
  if (!verifies(data, `${method}${decoded(url)}${body}`, signature)) throw refused('bad signature')
  return kind === 'user' ? user : `${kind}-${user}`
}

const verifies = (certificate: string, text: string, signature: string): boolean => {
  try {
    const key = new X509Certificate(certificate).publicKey
    return key.asymmetricKeyType === 'rsa' && createVerify('RSA-SHA256').update(text).verify(key, signature, 'base64')
  } catch {
    // A certificate that cannot be read verifies nothing.
    return false
  }
}

const decoded = (url: string): string => {
  try {
    return decodeURIComponent(url)
  } catch {
    return url
  }
}

/** `bad signature` is seen on live APICs; the rest is the simulator's own. */
const refused = (why: string): Refusal => new Refusal(403, '403', why)
