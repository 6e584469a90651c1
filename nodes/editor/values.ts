// How settings are stored and typed: a text, a number, a list, or `${NAME}` in place of any of them.

/** Whether the whole value is taken from an environment variable when the node starts. */
export function isEnv(value: unknown): value is string {
  return typeof value === 'string' && /^\$\{[^{}]+\}$/.test(value.trim())
}

/** What a text field shows of a value; empty when there is none. */
export function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''
}

/** The elements of a list: an array, or one text with commas or white space between them. */
export function listOf(value: unknown): string[] {
  const parts: unknown[] = Array.isArray(value) ? value : [value]
  return parts.flatMap((part) =>
    isEnv(part)
      ? [part.trim()]
      : textOf(part)
          .split(/[\s,]+/)
          .filter((element) => element !== '')
  )
}
