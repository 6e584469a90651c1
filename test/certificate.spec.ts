// Everything that works with a password works with a certificate, in real Node-RED against an APIC that verifies each
// signature: and whatever happens, nobody is shown the key, its passphrase, a token or a signature.

import assert from 'node:assert/strict'
import { createPrivateKey } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import helper from 'node-red-node-test-helper'
import { itWithOpenssl, openssl } from './openssl'
import { CERTIFICATE, Rig, type Settings, type ShownStatus } from './rig'
import { ApicSimulator } from './simulator'
import { makeSigningPair, type KeyPair } from './simulator/certificates'
import { Scene } from './faults/scene'

const PASSPHRASE = 'canary pass-phrase'

describe('login by certificate', () => {
  let rig: Rig
  let pair: KeyPair
  /** What nobody may be shown. */
  let tokens: Set<string>
  let keys: Set<string>

  afterEach(async () => {
    try {
      await tellsNoSecret()
    } finally {
      await rig.stop()
    }
  })

  const start = async (options: Parameters<typeof Rig.start>[0] = {}): Promise<void> => {
    rig = await Rig.start({ auditLimit: 0, ...options })
    pair = await rig.useCertificate()
    tokens = new Set()
    keys = new Set([pair.key])
    rig.apic.on('login', () => {
      for (const { token } of rig.apic.sessions) tokens.add(token)
    })
  }

  const load = (settings: Settings = {}, watched: Settings = {}): Promise<void> =>
    rig.load(rig.connection(settings), rig.subscriber('sub', { classes: 'fvTenant', ...watched }))

  const begin = async (...given: Parameters<typeof start>): Promise<void> => {
    await start(...given)
    await load()
    await rig.subscribed('sub')
  }

  /** Changes the credentials of `apic`; what was there stays. */
  const credentials = (given: Settings): void => {
    rig.credentials = { apic: { ...rig.credentials['apic'], ...given } }
    if (typeof given['privateKey'] === 'string') keys.add(given['privateKey'])
  }

  const encrypted = (): string =>
    createPrivateKey(pair.key)
      .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: PASSPHRASE })
      .toString()

  const isRed = ({ fill }: ShownStatus): boolean => fill === 'red'
  const requests = (path: string): number => rig.apic.requests.filter(({ url }) => url.startsWith(path)).length

  /** Looks at everything that leaves the nodes. */
  const tellsNoSecret = async (): Promise<void> => {
    const health = await helper.request().get('/aci-apic/apic/health')
    assert.equal(tokens.size, rig.apic.counts.logins)
    const sent = JSON.stringify([
      rig.logged.all,
      rig.statuses('sub'),
      rig.errors,
      rig.inbox('sub').all,
      rig.sink('caught').all,
      health.text
    ])
    // A line of the key in the middle is as good as all of it; and a signature may be sent once more by anybody.
    for (const key of keys) {
      for (const line of key.match(/[A-Za-z0-9+/]{40,}/g) ?? []) assert.ok(!sent.includes(line))
    }
    for (const token of tokens) assert.ok(!sent.includes(token))
    assert.doesNotMatch(sent, /canary|PRIVATE KEY|APIC-Request-Signature|[A-Za-z0-9+/]{300}/)
    assert.doesNotMatch(health.text, /user-admin|\badmin\b/)
  }

  const works = async (): Promise<void> => {
    await rig.subscribed('sub')
    await getsEvents()
  }

  const getsEvents = async (): Promise<void> => {
    rig.apic.create('fvTenant', 'uni/tn-blue')
    assert.equal((await rig.inbox('sub').next()).topic, 'uni/tn-blue')
  }

  it('reads, and gets events, without any login', async () => {
    await start({ refreshTimeoutSeconds: 0.2 })
    rig.apic.create('fvTenant', 'uni/tn-old', { descr: 'x' })
    await load({ heartbeat: 0.2 }, { snapshot: true, filter: 'wcard(fvTenant.name,"old")' })
    await rig.subscribed('sub')
    rig.apic.create('fvTenant', 'uni/tn-colder', { descr: 'x' })
    rig.apic.modify('uni/tn-colder', { descr: 'y' })
    rig.apic.delete('uni/tn-colder')

    const sent = (await rig.inbox('sub').take(4)).map(({ payload }) => `${payload.event} ${payload.dn}`)
    assert.deepEqual(sent, [
      'existing uni/tn-old',
      'created uni/tn-colder',
      'modified uni/tn-colder',
      'deleted uni/tn-colder'
    ])
    // A token that has to be refreshed would be by now.
    await rig.apic.until(() => rig.apic.counts.pings >= 5)
    assert.equal(requests('/api/aaa'), 0, 'no login, no refresh, no logout')
    assert.ok(rig.apic.requests.every(({ status, cookies }) => status === 200 && cookies === 0))
    assert.equal(rig.apic.counts.socketsOpened, 1)
    assert.deepEqual(rig.errors, [])
  })

  it('writes and reads for the other nodes, and goes on by the next controller', async () => {
    await start({ controllers: 2 })
    await rig.load(
      rig.connection(),
      rig.subscriber('sub', { classes: 'fvTenant' }),
      rig.pusher('push'),
      rig.querier('query', { target: 'mo', dn: 'uni/tn-blue' })
    )
    await rig.subscribed('sub')

    const writesAndReads = async (descr: string): Promise<void> => {
      rig.receive('push', { payload: { fvTenant: { attributes: { name: 'blue', descr } } } })
      const [done] = (await rig.inbox('push').next()).payload as unknown as { ok: boolean }[]
      assert.deepEqual(done, { dn: 'uni/tn-blue', class: 'fvTenant', ok: true })
      assert.equal((await rig.inbox('sub').next()).payload.attributes['descr'], descr)
      rig.receive('query', { payload: '' })
      const [read] = (await rig.inbox('query').next()).payload as unknown as { attributes: Record<string, string> }[]
      assert.equal(read?.attributes['descr'], descr)
    }
    await writesAndReads('50% & more')
    await rig.apic.controllers[0]!.down()
    await rig.status('sub', isRed)
    await rig.subscribed('sub')
    await writesAndReads('again +😀')
    assert.equal(requests('/api/aaa'), 0, 'no login')
  })

  it('asks for objects and filters with any sign in them', async () => {
    await start({ fabric: 'small' })
    const port = 'topology/pod-1/node-101/sys/phys-[eth1/1]'
    const filter = 'or(wcard(fvTenant.name,"^Zürich"),eq(fvTenant.descr,"50% & more = [#1]? +😀"))'
    await rig.load(
      rig.connection(),
      rig.subscriber('sub', { classes: 'fvTenant', filter }),
      rig.subscriber('port', { target: 'mo', dn: port, scope: 'subtree', subtreeClasses: 'ethpmPhysIf' })
    )
    for (const id of ['sub', 'port']) await rig.subscribed(id)

    rig.apic.create('fvTenant', 'uni/tn-other', { descr: '50% & more = [#1]? +😀' })
    assert.equal((await rig.inbox('sub').next()).topic, 'uni/tn-other')
    rig.apic.modify(`${port}/phys`, { operSt: 'down' })
    rig.apic.modify(`${port}/phys`, { operSt: 'up' })
    assert.equal((await rig.inbox('port').next()).topic, `${port}/phys`)
    assert.ok(rig.apic.requests.every(({ status }) => status === 200))
  })

  it('shows version and controller', async () => {
    await begin({ version: '5.2(7f)' })
    const { body } = (await helper.request().get('/aci-apic/apic/health')) as { body: Record<string, unknown> }
    assert.deepEqual([body['controller'], body['version']], [rig.apic.url, '5.2(7f)'])
  })

  it('refreshes subscriptions', async () => {
    await start()
    await load({ refreshTimeout: 30 })
    await rig.subscribed('sub')
    await rig.apic.until(() => rig.apic.counts.subscriptionRefreshes === 1, 15_000)
    assert.equal(rig.apic.counts.subscriptionRefreshesRefused, 0)
  })

  it('resyncs when asked to', async () => {
    await start()
    await load({}, { inputs: 1 })
    await rig.subscribed('sub')
    const silence = rig.apic.faults.silenceSubscriptions()
    rig.apic.create('fvTenant', 'uni/tn-missed')
    silence.undo()
    rig.receive('sub', { action: 'resync' })
    const { payload } = await rig.inbox('sub').next()
    assert.equal(`${payload.origin} ${payload.event} ${payload.dn}`, 'recovered created uni/tn-missed')
  })

  it('heals after the socket was lost', async () => {
    await start()
    const scene = new Scene(rig, rig.apic)
    await load({}, { snapshot: true })
    await rig.subscribed('sub')
    scene.change()
    rig.apic.faults.dropSockets()
    scene.change()
    await rig.status('sub', isRed)
    await scene.recovers()
    assert.equal(rig.apic.counts.logins, 2)
  })

  it('renews the session in time although it took long to begin it', async () => {
    await start({ maximumLifetimeSeconds: 10 })
    rig.apic.faults.request({ path: /topSystem/, delay: 1_000, times: 1 })
    await load()
    await rig.subscribed('sub')
    await rig.apic.until(() => rig.apic.counts.logins === 2 && rig.apic.sockets.length === 1, 15_000)
    await getsEvents()
    assert.deepEqual(rig.errors, [])
  })

  it('is refused no socket for long', async () => {
    await start()
    rig.apic.faults.refuseUpgrades(403, 1)
    await load()
    assert.equal((await rig.caught('apic')).code, 'ACI_UNREACHABLE')
    await works()
  })

  it('moves to the next controller', async () => {
    await start({ controllers: 3 })
    const scene = new Scene(rig, rig.apic)
    await load({}, { snapshot: true })
    await rig.subscribed('sub')
    await rig.apic.controllers[0]!.down()
    scene.change()
    await scene.recovers()
    assert.equal(rig.inbox('sub').all.at(-1)!.aci.controller, rig.apic.urls[1])
  })

  it('moves to the next controller when the first does not tell of itself any more: it is the same fabric', async () => {
    await start({ controllers: 2 })
    const scene = new Scene(rig, rig.apic)
    await load({}, { snapshot: true })
    await rig.subscribed('sub')
    // A controller that is down is not there to tell its serial number.
    rig.apic.delete('topology/pod-1/node-1/sys')
    await rig.apic.controllers[0]!.down()
    scene.change()
    await scene.recovers()
    assert.ok(!rig.logged.all.some(({ text }) => text.includes('another fabric')))
  })

  it('does not compare two fabrics', async () => {
    await start()
    const other = await ApicSimulator.start({ fabric: 'empty', tls: false, auditLimit: 0, siteFingerprint: 'other' })
    try {
      other.create('aaaUserCert', CERTIFICATE, { data: pair.cert })
      other.create('fvTenant', 'uni/tn-there')
      await load({ controllers: [...rig.apic.urls, ...other.urls] })
      await rig.subscribed('sub')
      await rig.apic.controllers[0]!.down()
      await rig.status('sub', isRed)
      await rig.subscribed('sub')

      other.modify('uni/tn-there', { descr: 'x' })
      const { payload } = await rig.inbox('sub').next()
      assert.equal(`${payload.origin} ${payload.event} ${payload.dn}`, 'live modified uni/tn-there')
      assert.equal(rig.inbox('sub').all.length, 1)
      assert.ok(rig.logged.all.some(({ level, text }) => level === 'warn' && text.includes('another fabric')))
    } finally {
      await other.close()
    }
  })

  it('keeps what is known over a full deploy', async () => {
    await begin()
    const deployed = rig.deploy(
      'full',
      rig.connection({ heartbeat: 20 }),
      rig.subscriber('sub', { classes: 'fvTenant' })
    )
    await rig.apic.until(() => rig.apic.sockets.length === 0)
    rig.apic.create('fvTenant', 'uni/tn-meanwhile')
    await deployed
    const { payload } = await rig.inbox('sub').next()
    assert.equal(`${payload.origin} ${payload.event} ${payload.dn}`, 'recovered created uni/tn-meanwhile')
  })

  it('leaves nothing behind when it is closed', async () => {
    await begin()
    const { length } = rig.apic.requests
    await rig.deploy('full')
    await rig.apic.until(() => rig.apic.sockets.length === 0)
    assert.equal(rig.apic.requests.length, length, 'there is nothing to log out of')
    assert.deepEqual(rig.errors, [])
  })

  it('goes over TLS', async () => {
    await start({ tls: true })
    const folder = mkdtempSync(join(tmpdir(), 'aci-certificate-'))
    try {
      const ca = join(folder, 'ca.pem')
      writeFileSync(ca, rig.apic.certificates.ca.cert)
      const tls = {
        id: 'tls',
        type: 'tls-config',
        name: '',
        cert: '',
        key: '',
        ca,
        servername: '',
        verifyservercert: true
      }
      await rig.load(tls, rig.connection({ tls: 'tls' }), rig.subscriber('sub', { classes: 'fvTenant' }))
      await works()
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('takes the DN of the certificate, without a user name', async () => {
    await start()
    credentials({ username: '', certificateName: CERTIFICATE })
    await load()
    await works()
  })

  it('takes a key that is encrypted, with its passphrase', async () => {
    await start()
    credentials({ privateKey: encrypted(), passphrase: PASSPHRASE })
    await load()
    await works()
  })

  itWithOpenssl('takes what the command makes that dialog and help name', async () => {
    const commandIn = (file: string): string =>
      /openssl req [^<`]+/.exec(readFileSync(join(dirname(__dirname), 'nodes', file), 'utf8'))![0]
    const command = commandIn('aci-apic.html')
    assert.equal(commandIn('locales/en-US/aci-apic.html'), command)
    const folder = mkdtempSync(join(tmpdir(), 'aci-certificate-'))
    try {
      openssl(command.split(' ').slice(1), { cwd: folder })
      await start()
      rig.apic.modify(CERTIFICATE, { data: readFileSync(join(folder, 'aci.crt'), 'utf8') })
      credentials({ privateKey: readFileSync(join(folder, 'aci.key'), 'utf8') })
      await load()
      await works()
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('takes all of it from the environment, which has no line breaks', async () => {
    await start()
    const given = {
      ACI_TEST_NAME: CERTIFICATE,
      ACI_TEST_KEY: encrypted().trim().replaceAll('\n', ' '),
      ACI_TEST_PASSPHRASE: PASSPHRASE
    }
    Object.assign(process.env, given)
    try {
      credentials({
        username: '',
        certificateName: '${ACI_TEST_NAME}',
        privateKey: '${ACI_TEST_KEY}',
        passphrase: '${ACI_TEST_PASSPHRASE}'
      })
      await load({ auth: 'certificate' })
      await works()
    } finally {
      for (const name of Object.keys(given)) Reflect.deleteProperty(process.env, name)
    }
  })

  describe('is an impossible setting', () => {
    for (const [title, given, message] of [
      ['without the name of the certificate', { certificateName: '' }, /no certificate name is configured/],
      ['without a user name or a DN', { username: '' }, /^ACI_CONFIG: username: .*DN of the certificate/],
      ['without a key', { privateKey: '' }, /no private key is configured/],
      ['with a key that is none', { privateKey: 'canary' }, /^ACI_CONFIG: privateKey: a key in PEM format/],
      [
        'with a key from a variable that is not set',
        { privateKey: '${NO_SUCH_VARIABLE}' },
        /^ACI_CONFIG: privateKey: .*not set/
      ],
      ['with a passphrase from one', { passphrase: '${NO_SUCH_VARIABLE}' }, /^ACI_CONFIG: passphrase: .*not set/],
      ['with a name from one', { certificateName: '${NO_SUCH_VARIABLE}' }, /certificateName: .*NO_SUCH_VARIABLE/]
    ] as const) {
      it(`${title}, and nothing is sent`, async () => {
        await start()
        credentials(given)
        await load()
        assert.equal((await rig.status('sub', isRed)).shape, 'dot')
        const error = await rig.caught('apic')
        assert.equal(error.code, 'ACI_CONFIG')
        assert.match(error.message, message)
        assert.equal(rig.apic.counts.requestsReceived, 0)
      })
    }

    for (const [title, passphrase, message] of [
      ['with a wrong passphrase', 'canary wrong', /^ACI_CONFIG: passphrase: .*cannot be decrypted/],
      ['without the passphrase of an encrypted key', '', /^ACI_CONFIG: passphrase: .*no passphrase/]
    ] as const) {
      it(title, async () => {
        await start()
        credentials({ privateKey: encrypted(), passphrase })
        await load()
        const error = await rig.caught('apic')
        assert.equal(error.code, 'ACI_CONFIG')
        assert.match(error.message, message)
      })
    }
  })

  describe('is refused', () => {
    /** It is reported in the APIC's words, with advice, and not tried again at once; better credentials are. */
    const isRefused = async (words: RegExp): Promise<void> => {
      const status = await rig.status('sub', ({ fill, shape }) => fill === 'red' && shape === 'dot')
      assert.match(status.text!, words)
      const error = rig.errors.find(({ code }) => code === 'ACI_AUTH')!
      assert.match(
        error.message,
        /Check that the private key belongs to the certificate, and that the APIC has it as uni\//
      )
      assert.match(error.cause!.text, words)
      const { body } = (await helper.request().get('/aci-apic/apic/health')) as {
        body: { state: { phase: string; error: { code: string } } }
      }
      assert.deepEqual([body.state.phase, body.state.error.code], ['refused', 'ACI_AUTH'])
      assert.equal(requests('/api/webtokenSession') - rig.apic.counts.logins, 1)
    }

    const deployed = (heartbeat: number): Promise<void> =>
      rig.deploy('full', rig.connection({ heartbeat }), rig.subscriber('sub', { classes: 'fvTenant' }))

    it('with a key that does not belong to the certificate', async () => {
      await start({ controllers: 2 })
      credentials({ privateKey: (await makeSigningPair()).key })
      await load()
      await isRefused(/bad signature/)

      await deployed(20)
      await isRefused(/bad signature/)
      credentials({ privateKey: pair.key })
      await deployed(15)
      await works()
    })

    it('with a name that the APIC does not know', async () => {
      await start()
      credentials({ certificateName: 'other.crt' })
      await load()
      await isRefused(/certificate uni\/userext\/user-.* not/)
    })

    it('with the name of another user', async () => {
      await start()
      credentials({ username: 'somebody' })
      await load()
      await isRefused(/certificate uni\/userext\/user-.* not/)
    })

    it('when its certificate was removed on the APIC', async () => {
      await start()
      await load({}, { inputs: 1 })
      await rig.subscribed('sub')
      rig.apic.delete(CERTIFICATE)
      rig.receive('sub', { action: 'resync' })
      await isRefused(/certificate uni\/userext\/user-.* not/)
      await rig.apic.until(() => rig.apic.sockets.length === 0)
      assert.equal(rig.errors[0]!.code, 'ACI_CLOSED', 'the loss')
    })
  })
})
