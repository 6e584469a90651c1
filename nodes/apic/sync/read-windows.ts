// The readings of whole results that are under way, with what has happened meanwhile.

import type { Window } from '../store/held-events'
import type { ResultQuery } from './step'

/** The window of a reading, with what it has shown so far. */
export interface ReadWindow extends Window {
  /** Place of the last event before it. */
  since: number
  /** DNs of the rows that came. */
  readonly shown: Set<string>
}

export class ReadWindows {
  private readonly byQuery = new Map<ResultQuery, ReadWindow>()

  /** A whole result is about to be read. @param since place of the latest event */
  open(query: ResultQuery, since: number): ReadWindow {
    const window = this.of(query, since)
    window.since = since
    window.shown.clear()
    return window
  }

  /** The window of the query; one that is opened where there is none. */
  of(query: ResultQuery, since: number): ReadWindow {
    let window = this.byQuery.get(query)
    if (window === undefined) {
      window = { ended: new Set(), since, shown: new Set() }
      this.byQuery.set(query, window)
    }
    return window
  }

  get(query: ResultQuery): ReadWindow | undefined {
    return this.byQuery.get(query)
  }

  has(query: ResultQuery): boolean {
    return this.byQuery.has(query)
  }

  all(): ReadWindow[] {
    return [...this.byQuery.values()]
  }

  /** The reading is over, in one way or another. */
  take(query: ResultQuery): ReadWindow | undefined {
    const window = this.byQuery.get(query)
    this.byQuery.delete(query)
    return window
  }

  /** The object has ended: a page that was read before may show it yet. */
  noteEnd(dn: string): void {
    for (const { ended } of this.byQuery.values()) ended.add(dn)
  }
}
