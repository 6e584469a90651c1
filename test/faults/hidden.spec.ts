// What goes wrong without a sign: events that are lost, clocks that are set back a little, frames that cannot be read.
// Nothing is red meanwhile, so what is sent has to become right by itself, and soon.

import assert from 'node:assert/strict'
import { Rig } from '../rig'
import { ManualClock } from '../simulator'

const DN = 'uni/tn-blue'

describe('without a sign', () => {
  let rig: Rig
  let clock: ManualClock

  afterEach(async () => {
    await rig.stop()
  })

  const begin = async (settings: Record<string, unknown> = {}): Promise<void> => {
    clock = new ManualClock()
    rig = await Rig.start({ auditLimit: 0, clock })
    rig.apic.create('fvTenant', DN, { descr: 'old' })
    clock.jump(60_000)
    await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'fvTenant', inputs: 1, ...settings }))
    await rig.subscribed('sub')
  }

  /** What happens meanwhile is pushed to nobody. */
  const unheard = (change: () => void): void => {
    const silence = rig.apic.faults.silenceSubscriptions()
    change()
    silence.undo()
  }

  const brief = async (): Promise<unknown[]> => {
    const { payload } = await rig.inbox('sub').next()
    return [payload.origin, payload.event, payload.dn, payload.changes]
  }

  describe('an event that is lost under a later one', () => {
    it('is found by the next reading, although the time is that of the later one', async () => {
      await begin()
      unheard(() => rig.apic.modify(DN, { descr: 'lost' }))
      clock.jump(60_000)
      rig.apic.modify(DN, { nameAlias: 'heard' })
      assert.deepEqual(await brief(), ['live', 'modified', DN, { nameAlias: { from: '', to: 'heard' } }])
      // The latest event is one of another object, long after.
      clock.jump(60_000)
      rig.apic.create('fvTenant', 'uni/tn-other')
      await brief()

      rig.receive('sub', { action: 'resync' })

      assert.deepEqual(await brief(), ['recovered', 'modified', DN, { descr: { from: 'old', to: 'lost' } }])
      rig.receive('sub', { action: 'resync' })
      rig.apic.create('fvTenant', 'uni/tn-last')
      assert.deepEqual((await brief()).slice(0, 3), ['live', 'created', 'uni/tn-last'], 'and it is sent once')
    })
  })

  for (const seconds of [1, 5, 29]) {
    describe(`an APIC whose clock is set back by ${seconds} s`, () => {
      it('is believed in what it changes and deletes then', async () => {
        await begin()
        rig.apic.create('fvTenant', 'uni/tn-gone')
        rig.apic.modify(DN, { descr: 'before' })
        await rig.inbox('sub').take(2)

        clock.jump(-seconds * 1_000)
        rig.apic.modify(DN, { descr: 'after' })
        rig.apic.delete('uni/tn-gone')

        const sent = [await brief(), await brief()].sort()
        assert.deepEqual(sent, [
          ['recovered', 'deleted', 'uni/tn-gone', undefined],
          ['recovered', 'modified', DN, { descr: { from: 'before', to: 'after' } }]
        ])
        // From then on everything is live again.
        clock.jump(1)
        rig.apic.modify(DN, { descr: 'later' })
        assert.deepEqual(await brief(), ['live', 'modified', DN, { descr: { from: 'after', to: 'later' } }])
      })
    })
  }

  describe('two events that come in the wrong order', () => {
    it('are sent as before: the later state stands', async () => {
      await begin()
      const swapped = rig.apic.faults.reorderNextEvents(2)
      rig.apic.modify(DN, { descr: 'first' })
      clock.jump(10)
      rig.apic.modify(DN, { descr: 'second' })
      await rig.apic.until(() => !swapped.active)

      assert.deepEqual(await brief(), ['live', 'modified', DN, { descr: { from: 'old', to: 'second' } }])
      await rig.apic.until(() => rig.apic.requests.filter(({ url }) => url.includes('page-size=5000')).length > 1)
      clock.jump(10)
      rig.apic.modify(DN, { descr: 'third' })
      assert.deepEqual(await brief(), ['live', 'modified', DN, { descr: { from: 'second', to: 'third' } }])
    })
  })

  describe('a frame that cannot be read', () => {
    const text = (descr: string, cut: number): string => {
      const [{ id } = { id: '' }] = rig.apic.subscriptions
      const attributes = { dn: DN, descr, childAction: '', rn: '', status: 'modified' }
      const frame = JSON.stringify({ subscriptionId: [id], imdata: [{ fvTenant: { attributes } }] })
      return frame.slice(0, frame.length - cut)
    }

    it('is followed by a reading, whether it ends in the middle, is binary or says nothing of what happened', async () => {
      await begin()
      // The reading that follows each registration would find it, too.
      await rig.apic.until(
        () => rig.apic.requests.filter(({ url }) => url.includes('page-size=5000')).length > 1,
        15_000
      )
      let from = 'old'
      for (const [to, raw] of [
        ['cut', () => text('cut', 9)],
        ['binary', () => Buffer.from(text('binary', 0))],
        ['unknown', () => text('unknown', 0).replace('"modified"', '"moved"')]
      ] as const) {
        clock.jump(1_000)
        unheard(() => rig.apic.modify(DN, { descr: to }))
        rig.apic.faults.sendRaw(raw())

        assert.deepEqual(await brief(), ['recovered', 'modified', DN, { descr: { from, to } }])
        from = to
      }
    })

    it('again and again does not make it read again and again', async () => {
      await begin()
      const before = rig.apic.requests.length
      for (let count = 0; count < 200; count += 1) rig.apic.faults.sendRaw('{')
      await rig.apic.until(() => rig.apic.requests.length > before)
      for (let count = 0; count < 200; count += 1) rig.apic.faults.sendRaw('{')
      unheard(() => rig.apic.modify(DN, { descr: 'new' }))
      await brief()

      const reads = rig.apic.requests.slice(before).filter(({ url }) => url.startsWith('/api/class/fvTenant'))
      assert.ok(reads.length <= 4, `${reads.length} readings`)
    })
  })

  describe('more events than can be kept before the answer to a subscribe', () => {
    it('leave nothing behind that is gone, and no old state', async () => {
      clock = new ManualClock()
      rig = await Rig.start({ auditLimit: 0, clock })
      const fault = 'uni/tn-blue/fault-F0467'
      rig.apic.create('fvTenant', DN)
      rig.apic.create('faultInst', fault, { severity: 'minor' })
      const late = rig.apic.faults.subscribeTiming({ replyDelay: 1_500 })
      await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'faultInst', snapshot: true }))
      await rig.apic.until(() => rig.apic.subscriptions.length === 1)
      late.undo()
      // One that comes and goes, the first of them within what can be kept, and one whose states change all the time.
      rig.apic.create('faultInst', 'uni/tn-blue/fault-F1', { severity: 'major' })
      for (let count = 0; count < 10_500; count += 1) {
        rig.apic.modify(fault, { severity: ['major', 'critical'][count % 2]!, occur: String(count) })
      }
      rig.apic.delete('uni/tn-blue/fault-F1')
      rig.apic.modify(fault, { severity: 'warning' })
      await rig.subscribed('sub')

      const seen = new Map<string, string>()
      for (const { payload } of rig.inbox('sub').all) {
        if (payload.event === 'deleted') seen.delete(payload.dn)
        else seen.set(payload.dn, payload.attributes['severity'] ?? '')
      }
      assert.deepEqual([...seen], [[fault, 'warning']])
    })
  })

  describe('a reading that shows objects which cannot be read one by one', () => {
    it('has events sent as uncertain while nobody knows what they are based on', async () => {
      await begin()
      const busy = rig.apic.faults.busy({ path: /\/api\/class\/fvTenant.*page-size=5000/ })
      rig.apic.faults.dropSockets()
      await rig.status('sub', ({ fill, text }) => fill === 'yellow' && (text ?? '').includes('busy'))
      clock.jump(1_000)
      rig.apic.modify(DN, { descr: 'new' })
      const message = await rig.inbox('sub').next()
      assert.deepEqual([message.payload.event, message.aci.uncertain], ['modified', true])

      busy.undo()
      await rig.subscribed('sub')
      clock.jump(1_000)
      rig.apic.modify(DN, { descr: 'newer' })
      const later = await rig.inbox('sub').next()
      assert.deepEqual([later.payload.event, 'uncertain' in later.aci], ['modified', false])
    })
  })
})
