// Which of some queries are sure to match an object, without asking each of them.

import { isSureOf, pathOf, type Query } from '../protocol/query'

export class SureQueries {
  /** By class or DN. */
  private readonly byRoot = new Map<string, Query[]>()

  constructor(queries: readonly Query[]) {
    for (const query of queries) {
      const known = this.byRoot.get(query.of)
      if (known === undefined) this.byRoot.set(query.of, [query])
      else known.push(query)
    }
  }

  get isEmpty(): boolean {
    return this.byRoot.size === 0
  }

  /** Paths of those that are sure to match it. */
  of(object: { readonly class: string; readonly dn: string }): string[] {
    if (this.byRoot.size === 0) return []
    const sure: string[] = []
    for (const root of [object.class, ...rootsOf(object.dn)]) {
      for (const query of this.byRoot.get(root) ?? []) if (isSureOf(query, object)) sure.push(pathOf(query))
    }
    return sure
  }
}

/** The DN and all that it may be below of. */
export function* rootsOf(dn: string): IterableIterator<string> {
  yield dn
  for (let end = dn.lastIndexOf('/'); end > 0; end = dn.lastIndexOf('/', end - 1)) yield dn.slice(0, end)
}
