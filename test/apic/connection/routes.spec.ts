// Which subscription an event reaches, also when it comes before its subscription knows its own id.

import assert from 'node:assert/strict'
import { Routes, type Receiver } from '../../../nodes/apic/connection/routes'
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
function knowing(receivers: Record<string, Receiver>): Routes {
  const routes = new Routes(untroubled)
  for (const [id, receiver] of Object.entries(receivers)) {
    routes.expect()
    routes.settle(id, receiver)
  }
  return routes
}

describe('an event', () => {
  it('reaches every subscription that its frame names, and no other', () => {
    const [one, two, three] = [ear(), ear(), ear()]

    knowing({ 1: one, 2: two, 3: three }).dispatch(frame(['1', '3'], 'a', 'b'))

    assert.deepEqual([one.heard, two.heard, three.heard], [['a', 'b'], [], ['a', 'b']])
  })

  it('is told to all before the next one is told to any', () => {
    const order: string[] = []
    const receiver = (name: string): Receiver => ({ ...ear(), event: ({ dn }) => order.push(name + dn) })

    knowing({ 1: receiver('x'), 2: receiver('y') }).dispatch(frame(['1', '2'], 'a', 'b'))

    assert.deepEqual(order, ['xa', 'ya', 'xb', 'yb'])
  })

  it('of an id that was given up reaches nobody', () => {
    const one = ear()
    const routes = knowing({ 1: one })

    routes.forget('1')
    routes.dispatch(frame(['1'], 'a'))

    assert.deepEqual(one.heard, [])
  })

  it('reaches the others when one of them fails', () => {
    const failures: unknown[] = []
    const routes = new Routes((thrown) => failures.push(thrown))
    const [failing, sound] = [new Error('a flow'), ear()]
    const broken: Ear = {
      ...ear(),
      event: () => {
        throw failing
      }
    }
    for (const [id, receiver] of [['1', broken] as const, ['2', sound] as const]) {
      routes.expect()
      routes.settle(id, receiver)
    }

    routes.dispatch(frame(['1', '2'], 'a', 'b'))

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

  it('is missed by everybody when nobody can tell whom it names', () => {
    const [one, two] = [ear(), ear()]
    knowing({ 1: one, 2: two }).miss()

    assert.deepEqual([one.misses, two.misses], [[0], [0]])
  })
})

describe('an event that overtakes the reply to its subscribe', () => {
  it('is handed over when the reply names its id, before anything later and in order', () => {
    const one = ear()
    const routes = new Routes(untroubled)

    routes.expect()
    routes.dispatch(frame(['1'], 'a'))
    routes.dispatch(frame(['1'], 'b', 'c'))
    assert.deepEqual(one.heard, [])
    routes.settle('1', one)
    routes.dispatch(frame(['1'], 'd'))

    assert.deepEqual(one.heard, ['a', 'b', 'c', 'd'])
  })

  it('waits for the reply that is its own while others come', () => {
    const [one, two] = [ear(), ear()]
    const routes = new Routes(untroubled)

    routes.expect()
    routes.expect()
    routes.dispatch(frame(['1', '2'], 'a'))
    routes.dispatch(frame(['2'], 'b'))
    routes.settle('1', one)
    assert.deepEqual([one.heard, two.heard], [['a'], []])
    routes.settle('2', two)

    assert.deepEqual([one.heard, two.heard], [['a'], ['a', 'b']])
  })

  it('is handed over once', () => {
    const [one, again] = [ear(), ear()]
    const routes = new Routes(untroubled)

    routes.expect()
    routes.expect()
    routes.dispatch(frame(['1'], 'a'))
    routes.settle('1', one)
    routes.settle('1', again)

    assert.deepEqual([one.heard, again.heard], [['a'], []])
  })

  it('passes at once to those that know their ids already', () => {
    const one = ear()
    const routes = knowing({ 1: one })

    routes.expect()
    routes.dispatch(frame(['1', '2'], 'a'))

    assert.deepEqual(one.heard, ['a'])
  })

  it('is dropped when no subscribe is under way: nobody will ever ask for it', () => {
    const one = ear()
    const routes = new Routes(untroubled)

    routes.dispatch(frame(['1'], 'a'))
    routes.expect()
    routes.settle('1', one)

    assert.deepEqual(one.heard, [])
  })

  it('is dropped when the last subscribe has failed', () => {
    const one = ear()
    const routes = new Routes(untroubled)

    routes.expect()
    routes.dispatch(frame(['1'], 'a'))
    routes.settle()
    routes.expect()
    routes.settle('1', one)

    assert.deepEqual(one.heard, [])
  })

  it('survives the failure of another subscribe', () => {
    const one = ear()
    const routes = new Routes(untroubled)

    routes.expect()
    routes.expect()
    routes.dispatch(frame(['1'], 'a'))
    routes.settle()
    routes.settle('1', one)

    assert.deepEqual(one.heard, ['a'])
  })

  it('is kept within bounds: whoever misses some is told so after those that were kept', () => {
    const [one, two] = [ear(), ear()]
    const routes = new Routes(untroubled)

    routes.expect()
    routes.expect()
    routes.dispatch(frame(['2'], 'a'))
    for (let count = 0; count < 10_003; count += 1) routes.dispatch(frame(['1'], String(count)))
    routes.settle('2', two)
    routes.settle('1', one)
    routes.dispatch(frame(['1', '2'], 'c'))

    assert.deepEqual([one.heard.length, one.heard.at(-2), one.misses], [10_000, '9998', [9_999]])
    assert.deepEqual([two.heard, two.misses], [['a', 'c'], []])
    assert.equal(routes.overflowed, 4)
  })

  it('that was too much is told with the last reply, once', () => {
    const told: number[] = []
    const routes = new Routes(untroubled, (count) => told.push(count))

    routes.expect()
    routes.expect()
    for (let count = 0; count < 10_003; count += 1) routes.dispatch(frame(['1'], String(count)))
    routes.settle('1', ear())
    assert.deepEqual(told, [], 'more may follow while another reply is on its way')
    routes.settle()
    routes.expect()
    routes.settle()

    assert.deepEqual(told, [3])
  })

  it('keeps its place when an id that was given up goes on speaking', () => {
    const told: number[] = []
    const routes = new Routes(untroubled, (count) => told.push(count))
    const one = ear()
    routes.expect()
    routes.settle('9', ear())
    routes.forget('9')

    routes.expect()
    for (let count = 0; count < 10_001; count += 1) routes.dispatch(frame(['9'], String(count)))
    routes.dispatch(frame(['9', '1'], 'a'))
    routes.settle('1', one)

    assert.deepEqual([one.heard, told, routes.overflowed], [['a'], [], 0])
  })

  it('is waited for anew when an id that was given up is handed out again', () => {
    const [one, two] = [ear(), ear()]
    const routes = knowing({ 1: one })
    routes.forget('1')
    routes.expect()
    routes.settle('1', two)

    routes.dispatch(frame(['1'], 'a'))

    assert.deepEqual([one.heard, two.heard], [[], ['a']])
  })

  it('is forgotten with the connection', () => {
    const one = ear()
    const routes = knowing({ 1: one })
    routes.expect()
    routes.dispatch(frame(['2'], 'a'))

    routes.clear()
    routes.dispatch(frame(['1'], 'b'))
    const two = ear()
    routes.settle('2', two)

    assert.deepEqual([one.heard, two.heard], [[], []])
  })
})
