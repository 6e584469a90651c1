// `npm run matrix`: the browser specs against Node-RED 5 under Node.js 22 and 24. Both come as packages of the registry,
// into a folder that is kept and not part of the repository; the tests themselves run where they always do.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { parseArgs } from 'node:util'

const root = dirname(__dirname)

const HELP = `Runs the browser specs against Node-RED 5.

  npm run matrix -- [options] [specs]

  --node N     major version of Node.js; may be given several times (default 22 and 24)
  --red N      major version of Node-RED (default 5)
  --fresh      install anew what was installed before
  --help       this text
`

/** One Node-RED under one Node.js. */
interface Stand {
  /** Program of that Node.js. */
  readonly node: string
  /** Folder of the package node-red. */
  readonly nodeRed: string
}

function run(file: string, args: readonly string[], options: { cwd: string; env?: NodeJS.ProcessEnv }): boolean {
  const { status, error } = spawnSync(file, args, { stdio: 'inherit', ...options })
  if (error !== undefined) throw error
  return status === 0
}

/** Installs a package by npm, under the Node.js whose folder is given or under this one. */
function install(folder: string, name: string, programs?: string): void {
  const script = process.env['npm_execpath']
  const node = programs === undefined ? process.execPath : join(programs, 'node')
  const [file, ...first] = script === undefined ? ['npm'] : [node, script]
  const path = [programs, process.env['PATH']].filter((part) => part !== undefined).join(delimiter)
  const args = [...first, 'install', name, '--no-audit', '--no-fund', '--loglevel=error']
  if (!run(file, args, { cwd: folder, env: { ...process.env, PATH: path } }))
    throw new Error(`npm install ${name} failed`)
}

function stand(node: string, red: string, isFresh: boolean): Stand {
  const folder = join(root, '.matrix', `node-${node}-red-${red}`)
  const marker = join(folder, '.installed')
  if (isFresh || !existsSync(marker)) {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{ "name": "stand", "private": true }')
    install(folder, `node@${node}`)
    install(folder, `node-red@${red}`, join(folder, 'node_modules', 'node', 'bin'))
    writeFileSync(marker, '')
  }
  return {
    node: join(folder, 'node_modules', 'node', 'bin', 'node'),
    nodeRed: join(folder, 'node_modules', 'node-red')
  }
}

function versionOf({ node, nodeRed }: Stand): string {
  const { version } = JSON.parse(readFileSync(join(nodeRed, 'package.json'), 'utf8')) as { version: string }
  const { stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' })
  return `Node-RED ${version} under Node.js ${stdout.trim().slice(1)}`
}

function main(): number {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      node: { type: 'string', multiple: true, default: ['22', '24'] },
      red: { type: 'string', default: '5' },
      fresh: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false }
    }
  })
  if (values.help) {
    console.log(HELP)
    return 0
  }
  const specs = positionals.length > 0 ? positionals : ['test/browser/*.spec.ts']
  const results = values.node.map((node) => {
    const made = stand(node, values.red, values.fresh)
    const title = versionOf(made)
    console.log(`\n${title}`)
    const env = { ...process.env, ACI_NODE: made.node, ACI_NODE_RED: made.nodeRed }
    const mocha = join(root, 'node_modules', 'mocha', 'bin', 'mocha.js')
    return { title, isGood: run(process.execPath, [mocha, ...specs], { cwd: root, env }) }
  })
  for (const { title, isGood } of results) console.log(`${title}: ${isGood ? 'good' : 'failed'}`)
  return results.every(({ isGood }) => isGood) ? 0 : 1
}

process.exit(main())
