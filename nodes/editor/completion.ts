// Completion while one types, by the editor's own widget: classes by their names or by words, and the next RN of a DN.

import { isClassName } from '../apic/protocol/grammar'
import type { CatalogueEntry } from './classes/catalogue'
import { commonWord, wordOf } from './texts'
import { partAt, withClass } from './classes/class-field'
import { looksLikeClass } from './classes/class-name'
import { suggestionsAt } from './dn/suggestions'
import { valueIn } from './widgets/fields'
import { signOf } from './widgets/sign'
import { known } from './classes/knowledge'

/** What a field is to hold, where the caret is then, and how that is shown. */
interface Suggestion {
  readonly text: string
  readonly caret: number
  readonly row: JQuery
}

/** Keys that change nothing in a field, and yet what is to be offered in it. */
const MOVES = ['ArrowDown', 'ArrowLeft', 'ArrowRight', 'Home', 'End']

/**
 * Completes a field.
 * @param suggest gets what is in the field, the caret, and whether the user asks what there is (by the arrow key, or a click)
 */
function complete(
  field: JQuery,
  suggest: (text: string, caret: number, isAsked: boolean) => readonly Suggestion[]
): void {
  let offered: readonly Suggestion[] = []
  let isAsked = false
  let isChanged = false

  field.on('input', () => (isChanged = true))
  // Before the widget's own, which would open the menu at any key, even at a Shift that is let go on the way through:
  // the next Tab, with which one only wants to go on, would then take a row.
  field.on('keyup', (event) => {
    if (!isChanged && !MOVES.includes(event.key)) event.stopImmediatePropagation()
    isAsked = event.key === 'ArrowDown'
    isChanged = false
  })
  field.attr('autocomplete', 'off').autoComplete({
    minLength: 0,
    search: (text: string) => {
      offered = text.includes('$') ? [] : suggest(text, Number(field.prop('selectionStart')), isAsked)
      return offered.map(({ text: value, row }) => ({ value, label: row }))
    }
  })
  // Whoever points at an empty field sees what there is, as by the arrow key.
  field.on('click', () => {
    if (valueIn(field) === '') field.trigger($.Event('keyup', { key: 'ArrowDown' }))
  })
  // Behind the widget's own, which says nothing when Enter or Tab takes the first row.
  field.on('keydown', (event) => {
    const isTaken = (event.key === 'Enter' || event.key === 'Tab') && event.isDefaultPrevented()
    if (isTaken) field.trigger('change')
  })
  field.on('change', () => {
    const chosen = offered.find(({ text }) => text === valueIn(field))
    if (chosen === undefined) return
    // Once: later changes are no choices. Going down into the menu is a change, too, of what is typed.
    offered = []
    field.prop({ selectionStart: chosen.caret, selectionEnd: chosen.caret })
  })
}

function cell(text: string, style: Readonly<Record<string, string>> = {}): JQuery {
  return $('<span>')
    .text(text)
    .css({ overflow: 'hidden', textOverflow: 'ellipsis', ...style })
}

function line(...cells: readonly JQuery[]): JQuery {
  return $('<div>')
    .css({ display: 'flex', justifyContent: 'space-between', gap: '12px', lineHeight: '17px' })
    .append(...cells)
}

/** A row of two lines, which have room in the narrowest menu: what is filled in, and what that is. */
function rowOf(name: string, aside: JQuery, label: string): JQuery {
  const named = cell(name, { flexShrink: '0', fontFamily: 'var(--red-ui-monospace-font)' })
  return $('<div>').append(line(named, aside.css({ fontSize: '0.9em', opacity: '0.8' })), line(cell(label)))
}

function warning(text: string): JQuery {
  const sign = signOf('warning').css({ color: 'var(--red-ui-text-color-warning)', marginRight: '4px' })
  return cell(text).prepend(sign)
}

/** Completes a field for several classes. In what is subscribed to, classes that never push are marked. */
export function completeClasses(node: EditorNode, field: JQuery): void {
  const { catalogue, search } = known()
  const asideOf = ({ isStatistic, groupLabel }: CatalogueEntry): JQuery =>
    isStatistic && node.type === 'aci-subscribe'
      ? warning(`${groupLabel} · ${wordOf(node, 'hint.neverPushed')}`)
      : cell(groupLabel)

  complete(field, (text, caret, isAsked) => {
    const part = partAt(text, caret)
    if (part.text === '' && !isAsked) return []
    const rows: { readonly name: string; readonly row: JQuery }[] = search
      .find(part.text, { without: part.others })
      .map((entry) => ({ name: entry.name, row: rowOf(entry.name, asideOf(entry), entry.label) }))
    if (isOfItsOwn(part.text) && rows.length > 0) {
      // Enter and Tab take the first row. That is what was typed, unless it begins the name of a class.
      const isBeginning = rows[0]?.name.toLowerCase().startsWith(part.text.toLowerCase()) === true
      const typed = { name: part.text, row: rowOf(part.text, cell(''), commonWord('classes.asTyped')) }
      rows.splice(isBeginning ? 1 : 0, 0, typed)
    }
    return rows.map(({ name, row }) => {
      const filled = withClass(text, part, name)
      return { text: filled.field, caret: filled.caret, row }
    })
  })

  /** Whether a text can be a class that the catalogue does not have. */
  function isOfItsOwn(text: string): boolean {
    return looksLikeClass(text) && isClassName(text) && catalogue.find(text) === undefined
  }
}

/** Completes a DN by the beginnings of the RNs that can come next. */
export function completeDn(field: JQuery): void {
  const { catalogue, search } = known()
  complete(field, (text, caret, isAsked) => {
    if (text.trim() === '' && !isAsked) return []
    return suggestionsAt(text, caret, { isMeant: (name, words) => search.isMeant(name, words) }).map(
      ({ className, prefix, dn, caret: behind }) => ({
        text: dn,
        caret: behind,
        row: rowOf(prefix, cell(className), catalogue.find(className)?.label ?? '')
      })
    )
  })
}
