// A real Node-RED, as users start it, whose editor asks for a login, with this package's nodes and a root of its own.

import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { nodeRedAt, start, type Program } from '../processes'
import type { FlowNode, Settings } from '../rig'

const root = dirname(dirname(__dirname))

/** Who shows one of these as a token is let in with these rights. */
export const RIGHTS = {
  reader: 'read',
  health: 'aci-apic.read',
  fabric: 'aci-apic.write',
  flows: ['flows.read', 'flows.write'],
  operator: ['aci-apic.write', 'flows.write'],
  admin: '*'
} as const

export type Who = keyof typeof RIGHTS | 'nobody'

/** Everything but its address and rights: what a test is about. */
export interface NodeRedOptions {
  readonly flows: readonly FlowNode[]
  readonly credentials?: Readonly<Record<string, Settings>>
  /** Of the editor; `/` where it has none of its own. */
  readonly adminRoot?: string
  readonly env?: Readonly<Record<string, string>>
}

export class SecuredNodeRed {
  private constructor(
    private readonly program: Program,
    private readonly folder: string,
    /** Of the editor, with a slash at its end. */
    readonly url: string
  ) {}

  static async start({ flows, credentials = {}, adminRoot = '/', env = {} }: NodeRedOptions): Promise<SecuredNodeRed> {
    const folder = mkdtempSync(join(tmpdir(), 'aci-admin-'))
    const nodes = join(folder, 'nodes')
    mkdirSync(nodes)
    for (const name of ['aci-apic', 'aci-subscribe']) {
      // Node-RED looks for pairs of .js and .html; the nodes themselves are TypeScript.
      const source = JSON.stringify(join(root, 'nodes', `${name}.ts`))
      writeFileSync(join(nodes, `${name}.js`), `module.exports = require(${source}).default`)
      cpSync(join(root, 'nodes', `${name}.html`), join(nodes, `${name}.html`))
    }
    writeFileSync(join(folder, 'flows.json'), JSON.stringify(flows))
    writeFileSync(join(folder, 'flows_cred.json'), JSON.stringify(credentials))
    writeFileSync(
      join(folder, 'settings.js'),
      `const rights = ${JSON.stringify(RIGHTS)}
      module.exports = {
        uiHost: '127.0.0.1', uiPort: 0, flowFile: 'flows.json', credentialSecret: false, telemetry: { enabled: false },
        httpAdminRoot: ${JSON.stringify(adminRoot)},
        logging: { console: { level: 'trace', audit: true } },
        adminAuth: {
          type: 'credentials',
          users: [],
          tokens: async (token) => rights[token] && { username: token, permissions: rights[token] }
        }
      }`
    )
    const red = require.resolve('node-red/red.js')
    const settings = join(folder, 'settings.js')
    const program = start(['--import', 'tsx', red, '--userDir', folder, '--settings', settings], {
      cwd: root,
      env: { ...process.env, ...env }
    })
    return new SecuredNodeRed(program, folder, (await nodeRedAt(program)) + adminRoot)
  }

  /** Everything it has printed, at level trace. */
  get log(): string {
    return this.program.lines.all.join('\n')
  }

  /** A request as the editor makes it, with a path relative to the editor's. */
  ask(who: Who, method: 'GET' | 'POST', path: string, body?: unknown): Promise<Response> {
    return fetch(this.url + path.replace(/^\//, ''), {
      method,
      headers: {
        ...(who === 'nobody' ? {} : { Authorization: `Bearer ${who}` }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' })
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) })
    })
  }

  async stop(): Promise<void> {
    await this.program.stop('SIGTERM')
    rmSync(this.folder, { recursive: true })
  }
}
