// Logging in to an APIC. A Login opens Sessions; a Session knows how to sign requests, to stay alive and to end.

import { createHash } from 'node:crypto'
import { AciError, toAciError } from '../common/errors'
import type { Rest, RestReply, RestRequest } from '../transport/rest'
import { firstOf, type Attributes } from '../protocol/wire'

/** The facts about APIC and session in the reply to a login. */
export interface SessionFacts {
  /** Such as `5.2(7f)`; empty when unknown. */
  readonly version: string
  /** Identity of the fabric, see site.ts; empty when unknown. */
  readonly site: string
  /** How long a token lives without a refresh, seconds; Infinity where it needs none. */
  readonly refreshTimeoutSeconds: number
  /** How long a session lives at most, seconds. */
  readonly maximumLifetimeSeconds: number
  /** Impossible values that were replaced, in words. */
  readonly oddities: readonly string[]
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
  /** The request that opens the websocket. */
  socket(): SocketRequest
  /**
   * Gets a new token for the same session; socket and subscriptions stay.
   * @throws AciError ACI_QUERY when refused: only a new login helps then
   */
  refresh(): Promise<void>
  /** Ends the session on the APIC. Never fails: one that cannot be ended dies by itself. */
  logout(): Promise<void>
}

export interface Login {
  /** The account, for counting refusals. */
  readonly account: string
  /** Names of the account in an APIC's refusals; hidden from users who may only read. */
  readonly names: readonly string[]
  /** A digest of the credentials. */
  readonly digest: string
  /** @throws AciError ACI_AUTH when refused; ACI_UNREACHABLE and others when the controller could not be asked */
  open(rest: Rest): Promise<Session>
}

/** Time for a login, ms. */
export const LOGIN_LIMIT = 10_000
/** Time for the reply to a logout, ms. */
const LOGOUT_LIMIT = 1_500

/** The limits of a lifetime in an APIC's reply. */
export interface Lifetime {
  /** An APIC's default. */
  readonly usual: number
  readonly least: number
  readonly most: number
}

/**
 * The least keeps refreshes and logins within the rate that an APIC allows (2 per second); the most within what a timer
 * takes. An APIC itself knows 300 to 9,600 s for the one, 4 to 24 h for the other.
 */
const LIFETIMES = {
  refreshTimeoutSeconds: { usual: 600, least: 1, most: 86_400 },
  maximumLifetimeSeconds: { usual: 86_400, least: 1, most: 2_000_000 }
} as const satisfies Record<string, Lifetime>

/** Longest value in a log. */
const LONGEST_VALUE = 20

/**
 * A lifetime from an APIC's reply, where it is possible; else the usual one.
 * @param oddities gets the impossible value, in words
 */
export function lifetimeOf(attributes: Attributes, name: string, limits: Lifetime, oddities: string[]): number {
  const { usual, least, most } = limits
  const text = attributes[name]
  if (text === undefined) return usual
  const value = text.trim() === '' ? NaN : Number(text)
  if (value >= least && value <= most) return value
  oddities.push(`${name} is "${text.slice(0, LONGEST_VALUE)}", which is impossible: ${usual} is taken`)
  return usual
}

function factsOf(attributes: Attributes): SessionFacts {
  const oddities: string[] = []
  const lifetime = (name: keyof typeof LIFETIMES): number => lifetimeOf(attributes, name, LIFETIMES[name], oddities)
  return {
    version: attributes['version'] ?? '',
    site: attributes['siteFingerprint'] ?? '',
    refreshTimeoutSeconds: lifetime('refreshTimeoutSeconds'),
    maximumLifetimeSeconds: lifetime('maximumLifetimeSeconds'),
    oddities
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
    rest.secrets.addPassword(this.credentials.password)
    const reply = await rest.call({ method: 'POST', path: '/api/aaaLogin.json', body, timeoutMs: LOGIN_LIMIT })
    return new PasswordSession(rest, name, tokenOf(accepted(rest, reply), 'aaaLogin'))
  }
}

/**
 * The body of a reply to a login that was accepted.
 * @param advice for a refused login, as a sentence
 * @throws AciError ACI_AUTH in the APIC's words, also where it refuses with status 200; ACI_UNREACHABLE where it could not
 *   be asked
 */
export function accepted(rest: Rest, reply: RestReply, advice = ''): string {
  const { controller } = rest
  if (reply.status === 200 && !isRefusal(reply.body)) return reply.body
  const error = rest.refusal(reply, `${controller} refuses the login`, 'ACI_AUTH')
  const isRefused = reply.status === 200 ? !(Number(error.cause?.code) >= 500) : [401, 403].includes(reply.status)
  // 5xx come from a busy nginx or a booting APIC, 4xx from a server that is no APIC.
  if (!isRefused) throw rest.refusal(reply, `${controller} does not accept logins now`, 'ACI_UNREACHABLE')
  const text = advice === '' ? error.message : `${error.message.replace(/\.$/, '')}. ${advice}`
  throw new AciError('ACI_AUTH', text, error.cause)
}

function isRefusal(body: string): boolean {
  try {
    return firstOf(body, 'error') !== undefined
  } catch {
    return false
  }
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
    rest.secrets.addToken(login.token)
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
    if (reply.status !== 200 || isRefusal(reply.body)) {
      throw this.rest.refusal(reply, `${this.rest.controller} refuses to refresh the token`)
    }
    this.token = tokenOf(reply.body, 'aaaLogin').token
    this.rest.secrets.addToken(this.token)
  }

  async logout(): Promise<void> {
    const body = JSON.stringify({ aaaUser: { attributes: { name: this.name } } })
    const headers = this.headers()
    const request = { method: 'POST', path: '/api/aaaLogout.json', body, headers, timeoutMs: LOGOUT_LIMIT } as const
    await this.rest.call(request).catch(toAciError)
  }
}
