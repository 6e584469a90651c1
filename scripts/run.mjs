// Every command of package.json comes through here: it works in a fresh clone, so it installs what is missing first.
// Plain JavaScript, and nothing imported that would have to be installed before.

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
process.chdir(root)

/** Runs a program with our terminal; ends this process with its exit code when it fails. */
function run(title, file, args) {
  const started = Date.now()
  const { status, signal, error } = spawnSync(file, args, { stdio: 'inherit' })
  if (error) throw error
  if (status !== 0) {
    console.error(`${title} failed${signal ? ` (${signal})` : ''}.`)
    process.exit(status ?? 1)
  }
  return ((Date.now() - started) / 1000).toFixed(1)
}

/** The program of an installed package, run by this very Node.js. */
function tool(title, path, ...args) {
  const seconds = run(title, process.execPath, [join('node_modules', path), ...args])
  console.log(`${title}: ${seconds} s`)
}

function install() {
  const lock = createHash('sha256').update(readFileSync('package-lock.json')).digest('hex')
  const marker = join('node_modules', '.installed')
  const isInstalled = existsSync(join('node_modules', '.package-lock.json'))
  if (isInstalled && (!existsSync(marker) || readFileSync(marker, 'utf8') === lock)) return
  console.log('Installing dependencies (once; about a minute)…')
  const npm = process.env.npm_execpath
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']
  if (npm) run('npm ci', process.execPath, [npm, ...args])
  else run('npm ci', process.platform === 'win32' ? 'npm.cmd' : 'npm', args)
  writeFileSync(marker, lock)
}

/** When anything that the build reads was last changed, epoch ms. */
function changedAt(path) {
  const { mtimeMs } = statSync(path)
  if (!statSync(path).isDirectory()) return mtimeMs
  return Math.max(mtimeMs, ...readdirSync(path).map((name) => changedAt(join(path, name))))
}

/** Where Node-RED serves files for the editor from: `resources/<package>/…` of the editor's own address. */
const BUNDLE = join('resources', 'editor.js')

/** Makes one script of what the dialogs share. It stays readable: a browser asks for it once per visit. */
async function bundle() {
  const esbuild = await import('esbuild')
  await esbuild.build({
    entryPoints: ['nodes/editor/index.ts'],
    outfile: BUNDLE,
    bundle: true,
    format: 'iife',
    target: 'es2021',
    charset: 'utf8',
    loader: { '.css': 'text' },
    logLevel: 'warning'
  })
}

/** Compiles the nodes and lays beside them what Node-RED looks for there: dialogs, texts, icons. */
async function build() {
  const marker = join('dist', '.built')
  const inputs = ['nodes', 'icons', 'scripts/run.mjs', 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json']
  const isBuilt = existsSync(marker) && existsSync(BUNDLE)
  if (isBuilt && changedAt(marker) > Math.max(...inputs.map(changedAt))) return
  rmSync('dist', { recursive: true, force: true })
  rmSync('resources', { recursive: true, force: true })
  tool('build', 'typescript/bin/tsc', '-p', 'tsconfig.build.json')
  const target = join('dist', 'nodes')
  mkdirSync(target, { recursive: true })
  for (const name of readdirSync('nodes')) if (name.endsWith('.html')) cpSync(join('nodes', name), join(target, name))
  cpSync(join('nodes', 'locales'), join(target, 'locales'), { recursive: true })
  cpSync('icons', join(target, 'icons'), { recursive: true })
  await bundle()
  writeFileSync(marker, '')
}

/** Loads a TypeScript program into this process: what a signal ends then is all there is. */
async function load(path) {
  const { register } = await import('tsx/cjs/api')
  register()
  createRequire(import.meta.url)(join(root, path))
}

/** What runs in Node.js, what runs in a browser, and the tests that drive a browser know different globals. */
function types() {
  for (const project of ['.', 'nodes/editor', 'test/browser']) {
    tool(`types of ${project}`, 'typescript/bin/tsc', '--noEmit', '--project', project)
  }
}

/** Files of tests that take longest: they begin first, so that none of them is left over at the end. */
const LONGEST = [
  'test/healing.spec.ts',
  'test/faults/faults.spec.ts',
  'test/browser/browse.spec.ts',
  'test/remember.spec.ts',
  'test/faults/refusals.spec.ts',
  'test/faults/patience.spec.ts',
  'test/transport.spec.ts'
]

/** All files of tests. */
function specs() {
  const all = readdirSync('test', { recursive: true })
    .filter((name) => name.endsWith('.spec.ts'))
    .map((name) => `test/${name.replaceAll('\\', '/')}`)
    .sort()
  return [...LONGEST.filter((name) => all.includes(name)), ...all.filter((name) => !LONGEST.includes(name))]
}

const commands = {
  build,
  typecheck: types,
  async start() {
    await build()
    await load('scripts/start.ts')
  },
  async test() {
    const only = process.argv.slice(2)
    if (only.length === 0) {
      tool('lint', 'eslint/bin/eslint.js', '.', '--max-warnings=0')
      tool('format', 'prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.')
      types()
    }
    await build()
    // Half of what the tests do is to wait, so that there can be more of them at work than there are cores.
    const side = ['--parallel', '--jobs', String(2 * availableParallelism())]
    run('tests', process.execPath, [
      join('node_modules', 'mocha', 'bin', 'mocha.js'),
      ...(only.length === 0 ? [...side, ...specs()] : only)
    ])
  },
  simulator: () => load('test/simulator/cli.ts'),
  chaos: () => load('test/chaos/main.ts'),
  traces: () => load('test/traces/main.ts'),
  mutants: () => load('test/mutants/main.ts'),
  async screenshots() {
    await build()
    await load('test/browser/screenshots.ts')
  },
  async matrix() {
    await build()
    await load('scripts/matrix.ts')
  },
  recovery: () => load('test/bench/recovery.ts'),
  async bench() {
    await build()
    await load('test/bench/bench.ts')
  }
}

const name = process.argv.splice(2, 1)[0] ?? ''
const command = commands[name]
if (command === undefined) {
  console.error(`Unknown command "${name}". Known are: ${Object.keys(commands).join(', ')}.`)
  process.exit(2)
}
install()
await command()
