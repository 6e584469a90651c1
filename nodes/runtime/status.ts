// The status under a node: derived from the states of fabric and subscriptions, never kept by itself.

import type { AciError, FabricState, SubscriptionState } from '../apic'

export interface NodeStatus {
  readonly fill: 'red' | 'yellow' | 'green' | 'grey' | 'blue'
  readonly shape: 'ring' | 'dot'
  readonly text: string
}

interface ConnectionInput {
  readonly problem: AciError | undefined
  /** Undefined where no connection is needed. */
  readonly fabric: FabricState | undefined
  /** A word of the catalogue. */
  readonly word: (name: string) => string
}

export interface StatusInput extends ConnectionInput {
  /** Undefined before the flows have started. */
  readonly subscriptions: readonly { readonly state: SubscriptionState }[] | undefined
  readonly known: number | undefined
}

/** What a node that is driven by messages did last. */
export type Work =
  | { readonly phase: 'ready' }
  /** `total` is known when the first page has come. */
  | { readonly phase: 'reading'; readonly count: number; readonly total: number | undefined }
  | { readonly phase: 'read'; readonly count: number }
  | { readonly phase: 'writing'; readonly count: number; readonly total: number }
  | { readonly phase: 'written'; readonly count: number }
  | { readonly phase: 'failed'; readonly error: AciError }

/** A status line has little room; the whole reason is in the error and the log. */
const LONGEST_REASON = 60

function reason(error: AciError): string {
  const text = error.reason
  return text.length <= LONGEST_REASON ? text : `${text.slice(0, LONGEST_REASON - 1)}…`
}

/** Of what a connection is needed for, nothing can be said while it is not up. */
function connectionStatus({ problem, fabric, word }: ConnectionInput): NodeStatus | undefined {
  if (problem !== undefined) return { fill: 'red', shape: 'dot', text: reason(problem) }
  switch (fabric?.phase) {
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
    case undefined:
      return undefined
  }
}

export function statusOf({ subscriptions, known, word, ...rest }: StatusInput): NodeStatus {
  const connection = connectionStatus({ ...rest, word })
  if (connection !== undefined) return connection
  if (subscriptions === undefined) return { fill: 'yellow', shape: 'ring', text: word('waiting') }
  return subscribed(subscriptions, known, word)
}

/** The status of a node that is driven by messages. */
export function workStatus({ work, word, ...rest }: ConnectionInput & { readonly work: Work }): NodeStatus {
  const connection = connectionStatus({ ...rest, word })
  if (connection !== undefined) return connection
  switch (work.phase) {
    case 'ready':
      return { fill: 'green', shape: 'dot', text: word('ready') }
    case 'reading':
    case 'writing': {
      const { count, total } = work
      return {
        fill: 'blue',
        shape: 'dot',
        text: word(work.phase) + (total === undefined ? '' : ` (${count}/${total})`)
      }
    }
    case 'read':
    case 'written':
      return { fill: 'green', shape: 'dot', text: `${word(work.phase)} (${work.count})` }
    case 'failed': {
      const { error } = work
      const isRefused = error.code === 'ACI_QUERY' || error.code === 'ACI_CONFIG'
      return { fill: 'red', shape: 'dot', text: `${word(isRefused ? 'refused' : 'failed')}: ${reason(error)}` }
    }
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
    const failing = states.map((state) => (state.phase === 'subscribing' ? state.error : undefined)).find(Boolean)
    return {
      fill: 'yellow',
      shape: 'ring',
      text: word('subscribing') + (failing === undefined ? '' : `: ${reason(failing)}`)
    }
  }
  if (first !== undefined) return { fill: 'yellow', shape: 'dot', text: `${word('partly')}: ${reason(first.error)}` }
  const unread = states.map((state) => (state.phase === 'live' ? state.error : undefined)).find((error) => error)
  if (unread !== undefined) return { fill: 'yellow', shape: 'dot', text: `${word('unread')}: ${reason(unread)}` }
  const count = known === undefined || known === 0 ? '' : ` (${known})`
  return { fill: 'green', shape: 'dot', text: word('subscribed') + count }
}
