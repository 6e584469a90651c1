// Keeping subscription ids alive: often enough that none lapses, evenly enough that no APIC chokes.

import assert from 'node:assert/strict'
import { mock } from 'node:test'
import { AciError } from '../../../nodes/apic'
import { KeepAlive } from '../../../nodes/apic/connection/keep-alive'

const PERIOD = 20_000

const busy = new AciError('ACI_UNREACHABLE', 'busy')
const dead = new AciError('ACI_QUERY', 'no such subscription')

interface Call {
  readonly id: string
  readonly at: number
}

/** Refreshes that the test answers. Every one succeeds at once. */
class Apic {
  readonly calls: Call[] = []
  readonly lost: { id: string; error: AciError }[] = []
  answer: (id: string) => Promise<unknown> = () => Promise.resolve()
  running = 0
  most = 0
  readonly keepAlive = new KeepAlive({
    refresh: async (id) => {
      this.calls.push({ id, at: Date.now() })
      this.running += 1
      this.most = Math.max(this.most, this.running)
      try {
        await this.answer(id)
      } finally {
        this.running -= 1
      }
    },
    isFinal: (error) => error.code === 'ACI_QUERY',
    lost: (id, error) => this.lost.push({ id, error }),
    now: () => Date.now()
  })

  constructor() {
    keepAlives.push(this.keepAlive)
  }

  add(count: number): string[] {
    const ids = Array.from({ length: count }, (_, index) => String(index))
    for (const id of ids) this.keepAlive.add(id, PERIOD)
    return ids
  }

  callsOf(id: string): number[] {
    return this.calls.filter((call) => call.id === id).map(({ at }) => at)
  }
}

const keepAlives: KeepAlive[] = []

/** Lets time go by in small steps, with everything that promises do between them. */
async function pass(ms: number, step = 50): Promise<void> {
  for (let gone = 0; gone < ms; gone += step) {
    mock.timers.tick(Math.min(step, ms - gone))
    await new Promise(setImmediate)
  }
}

describe('refreshing subscriptions', () => {
  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout', 'Date'] })
  })

  afterEach(() => {
    for (const keepAlive of keepAlives.splice(0)) keepAlive.close()
    mock.timers.reset()
  })

  it('refreshes each id once a period', async () => {
    const apic = new Apic()
    const ids = apic.add(20)

    await pass(5 * PERIOD)

    for (const id of ids) {
      const times = apic.callsOf(id)
      assert.ok(times.length >= 4 && times.length <= 5, `${id}: ${times.length} times`)
      assert.ok(times[0]! <= PERIOD, 'the first time within a period')
      for (const [index, at] of times.slice(1).entries()) {
        const since = at - times[index]!
        assert.ok(since >= PERIOD && since <= PERIOD * 1.1, `${id}: ${since} ms after the one before`)
      }
    }
  })

  it('does not refresh an id that was made just now', async () => {
    const apic = new Apic()
    apic.add(3)

    await pass(PERIOD / 2 - 50)

    assert.deepEqual(apic.calls, [])
  })

  it('spreads ids that were made in one burst', async () => {
    const apic = new Apic()
    apic.add(100)

    await pass(PERIOD, 10)

    const times = apic.calls.map(({ at }) => at)
    assert.equal(times.length, 100)
    for (let second = 0; second < PERIOD; second += 1_000) {
      const count = times.filter((at) => at >= second && at < second + 1_000).length
      assert.ok(count <= 11, `${count} in the second that begins at ${second} ms`)
    }
  })

  it('has no more than eight under way, and forgets none when answers are slow', async () => {
    const apic = new Apic()
    apic.answer = () => new Promise((resolve) => setTimeout(resolve, 2_000))
    const ids = apic.add(200)

    await pass(60_000)

    assert.equal(apic.most, 8)
    for (const id of ids) assert.ok(apic.callsOf(id).length > 0, id)
  })

  it('does not let one answer that never comes hold up the others', async () => {
    const apic = new Apic()
    apic.answer = (id) => (id === '0' ? new Promise(() => undefined) : Promise.resolve())
    apic.add(3)

    await pass(3 * PERIOD)

    assert.equal(apic.callsOf('0').length, 1)
    assert.ok(apic.callsOf('1').length >= 2)
  })

  it('tries an id again well before it lapses when a refresh fails, and goes on as usual when that succeeds', async () => {
    const apic = new Apic()
    let failures = 1
    apic.answer = () => (failures-- > 0 ? Promise.reject(busy) : Promise.resolve())
    apic.add(1)

    await pass(2 * PERIOD)

    const [first, second, third] = apic.callsOf('0')
    assert.ok(second! - first! <= PERIOD / 2, 'soon again')
    assert.ok(third! - second! >= PERIOD, 'then once a period')
    assert.deepEqual(apic.lost, [])
  })

  it('gives an id up after two failures running, and says why', async () => {
    const apic = new Apic()
    apic.answer = () => Promise.reject(busy)
    apic.add(1)

    await pass(5 * PERIOD)

    assert.equal(apic.calls.length, 2)
    assert.deepEqual(apic.lost, [{ id: '0', error: busy }])
    assert.equal(apic.keepAlive.size, 0)
  })

  it('does not count failures that have a success between them', async () => {
    const apic = new Apic()
    let count = 0
    apic.answer = () => (count++ % 2 === 0 ? Promise.reject(busy) : Promise.resolve())
    apic.add(1)

    await pass(10 * PERIOD)

    assert.ok(apic.calls.length > 8)
    assert.deepEqual(apic.lost, [])
  })

  it('gives an id up at once when the APIC says that it is dead', async () => {
    const apic = new Apic()
    apic.answer = (id) => (id === '1' ? Promise.reject(dead) : Promise.resolve())
    apic.add(3)

    await pass(3 * PERIOD)

    assert.equal(apic.callsOf('1').length, 1)
    assert.deepEqual(apic.lost, [{ id: '1', error: dead }])
    assert.ok(apic.callsOf('2').length >= 2, 'the others go on')
  })

  it('turns whatever is thrown into an error with a code', async () => {
    const apic = new Apic()
    apic.answer = () => Promise.reject(new TypeError('a surprise'))
    apic.add(1)

    await pass(2 * PERIOD)

    assert.deepEqual(
      apic.lost.map(({ error }) => [error.code, error.message]),
      [['ACI_PROTOCOL', 'a surprise']]
    )
  })

  it('refreshes a deleted id no more', async () => {
    const apic = new Apic()
    apic.add(3)
    await pass(PERIOD)
    const before = apic.callsOf('1').length

    apic.keepAlive.delete('1')
    await pass(3 * PERIOD)

    assert.deepEqual([before, apic.callsOf('1').length], [1, 1])
    assert.ok(apic.callsOf('2').length >= 3, 'the others go on')
    assert.equal(apic.keepAlive.size, 2)
  })

  it('says nothing of an id that is deleted while its refresh is under way', async () => {
    const apic = new Apic()
    let refuse: (error: AciError) => void = () => undefined
    apic.answer = () => new Promise((_, reject) => (refuse = reject))
    apic.add(1)
    await pass(PERIOD)
    assert.equal(apic.running, 1)

    apic.keepAlive.delete('0')
    refuse(dead)
    await pass(3 * PERIOD)

    assert.deepEqual(apic.lost, [])
    assert.equal(apic.calls.length, 1)
  })

  it('takes an id that comes later', async () => {
    const apic = new Apic()
    apic.add(2)
    await pass(PERIOD * 0.75)

    apic.keepAlive.add('late', PERIOD)
    await pass(PERIOD)

    assert.equal(apic.callsOf('late').length, 1)
  })

  it('refreshes each id at its own pace', async () => {
    const apic = new Apic()
    apic.keepAlive.add('slow', 4 * PERIOD)
    apic.keepAlive.add('fast', PERIOD)

    await pass(8 * PERIOD)

    assert.ok(apic.callsOf('slow').length === 2 && apic.callsOf('fast').length >= 7)
  })

  it('takes another period for all ids, each after its next refresh', async () => {
    const apic = new Apic()
    apic.keepAlive.add('slow', PERIOD)
    apic.keepAlive.setPeriod(PERIOD / 4)

    await pass(PERIOD / 2 - 50)
    assert.equal(apic.callsOf('slow').length, 0)
    await pass(PERIOD / 2)

    assert.ok(apic.callsOf('slow').length > 1)
  })

  it('refreshes no id that is given up, whenever that is', async () => {
    const apic = new Apic()
    apic.add(6)
    for (const id of ['0', '3']) apic.keepAlive.delete(id)
    await pass(PERIOD * 0.6)
    for (const id of ['1', '5']) apic.keepAlive.delete(id)
    await pass(2 * PERIOD)

    const since = apic.calls.filter(({ at }) => at > PERIOD).map(({ id }) => id)
    assert.deepEqual([...new Set(since)].sort(), ['2', '4'])
    assert.deepEqual([apic.callsOf('0').length, apic.callsOf('3').length, apic.keepAlive.size], [0, 0, 2])
  })

  it('leaves nothing behind when it is closed', async () => {
    const apic = new Apic()
    apic.add(5)
    await pass(PERIOD)
    const count = apic.calls.length

    apic.keepAlive.close()
    await pass(5 * PERIOD)

    assert.equal(count, 5)
    assert.equal(apic.calls.length, count)
    assert.equal(apic.keepAlive.size, 0)
  })

  it('says nothing and starts nothing when what was under way ends after the close', async () => {
    const apic = new Apic()
    let refuse: (error: AciError) => void = () => undefined
    apic.answer = () => new Promise((_, reject) => (refuse = reject))
    apic.add(2)
    await pass(PERIOD / 2 + 50)
    assert.equal(apic.calls.length, 1)

    apic.keepAlive.close()
    refuse(dead)
    await pass(5 * PERIOD)

    assert.deepEqual(apic.lost, [])
    assert.equal(apic.calls.length, 1)
  })
})

describe('the timer of a keep-alive', () => {
  const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length

  it('is gone when it is closed, for it would keep the process alive', () => {
    const before = timers()
    const { keepAlive } = new Apic()
    keepAlive.add('1', PERIOD)
    keepAlive.add('2', PERIOD)
    assert.equal(timers(), before + 1)

    keepAlive.close()

    assert.equal(timers(), before)
  })
})
