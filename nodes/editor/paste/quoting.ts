// How programs and shells write texts: in quotation marks, escaped, in pieces.

/** A text in quotation marks, and where it ends: behind the closing mark, or at the end when there is none. */
interface Quoted {
  readonly text: string
  readonly end: number
}

/** Letters that say how a text in a program is meant: Python's f, r, b and u. */
const PREFIX = /(?:^|[^A-Za-z0-9_])([fFrRbBuU]{1,2})$/

/** Reads a text of Python or JavaScript whose opening mark is at `at`. */
function literalAt(source: string, at: number): Quoted {
  const mark = source[at] ?? ''
  const fence = source.startsWith(mark.repeat(3), at) ? mark.repeat(3) : mark
  const isRaw = /r/i.test(PREFIX.exec(source.slice(0, at))?.[1] ?? '')
  let text = ''
  let index = at + fence.length
  while (index < source.length && !source.startsWith(fence, index)) {
    const escaped = source[index] === '\\' && !isRaw
    // A backslash keeps the mark; a line that ends in one goes on in the next.
    if (escaped) index += 1
    const character = source[index] ?? ''
    if (escaped && !/["'`\\\n]/.test(character)) text += '\\'
    if (!(escaped && character === '\n')) text += character
    index += 1
  }
  return { text, end: Math.min(source.length, index + fence.length) }
}

/** What stands for a value that a program puts in. */
const GAP = '{}'

/**
 * Reads a text of Python or JavaScript, together with the texts that are joined to it: by `+`, or by standing behind it.
 * A variable in between is a gap.
 * @param at where its opening quotation mark is
 */
export function joinedLiteralAt(source: string, at: number): Quoted {
  let { text, end } = literalAt(source, at)
  for (;;) {
    const rest = source.slice(end, end + 200)
    const glue = /^(?:\s|\+|\\\r?\n)*[fFrRbBuU]{0,2}(?=["'`])/.exec(rest)
    const variable = /^\s*\+\s*[A-Za-z_][\w.]*(?:\([\w.]*\)|\[[\w.'"]*\])*/.exec(rest)
    if (glue !== null) {
      const next = literalAt(source, end + glue[0].length)
      text += next.text
      end = next.end
    } else if (variable !== null) {
      text += GAP
      end += variable[0].length
    } else return { text, end }
  }
}

/** The words of a POSIX command line. */
export function shellWords(line: string): string[] {
  const words: string[] = []
  let word: string | undefined
  for (const match of line.matchAll(/\\\r?\n|(\s+)|\$?'([^']*)'?|"((?:[^"\\]|\\[^])*)"?|\\([^])|([^\s'"\\]+)|[^]/g)) {
    const [whole, space, single, double, escaped, plain] = match
    if (space !== undefined) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else if (!/^\\\r?\n$/.test(whole)) {
      const unescaped = double?.replace(/\\(\r?\n|["\\$`])/g, (_, kept: string) => (kept.includes('\n') ? '' : kept))
      word = (word ?? '') + (single ?? unescaped ?? escaped ?? plain ?? whole)
    }
  }
  if (word !== undefined) words.push(word)
  return words
}
