// The builder of a filter, and the expression beside it: each follows the other. An expression that rows cannot show stays
// as it is.

import { classesAllowed, classesAsked, type AskedFields } from '../classes/asked'
import { Condition, type ConditionSetting } from './condition'
import type { Descriptions } from '../classes/descriptions'
import { nameButton, small, textButton } from '../widgets/buttons'
import { field, valueIn } from '../widgets/fields'
import {
  attributeChoices,
  BLANK,
  isBlank,
  readFilter,
  textOfDraft,
  withoutRow,
  withRow,
  type Draft,
  type FilterProblem,
  type Reading
} from '../filter'
import { known } from '../classes/knowledge'
import { panel } from '../widgets/panel'
import { commonWord } from '../texts'

/** Fields that say which classes there can be attributes of, and who knows more of them. */
const ASKED = ['apic', 'target', 'classes', 'dn', 'scope', 'subtreeClasses']

interface BuilderParts {
  readonly button: JQuery
  /** What the button unfolds. */
  readonly content: JQuery
}

/** Ties the builder of a dialog to the field of its filter. */
export function buildFilter({ button, content }: BuilderParts, descriptions: Descriptions): void {
  const filter = field('filter')
  const rows = $('<div>')
  const match = $('<select>').attr('aria-label', commonWord('builder.match'))
  for (const value of ['all', 'any'] as const) {
    $('<option>')
      .val(value)
      .text(commonWord(`builder.${value}`))
      .appendTo(match)
  }
  const add = small(textButton('fa-plus', commonWord('builder.add')))
  const matchBox = $('<div class="aci-match">').append(match)
  const builder = $('<div>').append(matchBox, rows, add)
  const note = $('<div class="aci-note" role="status">')
  content.append(builder, note)
  const title = commonWord('builder.title')
  nameButton(button, title)
  content.attr({ role: 'group', 'aria-label': title })

  /** The text of the note: a screen reader would read an unchanged one again. */
  let announced = ''
  let draft: Draft = { match: 'all', rows: [], isGrouped: false }
  let conditions: Condition[] = []

  const fields = (): AskedFields => ({
    target: valueIn(field('target')),
    classes: valueIn(field('classes')),
    dn: valueIn(field('dn')),
    scope: valueIn(field('scope')),
    subtreeClasses: valueIn(field('subtreeClasses'))
  })

  function setting(): ConditionSetting {
    const { catalogue } = known()
    const asked = fields()
    const classes = catalogue.filterable(classesAsked(asked))
    const described = (name: string): ReturnType<typeof attributesOf> => attributesOf(descriptions, name)
    return {
      classes,
      attributes: attributeChoices(classes, catalogue, described),
      allowed: classesAllowed(asked, (names) => catalogue.filterable(names))
    }
  }

  function write(changed: Draft): void {
    draft = changed
    const text = textOfDraft(draft)
    if (text !== valueIn(filter)) filter.val(text).trigger('change')
    announce({ is: 'rows', draft })
  }

  function showRows(): void {
    const suited = setting()
    conditions = draft.rows.map((row) => {
      const condition: Condition = new Condition(row, suited, {
        changed: (now) => write(withRow(draft, conditions.indexOf(condition), now)),
        removed: () => remove(conditions.indexOf(condition))
      })
      return condition
    })
    rows.empty().append(...conditions.map(({ element }) => element))
    for (const [index, condition] of conditions.entries()) condition.number(index + 1)
    match.val(draft.match)
    // Of one condition there is nothing to tell apart.
    matchBox.prop('hidden', draft.rows.length < 2 && draft.match === 'all')
  }

  function remove(index: number): void {
    write(withoutRow(draft, index))
    if (draft.rows.length === 0) draft = { ...draft, rows: [BLANK] }
    showRows()
    conditions[Math.min(index, conditions.length - 1)]?.focus()
  }

  /** Follows the text. */
  function read(): void {
    const text = valueIn(filter)
    const reading = readFilter(text)
    // What the rows wrote themselves, with rows among them that are not in it yet.
    if (reading.is === 'rows' && !builder.prop('hidden') && text === textOfDraft(draft)) return
    builder.prop('hidden', reading.is !== 'rows')
    if (reading.is === 'rows') {
      draft = reading.draft.rows.length > 0 ? reading.draft : { ...reading.draft, rows: [BLANK] }
      showRows()
    }
    announce(reading)
  }

  function announce(reading: Reading): void {
    const lines =
      reading.is === 'broken'
        ? brokenLines(reading.problem, valueIn(filter))
        : wordsOn(reading).map((sentence) => $('<div>').text(sentence))
    const now = lines.map((line) => line.text()).join('\n')
    if (now === announced) return
    announced = now
    note.empty().append(...lines)
  }

  function wordsOn(reading: Exclude<Reading, { is: 'broken' }>): string[] {
    if (reading.is === 'intricate') return [commonWord('builder.intricate')]
    if (reading.is === 'variable') return [commonWord('builder.variable')]
    return [
      ...(setting().classes.length === 0 ? [commonWord('builder.noClass')] : []),
      ...(draft.rows.some((row) => !row.isWritten && !isBlank(row)) ? [commonWord('builder.unwritten')] : []),
      ...(valueIn(filter).includes('${') ? [commonWord('builder.notFilled')] : [])
    ]
  }

  function suit(): void {
    const suited = setting()
    for (const condition of conditions) condition.suit(suited)
    announce(readFilter(valueIn(filter)))
  }

  const unfolded = panel(button, content, () => {
    builder.prop('hidden', true)
    read()
    void descriptions.want(setting().classes)
  })
  filter.on('input change', () => {
    if (unfolded.isOpen) read()
  })
  add.on('click', () => {
    draft = { ...draft, rows: [...draft.rows, BLANK] }
    showRows()
    conditions.at(-1)?.focus()
  })
  match.on('change', () => write({ ...draft, match: valueIn(match) === 'any' ? 'any' : 'all' }))
  for (const name of ASKED) {
    field(name).on('change', () => {
      if (!unfolded.isOpen) return
      suit()
      void descriptions.want(setting().classes)
    })
  }
  descriptions.onNews(() => {
    if (unfolded.isOpen) suit()
  })
}

function attributesOf(descriptions: Descriptions, className: string) {
  const answer = descriptions.of(className)
  return answer?.known === true ? answer : undefined
}

/** What is wrong with an expression, and the place in it. */
function brokenLines({ mistake, at, length }: FilterProblem, text: string): JQuery[] {
  const what = commonWord(`builder.mistake.${mistake}`)
  // Where something is missing there is nothing to mark but the place.
  const marked = text.slice(at, at + length) || '\u00a0'
  return [
    $('<div>').text(commonWord('builder.broken', { at: at + 1, what })),
    $('<code>').append(
      document.createTextNode(text.slice(0, at)),
      $('<mark>').text(marked),
      document.createTextNode(text.slice(at + length))
    )
  ]
}
