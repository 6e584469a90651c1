// npm run mutants: applies one mistake after the other to a copy of the project and sees whether the tests notice.

import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { MUTANTS, problemOf, type Catcher, type Mutant } from './mutants'

const ROOT = dirname(dirname(__dirname))
/** Not part of the copy: made anew, or of no use to tests. */
const LEFT_OUT = new Set(['node_modules', 'dist', '.git', '.demo'])
/** Tests that take longer than this, ms, have not noticed anything. */
const LIMIT = 180_000

const HELP = `npm run mutants -- [options]

Applies known mistakes to a copy of the project, one at a time, and runs the tests that have to notice them. Fails when
one goes unnoticed, or can no longer be applied.

  --only TEXT   those with this in their names
  --list        names them
  --help        this text
`

interface Outcome {
  readonly isCaught: boolean
  /** Why not, or what was wrong with the tests themselves. */
  readonly remark: string
  readonly seconds: number
}

const nameOf = (catcher: Catcher): string => {
  if ('chaos' in catcher) return 'chaos'
  return catcher.grep === undefined ? catcher.spec : `${catcher.spec} "${catcher.grep}"`
}

function commandOf(catcher: Catcher): string[] {
  if ('chaos' in catcher) return ['--import=tsx', 'test/chaos/main.ts', ...catcher.chaos]
  const grep = catcher.grep === undefined ? [] : ['--fgrep', catcher.grep]
  return ['node_modules/mocha/bin/mocha.js', catcher.spec, ...grep]
}

/** A copy of the project, which shares what is installed. */
function copyProject(): string {
  const copy = mkdtempSync(join(tmpdir(), 'aci-mutants-'))
  cpSync(ROOT, copy, { recursive: true, filter: (path) => dirname(path) !== ROOT || !LEFT_OUT.has(basename(path)) })
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'), 'junction')
  return copy
}

/** Runs the tests; what they print is of interest only when they could not run. */
function run(folder: string, catcher: Catcher): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, commandOf(catcher), { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (output += text))
    const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT)
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve({ code, output })
    })
  })
}

/** Whether tests ran and failed: a program that does not start has tested nothing. */
function hasFailed(catcher: Catcher, output: string): boolean {
  if ('chaos' in catcher) return /^FAILED, fabric/m.test(output)
  return /^\d+ passed, [1-9]\d* failed/m.test(output)
}

function hasPassed(catcher: Catcher, output: string): boolean {
  if ('chaos' in catcher) return /^sequences +[1-9]/m.test(output) && !hasFailed(catcher, output)
  return /^[1-9]\d* passed, 0 failed/m.test(output)
}

async function outcomeOf(folder: string, { edits }: Mutant, catcher: Catcher): Promise<Outcome> {
  const begun = performance.now()
  const originals = new Map(edits.map(({ file }) => [file, readFileSync(join(folder, file), 'utf8')]))
  try {
    for (const { file, find, replace } of edits) {
      const path = join(folder, file)
      writeFileSync(
        path,
        readFileSync(path, 'utf8').replace(find, () => replace)
      )
    }
    const { code, output } = await run(folder, catcher)
    const seconds = (performance.now() - begun) / 1000
    if (hasFailed(catcher, output)) return { isCaught: true, remark: '', seconds }
    const remark = code === 0 ? 'NOT NOTICED' : `DID NOT RUN: ${output.trim().split('\n').slice(-5).join(' | ')}`
    return { isCaught: false, remark, seconds }
  } finally {
    for (const [file, text] of originals) writeFileSync(join(folder, file), text)
  }
}

function print(mutant: string, test: string, result: string): void {
  console.log(`${mutant.padEnd(52)} | ${test.padEnd(62)} | ${result}`)
}

async function gate(mutants: readonly Mutant[], folder: string): Promise<boolean> {
  let caught = 0
  print('mutant', 'caught by', 'time')
  const sound = new Map<string, boolean>()
  for (const mutant of mutants) {
    let isNoticed = true
    for (const catcher of mutant.caughtBy) {
      const test = nameOf(catcher)
      if (!sound.has(test)) {
        // Tests that fail anyway would catch everything.
        const { output } = await run(folder, catcher)
        sound.set(test, hasPassed(catcher, output))
        if (!hasPassed(catcher, output)) print('(none)', test, `FAILS BY ITSELF: ${output.trim().slice(-600)}`)
      }
      const { isCaught, remark, seconds } = await outcomeOf(folder, mutant, catcher)
      print(mutant.name, test, isCaught ? `${seconds.toFixed(1)} s` : remark)
      isNoticed &&= isCaught && sound.get(test) === true
    }
    if (isNoticed) caught += 1
  }
  console.log(`${caught} of ${mutants.length} caught`)
  return caught === mutants.length
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: '' },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false }
    }
  })
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  const mutants = MUTANTS.filter(({ name }) => name.includes(values.only))
  if (values.list) {
    for (const { name } of mutants) console.log(name)
    return 0
  }
  const problems = mutants.map((mutant) => problemOf(mutant, ROOT)).filter((problem) => problem !== undefined)
  for (const problem of problems) console.error(problem)
  if (problems.length > 0) return 1
  if (mutants.length === 0) {
    console.error(`No mutant has "${values.only}" in its name.`)
    return 1
  }
  const folder = copyProject()
  try {
    return (await gate(mutants, folder)) ? 0 : 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error)
    process.exit(2)
  }
)
