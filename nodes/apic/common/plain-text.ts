// Turns text of a peer into one plain line, fit for logs, statuses and messages.

/** Escape sequences of terminals: colours, cursors, titles. */
// eslint-disable-next-line no-control-regex -- control characters are exactly what is looked for
const ESCAPES = /\u001b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g

/** Line breaks, control characters and changes of writing direction. */
// eslint-disable-next-line no-control-regex -- as above
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]+/g

/**
 * @param most characters that are kept
 * @returns the text without escape sequences, line breaks and other control characters, and not longer than that
 */
export function plainText(text: string, most: number): string {
  // Do not clean text that is cut off anyway.
  const line = text
    .slice(0, most * 4)
    .replace(ESCAPES, '')
    .replace(CONTROLS, ' ')
    .trim()
  return line.length <= most ? line : `${line.slice(0, most - 1)}…`
}
