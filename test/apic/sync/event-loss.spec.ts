// Events that must not be lost, or sent late or wrongly, because of something else that happens at the same time.

import assert from 'node:assert/strict'
import { AciError } from '../../../nodes/apic/common/errors'
import { changeOf } from '../../../nodes/apic/watch/changes'
import { described, Ear, resultOf, settled, SmallFabric, TENANTS } from './small-apic'

const A = 'uni/tn-a'
const B = 'uni/tn-b'

describe('an event', () => {
  let fabric: SmallFabric

  beforeEach(() => {
    fabric = new SmallFabric()
  })

  it('that comes back into a filter while its object is found to have left is looked up', async () => {
    const { apic, connection } = fabric
    apic.write(A, { descr: 'x' })
    const x = await fabric.live(described('x'))
    apic.write(A, { descr: 'y' })
    const ear = new Ear(x)
    // Whoever hears that it has left writes it again at once.
    ear.step = () => {
      ear.step = (step) => Ear.prototype.step.call(ear, step)
      connection.tells(apic.write(A, { descr: 'x' }), x)
    }

    await x.resync()
    await settled()

    assert.deepEqual([resultOf(x), ear.heard], [[`${A}=x`], [`live created ${A}`]])
  })

  it('waits for no reading any more of a connection that was to take over and is lost', async () => {
    const { apic, connection, sync } = fabric
    const x = await fabric.live(described('x'))
    const ear = new Ear(x)
    const next = fabric.connect('next')
    const gate = next.close(/page=0/)
    const joined = x.join(next.asConnection)
    await gate.reached()
    next.isOver = true
    sync.connectionLost(next.asConnection, Date.now())
    gate.open(new Error('the connection was lost'))
    await joined.catch(() => undefined)
    await settled()

    apic.write(A, { descr: 'y' })
    connection.tells(apic.write(A, { descr: 'x' }), x)
    await settled()

    assert.deepEqual([resultOf(x), ear.heard], [[`${A}=x`], [`live created ${A}`]])
  })

  it('that is repeated while it waits is looked up for all queries that either frame names', async () => {
    const { apic, connection } = fabric
    const [x, n] = [
      await fabric.live(described('x')),
      await fabric.live({ ...TENANTS, filter: 'eq(fvTenant.name,"n")' })
    ]
    const ear = new Ear(n)
    apic.write(A, { descr: '' })
    const next = fabric.connect('next')
    await x.join(next.asConnection)
    const gate = next.close(/uni\/tn-a/)
    const modified = apic.write(A, { descr: 'x', name: 'n' })

    next.tells(modified, x)
    await gate.reached()
    connection.tells(modified, x, n)
    gate.open()
    await settled()

    assert.deepEqual([resultOf(x), resultOf(n)], [[`${A}=x`], [`${A}=x`]])
    assert.deepEqual(ear.heard, [`live entered ${A}`])
  })

  it('of an end that is repeated ends the object for all queries that either frame names', async () => {
    const { apic, connection } = fabric
    apic.write(A, { descr: 'x', name: 'n' })
    const [x, n] = [
      await fabric.live(described('x')),
      await fabric.live({ ...TENANTS, filter: 'eq(fvTenant.name,"n")' })
    ]
    const ear = new Ear(n)
    const next = fabric.connect('next')
    await x.join(next.asConnection)
    const deleted = apic.delete(A)

    next.tells(deleted, x)
    connection.tells(deleted, x, n)

    assert.deepEqual([resultOf(x), resultOf(n), ear.heard], [[], [], [`live deleted ${A}`]])
  })

  for (const how of ['ended', 'lost its id', 'failed', 'missed events'] as const) {
    it(`that waits for the reading of one query, which has ${how} before that shows it, is not lost for the other one`, async () => {
      const { apic, connection, sync } = fabric
      const x = await fabric.live(described('x'))
      const ear = new Ear(x)
      const read = fabric.add()
      const gate = connection.close(/class.fvTenant.json.page=0|class.fvTenant.json.order/)
      const joined = read.join(connection.asConnection)
      await gate.reached()
      apic.write(A, { descr: 'y' })
      connection.tells(apic.write(A, { descr: 'x' }), read, x)
      if (how === 'ended') sync.delete(read)
      else if (how === 'lost its id') sync.idLost(connection.asConnection, '2')
      else if (how === 'missed events') connection.misses(read)
      gate.open(how === 'failed' ? new Error('busy') : undefined)
      await joined.catch(() => undefined)
      await settled()

      assert.deepEqual(resultOf(x), [`${A}=x`])
      assert.match(ear.heard.join(), /^live (created|entered) uni\/tn-a$/)
    })
  }

  it('of an object that was looked up just now passes at once', async () => {
    const { apic, connection } = fabric
    const x = await fabric.live(described('x'))
    const ear = new Ear(x)
    apic.write(A, { descr: 'y' })
    connection.tells(apic.write(A, { descr: 'x' }), x)
    await settled()
    assert.deepEqual(ear.news(), [`live created ${A}`])
    connection.reads.length = 0

    for (const name of ['1', '2', '3']) {
      connection.tells(apic.write(A, { name }), x)
      await settled()
    }

    const sent = ['1', '2', '3'].map((name) => `live modified ${A} name=${name}`)
    assert.deepEqual([ear.heard, connection.reads], [sent, []])
  })

  it('that leads from one filter to another is hidden from the one that it has left', async () => {
    const { apic, connection } = fabric
    apic.write(A, { descr: 'x' })
    const [x, y] = [await fabric.live(described('x')), await fabric.live(described('y'))]
    const ears = [x, y].map((query) => new Ear(query))

    connection.tells(apic.write(A, { descr: 'y' }), y)
    await settled()

    assert.deepEqual([x, y].map(resultOf), [[], [`${A}=y`]])
    await fabric.verify()
    assert.deepEqual(
      ears.map(({ heard }) => heard),
      [[`recovered left ${A}`], [`live entered ${A} descr=y`]]
    )
  })

  it('that waited for a read is hidden from a filter that it does not name, too', async () => {
    const { apic, connection } = fabric
    apic.write(A, { descr: 'x' })
    apic.write(B, { descr: '' })
    const [all, x] = [await fabric.live(), await fabric.live(described('x'))]
    // The lost event makes the next reading of all change the object, so that the event after it has to wait.
    apic.write(A, { name: 'lost' })
    const gate = connection.close(/uni\/tn-a/)
    const read = all.resync()
    await gate.reached()
    connection.tells(apic.write(A, { descr: 'y' }), all)
    gate.open()
    await read
    await settled()
    await fabric.verify()

    assert.deepEqual([all, x].map(resultOf), [[`${A}=y`, `${B}=`], []])
  })

  it('that an answer overtook which shows the object out of a filter takes it out of that result', async () => {
    const { apic, connection } = fabric
    const [all, x] = [await fabric.live(), await fabric.live(described('x'))]
    apic.write(A, { descr: 'x' })
    await all.resync()
    await x.resync()
    await fabric.verify()
    assert.deepEqual([all, x].map(resultOf), [[`${A}=x`], [`${A}=x`]])
    const [known] = all.objects
    // Within the millisecond of what was read: only a lookup tells which is the later one.
    const modTs = known?.attributes['modTs'] ?? ''
    const event = apic.write(A, { descr: 'y' })
    connection.tells({ ...event, attributes: { dn: A, name: 'n', modTs } }, all, x)
    await settled()
    await fabric.verify()

    assert.deepEqual([all, x].map(resultOf), [[`${A}=y`], []])
  })

  it('of an object that came after it was looked up in vain is looked up at once', async () => {
    const { apic, connection } = fabric
    const query = await fabric.live()
    apic.write(A, {})
    const early = apic.write(A, { descr: 'x' })
    apic.delete(A)
    connection.tells(early, query)
    await settled()
    connection.tells(apic.write(A, {}), query)
    connection.tells(apic.delete(A), query)
    apic.write(A, {})
    const ear = new Ear(query)

    connection.tells(apic.write(A, { descr: 'z' }), query)
    await settled()

    assert.deepEqual(ear.heard, [`live created ${A}`])
  })

  it('that brings a known object into a filter is said to have done so', async () => {
    const { apic, connection } = fabric
    apic.write(A, { descr: 'x' })
    const [all, y] = [await fabric.live(), await fabric.live(described('y'))]
    const matched: unknown[] = []
    const ear = new Ear(y)
    ear.step = (step) => matched.push(changeOf(step, 'created', y, undefined).matched)

    connection.tells(apic.write(A, { descr: 'y' }), all, y)

    assert.deepEqual(matched, ['entered'])
  })

  it('reaches the other listeners when one of them fails', async () => {
    const { apic, connection } = fabric
    apic.write(A, { descr: 'x' })
    const [one, other] = [await fabric.live(), await fabric.live()]
    const [failing, sound] = [new Ear(one), new Ear(other)]
    failing.step = () => {
      throw new Error('a flow')
    }

    const event = apic.write(A, { descr: 'y' })
    assert.throws(() => connection.tells(event, one, other), { message: 'a flow' })
    for (const query of [one, other]) connection.misses(query)
    await fabric.verify().catch(() => undefined)

    assert.match(sound.heard.join(), /^(live|recovered) modified uni\/tn-a descr=y$/)
  })

  it('whose object could not be looked up is found for every query that it names when it can be', async () => {
    const { apic, connection } = fabric
    const queries = [await fabric.live(), await fabric.live()]
    apic.write(A, {})
    const gate = connection.close(/uni\/tn-a/)
    connection.tells(apic.write(A, { descr: 'x' }), ...queries)
    await gate.reached()
    gate.open(new Error('busy'))
    await settled()
    for (const query of fabric.retries) await query.join(connection.asConnection)
    await fabric.verify()

    assert.deepEqual(queries.map(resultOf), [[`${A}=x`], [`${A}=x`]])
  })

  it('that a reading shows already brings no object into a filter when nobody can look', async () => {
    const { apic, connection, sync } = fabric
    apic.write(A, { descr: 'x' })
    apic.write(B, {})
    const [all, x] = [await fabric.live(), await fabric.live(described('x'))]
    const ear = new Ear(x)
    connection.isOver = true
    sync.connectionLost(connection.asConnection, 0)
    const next = fabric.connect('next')
    apic.pageSize = 1
    const leaving = apic.write(A, { descr: 'y' })
    // The first page of one query has shown the object as it is; the reading of the other one finds that it has left.
    const later = next.close(/order-by.*page=1/)
    const reading = next.close(/tn-a\.json$/)
    const looking = next.close(/tn-a.*filter/)
    const joins = [all, x].map((query) => query.join(next.asConnection).catch(() => undefined))
    await later.reached()
    await looking.reached()
    next.tells(leaving, all, x)
    looking.open()
    await reading.reached()
    const lookingAgain = next.close(/tn-a.*filter/)
    reading.open()
    await lookingAgain.reached()
    lookingAgain.open(new AciError('ACI_TIMEOUT', 'no answer'))
    later.open()
    await Promise.all(joins)
    await settled()

    assert.deepEqual([resultOf(x), ear.heard], [[], [`recovered left ${A}`]])
  })

  it('whose object is looked up twice, and changes in between, is in no filter that it matched before', async () => {
    const { apic, connection } = fabric
    const [x, all] = [await fabric.live(described('x')), await fabric.live()]
    const ear = new Ear(x)
    apic.write(A, { descr: 'x' })
    const gate = connection.close(/tn-a.*filter/)
    connection.tells(apic.write(A, { note: '1' }), x, all)
    await gate.reached()
    const leaving = apic.write(A, { descr: 'y' })
    gate.open()
    await settled()
    connection.tells(leaving, all)
    await settled()
    await fabric.verify()

    assert.deepEqual([resultOf(all), resultOf(x), ear.heard], [[`${A}=y`], [], []])
  })
})
