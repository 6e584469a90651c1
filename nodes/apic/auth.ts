// Logging in to an APIC. A Login opens Sessions; a Session knows how to sign requests, to stay alive and to end.

import { createHash } from 'node:crypto'
import { AciError, toAciError } from './errors'
import type { Rest, RestReply, RestRequest } from './rest'
import { decodeRefusal, firstOf, type Attributes } from './wire'

/** What an APIC tells at login about itself and the session. */
export interface SessionFacts {
  /** Such as `5.2(7f)`; empty when not told. */
  readonly version: string
  /** Tells fabrics apart, see site.ts; empty when not told. */
  readonly site: string
  /** How long a token lives without a refresh, seconds; Infinity where it needs none. */
  readonly refreshTimeoutSeconds: number
  /** How long a session lives at most, seconds. */
  readonly maximumLifetimeSeconds: number
}

export interface SocketRequest {
  /** The token follows `/socket` raw, whatever characters it has. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
}

export interface Session {
  readonly facts: SessionFacts
  /** Headers that authorise this very request. */
  headers(request: Pick<RestRequest, 'method' | 'path' | 'body'>): Record<string, string>
  /** What opens the websocket. */
  socket(): SocketRequest
  /**
   * Gets a new token for the same session; socket and subscriptions stay.
   * @throws AciError ACI_QUERY when refused: then only a new login helps
   */
  refresh(): Promise<void>
  /** Ends the session on the APIC. Never fails: one that cannot be ended dies by itself. */
  logout(): Promise<void>
}

export interface Login {
  /** The account, for counting refusals. */
  readonly account: string
  /** What an APIC may call the account when it refuses it; who may only look is not shown these. */
  readonly names: readonly string[]
  /** Changes with the credentials and tells nothing of them. */
  readonly digest: string
  /** @throws AciError ACI_AUTH when refused; ACI_UNREACHABLE and its like when it could not be asked */
  open(rest: Rest): Promise<Session>
}

/** Time for a login, ms. */
export const LOGIN_LIMIT = 10_000
/** A reply to a logout is worth waiting this long, ms. */
const LOGOUT_LIMIT = 1_500

/** What an APIC uses unless told otherwise, for the fields a reply lacks. */
const DEFAULTS = { refreshTimeoutSeconds: 600, maximumLifetimeSeconds: 86_400 }

/** The number that an APIC gives as text, where it is one above 0. */
export function positive(text: string | undefined, fallback: number): number {
  const value = Number(text)
  return Number.isFinite(value) && value > 0 ? value : fallback
}

function factsOf(attributes: Attributes): SessionFacts {
  return {
    version: attributes['version'] ?? '',
    site: attributes['siteFingerprint'] ?? '',
    refreshTimeoutSeconds: positive(attributes['refreshTimeoutSeconds'], DEFAULTS.refreshTimeoutSeconds),
    maximumLifetimeSeconds: positive(attributes['maximumLifetimeSeconds'], DEFAULTS.maximumLifetimeSeconds)
  }
}

/** The user name that selects a login domain: `apic:DOMAIN\user` (as Cisco documents it). */
export function loginName(username: string, domain: string): string {
  return domain === '' ? username : `apic:${domain}\\${username}`
}

export interface PasswordCredentials {
  readonly username: string
  readonly password: string
  /** Login domain; empty for the APIC's default. */
  readonly domain: string
}

/** aaaLogin with name and password. */
export class PasswordLogin implements Login {
  readonly account: string
  readonly names: readonly string[]
  readonly digest: string

  constructor(private readonly credentials: PasswordCredentials) {
    this.account = loginName(credentials.username, credentials.domain)
    this.names = [credentials.username]
    this.digest = createHash('sha256').update(JSON.stringify(credentials)).digest('base64')
  }

  async open(rest: Rest): Promise<Session> {
    const name = this.account
    // JSON.stringify escapes what passwords and `apic:DOMAIN\user` are full of.
    const body = JSON.stringify({ aaaUser: { attributes: { name, pwd: this.credentials.password } } })
    const reply = await rest.call({ method: 'POST', path: '/api/aaaLogin.json', body, timeoutMs: LOGIN_LIMIT })
    if (reply.status !== 200) throw refused(rest.controller, reply)
    return new PasswordSession(rest, name, tokenOf(reply.body, 'aaaLogin'))
  }
}

/**
 * Why there is no session.
 * @param advice what to do about a login that is refused, as a sentence
 */
export function refused(controller: string, { status, body }: RestReply, advice = ''): AciError {
  const refusal = decodeRefusal(status, body)
  if (status === 401 || status === 403) {
    const text = `${controller} refuses the login: ${refusal.text}`
    return new AciError('ACI_AUTH', advice === '' ? text : `${text.replace(/\.$/, '')}. ${advice}`, refusal)
  }
  // 503 and its like come from a busy nginx or a booting APIC, 4xx from something that is no APIC at all.
  return new AciError('ACI_UNREACHABLE', `${controller} does not accept logins now: ${refusal.text}`, refusal)
}

/** @throws AciError ACI_PROTOCOL when the reply has no token in an element of that class */
export function tokenOf(body: string, className: string): { token: string; attributes: Attributes } {
  const attributes = firstOf(body, className)
  const token = attributes?.['token']
  if (attributes === undefined || token === undefined || token === '') {
    throw new AciError('ACI_PROTOCOL', 'the login reply has no token: is this an APIC?')
  }
  // The token becomes part of a header and of a path.
  if (!/^[\x21-\x7e]+$/.test(token)) throw new AciError('ACI_PROTOCOL', 'the login reply has an unreadable token')
  return { token, attributes }
}

class PasswordSession implements Session {
  readonly facts: SessionFacts
  private token: string

  constructor(
    private readonly rest: Rest,
    private readonly name: string,
    login: { token: string; attributes: Attributes }
  ) {
    this.facts = factsOf(login.attributes)
    this.token = login.token
  }

  headers(): Record<string, string> {
    // Exactly one cookie: with two of them an APIC hands out subscription ids that never see an event.
    return { Cookie: `APIC-cookie=${this.token}` }
  }

  socket(): SocketRequest {
    // The token in the path is enough.
    return { path: `/socket${this.token}`, headers: {} }
  }

  async refresh(): Promise<void> {
    const reply = await this.rest.call({ method: 'GET', path: '/api/aaaRefresh.json', headers: this.headers() })
    if (reply.status !== 200) {
      const refusal = decodeRefusal(reply.status, reply.body)
      throw new AciError('ACI_QUERY', `${this.rest.controller} refuses to refresh the token: ${refusal.text}`, refusal)
    }
    this.token = tokenOf(reply.body, 'aaaLogin').token
  }

  async logout(): Promise<void> {
    const body = JSON.stringify({ aaaUser: { attributes: { name: this.name } } })
    const headers = this.headers()
    const request = { method: 'POST', path: '/api/aaaLogout.json', body, headers, timeoutMs: LOGOUT_LIMIT } as const
    await this.rest.call(request).catch(toAciError)
  }
}
