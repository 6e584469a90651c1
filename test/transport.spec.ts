// The way to a controller: certificates and proxies, for REST and socket alike.

import assert from 'node:assert/strict'
import { writeFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { clearProxies, startTunnels } from './proxy'
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

    it('that is gone is told, and names nothing secret', async () => {
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
