// Several controllers over one tree, and the simulator as a thing to start, watch and stop.
import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { request as httpsRequest } from 'node:https'
import { TLSSocket } from 'node:tls'
import { ApicSimulator } from './cluster'
import { Client, closeAll, connected, loggedIn, simulator } from './client'

const TENANTS = '/api/class/fvTenant.json'

describe('the simulator: a cluster', () => {
  afterEach(closeAll)

  it('serves one tree from all controllers, each with sessions and ids of its own', async () => {
    const apic = await simulator({ controllers: 3 })
    const clients = apic.urls.map((url) => new Client(url, ''))
    const nodes: string[] = []
    for (const client of clients) nodes.push((await client.login())['node']!)
    assert.deepEqual(nodes, ['topology/pod-1/node-1', 'topology/pod-1/node-2', 'topology/pod-1/node-3'])
    const [first, second] = clients as [Client, Client, Client]

    const events = await second.socket()
    const { subscriptionId } = await second.subscribe(TENANTS)
    assert.equal(BigInt(subscriptionId) >> 56n, 2n)
    await first.post('uni', { fvTenant: { attributes: { name: 'x' } } })
    assert.deepEqual(await events.summary(), ['created fvTenant uni/tn-x'])

    assert.equal((await first.refresh(subscriptionId)).status, 400, 'the id is unknown elsewhere')
    first.token = second.token
    assert.equal((await first.request('GET', TENANTS)).status, 403, 'and so is the token')
  })

  it('loses a controller and gets it back on the same port, without its memory', async () => {
    const apic = await simulator({ controllers: 2 })
    const [one, two] = apic.controllers as [(typeof apic.controllers)[0], (typeof apic.controllers)[0]]
    const client = new Client(one.url, '')
    await client.login()
    const events = await client.socket()
    const { url } = one

    await one.down()
    assert.equal(await events.closed, 1006)
    assert.equal(one.isUp, false)
    await assert.rejects(client.get(TENANTS), { code: 'ECONNREFUSED' })
    apic.create('fvTenant', 'uni/tn-meanwhile')
    await new Client(two.url, '').login()

    await one.up()
    assert.equal(one.url, url)
    assert.equal((await client.request('GET', TENANTS)).status, 403)
    await client.login()
    assert.equal((await client.get(TENANTS)).totalCount, '4')
  })

  it('takes consecutive ports when given the first, and says so when one is taken', async () => {
    const free = await new Promise<number>((resolve) => {
      const probe = createServer().listen(0, '127.0.0.1', () => {
        const { port } = probe.address() as AddressInfo
        probe.close(() => resolve(port))
      })
    })
    const apic = await simulator({ controllers: 1, port: free })
    assert.equal(apic.url, `http://127.0.0.1:${free}`)
    await assert.rejects(ApicSimulator.start({ tls: false, port: free }), { code: 'EADDRINUSE' })
  })

  it('has a fabric with as many controllers', async () => {
    const { client } = await loggedIn({ controllers: 3 })
    assert.equal((await client.get('/api/class/infraWiNode.json')).totalCount, '9')
    assert.equal((await client.get('/api/class/firmwareCtrlrRunning.json')).totalCount, '3')
    const controllers = '/api/class/fabricNode.json?query-target-filter=eq(fabricNode.role,"controller")'
    assert.equal((await client.get(controllers)).totalCount, '3')
  })
})

describe('the simulator: as a whole', () => {
  afterEach(closeAll)

  it('speaks TLS with certificates of a CA of its own', async () => {
    const apic = await simulator({ tls: true })
    assert.match(apic.url, /^https:/)
    const client = new Client(apic.url, apic.certificates.ca.cert)
    await client.login()
    await client.socket()
    await assert.rejects(new Client(apic.url, '').get('/'), { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' })
  })

  it('asks for a client certificate when asked to', async () => {
    const apic = await simulator({ tls: true, requestClientCertificate: true })
    const { ca, client } = apic.certificates
    assert.notEqual(await new Client(apic.url, ca.cert, client).login(), undefined)
    await assert.rejects(new Client(apic.url, ca.cert).login())
  })

  it('shows a certificate of your own, one for each controller if you like', async () => {
    const { certificates } = await simulator()
    const pairs = await Promise.all([
      certificates.issue({ commonName: 'one' }),
      certificates.issue({ commonName: 'two', hosts: ['localhost', '127.0.0.1'] })
    ])
    const apic = await simulator({ tls: pairs, controllers: 2 })
    const names = await Promise.all(
      apic.urls.map(
        (url) =>
          new Promise((resolve, reject) => {
            const outgoing = httpsRequest(url, { ca: certificates.ca.cert, agent: false }, (incoming) => {
              assert.ok(incoming.socket instanceof TLSSocket)
              resolve(incoming.socket.getPeerCertificate().subject.CN)
              incoming.resume()
            })
            outgoing.on('error', reject)
            outgoing.end()
          })
      )
    )
    assert.deepEqual(names, ['one', 'two'])
  })

  it('lets tests set what only the system may set, and refuses what makes no sense', async () => {
    const apic = await simulator({ fabric: 'small', reactions: false })
    const port = 'topology/pod-1/node-101/sys/phys-[eth1/1]/phys'
    assert.equal(apic.modify(port, { operSt: 'unknown' })?.changed['operSt'], 'unknown')
    assert.equal(apic.modify(port, { operSt: 'unknown' }), undefined, 'no change is no event')
    assert.equal(apic.read(port)?.['operSt'], 'unknown')
    for (const wrong of [
      () => apic.create('fvTenantt', 'uni/tn-x'),
      () => apic.create('fvTenant', 'uni/ap-x'),
      () => apic.create('fvTenant', 'uni/tn-common'),
      () => apic.create('fvAp', 'uni/tn-absent/ap-x'),
      () => apic.create('fvTenant', 'uni/tn-x', { colour: 'red' }),
      () => apic.modify('uni/tn-absent', {})
    ]) {
      assert.throws(wrong, { name: 'TreeError' })
    }
  })

  it('knows classes that a test brings along', async () => {
    const { apic, client } = await loggedIn({
      classes: [{ name: 'testThing', rn: 'thing-{id}', config: { size: '1' } }]
    })
    apic.create('testThing', 'uni/thing-7', { size: '2' })
    assert.equal((await client.get('/api/class/testThing.json')).totalCount, '1')
  })

  it('keeps count and a journal of what happens', async () => {
    const { apic, client } = await connected()
    const sent: string[] = []
    apic.on('subscribe', ({ url }) => sent.push(url))
    const { subscriptionId } = await client.subscribe(TENANTS)
    await client.refresh(subscriptionId)
    apic.modify('uni/tn-common', { descr: 'x' })
    const { logins, socketsOpened, subscribes, subscriptionRefreshes, framesSent } = apic.counts
    assert.deepEqual(
      { logins, socketsOpened, subscribes, subscriptionRefreshes, framesSent },
      { logins: 1, socketsOpened: 1, subscribes: 1, subscriptionRefreshes: 1, framesSent: 1 }
    )
    assert.deepEqual(sent, [`${TENANTS}?subscription=yes`])
    const { method, url, status, cookies, controller } = apic.requests.find((one) => one.url.includes('class'))!
    assert.deepEqual(
      { method, url, status, cookies, controller },
      { method: 'GET', url: `${TENANTS}?subscription=yes`, status: 200, cookies: 1, controller: 0 }
    )
    assert.ok(
      apic.requests.every(({ body }) => !body.includes('password')),
      'no password'
    )
    assert.match(apic.frames[0]!.text, /"modified"/)
  })

  it('waits for anything that may happen to it', async () => {
    const { apic, client } = await loggedIn()
    const waiting = apic.until(() => apic.sockets[0])
    await client.socket()
    assert.equal((await waiting).session, apic.sessions[0])
    await assert.rejects(
      apic.until(() => apic.counts.logouts > 5, 10),
      /not within 10 ms/
    )
    await assert.rejects(
      apic.until(() => {
        throw new Error('from the condition')
      }),
      /from the condition/
    )
  })

  it('ends within milliseconds, whoever is connected', async () => {
    const { apic, events } = await connected({ tls: true, fabric: 'demo', rate: 100 })
    apic.faults.goSilent()
    const since = performance.now()
    await apic.close()
    assert.ok(performance.now() - since < 200)
    assert.equal(await events.closed, 1006)
  })
})
