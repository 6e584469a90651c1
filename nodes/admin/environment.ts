// Replaces `${NAME}` in settings that are not deployed yet, as a deploy would.

import type { Node, NodeAPI } from 'node-red'
import type { Raw } from '../runtime/settings'
import type { Asked } from './route'

/** As Node-RED has it: a value that is nothing but a reference, in today's form or the old one. */
const REFERENCE = /^\$(?:\{(\S+)\}|\((\S+)\))$/

/** Values with a reference in them. */
function refers(value: unknown): boolean {
  return Array.isArray(value) ? value.some(refers) : typeof value === 'string' && REFERENCE.test(value)
}

/**
 * The settings with values instead of references; unknown references stay. The client needs the permission to deploy, for
 * a deploy would show it these values as well.
 * @param node whose flow's variables count; where it is not deployed, those of all flows
 */
export async function resolved(RED: NodeAPI, asked: Asked, given: Raw, node: Node | undefined): Promise<Raw> {
  if (!Object.values(given).some(refers)) return given
  await asked.permitted('flows.write')
  const scope = node ?? anyOfAllFlows(RED)
  const valueOf = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(valueOf)
    const match = typeof value === 'string' ? REFERENCE.exec(value) : null
    if (match === null) return value
    const found: unknown = RED.util.getSetting(scope, match[1] ?? match[2] ?? '')
    return found ?? value
  }
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, valueOf(value)]))
}

/** Sees what the process sees. */
const UNPLACED: unknown = {}

/** Any configuration node that belongs to all flows: it sees the variables that they have in common. */
function anyOfAllFlows(RED: NodeAPI): Node {
  let found: Node | null | undefined
  RED.nodes.eachNode(({ id, z }) => {
    // In no flow.
    if (!z) found ??= RED.nodes.getNode(id) as Node | null
  })
  // Without any, those of the process are left.
  return found ?? (UNPLACED as Node)
}
