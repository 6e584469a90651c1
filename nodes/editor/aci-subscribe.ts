// The dialog of aci-subscribe: what is subscribed to, which events are sent and how, and the checks of its settings.

import { INTERVAL } from '../apic/protocol/grammar'
import { wordOf } from './texts'
import { choose, field, isTicked, nameFields, valueIn } from './widgets/fields'
import { subscribeSettingsOf } from './paste'
import { addLiveView } from './live-view'
import { acceptRequests } from './paste/paste-field'
import { addPreview } from './preview'
import { labelOf, leaveTarget, prepareTarget, saveTarget, settingOf, TARGET, targetChecks } from './target'
import { validator } from './settings/validator'
import { isEnv, listOf, textOf } from './values'

const EVENTS = ['created', 'modified', 'deleted'] as const

const FORMS: readonly string[] = ['events', 'state', 'rows']

/** Whether the whole result is sent, and not a message for each change. */
function isResult(emit: unknown): boolean {
  return emit === 'state' || emit === 'rows'
}

/** The context stores of this Node-RED, as far as the editor knows them. */
function stores(): readonly string[] {
  return RED.settings.context?.stores ?? []
}

const checks = {
  // A node that is driven by messages may start with nothing.
  ...targetChecks((node) => Number(settingOf(node, 'inputs')) !== 1),
  events: validator((node, value) => {
    if (value === undefined || isEnv(value)) return true
    const names = listOf(value)
    if (names.length === 0) return wordOf(node, 'error.noEvent')
    return names.every((name) => EVENTS.some((event) => event === name)) || wordOf(node, 'error.event')
  }),
  emit: validator((node, value) => {
    const form = textOf(value)
    return form === '' || isEnv(form) || FORMS.includes(form) || wordOf(node, 'error.emit')
  }),
  interval: validator((node, value) => {
    if (value === undefined || isEnv(value) || !isResult(settingOf(node, 'emit'))) return true
    const { min, max } = INTERVAL
    const number = textOf(value).trim() === '' ? NaN : Number(value)
    return (number >= min && number <= max) || wordOf(node, 'error.interval', { min, max })
  }),
  mirror: validator((node, value) => {
    return value !== 'off' || !isResult(settingOf(node, 'emit')) || wordOf(node, 'error.mirror')
  }),
  remember: validator((node, value) => {
    const store = textOf(value)
    const isKnown = store === '' || isEnv(store) || stores().length === 0 || [...stores(), 'default'].includes(store)
    return isKnown || wordOf(node, 'error.store')
  })
}

/** What an output is called when it is hovered. */
function outputLabel(node: EditorNode, index: number): string {
  const names = Number(node['outputs']) === 3 ? EVENTS : []
  if (isResult(node['emit'])) return wordOf(node, 'port.result')
  return wordOf(node, `port.${names[index] ?? 'event'}`)
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
      .text(isFromEnv ? wordOf(node, 'hint.events', { value: stored }) : wordOf(node, 'error.noEvent'))
      .toggleClass('aci-wrong', !isFromEnv)
      .toggle(isNone)
  }
  $('[id^="node-input-event-"]').on('change', show)
  show()
}

function showDriven(): void {
  $('.aci-subscribe-driven').toggle(valueIn(field('inputs')) === '1')
}

/** Shows the settings of the chosen form; those of both where an environment variable chooses. */
function showForm(): void {
  const emit = valueIn(field('emit'))
  $('.aci-subscribe-single').toggle(!isResult(emit))
  $('.aci-subscribe-result').toggle(emit !== 'events')
  for (const setting of ['mirror', 'interval']) field(setting).trigger('change')
}

function prepare(node: EditorNode): void {
  nameFields($('.aci-subscribe-form'))

  for (const store of stores()) $('<option>').val(store).text(store).appendTo('#node-input-remember')
  for (const setting of ['target', 'scope', 'emit', 'mirror', 'remember', 'outputs', 'inputs']) {
    choose(field(setting), node[setting])
  }

  // Undetermined is a value that a tick cannot show, such as ${ENV}; it stays until the box is clicked.
  field('snapshot').prop({
    checked: /^(true|1)$/.test(textOf(node['snapshot'])),
    indeterminate: isEnv(node['snapshot'])
  })

  prepareTarget(node)
  acceptRequests(node, subscribeSettingsOf)
  prepareEvents(node)
  field('inputs').on('change', showDriven)
  showDriven()
  if (node['interval'] === undefined) field('interval').val(INTERVAL.fallback)
  field('emit').on('change', showForm)
  showForm()

  const isPlain = (textOf(node['mirror']) || 'full') === 'full' && textOf(node['remember']) === ''
  $('.aci-subscribe-form > details').prop('open', !isPlain)

  addPreview(node, $('#aci-subscribe-tools'), TARGET, checks)
  addLiveView(node, $('#aci-subscribe-tools'))
}

function save(node: EditorNode): void {
  const chosen = EVENTS.filter((event) => isTicked(box(event)))
  if (chosen.length > 0 || !isEnv(node['events'])) node['events'] = chosen

  const snapshot = field('snapshot')
  // The editor stores a checkbox as true or false; as a plain field it keeps the text.
  if (snapshot.prop('indeterminate') === true) snapshot.attr('type', 'hidden').val(textOf(node['snapshot']))

  // A result has one output.
  if (isResult(valueIn(field('emit')))) field('outputs').val('1')

  saveTarget()
}

export const aciSubscribe = { checks, label: labelOf, outputLabel, prepare, save, leave: leaveTarget }
