// A task that runs once for many requests.

import assert from 'node:assert/strict'
import { mock } from 'node:test'
import { Coalesced } from '../../nodes/runtime/coalesced'

describe('a coalesced task', () => {
  let time = 0
  let runs = 0
  /** How long it takes, ms. */
  let length = 0

  const make = (): Coalesced => {
    return new Coalesced(
      () => {
        runs += 1
        time += length
      },
      () => time
    )
  }

  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout', 'setImmediate'] })
    time = runs = length = 0
  })

  afterEach(() => {
    mock.timers.reset()
  })

  it('runs once for the requests of a turn, and again for those of the next one', () => {
    const task = make()
    for (let request = 0; request < 3; request += 1) task.request()
    assert.equal(runs, 0)
    mock.timers.tick(1)
    assert.equal(runs, 1)
    task.request()
    mock.timers.tick(1)
    assert.equal(runs, 2)
    mock.timers.tick(1_000)
    assert.equal(runs, 2, 'not without a request')
  })

  it('rests after it took long, but no longer than a second', () => {
    const task = make()
    for (const [taken, rest] of [
      [10, 200],
      [500, 1_000]
    ] as const) {
      length = taken
      task.request()
      mock.timers.tick(2_000)
      const before = runs
      task.request()
      mock.timers.tick(rest - 1)
      assert.equal(runs, before)
      mock.timers.tick(1)
      assert.equal(runs, before + 1)
    }
  })

  it('does not run when it is not wanted any more, whether it was to run at once or after a rest', () => {
    const task = make()
    task.request()
    task.cancel()
    mock.timers.tick(1_000)
    assert.equal(runs, 0)
    length = 10
    task.request()
    mock.timers.tick(1)
    task.request()
    task.cancel()
    mock.timers.tick(1_000)
    assert.equal(runs, 1)
  })

  it('goes on after it was not wanted', () => {
    const task = make()
    task.cancel()
    task.request()
    task.cancel()
    mock.timers.tick(1_000)
    assert.equal(runs, 0)
    task.request()
    mock.timers.tick(1)
    assert.equal(runs, 1)
  })
})

describe('a coalesced task that is not wanted any more', () => {
  it('takes nothing with it of what others wait for', async () => {
    let time = 0
    const task = new Coalesced(
      () => undefined,
      () => (time += 10)
    )
    task.request()
    await new Promise(setImmediate)
    task.request()
    task.cancel()
    task.request()
    task.cancel()
    const others: string[] = []
    await new Promise<void>((resolve) => {
      setTimeout(() => {
        others.push('timeout')
        setImmediate(resolve)
      }, 1)
      setImmediate(() => others.push('immediate'))
    })
    assert.deepEqual(others.sort(), ['immediate', 'timeout'])
  })
})
