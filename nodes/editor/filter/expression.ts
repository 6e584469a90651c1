// The language of `query-target-filter` as a model, and the model as text.

/** Operators that compare a property with one value; `bw` (between) takes two. */
export const COMPARISONS = ['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'wcard', 'bw', 'anybit', 'allbits'] as const
export type ComparisonOperator = (typeof COMPARISONS)[number]

/** Operators that combine expressions: `not` takes one, `true` and `false` none; the others may have none, too. */
export const COMBINATIONS = ['and', 'or', 'xor', 'not', 'true', 'false'] as const
export type CombinationOperator = (typeof COMBINATIONS)[number]

export interface Comparison {
  readonly operator: ComparisonOperator
  readonly className: string
  readonly property: string
  /** As they are written, with their quotation marks where they have any: `"critical"`, `90`. */
  readonly literals: readonly string[]
}

export interface Combination {
  readonly operator: CombinationOperator
  readonly of: readonly Expression[]
}

export type Expression = Comparison | Combination

export function isCombination(expression: Expression): expression is Combination {
  return 'of' in expression
}

/** How many values a comparison takes. */
export function valuesOf(operator: ComparisonOperator): 1 | 2 {
  return operator === 'bw' ? 2 : 1
}

/** A value as it is written in an expression: in quotation marks, whatever is in it. */
export function literalOf(value: string): string {
  return `"${value.replace(/["\\]/g, '\\$&')}"`
}

/** The value that a literal stands for. */
export function valueOf(literal: string): string {
  return literal.startsWith('"') ? literal.slice(1, -1).replace(/\\(.)/gs, '$1') : literal
}

/** An expression as text, without white space other than that in values. */
export function print(expression: Expression): string {
  if (isCombination(expression)) return `${expression.operator}(${expression.of.map(print).join(',')})`
  const { operator, className, property, literals } = expression
  return `${operator}(${[`${className}.${property}`, ...literals].join(',')})`
}

/** The classes that an expression names, each once. */
export function classesIn(expression: Expression): string[] {
  if (!isCombination(expression)) return [expression.className]
  return [...new Set(expression.of.flatMap(classesIn))]
}
