// npm run chaos: random sequences of changes and faults, in one Node-RED, until the time or the count is up.

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { Arena } from './arena'
import { hurry } from './hurry'
import { NodeRed } from './node-red'
import { optionsOf, type Options } from './options'
import { textOf as textOfResults, type Failure, type Results } from './report'
import { scenarios, textOf as textOfStep, type Step } from './scenario'
import { Tally, type Memory } from './tally'

/** Sequences that share a seed; a failure is made smaller within one such set. */
const SET = 25
/** A failure is made smaller for so long, ms, and then shown as it is. */
const SHRINK_LIMIT = 120_000
/** More failures than this tell nothing new. */
const MOST_FAILURES = 3
/** Sequences after which memory is looked at for the first time: what is loaded and compiled once is there by then. */
const WARM_UP = 3
/** How often a long run says how far it is, ms. */
const PROGRESS = 60_000
/** Seeds of the fabrics of one run are so far apart. */
const STRIDE = 10_007

const SCALE = { quick: { steps: 12, longest: 400 }, full: { steps: 24, longest: 2_000 } }

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

function memory(): Memory {
  collect()
  const { heapUsed, rss } = process.memoryUsage()
  return { heapUsed, rss }
}

class Run {
  private readonly tally = new Tally()
  private readonly failures: Failure[] = []
  private readonly arenas = new Map<number, Arena>()
  private readonly begun = performance.now()
  private changes = 0
  private readonly messages: Record<string, number> = {}
  private early: Memory | undefined

  constructor(
    private readonly options: Options,
    private readonly nodeRed: NodeRed
  ) {}

  async all(): Promise<Results> {
    const { fabric, fabrics, seed } = this.options
    const indexes = fabric === undefined ? Array.from({ length: fabrics }, (_, index) => index) : [fabric]
    const progress = setInterval(() => this.progress(), PROGRESS)
    await Promise.all(indexes.map((index) => this.one(index, indexes.length === 1)))
    clearInterval(progress)
    const end = memory()
    for (const index of indexes) await this.leave(index)
    return {
      seed,
      seconds: (performance.now() - this.begun) / 1000,
      fabrics: indexes.length,
      sequences: this.tally.sequences,
      steps: this.tally.steps,
      faults: this.tally.faults,
      orders: this.tally.orders,
      changes: this.changes,
      messages: this.messages,
      ...this.tally.wrong,
      recoveryMs: this.tally.recovery(),
      memory: { start: this.early ?? end, end },
      failures: this.failures
    }
  }

  private progress(): void {
    const { sequences, steps, wrong } = this.tally
    const minutes = Math.round((performance.now() - this.begun) / 60_000)
    const found = Object.entries(wrong).map(([kind, count]) => `${kind} ${count}`)
    console.error(`${minutes} min: ${sequences} sequences, ${steps} steps; ${found.join(', ')}`)
  }

  /** Something happened to the process: nobody can tell whose fault it was. */
  blame(text: string): void {
    for (const arena of this.arenas.values()) arena.blame(text)
  }

  checkSecrets(text: string): void {
    for (const arena of this.arenas.values()) arena.checkSecrets(text, 'the log')
  }

  private async one(index: number, isAlone: boolean): Promise<void> {
    const { runs, seed } = this.options
    let left = runs ?? Infinity
    for (let set = 0; left > 0 && this.timeLeft() > 0 && this.failures.length < MOST_FAILURES; set += 1) {
      // A path says where in its set a sequence is.
      const own = (seed + (this.options.path === undefined ? index * STRIDE + set : 0)) % 2 ** 31
      const count = Math.min(SET, left)
      await this.set(index, own, count, isAlone)
      left -= count
      if (this.options.path !== undefined) return
    }
  }

  private async set(index: number, seed: number, count: number, isAlone: boolean): Promise<void> {
    const { quick, path } = this.options
    let shrinkingSince: number | undefined
    const property = fc.asyncProperty(scenarios({ quick, ...SCALE[quick ? 'quick' : 'full'] }), async (steps) => {
      if (shrinkingSince !== undefined && performance.now() - shrinkingSince > SHRINK_LIMIT) return
      if (shrinkingSince === undefined && this.timeLeft() <= 0) return
      const arena = await this.enter(index, seed, isAlone)
      this.tell(index, steps)
      try {
        await arena.run(steps)
        if (this.tally.sequences >= WARM_UP) this.early ??= memory()
      } catch (thrown) {
        shrinkingSince ??= performance.now()
        // What went wrong may be wrong for ever, so the next sequence begins with a new fabric.
        await this.leave(index)
        throw thrown
      }
    })
    const details = await fc.check(property, {
      seed,
      numRuns: count,
      ...(path === undefined ? {} : { path }),
      endOnFailure: !this.options.shrink
    })
    if (!details.failed) return
    this.failures.push({
      fabric: index,
      command: [
        'npm run chaos --',
        `--seed ${seed} --path ${details.counterexamplePath ?? ''} --fabric ${index}`,
        ...(quick ? ['--quick'] : [])
      ].join(' '),
      steps: (details.counterexample?.[0] ?? []).map(textOfStep),
      error: details.errorInstance instanceof Error ? details.errorInstance.message : String(details.errorInstance)
    })
  }

  private async enter(index: number, seed: number, isAlone: boolean): Promise<Arena> {
    const arena = this.arenas.get(index)
    if (arena !== undefined) return arena
    const { nodeRed, tally } = this
    const { except, trace, limit } = this.options
    const made = await Arena.start({
      nodeRed,
      tally,
      index,
      seed,
      isAlone,
      except,
      limitMs: limit * 1000,
      trace: trace ? (line) => console.error(`${(performance.now() - this.begun).toFixed(0)} ${line}`) : undefined
    })
    this.arenas.set(index, made)
    return made
  }

  private async leave(index: number): Promise<void> {
    const arena = this.arenas.get(index)
    if (arena === undefined) return
    this.arenas.delete(index)
    this.changes += arena.changes
    for (const [origin, count] of Object.entries(arena.messages)) {
      this.messages[origin] = (this.messages[origin] ?? 0) + count
    }
    await arena.stop()
  }

  private timeLeft(): number {
    const { minutes } = this.options
    return minutes === undefined ? Infinity : minutes * 60_000 - (performance.now() - this.begun)
  }

  private tell(index: number, steps: readonly Step[]): void {
    if (this.options.verbose) console.error(`fabric ${index}: ${steps.map(textOfStep).join(', ')}`)
  }
}

async function main(): Promise<void> {
  const options = optionsOf(process.argv.slice(2), process.env)
  if (options === undefined) return
  if (!options.patient) hurry()
  const readers: ((line: string) => void)[] = []
  const nodeRed = await NodeRed.start((line) => {
    for (const read of readers) read(line)
  })
  const run = new Run(options, nodeRed)
  readers.push((line) => run.checkSecrets(line))
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (thrown: unknown) => {
      run.blame(`${event}: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}`)
    })
  }
  const results = await run.all()
  await nodeRed.stop()
  if (options.json) console.log(JSON.stringify(results))
  else console.log(`${JSON.stringify(results)}\n\n${textOfResults(results)}`)
  process.exit(results.failures.length === 0 ? 0 : 1)
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exit(2)
})
