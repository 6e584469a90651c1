// npm run bench: what the package makes of a machine, beside the limit and beside a flow of core nodes.

import { existsSync, readFileSync } from 'node:fs'
import os from 'node:os'
import { join } from 'node:path'
import { Arena, WAYS, type Way } from './contenders'
import { OBJECTS } from './frames'
import { Measurements } from './measure'
import { optionsOf, type Options } from './options'
import { textOf, type Machine, type Results } from './report'

const ROOT = join(__dirname, '..', '..')
/** The whole run takes no longer, ms, whatever happens. */
const LIMIT = 15 * 60_000

/** They end the run early; nothing is left behind then either. */
const SIGNALS = ['SIGINT', 'SIGTERM'] as const

function machine(): Machine {
  const { version } = JSON.parse(readFileSync(require.resolve('node-red/package.json'), 'utf8')) as { version: string }
  const cpus = os.cpus()
  return {
    node: process.versions.node,
    nodeRed: version,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus[0]?.model.trim() ?? 'unknown',
    cores: cpus.length,
    load: os.loadavg()[0] ?? 0
  }
}

/** Where a person waits, it says what it is doing. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`)
}

/** @throws Error when a way is asked for that there is not */
function chosen({ only, quick }: Options): readonly Way[] {
  if (only === undefined) return quick ? WAYS.filter((way) => way.quick) : WAYS
  const strange = only.find((id) => !WAYS.some((way) => way.id === id))
  if (strange !== undefined) throw new Error(`--only: "${strange}" is none of ${WAYS.map(({ id }) => id).join(', ')}`)
  return WAYS.filter(({ id }) => only.includes(id))
}

async function measured(options: Options): Promise<Results> {
  const ways = chosen(options)
  const facts = machine()
  const arena = new Arena(options)
  const interrupt = (): void => {
    void arena.close().finally(() => process.exit(130))
  }
  for (const signal of SIGNALS) process.once(signal, interrupt)
  try {
    progress('starting')
    const frameSize = await arena.open(ways)
    const measurements = new Measurements(arena, options, progress)
    const full = await measurements.throughput('full')
    const sparse = options.quick ? [] : await measurements.throughput('sparse')
    const latency = await measurements.latency()
    progress('')
    return {
      machine: facts,
      rounds: options.rounds,
      quick: options.quick,
      frameSize,
      mirroredObjects: OBJECTS,
      throughput: [...full, ...sparse],
      latency
    }
  } finally {
    await arena.close()
    for (const signal of SIGNALS) process.off(signal, interrupt)
  }
}

async function main(): Promise<void> {
  const options = optionsOf(process.argv.slice(2))
  if (options === undefined) return
  if (!existsSync(join(ROOT, 'dist', 'nodes', 'aci-subscribe.js'))) {
    throw new Error('the nodes are not built: run "npm run build" first')
  }
  setTimeout(() => {
    console.error(`The benchmark did not end within ${LIMIT / 60_000} minutes.`)
    process.exit(1)
  }, LIMIT).unref()
  const results = await measured(options)
  process.stdout.write(options.json ? `${JSON.stringify(results, undefined, 2)}\n` : textOf(results))
}

main().catch((thrown: unknown) => {
  console.error(thrown instanceof Error ? thrown.message : thrown)
  process.exitCode = 1
})
