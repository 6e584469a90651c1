// Finds the aci-apic node that a node refers to, or the reason why there is none.

import type { NodeAPI } from 'node-red'
import { AciError } from '../apic'
import type { AciApicNode } from '../aci-apic'

/** The aci-apic node of that id; null where there is none, or another node has that id. */
export function connectionOf(RED: NodeAPI, id: unknown): AciApicNode | null {
  if (typeof id !== 'string') return null
  const node = RED.nodes.getNode(id) as AciApicNode | null | undefined
  return node?.type === 'aci-apic' ? node : null
}

/** Why {@link connectionOf} found nothing. */
export function noConnection(RED: NodeAPI, id: unknown): AciError {
  const other = typeof id === 'string' ? (RED.nodes.getNode(id) as { type?: string } | null | undefined) : undefined
  if (other?.type === undefined || other.type === 'aci-apic') {
    return new AciError('ACI_CONFIG', 'no APIC connection is chosen')
  }
  return new AciError('ACI_CONFIG', `apic: a node of type ${other.type} is chosen, and an aci-apic node is needed`)
}
