// The states of a fabric's connection, and what leads from one to another.

import assert from 'node:assert/strict'
import { AciError } from '../../../nodes/apic/common/errors'
import type { FabricState } from '../../../nodes/apic/connection/state'
import { transition, TRANSITIONS, type FabricEvent } from '../../../nodes/apic/fabric/fabric-state'

const error = new AciError('ACI_UNREACHABLE', 'https://apic1 refuses connections')
const another = new AciError('ACI_TIMEOUT', 'https://apic1 does not answer')

const STATES: readonly FabricState[] = [
  { phase: 'idle' },
  { phase: 'connecting', step: 'login', controller: 'https://apic1' },
  { phase: 'up', controller: 'https://apic1', version: '6.0', since: 1 },
  { phase: 'lost', error, since: 2 },
  { phase: 'refused', error },
  { phase: 'closed' }
]
const EVENTS: readonly FabricEvent[] = [
  { type: 'step', step: 'socket', controller: 'https://apic2' },
  { type: 'opened', controller: 'https://apic2', version: '', since: 3 },
  { type: 'ended', error: another, at: 4, heardAt: 3 },
  { type: 'troubled', error: another, at: 5, isFirst: true },
  { type: 'refused', error: another },
  { type: 'closed' }
]

describe("the state of a fabric's connection", () => {
  for (const state of STATES) {
    for (const event of EVENTS) {
      const phase = TRANSITIONS[state.phase][event.type]
      it(`is ${phase === 'stay' ? 'as it was' : phase} when it was ${state.phase} and ${event.type} comes`, () => {
        const next = transition(state, event)
        if (phase === 'stay') assert.equal(next, state)
        else assert.equal(next.phase, phase)
      })
    }
  }

  it('can be each of them', () => {
    assert.deepEqual(
      STATES.map(({ phase }) => phase),
      Object.keys(TRANSITIONS)
    )
  })

  it('keeps the time of a loss, and has the reason of the newest round', () => {
    const lost = transition({ phase: 'idle' }, { type: 'troubled', error, at: 5, isFirst: true })
    const still = transition(lost, { type: 'troubled', error: another, at: 6, isFirst: false })
    assert.equal(still, lost)
    assert.deepEqual(transition(still, { type: 'troubled', error: another, at: 7, isFirst: true }), {
      phase: 'lost',
      error: another,
      since: 5
    })
  })
})
