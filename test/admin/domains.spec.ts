// The login domains of a deployed connection, whose login may be what is wrong.

import assert from 'node:assert/strict'
import type { DomainsAnswer } from '../../nodes/admin/answers'
import { Rig } from '../rig'
import { failureOf, get } from './ask'

const PATH = '/aci-apic/apic/domains'
const USERS = [
  { name: 'admin', password: 'password' },
  { name: 'jo', password: 'pw', domain: 'Radius' }
]

describe('GET aci-apic/:id/domains', () => {
  let rig: Rig

  afterEach(async () => {
    await rig.stop()
  })

  it('lists them without a login, and without the cookie of one', async () => {
    rig = await Rig.start({ users: USERS })
    rig.credentials = {}
    await rig.load(rig.connection())
    assert.deepEqual(await get<DomainsAnswer>(PATH), { domains: ['Radius', 'local'] })
    assert.deepEqual(
      rig.apic.requests.map(({ url, cookies }) => [url, cookies]),
      [['/api/aaaListDomains.json', 0]]
    )
  })

  it('asks the next controller where one is down, and reports the first one where all are', async () => {
    rig = await Rig.start({ users: USERS, controllers: 2 })
    await rig.load(rig.connection())
    const [first, second] = rig.apic.controllers
    await first!.down()
    assert.equal((await get<DomainsAnswer>(PATH)).domains.length, 2)
    await second!.down()
    const { code, message } = await failureOf(502, 'get', PATH)
    assert.equal(code, 'ACI_UNREACHABLE')
    assert.ok(message.includes(first!.url))
  })

  it('asks nobody who is not trusted', async () => {
    rig = await Rig.start({ tls: true })
    await rig.load(rig.connection())
    assert.equal((await failureOf(502, 'get', PATH)).code, 'ACI_TLS')
    assert.equal(rig.apic.counts.requestsReceived, 0)
  })

  it('takes names only, and not what is no list', async () => {
    rig = await Rig.start()
    await rig.load(rig.connection())
    const imdata = [
      { name: 'good' },
      { name: 7 },
      {},
      null,
      'x',
      { name: 'x'.repeat(65) },
      { name: 'good', guiBanner: 'hi' }
    ]
    rig.apic.faults.request({ path: '/api/aaaListDomains', body: { imdata }, times: 1 })
    assert.deepEqual(await get(PATH), { domains: ['good'] })
    for (const [body, code] of [
      ['<html>', 'ACI_PROTOCOL'],
      ['{"imdata":7}', 'ACI_PROTOCOL']
    ] as const) {
      rig.apic.faults.request({ path: '/api/aaaListDomains', body, times: 1 })
      assert.equal((await failureOf(502, 'get', PATH)).code, code)
    }
    rig.apic.faults.busy({ path: '/api/aaaListDomains', times: 1 })
    assert.equal((await failureOf(422, 'get', PATH)).cause?.status, 503)
  })

  it('is of deployed nodes alone', async () => {
    rig = await Rig.start()
    await rig.load(rig.connection({ controllers: [] }))
    await failureOf(404, 'get', '/aci-apic/nobody/domains')
    assert.match((await failureOf(400, 'get', PATH)).message, /no controller/)
  })
})
