// When the whole result is sent: in a time that the test has in its hand.

import assert from 'node:assert/strict'
import FakeTimers, { type Clock } from '@sinonjs/fake-timers'
import type { AciError } from '../../nodes/apic'
import {
  ResultPublisher,
  type ResultForm,
  type ResultMessage,
  type ResultObject
} from '../../nodes/runtime/result-publisher'

const object = (name: string, descr = ''): ResultObject => ({
  class: 'fvTenant',
  dn: `uni/tn-${name}`,
  attributes: { name, descr }
})

describe('the whole result as messages', () => {
  let clock: Clock
  let objects: ResultObject[]
  let isReady: boolean
  let isComplete: boolean
  let sent: ResultMessage[]
  let excesses: (AciError | undefined)[]
  let publisher: ResultPublisher

  const begin = (form: ResultForm): void => {
    publisher = new ResultPublisher({
      form,
      intervalMs: 1_000,
      topic: () => 'tenants',
      source: {
        objects: () => objects,
        get isReady() {
          return isReady
        },
        get isComplete() {
          return isComplete
        },
        query: '/api/class/fvTenant.json',
        controller: 'https://apic1'
      },
      send: (message) => sent.push(message),
      excessChanged: () => excesses.push(publisher.excess),
      now: () => clock.now
    })
  }
  /** All that is due now. */
  const settle = (): void => void clock.tick(0)
  const dns = (): string[] => sent.map(({ payload }) => payload.map(({ dn }) => dn).join())

  beforeEach(() => {
    clock = FakeTimers.install({ now: 1_000_000 })
    objects = [object('b'), object('a')]
    isReady = true
    isComplete = true
    sent = []
    excesses = []
    begin('state')
  })

  afterEach(() => {
    publisher.close()
    clock.uninstall()
  })

  it('come once when all that can be has been read, in the order of the DNs', () => {
    isReady = false
    publisher.stateChanged(true)
    settle()
    assert.deepEqual(sent, [])

    isReady = true
    publisher.stateChanged(true)
    settle()
    clock.tick(60_000)

    assert.deepEqual(sent, [
      {
        topic: 'tenants',
        payload: [object('a'), object('b')],
        aci: {
          query: '/api/class/fvTenant.json',
          controller: 'https://apic1',
          count: 2,
          changed: { created: 0, modified: 0, deleted: 0 },
          complete: true
        }
      }
    ])
  })

  it('come of an empty result, too', () => {
    objects = []
    publisher.stateChanged(true)
    settle()

    assert.deepEqual([sent[0]?.payload, sent[0]?.aci.count], [[], 0])
  })

  it('are rows with the attributes beside class and DN', () => {
    begin('rows')
    publisher.stateChanged(true)
    settle()

    assert.deepEqual(sent[0]?.payload[0], { name: 'a', descr: '', class: 'fvTenant', dn: 'uni/tn-a' })
  })

  it('are the receiver’s own', () => {
    publisher.stateChanged(true)
    settle()
    ;(sent[0]!.payload[0] as ResultObject).attributes['descr'] = 'mine'

    assert.equal(objects[1]?.attributes['descr'], '')
  })

  it('follow the first change at once, and further ones after the interval, together', () => {
    publisher.stateChanged(true)
    settle()
    clock.tick(5_000)

    publisher.note('created')
    settle()
    assert.equal(sent.length, 2)

    for (const event of ['modified', 'modified', 'deleted'] as const) publisher.note(event)
    clock.tick(999)
    assert.equal(sent.length, 2)
    clock.tick(1)
    assert.equal(sent.length, 3)
    assert.deepEqual(
      sent.map(({ aci }) => aci.changed),
      [
        { created: 0, modified: 0, deleted: 0 },
        { created: 1, modified: 0, deleted: 0 },
        { created: 0, modified: 2, deleted: 1 }
      ]
    )
    clock.tick(60_000)
    assert.equal(sent.length, 3, 'nothing while nothing changes')
  })

  it('show what there is when they are sent, not when it changed', () => {
    publisher.stateChanged(true)
    settle()
    publisher.note('created')
    objects = [...objects, object('c')]
    clock.tick(500)
    objects = objects.slice(1)
    clock.tick(500)

    assert.deepEqual(dns(), ['uni/tn-a,uni/tn-b', 'uni/tn-a,uni/tn-c'])
  })

  it('come again when an incomplete result is complete, though nothing has changed', () => {
    isComplete = false
    publisher.stateChanged(true)
    settle()
    publisher.stateChanged(false)
    clock.tick(5_000)
    assert.equal(sent.length, 1)

    isComplete = true
    publisher.stateChanged(false)
    settle()
    publisher.stateChanged(false)
    clock.tick(5_000)

    assert.deepEqual(
      sent.map(({ aci }) => aci.complete),
      [false, true]
    )
  })

  it('come again when queries come or go', () => {
    publisher.stateChanged(true)
    settle()
    clock.tick(5_000)

    publisher.stateChanged(true)
    settle()

    assert.equal(sent.length, 2)
  })

  it('are given to whoever asks, as soon as there is something', () => {
    isReady = false
    assert.throws(() => publisher.message(), { code: 'ACI_CLOSED' })

    isReady = true
    assert.equal(publisher.message().aci.count, 2)
  })

  it('do not come of more than 20,000 objects, which is said once, and come again when there are fewer', () => {
    objects = Array.from({ length: 20_001 }, (_, index) => object(String(index)))
    publisher.stateChanged(true)
    settle()
    publisher.note('modified')
    clock.tick(5_000)
    assert.deepEqual(
      excesses.map((error) => error?.code),
      ['ACI_CONFIG']
    )
    assert.match(excesses[0]?.message ?? '', /more than 20,000 objects: choose fewer by a filter/)
    assert.throws(() => publisher.message(), { code: 'ACI_CONFIG' })

    objects = objects.slice(1)
    publisher.note('deleted')
    settle()

    assert.deepEqual([sent.length, sent[0]?.aci.count], [1, 20_000])
    assert.deepEqual(sent[0]?.aci.changed, { created: 0, modified: 1, deleted: 1 })
    assert.deepEqual(excesses.slice(1), [undefined])
  })

  it('end when the node closes', () => {
    publisher.stateChanged(true)
    publisher.close()
    clock.tick(5_000)

    assert.deepEqual(sent, [])
  })
})
