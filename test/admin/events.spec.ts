// The live view: what a deployed node sends, for whoever looks, whether or not anything is wired to it.

import assert from 'node:assert/strict'
import { mock } from 'node:test'
import type { EventsAnswer } from '../../nodes/admin/answers'
import { LiveView } from '../../nodes/runtime/live-view'
import type { AciPayload } from '../../nodes/runtime/message'
import { Rig, type Settings } from '../rig'
import { failureOf, get } from './ask'

const PATH = '/aci-apic/apic/subscribers/sub/events'

describe('GET aci-apic/:id/subscribers/:node/events', () => {
  let rig: Rig

  afterEach(async () => {
    await rig.stop()
  })

  const begin = async (settings: Settings = {}): Promise<void> => {
    rig = await Rig.start({ auditLimit: 0 })
    await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'fvTenant', ...settings }))
    await rig.subscribed('sub')
  }

  const look = (after = ''): Promise<EventsAnswer> => get(PATH, { after })

  it('shows what is sent from the first look on, reduced, oldest first, and each event once', async () => {
    await begin()
    rig.apic.create('fvTenant', 'uni/tn-before')
    await rig.inbox('sub').next()
    const first = await look()
    assert.deepEqual([first.events, first.missed, first.isNew], [[], 0, true])

    rig.apic.create('fvTenant', 'uni/tn-blue', { descr: 'x' })
    rig.apic.modify('uni/tn-blue', { descr: 'y' })
    const [created, modified] = await rig.inbox('sub').take(2)
    const second = await look(first.cursor)
    assert.deepEqual(second.events, [
      { event: 'created', class: 'fvTenant', dn: 'uni/tn-blue', origin: 'live', time: created!.payload.time },
      {
        event: 'modified',
        class: 'fvTenant',
        dn: 'uni/tn-blue',
        origin: 'live',
        time: modified!.payload.time,
        changes: { descr: { from: 'x', to: 'y' } }
      }
    ])
    assert.equal(second.isNew, false)

    rig.apic.delete('uni/tn-blue')
    await rig.inbox('sub').next()
    const third = await look(second.cursor)
    assert.deepEqual(
      third.events.map(({ event }) => event),
      ['deleted']
    )
    assert.deepEqual((await look(third.cursor)).events, [])
  })

  it('shows what a node without a wire would send, and not what it would not', async () => {
    rig = await Rig.start({ auditLimit: 0 })
    const [sub] = rig.subscriber('sub', { classes: 'fvTenant', events: 'deleted' })
    const others = rig.subscriber('other', { classes: 'fvTenant' })
    await rig.load(rig.connection(), { ...sub!, wires: [] }, others)
    for (const id of ['sub', 'other']) await rig.subscribed(id)
    const { cursor } = await look()
    rig.apic.create('fvTenant', 'uni/tn-blue')
    rig.apic.delete('uni/tn-blue')
    await rig.inbox('other').take(2)
    assert.deepEqual(
      (await look(cursor)).events.map(({ event }) => event),
      ['deleted']
    )
  })

  it('shows what was recovered after an outage', async () => {
    await begin()
    const { cursor } = await look()
    rig.apic.faults.dropSockets()
    rig.apic.create('fvTenant', 'uni/tn-blue')
    await rig.inbox('sub').next()
    const { events } = await look(cursor)
    assert.deepEqual([events[0]!.origin, events[0]!.dn], ['recovered', 'uni/tn-blue'])
  })

  it('keeps the newest ones, and counts the others', async () => {
    await begin()
    const { cursor } = await look()
    for (let index = 0; index < 120; index += 1) rig.apic.create('fvTenant', `uni/tn-t${index}`)
    await rig.inbox('sub').take(120)
    const { events, missed } = await look(cursor)
    assert.deepEqual([events.length, missed], [50, 70])
    assert.deepEqual([events[0]!.dn, events.at(-1)!.dn], ['uni/tn-t70', 'uni/tn-t119'])
  })

  it('begins anew when the node is deployed anew', async () => {
    await begin()
    const { cursor } = await look()
    await rig.deploy('nodes', rig.connection(), rig.subscriber('sub', { classes: 'fvTenant', name: 'new' }))
    const { isNew, events } = await look(cursor)
    assert.deepEqual([isNew, events], [true, []])
  })

  it('takes any text for a cursor, and any that is none for the beginning', async () => {
    await begin()
    const { cursor } = await look()
    rig.apic.create('fvTenant', 'uni/tn-blue')
    await rig.inbox('sub').next()
    for (const wrong of ['x', '1.2.3', `${cursor}9`, cursor.replace(/\d+$/, '-1'), '__proto__']) {
      const { isNew, events } = await look(wrong)
      assert.deepEqual([isNew, events.length], [true, 1], wrong)
    }
    assert.match((await failureOf(400, 'get', PATH, { after: ['a', 'b'] })).message, /after: a text/)
  })

  it('knows subscribers of that connection alone', async () => {
    rig = await Rig.start()
    rig.credentials['other'] = rig.credentials['apic']!
    await rig.load(
      rig.connection(),
      rig.connection({ id: 'other', name: 'DC2' }),
      rig.subscriber('sub', { classes: 'fvTenant' }),
      rig.querier('query')
    )
    for (const [id, node] of [
      ['other', 'sub'],
      ['apic', 'query'],
      ['apic', 'nobody'],
      ['apic', '__proto__'],
      ['apic', 'constructor'],
      ['nobody', 'sub'],
      ['sub', 'sub']
    ]) {
      await failureOf(404, 'get', `/aci-apic/${id}/subscribers/${node}/events`)
    }
  })
})

describe('a live view', () => {
  beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }))
  afterEach(() => mock.timers.reset())

  const payload = (dn: string, changes?: AciPayload['changes']): AciPayload => ({
    id: dn,
    event: 'modified',
    class: 'fvTenant',
    dn,
    attributes: { name: dn },
    origin: 'live',
    fabric: 'DC1',
    time: '2026-11-23T10:43:19.237Z',
    ...(changes === undefined ? {} : { changes })
  })

  it('keeps nothing until somebody looks, and from half a minute after the last look on', () => {
    const view = new LiveView()
    view.note(payload('early'))
    const { cursor } = view.read('')
    mock.timers.tick(29_999)
    view.note(payload('seen'))
    const next = view.read(cursor)
    assert.deepEqual(
      next.events.map(({ dn }) => dn),
      ['seen']
    )
    mock.timers.tick(30_000)
    view.note(payload('late'))
    const { events, isNew } = view.read(next.cursor)
    assert.deepEqual([events, isNew], [[], true])
    view.close()
  })

  it('has nothing in common with the message, which is the flow’s', () => {
    const view = new LiveView()
    const { cursor } = view.read('')
    const sent = payload('a', { descr: { from: '', to: 'x' } })
    view.note(sent)
    sent.changes!['descr']!.to = 'changed by a flow'
    sent.dn = 'changed'
    const [event] = view.read(cursor).events
    assert.deepEqual([event!.dn, event!.changes], ['a', { descr: { from: '', to: 'x' } }])
    view.close()
  })

  it('shows few changes, and shortens their values', () => {
    const view = new LiveView()
    const { cursor } = view.read('')
    const names = Array.from({ length: 30 }, (_, index) => `p${index}`)
    view.note(payload('a', Object.fromEntries(names.map((name) => [name, { from: 'x'.repeat(300), to: '' }]))))
    const changes = view.read(cursor).events[0]!.changes!
    assert.equal(Object.keys(changes).length, 20)
    assert.equal(changes['p0']!.from, `${'x'.repeat(199)}…`)
    view.close()
  })
})
