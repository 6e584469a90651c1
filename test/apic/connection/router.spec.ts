// Which subscription an event reaches, also when it comes before its subscription knows its own id.

import assert from 'node:assert/strict'
import { SubscriptionRouter, type Receiver } from '../../../nodes/apic/connection/router'
import type { Frame, WireEvent } from '../../../nodes/apic/protocol/wire'

const event = (dn: string): WireEvent => {
  const attributes = { dn, status: 'created' }
  return { class: 'fvTenant', dn, attributes, raw: { fvTenant: { attributes } }, status: 'created' }
}

const frame = (ids: string[], ...dns: string[]): Frame => ({ ids, events: dns.map(event), skipped: 0 })

interface Ear extends Receiver {
  readonly heard: string[]
  /** What was heard before something was missed, each time. */
  readonly misses: number[]
}

const ear = (): Ear => {
  const heard: string[] = []
  const misses: number[] = []
  return { heard, misses, event: ({ dn }) => heard.push(dn), missed: () => misses.push(heard.length) }
}

const untroubled = (thrown: unknown): void => {
  throw thrown
}

/** A table that knows a receiver for each id. */
function knowing(receivers: Record<string, Receiver>): SubscriptionRouter {
  const router = new SubscriptionRouter(untroubled)
  for (const [id, receiver] of Object.entries(receivers)) {
    router.expect()
    router.settle(id, receiver)
  }
  return router
}

describe('an event', () => {
  it('reaches every subscription that its frame names, and no other', () => {
    const [one, two, three] = [ear(), ear(), ear()]

    knowing({ 1: one, 2: two, 3: three }).dispatch(frame(['1', '3'], 'a', 'b'))

    assert.deepEqual([one.heard, two.heard, three.heard], [['a', 'b'], [], ['a', 'b']])
  })

  it('reaches all its subscriptions before the next one reaches any', () => {
    const order: string[] = []
    const receiver = (name: string): Receiver => ({ ...ear(), event: ({ dn }) => order.push(name + dn) })

    knowing({ 1: receiver('x'), 2: receiver('y') }).dispatch(frame(['1', '2'], 'a', 'b'))

    assert.deepEqual(order, ['xa', 'ya', 'xb', 'yb'])
  })

  it('of an id that was given up reaches nobody', () => {
    const one = ear()
    const router = knowing({ 1: one })

    router.forget('1')
    router.dispatch(frame(['1'], 'a'))

    assert.deepEqual(one.heard, [])
  })

  it('reaches the others when one of them fails', () => {
    const failures: unknown[] = []
    const router = new SubscriptionRouter((thrown) => failures.push(thrown))
    const [failing, sound] = [new Error('a flow'), ear()]
    const broken: Ear = {
      ...ear(),
      event: () => {
        throw failing
      }
    }
    for (const [id, receiver] of [['1', broken] as const, ['2', sound] as const]) {
      router.expect()
      router.settle(id, receiver)
    }

    router.dispatch(frame(['1', '2'], 'a', 'b'))

    assert.deepEqual(sound.heard, ['a', 'b'])
    assert.deepEqual(failures, [failing, failing])
  })
})

describe('a frame that cannot be read', () => {
  it('is missed by those whom it names', () => {
    const [one, two] = [ear(), ear()]
    knowing({ 1: one, 2: two }).miss(['2', '3'])

    assert.deepEqual([one.misses, two.misses], [[], [0]])
  })

  it('is missed by all receivers when its ids cannot be read', () => {
    const [one, two] = [ear(), ear()]
    knowing({ 1: one, 2: two }).miss()

    assert.deepEqual([one.misses, two.misses], [[0], [0]])
  })
})

describe('an event that overtakes the reply to its subscribe', () => {
  it('is handed over when the reply names its id, before anything later and in order', () => {
    const one = ear()
    const router = new SubscriptionRouter(untroubled)

    router.expect()
    router.dispatch(frame(['1'], 'a'))
    router.dispatch(frame(['1'], 'b', 'c'))
    assert.deepEqual(one.heard, [])
    router.settle('1', one)
    router.dispatch(frame(['1'], 'd'))

    assert.deepEqual(one.heard, ['a', 'b', 'c', 'd'])
  })

  it('waits for the reply that is its own while others come', () => {
    const [one, two] = [ear(), ear()]
    const router = new SubscriptionRouter(untroubled)

    router.expect()
    router.expect()
    router.dispatch(frame(['1', '2'], 'a'))
    router.dispatch(frame(['2'], 'b'))
    router.settle('1', one)
    assert.deepEqual([one.heard, two.heard], [['a'], []])
    router.settle('2', two)

    assert.deepEqual([one.heard, two.heard], [['a'], ['a', 'b']])
  })

  it('is handed over once', () => {
    const [one, again] = [ear(), ear()]
    const router = new SubscriptionRouter(untroubled)

    router.expect()
    router.expect()
    router.dispatch(frame(['1'], 'a'))
    router.settle('1', one)
    router.settle('1', again)

    assert.deepEqual([one.heard, again.heard], [['a'], []])
  })

  it('passes at once to those that know their ids already', () => {
    const one = ear()
    const router = knowing({ 1: one })

    router.expect()
    router.dispatch(frame(['1', '2'], 'a'))

    assert.deepEqual(one.heard, ['a'])
  })

  it('is dropped when no subscribe is under way: nobody will ever ask for it', () => {
    const one = ear()
    const router = new SubscriptionRouter(untroubled)

    router.dispatch(frame(['1'], 'a'))
    router.expect()
    router.settle('1', one)

    assert.deepEqual(one.heard, [])
  })

  it('is dropped when the last subscribe has failed', () => {
    const one = ear()
    const router = new SubscriptionRouter(untroubled)

    router.expect()
    router.dispatch(frame(['1'], 'a'))
    router.settle()
    router.expect()
    router.settle('1', one)

    assert.deepEqual(one.heard, [])
  })

  it('survives the failure of another subscribe', () => {
    const one = ear()
    const router = new SubscriptionRouter(untroubled)

    router.expect()
    router.expect()
    router.dispatch(frame(['1'], 'a'))
    router.settle()
    router.settle('1', one)

    assert.deepEqual(one.heard, ['a'])
  })

  it('is kept within bounds: a receiver that misses some learns so after those that were kept', () => {
    const [one, two] = [ear(), ear()]
    const router = new SubscriptionRouter(untroubled)

    router.expect()
    router.expect()
    router.dispatch(frame(['2'], 'a'))
    for (let count = 0; count < 10_003; count += 1) router.dispatch(frame(['1'], String(count)))
    router.settle('2', two)
    router.settle('1', one)
    router.dispatch(frame(['1', '2'], 'c'))

    assert.deepEqual([one.heard.length, one.heard.at(-2), one.misses], [10_000, '9998', [9_999]])
    assert.deepEqual([two.heard, two.misses], [['a', 'c'], []])
    assert.equal(router.overflowed, 4)
  })

  it('that was too much is reported with the last reply, once', () => {
    const dropped: number[] = []
    const router = new SubscriptionRouter(untroubled, (count) => dropped.push(count))

    router.expect()
    router.expect()
    for (let count = 0; count < 10_003; count += 1) router.dispatch(frame(['1'], String(count)))
    router.settle('1', ear())
    assert.deepEqual(dropped, [], 'more may follow while another reply is on its way')
    router.settle()
    router.expect()
    router.settle()

    assert.deepEqual(dropped, [3])
  })

  it('keeps its place when an id that was given up goes on speaking', () => {
    const dropped: number[] = []
    const router = new SubscriptionRouter(untroubled, (count) => dropped.push(count))
    const one = ear()
    router.expect()
    router.settle('9', ear())
    router.forget('9')

    router.expect()
    for (let count = 0; count < 10_001; count += 1) router.dispatch(frame(['9'], String(count)))
    router.dispatch(frame(['9', '1'], 'a'))
    router.settle('1', one)

    assert.deepEqual([one.heard, dropped, router.overflowed], [['a'], [], 0])
  })

  it('is waited for anew when an id that was given up is handed out again', () => {
    const [one, two] = [ear(), ear()]
    const router = knowing({ 1: one })
    router.forget('1')
    router.expect()
    router.settle('1', two)

    router.dispatch(frame(['1'], 'a'))

    assert.deepEqual([one.heard, two.heard], [[], ['a']])
  })

  it('is forgotten with the connection', () => {
    const one = ear()
    const router = knowing({ 1: one })
    router.expect()
    router.dispatch(frame(['2'], 'a'))

    router.clear()
    router.dispatch(frame(['1'], 'b'))
    const two = ear()
    router.settle('2', two)

    assert.deepEqual([one.heard, two.heard], [[], []])
  })
})
