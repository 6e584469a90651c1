// Several queries of one node that match the same object, one of them behind: what the other one sent stays sent, also
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

  /** What was last done to the object, pushed to those whose queries contain this part. */
  const tell = (part: string, status = 'modified'): void => {
    const object = { fvTenant: { attributes: { ...rig.apic.read(DN), status, childAction: '' } } }
    rig.apic.faults.sendRaw(JSON.stringify({ subscriptionId: ids(part), imdata: [object] }))
  }

  /** Nobody hears of what is done until it is sent. */
  const silently = (act: () => void): void => {
    clock.advance(1_000)
    const silence = rig.apic.faults.silenceSubscriptions()
    act()
    silence.undo()
  }

  const change = (descr: string): void => silently(() => rig.apic.modify(DN, { descr }))
  const vanish = (): void => silently(() => rig.apic.delete(DN))

  const changed = (descr: string): Promise<unknown> =>
    rig.inbox('sub').next(({ payload }) => payload.attributes['descr'] === descr)

  const deleted = (): Promise<unknown> => rig.inbox('sub').next(({ payload }) => payload.event === 'deleted')

  /** Changes the object, tells those whose queries contain this part, and waits until the node has sent it. */
  const hearsOf = async (descr: string, part: string): Promise<void> => {
    change(descr)
    tell(part)
    await changed(descr)
  }

  /** All that the node sent: of each message the event and the description, and what it was before. */
  const sent = (): string[] =>
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

  const unsubscribe = (): void => rig.receive('sub', { action: 'unsubscribe', topic: DN })

  const settings = { classes: 'fvTenant', inputs: 1 }

  describe('when the other one is taken away', () => {
    beforeEach(async () => {
      await rig.load(rig.connection(), rig.subscriber('sub', settings))
      await rig.subscribed('sub')
      await subscribe()
      await hearsOf('second', '/api/mo/')
    })

    for (const [title, hearsOfSecond] of [
      ['tells nothing that was sent before', true],
      ['goes on from what was sent last, although it never knew that', false]
    ] as const) {
      it(title, async () => {
        unsubscribe()
        if (hearsOfSecond) tell('/api/class/')
        await hearsOf('third', '/api/class/')

        assert.deepEqual(sent(), ['modified second from first', 'modified third from second'])
      })
    }

    it('tells a deletion with the object as it was sent last', async () => {
      unsubscribe()
      rig.apic.delete(DN)
      await deleted()

      assert.deepEqual(sent(), ['modified second from first', 'deleted second'])
    })

    for (const type of ['nodes', 'full'] as const) {
      it(`finds by itself, after a deploy (${type}), what was sent before, and does not tell it again`, async () => {
        await rig.deploy(type, rig.connection(), rig.subscriber('sub', { ...settings, name: 'again' }))
        await rig.subscribed('sub')
        tell('/api/class/')
        await hearsOf('third', '/api/class/')

        assert.deepEqual(sent(), ['modified second from first', 'modified third from second'])
      })

      it(`tells a deletion after a deploy (${type}) with the object as it was sent last`, async () => {
        // Nothing is read again where the connection stays.
        if (type === 'full') vanish()
        await rig.deploy(type, rig.connection(), rig.subscriber('sub', { ...settings, name: 'again' }))
        if (type === 'nodes') rig.apic.delete(DN)
        await deleted()

        assert.deepEqual(sent(), ['modified second from first', 'deleted second'])
      })
    }
  })

  describe('when the other one is taken away, and it alone has heard of a new object', () => {
    beforeEach(async () => {
      rig.apic.delete(DN)
      await rig.load(rig.connection(), rig.subscriber('sub', settings))
      await rig.subscribed('sub')
      await subscribe()
      silently(() => rig.apic.create('fvTenant', DN, { descr: 'first' }))
      tell('/api/mo/', 'created')
      await changed('first')
    })

    it('does not tell that it was created when it comes to that', async () => {
      unsubscribe()
      tell('/api/class/', 'created')
      await hearsOf('second', '/api/class/')

      assert.deepEqual(sent(), ['created first', 'modified second from first'])
    })

    it('does not find it as a new one after a deploy of everything', async () => {
      await rig.deploy('full', rig.connection(), rig.subscriber('sub', settings))
      await rig.subscribed('sub')
      await hearsOf('second', '/api/class/')

      assert.deepEqual(sent(), ['created first', 'modified second from first'])
    })

    it('finds that it is gone after a lost socket, although it never knew it', async () => {
      unsubscribe()
      vanish()
      rig.apic.faults.dropSockets()
      await deleted()

      assert.deepEqual(sent(), ['created first', 'deleted first'])
    })

    it('finds that it is gone when it reads again', async () => {
      unsubscribe()
      vanish()
      rig.receive('sub', { action: 'resync' })
      await deleted()

      assert.deepEqual(sent(), ['created first', 'deleted first'])
    })

    it('finds that it is gone after a deploy of everything', async () => {
      vanish()
      await rig.deploy('full', rig.connection(), rig.subscriber('sub', settings))
      await deleted()

      assert.deepEqual(sent(), ['created first', 'deleted first'])
    })

    it('tells the deletion of what is pushed to it late, in order', async () => {
      unsubscribe()
      tell('/api/class/', 'created')
      rig.apic.delete(DN)
      await deleted()

      assert.deepEqual(sent(), ['created first', 'deleted first'])
    })
  })

  describe('when it comes', () => {
    beforeEach(async () => {
      await rig.load(
        rig.connection(),
        rig.subscriber('sub', settings),
        rig.subscriber('other', { target: 'mo', dn: DN, scope: 'self' })
      )
      await rig.subscribed('sub')
      await rig.subscribed('other')
    })

    it('tells nothing that was sent before', async () => {
      await hearsOf('second', '/api/class/')
      // It is the query of the other node, which has not heard of that yet.
      rig.receive('sub', { action: 'subscribe', topic: DN })
      tell('/api/mo/')
      await rig.inbox('other').next()
      await hearsOf('third', '/api/')

      assert.deepEqual(sent(), ['modified second from first', 'modified third from second'])
    })

    it('keeps nothing from being sent that it knew first', async () => {
      change('second')
      tell('/api/mo/')
      await rig.inbox('other').next()
      rig.receive('sub', { action: 'subscribe', topic: DN })
      tell('/api/class/')
      await changed('second')

      assert.deepEqual(sent(), ['modified second from first'])
    })
  })
})
