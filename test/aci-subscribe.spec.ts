// aci-subscribe in real Node-RED: what its messages look like, and which are sent.

import assert from 'node:assert/strict'
import type { AciMessage } from '../nodes/runtime/message'
import { Rig } from './rig'

const brief = ({ payload }: AciMessage): string => `${payload.event} ${payload.dn}`

describe('aci-subscribe', () => {
  let rig: Rig

  beforeEach(async () => {
    rig = await Rig.start({ auditLimit: 0 })
  })

  afterEach(async () => {
    await rig.stop()
  })

  const tenant = (name: string, attributes: Record<string, string> = {}): void => {
    rig.apic.create('fvTenant', `uni/tn-${name}`, attributes)
  }

  describe('a message', () => {
    it('has the whole object when it is created', async () => {
      await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'fvTenant' }))
      await rig.subscribed('sub')

      tenant('blue', { descr: 'x' })

      const message = await rig.inbox('sub').next()
      const { payload, aci } = message
      assert.equal(message.topic, 'uni/tn-blue')
      assert.deepEqual(
        [payload.event, payload.class, payload.dn, payload.origin, payload.fabric],
        ['created', 'fvTenant', 'uni/tn-blue', 'live', 'DC1']
      )
      assert.deepEqual(payload.attributes, rig.stored('uni/tn-blue'))
      for (const name of ['status', 'childAction', 'rn']) assert.ok(!(name in payload.attributes), name)
      assert.equal(payload.time, new Date(payload.attributes['modTs']!).toISOString())
      assert.ok(!('changes' in payload))
      assert.equal(aci.controller, rig.apic.url)
      assert.equal(aci.query, '/api/class/fvTenant.json')
      assert.equal(aci.raw?.['fvTenant']?.attributes['status'], 'created')
      assert.ok(Math.abs(Date.now() - aci.receivedAt) < 60_000)
      assert.deepEqual(Object.keys(message).sort(), ['_msgid', 'aci', 'payload', 'topic'])
    })

    it('completes what a modification leaves out, and says what changed', async () => {
      tenant('blue', { descr: 'old' })
      await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'fvTenant' }))
      await rig.subscribed('sub')

      rig.apic.modify('uni/tn-blue', { descr: 'new' })

      const { payload, aci } = await rig.inbox('sub').next()
      assert.equal(payload.event, 'modified')
      assert.deepEqual(payload.changes, { descr: { from: 'old', to: 'new' } })
      assert.deepEqual(payload.attributes, rig.stored('uni/tn-blue'))
      assert.ok(!('name' in aci.raw!['fvTenant']!.attributes), 'raw is what the APIC sent')
    })

    it('has the last known object when it is deleted', async () => {
      tenant('blue', { descr: 'x' })
      const last = rig.stored('uni/tn-blue')
      await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'fvTenant' }))
      await rig.subscribed('sub')

      rig.apic.delete('uni/tn-blue')

      const { payload } = await rig.inbox('sub').next()
      assert.equal(payload.event, 'deleted')
      assert.deepEqual(payload.attributes, last)
    })

    it('belongs to its receiver: changing it changes neither another message nor what is known', async () => {
      tenant('blue', { descr: 'a' })
      await rig.load(
        rig.connection(),
        rig.subscriber('one', { classes: 'fvTenant' }),
        rig.subscriber('two', { classes: 'fvTenant' })
      )
      await Promise.all([rig.subscribed('one'), rig.subscribed('two')])

      rig.apic.modify('uni/tn-blue', { descr: 'b' })
      const spoilt = await rig.inbox('one').next()
      const untouched = await rig.inbox('two').next()
      spoilt.payload.attributes['name'] = 'spoilt'
      spoilt.payload.changes!['descr']!.to = 'spoilt'
      spoilt.aci.raw!['fvTenant']!.attributes['descr'] = 'spoilt'

      assert.equal(untouched.payload.attributes['name'], 'blue')
      assert.deepEqual(untouched.payload.changes, { descr: { from: 'a', to: 'b' } })
      assert.equal(untouched.aci.raw!['fvTenant']!.attributes['descr'], 'b')
      rig.apic.modify('uni/tn-blue', { descr: 'c' })
      const next = await rig.inbox('one').next()
      assert.equal(next.payload.attributes['name'], 'blue')
      assert.deepEqual(next.payload.changes, { descr: { from: 'b', to: 'c' } })
    })

    it('has the same id for every node that sees the same change, and another one for every other change', async () => {
      await rig.load(
        rig.connection(),
        rig.subscriber('one', { classes: 'fvTenant' }),
        rig.subscriber('two', { target: 'mo', dn: 'uni', scope: 'subtree', subtreeClasses: 'fvTenant' })
      )
      await Promise.all([rig.subscribed('one'), rig.subscribed('two')])

      tenant('blue')
      rig.apic.modify('uni/tn-blue', { descr: 'b' })
      rig.apic.delete('uni/tn-blue')

      const one = await rig.inbox('one').take(3)
      const two = await rig.inbox('two').take(3)
      const ids = one.map(({ payload }) => payload.id)
      assert.deepEqual(
        two.map(({ payload }) => payload.id),
        ids
      )
      assert.equal(new Set(ids).size, 3)
    })

    it('of a fault is distinguished by what the fault says, for its modTs says nothing', async () => {
      rig.apic.create('faultInst', 'topology/pod-1/node-1/fault-F1', { severity: 'minor', descr: 'x' })
      await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'faultInst' }))
      await rig.subscribed('sub')

      rig.apic.modify('topology/pod-1/node-1/fault-F1', { severity: 'major' })
      rig.apic.modify('topology/pod-1/node-1/fault-F1', { severity: 'minor' })

      const [worse, better] = await rig.inbox('sub').take(2)
      assert.deepEqual(worse!.payload.changes, { severity: { from: 'minor', to: 'major' } })
      assert.notEqual(worse!.payload.id, better!.payload.id)
    })
  })

  describe('what is sent', () => {
    it('goes to three outputs when they are asked for', async () => {
      tenant('green')
      await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'fvTenant', outputs: 3 }))
      await rig.subscribed('sub')

      tenant('blue')
      rig.apic.modify('uni/tn-green', { descr: 'x' })
      rig.apic.delete('uni/tn-blue')

      assert.equal(brief(await rig.inbox('sub', 0).next()), 'created uni/tn-blue')
      assert.equal(brief(await rig.inbox('sub', 1).next()), 'modified uni/tn-green')
      assert.equal(brief(await rig.inbox('sub', 2).next()), 'deleted uni/tn-blue')
      assert.deepEqual(
        [0, 1, 2].flatMap((port) => rig.inbox('sub', port).others()),
        []
      )
    })

    it('is only what is asked for', async () => {
      await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'fvTenant', events: 'deleted' }))
      await rig.subscribed('sub')

      tenant('blue')
      rig.apic.modify('uni/tn-blue', { descr: 'x' })
      rig.apic.delete('uni/tn-blue')

      assert.equal(brief(await rig.inbox('sub').next()), 'deleted uni/tn-blue')
      assert.deepEqual(rig.inbox('sub').others(), [])
    })

    it('is sent once, however many of the queries match it', async () => {
      await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'fvTenant, fvAp', scope: 'subtree' }))
      await rig.subscribed('sub')

      tenant('blue')
      rig.apic.create('fvAp', 'uni/tn-blue/ap-app')
      rig.apic.modify('uni/tn-blue/ap-app', { descr: '1' })
      rig.apic.modify('uni/tn-blue/ap-app', { descr: '2' })
      rig.apic.delete('uni/tn-blue/ap-app')
      tenant('end')

      const messages: string[] = []
      while (messages.at(-1) !== 'created uni/tn-end') messages.push(brief(await rig.inbox('sub').next()))
      const app = messages.filter((line) => line.endsWith('ap-app'))
      assert.deepEqual(app, [
        'created uni/tn-blue/ap-app',
        'modified uni/tn-blue/ap-app',
        'modified uni/tn-blue/ap-app',
        'deleted uni/tn-blue/ap-app'
      ])
    })

    it('is sent once by a pure stream too', async () => {
      const settings = { classes: 'fvTenant, fvAp', scope: 'subtree', mirror: 'off' }
      await rig.load(rig.connection(), rig.subscriber('sub', settings))
      await rig.subscribed('sub')

      tenant('blue')
      rig.apic.create('fvAp', 'uni/tn-blue/ap-app')
      tenant('end')

      const lines = (await rig.inbox('sub').take(3)).map(brief)
      assert.deepEqual(lines, ['created uni/tn-blue', 'created uni/tn-blue/ap-app', 'created uni/tn-end'])
    })

    it('is the word of the APIC alone when nothing is mirrored', async () => {
      tenant('blue', { descr: 'old' })
      await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'fvTenant', mirror: 'off' }))
      await rig.subscribed('sub')

      rig.apic.modify('uni/tn-blue', { descr: 'new' })

      const { payload } = await rig.inbox('sub').next()
      assert.deepEqual(Object.keys(payload.attributes).sort(), ['descr', 'dn', 'modTs'])
      assert.ok(!('changes' in payload))
      assert.ok(
        rig.apic.requests.every(({ url }) => !url.includes('page=0') || url.includes('subscription=yes')),
        'nothing is read'
      )
    })

    it('sends an object that came into the filter and changed at once as it is', async () => {
      tenant('blue', { descr: 'dull' })
      const filter = 'or(eq(fvTenant.descr,"watch me"),eq(fvTenant.descr,"and me"))'
      await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'fvTenant', filter }))
      await rig.subscribed('sub')

      const { now } = Date
      const moment = now()
      Date.now = () => moment
      try {
        for (const descr of ['watch me', 'and me', 'watch me', 'and me']) rig.apic.modify('uni/tn-blue', { descr })
      } finally {
        Date.now = now
      }
      tenant('last', { descr: 'and me' })

      // Other objects do not wait until it has been read.
      const sent = await rig.inbox('sub').take(2)
      assert.deepEqual(sent.map(brief).sort(), ['created uni/tn-blue', 'created uni/tn-last'])
      assert.deepEqual(
        sent.map(({ payload }) => payload.attributes['descr']),
        ['and me', 'and me']
      )
      tenant('end', { descr: 'and me' })
      assert.equal(brief(await rig.inbox('sub').next()), 'created uni/tn-end')
    })

    it('keeps to the filter, and completes an object that comes into it by being modified', async () => {
      tenant('blue', { descr: 'dull' })
      const filter = 'eq(fvTenant.descr,"watch me")'
      await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'fvTenant', filter }))
      await rig.subscribed('sub')

      tenant('green')
      rig.apic.modify('uni/tn-blue', { descr: 'watch me' })

      const { payload, aci } = await rig.inbox('sub').next()
      assert.deepEqual([payload.event, payload.dn, aci.matched], ['created', 'uni/tn-blue', 'entered'])
      assert.deepEqual(payload.attributes, rig.stored('uni/tn-blue'))
      assert.deepEqual(rig.inbox('sub').others(), [])
    })

    it('reaches below an object as far as the scope says', async () => {
      tenant('blue')
      await rig.load(
        rig.connection(),
        rig.subscriber('children', { target: 'mo', dn: 'uni/tn-blue', scope: 'children' }),
        rig.subscriber('subtree', { target: 'mo', dn: 'uni/tn-blue', scope: 'subtree', subtreeClasses: 'fvAEPg' })
      )
      await Promise.all([rig.subscribed('children'), rig.subscribed('subtree')])

      rig.apic.create('fvAp', 'uni/tn-blue/ap-app')
      rig.apic.create('fvAEPg', 'uni/tn-blue/ap-app/epg-web')

      assert.equal(brief(await rig.inbox('children').next()), 'created uni/tn-blue/ap-app')
      assert.equal(brief(await rig.inbox('subtree').next()), 'created uni/tn-blue/ap-app/epg-web')
    })
  })

  describe('a snapshot', () => {
    const existing = async (id: string): Promise<AciMessage[]> => {
      const sequence: AciMessage[] = []
      while (sequence.at(-1)?.parts?.count === undefined) sequence.push(await rig.inbox(id).next())
      return sequence
    }

    it('is one sequence of all that exists, which a join node can collect', async () => {
      tenant('blue')
      const settings = { classes: 'fvTenant, fvAp', snapshot: true }
      rig.apic.create('fvAp', 'uni/tn-blue/ap-app')
      await rig.load(rig.connection(), rig.subscriber('sub', settings))

      const sequence = await existing('sub')

      const tenants = sequence.filter(({ payload }) => payload.class === 'fvTenant').map(({ payload }) => payload.dn)
      assert.deepEqual(tenants.sort(), ['uni/tn-blue', 'uni/tn-common', 'uni/tn-infra', 'uni/tn-mgmt'])
      assert.ok(sequence.some(({ payload }) => payload.dn === 'uni/tn-blue/ap-app'))
      assert.ok(sequence.every(({ payload }) => payload.event === 'existing' && payload.origin === 'snapshot'))
      assert.deepEqual(
        sequence.map(({ parts }) => parts?.index),
        sequence.map((_, index) => index)
      )
      assert.equal(new Set(sequence.map(({ parts }) => parts?.id)).size, 1)
      const counts = sequence.map(({ parts }) => parts?.count)
      assert.deepEqual(counts, [...sequence.slice(1).map(() => undefined), sequence.length])
    })

    it('comes before the events, also for a node that joins a subscription that runs already', async () => {
      tenant('blue')
      const first = rig.subscriber('first', { classes: 'fvTenant' })
      const second = rig.subscriber('second', { classes: 'fvTenant', snapshot: true })
      await rig.load(rig.connection(), first)
      await rig.subscribed('first')

      await rig.deploy('nodes', rig.connection(), first, second)
      const sequence = await existing('second')
      tenant('green')

      assert.equal(sequence.length, 4)
      assert.equal(brief(await rig.inbox('second').next()), 'created uni/tn-green')
      assert.equal(brief(await rig.inbox('first').next()), 'created uni/tn-green')
      assert.equal(rig.apic.counts.subscribes, 1, 'both share one registration')
    })

    it('is read even where nothing is mirrored', async () => {
      tenant('blue')
      await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'fvTenant', mirror: 'off', snapshot: true }))

      const sequence = await existing('sub')
      tenant('green')

      assert.equal(sequence.length, 4)
      assert.equal(brief(await rig.inbox('sub').next()), 'created uni/tn-green')
    })

    it('is read in pages', async () => {
      for (let i = 0; i < 5_100; i += 1) tenant(`t${i}`)
      await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'fvTenant', snapshot: true }))

      const sequence = await existing('sub')

      assert.equal(new Set(sequence.map(({ topic }) => topic)).size, 5_103)
      const pages = rig.apic.requests.filter(({ url }) => url.includes('page-size=5000'))
      assert.equal(pages.length, 2)
    })

    it('comes when it can be read, where it could not be at first', async () => {
      const part = rig.apic.faults.truncateAnswers()
      await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'fvTenant', snapshot: true }))
      await rig.status('sub', ({ text }) => text?.includes('unread') === true)
      part.undo()

      const sequence = await existing('sub')

      const ids = new Set(sequence.map(({ parts }) => parts?.id))
      const last = [...ids].at(-1)
      assert.equal(sequence.filter(({ parts }) => parts?.id === last).length, 3)
      assert.equal(ids.size, 2, 'what could be read at first is another sequence, which has no end')
      tenant('blue')
      assert.equal(brief(await rig.inbox('sub').next()), 'created uni/tn-blue')
    })

    it('is not sent again after a reconnection', async () => {
      await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'fvTenant', snapshot: true }))
      await existing('sub')
      await rig.subscribed('sub')

      rig.apic.faults.dropSockets()
      await rig.subscribed('sub')
      tenant('blue')

      assert.equal(brief(await rig.inbox('sub').next()), 'created uni/tn-blue')
    })
  })
})
