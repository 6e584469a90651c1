// The health of a connection as its admin route reports it: all that helps in trouble, and no secret.

import assert from 'node:assert/strict'
import helper from 'node-red-node-test-helper'
import { AciError } from '../../nodes/apic'
import type { Health, RouteFailure } from '../../nodes/admin/answers'
import { healthOf } from '../../nodes/admin/health'
import { Rig } from '../rig'

describe('the health of a connection', () => {
  it('is that of no connection before anybody needs one', () => {
    assert.deepEqual(healthOf({ name: 'DC1', problem: undefined, report: undefined, names: [] }), {
      name: 'DC1',
      state: { phase: 'idle' },
      controller: null,
      version: null,
      connectedSince: null,
      reconnects: 0,
      recovered: { created: 0, modified: 0, deleted: 0 },
      outages: { count: 0, last: null },
      subscriptions: []
    })
  })

  it('names what is wrong with the settings', () => {
    const problem = new AciError('ACI_CONFIG', 'no controller is configured')
    const { state } = healthOf({ name: '', problem, report: undefined, names: [] })
    assert.deepEqual(state, { phase: 'idle', error: { code: 'ACI_CONFIG', reason: 'no controller is configured' } })
  })

  it('leaves the account out of what an APIC says of it', () => {
    const text = 'User admin is locked: an administrator can unlock admin'
    const error = new AciError('ACI_AUTH', 'refused', { status: 401, code: '401', text })
    const report = {
      state: { phase: 'refused', error },
      reconnects: 0,
      recovered: { created: 0, modified: 0, deleted: 0 },
      outages: { count: 1, last: { from: 0, to: undefined } },
      subscriptions: []
    } as const
    const { state, outages } = healthOf({ name: '', problem: undefined, report, names: ['admin'] })
    assert.equal(state.error?.reason, 'User … is locked: an administrator can unlock …')
    assert.deepEqual(outages.last, { from: '1970-01-01T00:00:00.000Z', to: null })
  })
})

describe('GET aci-apic/:id/health', () => {
  let rig: Rig

  afterEach(async () => {
    await rig.stop()
  })

  const health = async (id: string, status = 200): Promise<Health & Partial<RouteFailure>> => {
    const response = await helper.request().get(`/aci-apic/${id}/health`).expect(status).expect('Content-Type', /json/)
    return response.body as Health
  }

  it('reports what stands, what is known and what was recovered', async () => {
    rig = await Rig.start({ auditLimit: 0 })
    rig.apic.create('fvTenant', 'uni/tn-blue')
    const before = Date.now()
    await rig.load(
      rig.connection(),
      rig.subscriber('sub', { classes: 'fvTenant' }),
      rig.subscriber('stream', { classes: 'fvAp', mirror: 'off' }),
      rig.subscriber('bad', { classes: 'fvTenantt' })
    )
    for (const id of ['sub', 'stream']) await rig.subscribed(id)
    await rig.caught('bad')

    const first = await health('apic')
    assert.deepEqual(first.state, { phase: 'up' })
    assert.deepEqual([first.name, first.controller, first.version], ['DC1', rig.apic.url, '6.0(9c)'])
    assert.ok(Date.parse(first.connectedSince!) >= before)
    assert.deepEqual([first.reconnects, first.outages], [0, { count: 0, last: null }])
    const [tenants, aps, bad] = first.subscriptions
    const recovered = { created: 0, modified: 0, deleted: 0 }
    const untouched = { lastEvent: null, lastRefresh: null, recovered }
    // Beside the three of every fabric.
    assert.deepEqual(tenants, { path: '/api/class/fvTenant.json', phase: 'live', known: 4, ...untouched })
    assert.deepEqual(aps, { path: '/api/class/fvAp.json', phase: 'live', known: null, ...untouched })
    assert.equal(bad!.phase, 'refused')
    assert.deepEqual(bad!.error, { code: 'ACI_QUERY', reason: 'Request failed, unresolved class for fvTenantt' })

    rig.apic.create('fvTenant', 'uni/tn-green')
    await rig.inbox('sub').next()
    assert.ok(Date.parse((await health('apic')).subscriptions[0]!.lastEvent!) >= before)
    rig.apic.faults.dropSockets()
    rig.apic.delete('uni/tn-green')
    await rig.logged.next(({ text }) => text.includes(' again '))

    const last = await health('apic')
    assert.deepEqual([last.reconnects, last.recovered], [1, { created: 0, modified: 0, deleted: 1 }])
    assert.deepEqual(last.subscriptions[0]!.recovered, last.recovered)
    assert.equal(last.outages.count, 1)
    const { from, to } = last.outages.last!
    assert.ok(Date.parse(from) >= before && Date.parse(to!) >= Date.parse(from))
    assert.equal(new Date(from).toISOString(), from)
  })

  it('reports when a subscription was refreshed', async () => {
    rig = await Rig.start({ auditLimit: 0 })
    await rig.load(rig.connection({ refreshTimeout: 30 }), rig.subscriber('sub', { classes: 'fvTenant' }))
    await rig.subscribed('sub')
    const before = Date.now()
    await rig.apic.until(() => rig.apic.counts.subscriptionRefreshes === 1, 10_000)
    let refreshed: string | null = null
    while (refreshed === null) refreshed = (await health('apic')).subscriptions[0]!.lastRefresh
    assert.ok(Date.parse(refreshed) >= before)
  })

  it('reports why there is no connection, and no secret', async () => {
    rig = await Rig.start()
    rig.credentials = { apic: { username: 'canary-user', password: 'canary-password' } }
    await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'fvTenant' }))
    await rig.caught('apic')

    const shown = await health('apic')
    assert.equal(shown.state.phase, 'refused')
    assert.equal(shown.state.error?.code, 'ACI_AUTH')
    assert.match(shown.state.error.reason, /incorrect/)
    assert.deepEqual([shown.controller, shown.connectedSince], [null, null])
    assert.doesNotMatch(JSON.stringify(shown), /canary/)
  })

  it('reports what is wrong with the settings', async () => {
    rig = await Rig.start()
    await rig.load(rig.connection({ controllers: [] }), rig.subscriber('sub', { classes: 'fvTenant' }))
    assert.equal((await health('apic')).state.error?.code, 'ACI_CONFIG')
  })

  it('has no token in it', async () => {
    rig = await Rig.start()
    await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'fvTenant' }))
    await rig.subscribed('sub')
    const text = JSON.stringify(await health('apic'))
    for (const { token } of rig.apic.sessions) assert.ok(!text.includes(token))
  })

  for (const [title, id] of [
    ['that nobody has', 'nobody'],
    ['of a node of another type', 'sub'],
    ['that every object has', '__proto__']
  ] as const) {
    it(`does not know an id ${title}`, async () => {
      rig = await Rig.start()
      await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'fvTenant' }))
      const { error } = await health(id, 404)
      assert.deepEqual(error, { code: 'ACI_CONFIG', message: 'no such aci-apic node is deployed' })
    })
  }
})
