// Who may log in, and to which login domain.
import { badCredentials, Refusal } from './errors'

export interface UserOptions {
  readonly name: string
  readonly password: string
  /** The only login domain this user is known in; without it, the local ones. */
  readonly domain?: string
}

/** Login domains of a fresh APIC that lead to its local users. */
const LOCAL_DOMAINS: readonly string[] = ['', 'local', 'LOCAL', 'fallback', 'DefaultAuth']

export class Users {
  private readonly known = new Map<
    string,
    { password: string; domain: string | undefined; wrong: number; locked: boolean }
  >()

  /** @param lockAfter wrong passwords in a row after which an account is refused; undefined: never */
  constructor(
    users: readonly UserOptions[],
    private readonly lockAfter?: number
  ) {
    for (const user of users) this.add(user)
  }

  add({ name, password, domain }: UserOptions): void {
    this.known.set(name, { password, domain, wrong: 0, locked: false })
  }

  setPassword(name: string, password: string): void {
    this.entry(name).password = password
  }

  lock(name: string): void {
    this.entry(name).locked = true
  }

  unlock(name: string): void {
    Object.assign(this.entry(name), { locked: false, wrong: 0 })
  }

  isLocked(name: string): boolean {
    return this.known.get(name)?.locked ?? false
  }

  /** Every login domain, for the list a login page shows. */
  domains(): string[] {
    return [...new Set(['local', ...[...this.known.values()].flatMap(({ domain }) => domain ?? [])])]
  }

  /**
   * @param login the name as sent: `admin`, `apic:DOMAIN\admin` or `apic#DOMAIN\admin`
   * @returns the bare user name
   * @throws Refusal 401
   */
  authenticate(login: string, password: string): string {
    const { name, domain } = splitLogin(login)
    const user = this.known.get(name)
    const domainFits = user?.domain === undefined ? LOCAL_DOMAINS.includes(domain) : domain === user.domain
    if (!user || !domainFits) throw badCredentials()
    // How an APIC words this was not found.
    if (user.locked) throw new Refusal(401, '401', `User account ${name} is locked`)
    if (user.password !== password) {
      user.wrong += 1
      user.locked = this.lockAfter !== undefined && user.wrong >= this.lockAfter
      throw badCredentials()
    }
    user.wrong = 0
    return name
  }

  private entry(name: string): { password: string; wrong: number; locked: boolean } {
    const user = this.known.get(name)
    if (!user) throw new Error(`there is no user ${name}`)
    return user
  }
}

const splitLogin = (login: string): { name: string; domain: string } => {
  const match = /^apic[:#]([^\\]*)\\+(.+)$/s.exec(login)
  return match ? { domain: match[1]!, name: match[2]! } : { domain: '', name: login }
}
