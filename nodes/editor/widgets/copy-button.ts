// A button that copies a text.

import { commonWord } from '../texts'
import { iconButton, small } from './buttons'

/** How long the button says that it did so, ms. */
const SAID = 2_000

/** @param label what is copied, for who does not see what the button stands beside */
export function copyButton(text: string, label: string): JQuery {
  const said = $('<span role="status">')
  const button = small(iconButton('fa-clipboard', label))
  let timer: number | undefined
  button.on('click', () => {
    void copied(text).then((isCopied) => {
      said.text(isCopied ? commonWord('copy.done') : commonWord('copy.failed'))
      window.clearTimeout(timer)
      timer = window.setTimeout(() => said.text(''), SAID)
    })
  })
  return $('<span class="aci-copy">').append(button, said)
}

/** Whether it could be copied: by the browser's clipboard, which pages without HTTPS do not have, or by the editor's way. */
async function copied(text: string): Promise<boolean> {
  if (window.isSecureContext) {
    try {
      await navigator.clipboard.writeText(text)
      return true
    } catch {
      // It is forbidden in frames, and while the page does not have the focus.
    }
  }
  return RED.clipboard.copyText(text)
}
