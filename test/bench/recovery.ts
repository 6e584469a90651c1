// How long it takes until what changed during an interruption is sent: each kind of interruption some times, by itself,
// in real Node-RED. The figures are for people; nothing passes or fails by them.

import { parseArgs } from 'node:util'
import { Rig, type ShownStatus } from '../rig'
import { spreadOf } from './statistics'

/** Seconds between two signs of life, for what only the heartbeat finds. */
const HEARTBEAT = 1
/** The shortest life of a subscription; refreshed at a third of it. */
const REFRESH_TIMEOUT = 30

interface Interruption {
  readonly name: string
  readonly controllers: number
  readonly settings?: Readonly<Record<string, unknown>>
  /** Begins it. The time runs from here. */
  readonly begin: (rig: Rig) => Promise<void> | void
}

const INTERRUPTIONS: readonly Interruption[] = [
  { name: 'socket closed', controllers: 1, begin: ({ apic }) => void apic.faults.dropSockets() },
  {
    name: 'socket cut without a close frame',
    controllers: 1,
    begin: ({ apic }) => void apic.faults.cutSockets('reset')
  },
  {
    name: `half-open socket, heartbeat ${HEARTBEAT} s`,
    controllers: 1,
    settings: { heartbeat: HEARTBEAT },
    begin: ({ apic }) => {
      const silence = apic.faults.goSilent()
      apic.once('login', () => silence.undo())
    }
  },
  {
    name: 'controller down, the next one is healthy',
    controllers: 2,
    begin: ({ apic }) => apic.controllers[0]!.down()
  },
  { name: 'token dead', controllers: 1, begin: ({ apic }) => void apic.faults.endSessions() },
  {
    name: `one subscription lost, refreshed every ${REFRESH_TIMEOUT / 3} s`,
    controllers: 1,
    settings: { refreshTimeout: REFRESH_TIMEOUT },
    begin: ({ apic }) => void apic.faults.loseSubscriptions()
  }
]

const isGreen = ({ fill }: ShownStatus): boolean => fill === 'green'

/** @returns ms from the beginning of the interruption until the change within it was sent and the status is green */
async function measure({ controllers, settings, begin }: Interruption): Promise<number> {
  const rig = await Rig.start({ auditLimit: 0, controllers })
  try {
    await rig.load(rig.connection(settings), rig.subscriber('sub', { classes: 'fvTenant' }))
    await rig.subscribed('sub')
    const started = performance.now()
    await begin(rig)
    rig.apic.create('fvTenant', 'uni/tn-meanwhile')
    const { payload } = await rig.inbox('sub', 0, 60_000).next(({ topic }) => topic === 'uni/tn-meanwhile')
    if (payload.origin !== 'recovered') throw new Error(`the change came ${payload.origin}`)
    if (rig.statuses('sub').at(-1)?.fill !== 'green') await rig.status('sub', isGreen)
    return performance.now() - started
  } finally {
    await rig.stop()
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { rounds: { type: 'string', default: '10' } } })
  const rounds = Number(values.rounds)
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds: a whole number from 1 is expected')
  for (const interruption of INTERRUPTIONS) {
    const seconds: number[] = []
    for (let round = 0; round < rounds; round += 1) seconds.push((await measure(interruption)) / 1000)
    const { median, min, max } = spreadOf(seconds)
    console.log(`${interruption.name}: ${median.toFixed(2)} s (${min.toFixed(2)} to ${max.toFixed(2)})`)
  }
}

main().catch((thrown: unknown) => {
  console.error(thrown instanceof Error ? thrown.message : thrown)
  process.exitCode = 1
})
