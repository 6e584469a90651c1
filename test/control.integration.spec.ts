// aci-subscribe driven by messages, in real Node-RED.

import assert from 'node:assert/strict'
import { Rig, type Settings } from './rig'

describe('aci-subscribe, driven by messages', () => {
  let rig: Rig

  const load = async (settings: Settings = {}): Promise<void> => {
    await rig.load(
      rig.connection(),
      rig.subscriber('sub', { classes: '', inputs: 1, ...settings }),
      { id: 'complete', type: 'complete', z: 'tab', scope: ['sub'], wires: [['completed']] },
      { id: 'completed', type: 'sink', z: 'tab', wires: [] }
    )
    // With nothing to subscribe to the status is grey, else green.
    await rig.status('sub', ({ fill }) => fill === 'grey' || fill === 'green')
  }

  /** Sends a message in and waits until it is done with. */
  const tell = async (message: Settings): Promise<void> => {
    rig.receive('sub', message)
    await rig.sink('completed').next()
  }

  beforeEach(async () => {
    rig = await Rig.start({ auditLimit: 0 })
  })

  afterEach(async () => {
    await rig.stop()
  })

  it('starts with nothing, and subscribes to a class by its name', async () => {
    await load()
    await tell({ action: 'subscribe', topic: 'fvTenant' })
    await rig.subscribed('sub')
    rig.apic.create('fvTenant', 'uni/tn-blue')
    assert.equal((await rig.inbox('sub').next()).topic, 'uni/tn-blue')
  })

  it('subscribes to an object by its DN, or by the properties of the dialog', async () => {
    await load()
    await tell({ action: 'subscribe', topic: 'uni/tn-common' })
    await tell({ action: 'subscribe', payload: { classes: 'fvAp', filter: 'eq(fvAp.name,"app")' } })
    await tell({ action: 'list' })

    const { payload } = await rig.inbox('sub').next()
    assert.deepEqual(
      (payload as unknown as Settings[]).map(({ state, ...query }) => (assert.ok(state), query)),
      [
        { target: 'mo', dn: 'uni/tn-common', scope: 'self', subtreeClasses: '', filter: '' },
        { target: 'class', classes: 'fvAp', scope: 'self', subtreeClasses: '', filter: 'eq(fvAp.name,"app")' }
      ]
    )
  })

  it('shows how hundreds of subscriptions are, and reports those that are refused', async () => {
    const NUMBER = 150
    for (let index = 0; index < NUMBER; index += 1) rig.apic.create('fvTenant', `uni/tn-t${index}`)
    await load()
    for (let index = 0; index < NUMBER; index += 1)
      rig.receive('sub', { action: 'subscribe', topic: `uni/tn-t${index}` })
    await rig.status('sub', ({ text }) => text?.includes(`subscribed (${NUMBER})`) === true)
    const down = rig.apic.controllers[0]!
    await down.down()
    await rig.status('sub', ({ fill }) => fill === 'red')
    rig.apic.delete('uni/tn-t7')
    await down.up()
    await rig.status('sub', ({ text }) => text?.includes(`subscribed (${NUMBER - 1})`) === true)
    assert.deepEqual(
      rig.inbox('sub').all.map(({ topic, payload }) => `${payload.origin} ${payload.event} ${topic}`),
      ['recovered deleted uni/tn-t7']
    )
    rig.receive('sub', { action: 'subscribe', topic: 'fvTenantt' })
    await rig.status('sub', ({ text }) => text?.includes('partly') === true)
    assert.match((await rig.caught('sub')).message, /unresolved class for fvTenantt/)
  }).timeout(40_000)

  it('changes nothing by subscribing again to the same', async () => {
    await load({ classes: 'fvTenant' })
    await tell({ action: 'subscribe', topic: 'fvTenant' })
    rig.apic.create('fvTenant', 'uni/tn-blue')
    rig.apic.create('fvTenant', 'uni/tn-end')
    const topics = (await rig.inbox('sub').take(2)).map(({ topic }) => topic)
    assert.deepEqual(topics, ['uni/tn-blue', 'uni/tn-end'])
    assert.equal(rig.apic.counts.subscribes, 1)
  })

  it('takes away one, or all', async () => {
    await load()
    await tell({ action: 'subscribe', topic: 'fvTenant' })
    await tell({ action: 'subscribe', topic: 'fvAp' })
    await rig.subscribed('sub')
    await tell({ action: 'unsubscribe', topic: 'fvTenant' })
    rig.apic.create('fvTenant', 'uni/tn-blue')
    rig.apic.create('fvAp', 'uni/tn-blue/ap-app')
    assert.equal((await rig.inbox('sub').next()).topic, 'uni/tn-blue/ap-app')

    await tell({ action: 'unsubscribe' })
    await tell({ action: 'list' })
    assert.deepEqual((await rig.inbox('sub').next()).payload, [])
  })

  it('tells of an object again after one of two queries for it came and went', async () => {
    await load({ classes: 'fvTenant' })
    const below = { target: 'mo', dn: 'uni', scope: 'subtree', subtreeClasses: 'fvTenant' }
    rig.apic.create('fvTenant', 'uni/tn-blue')
    await rig.inbox('sub').next()
    await tell({ action: 'subscribe', payload: below })
    await rig.subscribed('sub')
    await tell({ action: 'unsubscribe', payload: below })
    rig.apic.delete('uni/tn-blue')
    await rig.inbox('sub').next(({ payload }) => payload.event === 'deleted')
    await tell({ action: 'subscribe', payload: below })
    await rig.subscribed('sub')

    rig.apic.create('fvTenant', 'uni/tn-blue')

    assert.equal((await rig.inbox('sub').next()).payload.event, 'created')
  })

  it('reads again on demand and tells what it had missed', async () => {
    await load({ classes: 'fvTenant' })
    const silence = rig.apic.faults.silenceSubscriptions()
    rig.apic.create('fvTenant', 'uni/tn-missed')
    silence.undo()

    await tell({ action: 'resync' })

    const { topic, payload } = await rig.inbox('sub').next()
    assert.deepEqual([topic, payload.event, payload.origin], ['uni/tn-missed', 'created', 'recovered'])
  })

  it('reads once more by itself when what it read on demand is hard to believe', async () => {
    for (let index = 0; index < 12; index += 1) rig.apic.create('fvTenant', `uni/tn-t${index}`)
    await load({ classes: 'fvTenant' })
    const blank = rig.apic.faults.emptyAnswers()

    rig.receive('sub', { action: 'resync' })
    await rig.status('sub', ({ fill }) => fill === 'yellow')
    blank.undo()

    await rig.subscribed('sub')
    assert.deepEqual(rig.inbox('sub').all, [])
  })

  it('sends what exists first when the message asks for it', async () => {
    await load()
    await tell({ action: 'subscribe', payload: { classes: 'fvTenant', snapshot: true } })
    const { payload, parts } = await rig.inbox('sub').next(({ parts }) => parts?.count !== undefined)
    assert.equal(payload.event, 'existing')
    assert.equal(parts!.count, 3)
  })

  for (const [title, message, code] of [
    ['no action', { topic: 'fvTenant' }, 'ACI_CONFIG'],
    ['an unknown action', { action: 'explode', topic: 'fvTenant' }, 'ACI_CONFIG'],
    ['nothing to subscribe to', { action: 'subscribe' }, 'ACI_CONFIG'],
    ['an impossible DN', { action: 'subscribe', topic: 'uni/../x' }, 'ACI_CONFIG'],
    ['something to take away that is not there', { action: 'unsubscribe', topic: 'fvBD' }, 'ACI_CONFIG']
  ] as const) {
    it(`with ${title} is an error that a Catch node gets`, async () => {
      await load()
      rig.receive('sub', message)
      const error = await rig.caught('sub')
      assert.equal(error.code, code)
    })
  }

  it('hands a later refusal to the Catch node, with the message that asked for it', async () => {
    await load()
    await tell({ action: 'subscribe', topic: 'fvTenantt', ticket: 4711 })
    const message = await rig.sink('caught').next()
    assert.equal((message as unknown as Settings)['ticket'], 4711)
    assert.equal((await rig.caught('sub')).code, 'ACI_QUERY')
  })

  it('keeps of a message that subscribed what it asked for, not what else was in it', async () => {
    await rig.load(rig.connection(), rig.subscriber('sub', { inputs: 1 }))
    await rig.status('sub', ({ fill }) => fill === 'grey')
    const large = 'x'.repeat(100_000)
    rig.receive('sub', { action: 'subscribe', topic: 'noSuchClass', ticket: 7, large, req: { headers: { large } } })
    const message = (await rig.sink('caught:sub').next()) as unknown as Record<string, unknown>
    assert.deepEqual([message['action'], message['topic'], message['ticket']], ['subscribe', 'noSuchClass', 7])
    assert.ok(JSON.stringify(message).length < 5_000)
  })

  it('forgets at a redeploy what messages had added', async () => {
    await load()
    await tell({ action: 'subscribe', topic: 'fvTenant' })
    await rig.deploy(
      'nodes',
      rig.connection(),
      rig.subscriber('sub', { classes: 'fvAp', inputs: 1 }),
      { id: 'complete', type: 'complete', z: 'tab', scope: ['sub'], wires: [['completed']] },
      { id: 'completed', type: 'sink', z: 'tab', wires: [] }
    )
    await rig.subscribed('sub')
    await tell({ action: 'list' })
    const { payload } = await rig.inbox('sub').next()
    assert.deepEqual(
      (payload as unknown as Settings[]).map(({ classes }) => classes),
      ['fvAp']
    )
  })
})
