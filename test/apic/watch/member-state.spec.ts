// The states of a query within a watch, and what leads from one to another.

import assert from 'node:assert/strict'
import {
  transition,
  isAwaited,
  isVisible,
  TRANSITIONS,
  type MemberEvent,
  type MemberState
} from '../../../nodes/apic/watch/member-state'

type Phase = MemberState['phase']

const PHASES = Object.keys(TRANSITIONS) as Phase[]
const EVENTS = Object.keys(TRANSITIONS.reading) as MemberEvent[]
const remembered = { fabric: '', query: '', site: '', savedAt: 0, objects: new Map() }

const stateIn = (phase: Phase): MemberState => (phase === 'comparing' ? { phase, remembered } : { phase })

describe('the state of a query within a watch', () => {
  for (const phase of PHASES) {
    for (const event of EVENTS) {
      const to = TRANSITIONS[phase][event]
      it(`${phase} ${to === 'stay' ? 'stays as it is' : `becomes ${to}`} with ${event}`, () => {
        const state = stateIn(phase)
        const next = transition(state, event)

        if (to === 'stay') assert.equal(next, state)
        else assert.deepEqual(next, { phase: to })
      })
    }
  }

  it('can be any of them, from those on with which a query begins', () => {
    const reached = new Set<Phase>(['reading', 'comparing', 'known'])
    for (const phase of reached) for (const event of EVENTS) reached.add(transition(stateIn(phase), event).phase)

    assert.deepEqual([...reached].sort(), [...PHASES].sort())
  })

  it('is known from everywhere when everything has been read', () => {
    for (const phase of PHASES) assert.equal(transition(stateIn(phase), 'synced').phase, 'known')
  })

  it('keeps what is remembered until everything has been read', () => {
    for (const event of EVENTS.filter((name) => name !== 'synced')) {
      assert.deepEqual(transition(stateIn('comparing'), event), { phase: 'comparing', remembered })
    }
  })

  it('shows changes except where what exists has still to be sent, or compared', () => {
    assert.deepEqual(
      PHASES.filter((phase) => !isVisible(stateIn(phase))),
      ['awaiting', 'comparing']
    )
    assert.deepEqual(
      PHASES.filter((phase) => isAwaited(stateIn(phase))),
      ['awaiting', 'renewing', 'comparing']
    )
  })
})
