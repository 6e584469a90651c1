// Requests signed with a user's certificate.
import assert from 'node:assert/strict'
import { createSign } from 'node:crypto'
import type { KeyPair } from './certificates'
import { makeSigningPair } from './certificates'
import type { ApicSimulator } from './cluster'
import type { Data } from './client'
import { attributesOf, Client, closeAll, simulator } from './client'

const DN = 'uni/userext/user-admin/usercert-flow.crt'
const ANY = '/api/mo/uni.json'

describe('the simulator: signed requests', () => {
  let pair: KeyPair
  let apic: ApicSimulator
  let client: Client

  before(async () => {
    pair = await makeSigningPair()
  })
  beforeEach(async () => {
    apic = await simulator()
    client = new Client(apic.url, '')
    apic.create('aaaUserCert', DN, { data: pair.cert })
  })
  afterEach(closeAll)

  const cookie = (method: string, path: string, body = '', more: Record<string, string> = {}): string => {
    const signature = createSign('RSA-SHA256').update(`${method}${path}${body}`).sign(pair.key, 'base64')
    const parts = {
      'APIC-Request-Signature': signature,
      'APIC-Certificate-Algorithm': 'v1.0',
      'APIC-Certificate-Fingerprint': 'fingerprint',
      'APIC-Certificate-DN': DN,
      ...more
    }
    return Object.entries(parts)
      .map(([name, value]) => `${name}=${value}`)
      .join('; ')
  }
  const signed = (method: string, path: string, body?: string, more?: Record<string, string>) =>
    client.request(method, path, body, { Cookie: cookie(method, decodeURIComponent(path), body, more) })

  it('need no login', async () => {
    assert.equal((await signed('GET', ANY)).status, 200)
    const filtered = `${ANY}?query-target=subtree&query-target-filter=${encodeURIComponent('eq(fvTenant.name,"common")')}`
    const { text } = await signed('GET', filtered)
    assert.equal((JSON.parse(text) as Data).totalCount, '1')
    const body = JSON.stringify({ fvTenant: { attributes: { name: 'x' } } })
    assert.equal((await signed('POST', ANY, body)).status, 200)
    assert.ok(apic.read('uni/tn-x'))
  })

  it('are refused when anything does not fit', async () => {
    const other = { Cookie: cookie('GET', '/api/mo/topology.json') }
    assert.equal((await client.request('GET', ANY, undefined, other)).status, 403)
    for (const more of [
      { 'APIC-Certificate-Algorithm': 'v2.0' },
      { 'APIC-Certificate-Fingerprint': 'AB:CD' },
      { 'APIC-Certificate-DN': 'uni/userext/user-admin/usercert-other' }
    ]) {
      assert.equal((await signed('GET', ANY, undefined, more)).status, 403)
    }
    apic.modify(DN, { data: 'nonsense' })
    assert.equal((await signed('GET', ANY)).status, 403)
  })

  it('get events through a web token that is only for the socket', async () => {
    const path = '/api/class/fvTenant.json?subscription=yes'
    assert.equal((await signed('GET', path)).status, 405, 'without it there is no session to find a socket by')

    const { text } = await signed('GET', '/api/webtokenSession.json')
    const { token } = attributesOf((JSON.parse(text) as Data).imdata[0])
    assert.equal(await client.refusedSocket(token!), 403, 'the socket has to be signed too')
    const named = { 'APIC-WebSocket-Session': token! }
    const events = await client.socket(token, { Cookie: cookie('GET', `/socket${token!}`, '', named) })
    const answer = await signed('GET', path, undefined, named)
    assert.equal(answer.status, 200)
    apic.modify('uni/tn-common', { descr: 'x' })
    assert.deepEqual(await events.summary(), ['modified fvTenant uni/tn-common'])
    const id = (JSON.parse(answer.text) as Data).subscriptionId!
    assert.equal((await signed('GET', `/api/subscriptionRefresh.json?id=${id}`, undefined, named)).status, 200)
  })
})
