// Reads a `query-target-filter`, and says where it stops making sense.

import {
  COMBINATIONS,
  COMPARISONS,
  valuesOf,
  type Combination,
  type Comparison,
  type CombinationOperator,
  type ComparisonOperator,
  type Expression
} from './expression'

/**
 * What is wrong with a filter:
 * `operator`: an operator such as `eq` or `and` is expected; an APIC may know more of them ·
 * `open`: its opening parenthesis is missing · `property`: `class.property` is expected ·
 * `value`: a value is missing · `comma`: a comma is expected · `close`: a comma or closing parenthesis is expected ·
 * `single`: `not` takes one expression · `quote`: a quotation mark is not closed · `rest`: something follows the end ·
 * `depth`: nested too deeply
 */
export type FilterMistake =
  'operator' | 'open' | 'property' | 'value' | 'comma' | 'close' | 'single' | 'quote' | 'rest' | 'depth'

export interface FilterProblem {
  readonly mistake: FilterMistake
  /** Where in the text, and how long the part that is meant is; the position is the end where something is missing. */
  readonly at: number
  readonly length: number
}

export type Parsed =
  | { readonly expression: Expression; readonly problem?: never }
  | { readonly problem: FilterProblem; readonly expression?: never }

/** No one writes this; it only keeps a hostile text from exhausting the stack. */
const DEEPEST = 100

interface Token {
  readonly kind: 'word' | 'quoted' | 'mark' | 'unclosed' | 'end'
  readonly text: string
  readonly at: number
}

/** A quoted value, one that is not closed, one of the marks, or anything else up to white space or a mark. */
const TOKEN = /\s*(?:("(?:[^"\\]|\\.)*")|(".*)|([(),])|([^\s"(),]+))/sy

class Problem extends Error {
  constructor(readonly problem: FilterProblem) {
    super(problem.mistake)
  }
}

function isComparison(word: string): word is ComparisonOperator {
  return (COMPARISONS as readonly string[]).includes(word)
}

function isCombinator(word: string): word is CombinationOperator {
  return (COMBINATIONS as readonly string[]).includes(word)
}

class Parser {
  private readonly tokens: Token[] = []
  private readonly end: Token
  private next = 0

  constructor(text: string) {
    TOKEN.lastIndex = 0
    const end = text.trimEnd().length
    while (TOKEN.lastIndex < end) {
      const match = TOKEN.exec(text)
      if (match === null) break
      const [whole, quoted, unclosed, mark, word] = match
      const token = quoted ?? unclosed ?? mark ?? word ?? ''
      const kind =
        quoted !== undefined ? 'quoted' : unclosed !== undefined ? 'unclosed' : mark !== undefined ? 'mark' : 'word'
      this.tokens.push({ kind, text: token, at: match.index + whole.length - token.length })
    }
    this.end = { kind: 'end', text: '', at: end }
  }

  parse(): Expression {
    const expression = this.expression(0)
    if (this.token.kind !== 'end') throw this.problem('rest')
    return expression
  }

  private expression(depth: number): Expression {
    if (depth > DEEPEST) throw this.problem('depth')
    const { kind, text } = this.token
    if (kind !== 'word' || !(isComparison(text) || isCombinator(text))) throw this.problem('operator')
    this.next += 1
    this.take('(', 'open')
    const expression = isComparison(text) ? this.comparison(text) : this.combination(text, depth)
    this.take(')', 'close')
    return expression
  }

  private combination(operator: CombinationOperator, depth: number): Combination {
    if (operator === 'true' || operator === 'false') return { operator, of: [] }
    if (operator !== 'not' && this.is(')')) return { operator, of: [] }
    const of = [this.expression(depth + 1)]
    while (this.is(',')) {
      if (operator === 'not') throw this.problem('single')
      this.next += 1
      of.push(this.expression(depth + 1))
    }
    return { operator, of }
  }

  private comparison(operator: ComparisonOperator): Comparison {
    const [, className, property] = /^([a-zA-Z]\w*)\.([a-zA-Z]\w*)$/.exec(this.token.text) ?? []
    if (this.token.kind !== 'word' || className === undefined || property === undefined) throw this.problem('property')
    this.next += 1
    const literals: string[] = []
    while (literals.length < valuesOf(operator)) {
      this.take(',', 'comma')
      literals.push(this.literal())
    }
    return { operator, className, property, literals }
  }

  private literal(): string {
    const { kind, text } = this.token
    if (kind !== 'word' && kind !== 'quoted') throw this.problem('value')
    this.next += 1
    return text
  }

  private get token(): Token {
    return this.tokens[this.next] ?? this.end
  }

  private is(mark: string): boolean {
    return this.token.kind === 'mark' && this.token.text === mark
  }

  private take(mark: string, otherwise: FilterMistake): void {
    if (!this.is(mark)) throw this.problem(otherwise)
    this.next += 1
  }

  /** At the token that does not fit. */
  private problem(mistake: FilterMistake): Problem {
    const { kind, text, at } = this.token
    return new Problem({ mistake: kind === 'unclosed' ? 'quote' : mistake, at, length: text.length })
  }
}

/** Reads one expression. White space does not matter outside of quotation marks. */
export function parse(text: string): Parsed {
  try {
    return { expression: new Parser(text).parse() }
  } catch (error) {
    if (error instanceof Problem) return { problem: error.problem }
    throw error
  }
}
