// The package as npm makes it, installed into a bare Node-RED user directory: everything is there, nothing else is, and
// it works.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createPrivateKey } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { nodeRedAt, start, type Program } from './processes'
import { ApicSimulator } from './simulator'
import { makeSigningPair } from './simulator/certificates'

const root = dirname(__dirname)
const languages = readdirSync(join(root, 'nodes', 'locales'))

function npm(folder: string, ...args: string[]): string {
  const script = process.env['npm_execpath']
  const [file, ...first] = script === undefined ? ['npm'] : [process.execPath, script]
  return execFileSync(file, [...first, ...args, '--loglevel=error'], { cwd: folder, encoding: 'utf8' })
}

describe('the package', () => {
  let folder: string
  let files: string[]
  let apic: ApicSimulator
  let nodeRed: Program
  let editor: string

  before(async function () {
    this.timeout(120_000)
    folder = mkdtempSync(join(tmpdir(), 'aci-package-'))
    const [packed] = JSON.parse(npm(root, 'pack', '--json', '--ignore-scripts', '--pack-destination', folder)) as [
      { filename: string; files: { path: string }[] }
    ]
    files = packed.files.map(({ path }) => path)
    writeFileSync(join(folder, 'package.json'), '{ "name": "bare", "private": true }')
    npm(folder, 'install', join(folder, packed.filename), '--omit=dev', '--no-audit', '--no-fund', '--prefer-offline')

    const settings = { uiHost: '127.0.0.1', uiPort: 0, telemetry: { enabled: false }, credentialSecret: 'test' }
    writeFileSync(join(folder, 'settings.js'), `module.exports = ${JSON.stringify(settings)}`)
    const red = require.resolve('node-red/red.js')
    nodeRed = start([red, '--userDir', folder, '--settings', join(folder, 'settings.js')], { cwd: folder })
    editor = await nodeRedAt(nodeRed)
    apic = await ApicSimulator.start({ tls: false })
  })

  after(async () => {
    await nodeRed.stop('SIGKILL')
    await apic.close()
    rmSync(folder, { recursive: true })
  })

  const get = async (path: string, accept = 'application/json', language = 'en-US'): Promise<string> => {
    const headers = { Accept: accept, 'Accept-Language': language }
    const response = await fetch(`${editor}${path}`, { headers })
    assert.equal(response.status, 200, path)
    return response.text()
  }

  it('has what Node-RED looks for, and nothing that is not meant for users', () => {
    for (const node of ['aci-apic', 'aci-subscribe', 'aci-query', 'aci-push']) {
      const texts = languages.flatMap((language) => [
        `locales/${language}/${node}.json`,
        `locales/${language}/${node}.html`
      ])
      for (const file of [`${node}.js`, `${node}.html`, ...texts]) {
        assert.ok(files.includes(`dist/nodes/${file}`), file)
      }
    }
    for (const file of ['dist/nodes/icons/cisco-aci.svg', 'README.md', 'LICENSE', 'CHANGELOG.md'])
      assert.ok(files.includes(file), file)
    assert.ok(files.includes('examples/Tenants and application profiles.json'))
    assert.deepEqual(
      files.filter((file) => file.startsWith('resources/')),
      ['resources/editor.js']
    )
    const strange = files.filter(
      (file) => !/^(dist\/nodes\/|resources\/|examples\/|README|LICENSE|CHANGELOG|package\.json)/.test(file)
    )
    assert.deepEqual(strange, [])
    assert.deepEqual(
      files.filter((file) => /\.ts$|\.map$|test|simulator/.test(file)),
      []
    )
    const compiled = files.filter((file) => file.endsWith('.js')).map((file) => readFileSync(join(root, file), 'utf8'))
    assert.ok(compiled.every((text) => !text.includes('sourceMappingURL')))
  })

  it('loads its nodes, dialogs, help, texts, icon and example', async () => {
    const sets = JSON.parse(await get('/nodes')) as {
      module: string
      types: string[]
      enabled: boolean
      err?: unknown
    }[]
    const ours = sets.filter(({ module }) => module === '@aci-flow/node-red-aci')
    assert.deepEqual(ours.flatMap(({ types }) => types).sort(), ['aci-apic', 'aci-push', 'aci-query', 'aci-subscribe'])
    assert.ok(ours.every(({ enabled, err }) => enabled && err === undefined))
    const dialogs = await get('/nodes', 'text/html')
    for (const node of ['aci-apic', 'aci-subscribe', 'aci-query', 'aci-push']) {
      assert.ok(dialogs.includes(`data-template-name="${node}"`))
      assert.ok(dialogs.includes(`data-help-name="${node}"`))
    }
    // A script that a dialog names and that is missing would stop the whole editor while it loads.
    const scripts = [...dialogs.matchAll(/src="(resources\/@aci-flow\/[^"]+)"/g)].map((match) => match[1]!)
    assert.ok(scripts.length > 0)
    for (const script of scripts) assert.match(await get(`/${script}`, '*/*'), /aciFlow/)
    assert.match(await get('/locales/@aci-flow/node-red-aci/aci-subscribe?lng=en-US'), /"subscribed"/)
    assert.deepEqual((JSON.parse(await get('/icons')) as Record<string, string[]>)['@aci-flow/node-red-aci'], [
      'cisco-aci.svg'
    ])
    assert.match(await get('/icons/@aci-flow/node-red-aci/cisco-aci.svg', 'image/svg+xml'), /<svg/)
    assert.match(await get('/library/examples/flows/@aci-flow/node-red-aci'), /Tenants and application profiles/)
  })

  for (const language of languages) {
    it(`gives its texts and its help to an editor that speaks ${language}`, async () => {
      const locales = join(root, 'nodes', 'locales', language)
      const dialogs = await get('/nodes', 'text/html', language)
      for (const node of ['aci-apic', 'aci-subscribe', 'aci-query', 'aci-push']) {
        const texts: unknown = JSON.parse(await get(`/locales/@aci-flow/node-red-aci/${node}?lng=${language}`))
        assert.deepEqual(texts, JSON.parse(readFileSync(join(locales, `${node}.json`), 'utf8')))
        assert.ok(dialogs.includes(readFileSync(join(locales, `${node}.html`), 'utf8').trim()), node)
      }
    })
  }

  /** Deploys an aci-subscribe node whose messages are seen on the console. */
  const deploy = async (connection: Record<string, unknown>): Promise<void> => {
    const place = { z: 'tab', x: 1, y: 1 }
    const seen = { console: true, complete: 'topic', targetType: 'msg' }
    const flow = [
      { id: 'tab', type: 'tab', label: 'test' },
      { id: 'apic', type: 'aci-apic', name: '', controllers: [apic.url], ...connection },
      { id: 'sub', type: 'aci-subscribe', ...place, apic: 'apic', classes: 'fvTenant', wires: [['debug']] },
      { id: 'debug', type: 'debug', ...place, name: 'seen', active: true, ...seen, wires: [] }
    ]
    const { length } = apic.requests
    const response = await fetch(`${editor}/flows`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Node-RED-Deployment-Type': 'full' },
      body: JSON.stringify(flow)
    })
    assert.equal(response.status, 204)
    await apic.until(() => apic.requests.slice(length).some(({ url }) => url.includes('page-size=5000')))
  }

  it('logs in by certificate, and keeps the key to itself', async () => {
    const { cert, key } = await makeSigningPair()
    const certificateName = 'uni/userext/user-admin/usercert-flow'
    const passphrase = 'canary'
    const pem = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase } as const
    const privateKey = createPrivateKey(key).export(pem).toString()
    apic.create('aaaUserCert', certificateName, { data: cert })
    await deploy({ auth: 'certificate', credentials: { certificateName, privateKey, passphrase } })
    apic.create('fvTenant', 'uni/tn-green')
    await nodeRed.lines.next((line) => line.includes('[debug:seen] uni/tn-green'))

    const sent = [await get('/flows'), await get('/credentials/aci-apic/apic'), await get('/aci-apic/apic/health')]
    assert.match(sent[1]!, /"has_privateKey":true/)
    const { token } = apic.sessions[0]!
    const lines = privateKey.match(/[A-Za-z0-9+/]{40,}/g)!
    for (const text of [...sent, ...nodeRed.lines.all]) {
      for (const secret of [passphrase, token, ...lines]) assert.ok(!text.includes(secret))
    }
  })

  it('subscribes, keeps the password to itself and logs out when Node-RED is stopped', async () => {
    await deploy({ auth: 'password', credentials: { username: 'admin', password: 'password' } })
    apic.create('fvTenant', 'uni/tn-blue')
    await nodeRed.lines.next((line) => line.includes('[debug:seen] uni/tn-blue'))

    assert.ok(!(await get('/flows')).includes('"password":'))
    assert.ok(!(await get('/credentials/aci-apic/apic')).includes('"password":"password"'))
    assert.equal(await nodeRed.stop('SIGTERM'), 0)
    assert.equal(apic.counts.logouts, 1)
    // One by certificate is not logged out of: it ends by itself.
    assert.deepEqual(
      apic.sessions.filter(({ kind }) => kind === 'password'),
      []
    )
    assert.ok(!nodeRed.lines.all.some((line) => line.includes('[error]')))
  })
}).timeout(60_000)
