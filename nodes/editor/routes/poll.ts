// Asking a route again and again while somebody looks at the answers.

/** Between an answer and the next request, ms. */
const PACE = 1_000
/** The longest pause while there is nothing to be had, ms. */
const SLOWEST = 8_000

/** How to go on: at the usual pace, at an ever slower one, or not at all. */
export type Next = 'soon' | 'later' | 'never'

/**
 * Asks once, and again when there is an answer; not while the page is hidden.
 * @param ask may wait as long as it likes, and for ever once the signal is given
 */
export async function poll(ask: () => Promise<Next>, signal: AbortSignal): Promise<void> {
  let pause = PACE
  for (;;) {
    await visible(signal)
    const next = await ask()
    if (next === 'never') return
    pause = next === 'soon' ? PACE : Math.min(pause * 2, SLOWEST)
    await passed(pause, signal)
  }
}

/** Never comes once the signal is given. */
function visible(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return
    if (!document.hidden) {
      resolve()
      return
    }
    function end(): void {
      document.removeEventListener('visibilitychange', look)
      signal.removeEventListener('abort', end)
    }
    function look(): void {
      if (document.hidden) return
      end()
      resolve()
    }
    document.addEventListener('visibilitychange', look)
    signal.addEventListener('abort', end)
  })
}

/** Never comes once the signal is given. */
function passed(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return
    const end = (): void => clearTimeout(timer)
    const timer = setTimeout(() => {
      // A view may be open for days: what listens must not become more with every pause.
      signal.removeEventListener('abort', end)
      resolve()
    }, ms)
    signal.addEventListener('abort', end)
  })
}
