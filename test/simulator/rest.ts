// The REST API of one controller: which request is what, who may make it, and what is answered.
import type { Answers } from './answer'
import type { Audit } from './audit'
import type { Clock } from './clock'
import type { Conditions, SubscribeTiming } from './conditions'
import { cookieValues, parseCookies } from './cookies'
import { badRequest, cookieNeeded, Refusal, socketNotFound, tokenTimeout, unresolvedClass } from './errors'
import type { Journal } from './journal'
import { metadataReply } from './metadata'
import type { Query } from './query'
import { parseQuery } from './query'
import { eventAttributes } from './render'
import type { Reply } from './reply'
import { dataReply, refusalReply, webPageReply } from './reply'
import type { Session, Sessions, Throttle } from './sessions'
import { signer } from './signatures'
import type { Subscription, Subscriptions } from './subscriptions'
import type { EventSocket } from './sockets'
import type { Tree } from './tree'
import type { Users } from './users'
import type { Configuration } from './writes'

export interface RestRequest {
  readonly method: string
  /** Path and query as sent. */
  readonly url: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
  readonly address: string
}

export interface RestOptions {
  readonly nodeId: number
  /** Whether it is reached by TLS; a cookie marked `Secure` would not come back otherwise. */
  readonly secure: boolean
  readonly version: string
  readonly refreshTimeoutParameter: boolean
  readonly buildTime: string
  readonly siteFingerprint: string
  readonly refreshTimeoutSeconds: number
  readonly maximumLifetimeSeconds: number
  readonly logout: 'nothing' | 'session' | 'session-and-sockets'
  readonly subscribe: Required<SubscribeTiming>
}

/** What the REST API of a controller works with. */
export interface RestParts {
  /** Index of the controller. */
  readonly controller: number
  readonly tree: Tree
  readonly answers: Answers
  readonly configuration: Configuration
  readonly audit: Audit
  readonly users: Users
  readonly sessions: Sessions
  readonly subscriptions: Subscriptions<EventSocket>
  readonly throttle: Throttle
  readonly conditions: Conditions
  readonly journal: Journal
  readonly clock: Clock
  /** The newest open socket of a session. */
  readonly socketOf: (session: Session) => EventSocket | undefined
  readonly closeSocketsOf: (session: Session) => void
}

/** Who a request comes from. */
interface Caller {
  readonly user: string
  /** A signed request has none unless it names one. */
  readonly session: Session | undefined
  /** More than one APIC-cookie came: subscriptions are then not linked to a socket (seen on live APICs). */
  readonly ambiguous: boolean
}

interface Target {
  readonly method: string
  /** Decoded, without `/api/` and `.json`. */
  readonly path: string
  readonly parameters: ReadonlyMap<string, string>
}

export class Rest {
  constructor(
    private readonly parts: RestParts,
    private readonly options: RestOptions
  ) {}

  /** Answers a request; never throws what an APIC would answer. */
  async answer(request: RestRequest): Promise<Reply> {
    try {
      const target = parseTarget(request)
      if (!target) return metadataReply(request.url, this.parts.tree.model) ?? webPageReply(404)
      return await this.route(target, request)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return refusalReply(error)
    }
  }

  private async route(target: Target, request: RestRequest): Promise<Reply> {
    const { path, method } = target
    if (path === 'aaaLogin') return this.login(target, request)
    if (path === 'aaaListDomains') return this.listDomains()
    const caller = this.authenticate(target, request)
    if (path === 'aaaRefresh') return this.refreshToken(caller, request)
    if (path === 'aaaLogout') return this.logout(caller, request)
    if (path === 'webtokenSession') return this.signatureSession(caller)
    if (path === 'subscriptionRefresh') return this.refreshSubscription(target, caller, request)
    const match = /^(?:node\/)?(mo|class)(?:\/(.*))?$/s.exec(path)
    if (!match) throw unresolvedClass(path)
    const [, kind, rest] = match
    if (kind === 'mo' && method === 'POST') return this.post(caller, rest, target, request)
    if (kind === 'mo' && method === 'DELETE') return this.remove(caller, rest ?? '')
    if (method !== 'GET') throw badRequest(`Request failed, ${method} is not supported for ${path}`)
    return this.query(kind === 'mo' ? 'mo' : 'class', rest ?? '', target, caller, request)
  }

  // --- sessions

  private login(target: Target, request: RestRequest): Reply {
    const { users, sessions, throttle, journal, controller, audit } = this.parts
    const { name, pwd } = credentials(request.body)
    const refused = (status: number): void => {
      journal.happened('loginRefused', { controller, user: name, status })
    }
    if (!throttle.admits()) {
      refused(503)
      return webPageReply(503)
    }
    let user: string
    try {
      user = users.authenticate(name, pwd)
    } catch (error) {
      refused(error instanceof Refusal ? error.status : 500)
      throw error
    }
    const session = sessions.open(user, 'password', target.parameters.get('gui-token-request') === 'yes')
    audit.session({ user, sessionId: session.id }, 'login', request.address, this.options.nodeId)
    journal.happened('login', { controller, user, sessionId: session.id, why: 'login' })
    return this.loginReply(session)
  }

  private refreshToken({ session }: Caller, request: RestRequest): Reply {
    const { throttle, sessions, journal, controller, audit } = this.parts
    if (!session || session.kind === 'signature') throw cookieNeeded()
    if (!throttle.admits()) return webPageReply(503)
    sessions.refresh(session)
    audit.session({ user: session.userName, sessionId: session.id }, 'refresh', request.address, this.options.nodeId)
    journal.happened('tokenRefresh', { controller, user: session.userName, sessionId: session.id, why: 'refresh' })
    return this.loginReply(session)
  }

  private logout({ session, user }: Caller, request: RestRequest): Reply {
    const { sessions, journal, controller, audit } = this.parts
    const sessionId = session?.id ?? ''
    audit.session({ user, sessionId }, 'logout', request.address, this.options.nodeId)
    journal.happened('logout', { controller, user, sessionId, why: 'logout' })
    if (session && this.options.logout !== 'nothing') sessions.end(session, 'logout')
    if (session && this.options.logout === 'session-and-sockets') this.parts.closeSocketsOf(session)
    return dataReply([])
  }

  /** For clients that sign their requests: a token whose only use is to open a socket. */
  private signatureSession({ user, session }: Caller): Reply {
    const { sessions, journal, controller } = this.parts
    if (session?.kind === 'password') {
      return dataReply([{ webtokenSession: { attributes: { token: session.token } } }])
    }
    const opened = sessions.open(user, 'signature')
    journal.happened('login', { controller, user, sessionId: opened.id, why: 'signature' })
    return dataReply([{ webtokenSession: { attributes: { token: opened.token } } }])
  }

  private listDomains(): Reply {
    const domains = this.parts.users.domains().map((name) => ({ name }))
    return dataReply(domains)
  }

  private loginReply(session: Session): Reply {
    const { options } = this
    const attributes: Record<string, string> = {
      token: session.token,
      siteFingerprint: options.siteFingerprint,
      refreshTimeoutSeconds: String(options.refreshTimeoutSeconds),
      maximumLifetimeSeconds: String(options.maximumLifetimeSeconds),
      guiIdleTimeoutSeconds: '1200',
      restTimeoutSeconds: '90',
      creationTime: String(Math.floor(this.parts.clock.now() / 1000)),
      firstLoginTime: String(Math.floor(session.createdAt / 1000)),
      userName: session.userName,
      remoteUser: 'false',
      unixUserId: '15374',
      sessionId: session.id,
      lastName: '',
      firstName: '',
      changePassword: 'no',
      version: options.version,
      buildTime: options.buildTime,
      node: `topology/pod-1/node-${options.nodeId}`,
      ...(session.challenge === undefined ? {} : { urlToken: session.challenge })
    }
    return dataReply([{ aaaLogin: { attributes, children: RIGHTS } }], 1, undefined, {
      'Set-Cookie': `APIC-cookie=${session.token}; path=/; HttpOnly${options.secure ? '; Secure' : ''}`
    })
  }

  /** @throws Refusal 403 */
  private authenticate(target: Target, request: RestRequest): Caller {
    const cookies = parseCookies(single(request.headers['cookie']))
    const tokens = cookieValues(cookies, 'APIC-cookie')
    const header = single(request.headers['devcookie'])
    if (header !== undefined && tokens.length === 0) tokens.push(header)
    if (tokens.length === 0) return this.authenticateSigned(cookies, request)
    const session = this.firstGood(tokens)
    const challenge =
      single(request.headers['apic-challenge']) ??
      target.parameters.get('challenge') ??
      target.parameters.get('url-token')
    // How an APIC words this was not found.
    if (session.challenge !== undefined && challenge !== session.challenge) {
      throw new Refusal(403, '403', 'Token was invalid (Error: Invalid challenge)')
    }
    return { user: session.userName, session, ambiguous: tokens.length > 1 }
  }

  private authenticateSigned(cookies: readonly [string, string][], request: RestRequest): Caller {
    const user = signer(cookies, request, this.parts.tree)
    if (user === undefined) throw cookieNeeded()
    const [token] = cookieValues(cookies, 'APIC-WebSocket-Session')
    if (token === undefined) return { user, session: undefined, ambiguous: false }
    const session = this.parts.sessions.find(token)
    // Whether an APIC looks at whose it is was not found.
    if (session.kind !== 'signature' || session.userName !== user) throw tokenTimeout()
    return { user, session, ambiguous: false }
  }

  private firstGood(tokens: readonly string[]): Session {
    let refusal: unknown
    for (const token of tokens) {
      try {
        return this.parts.sessions.find(token)
      } catch (error) {
        refusal ??= error
      }
    }
    throw refusal
  }

  // --- configuration

  private post(caller: Caller, dn: string | undefined, target: Target, request: RestRequest): Reply {
    const changes = this.parts.configuration.post(dn === '' ? undefined : dn, parseJson(request.body), actor(caller))
    if (target.parameters.get('rsp-subtree') !== 'modified') return dataReply([])
    return dataReply(changes.map((change) => ({ [change.object.cls.name]: { attributes: eventAttributes(change) } })))
  }

  private remove(caller: Caller, dn: string): Reply {
    this.parts.configuration.delete(dn, actor(caller))
    return dataReply([])
  }

  // --- queries and subscriptions

  private async query(
    kind: 'mo' | 'class',
    rest: string,
    { parameters }: Target,
    caller: Caller,
    request: RestRequest
  ): Promise<Reply> {
    const subscribing = parameters.get('subscription') === 'yes'
    try {
      const query = parseQuery(kind, rest, parameters, this.parts.tree.model)
      if (!subscribing) return this.data(query)
      return await this.subscribe(query, caller, request, this.timeout(parameters))
    } catch (error) {
      if (subscribing && error instanceof Refusal) {
        const { journal, controller } = this.parts
        journal.happened('subscribeRefused', { controller, url: request.url, status: error.status })
      }
      throw error
    }
  }

  private async subscribe(
    query: Query,
    { session, ambiguous }: Caller,
    request: RestRequest,
    timeout: number | undefined
  ): Promise<Reply> {
    const { subscriptions, conditions, journal, controller, socketOf } = this.parts
    const socket = session && socketOf(session)
    if (!session || !socket) throw socketNotFound()
    const timing = { ...this.options.subscribe, ...conditions.timing.current?.value }
    const register = (): Subscription => {
      const made = subscriptions.add(query, request.url, session.id, ambiguous ? undefined : socket, timeout)
      journal.wake()
      return made
    }
    let id: string
    let data: { elements: readonly unknown[]; total: number }
    if (timing.first === 'register') {
      id = register().id
      await wait(timing.gap)
      try {
        data = this.read(query)
      } catch (error) {
        // A query that cannot be answered leaves no subscription behind.
        subscriptions.drop((subscription) => subscription.id === id)
        throw error
      }
    } else {
      data = this.read(query)
      await wait(timing.gap)
      id = register().id
    }
    await wait(timing.replyDelay)
    journal.happened('subscribe', { controller, id, url: request.url })
    return dataReply(data.elements, data.total, id)
  }

  private refreshSubscription({ parameters }: Target, { session }: Caller, request: RestRequest): Reply {
    const { subscriptions, journal, controller } = this.parts
    try {
      // Clients that sign name their session here as well; what an APIC says to one that does not is a guess.
      if (!session) throw socketNotFound()
      const { id, url } = subscriptions.refresh(parameters.get('id'), this.timeout(parameters))
      journal.happened('subscriptionRefresh', { controller, id, url })
      return dataReply([])
    } catch (error) {
      if (error instanceof Refusal) {
        journal.happened('subscriptionRefreshRefused', { controller, url: request.url, status: error.status })
      }
      throw error
    }
  }

  /** Seconds asked for; undefined for the default. Only the digits at its beginning count. */
  private timeout(parameters: ReadonlyMap<string, string>): number | undefined {
    const text = parameters.get('refresh-timeout')
    if (text === undefined) return undefined
    // What releases that do not know it answer was not found.
    if (!this.options.refreshTimeoutParameter) throw badRequest('Request failed, unknown parameter refresh-timeout')
    const seconds = Number(/^\d+(\.\d+)?/.exec(text)?.[0] ?? 0)
    return seconds > 0 ? seconds : undefined
  }

  private data(query: Query): Reply {
    const { elements, total } = this.read(query)
    return dataReply(elements, total)
  }

  private read(query: Query): { elements: readonly unknown[]; total: number } {
    const fault = this.parts.conditions.snapshots.current
    if (fault?.value.kind === 'empty') {
      fault.strike()
      return { elements: [], total: 0 }
    }
    const { elements, total } = this.parts.answers.answer(query)
    if (!fault || elements.length === 0) return { elements, total }
    fault.strike()
    return { elements: elements.slice(0, Math.floor(elements.length * fault.value.keep)), total }
  }
}

/** Rights of a full administrator, as every login shows them. */
const RIGHTS = [
  {
    aaaUserDomain: {
      attributes: { name: 'all', rolesR: 'admin', rolesW: 'admin' },
      children: [
        { aaaReadRoles: { attributes: {} } },
        { aaaWriteRoles: { attributes: {}, children: [{ role: { attributes: { name: 'admin' } } }] } }
      ]
    }
  },
  { DnDomainMapEntry: { attributes: { dn: 'uni/tn-common', readPrivileges: 'admin', writePrivileges: 'admin' } } },
  { DnDomainMapEntry: { attributes: { dn: 'uni/tn-infra', readPrivileges: 'admin', writePrivileges: 'admin' } } },
  { DnDomainMapEntry: { attributes: { dn: 'uni/tn-mgmt', readPrivileges: 'admin', writePrivileges: 'admin' } } }
]

const actor = ({ user, session }: Caller): { user: string; sessionId: string } => ({
  user,
  sessionId: session?.id ?? ''
})

/** Undefined when the path is none of the API's: the web server answers that. */
const parseTarget = ({ method, url }: RestRequest): Target | undefined => {
  const cut = url.indexOf('?')
  const path = decode(cut < 0 ? url : url.slice(0, cut))
  if (!path.startsWith('/api/')) return undefined
  if (path.endsWith('.xml')) throw badRequest('Request failed, the simulator speaks JSON only')
  if (!path.endsWith('.json')) return undefined
  const parameters = new Map<string, string>()
  for (const pair of cut < 0 ? [] : url.slice(cut + 1).split('&')) {
    if (pair === '') continue
    const at = pair.indexOf('=')
    const [name, value] = at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)]
    parameters.set(decode(name), decode(value.replace(/\+/g, ' ')))
  }
  return { method, path: path.slice('/api/'.length, -'.json'.length), parameters }
}

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    throw badRequest(`Request failed, malformed URL`)
  }
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown
  } catch {
    throw badRequest('Request failed, malformed body')
  }
}

const credentials = (body: string): { name: string; pwd: string } => {
  const { aaaUser } = (parseJson(body) ?? {}) as { aaaUser?: { attributes?: { name?: unknown; pwd?: unknown } } }
  const { name, pwd } = aaaUser?.attributes ?? {}
  if (typeof name !== 'string' || typeof pwd !== 'string') throw badRequest('Request failed, malformed body')
  return { name, pwd }
}

const single = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value.join('; ') : value

const wait = (ms: number): Promise<void> =>
  ms > 0 ? new Promise((resolve) => setTimeout(resolve, ms).unref()) : Promise.resolve()
