// The filter language of query-target-filter and rsp-subtree-filter: text -> predicate over managed objects.
import { badRequest, filterClassNotFound, filterValueInvalid, propertyNotFound } from './errors'
import type { Attributes, Model } from './model'

/** What a filter looks at. Attributes are those of a read, without `rn`. */
export interface Filterable {
  readonly cls: { readonly name: string }
  readonly rn: string
  readonly attributes: Attributes
}

export type Filter = (object: Filterable) => boolean

const COMPARISONS = ['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'wcard', 'bw', 'anybit', 'allbits'] as const
type Comparison = (typeof COMPARISONS)[number]
const COMBINATIONS = ['and', 'or', 'xor', 'not'] as const
type Combination = (typeof COMBINATIONS)[number]

type Expression =
  | { readonly kind: Combination; readonly of: readonly Expression[] }
  | {
      readonly kind: Comparison
      readonly className: string
      readonly property: string
      readonly values: readonly string[]
    }

/**
 * Parses and checks a filter.
 * @throws Refusal 121, 122 or 301 for an unknown property, class or impossible value; 400 when it cannot be parsed
 * (the texts of the latter are the simulator's own).
 */
export const compileFilter = (text: string, model: Model): Filter => {
  const expression = new Parser(text).parse()
  return compile(expression, model)
}

/** Names and strings; everything else is one character. */
const TOKEN = /\s*(?:"((?:[^"\\]|\\.)*)"|([^\s"(),]+)|([(),]))/y

class Parser {
  private readonly tokens: { text: string; quoted: boolean }[] = []
  private at = 0

  constructor(private readonly source: string) {
    TOKEN.lastIndex = 0
    const end = source.trimEnd().length
    while (TOKEN.lastIndex < end) {
      const match = TOKEN.exec(source)
      if (!match) throw this.malformed()
      const [, quoted, bare, mark] = match
      this.tokens.push({ text: quoted?.replace(/\\(.)/gs, '$1') ?? bare ?? mark!, quoted: quoted !== undefined })
    }
  }

  parse(): Expression {
    const expression = this.expression()
    if (this.at !== this.tokens.length) throw this.malformed()
    return expression
  }

  private expression(): Expression {
    const name = this.next()
    if (name.quoted) throw this.malformed()
    this.expect('(')
    const combination = COMBINATIONS.find((known) => known === name.text)
    if (combination) return this.combination(combination)
    const comparison = COMPARISONS.find((known) => known === name.text)
    if (!comparison) throw badRequest(`Request failed, unknown operator '${name.text}' in filter ${this.source}`)
    return this.comparison(comparison)
  }

  private combination(kind: Combination): Expression {
    const of = [this.expression()]
    while (this.peek() === ',') {
      this.expect(',')
      of.push(this.expression())
    }
    this.expect(')')
    if (kind === 'not' && of.length !== 1) throw this.malformed()
    return { kind, of }
  }

  private comparison(kind: Comparison): Expression {
    const path = this.next()
    const match = path.quoted ? null : /^(\w+)\.(\w+)$/.exec(path.text)
    if (!match) throw this.malformed()
    const values: string[] = []
    while (this.peek() === ',') {
      this.expect(',')
      values.push(this.value())
    }
    this.expect(')')
    if (values.length !== (kind === 'bw' ? 2 : 1)) throw this.malformed()
    return { kind, className: match[1]!, property: match[2]!, values }
  }

  private value(): string {
    const token = this.next()
    if (!token.quoted && /^[(),]$/.test(token.text)) throw this.malformed()
    return token.text
  }

  private peek(): string | undefined {
    const token = this.tokens[this.at]
    return token && !token.quoted ? token.text : undefined
  }

  private next(): { text: string; quoted: boolean } {
    const token = this.tokens[this.at]
    if (!token) throw this.malformed()
    this.at += 1
    return token
  }

  private expect(mark: string): void {
    const token = this.next()
    if (token.quoted || token.text !== mark) throw this.malformed()
  }

  private malformed(): Error {
    return badRequest(`Request failed, malformed filter ${this.source}`)
  }
}

const compile = (expression: Expression, model: Model): Filter => {
  if ('of' in expression)
    return combine(
      expression.kind,
      expression.of.map((part) => compile(part, model))
    )
  const { kind, className, property } = expression
  const kinds = model.kindsOf(className)
  if (!kinds) throw filterClassNotFound(className)
  if (!model.hasProperty(className, property)) throw propertyNotFound(property, className)
  const first = model.find(kinds[0] ?? '')
  const values = expression.values.map((value) => first?.normal(property, value) ?? value)
  if (kind !== 'wcard') checkValues({ ...expression, values }, kinds, model)
  const ranks = first?.values[property]
  const test = tests[kind]
  const wanted = new Set(kinds)
  const sole = kinds.length === 1 ? kinds[0] : undefined
  // Of an object of another class than the filter names, nothing can be said: the comparison is false. (A guess.)
  return (object) =>
    (sole === undefined ? wanted.has(object.cls.name) : object.cls.name === sole) &&
    test(property === 'rn' ? object.rn : (object.attributes[property] ?? ''), values, ranks)
}

const combine = (kind: Combination, parts: readonly Filter[]): Filter => {
  if (kind === 'and') return (object) => parts.every((part) => part(object))
  if (kind === 'or') return (object) => parts.some((part) => part(object))
  // Of more than two: true when an odd number is. (A guess; two is the documented use.)
  if (kind === 'xor') return (object) => parts.filter((part) => part(object)).length % 2 === 1
  return (object) => !parts[0]!(object)
}

const checkValues = (
  { className, property, kind, values }: Extract<Expression, { className: string }>,
  kinds: readonly string[],
  model: Model
): void => {
  const bits = kind === 'anybit' || kind === 'allbits'
  for (const value of bits ? values.flatMap((list) => list.split(',')) : values) {
    const fits = kinds.some((name) => model.find(name)?.admits(property, value) ?? false)
    if (!fits) throw filterValueInvalid(className, property, value)
  }
}

type Test = (actual: string, values: readonly string[], ranks: readonly string[] | undefined) => boolean

const tests: Readonly<Record<Comparison, Test>> = {
  eq: (actual, [value]) => same(actual, value!),
  ne: (actual, [value]) => !same(actual, value!),
  lt: (actual, [value], ranks) => compareValues(actual, value!, ranks) < 0,
  le: (actual, [value], ranks) => compareValues(actual, value!, ranks) <= 0,
  gt: (actual, [value], ranks) => compareValues(actual, value!, ranks) > 0,
  ge: (actual, [value], ranks) => compareValues(actual, value!, ranks) >= 0,
  bw: (actual, [low, high], ranks) =>
    compareValues(actual, low!, ranks) >= 0 && compareValues(actual, high!, ranks) <= 0,
  wcard: (actual, [pattern]) => wildcard(pattern!).test(actual),
  anybit: (actual, [list]) => {
    const set = new Set(actual.split(','))
    return list!.split(',').some((bit) => set.has(bit))
  },
  allbits: (actual, [list]) => {
    const set = new Set(actual.split(','))
    return list!.split(',').every((bit) => set.has(bit))
  }
}

const NUMBER = /^[+-]?\d+(\.\d+)?$/
const DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d/

/** Equal as text, or the same moment. Not as numbers: a tenant 007 is not the tenant 7. */
const same = (a: string, b: string): boolean =>
  a === b || (DATE.test(a) && DATE.test(b) && Date.parse(a) === Date.parse(b))

/** Numbers by size, times by moment, enumerations by rank, anything else as text. */
export const compareValues = (a: string, b: string, ranks?: readonly string[]): number => {
  if (ranks?.includes(a) && ranks.includes(b)) return ranks.indexOf(a) - ranks.indexOf(b)
  if (a === b) return 0
  if (NUMBER.test(a) && NUMBER.test(b)) return Number(a) - Number(b)
  if (DATE.test(a) && DATE.test(b)) return Date.parse(a) - Date.parse(b)
  return a < b ? -1 : 1
}

const patterns = new Map<string, RegExp>()

/** Anything that contains the text; `*` stands for any run of characters. (That it is unanchored is seen; the `*` is a guess.) */
const wildcard = (text: string): RegExp => {
  let pattern = patterns.get(text)
  if (!pattern) {
    if (patterns.size > 1000) patterns.clear()
    pattern = new RegExp(text.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/(\\\.)?\*/g, '.*'), 's')
    patterns.set(text, pattern)
  }
  return pattern
}
