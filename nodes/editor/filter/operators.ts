// Which comparisons make sense of which kind of attribute, for the builder to offer.

import type { Attribute } from '../classes/catalogue/attributes'
import type { ComparisonOperator } from './expression'

const OPERATORS: Readonly<Record<Attribute['kind'], readonly [ComparisonOperator, ...ComparisonOperator[]]>> = {
  text: ['eq', 'ne', 'wcard'],
  number: ['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'bw'],
  time: ['gt', 'lt', 'bw'],
  choice: ['eq', 'ne', 'wcard'],
  flags: ['anybit', 'allbits', 'wcard', 'eq', 'ne']
}

/** The usual one first. Others are allowed, too. */
export function operatorsFor(kind: Attribute['kind']): readonly [ComparisonOperator, ...ComparisonOperator[]] {
  return OPERATORS[kind]
}
