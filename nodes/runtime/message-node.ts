// The base of nodes that handle messages over a connection: one message after the other, `done` called for each, and the
// progress shown as a status.

import type { Node, NodeAPI, NodeMessage } from 'node-red'
import { AciError, toAciError, type RequestClient } from '../apic'
import type { AciApicNode } from '../aci-apic'
import { Backlog } from './backlog'
import { connectionOf, noConnection } from './connection-of'
import { StatusPublisher } from './status-publisher'
import { onceFlowsStarted } from './flows-started'
import { localized } from './localized'
import type { RequestMessage } from './request'
import { progressStatus, type NodeStatus, type Progress } from './status'

export type Message = NodeMessage & RequestMessage

export type Send = (message: Message) => void

/** The part of a message node that its type defines. */
export interface MessageHandler {
  /**
   * Checks the node's own settings.
   * @returns whether they need a connection
   * @throws AciError ACI_CONFIG
   */
  checkSettings(): boolean
  /**
   * Handles one message.
   * @returns the progress that the status shows afterwards
   * @throws AciError for a Catch node
   */
  handle(message: Message, send: Send, context: RequestContext): Promise<Progress>
}

/** The context in which a handler works on one message. */
export interface RequestContext {
  /** Aborted when the node closes. */
  readonly signal: AbortSignal
  /**
   * The client for reads and writes.
   * @throws AciError ACI_CONFIG when there is no usable connection, ACI_CLOSED when the node is closed
   */
  client(): RequestClient
  /** Shows progress in the status, soon. */
  report(progress: Progress): void
}

export class MessageNode {
  private readonly apic: AciApicNode | null
  private readonly backlog = new Backlog()
  private readonly statusPublisher: StatusPublisher
  private readonly cancelStart: () => void
  /** Resolves when all nodes exist; no message is handled before. */
  private readonly started: Promise<void>
  /** The error in the settings, until a message has been handled all the same. */
  private problem: AciError | undefined
  private needsConnection = true
  private client: RequestClient | undefined
  private progress: Progress = { phase: 'ready' }
  private wasUp = false
  private isClosed = false

  constructor(
    private readonly RED: NodeAPI,
    private readonly node: Node,
    private readonly apicId: string,
    private readonly handler: MessageHandler
  ) {
    this.apic = connectionOf(RED, apicId)
    try {
      this.needsConnection = handler.checkSettings()
      if (this.needsConnection) this.requireApic()
    } catch (thrown) {
      this.problem = toAciError(thrown)
    }
    this.statusPublisher = new StatusPublisher(
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
    this.statusPublisher.publish()
  }

  /**
   * Fails the messages that wait and aborts the one under way; resolves when `done` has been called for each.
   * @param patienceMs time that the one under way may still take
   */
  async close(patienceMs = 0): Promise<void> {
    this.isClosed = true
    this.cancelStart()
    this.statusPublisher.close()
    const { waiting } = this.backlog
    // At a deploy the Catch node may close before this one.
    if (waiting > 0) this.node.warn(`messages given up, for the node is closed: ${waiting}`)
    const over = this.backlog.close()
    // Without a connection nothing can be finished; a connection that closes as well waits for writes.
    const phase = this.client?.state.phase
    if (phase === 'up' || phase === 'closed') await within(patienceMs, over)
    if (this.client !== undefined) this.apic?.closeClient(this.client)
    await over
    this.apic?.deregister(this.node)
  }

  private start(): void {
    this.statusPublisher.republish()
    if (this.problem !== undefined) this.node.error(this.problem, {})
    // The aci-apic node itself reports errors in its settings.
    if (!this.needsConnection || this.apic === null || this.apic.problem !== undefined) return
    this.wasUp = this.requestClient().state.phase === 'up'
    this.statusPublisher.publish()
  }

  private requestClient(): RequestClient {
    if (this.isClosed) throw new AciError('ACI_CLOSED', 'the node was closed')
    this.client ??= this.requireApic().requestClient(this.node, { stateChanged: () => this.connectionChanged() })
    return this.client
  }

  private requireApic(): AciApicNode {
    if (this.apic === null) throw noConnection(this.RED, this.apicId)
    return this.apic
  }

  private connectionChanged(): void {
    const isUp = this.client?.state.phase === 'up'
    // A failure for want of a connection is over with the next one.
    if (isUp && !this.wasUp && this.progress.phase === 'failed' && this.progress.error.cause === undefined) {
      this.progress = { phase: 'ready' }
    }
    this.wasUp = isUp
    this.statusPublisher.publish()
  }

  private async answer(message: Message, send: Send, signal: AbortSignal): Promise<void> {
    await this.started
    const context: RequestContext = {
      signal,
      client: () => this.requestClient(),
      report: (progress) => {
        this.progress = progress
        this.statusPublisher.publishSoon()
      }
    }
    try {
      this.progress = await this.handler.handle(message, send, context)
      this.problem = undefined
    } catch (thrown) {
      this.progress = { phase: 'failed', error: toAciError(thrown) }
      throw thrown
    } finally {
      if (!signal.aborted) this.statusPublisher.publishSoon()
    }
  }

  private get status(): NodeStatus {
    const isConnected = this.needsConnection || this.client !== undefined
    return progressStatus({
      problem: this.problem ?? (isConnected ? this.apic?.problem : undefined),
      fabric: isConnected ? (this.apic?.fabricState ?? { phase: 'idle' }) : undefined,
      progress: this.progress,
      word: (name) => this.RED._(`${this.node.type}.status.${name}`)
    })
  }
}

/** Resolves with the promise, at the latest after so many ms. */
async function within(ms: number, promise: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)))
  await Promise.race([promise, late])
  clearTimeout(timer)
}
