// Finding sockets that are dead although nobody closed them, and none that are alive.

import assert from 'node:assert/strict'
import { mock } from 'node:test'
import { Heartbeat } from '../../../nodes/apic/connection/heartbeat'

const INTERVAL = 15_000

/** A peer that the test makes answer, or not. */
class Peer {
  pings = 0
  asked = 0
  deaths: number[] = []
  /** What happens at each ping. */
  onPing: () => void = () => undefined
  answer: () => Promise<unknown> = () => Promise.resolve()
  /** Whether the last question that failed was answered all the same. */
  isAnswered = false
  readonly heartbeat: Heartbeat

  constructor() {
    this.heartbeat = new Heartbeat({
      intervalMs: INTERVAL,
      ping: () => {
        this.pings += 1
        this.onPing()
      },
      ask: () => {
        this.asked += 1
        return this.answer()
      },
      isAnswer: () => this.isAnswered,
      dead: () => this.deaths.push(Date.now()),
      now: () => Date.now() - jumped
    })
    hearts.push(this.heartbeat)
  }

  /** From now on every ping is answered, as is one that was sent already. */
  answerPings(): void {
    this.onPing = () => this.heartbeat.pong()
    this.heartbeat.pong()
  }
}

const hearts: Heartbeat[] = []

/** By how much somebody has set the clock, ms. */
let jumped = 0

/** Lets time go by in small steps, with all that waits for the end of a turn of the loop between them. */
async function pass(ms: number): Promise<void> {
  for (let gone = 0; gone < ms; gone += 500) {
    mock.timers.tick(500)
    await new Promise(setImmediate)
  }
}

describe('the heartbeat of a socket', () => {
  beforeEach(() => {
    jumped = 0
    mock.timers.enable({ apis: ['setInterval', 'Date'] })
  })

  afterEach(() => {
    for (const heart of hearts.splice(0)) heart.stop()
    mock.timers.reset()
  })

  it('pings at once and once an interval', async () => {
    const peer = new Peer()
    peer.answerPings()
    assert.equal(peer.pings, 1)

    await pass(4 * INTERVAL + 1_000)

    assert.equal(peer.pings, 5)
  })

  it('lets a peer live that answers pings, without asking anything else of it', async () => {
    const peer = new Peer()
    peer.answerPings()

    await pass(20 * INTERVAL)

    assert.deepEqual([peer.deaths, peer.asked], [[], 0])
  })

  it('finds a peer dead that has answered and falls silent, after two intervals and before three', async () => {
    const peer = new Peer()
    peer.answerPings()
    await pass(3 * INTERVAL + 5_000)
    const lastSign = peer.heartbeat.lastSign

    peer.onPing = () => undefined
    await pass(3 * INTERVAL)

    const [death] = peer.deaths
    assert.ok(death !== undefined, 'it is found')
    assert.ok(death - lastSign >= 2 * INTERVAL - 1_000 && death - lastSign < 3 * INTERVAL, `${death - lastSign} ms`)
    assert.equal(peer.asked, 0, 'a peer that can answer pings is not asked otherwise')
  })

  it('takes anything that comes in as a sign of life', async () => {
    const peer = new Peer()
    peer.answerPings()
    peer.onPing = () => undefined

    for (let interval = 0; interval < 10; interval += 1) {
      await pass(INTERVAL)
      peer.heartbeat.sign()
    }

    assert.deepEqual(peer.deaths, [])
  })

  it('remembers when the last sign came', async () => {
    const peer = new Peer()
    const start = peer.heartbeat.lastSign
    await pass(2_000)

    peer.heartbeat.sign()
    await pass(2_000)

    assert.equal(peer.heartbeat.lastSign - start, 2_000)
  })

  it('asks by REST a peer that never answered a ping, and lets it live when it answers that', async () => {
    const peer = new Peer()

    await pass(20 * INTERVAL)

    assert.deepEqual(peer.deaths, [])
    assert.ok(peer.asked >= 5, `${peer.asked} times`)
  })

  it('finds a peer dead that answers neither', async () => {
    const peer = new Peer()
    peer.answer = () => Promise.reject(new Error('silence'))

    await pass(3 * INTERVAL)

    assert.equal(peer.deaths.length, 1)
    assert.ok(peer.deaths[0]! <= 3 * INTERVAL)
  })

  it('asks one question at a time', async () => {
    const peer = new Peer()
    peer.answer = () => new Promise(() => undefined)

    await pass(10 * INTERVAL)

    assert.deepEqual([peer.asked, peer.deaths], [1, []])
  })

  it('goes back to pings when the peer begins to answer them', async () => {
    const peer = new Peer()
    await pass(4 * INTERVAL)
    const asked = peer.asked
    assert.ok(asked > 0)

    peer.answerPings()
    await pass(10 * INTERVAL)

    assert.deepEqual([peer.asked, peer.deaths], [asked, []])
  })

  it('reads first what has arrived while the loop was blocked', async () => {
    const peer = new Peer()
    peer.answerPings()
    peer.onPing = () => undefined
    await pass(INTERVAL)

    // The timer is late, and the answer to that ping is read right behind it.
    mock.timers.tick(INTERVAL)
    assert.ok(Date.now() - peer.heartbeat.lastSign >= 2 * INTERVAL, 'long enough to be dead')
    peer.heartbeat.pong()
    await pass(500)

    assert.deepEqual(peer.deaths, [])
  })

  describe('after the loop stood still for longer than two intervals', () => {
    /** Time that passes without any turn of the loop. */
    const stall = (ms: number): void => {
      jumped -= ms
    }

    it('gives the peer an interval to answer a new ping', async () => {
      const peer = new Peer()
      peer.answerPings()
      await pass(INTERVAL)
      peer.onPing = () => undefined
      const pings = peer.pings

      stall(4 * INTERVAL)
      await pass(INTERVAL)
      assert.deepEqual([peer.deaths, peer.pings], [[], pings + 1])
      peer.heartbeat.pong()
      await pass(INTERVAL)

      assert.deepEqual(peer.deaths, [])
    })

    it('finds a peer dead that does not answer that one either', async () => {
      const peer = new Peer()
      peer.answerPings()
      await pass(INTERVAL)
      peer.onPing = () => undefined

      stall(4 * INTERVAL)
      await pass(2 * INTERVAL)

      assert.equal(peer.deaths.length, 1)
    })

    it('does not believe a question that ran out of time meanwhile', async () => {
      const peer = new Peer()
      let fail: () => void = () => undefined
      peer.answer = () => new Promise((_, reject) => (fail = () => reject(new Error('late'))))
      await pass(2 * INTERVAL + 1_000)
      assert.equal(peer.asked, 1)

      stall(4 * INTERVAL)
      fail()
      await pass(2 * INTERVAL)

      assert.deepEqual([peer.asked, peer.deaths], [2, []])
    })
  })

  describe('whose peer answers neither pings nor, by REST, with what it was asked for', () => {
    it('asks again, and finds it dead at the second such answer in a row', async () => {
      const peer = new Peer()
      peer.isAnswered = true
      peer.answer = () => Promise.reject(new Error('503'))

      await pass(2 * INTERVAL + 1_000)
      assert.deepEqual([peer.asked, peer.deaths], [1, []])
      await pass(INTERVAL)

      assert.deepEqual([peer.asked, peer.deaths.length], [2, 1])
    })

    it('forgets such an answer when a sign of life comes', async () => {
      const peer = new Peer()
      peer.isAnswered = true
      let asked = 0
      peer.answer = () => ((asked += 1) % 2 === 1 ? Promise.reject(new Error('503')) : Promise.resolve())

      await pass(20 * INTERVAL)

      assert.deepEqual(peer.deaths, [])
      assert.ok(peer.asked > 6, `${peer.asked} times`)
    })
  })

  it('does nothing any more once it is stopped', async () => {
    const peer = new Peer()
    peer.answerPings()
    const pings = peer.pings

    peer.onPing = () => undefined
    peer.heartbeat.stop()
    await pass(10 * INTERVAL)

    assert.deepEqual([peer.pings, peer.asked, peer.deaths], [pings, 0, []])
  })

  it('says nothing of a question that is answered after the stop', async () => {
    const peer = new Peer()
    let fail: () => void = () => undefined
    peer.answer = () => new Promise((_, reject) => (fail = () => reject(new Error('late'))))
    await pass(3 * INTERVAL)
    assert.equal(peer.asked, 1)

    peer.heartbeat.stop()
    fail()
    await pass(INTERVAL)

    assert.deepEqual(peer.deaths, [])
  })

  it('takes no notice of a clock that is set forward or back', async () => {
    const peer = new Peer()
    peer.answerPings()
    const now = mock.method(
      Date,
      'now',
      (
        (real) => () =>
          real() + jumped
      )(Date.now)
    )
    for (const jump of [3_600_000, -3_600_000]) {
      jumped = jump
      await pass(INTERVAL)
    }
    assert.deepEqual(peer.deaths, [])

    peer.onPing = () => undefined
    await pass(INTERVAL * 3)
    now.mock.restore()
    assert.ok(peer.deaths.length > 0)
  })
})

describe('the timer of a heartbeat', () => {
  const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length

  it('is gone when it is stopped, for it would keep the process alive', () => {
    const before = timers()
    const { heartbeat } = new Peer()
    assert.equal(timers(), before + 1)

    heartbeat.stop()

    assert.equal(timers(), before)
  })
})
