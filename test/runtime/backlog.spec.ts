// Messages that wait for each other.

import assert from 'node:assert/strict'
import { Backlog } from '../../nodes/runtime/backlog'

describe('a backlog', () => {
  /** A job that the test ends. */
  const job = () => {
    let end: () => void = () => undefined
    const ended = new Promise<void>((resolve) => (end = resolve))
    return { end: () => end(), run: () => ended }
  }

  const settle = (): Promise<void> => new Promise(setImmediate)

  it('does one job after the other, whatever becomes of each', async () => {
    const backlog = new Backlog()
    const done: string[] = []
    const first = job()
    const results = [
      backlog.run(() => first.run().then(() => done.push('first'))),
      backlog.run(() => Promise.reject(new Error('second'))),
      backlog.run(() => Promise.resolve(done.push('third')))
    ]
    await settle()
    assert.deepEqual(done, [])
    first.end()
    assert.deepEqual(
      (await Promise.allSettled(results)).map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled']
    )
    assert.deepEqual(done, ['first', 'third'])
  })

  it('refuses what is too much, and only that', async () => {
    const backlog = new Backlog(2)
    const first = job()
    const running = [first.run, first.run, first.run].map((run) => backlog.run(run))
    assert.equal(backlog.waiting, 2)
    await assert.rejects(
      backlog.run(() => Promise.resolve()),
      { code: 'ACI_TIMEOUT' }
    )
    first.end()
    await Promise.all(running)
    assert.equal(backlog.waiting, 0)
    assert.equal(await backlog.run(() => Promise.resolve(7)), 7)
  })

  it('aborts all of them when it is closed, and resolves when they are over', async () => {
    const backlog = new Backlog()
    let aborted = false
    const running = backlog.run(
      (signal) =>
        new Promise<void>((resolve) =>
          signal.addEventListener('abort', () => {
            aborted = true
            resolve()
          })
        )
    )
    const waiting = backlog.run(() => assert.fail('it was begun'))
    await settle()
    const refused = assert.rejects(waiting, { code: 'ACI_CLOSED' })
    await backlog.close()
    assert.ok(aborted)
    await Promise.all([running, refused])
    await assert.rejects(
      backlog.run(() => assert.fail('it was begun')),
      { code: 'ACI_CLOSED' }
    )
  })
})
