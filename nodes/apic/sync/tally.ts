// How many changes were found by comparing: of one query, and of all of them together.

import type { EventName } from '../store/change'

/** How many changes were found by comparing, of each kind. */
export interface Recovered {
  readonly created: number
  readonly modified: number
  readonly deleted: number
}

/** Counts recovered changes; what it counts, the whole counts too. */
export class Tally implements Recovered {
  created = 0
  modified = 0
  deleted = 0

  constructor(private readonly whole?: Tally) {}

  add(event: EventName): void {
    if (event === 'existing') return
    this[event] += 1
    this.whole?.add(event)
  }

  get counts(): Recovered {
    const { created, modified, deleted } = this
    return { created, modified, deleted }
  }
}
