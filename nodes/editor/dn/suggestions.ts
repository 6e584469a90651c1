// Completes a DN by what is known of relative names: which classes stand under an object, and how their RNs begin.

import { RELATIVE_NAMES } from './relative-names'
import { dnPartAt, splitDn, type Holder } from '.'

/** The top of the tree, as a class. */
const TOP = ''

interface Format {
  readonly name: string
  /** What an RN of the class begins with: `tn-`, `rspathAtt-[`; all of it where it has no naming value. */
  readonly prefix: string
  /** The whole RN. */
  readonly whole: RegExp
  /** For each naming value in brackets, the RN up to the bracket, and whether the value is a DN. */
  readonly brackets: readonly { readonly before: RegExp; readonly isDn: boolean }[]
  readonly parents: readonly string[]
}

/** A format as a pattern; a naming value is anything, however short. */
function pattern(format: string): RegExp {
  const literals = format.split(/\{\w+\}/).map((literal) => literal.replace(/[.*+?^$()|[\]\\/]/g, '\\$&'))
  return new RegExp(`^${literals.join('(.+)')}$`, 's')
}

const FORMATS: readonly Format[] = Object.entries(RELATIVE_NAMES).map(([name, [format, ...parents]]) => ({
  name,
  prefix: format.replace(/\{.*$/, ''),
  whole: pattern(format),
  brackets: [...format.matchAll(/\[\{(\w+)\}/g)].map((match) => ({
    before: pattern(format.slice(0, match.index + 1)),
    isDn: match[1]?.endsWith('Dn') ?? false
  })),
  parents
}))

function under(classes: ReadonlySet<string>): Format[] {
  return FORMATS.filter(({ parents }) => parents.some((parent) => classes.has(parent)))
}

/** The classes that an object under these RNs may have. */
function classesAt(rns: readonly string[]): ReadonlySet<string> {
  return rns.reduce<ReadonlySet<string>>(
    (classes, rn) =>
      new Set(
        under(classes)
          .filter(({ whole }) => whole.test(rn))
          .map(({ name }) => name)
      ),
    new Set([TOP])
  )
}

/** The classes that the object of a DN may have, as far as is known; none when nothing is. */
export function classesOfDn(dn: string): string[] {
  const rns = splitDn(dn)
  return rns.length === 0 ? [] : [...classesAt(rns)]
}

/** Whether what is within those brackets is a DN, and not a name such as eth1/1. Unknown ones are no DNs. */
function holdsDn({ typed, above, holder }: Holder): boolean {
  if (holder !== undefined && !holdsDn(holder)) return false
  const known = under(classesAt(above))
  // Below an object of unknown class, only the RN counts.
  return (known.length > 0 ? known : FORMATS).some(({ brackets }) =>
    brackets.some(({ before, isDn }) => isDn && before.test(typed))
  )
}

/** One way to go on. */
export interface DnSuggestion {
  /** The class of the objects that are named so. */
  readonly className: string
  /** What their RNs begin with. */
  readonly prefix: string
  /** The whole DN with it, and where the caret is then. */
  readonly dn: string
  readonly caret: number
}

/**
 * How the RN at the caret may go on: the beginnings of the RNs that can stand there, as far as they begin with what is
 * typed. Names themselves (`tn-common`) are not known here.
 * @param options.isMeant whether a class is meant by the words typed in the place of an RN, such as `bridge domain`
 */
export function suggestionsAt(
  dn: string,
  caret: number,
  { isMeant }: { readonly isMeant?: (className: string, words: string) => boolean } = {}
): DnSuggestion[] {
  const { start, end, typed, above, holder } = dnPartAt(dn, caret)
  if (holder !== undefined && !holdsDn(holder)) return []
  const formats = under(classesAt(above))
  const begun = formats.filter(({ prefix }) => prefix.toLowerCase().startsWith(typed.toLowerCase()))
  const fitting = begun.filter(({ prefix }) => prefix !== typed)
  const isNaming = formats.some(({ prefix }) => typed.startsWith(prefix))
  const meant =
    isMeant === undefined || typed === '' || isNaming
      ? []
      : formats.filter((format) => !begun.includes(format) && isMeant(format.name, typed))
  return [...fitting, ...meant].map(({ name, prefix }) => ({
    className: name,
    prefix,
    dn: dn.slice(0, start) + prefix + dn.slice(end),
    caret: start + prefix.length
  }))
}
