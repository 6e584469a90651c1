// The signs of outcomes, the same wherever something is tried or found out.

import type { TestStep } from '../../admin/answers'
import { symbol } from './buttons'

export type Outcome = TestStep['outcome']

const SIGNS: Readonly<Record<Outcome, string>> = {
  good: 'fa-check-circle',
  warning: 'fa-exclamation-triangle',
  failed: 'fa-times-circle',
  skipped: 'fa-minus-circle'
}

/** For those who see it; the words beside it say the same. */
export function signOf(outcome: Outcome): JQuery {
  return symbol(SIGNS[outcome]).addClass(`aci-sign aci-sign-${outcome}`)
}
