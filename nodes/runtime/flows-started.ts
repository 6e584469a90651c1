// Calls nodes back when all flows run: a message sent earlier may find no node at the end of its wire and is lost.

import type { NodeAPI } from 'node-red'

const waiting = new WeakMap<object, Set<() => void>>()

/**
 * Calls back once, when the deploy that is under way is complete. All nodes share one listener on the runtime.
 * @returns cancels
 */
export function onceFlowsStarted(RED: NodeAPI, callback: () => void): () => void {
  const callbacks = waiting.get(RED.events) ?? new Set()
  if (!waiting.has(RED.events)) {
    waiting.set(RED.events, callbacks)
    RED.events.on('flows:started', () => {
      const due = [...callbacks]
      callbacks.clear()
      for (const call of due) {
        try {
          call()
        } catch (thrown) {
          // The other callbacks still run.
          RED.log.error(thrown instanceof Error ? thrown.message : String(thrown))
        }
      }
    })
  }
  callbacks.add(callback)
  return () => callbacks.delete(callback)
}
