// In which state the synchronisation of a query is, and what leads from one state to another:
//
//                join               registered           synced
//     waiting ──────────> subscribing ─────────> listing ─────────> live <── synced ──┐
//        ^                     ^                    │                 │               │
//        │ lost                │ join               └───── unread ────┴── unread ──> unread
//     (from any)            refused <── refused (from any)
//
// `unread`: events stream, but the objects could not be read. A query without a store has none to list: it is live when what
// was on its way at its registration has come in.

import type { AciError } from '../common/errors'

export type QueryState =
  | { readonly phase: 'waiting' }
  /** Registering. With an error: it has failed several times, and is tried again. */
  | { readonly phase: 'subscribing'; readonly error?: AciError }
  /** Registered; its objects are being read for the first time on this connection. */
  | { readonly phase: 'listing'; readonly error?: AciError }
  | { readonly phase: 'live' }
  | { readonly phase: 'unread'; readonly error: AciError }
  /** The APIC's own word about this query. */
  | { readonly phase: 'refused'; readonly error: AciError }

export type QueryEvent =
  | { readonly type: 'join' }
  | { readonly type: 'registered' }
  | { readonly type: 'synced' }
  | { readonly type: 'unread'; readonly error: AciError }
  | { readonly type: 'refused'; readonly error: AciError }
  /** Bringing it onto a connection has failed again, in a way that may pass. */
  | { readonly type: 'failing'; readonly error: AciError }
  | { readonly type: 'lost' }

type Phase = QueryState['phase']

/** The phase that each event leads to; `stay` where it changes nothing. */
export const TRANSITIONS: Readonly<Record<Phase, Readonly<Record<QueryEvent['type'], Phase | 'stay'>>>> = {
  waiting: {
    join: 'subscribing',
    registered: 'stay',
    synced: 'stay',
    unread: 'stay',
    refused: 'refused',
    failing: 'stay',
    lost: 'waiting'
  },
  subscribing: {
    // The reason why it failed before stays to be seen while it is tried again.
    join: 'stay',
    registered: 'listing',
    synced: 'live',
    unread: 'unread',
    refused: 'refused',
    failing: 'subscribing',
    lost: 'waiting'
  },
  listing: {
    join: 'stay',
    registered: 'stay',
    synced: 'live',
    unread: 'unread',
    refused: 'refused',
    failing: 'listing',
    lost: 'waiting'
  },
  live: {
    join: 'stay',
    registered: 'stay',
    synced: 'live',
    unread: 'unread',
    refused: 'refused',
    failing: 'stay',
    lost: 'waiting'
  },
  unread: {
    join: 'stay',
    registered: 'stay',
    synced: 'live',
    unread: 'unread',
    refused: 'refused',
    failing: 'stay',
    lost: 'waiting'
  },
  refused: {
    join: 'subscribing',
    registered: 'stay',
    synced: 'stay',
    unread: 'stay',
    refused: 'refused',
    failing: 'stay',
    lost: 'waiting'
  }
}

/** The state after the event; the same object where it changes nothing. */
export function transition(state: QueryState, event: QueryEvent): QueryState {
  const phase = TRANSITIONS[state.phase][event.type]
  switch (phase) {
    case 'stay':
      return state
    case 'waiting':
    case 'live':
      return { phase }
    case 'subscribing':
    case 'listing': {
      const error = 'error' in event ? event.error : 'error' in state ? state.error : undefined
      return error === undefined || state.phase === 'refused' ? { phase } : { phase, error }
    }
    case 'unread':
    case 'refused':
      return 'error' in event ? { phase, error: event.error } : state
  }
}

/** A state as those outside see it. */
export type SubscriptionState =
  | { readonly phase: 'waiting' }
  | { readonly phase: 'subscribing'; readonly error?: AciError }
  /** With an error: events stream, but the objects could not be read. */
  | { readonly phase: 'live'; readonly error?: AciError }
  | { readonly phase: 'refused'; readonly error: AciError }

export function shown(state: QueryState): SubscriptionState {
  if (state.phase === 'unread') return { phase: 'live', error: state.error }
  return state.phase === 'listing' ? { ...state, phase: 'subscribing' } : state
}
