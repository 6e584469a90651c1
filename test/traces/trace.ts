// What the nodes of one fabric send in one sequence of changes and faults, in virtual time: the same seed gives the same
// messages, so that two versions of the code can be compared message by message.

import fc from 'fast-check'
import { Arena } from '../chaos/arena'
import { seeded } from '../chaos/changes'
import { RECOVERY_LIMIT } from '../chaos/options'
import { scenarios } from '../chaos/scenario'
import { Tally } from '../chaos/tally'
import { ApicSimulator } from '../simulator'
import { VirtualNodeRed } from '../virtual/node-red'
import { replaceNetwork } from '../virtual/network'
import { VirtualTime } from '../virtual/time'
import { Recorder, type Messages } from './recorder'

/** When every sequence begins, epoch ms. */
const BEGINNING = Date.UTC(2026, 0, 1)
/** Longest virtual time of one sequence, ms: far more than any takes. */
const LIMIT = 3_600_000
/** Sequences of one seed: the later ones begin with what the earlier ones have left. */
const SEQUENCES = 2
const SCALE = { quick: false, steps: 24, longest: 2_000 }

export interface Trace {
  readonly seed: number
  readonly messages: Messages
  /** What broke a promise; empty when nothing did. */
  readonly violations: string
  /** Virtual time that it took, ms. */
  readonly ms: number
}

let prepared: Promise<void> | undefined

/** Certificates are made by threads that know no virtual time, and are shared by all simulators of a process. */
async function prepare(): Promise<void> {
  const apic = await ApicSimulator.start({ tls: false })
  await apic.close()
}

/**
 * Goes through the sequences of one seed.
 * @param log gets all that happens
 */
export async function traceOf(seed: number, log?: (line: string) => void): Promise<Trace> {
  await (prepared ??= prepare())
  const sequences = fc.sample(fc.noBias(scenarios(SCALE)), { seed, numRuns: SEQUENCES })
  const time = new VirtualTime(BEGINNING)
  const putBack = replaceNetwork(seeded(seed))
  const { random } = Math
  Math.random = seeded(seed + 1)
  const recorder = new Recorder()
  let violations = ''
  try {
    const work = async (): Promise<void> => {
      const arena = await Arena.start({
        nodeRed: new VirtualNodeRed(),
        tally: new Tally(),
        index: seed % 3,
        seed,
        limitMs: RECOVERY_LIMIT * 1_000,
        except: undefined,
        trace: log,
        isAlone: true,
        heard: (node, message) => recorder.take(node, message)
      })
      try {
        for (const steps of sequences) await arena.run(steps)
      } catch (thrown) {
        violations = thrown instanceof Error ? thrown.message : String(thrown)
      }
      await arena.stop()
    }
    await time.run(work(), LIMIT)
    return { seed, messages: recorder.messages, violations, ms: Date.now() - BEGINNING }
  } finally {
    Math.random = random
    putBack()
    time.end()
  }
}
