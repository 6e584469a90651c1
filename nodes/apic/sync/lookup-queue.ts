// Looks up the objects that events wait for, all of them together, until none waits.

import { toAciError, type AciError } from '../common/errors'
import { isTransient } from '../connection/transient'
import type { WireObject } from '../protocol/wire'
import { Digest } from '../store/change'
import type { EventIntake } from './event-intake'
import { suspect, type Circumstances, type ResultQuery } from './step'

/** Objects that are looked up together by one query. */
interface Group {
  /** Asks for all of them. */
  readonly lead: ResultQuery
  readonly dns: Set<string>
  /** The queries of each object that have the same filter. */
  readonly queries: Map<string, ResultQuery[]>
}

const NONE: ReadonlySet<ResultQuery> = new Set()

export class LookupQueue {
  private running: Promise<ReadonlySet<ResultQuery>> | undefined

  /** @param flush resolves when all that the connections in use had sent until now has come in */
  constructor(
    private readonly intake: EventIntake,
    private readonly flush: () => Promise<void>
  ) {}

  /** Resolves when nothing waits for a lookup. @returns the queries some of whose objects could not be looked up */
  run(): Promise<ReadonlySet<ResultQuery>> {
    if (this.running === undefined && this.intake.held.lookups.length === 0) return Promise.resolve(NONE)
    this.running ??= this.all().finally(() => {
      this.running = undefined
      // One that began to wait in the very moment in which the last one was settled.
      if (this.intake.held.lookups.length > 0) void this.run()
    })
    return this.running
  }

  private async all(): Promise<ReadonlySet<ResultQuery>> {
    const { held } = this.intake
    const unread = new Set<ResultQuery>()
    for (let dns = held.lookups; dns.length > 0; dns = held.lookups) {
      const groups = this.groupsOf(dns)
      const found = new Map<string, { row: WireObject; queries: ResultQuery[] }>()
      const failed = new Map<string, AciError>()
      for (const group of groups) for (const query of await this.read(group, found, failed)) unread.add(query)
      await this.flush()
      for (const dn of dns) {
        const asked = groups.flatMap(({ queries }) => queries.get(dn) ?? [])
        this.settle(dn, asked, found.get(dn), failed.get(dn))
      }
    }
    return unread
  }

  private groupsOf(dns: readonly string[]): Group[] {
    const { held } = this.intake
    const groups = new Map<ResultQuery, Group>()
    for (const dn of dns) {
      const queries = [...(held.get(dn)?.queries ?? [])].filter(({ isServed }) => isServed)
      // Queries that are served no more compare everything when they are again.
      if (queries.length === 0) held.take(dn)
      for (const filter of new Set(queries.map(({ query }) => query.filter))) {
        const together = queries.filter(({ query }) => query.filter === filter)
        const [lead] = together
        if (lead === undefined) continue
        held.claim(dn, lead)
        const group = groups.get(lead) ?? { lead, dns: new Set(), queries: new Map<string, ResultQuery[]>() }
        groups.set(lead, group)
        group.dns.add(dn)
        group.queries.set(dn, together)
      }
    }
    return [...groups.values()]
  }

  /** @returns the queries some of whose objects could not be looked up */
  private async read(
    { lead, dns, queries }: Group,
    found: Map<string, { row: WireObject; queries: ResultQuery[] }>,
    failed: Map<string, AciError>
  ): Promise<ReadonlySet<ResultQuery>> {
    const own = new Map<string, AciError>()
    try {
      const lookup = await lead.lookUp([...dns])
      for (const [dn, row] of lookup.found) {
        const before = found.get(dn)
        const isSame = before === undefined || isSameState(before.row, row)
        // That an earlier state matched a filter says nothing of this one.
        const still = before?.queries.filter(({ isFiltered }) => isSame || !isFiltered) ?? []
        if (!isSame) suspect(dn, before.queries)
        found.set(dn, { row, queries: [...still, ...(queries.get(dn) ?? [])] })
      }
      for (const [dn, error] of lookup.failed) own.set(dn, error)
    } catch (thrown) {
      for (const dn of dns) own.set(dn, toAciError(thrown))
    }
    const unread = new Set<ResultQuery>()
    for (const [dn, error] of own) {
      failed.set(dn, error)
      for (const query of queries.get(dn) ?? []) {
        unread.add(query)
        query.lookupFailed(error)
        if (!isTransient(error)) query.suspect(dn)
      }
    }
    return unread
  }

  /** What a read says of an object for which events wait, and these events. */
  private settle(
    dn: string,
    asked: readonly ResultQuery[],
    found: { readonly row: WireObject; readonly queries: readonly ResultQuery[] } | undefined,
    failure: AciError | undefined
  ): void {
    const { intake } = this
    const waiting = intake.held.take(dn)
    if (waiting === undefined) return
    const { arrivals, mayBeGone } = waiting
    const queries = [...waiting.queries].filter(({ isServed }) => isServed)
    if (queries.length === 0) return
    const [first, ...rest] = arrivals
    if (found !== undefined) {
      intake.inVain.delete(dn)
      // A frame may have named others since it was looked up.
      const others = queries.filter((query) => !query.isFiltered && !found.queries.includes(query))
      this.take(found.row, [...found.queries, ...others])
      // It exists; but the lookups of these did not show it.
      const object = intake.store.get(dn)
      const left = asked.filter((query) => query.isFiltered && query.isServed && !found.queries.includes(query))
      const circumstances: Circumstances = { origin: 'live', receivedAt: Date.now() }
      if (object !== undefined) for (const query of left) intake.steps.leave(object, query, circumstances, true)
    } else if (failure !== undefined) {
      // Nobody can tell: the events are all there is.
      for (const arrival of arrivals) intake.applyUncertain(arrival)
      return
    } else if (!mayBeGone) {
      if (!intake.store.has(dn)) intake.inVain.add(dn)
    } else {
      const object = intake.store.get(dn)
      const receivedAt = Date.now()
      const circumstances: Circumstances = {
        origin: 'live',
        receivedAt,
        raw: first?.event.raw,
        modTs: first?.event.attributes['modTs']
      }
      if (object !== undefined && queries.some(({ isFiltered }) => !isFiltered))
        intake.steps.end(object, queries, circumstances)
      else if (object !== undefined) for (const query of queries) intake.steps.leave(object, query, circumstances)
    }
    // What is known of an object that no lookup shows is older than the event: a modification that follows needs one, too.
    const isPart = rest[0]?.event.status === 'modified' && found === undefined && intake.store.has(dn)
    if (isPart) for (const arrival of rest) intake.holdForLookup(arrival)
    else intake.replay(rest)
    // Those with a filter that a frame has named since ask for themselves.
    const unasked = queries.filter((query) => query.isFiltered && !asked.includes(query))
    if (unasked.length > 0 && first !== undefined) intake.holdForLookup({ event: first.event, queries: unasked })
  }

  private take(row: WireObject, queries: readonly ResultQuery[]): void {
    const { intake } = this
    const { store } = intake
    const circumstances: Circumstances = {
      origin: 'live',
      receivedAt: Date.now(),
      modTs: row.attributes['modTs'],
      raw: row.raw,
      isLookedUp: true
    }
    const taken = intake.take(row, queries, { origin: 'live' }, false, true)
    const object = store.get(row.dn)
    if (taken === 'earlier') suspect(row.dn, queries)
    else if (typeof taken !== 'string') intake.steps.changed(taken, queries, circumstances)
    else if (object !== undefined) intake.steps.join(object, queries, circumstances)
  }
}

function isSameState(one: WireObject, other: WireObject): boolean {
  const digestOf = ({ class: name, attributes }: WireObject): string => Digest.of(name, attributes).toString()
  return one.class === other.class && digestOf(one) === digestOf(other)
}
