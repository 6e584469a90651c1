// Certificates and TLS as old and unlucky controllers have them: the cause is named, with what to do, and where a setting
// can bridge it for this connection alone, it does. Each case is looked at as the log, the status and a test of the
// connection tell it.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LoginGuard, PasswordLogin, runConnectionTest, type TlsOptions } from '../nodes/apic'
import { Rig, type FlowNode, type Settings } from './rig'
import type { ApicSimulator } from './simulator'
import { fingerprint, makeCertificates, type Certificates, type KeyPair } from './simulator/certificates'

type Options = NonNullable<Parameters<typeof Rig.start>[0]>

const OLD = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const
/** What a server of long ago lets itself be given. */
const LAX = { ciphers: 'DEFAULT:@SECLEVEL=0' } as const
const DAY = 86_400_000

describe('what is wrong with TLS', () => {
  let own: Certificates
  let rig: Rig | undefined
  let folder: string

  before(async () => {
    own = await makeCertificates()
  })

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'aci-tls-'))
  })

  afterEach(async () => {
    await rig?.stop()
    rig = undefined
    rmSync(folder, { recursive: true })
  })

  const nodesFor = (settings: Settings, ca: string | undefined): FlowNode[] => {
    if (ca === undefined) return [rig!.connection(settings)]
    const file = join(folder, 'ca.pem')
    writeFileSync(file, ca)
    return [rig!.tlsConfig({ ca: file }), rig!.connection({ tls: 'tls', ...settings })]
  }

  const begin = async (options: Options, ca: string | undefined, settings: Settings = {}): Promise<void> => {
    rig = await Rig.start({ auditLimit: 0, ...options })
    await rig.load(...nodesFor(settings, ca), rig.subscriber('sub', { classes: 'fvTenant' }))
  }

  const works = async (): Promise<void> => {
    await rig!.subscribed('sub')
    rig!.apic.create('fvTenant', 'uni/tn-blue')
    assert.equal((await rig!.inbox('sub').next()).payload.origin, 'live')
  }

  /** What a test of the connection says. */
  const tested = async (apic: ApicSimulator, tls: TlsOptions): Promise<string> => {
    const login = new PasswordLogin({ username: 'admin', password: 'password', domain: '' })
    const result = await runConnectionTest({
      controllers: apic.urls,
      tls,
      login,
      guard: new LoginGuard(),
      requestTimeoutMs: 5_000,
      limitMs: 10_000,
      signal: new AbortController().signal
    })
    const { error } = result.controllers[0]!.steps.find((step) => step.error !== undefined) ?? {}
    return error?.trouble?.kind ?? 'good'
  }

  interface Case {
    readonly title: string
    readonly kind: string
    readonly says: RegExp
    readonly options?: Options
    readonly shown?: () => Promise<KeyPair>
    /** The file of a TLS configuration; none where undefined. */
    readonly ca?: () => string
  }

  const issue = (options: Parameters<Certificates['issue']>[0]): Promise<KeyPair> => own.issue(options)
  const ofCa = (): string => own.ca.cert
  let other: Certificates | undefined
  let intermediate: KeyPair | undefined
  const expired = { notBefore: new Date(Date.now() - 20 * DAY), notAfter: new Date(Date.now() - 10 * DAY) }

  const cases: readonly Case[] = [
    {
      title: 'a self-signed certificate',
      kind: 'self-signed',
      says: /not trusted \(self-signed,.*SHA-256.*enter its fingerprint/,
      shown: () => issue({ by: null })
    },
    {
      title: 'a certificate of a CA that is not chosen',
      kind: 'unknown-authority',
      says: /not trusted \(.*SHA-256/,
      shown: async () => (other ??= await makeCertificates()).issue({}),
      ca: ofCa
    },
    {
      title: 'a chain that lacks its intermediate certificate',
      kind: 'missing-issuer',
      says: /its issuer, middle, is missing.*root certificate and all intermediate/,
      shown: async () => {
        intermediate ??= await issue({ commonName: 'middle', isCa: true, hosts: [] })
        return issue({ by: intermediate })
      },
      ca: ofCa
    },
    {
      title: 'a certificate that has expired',
      kind: 'expired',
      says: /has expired \(.*new certificate/,
      shown: () => issue(expired),
      ca: ofCa
    },
    {
      title: 'a certificate that is not valid yet',
      kind: 'not-yet-valid',
      says: /not valid yet.*clocks/,
      shown: () => issue({ notBefore: new Date(Date.now() + DAY) }),
      ca: ofCa
    },
    {
      title: 'a certificate for another name',
      kind: 'wrong-name',
      says: /another name/,
      shown: () => issue({ hosts: ['apic.example.com'] }),
      ca: ofCa
    },
    {
      title: 'a certificate without a name for an address',
      kind: 'no-address',
      says: /for no address.*fingerprint/,
      shown: () => issue({ hosts: [], commonName: '127.0.0.1' }),
      ca: ofCa
    },
    {
      title: 'a key that is too weak',
      kind: 'weak-key',
      says: /too weak for this Node.js \(768 bit\).*old TLS/,
      options: { secureContext: LAX },
      shown: () => issue({ rsa: 768, by: null }),
      ca: () => ''
    },
    {
      title: 'a signature by SHA-1',
      kind: 'weak-hash',
      says: /SHA-1.*old TLS/,
      options: { secureContext: LAX },
      shown: async () => issueByRsa({ rsa: 2048, hash: 'sha1' }),
      ca: () => rsaCa!.cert
    },
    {
      title: 'a certificate for clients',
      kind: 'wrong-purpose',
      says: /not one for servers/,
      shown: () => issue({ usage: 'client' }),
      ca: ofCa
    },
    {
      title: 'TLS 1.1 and older',
      kind: 'old-tls',
      says: /only TLS 1.1 or older.*Allow old TLS/,
      options: { secureContext: OLD },
      ca: ofCa
    },
    {
      title: 'a wish for a client certificate',
      kind: 'client-certificate',
      says: /asks for a client certificate/,
      options: { requestClientCertificate: true, secureContext: { maxVersion: 'TLSv1.2' } },
      ca: ofCa
    }
  ]

  let rsaCa: KeyPair | undefined
  /** Keys of one kind sign and are signed: an RSA certificate comes from an RSA CA. */
  async function issueByRsa(options: Parameters<Certificates['issue']>[0]): Promise<KeyPair> {
    rsaCa ??= await own.issue({ rsa: 2048, isCa: true, by: null, hosts: [], commonName: 'old CA' })
    return own.issue({ ...options, by: rsaCa })
  }

  for (const { title, kind, says, options = {}, shown, ca } of cases) {
    it(`is named where a controller shows ${title}`, async () => {
      const pair = (await shown?.()) ?? own.server
      const file = ca === undefined ? undefined : ca() === '' ? pair.cert : ca()
      await begin({ tls: pair, ...options }, file)
      const { code, message } = await rig!.caught('apic')
      assert.equal(code, 'ACI_TLS', message)
      assert.match(message, says)
      assert.equal(rig!.apic.counts.logins, 0)
      const status = await rig!.status('sub', ({ fill }) => fill === 'red')
      assert.ok(
        message.includes(
          (status.text ?? '')
            .replace(/^.*?lost: /, '')
            .replace(/…$/, '')
            .slice(0, 40)
        )
      )
      assert.equal(await tested(rig!.apic, file === undefined ? {} : { ca: file }), kind)
    })
  }

  it('is named where a CA has expired, rather than what it issued', async () => {
    const ca = await own.issue({ isCa: true, by: null, hosts: [], commonName: 'old CA', ...expired })
    const pair = await own.issue({ by: ca })
    await begin({ tls: pair }, ca.cert)
    const { message } = await rig!.caught('apic')
    assert.match(message, /the CA certificate old CA has expired/)
  })

  it('is named where nobody speaks TLS', async () => {
    const plain = net.createServer((socket) => {
      socket.on('error', () => undefined)
      socket.resume().end('HTTP/1.1 400 Bad Request\r\n\r\n')
    })
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve))
    const { port } = plain.address() as net.AddressInfo
    await begin({ tls: false }, undefined, { controllers: `https://127.0.0.1:${port}` })
    const { code, message } = await rig!.caught('apic')
    assert.equal(code, 'ACI_TLS')
    assert.match(message, /does not speak TLS on that port. Use http:/)
    plain.close()
  })

  describe('and is bridged', () => {
    it('by old TLS, for this connection alone, and with a warning', async () => {
      await begin({ tls: own.server, secureContext: OLD }, own.ca.cert, { legacyTls: true })
      await works()
      assert.ok(rig!.logged.all.some(({ level, text }) => level === 'warn' && text.startsWith('legacyTls:')))
      assert.equal(await tested(rig!.apic, { ca: own.ca.cert }), 'old-tls', 'another connection does not have it')
    })

    it('by old TLS, which verifies all the same', async () => {
      other ??= await makeCertificates()
      await begin({ tls: own.server, secureContext: OLD }, other.ca.cert, { legacyTls: 'true' })
      assert.match((await rig!.caught('apic')).message, /not trusted/)
      assert.equal(rig!.apic.counts.logins, 0)
    })

    it('by old TLS, where the signature is of SHA-1', async () => {
      const pair = await issueByRsa({ rsa: 2048, hash: 'sha1' })
      await begin({ tls: pair, secureContext: LAX }, rsaCa!.cert, { legacyTls: true })
      await works()
    })

    it('but not for a key that anybody can break', async () => {
      const pair = await own.issue({ rsa: 768, by: null })
      await begin({ tls: pair, secureContext: LAX }, pair.cert, { legacyTls: true })
      assert.match((await rig!.caught('apic')).message, /too weak/)
      assert.equal(rig!.apic.counts.requests, 0)
    })

    it('by an intermediate certificate, or the leaf, that is chosen as the CA', async () => {
      intermediate ??= await own.issue({ commonName: 'middle', isCa: true, hosts: [] })
      const pair = await own.issue({ by: intermediate })
      await begin({ tls: pair }, intermediate.cert)
      await works()
      await rig!.deploy('full', ...nodesFor({}, pair.cert), rig!.subscriber('again', { classes: 'fvTenant' }))
      await rig!.subscribed('again')
    })

    for (const written of [
      (sha256: string) => sha256,
      (sha256: string) => `sha256:${sha256.replaceAll(':', '').toLowerCase()}`
    ]) {
      it(`by the fingerprint of the certificate, for REST and socket (${written('AA:BB')})`, async () => {
        const pair = await own.issue({ by: null, hosts: [] })
        await begin({ tls: pair }, undefined, { fingerprint: written(fingerprint(pair.cert)) })
        await works()
        assert.equal(await tested(rig!.apic, { fingerprints: [fingerprint(pair.cert)] }), 'good')
      })
    }

    it('by no other certificate than that of the fingerprint, be it ever so good', async () => {
      const pair = await own.issue({ by: null })
      await begin({ tls: own.server }, own.ca.cert, { fingerprint: fingerprint(pair.cert) })
      const { code, message } = await rig!.caught('apic')
      assert.equal(code, 'ACI_TLS')
      assert.match(message, /another fingerprint than is set: SHA-256 ([0-9A-F]{2}:){31}.*Nothing was sent/)
      assert.ok(message.includes(fingerprint(own.server.cert)))
      assert.equal(rig!.apic.counts.requestsReceived, 0)
      assert.equal(await tested(rig!.apic, { fingerprints: [fingerprint(pair.cert)] }), 'other-fingerprint')
    })

    it('by nothing that is no fingerprint', async () => {
      await begin({ tls: own.server }, undefined, { fingerprint: '3F:9A' })
      const { code, message } = await rig!.caught('apic')
      assert.deepEqual([code, message.startsWith('ACI_CONFIG: fingerprint: ')], ['ACI_CONFIG', true])
    })
  })

  it('takes no longer than the request timeout, wherever a peer falls silent', async () => {
    // Bytes come all the time, and the upgrade never ends.
    const drip = net.createServer((socket) => {
      socket.on('error', () => undefined)
      const timer = setInterval(() => socket.write('X-Slow: 1\r\n'), 100)
      socket.on('close', () => clearInterval(timer))
      socket.write('HTTP/1.1 101 Switching Protocols\r\n')
    })
    await new Promise<void>((resolve) => drip.listen(0, '127.0.0.1', resolve))
    rig = await Rig.start({ controllers: 1, tls: false })
    const { port } = drip.address() as net.AddressInfo
    const slow = `http://127.0.0.1:${port}`
    rig.apic.faults.clear()
    try {
      await rig.load(
        rig.connection({ controllers: [slow, ...rig.apic.urls], requestTimeout: 1 }),
        rig.subscriber('sub', { classes: 'fvTenant' })
      )
      await rig.subscribed('sub')
    } finally {
      drip.close()
    }
  })
})
