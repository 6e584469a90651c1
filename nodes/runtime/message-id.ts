// Ids of messages as Node-RED makes them, sixteen hexadecimal digits, in a fraction of the time: every event is a message.

import { randomBytes } from 'node:crypto'

/** Digits that count, and how many ids have the same ones before them. */
const DIGITS = 8
const MOST = 16 ** DIGITS

let prefix = ''
let count = MOST

/** An id that no other message has. */
export function messageId(): string {
  if (count === MOST) {
    prefix = randomBytes(4).toString('hex')
    count = 0
  }
  const digits = count.toString(16)
  count += 1
  return prefix + '0'.repeat(DIGITS - digits.length) + digits
}
