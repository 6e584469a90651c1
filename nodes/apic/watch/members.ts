// The queries of a watch, and what the node knows of their objects.

import { isSureOf, pathOf, type Query } from '../protocol/query'
import { versionOf, type Change } from '../store/change'
import type { StoredObject } from '../store/object-store'
import type { Remembered } from '../store/remembered'
import type { ResultQuery, StepListener } from '../sync/step'
import type { MirrorMode, SyncedQuery } from '../sync/synced-query'
import { transition, isVisible, type MemberEvent, type MemberState } from './member-state'
import type { Staying } from './retention'
import { rootsOf, SureQueries } from './sure-queries'

export interface Member {
  readonly query: Query
  readonly mirror: MirrorMode
  readonly synced: SyncedQuery
  state: MemberState
  /** Its existing objects could not be read when they were to be sent: they are when they can be. */
  owesSnapshot: boolean
  /** Its listener has gone while what exists was being sent: what is found from then on is sent as new. */
  isCutShort: boolean
}

export class Members {
  private readonly list: Member[] = []
  private readonly byQuery = new Map<ResultQuery, Member>()
  /** By class or DN: of ten thousand, few can match an object. */
  private readonly byRoot = new Map<string, Set<Member>>()
  /** Those with a filter: only they hide objects. */
  private readonly filtered = new Set<Member>()
  /** How many are going to be compared with what had been delivered. */
  private comparing = 0

  get all(): readonly Member[] {
    return this.list
  }

  /** Those of these queries. */
  of(queries: readonly Query[]): Member[] {
    const paths = new Set(queries.map(pathOf))
    return this.list.filter(({ synced }) => paths.has(synced.path))
  }

  get(query: ResultQuery): Member | undefined {
    return this.byQuery.get(query)
  }

  /** Whether any has that path. */
  hasPath({ of }: Query, path: string): boolean {
    for (const { synced } of this.byRoot.get(of) ?? []) if (synced.path === path) return true
    return false
  }

  has(member: Member): boolean {
    return this.byQuery.get(member.synced) === member
  }

  add(member: Member): void {
    this.list.push(member)
    this.byQuery.set(member.synced, member)
    const { of } = member.query
    const alike = this.byRoot.get(of)
    if (alike === undefined) this.byRoot.set(of, new Set([member]))
    else alike.add(member)
    if (member.synced.isFiltered) this.filtered.add(member)
    if (member.state.phase === 'comparing') this.comparing += 1
  }

  delete(member: Member): void {
    this.list.splice(this.list.indexOf(member), 1)
    this.byQuery.delete(member.synced)
    const { of } = member.query
    const alike = this.byRoot.get(of)
    alike?.delete(member)
    this.filtered.delete(member)
    if (alike?.size === 0) this.byRoot.delete(of)
    if (member.state.phase === 'comparing') this.comparing -= 1
  }

  enter(member: Member, event: MemberEvent): void {
    const { state: before } = member
    member.state = transition(before, event)
    if (before.phase === 'comparing' && member.state !== before) this.comparing -= 1
  }

  staying(leaving: readonly ResultQuery[]): Staying {
    const staying = this.list.filter(({ synced }) => !leaving.includes(synced))
    return {
      sureQueries: new SureQueries(staying.filter(({ mirror }) => mirror === 'full').map(({ query }) => query)),
      visible: new Set(staying.filter(({ state }) => isVisible(state)).map(({ synced }) => synced))
    }
  }

  // --- what the node knows of an object ---

  /**
   * Whether the node knows an object in these results.
   * @param isLive what comes of objects that could not be read is sent although the start of their query still waits
   */
  isVisible(queries: ReadonlySet<ResultQuery>, isLive = false): boolean {
    for (const query of queries) {
      const state = this.byQuery.get(query)?.state
      if (state === undefined) continue
      if (isVisible(state)) return true
      if (isLive && state.phase === 'comparing' && query.isUnread) return true
    }
    return false
  }

  /**
   * Whether an object that the first reading of a query shows is new to the node: another query has been sure to match it
   * for longer, and has not had it.
   */
  isNews(object: StoredObject, than: Member): boolean {
    if (this.list.length === 1) return false
    for (const root of [object.class, ...rootsOf(object.dn)]) {
      for (const member of this.byRoot.get(root) ?? []) {
        const { state, query, mirror, synced } = member
        if (member === than || mirror !== 'full' || state.phase !== 'known' || !synced.isComplete) continue
        if (isSureOf(query, object)) return true
      }
    }
    return false
  }

  /** An object that was hidden until now, as the listener was sent it last. */
  hidden(listener: StepListener, dn: string): StoredObject | undefined {
    for (const { synced } of this.filtered) {
      const hidden = synced.hidden.from(listener, dn)
      if (hidden !== undefined) return hidden
    }
    return undefined
  }

  /** The listener has been sent something later of an object that may be hidden. */
  hasSent(listener: StepListener, dn: string): void {
    for (const { synced } of this.filtered) synced.hidden.hasSent(listener, dn)
  }

  /** One of these queries that is a member's. */
  sourceOf(queries: ReadonlySet<ResultQuery>): ResultQuery | undefined {
    for (const query of queries) if (this.byQuery.has(query)) return query
    return undefined
  }

  // --- what had been delivered before this process began ---

  /** What is remembered of those that have still to be compared with it. */
  *remembered(): IterableIterator<Remembered> {
    for (const { state } of this.list) if (state.phase === 'comparing') yield state.remembered
  }

  /** Events stream although the objects could not be read: they are delivered, and so they are remembered. */
  noteDelivered(change: Change): void {
    if (this.comparing === 0 || change.origin !== 'live') return
    for (const { state, synced } of this.list) {
      if (state.phase !== 'comparing' || !synced.isUnread) continue
      const { objects } = state.remembered
      if (change.event === 'deleted') objects.delete(change.dn)
      else objects.set(change.dn, { class: change.class, version: versionOf(change) })
    }
  }
}
