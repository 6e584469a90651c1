// Asks an APIC over the connection of a deployed node, for somebody who sits before a dialog and waits: not for long, and
// with one login for the whole visit.

import { AciError, type Caller } from '../apic'
import type { ServedNode } from './served'

/** The longest that somebody waits for an answer, ms. */
const LIMIT = 30_000
/** And for a connection that is lost, ms: why it is will be told sooner than it is back. */
const PATIENCE = 2_000
/** A caller that nobody has needed for so long, ms, hangs up; the connection may have been made for it alone. */
const LINGER = 60_000

/** What is kept for one deployed node. */
class Visit {
  private caller: Caller | undefined
  private timer: NodeJS.Timeout | undefined

  constructor(private readonly node: ServedNode) {
    node.on('close', () => this.end())
  }

  /** @throws AciError ACI_CONFIG when the node's settings are wrong */
  goOn(): Caller {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.end(), LINGER)
    this.caller ??= this.node.call(this.node, { moved: () => undefined })
    return this.caller
  }

  private end(): void {
    clearTimeout(this.timer)
    if (this.caller !== undefined) this.node.hangUp(this.caller)
    this.caller = undefined
  }
}

/** A node that is deployed anew is another one. */
const visits = new WeakMap<ServedNode, Visit>()

function callerOf(node: ServedNode): Caller {
  const visit = visits.get(node) ?? new Visit(node)
  visits.set(node, visit)
  return visit.goOn()
}

/**
 * Does something with a caller of the node.
 * @param signal given when nobody waits any more
 * @throws AciError what is wrong with the node's settings or its connection; ACI_TIMEOUT; what the work throws
 */
export async function inquire<T>(
  node: ServedNode,
  signal: AbortSignal,
  work: (caller: Caller, signal: AbortSignal) => Promise<T>
): Promise<T> {
  if (node.problem !== undefined) throw node.problem
  const caller = callerOf(node)
  const stop = new AbortController()
  let why: AciError | undefined
  const end = (error: AciError): void => {
    why ??= error
    stop.abort()
  }
  const abort = (): void => stop.abort()
  const timers = [
    setTimeout(() => end(new AciError('ACI_TIMEOUT', `the APIC did not answer within ${LIMIT / 1000} s`)), LIMIT),
    setTimeout(() => {
      if (caller.state.phase === 'lost') end(caller.state.error)
    }, PATIENCE)
  ]
  signal.addEventListener('abort', abort)
  if (signal.aborted) abort()
  try {
    return await work(caller, stop.signal)
  } catch (thrown) {
    throw why ?? thrown
  } finally {
    for (const timer of timers) clearTimeout(timer)
    signal.removeEventListener('abort', abort)
  }
}
