// What a reading of one query means for the others, and what it may not conclude.

import assert from 'node:assert/strict'
import { AciError } from '../../../nodes/apic/common/errors'
import { described, Ear, resultOf, settled, SmallFabric } from './small-apic'

const A = 'uni/tn-a'
const B = 'uni/tn-b'

describe('a reading', () => {
  let fabric: SmallFabric

  beforeEach(() => {
    fabric = new SmallFabric()
  })

  for (const status of [400, 403, 404]) {
    it(`takes an object out of the filter alone where the APIC does not say whether it exists (${status})`, async () => {
      const { apic, connection } = fabric
      apic.write(A, { descr: 'x' })
      apic.write(B, { descr: 'x' })
      const [all, x] = [await fabric.live(), await fabric.live(described('x'))]
      const [earOfAll, earOfX] = [new Ear(all), new Ear(x)]
      // An APIC that names a filter when an object leaves it.
      connection.tells(apic.write(A, { descr: 'y' }), all, x)
      const gate = connection.close(/tn-a\.json$/)
      const verified = x.resync()
      await gate.reached()
      gate.open(new AciError('ACI_QUERY', 'not allowed', { status, code: '', text: 'not allowed' }))
      await verified
      await settled()

      assert.deepEqual([resultOf(all), resultOf(x)], [[`${A}=y`, `${B}=x`], [`${B}=x`]])
      assert.deepEqual(earOfAll.heard, [`live modified ${A} descr=y`])
      assert.deepEqual(earOfX.heard, [`live modified ${A} descr=y`, `recovered left ${A}`])
    })
  }

  it('that finds an object out of its filter, while another one reads it, looks at it once more', async () => {
    const { apic, connection } = fabric
    apic.write(A, { descr: 'x' })
    apic.write(B, { descr: 'x' })
    const [all, x] = [await fabric.live(), await fabric.live(described('x'))]
    // The event is lost.
    apic.write(A, { descr: 'y' })
    const gate = connection.close(/tn-a\.json\?.*filter/)
    const read = x.resync()
    await gate.reached()
    await all.resync()
    gate.open()
    await read
    await settled()
    await fabric.verify()

    assert.deepEqual([resultOf(all), resultOf(x)], [[`${A}=y`, `${B}=x`], [`${B}=x`]])
  })

  it('after a loss looks once more at an object that leaves the filter meanwhile', async () => {
    const { apic, connection, sync } = fabric
    apic.write(A, { descr: 'x' })
    apic.write(B, { descr: '' })
    const [all, x] = [await fabric.live(), await fabric.live(described('x'))]
    connection.isOver = true
    sync.connectionLost(connection.asConnection, 0)
    const next = fabric.connect('next')
    const gate = next.close(/filter.*order-by|order-by.*filter/)
    const joined = [all, x].map((query) => query.join(next.asConnection))
    await gate.reached()
    await settled()
    next.tells(apic.write(A, { descr: 'y' }), all)
    gate.open()
    await Promise.all(joined)
    await settled()

    assert.ok(fabric.suspects.has(x) && !x.suspects.isEmpty, 'the page was read before')
    await fabric.verify()
    assert.deepEqual(resultOf(x), [])
  })

  it('that ends with its query leaves what waits for it to the others', async () => {
    const { apic, connection, sync } = fabric
    apic.write(A, { descr: 'x' })
    const [all, x] = [await fabric.live(), await fabric.live(described('x'))]
    const ear = new Ear(all)
    // The event is lost, and a reading of one query comes upon it.
    apic.write(A, { descr: 'y' })
    const gate = connection.close(/tn-a\.json\?.*filter/)
    const read = x.resync()
    await gate.reached()
    connection.tells(apic.write(A, { descr: 'z' }), all)
    assert.deepEqual(ear.heard, [], 'it waits')
    sync.delete(x)
    gate.open()
    await read
    await settled()

    assert.deepEqual([resultOf(all), ear.heard], [[`${A}=z`], [`live modified ${A} descr=z`]])
  })

  it('of one query sends nothing to another whose filter it may not match any more', async () => {
    const { apic } = fabric
    apic.write(A, { descr: 'x' })
    const [all, x] = [await fabric.live(), await fabric.live(described('x'))]
    const ear = new Ear(x)
    apic.write(A, { descr: 'y' })
    await all.resync()
    await settled()
    assert.deepEqual([resultOf(x), ear.heard], [[], []])
    await fabric.verify()
    assert.deepEqual([resultOf(x), ear.heard], [[], [`recovered left ${A}`]])
  })

  it('that is handed over sends nothing of an object that may have left the filter', async () => {
    const { apic, connection } = fabric
    apic.write(A, { descr: 'x' })
    apic.write(B, { descr: '' })
    const [all, x] = [await fabric.live(), await fabric.live(described('x'))]
    const ear = new Ear(x)
    const { gate, joined } = await fabric.handOver(all)
    connection.tells(apic.write(A, { descr: 'y' }), all)
    assert.deepEqual(ear.heard, [])
    gate.open()
    await joined
    await settled()
    await fabric.verify()
    assert.deepEqual([resultOf(x), ear.heard], [[], [`recovered left ${A}`]])
  })
})
