// Derives the status under a node from the states of fabric and subscriptions; keeps no state of its own.

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
  /** Why the result is not sent although it is known. */
  readonly excess?: AciError | undefined
}

/** How far a message node has come with its last message. */
export type Progress =
  | { readonly phase: 'ready' }
  /** `total` is known when the first page has come. */
  | { readonly phase: 'reading'; readonly count: number; readonly total: number | undefined }
  | { readonly phase: 'read'; readonly count: number }
  | { readonly phase: 'writing'; readonly count: number; readonly total: number }
  | { readonly phase: 'written'; readonly count: number }
  | { readonly phase: 'failed'; readonly error: AciError }

/** A status line has little room; error and log have the whole reason. */
const LONGEST_REASON = 60

function reason(error: AciError): string {
  const text = error.reason
  return text.length <= LONGEST_REASON ? text : `${text.slice(0, LONGEST_REASON - 1)}…`
}

/** The status while the connection is not up; undefined when it is. */
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

export function statusOf({ subscriptions, known, excess, word, ...rest }: StatusInput): NodeStatus {
  const connection = connectionStatus({ ...rest, word })
  if (connection !== undefined) return connection
  if (subscriptions === undefined) return { fill: 'yellow', shape: 'ring', text: word('waiting') }
  const status = subscribed(subscriptions, known, word)
  if (excess === undefined || status.fill !== 'green') return status
  return { fill: 'yellow', shape: 'dot', text: reason(excess) }
}

/** The status of a message node. */
export function progressStatus({
  progress,
  word,
  ...rest
}: ConnectionInput & { readonly progress: Progress }): NodeStatus {
  const connection = connectionStatus({ ...rest, word })
  if (connection !== undefined) return connection
  switch (progress.phase) {
    case 'ready':
      return { fill: 'green', shape: 'dot', text: word('ready') }
    case 'reading':
    case 'writing': {
      const { count, total } = progress
      return {
        fill: 'blue',
        shape: 'dot',
        text: word(progress.phase) + (total === undefined ? '' : ` (${count}/${total})`)
      }
    }
    case 'read':
    case 'written':
      return { fill: 'green', shape: 'dot', text: `${word(progress.phase)} (${progress.count})` }
    case 'failed': {
      const { error } = progress
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
