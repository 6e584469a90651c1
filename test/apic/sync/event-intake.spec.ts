// Events of several queries in one store: what each of them does at once, what has to wait for a read, and who hears of it.

import assert from 'node:assert/strict'
import type { WireEvent } from '../../../nodes/apic/protocol/wire'
import { described, Ear, resultOf, settled, SmallFabric } from './small-apic'

const A = 'uni/tn-a'
const B = 'uni/tn-b'

/** As events of faults are: their time tells nothing. */
function untimed(event: WireEvent): WireEvent {
  const attributes = Object.entries(event.attributes).filter(([name]) => name !== 'modTs')
  return { ...event, attributes: Object.fromEntries(attributes) }
}

describe('an event', () => {
  let fabric: SmallFabric

  beforeEach(() => {
    fabric = new SmallFabric()
  })

  it('that names ten queries changes the store once, and each listener hears of it once', async () => {
    const { apic, connection, sync } = fabric
    apic.write(A, { descr: 'x', name: '' })
    const queries = []
    for (let index = 0; index < 10; index += 1) queries.push(await fabric.live())
    const all = new Ear(...queries)
    const each = queries.map((query) => new Ear(query))
    const before = sync.stepNumber

    connection.tells(apic.write(A, { name: 'y' }), ...queries)

    assert.equal(sync.stepNumber, before + 1)
    for (const ear of [all, ...each]) assert.deepEqual(ear.heard, [`live modified ${A} name=y`])
    assert.equal(new Set(queries.flatMap((query) => [...query.objects])).size, 1, 'it is one object')
  })

  it('adds the object only to the results that it names', async () => {
    const { apic, connection } = fabric
    const [all, x, y] = [await fabric.live(), await fabric.live(described('x')), await fabric.live(described('y'))]

    connection.tells(apic.write(A, { descr: 'x' }), all, x)
    assert.deepEqual([all, x, y].map(resultOf), [[`${A}=x`], [`${A}=x`], []])

    const ears = [x, y].map((query) => new Ear(query))
    connection.tells(apic.write(A, { name: 'n' }), all, x, y)
    assert.deepEqual([all, x, y].map(resultOf), [[`${A}=x`], [`${A}=x`], [`${A}=x`]])
    assert.deepEqual(
      ears.map(({ heard }) => heard),
      [[`live modified ${A} name=n`], [`live entered ${A} name=n`]]
    )
  })

  it('of an end takes the object out of every result', async () => {
    const { apic, connection } = fabric
    apic.write(A, { descr: 'x' })
    const [all, x] = [await fabric.live(), await fabric.live(described('x'))]
    const ears = [all, x].map((query) => new Ear(query))

    connection.tells(apic.delete(A), all)

    assert.deepEqual([all, x].map(resultOf), [[], []])
    for (const { heard } of ears) assert.deepEqual(heard, [`live deleted ${A}`])
  })

  it('of an end that names only a query with a filter is believed for that alone, and looked at for the others', async () => {
    const { apic, connection } = fabric
    apic.write(A, { descr: 'x' })
    const [all, x] = [await fabric.live(), await fabric.live(described('x'))]

    connection.tells(apic.delete(A), x)
    assert.deepEqual([all, x].map(resultOf), [[`${A}=x`], []])
    await fabric.verify()

    assert.deepEqual([all, x].map(resultOf), [[], []])
  })

  describe('of an object that is not known', () => {
    it('waits for a lookup where it is sparse, and those of others pass', async () => {
      const { apic, connection } = fabric
      const x = await fabric.live(described('x'))
      const ear = new Ear(x)
      apic.write(A, { descr: 'y', name: 'n' })
      const gate = connection.close(/uni\/tn-a/)

      connection.tells(apic.write(A, { descr: 'x' }), x)
      await gate.reached()
      connection.tells(apic.write(B, { descr: 'x' }), x)
      assert.deepEqual(ear.news(), [`live created ${B}`])
      gate.open()
      await settled()

      assert.deepEqual(ear.news(), [`live created ${A}`])
      assert.deepEqual(resultOf(x), [`${A}=x`, `${B}=x`])
      assert.equal([...x.objects].find(({ dn }) => dn === A)?.attributes['name'], 'n', 'and is whole then')
    })

    it('lets those that follow wait with it, and each that the lookup does not show yet is sent', async () => {
      const { apic, connection } = fabric
      const x = await fabric.live(described('x'))
      const ear = new Ear(x)
      apic.write(A, { descr: 'y', name: '1' })
      const gate = connection.close(/uni\/tn-a/)

      connection.tells(apic.write(A, { descr: 'x' }), x)
      await gate.reached()
      for (const name of ['2', '3']) connection.tells(apic.write(A, { name }), x)
      gate.open()
      await settled()

      assert.deepEqual(ear.heard, [`live created ${A}`, `live modified ${A} name=2`, `live modified ${A} name=3`])
    })

    it('is looked up once for all queries that have the same filter, or none', async () => {
      const { apic, connection } = fabric
      const [all, tenants, x] = [await fabric.live(), await fabric.live(), await fabric.live(described('x'))]
      apic.write(A, { descr: 'y' })
      connection.reads.length = 0

      connection.tells(apic.write(A, { descr: 'x' }), all, tenants, x)
      await settled()

      assert.equal(connection.reads.length, 2)
      assert.deepEqual([all, tenants, x].map(resultOf), [[`${A}=x`], [`${A}=x`], [`${A}=x`]])
    })

    it('tells nothing where no read shows the object', async () => {
      const { apic, connection } = fabric
      const query = await fabric.live()
      const ear = new Ear(query)
      apic.write(A, {})
      const modified = apic.write(A, { descr: 'x' })
      apic.delete(A)

      connection.tells(modified, query)
      await settled()

      assert.deepEqual([ear.heard, resultOf(query), query.state.phase], [[], [], 'live'])
    })

    it('is of no use where the object cannot be looked up, and what follows is uncertain', async () => {
      const { apic, connection } = fabric
      const query = await fabric.live()
      apic.write(A, {})
      const gate = connection.close(/uni\/tn-a/)

      connection.tells(apic.write(A, { descr: 'x' }), query)
      await gate.reached()
      gate.open(new Error('busy'))
      await settled()

      assert.equal(query.state.phase === 'live' && query.state.error?.message, 'busy')
      const ear = new Ear(query)
      connection.tells(apic.write(B, {}), query)
      assert.deepEqual(ear.heard, [`uncertain created ${B}`], 'and so are others as long as nothing was read')
    })
  })

  describe('while a result is read', () => {
    it('waits for the row of its object, and is dropped where the row shows it', async () => {
      const { apic, connection } = fabric
      apic.write(A, { descr: 'x' })
      const query = fabric.add()
      const ear = new Ear(query)
      const modified = apic.write(A, { descr: 'y' })
      const gate = connection.close(/page=0/)
      const joined = query.join(connection.asConnection)
      await gate.reached()

      connection.tells(modified, query)
      assert.deepEqual(ear.heard, [])
      gate.open()
      await joined

      assert.deepEqual([ear.heard, resultOf(query)], [[`snapshot created ${A}`], [`${A}=y`]])
      assert.deepEqual(
        connection.reads.filter((path) => path.includes(A)),
        [],
        'and needs no lookup'
      )
    })

    it('is dropped with all before it where the row shows it, and those that follow are sent', async () => {
      const { apic, connection } = fabric
      apic.write(A, { descr: '1' })
      const query = fabric.add()
      const ear = new Ear(query)
      const events = ['2', '3'].map((descr) => untimed(apic.write(A, { descr })))
      const gate = connection.close(/page=0/)
      const joined = query.join(connection.asConnection)
      await gate.reached()

      for (const event of events) connection.tells(event, query)
      connection.tells(untimed(apic.write(A, { descr: '4' })), query)
      gate.open()
      await joined

      assert.deepEqual(ear.heard, [`snapshot created ${A}`, `live modified ${A} descr=4`])
    })

    it('waits for the row of its object, and is sent after that where the row does not show it', async () => {
      const { apic, connection } = fabric
      apic.write(A, { descr: 'x' })
      const query = fabric.add()
      const ear = new Ear(query)
      const gate = connection.close(/page=0/)
      const joined = query.join(connection.asConnection)
      await gate.reached()

      connection.tells(apic.write(A, { descr: 'y' }), query)
      gate.open()
      await joined

      assert.deepEqual(ear.heard, [`snapshot created ${A}`, `live modified ${A} descr=y`])
    })

    it('passes at once where its object is known and trusted, and the row that was read before does not undo it', async () => {
      const { apic, connection } = fabric
      apic.write(A, { descr: 'x' })
      const query = await fabric.live()
      const ear = new Ear(query)
      const gate = connection.close(/page=0/)
      const read = query.resync()
      await gate.reached()

      connection.tells(apic.write(A, { descr: 'y' }), query)
      assert.deepEqual(ear.heard, [`live modified ${A} descr=y`])
      gate.open()
      await read

      assert.deepEqual([ear.heard.length, resultOf(query)], [1, [`${A}=y`]])
    })

    it('that was lost before is found by the reading, and sent once', async () => {
      const { apic } = fabric
      apic.write(A, { descr: 'x' })
      const query = await fabric.live()
      const ear = new Ear(query)

      apic.write(A, { descr: 'y' })
      await query.resync()

      assert.deepEqual([ear.heard, resultOf(query)], [[`recovered modified ${A} descr=y`], [`${A}=y`]])
    })

    for (const isFirst of [true, false]) {
      it(`of an end is not undone by a row of an older page (${isFirst ? 'first reading' : 'a later one'})`, async () => {
        const { apic, connection } = fabric
        for (const dn of [A, B]) apic.write(dn, { descr: 'x' })
        const query = isFirst ? fabric.add() : await fabric.live()
        const ear = new Ear(query)
        const gate = connection.close(/page=0/)
        const read = isFirst ? query.join(connection.asConnection) : query.resync()
        await gate.reached()

        connection.tells(apic.delete(A), query)
        gate.open()
        await read

        assert.deepEqual(resultOf(query), [`${B}=x`])
        assert.deepEqual(ear.heard, [isFirst ? `snapshot created ${B}` : `live deleted ${A}`])
      })
    }

    it('of an end takes away what an older page has shown before', async () => {
      const { apic, connection } = fabric
      apic.pageSize = 1
      for (const dn of [A, B]) apic.write(dn, { descr: 'x' })
      const query = fabric.add()
      const ear = new Ear(query)
      const gate = connection.close(/page=1/)
      const joined = query.join(connection.asConnection)
      await gate.reached()
      connection.tells(apic.delete(A), query)
      gate.open()
      await joined

      assert.deepEqual(resultOf(query), [`${B}=x`])
      assert.deepEqual(ear.heard, [`snapshot created ${A}`, `live deleted ${A}`, `snapshot created ${B}`])
    })

    it('that can be sent at once is not kept back for another query', async () => {
      const { apic, connection } = fabric
      apic.write(A, { descr: 'x' })
      const live = await fabric.live()
      const ear = new Ear(live)
      const gate = connection.close(/filter.*page=0/)
      const joined = fabric.add(described('x')).join(connection.asConnection)
      await gate.reached()

      connection.tells(apic.write(A, { descr: 'y' }), live)
      assert.deepEqual(ear.heard, [`live modified ${A} descr=y`])
      gate.open()
      await joined
    })
  })

  describe('that does not name a query with a filter which has its object', () => {
    it('hides the object from that query until it is read, and it has left if it does not match', async () => {
      const { apic, connection } = fabric
      apic.write(A, { descr: 'x' })
      const [all, x] = [await fabric.live(), await fabric.live(described('x'))]
      const ears = [all, x].map((query) => new Ear(query))

      connection.tells(apic.write(A, { descr: 'y' }), all)
      assert.deepEqual([all, x].map(resultOf), [[`${A}=y`], []])
      assert.deepEqual(
        ears.map((ear) => ear.news()),
        [[`live modified ${A} descr=y`], []]
      )
      await fabric.verify()

      assert.deepEqual(
        ears.map((ear) => ear.news()),
        [[], [`recovered left ${A}`]]
      )
      assert.equal(all.state.phase, 'live')
    })

    it('hides it until it is read, and it is there again if it does match', async () => {
      const { apic, connection } = fabric
      apic.write(A, { descr: 'x' })
      const [all, x] = [await fabric.live(), await fabric.live(described('x'))]

      connection.tells(apic.write(A, { name: 'n' }), all)
      assert.deepEqual(resultOf(x), [])
      await fabric.verify()

      assert.deepEqual([all, x].map(resultOf), [[`${A}=x`], [`${A}=x`]])
    })

    it('leaves results without a filter alone: their events may come in another frame', async () => {
      const { apic, connection } = fabric
      apic.write(A, { descr: 'x' })
      const [all, x] = [await fabric.live(), await fabric.live(described('x'))]

      connection.tells(apic.write(A, { name: 'n' }), x)

      assert.deepEqual([all, x].map(resultOf), [[`${A}=x`], [`${A}=x`]])
      assert.deepEqual([...fabric.suspects], [])
    })
  })

  describe('during a handover', () => {
    it('that the second connection repeats changes nothing', async () => {
      const { apic, connection, sync } = fabric
      apic.write(A, { descr: 'x' })
      const query = await fabric.live()
      const ear = new Ear(query)
      const { next, gate, joined } = await fabric.handOver(query)

      const events = [apic.write(A, { descr: 'y' }), apic.delete(A), apic.write(A, { descr: 'x' })].map(untimed)
      for (const event of events) connection.tells(event, query)
      const sent = [`live modified ${A} descr=y`, `live deleted ${A}`, `live created ${A}`]
      assert.deepEqual(ear.heard, sent)
      const before = sync.stepNumber
      for (const event of events) next.tells(event, query)

      assert.deepEqual([ear.heard, sync.stepNumber], [sent, before])
      gate.open()
      await joined
      assert.deepEqual([ear.heard, resultOf(query)], [sent, [`${A}=x`]])
    })

    it('that the second connection repeats adds the object to what the first frame did not name', async () => {
      const { apic, connection } = fabric
      const [all, x] = [await fabric.live(), await fabric.live(described('x'))]
      const next = fabric.connect('next')
      await all.join(next.asConnection)
      const gate = next.close(/page=0/)
      const joined = x.join(next.asConnection)
      await gate.reached()

      const created = apic.write(A, { descr: 'x' })
      next.tells(created, all)
      connection.tells(created, x)

      assert.deepEqual([all, x].map(resultOf), [[`${A}=x`], [`${A}=x`]])
      gate.open()
      await joined
    })

    it('counts twice once the former connection is gone', async () => {
      const { apic, connection, sync } = fabric
      apic.write(A, { descr: 'x' })
      const query = await fabric.live()
      const ear = new Ear(query)
      const next = fabric.connect('next')
      await query.join(next.asConnection)
      connection.isOver = true
      sync.connectionLost(connection.asConnection, Date.now())
      await settled()

      const there = apic.write(A, { descr: 'y' })
      const back = { ...there, attributes: { ...there.attributes, descr: 'x' } }
      for (const event of [there, back, there]) next.tells(event, query)

      assert.deepEqual(ear.heard, [
        `live modified ${A} descr=y`,
        `live modified ${A} descr=x`,
        `live modified ${A} descr=y`
      ])
    })
  })
})
