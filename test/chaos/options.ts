// The command line of the random test.

import { parseArgs } from 'node:util'

export interface Options {
  /** How long to go on, minutes; undefined where sequences are counted. */
  readonly minutes: number | undefined
  /** Sequences of each fabric; undefined where time counts. */
  readonly runs: number | undefined
  readonly seed: number
  /** Repeats one sequence of an earlier report. */
  readonly path: string | undefined
  /** Fabrics at the same time. */
  readonly fabrics: number
  /** Repeats with this fabric alone. */
  readonly fabric: number | undefined
  readonly quick: boolean
  /** The client waits as long as it does in earnest. */
  readonly patient: boolean
  readonly json: boolean
  readonly verbose: boolean
  /** Prints everything that happens. */
  readonly trace: boolean
  /** Violations whose text has this are passed over: what is behind a known failure may be of interest too. */
  readonly except: RegExp | undefined
  /** Longest time until all is sent, seconds. */
  readonly limit: number
  /** Goes on looking for a smaller sequence that fails. */
  readonly shrink: boolean
}

export const DEFAULT_SEED = 20_261_123
const LARGEST_SEED = 2 ** 31 - 1
const FABRICS = 3
const RUNS = 6
/** The client waits up to 30 s between attempts, and what seems gone is read several times. */
export const RECOVERY_LIMIT = 45

const HELP = `npm run chaos -- [options]

Lets random things go wrong between the nodes, in a real Node-RED, and simulated APICs, while objects come and go. When
nothing goes wrong any more, what the messages add up to has to be what the APICs have. A failure is made as small as
it gets, and shown with what repeats it.

  --minutes N     how long (default: until --runs are done)
  --runs N        sequences for each fabric (default ${RUNS}, where --minutes is not given)
  --seed N        what happens (CHAOS_SEED; default ${DEFAULT_SEED})
  --fabrics N     fabrics at the same time, each of another kind (default ${FABRICS})
  --fabric N      only this one of them, counted from 0; with --path and --seed of a report it repeats a failure
  --path P        what a report names so
  --quick         leaves out what takes more than a few seconds to heal
  --patient       lets the client wait between attempts as long as it does in earnest (else a quarter of that)
  --json          the results as JSON alone
  --verbose       prints every sequence
  --limit N       seconds after the last fault in which all has to be sent (default ${RECOVERY_LIMIT})
  --trace         prints everything that happens
  --no-shrink     tells a failure as it was found
  --except TEXT   passes over what this regular expression matches, to see what is behind a known failure
  --help          this text
`

function numberOf(name: string, given: string | undefined, min: number, max: number, whole = true): number | undefined {
  if (given === undefined) return undefined
  const value = Number(given)
  if (given === '' || !(value >= min && value <= max) || (whole && !Number.isInteger(value))) {
    throw new Error(`${name}: a ${whole ? 'whole ' : ''}number from ${min} to ${max} is expected`)
  }
  return value
}

/**
 * @returns undefined when only the help was asked for, which is then printed
 * @throws Error on an unknown or impossible option
 */
export function optionsOf(args: readonly string[], env: NodeJS.ProcessEnv): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string' },
      runs: { type: 'string' },
      seed: { type: 'string' },
      path: { type: 'string' },
      fabrics: { type: 'string' },
      fabric: { type: 'string' },
      quick: { type: 'boolean', default: false },
      patient: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      verbose: { type: 'boolean', default: false },
      trace: { type: 'boolean', default: false },
      except: { type: 'string' },
      limit: { type: 'string' },
      'no-shrink': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false }
    }
  })
  if (values.help) {
    process.stdout.write(HELP)
    return undefined
  }
  const minutes = numberOf('--minutes', values.minutes, 0.01, 10_080, false)
  const { quick, patient, json, verbose, trace, path } = values
  return {
    minutes,
    runs: numberOf('--runs', values.runs, 1, 1_000_000) ?? (minutes === undefined ? RUNS : undefined),
    seed:
      numberOf('--seed', values.seed, 0, LARGEST_SEED) ??
      numberOf('CHAOS_SEED', env['CHAOS_SEED'], 0, LARGEST_SEED) ??
      DEFAULT_SEED,
    path,
    fabrics: numberOf('--fabrics', values.fabrics, 1, 30) ?? FABRICS,
    fabric: numberOf('--fabric', values.fabric, 0, 29),
    quick,
    patient,
    json,
    verbose,
    trace,
    limit: numberOf('--limit', values.limit, 1, 600) ?? RECOVERY_LIMIT,
    shrink: !values['no-shrink'],
    except: values.except === undefined ? undefined : new RegExp(values.except)
  }
}
