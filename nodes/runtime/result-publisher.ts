// Sends the whole result of a node as one array: when it has been read, and then after changes, as often as it may.

import type { NodeMessage } from 'node-red'
import { AciError, toAciError, type Attributes, type EventName } from '../apic'

/** More objects than this are not sent: each message is a copy of all of them. */
export const MOST_OBJECTS = 20_000

/** `state`: an object has its attributes below it. `rows`: beside class and DN, as a table shows them. */
export type ResultForm = 'state' | 'rows'

export interface ResultObject {
  class: string
  dn: string
  attributes: Attributes
}

export type ResultRow = Record<string, string>

export interface ResultMessage extends NodeMessage {
  topic: string
  payload: ResultObject[] | ResultRow[]
  aci: {
    query: string
    controller: string
    count: number
    /** Changes since the message before. */
    changed: { created: number; modified: number; deleted: number }
    /** Everything is subscribed and read: what the fabric has now, as far as anybody can tell. */
    complete: boolean
  }
}

/** What is known of the result. */
export interface ResultSource {
  /** Each object once; borrowed until the next one is asked for. */
  objects(): Iterable<Readonly<ResultObject>>
  /** All has been read that can be: there is something to be sent. */
  readonly isReady: boolean
  readonly isComplete: boolean
  readonly query: string
  readonly controller: string
}

export interface ResultPublisherOptions {
  readonly form: ResultForm
  /** Between two messages at least, ms. */
  readonly intervalMs: number
  readonly topic: () => string
  readonly source: ResultSource
  readonly send: (message: ResultMessage) => void
  /** Whether the result can be sent is another matter than before: see {@link ResultPublisher.excess}. */
  readonly excessChanged: () => void
  /** Ms, of a clock that only goes forward. */
  readonly now?: () => number
}

/**
 * What there is to send:
 *
 *     unread ── read ──> due ── sent ──> idle ── changed ──> due
 */
type Phase = 'unread' | 'idle' | 'due'

export class ResultPublisher {
  private phase: Phase = 'unread'
  private changed = { created: 0, modified: 0, deleted: 0 }
  private timer: NodeJS.Timeout | undefined
  private sentAt = -Infinity
  private isLastComplete = false
  private excess_: AciError | undefined
  private readonly now: () => number

  constructor(private readonly options: ResultPublisherOptions) {
    this.now = options.now ?? (() => performance.now())
  }

  /** Why the result is not sent although it is known: there are too many objects. */
  get excess(): AciError | undefined {
    return this.excess_
  }

  /** A change of the result. */
  note(event: EventName): void {
    if (event === 'existing' || this.phase === 'unread') return
    this.changed[event] += 1
    this.touch()
  }

  /** The result may be another one, by no change: queries came or went, or were read. */
  stateChanged(isOther: boolean): void {
    const { source } = this.options
    if (this.phase === 'unread') {
      if (source.isReady) this.due()
    } else if (isOther || (source.isComplete && !this.isLastComplete)) {
      this.touch()
    }
  }

  /**
   * The result as it is now, for whoever asks.
   * @throws AciError ACI_CLOSED before it has been read; ACI_CONFIG where it is too big
   */
  message(): ResultMessage {
    if (this.phase === 'unread' && !this.options.source.isReady) {
      throw new AciError('ACI_CLOSED', 'the objects have not been read yet')
    }
    return this.messageOf()
  }

  close(): void {
    clearTimeout(this.timer)
    this.timer = undefined
    this.phase = 'unread'
  }

  private touch(): void {
    if (this.phase === 'idle') this.due()
  }

  private due(): void {
    this.phase = 'due'
    // What comes with the same frame or page belongs to the same message.
    this.timer = setTimeout(() => this.publish(), Math.max(0, this.sentAt + this.options.intervalMs - this.now()))
  }

  private publish(): void {
    this.phase = 'idle'
    this.sentAt = this.now()
    let message
    try {
      message = this.messageOf()
    } catch (thrown) {
      this.setExcess(toAciError(thrown))
      return
    }
    this.setExcess(undefined)
    this.changed = { created: 0, modified: 0, deleted: 0 }
    this.isLastComplete = message.aci.complete
    this.options.send(message)
  }

  private setExcess(excess: AciError | undefined): void {
    const isOther = (this.excess_ === undefined) !== (excess === undefined)
    this.excess_ = excess
    if (isOther) this.options.excessChanged()
  }

  /** @throws AciError ACI_CONFIG */
  private messageOf(): ResultMessage {
    const { form, topic, source } = this.options
    const objects: ResultObject[] = []
    for (const { class: name, dn, attributes } of source.objects()) {
      if (objects.length === MOST_OBJECTS) {
        const most = MOST_OBJECTS.toLocaleString('en')
        throw new AciError('ACI_CONFIG', `emit: the result has more than ${most} objects: choose fewer by a filter`)
      }
      objects.push({ class: name, dn, attributes: { ...attributes } })
    }
    objects.sort((one, other) => (one.dn < other.dn ? -1 : 1))
    return {
      topic: topic(),
      payload:
        form === 'state'
          ? objects
          : objects.map(({ class: name, dn, attributes }) => ({ ...attributes, class: name, dn })),
      aci: {
        query: source.query,
        controller: source.controller,
        count: objects.length,
        changed: { ...this.changed },
        complete: source.isComplete
      }
    }
  }
}
