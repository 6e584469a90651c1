// Who may ask what, in a real Node-RED whose editor asks for a login and has a root of its own; and what no answer and no
// line of its log ever shows.

import assert from 'node:assert/strict'
import http from 'node:http'
import type net from 'node:net'
import type { NodeAPI } from 'node-red'
import helper from 'node-red-node-test-helper'
import aciApic from '../../nodes/aci-apic'
import { ApicSimulator } from '../simulator'
import { RIGHTS, SecuredNodeRed, type Who } from './node-red'

interface RegisteredRoute {
  readonly path: string
  readonly methods: Readonly<Record<string, boolean>>
}

/** Every route that the package adds to Node-RED's admin server, as that server has them. */
async function registeredRoutes(): Promise<{ method: 'GET' | 'POST'; path: string }[]> {
  let routes: RegisteredRoute[] = []
  const look = (RED: NodeAPI): void => {
    const { _router: router } = RED.httpAdmin as unknown as { _router: { stack: { route?: RegisteredRoute }[] } }
    routes = router.stack.flatMap(({ route }) => route ?? [])
  }
  await helper.load([aciApic, look], [])
  await helper.unload()
  return routes
    .filter(({ path }) => path.startsWith('/aci-'))
    .flatMap(({ path, methods }) =>
      Object.keys(methods).map((method) => ({ method: method.toUpperCase() as 'GET' | 'POST', path }))
    )
}

describe('the admin routes', () => {
  let apic: ApicSimulator
  let nodeRed: SecuredNodeRed
  let routes: { method: 'GET' | 'POST'; path: string }[]
  /** Somebody whom nobody should talk to. */
  let stranger: http.Server
  let strangerUrl: string
  let visits: number[]

  before(async function () {
    this.timeout(60_000)
    routes = await registeredRoutes()
    stranger = http.createServer((_, response) => response.end('{}'))
    visits = []
    stranger.on('connection', () => visits.push(Date.now()))
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve))
    strangerUrl = `http://127.0.0.1:${(stranger.address() as net.AddressInfo).port}`
    apic = await ApicSimulator.start({ tls: false, users: [{ name: 'admin', password: 'canary-password' }] })
    nodeRed = await SecuredNodeRed.start({
      adminRoot: '/red/',
      env: { ACI_TEST_SECRET: 'canary-variable', ACI_TEST_CONTROLLERS: apic.url },
      flows: [
        { id: 'tab', type: 'tab', label: 'test' },
        { id: 'apic', type: 'aci-apic', name: 'DC1', controllers: apic.urls, auditInterval: 0 },
        { id: 'sub', type: 'aci-subscribe', z: 'tab', apic: 'apic', classes: 'fvTenant', wires: [[]] }
      ],
      credentials: { apic: { username: 'admin', password: 'canary-password' } }
    })
    await apic.until(() => apic.subscriptions.length === 1, 20_000)
  })

  after(async () => {
    await nodeRed.stop()
    await apic.close()
    await new Promise((resolve) => stranger.close(resolve))
  })

  const placed = (path: string): string =>
    path.replace(':id', 'apic').replace(':node', 'sub').replace(':class', 'fvTenant')

  const statusFor = async (who: Who, method: 'GET' | 'POST', path: string): Promise<number> =>
    (await nodeRed.ask(who, method, placed(path), method === 'POST' ? { target: 'mo', dn: 'uni' } : undefined)).status

  it('are these', () => {
    assert.deepEqual(routes.map(({ method, path }) => `${method} ${path}`).sort(), [
      'GET /aci-apic/:id/children',
      'GET /aci-apic/:id/domains',
      'GET /aci-apic/:id/health',
      'GET /aci-apic/:id/meta/:class',
      'GET /aci-apic/:id/subscribers/:node/events',
      'POST /aci-apic/:id/preview',
      'POST /aci-apic/test'
    ])
  })

  it('answer nobody who has not logged in', async () => {
    for (const { method, path } of routes) assert.equal(await statusFor('nobody', method, path), 401, path)
  })

  it('show those who may only read the health of a connection, and nothing of the fabric', async () => {
    for (const who of ['reader', 'health'] as const) {
      for (const { method, path } of routes) {
        assert.equal(await statusFor(who, method, path), path.endsWith('/health') ? 200 : 401, `${who} ${path}`)
      }
    }
  })

  it('do not take the right to deploy for the right to use stored credentials', async () => {
    for (const { method, path } of routes) assert.equal(await statusFor('flows', method, path), 401, path)
  })

  it('answer those who may, whatever they ask', async () => {
    const rights: Record<string, Who[]> = { health: ['admin'], others: ['fabric', 'operator', 'admin'] }
    for (const { method, path } of routes) {
      for (const who of rights[path.endsWith('/health') ? 'health' : 'others']!) {
        const expected = path === '/aci-apic/test' ? 400 : 200
        assert.equal(await statusFor(who, method, path), expected, `${who} ${path}`)
      }
    }
  })

  it('are to be found below the root of the editor alone', async () => {
    const { origin } = new URL(nodeRed.url)
    const headers = { Authorization: 'Bearer admin' }
    assert.equal((await fetch(`${origin}/aci-apic/apic/health`, { headers })).status, 404)
  })

  it('refuse what is nested too deeply to be looked at', async () => {
    const depth = 20_000
    const body = `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`
    for (const { method, path } of routes.filter((route) => route.method === 'POST')) {
      const headers = { Authorization: 'Bearer admin', 'Content-Type': 'application/json' }
      const { status } = await fetch(nodeRed.url + placed(path).slice(1), { method, headers, body })
      assert.equal(status, 400, path)
    }
  })

  it('are nothing for a cache to keep', async () => {
    for (const { method, path } of routes) {
      const body = method === 'POST' ? {} : undefined
      const { headers } = await nodeRed.ask('admin', method, placed(path), body)
      assert.equal(headers.get('cache-control'), 'no-store', path)
    }
  })

  it('go to no address that a client names, but for a test of settings', async () => {
    const address = {
      controllers: [strangerUrl],
      controller: strangerUrl,
      host: strangerUrl,
      url: strangerUrl,
      tls: 'x'
    }
    const query = new URLSearchParams({ ...address, controllers: strangerUrl }).toString()
    for (const { method, path } of routes) {
      if (path === '/aci-apic/test') continue
      const body = method === 'POST' ? { ...address, target: 'mo', dn: 'uni' } : undefined
      assert.equal((await nodeRed.ask('admin', method, `${placed(path)}?${query}`, body)).status, 200, path)
    }
    assert.deepEqual(visits, [])
    const { status } = await nodeRed.ask('admin', 'POST', 'aci-apic/test', { controllers: strangerUrl, login: false })
    assert.equal(status, 200)
    assert.notDeepEqual(visits, [])
  })

  describe('with variables of the environment', () => {
    const settings = { controllers: '${ACI_TEST_CONTROLLERS}', login: false }

    it('need the right to deploy as well, by which they could be had anyway', async () => {
      assert.equal((await nodeRed.ask('fabric', 'POST', 'aci-apic/test', settings)).status, 401)
      const preview = { classes: '${ACI_TEST_SECRET}' }
      assert.equal((await nodeRed.ask('fabric', 'POST', 'aci-apic/apic/preview', preview)).status, 401)
    })

    it('use their values', async () => {
      const response = await nodeRed.ask('operator', 'POST', 'aci-apic/test', settings)
      const { controllers } = (await response.json()) as { controllers: { controller: string; isGood: boolean }[] }
      assert.deepEqual(
        controllers.map(({ controller, isGood }) => [controller, isGood]),
        [[apic.url, true]]
      )
    })
  })

  it('show no secret, whatever they are asked, and neither does the log at its most talkative', async () => {
    const answers: string[] = []
    const ask = async (who: Who, method: 'GET' | 'POST', path: string, body?: unknown): Promise<void> => {
      answers.push(await (await nodeRed.ask(who, method, path, body)).text())
    }
    for (const { method, path } of routes) {
      for (const who of Object.keys(RIGHTS) as Who[])
        await ask(who, method, placed(path), method === 'POST' ? {} : undefined)
    }
    const credentials = { username: 'admin', password: '__PWRD__' }
    const typed = { username: 'admin', password: 'canary-typed' }
    const signed = { username: 'admin', certificateName: 'x', privateKey: 'canary-key', passphrase: 'canary-phrase' }
    const tests = [
      { id: 'apic', controllers: apic.urls, credentials },
      { id: 'apic', controllers: apic.urls, credentials: typed },
      { id: 'apic', controllers: [strangerUrl], credentials },
      { id: 'apic', controllers: [strangerUrl], credentials: typed },
      { id: 'apic', controllers: ['http://canary-typed:canary-typed@x'], credentials: typed },
      { id: 'apic', controllers: apic.urls, auth: 'certificate', credentials: signed }
    ]
    for (const test of tests) await ask('operator', 'POST', 'aci-apic/test', test)
    await ask('admin', 'POST', 'aci-apic/apic/preview', { classes: 'aaaUser' })
    await ask('admin', 'GET', 'aci-apic/apic/children?dn=uni/userext')
    assert.ok(answers.some((text) => text.includes('"isGood":true')))
    const shown = [...answers, nodeRed.log].join('\n')
    // A token of the simulator is a JWT, which begins like this.
    for (const secret of ['canary-', 'eyJ', 'APIC-cookie']) {
      const place = shown.indexOf(secret)
      assert.equal(place, -1, shown.slice(place - 200, place + 40))
    }
  })
})
