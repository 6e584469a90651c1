// Changes in which results objects are, and emits each change as a step to those who listen to any of these results.

import type { Difference, ObjectStore, StoredObject } from '../store/object-store'
import type { LookupsInVain } from './lookups-in-vain'
import type { ReadWindows } from './read-windows'
import { suspect, type Circumstances, type ResultQuery, type Step, type StepListener } from './step'

const NONE: ReadonlySet<ResultQuery> = new Set()

export class StepEmitter {
  /** Queries that hide objects, or did. */
  private readonly hiding = new Set<ResultQuery>()
  private steps = 0

  constructor(
    private readonly store: ObjectStore<ResultQuery>,
    private readonly windows: ReadWindows,
    private readonly inVain: LookupsInVain
  ) {}

  /** Place of the latest step. */
  get latest(): number {
    return this.steps
  }

  /** The query hides an object: its listeners have to hear of its end. */
  hides(query: ResultQuery): void {
    this.hiding.add(query)
  }

  /** The query is no more. */
  forget(query: ResultQuery): void {
    this.hiding.delete(query)
  }

  /** Everything known is of another fabric. */
  clear(): void {
    this.hiding.clear()
  }

  /**
   * The object is new, or has other attributes, and is in these results.
   * @param isSole nothing else comes of the event
   */
  changed(
    { object, event, changes }: Difference<ResultQuery>,
    queries: readonly ResultQuery[],
    circumstances: Circumstances,
    isFirst = false,
    isSole = false
  ): void {
    this.inVain.delete(object.dn)
    const before = object.members.queries
    for (const query of queries) this.store.results.add(object, query)
    const after = object.members.queries
    this.emit(
      { object, event, changes, before, after, circumstances, isFirst, isLeft: false, isHidden: false },
      queries,
      isSole
    )
    for (const query of queries) query.hidden.delete(object.dn)
  }

  /** The object as it is known is in these results. */
  join(
    object: StoredObject<ResultQuery>,
    queries: readonly ResultQuery[],
    circumstances: Circumstances,
    isFirst = false
  ): void {
    const before = object.members.queries
    let isNew = false
    for (const query of queries) isNew = this.store.results.add(object, query) || isNew
    if (!isNew) return
    this.emitMembership(object, before, object.members.queries, queries, circumstances, { isFirst })
    for (const query of queries) query.hidden.delete(object.dn)
  }

  /**
   * The object is in this result no more.
   * @param isLeft it is known to exist
   */
  leave(object: StoredObject<ResultQuery>, query: ResultQuery, circumstances: Circumstances, isLeft = false): void {
    const before = object.members.queries
    if (!this.store.results.delete(object, query)) return
    this.windows.get(query)?.ended.add(object.dn)
    const after = object.members.queries
    if (after.size === 0) this.store.remove(object)
    this.emitMembership(object, before, after, [query], circumstances, { isLeft })
  }

  /**
   * An object that was hidden is in the result of the query no more.
   * @param object as its listeners know it
   * @param isLeft it is known to exist
   */
  hiddenLeft(
    object: StoredObject<ResultQuery>,
    query: ResultQuery,
    circumstances: Circumstances,
    isLeft: boolean
  ): void {
    const after = this.store.get(object.dn)?.members.queries ?? NONE
    const before = new Set([...after, query])
    this.emitMembership(object, before, after, [query], circumstances, { isLeft, isHidden: true })
    query.hidden.delete(object.dn)
  }

  /** The object is gone. */
  end(object: StoredObject<ResultQuery>, by: readonly ResultQuery[], circumstances: Circumstances): void {
    for (const query of this.hiding) {
      const hidden = query.hidden.get(object.dn)
      if (hidden !== undefined) this.hiddenLeft(hidden, query, circumstances, false)
    }
    const before = object.members.queries
    this.store.remove(object)
    this.windows.noteEnd(object.dn)
    const step = { object, event: 'deleted', changes: undefined, before, after: NONE, circumstances } as const
    this.emit({ ...step, isFirst: false, isLeft: false, isHidden: false }, by)
  }

  /**
   * An end of which these queries know. Where all of them have filters, it may be out of these alone: results without a
   * filter are left to a read of the object.
   */
  endBy(object: StoredObject<ResultQuery>, queries: readonly ResultQuery[], circumstances: Circumstances): void {
    const others = [...object.members.queries].filter((query) => !queries.includes(query))
    if (others.length === 0 || queries.some(({ isFiltered }) => !isFiltered)) {
      this.end(object, queries, circumstances)
      return
    }
    for (const query of queries) this.leave(object, query, circumstances)
    suspect(object.dn, others)
  }

  /** Nothing but the results that the object is in are others. */
  private emitMembership(
    object: StoredObject<ResultQuery>,
    before: ReadonlySet<ResultQuery>,
    after: ReadonlySet<ResultQuery>,
    queries: readonly ResultQuery[],
    circumstances: Circumstances,
    how: Partial<Pick<Step, 'isFirst' | 'isLeft' | 'isHidden'>>
  ): void {
    const plain = { isFirst: false, isLeft: false, isHidden: false, changes: undefined }
    this.emit({ ...plain, ...how, object, event: 'membership', before, after, circumstances }, queries)
  }

  private emit(
    made: Omit<Step, 'number' | 'by' | 'change' | 'isGiven'>,
    queries: readonly ResultQuery[],
    isSole = false
  ): void {
    this.steps += 1
    const [by] = queries
    if (by === undefined) return
    const { object, event, changes, before, after, isFirst, isLeft, isHidden, circumstances } = made
    const listeners = listenersOf(before, after)
    if (listeners === undefined) return
    if (circumstances.origin === 'recovered') by.count(event, before, after)
    // One literal: a spread made every step an object of a shape of its own, and each event half as dear again.
    const step: Step = {
      object,
      event,
      changes,
      before,
      after,
      by,
      isFirst,
      isLeft,
      isHidden,
      number: this.steps,
      circumstances,
      isGiven: isSole && !(listeners instanceof Set),
      change: undefined
    }
    if (!(listeners instanceof Set)) {
      listeners.step(step)
      return
    }
    // What one of them makes of it is nothing to the others.
    const failures: unknown[] = []
    for (const listener of listeners) {
      try {
        listener.step(step)
      } catch (thrown) {
        failures.push(thrown)
      }
    }
    if (failures.length > 0) throw failures[0]
  }
}

/** Those who listen to any of the results: mostly one. */
function listenersOf(
  before: ReadonlySet<ResultQuery>,
  after: ReadonlySet<ResultQuery>
): StepListener | Set<StepListener> | undefined {
  let only: StepListener | undefined
  let all: Set<StepListener> | undefined
  const add = (listener: StepListener): void => {
    if (all !== undefined) all.add(listener)
    else if (only === undefined) only = listener
    else if (only !== listener) all = new Set([only, listener])
  }
  for (const query of before) for (const listener of query.listeners) add(listener)
  if (after !== before) for (const query of after) for (const listener of query.listeners) add(listener)
  return all ?? only
}
