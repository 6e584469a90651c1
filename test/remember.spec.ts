// What changed while Node-RED was down is sent at its next start: real processes, ended in every way, and stores that
// fail.

import assert from 'node:assert/strict'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { AciPayload } from '../nodes/runtime/message'
import { start, UNUSED_NODES, type Program } from './processes'
import { ApicSimulator } from './simulator'
import { makeSigningPair, type KeyPair } from './simulator/certificates'

const root = dirname(__dirname)

/** Each test starts Node-RED twice or more. */
const EXCLUDED = [...UNUSED_NODES, '05-tls.js', '10-function.js', '21-httpin.js', '21-httprequest.js', '10-file.js']

/** Node-RED's own settings file, without a web server, with the given context stores. */
const settingsFile = (stores: string): string => `module.exports = {
  flowFile: 'flows.json', credentialSecret: false, httpAdminRoot: false, httpNodeRoot: false,
  telemetry: { enabled: false, updateNotification: false },
  nodesExcludes: ${JSON.stringify(EXCLUDED)},
  contextStorage: ${stores}
}`

const DISK = `{ default: { module: 'memory' }, disk: { module: 'localfilesystem', config: { flushInterval: 1 } } }`

/** A store whose answers are those of \`how\`. */
const storeThat = (how: string): string => `{ default: { module: 'memory' }, disk: { module: () => ({
  open: () => Promise.resolve(), close: () => Promise.resolve(), delete: () => Promise.resolve(),
  clean: () => Promise.resolve(), keys: (scope, callback) => callback(null, []),
  ${how}
}) } }`

describe('remember', () => {
  let folder: string
  let apic: ApicSimulator
  let nodeRed: Program
  let login: { readonly auth: string; readonly credentials: Record<string, string> }

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'aci-remember-'))
    apic = await ApicSimulator.start({ fabric: 'empty', tls: false, auditLimit: 0 })
    login = { auth: 'password', credentials: { username: 'admin', password: 'password' } }
  })

  afterEach(async () => {
    await nodeRed.stop('SIGKILL')
    await apic.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const prepare = (settings: Record<string, unknown> = {}, stores = DISK, name = 'DC1'): void => {
    const scope = join(folder, 'node_modules', '@aci-flow')
    mkdirSync(scope, { recursive: true })
    if (!existsSync(join(scope, 'node-red-aci'))) symlinkSync(root, join(scope, 'node-red-aci'), 'junction')
    const place = { z: 'tab', x: 0, y: 0 }
    const connection = { controllers: apic.urls, auth: login.auth, auditInterval: 0 }
    const subscriber = { type: 'aci-subscribe', apic: 'apic', classes: 'fvTenant', remember: 'disk', ...settings }
    const flow = [
      { id: 'tab', type: 'tab', label: 'test' },
      { id: 'apic', type: 'aci-apic', name, ...connection },
      { id: 'sub', ...place, ...subscriber, wires: [['json']] },
      { id: 'json', ...place, type: 'json', property: 'payload', action: '', pretty: false, wires: [['out']] },
      { id: 'out', ...place, type: 'debug', name: 'out', active: true, console: true, complete: 'payload', wires: [] },
      { id: 'status', ...place, type: 'status', scope: null, wires: [['shown']] },
      { id: 'shown', ...place, type: 'debug', name: 'shown', active: true, console: true, complete: 'status.fill' }
    ]
    writeFileSync(join(folder, 'flows.json'), JSON.stringify(flow))
    writeFileSync(join(folder, 'flows_cred.json'), JSON.stringify({ apic: login.credentials }))
    writeFileSync(join(folder, 'settings.js'), settingsFile(stores))
  }

  const run = async (): Promise<void> => {
    nodeRed = start([join(root, 'node_modules/node-red/red.js'), '--userDir', folder], { cwd: folder })
    await nodeRed.lines.next((line) => line.endsWith('[debug:shown] green'))
  }

  /** What the flow got, so far. */
  const sent = (): AciPayload[] =>
    nodeRed.lines.all.flatMap((line) => {
      const at = line.indexOf('[debug:out] ')
      return at === -1 ? [] : [JSON.parse(line.slice(at + 12)) as AciPayload]
    })

  const next = async (): Promise<AciPayload> => {
    const line = await nodeRed.lines.next((text) => text.includes('[debug:out] '))
    return JSON.parse(line.slice(line.indexOf('[debug:out] ') + 12)) as AciPayload
  }

  const summary = ({ origin, event, dn }: AciPayload): string => `${origin} ${event} ${dn}`

  /** Waits until the store's file has that text. */
  const stored = async (text: string): Promise<void> => {
    const contexts = join(folder, 'context')
    for (;;) {
      const files = existsSync(contexts) ? readdirSync(contexts, { recursive: true, encoding: 'utf8' }) : []
      const found = files
        .filter((name) => name.endsWith('.json'))
        .some((name) => readFileSync(join(contexts, name), 'utf8').includes(text))
      if (found) return
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  const change = (): void => {
    apic.delete('uni/tn-green')
    apic.modify('uni/tn-blue', { descr: 'new' })
    apic.create('fvTenant', 'uni/tn-red')
  }

  const CHANGES = ['recovered created uni/tn-red', 'recovered deleted uni/tn-green', 'recovered modified uni/tn-blue']

  const begin = async (settings: Record<string, unknown> = {}): Promise<void> => {
    apic.create('fvTenant', 'uni/tn-blue', { descr: 'old' })
    apic.create('fvTenant', 'uni/tn-green')
    prepare(settings)
    await run()
  }

  it('tells after a stop what changed meanwhile, with what can be known of it', async () => {
    await begin()
    apic.create('fvTenant', 'uni/tn-live')
    assert.equal(summary(await next()), 'live created uni/tn-live')
    // What was delivered just before the end is written at the end.
    assert.equal(await nodeRed.stop('SIGTERM'), 0)
    change()
    await run()

    const recovered = [await next(), await next(), await next()]
    assert.deepEqual(recovered.map(summary).sort(), CHANGES)
    const deleted = recovered.find(({ event }) => event === 'deleted')!
    assert.equal(deleted.class, 'fvTenant')
    assert.deepEqual(deleted.attributes, {})
    const modified = recovered.find(({ event }) => event === 'modified')!
    assert.equal(modified.changes, undefined)
    assert.equal(modified.attributes['descr'], 'new')
    apic.create('fvTenant', 'uni/tn-later')
    assert.equal(summary(await next()), 'live created uni/tn-later')
    assert.equal(sent().length, 4)
  })

  it('tells after a kill what changed since the store was last written', async () => {
    await begin({ snapshot: true })
    await stored('tn-blue')
    await nodeRed.stop('SIGKILL')
    change()
    await run()

    const recovered = [await next(), await next(), await next()]
    assert.deepEqual(recovered.map(summary).sort(), CHANGES)
    // What exists comes after it.
    const existing = [await next(), await next(), await next(), await next(), await next()]
    assert.ok(existing.every(({ event }) => event === 'existing'))
    assert.ok(existing.some(({ dn }) => dn === 'uni/tn-red'))
  })

  it('tells nothing at the first start, and nothing where nothing changed', async () => {
    await begin()
    await stored('tn-blue')
    assert.deepEqual(sent(), [])
    await nodeRed.stop('SIGTERM')
    await run()
    apic.create('fvTenant', 'uni/tn-later')
    assert.equal(summary(await next()), 'live created uni/tn-later')
    assert.equal(sent().length, 1)
  })

  it('does not compare two fabrics, and says so', async () => {
    await begin()
    await stored('tn-blue')
    await nodeRed.stop('SIGTERM')
    change()
    prepare({}, DISK, 'DC2')
    await run()
    assert.ok(nodeRed.lines.all.some((line) => line.includes('what was remembered is of DC1, and this is DC2')))
    assert.deepEqual(sent(), [])
  })

  describe('with a login by certificate, where controllers are known by their serial numbers,', () => {
    let certificate: KeyPair

    const register = (): void => {
      apic.create('aaaUserCert', 'uni/userext/user-admin/usercert-flow', { data: certificate.cert })
    }

    beforeEach(async () => {
      certificate = await makeSigningPair()
      const credentials = { username: 'admin', certificateName: 'flow', privateKey: certificate.key }
      login = { auth: 'certificate', credentials }
      register()
      await begin()
      await stored('tn-blue')
      assert.equal(await nodeRed.stop('SIGTERM'), 0)
    })

    it('tells after a stop what changed meanwhile', async () => {
      change()
      await run()
      assert.deepEqual([await next(), await next(), await next()].map(summary).sort(), CHANGES)
    })

    it('does not compare two fabrics of the same name, and says so', async () => {
      await apic.close()
      apic = await ApicSimulator.start({ fabric: 'empty', tls: false, auditLimit: 0, siteFingerprint: 'other' })
      register()
      prepare()
      await run()
      assert.ok(nodeRed.lines.all.some((line) => line.includes('another fabric')))
      assert.deepEqual(sent(), [])
    })
  })

  for (const [title, how, says] of [
    [
      'fails',
      `get: (s, k, cb) => cb(new Error('disk full')), set: (s, k, v, cb) => cb(new Error('disk full'))`,
      'disk full'
    ],
    ['throws', `get: () => { throw new Error('broken') }, set: () => { throw new Error('broken') }`, 'broken'],
    ['returns rubbish', `get: (s, k, cb) => cb(null, { a: 1 }), set: (s, k, v, cb) => cb()`, 'cannot be read'],
    ['never answers', `get: () => {}, set: () => {}`, 'did not answer']
  ] as const) {
    it(`starts afresh with a store that ${title}, and says so`, async () => {
      apic.create('fvTenant', 'uni/tn-blue')
      prepare({}, storeThat(how))
      await run()
      assert.ok(nodeRed.lines.all.some((line) => line.includes('[warn]') && line.includes(says)))
      apic.create('fvTenant', 'uni/tn-live')
      assert.equal(summary(await next()), 'live created uni/tn-live')
      assert.equal(sent().length, 1)
    })
  }

  it('is refused with a store that Node-RED does not have', async () => {
    prepare({ remember: 'tape' })
    nodeRed = start([join(root, 'node_modules/node-red/red.js'), '--userDir', folder], { cwd: folder })
    await nodeRed.lines.next((line) => line.includes('ACI_CONFIG') && line.includes('no context store "tape"'))
  })
})
