// How a watch begins: with what exists, and with what is otherwise than it had been delivered before.

import assert from 'node:assert/strict'
import { pathOf } from '../../../nodes/apic/protocol/query'
import type { Change } from '../../../nodes/apic/store/change'
import type { Remembered } from '../../../nodes/apic/store/remembered'
import type { SyncedQuery } from '../../../nodes/apic/sync/synced-query'
import { Watch, type QueryPool, type WatchListener } from '../../../nodes/apic/watch/watch'
import { settled, SmallFabric, TENANTS } from '../sync/small-apic'

/** Tenants that had been delivered, in states of which none is there any more. */
const remembered = (...dns: string[]): Remembered => ({
  fabric: '',
  site: '',
  query: pathOf(TENANTS),
  savedAt: 0,
  objects: new Map(dns.map((dn) => [dn, { class: 'fvTenant', version: 'an older one' }]))
})

describe('the start of a watch', () => {
  let fabric: SmallFabric
  let query: SyncedQuery
  let pool: QueryPool
  let sent: string[]
  let listener: WatchListener

  beforeEach(() => {
    fabric = new SmallFabric()
    for (const name of ['a', 'b']) fabric.apic.write(`uni/tn-${name}`, { descr: name })
    query = fabric.add()
    const { sync } = fabric
    pool = {
      acquire: (_query, _mirror, watch) => {
        query.listeners.add(watch)
        return query
      },
      release: (_query, watch) => void query.listeners.delete(watch),
      find: () => undefined,
      retention: (watch) => sync.retention(watch),
      retain: (object, retention) => sync.retain(object, retention),
      letGo: (object, retention) => sync.letGo(object, retention),
      get stepNumber() {
        return sync.stepNumber
      },
      site: ''
    }
    sent = []
    listener = {
      change: ({ origin, event, dn }: Change) => sent.push(`${origin} ${event} ${dn}`),
      stateChanged: () => undefined
    }
  })

  const read = async (): Promise<void> => {
    await query.join(fabric.connection.asConnection)
    await settled()
  }

  it('sends what exists when it has been read', async () => {
    const watch = new Watch(pool, listener)
    watch.add([TENANTS], { mirror: 'full', snapshot: true })
    assert.deepEqual(sent, [])

    await read()

    assert.deepEqual(sent, ['snapshot existing uni/tn-a', 'snapshot existing uni/tn-b'])
  })

  it('sends what is otherwise than remembered when it has been read, and nothing that is not', async () => {
    const watch = new Watch(pool, listener)
    watch.add([TENANTS], { mirror: 'full', snapshot: false, remembered: () => remembered('uni/tn-b', 'uni/tn-c') })

    await read()

    assert.deepEqual(sent, ['recovered created uni/tn-a', 'recovered modified uni/tn-b', 'recovered deleted uni/tn-c'])
  })

  it('compares with what is remembered although its node is made anew before that could be done', async () => {
    const options = { mirror: 'full', snapshot: true, remembered: () => remembered('uni/tn-b', 'uni/tn-c') } as const
    const watch = new Watch(pool, listener)
    watch.add([TENANTS], options)

    watch.suspend()
    watch.resume(listener)
    watch.keep([TENANTS], options)
    await read()

    assert.deepEqual(sent.sort(), [
      'recovered created uni/tn-a',
      'recovered deleted uni/tn-c',
      'recovered modified uni/tn-b',
      'snapshot existing uni/tn-a',
      'snapshot existing uni/tn-b'
    ])
  })

  it('does not wait for what cannot be read: what comes of it by events is sent', async () => {
    const gate = fabric.connection.close(/class\/fvTenant/)
    const watch = new Watch(pool, listener)
    watch.add([TENANTS], { mirror: 'full', snapshot: true })
    const joined = query.join(fabric.connection.asConnection)
    await gate.reached()
    gate.open(new Error('no'))
    await joined.catch(() => undefined)

    fabric.connection.tells(fabric.apic.write('uni/tn-x', {}), query)

    assert.deepEqual(sent, ['live created uni/tn-x'])
    await query.resync()
    await settled()
    assert.deepEqual(sent.sort(), [
      'live created uni/tn-x',
      'snapshot existing uni/tn-a',
      'snapshot existing uni/tn-b',
      'snapshot existing uni/tn-x'
    ])
  })
})
