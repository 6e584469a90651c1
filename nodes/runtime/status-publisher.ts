// Publishes the status of a node to the editor: only when it has changed, and progress not too often.

import type { NodeStatus } from './status'

/** Time between two statuses of progress, ms. */
const PERIOD = 300

export class StatusPublisher {
  private published = ''
  private publishedAt = -Infinity
  private timer: NodeJS.Timeout | undefined

  constructor(
    private readonly send: (status: NodeStatus) => void,
    private readonly current: () => NodeStatus
  ) {}

  /** Publishes the current status, if it has changed. */
  publish(): void {
    clearTimeout(this.timer)
    this.timer = undefined
    const status = this.current()
    const text = JSON.stringify(status)
    if (text === this.published) return
    this.published = text
    this.publishedAt = performance.now()
    this.send(status)
  }

  /** Publishes within the period: at once if the last status is older than that. */
  publishSoon(): void {
    const wait = this.publishedAt + PERIOD - performance.now()
    if (wait <= 0) this.publish()
    else this.timer ??= setTimeout(() => this.publish(), wait)
  }

  /** Publishes even an unchanged status, for Status nodes that did not exist before. */
  republish(): void {
    this.published = ''
    this.publish()
  }

  close(): void {
    clearTimeout(this.timer)
  }
}
