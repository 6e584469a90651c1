// What a flow knows of the fabric by the messages it got, and whether they are one consistent sequence.

import type { AciMessage } from '../nodes/runtime/message'

type Attributes = Readonly<Record<string, string>>

/** Times that lie further apart, ms, are those of two clocks. */
const CLOCK_SET_BACK = 30_000

export class Picture {
  readonly objects = new Map<string, Attributes>()
  /** What no flow should get: what is wrong with each step of the sequence that was. */
  readonly flaws: string[] = []
  private readonly ids = new Set<string>()
  /** Epoch ms of the last live change of each object. */
  private readonly times = new Map<string, number>()

  add({ payload }: AciMessage): void {
    const { event, dn, attributes, id } = payload
    const isThere = this.objects.has(dn)
    this.look(payload)
    if (event === 'created' && isThere) this.flaws.push(`${dn} was created although it was there`)
    if ((event === 'modified' || event === 'deleted') && !isThere) {
      this.flaws.push(`${dn} was ${event} although it was not there`)
    }
    // Two changes within one millisecond have one id, and then they differ in what they changed.
    const state = `${id} ${JSON.stringify(sorted(attributes))}`
    if (event !== 'existing' && this.ids.has(state)) this.flaws.push(`${id} came twice`)
    this.ids.add(state)
    if (event === 'deleted') this.objects.delete(dn)
    else this.objects.set(dn, attributes)
  }

  /** What one step says of the steps before it. */
  private look({ event, dn, origin, changes, time }: AciMessage['payload']): void {
    const known = this.objects.get(dn)
    if (event === 'existing' && known !== undefined) this.flaws.push(`${dn} was sent as existing although it was known`)
    for (const [name, { from }] of Object.entries(changes ?? {})) {
      if (known !== undefined && (known[name] ?? '') !== from) {
        this.flaws.push(`${dn} had ${name} ${known[name]}, and it was changed from ${from}`)
      }
    }
    if (origin !== 'live') return
    const at = Date.parse(time)
    const before = this.times.get(dn) ?? 0
    this.times.set(dn, at)
    // A clock that is put right by much more is the APIC's business.
    if (at < before && at > before - CLOCK_SET_BACK) this.flaws.push(`${dn} went back in time by ${before - at} ms`)
  }

  /** How it differs from what there is: one line per object. */
  differences(actual: ReadonlyMap<string, Attributes>): string[] {
    const lines = [...this.objects.keys()].filter((dn) => !actual.has(dn)).map((dn) => `${dn} is gone`)
    for (const [dn, attributes] of actual) {
      const known = this.objects.get(dn)
      if (known === undefined) lines.push(`${dn} is missing`)
      else lines.push(...differencesOf(dn, known, attributes))
    }
    return lines
  }
}

function differencesOf(dn: string, known: Attributes, actual: Attributes): string[] {
  return [...new Set([...Object.keys(known), ...Object.keys(actual)])]
    .filter((name) => known[name] !== actual[name])
    .map((name) => `${dn} has ${name} ${actual[name]} and not ${known[name]}`)
}

function sorted(attributes: Attributes): [string, string][] {
  return Object.entries(attributes).sort(([one], [other]) => (one < other ? -1 : 1))
}
