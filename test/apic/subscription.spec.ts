// One query on the connections that follow one another.

import assert from 'node:assert/strict'
import type { Connection } from '../../nodes/apic/connection'
import { Tally } from '../../nodes/apic/outages'
import type { Query } from '../../nodes/apic/query'
import type { Receiver } from '../../nodes/apic/routes'
import { Subscription } from '../../nodes/apic/subscription'

const QUERY: Query = { target: 'class', of: 'fvTenant', scope: 'self', subtreeClasses: [], filter: '' }

/** A connection that answers a subscribe when the test says so. */
class Answering {
  readonly controller = 'https://apic1'
  readonly facts = { site: '' }
  readonly isOver = false
  readonly released: string[] = []
  receiver: Receiver | undefined
  private answer: ((reply: { id: string }) => void) | undefined

  constructor(private readonly id: string) {}

  register(_path: string, receiver: Receiver): Promise<{ id: string }> {
    this.receiver = receiver
    return new Promise((resolve) => (this.answer = resolve))
  }

  reply(): void {
    this.answer?.({ id: this.id })
  }

  release(id: string): void {
    this.released.push(id)
  }

  tells(dn: string): void {
    this.receiver?.event({ class: 'fvTenant', dn, status: 'created', attributes: { dn }, raw: {} })
  }

  get asConnection(): Connection {
    return this as unknown as Connection
  }
}

describe('a subscription', () => {
  const HOST = {
    again: () => undefined,
    contradicted: () => Promise.resolve(false),
    doubted: () => undefined,
    setBack: () => undefined,
    registered: () => undefined
  }

  for (const isLate of [true, false]) {
    it(`is on the later of two connections, whichever answers ${isLate ? 'last' : 'first'}`, async () => {
      const told: string[] = []
      const subscription = new Subscription(QUERY, 'off', HOST, new Tally())
      subscription.attach({ change: ({ dn }) => told.push(dn), moved: () => undefined, afresh: () => undefined })
      const [former, later] = [new Answering('1'), new Answering('2')]

      const joins = [subscription.join(former.asConnection), subscription.join(later.asConnection)]
      const order = isLate ? [1, 0] : [0, 1]
      for (const index of order) {
        ;[former, later][index]!.reply()
        await joins[index]
      }

      later.tells('uni/tn-x')
      former.tells('uni/tn-y')
      assert.deepEqual(told, ['uni/tn-x'])
      assert.ok(subscription.isServedBy(later.asConnection))
      assert.deepEqual(later.released, [])
    })
  }

  it('gives up what is answered when the later connection serves already', async () => {
    const subscription = new Subscription(QUERY, 'off', HOST, new Tally())
    const [former, later] = [new Answering('1'), new Answering('2')]
    const joins = [subscription.join(former.asConnection), subscription.join(later.asConnection)]
    later.reply()
    await joins[1]
    former.reply()
    await joins[0]
    assert.deepEqual(former.released, ['1'])
  })
})
