// Pasting a request into a field of a dialog: it fills all of them, and a line tells what was taken over and what not.

import { wordOf } from '../texts'
import { choose, field } from '../widgets/fields'
import { parse } from '../filter'
import type { PasteNote, Pasted } from '.'

/** What could be a request. A class or a DN by itself is pasted into its field, as anywhere; and so is a filter. */
const REQUEST = /\/api\/|^\s*["'`]?\/?(?:api\/)?(?:node\/)?(?:class|mo)\/|[?#]/

/** What a request has when nothing is said of it. */
const USUAL = ['', 'class', 'mo', 'self', 'no', 'all']

/** Notes that only name a parameter that was left out, and notes that say something of their own. */
const LEFT_OUT: readonly PasteNote['note'][] = ['parameter', 'reading', 'value']

function namesOf(notes: readonly PasteNote[]): string {
  // What has no name that could be shown is there, too.
  return notes.map(({ name }) => name ?? '…').join(', ')
}

/** Sentences that say what became of the request. */
function reportOf<Settings extends object>(node: EditorNode, pasted: Pasted<Settings>): string {
  if (pasted.mistake !== undefined) return wordOf(node, `paste.${pasted.mistake}`)
  const labels = Object.entries(pasted.settings)
    .filter(([, value]) => !USUAL.includes(String(value)))
    .map(([setting]) => wordOf(node, `label.${setting}`))
  const leftOut = pasted.notes.filter(({ note }) => LEFT_OUT.includes(note))
  const gaps = pasted.notes.filter(({ note }) => note === 'placeholder')
  const others = pasted.notes.filter((note) => !leftOut.includes(note) && !gaps.includes(note))
  return [
    wordOf(node, 'paste.taken', { names: labels.join(', ') }),
    ...(leftOut.length === 0 ? [] : [wordOf(node, 'paste.left', { names: namesOf(leftOut) })]),
    ...(gaps.length === 0 ? [] : [wordOf(node, 'paste.gaps', { names: namesOf(gaps) })]),
    ...others.map(({ note, count = 0 }) => wordOf(node, `paste.${note}`, { count }))
  ].join(' ')
}

function fill(settings: object): void {
  const entries = Object.entries(settings)
  for (const [setting, value] of entries) {
    const filled = field(setting)
    if (filled.is('select')) choose(filled, value)
    else filled.val(String(value))
  }
  // Not before all of them are right: the checks look at each other's fields.
  for (const [setting] of entries) field(setting).trigger('change')
}

/** Lets the fields of what is asked for take whole requests. */
export function acceptRequests<Settings extends object>(
  node: EditorNode,
  read: (text: string) => Pasted<Settings>
): void {
  const report = $(`#${node.type}-pasted`)
  for (const setting of ['classes', 'dn', 'filter']) {
    field(setting).on('paste', ({ originalEvent: event }) => {
      const text = event instanceof ClipboardEvent ? (event.clipboardData?.getData('text') ?? '') : ''
      report.text('')
      if (event === undefined || !REQUEST.test(text) || parse(text).problem === undefined) return
      const pasted = read(text)
      if (pasted.mistake === 'nothing') return
      // Of what changes something or logs in, nothing is to stay in the field: it may have a secret in it.
      event.preventDefault()
      if (pasted.settings !== undefined) fill(pasted.settings)
      report.text(reportOf(node, pasted))
    })
  }
}
