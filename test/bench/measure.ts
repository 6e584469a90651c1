// The measurements: rounds in which every contender has its turn, so that all of them share the machine's moods.

import type { Arena, Contender, Load } from './contenders'
import type { FrameKind } from './frames'
import type { Options } from './options'
import { percentile, ratios, spreadOf, type Spread } from './statistics'

export interface Throughput {
  readonly id: string
  readonly title: string
  readonly frames: FrameKind
  readonly eventsPerRound: number
  readonly perSecond: Spread
  /** CPU time of the receiving process per event, microseconds. */
  readonly cpu: Spread
  /** Memory of the receiving process, bytes. */
  readonly rss: number
  /** Share of what the limit takes over the same kind of connection. */
  readonly ofRaw: Spread | undefined
  readonly ofHand: Spread | undefined
}

export interface Latency {
  readonly id: string
  readonly title: string
  readonly rate: number
  /** Microseconds. */
  readonly p50: Spread
  readonly p99: Spread
}

/** What one contender did, round by round. */
interface Rounds {
  readonly contender: Contender
  readonly load: Load
  readonly perSecond: number[]
  readonly cpu: number[]
  rss: number
}

const LATENCY_RATES = [1_000, 10_000]
const LATENCY_WAYS = new Set(['raw', 'hand', 'full'])
const SPARSE_WAYS = new Set(['raw', 'full'])
/** Fewest and most events of a round. */
const LEAST = 10_000
const MOST = 500_000

/** Another one begins each time. */
function* turns<T>(all: readonly T[], round: number): IterableIterator<T> {
  for (let turn = 0; turn < all.length; turn += 1) yield all[(round + turn) % all.length]!
}

export class Measurements {
  constructor(
    private readonly arena: Arena,
    private readonly options: Options,
    private readonly progress: (text: string) => void
  ) {}

  /** Events per second with every frame of that kind. */
  async throughput(kind: FrameKind): Promise<Throughput[]> {
    const all: Rounds[] = []
    for (const contender of this.arena.contenders) {
      if (kind === 'sparse' && !SPARSE_WAYS.has(contender.way.id)) continue
      this.progress(`warming up: ${contender.way.title}`)
      const load = { events: await this.warmUp(contender, kind), kind }
      all.push({ contender, load, perSecond: [], cpu: [], rss: 0 })
    }
    for (let round = 0; round < this.options.rounds; round += 1) {
      this.progress(`${kind} frames, round ${round + 1} of ${this.options.rounds}`)
      for (const rounds of turns(all, round)) await this.measure(rounds)
    }
    return all.map((rounds) => summary(rounds, all))
  }

  /** How late events are at rates that all can cope with. */
  async latency(): Promise<Latency[]> {
    const contenders = this.arena.contenders.filter(({ way }) => LATENCY_WAYS.has(way.id))
    const seconds = this.options.quick ? 0.2 : 2
    const rounds = Math.min(3, this.options.rounds)
    const results: Latency[] = []
    for (const rate of LATENCY_RATES) {
      const all = contenders.map(({ way }) => ({ way, p50: [] as number[], p99: [] as number[] }))
      for (let round = 0; round < rounds; round += 1) {
        this.progress(`latency at ${rate} events per second, round ${round + 1} of ${rounds}`)
        for (const [index, contender] of turns([...contenders.entries()], round)) {
          const { latencies } = await this.arena.run(contender, { events: rate * seconds, kind: 'full', rate })
          all[index]!.p50.push(percentile(latencies, 0.5))
          all[index]!.p99.push(percentile(latencies, 0.99))
        }
      }
      for (const { way, p50, p99 } of all) {
        results.push({ id: way.id, title: way.title, rate, p50: spreadOf(p50), p99: spreadOf(p99) })
      }
    }
    return results
  }

  /** Lets the code get hot, and chooses how many events a round has. */
  private async warmUp(contender: Contender, kind: FrameKind): Promise<number> {
    const { events, quick, seconds } = this.options
    await this.arena.run(contender, { events: quick ? 1_000 : 40_000, kind })
    if (events !== undefined) return events
    const sample = 40_000
    const report = await this.arena.run(contender, { events: sample, kind })
    const fitting = Math.round(((sample / report.seconds) * seconds) / 1_000) * 1_000
    return Math.min(MOST, Math.max(LEAST, fitting))
  }

  private async measure(rounds: Rounds): Promise<void> {
    const { events } = rounds.load
    const { seconds, cpuSeconds, rss } = await this.arena.run(rounds.contender, rounds.load)
    rounds.perSecond.push(events / seconds)
    rounds.cpu.push((cpuSeconds / events) * 1e6)
    rounds.rss = rss
  }
}

function summary(rounds: Rounds, all: readonly Rounds[]): Throughput {
  const { way } = rounds.contender
  const against = (id: string): Spread | undefined => {
    const base = all.find(({ contender }) => contender.way.id === id)
    return base === undefined || base === rounds ? undefined : ratios(rounds.perSecond, base.perSecond)
  }
  return {
    id: way.id,
    title: way.title,
    frames: rounds.load.kind,
    eventsPerRound: rounds.load.events,
    perSecond: spreadOf(rounds.perSecond),
    cpu: spreadOf(rounds.cpu),
    rss: rounds.rss,
    ofRaw: against(way.tls ? 'raw-tls' : 'raw'),
    // The hand-made flow knows no TLS here, so a comparison would not be like with like.
    ofHand: way.tls ? undefined : against('hand')
  }
}
