// Authenticates by a user's certificate: there is no password and no login, each request is signed.

import { constants, createHash, sign, type KeyObject } from 'node:crypto'
import { accepted, lifetimeOf, LOGIN_LIMIT, tokenOf } from './auth'
import type { Lifetime, Login, Session, SessionFacts, SocketRequest } from './auth'
import { AciError } from '../common/errors'
import { privateKeyOf } from './private-key'
import { pathOf } from '../protocol/query'
import type { Rest, RestRequest } from '../transport/rest'
import { siteOfSerials } from './site'
import { decodeAnswer, type Attributes } from '../protocol/wire'

export interface CertificateCredentials {
  /** The user whose certificate it is; not needed where the certificate is given by its DN. */
  readonly username: string
  /** The certificate's DN, or its name alone. */
  readonly certificateName: string
  /** PEM. */
  readonly privateKey: string
  /** Of the private key; empty where the key is not encrypted. */
  readonly passphrase: string
}

/** DN of a certificate; `appuser` for users of the App Center. */
const CERTIFICATE_DN = /^uni\/userext\/(user|appuser)-([^/]+)\/usercert-([^/]+)$/

/** Time to read the facts, ms: they are optional, so it is short. */
const FACTS_LIMIT = 5_000
/**
 * Longest life of a session, hours. An APIC can be set to 4 to 24 h; where that cannot be read, assume the shortest: to renew
 * too often costs little, and an expired session is a gap.
 */
const HOURS: Lifetime = { usual: 4, least: 1 / 3_600, most: 500 }

/** Characters of a cookie value (RFC 6265): the DN becomes part of one, unescaped. */
const FIT_FOR_COOKIES = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+$/

function config(message: string): AciError {
  return new AciError('ACI_CONFIG', message)
}

/**
 * The certificate's DN. No error repeats the input: not everyone who sees the error may know the account.
 * @throws AciError ACI_CONFIG
 */
function dnOf({ username, certificateName }: CertificateCredentials): string {
  const isWhole = certificateName.includes('/')
  if (!isWhole && username === '') {
    throw config('username: the name of a certificate needs that of its user, or else enter the DN of the certificate')
  }
  const dn = isWhole ? certificateName : `uni/userext/user-${username}/usercert-${certificateName}`
  if (!CERTIFICATE_DN.test(dn) || !FIT_FOR_COOKIES.test(dn)) {
    throw config(
      isWhole
        ? 'certificateName: this is not the DN of a certificate, which is uni/userext/user-USER/usercert-NAME'
        : 'certificateName, username: no user or certificate of an APIC is called so'
    )
  }
  return dn
}

/**
 * The text that is signed: method, path with query, and body. An APIC verifies the decoded path, so escaping on the way makes
 * no difference.
 */
function signedText({ method, path, body = '' }: Pick<RestRequest, 'method' | 'path' | 'body'>): string {
  return method + decoded(path) + body
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    // A percent sign that escapes nothing is literal.
    return path
  }
}

/** Signs requests for one certificate: RSA PKCS#1 v1.5 over SHA-256, as Cisco's Ansible and Terraform modules do. */
class Signer {
  constructor(
    private readonly dn: string,
    private readonly key: KeyObject
  ) {}

  /** The one cookie header of a request. @param token of the websocket, if there is one */
  headers(request: Pick<RestRequest, 'method' | 'path' | 'body'>, token?: string): Record<string, string> {
    const text = Buffer.from(signedText(request))
    const signature = sign('sha256', text, { key: this.key, padding: constants.RSA_PKCS1_PADDING })
    const cookies = [
      `APIC-Request-Signature=${signature.toString('base64')}`,
      'APIC-Certificate-Algorithm=v1.0',
      // This very word: no APIC wants the fingerprint itself.
      'APIC-Certificate-Fingerprint=fingerprint',
      `APIC-Certificate-DN=${this.dn}`
    ]
    if (token !== undefined) cookies.push(`APIC-WebSocket-Session=${token}`)
    return { Cookie: cookies.join('; ') }
  }
}

/**
 * A session whose requests are all signed. Cisco documents the signature for requests alone; that a signed
 * webtokenSession gives a token for the websocket, and that this token goes with all later requests, is how Cisco's
 * plug-in for Kubernetes (aci-containers) uses it.
 */
export class CertificateLogin implements Login {
  readonly account: string
  readonly names: readonly string[]
  readonly digest: string
  private readonly dn: string
  private readonly signer: Signer

  /** @throws AciError ACI_CONFIG when the certificate is not named rightly, or the key is none */
  constructor(credentials: CertificateCredentials) {
    const { privateKey, passphrase } = credentials
    this.dn = dnOf(credentials)
    const [, kind = '', user = ''] = CERTIFICATE_DN.exec(this.dn) ?? []
    this.account = kind === 'user' ? user : `${kind}-${user}`
    this.names = [this.dn, `${kind}-${user}`, user]
    const key = privateKeyOf(privateKey, passphrase)
    this.signer = new Signer(this.dn, key)
    const secret = key.export({ type: 'pkcs8', format: 'der' })
    this.digest = createHash('sha256').update(this.dn).update(secret).digest('base64')
  }

  async open(rest: Rest): Promise<Session> {
    const request = { method: 'GET', path: '/api/webtokenSession.json' } as const
    const headers = this.signer.headers(request)
    const reply = await rest.call({ ...request, headers, timeoutMs: LOGIN_LIMIT })
    const advice = `Check that the private key belongs to the certificate, and that the APIC has it as ${this.dn}`
    const { token } = tokenOf(accepted(rest, reply, advice), 'webtokenSession')
    rest.secrets.addToken(token)
    return new CertificateSession(this.signer, token, await this.facts(rest))
  }

  /**
   * Reads the facts that the reply to a password login has. A user may have few rights, and a controller may be slow: facts
   * that cannot be read get safe defaults.
   */
  private async facts(rest: Rest): Promise<SessionFacts> {
    const read = async (className: string, filter = ''): Promise<readonly Attributes[]> => {
      const path = pathOf({ target: 'class', of: className, scope: 'self', subtreeClasses: [], filter })
      const request = { method: 'GET', path } as const
      try {
        const reply = await rest.call({ ...request, headers: this.signer.headers(request), timeoutMs: FACTS_LIMIT })
        return reply.status === 200 ? decodeAnswer(reply.body).objects.map(({ attributes }) => attributes) : []
      } catch {
        return []
      }
    }
    const [webTokens, firmware, systems] = await Promise.all([
      read('pkiWebTokenData'),
      read('firmwareCtrlrRunning'),
      read('topSystem', 'eq(topSystem.role,"controller")')
    ])
    const oddities: string[] = []
    const hours = lifetimeOf(webTokens[0] ?? {}, 'maximumValidityPeriod', HOURS, oddities)
    return {
      version: oldest(firmware.map((running) => running['version'] ?? '')),
      site: siteOfSerials(systems.map((system) => system['serial'] ?? '')),
      // There is no token to refresh; only the whole session expires.
      refreshTimeoutSeconds: Infinity,
      maximumLifetimeSeconds: hours * 3_600,
      oddities
    }
  }
}

/** The oldest version in a cluster that is being upgraded; empty when none is known. */
function oldest(versions: readonly string[]): string {
  const byNumber = new Intl.Collator('en', { numeric: true })
  return versions.filter((version) => version !== '').sort((one, other) => byNumber.compare(one, other))[0] ?? ''
}

class CertificateSession implements Session {
  constructor(
    private readonly signer: Signer,
    private readonly token: string,
    readonly facts: SessionFacts
  ) {}

  headers(request: Pick<RestRequest, 'method' | 'path' | 'body'>): Record<string, string> {
    return this.signer.headers(request, this.token)
  }

  socket(): SocketRequest {
    const path = `/socket${this.token}`
    return { path, headers: this.headers({ method: 'GET', path }) }
  }

  /** Does nothing: there is no token to refresh. */
  refresh(): Promise<void> {
    return Promise.resolve()
  }

  /** Does nothing: there was no login, and the APIC lets the token expire. */
  logout(): Promise<void> {
    return Promise.resolve()
  }
}
