// The node at the end of each wire. It hands on what arrives to whoever checks it, and makes nothing of it.

import type { Node, NodeAPI, NodeDef, NodeMessageInFlow } from 'node-red'

export type Listener = (message: NodeMessageInFlow) => void

/** By the id of the node, which outlives its instances. */
export const listeners = new Map<string, Listener>()

export default function chaosSink(RED: NodeAPI): void {
  function ChaosSink(this: Node, definition: NodeDef): void {
    RED.nodes.createNode(this, definition)
    this.on('input', (message: NodeMessageInFlow, _send, done) => {
      listeners.get(definition.id)?.(message)
      done()
    })
  }
  RED.nodes.registerType('chaos-sink', ChaosSink)
}
