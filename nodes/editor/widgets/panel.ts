// A part of a dialog that a button unfolds below its row: the object browser, the builder, a preview. What it does while
// it is open (requests, polling) ends when it is folded, and when the dialog closes.

export interface Panel {
  /** Where its content goes. */
  readonly content: JQuery
  readonly isOpen: boolean
  open(): void
  close(): void
}

/** Panels of the open dialogs, by their contents' ids: the dialog of a configuration node opens over that of another. */
const open = new Map<string, () => void>()

/**
 * Ties a panel to its button. Escape in it folds it, and only that.
 * @param content its element, with an id and the class `aci-panel`
 * @param unfold fills it; the signal is given when it is folded, or the dialog is closed
 */
export function panel(button: JQuery, content: JQuery, unfold: (signal: AbortSignal) => void): Panel {
  const id = content.attr('id') ?? ''
  let abort: AbortController | undefined

  function fold(): void {
    open.delete(id)
    abort?.abort()
    abort = undefined
    content.prop('hidden', true)
    button.attr('aria-expanded', 'false').removeClass('selected')
  }

  const made: Panel = {
    content,
    get isOpen() {
      return abort !== undefined
    },
    open() {
      if (abort !== undefined) return
      abort = new AbortController()
      open.set(id, fold)
      content.prop('hidden', false)
      button.attr('aria-expanded', 'true').addClass('selected')
      unfold(abort.signal)
    },
    close: fold
  }
  button.attr({ 'aria-expanded': 'false', 'aria-controls': id }).on('click', () => {
    if (made.isOpen) made.close()
    else made.open()
  })
  content.prop('hidden', true)
  // The editor would close the dialog. What is open in the panel, a menu of completion, has the key first.
  button.add(content).on('keydown', (event) => {
    if (event.key !== 'Escape' || event.isDefaultPrevented() || !made.isOpen) return
    event.stopPropagation()
    made.close()
    button.trigger('focus')
  })
  return made
}

/** Folds the panels in a form: its dialog closes. */
export function closePanels(form: JQuery): void {
  for (const [id, fold] of [...open]) if (form.find(`#${id}`).length > 0) fold()
}
