// The dialog of aci-subscribe: what is subscribed to, which events are sent and how, and the checks of its settings.

import { flawOfDn, flawOfFilter, isClassName, type DnFlaw, type FilterFlaw } from '../apic/grammar'
import { choose, isTicked, nameFields, valueIn } from './fields'
import { validator } from './validator'
import { isEnv, listOf, textOf } from './values'

const EVENTS = ['created', 'modified', 'deleted'] as const

/** Texts never repeat what was typed: parts of the editor show them as HTML. */
const DN_FLAWS: Readonly<Record<DnFlaw, string>> = { characters: 'dn', parts: 'dnParts', brackets: 'dnBrackets' }
const FILTER_FLAWS: Readonly<Record<FilterFlaw, string>> = {
  characters: 'filter',
  quote: 'filterQuote',
  parentheses: 'filterBrackets',
  expression: 'filter'
}

/** The node whose dialog is open. Its checks look at the fields; those of every other node at its settings. */
let edited: EditorNode | undefined

function field(setting: string): JQuery {
  return $(`#node-input-${setting}`)
}

function settingOf(node: EditorNode, setting: string): string {
  return node === edited ? valueIn(field(setting)) : textOf(node[setting])
}

/** Whether the settings must name something, and by which of them: a node that is driven by messages may start empty. */
function needs(node: EditorNode, target: 'class' | 'mo'): boolean {
  return (settingOf(node, 'target') || 'class') === target && Number(settingOf(node, 'inputs')) !== 1
}

function checkClasses(node: EditorNode, setting: string, value: unknown): true | string {
  const wrong = listOf(value).findIndex((name) => !isClassName(name))
  if (wrong === -1) return true
  return node._('aci-subscribe.error.class', { name: node._(`aci-subscribe.label.${setting}`), index: wrong + 1 })
}

/** The context stores of this Node-RED, as far as the editor is told. */
function stores(): readonly string[] {
  return RED.settings.context?.stores ?? []
}

const checks = {
  classes: validator((node, value) => {
    if (isEnv(value) || settingOf(node, 'target') === 'mo') return true
    if (listOf(value).length > 0) return checkClasses(node, 'classes', value)
    return !needs(node, 'class') || node._('aci-subscribe.error.noClass')
  }),
  dn: validator((node, value) => {
    if (isEnv(value) || settingOf(node, 'target') === 'class') return true
    const dn = textOf(value).trim()
    if (dn === '') return !needs(node, 'mo') || node._('aci-subscribe.error.noDn')
    const flaw = flawOfDn(dn)
    return flaw === undefined || node._(`aci-subscribe.error.${DN_FLAWS[flaw]}`)
  }),
  subtreeClasses: validator((node, value) => isEnv(value) || checkClasses(node, 'subtreeClasses', value)),
  filter: validator((node, value) => {
    const filter = textOf(value).trim()
    if (filter === '' || isEnv(filter)) return true
    const flaw = flawOfFilter(filter)
    return flaw === undefined || node._(`aci-subscribe.error.${FILTER_FLAWS[flaw]}`)
  }),
  events: validator((node, value) => {
    if (value === undefined || isEnv(value)) return true
    const names = listOf(value)
    if (names.length === 0) return node._('aci-subscribe.error.noEvent')
    return names.every((name) => EVENTS.some((event) => event === name)) || node._('aci-subscribe.error.event')
  }),
  remember: validator((node, value) => {
    const store = textOf(value)
    const isKnown = store === '' || isEnv(store) || stores().length === 0 || [...stores(), 'default'].includes(store)
    return isKnown || node._('aci-subscribe.error.store')
  })
}

/** What a node is called in the flow. */
function label(node: EditorNode): string {
  const classes = listOf(node['classes']).join(', ')
  return textOf(node['name']) || classes || textOf(node['dn']) || node._('aci-subscribe.label.node')
}

/** What an output is called when it is hovered. */
function outputLabel(node: EditorNode, index: number): string {
  const names = Number(node['outputs']) === 3 ? EVENTS : []
  return node._(`aci-subscribe.port.${names[index] ?? 'event'}`)
}

function box(event: string): JQuery {
  return field(`event-${event}`)
}

function prepareEvents(node: EditorNode): void {
  const stored = node['events']
  const chosen: readonly string[] = stored === undefined ? EVENTS : listOf(stored)
  for (const event of EVENTS) box(event).prop('checked', chosen.includes(event))

  function show(): void {
    const isNone = !EVENTS.some((event) => isTicked(box(event)))
    const isFromEnv = isNone && isEnv(stored)
    $('#aci-subscribe-events-hint')
      .text(isFromEnv ? node._('aci-subscribe.hint.events', { value: stored }) : node._('aci-subscribe.error.noEvent'))
      .toggleClass('aci-subscribe-wrong', !isFromEnv)
      .toggle(isNone)
  }
  $('[id^="node-input-event-"]').on('change', show)
  show()
}

function showFields(): void {
  const target = valueIn(field('target'))
  $('.aci-subscribe-class').toggle(target !== 'mo')
  $('.aci-subscribe-mo').toggle(target !== 'class')
  // Nothing that has an effect is hidden.
  const isBelow = valueIn(field('scope')) !== 'self' || valueIn(field('subtreeClasses')) !== ''
  $('.aci-subscribe-below').toggle(isBelow)
  $('.aci-subscribe-driven').toggle(valueIn(field('inputs')) === '1')
}

function prepare(node: EditorNode): void {
  edited = node
  nameFields($('.aci-subscribe-form'))

  for (const store of stores()) $('<option>').val(store).text(store).appendTo('#node-input-remember')
  for (const setting of ['target', 'scope', 'mirror', 'remember', 'outputs', 'inputs']) {
    choose(field(setting), node[setting])
  }

  // Undetermined is a value that a tick cannot show, such as ${ENV}; it stays until the box is clicked.
  field('snapshot').prop({
    checked: /^(true|1)$/.test(textOf(node['snapshot'])),
    indeterminate: isEnv(node['snapshot'])
  })

  $('#node-input-target, #node-input-scope, #node-input-inputs').on('change', showFields)
  prepareEvents(node)
  showFields()

  const isPlain = (textOf(node['mirror']) || 'full') === 'full' && textOf(node['remember']) === ''
  $('.aci-subscribe-form details').prop('open', !isPlain)
}

function save(node: EditorNode): void {
  const chosen = EVENTS.filter((event) => isTicked(box(event)))
  if (chosen.length > 0 || !isEnv(node['events'])) node['events'] = chosen

  const snapshot = field('snapshot')
  // The editor stores a checkbox as true or false; as a plain field it keeps the text.
  if (snapshot.prop('indeterminate') === true) snapshot.attr('type', 'hidden').val(textOf(node['snapshot']))

  // What the other target left behind would show in the label.
  if (valueIn(field('target')) === 'class') field('dn').val('')
  if (valueIn(field('target')) === 'mo') field('classes').val('')
  leave()
}

/** However the dialog ends. */
function leave(): void {
  edited = undefined
}

export const aciSubscribe = { checks, label, outputLabel, prepare, save, leave }
