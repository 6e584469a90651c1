// The way to a controller: certificates and proxies, for REST and socket alike.

import assert from 'node:assert/strict'
import { writeFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { clearProxies, startSocks, startTunnels } from './proxy'
import { Rig, type FlowNode, type Settings } from './rig'

describe('the way to a controller', () => {
  let rig: Rig
  let folder: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'aci-tls-'))
  })

  afterEach(async () => {
    await rig.stop()
    rmSync(folder, { recursive: true })
  })

  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }

  /** A core tls-config node. */
  const tls = (settings: Settings): FlowNode => ({
    id: 'tls',
    type: 'tls-config',
    name: '',
    cert: '',
    key: '',
    ca: '',
    servername: '',
    alpnprotocol: '',
    verifyservercert: true,
    ...settings
  })

  const load = (settings: Settings, ...nodes: FlowNode[]): Promise<void> =>
    rig.load(...nodes, rig.connection(settings), rig.subscriber('sub', { classes: 'fvTenant' }))

  const works = async (): Promise<void> => {
    await rig.subscribed('sub')
    rig.apic.create('fvTenant', 'uni/tn-blue')
    assert.equal((await rig.inbox('sub').next()).topic, 'uni/tn-blue')
  }

  describe('with TLS', () => {
    it('refuses a certificate nobody vouches for before it sends anything, and says what to do', async () => {
      rig = await Rig.start({ tls: true })
      await load({})
      const error = await rig.caught('apic')
      assert.equal(error.code, 'ACI_TLS')
      assert.match(error.message, /^ACI_TLS: the certificate of https:\/\/127\.0\.0\.1:\d+ is not trusted \(.*CN=/)
      assert.match(error.message, /SHA-256 ([0-9A-F]{2}:){31}[0-9A-F]{2}/)
      assert.match(error.message, /Choose a TLS configuration with your CA/)
      assert.equal(rig.apic.counts.requests, 0)
    })

    it('trusts the CA of a tls-config node, for REST and socket', async () => {
      rig = await Rig.start({ tls: true })
      await load({ tls: 'tls' }, tls({ ca: file('ca.pem', rig.apic.certificates.ca.cert) }))
      await works()
    })

    it('does not verify when the user says so', async () => {
      rig = await Rig.start({ tls: true })
      await load({ tls: 'tls' }, tls({ verifyservercert: false }))
      await works()
    })

    it('shows a client certificate where the APIC wants one', async () => {
      rig = await Rig.start({ tls: true, requestClientCertificate: true })
      const { ca, client } = rig.apic.certificates
      const files = {
        ca: file('ca.pem', ca.cert),
        cert: file('cert.pem', client.cert),
        key: file('key.pem', client.key)
      }
      await load({ tls: 'tls' }, tls(files))
      await works()
    })

    for (const [title, made, expected] of [
      ['has expired', { notBefore: new Date('2020-01-01'), notAfter: new Date('2021-01-01') }, /expired/],
      ['is for another name', { hosts: ['apic.example.com'] }, /another name/]
    ] as const) {
      it(`refuses a certificate that ${title}`, async () => {
        rig = await Rig.start({ tls: true })
        rig.apic.faults.certificate(await rig.apic.certificates.issue(made))
        await load({ tls: 'tls' }, tls({ ca: file('ca.pem', rig.apic.certificates.ca.cert) }))
        const error = await rig.caught('apic')
        assert.equal(error.code, 'ACI_TLS')
        assert.match(error.message, expected)
      })
    }

    it('F29 sends nothing to one whose certificate was swapped, and goes on when the right one is back', async () => {
      rig = await Rig.start({ tls: true, auditLimit: 0 })
      const good = await rig.apic.certificates.issue({})
      const bad = await rig.apic.certificates.issue({ hosts: ['apic.example.com'] })
      rig.apic.faults.certificate(good)
      await load({ tls: 'tls' }, tls({ ca: file('ca.pem', rig.apic.certificates.ca.cert) }))
      await rig.subscribed('sub')
      rig.apic.faults.certificate(bad)
      // A connection that stands has been vouched for; the next one has not.
      rig.apic.faults.resetConnections()
      await rig.status('sub', ({ text }) => text?.includes('the certificate of') === true)
      assert.deepEqual([rig.apic.counts.logins, rig.apic.sockets.length], [1, 0])
      rig.apic.create('fvTenant', 'uni/tn-meanwhile')
      rig.apic.faults.certificate(good)
      assert.equal((await rig.inbox('sub').next()).payload.origin, 'recovered')
    })
  })

  describe('through a proxy of the environment', () => {
    let proxy: Awaited<ReturnType<typeof startTunnels>>
    let restore: () => void

    beforeEach(async () => {
      restore = clearProxies()
      proxy = await startTunnels()
    })

    afterEach(async () => {
      restore()
      await proxy.close()
    })

    it('goes REST and socket, with TLS end to end', async () => {
      process.env['HTTPS_PROXY'] = proxy.url
      rig = await Rig.start({ tls: true })
      await load({ tls: 'tls' }, tls({ ca: file('ca.pem', rig.apic.certificates.ca.cert) }))
      await works()
      const { host } = new URL(rig.apic.url)
      assert.ok(proxy.tunnels.length >= 2, 'at least one for REST and one for the socket')
      assert.deepEqual([...new Set(proxy.tunnels)], [host])
    })

    it('goes plain HTTP too', async () => {
      process.env['HTTP_PROXY'] = proxy.url
      rig = await Rig.start()
      await load({})
      await works()
      assert.ok(proxy.tunnels.length >= 2)
    })

    it('goes nothing for hosts that NO_PROXY names', async () => {
      process.env['HTTP_PROXY'] = proxy.url
      process.env['NO_PROXY'] = '127.0.0.1'
      rig = await Rig.start()
      await load({})
      await works()
      assert.deepEqual(proxy.tunnels, [])
    })

    it('goes to an IPv6 address as others write it', async () => {
      process.env['HTTP_PROXY'] = proxy.url.replace('http://', '')
      rig = await Rig.start({ host: '::1' })
      await load({})
      await works()
      assert.deepEqual([...new Set(proxy.tunnels)], [new URL(rig.apic.url).host])
      assert.match(proxy.tunnels[0]!, /^\[::1\]:/)
    })

    it('goes with a password that has a percent sign in it', async () => {
      process.env['HTTP_PROXY'] = proxy.url.replace('//', '//me:100%@')
      rig = await Rig.start()
      await load({})
      await works()
      assert.equal(Buffer.from(proxy.credentials[0]!.replace('Basic ', ''), 'base64').toString(), 'me:100%')
    })

    it('goes by SOCKS, REST and socket, with TLS end to end', async () => {
      const socks = await startSocks()
      process.env['ALL_PROXY'] = socks.url
      try {
        rig = await Rig.start({ tls: true })
        await load({ tls: 'tls' }, tls({ ca: file('ca.pem', rig.apic.certificates.ca.cert) }))
        await works()
        assert.ok(socks.tunnels.length >= 2)
        assert.deepEqual([...new Set(socks.tunnels)], [new URL(rig.apic.url).host])
      } finally {
        await socks.close()
      }
    })

    for (const [status, says] of [
      [403, /^ACI_UNREACHABLE: the proxy 127\.0\.0\.1:\d+, which HTTPS_PROXY names, refuses the way .*\(HTTP 403\)/],
      [407, /^ACI_UNREACHABLE: the proxy 127\.0\.0\.1:\d+ wants another user or password \(HTTP 407\)/],
      [502, /refuses the way .*\(HTTP 502\)/]
    ] as const) {
      it(`that refuses (${status}) is named as the one, and nothing of the controller`, async () => {
        const refusing = await startTunnels(status)
        process.env['HTTPS_PROXY'] = refusing.url.replace('//', '//me:canary@')
        try {
          rig = await Rig.start({ tls: true })
          await load({})
          const { message, code } = await rig.caught('apic')
          assert.match(message, says)
          assert.equal(code, 'ACI_UNREACHABLE')
          assert.ok(!message.includes('canary'))
        } finally {
          await refusing.close()
        }
      })
    }

    it('that opens nothing is given up in time, and leaves no socket behind', async () => {
      const silent = await startTunnels('nothing')
      process.env['HTTPS_PROXY'] = silent.url
      try {
        rig = await Rig.start({ tls: true })
        await load({ requestTimeout: 1 })
        assert.equal((await rig.caught('apic')).code, 'ACI_TIMEOUT')
        // Several attempts later there is one at most that is under way.
        await rig.apic.until(() => silent.tunnels.length >= 3, 15_000).catch(() => undefined)
        assert.ok(silent.open() <= 1, `${silent.open()} sockets`)
      } finally {
        await silent.close()
      }
    })

    it('that is none is an error of the settings, which names the variable', async () => {
      process.env['HTTPS_PROXY'] = 'ftp://me:canary@proxy'
      rig = await Rig.start({ tls: true })
      await load({})
      const { code, message } = await rig.caught('apic')
      assert.equal(code, 'ACI_CONFIG')
      assert.match(message, /HTTPS_PROXY/)
      assert.ok(!message.includes('canary'))
    })

    it('that is gone is reported, and names nothing secret', async () => {
      process.env['HTTP_PROXY'] = proxy.url.replace('//', '//user:canary@')
      await proxy.close()
      rig = await Rig.start()
      await load({})
      const error = await rig.caught('apic')
      assert.equal(error.code, 'ACI_UNREACHABLE')
      assert.ok(!error.message.includes('canary'))
    })
  })
})
