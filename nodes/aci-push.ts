// Writes the objects of messages: each becomes a request, one after the other, and the answer has a result for each.

import type { Node, NodeAPI, NodeDef } from 'node-red'
import { AciError, assertDn, toAciError, writesOf, type ItemWrite, type WriteOptions } from './apic'
import { MessageNode, type RequestContext, type Message, type Send } from './runtime/message-node'
import { isObject, requestOf, withoutRequest } from './runtime/request'
import { failureOf, resultsOf } from './runtime/results'
import * as settings from './runtime/settings'
import type { Progress } from './runtime/status'

interface AciPushDef extends NodeDef {
  readonly apic: string
  readonly [setting: string]: unknown
}

/** The request that would be sent. */
interface Preview {
  method: ItemWrite['method']
  path: string
  dn: string
  class: string
  body?: unknown
}

/** Properties that a message may override. */
const NAMES = ['action', 'dn', 'force']

/** Time for a write that is under way when the node closes, ms: the outcome of an aborted one would be unknown. */
const WRITE_LIMIT = 5_000

const NEVER = new AbortController().signal

export default function aciPush(RED: NodeAPI): void {
  function AciPush(this: Node, definition: AciPushDef): void {
    RED.nodes.createNode(this, definition)
    const messageNode = new MessageNode(RED, this, definition.apic, {
      checkSettings: () => optionsOf(definition).action !== 'preview',
      handle: (message, send, context) => {
        const options = optionsOf({ ...definition, ...requestOf(message, NAMES) })
        return push(this, message, send, options, context)
      }
    })
    this.on('close', (done: () => void) => {
      void messageNode.close(WRITE_LIMIT).finally(done)
    })
  }
  RED.nodes.registerType('aci-push', AciPush)
}

/** @throws AciError ACI_CONFIG */
function optionsOf(raw: settings.Raw): WriteOptions {
  const action = settings.choice(raw, 'action', ['post', 'delete', 'preview'])
  const dn = settings.text(raw, 'dn') || 'uni'
  assertDn(dn)
  return { action, dn, force: settings.flag(raw, 'force', false) }
}

/** @throws AciError when not all objects were written; the answer with the results is sent all the same */
async function push(
  node: Node,
  message: Message,
  send: Send,
  options: WriteOptions,
  context: RequestContext
): Promise<Progress> {
  const writes = writesOf(message.payload, options)
  if (options.action === 'preview') {
    send(answerOf(message, writes.map(previewOf)))
    return { phase: 'ready' }
  }
  const client = context.client()
  let written = 0
  try {
    for (const write of writes) {
      context.report({ phase: 'writing', count: written, total: writes.length })
      if (context.signal.aborted) throw new AciError('ACI_CLOSED', 'the node was closed before it was sent')
      // Not aborted when the node closes: see WRITE_LIMIT.
      await client.write(write, NEVER)
      written += 1
    }
  } catch (thrown) {
    const error = toAciError(thrown)
    send(answerOf(message, resultsOf(writes, written, error)))
    // The message of the error keeps its objects, so that a Catch flow can try again.
    message.aci = { ...(isObject(message.aci) ? message.aci : {}), results: resultsOf(writes, written, error) }
    const failure = failureOf(writes, written, error)
    // At a deploy the Catch node may be gone before this one.
    if (context.signal.aborted) node.warn(failure.message)
    throw failure
  }
  send(answerOf(message, resultsOf(writes, written)))
  return { phase: 'written', count: written }
}

/** The message with another payload, and without the request for this node. */
function answerOf(message: Message, payload: unknown): Message {
  const aci = withoutRequest(message.aci)
  // Results of an earlier attempt.
  delete aci?.['results']
  return { ...message, payload, ...(aci === undefined ? {} : { aci }) }
}

function previewOf({ method, path, dn, class: className, body }: ItemWrite): Preview {
  const preview: Preview = { method, path, dn, class: className }
  if (body !== undefined) preview.body = JSON.parse(body)
  return preview
}
