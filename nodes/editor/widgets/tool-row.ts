// The row of a dialog with buttons that unfold something below it: what the settings find, what the node sends.

import { textButton } from './buttons'
import { panel } from './panel'

export interface Tool {
  /** Tells it from the others of the dialog. */
  readonly name: string
  /** Of the editor's icons: `fa-search`. */
  readonly icon: string
  readonly label: string
  /** Fills its part of the dialog; the signal is given when that is folded, or the dialog is closed. */
  readonly unfold: (content: JQuery, signal: AbortSignal) => void
}

/** Adds a tool to the row: a button, and what it unfolds, which is empty whenever it is folded. */
export function addTool(row: JQuery, { name, icon, label, unfold }: Tool): void {
  const id = `${row.attr('id') ?? ''}-${name}`
  const button = textButton(icon, label).appendTo(row.children('.aci-tools'))
  const content = $('<div class="aci-panel" role="region">').attr({ id, 'aria-label': label }).appendTo(row)
  panel(button, content, (signal) => {
    signal.addEventListener('abort', () => content.empty())
    unfold(content, signal)
  })
}
