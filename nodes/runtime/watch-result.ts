// The result of a watch as a source of whole results: what it has, whether that is all, and when it is of other queries.

import type { Watch } from '../apic'
import type { ResultObject, ResultSource } from './result-publisher'

type QueryState = Watch['states'][number]

/** Its objects have been read, and are kept up to date. */
function isRead({ state }: QueryState): boolean {
  return state.phase === 'live' && state.error === undefined
}

function isUnderWay({ state: { phase } }: QueryState): boolean {
  return phase === 'waiting' || phase === 'subscribing'
}

export class WatchResult implements ResultSource {
  /** Paths of the queries whose objects have been read. */
  private readonly read = new Set<string>()

  constructor(private readonly watch: Watch) {}

  objects(): Iterable<Readonly<ResultObject>> {
    return this.watch.objects()
  }

  get isReady(): boolean {
    const { states } = this.watch
    return states.some(isRead) && !states.some(isUnderWay)
  }

  get isComplete(): boolean {
    return this.watch.states.every(isRead)
  }

  get query(): string {
    return this.watch.states.map(({ path }) => path).join(', ')
  }

  get controller(): string {
    return this.watch.controller
  }

  /** To be called when a state has changed. @returns whether a query has been read for the first time, or has left */
  noteStates(): boolean {
    const { states } = this.watch
    const paths = new Set(states.map(({ path }) => path))
    const left = [...this.read].filter((path) => !paths.has(path))
    const come = states.filter((state) => isRead(state) && !this.read.has(state.path))
    for (const path of left) this.read.delete(path)
    for (const { path } of come) this.read.add(path)
    return left.length + come.length > 0
  }
}
