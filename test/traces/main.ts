// npm run traces: what the nodes send in random sequences of changes and faults, and whether another version sends the same.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { hurry } from '../chaos/hurry'
import type { Messages } from './recorder'
import { traceOf, type Trace } from './trace'

const ROOT = join(__dirname, '..', '..')
const USAGE = `npm run traces -- [options]
  --seed N       the first seed (1)
  --seeds N      how many (200)
  --log          print all that happens
  --faults       the tests of test/faults instead of seeds: in real time, so that some differ from run to run
  --out FILE     write the traces, one line of JSON each
  --against REF  compare with the traces of another commit`

/** Differences that are printed; all are counted. */
const MOST_SHOWN = 20

type Named = Pick<Trace, 'messages'> & { readonly name: string }

interface Options {
  readonly seed: number
  readonly seeds: number
  readonly log: boolean
  readonly faults: boolean
}

async function ofSeeds({ seed, seeds, log }: Options): Promise<Named[]> {
  hurry()
  const traces: Named[] = []
  let broken = 0
  let messages = 0
  for (let each = seed; each < seed + seeds; each += 1) {
    const trace = await traceOf(each, log ? (line) => console.error(line) : undefined)
    messages += Object.values(trace.messages).flat().length
    if (trace.violations !== '') console.log(`seed ${each}: ${trace.violations}`)
    if (trace.violations !== '') broken += 1
    traces.push({ name: `seed ${each}`, messages: trace.messages })
  }
  console.log(`${seeds} seeds, ${messages} messages, ${broken} seeds in which a promise was broken`)
  if (broken > 0) process.exitCode = 1
  return traces
}

function ofFaults(root: string): Named[] {
  const folder = mkdtempSync(join(tmpdir(), 'aci-traces-'))
  const file = join(folder, 'traces')
  writeFileSync(file, '')
  const mocha = join(ROOT, 'node_modules', 'mocha', 'bin', 'mocha.js')
  const options = { cwd: root, stdio: 'inherit', env: { ...process.env, ACI_TRACES: file } } as const
  spawnSync(process.execPath, [mocha, '--require', 'test/traces/record.ts', 'test/faults/*.spec.ts'], options)
  const traces = read(file)
  rmSync(folder, { recursive: true })
  return traces.sort((one, other) => (one.name < other.name ? -1 : 1))
}

function read(file: string): Named[] {
  const lines = readFileSync(file, 'utf8').split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Named)
}

/** The traces of another commit, made by its own tests. */
function ofCommit(ref: string, { seed, seeds, faults }: Options): Named[] {
  const folder = mkdtempSync(join(tmpdir(), 'aci-traces-'))
  const tree = join(folder, 'tree')
  const out = join(folder, 'traces')
  const git = (...args: string[]): void => {
    if (spawnSync('git', args, { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] }).status !== 0) process.exit(2)
  }
  git('worktree', 'add', '--detach', tree, ref)
  try {
    symlinkSync(join(ROOT, 'node_modules'), join(tree, 'node_modules'), 'junction')
    const args = ['--seed', String(seed), '--seeds', String(seeds), '--out', out, ...(faults ? ['--faults'] : [])]
    const main = join(tree, 'test', 'traces', 'main.ts')
    spawnSync(process.execPath, ['--import=tsx', main, ...args], { cwd: tree, stdio: ['ignore', 'ignore', 'inherit'] })
    return read(out)
  } finally {
    git('worktree', 'remove', '--force', tree)
    rmSync(folder, { recursive: true })
  }
}

/** Lines that say where two versions differ: by trace, node and DN. */
function differences(before: readonly Named[], after: readonly Named[]): string[] {
  const old = new Map(before.map(({ name, messages }) => [name, messages]))
  return after.flatMap(({ name, messages }) => differencesOf(name, old.get(name) ?? {}, messages))
}

function differencesOf(name: string, before: Messages, after: Messages): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) => {
    const [was, is] = [before[key] ?? [], after[key] ?? []]
    const at = is.findIndex((line, index) => line !== was[index])
    if (at === -1 && was.length === is.length) return []
    const place = at === -1 ? is.length : at
    return [`${name}, ${key}, message ${place + 1}: "${was[place] ?? 'none'}" became "${is[place] ?? 'none'}"`]
  })
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      seeds: { type: 'string', default: '200' },
      log: { type: 'boolean', default: false },
      faults: { type: 'boolean', default: false },
      out: { type: 'string' },
      against: { type: 'string' },
      help: { type: 'boolean', default: false }
    }
  })
  const options: Options = { ...values, seed: Number(values.seed), seeds: Number(values.seeds) }
  if (values.help || !Number.isInteger(options.seed) || !(options.seeds > 0)) {
    console.log(USAGE)
    return
  }
  const traces = options.faults ? ofFaults(ROOT) : await ofSeeds(options)
  if (values.out !== undefined) writeFileSync(values.out, traces.map((trace) => `${JSON.stringify(trace)}\n`).join(''))
  if (values.against === undefined) return
  const found = differences(ofCommit(values.against, options), traces)
  for (const line of found.slice(0, MOST_SHOWN)) console.log(line)
  const names = new Set(found.map((line) => line.split(',')[0]))
  console.log(`${found.length} objects are sent otherwise than at ${values.against}, in ${names.size} traces`)
  if (found.length > 0) process.exitCode = 1
}

main().then(
  () => process.exit(),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error)
    process.exit(2)
  }
)
