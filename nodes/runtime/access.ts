// Reads login, trust and limits of a connection from settings, deployed ones or those under test.

import type { Node, NodeAPI } from 'node-red'
import { AciError, CertificateLogin, LoginGuard, PasswordLogin, RANGES, type Login, type TlsOptions } from '../apic'
import * as settings from './settings'
import type { Raw } from './settings'

/** Counts refused logins for the whole process: over redeploys, and of connection tests as well. */
export const guard = new LoginGuard()

interface TlsConfigNode extends Node {
  readonly valid?: boolean
  addTLSOptions(options: TlsOptions): TlsOptions
}

/** @throws AciError ACI_CONFIG */
export function loginOf(definition: Raw, credentials: Raw): Login {
  const auth = authOf(definition)
  const domain = settings.text(definition, 'domain')
  const username = settings.text(credentials, 'username')
  if (auth === 'certificate') {
    const certificateName = settings.text(credentials, 'certificateName')
    if (certificateName === '') throw settings.missing('certificate name')
    const privateKey = settings.secret(credentials, 'privateKey')
    if (privateKey.trim() === '') throw settings.missing('private key')
    const passphrase = settings.secret(credentials, 'passphrase')
    return new CertificateLogin({ username, certificateName, privateKey, passphrase })
  }
  if (username === '') throw settings.missing('user name')
  const password = settings.secret(credentials, 'password')
  if (password === '') throw settings.missing('password')
  return new PasswordLogin({ ...accountOf(username, domain), password })
}

/** A user name that has its login domain in it, as an APIC's own tools write it: `apic:DOMAIN\\user`. */
const WITH_DOMAIN = /^apic[:#]([^\\]+)\\+(.+)$/

/** @throws AciError ACI_CONFIG where the user name and the setting name two domains */
function accountOf(username: string, domain: string): { username: string; domain: string } {
  const [, named, user] = WITH_DOMAIN.exec(username) ?? []
  if (named === undefined || user === undefined || domain === '') return { username, domain }
  if (named === domain) return { username: user, domain }
  throw new AciError('ACI_CONFIG', `domain: the user name is of the login domain ${named}, and ${domain} is set`)
}

/** @throws AciError ACI_CONFIG */
export function authOf(definition: Raw): 'password' | 'certificate' {
  return settings.choice(definition, 'auth', ['password', 'certificate'])
}

/**
 * The TLS options of the node that `tls` names, and those of this connection alone.
 * @throws AciError ACI_CONFIG when that node cannot be used
 */
export function tlsOf(RED: NodeAPI, definition: Raw): TlsOptions {
  const legacy = settings.flag(definition, 'legacyTls', false)
  const fingerprints = fingerprintsOf(definition)
  return {
    ...configuredTls(RED, definition),
    ...(legacy ? { legacy } : {}),
    ...(fingerprints.length > 0 ? { fingerprints } : {})
  }
}

/**
 * SHA-256 fingerprints of certificates, with or without colons, in capitals or not.
 * @throws AciError ACI_CONFIG
 */
export function fingerprintsOf(definition: Raw): string[] {
  return settings.list(definition, 'fingerprint').map((text) => {
    const digits = text
      .replace(/^sha-?256[:=]/i, '')
      .replaceAll(':', '')
      .toUpperCase()
    const bytes = /^[0-9A-F]{64}$/.test(digits) ? digits.match(/../g) : null
    if (bytes === null)
      throw new AciError('ACI_CONFIG', 'fingerprint: SHA-256 of a certificate is expected: 32 bytes in hexadecimal')
    return bytes.join(':')
  })
}

function configuredTls(RED: NodeAPI, definition: Raw): TlsOptions {
  const id = settings.text(definition, 'tls')
  if (id === '') return {}
  const node = RED.nodes.getNode(id) as TlsConfigNode | null
  if (typeof node?.addTLSOptions !== 'function' || node.valid === false) {
    throw new AciError('ACI_CONFIG', 'tls: the TLS configuration is missing or its files cannot be read')
  }
  return node.addTLSOptions({})
}

/** Limit of one request, ms. @throws AciError ACI_CONFIG */
export function requestTimeoutOf(definition: Raw): number {
  return settings.number(definition, 'requestTimeout', RANGES.requestTimeout) * 1000
}
