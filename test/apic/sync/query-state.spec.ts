// The states of a query, and what leads from one to another.

import assert from 'node:assert/strict'
import { AciError } from '../../../nodes/apic/common/errors'
import { transition, shown, TRANSITIONS, type QueryEvent, type QueryState } from '../../../nodes/apic/sync/query-state'

type Phase = QueryState['phase']
type EventType = QueryEvent['type']

const PHASES = Object.keys(TRANSITIONS) as Phase[]
const EVENTS = Object.keys(TRANSITIONS.waiting) as EventType[]

const before = new AciError('ACI_TIMEOUT', 'before')
const now = new AciError('ACI_QUERY', 'now')

function stateIn(phase: Phase): QueryState {
  if (phase === 'unread' || phase === 'refused') return { phase, error: before }
  return phase === 'subscribing' || phase === 'listing' ? { phase, error: before } : { phase }
}

function eventOf(type: EventType): QueryEvent {
  return type === 'unread' || type === 'refused' || type === 'failing' ? { type, error: now } : { type }
}

const errorOf = (state: QueryState): AciError | undefined => ('error' in state ? state.error : undefined)

describe('the state of a query', () => {
  for (const phase of PHASES) {
    for (const type of EVENTS) {
      const to = TRANSITIONS[phase][type]
      it(`${phase} ${to === 'stay' ? 'stays as it is' : `becomes ${to}`} with ${type}`, () => {
        const state = stateIn(phase)
        const next = transition(state, eventOf(type))

        if (to === 'stay') assert.equal(next, state, 'the same object, so that nobody hears of it')
        else assert.equal(next.phase, to)
      })
    }
  }

  it('can be any of them, from waiting on', () => {
    const reached = new Map<Phase, QueryState>([['waiting', { phase: 'waiting' }]])
    for (const state of reached.values()) {
      for (const type of EVENTS) {
        const next = transition(state, eventOf(type))
        if (!reached.has(next.phase)) reached.set(next.phase, next)
      }
    }
    assert.deepEqual([...reached.keys()].sort(), [...PHASES].sort())
  })

  it('is waiting again from everywhere when the connection is lost, without the error there was', () => {
    for (const phase of PHASES) assert.deepEqual(transition(stateIn(phase), { type: 'lost' }), { phase: 'waiting' })
  })

  it('keeps the reason why it failed before to be seen while it is tried again', () => {
    const failing = transition({ phase: 'subscribing' }, { type: 'failing', error: before })
    assert.deepEqual(failing, { phase: 'subscribing', error: before })
    assert.equal(errorOf(transition(failing, { type: 'join' })), before)
    const listing = transition(failing, { type: 'registered' })
    assert.deepEqual(listing, { phase: 'listing', error: before })
    assert.deepEqual(transition(listing, { type: 'failing', error: now }), { phase: 'listing', error: now })
  })

  it('has no error when there has been none', () => {
    const subscribing = transition({ phase: 'waiting' }, { type: 'join' })
    assert.deepEqual(subscribing, { phase: 'subscribing' })
    assert.deepEqual(transition(subscribing, { type: 'registered' }), { phase: 'listing' })
  })

  it('leaves a refusal behind when it is tried again: that was a word about the time before', () => {
    assert.deepEqual(transition({ phase: 'refused', error: before }, { type: 'join' }), { phase: 'subscribing' })
  })

  it('leaves every error behind when all is known', () => {
    for (const phase of ['subscribing', 'listing', 'unread'] as const) {
      assert.deepEqual(transition(stateIn(phase), { type: 'synced' }), { phase: 'live' })
    }
  })

  it('has the latest reason why it is refused, or could not be read', () => {
    for (const type of ['unread', 'refused'] as const) {
      for (const phase of PHASES) {
        const next = transition(stateIn(phase), { type, error: now })
        if (next.phase === type && TRANSITIONS[phase][type] !== 'stay') assert.equal(errorOf(next), now, phase)
      }
    }
  })

  it('is shown as live with an error where events stream of what could not be read, and as subscribing until it is read', () => {
    const seen = PHASES.map((phase) => shown(stateIn(phase)))

    assert.deepEqual(seen, [
      { phase: 'waiting' },
      { phase: 'subscribing', error: before },
      { phase: 'subscribing', error: before },
      { phase: 'live' },
      { phase: 'live', error: before },
      { phase: 'refused', error: before }
    ])
  })
})
