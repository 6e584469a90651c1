// Reads for each message what it asks for: settings and message become questions, their objects an array or a stream.

import type { Node, NodeAPI, NodeDef, NodeMessage } from 'node-red'
import { AciError, questionsOf, readAll } from './apic'
import type { ManagedObject, Part, Question, Target } from './apic'
import { MessageNode, type RequestContext, type Message, type Send } from './runtime/message-node'
import { dnsOf, requestOf, withoutRequest, type AskingMessage } from './runtime/request'
import * as settings from './runtime/settings'
import type { Progress } from './runtime/status'

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

export default function aciQuery(RED: NodeAPI): void {
  function AciQuery(this: Node, definition: AciQueryDef): void {
    RED.nodes.createNode(this, definition)
    const messageNode = new MessageNode(RED, this, definition.apic, {
      checkSettings: () => {
        planOf(definition)
        return true
      },
      handle: (message, send, context) => answer(RED, planOf(definition, message), message, send, context)
    })
    this.on('close', (done: () => void) => {
      void messageNode.close().finally(done)
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

/** @returns how many objects were read */
async function answer(
  RED: NodeAPI,
  plan: Plan,
  message: Message,
  send: Send,
  context: RequestContext
): Promise<Progress> {
  const parts = partsOf(plan, context)
  const count = await (plan.output === 'array'
    ? sendArray(message, parts, send)
    : sendStream(RED, message, parts, send, context.signal))
  return { phase: 'read', count }
}

/** What is read, page by page; the next page is read when it is asked for. */
async function* partsOf({ questions, limit }: Plan, context: RequestContext): AsyncGenerator<Part, void, undefined> {
  context.report({ phase: 'reading', count: 0, total: undefined })
  let count = 0
  for await (const part of readAll(context.client(), questions, limit, context.signal)) {
    yield part
    count += part.objects.length
    context.report({ phase: 'reading', count, total: part.total })
  }
}

async function sendArray(message: Message, parts: AsyncIterable<Part>, send: Send): Promise<number> {
  const payload: ManagedObject[] = []
  for await (const { objects } of parts) for (const object of objects) payload.push(object)
  const aci = withoutRequest(message.aci)
  send({ ...message, payload, ...(aci === undefined ? {} : { aci }) })
  return payload.length
}

/** Each object is sent when the next one is known, so that the last one can say that it is. */
async function sendStream(
  RED: NodeAPI,
  message: Message,
  parts: AsyncIterable<Part>,
  send: Send,
  signal: AbortSignal
): Promise<number> {
  const frame = frameOf(message)
  const id = RED.util.generateId()
  const messageOf = (payload: ManagedObject | null, index: number, last?: { count: number }): Message => {
    const own = RED.util.cloneMessage(frame)
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
