// Which filters a simple builder can show: rows of attribute, operator and value, of which all or any must hold. What
// it shows it gives back to the letter; every other expression stays a text.

import {
  isCombination,
  literalOf,
  print,
  valueOf,
  valuesOf,
  type Comparison,
  type ComparisonOperator,
  type Expression
} from './expression'
import { parse } from './parser'

export interface RowValue {
  readonly text: string
  /** Written without quotation marks, as numbers may be. */
  readonly isBare: boolean
}

export interface Row {
  readonly className: string
  readonly property: string
  readonly operator: ComparisonOperator
  /** The row holds where the comparison does not: `not(wcard(…))`. */
  readonly isNegated: boolean
  /** One, or two for `bw`. */
  readonly values: readonly RowValue[]
}

export interface Rows {
  readonly match: 'all' | 'any'
  readonly rows: readonly Row[]
  /** Of a single row that all of must match: whether `and(…)` is around it nevertheless, as the APIC's GUI writes it. */
  readonly isGrouped: boolean
}

/** A value as a row takes it from a field. */
export function rowValue(text: string): RowValue {
  return { text, isBare: false }
}

function literalOfRow({ text, isBare }: RowValue): string {
  return isBare ? text : literalOf(text)
}

function expressionOf({ className, property, operator, isNegated, values }: Row): Expression {
  const comparison = { operator, className, property, literals: values.map(literalOfRow) }
  return isNegated ? { operator: 'not', of: [comparison] } : comparison
}

/** The rows as an expression; an empty text when there are none. */
export function textOfRows({ match, rows, isGrouped }: Rows): string {
  const of = rows.map(expressionOf)
  const [first] = of
  if (first === undefined) return ''
  if (of.length === 1 && match === 'all' && !isGrouped) return print(first)
  return print({ operator: match === 'all' ? 'and' : 'or', of })
}

function rowOf(expression: Expression): Row | undefined {
  if (!isCombination(expression)) return comparisonRow(expression, false)
  const [negated] = expression.of
  if (expression.operator !== 'not' || negated === undefined || isCombination(negated)) return undefined
  return comparisonRow(negated, true)
}

function comparisonRow({ className, property, operator, literals }: Comparison, isNegated: boolean): Row | undefined {
  const values = literals.map((literal) => ({ text: valueOf(literal), isBare: !literal.startsWith('"') }))
  // A literal with other escapes than ours would be written another way.
  const isOurs = values.every((value, index) => literalOfRow(value) === literals[index])
  return isOurs && values.length === valuesOf(operator)
    ? { className, property, operator, isNegated, values }
    : undefined
}

/**
 * The rows of a filter; undefined when the builder cannot show it, be it too intricate or no filter at all.
 * `textOfRows` then gives the same filter again, up to white space.
 */
export function rowsOf(text: string): Rows | undefined {
  if (text.trim() === '') return { match: 'all', rows: [], isGrouped: false }
  const { expression } = parse(text)
  if (expression === undefined) return undefined
  const isList = isCombination(expression) && (expression.operator === 'and' || expression.operator === 'or')
  const rows = (isList ? expression.of : [expression]).map(rowOf)
  if (!rows.every((row) => row !== undefined)) return undefined
  return { match: expression.operator === 'or' ? 'any' : 'all', rows, isGrouped: isList }
}
