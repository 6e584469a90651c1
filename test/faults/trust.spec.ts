// Controllers that change their certificate while we run, show one nobody vouches for, or never come to show any.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Rig, type Settings, type ShownStatus } from '../rig'
import { makeCertificates } from '../simulator/certificates'
import { Scene } from './scene'

describe('with TLS', () => {
  let rig: Rig
  let scene: Scene
  let folder: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'aci-trust-'))
  })

  afterEach(async () => {
    await rig.stop()
    rmSync(folder, { recursive: true })
  })

  const isRed = ({ fill }: ShownStatus): boolean => fill === 'red'

  /** A cluster whose CA is trusted, and a node that watches it. */
  const start = async (controllers: number): Promise<void> => {
    rig = await Rig.start({ auditLimit: 0, tls: true, controllers })
    scene = new Scene(rig, rig.apic)
  }

  const load = async (settings: Settings = {}): Promise<void> => {
    const ca = join(folder, 'ca.pem')
    writeFileSync(ca, rig.apic.certificates.ca.cert)
    await rig.load(
      { id: 'tls', type: 'tls-config', name: '', cert: '', key: '', ca, servername: '', verifyservercert: true },
      rig.connection({ tls: 'tls', ...settings }),
      rig.subscriber('sub', { classes: 'fvTenant', snapshot: true })
    )
  }

  const begin = async (controllers = 1, settings: Settings = {}): Promise<void> => {
    await start(controllers)
    await load(settings)
    await rig.subscribed('sub')
    await scene.adds()
  }

  it('F29 a certificate that is exchanged for one nobody vouches for: nothing is sent, until a good one is back', async () => {
    await begin()
    const { server } = rig.apic.certificates
    const stranger = await makeCertificates()
    const { logins } = rig.apic.counts
    rig.apic.faults.certificate(stranger.server)
    rig.apic.faults.resetConnections()
    scene.change()

    await rig.status('sub', ({ fill, text }) => fill === 'red' && (text ?? '').includes('not trusted'))
    assert.equal((await rig.caught('apic')).code, 'ACI_UNREACHABLE', 'the loss')
    assert.equal((await rig.caught('apic')).code, 'ACI_TLS', 'and why it lasts')
    assert.equal(rig.apic.counts.logins, logins)

    rig.apic.faults.certificate(server)
    await rig.subscribed('sub')
    await scene.recovers()
    assert.equal(rig.apic.counts.logins, logins + 1)
  })

  it('F29 a certificate that is renewed by the same CA: it is taken without a word of TLS', async () => {
    await begin()
    rig.apic.faults.certificate(await rig.apic.certificates.issue({ commonName: 'renewed' }))
    rig.apic.faults.resetConnections()
    scene.change()
    await rig.status('sub', isRed)
    await scene.recovers()

    assert.deepEqual(
      rig.errors.map(({ code }) => code),
      ['ACI_UNREACHABLE']
    )
  })

  it('F29 a second controller that nobody vouches for: it gets no password, and the third one is taken', async () => {
    await begin(3)
    const [first, second] = rig.apic.controllers
    second!.faults.certificate((await makeCertificates()).server)
    await first!.down()
    scene.change()
    await scene.recovers()

    assert.equal(rig.inbox('sub').all.at(-1)!.aci.controller, rig.apic.urls[2])
    assert.ok(!rig.apic.requests.some(({ controller }) => controller === 1))
  })

  it('F8 a handshake that hangs, at the login: the next controller is tried when the request timeout is over', async () => {
    await start(2)
    rig.apic.controllers[0]!.faults.stallTls()
    await load({ requestTimeout: 1 })
    assert.match((await rig.caught('apic')).message, /did not answer within 1 s/)
    await rig.subscribed('sub')
    await scene.recovers()

    assert.equal(rig.inbox('sub').all.at(-1)!.aci.controller, rig.apic.urls[1])
  })

  it('F8 a handshake that hangs, at the socket: the next controller is tried when the request timeout is over', async () => {
    await start(2)
    const [first] = rig.apic.controllers
    rig.apic.once('login', () => first!.faults.stallTls())
    await load({ requestTimeout: 1 })
    assert.match((await rig.caught('apic')).message, /did not open the websocket within 1 s/)
    await rig.subscribed('sub')
    await scene.recovers()

    assert.equal(rig.inbox('sub').all.at(-1)!.aci.controller, rig.apic.urls[1])
  })
})
