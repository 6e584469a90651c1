// Distinguished and relative names of managed objects. A value in brackets may itself hold slashes and brackets.

/** Splits a DN into its RNs: `topology/pod-1/paths-101/pathep-[eth1/1]` has four. Unbalanced brackets yield undefined. */
export const splitDn = (dn: string): string[] | undefined => {
  const rns: string[] = []
  let depth = 0
  let start = 0
  for (let at = 0; at < dn.length; at++) {
    const character = dn[at]
    if (character === '[') depth += 1
    else if (character === ']') depth -= 1
    else if (character === '/' && depth === 0) {
      rns.push(dn.slice(start, at))
      start = at + 1
    }
    if (depth < 0) return undefined
  }
  rns.push(dn.slice(start))
  return depth === 0 && rns.every((rn) => rn !== '') ? rns : undefined
}

/** DN of the parent; '' for an object at the top. */
export const parentDn = (dn: string): string => {
  const cut = lastSeparator(dn)
  return cut < 0 ? '' : dn.slice(0, cut)
}

/** The last RN of a DN. */
export const rnOf = (dn: string): string => dn.slice(lastSeparator(dn) + 1)

/** Puts an RN under a DN, which may be ''. */
export const joinDn = (parent: string, rn: string): string => (parent === '' ? rn : `${parent}/${rn}`)

/** Scanned from the end, because that is all that is needed and this runs for every object that is made. */
const lastSeparator = (dn: string): number => {
  let depth = 0
  for (let at = dn.length - 1; at >= 0; at--) {
    const character = dn[at]
    if (character === ']') depth += 1
    else if (character === '[') depth -= 1
    else if (character === '/' && depth === 0) return at
  }
  return -1
}

/**
 * How the RNs of a class are made, as Cisco's metadata writes it: `tn-{name}`, `rspathAtt-[{tDn}]`,
 * `subj-[{affected}]/mod-{id}` (records carry two RNs in one).
 */
export class RnFormat {
  /** The naming properties, in order. */
  readonly naming: readonly string[]
  private readonly pattern: RegExp

  constructor(readonly text: string) {
    this.naming = [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!)
    const escaped = text.replace(/[.*+?^$()|[\]\\/]/g, '\\$&')
    this.pattern = new RegExp(`^${escaped.replace(/\{\w+\}/g, '(.+)')}$`, 's')
  }

  /** The RN for these values, or the name of the naming property that is missing. */
  build(values: Readonly<Record<string, string | undefined>>): { rn: string } | { missing: string } {
    const missing = this.naming.find((name) => !values[name])
    if (missing !== undefined) return { missing }
    return { rn: this.text.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '') }
  }

  /** The naming values inside an RN, or undefined when the RN is not of this format. */
  parse(rn: string): Record<string, string> | undefined {
    const match = this.pattern.exec(rn)
    return match ? Object.fromEntries(this.naming.map((name, at) => [name, match[at + 1]!])) : undefined
  }
}
