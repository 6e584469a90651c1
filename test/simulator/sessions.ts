// Login sessions of one controller: their tokens, how long each lives, and how often one may log in.
import type { Clock } from './clock'
import { cookieNeeded, tokenTimeout } from './errors'
import type { Random } from './random'
import { bytes } from './random'
import type { TokenStyle } from './tokens'
import { makeToken } from './tokens'

export interface SessionOptions {
  readonly tokenStyle: TokenStyle
  /** Seconds a token lives; fractions are for tests. */
  readonly refreshTimeoutSeconds: number
  /** Seconds a session lives, however often it is refreshed. */
  readonly maximumLifetimeSeconds: number
}

export interface Session {
  readonly id: string
  readonly userName: string
  /** How it came about; a signature session has no token to refresh. */
  readonly kind: 'password' | 'signature'
  /** Epoch ms. */
  readonly createdAt: number
  readonly endsAt: number
  /** Must go with every request when set. */
  readonly challenge: string | undefined
  /** The newest token. */
  token: string
}

export class Sessions {
  private readonly byToken = new Map<string, { session: Session; expiresAt: number }>()
  /** The live ones, with what is to be cleared away at their end. */
  private readonly live = new Map<Session, { tokens: string[]; cancel: () => void }>()

  constructor(
    private readonly options: SessionOptions,
    private readonly clock: Clock,
    private readonly random: Random,
    /** Told when a session ends, for whatever reason. */
    private readonly ended: (session: Session, why: SessionEnd) => void
  ) {}

  open(userName: string, kind: Session['kind'] = 'password', withChallenge = false): Session {
    const now = this.clock.now()
    const session: Session = {
      id: bytes(this.random, 16).toString('base64'),
      userName,
      kind,
      createdAt: now,
      endsAt: now + this.options.maximumLifetimeSeconds * 1000,
      challenge: withChallenge ? bytes(this.random, 32).toString('hex') : undefined,
      token: ''
    }
    const cancel = this.clock.after(session.endsAt - now, () => {
      this.end(session, 'lifetime')
    })
    this.live.set(session, { tokens: [], cancel })
    this.refresh(session)
    return session
  }

  /** A new token for the same session. The old one stays good until its own time is up. */
  refresh(session: Session): void {
    const state = this.live.get(session)
    if (!state) return
    session.token = this.issue(session)
    state.tokens.push(session.token)
  }

  /**
   * The session a token belongs to.
   * @throws Refusal 403 when the token has run out, or was never one (that the answer is then the same is a guess)
   */
  find(token: string): Session {
    if (token === '') throw cookieNeeded()
    const entry = this.byToken.get(token)
    if (!entry || entry.expiresAt <= this.clock.now()) throw tokenTimeout()
    return entry.session
  }

  /** When a token stops being good, epoch ms. */
  expiryOf(token: string): number | undefined {
    return this.byToken.get(token)?.expiresAt
  }

  end(session: Session, why: SessionEnd): void {
    const state = this.live.get(session)
    if (!state) return
    state.cancel()
    this.live.delete(session)
    for (const token of state.tokens) this.byToken.delete(token)
    this.ended(session, why)
  }

  endAll(why: SessionEnd): number {
    const all = this.all()
    for (const session of all) this.end(session, why)
    return all.length
  }

  /** All tokens run out now; the sessions and what hangs on them stay. Returns how many tokens that were. */
  expireTokens(): number {
    const count = this.byToken.size
    this.byToken.clear()
    return count
  }

  all(): readonly Session[] {
    return [...this.live.keys()]
  }

  private issue(session: Session): string {
    const now = this.clock.now()
    const lifetime = session.kind === 'signature' ? session.endsAt - now : this.options.refreshTimeoutSeconds * 1000
    const expiresAt = Math.min(now + lifetime, session.endsAt)
    const seconds = { issued: Math.floor(now / 1000), expires: Math.floor(expiresAt / 1000) }
    const subject = { userName: session.userName, sessionId: session.id, ...seconds }
    const token = makeToken(this.options.tokenStyle, subject, this.random)
    this.byToken.set(token, { session, expiresAt })
    return token
  }
}

export type SessionEnd = 'logout' | 'lifetime' | 'fault' | 'reboot'

/** The web server's limit on logins and refreshes: so many in any one second. */
export class Throttle {
  private readonly recent: number[] = []

  /** @param perSecond undefined: no limit */
  constructor(
    private readonly perSecond: number | undefined,
    private readonly clock: Clock
  ) {}

  admits(): boolean {
    if (this.perSecond === undefined) return true
    const now = this.clock.now()
    while (this.recent.length > 0 && this.recent[0]! <= now - 1000) this.recent.shift()
    if (this.recent.length >= this.perSecond) return false
    this.recent.push(now)
    return true
  }
}
