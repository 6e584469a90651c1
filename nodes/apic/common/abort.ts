// Listens to abort signals, and leaves no listener behind.

/**
 * Calls back once when the signal is given; at once if it has been already.
 *
 * This is how a short task is linked to a signal that lives as long as its fabric. `AbortSignal.any` is no substitute: in
 * Node.js 20 the long-lived signal keeps an entry of every signal derived from it (56 bytes each), and the whole signal if
 * that still has a listener (1.2 KB each), which is a leak when requests come for weeks.
 * @returns removes the listener: to be called when the task is over
 */
export function onAbort(signal: AbortSignal | undefined, callback: () => void): () => void {
  if (signal?.aborted === true) {
    callback()
    return () => undefined
  }
  signal?.addEventListener('abort', callback, { once: true })
  return () => signal?.removeEventListener('abort', callback)
}
