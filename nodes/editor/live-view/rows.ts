// Rows of the live view: an event of a node, and what is to be said between them.

import type { LiveEvent } from '../../admin/answers'
import { wordOf } from '../texts'
import { symbol } from '../widgets/buttons'

const SYMBOLS: Readonly<Record<LiveEvent['event'], string>> = {
  created: 'fa-plus-circle',
  modified: 'fa-pencil',
  deleted: 'fa-minus-circle',
  existing: 'fa-circle-o'
}

export function eventRow(node: EditorNode, event: LiveEvent): JQuery {
  const kind = $('<span class="aci-kind">').append(symbol(SYMBOLS[event.event]).addClass('fa-fw'), ' ')
  const head = $('<div>').append(
    timeOf(event.time),
    kind.append($('<span>').text(wordOf(node, `event.${event.event}`))),
    $('<span>').text(event.class)
  )
  if (event.origin !== 'live') head.append($('<span class="aci-tag">').text(wordOf(node, `live.${event.origin}`)))
  const changes = Object.entries(event.changes ?? {}).map(([name, { from, to }]) =>
    $('<li>').append(
      $('<b>').text(name),
      ': ',
      $('<q>').text(from),
      ' ',
      symbol('fa-long-arrow-right'),
      ' ',
      $('<q>').text(to)
    )
  )
  const row = $('<li class="aci-event">').append(head, $('<code>').text(event.dn))
  return changes.length === 0 ? row : row.append($('<ul>').append(...changes))
}

export function noteRow(text: string): JQuery {
  return $('<li class="aci-detail">').text(text)
}

/** The time of day here; with the date where that is not today's. */
function timeOf(iso: string): JQuery {
  const time = new Date(iso)
  const language = RED.i18n.lang()
  const isToday = time.toDateString() === new Date().toDateString()
  const text = isToday ? time.toLocaleTimeString(language) : time.toLocaleString(language)
  return $('<time>').attr({ datetime: iso, title: iso }).text(text)
}
