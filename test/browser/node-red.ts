// Node-RED as people start it: a process of its own with this package in its user directory.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { read } from '../examples/shipped'
import { nodeRedAt, start, type Program } from '../processes'
import type { ApicSimulator } from '../simulator'

const root = dirname(dirname(__dirname))

export interface NodeRedOptions {
  /** Where the editor is served, beginning and ending with a slash. */
  readonly adminRoot?: string
  /** Whether one must log in: `admin` may do anything, `reader` may look; each with the password `password`. */
  readonly adminAuth?: boolean
  /** Files of core nodes that are left out of the palette. */
  readonly excluded?: readonly string[]
}

/** The flow file's nodes. */
export type Flow = readonly (Readonly<Record<string, unknown>> & { readonly id: string; readonly type: string })[]

/** The node of a connection to the fabric, by the name `DC1`, with the id `apic`. */
export function connectionTo(apic: ApicSimulator): Flow[number] {
  return {
    id: 'apic',
    type: 'aci-apic',
    name: 'DC1',
    controllers: [apic.url],
    auth: 'password',
    credentials: { username: 'admin', password: 'password' }
  }
}

/**
 * An example as it is shipped, connected to the fabric.
 * @param beginning of its name
 */
export function exampleFor(apic: ApicSimulator, beginning: string): Flow {
  const { controllers, credentials } = connectionTo(apic)
  return read(beginning).map((node) => (node.type === 'aci-apic' ? { ...node, controllers, credentials } : node))
}

/** The folder of the Node-RED package to use. */
function folder(): string {
  return process.env['ACI_NODE_RED'] ?? dirname(require.resolve('node-red/package.json'))
}

/** Major version of the Node-RED that is used. */
export function majorVersion(): number {
  const { version } = JSON.parse(readFileSync(join(folder(), 'package.json'), 'utf8')) as { version: string }
  return Number.parseInt(version, 10)
}

/** The packages of nodes that this project installs for its examples, as `npm install` would lay them there. */
function palette(): string[] {
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>
  }
  return Object.keys(devDependencies).filter((name) => {
    const file = join(root, 'node_modules', name, 'package.json')
    return (JSON.parse(readFileSync(file, 'utf8')) as { 'node-red'?: { nodes?: unknown } })['node-red']?.nodes
  })
}

function link(target: string, userDir: string, name: string): void {
  const path = join(userDir, 'node_modules', name)
  mkdirSync(dirname(path), { recursive: true })
  symlinkSync(target, path, 'junction')
}

function settings({ adminRoot = '/', adminAuth = false, excluded = [] }: NodeRedOptions): string {
  const plain = {
    uiHost: '127.0.0.1',
    httpAdminRoot: adminRoot,
    flowFile: 'flows.json',
    credentialSecret: 'test',
    nodesExcludes: excluded,
    contextStorage: { default: { module: 'memory' }, file: { module: 'localfilesystem' } },
    // Nothing leaves this machine: no catalogue of palettes, no news, no tours.
    telemetry: { enabled: false, updateNotification: false },
    externalModules: { palette: { allowInstall: false } },
    editorTheme: {
      tours: false,
      palette: { catalogues: [] },
      // In Node-RED 4, the smaller of its code editors: the page is there in half the time, and nothing of ours edits code.
      codeEditor: { lib: 'ace' }
    }
  }
  const auth = `
const users = async (username) =>
  ['admin', 'reader'].includes(username) ? { username, permissions: username === 'admin' ? '*' : 'read' } : null
module.exports.adminAuth = {
  type: 'credentials',
  users,
  authenticate: async (username, password) => (password === 'password' ? users(username) : null)
}
`
  return `module.exports = ${JSON.stringify(plain)}\n${adminAuth ? auth : ''}`
}

/** The header by which a user's requests are let in. */
export async function authorization(url: string, username: 'admin' | 'reader'): Promise<Record<string, string>> {
  const response = await fetch(`${url}auth/token`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      client_id: 'node-red-admin',
      grant_type: 'password',
      scope: '*',
      username,
      password: 'password'
    })
  })
  if (!response.ok) throw new Error(`POST auth/token: ${response.status}`)
  const { access_token: token } = (await response.json()) as { access_token: string }
  return { Authorization: `Bearer ${token}` }
}

function run(userDir: string, port: string): Program {
  return start(
    [join(folder(), 'red.js'), '--port', port, '--userDir', userDir, '--settings', join(userDir, 'settings.js')],
    { cwd: userDir },
    process.env['ACI_NODE']
  )
}

export class NodeRed {
  private constructor(
    /** Address of the editor, with a slash at its end. */
    readonly url: string,
    private readonly userDir: string,
    private program: Program,
    private readonly headers: Readonly<Record<string, string>>
  ) {}

  /**
   * Starts the Node-RED that ACI_NODE_RED names, the folder of a package `node-red`, by the Node.js that ACI_NODE
   * names; the ones that the tests came with, when they are not set.
   */
  static async start(options: NodeRedOptions = {}): Promise<NodeRed> {
    const userDir = mkdtempSync(join(tmpdir(), 'aci-browser-'))
    link(root, userDir, '@aci-flow/node-red-aci')
    for (const name of palette()) link(join(root, 'node_modules', name), userDir, name)
    const file = join(userDir, 'settings.js')
    writeFileSync(file, settings(options))
    const program = run(userDir, '0')
    const url = (await nodeRedAt(program)) + (options.adminRoot ?? '/')
    const headers = options.adminAuth === true ? await authorization(url, 'admin') : {}
    return new NodeRed(url, userDir, program, headers)
  }

  /** What is deployed. */
  async flow(): Promise<Flow> {
    const response = await fetch(`${this.url}flows`, { headers: this.headers })
    if (!response.ok) throw new Error(`GET flows: ${response.status}`)
    return (await response.json()) as Flow
  }

  /** Deploys a flow in place of all there is. */
  async deploy(flow: Flow): Promise<void> {
    const response = await fetch(`${this.url}flows`, {
      method: 'POST',
      headers: { ...this.headers, 'Content-Type': 'application/json', 'Node-RED-Deployment-Type': 'full' },
      body: JSON.stringify(flow)
    })
    if (!response.ok) throw new Error(`POST flows: ${response.status}`)
  }

  /** What it printed, warnings and errors alone. */
  get complaints(): readonly string[] {
    return this.program.lines.all.filter((line) => / - \[(warn|error)\]/.test(line))
  }

  /** Ends the process and starts another one, with the same files and at the same address. */
  async restart(): Promise<void> {
    await this.program.stop('SIGTERM')
    this.program = run(this.userDir, new URL(this.url).port)
    await nodeRedAt(this.program)
  }

  /** The text of one of its files; empty where there is none. @param name below the user directory */
  read(name: string): string {
    const path = join(this.userDir, name)
    return existsSync(path) ? readFileSync(path, 'utf8') : ''
  }

  get pid(): number {
    return this.program.process.pid!
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.program.stop(signal)
    rmSync(this.userDir, { recursive: true, force: true })
  }
}
