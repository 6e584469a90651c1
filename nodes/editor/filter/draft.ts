// A filter in the making: the rows of the builder, some of which may not be complete yet, and the expression that the
// others make.

import { valuesOf, type ComparisonOperator } from './expression'
import type { AttributeChoice } from './attributes'
import { operatorsFor } from './operators'
import { parse, type FilterProblem } from './parser'
import { rowsOf, rowValue, textOfRows, type Row, type Rows } from './rows'

export interface DraftRow extends Row {
  /**
   * It is part of the expression. Once it is, it stays so whatever becomes of its value: it would otherwise vanish from
   * the filter while a value is typed anew.
   */
  readonly isWritten: boolean
}

export interface Draft {
  readonly match: Rows['match']
  readonly rows: readonly DraftRow[]
  readonly isGrouped: boolean
}

/** What the builder can do with a filter. */
export type Reading =
  | { readonly is: 'rows'; readonly draft: Draft }
  /** Right, and more than rows can show. */
  | { readonly is: 'intricate' }
  /** Taken from an environment variable as a whole. */
  | { readonly is: 'variable' }
  | { readonly is: 'broken'; readonly problem: FilterProblem }

/** A row of which nothing is chosen. */
export const BLANK: DraftRow = {
  className: '',
  property: '',
  operator: 'eq',
  isNegated: false,
  values: [rowValue('')],
  isWritten: false
}

export function readFilter(text: string): Reading {
  // As Node-RED takes it: the whole setting.
  if (/^\s*\$\{[^{}]+\}\s*$/.test(text)) return { is: 'variable' }
  const found = rowsOf(text)
  if (found !== undefined) {
    return { is: 'rows', draft: { ...found, rows: found.rows.map((row) => ({ ...row, isWritten: true })) } }
  }
  const { problem } = parse(text)
  return problem === undefined ? { is: 'intricate' } : { is: 'broken', problem }
}

export function isBlank({ property }: DraftRow): boolean {
  return property === ''
}

/** The expression of the rows that are complete. */
export function textOfDraft({ match, rows, isGrouped }: Draft): string {
  const written = rows.filter((row) => row.isWritten)
  // Around one row that was not read with something around it there is nothing, whatever is to match.
  const isPlain = written.length === 1 && !isGrouped
  return textOfRows({ match: isPlain ? 'all' : match, rows: written, isGrouped: isGrouped && written.length === 1 })
}

/** Without a row. What is left alone needs no group. */
export function withoutRow(draft: Draft, index: number): Draft {
  const rows = draft.rows.filter((_, at) => at !== index)
  return { ...draft, rows, isGrouped: draft.isGrouped && rows.length > 1 }
}

export function withRow(draft: Draft, index: number, row: DraftRow): Draft {
  return { ...draft, rows: draft.rows.map((old, at) => (at === index ? row : old)) }
}

function checked(row: DraftRow): DraftRow {
  const isComplete = !isBlank(row) && row.values.every(({ text }) => text !== '')
  return isComplete && !row.isWritten ? { ...row, isWritten: true } : row
}

/**
 * Another attribute. Operator and value stay as far as they may be meant of it; without them the row is a new one.
 * @param known what is known of the attribute, where something is
 */
export function withAttribute(
  row: DraftRow,
  className: string,
  property: string,
  known: AttributeChoice | undefined
): DraftRow {
  const operators: readonly ComparisonOperator[] = operatorsFor(known?.kind ?? 'text')
  const isNew = isBlank(row) && row.values.every(({ text }) => text === '')
  const isKept = !isNew && operators.includes(row.operator)
  const operator = isKept ? row.operator : (operators[0] ?? 'eq')
  const named = { ...row, className, property, operator, isNegated: isKept && row.isNegated }
  const mayBe = (text: string): boolean =>
    known === undefined || known.values.length === 0 || known.values.some(({ value }) => value === text)
  if (isKept && row.values.every(({ text }) => mayBe(text))) return checked(named)
  return { ...named, values: Array.from({ length: valuesOf(operator) }, () => rowValue('')), isWritten: false }
}

/** Another operator; the values stay as far as it takes them. */
export function withOperator(row: DraftRow, operator: ComparisonOperator, isNegated: boolean): DraftRow {
  const values = Array.from({ length: valuesOf(operator) }, (_, index) => row.values[index] ?? rowValue(''))
  return checked({ ...row, operator, isNegated, values })
}

export function withValue(row: DraftRow, index: number, text: string): DraftRow {
  return checked({ ...row, values: row.values.map((old, at) => (at === index ? rowValue(text) : old)) })
}
