// Several queries of one node that match the same object, one of them behind: what the other one told stays told, also
// when that one comes or goes meanwhile.

import assert from 'node:assert/strict'
import { Rig } from '../rig'
import { ManualClock } from '../simulator'

const DN = 'uni/tn-blue'

describe('a query that is behind another one of its node', () => {
  let rig: Rig
  let clock: ManualClock

  beforeEach(async () => {
    clock = new ManualClock()
    rig = await Rig.start({ auditLimit: 0, clock })
    rig.apic.create('fvTenant', DN, { descr: 'first' })
  })

  afterEach(async () => {
    await rig.stop()
  })

  const ids = (part: string): string[] =>
    rig.apic.subscriptions.filter(({ url }) => url.includes(part)).map(({ id }) => id)

  /** What was last done to the object, told to those whose queries contain this part. */
  const tell = (part: string, status = 'modified'): void => {
    const object = { fvTenant: { attributes: { ...rig.apic.read(DN), status, childAction: '' } } }
    rig.apic.faults.sendRaw(JSON.stringify({ subscriptionId: ids(part), imdata: [object] }))
  }

  /** Changes the object; nobody hears of it until it is told. */
  const change = (descr: string): void => {
    clock.advance(1_000)
    const silence = rig.apic.faults.silenceSubscriptions()
    rig.apic.modify(DN, { descr })
    silence.undo()
  }

  const changed = (descr: string): Promise<unknown> =>
    rig.inbox('sub').next(({ payload }) => payload.attributes['descr'] === descr)

  /** All that the node told: of each message the event and the description, and what it was before. */
  const told = (): string[] =>
    rig.inbox('sub').all.map(({ payload: { event, attributes, changes } }) => {
      const from = changes?.['descr']?.from
      return `${event} ${attributes['descr']}${from === undefined ? '' : ` from ${from}`}`
    })

  /** Has the node watch the object by itself too. */
  const subscribe = async (): Promise<void> => {
    const { subscribes } = rig.apic.counts
    rig.receive('sub', { action: 'subscribe', topic: DN })
    await rig.apic.until(() => rig.apic.counts.subscribes > subscribes)
    await rig.subscribed('sub')
  }

  const classes = { classes: 'fvTenant', inputs: 1 }

  describe('when the other one is taken away', () => {
    beforeEach(async () => {
      await rig.load(rig.connection(), rig.subscriber('sub', classes))
      await rig.subscribed('sub')
      await subscribe()
      change('second')
      tell('/api/mo/')
      await changed('second')
    })

    it('tells nothing that was told before', async () => {
      rig.receive('sub', { action: 'unsubscribe', topic: DN })
      tell('/api/class/')
      change('third')
      tell('/api/class/')
      await changed('third')

      assert.deepEqual(told(), ['modified second from first', 'modified third from second'])
    })

    it('goes on from what was told last, although it never knew that', async () => {
      rig.receive('sub', { action: 'unsubscribe', topic: DN })
      change('third')
      tell('/api/class/')
      await changed('third')

      assert.deepEqual(told(), ['modified second from first', 'modified third from second'])
    })

    it('tells a deletion with the object as it was told last', async () => {
      rig.receive('sub', { action: 'unsubscribe', topic: DN })
      rig.apic.delete(DN)
      await rig.inbox('sub').next(({ payload }) => payload.event === 'deleted')

      assert.deepEqual(told(), ['modified second from first', 'deleted second'])
    })

    for (const type of ['nodes', 'full'] as const) {
      it(`finds by itself, after a deploy (${type}), what was told before, and does not tell it again`, async () => {
        await rig.deploy(type, rig.connection(), rig.subscriber('sub', { ...classes, name: 'again' }))
        await rig.subscribed('sub')
        tell('/api/class/')
        change('third')
        tell('/api/class/')
        await changed('third')

        assert.deepEqual(told(), ['modified second from first', 'modified third from second'])
      })

      it(`tells a deletion after a deploy (${type}) with the object as it was told last`, async () => {
        // Nothing is read again before the deletion is heard of.
        const silence = rig.apic.faults.silenceSubscriptions()
        if (type === 'full') rig.apic.delete(DN)
        await rig.deploy(type, rig.connection(), rig.subscriber('sub', { ...classes, name: 'again' }))
        silence.undo()
        if (type === 'nodes') rig.apic.delete(DN)
        await rig.inbox('sub').next(({ payload }) => payload.event === 'deleted')

        assert.deepEqual(told(), ['modified second from first', 'deleted second'])
      })
    }
  })

  describe('when the other one is taken away, and it alone has heard of a new object', () => {
    const settings = { ...classes, outputs: 1 }

    beforeEach(async () => {
      rig.apic.delete(DN)
      await rig.load(rig.connection(), rig.subscriber('sub', settings))
      await rig.subscribed('sub')
      await subscribe()
      const silence = rig.apic.faults.silenceSubscriptions()
      rig.apic.create('fvTenant', DN, { descr: 'first' })
      silence.undo()
      tell('/api/mo/', 'created')
      await changed('first')
    })

    const unsubscribe = (): void => rig.receive('sub', { action: 'unsubscribe', topic: DN })

    const vanish = (): void => {
      const silence = rig.apic.faults.silenceSubscriptions()
      rig.apic.delete(DN)
      silence.undo()
    }

    const deleted = (): Promise<unknown> => rig.inbox('sub').next(({ payload }) => payload.event === 'deleted')

    it('does not tell that it was created when it comes to that', async () => {
      unsubscribe()
      tell('/api/class/', 'created')
      change('second')
      tell('/api/class/')
      await changed('second')

      assert.deepEqual(told(), ['created first', 'modified second from first'])
    })

    it('does not find it as a new one after a deploy of everything', async () => {
      await rig.deploy('full', rig.connection(), rig.subscriber('sub', settings))
      await rig.subscribed('sub')
      change('second')
      tell('/api/class/')
      await changed('second')

      assert.deepEqual(told(), ['created first', 'modified second from first'])
    })

    it('finds that it is gone after a lost socket, although it never knew it', async () => {
      unsubscribe()
      vanish()
      rig.apic.faults.dropSockets()
      await deleted()

      assert.deepEqual(told(), ['created first', 'deleted first'])
    })

    it('finds that it is gone when it reads again', async () => {
      unsubscribe()
      vanish()
      rig.receive('sub', { action: 'resync' })
      await deleted()

      assert.deepEqual(told(), ['created first', 'deleted first'])
    })

    it('finds that it is gone after a deploy of everything', async () => {
      vanish()
      await rig.deploy('full', rig.connection(), rig.subscriber('sub', settings))
      await deleted()

      assert.deepEqual(told(), ['created first', 'deleted first'])
    })

    it('tells the deletion of what is told to it late, in order', async () => {
      unsubscribe()
      tell('/api/class/', 'created')
      rig.apic.delete(DN)
      await deleted()

      assert.deepEqual(told(), ['created first', 'deleted first'])
    })
  })

  describe('when it comes', () => {
    beforeEach(async () => {
      await rig.load(
        rig.connection(),
        rig.subscriber('sub', classes),
        rig.subscriber('other', { target: 'mo', dn: DN, scope: 'self' })
      )
      await rig.subscribed('sub')
      await rig.subscribed('other')
    })

    it('tells nothing that was told before', async () => {
      change('second')
      tell('/api/class/')
      await changed('second')
      // It is the query of the other node, which has not heard of that yet.
      rig.receive('sub', { action: 'subscribe', topic: DN })
      tell('/api/mo/')
      await rig.inbox('other').next()
      change('third')
      tell('/api/')
      await changed('third')

      assert.deepEqual(told(), ['modified second from first', 'modified third from second'])
    })

    it('keeps nothing from being told that it knew first', async () => {
      change('second')
      tell('/api/mo/')
      await rig.inbox('other').next()
      rig.receive('sub', { action: 'subscribe', topic: DN })
      tell('/api/class/')
      await changed('second')

      assert.deepEqual(told(), ['modified second from first'])
    })
  })
})
