// An APIC of a few objects for tests of one query or some: it answers when the test says so, and sends what the test writes
// to the queries that the test names.

import assert from 'node:assert/strict'
import type { Connection } from '../../../nodes/apic/connection/connection'
import type { Receiver } from '../../../nodes/apic/connection/router'
import type { Query } from '../../../nodes/apic/protocol/query'
import type { Answer, Attributes, Status, WireEvent, WireObject } from '../../../nodes/apic/protocol/wire'
import type { Claim } from '../../../nodes/apic/sync/plausibility'
import type { Registration } from '../../../nodes/apic/sync/registrations'
import type { QueryListener, ResultQuery, Step } from '../../../nodes/apic/sync/step'
import { StoreSync, type SyncHost } from '../../../nodes/apic/sync/store-sync'
import type { MirrorMode, SyncedQuery } from '../../../nodes/apic/sync/synced-query'
import { Tally } from '../../../nodes/apic/sync/tally'

/** Resolves when all that needs no time is done. */
export const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

export const TENANTS: Query = { target: 'class', of: 'fvTenant', scope: 'self', subtreeClasses: [], filter: '' }

/** Tenants of that description. */
export const described = (descr: string): Query => ({ ...TENANTS, filter: `eq(fvTenant.descr,"${descr}")` })

/** The objects, and what is said of them when they change. Each change has a later time than the one before. */
export class SmallApic {
  private readonly objects = new Map<string, WireObject>()
  private seconds = 0
  /** Objects in a page. */
  pageSize = 100

  /** Creates or modifies a tenant. @returns the event: of a modification no more than it changes */
  write(dn: string, attributes: Attributes): WireEvent {
    const known = this.objects.get(dn)
    const modTs = this.tick()
    this.objects.set(dn, object(dn, { ...known?.attributes, ...attributes, modTs }))
    return eventOf(dn, known === undefined ? 'created' : 'modified', { ...attributes, modTs })
  }

  delete(dn: string): WireEvent {
    this.objects.delete(dn)
    return eventOf(dn, 'deleted', { modTs: this.tick() })
  }

  /** Sets its clock. */
  set(seconds: number): void {
    this.seconds = seconds
  }

  answer(path: string): Answer {
    const url = decodeURIComponent(path)
    const dn = /^\/api\/mo\/(.*)\.json/.exec(url)?.[1]
    if (dn === 'uni') return { objects: [object(dn, {})], totalCount: 1, skipped: 0 }
    const [, name = '', value = ''] = /eq\(fvTenant\.(\w+),"(\w*)"\)/.exec(url) ?? []
    const matching = [...this.objects.values()]
      .filter((each) => (dn === undefined || each.dn === dn) && (name === '' || each.attributes[name] === value))
      .sort((one, other) => (one.dn < other.dn ? -1 : 1))
    const start = Number(/[?&]page=(\d+)/.exec(url)?.[1] ?? 0) * this.pageSize
    return { objects: matching.slice(start, start + this.pageSize), totalCount: matching.length, skipped: 0 }
  }

  private tick(): string {
    this.seconds += 1
    return new Date(1_764_000_000_000 + this.seconds * 1_000).toISOString()
  }
}

function object(dn: string, attributes: Attributes): WireObject {
  return { class: 'fvTenant', dn, attributes: { dn, ...attributes }, raw: {} }
}

/** What is said of a change. */
export function eventOf(dn: string, status: Status, attributes: Attributes): WireEvent {
  return { ...object(dn, attributes), status }
}

/** Answers that wait: each is as things were when it was asked for. */
export interface Gate {
  /** Resolves when so many requests wait, in all. */
  reached: (requests?: number) => Promise<void>
  /** They are answered, and those that follow; with an error they fail. */
  open: (error?: Error) => void
}

export class SmallConnection {
  readonly controller = 'https://apic1'
  readonly facts = { site: '' }
  isOver = false
  /** Ids that were given up. */
  readonly released: string[] = []
  /** Paths that were read. */
  readonly reads: string[] = []
  /** Whether a registration is answered by {@link reply} only. */
  isSlow = false
  private readonly receivers = new Map<SyncedQuery, Receiver>()
  private readonly replies: (() => void)[] = []
  private gates: { pattern: RegExp; requests: number; opened: Promise<Error | undefined> }[] = []
  private ids = 0

  constructor(
    private readonly sync: StoreSync,
    private readonly apic: SmallApic,
    private readonly name = ''
  ) {}

  get asConnection(): Connection {
    return this as unknown as Connection
  }

  async register(_path: string, receiver: Registration<SyncedQuery>): Promise<{ id: string }> {
    this.receivers.set(receiver.query, receiver)
    if (this.isSlow) await new Promise<void>((resolve) => this.replies.push(resolve))
    this.ids += 1
    return { id: `${this.name}${this.ids}` }
  }

  reply(): void {
    for (const resolve of this.replies.splice(0)) resolve()
  }

  async get(path: string): Promise<Answer> {
    this.reads.push(path)
    const answer = this.apic.answer(path)
    const gate = this.gates.find(({ pattern }) => pattern.test(path))
    if (gate === undefined) return answer
    gate.requests += 1
    const error = await gate.opened
    if (error !== undefined) throw error
    return answer
  }

  /** Answers to these paths wait. */
  close(pattern: RegExp): Gate {
    let resolve: (error?: Error) => void = () => undefined
    const gate = { pattern, requests: 0, opened: new Promise<Error | undefined>((resolved) => (resolve = resolved)) }
    this.gates.push(gate)
    return {
      reached: async (requests = 1) => {
        for (let turn = 0; turn < 100 && gate.requests < requests; turn += 1) await settled()
        assert.ok(gate.requests >= requests, `nobody asked for ${pattern.source}`)
      },
      open: (error) => {
        this.gates = this.gates.filter((each) => each !== gate)
        resolve(error)
      }
    }
  }

  flush(): Promise<void> {
    return Promise.resolve()
  }

  release(id: string): void {
    this.released.push(id)
  }

  refreshedAt(): undefined {
    return undefined
  }

  /** A frame with this event, which names these queries. */
  tells(event: WireEvent, ...queries: SyncedQuery[]): void {
    const receivers = queries.map(
      (query) => this.receivers.get(query) ?? assert.fail(`${query.path} is not registered`)
    )
    this.sync.deliver(event, receivers, false, false)
  }

  /** A frame that names this query could not be read. */
  misses(query: SyncedQuery): void {
    this.receivers.get(query)?.missed()
  }
}

/** What a node would be sent of its queries, such as `live modified uni/tn-a descr=x`. */
export class Ear implements QueryListener {
  readonly heard: string[] = []

  constructor(...queries: SyncedQuery[]) {
    for (const query of queries) query.listeners.add(this)
  }

  step({ object: { dn }, event: name, changes = {}, circumstances: { origin, uncertain }, ...step }: Step): void {
    const is = (queries: ReadonlySet<ResultQuery>): boolean => [...queries].some(({ listeners }) => listeners.has(this))
    const [saw, sees] = [is(step.before), is(step.after)]
    if (name === 'membership' && saw === sees) return
    const isSaid = saw === sees || name === 'created' || name === 'deleted'
    const happened = isSaid ? name : sees ? 'entered' : 'left'
    const values = Object.entries(changes).map(([attribute, { to }]) => `${attribute}=${to}`)
    const words = [uncertain === true ? 'uncertain' : origin, happened, dn, ...values]
    this.heard.push(words.join(' '))
  }

  streamed({ dn, status }: WireEvent): void {
    this.heard.push(`streamed ${status} ${dn}`)
  }

  /** What was heard since this was asked last. */
  news(): string[] {
    return this.heard.splice(0)
  }

  stateChanged(): void {
    // Each test looks at the state itself.
  }

  synced(): void {
    // As above.
  }

  expected(): string[] {
    return []
  }

  reset(): void {
    // There is one fabric.
  }
}

/** A store of one small APIC with one connection. */
export class SmallFabric {
  readonly apic = new SmallApic()
  /** Queries that want to be verified. */
  readonly suspects = new Set<SyncedQuery>()
  /** Queries that want to be joined anew. */
  readonly retries = new Set<SyncedQuery>()
  /** What another controller was asked about; it agrees. */
  readonly claims: Claim[] = []
  readonly sync: StoreSync
  readonly connection: SmallConnection

  constructor() {
    const host: SyncHost = {
      retry: (query) => this.retries.add(query),
      verifySoon: (query) => this.suspects.add(query),
      verifyLater: () => undefined,
      crossCheck: (claim) => {
        this.claims.push(claim)
        return Promise.resolve(false)
      },
      handoverFailed: () => assert.fail('too many events in a handover')
    }
    this.sync = new StoreSync(host)
    this.connection = this.connect()
  }

  connect(name = ''): SmallConnection {
    const connection = new SmallConnection(this.sync, this.apic, name)
    this.sync.connected(connection.asConnection)
    return connection
  }

  add(query: Query = TENANTS, mode: MirrorMode = 'full'): SyncedQuery {
    return this.sync.add(query, mode, new Tally())
  }

  /** A query of which everything has been read. */
  async live(query: Query = TENANTS, mode: MirrorMode = 'full'): Promise<SyncedQuery> {
    const synced = this.add(query, mode)
    await synced.join(this.connection.asConnection)
    // Another reading some seconds after a registration is due; from now on only suspects are read.
    await synced.verify()
    assert.equal(synced.state.phase, 'live')
    return synced
  }

  /** Another connection is about to take over the query: its first page waits at the gate. */
  async handOver(query: SyncedQuery): Promise<{ next: SmallConnection; gate: Gate; joined: Promise<void> }> {
    const next = this.connect('next')
    const gate = next.close(/page=0/)
    const joined = query.join(next.asConnection)
    await gate.reached()
    return { next, gate, joined }
  }

  /** Reads what is suspect, as happens about a second later. */
  async verify(): Promise<void> {
    for (const query of [...this.suspects]) {
      this.suspects.delete(query)
      await query.verify()
    }
  }
}

/** The objects of a query with their descriptions: `uni/tn-a=x`. */
export function resultOf(query: SyncedQuery): string[] {
  return [...query.objects].map(({ dn, attributes }) => `${dn}=${attributes['descr'] ?? ''}`).sort()
}
