// The filter of a query: as a text, as a model, and as the rows of a builder.

export { attributeChoices, type AttributeChoice, type ValueChoice } from './attributes'
export {
  BLANK,
  isBlank,
  readFilter,
  textOfDraft,
  withAttribute,
  withOperator,
  withoutRow,
  withRow,
  withValue,
  type Draft,
  type DraftRow,
  type Reading
} from './draft'
export {
  classesIn,
  COMBINATIONS,
  COMPARISONS,
  isCombination,
  literalOf,
  print,
  valueOf,
  valuesOf,
  type Combination,
  type CombinationOperator,
  type Comparison,
  type ComparisonOperator,
  type Expression
} from './expression'
export { operatorsFor } from './operators'
export { parse, type FilterMistake, type FilterProblem, type Parsed } from './parser'
export { rowsOf, rowValue, textOfRows, type Row, type Rows, type RowValue } from './rows'
