// What a node is called in the flow when it has no name of its own: what it watches or reads, cut short.

import { joinDn, splitDn } from '../dn'
import { listOf, textOf } from '../values'

/** The settings of a node that say what it asks for. */
export interface Asked {
  readonly target?: unknown
  readonly classes?: unknown
  readonly dn?: unknown
  readonly subtreeClasses?: unknown
}

/** Wider labels push the ports of a flow's nodes apart. In characters. */
const WIDEST = 36

/** The first names, and how many more there are: `fvTenant, fvAp +3`. The first one is always shown. */
export function shortClasses(value: unknown, widest = WIDEST): string {
  const names = listOf(value)
  for (let shown = names.length; shown > 1; shown -= 1) {
    const more = names.length - shown
    const label = names.slice(0, shown).join(', ') + (more === 0 ? '' : ` +${more}`)
    if (label.length <= widest) return label
  }
  const [first = ''] = names
  return names.length > 1 ? `${first} +${names.length - 1}` : first
}

/** The beginning of a DN and its end, which tells most: `uni/tn-common/…/epg-web`. */
export function shortDn(dn: string, widest = WIDEST): string {
  if (dn.length <= widest) return dn
  const rns = splitDn(dn)
  for (let left = Math.min(2, rns.length - 1); left >= 0; left -= 1) {
    for (let right = left === 0 ? 1 : rns.length - left - 1; right >= 1; right -= 1) {
      const label = joinDn([...rns.slice(0, left), '…', ...rns.slice(-right)])
      if (label.length <= widest) return label
    }
  }
  // One RN that is too long by itself; its end has the name.
  return `…${dn.slice(1 - widest)}`
}

/**
 * The label of a node that asks an APIC for something; empty when its settings name nothing.
 * Of a part of a tree, the classes looked for come first: `fvAEPg in uni/tn-common` would need words of a language.
 */
export function labelOf({ target, classes, dn, subtreeClasses }: Asked): string {
  const asked = textOf(dn).trim()
  if (target !== 'mo' && (target === 'class' || listOf(classes).length > 0)) return shortClasses(classes)
  if (asked === '') return ''
  const below = shortClasses(subtreeClasses, WIDEST / 2)
  return below === '' ? shortDn(asked) : `${below} · ${shortDn(asked, WIDEST - below.length)}`
}
