// More objects than Node-RED could hold at once, through a flow: a Node-RED of its own, with little memory.

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { start, type Program } from './processes'
import { ApicSimulator } from './simulator'

/** Heap of Node-RED, MB: it needs half of it for itself, and 100,000 of these objects more than all of it. */
const HEAP = 96
const DESCR = 'x'.repeat(1_000)

describe('a large result', () => {
  let folder: string
  let apic: ApicSimulator
  let nodeRed: Program | undefined

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'aci-large-'))
    const scope = join(folder, 'node_modules', '@aci-flow')
    mkdirSync(scope, { recursive: true })
    symlinkSync(dirname(__dirname), join(scope, 'node-red-aci'), 'junction')
    apic = await ApicSimulator.start({ tls: false })
    for (let index = 0; index < 100_000; index += 1)
      apic.create('fvTenant', `uni/tn-t${index}`, { descr: DESCR + String(index) })
  })

  after(async () => {
    await nodeRed?.stop('SIGKILL')
    await apic.close()
    rmSync(folder, { recursive: true })
  })

  const write = (name: string, content: unknown): void => {
    writeFileSync(join(folder, name), JSON.stringify(content))
  }

  it('goes through Node-RED in a stream, page by page, however large it is', async () => {
    const place = { z: 'tab', x: 1, y: 1 }
    write('flows.json', [
      { id: 'tab', type: 'tab', label: 'test' },
      { id: 'apic', type: 'aci-apic', controllers: apic.urls },
      { id: 'begin', type: 'inject', ...place, once: true, onceDelay: 0.1, props: [], wires: [['query']] },
      {
        id: 'query',
        type: 'aci-query',
        ...place,
        apic: 'apic',
        classes: 'fvTenant',
        output: 'stream',
        wires: [['last']]
      },
      {
        id: 'last',
        type: 'function',
        ...place,
        func: 'if (msg.aci?.last) node.warn(`${msg.parts.count} objects`)',
        wires: []
      }
    ])
    write('flows_cred.json', { apic: { username: 'admin', password: 'password' } })
    const settings = { flowFile: 'flows.json', uiPort: 0, uiHost: '127.0.0.1', credentialSecret: false }
    writeFileSync(
      join(folder, 'settings.js'),
      `module.exports = ${JSON.stringify({ ...settings, httpAdminRoot: false, telemetry: { enabled: false } })}`
    )
    const red = require.resolve('node-red/red.js')
    const heap = `--max-old-space-size=${HEAP}`
    nodeRed = start([heap, red, '--userDir', folder, '--settings', join(folder, 'settings.js')], { cwd: folder })
    await nodeRed.lines.next((line) => line.includes('100003 objects'))
  })
}).timeout(60_000)
