// The node at the end of each flow. It counts; a debug node would send everything to an editor.

import type { NodeAPI, Node, NodeDef, NodeMessageInFlow } from 'node-red'
import { Counter } from './counter'

interface FlowMessage {
  readonly payload: {
    readonly dn?: string
    readonly attributes?: { readonly descr?: string }
    readonly imdata?: readonly { readonly faultInst: { readonly attributes: { readonly dn: string } } }[]
  }
}

/** All sinks of this runtime together. */
export const counter = new Counter<FlowMessage>(({ payload }) => ({
  // The flow that only parses has the frame as its payload.
  dn: payload.dn ?? payload.imdata![0]!.faultInst.attributes.dn,
  descr: payload.attributes?.descr ?? ''
}))

export default function benchSink(RED: NodeAPI): void {
  function BenchSink(this: Node, definition: NodeDef): void {
    RED.nodes.createNode(this, definition)
    this.on('input', (message: NodeMessageInFlow, _send, done) => {
      counter.hit(message as FlowMessage)
      done()
    })
  }
  RED.nodes.registerType('bench-sink', BenchSink)
}
