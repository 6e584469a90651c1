// The objects of one result that may be otherwise than they are known, and have to be read again before long.

/** For more objects than this, everything is read. */
const MOST = 10_000

export class Suspects {
  private dns: Set<string> | 'all' = new Set()

  get isEmpty(): boolean {
    return this.dns !== 'all' && this.dns.size === 0
  }

  add(dn: string): void {
    if (this.dns === 'all') return
    if (this.dns.size < MOST) this.dns.add(dn)
    else this.dns = 'all'
  }

  addAll(): void {
    this.dns = 'all'
  }

  /** They are about to be read. */
  take(): ReadonlySet<string> | 'all' {
    const { dns } = this
    this.dns = new Set()
    return dns
  }
}
