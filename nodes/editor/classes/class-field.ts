// A field for several classes, with commas between them: which of them is being typed, and putting a chosen one there.

import { looksLikeClass } from './class-name'

/** What is being typed at the caret. */
export interface FieldPart {
  /** Where it begins in the field, and where it ends. */
  readonly start: number
  readonly end: number
  /** A name or words, without white space around it; may be empty. */
  readonly text: string
  /** The other classes in the field. */
  readonly others: readonly string[]
}

/**
 * The part of a field around the caret. Commas part classes, and so does white space behind a name; of other words
 * (`bridge domain`) white space is a part.
 */
export function partAt(field: string, caret: number): FieldPart {
  const from = field.lastIndexOf(',', caret - 1) + 1
  const comma = field.indexOf(',', caret)
  const to = comma === -1 ? field.length : comma
  const tokens = [...field.slice(from, to).matchAll(/\S+/g)].map((match) => {
    const start = from + match.index
    const end = start + match[0].length
    return { start, end, isNamed: looksLikeClass(match[0]) }
  })
  const before = tokens.filter((token) => token.end < caret)
  const touched = tokens.filter((token) => token.start <= caret && caret <= token.end)
  const behind = tokens.filter((token) => token.start > caret)
  // Words that belong together reach as far as the next name.
  const first = before.slice(before.map((token) => token.isNamed).lastIndexOf(true) + 1)
  const named = behind.findIndex((token) => token.isNamed)
  const last = named === -1 ? behind : behind.slice(0, named)
  const part = [...first, ...touched, ...last]
  const start = part[0]?.start ?? caret
  const end = part.at(-1)?.end ?? caret
  const others = `${field.slice(0, start)},${field.slice(end)}`.split(/[\s,]+/).filter((name) => name !== '')
  return { start, end, text: field.slice(start, end), others }
}

/** The field with that part replaced by a class, and where the caret is then: right behind it. */
export function withClass(
  field: string,
  { start, end }: Pick<FieldPart, 'start' | 'end'>,
  name: string
): { readonly field: string; readonly caret: number } {
  const before = field.slice(0, start).trimEnd()
  const behind = field.slice(end).trimStart()
  const head = before === '' ? '' : before.endsWith(',') ? `${before} ` : `${before}, `
  const tail = behind === '' || behind.startsWith(',') ? behind : `, ${behind}`
  return { field: head + name + tail, caret: head.length + name.length }
}
