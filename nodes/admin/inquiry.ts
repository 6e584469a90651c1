// Requests of dialogs to an APIC over the connection of a deployed node: with short limits, and one client for a whole
// visit of the dialog.

import { AciError, onAbort, type RequestClient } from '../apic'
import type { ServedNode } from './served'

/** Limit of one answer, ms. */
const LIMIT = 30_000
/** And where the connection is lost, ms: then its error is the answer. */
const PATIENCE = 2_000
/** A client idle for so long, ms, is closed; the connection may have been made for it alone. */
const LINGER = 60_000

/** The client of one deployed node, while dialogs use it. */
class Visit {
  private client: RequestClient | undefined
  private timer: NodeJS.Timeout | undefined

  constructor(private readonly node: ServedNode) {
    node.on('close', () => this.end())
  }

  /** @throws AciError ACI_CONFIG when the node's settings are wrong */
  goOn(): RequestClient {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.end(), LINGER)
    this.client ??= this.node.requestClient(this.node, { stateChanged: () => undefined })
    return this.client
  }

  private end(): void {
    clearTimeout(this.timer)
    if (this.client !== undefined) this.node.closeClient(this.client)
    this.client = undefined
  }
}

/** A node that is deployed anew is another one. */
const visits = new WeakMap<ServedNode, Visit>()

function clientOf(node: ServedNode): RequestClient {
  const visit = visits.get(node) ?? new Visit(node)
  visits.set(node, visit)
  return visit.goOn()
}

/**
 * Uses a client of the node.
 * @param signal aborted when the browser has gone
 * @throws AciError of the node's settings or its connection; ACI_TIMEOUT; what `use` throws
 */
export async function inquire<T>(
  node: ServedNode,
  signal: AbortSignal,
  use: (client: RequestClient, signal: AbortSignal) => Promise<T>
): Promise<T> {
  if (node.problem !== undefined) throw node.problem
  const client = clientOf(node)
  const stop = new AbortController()
  let why: AciError | undefined
  const end = (error: AciError): void => {
    why ??= error
    stop.abort()
  }
  const timers = [
    setTimeout(() => end(new AciError('ACI_TIMEOUT', `the APIC did not answer within ${LIMIT / 1000} s`)), LIMIT),
    setTimeout(() => {
      if (client.state.phase === 'lost') end(client.state.error)
    }, PATIENCE)
  ]
  const unlink = onAbort(signal, () => stop.abort())
  try {
    return await use(client, stop.signal)
  } catch (thrown) {
    throw why ?? thrown
  } finally {
    for (const timer of timers) clearTimeout(timer)
    unlink()
  }
}
