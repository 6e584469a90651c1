// `npm start` as a newcomer runs it: events in the console within seconds, the demo driven by its inject nodes, and
// nothing left after Ctrl-C.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { start, type Program } from './processes'

const root = dirname(__dirname)

/** Whether anything listens there. */
const listens = (url: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = net.connect(Number(new URL(url).port), '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })

describe('npm start', () => {
  let folder: string
  let demo: Program

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'aci-demo-'))
  })

  after(async () => {
    await demo.stop('SIGKILL')
    rmSync(folder, { recursive: true })
  })

  const runs = (...options: string[]): Program =>
    start(['scripts/run.mjs', 'start', '--port', '0', '--apic-port', '0', '--user-dir', folder, ...options], {
      cwd: root
    })

  it('shows events, lets the demo be driven and ends without a trace', async () => {
    demo = runs('--rate', '5')
    const address = async (label: string): Promise<string> => {
      const line = await demo.lines.next((text) => text.trim().startsWith(label))
      return /https?:\/\/[\d.]+:\d+/.exec(line)![0]
    }
    const editor = await address('Editor:')
    const apic = await address('APIC:')
    const page = (await (await fetch(editor)).text()).replaceAll('&#x2F;', '/')
    const [, script] = /<script src="([^"]*demo-editor[^"]*)"/.exec(page) ?? []
    assert.match(await (await fetch(new URL(script!, editor))).text(), /RED\.sidebar\.show\('debug'\)/)
    await demo.lines.next((line) => line.includes('connected to'))
    await demo.lines.next((line) => line.includes('life of the fabric'))
    const dashboard = await fetch(`${editor}/dashboard/fabric`)
    assert.match(await dashboard.text(), /<div id="app">/)

    const press = (button: number): Promise<Response> =>
      fetch(`${editor}/inject/aci-ex1-inject${button}`, { method: 'POST', headers: { 'Node-RED-API-Version': 'v2' } })
    const sent = async (watcher: string, text: string): Promise<void> => {
      await demo.lines.next((line) => line.endsWith(`[debug:${watcher}] ${text}`))
    }
    await press(1)
    await sent('tenants and profiles', 'uni/tn-WS_Example has been created')
    await press(2)
    await sent('tenants and profiles', 'uni/tn-WS_Example/ap-Example_App has been created')
    await press(3)
    await sent('tenants and profiles', 'uni/tn-WS_Example/ap-Example_App has been deleted')
    await press(4)
    await sent('tenants and profiles', 'uni/tn-WS_Example has been deleted')

    const all = demo.lines.all.filter((line) => line.includes('WS_Example') && line.includes('[debug:tenants]'))
    assert.equal(all.length, 2, 'the watcher of tenants hears of the tenant alone')
    assert.ok(!demo.lines.all.some((line) => /\[error\]|refused\]/.test(line)))
    assert.equal(await demo.stop('SIGINT'), 0)
    assert.deepEqual([await listens(editor), await listens(apic)], [false, false])
  })

  it('says which port is taken and how to choose another', async () => {
    const server = net.createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as net.AddressInfo
    demo = runs('--port', String(port))
    const line = await demo.lines.next((text) => text.includes('taken'))
    assert.equal(line, `Port ${port} is taken. Choose another one: npm start -- --port ${port + 1}`)
    server.close()
  })
}).timeout(90_000)
