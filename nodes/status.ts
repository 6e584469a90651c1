// The status under a node: derived from the states of fabric and subscriptions, never kept by itself.

import type { AciError, FabricState, SubscriptionState } from './apic'

export interface NodeStatus {
  readonly fill: 'red' | 'yellow' | 'green' | 'grey'
  readonly shape: 'ring' | 'dot'
  readonly text: string
}

export interface StatusInput {
  readonly problem: AciError | undefined
  readonly fabric: FabricState
  /** Undefined before the flows have started. */
  readonly subscriptions: readonly { readonly state: SubscriptionState }[] | undefined
  readonly known: number | undefined
  /** A word of the catalogue. */
  readonly word: (name: string) => string
}

/** A status line has little room; the whole reason is in the error and the log. */
const LONGEST_REASON = 60

function reason(error: AciError): string {
  const text = error.reason
  return text.length <= LONGEST_REASON ? text : `${text.slice(0, LONGEST_REASON - 1)}…`
}

export function statusOf({ problem, fabric, subscriptions, known, word }: StatusInput): NodeStatus {
  if (problem !== undefined) return { fill: 'red', shape: 'dot', text: reason(problem) }
  switch (fabric.phase) {
    case 'idle':
    case 'closed':
      return { fill: 'yellow', shape: 'ring', text: word('connecting') }
    case 'connecting':
      return { fill: 'yellow', shape: 'ring', text: word(fabric.step === 'login' ? 'logging-in' : 'opening') }
    case 'lost':
      return { fill: 'red', shape: 'ring', text: `${word('lost')}: ${reason(fabric.error)}` }
    case 'refused':
      return { fill: 'red', shape: 'dot', text: `${word('refused')}: ${reason(fabric.error)}` }
    case 'up':
      if (subscriptions === undefined) return { fill: 'yellow', shape: 'ring', text: word('waiting') }
      return subscribed(subscriptions, known, word)
  }
}

function subscribed(
  subscriptions: readonly { readonly state: SubscriptionState }[],
  known: number | undefined,
  word: StatusInput['word']
): NodeStatus {
  if (subscriptions.length === 0) return { fill: 'grey', shape: 'ring', text: word('no-target') }
  const states = subscriptions.map(({ state }) => state)
  const refusals = states.filter((state) => state.phase === 'refused')
  const first = refusals[0]
  if (first !== undefined && refusals.length === states.length) {
    return { fill: 'red', shape: 'dot', text: `${word('refused')}: ${reason(first.error)}` }
  }
  if (states.some(({ phase }) => phase === 'waiting' || phase === 'subscribing')) {
    return { fill: 'yellow', shape: 'ring', text: word('subscribing') }
  }
  if (first !== undefined) return { fill: 'yellow', shape: 'dot', text: `${word('partly')}: ${reason(first.error)}` }
  const unread = states.map((state) => (state.phase === 'live' ? state.error : undefined)).find((error) => error)
  if (unread !== undefined) return { fill: 'yellow', shape: 'dot', text: `${word('unread')}: ${reason(unread)}` }
  const count = known === undefined || known === 0 ? '' : ` (${known})`
  return { fill: 'green', shape: 'dot', text: word('subscribed') + count }
}
