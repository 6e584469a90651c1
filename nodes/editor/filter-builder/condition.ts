// One condition of the builder: an attribute, an operator in words, and a value or two.

import { isClassName } from '../../apic/protocol/grammar'
import { Chooser, type ListedChoice } from './chooser'
import { iconButton } from '../widgets/buttons'
import { valueIn } from '../widgets/fields'
import {
  COMPARISONS,
  isBlank,
  operatorsFor,
  withAttribute,
  withOperator,
  withValue,
  type AttributeChoice,
  type ComparisonOperator,
  type DraftRow
} from '../filter'
import { commonWord } from '../texts'

/** What a condition needs to know of what is asked for. */
export interface ConditionSetting {
  /** The classes that it may be about; the first one is meant where none is named. */
  readonly classes: readonly string[]
  readonly attributes: readonly AttributeChoice[]
  /** The classes that the filter may name; undefined when it may name any. */
  readonly allowed: readonly string[] | undefined
}

interface ConditionEvents {
  readonly changed: (row: DraftRow) => void
  readonly removed: () => void
}

/** Values that are looked for within an attribute, or compared with it in size, are not from its list. */
const LISTED: readonly ComparisonOperator[] = ['eq', 'ne', 'anybit', 'allbits']

/** Operators that make sense of an empty value. */
const MAY_BE_EMPTY: readonly ComparisonOperator[] = ['eq', 'ne']

/** How a value is written. */
const EXAMPLES: Readonly<Record<AttributeChoice['kind'], string>> = {
  text: '',
  number: '0',
  time: '2026-11-23T10:43:19.000+00:00',
  choice: '',
  flags: ''
}

export class Condition {
  readonly element: JQuery
  private readonly attribute: Chooser
  private readonly operator: JQuery
  private values: Chooser[] = []
  private readonly valueBox = $('<div class="aci-values">')

  constructor(
    private row: DraftRow,
    private setting: ConditionSetting,
    private readonly events: ConditionEvents
  ) {
    this.attribute = new Chooser({
      label: commonWord('builder.attribute'),
      prompt: commonWord('builder.chooseAttribute'),
      changed: (text) => this.attributeChosen(text)
    })
    this.attribute.example('faultInst.severity')
    this.operator = $('<select class="aci-operator">').attr('aria-label', commonWord('builder.operator'))
    this.operator.on('change', () => this.operatorChosen())
    const removal = iconButton('fa-remove', commonWord('builder.remove')).on('click', () => events.removed())
    const parts = $('<div class="aci-parts">').append(this.attribute.element, this.operator, this.valueBox)
    this.element = $('<div class="aci-condition" role="group">').append(parts, removal)
    this.show()
  }

  /** Its place in the list, from 1. */
  number(place: number): void {
    this.element.attr('aria-label', commonWord('builder.condition', { place }))
  }

  focus(): void {
    this.attribute.focus()
  }

  /** What is known of classes and attributes has changed. */
  suit(setting: ConditionSetting): void {
    this.setting = setting
    this.show()
  }

  private get known(): AttributeChoice | undefined {
    const { className, property } = this.row
    return this.find(className, property)
  }

  private find(className: string, property: string): AttributeChoice | undefined {
    return this.setting.attributes.find((one) => one.className === className && one.property === property)
  }

  private set(row: DraftRow): void {
    this.row = row
    this.show()
    this.events.changed(row)
  }

  private attributeChosen(text: string): void {
    const [property = '', className = this.setting.classes[0] ?? '', ...rest] = text.trim().split('.').reverse()
    const isAttribute = isClassName(className) && /^[a-zA-Z]\w*$/.test(property) && rest.length === 0
    // What is being typed is no attribute yet, and stays out of the filter.
    this.set(
      isAttribute
        ? withAttribute(this.row, className, property, this.find(className, property))
        : { ...withAttribute(this.row, '', '', undefined), isWritten: false }
    )
  }

  private operatorChosen(): void {
    const [operator = 'eq', negation] = valueIn(this.operator).split(' ')
    this.set(withOperator(this.row, operator as ComparisonOperator, negation === 'not'))
  }

  private show(): void {
    this.showAttribute()
    this.showOperators()
    this.showValues()
  }

  private showAttribute(): void {
    const { classes, attributes, allowed } = this.setting
    const isOne = classes.length === 1
    const choices: ListedChoice[] = attributes.map(({ className, property, label, isUsual }) => ({
      value: `${className}.${property}`,
      text: [isOne ? property : `${className}.${property}`, label].filter((part) => part !== '').join(' · '),
      group: !isOne ? className : isUsual ? '' : commonWord('builder.further')
    }))
    const { className } = this.row
    const isBlankRow = isBlank(this.row)
    // What is typed so far is no attribute, and is not to be lost.
    if (isBlankRow) this.attribute.offer(choices)
    else this.attribute.show(`${className}.${this.row.property}`, choices)
    const isStrange = !isBlankRow && allowed !== undefined && !allowed.includes(className)
    this.attribute.mark(isStrange ? commonWord('builder.strange') : '')
  }

  private showOperators(): void {
    const { operator, isNegated } = this.row
    const kind = this.known?.kind
    const usual: readonly ComparisonOperator[] = kind === undefined ? COMPARISONS : operatorsFor(kind)
    const offered = usual.flatMap((one) => (one === 'wcard' ? [one, `${one} not`] : [one]))
    const chosen = isNegated ? `${operator} not` : operator
    const all = [...offered, ...(offered.includes(chosen) ? [] : [chosen])]
    this.operator.empty().append(...all.map((one) => $('<option>').val(one).text(this.operatorWords(one))))
    this.operator.val(chosen).prop('disabled', isBlank(this.row))
  }

  private operatorWords(choice: string): string {
    const [operator = '', negation] = choice.split(' ')
    if (choice === 'wcard not') return commonWord('builder.containsNot')
    const isTime = this.known?.kind === 'time'
    const words =
      isTime && operator === 'gt'
        ? commonWord('builder.after')
        : isTime && operator === 'lt'
          ? commonWord('builder.before')
          : commonWord(`builder.operators.${operator}`)
    return negation === 'not' ? commonWord('builder.negated', { operator: words }) : words
  }

  private showValues(): void {
    const { operator, values, isWritten } = this.row
    const { kind = 'text', values: known = [] } = this.known ?? {}
    const listed = LISTED.includes(operator) ? known : []
    const choices = listed.map(({ value, label }) => ({
      value,
      text: label === '' ? value : `${value} · ${label}`,
      group: ''
    }))
    if (this.values.length !== values.length) {
      this.values = values.map((_, index) => this.valueChooser(index, values.length))
      const elements = this.values.map(({ element }) => element)
      this.valueBox
        .toggleClass('aci-range', values.length > 1)
        .empty()
        .append(...elements)
    }
    for (const [index, chooser] of this.values.entries()) {
      chooser.show(values[index]?.text ?? '', choices)
      chooser.example(EXAMPLES[kind])
      const isMissing = isWritten && values[index]?.text === '' && !MAY_BE_EMPTY.includes(operator)
      chooser.mark(isMissing ? commonWord('builder.noValue') : '')
      chooser.enable(!isBlank(this.row))
    }
  }

  private valueChooser(index: number, count: number): Chooser {
    const label =
      count === 1
        ? commonWord('builder.value')
        : index === 0
          ? commonWord('builder.valueFrom')
          : commonWord('builder.valueTo')
    return new Chooser({
      label,
      prompt: commonWord('builder.chooseValue'),
      changed: (text) => this.set(withValue(this.row, index, text))
    })
  }
}
