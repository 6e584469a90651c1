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

  it('are verified as what they mean, however much of the path was escaped on the way', async () => {
    const filter = 'eq(fvTenant.name,"c m:n+ü%")'
    const plain = `/api/class/fvTenant.json?query-target-filter=${filter}`
    const escaped = `/api/class/fvTenant.json?query-target-filter=${encodeURIComponent(filter)}`

    assert.equal((await client.request('GET', escaped, undefined, { Cookie: cookie('GET', plain) })).status, 200)
    const asSent = await client.request('GET', escaped, undefined, { Cookie: cookie('GET', escaped) })
    assert.equal(asSent.status, 403)
    assert.match(asSent.text, /bad signature/)
  })

  it('may be those of an app', async () => {
    const dn = 'uni/userext/appuser-Flow/usercert-Flow'
    apic.create('aaaAppUser', 'uni/userext/appuser-Flow')
    apic.create('aaaUserCert', dn, { data: pair.cert })
    assert.equal((await signed('GET', ANY, undefined, { 'APIC-Certificate-DN': dn })).status, 200)
  })

  describe('with a web token, which is only for the socket', () => {
    const path = '/api/class/fvTenant.json?subscription=yes'
    let token: string
    let named: Record<string, string>

    const webToken = async (): Promise<string> => {
      const { text } = await signed('GET', '/api/webtokenSession.json')
      return attributesOf((JSON.parse(text) as Data).imdata[0])['token']!
    }
    const socketCookie = (more: Record<string, string>): { Cookie: string } => ({
      Cookie: cookie('GET', `/socket${token}`, '', more)
    })

    beforeEach(async () => {
      token = await webToken()
      named = { 'APIC-WebSocket-Session': token }
    })

    it('get events', async () => {
      assert.equal((await signed('GET', path)).status, 405, 'without it there is no session to find a socket by')
      const events = await client.socket(token, socketCookie(named))
      const answer = await signed('GET', path, undefined, named)
      assert.equal(answer.status, 200)
      apic.modify('uni/tn-common', { descr: 'x' })
      assert.deepEqual(await events.summary(), ['modified fvTenant uni/tn-common'])

      const refresh = `/api/subscriptionRefresh.json?id=${(JSON.parse(answer.text) as Data).subscriptionId!}`
      assert.equal((await signed('GET', refresh, undefined, named)).status, 200)
      assert.equal((await signed('GET', refresh)).status, 405, 'without it there is no session to refresh')
    })

    it('get a socket only when that is signed, too, and names the token once more', async () => {
      assert.equal(await client.refusedSocket(token), 403)
      assert.equal(await client.refusedSocket(token, socketCookie({})), 403)
      assert.equal(await client.refusedSocket(token, socketCookie({ 'APIC-WebSocket-Session': 'x' })), 403)
      const other = { Cookie: cookie('GET', '/socket', '', named) }
      assert.equal(await client.refusedSocket(token, other), 403)
      apic.delete(DN)
      assert.equal(await client.refusedSocket(token, socketCookie(named)), 403)
    })

    it('are refused with a token that is not theirs', async () => {
      const password = new Client(apic.url, '')
      await password.login()
      apic.create('aaaUser', 'uni/userext/user-ann')
      apic.create('aaaUserCert', 'uni/userext/user-ann/usercert-ann', { data: pair.cert })
      const ann = { 'APIC-Certificate-DN': 'uni/userext/user-ann/usercert-ann' }

      for (const more of [
        { 'APIC-WebSocket-Session': 'nonsense' },
        { 'APIC-WebSocket-Session': password.token },
        { ...ann, ...named }
      ]) {
        assert.equal((await signed('GET', ANY, undefined, more)).status, 403)
      }
      assert.equal((await signed('GET', ANY, undefined, ann)).status, 200)
    })

    it('cannot refresh it', async () => {
      assert.equal((await signed('GET', '/api/aaaRefresh.json', undefined, named)).status, 403)
    })
  })

  it('find out how long they may go on', async () => {
    apic = await simulator({ maximumLifetimeSeconds: 7_200 })
    const admin = new Client(apic.url, '')
    await admin.login()
    const { imdata } = await admin.get('/api/class/pkiWebTokenData.json')
    assert.equal(attributesOf(imdata[0])['maximumValidityPeriod'], '2')
  })
})
