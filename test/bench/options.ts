// The command line of the benchmark.

import { parseArgs } from 'node:util'

export interface Options {
  /** A smoke run: it shows that everything works, its figures mean little. */
  readonly quick: boolean
  readonly json: boolean
  readonly rounds: number
  /** Events per round; undefined for as many as take about {@link Options.seconds}. */
  readonly events: number | undefined
  /** Length of a round, seconds. */
  readonly seconds: number
  /** Ids of the ways to measure; undefined for all. */
  readonly only: readonly string[] | undefined
  /** Directory for a CPU profile of each receiver; empty for none. */
  readonly profile: string
}

const HELP = `npm run bench -- [options]

Measures how many events per second arrive at the end of a flow, and how late they are, beside what a socket and a
parser alone can do and what a flow of core nodes does. All on 127.0.0.1; absolute figures are the machine's, ratios
of one run are what counts.

  --rounds N      interleaved rounds (default 5)
  --events N      events per round (default: as many as take about 1.5 seconds)
  --quick         a smoke run of a few seconds
  --json          results as JSON
  --only IDS      some of raw, hand, parsed, full, off, full-2, raw-tls, full-tls, with commas between
  --profile DIR   writes a CPU profile of each receiver there (slows them down)
  --help          this text
`

function numberOf(name: string, given: string | undefined, min: number, max: number): number | undefined {
  if (given === undefined) return undefined
  const value = Number(given)
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new Error(`--${name}: a whole number from ${min} to ${max} is expected`)
  }
  return value
}

/**
 * @returns undefined when only the help was asked for, which is then printed
 * @throws Error on an unknown or impossible option
 */
export function optionsOf(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      events: { type: 'string' },
      only: { type: 'string' },
      profile: { type: 'string', default: '' },
      help: { type: 'boolean', default: false }
    }
  })
  if (values.help) {
    process.stdout.write(HELP)
    return undefined
  }
  const { quick, json, profile } = values
  return {
    quick,
    json,
    profile,
    only: values.only?.split(','),
    rounds: numberOf('rounds', values.rounds, 1, 50) ?? (quick ? 1 : 5),
    events: numberOf('events', values.events, 100, 1_000_000) ?? (quick ? 5_000 : undefined),
    seconds: 1.5
  }
}
