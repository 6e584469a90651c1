// One query on the connections that follow one another.

import assert from 'node:assert/strict'
import type { Connection } from '../../../nodes/apic/connection/connection'
import { Tally } from '../../../nodes/apic/sync/tally'
import type { Query } from '../../../nodes/apic/protocol/query'
import type { Receiver } from '../../../nodes/apic/connection/router'
import { Subscription } from '../../../nodes/apic/sync/subscription'
import type { Answer, Attributes, WireEvent, WireObject } from '../../../nodes/apic/protocol/wire'

const QUERY: Query = { target: 'class', of: 'fvTenant', scope: 'self', subtreeClasses: [], filter: '' }

/** A connection that answers a subscribe when the test says so. */
class Answering {
  readonly controller = 'https://apic1'
  readonly facts = { site: '' }
  readonly isOver = false
  readonly released: string[] = []
  receiver: Receiver | undefined
  /** What there is to read. */
  objects: WireObject[] = []
  /** Readings are answered when this is. */
  answers: Promise<void> = Promise.resolve()
  private answer: ((reply: { id: string }) => void) | undefined

  constructor(private readonly id: string) {}

  register(_path: string, receiver: Receiver): Promise<{ id: string }> {
    this.receiver = receiver
    return new Promise((resolve) => (this.answer = resolve))
  }

  reply(): void {
    this.answer?.({ id: this.id })
  }

  async get(): Promise<Answer> {
    await this.answers
    const { objects } = this
    return { objects, totalCount: objects.length, skipped: 0 }
  }

  flush(): Promise<void> {
    return Promise.resolve()
  }

  release(id: string): void {
    this.released.push(id)
  }

  tells(dn: string, status: WireEvent['status'] = 'created', attributes: Attributes = { dn }): void {
    this.receiver?.event({ class: 'fvTenant', dn, status, attributes, raw: {} })
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

  it('says of what changed while it was read that nothing was read of it', async () => {
    const dn = 'uni/tn-x'
    const at = (second: number, descr: string): WireObject => {
      const attributes = { dn, descr, modTs: `2026-11-29T10:00:0${second}.000+00:00` }
      return { class: 'fvTenant', dn, attributes, raw: {} }
    }
    const connection = new Answering('1')
    const subscription = new Subscription(QUERY, 'full', HOST, new Tally())
    const unread: boolean[] = []
    subscription.attach({
      change: () => undefined,
      moved: () => undefined,
      read: (_dns, those) => unread.push(those.has(dn))
    })
    connection.objects = [at(5, 'old')]
    const joined = subscription.join(connection.asConnection)
    connection.reply()
    await joined

    let answer = (): void => undefined
    connection.answers = new Promise((resolve) => (answer = resolve))
    const read = subscription.resync()
    // The clock was set back: the event is of an earlier time, and only a reading can tell whether it is a late one.
    connection.objects = [at(1, 'new')]
    connection.tells(dn, 'modified', at(1, 'new').attributes)
    answer()
    await read

    assert.deepEqual(unread, [false, true])
    assert.equal(subscription.objectOf(dn)?.attributes['descr'], 'old')
    await subscription.verify()
    assert.equal(subscription.objectOf(dn)?.attributes['descr'], 'new')
  })
})
