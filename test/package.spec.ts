// The package as npm makes it, installed into a bare Node-RED user directory: everything is there, nothing else is, and
// it works.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { freePort, start, type Program } from './processes'
import { ApicSimulator } from './simulator'

const root = dirname(__dirname)

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

    const port = await freePort()
    editor = `http://127.0.0.1:${port}`
    const settings = { uiHost: '127.0.0.1', uiPort: port, telemetry: { enabled: false }, credentialSecret: 'test' }
    writeFileSync(join(folder, 'settings.js'), `module.exports = ${JSON.stringify(settings)}`)
    const red = require.resolve('node-red/red.js')
    nodeRed = start([red, '--userDir', folder, '--settings', join(folder, 'settings.js')], { cwd: folder })
    await nodeRed.lines.next((line) => line.includes('Started flows'))
    apic = await ApicSimulator.start({ tls: false })
  })

  after(async () => {
    await nodeRed.stop('SIGKILL')
    await apic.close()
    rmSync(folder, { recursive: true })
  })

  const get = async (path: string, accept = 'application/json'): Promise<string> => {
    const response = await fetch(`${editor}${path}`, { headers: { Accept: accept } })
    assert.equal(response.status, 200, path)
    return response.text()
  }

  it('has what Node-RED looks for, and nothing that is not meant for users', () => {
    for (const node of ['aci-apic', 'aci-subscribe']) {
      for (const file of [`${node}.js`, `${node}.html`, `locales/en-US/${node}.json`, `locales/en-US/${node}.html`]) {
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
    assert.deepEqual(ours.flatMap(({ types }) => types).sort(), ['aci-apic', 'aci-subscribe'])
    assert.ok(ours.every(({ enabled, err }) => enabled && err === undefined))
    const dialogs = await get('/nodes', 'text/html')
    for (const node of ['aci-apic', 'aci-subscribe']) {
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

  it('subscribes, keeps the password to itself and logs out when Node-RED is stopped', async () => {
    const flow = [
      { id: 'tab', type: 'tab', label: 'test' },
      {
        id: 'apic',
        type: 'aci-apic',
        name: '',
        controllers: [apic.url],
        auth: 'password',
        credentials: { username: 'admin', password: 'password' }
      },
      { id: 'sub', type: 'aci-subscribe', z: 'tab', x: 1, y: 1, apic: 'apic', classes: 'fvTenant', wires: [['debug']] },
      {
        id: 'debug',
        type: 'debug',
        z: 'tab',
        x: 1,
        y: 1,
        name: 'seen',
        active: true,
        console: true,
        complete: 'topic',
        targetType: 'msg',
        wires: []
      }
    ]
    const response = await fetch(`${editor}/flows`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Node-RED-Deployment-Type': 'full' },
      body: JSON.stringify(flow)
    })
    assert.equal(response.status, 204)
    await apic.until(() => apic.requests.some(({ url }) => url.includes('page-size=5000')))
    apic.create('fvTenant', 'uni/tn-blue')
    await nodeRed.lines.next((line) => line.includes('[debug:seen] uni/tn-blue'))

    assert.ok(!(await get('/flows')).includes('"password":'))
    assert.ok(!(await get('/credentials/aci-apic/apic')).includes('"password":"password"'))
    assert.equal(await nodeRed.stop('SIGTERM'), 0)
    assert.equal(apic.counts.logouts, 1)
    assert.equal(apic.sessions.length, 0)
    assert.ok(!nodeRed.lines.all.some((line) => line.includes('[error]')))
  })
}).timeout(60_000)
