// Logging in, staying logged in, and no longer being so.
import assert from 'node:assert/strict'
import { ManualClock } from './clock'
import type { Data } from './client'
import { attributesOf, childrenOf, Client, classOf, closeAll, connected, loggedIn, simulator } from './client'

const TIMEOUT = { status: 403, code: '403', text: 'Token was invalid (Error: Token timeout)' }
const NEEDED = {
  status: 403,
  code: '403',
  text: 'Need a valid webtoken cookie (named APIC-Cookie) or a signed request with signature in the cookie APIC-Request-Signature for all REST API requests'
}
const WRONG = { status: 401, code: '401', text: 'Username or password is incorrect - FAILED local authentication' }
const ANY = '/api/mo/uni.json'

const credentials = (name: string, pwd = 'password'): unknown => ({ aaaUser: { attributes: { name, pwd } } })

describe('the simulator: sessions', () => {
  afterEach(closeAll)

  it('begin with a login that says all an APIC says, as text', async () => {
    const apic = await simulator({ clock: new ManualClock() })
    const client = new Client(apic.url, '')
    const answer = await client.request('POST', '/api/aaaLogin.json', credentials('admin'))

    const { imdata, totalCount } = JSON.parse(answer.text) as Data
    const { token, sessionId, ...attributes } = attributesOf(imdata[0])
    assert.equal(totalCount, '1')
    assert.deepEqual(attributes, {
      siteFingerprint: 'NdxD72K/uXaUK0wn',
      refreshTimeoutSeconds: '600',
      maximumLifetimeSeconds: '86400',
      guiIdleTimeoutSeconds: '1200',
      restTimeoutSeconds: '90',
      creationTime: '1772366400',
      firstLoginTime: '1772366400',
      userName: 'admin',
      remoteUser: 'false',
      unixUserId: '15374',
      lastName: '',
      firstName: '',
      changePassword: 'no',
      version: '6.0(9c)',
      buildTime: 'Tue Aug 05 18:11:44 UTC 2025',
      node: 'topology/pod-1/node-1'
    })
    assert.match(sessionId!, /^[A-Za-z0-9+/]{22}==$/)
    assert.deepEqual(childrenOf(imdata[0]).map(classOf).slice(0, 2), ['aaaUserDomain', 'DnDomainMapEntry'])
    assert.ok(answer.headers['set-cookie']?.[0]?.startsWith(`APIC-cookie=${token!};`))
  })

  it('have a cookie that comes back: marked Secure with TLS only', async () => {
    for (const tls of [true, false]) {
      const apic = await simulator({ tls })
      const client = new Client(apic.url, apic.certificates.ca.cert)
      const { headers } = await client.request('POST', '/api/aaaLogin.json', credentials('admin'))
      assert.equal(headers['set-cookie']?.[0]?.endsWith('; Secure'), tls)
    }
  })

  it('have a token that can be read like a JWT', async () => {
    const { client } = await loggedIn({ clock: new ManualClock() })
    const [header, payload] = client.token.split('.').map((part) => Buffer.from(part, 'base64url').toString())
    assert.match(client.token, /^eyJhbGciOiJSUzI1NiIs/)
    assert.ok(JSON.parse(header!))
    const { iss, username, iat, exp } = JSON.parse(payload!) as Record<string, unknown>
    assert.deepEqual(
      { iss, username, life: Number(exp) - Number(iat) },
      { iss: 'ACI APIC', username: 'admin', life: 600 }
    )
  })

  it('have an old-style token with the characters that trip up careless clients', async () => {
    const { client } = await loggedIn({ tokenStyle: 'base64' })
    for (const character of ['/', '+', '=']) assert.ok(client.token.includes(character), character)
    assert.equal((await client.request('GET', ANY)).status, 200)
  })

  for (const [title, headers] of [
    ['the cookie APIC-cookie', (token: string) => ({ Cookie: `APIC-cookie=${token}` })],
    ['the cookie APIC-Cookie', (token: string) => ({ Cookie: `other=1; APIC-Cookie=${token}` })],
    ['a quoted cookie', (token: string) => ({ Cookie: `APIC-cookie="${token}"` })],
    ['the header DevCookie', (token: string) => ({ Cookie: 'a=b', DevCookie: token })]
  ] as const) {
    it(`are recognised by ${title}`, async () => {
      const { client } = await loggedIn({ tokenStyle: 'base64' })
      const { status } = await client.request('GET', ANY, undefined, headers(client.token))
      assert.equal(status, 200)
    })
  }

  it('are needed for everything but the login page', async () => {
    const apic = await simulator()
    const client = new Client(apic.url, '')
    for (const path of [
      ANY,
      '/api/class/fvTenant.json',
      '/api/aaaRefresh.json',
      '/api/subscriptionRefresh.json?id=1'
    ]) {
      assert.deepEqual(await client.refusal('GET', path), NEEDED)
    }
    client.token = 'nonsense'
    assert.deepEqual(await client.refusal('GET', ANY), TIMEOUT)
    const domains = await client.get('/api/aaaListDomains.json')
    assert.deepEqual(domains.imdata, [{ name: 'local' }])
  })

  it('are refused with a wrong password, an unknown user or an unknown domain alike', async () => {
    const { apic, client } = await loggedIn()
    for (const [name, pwd] of [
      ['admin', 'wrong'],
      ['nobody', 'password'],
      ['apic:Elsewhere\\admin', 'password']
    ] as const) {
      assert.deepEqual(await client.refusal('POST', '/api/aaaLogin.json', credentials(name, pwd)), WRONG)
    }
    assert.equal(apic.counts.loginsRefused, 3)
    assert.equal((await client.request('POST', '/api/aaaLogin.json', '{"aaaUser":')).status, 400)
  })

  it('take login domains in both spellings', async () => {
    const { client } = await loggedIn({
      users: [
        { name: 'admin', password: 'password' },
        { name: 'ann', password: 'password', domain: 'Radius' }
      ]
    })
    const status = async (name: string): Promise<number> =>
      (await client.request('POST', '/api/aaaLogin.json', credentials(name))).status
    assert.equal(await status('apic:fallback\\admin'), 200)
    assert.equal(await status('apic#LOCAL\\admin'), 200)
    assert.equal(await status('apic:Radius\\ann'), 200)
    assert.equal(await status('apic#Radius\\ann'), 200)
    assert.equal(await status('ann'), 401)
    assert.deepEqual((await client.get('/api/aaaListDomains.json')).imdata, [{ name: 'local' }, { name: 'Radius' }])
  })

  it('lock an account after too many wrong passwords', async () => {
    const { apic, client } = await loggedIn({ lockAfter: 3 })
    for (let n = 0; n < 3; n++) await client.refusal('POST', '/api/aaaLogin.json', credentials('admin', 'wrong'))
    assert.equal((await client.refusal('POST', '/api/aaaLogin.json', credentials('admin'))).status, 401)
    assert.equal(apic.users.isLocked('admin'), true)
    apic.users.unlock('admin')
    assert.equal((await client.request('POST', '/api/aaaLogin.json', credentials('admin'))).status, 200)
  })

  for (const method of ['GET', 'POST']) {
    it(`get a new token by ${method}, the same session keeping the old one until its time`, async () => {
      const clock = new ManualClock()
      const { client, apic } = await loggedIn({ clock })
      const old = client.token
      const before = apic.sessions[0]!.id
      clock.advance(300_000)

      const { text } = await client.request(method, '/api/aaaRefresh.json')
      const { token, sessionId } = attributesOf((JSON.parse(text) as Data).imdata[0])
      assert.notEqual(token, old)
      assert.equal(sessionId, before)
      assert.equal((await client.request('GET', ANY)).status, 200, 'the old token is still good')

      clock.advance(301_000)
      assert.deepEqual(await client.refusal('GET', ANY), TIMEOUT)
      client.token = token!
      assert.equal((await client.request('GET', ANY)).status, 200)
    })
  }

  it('cannot be refreshed once the token has run out', async () => {
    const clock = new ManualClock()
    const { client } = await loggedIn({ clock, refreshTimeoutSeconds: 1.5 })
    clock.advance(1499)
    assert.equal((await client.request('GET', ANY)).status, 200)
    clock.advance(1)
    assert.deepEqual(await client.refusal('GET', '/api/aaaRefresh.json'), TIMEOUT)
  })

  it('end for good at the maximum lifetime, and their sockets with them', async () => {
    const clock = new ManualClock()
    const { apic, client, events } = await connected({ clock, maximumLifetimeSeconds: 3600 })
    for (let n = 0; n < 7; n++) {
      clock.advance(500_000)
      client.token = attributesOf((await client.get('/api/aaaRefresh.json')).imdata[0])['token']!
    }
    assert.equal(apic.sockets.length, 1)

    clock.advance(100_000)

    assert.deepEqual(await client.refusal('GET', ANY), TIMEOUT)
    assert.equal(await events.closed, 1000)
    assert.deepEqual([apic.sessions.length, apic.subscriptions.length], [0, 0])
  })

  it('end with a logout, which leaves the socket alone', async () => {
    const { apic, client, events } = await connected()
    await client.subscribe('/api/class/fvTenant.json')

    const answer = await client.request('POST', '/api/aaaLogout.json', { aaaUser: { attributes: { name: 'admin' } } })

    assert.equal(answer.status, 200)
    assert.deepEqual(await client.refusal('GET', ANY), TIMEOUT)
    apic.modify('uni/tn-common', { descr: 'x' })
    assert.equal((await events.rest()).length, 1)
  })

  it('may survive a logout, or take their socket with them', async () => {
    const old = await loggedIn({ logout: 'nothing' })
    await old.client.request('POST', '/api/aaaLogout.json')
    assert.equal((await old.client.request('GET', ANY)).status, 200)

    const thorough = await connected({ logout: 'session-and-sockets' })
    await thorough.client.request('POST', '/api/aaaLogout.json')
    assert.equal(await thorough.events.closed, 1000)
  })

  it('are throttled like nginx does: 503 and a page', async () => {
    const clock = new ManualClock()
    const { client } = await loggedIn({ throttle: 2, clock })
    assert.equal((await client.request('GET', '/api/aaaRefresh.json')).status, 200)

    for (const [method, path, body] of [
      ['POST', '/api/aaaLogin.json', credentials('admin')],
      ['GET', '/api/aaaRefresh.json', undefined]
    ] as const) {
      const { status, text, headers } = await client.request(method, path, body)
      assert.equal(status, 503)
      assert.equal(headers['content-type'], 'text/html')
      assert.equal(headers['retry-after'], undefined)
      assert.match(text, /503 Service Temporarily Unavailable/)
    }
    assert.equal((await client.request('GET', ANY)).status, 200, 'other requests are not')

    clock.advance(1000)
    assert.equal((await client.request('GET', '/api/aaaRefresh.json')).status, 200)
  })

  it('with a challenge need it with every request', async () => {
    const { client } = await loggedIn()
    const { text } = await client.request('POST', '/api/aaaLogin.json?gui-token-request=yes', credentials('admin'))
    const { token, urlToken } = attributesOf((JSON.parse(text) as Data).imdata[0])
    client.token = token!
    assert.equal((await client.request('GET', ANY)).status, 403)
    assert.equal((await client.request('GET', ANY, undefined, { 'APIC-challenge': urlToken })).status, 200)
    assert.equal((await client.request('GET', `${ANY}?challenge=${urlToken!}`)).status, 200)
  })

  it('are recorded in the log', async () => {
    const { client } = await loggedIn()
    const { imdata } = await client.get('/api/class/aaaSessionLR.json')
    const { affected, user, trig } = attributesOf(imdata[0])
    assert.deepEqual(
      { affected, user, trig },
      { affected: 'uni/userext/user-admin', user: 'admin', trig: 'login,session' }
    )
  })
})
