// Finds classes by their names or by words, in the user's language and in English.

import type { Catalogue, CatalogueEntry } from './catalogue'
import { attributesOf } from './catalogue/attributes'
import { MOST_WATCHED } from './catalogue/classes'
import { textsOf } from './catalogue/language'
import { folded, isFormOf, isIn, isUnspaced, likeness, termsOf, wordsOf } from './words'

/** How good a find is; what is equally good stays in the catalogue's order. */
const SCORE = {
  name: 100,
  /** What it is called, or the part of that before or within parentheses. */
  called: 95,
  /** The name without its package: `tenant` for fvTenant. */
  ownName: 90,
  /** One of its other words. */
  alsoCalled: 80,
  labelBegins: 75,
  /** Within a word. */
  labelBeginsSo: 73,
  nameBegins: 70,
  ownNameBegins: 65,
  /** Every term is somewhere; up to ten more by where. */
  terms: 52,
  humps: 50,
  inName: 40
}

/** Taken off for statistics: they are asked for least, and never push. */
const STATISTIC = 15

/** Where a term is found, and how much that says; less than ten. */
const WEIGHT = { label: 9, words: 8, name: 6, values: 4, group: 3, anywhere: 2 }

interface Indexed {
  readonly entry: CatalogueEntry
  /** Place among what people watch most. */
  readonly rank: number | undefined
  /** In lower case. */
  readonly name: string
  /** Without the package, in lower case. */
  readonly ownName: string
  /** The name's humps, in lower case. */
  readonly humps: readonly string[]
  /** Labels, as folded words with single spaces. */
  readonly labels: readonly string[]
  /** The same of the labels' parts: `endpoint group` and `epg` of "Endpoint group (EPG)". */
  readonly parts: readonly string[]
  /** The same of the further words. */
  readonly phrases: readonly string[]
  readonly fields: readonly { readonly weight: number; readonly words: readonly string[]; readonly squeezed: string }[]
}

const RANKS = new Map(MOST_WATCHED.map((name, rank) => [name as string, rank]))

const PACKAGE = /^[a-z]+[0-9]*/

/** `fvAEPg` as `fv`, `AE`, `Pg`; `l3extRsNodeL3OutAtt` as `l3ext`, `Rs`, `Node`, `L3`, `Out`, `Att`. */
function humpsOf(name: string): string[] {
  return (
    name.match(/^[a-z]+[0-9]*[a-z]*|[A-Z]+(?![a-z])[0-9]*|[A-Z]+(?=[A-Z][a-z])|[A-Z][a-z]+|[0-9]+[a-z]*/g) ?? [name]
  )
}

function spaced(text: string): string {
  return wordsOf(folded(text)).join(' ')
}

/** Whether each piece of the query begins a hump, in their order: `ethPI` and `epi` for ethpmPhysIf. */
function beginsHumps(query: string, humps: readonly string[]): boolean {
  if (query === '') return true
  const [hump, ...others] = humps
  if (hump === undefined) return false
  for (let length = Math.min(query.length, hump.length); length > 0; length -= 1) {
    if (hump.startsWith(query.slice(0, length)) && beginsHumps(query.slice(length), others)) return true
  }
  return false
}

/** A search over one catalogue. It is made once and asked at every key. */
export class ClassSearch {
  private readonly index: readonly Indexed[]

  constructor(catalogue: Catalogue) {
    const english = textsOf('en-US')
    const own = textsOf(catalogue.language)
    this.index = catalogue.entries.map((entry) => {
      const labels = [...new Set([entry.label, english.classes[entry.name]])]
      const phrases = [...new Set([own.words[entry.name], english.words[entry.name]])]
        .flatMap((words) => words?.split(',') ?? [])
        .map(spaced)
      const groups = [...new Set([entry.groupLabel, english.groups[entry.group]])]
      const values = Object.entries(attributesOf(entry.name)).flatMap(([name, attribute]) => [
        name,
        ...attribute.values
      ])
      return {
        entry,
        rank: RANKS.get(entry.name),
        name: entry.name.toLowerCase(),
        ownName: entry.name.replace(PACKAGE, '').toLowerCase(),
        humps: humpsOf(entry.name).map((hump) => hump.toLowerCase()),
        labels: labels.map(spaced),
        parts: labels.flatMap((label) => label.split(/[():（）：]/)).map(spaced),
        phrases,
        fields: [
          field(WEIGHT.label, labels),
          field(WEIGHT.words, phrases),
          field(WEIGHT.name, humpsOf(entry.name)),
          field(WEIGHT.values, values),
          field(WEIGHT.group, groups),
          // Without spaces, one term may be of several things: 交换机重启.
          { ...field(WEIGHT.anywhere, [...labels, ...phrases, ...groups]), words: [] }
        ]
      }
    })
  }

  /**
   * The classes that answer to a query, the best first; for an empty query the first of the catalogue.
   * @param options.limit how many at most
   * @param options.without names that are not to be offered, such as those already chosen
   */
  find(
    query: string,
    { limit = 25, without = [] }: { readonly limit?: number; readonly without?: readonly string[] } = {}
  ): CatalogueEntry[] {
    const question = questionOf(query)
    return this.index
      .filter(({ entry }) => !without.includes(entry.name))
      .map((indexed) => ({ entry: indexed.entry, score: scoreOf(question, indexed) }))
      .filter(({ score }) => score > 0)
      .map(({ entry, score }) => ({ entry, score: entry.isStatistic ? score - STATISTIC : score }))
      .sort((a, b) => b.score - a.score)
      .slice(0, limit)
      .map(({ entry }) => entry)
  }

  /** Whether a class of the catalogue answers to a query, as where only certain classes can be meant. */
  isMeant(className: string, query: string): boolean {
    const indexed = this.index.find(({ entry }) => entry.name === className)
    return indexed !== undefined && query.trim() !== '' && scoreOf(questionOf(query), indexed) > 0
  }
}

interface Question {
  /** Without white space, in lower case: as a name is typed. */
  readonly name: string
  readonly phrase: string
  readonly terms: readonly string[]
}

function questionOf(query: string): Question {
  const name = query.normalize('NFKC').replace(/\s+/g, '').toLowerCase()
  return { name, phrase: spaced(query), terms: termsOf(query) }
}

function field(weight: number, texts: readonly string[]): Indexed['fields'][number] {
  const words = [...new Set(texts.flatMap((text) => wordsOf(folded(text))))]
  return { weight, words, squeezed: words.join('') }
}

function scoreOf({ name, phrase, terms }: Question, indexed: Indexed): number {
  // Whoever asks for nothing in particular.
  if (name === '') return 1 + (MOST_WATCHED.length - (indexed.rank ?? MOST_WATCHED.length))
  if (indexed.name === name) return SCORE.name
  const isPhrase = phrase !== ''
  const isIt = (text: string): boolean => text === phrase || isFormOf(phrase, text)
  if (isPhrase && (indexed.labels.some(isIt) || indexed.parts.some(isIt))) return SCORE.called
  if (indexed.ownName === name) return SCORE.ownName
  if (isPhrase && indexed.phrases.some(isIt)) return SCORE.alsoCalled
  const begun = isPhrase ? beginning(phrase, [...indexed.parts, ...indexed.labels]) : 0
  if (begun > 0) return begun
  if (indexed.name.startsWith(name)) return SCORE.nameBegins
  if (indexed.ownName.startsWith(name)) return SCORE.ownNameBegins
  const worth = worthOfTerms(terms, indexed)
  if (worth > 0) return SCORE.terms + worth
  if (name.length >= 2 && beginsHumps(name, indexed.humps)) return SCORE.humps
  return name.length >= 3 && indexed.name.includes(name) ? SCORE.inName : 0
}

/** The score for what something is called beginning so; within a word, more where less of it is missing. */
function beginning(phrase: string, texts: readonly string[]): number {
  const scores = texts
    .filter((text) => text.startsWith(phrase))
    .map((text) =>
      text.startsWith(`${phrase} `) ? SCORE.labelBegins : SCORE.labelBeginsSo + phrase.length / text.length
    )
  return Math.max(0, ...scores)
}

/** How well the terms are answered, below ten; 0 unless all of them are. */
function worthOfTerms(terms: readonly string[], { fields }: Indexed): number {
  let sum = 0
  for (const term of terms) {
    const worth = Math.max(...fields.map((at) => at.weight * likenessIn(at, term)))
    if (worth === 0) return 0
    sum += worth
  }
  return terms.length === 0 ? 0 : sum / terms.length
}

function likenessIn({ words, squeezed }: Indexed['fields'][number], term: string): number {
  if (isUnspaced(term)) return words.includes(term) ? 1 : isIn(squeezed, term) ? 0.8 : 0
  return words.reduce((best, word) => Math.max(best, likeness(term, word)), 0)
}
