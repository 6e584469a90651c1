// Reads objects for each message: settings and message become read requests, the objects an array or a stream.

import type { Node, NodeAPI, NodeDef, NodeMessage } from 'node-red'
import { AciError, readRequestsOf, readAll } from './apic'
import type { ManagedObject, ResultPage, ReadRequest, Target } from './apic'
import { MessageNode, type RequestContext, type Message, type Send } from './runtime/message-node'
import { dnsOf, requestOf, withoutRequest, type RequestMessage } from './runtime/request'
import * as settings from './runtime/settings'
import type { Progress } from './runtime/status'

interface AciQueryDef extends NodeDef {
  readonly apic: string
  readonly [setting: string]: unknown
}

/** The reads for one message, checked. */
interface Plan {
  readonly requests: readonly ReadRequest[]
  /** Objects at most; 0 for all. */
  readonly limit: number
  readonly output: 'array' | 'stream'
}

/** Properties that a message may override. */
const NAMES = [...settings.READ_SETTINGS, 'limit', 'output']

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
function planOf(definition: AciQueryDef, message?: RequestMessage): Plan {
  const request = message === undefined ? {} : requestOf(message, NAMES)
  const raw: settings.Raw = { ...definition, ...impliedBy(request), ...request }
  const limit = settings.number(raw, 'limit', { fallback: 0, min: 0, max: Number.MAX_SAFE_INTEGER })
  if (!Number.isInteger(limit)) throw new AciError('ACI_CONFIG', 'limit: a whole number is expected')
  const options = settings.readOptions(raw)
  const requests = targetsOf(settings.target(raw), message).flatMap((target) => readRequestsOf(target, options))
  return { requests, limit, output: settings.choice(raw, 'output', ['array', 'stream']) }
}

/** A DN or classes in a message imply the target. */
function impliedBy(request: settings.Raw): settings.Raw {
  if ('dn' in request) return { target: 'mo' }
  return 'classes' in request ? { target: 'class' } : {}
}

/** Without a configured object, the targets are the objects in the message. */
function targetsOf(target: Target, message: RequestMessage | undefined): readonly Target[] {
  const isOpen = target.target === 'mo' ? target.dn === '' : target.classes.length === 0
  // A message may bring the object; check the other settings with any object.
  if (message === undefined) return [isOpen ? { ...target, target: 'mo', dn: 'uni' } : target]
  if (target.target === 'class' || !isOpen) return [target]
  const dns = dnsOf(message)
  return dns.length === 0 ? [target] : dns.map((dn) => ({ ...target, dn }))
}

/** @returns the number of objects read */
async function answer(
  RED: NodeAPI,
  plan: Plan,
  message: Message,
  send: Send,
  context: RequestContext
): Promise<Progress> {
  const pages = pagesOf(plan, context)
  const count = await (plan.output === 'array'
    ? sendArray(message, pages, send)
    : sendStream(RED, message, pages, send, context.signal))
  return { phase: 'read', count }
}

/** The result, page by page; each is read when it is pulled. */
async function* pagesOf(
  { requests, limit }: Plan,
  context: RequestContext
): AsyncGenerator<ResultPage, void, undefined> {
  context.report({ phase: 'reading', count: 0, total: undefined })
  let count = 0
  for await (const page of readAll(context.client(), requests, limit, context.signal)) {
    yield page
    count += page.objects.length
    context.report({ phase: 'reading', count, total: page.total })
  }
}

async function sendArray(message: Message, pages: AsyncIterable<ResultPage>, send: Send): Promise<number> {
  const payload: ManagedObject[] = []
  for await (const { objects } of pages) for (const object of objects) payload.push(object)
  const aci = withoutRequest(message.aci)
  send({ ...message, payload, ...(aci === undefined ? {} : { aci }) })
  return payload.length
}

/** Sends each object when the next one is known, so that the last one can be marked. */
async function sendStream(
  RED: NodeAPI,
  message: Message,
  pages: AsyncIterable<ResultPage>,
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
  for await (const { objects } of pages) {
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

/** The properties that every message of a stream copies from the request message. */
interface Frame extends NodeMessage {
  aci?: Record<string, unknown>
  parts?: Record<string, unknown>
}

function frameOf(message: Message): Frame {
  const { aci: given, parts, ...rest } = message
  const frame: Frame = { ...rest, parts: {} }
  delete frame.payload
  const aci = withoutRequest(given)
  // A mark of another stream.
  delete aci?.['last']
  if (aci !== undefined) frame.aci = aci
  // As core's split does it: a join restores the earlier parts.
  if (parts !== undefined) frame.parts = { parts }
  return frame
}

/** Yields to the rest of Node-RED. @throws AciError ACI_CLOSED when the signal is given */
async function nextTurn(signal: AbortSignal): Promise<void> {
  await new Promise(setImmediate)
  if (signal.aborted) throw new AciError('ACI_CLOSED', 'the node was closed')
}
