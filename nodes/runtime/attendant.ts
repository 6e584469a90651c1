// What nodes have in common that answer messages over a connection: one message after the other, each told what became
// of it, and the state of all that as a status.

import type { Node, NodeAPI, NodeMessage } from 'node-red'
import { AciError, toAciError, type Caller } from '../apic'
import type { AciApicNode } from '../aci-apic'
import { Backlog } from './backlog'
import { connectionOf, noConnection } from './connection-of'
import { Display } from './display'
import { onceFlowsStarted } from './flows-started'
import { localized } from './localized'
import type { AskingMessage } from './request'
import { workStatus, type NodeStatus, type Work } from './status'

export type Message = NodeMessage & AskingMessage

export type Send = (message: Message) => void

/** What a node does, apart from what all have in common. */
export interface Duties {
  /**
   * Checks the node's own settings.
   * @returns whether they need a connection
   * @throws AciError ACI_CONFIG
   */
  check(): boolean
  /**
   * Answers one message.
   * @returns what is to be shown of it
   * @throws AciError for a Catch node
   */
  answer(message: Message, send: Send, errand: Errand): Promise<Work>
}

/** What it takes to answer a message. */
export interface Errand {
  /** Given when the node closes. */
  readonly signal: AbortSignal
  /**
   * By whom the node reads and writes.
   * @throws AciError ACI_CONFIG when there is no usable connection, ACI_CLOSED when the node is closed
   */
  caller(): Caller
  /** Another thing is being done, or it has come further. */
  moveOn(work: Work): void
}

export class Attendant {
  private readonly apic: AciApicNode | null
  private readonly backlog = new Backlog()
  private readonly display: Display
  private readonly cancelStart: () => void
  /** Nothing is sent before all nodes exist. */
  private readonly started: Promise<void>
  /** What is wrong with the settings, as long as no message has made up for it. */
  private problem: AciError | undefined
  private needsConnection = true
  private calling: Caller | undefined
  private work: Work = { phase: 'ready' }
  private wasUp = false
  private isClosed = false

  constructor(
    private readonly RED: NodeAPI,
    private readonly node: Node,
    private readonly apicId: string,
    private readonly duties: Duties
  ) {
    this.apic = connectionOf(RED, apicId)
    try {
      this.needsConnection = duties.check()
      if (this.needsConnection) this.chosen()
    } catch (thrown) {
      this.problem = toAciError(thrown)
    }
    this.display = new Display(
      (status) => node.status(status),
      () => this.status
    )
    let begin: () => void = () => undefined
    this.started = new Promise((resolve) => (begin = resolve))
    const cancel = onceFlowsStarted(RED, () => {
      this.start()
      begin()
    })
    this.cancelStart = () => {
      cancel()
      begin()
    }
    node.on('input', (message, send, done) => {
      this.backlog
        .run((signal) => this.answer(message, send, signal))
        .then(
          () => done(),
          (thrown: unknown) => done(localized(RED, toAciError(thrown)))
        )
    })
    this.apic?.register(node)
    this.display.show()
  }

  /**
   * Gives up what waits and what is under way; resolves when every message has been told.
   * @param patienceMs so long what is under way may go on
   */
  async close(patienceMs = 0): Promise<void> {
    this.isClosed = true
    this.cancelStart()
    this.display.close()
    const { waiting } = this.backlog
    // At a deploy the Catch node that is told of each may be gone before this one.
    if (waiting > 0) this.node.warn(`messages given up, for the node is closed: ${waiting}`)
    const over = this.backlog.close()
    // Without a connection nothing is under way that could be finished; one that closes as well waits for writes.
    const phase = this.calling?.state.phase
    if (phase === 'up' || phase === 'closed') await within(patienceMs, over)
    if (this.calling !== undefined) this.apic?.hangUp(this.calling)
    await over
    this.apic?.deregister(this.node)
  }

  private start(): void {
    this.display.showAgain()
    if (this.problem !== undefined) this.node.error(this.problem, {})
    // What is wrong with the connection's settings is told by the connection.
    if (!this.needsConnection || this.apic === null || this.apic.problem !== undefined) return
    this.wasUp = this.caller().state.phase === 'up'
    this.display.show()
  }

  private caller(): Caller {
    if (this.isClosed) throw new AciError('ACI_CLOSED', 'the node was closed')
    this.calling ??= this.chosen().call(this.node, { moved: () => this.moved() })
    return this.calling
  }

  private chosen(): AciApicNode {
    if (this.apic === null) throw noConnection(this.RED, this.apicId)
    return this.apic
  }

  private moved(): void {
    const isUp = this.calling?.state.phase === 'up'
    // What failed for want of a connection tells nothing of the next one.
    if (isUp && !this.wasUp && this.work.phase === 'failed' && this.work.error.cause === undefined) {
      this.work = { phase: 'ready' }
    }
    this.wasUp = isUp
    this.display.show()
  }

  private async answer(message: Message, send: Send, signal: AbortSignal): Promise<void> {
    await this.started
    const errand: Errand = {
      signal,
      caller: () => this.caller(),
      moveOn: (work) => {
        this.work = work
        this.display.showSoon()
      }
    }
    try {
      this.work = await this.duties.answer(message, send, errand)
      this.problem = undefined
    } catch (thrown) {
      this.work = { phase: 'failed', error: toAciError(thrown) }
      throw thrown
    } finally {
      if (!signal.aborted) this.display.showSoon()
    }
  }

  private get status(): NodeStatus {
    const isConnected = this.needsConnection || this.calling !== undefined
    return workStatus({
      problem: this.problem ?? (isConnected ? this.apic?.problem : undefined),
      fabric: isConnected ? (this.apic?.fabricState ?? { phase: 'idle' }) : undefined,
      work: this.work,
      word: (name) => this.RED._(`${this.node.type}.status.${name}`)
    })
  }
}

/** Resolves with the promise, and after so many ms at the latest. */
async function within(ms: number, promise: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)))
  await Promise.race([promise, late])
  clearTimeout(timer)
}
