// The newest events of a node for whoever looks at it in the editor. Nothing is kept, and next to nothing spent, while
// nobody does.

import { randomUUID } from 'node:crypto'
import type { EventsAnswer, LiveEvent } from '../admin/answers'
import type { AciPayload } from './message'

/** Events that are kept. */
const SIZE = 50
/** Nobody has looked for so long, ms: nobody does any more. */
const LINGER = 30_000
const MOST_CHANGES = 20
const LONGEST_VALUE = 200

interface Ring {
  /** Tells its cursors from those of others. */
  readonly id: string
  /** The newest ones; the next one takes the place `count % SIZE`. */
  readonly events: LiveEvent[]
  /** Events so far. */
  count: number
}

export class LiveView {
  private ring: Ring | undefined
  private timer: NodeJS.Timeout | undefined

  /** An event is being sent. It is the flow's from then on, so all that is kept of it is copied. */
  note(payload: AciPayload): void {
    const { ring } = this
    if (ring === undefined) return
    ring.events[ring.count % SIZE] = reduced(payload)
    ring.count += 1
  }

  /**
   * Events that came after a cursor; from now on events are kept for a while.
   * @param after a cursor of an earlier answer; any other text gives all that is kept
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
