// Sends events as messages: settings become queries, changes become messages, states become a status.

import type { Node, NodeAPI, NodeDef, NodeMessageInFlow } from 'node-red'
import {
  AciError,
  INTERVAL,
  pathOf,
  queriesOf,
  toAciError,
  type Change,
  type EventName,
  type Place,
  type Query,
  type Remembered,
  type Watch
} from './apic'
import type { AciApicNode } from './aci-apic'
import { Coalesced } from './runtime/coalesced'
import { connectionOf, noConnection } from './runtime/connection-of'
import { actionOf, requestOf, selects, type Action, type Request } from './runtime/control'
import { onceFlowsStarted } from './runtime/flows-started'
import { LiveView } from './runtime/live-view'
import { messageOf } from './runtime/message'
import { messageId } from './runtime/message-id'
import { Remembering, assertStore } from './runtime/remember'
import { ResultPublisher, type ResultForm } from './runtime/result-publisher'
import * as settings from './runtime/settings'
import { statusOf, type NodeStatus } from './runtime/status'
import { WatchResult } from './runtime/watch-result'

interface AciSubscribeDef extends NodeDef {
  readonly apic: string
  readonly [setting: string]: unknown
}

/** The settings of one node, checked. */
interface Plan {
  readonly queries: readonly Query[]
  readonly events: ReadonlySet<EventName>
  readonly snapshot: boolean
  readonly mirror: 'full' | 'off'
  readonly outputs: 1 | 3
  readonly isDriven: boolean
  /** A message for each change, or the whole result in this form. */
  readonly emit: 'events' | ResultForm
  /** Between two messages with the whole result at least, ms; 0 where none is sent. */
  readonly intervalMs: number
  /** Name of a context store; empty for none. */
  readonly remember: string
}

/** Shortest time between two updates of the count in the status, ms. */
const COUNT_PERIOD = 10_000

/** Of a node with more subscriptions than this, many states change at a time: they are looked at together. */
const MANY = 100

const EVENTS: readonly EventName[] = ['created', 'modified', 'deleted']

/** Output of each event where the node has three. */
const PORT: Readonly<Record<EventName, 0 | 1 | 2>> = { existing: 0, created: 0, modified: 1, deleted: 2 }

export default function aciSubscribe(RED: NodeAPI): void {
  function AciSubscribe(this: Node, definition: AciSubscribeDef): void {
    RED.nodes.createNode(this, definition)
    const view = new LiveView()
    Object.defineProperty(this, 'view', { value: view })
    const subscriber = new Subscriber(RED, this, definition, view)
    this.on('close', (done: () => void) => {
      void subscriber.close().finally(done)
    })
  }
  RED.nodes.registerType('aci-subscribe', AciSubscribe)
}

/** @throws AciError ACI_CONFIG */
function planOf(RED: NodeAPI, definition: AciSubscribeDef): Plan {
  const isDriven = settings.number(definition, 'inputs', { fallback: 0, min: 0, max: 1 }) === 1
  const outputs = settings.number(definition, 'outputs', { fallback: 1, min: 1, max: 3 })
  if (outputs !== 1 && outputs !== 3) throw new AciError('ACI_CONFIG', 'outputs: 1 or 3 is expected')
  const target = settings.target(definition)
  const mirror = settings.mirror(definition)
  const remember = settings.text(definition, 'remember')
  if (remember !== '') {
    assertStore(RED, remember)
    if (mirror === 'off') throw new AciError('ACI_CONFIG', 'remember: nothing can be remembered with mirror off')
  }
  const emit = settings.choice(definition, 'emit', ['events', 'state', 'rows'])
  assertKept(emit, mirror)
  const isEmpty = target.target === 'class' ? target.classes.length === 0 : target.dn === ''
  return {
    // A node with an input may start without a target.
    queries: isDriven && isEmpty ? [] : queriesOf(target),
    events: eventsOf(definition),
    // The whole result has both what exists and what changed meanwhile.
    snapshot: emit === 'events' && settings.flag(definition, 'snapshot', false),
    mirror,
    outputs,
    isDriven,
    emit,
    intervalMs: emit === 'events' ? 0 : settings.number(definition, 'interval', INTERVAL) * 1000,
    remember: emit === 'events' ? remember : ''
  }
}

/**
 * A whole result needs objects that are kept.
 * @throws AciError ACI_CONFIG
 */
function assertKept(emit: Plan['emit'], mirror: Plan['mirror']): void {
  if (emit === 'events' || mirror === 'full') return
  throw new AciError('ACI_CONFIG', `emit: with mirror off nothing is known that could be sent as ${emit}`)
}

function eventsOf(definition: AciSubscribeDef): ReadonlySet<EventName> {
  const names = settings.list(definition, 'events')
  if (names.length === 0) {
    if (definition['events'] === undefined) return new Set(EVENTS)
    throw new AciError('ACI_CONFIG', 'events: at least one of created, modified, deleted is expected')
  }
  return new Set(
    names.map((name) => {
      const event = EVENTS.find((known) => known === name)
      if (event === undefined) throw new AciError('ACI_CONFIG', `events: "${name}" is none of ${EVENTS.join(', ')}`)
      return event
    })
  )
}

type InputMessage = NodeMessageInFlow & { action?: unknown }

class Subscriber {
  private readonly apic: AciApicNode | null
  private readonly plan: Plan | undefined
  private problem: AciError | undefined
  private watch: Watch | undefined
  private remembering: Remembering | undefined
  private publisher: ResultPublisher | undefined
  private result: WatchResult | undefined
  /** Resolves when the remembered objects have been read. */
  private starting: Promise<void> = Promise.resolve()
  private closed = false
  private readonly states = new Coalesced(() => this.lookAtStates())
  private shown = ''
  private counting: NodeJS.Timeout | undefined
  private readonly cancelStart: () => void
  /** Refusals that were reported, by query path, so that each is reported once. */
  private readonly reported = new Map<string, AciError>()
  /** The message that subscribed a query: later errors of the query carry it. */
  private readonly askedBy = new Map<string, NodeMessageInFlow>()
  private sequenceId = ''
  private sequence = 0

  constructor(
    private readonly RED: NodeAPI,
    private readonly node: Node,
    definition: AciSubscribeDef,
    private readonly view: LiveView
  ) {
    this.apic = connectionOf(RED, definition.apic)
    try {
      this.plan = planOf(RED, definition)
      if (this.apic === null) throw noConnection(RED, definition.apic)
    } catch (thrown) {
      this.problem = toAciError(thrown)
    }
    if (this.plan?.isDriven === true) {
      node.on('input', (message: InputMessage, send, done) => {
        this.handle(message, send).then(
          () => done(),
          (thrown: unknown) => done(toAciError(thrown))
        )
      })
    }
    this.apic?.register(node)
    this.show()
    // Before all nodes exist, messages and errors would be lost.
    this.cancelStart = onceFlowsStarted(RED, () => this.start())
  }

  /** Ends at once, and resolves when `remember` has written what was delivered. */
  async close(): Promise<void> {
    this.closed = true
    this.cancelStart()
    clearTimeout(this.counting)
    this.states.cancel()
    this.view.close()
    this.publisher?.close()
    // The redeployed node delivers all later events.
    const written = this.remembering?.close()
    if (this.watch !== undefined) this.apic?.unwatch(this.watch)
    this.watch = undefined
    this.apic?.deregister(this.node)
    await written
  }

  private start(): void {
    // Status nodes did not exist when the first status was shown: show it again.
    this.shown = ''
    this.show()
    if (this.problem !== undefined) {
      this.node.error(this.problem, {})
      return
    }
    const { apic, plan } = this
    // The aci-apic node itself reports errors in its settings.
    if (apic === null || plan === undefined || apic.problem !== undefined) return
    if (plan.remember === '') {
      this.begin(apic, plan)
      return
    }
    this.remembering = new Remembering(this.node, plan.remember, apic.fabricName, plan.queries, () => this.watch)
    this.starting = this.remembering.recall().then((remembered) => {
      if (!this.closed) this.begin(apic, plan, remembered)
    })
  }

  private begin(apic: AciApicNode, plan: Plan, remembered?: ReadonlyMap<string, Remembered>): void {
    const watch = apic.watch(this.node, {
      change: (change, place) => this.send(plan, change, place),
      stateChanged: () => this.stateChanged(),
      forgotten: (query) => {
        this.node.warn(`${pathOf(query)}: what was known is of another fabric. Starting afresh.`)
      }
    })
    this.watch = watch
    if (plan.emit !== 'events') {
      this.result = new WatchResult(watch)
      this.publisher = this.publisherOf(plan.emit, plan.intervalMs, this.result)
    }
    watch.keep(plan.queries, { ...plan, remembered: (query) => remembered?.get(pathOf(query)) })
    this.show()
  }

  // --- messages out ---

  private send(plan: Plan, change: Change, place: Place | undefined): void {
    this.countSoon()
    this.remembering?.delivered()
    if (this.publisher !== undefined) {
      this.publisher.note(change.event)
      if (this.view.isOpen) this.view.note(messageOf(change, this.apic?.fabricName ?? '').payload)
      return
    }
    if (change.event !== 'existing' && !plan.events.has(change.event)) return
    const message = messageOf(change, this.apic?.fabricName ?? '')
    message._msgid = messageId()
    if (place !== undefined) message.parts = this.partsOf(place)
    this.view.note(message.payload)
    const port = plan.outputs === 3 ? PORT[change.event] : 0
    // One by one: of several messages that are sent at once, Node-RED copies all but the first.
    if (port === 0) this.node.send(message)
    else this.node.send(port === 1 ? [null, message] : [null, null, message])
  }

  private partsOf({ sequence, index, count }: Place): { id: string; index: number; count?: number } {
    if (sequence !== this.sequence) {
      this.sequence = sequence
      this.sequenceId = this.RED.util.generateId()
    }
    return count === undefined ? { id: this.sequenceId, index } : { id: this.sequenceId, index, count }
  }

  private publisherOf(form: ResultForm, intervalMs: number, result: WatchResult): ResultPublisher {
    const { name = '' } = this.node
    return new ResultPublisher({
      form,
      intervalMs,
      topic: () => (name === '' ? result.query : name),
      source: result,
      send: (message) => this.node.send(message),
      excessChanged: () => {
        const excess = this.publisher?.excess
        if (excess !== undefined) this.node.error(excess, {})
        this.show()
      }
    })
  }

  // --- messages in ---

  private async handle(message: InputMessage, send: (message: NodeMessageInFlow) => void): Promise<void> {
    const action = actionOf(message)
    await this.starting
    const { watch } = this
    if (watch === undefined) {
      throw this.problem ?? this.apic?.problem ?? new AciError('ACI_CLOSED', 'the flows have not started yet')
    }
    await this.act(watch, action, message, send)
  }

  private async act(
    watch: Watch,
    action: Action,
    message: InputMessage,
    send: (message: NodeMessageInFlow) => void
  ): Promise<void> {
    if (action === 'list') {
      const answer = this.publisher?.message() ?? { payload: this.subscriptions(watch) }
      send({ ...message, ...answer, _msgid: message._msgid })
      return
    }
    const request = requestOf(message)
    if (action === 'subscribe') {
      if (request === undefined) {
        throw new AciError('ACI_CONFIG', 'subscribe: a class or a DN is needed in msg.topic or msg.payload')
      }
      this.subscribe(watch, request, message)
      return
    }
    // Without a target, all queries.
    const queries = request === undefined ? watch.queries : watch.queries.filter((query) => selects(request, query))
    if (request !== undefined && queries.length === 0) {
      throw new AciError('ACI_CONFIG', `${action}: nothing like that is subscribed`)
    }
    if (action === 'resync') {
      await watch.resync(queries)
      return
    }
    watch.remove(queries)
    for (const path of queries.map(pathOf)) {
      this.askedBy.delete(path)
      this.reported.delete(path)
    }
  }

  private subscribe(watch: Watch, request: Request, message: InputMessage): void {
    const mirror = request.mirror ?? this.plan?.mirror ?? 'full'
    assertKept(this.plan?.emit ?? 'events', mirror)
    const queries = queriesOf(request.target)
    const asking = briefOf(message, request)
    for (const query of queries) this.askedBy.set(pathOf(query), asking)
    watch.add(queries, { snapshot: request.snapshot, mirror })
  }

  /** The current subscriptions, with the property names of the dialog. */
  private subscriptions(watch: Watch): Record<string, unknown>[] {
    return watch.states.map(({ query, state }) => ({
      target: query.target,
      ...(query.target === 'class' ? { classes: query.of } : { dn: query.of }),
      scope: query.scope,
      subtreeClasses: query.subtreeClasses.join(','),
      filter: query.filter,
      state: state.phase
    }))
  }

  // --- state ---

  private stateChanged(): void {
    this.remembering?.stateChanged()
    if ((this.watch?.size ?? 0) > MANY) {
      this.states.request()
      return
    }
    this.states.cancel()
    this.lookAtStates()
  }

  private lookAtStates(): void {
    if (this.result !== undefined) this.publisher?.stateChanged(this.result.noteStates())
    this.reportRefusals()
    this.show()
  }

  private reportRefusals(): void {
    const { watch } = this
    if (watch === undefined) return
    for (const { path, state } of watch.states) {
      const error = 'error' in state ? state.error : undefined
      if (error === undefined) {
        if (state.phase === 'live') this.reported.delete(path)
      } else if (this.reported.get(path)?.reason !== error.reason) {
        this.reported.set(path, error)
        this.node.error(error, this.askedBy.get(path) ?? {})
      }
    }
  }

  private countSoon(): void {
    this.counting ??= setTimeout(() => {
      this.counting = undefined
      this.show()
    }, COUNT_PERIOD)
  }

  /** Shows the state if it has changed. */
  private show(): void {
    const status: NodeStatus = statusOf({
      problem: this.problem ?? this.apic?.problem,
      fabric: this.apic?.fabricState ?? { phase: 'idle' },
      subscriptions: this.watch?.states,
      known: this.watch?.known,
      excess: this.publisher?.excess,
      word: (name) => this.RED._(`aci-subscribe.status.${name}`)
    })
    const shown = JSON.stringify(status)
    if (shown === this.shown) return
    this.shown = shown
    this.node.status(status)
  }
}

/** Longest property that is kept of a message, characters. */
const LONGEST_KEPT = 200

/**
 * The part of a subscribing message that is kept: its target, and its short texts and numbers, by which a flow recognises
 * it. A whole message may be large, and would be kept as long as the subscription.
 */
function briefOf(message: InputMessage, { target }: Request): NodeMessageInFlow {
  const short = Object.entries(message as unknown as Record<string, unknown>).filter(([, value]) => {
    return (
      typeof value === 'number' ||
      typeof value === 'boolean' ||
      (typeof value === 'string' && value.length <= LONGEST_KEPT)
    )
  })
  return { ...Object.fromEntries(short), _msgid: message._msgid, payload: { ...target } }
}
