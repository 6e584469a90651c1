// Notes below a field of classes: on what never pushes, on what stands for other classes, and on what the APIC does not
// know.

import type { MetadataAnswer } from '../../admin/answers'
import { namesIn } from './asked'
import type { Catalogue } from './catalogue'
import { isStatistic } from './catalogue/classes'
import type { Descriptions } from './descriptions'
import { symbol } from '../widgets/buttons'
import { valueIn } from '../widgets/fields'
import { signOf } from '../widgets/sign'
import { known } from './knowledge'
import { shortClasses } from '../settings/node-label'
import { commonWord } from '../texts'

export interface ClassNote {
  readonly note: 'statistic' | 'abstract' | 'unknown'
  readonly names: readonly string[]
  /** Of an abstract class, the concrete ones. */
  readonly kinds: readonly string[]
}

/**
 * What there is to know of classes before they are used.
 * @param described what the APIC says of a class, where it was asked
 * @param isSubscribed whether events are waited for; reading statistics is what they are for
 */
export function notesOn(
  names: readonly string[],
  catalogue: Catalogue,
  described: (className: string) => MetadataAnswer | undefined,
  isSubscribed: boolean
): ClassNote[] {
  const notes: ClassNote[] = []
  const silent = names.filter((name) => {
    const answer = described(name)
    return isStatistic(name) || (answer?.known === true && answer.isStat)
  })
  if (isSubscribed && silent.length > 0) notes.push({ note: 'statistic', names: silent, kinds: [] })
  for (const name of names) {
    const answer = described(name)
    const reported = answer?.known === true && answer.isAbstract ? answer.kinds : []
    const kinds = reported.length > 0 ? reported : (catalogue.kinds.get(name) ?? [])
    if (kinds.length > 0) notes.push({ note: 'abstract', names: [name], kinds })
  }
  const strange = names.filter((name) => described(name)?.known === false)
  if (strange.length > 0) notes.push({ note: 'unknown', names: strange, kinds: [] })
  return notes
}

/** Names in a sentence are cut short as in a label, but later. */
const WIDEST = 120

function wordsOf({ note, names, kinds }: ClassNote): string {
  const values = { names: shortClasses(names, WIDEST), kinds: shortClasses(kinds, WIDEST) }
  return commonWord(`classes.${note}`, values)
}

function lineOf(note: ClassNote): JQuery {
  const isWarning = note.note !== 'abstract'
  const sign = isWarning ? signOf('warning') : symbol('fa-info-circle aci-sign')
  return $('<div>')
    .toggleClass('aci-warning', isWarning)
    .append(sign, document.createTextNode(wordsOf(note)))
}

/**
 * Shows the notes on the classes in a field.
 * @param line where, an element that announces its changes
 */
export function noteClasses(node: EditorNode, field: JQuery, line: JQuery, descriptions: Descriptions): void {
  let shown = '[]'

  function show(): void {
    const { catalogue } = known()
    const isSubscribed = node.type === 'aci-subscribe'
    const notes = notesOn(namesIn(valueIn(field)), catalogue, (name) => descriptions.of(name), isSubscribed)
    const notedNow = JSON.stringify(notes)
    // What is said again would be read out again.
    if (notedNow === shown) return
    shown = notedNow
    line.empty().append(...notes.map(lineOf))
  }

  let before = valueIn(field)

  function ask(): void {
    // Whoever goes down into the menu of completion has not decided yet.
    const isOpen = $('.red-ui-autoComplete-container').length > 0
    if (isOpen || valueIn(field) === before) return
    before = valueIn(field)
    void descriptions.want(namesIn(before))
  }

  field.on('input change', show)
  field.on('change blur', ask)
  descriptions.onNews(show)
  show()
}
