// Tells failures that pass by themselves from those that every further try meets again.

import { NotFromApic, type AciError } from '../common/errors'

/** Whether a later try of the same can succeed. */
export function isTransient(error: AciError): boolean {
  if (error instanceof NotFromApic) return true
  // A loaded APIC truncates answers; the next one may be complete.
  if (error.code === 'ACI_TIMEOUT' || error.code === 'ACI_UNREACHABLE' || error.code === 'ACI_PROTOCOL') return true
  const status = error.cause?.status ?? 0
  return (status >= 500 || status === 429) && !/too big/i.test(error.cause?.text ?? '')
}
