// `npm start`: an APIC simulator and Node-RED with this package and a demo flow, all in one process, so that nothing
// can outlive it.

import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import http from 'node:http'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import RED from 'node-red'
import { read } from '../test/examples/shipped'
import type { FlowNode } from '../test/rig'
import { ApicSimulator } from '../test/simulator'

const root = dirname(__dirname)
const HOST = '127.0.0.1'
const USER = { name: 'admin', password: 'password' }

const HELP = `Starts an APIC simulator and Node-RED with this package and a demo flow.

  npm start -- [options]

  --port N        port of Node-RED (PORT, default 1880)
  --apic-port N   port of the simulated APIC (ACI_SIM_PORT, default 8443)
  --rate N        events per second in the simulated fabric (ACI_SIM_RATE, default 0.5; 0 for none)
  --user-dir DIR  where Node-RED keeps its files (default .demo)
  --fresh         forget what was changed in the demo flow
  --help          this text
`

interface Settings {
  readonly port: number
  readonly apicPort: number
  readonly rate: number
  readonly userDir: string
  readonly isFresh: boolean
}

function fail(message: string): never {
  console.error(message)
  process.exit(1)
}

function numberOf(name: string, text: string, max: number): number {
  const value = Number(text)
  if (text === '' || !Number.isFinite(value) || value < 0 || value > max) {
    fail(`${name} wants a number from 0 to ${max}, not "${text}".`)
  }
  return value
}

function settingsOf(argv: readonly string[]): Settings {
  let values
  try {
    values = parseArgs({
      args: [...argv],
      options: {
        port: { type: 'string', default: process.env['PORT'] ?? '1880' },
        'apic-port': { type: 'string', default: process.env['ACI_SIM_PORT'] ?? '8443' },
        rate: { type: 'string', default: process.env['ACI_SIM_RATE'] ?? '0.5' },
        'user-dir': { type: 'string', default: join(root, '.demo') },
        fresh: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false }
      }
    }).values
  } catch (error) {
    fail(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`)
  }
  if (values.help) {
    console.log(HELP)
    process.exit(0)
  }
  return {
    port: numberOf('--port', values.port, 65_535),
    apicPort: numberOf('--apic-port', values['apic-port'], 65_535),
    rate: numberOf('--rate', values.rate, 1_000),
    userDir: values['user-dir'],
    isFresh: values.fresh
  }
}

/** Listens, or says that the port is taken and how to choose another. */
function listen(server: http.Server, port: number): Promise<number> {
  return new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE')
        fail(`Port ${port} is taken. Choose another one: npm start -- --port ${port + 1}`)
      fail(error.message)
    })
    server.listen(port, HOST, () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}

async function startSimulator({ apicPort, rate }: Settings): Promise<ApicSimulator> {
  try {
    return await ApicSimulator.start({ host: HOST, port: apicPort, users: [USER], fabric: 'demo', rate, seed: 7 })
  } catch (error) {
    const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
    if (!isTaken) throw error
    fail(`Port ${apicPort} is taken. Choose another one: npm start -- --apic-port ${apicPort + 1}`)
  }
}

/** An application of express, which types ask more of than it needs. */
type Handler = (request: http.IncomingMessage, response: http.ServerResponse, next?: () => void) => void

/** The first example as users import it, with one more node that shows the simulator's life, and the dashboard. */
async function demoFlow(): Promise<FlowNode[]> {
  const example = read('Tenants and application profiles')
  const life = JSON.parse(await readFile(join(root, 'scripts', 'demo-life.json'), 'utf8')) as FlowNode[]
  const dashboard = read('Fabric event dashboard')
  const apic = example.find(({ type }) => type === 'aci-apic')?.id
  const connection = { name: 'simulator', controllers: '${ACI_CONTROLLERS}', tls: 'demo-tls' }
  const flow = example.map((node) => (node.id === apic ? { ...node, ...connection } : node))
  // One connection serves all of it.
  const shared = dashboard.filter(({ type }) => type !== 'aci-apic')
  return [...flow, ...life, ...shared.map((node) => ('apic' in node ? { ...node, apic } : node))]
}

/** A user directory with this package in it and, the first time, the demo flow. */
async function prepare({ userDir, isFresh }: Settings, apic: ApicSimulator): Promise<void> {
  if (isFresh) await rm(userDir, { recursive: true, force: true })
  const scope = join(userDir, 'node_modules', '@aci-flow')
  const link = join(scope, 'node-red-aci')
  await mkdir(scope, { recursive: true })
  await rm(link, { force: true })
  await symlink(root, link, 'junction')
  const flowFile = join(userDir, 'flows.json')
  if (!existsSync(flowFile)) {
    const flow = await demoFlow()
    const credentials = { username: '${ACI_USERNAME}', password: '${ACI_PASSWORD}' }
    const connections = flow.filter(({ type }) => type === 'aci-apic').map(({ id }) => [id, credentials] as const)
    await writeFile(flowFile, JSON.stringify(flow, null, 2))
    await writeFile(join(userDir, 'flows_cred.json'), JSON.stringify(Object.fromEntries(connections)))
  }
  const caFile = join(userDir, 'simulator-ca.pem')
  await writeFile(caFile, apic.certificates.ca.cert)
  // The flow names these, so that it fits whatever ports are chosen.
  Object.assign(process.env, {
    ACI_CONTROLLERS: apic.urls.join(','),
    ACI_USERNAME: USER.name,
    ACI_PASSWORD: USER.password,
    ACI_CA_FILE: caFile
  })
}

async function main(): Promise<void> {
  const settings = settingsOf(process.argv.slice(2))
  const server = http.createServer((request, response) => {
    // The editor first; what is none of its own is of the flows.
    admin(request, response, () => flows(request, response))
  })
  const port = await listen(server, settings.port)
  const apic = await startSimulator(settings)
  await prepare(settings, apic)

  RED.init(server, {
    uiHost: HOST,
    uiPort: port,
    userDir: settings.userDir,
    flowFile: 'flows.json',
    fileWorkingDirectory: settings.userDir,
    credentialSecret: false,
    httpAdminRoot: '/',
    httpNodeRoot: '/',
    telemetry: { enabled: false, updateNotification: false },
    editorTheme: { tours: false, page: { scripts: [join(root, 'scripts', 'demo-editor.js')] } },
    logging: { console: { level: 'info', metrics: false, audit: false } }
  } as unknown as Parameters<typeof RED.init>[1])
  const [admin, flows] = [RED.httpAdmin, RED.httpNode] as unknown as [Handler, Handler]

  let stopping: Promise<void> | undefined
  const stop = (): void => {
    stopping ??= (async () => {
      console.log('\nStopping…')
      await RED.stop()
      await apic.close()
      server.closeAllConnections()
      process.exit(0)
    })()
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop)

  await RED.start()
  console.log(`
  Editor:    http://${HOST}:${port}/          open it, press the inject nodes, watch the debug sidebar
  Dashboard: http://${HOST}:${port}/dashboard/fabric
  APIC:      ${apic.urls.join(', ')}   (simulated; ${USER.name} / ${USER.password})
  Ctrl-C stops all of it.
`)
}

main().catch((error: unknown) => {
  console.error(error)
  process.exit(1)
})
