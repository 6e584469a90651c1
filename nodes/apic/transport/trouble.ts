// The kinds of problems on the way to a controller that a user has to solve: certificates, TLS, proxies. Each kind has one
// text here; the locale catalogue has the same in English, and its translations.

import { AciError, type ErrorCode } from '../common/errors'

/** Names in double underscores are replaced; `details` is empty or begins with a blank. */
export const TROUBLES = {
  'self-signed':
    'the certificate of __controller__ is not trusted__details__: it is self-signed. Choose a TLS configuration that has it as its CA certificate, or enter its fingerprint, in the aci-apic node.',
  'unknown-authority':
    'the certificate of __controller__ is not trusted__details__. Choose a TLS configuration with your CA, or one that does not verify, in the aci-apic node.',
  'missing-issuer':
    'the certificate of __controller__ is not trusted__details__: the certificate of its issuer, __issuer__, is missing. Put the root certificate and all intermediate ones into the CA file of the TLS configuration.',
  expired: 'the certificate of __controller__ has expired__details__. Give the controller a new certificate.',
  'expired-issuer':
    'the certificate of __controller__ is not trusted__details__: the CA certificate __issuer__ has expired. Renew the CA certificate.',
  'not-yet-valid':
    'the certificate of __controller__ is not valid yet__details__. Check the clocks of the controller and of this machine.',
  'wrong-name':
    'the certificate of __controller__ is for another name__details__. Use a name it has, or a TLS configuration with that server name, in the aci-apic node.',
  'no-address':
    'the certificate of __controller__ is for no address__details__. Use a name it has, give the controller a new certificate, or enter its fingerprint in the aci-apic node.',
  'weak-key':
    'the certificate of __controller__ has a key that is too weak for this Node.js__details__. Give the controller a new certificate, or allow old TLS in the aci-apic node.',
  'weak-hash':
    'the certificate of __controller__ is signed with a hash that is too weak, such as SHA-1__details__. Give the controller a new certificate, or allow old TLS in the aci-apic node.',
  'wrong-purpose':
    'the certificate of __controller__ is not one for servers, or its issuer is no CA__details__. Give the controller a certificate for server authentication, issued by a CA.',
  unverified:
    'the certificate of __controller__ cannot be verified__details__: __reason__. Give the controller a new certificate, or enter its fingerprint in the aci-apic node.',
  'other-fingerprint':
    'the certificate of __controller__ has another fingerprint than is set: SHA-256 __sha256__. Nothing was sent. If the controller has a new certificate, enter its fingerprint in the aci-apic node.',
  'old-tls': '__controller__ speaks only TLS 1.1 or older. Allow old TLS in the aci-apic node.',
  'small-key-exchange':
    '__controller__ uses a Diffie-Hellman key that is too small (1024 bit). Allow old TLS in the aci-apic node.',
  'no-tls': '__controller__ does not speak TLS on that port. Use http:// or another port.',
  'client-certificate':
    '__controller__ asks for a client certificate. Choose a TLS configuration that has one, in the aci-apic node.',
  handshake: 'TLS with __controller__ fails: __reason__.',
  'tls-configuration':
    'the TLS configuration for __controller__ cannot be used: __reason__. Check that its certificate, key and passphrase belong together.',
  'proxy-unreachable':
    'the proxy __proxy__, which __variable__ names, cannot be reached__details__. __controller__ was not asked.',
  'proxy-untrusted':
    'the certificate of the proxy __proxy__, which __variable__ names, is not trusted__details__. Start Node-RED with its CA in NODE_EXTRA_CA_CERTS.',
  'proxy-refused': 'the proxy __proxy__, which __variable__ names, refuses the way to __controller____details__.',
  'proxy-password':
    'the proxy __proxy__ wants another user or password (HTTP 407) than __variable__ has. __controller__ was not asked.',
  'proxy-timeout': 'the proxy __proxy__, which __variable__ names, opens no way to __controller__ in time.',
  'proxy-protocol':
    'what __variable__ names, __proxy__, does not answer as a proxy does__details__. __controller__ was not asked.'
} as const

export type TroubleKind = keyof typeof TROUBLES

const CODES: Partial<Record<TroubleKind, ErrorCode>> = {
  'proxy-unreachable': 'ACI_UNREACHABLE',
  'proxy-refused': 'ACI_UNREACHABLE',
  'proxy-password': 'ACI_UNREACHABLE',
  'proxy-protocol': 'ACI_UNREACHABLE',
  'proxy-timeout': 'ACI_TIMEOUT'
}

/** The coded error of a kind: ACI_TLS, or ACI_UNREACHABLE or ACI_TIMEOUT for a proxy without a certificate problem. */
export function troubleError(kind: TroubleKind, values: Readonly<Record<string, string>>): AciError {
  const text = TROUBLES[kind].replace(/__([a-z]\w*?)__/g, (_, name: string) => values[name] ?? '')
  return new AciError(CODES[kind] ?? 'ACI_TLS', text, undefined, { kind, values })
}
