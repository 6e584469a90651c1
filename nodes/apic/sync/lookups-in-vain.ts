// Objects that no read showed although events speak of them: they are not looked up anew for each event.

/** For more of them, the oldest are forgotten. */
const MOST = 10_000

export class LookupsInVain {
  private readonly dns = new Set<string>()

  add(dn: string): void {
    this.dns.add(dn)
    if (this.dns.size <= MOST) return
    const [oldest] = this.dns
    if (oldest !== undefined) this.dns.delete(oldest)
  }

  has(dn: string): boolean {
    return this.dns.has(dn)
  }

  /** It was found after all. */
  delete(dn: string): void {
    if (this.dns.size > 0) this.dns.delete(dn)
  }

  clear(): void {
    this.dns.clear()
  }
}
