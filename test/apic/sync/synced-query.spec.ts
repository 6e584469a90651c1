// One query on the connections that follow one another.

import assert from 'node:assert/strict'
import { mock } from 'node:test'
import { described, Ear, eventOf, resultOf, settled, SmallFabric, TENANTS } from './small-apic'

describe('a query', () => {
  let fabric: SmallFabric

  beforeEach(() => {
    fabric = new SmallFabric()
  })

  for (const isLate of [true, false]) {
    it(`is on the later of two connections, whichever answers ${isLate ? 'last' : 'first'}`, async () => {
      const query = fabric.add(TENANTS, 'off')
      const ear = new Ear(query)
      const [former, later] = [fabric.connection, fabric.connect()]
      for (const connection of [former, later]) connection.isSlow = true

      const joins = [query.join(former.asConnection), query.join(later.asConnection)]
      for (const index of isLate ? [1, 0] : [0, 1]) {
        ;[former, later][index]!.reply()
        await joins[index]
      }

      later.tells(fabric.apic.write('uni/tn-x', {}), query)
      former.tells(fabric.apic.write('uni/tn-y', {}), query)
      assert.deepEqual(ear.heard, ['streamed created uni/tn-x'])
      assert.ok(query.registrations.isServedBy(later.asConnection))
      assert.deepEqual(later.released, [])
    })
  }

  it('gives up what is answered when the later connection serves already', async () => {
    const query = fabric.add(TENANTS, 'off')
    const [former, later] = [fabric.connection, fabric.connect()]
    former.isSlow = true
    const joins = [query.join(former.asConnection), query.join(later.asConnection)]
    await joins[1]
    former.reply()
    await joins[0]
    assert.deepEqual(former.released, ['1'])
  })

  it('believes an object of an earlier time when a second reading shows it: the clock of the APIC was set back', async () => {
    const { apic, connection } = fabric
    const dn = 'uni/tn-x'
    apic.set(5)
    apic.write(dn, { descr: 'old' })
    const query = await fabric.live()
    const ear = new Ear(query)
    const gate = connection.close(/page=0/)
    const read = query.resync()
    await gate.reached()

    // Only a reading can tell whether the event is a late one.
    apic.set(1)
    connection.tells(apic.write(dn, { descr: 'new' }), query)
    assert.deepEqual(resultOf(query), [`${dn}=old`])
    gate.open()
    await read
    await fabric.verify()

    assert.deepEqual([resultOf(query), ear.heard], [[`${dn}=new`], [`recovered modified ${dn} descr=new`]])
  })

  it('has what there is once it was read, as its first reading', async () => {
    fabric.apic.write('uni/tn-a', { descr: 'x' })
    fabric.apic.write('uni/tn-b', { descr: 'y' })
    const query = fabric.add(described('x'))
    const ear = new Ear(query)
    assert.deepEqual([query.state.phase, query.isComplete], ['waiting', false])

    await query.join(fabric.connection.asConnection)

    assert.deepEqual([query.state.phase, query.hasSynced, resultOf(query)], ['live', true, ['uni/tn-a=x']])
    assert.deepEqual(ear.heard, ['snapshot created uni/tn-a'])
  })

  it('finds by comparing what changed while it was on no connection', async () => {
    const { apic, connection, sync } = fabric
    for (const name of ['a', 'b', 'c']) apic.write(`uni/tn-${name}`, { descr: 'x' })
    const query = await fabric.live()
    const ear = new Ear(query)
    sync.connectionLost(connection.asConnection, Date.now())
    assert.equal(query.state.phase, 'waiting')
    apic.write('uni/tn-a', { descr: 'y' })
    apic.delete('uni/tn-b')
    apic.write('uni/tn-d', { descr: 'z' })

    await query.join(fabric.connect().asConnection)

    assert.deepEqual(ear.heard.sort(), [
      'recovered created uni/tn-d',
      'recovered deleted uni/tn-b',
      'recovered modified uni/tn-a descr=y'
    ])
    assert.deepEqual(query.recovered.counts, { created: 1, modified: 1, deleted: 1 })
  })

  it('misses nothing, and finds nothing twice, when one connection takes over from another', async () => {
    const { apic, connection, sync } = fabric
    apic.write('uni/tn-a', { descr: 'x' })
    const query = await fabric.live()
    const ear = new Ear(query)
    const { next, gate, joined } = await fabric.handOver(query)
    const created = apic.write('uni/tn-b', { descr: 'y' })
    for (const each of [next, connection]) each.tells(created, query)
    gate.open()
    await joined
    sync.left(connection.asConnection)
    await settled()
    next.tells(apic.write('uni/tn-a', { descr: 'z' }), query)

    assert.ok(query.registrations.isServedBy(next.asConnection))
    assert.deepEqual(ear.heard, ['live created uni/tn-b', 'live modified uni/tn-a descr=z'])
    assert.deepEqual(connection.released, ['1'])
  })

  it('lets the next connection wait for the events that the one before sends late', async () => {
    const { apic, connection } = fabric
    apic.write('uni/tn-a', { descr: 'x' })
    const query = await fabric.live()
    const ear = new Ear(query)
    const { next, gate, joined } = await fabric.handOver(query)

    // Without times it is the order alone that says which of them is the later one.
    const [first, second] = ['y', 'z'].map((descr) => {
      apic.write('uni/tn-a', { descr })
      return eventOf('uni/tn-a', 'modified', { descr })
    })
    assert.ok(first !== undefined && second !== undefined)
    next.tells(second, query)
    for (const event of [first, second]) connection.tells(event, query)

    const sent = ['live modified uni/tn-a descr=y', 'live modified uni/tn-a descr=z']
    assert.deepEqual(ear.heard, sent)
    gate.open()
    await joined
    assert.deepEqual([ear.heard, resultOf(query)], [sent, ['uni/tn-a=z']])
  })

  it('claims no fewer objects than it was shown, when another controller is asked whether most are gone', async () => {
    const { apic, connection, claims } = fabric
    for (let index = 0; index < 12; index += 1) apic.write(`uni/tn-${index}`, { descr: 'x' })
    const [other, query] = [await fabric.live(), await fabric.live()]
    const ear = new Ear(query)
    query.drop()
    for (let index = 0; index < 8; index += 1) apic.delete(`uni/tn-${index}`)
    connection.tells(apic.write('uni/tn-new', { descr: 'x' }), other)
    let ms = 50_000
    const clock = mock.method(performance, 'now', () => ms)

    const read = (): Promise<void> => query.join(connection.asConnection)
    for (let reading = 1; reading <= 3; reading += 1) {
      await assert.rejects(read(), /8 of 13 objects .* seem gone/)
      ms += 1_500
    }
    await read()
    clock.mock.restore()

    assert.deepEqual(
      claims.map(({ shown }) => shown),
      [5]
    )
    assert.equal(query.known, 5)
    assert.equal(ear.heard.filter((each) => each.startsWith('recovered deleted')).length, 8)
  })
})
