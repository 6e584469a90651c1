// "Test connection": what it reports every controller, what it sends where, and what it leaves behind.

import assert from 'node:assert/strict'
import http from 'node:http'
import type net from 'node:net'
import helper from 'node-red-node-test-helper'
import type { ControllerAnswer, RouteError, TestAnswer, TestStep } from '../../nodes/admin/answers'
import { Rig, type Settings } from '../rig'
import { ApicSimulator } from '../simulator'
import { fingerprint, makeCertificates, makeSigningPair } from '../simulator/certificates'
import { failureOf, post } from './ask'

const PATH = '/aci-apic/test'
const ADMIN = { username: 'admin', password: 'password' }
const UNCHANGED = '__PWRD__'

describe('POST aci-apic/test', () => {
  let rig: Rig

  afterEach(async () => {
    await rig.stop()
  })

  type SimulatorOptions = Parameters<typeof Rig.start>[0]

  /** Over TLS, with a deployed TLS configuration that trusts the CA, and a deployed connection that nobody uses. */
  const begin = async (options: SimulatorOptions = {}, ...others: Settings[]): Promise<void> => {
    rig = await Rig.start({ tls: true, ...options })
    rig.credentials['tls'] = { cadata: rig.apic.certificates.ca.cert }
    const configurations = [{}, ...others].map((settings) => rig.tlsConfig(settings))
    await rig.load(...configurations, rig.connection({ tls: 'tls' }))
  }

  /** What a dialog sends that nobody has changed but for these. */
  const dialog = ({ credentials = {}, ...settings }: Settings = {}): Record<string, unknown> => ({
    id: 'apic',
    controllers: rig.apic.urls,
    tls: 'tls',
    credentials: { ...ADMIN, ...(credentials as Settings) },
    ...settings
  })

  const test = (settings: Settings = {}): Promise<TestAnswer> => post(PATH, dialog(settings))

  const refused = (settings: Settings = {}, status = 400): Promise<RouteError> =>
    failureOf(status, 'post', PATH, dialog(settings))

  const outcomes = ({ steps }: ControllerAnswer): string[] => steps.map(({ step, outcome }) => `${step} ${outcome}`)

  const stepOf = (answer: TestAnswer, name: TestStep['step'], controller = 0): TestStep =>
    answer.controllers[controller]!.steps.find(({ step }) => step === name)!

  /** Simulators that a test needs beside the rig's. */
  const others: ApicSimulator[] = []
  const another = async (options: SimulatorOptions = {}): Promise<ApicSimulator> => {
    const apic = await ApicSimulator.start({ fabric: 'empty', tls: false, ...options })
    others.push(apic)
    return apic
  }
  afterEach(async () => {
    await Promise.all(others.splice(0).map((apic) => apic.close()))
  })

  describe('of settings that are good', () => {
    it('reports every controller its steps and how long they took, its version and that they are one fabric', async () => {
      await begin({ controllers: 3 })
      const answer = await test()

      assert.deepEqual(
        answer.controllers.map(({ controller }) => controller),
        rig.apic.urls
      )
      for (const controller of answer.controllers) {
        assert.deepEqual(outcomes(controller), ['reach good', 'certificate good', 'login good', 'socket good'])
        assert.equal(controller.version, '6.0(9c)')
        assert.equal(controller.isGood, true)
        for (const { ms, error } of controller.steps) {
          assert.ok(Number.isInteger(ms))
          assert.equal(error, undefined)
        }
      }
      assert.deepEqual([answer.isGood, answer.isOneFabric, answer.domains], [true, true, []])
    })

    it('shows whom the certificate is for, also where it is trusted', async () => {
      await begin()
      const { certificate, distrust } = stepOf(await test(), 'certificate')
      assert.equal(distrust, undefined)
      assert.equal(certificate!.sha256, fingerprint(rig.apic.certificates.server.cert))
      assert.deepEqual([certificate!.subject, certificate!.issuer], ['CN=localhost', 'CN=APIC simulator CA'])
      assert.deepEqual(certificate!.names.slice(0, 2), ['DNS:localhost', 'IP Address:127.0.0.1'])
      assert.ok(Date.parse(certificate!.validFrom) < Date.now() && Date.parse(certificate!.validTo) > Date.now())
    })

    it('leaves no session, no socket and no subscription behind', async () => {
      await begin({ controllers: 2 })
      await test()
      await rig.apic.until(() => rig.apic.sockets.length === 0)
      assert.deepEqual([rig.apic.counts.logins, rig.apic.counts.logouts, rig.apic.sessions.length], [2, 2, 0])
      assert.equal(rig.apic.counts.subscribes, 0)
    })

    it('needs no deployed node', async () => {
      await begin()
      const { id, ...rest } = dialog()
      assert.equal(id, 'apic')
      assert.equal((await post<TestAnswer>(PATH, rest)).isGood, true)
      assert.equal((await test({ id: 'new' })).isGood, true)
    })

    it('takes a list as one text, a bare host for https, and each controller once', async () => {
      await begin()
      const { host } = new URL(rig.apic.url)
      const { controllers } = await test({ controllers: `${rig.apic.url}, ${host}` })
      assert.deepEqual(
        controllers.map(({ controller, isGood }) => [controller, isGood]),
        [[rig.apic.url, true]]
      )
    })

    it('logs in to the domain that is typed', async () => {
      await begin({ users: [{ name: 'jo', password: 'pw', domain: 'Radius' }] })
      const credentials = { username: 'jo', password: 'pw' }
      assert.equal((await test({ domain: 'Radius', credentials })).isGood, true)
      assert.equal((await test({ domain: '', credentials })).isGood, false)
    })
  })

  describe('of certificates', () => {
    const cases = [
      [
        'of an authority nobody knows',
        () => makeCertificates().then(({ server }) => server),
        'unknown-authority',
        /not trusted/
      ],
      ['that vouches for itself', () => makeSigningPair('apic1'), 'self-signed', /not trusted/],
      [
        'for another name',
        () => rig.apic.certificates.issue({ hosts: ['apic.example.com'] }),
        'wrong-name',
        /another name/
      ],
      [
        'that has expired',
        () => rig.apic.certificates.issue({ notBefore: new Date('2020-01-01'), notAfter: new Date('2021-01-01') }),
        'expired',
        /expired/
      ],
      [
        'of tomorrow',
        () => rig.apic.certificates.issue({ notBefore: new Date(Date.now() + 86_400_000) }),
        'not-yet-valid',
        /not valid yet/
      ]
    ] as const
    for (const [title, make, distrust, message] of cases) {
      it(`sends nothing to one with a certificate ${title}, and shows that`, async () => {
        await begin()
        const pair = await make()
        rig.apic.faults.certificate(pair)
        const answer = await test()

        assert.deepEqual(outcomes(answer.controllers[0]!), [
          'reach good',
          'certificate failed',
          'login skipped',
          'socket skipped'
        ])
        const step = stepOf(answer, 'certificate')
        assert.equal(step.distrust, distrust)
        assert.equal(step.error?.code, 'ACI_TLS')
        assert.match(step.error.message, message)
        assert.equal(step.certificate?.sha256, fingerprint(pair.cert))
        assert.equal(step.certificate.isSelfSigned, distrust === 'self-signed')
        assert.equal(answer.isGood, false)
        assert.equal(rig.apic.counts.requestsReceived, 0)
      })
    }

    it('warns of one that is used although it is not trusted, because it is not to be verified', async () => {
      await begin({}, { id: 'lax', verifyservercert: false })
      const answer = await test({ tls: 'lax' })
      assert.deepEqual(outcomes(answer.controllers[0]!), [
        'reach good',
        'certificate warning',
        'login good',
        'socket good'
      ])
      const { distrust, error } = stepOf(answer, 'certificate')
      assert.equal(distrust, 'unknown-authority')
      assert.equal(error?.code, 'ACI_TLS')
      assert.equal(answer.isGood, true)
    })

    it('warns where nothing is encrypted', async () => {
      await begin({ tls: false })
      const answer = await test({ tls: '' })
      assert.deepEqual(outcomes(answer.controllers[0]!), [
        'reach good',
        'certificate warning',
        'login good',
        'socket good'
      ])
      assert.deepEqual([stepOf(answer, 'certificate').certificate, answer.isGood], [undefined, true])
    })

    it('shows a client certificate where the APIC wants one', async () => {
      await begin({ requestClientCertificate: true }, { id: 'client' })
      const { ca, client } = rig.apic.certificates
      rig.credentials['client'] = { cadata: ca.cert, certdata: client.cert, keydata: client.key }
      await rig.deploy('full', rig.tlsConfig(), rig.tlsConfig({ id: 'client' }), rig.connection({ tls: 'tls' }))
      assert.equal((await test({ tls: 'client' })).isGood, true)
      const answer = await test()
      assert.equal(answer.isGood, false)
      assert.equal(rig.apic.counts.logins, 1)
    })

    it('reports a client certificate that does not fit its key', async () => {
      await begin({}, { id: 'client' })
      const { ca, client, server } = rig.apic.certificates
      rig.credentials['client'] = { cadata: ca.cert, certdata: client.cert, keydata: server.key }
      await rig.deploy('full', rig.tlsConfig({ id: 'client' }), rig.connection())
      const { outcome, error } = stepOf(await test({ tls: 'client' }), 'reach')
      assert.deepEqual([outcome, error?.code], ['failed', 'ACI_TLS'])
    })

    it('can use only TLS configurations that are deployed, and says so', async () => {
      await begin()
      const { code, message, fields } = await refused({ tls: 'new' })
      assert.deepEqual([code, fields], ['ACI_CONFIG', ['tls']])
      assert.match(message, /not deployed yet/)
      assert.match((await refused({ tls: 'apic' })).message, /missing or its files cannot be read/)
      assert.equal(rig.apic.counts.connections, 0)
    })
  })

  describe('of controllers that are not well', () => {
    it('reports which one is down, and of the others that they are good', async () => {
      await begin({ controllers: 3 })
      await rig.apic.controllers[0]!.down()
      const answer = await test()

      assert.deepEqual(
        answer.controllers.map(({ isGood }) => isGood),
        [false, true, true]
      )
      const { outcome, error } = stepOf(answer, 'reach')
      assert.deepEqual([outcome, error?.code], ['failed', 'ACI_UNREACHABLE'])
      assert.match(error!.message, /refuses connections/)
      assert.equal(answer.isGood, true)
    })

    it('does not wait for one that says nothing longer than the request timeout', async () => {
      await begin({ controllers: 2 })
      rig.apic.controllers[0]!.faults.stallTls()
      const answer = await test({ requestTimeout: '1' })
      assert.deepEqual(outcomes(answer.controllers[0]!).slice(0, 2), ['reach good', 'certificate failed'])
      assert.equal(stepOf(answer, 'certificate').error?.code, 'ACI_TIMEOUT')
      assert.equal(answer.controllers[1]!.isGood, true)
    })

    it('reports a name that nobody knows', async () => {
      await begin()
      const answer = await test({ controllers: 'no-such-host.invalid' })
      assert.match(stepOf(answer, 'reach').error!.message, /cannot be resolved/)
    })

    it('reports one that is no APIC', async () => {
      await begin({ tls: false })
      const page = http.createServer((_, response) => response.end('<html>hello</html>'))
      await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve))
      const { port } = page.address() as net.AddressInfo
      const answer = await test({ controllers: `http://127.0.0.1:${port}`, tls: '' })
      assert.equal(stepOf(answer, 'login').error?.code, 'ACI_PROTOCOL')
      page.closeAllConnections()
      page.close()
    })

    it('reports one that is too busy to log anybody in, which is no refusal', async () => {
      await begin()
      const busy = rig.apic.faults.busy({ path: '/api/aaaLogin' })
      const { outcome, error, waitSeconds } = stepOf(await test(), 'login')
      assert.deepEqual([outcome, error?.code, waitSeconds], ['failed', 'ACI_UNREACHABLE', undefined])
      assert.match(error!.message, /busy/)
      busy.undo()
      assert.equal((await test()).isGood, true)
    })

    it('reports one that lets nobody open a websocket, and logs out of it', async () => {
      await begin()
      rig.apic.faults.refuseUpgrades(403)
      const answer = await test()
      assert.deepEqual(outcomes(answer.controllers[0]!).slice(2), ['login good', 'socket failed'])
      assert.match(stepOf(answer, 'socket').error!.message, /refuses the websocket/)
      assert.equal(rig.apic.sessions.length, 0)
    })

    it('reports controllers of different fabrics', async () => {
      await begin({ tls: false })
      const other = await another({ siteFingerprint: 'anotherOne==' })
      const { isGood, isOneFabric } = await test({ controllers: [rig.apic.url, other.url], tls: '' })
      assert.deepEqual([isGood, isOneFabric], [true, false])
    })
  })

  describe('of a login that is refused', () => {
    const wrong = { credentials: { password: 'canary-wrong' } }

    it('is tried at one controller alone, and says when it may be tried again', async () => {
      await begin({ controllers: 3 })
      const answer = await test(wrong)

      const logins = answer.controllers.map((_, index) => stepOf(answer, 'login', index))
      assert.equal(rig.apic.counts.loginsRefused, 1)
      assert.deepEqual(logins.map(({ outcome }) => outcome).sort(), ['failed', 'skipped', 'skipped'])
      for (const { error, waitSeconds } of logins) {
        assert.equal(error?.code, 'ACI_AUTH')
        assert.match(error.cause!.text, /incorrect/)
        assert.ok(waitSeconds! > 50 && waitSeconds! <= 60)
      }
      assert.match(logins.find(({ outcome }) => outcome === 'skipped')!.error!.message, /wait \d+ s/)
      assert.doesNotMatch(JSON.stringify(answer), /canary/)
    })

    it('is not tried again before its time, however often it is tested, and another one is at once', async () => {
      await begin()
      for (let round = 0; round < 3; round += 1) await test(wrong)
      assert.equal(rig.apic.counts.loginsRefused, 1)
      assert.equal((await test()).isGood, true)
    })

    it('counts for a connection that is deployed with it, and the other way round', async () => {
      await begin()
      const name = 'guest'
      rig.apic.users.add({ name, password: 'password' })
      await test({ credentials: { username: name, password: 'one' } })
      const subscriber = rig.subscriber('sub', { classes: 'fvTenant' })
      rig.credentials['apic'] = { username: name, password: 'one' }
      await rig.deploy('full', rig.tlsConfig(), rig.connection({ tls: 'tls' }), subscriber)
      await rig.status('sub', ({ fill }) => fill === 'red')
      rig.credentials['apic'] = { username: name, password: 'two' }
      await rig.deploy('full', rig.tlsConfig(), rig.connection({ tls: 'tls', heartbeat: 20 }), subscriber)
      await rig.apic.until(() => rig.apic.counts.loginsRefused === 2)
      const { outcome } = stepOf(await test({ credentials: { username: name, password: 'two' } }), 'login')
      assert.equal(outcome, 'skipped')
      assert.equal(rig.apic.counts.loginsRefused, 2)
    })

    it('stops before an account is locked, whatever is typed', async () => {
      await begin({ lockAfter: 6 })
      for (let round = 0; round < 8; round += 1) await test({ credentials: { password: `wrong ${round}` } })
      assert.equal(rig.apic.counts.loginsRefused, 5)
      const { error } = stepOf(await test(), 'login')
      assert.match(error!.message, /other credentials of this account were refused/)
      assert.equal(rig.apic.users.isLocked('admin'), false)
    })
  })

  describe('with a secret that the browser does not know', () => {
    const stored = { credentials: { password: UNCHANGED } }
    const absent = { credentials: { password: undefined } }

    for (const [title, kept] of [
      ['as the editor shows it', stored],
      ['left out', absent]
    ] as const) {
      it(`uses the stored one, ${title}`, async () => {
        await begin({ controllers: 2 })
        assert.equal((await test(kept)).isGood, true)
        // Their order is of no matter to where the password goes.
        assert.equal((await test({ ...kept, controllers: [...rig.apic.urls].reverse() })).isGood, true)
      })
    }

    it('sends it to nobody but those it is deployed for, and as nobody else', async () => {
      await begin({ controllers: 2 }, { id: 'lax', verifyservercert: false })
      const stranger = await another({ tls: true })
      const { url, urls } = rig.apic
      const changes: Settings[] = [
        { controllers: stranger.urls },
        { controllers: [...urls, stranger.url] },
        { controllers: [url] },
        { controllers: urls.map((text) => text.replace('https', 'http')) },
        { tls: '' },
        { tls: 'lax' },
        { domain: 'local' },
        { credentials: { username: 'root' } },
        { id: undefined },
        { id: 'new' },
        { id: 'tls' },
        { id: '__proto__' }
      ]
      for (const { credentials, ...change } of changes) {
        for (const password of [UNCHANGED, undefined]) {
          const settings = { ...change, credentials: { ...(credentials as Settings | undefined), password } }
          const { code, message, fields } = await refused(settings)
          assert.deepEqual([code, fields], ['ACI_CONFIG', ['password']], JSON.stringify(change))
          assert.match(message, /type it again/)
        }
      }
      assert.equal(rig.apic.counts.connections, 0)
      assert.equal(stranger.counts.connections, 0)
    })

    it('does not take what is stored for one login for another one', async () => {
      await begin()
      const { fields } = await refused({
        auth: 'certificate',
        credentials: { certificateName: 'x', privateKey: UNCHANGED }
      })
      assert.deepEqual(fields, ['privateKey', 'passphrase'])
    })

    it('takes an empty one for what it is', async () => {
      await begin()
      const { message, fields } = await refused({ credentials: { password: '' } })
      assert.match(message, /no password/)
      assert.equal(fields, undefined)
    })

    it('uses none of a node whose own settings are wrong', async () => {
      await begin()
      await rig.deploy('full', rig.tlsConfig(), rig.connection({ tls: 'tls', controllers: [] }))
      assert.deepEqual((await refused(stored)).fields, ['password'])
    })
  })

  describe('of a login by certificate', () => {
    const signed = (key: string): Settings => ({ username: 'admin', certificateName: 'flow.crt', privateKey: key })

    it('signs with the key that is typed, and reports one that does not fit', async () => {
      await begin()
      const { key } = await rig.useCertificate()
      const answer = await test({ auth: 'certificate', credentials: signed(key) })
      assert.deepEqual(outcomes(answer.controllers[0]!).slice(2), ['login good', 'socket good'])
      assert.equal(answer.controllers[0]!.version, '6.0(9c)')

      const stranger = await makeSigningPair()
      const { error } = stepOf(await test({ auth: 'certificate', credentials: signed(stranger.key) }), 'login')
      assert.equal(error?.code, 'ACI_AUTH')
      assert.match(error.message, /Check that the private key belongs to the certificate/)
      assert.doesNotMatch(JSON.stringify(error), /PRIVATE KEY/)
    })

    it('uses the stored key, and its passphrase with that key alone', async () => {
      await begin()
      const { key } = await rig.useCertificate()
      await rig.deploy('full', rig.tlsConfig(), rig.connection({ tls: 'tls' }))
      const kept = { ...signed(UNCHANGED), passphrase: UNCHANGED }
      assert.equal((await test({ auth: 'certificate', credentials: kept })).isGood, true)
      const typed = { ...signed(key), passphrase: UNCHANGED }
      assert.deepEqual((await refused({ auth: 'certificate', credentials: typed })).fields, ['passphrase'])
      const other = { ...kept, certificateName: 'other.crt' }
      assert.deepEqual((await refused({ auth: 'certificate', credentials: other })).fields, [
        'privateKey',
        'passphrase'
      ])
    })

    it('says what is wrong with a key, and shows nothing of it', async () => {
      await begin()
      const { message } = await refused({ auth: 'certificate', credentials: signed('canary') })
      assert.match(message, /PEM/)
      assert.doesNotMatch(message, /canary/)
    })
  })

  describe('without a login', () => {
    it('lists the login domains, and sends no credentials', async () => {
      await begin({
        controllers: 2,
        users: [
          { name: 'admin', password: 'password' },
          { name: 'jo', password: 'pw', domain: 'Radius' }
        ]
      })
      const { domains, controllers, isGood } = await test({ login: false, credentials: { password: UNCHANGED } })
      assert.deepEqual([domains, isGood], [['Radius', 'local'], true])
      for (const controller of controllers) {
        assert.deepEqual(outcomes(controller), ['reach good', 'certificate good', 'domains good'])
      }
      for (const { method, url, cookies } of rig.apic.requests) {
        assert.deepEqual([method, url, cookies], ['GET', '/api/aaaListDomains.json', 0])
      }
      assert.equal(rig.apic.requests.length, 2)
    })

    it('needs neither user nor password, and still looks at the certificate first', async () => {
      await begin()
      assert.equal(
        (await post<TestAnswer>(PATH, { controllers: rig.apic.url, tls: 'tls', login: 'false' })).isGood,
        true
      )
      const answer = await post<TestAnswer>(PATH, { controllers: rig.apic.url, login: false })
      assert.deepEqual(outcomes(answer.controllers[0]!), ['reach good', 'certificate failed', 'domains skipped'])
      assert.deepEqual([answer.isGood, answer.domains], [false, []])
      assert.equal(rig.apic.counts.requestsReceived, 1)
    })
  })

  describe('with variables of the environment', () => {
    const variables = { ACI_TEST_URLS: '', ACI_TEST_PASSWORD: 'password' }

    beforeEach(async () => {
      await begin()
      Object.assign(process.env, variables, { ACI_TEST_URLS: rig.apic.urls.join(' ') })
    })

    afterEach(() => {
      for (const name of Object.keys(variables)) Reflect.deleteProperty(process.env, name)
    })

    it('uses their values, in settings and credentials', async () => {
      const credentials = { password: '${ACI_TEST_PASSWORD}' }
      for (const controllers of ['${ACI_TEST_URLS}', ['${ACI_TEST_URLS}']]) {
        assert.equal((await test({ controllers, credentials })).isGood, true)
      }
    })

    it('sees that the settings are those that are deployed', async () => {
      const settings = { controllers: '${ACI_TEST_URLS}', credentials: { password: UNCHANGED } }
      assert.equal((await test(settings)).isGood, true)
    })

    it('names those that are not set', async () => {
      assert.match((await refused({ controllers: '${NO_SUCH_VARIABLE}' })).message, /\$\{NO_SUCH_VARIABLE\} is not set/)
      const { message } = await refused({ credentials: { password: '${NO_SUCH_VARIABLE}' } })
      assert.match(message, /password: the environment variable that it names is not set/)
    })
  })

  it('is given up when nobody waits for the answer any more', async () => {
    await begin()
    const held = rig.apic.faults.request({ path: '/api/aaaLogin', hang: true })
    const request = helper.request().post(PATH).send(dialog())
    request.end(() => undefined)
    // Made for this one request, and left open when that is aborted.
    const server = (request as unknown as { readonly _server: http.Server })._server
    await rig.apic.until(() => held.hits === 1)
    request.abort()
    server.close()
    await rig.apic.until(() => rig.apic.counts.connectionsClosed === rig.apic.counts.connections)
    held.undo()
    assert.equal(rig.apic.counts.logins, 0)
    // Nothing of it is in the way of the next one.
    assert.equal((await test()).isGood, true)
  })

  describe('of what is no request', () => {
    beforeEach(() => begin())

    for (const [title, body, expected] of [
      ['no controller', { controllers: [] }, /no controller/],
      ['a controller with a path', { controllers: 'https://apic1/api' }, /after the host/],
      ['a controller of another kind', { controllers: 'ftp://apic1' }, /not http/],
      ['controllers that are none', { controllers: { a: 1 } }, /a list is expected/],
      ['too many controllers', { controllers: Array.from({ length: 17 }, (_, index) => `apic${index}`) }, /at most 16/],
      ['an unknown login', { auth: 'magic' }, /auth: one of/],
      ['a TLS configuration that is no id', { tls: ['tls'] }, /tls: a text/],
      ['credentials that are a text', { credentials: 'x' }, /credentials: an object/],
      ['a user that is an object', { credentials: { username: {} } }, /username: a text/],
      ['no user', { credentials: { username: '' } }, /no user name/]
    ] as const) {
      it(`refuses ${title}`, async () => {
        const { credentials } = body as Settings
        const { code, message } = await failureOf(400, 'post', PATH, {
          ...dialog(body),
          ...(typeof credentials === 'string' ? { credentials } : {})
        })
        assert.equal(code, 'ACI_CONFIG')
        assert.match(message, expected)
        assert.equal(rig.apic.counts.connections, 0)
      })
    }

    it('refuses what is large, what is no JSON and what is no object', async () => {
      const large = await failureOf(413, 'post', PATH, { controllers: 'x'.repeat(70_000) })
      assert.match(large.message, /larger than/)
      const client = helper.request()
      for (const [type, body, status] of [
        ['application/x-www-form-urlencoded', 'controllers=apic1', 415],
        ['text/plain', '{}', 415],
        ['application/json', '[]', 400]
      ] as const) {
        assert.equal((await client.post(PATH).set('Content-Type', type).send(body)).status, status, type)
      }
      assert.equal((await client.post(PATH)).status, 415)
    })
  })
})
