// What can happen in one sequence, as fast-check makes it up and makes it smaller again.

import fc from 'fast-check'
import type { ApicSimulator, Controller, FaultHandle, Faults } from '../simulator'
import type { DeployType } from './node-red'

/** The tree changes. */
export interface Work {
  readonly do: 'work'
  readonly seed: number
  readonly count: number
  readonly pause: number
}

/** Something goes wrong, at once or for a while. */
export interface Fault {
  readonly do: 'fault'
  readonly name: FaultName
  readonly on: Target
  /** How long it lasts, ms, where it lasts. */
  readonly ms: number
  readonly pause: number
}

/** Somebody deploys, or sends a node a message. */
export interface Order {
  readonly do: 'order'
  readonly name: OrderName
  readonly pause: number
}

/** Nothing is wrong for a moment, in which all has to be sent. */
export interface Quiet {
  readonly do: 'quiet'
  readonly pause: number
}

export type Step = Work | Fault | Order | Quiet
/** The controller in use, all of them, or one by a number that is taken modulo. */
export type Target = 'used' | 'all' | number
export type FaultName = keyof typeof FAULTS
export type OrderName = (typeof ORDERS)[number]

/** How a fault begins: what lasts gives what ends it. */
type Begin = (faults: Faults, ms: number) => FaultHandle | undefined

interface FaultKind {
  readonly begin: Begin
  /** How often it is chosen, beside the others. */
  readonly weight: number
  /** Events may be lost in a way that nobody can notice: only reading again helps. */
  readonly hidden?: true
  /** Healing takes many seconds; left out of a quick run. */
  readonly slow?: true
  /** It takes away what the check of the status relies upon. */
  readonly deaf?: true
}

const at = (action: (faults: Faults) => unknown): Begin => {
  return (faults) => {
    action(faults)
    return undefined
  }
}

/** Frames that mean nothing, or nothing good. None of them names an id that is in use. */
const GARBAGE: readonly (string | Buffer)[] = [
  '',
  '{',
  '[]',
  'null',
  '7',
  '"text"',
  '{"subscriptionId":7,"imdata":{}}',
  '{"subscriptionId":null,"imdata":null}',
  '{"subscriptionId":["1"],"imdata":[{"a":{}}]}',
  '{"subscriptionId":["1"],"imdata":[{"fvTenant":{"attributes":{"dn":5,"status":"created"}}}]}',
  '{"subscriptionId":["1"],"imdata":[{"fvTenant":{"attributes":{"dn":"uni/tn-ghost","status":"created"}}}]}',
  '{"subscriptionId":["1"],"imdata":[{"__proto__":{"attributes":{"dn":"uni/tn-x","status":"modified"}}}]}',
  `{"subscriptionId":["1"],"imdata":${'['.repeat(5_000)}${']'.repeat(5_000)}}`,
  '{"subscriptionId":["\\ud800"],"imdata":[{"fvTenant":{"attributes":{"dn":"\\udfff","status":"deleted"}}}]}',
  Buffer.from([0, 255, 1, 254]),
  'x'.repeat(100_000)
]

/** More events than can be kept, of an id that nobody has. */
const STRANGERS = JSON.stringify({
  subscriptionId: ['1'],
  imdata: Array<unknown>(3_000).fill({ fvTenant: { attributes: { dn: 'uni/tn-stranger', status: 'created' } } })
})

export const FAULTS = {
  'close sockets': { weight: 3, begin: at((faults) => faults.dropSockets(1001)) },
  'end sockets': { weight: 2, begin: at((faults) => faults.cutSockets('end')) },
  'reset sockets': { weight: 3, begin: at((faults) => faults.cutSockets('reset')) },
  'cut a frame': { weight: 2, begin: at((faults) => faults.cutSockets('mid-frame')) },
  'reset connections': { weight: 2, begin: at((faults) => faults.resetConnections()) },
  reboot: { weight: 2, begin: at((faults) => faults.reboot()) },
  'end sessions': { weight: 2, begin: at((faults) => faults.endSessions()) },
  'expire tokens': { weight: 2, begin: at((faults) => faults.expireTokens()) },
  'lose subscriptions': { weight: 1, slow: true, begin: at((faults) => faults.loseSubscriptions()) },
  'send garbage': {
    weight: 2,
    begin: (faults, ms) => {
      faults.sendRaw(GARBAGE[ms % GARBAGE.length] ?? '')
      return undefined
    }
  },
  'refuse sockets (503)': { weight: 2, begin: (faults) => faults.refuseUpgrades(503) },
  'refuse sockets (403)': { weight: 1, begin: (faults) => faults.refuseUpgrades(403) },
  'stall a socket': { weight: 1, slow: true, begin: (faults) => faults.refuseUpgrades('stall', 1) },
  'stall connections': { weight: 1, begin: (faults) => faults.stallTls() },
  'black hole': { weight: 2, hidden: true, begin: (faults) => faults.blackHole() },
  'go silent': { weight: 2, hidden: true, begin: (faults) => faults.goSilent() },
  'no pongs': { weight: 1, deaf: true, begin: (faults) => faults.noPongs() },
  'silence events': { weight: 1, hidden: true, begin: (faults) => faults.silenceSubscriptions() },
  'silence a class': {
    weight: 1,
    hidden: true,
    begin: (faults) => faults.silenceSubscriptions({ classes: ['fvAp', 'faultInst'] })
  },
  'be busy': { weight: 2, begin: (faults) => faults.busy({ path: '/api/' }) },
  'be busy now and then': { weight: 2, begin: (faults, ms) => faults.busy({ path: '/api/', times: 1 + (ms % 3) }) },
  'refuse refreshes': {
    weight: 1,
    slow: true,
    begin: (faults) => faults.request({ path: '/api/subscriptionRefresh', status: 400, text: 'gone' })
  },
  'answer with nothing': { weight: 2, begin: (faults) => faults.emptyAnswers() },
  'answer in part': { weight: 2, begin: (faults, ms) => faults.truncateAnswers((ms % 10) / 10) },
  'answer in drips': {
    weight: 1,
    begin: (faults) => faults.request({ path: '/api/class', times: 2, drip: { size: 64, every: 2 } })
  },
  'break an answer off': { weight: 1, begin: (faults) => faults.request({ path: '/api/', times: 1, reset: true }) },
  'send strangers': {
    weight: 1,
    begin: at((faults) => {
      for (let count = 0; count < 4; count += 1) faults.sendRaw(STRANGERS)
    })
  },
  'refuse single reads': {
    weight: 2,
    // A subscription that is refused is refused for good.
    begin: (faults) => {
      return faults.request({
        path: /^\/api\/mo\/uni\/tn-[^?]*(\?query-target-filter.*)?$/,
        status: 400,
        text: 'not now'
      })
    }
  },
  'answer as a web server': {
    weight: 2,
    begin: (faults, ms) => {
      return faults.request({
        path: '/api/',
        status: [200, 302, 400, 404, 502][ms % 5] ?? 404,
        html: '<h1>Elsewhere</h1>'
      })
    }
  },
  /** Begun by the arena, which has the clock. */
  'set the clock back': { weight: 2, begin: () => undefined },
  latency: { weight: 2, begin: (faults, ms) => faults.latency({ min: 0, max: 10 + (ms % 120) }) },
  'duplicate events': { weight: 2, begin: (faults, ms) => faults.duplicateNextEvents(1 + (ms % 20)) },
  'reorder events': { weight: 1, hidden: true, begin: (faults, ms) => faults.reorderNextEvents(2 + (ms % 4)) },
  'read before registering': {
    weight: 1,
    begin: (faults) => faults.subscribeTiming({ first: 'read', gap: 20, replyDelay: 20 })
  },
  'reply late': { weight: 2, begin: (faults, ms) => faults.subscribeTiming({ gap: ms % 50, replyDelay: ms % 150 }) },
  /** Begun by the arena: a port cannot be closed in one turn. */
  'controller down': { weight: 4, begin: () => undefined }
} as const satisfies Record<string, FaultKind>

export const kindOf = (name: FaultName): FaultKind => FAULTS[name]

const ORDERS = [
  'restart a node',
  'restart the tab',
  'restart the connection',
  'restart everything',
  'resync',
  'resync one',
  'drop the subtree',
  'look closer',
  'look away',
  'list'
] as const

/** Orders by which no connection is lost. */
const CALM: readonly OrderName[] = [
  'restart a node',
  'restart the tab',
  'resync',
  'resync one',
  'drop the subtree',
  'look closer',
  'look away',
  'list'
]

export const DEPLOYS: Partial<Record<OrderName, DeployType>> = {
  'restart a node': 'nodes',
  'restart the tab': 'flows',
  'restart the connection': 'nodes',
  'restart everything': 'full'
}

/** Longest time between two steps, ms. */
const LONGEST_PAUSE = 120

export interface ScenarioOptions {
  /** Leaves out what takes long to heal. */
  readonly quick: boolean
  /** Most steps of one sequence. */
  readonly steps: number
  /** Longest time a fault lasts, ms. */
  readonly longest: number
}

export function scenarios({ quick, steps, longest }: ScenarioOptions): fc.Arbitrary<Step[]> {
  const pause = fc.integer({ min: 0, max: LONGEST_PAUSE })
  const count = fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 1, max: 6 }) },
    { weight: 1, arbitrary: fc.integer({ min: 20, max: 120 }) }
  )
  const work = fc.record({ do: fc.constant('work' as const), seed: fc.nat(1_000_000), count, pause })
  const faultNames = (Object.keys(FAULTS) as FaultName[]).filter((name) => !quick || kindOf(name).slow !== true)
  const fault = fc.record({
    do: fc.constant('fault' as const),
    name: fc.oneof(...faultNames.map((name) => ({ weight: kindOf(name).weight, arbitrary: fc.constant(name) }))),
    on: fc.oneof(
      { weight: 5, arbitrary: fc.constant('used' as const) },
      { weight: 3, arbitrary: fc.constant('all' as const) },
      { weight: 2, arbitrary: fc.nat(2) }
    ),
    ms: fc.integer({ min: 10, max: longest }),
    pause
  })
  const order = fc.record({ do: fc.constant('order' as const), name: fc.constantFrom(...ORDERS), pause })
  const step = fc.oneof(
    { weight: 5, arbitrary: work },
    { weight: 4, arbitrary: fault },
    { weight: 1, arbitrary: order },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('quiet' as const), pause }) }
  )
  const length = { minLength: Math.ceil(steps / 4), maxLength: steps, size: 'max' } as const
  const quiet = fc.record({ do: fc.constant('order' as const), name: fc.constantFrom(...CALM), pause })
  const calmStep = fc.oneof({ weight: 9, arbitrary: work }, { weight: 1, arbitrary: quiet })
  return fc.oneof(
    { weight: 9, arbitrary: fc.array<Step>(step, length) },
    // Sessions are renewed and nodes deployed amid work, and nothing else is wrong.
    { weight: 1, arbitrary: fc.array<Step>(calmStep, length) }
  )
}

/** Whether nothing may be lost on the way, not even by who recovers nothing. */
export function isCalm(steps: readonly Step[]): boolean {
  return steps.every((step) => step.do === 'work' || (step.do === 'order' && CALM.some((name) => name === step.name)))
}

/** A step as a person reads it in a report. */
export function textOf(step: Step): string {
  if (step.do === 'work') return `work(seed ${step.seed}, ${step.count}) +${step.pause}`
  if (step.do === 'quiet') return 'quiet'
  if (step.do === 'order') return `${step.name} +${step.pause}`
  return `${step.name}(${typeof step.on === 'number' ? `controller ${step.on}` : step.on}, ${step.ms} ms) +${step.pause}`
}

/** The controllers a fault is for. */
export function targetsOf(apic: ApicSimulator, { on }: Fault): readonly Controller[] {
  const { controllers } = apic
  if (on === 'all') return controllers
  const used = on === 'used' ? controllers.find(({ sockets }) => sockets.length > 0) : undefined
  return [used ?? controllers[on === 'used' ? 0 : on % controllers.length]!]
}
