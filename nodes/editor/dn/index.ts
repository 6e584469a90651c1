// Distinguished names, also while they are typed. A value in brackets may itself hold slashes, brackets and a whole DN.

/** The RNs of a DN: `topology/pod-1/paths-101/pathep-[eth1/1]` has four. A bracket not yet closed reaches to the end. */
export function splitDn(dn: string): string[] {
  const rns: string[] = []
  let depth = 0
  let start = 0
  for (let at = 0; at < dn.length; at += 1) {
    const character = dn[at]
    if (character === '[') depth += 1
    if (character === ']' && depth > 0) depth -= 1
    if (character === '/' && depth === 0) {
      rns.push(dn.slice(start, at))
      start = at + 1
    }
  }
  rns.push(dn.slice(start))
  return rns.filter((rn) => rn !== '')
}

export function joinDn(rns: readonly string[]): string {
  return rns.join('/')
}

/** The DN above; empty for one at the top. */
export function parentDn(dn: string): string {
  return joinDn(splitDn(dn).slice(0, -1))
}

/** An RN with the brackets that are open behind it: `rspathAtt-[` and what is above it. */
export interface Holder {
  /** From its beginning to the opening bracket, that included. */
  readonly typed: string
  /** The RNs above it. */
  readonly above: readonly string[]
  /** The brackets that it stands in itself. */
  readonly holder: Holder | undefined
}

/** What is being typed at the caret. */
export interface DnPart {
  /** Where the RN around the caret begins and ends. */
  readonly start: number
  readonly end: number
  /** The RN from its beginning to the caret. */
  readonly typed: string
  /** The RNs above it, of the same DN: within brackets those of the DN in the brackets. */
  readonly above: readonly string[]
  /** The brackets it stands in; undefined outside of any. */
  readonly holder: Holder | undefined
}

/** The RN around the caret, of the innermost DN that the caret is in. */
export function dnPartAt(dn: string, caret: number): DnPart {
  let start = 0
  let above: string[] = []
  let holder: Holder | undefined
  // Where each outer DN's RN began, to come back to it behind a closing bracket.
  const outer: { readonly start: number; readonly above: string[] }[] = []
  for (let at = 0; at < caret; at += 1) {
    const character = dn[at]
    if (character === '[') {
      holder = { typed: dn.slice(start, at + 1), above, holder }
      outer.push({ start, above })
      start = at + 1
      above = []
    } else if (character === ']' && holder !== undefined) {
      holder = holder.holder
      ;({ start, above } = outer.pop() ?? { start, above })
    } else if (character === '/') {
      above = [...above, dn.slice(start, at)]
      start = at + 1
    }
  }
  return { start, end: endOfRn(dn, caret, holder !== undefined), typed: dn.slice(start, caret), above, holder }
}

/** Where the RN ends that the text from `at` on belongs to. */
function endOfRn(dn: string, at: number, isWithin: boolean): number {
  let depth = 0
  for (; at < dn.length; at += 1) {
    const character = dn[at]
    if (character === '[') depth += 1
    if (depth === 0 && (character === '/' || (character === ']' && isWithin))) break
    if (character === ']' && depth > 0) depth -= 1
  }
  return at
}
