// Listening to abort signals that outlive their listeners.

import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { onAbort } from '../../../nodes/apic/common/abort'
import { Semaphore } from '../../../nodes/apic/common/semaphore'
import { Condition } from '../../../nodes/apic/common/waiting'

describe('a listener of an abort signal', () => {
  let stop: AbortController
  let calls: number
  const count = (): void => {
    calls += 1
  }
  const listeners = (): number => getEventListeners(stop.signal, 'abort').length

  beforeEach(() => {
    stop = new AbortController()
    calls = 0
  })

  it('is called once, and is gone then', () => {
    onAbort(stop.signal, count)
    stop.abort()
    stop.abort()
    assert.deepEqual([calls, listeners()], [1, 0])
  })

  it('is called at once where the signal has been given', () => {
    stop.abort()
    onAbort(stop.signal, count)
    assert.deepEqual([calls, listeners()], [1, 0])
  })

  it('is gone when it was removed', () => {
    const remove = onAbort(stop.signal, count)
    assert.equal(listeners(), 1)
    remove()
    stop.abort()
    assert.deepEqual([calls, listeners()], [0, 0])
  })

  it('is none without a signal', () => {
    onAbort(undefined, count)()
    assert.equal(calls, 0)
  })

  it('is not left behind by a semaphore or a condition', async () => {
    const semaphore = new Semaphore(1)
    const release = await semaphore.acquire(stop.signal)
    const next = semaphore.acquire(stop.signal)
    const condition = new Condition()
    const waits = [condition.wait(0, stop.signal), condition.wait(60_000, stop.signal)]
    assert.equal(listeners(), 3)
    release()
    condition.notify()
    await Promise.all([next, ...waits])
    assert.equal(listeners(), 0)
  })

  it('ends the wait for a condition, also of one that begins too late', async () => {
    const condition = new Condition()
    const early = condition.wait(60_000, stop.signal)
    stop.abort()
    await Promise.all([early, condition.wait(60_000, stop.signal)])
  })
})
