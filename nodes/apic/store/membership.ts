// Which queries have an object in their results. Objects that are in the same results share one Membership, which knows
// them all: so an object costs one reference however many queries it answers, and a query finds its objects.

/** A query whose result is kept. */
export interface ResultOwner {
  /** Tells it from the others of its store. */
  readonly id: number
}

/** The queries of some objects. Interned: two of them are the same exactly if their queries are. */
export interface Membership<Q extends ResultOwner, T> {
  readonly queries: ReadonlySet<Q>
  readonly objects: ReadonlySet<T>
}

interface Interned<Q extends ResultOwner, T> extends Membership<Q, T> {
  readonly key: string
  readonly queries: Set<Q>
  readonly objects: Set<T>
}

export class Memberships<Q extends ResultOwner, T extends { members: Membership<Q, T> }> {
  /** Of what is in no result. */
  readonly none: Membership<Q, T> = { queries: new Set(), objects: new Set() }
  private readonly byKey = new Map<string, Interned<Q, T>>()
  private readonly byQuery = new Map<Q, Set<Interned<Q, T>>>()

  /** The object is in the result of this query, too. @returns whether that is new */
  add(object: T, query: Q): boolean {
    if (object.members.queries.has(query)) return false
    this.move(object, [...object.members.queries, query])
    return true
  }

  /** The object is in the result of this query no more. @returns whether it was */
  delete(object: T, query: Q): boolean {
    if (!object.members.queries.has(query)) return false
    const { queries } = object.members
    this.move(
      object,
      [...queries].filter((other) => other !== query)
    )
    return true
  }

  /** The object is in no result any more. */
  clear(object: T): void {
    this.move(object, [])
  }

  /** How many objects are in the result of this query. */
  count(query: Q): number {
    let count = 0
    for (const { objects } of this.byQuery.get(query) ?? []) count += objects.size
    return count
  }

  /** The objects in the result of this query. They may be moved to other results meanwhile. */
  *of(query: Q): IterableIterator<T> {
    for (const { objects } of [...(this.byQuery.get(query) ?? [])]) yield* objects
  }

  private move(object: T, queries: readonly Q[]): void {
    const { members } = object
    if (members !== this.none) {
      const before = members as Interned<Q, T>
      before.objects.delete(object)
      if (before.objects.size === 0) this.forget(before)
    }
    if (queries.length === 0) {
      object.members = this.none
      return
    }
    const after = this.interned(queries)
    after.objects.add(object)
    object.members = after
  }

  private interned(queries: readonly Q[]): Interned<Q, T> {
    const [only] = queries
    const key = queries.length === 1 ? String(only?.id) : keyOf(queries)
    const known = this.byKey.get(key)
    if (known !== undefined) return known
    const made: Interned<Q, T> = { key, queries: new Set(queries), objects: new Set() }
    this.byKey.set(key, made)
    for (const query of queries) {
      const ofQuery = this.byQuery.get(query)
      if (ofQuery === undefined) this.byQuery.set(query, new Set([made]))
      else ofQuery.add(made)
    }
    return made
  }

  private forget(interned: Interned<Q, T>): void {
    this.byKey.delete(interned.key)
    for (const query of interned.queries) {
      const ofQuery = this.byQuery.get(query)
      ofQuery?.delete(interned)
      if (ofQuery?.size === 0) this.byQuery.delete(query)
    }
  }
}

function keyOf(queries: readonly ResultOwner[]): string {
  return queries
    .map(({ id }) => id)
    .sort((one, other) => one - other)
    .join(' ')
}
