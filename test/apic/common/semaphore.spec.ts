// The semaphore that requests of nodes pass: few at a time, in turn.

import assert from 'node:assert/strict'
import { Semaphore } from '../../../nodes/apic/common/semaphore'

describe('a semaphore', () => {
  const patient = new AbortController().signal
  const settle = (): Promise<void> => new Promise(setImmediate)

  /** Acquires for such names; returns those that hold a permit, in the order in which they got it, and their releases. */
  const queue = (semaphore: Semaphore, names: string): { holders: string[]; release: Map<string, () => void> } => {
    const holders: string[] = []
    const release = new Map<string, () => void>()
    for (const name of names) {
      void semaphore.acquire(patient).then((released) => {
        holders.push(name)
        release.set(name, released)
      })
    }
    return { holders, release }
  }

  it('grants a released permit to the longest waiter, and to no newcomer before it', async () => {
    const semaphore = new Semaphore(2)
    const { holders, release } = queue(semaphore, 'abcd')
    await settle()
    assert.deepEqual(holders, ['a', 'b'])
    release.get('a')!()
    const late = queue(semaphore, 'e')
    await settle()
    assert.deepEqual([holders, late.holders], [['a', 'b', 'c'], []])
    for (const name of 'bc') release.get(name)!()
    await settle()
    assert.deepEqual([holders.at(-1), late.holders], ['d', ['e']])
  })

  it('loses no permit to waiters that gave up', async () => {
    const semaphore = new Semaphore(1)
    const { holders, release } = queue(semaphore, 'a')
    const stop = new AbortController()
    const gone = semaphore.acquire(stop.signal)
    const next = queue(semaphore, 'b')
    stop.abort()
    await assert.rejects(gone, { code: 'ACI_CLOSED' })
    await assert.rejects(semaphore.acquire(stop.signal), { code: 'ACI_CLOSED' })
    release.get('a')!()
    await settle()
    assert.deepEqual([holders, next.holders], [['a'], ['b']])
  })
})
