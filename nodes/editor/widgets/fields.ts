// Fields of a dialog: reading them, and showing what is wrong with them.

import { textOf } from '../values'

/** The field of a setting, in the dialog of a node that is in the flow. */
export function field(setting: string): JQuery {
  return $(`#node-input-${setting}`)
}

/** What stands in a text field, a select or a hidden field; empty when there is no such field. */
export function valueIn(field: JQuery): string {
  const value = field.val()
  return typeof value === 'string' ? value : ''
}

/** Id of the configuration node that is chosen in a select; empty when none is. */
export function configIn(field: JQuery): string {
  const id = valueIn(field)
  // The editor's entry for "add a new one".
  return id === '_ADD_' ? '' : id
}

export function isTicked(box: JQuery): boolean {
  return box.prop('checked') === true
}

/**
 * Ties each field to its labels by `aria-labelledby`. A field that is wrong would else be called by the reason in
 * Node-RED 5, which takes a tooltip for the name of what has none of that kind.
 */
export function nameFields(form: JQuery): void {
  form.find<HTMLLabelElement>('label[for]').each((_index, label) => {
    const field = form.find(`#${label.htmlFor}`)
    const labels = (field.attr('aria-labelledby') ?? '').split(' ').filter((id) => id !== '')
    if (label.id === '') label.id = `${label.htmlFor}-label${labels.length === 0 ? '' : `-${labels.length}`}`
    field.attr('aria-labelledby', [...labels, label.id].join(' '))
  })
}

/**
 * Marks a field as the editor marks its own, with the reason as its tooltip; an empty reason takes the mark away. Who
 * does not see the tooltip gets the reason as the field's description.
 */
export function mark(field: JQuery, reason: string): void {
  const tooltip = field.data('tooltip') as Tooltip | null | undefined
  field.toggleClass('input-error', reason !== '').attr('aria-invalid', String(reason !== ''))
  field.attr('aria-description', reason === '' ? null : reason)
  if (reason === '') {
    tooltip?.delete()
    field.data('tooltip', null)
  } else if (tooltip) tooltip.setContent(reason)
  else field.data('tooltip', RED.popover.tooltip(field, reason))
}

/** Listens for as long as a part of the dialog is open, until the signal is given. */
export function listen(element: JQuery, events: string, heard: () => void, signal: AbortSignal): void {
  element.on(events, heard)
  signal.addEventListener('abort', () => element.off(events, heard))
}

/** Why a field is marked; empty when it is not. */
export function reasonAt(field: JQuery): string {
  return field.attr('aria-description') ?? ''
}

/** Chooses a stored value. One that is not among the choices, such as `${ENV}`, stays until another is chosen. */
export function choose(select: JQuery, value: unknown): void {
  const offered = select
    .find<HTMLOptionElement>('option')
    .toArray()
    .map((option) => option.value)
  const chosen = value === undefined || value === null ? (offered[0] ?? '') : textOf(value)
  if (!offered.includes(chosen)) $('<option>').val(chosen).text(chosen).appendTo(select)
  select.val(chosen)
}
