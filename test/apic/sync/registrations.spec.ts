// Which registration of a query counts, and which ids are given up.

import assert from 'node:assert/strict'
import type { Connection } from '../../../nodes/apic/connection/connection'
import { Registrations, type Registration } from '../../../nodes/apic/sync/registrations'

/** A connection that notes which ids are given up. */
class Ids {
  readonly released: string[] = []

  release(id: string): void {
    this.released.push(id)
  }

  get asConnection(): Connection {
    return this as unknown as Connection
  }
}

describe('the registrations of a query', () => {
  let missed: Registration<string>[]
  let registrations: Registrations<string>
  const [first, second] = [new Ids(), new Ids()]

  /** One that has its id. */
  const begin = (ids: Ids, id: string): Registration<string> => {
    const registration = registrations.begin(ids.asConnection)
    registration.id = id
    return registration
  }

  beforeEach(() => {
    missed = []
    registrations = new Registrations('a query', (registration) => missed.push(registration))
    for (const { released } of [first, second]) released.length = 0
  })

  it('are two while one takes over from the other, and both count', () => {
    const before = begin(first, '1')
    registrations.takeOver(before)
    const next = begin(second, '2')

    assert.ok(registrations.accepts(before) && registrations.accepts(next))
    assert.ok(registrations.isTakingOver(next) && !registrations.isTakingOver(before))
    assert.ok(registrations.isServedBy(first.asConnection) && !registrations.isServedBy(second.asConnection))
  })

  it('end with the id that the later one replaces', () => {
    const before = begin(first, '1')
    registrations.takeOver(before)
    registrations.takeOver(begin(second, '2'))

    assert.ok(!registrations.accepts(before))
    assert.deepEqual([first.released, second.released], [['1'], []])
    assert.ok(registrations.isRegisteredAs(second.asConnection, '2'))
  })

  it('begin once for each connection', () => {
    const begun = begin(first, '1')

    assert.equal(registrations.begin(first.asConnection), begun)
    assert.notEqual(registrations.begin(second.asConnection), begun)
    assert.ok(!registrations.accepts(begun), 'the later one counts')
  })

  it('give up the one that was to take over, and keep the one in use', () => {
    const before = begin(first, '1')
    registrations.takeOver(before)
    begin(second, '2')

    registrations.giveUpNext()

    assert.deepEqual([first.released, second.released], [[], ['2']])
    assert.deepEqual([registrations.current, registrations.next], [before, undefined])
  })

  it('give up no id that was not given yet', () => {
    registrations.begin(first.asConnection)

    registrations.release()

    assert.deepEqual(first.released, [])
    assert.equal(registrations.next, undefined)
  })

  it('say which of them lost events', () => {
    const registration = begin(first, '1')

    registration.missed()

    assert.deepEqual(missed, [registration])
    assert.equal(registration.query, 'a query')
  })
})
