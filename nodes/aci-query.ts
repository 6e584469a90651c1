// Reads for each message what it asks for: settings and message become questions, their objects an array or a stream.

import type { Node, NodeAPI, NodeDef, NodeMessage } from 'node-red'
import { AciError, questionsOf, readAll, toAciError } from './apic'
import type { Caller, ManagedObject, Part, Question, Target } from './apic'
import type { AciApicNode } from './aci-apic'
import { Backlog } from './backlog'
import { Display } from './display'
import { onceFlowsStarted } from './flows-started'
import { dnsOf, requestOf, withoutRequest, type AskingMessage } from './request'
import * as settings from './settings'
import { workStatus, type NodeStatus, type Work } from './status'

interface AciQueryDef extends NodeDef {
  readonly apic: string
  readonly [setting: string]: unknown
}

/** What one message asks for, checked. */
interface Plan {
  readonly questions: readonly Question[]
  /** Objects at most; 0 for all. */
  readonly limit: number
  readonly output: 'array' | 'stream'
}

/** Properties that a message may set, too. */
const NAMES = [...settings.ASKING, 'limit', 'output']

/** Messages sent in one turn of the event loop. */
const SLICE = 100

type Message = NodeMessage & AskingMessage

type Send = (message: Message) => void

export default function aciQuery(RED: NodeAPI): void {
  function AciQuery(this: Node, definition: AciQueryDef): void {
    RED.nodes.createNode(this, definition)
    const querier = new Querier(RED, this, definition)
    this.on('close', (done: () => void) => {
      void querier.close().finally(done)
    })
  }
  RED.nodes.registerType('aci-query', AciQuery)
}

/**
 * @param message undefined to check the node's own settings alone
 * @throws AciError ACI_CONFIG
 */
function planOf(definition: AciQueryDef, message?: AskingMessage): Plan {
  const request = message === undefined ? {} : requestOf(message, NAMES)
  const raw: settings.Raw = { ...definition, ...impliedBy(request), ...request }
  const limit = settings.number(raw, 'limit', { fallback: 0, min: 0, max: Number.MAX_SAFE_INTEGER })
  if (!Number.isInteger(limit)) throw new AciError('ACI_CONFIG', 'limit: a whole number is expected')
  const shape = settings.shape(raw)
  const questions = targetsOf(settings.target(raw), message).flatMap((target) => questionsOf(target, shape))
  return { questions, limit, output: settings.choice(raw, 'output', ['array', 'stream']) }
}

/** Who names an object or classes need not say which of the two is meant. */
function impliedBy(request: settings.Raw): settings.Raw {
  if ('dn' in request) return { target: 'mo' }
  return 'classes' in request ? { target: 'class' } : {}
}

/** Where no object is chosen, those are meant that the message speaks of. */
function targetsOf(target: Target, message: AskingMessage | undefined): readonly Target[] {
  const isOpen = target.target === 'mo' ? target.dn === '' : target.classes.length === 0
  // A message may have it; what else there is can be checked with any object.
  if (message === undefined) return [isOpen ? { ...target, target: 'mo', dn: 'uni' } : target]
  if (target.target === 'class' || !isOpen) return [target]
  const dns = dnsOf(message)
  return dns.length === 0 ? [target] : dns.map((dn) => ({ ...target, dn }))
}

class Querier {
  private readonly apic: AciApicNode | null
  private readonly backlog = new Backlog()
  private readonly display: Display
  private readonly cancelStart: () => void
  /** Nothing is sent before all nodes exist. */
  private readonly started: Promise<void>
  /** What is wrong with the settings, as long as no message has made up for it. */
  private problem: AciError | undefined
  private caller: Caller | undefined
  private work: Work = { phase: 'ready' }
  private wasUp = false

  constructor(
    private readonly RED: NodeAPI,
    private readonly node: Node,
    private readonly definition: AciQueryDef
  ) {
    this.apic = RED.nodes.getNode(definition.apic) as AciApicNode | null
    try {
      planOf(definition)
      if (this.apic === null) throw new AciError('ACI_CONFIG', 'no APIC connection is chosen')
    } catch (thrown) {
      this.problem = toAciError(thrown)
    }
    this.display = new Display(
      (status) => node.status(status),
      () => this.status
    )
    let begin: () => void = () => undefined
    this.started = new Promise((resolve) => (begin = resolve))
    const cancel = onceFlowsStarted(RED, () => {
      this.start()
      begin()
    })
    this.cancelStart = () => {
      cancel()
      begin()
    }
    node.on('input', (message, send, done) => {
      this.backlog
        .run((signal) => this.answer(message, send, signal))
        .then(
          () => done(),
          (thrown: unknown) => done(toAciError(thrown))
        )
    })
    this.apic?.register(node)
    this.display.show()
  }

  /** Gives up what runs and what waits; resolves when every message has been told. */
  async close(): Promise<void> {
    this.cancelStart()
    this.display.close()
    if (this.caller !== undefined) this.apic?.hangUp(this.caller)
    this.apic?.deregister(this.node)
    await this.backlog.close()
  }

  private start(): void {
    this.display.showAgain()
    if (this.problem !== undefined) this.node.error(this.problem, {})
    // What is wrong with the connection's settings is told by the connection.
    if (this.apic === null || this.apic.problem !== undefined) return
    this.caller = this.apic.call(this.node, { moved: () => this.moved() })
    this.moved()
  }

  private moved(): void {
    const isUp = this.caller?.state.phase === 'up'
    // What failed for want of a connection tells nothing of the next one.
    if (isUp && !this.wasUp && this.work.phase === 'failed' && this.work.error.cause === undefined) {
      this.work = { phase: 'ready' }
    }
    this.wasUp = isUp
    this.display.show()
  }

  // --- messages ---

  private async answer(message: Message, send: Send, signal: AbortSignal): Promise<void> {
    await this.started
    try {
      const plan = planOf(this.definition, message)
      this.moveOn({ phase: 'reading', count: 0, total: undefined })
      const parts = this.parts(plan, signal)
      const count = await (plan.output === 'array'
        ? this.sendArray(message, parts, send)
        : this.sendStream(message, parts, send, signal))
      this.problem = undefined
      this.moveOn({ phase: 'read', count })
    } catch (thrown) {
      const error = toAciError(thrown)
      this.work = { phase: 'failed', error }
      if (!signal.aborted) this.display.show()
      throw error
    }
  }

  /** What is read, page by page; the next page is read when it is asked for. */
  private async *parts({ questions, limit }: Plan, signal: AbortSignal): AsyncGenerator<Part, void, undefined> {
    if (this.apic === null) throw new AciError('ACI_CONFIG', 'no APIC connection is chosen')
    if (this.apic.problem !== undefined) throw this.apic.problem
    if (this.caller === undefined) throw new AciError('ACI_CLOSED', 'the node was closed')
    let count = 0
    for await (const part of readAll(this.caller, questions, limit, signal)) {
      yield part
      count += part.objects.length
      this.moveOn({ phase: 'reading', count, total: part.total })
    }
  }

  private async sendArray(message: Message, parts: AsyncIterable<Part>, send: Send): Promise<number> {
    const payload: ManagedObject[] = []
    for await (const { objects } of parts) for (const object of objects) payload.push(object)
    const aci = withoutRequest(message.aci)
    send({ ...message, payload, ...(aci === undefined ? {} : { aci }) })
    return payload.length
  }

  /** Each object is sent when the next one is known, so that the last one can say that it is. */
  private async sendStream(
    message: Message,
    parts: AsyncIterable<Part>,
    send: Send,
    signal: AbortSignal
  ): Promise<number> {
    const frame = frameOf(message)
    const id = this.RED.util.generateId()
    const messageOf = (payload: ManagedObject | null, index: number, last?: { count: number }): Message => {
      const own = this.RED.util.cloneMessage(frame)
      const aci = last === undefined ? own.aci : { ...own.aci, last: true }
      return { ...own, payload, parts: { ...own.parts, id, index, ...last }, ...(aci === undefined ? {} : { aci }) }
    }
    let held: ManagedObject | null = null
    let count = 0
    for await (const { objects } of parts) {
      for (const object of objects) {
        if (held !== null) send(messageOf(held, count - 1))
        held = object
        count += 1
        if (count % SLICE === 0) await nextTurn(signal)
      }
    }
    send(messageOf(held, Math.max(0, count - 1), { count: Math.max(1, count) }))
    return count
  }

  // --- state ---

  private moveOn(work: Work): void {
    this.work = work
    this.display.showSoon()
  }

  private get status(): NodeStatus {
    return workStatus({
      problem: this.problem ?? this.apic?.problem,
      fabric: this.apic?.fabricState ?? { phase: 'idle' },
      work: this.work,
      word: (name) => this.RED._(`aci-query.status.${name}`)
    })
  }
}

/** What every message of a stream has of the one that asked for it. */
interface Frame extends NodeMessage {
  aci?: Record<string, unknown>
  parts?: Record<string, unknown>
}

function frameOf(message: Message): Frame {
  const { aci: given, parts, ...rest } = message
  const frame: Frame = { ...rest, parts: {} }
  delete frame.payload
  const aci = withoutRequest(given)
  // It may come from another stream.
  delete aci?.['last']
  if (aci !== undefined) frame.aci = aci
  // As core's split does it: a join brings back what was before.
  if (parts !== undefined) frame.parts = { parts }
  return frame
}

/** Lets the rest of Node-RED have its turn. @throws AciError ACI_CLOSED when the signal is given */
async function nextTurn(signal: AbortSignal): Promise<void> {
  await new Promise(setImmediate)
  if (signal.aborted) throw new AciError('ACI_CLOSED', 'the node was closed')
}
