// The gate that requests of nodes pass: few at a time, in turn.

import assert from 'node:assert/strict'
import { Gate } from '../../../nodes/apic/common/gate'

describe('a gate', () => {
  const patient = new AbortController().signal
  const settle = (): Promise<void> => new Promise(setImmediate)

  /** Lets such names in by the gate; tells who is inside, in the order in which they came in. */
  const queue = (gate: Gate, names: string): { inside: string[]; leave: Map<string, () => void> } => {
    const inside: string[] = []
    const leave = new Map<string, () => void>()
    for (const name of names) {
      void gate.enter(patient).then((left) => {
        inside.push(name)
        leave.set(name, left)
      })
    }
    return { inside, leave }
  }

  it('lets the next one in when one leaves, and nobody before those who wait', async () => {
    const gate = new Gate(2)
    const { inside, leave } = queue(gate, 'abcd')
    await settle()
    assert.deepEqual(inside, ['a', 'b'])
    leave.get('a')!()
    const late = queue(gate, 'e')
    await settle()
    assert.deepEqual([inside, late.inside], [['a', 'b', 'c'], []])
    for (const name of 'bc') leave.get(name)!()
    await settle()
    assert.deepEqual([inside.at(-1), late.inside], ['d', ['e']])
  })

  it('has no place less for those who gave up', async () => {
    const gate = new Gate(1)
    const { inside, leave } = queue(gate, 'a')
    const stop = new AbortController()
    const gone = gate.enter(stop.signal)
    const next = queue(gate, 'b')
    stop.abort()
    await assert.rejects(gone, { code: 'ACI_CLOSED' })
    await assert.rejects(gate.enter(stop.signal), { code: 'ACI_CLOSED' })
    leave.get('a')!()
    await settle()
    assert.deepEqual([inside, next.inside], [['a'], ['b']])
  })
})
