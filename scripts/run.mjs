// Every command of package.json comes through here: it works in a fresh clone, so it installs what is missing first.
// Plain JavaScript, and nothing imported that would have to be installed before.

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
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
const TYPES = ['.', 'nodes/editor', 'test/browser'].map((project) => {
  return [`types of ${project}`, 'typescript/bin/tsc', '--noEmit', '--project', project]
})

/** What is to be seen without running anything: title, program and arguments of each. */
const CHECKS = [
  ['lint', 'eslint/bin/eslint.js', '.', '--max-warnings=0'],
  ...TYPES,
  ['format', 'prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.']
]

/** Starts the program of an installed package, with its output for us. */
function piped(path, ...args) {
  const child = spawn(process.execPath, [join('node_modules', path), ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8')
  return { child, ended: once(child, 'close').then(([status]) => status) }
}

/** Lines from several programs: none is torn, and the last one is kept back until nothing else can follow it. */
class Lines {
  last = undefined

  add(text) {
    for (const line of text.split('\n')) {
      if (this.last !== undefined) console.log(this.last)
      this.last = line
    }
  }

  /** For lines that must not become the last one. */
  insert(text) {
    console.log(text)
  }

  close() {
    if (this.last !== undefined) console.log(this.last)
  }
}

/** Does one check after the other. @returns titles of those that failed */
async function check(lines) {
  const failed = []
  for (const [title, ...command] of CHECKS) {
    const started = Date.now()
    const { child, ended } = piped(...command)
    let printed = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (printed += text))
    const status = await ended
    if (status !== 0) failed.push(title)
    const seconds = ((Date.now() - started) / 1000).toFixed(1)
    lines.insert(`${printed}${title}: ${status === 0 ? `${seconds} s` : 'failed'}`)
  }
  return failed
}

/** All tests, side by side, and the checks beside them: half of what the tests do is to wait. */
async function all() {
  const lines = new Lines()
  const jobs = String(JOBS_PER_CORE * availableParallelism())
  const color = process.stdout.isTTY ? ['--color'] : []
  const tests = piped('mocha/bin/mocha.js', ...color, '--parallel', '--jobs', jobs, ...specs())
  for (const stream of [tests.child.stdout, tests.child.stderr]) {
    let rest = ''
    stream.on('data', (text) => {
      const end = text.lastIndexOf('\n')
      if (end !== -1) lines.add(rest + text.slice(0, end))
      rest = end === -1 ? rest + text : text.slice(end + 1)
    })
    stream.on('end', () => {
      if (rest !== '') lines.add(rest)
    })
  }
  const [status, failed] = await Promise.all([tests.ended, check(lines)])
  for (const title of failed) lines.insert(`${title} failed.`)
  if (status !== 0) lines.insert('tests failed.')
  lines.close()
  process.exitCode = status === 0 && failed.length === 0 ? 0 : 1
}

/** Half of what the tests do is to wait, so that there can be more files at work than there are cores. */
const JOBS_PER_CORE = 2

/** Files of tests that take longest: they begin first, so that none of them is left over at the end. */
const LONGEST = [
  'test/healing.spec.ts',
  'test/renewal.spec.ts',
  'test/browser/examples.spec.ts',
  'test/faults/faults.spec.ts',
  'test/browser/connection.spec.ts',
  'test/remember.spec.ts',
  'test/browser/completion.spec.ts',
  'test/faults/refusals.spec.ts',
  'test/browser/filter.spec.ts',
  'test/chaos/chaos.spec.ts',
  'test/transport.spec.ts',
  'test/faults/patience.spec.ts'
]

/** All files of tests, in the order in which they begin. */
function specs() {
  const names = readdirSync('test', { recursive: true })
    .filter((name) => name.endsWith('.spec.ts'))
    .map((name) => `test/${name.replaceAll('\\', '/')}`)
    .sort()
  const others = names.filter((name) => !LONGEST.includes(name))
  const pages = others.filter((name) => name.startsWith('test/browser/'))
  const rest = others.filter((name) => !pages.includes(name))
  // A browser keeps a core busy, while most other tests wait: these are spread among those, and none is the last.
  const gap = Math.floor(rest.length / (pages.length + 1))
  const spread = rest.flatMap((name, index) => {
    const page = index % gap === 0 ? pages[index / gap] : undefined
    return page === undefined ? [name] : [page, name]
  })
  return [...LONGEST.filter((name) => names.includes(name)), ...spread]
}

const commands = {
  build,
  typecheck() {
    for (const project of TYPES) tool(...project)
  },
  async start() {
    await build()
    await load('scripts/start.ts')
  },
  async test() {
    const only = process.argv.slice(2)
    await build()
    if (only.length === 0) await all()
    else run('tests', process.execPath, [join('node_modules', 'mocha', 'bin', 'mocha.js'), ...only])
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
  async table() {
    await build()
    await load('test/bench/table.ts')
  },
  async scale() {
    await build()
    await load('test/bench/scale.ts')
  },
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
