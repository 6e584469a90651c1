// Where a query of a watch has come to in showing its objects to the node, and what leads from one state to another:
//
//     reading ─── synced, kept ───> known          known ──── await ──> awaiting
//     awaiting ── synced ─────────> known                ├─── renew ──> renewing
//              ── unreadable ─────> reading              └─── reset ──> reading
//     renewing ── synced, unreadable ──> known     awaiting <── await / renew ──> renewing
//     comparing ── synced ────────> known
//
// A query of which it is remembered what had been delivered begins with `comparing`, another one with `reading`, or with
// `known` where its objects are.

import type { Remembered } from '../store/remembered'

export type MemberState =
  /** Its first reading is under way: what that finds exists, and is no news. */
  | { readonly phase: 'reading' }
  /** Its start waits until everything has been read. */
  | { readonly phase: 'awaiting' }
  /** Its start waits, and its objects are known to the node without having been sent again: changes of them are news. */
  | { readonly phase: 'renewing' }
  /** It waits until everything has been read, to be compared with what had been delivered before this process began. */
  | { readonly phase: 'comparing'; readonly remembered: Remembered }
  | { readonly phase: 'known' }

/**
 * `await` and `renew`: what exists is to be sent when everything has been read. `unreadable`: there is nothing to wait for.
 * `kept`: the node was made anew, and goes on with it. `reset`: this is another fabric.
 */
export type MemberEvent = 'await' | 'renew' | 'synced' | 'unreadable' | 'kept' | 'reset'

type Phase = MemberState['phase']

/** The phase that each event leads to; `stay` where it changes nothing. Nothing leads to `comparing`. */
export const TRANSITIONS: Readonly<Record<Phase, Readonly<Record<MemberEvent, Exclude<Phase, 'comparing'> | 'stay'>>>> =
  {
    reading: {
      await: 'awaiting',
      renew: 'renewing',
      synced: 'known',
      unreadable: 'stay',
      kept: 'known',
      reset: 'stay'
    },
    awaiting: {
      await: 'stay',
      renew: 'renewing',
      synced: 'known',
      unreadable: 'reading',
      kept: 'stay',
      reset: 'stay'
    },
    renewing: {
      await: 'awaiting',
      renew: 'stay',
      synced: 'known',
      unreadable: 'known',
      kept: 'stay',
      reset: 'stay'
    },
    comparing: {
      await: 'stay',
      renew: 'stay',
      synced: 'known',
      unreadable: 'stay',
      kept: 'stay',
      reset: 'stay'
    },
    known: {
      await: 'awaiting',
      renew: 'renewing',
      synced: 'stay',
      unreadable: 'stay',
      kept: 'stay',
      reset: 'reading'
    }
  }

/** The state after the event; the same object where it changes nothing. */
export function transition(state: MemberState, event: MemberEvent): MemberState {
  const phase = TRANSITIONS[state.phase][event]
  return phase === 'stay' ? state : { phase }
}

/** Whether its start waits until everything has been read. */
export function isAwaited({ phase }: MemberState): boolean {
  return phase === 'awaiting' || phase === 'renewing' || phase === 'comparing'
}

/** Whether changes of its objects are news. */
export function isVisible({ phase }: MemberState): boolean {
  return phase !== 'awaiting' && phase !== 'comparing'
}
