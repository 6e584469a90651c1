// A button for what takes a while: meanwhile its icon turns, and pressed again it gives up what it began.

export interface LongTask {
  /** Does it, until the signal is given: then nothing is to be shown any more. */
  readonly begin: (signal: AbortSignal) => Promise<void>
  /** Told when the button was pressed again before it was done. */
  readonly cancelled: () => void
}

/**
 * @param button has an icon, `<i class="fa …">`
 * @param closed given when the dialog closes, which ends it as well
 */
export function longButton(button: JQuery, closed: AbortSignal, { begin, cancelled }: LongTask): void {
  const icon = button.find('i')
  const usual = icon.attr('class') ?? ''
  let running: AbortController | undefined

  function end(): void {
    running?.abort()
    running = undefined
    icon.attr('class', usual)
  }

  button.on('click', () => {
    if (running !== undefined) {
      end()
      cancelled()
      return
    }
    const mine = new AbortController()
    running = mine
    icon.attr('class', 'fa fa-spinner fa-pulse')
    void begin(mine.signal).finally(() => {
      if (running === mine) end()
    })
  })
  closed.addEventListener('abort', end)
}
