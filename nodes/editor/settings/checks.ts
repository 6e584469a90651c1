// Checks of settings that several nodes have. Their texts are those of the node's own type.

import { flawOfDn, flawOfFilter, type DnFlaw, type FilterFlaw } from '../../apic/protocol/grammar'
import { wordOf } from '../texts'
import type { Check } from './validator'
import { isEnv, listOf, textOf } from '../values'

const DN_FLAWS: Readonly<Record<DnFlaw, string>> = { characters: 'dn', parts: 'dnParts', brackets: 'dnBrackets' }
const FILTER_FLAWS: Readonly<Record<FilterFlaw, string>> = {
  characters: 'filter',
  quote: 'filterQuote',
  parentheses: 'filterBrackets',
  expression: 'filter'
}

/** Of a list, that each element is right; the error may name the setting and count the elements. */
export function checkEach(setting: string, isRight: (element: string) => boolean, error: string): Check {
  return (node, value) => {
    if (isEnv(value)) return true
    const wrong = listOf(value).findIndex((element) => !isRight(element))
    if (wrong === -1) return true
    return wordOf(node, `error.${error}`, { name: wordOf(node, `label.${setting}`), index: wrong + 1 })
  }
}

/** Of a DN, which may be missing. */
export const checkDn: Check = (node, value) => {
  const dn = textOf(value).trim()
  if (dn === '' || isEnv(dn)) return true
  const flaw = flawOfDn(dn)
  return flaw === undefined || wordOf(node, `error.${DN_FLAWS[flaw]}`)
}

/** Of a filter expression, which may be missing. */
export const checkFilter: Check = (node, value) => {
  const filter = textOf(value).trim()
  if (filter === '' || isEnv(filter)) return true
  const flaw = flawOfFilter(filter)
  return flaw === undefined || wordOf(node, `error.${FILTER_FLAWS[flaw]}`)
}
