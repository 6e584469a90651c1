// The health of a connection as its admin route tells it: all that helps in trouble, and no secret.

import assert from 'node:assert/strict'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import helper from 'node-red-node-test-helper'
import { AciError } from '../nodes/apic'
import { healthOf, type Health } from '../nodes/health'
import { start, type Program } from './processes'
import { Rig } from './rig'

const root = dirname(__dirname)

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

  const health = async (id: string, status = 200): Promise<Health & { error?: string }> => {
    const response = await helper.request().get(`/aci-apic/${id}/health`).expect(status).expect('Content-Type', /json/)
    return response.body as Health
  }

  it('tells what stands, what is known and what was recovered', async () => {
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

  it('tells when a subscription was refreshed', async () => {
    rig = await Rig.start({ auditLimit: 0 })
    await rig.load(rig.connection({ refreshTimeout: 30 }), rig.subscriber('sub', { classes: 'fvTenant' }))
    await rig.subscribed('sub')
    const before = Date.now()
    await rig.apic.until(() => rig.apic.counts.subscriptionRefreshes === 1, 10_000)
    let refreshed: string | null = null
    while (refreshed === null) refreshed = (await health('apic')).subscriptions[0]!.lastRefresh
    assert.ok(Date.parse(refreshed) >= before)
  })

  it('tells why there is no connection, and no secret', async () => {
    rig = await Rig.start()
    rig.credentials = { apic: { username: 'canary-user', password: 'canary-password' } }
    await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'fvTenant' }))
    await rig.caught('apic')

    const told = await health('apic')
    assert.equal(told.state.phase, 'refused')
    assert.equal(told.state.error?.code, 'ACI_AUTH')
    assert.match(told.state.error.reason, /incorrect/)
    assert.deepEqual([told.controller, told.connectedSince], [null, null])
    assert.doesNotMatch(JSON.stringify(told), /canary/)
  })

  it('tells what is wrong with the settings', async () => {
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
      assert.deepEqual(await health(id, 404), { error: 'no such aci-apic node is deployed' })
    })
  }
})

describe('GET aci-apic/:id/health where the editor asks for a login', () => {
  let folder: string
  let nodeRed: Program
  let url: string

  before(async function () {
    this.timeout(60_000)
    folder = mkdtempSync(join(tmpdir(), 'aci-health-'))
    const nodes = join(folder, 'nodes')
    mkdirSync(nodes)
    // Node-RED looks for pairs of .js and .html; the node itself is TypeScript.
    const source = JSON.stringify(join(root, 'nodes', 'aci-apic.ts'))
    writeFileSync(join(nodes, 'aci-apic.js'), `module.exports = require(${source}).default`)
    cpSync(join(root, 'nodes', 'aci-apic.html'), join(nodes, 'aci-apic.html'))
    const apic = { id: 'apic', type: 'aci-apic', name: 'DC1', controllers: 'https://127.0.0.1:1' }
    writeFileSync(join(folder, 'flows.json'), JSON.stringify([apic]))
    // Who shows one of these is let in with these rights.
    writeFileSync(
      join(folder, 'settings.js'),
      `const rights = { reader: 'read', health: 'aci-apic.read', writer: 'aci-apic.write', flows: ['flows.read'] }
      module.exports = {
        uiHost: '127.0.0.1', uiPort: 0, flowFile: 'flows.json', credentialSecret: false, telemetry: { enabled: false },
        adminAuth: {
          type: 'credentials',
          users: [],
          tokens: async (token) => rights[token] && { username: token, permissions: rights[token] }
        }
      }`
    )
    const red = require.resolve('node-red/red.js')
    const settings = join(folder, 'settings.js')
    nodeRed = start(['--import', 'tsx', red, '--userDir', folder, '--settings', settings], { cwd: root })
    const line = await nodeRed.lines.next((text) => text.includes('Server now running at'))
    url = `${/http:\S+?:\d+/.exec(line)![0]}/aci-apic/apic/health`
    await nodeRed.lines.next((text) => text.includes('Started flows'))
  })

  after(async () => {
    await nodeRed.stop('SIGTERM')
    rmSync(folder, { recursive: true })
  })

  for (const [who, status] of [
    ['nobody', 401],
    ['writer', 401],
    ['flows', 401],
    ['health', 200],
    ['reader', 200]
  ] as const) {
    it(`answers ${status} to ${who}`, async () => {
      const headers = who === 'nobody' ? {} : { Authorization: `Bearer ${who}` }
      const response = await fetch(url, { headers })
      assert.equal(response.status, status)
      const text = await response.text()
      assert.equal(text.includes('DC1'), status === 200, text)
    })
  }
})
