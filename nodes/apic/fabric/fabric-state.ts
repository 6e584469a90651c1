// In which state the connection to a fabric is, and what leads from one state to another:
//
//     idle ── step ──> connecting ── opened ──> up
//                          │  ^                 │ ended
//                 troubled │  └─ step           v
//                          ├────────────────> lost ── opened ──> up
//                 refused  └──> refused ── opened ──> up
//
// During an outage its reason stays to be seen, not the step of each new attempt. `closed` is the end of all.

import type { AciError } from '../common/errors'
import type { FabricState } from '../connection/state'

export type FabricEvent =
  | { readonly type: 'step'; readonly step: 'login' | 'socket'; readonly controller: string }
  | { readonly type: 'opened'; readonly controller: string; readonly version: string; readonly since: number }
  /** The connection that stood has ended; its last sign of life was heard at that time, epoch ms. */
  | { readonly type: 'ended'; readonly error: AciError; readonly at: number; readonly heardAt: number }
  /** An attempt has failed. `isFirst`: of its round, and so the preferred controller's. */
  | { readonly type: 'troubled'; readonly error: AciError; readonly at: number; readonly isFirst: boolean }
  /** The login is refused. */
  | { readonly type: 'refused'; readonly error: AciError }
  | { readonly type: 'closed' }

type Phase = FabricState['phase']

/** The phase that each event leads to; `stay` where it changes nothing. */
export const TRANSITIONS: Readonly<Record<Phase, Readonly<Record<FabricEvent['type'], Phase | 'stay'>>>> = {
  idle: { step: 'connecting', opened: 'up', ended: 'lost', troubled: 'lost', refused: 'refused', closed: 'closed' },
  connecting: {
    step: 'connecting',
    opened: 'up',
    ended: 'lost',
    troubled: 'lost',
    refused: 'refused',
    closed: 'closed'
  },
  up: { step: 'stay', opened: 'up', ended: 'lost', troubled: 'lost', refused: 'refused', closed: 'closed' },
  lost: { step: 'stay', opened: 'up', ended: 'lost', troubled: 'lost', refused: 'refused', closed: 'closed' },
  refused: { step: 'stay', opened: 'up', ended: 'lost', troubled: 'lost', refused: 'refused', closed: 'closed' },
  closed: { step: 'stay', opened: 'stay', ended: 'stay', troubled: 'stay', refused: 'stay', closed: 'stay' }
}

/** The state after the event; the same object where it changes nothing. */
export function transition(state: FabricState, event: FabricEvent): FabricState {
  if (TRANSITIONS[state.phase][event.type] === 'stay') return state
  switch (event.type) {
    case 'step':
      return { phase: 'connecting', step: event.step, controller: event.controller }
    case 'opened':
      return { phase: 'up', controller: event.controller, version: event.version, since: event.since }
    case 'ended':
      return { phase: 'lost', error: event.error, since: event.at }
    case 'troubled': {
      if (state.phase !== 'lost') return { phase: 'lost', error: event.error, since: event.at }
      const isNews = event.isFirst && state.error.message !== event.error.message
      return isNews ? { ...state, error: event.error } : state
    }
    case 'refused':
      return state.phase === 'refused' && state.error === event.error ? state : { phase: 'refused', error: event.error }
    case 'closed':
      return { phase: 'closed' }
  }
}
