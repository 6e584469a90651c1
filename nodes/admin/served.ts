// The interface of an aci-apic node for the admin routes, and the search for one.

import type { Node, NodeAPI } from 'node-red'
import type { AciError, RequestClient, RequestClientListener } from '../apic'
import type { Raw } from '../runtime/settings'
import type { Health } from './answers'

export interface ServedNode extends Node {
  /** Its settings as they are deployed, without credentials. */
  readonly definition: Raw
  /** The nodes that use it, by id: Node-RED hands a configuration node's errors and status to the flows of these. */
  readonly users: Record<string, Node>
  /** The error in its settings, if there is one. */
  readonly problem: AciError | undefined
  readonly health: Health
  /**
   * A client for reads and writes; keeps the connection up as a watch does, until {@link closeClient}.
   * @throws AciError ACI_CONFIG when there is a {@link problem}
   */
  requestClient(user: Node, listener: RequestClientListener): RequestClient
  /** Aborts the client's requests. */
  closeClient(client: RequestClient): void
}

/** The deployed aci-apic node of that id, which is untrusted. */
export function servedNode(RED: NodeAPI, id: unknown): ServedNode | undefined {
  if (typeof id !== 'string') return undefined
  const node = RED.nodes.getNode(id) as ServedNode | null | undefined
  return node?.type === 'aci-apic' ? node : undefined
}

/** Its credentials as they are deployed, with the values of environment variables. */
export function credentialsOf(node: { readonly credentials?: Raw }): Raw {
  return node.credentials ?? {}
}
