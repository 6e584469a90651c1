// Keeps the newest events of a node while its dialog polls them; at other times it keeps nothing and costs next to nothing.

import { randomUUID } from 'node:crypto'
import type { EventsAnswer, LiveEvent } from '../admin/answers'
import type { AciPayload } from './message'

/** Events that are kept. */
const SIZE = 50
/** Time after the last poll at which the view ends, ms. */
const LINGER = 30_000
const MOST_CHANGES = 20
const LONGEST_VALUE = 200

interface Ring {
  /** Part of its cursors, unlike that of other rings. */
  readonly id: string
  /** The newest ones; the next one goes to `count % SIZE`. */
  readonly events: LiveEvent[]
  /** Events so far. */
  count: number
}

export class LiveView {
  private ring: Ring | undefined
  private timer: NodeJS.Timeout | undefined

  /** Whether a dialog polls. */
  get isOpen(): boolean {
    return this.ring !== undefined
  }

  /** Copies an event that is being sent: the flow owns the payload. */
  note(payload: AciPayload): void {
    const { ring } = this
    if (ring === undefined) return
    ring.events[ring.count % SIZE] = reduced(payload)
    ring.count += 1
  }

  /**
   * Events after a cursor; keeps events from now on for a while.
   * @param after the cursor of an earlier answer; any other text returns all events kept
   */
  read(after: string): EventsAnswer {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.close(), LINGER)
    this.ring ??= { id: randomUUID(), events: [], count: 0 }
    const { id, events, count } = this.ring
    const [known = '', place = ''] = after.split('.')
    const isNew = known !== id || !/^\d+$/.test(place) || Number(place) > count
    const from = isNew ? 0 : Number(place)
    const kept = Math.max(from, count - SIZE)
    const newest: LiveEvent[] = []
    for (let index = kept; index < count; index += 1) {
      const event = events[index % SIZE]
      if (event !== undefined) newest.push(event)
    }
    return { events: newest, cursor: `${id}.${count}`, missed: kept - from, isNew }
  }

  /** Forgets everything. */
  close(): void {
    clearTimeout(this.timer)
    this.ring = undefined
  }
}

function reduced({ event, class: className, dn, origin, time, changes }: AciPayload): LiveEvent {
  const live = { event, class: className, dn, origin, time }
  if (changes === undefined) return live
  const few = Object.entries(changes).slice(0, MOST_CHANGES)
  return {
    ...live,
    changes: Object.fromEntries(few.map(([name, { from, to }]) => [name, { from: cut(from), to: cut(to) }]))
  }
}

function cut(text: string): string {
  return text.length <= LONGEST_VALUE ? text : `${text.slice(0, LONGEST_VALUE - 1)}…`
}
