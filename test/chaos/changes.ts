// Random work on the object tree: few enough names that things are made, changed and removed again and again.

import type { ApicSimulator, ManagedObject } from '../simulator'

/** Source of numbers in [0, 1), repeatable. */
export type Random = () => number

const TENANTS = 10
const DESCRIPTIONS = ['', 'red', 'blue', 'green', 'line\nbreak "quoted" \\ ü \u{1f600}']
const LIFECYCLES = ['soaking', 'raised', 'soaking-clearing', 'retaining']

/** Mulberry32: the same seed gives the same work. */
export function seeded(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export class Worker {
  changes = 0
  /** No two states of a fault are the same: its id is made of its attributes. */
  private occurrences = 1

  constructor(private readonly apic: ApicSimulator) {
    this.apic.on('change', () => {
      this.changes += 1
    })
  }

  /** So many changes, as the seed says; each of them may bring about more. */
  work(seed: number, count: number): void {
    const random = seeded(seed)
    for (let done = 0; done < count; done += 1) this.step(random)
  }

  /** One change that every node has to tell; what they tell then proves that they hear. */
  beat(): void {
    this.occurrences += 1
    const value = String(this.occurrences)
    if (this.apic.read('uni/tn-beat') === undefined) {
      this.apic.create('fvTenant', 'uni/tn-beat', { descr: 'red' })
      this.apic.create('fvAp', 'uni/tn-beat/ap-beat')
      this.apic.create('fvBD', 'uni/tn-beat/BD-beat')
      this.createFault('uni/tn-beat')
    } else {
      this.apic.modify('uni/tn-beat', { nameAlias: `beat-${value}` })
      this.apic.modify('uni/tn-beat/ap-beat', { descr: value })
      this.apic.modify('uni/tn-beat/BD-beat', { descr: value })
      this.apic.modify('uni/tn-beat/fault-F100', { occur: value })
    }
  }

  private step(random: Random): void {
    const below = (bound: number): number => Math.floor(random() * bound)
    const tenant = `uni/tn-t${below(TENANTS)}`
    const chance = random()
    if (this.apic.read(tenant) === undefined) {
      this.apic.create('fvTenant', tenant, { descr: DESCRIPTIONS[below(DESCRIPTIONS.length)] ?? '' })
    } else if (chance < 0.06) {
      // With all that is below it, and what refers to it.
      this.apic.delete(tenant)
    } else if (chance < 0.12) {
      // Another attribute: where the event before is lost, this one puts a new time over what that one changed.
      this.apic.modify(tenant, { nameAlias: `a${below(1_000)}` })
    } else if (chance < 0.35) {
      this.apic.modify(tenant, { descr: DESCRIPTIONS[below(DESCRIPTIONS.length)] ?? '' })
    } else if (chance < 0.55) {
      this.toggle('fvAp', `${tenant}/ap-a${below(2)}`, random)
    } else if (chance < 0.65) {
      this.toggle('fvBD', `${tenant}/BD-b${below(2)}`, random)
    } else if (chance < 0.72) {
      const profile = `${tenant}/ap-a0`
      if (this.apic.read(profile) !== undefined) this.toggle('fvAEPg', `${profile}/epg-web`, random)
    } else {
      this.fault(tenant, random)
    }
  }

  /** Made when it is not there; else changed or, less often, removed. */
  private toggle(className: string, dn: string, random: Random): ManagedObject | undefined {
    const chance = random()
    if (this.apic.read(dn) === undefined) return this.apic.create(className, dn)
    if (chance < 0.3) this.apic.delete(dn)
    else this.apic.modify(dn, { [chance < 0.6 ? 'descr' : 'nameAlias']: `d${Math.floor(random() * 1_000)}` })
    return undefined
  }

  private fault(on: string, random: Random): void {
    const dn = `${on}/fault-F10${Math.floor(random() * 2)}`
    const chance = random()
    if (this.apic.read(dn) === undefined) {
      this.createFault(on, dn)
    } else if (chance < 0.3) {
      this.apic.delete(dn)
    } else {
      this.occurrences += 1
      const lc = LIFECYCLES[Math.floor(random() * LIFECYCLES.length)] ?? 'raised'
      this.apic.modify(dn, { lc, occur: String(this.occurrences) })
    }
  }

  private createFault(on: string, dn = `${on}/fault-F100`): void {
    this.occurrences += 1
    this.apic.create('faultInst', dn, { severity: 'minor', cause: 'test', occur: String(this.occurrences) })
  }
}
