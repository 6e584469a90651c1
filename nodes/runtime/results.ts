// The results of a write: one for each object, and one error for a Catch node.

import { AciError, type ErrorCode, type ItemWrite, type Refusal } from '../apic'

/** The result of one object. */
export interface Result {
  /** Empty where only the APIC knows it. */
  dn: string
  /** Empty where only a DN was given. */
  class: string
  ok: boolean
  /** The refusal; of the objects after it, that they were not sent. */
  error?: { code: ErrorCode; message: string; cause?: Refusal }
}

function nameOf({ dn, class: className }: ItemWrite): string {
  return dn === '' ? className : dn
}

/**
 * One result for each, in their order. The receiver owns it.
 * @param written number of objects written
 * @param error of the next one; undefined when all were written
 */
export function resultsOf(writes: readonly ItemWrite[], written: number, error?: AciError): Result[] {
  return writes.map((write, index) => {
    const result = { dn: write.dn, class: write.class, ok: index < written }
    const failed = writes[written]
    if (error === undefined || failed === undefined || result.ok) return result
    if (index > written) {
      const message = `not sent, for ${nameOf(failed)} before it failed`
      return { ...result, error: { code: error.code, message } }
    }
    const { code, message, cause } = error
    return { ...result, error: cause === undefined ? { code, message } : { code, message, cause: { ...cause } } }
  })
}

/** The error of the object that failed, with its position and how many were written and not sent. */
export function failureOf(writes: readonly ItemWrite[], written: number, error: AciError): AciError {
  const failed = writes[written]
  const name = failed === undefined ? '' : `${nameOf(failed)}: `
  const place = writes.length > 1 ? `item ${written + 1} of ${writes.length}, ` : ''
  const others = writes.length > 1 ? ` (${written} written before it, ${writes.length - written - 1} not sent)` : ''
  return new AciError(error.code, `${place}${name}${error.message}${others}`, error.cause)
}
