// Which subscription an event reaches, also when it comes before its subscription knows its own id.

import assert from 'node:assert/strict'
import { SubscriptionRouter, type Deliver, type Receiver } from '../../../nodes/apic/connection/router'
import type { Frame, WireEvent } from '../../../nodes/apic/protocol/wire'

const event = (dn: string): WireEvent => {
  const attributes = { dn, status: 'created' }
  return { class: 'fvTenant', dn, attributes, raw: { fvTenant: { attributes } }, status: 'created' }
}

const frame = (ids: string[], ...dns: string[]): Frame => ({ ids, events: dns.map(event), skipped: 0 })

/** A subscription that notes what reaches it. */
interface Ear extends Receiver {
  readonly heard: string[]
  /** How much was heard before something was missed, each time. */
  readonly misses: number[]
}

const ear = (): Ear => {
  const heard: string[] = []
  const misses: number[] = []
  return { heard, misses, missed: () => misses.push(heard.length) }
}

const tell: Deliver = ({ dn }, receivers) => {
  for (const receiver of receivers as readonly Ear[]) receiver.heard.push(dn)
}

const untroubled = (thrown: unknown): void => {
  throw thrown
}

const newRouter = (dropped?: (count: number) => void): SubscriptionRouter =>
  new SubscriptionRouter(tell, untroubled, dropped)

/** Makes the router know a receiver for each id. */
function introduce(router: SubscriptionRouter, receivers: Record<string, Receiver>): SubscriptionRouter {
  for (const [id, receiver] of Object.entries(receivers)) {
    router.expect()
    router.settle(id, receiver)
  }
  return router
}

const knowing = (receivers: Record<string, Receiver>): SubscriptionRouter => introduce(newRouter(), receivers)

describe('an event', () => {
  it('reaches every subscription that its frame names, and no other', () => {
    const [one, two, three] = [ear(), ear(), ear()]

    knowing({ 1: one, 2: two, 3: three }).dispatch(frame(['1', '3'], 'a', 'b'))

    assert.deepEqual([one.heard, two.heard, three.heard], [['a', 'b'], [], ['a', 'b']])
  })

  it('reaches all its subscriptions at once, before the next one reaches any', () => {
    const delivered: [string, readonly Receiver[], boolean][] = []
    const router = new SubscriptionRouter((event, receivers, wasDelivered) => {
      delivered.push([event.dn, [...receivers], wasDelivered])
    }, untroubled)
    const [one, two] = [ear(), ear()]

    introduce(router, { 1: one, 2: two }).dispatch(frame(['1', '2'], 'a', 'b'))

    assert.deepEqual(delivered, [
      ['a', [one, two], false],
      ['b', [one, two], false]
    ])
  })

  it('of an id that was given up reaches nobody', () => {
    const one = ear()
    const router = knowing({ 1: one })

    router.forget('1')
    router.dispatch(frame(['1'], 'a'))

    assert.deepEqual(one.heard, [])
  })

  it('that could not be delivered is missed by all its subscriptions, and the next one comes nevertheless', () => {
    const failures: unknown[] = []
    const failing = new Error('a flow')
    const router = new SubscriptionRouter(
      (event, receivers, ...rest) => {
        if (event.dn === 'b') throw failing
        tell(event, receivers, ...rest)
      },
      (thrown) => failures.push(thrown)
    )
    const [one, two, three] = [ear(), ear(), ear()]
    introduce(router, { 1: one, 2: two, 3: three })

    router.dispatch(frame(['1', '2'], 'a', 'b', 'c'))
    router.dispatch(frame(['3'], 'd'))

    assert.deepEqual([one.heard, two.heard, three.heard], [['a', 'c'], ['a', 'c'], ['d']])
    assert.deepEqual([one.misses, two.misses, three.misses], [[1], [1], []])
    assert.deepEqual(failures, [failing])
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
    const router = newRouter()

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
    const router = newRouter()

    router.expect()
    router.expect()
    router.dispatch(frame(['1', '2'], 'a'))
    router.dispatch(frame(['2'], 'b'))
    router.settle('1', one)
    assert.deepEqual([one.heard, two.heard], [['a'], []])
    router.settle('2', two)

    assert.deepEqual([one.heard, two.heard], [['a'], ['a', 'b']])
  })

  it('is known to have been delivered already where its frame named others that knew their ids', () => {
    const delivered: string[] = []
    const router = new SubscriptionRouter(({ dn }, receivers, wasDelivered) => {
      delivered.push(`${dn} ${receivers.length} ${wasDelivered}`)
    }, untroubled)
    introduce(router, { 1: ear() })

    router.expect()
    router.expect()
    router.dispatch(frame(['1', '2', '3'], 'a'))
    router.dispatch(frame(['2', '3'], 'b'))
    router.settle('2', ear())
    router.settle('3', ear())

    assert.deepEqual(delivered, ['a 1 false', 'a 1 true', 'b 1 false', 'a 1 true', 'b 1 true'])
  })

  it('is handed over once', () => {
    const [one, again] = [ear(), ear()]
    const router = newRouter()

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
    const router = newRouter()

    router.dispatch(frame(['1'], 'a'))
    router.expect()
    router.settle('1', one)

    assert.deepEqual(one.heard, [])
  })

  it('is dropped when the last subscribe has failed', () => {
    const one = ear()
    const router = newRouter()

    router.expect()
    router.dispatch(frame(['1'], 'a'))
    router.settle()
    router.expect()
    router.settle('1', one)

    assert.deepEqual(one.heard, [])
  })

  it('survives the failure of another subscribe', () => {
    const one = ear()
    const router = newRouter()

    router.expect()
    router.expect()
    router.dispatch(frame(['1'], 'a'))
    router.settle()
    router.settle('1', one)

    assert.deepEqual(one.heard, ['a'])
  })

  it('is kept within bounds: a receiver that misses some learns so after those that were kept', () => {
    const [one, two] = [ear(), ear()]
    const router = newRouter()

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
    const router = newRouter((count) => dropped.push(count))

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
    const router = newRouter((count) => dropped.push(count))
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
