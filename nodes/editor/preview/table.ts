// The first matching objects as a table. A row unfolds to all that is known of its object.

import type { PreviewedObject } from '../../admin/answers'
import { columnsOf, valueOf, type Columns } from './columns'
import { commonWord } from '../texts'
import { symbol } from '../widgets/buttons'

/** It scrolls within itself where the dialog is narrow, also by the keyboard. */
export function tableOf(objects: readonly PreviewedObject[]): JQuery {
  const columns = columnsOf(objects)
  const rows = objects.flatMap((object) => rowsOf(object, columns))
  const table = $('<table>').append($('<thead>').append(headOf(columns)), $('<tbody>').append(...rows))
  return $('<div class="aci-table" role="region" tabindex="0">')
    .attr('aria-label', commonWord('preview.objects'))
    .append(table)
}

function headOf({ hasClass, hasChildren, attributes }: Columns): JQuery {
  const titles = [
    'DN',
    ...(hasClass ? [commonWord('preview.class')] : []),
    ...attributes,
    ...(hasChildren ? [commonWord('preview.children')] : [])
  ]
  return $('<tr>').append(...titles.map((title) => $('<th scope="col">').text(title)))
}

/** The row, and the one below it that it unfolds. */
function rowsOf(object: PreviewedObject, { hasClass, hasChildren, attributes }: Columns): JQuery[] {
  const values = [
    ...(hasClass ? [object.class] : []),
    ...attributes.map((name) => valueOf(object.attributes, name)),
    ...(hasChildren ? [String(object.children)] : [])
  ]
  const whole = $('<td>').attr('colspan', values.length + 1)
  const below = $('<tr hidden>').append(whole)
  const sign = symbol('fa-caret-right').addClass('fa-fw')
  const button = $('<button type="button" class="aci-unfold" aria-expanded="false">').append(
    sign,
    // Objects that stand for nothing in the tree, counts above all, have no DN.
    $('<span>').text(object.dn === '' ? object.class : object.dn)
  )
  button.on('click', () => {
    const isOpening = below.prop('hidden') === true
    below.prop('hidden', !isOpening)
    button.attr('aria-expanded', String(isOpening))
    sign.toggleClass('fa-caret-right', !isOpening).toggleClass('fa-caret-down', isOpening)
    if (isOpening) whole.empty().append(allOf(object))
  })
  const cells = values.map((value) => $('<td>').attr('title', value).text(value))
  return [$('<tr>').append($('<th scope="row">').append(button), ...cells), below]
}

function allOf(object: PreviewedObject): JQuery {
  const pairs = [
    [commonWord('preview.class'), object.class] as const,
    ...Object.entries(object.attributes).sort(([one], [other]) => (one < other ? -1 : 1))
  ]
  return $('<dl>').append(...pairs.flatMap(([name, value]) => [$('<dt>').text(name), $('<dd>').text(value)]))
}
