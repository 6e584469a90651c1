// An APIC and a node without time: frames arrive, answers come and connections break when a test says so, in any order.

import assert from 'node:assert/strict'
import { AciError } from '../../../nodes/apic/common/errors'
import type { Connection } from '../../../nodes/apic/connection/connection'
import { SubscriptionRouter, type Receiver } from '../../../nodes/apic/connection/router'
import { pathOf, type Query } from '../../../nodes/apic/protocol/query'
import type { Answer, Attributes, WireEvent, WireObject } from '../../../nodes/apic/protocol/wire'
import { cloneChange, type Change } from '../../../nodes/apic/store/change'
import { StoreSync, type SyncHost } from '../../../nodes/apic/sync/store-sync'
import type { QueryListener } from '../../../nodes/apic/sync/step'
import type { MirrorMode, SyncedQuery } from '../../../nodes/apic/sync/synced-query'
import { Tally } from '../../../nodes/apic/sync/tally'
import { Watch, type QueryPool, type SavedWatch } from '../../../nodes/apic/watch/watch'

export const DNS = ['uni/tn-a', 'uni/tn-b'] as const
const TENANT = 'fvTenant'
const FAULT = 'faultInst'
const FILTER = 'eq(fvTenant.descr,"red")'

export const query = (given: Partial<Query>): Query => {
  return { target: 'mo', of: 'uni', scope: 'self', subtreeClasses: [], filter: '', ...given }
}

/** Queries that overlap in all ways. */
export const QUERIES: readonly Query[] = [
  query({ target: 'class', of: TENANT }),
  query({ of: DNS[0] }),
  query({ scope: 'subtree', subtreeClasses: [TENANT] }),
  query({ of: DNS[1], scope: 'subtree' }),
  query({ target: 'class', of: TENANT, filter: FILTER }),
  query({ target: 'class', of: FAULT })
]
const FILTERED = QUERIES[4]!

interface Stored {
  readonly class: string
  readonly dn: string
  readonly attributes: Attributes
}

export function matches({ target, of, scope, subtreeClasses, filter }: Query, object: Stored): boolean {
  const { class: name, dn, attributes } = object
  if (filter !== '' && attributes['descr'] !== 'red') return false
  if (target === 'class') return name === of
  if (dn === of) return scope === 'self' || subtreeClasses.length === 0 || subtreeClasses.includes(name)
  if (scope !== 'subtree' || !dn.startsWith(`${of}/`)) return false
  return subtreeClasses.length === 0 || subtreeClasses.includes(name)
}

/** A fabric with two tenants and a fault below each. */
export class Tree {
  readonly objects = new Map<string, Stored>()
  private changes = 0
  /** What the clock was set back by, ms. */
  lag = 0

  /** Makes the object, changes it, or deletes it. @returns the event, and the object that it is about */
  change(dn: string, descr: string | undefined): { event: WireEvent; object: Stored } | undefined {
    const was = this.objects.get(dn)
    if (was === undefined && descr === undefined) return undefined
    this.changes += 1
    const time = new Date(Date.UTC(2026, 0) + 1_000 * this.changes - this.lag).toISOString()
    const name = dn.includes('/fault-') ? FAULT : TENANT
    const modTs = name === FAULT ? 'never' : time
    const count = String(this.changes)
    const object = { class: name, dn, attributes: { dn, modTs, descr: descr ?? '', count } }
    const status = was === undefined ? 'created' : descr === undefined ? 'deleted' : 'modified'
    if (descr === undefined) this.objects.delete(dn)
    else this.objects.set(dn, object)
    const changed: Attributes = { dn, modTs: time, status, rn: '', childAction: '' }
    if (descr !== undefined && (status === 'created' || was?.attributes['descr'] !== descr)) changed['descr'] = descr
    if (status !== 'deleted') changed['count'] = count
    const event: WireEvent = { class: name, dn, status, attributes: changed, raw: {} }
    return { event, object: descr === undefined ? was! : object }
  }

  rows(asked: Query | string): WireObject[] {
    const found = [...this.objects.values()].filter((object) => {
      return typeof asked === 'string' ? object.dn === asked : matches(asked, object)
    })
    return found
      .sort((one, other) => (one.dn < other.dn ? -1 : 1))
      .map((object) => ({ ...object, attributes: { ...object.attributes, status: '' }, raw: {} }))
  }
}

/** A request that is under way. */
interface Asked {
  readonly reply: (how: 'now' | 'as it was' | 'busy' | 'refused') => void
}

/** A frame, or a mark that somebody waits for. */
type Sent = { readonly ids: readonly string[]; readonly event: WireEvent } | { readonly mark: () => void }

/** A connection whose frames and answers come when the test says so. */
export class Line {
  readonly controller = 'https://apic1'
  readonly facts = { site: '' }
  isOver = false
  /** Sent and not arrived. */
  readonly sent: Sent[] = []
  readonly asked: Asked[] = []
  private readonly alive = new Map<string, Query>()
  private readonly router: SubscriptionRouter
  private ids = 0

  constructor(
    private readonly tree: Tree,
    private readonly name: number,
    sync: StoreSync
  ) {
    this.router = new SubscriptionRouter(
      (...given) => sync.deliver(...given),
      (thrown) => {
        throw thrown
      }
    )
  }

  get asConnection(): Connection {
    return this as unknown as Connection
  }

  /** One frame names every subscription that matches. */
  push(event: WireEvent, object: Stored): void {
    const ids = [...this.alive].filter(([, asked]) => matches(asked, object)).map(([id]) => id)
    if (ids.length > 0) this.sent.push({ ids, event })
  }

  /** So many frames arrive. @param isLost they do not */
  arrive(count: number, isLost = false): void {
    for (let left = count; left > 0; left -= 1) {
      const next = this.sent.shift()
      if (next === undefined) return
      if ('mark' in next) next.mark()
      else if (!isLost && !this.isOver) this.router.dispatch({ ids: next.ids, events: [next.event], skipped: 0 })
    }
  }

  answer(how: 'now' | 'as it was' | 'busy' | 'refused'): void {
    this.asked.shift()?.reply(how)
  }

  /** The subscription ends without a word. @returns its id */
  forget(path: string): string | undefined {
    const found = [...this.alive].find(([, asked]) => pathOf(asked) === path)
    if (found === undefined) return undefined
    this.alive.delete(found[0])
    return found[0]
  }

  end(): void {
    this.isOver = true
    this.router.clear()
    for (const sent of this.sent.splice(0)) if ('mark' in sent) sent.mark()
    for (const { reply } of this.asked.splice(0)) reply('busy')
  }

  // --- what the client uses of a connection ---

  async register(path: string, receiver: Receiver): Promise<{ id: string }> {
    this.router.expect()
    let id: string | undefined
    try {
      await this.ask(() => undefined)
      this.ids += 1
      id = `${this.name}.${this.ids}`
      const asked = QUERIES.find((each) => pathOf(each) === path)
      assert.ok(asked)
      this.alive.set(id, asked)
      return { id }
    } finally {
      this.router.settle(id, receiver)
    }
  }

  async get(path: string): Promise<Answer> {
    const objects = await this.ask(() => this.read(path))
    return { objects, totalCount: objects.length, skipped: 0 }
  }

  flush(): Promise<void> {
    if (this.isOver) return Promise.resolve()
    return new Promise((resolve) => this.sent.push({ mark: resolve }))
  }

  release(id: string): void {
    this.router.forget(id)
    this.alive.delete(id)
  }

  refreshedAt(): undefined {
    return undefined
  }

  private read(path: string): WireObject[] {
    if (path.startsWith('/api/mo/uni.json') && !path.includes('page=')) {
      return [{ class: 'polUni', dn: 'uni', attributes: { dn: 'uni' }, raw: {} }]
    }
    const asked = QUERIES.find((each) => pathOf(each) === path.replace(/[?&](order-by|page)=.*$/, ''))
    if (path.includes('page=') && asked !== undefined) return this.tree.rows(asked)
    const [, dn = ''] = /^\/api\/mo\/(.*)\.json/.exec(path) ?? []
    const rows = this.tree.rows(dn)
    return path.includes('filter') ? rows.filter(({ attributes }) => attributes['descr'] === 'red') : rows
  }

  private ask<T>(read: () => T): Promise<T> {
    if (this.isOver) return Promise.reject(new AciError('ACI_CLOSED', 'the connection is over'))
    const before = read()
    return new Promise((resolve, reject) => {
      this.asked.push({
        reply: (how) => {
          if (this.isOver) reject(new AciError('ACI_CLOSED', 'the connection is over'))
          else if (how === 'busy')
            reject(new AciError('ACI_UNREACHABLE', 'busy', { status: 503, code: '503', text: '' }))
          else if (how === 'refused') reject(new AciError('ACI_QUERY', 'no', { status: 400, code: '400', text: '' }))
          else resolve(how === 'now' ? read() : before)
        }
      })
    })
  }
}

/** All that can happen without anything from outside has happened. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 40; turn += 1) await Promise.resolve()
}

/** One node and its fabric. */
export class World {
  readonly tree = new Tree()
  readonly messages: Change[] = []
  line: Line
  /** The connection before, as long as any query is served by it. */
  before: Line | undefined
  watch: Watch
  private sync: StoreSync
  private readonly shared = new Map<string, SyncedQuery>()
  private readonly toJoin = new Set<SyncedQuery>()
  private readonly joining = new Set<Promise<unknown>>()
  private readonly toVerify = new Set<SyncedQuery>()
  private lines = 0
  private isRestarting = false
  /** What a second node is sent, which has the query with a filter alone; undefined where there is none. */
  readonly narrow: Change[] | undefined
  private narrowWatch: Watch | undefined

  /** @param hasNarrow whether there is a second node, which has the query with a filter alone */
  constructor(hasNarrow = false) {
    this.sync = new StoreSync(this.host)
    this.line = this.connect()
    this.watch = this.begin()
    if (!hasNarrow) return
    this.narrow = []
    this.narrowWatch = new Watch(this.pool, this.narrowListener)
    this.narrowWatch.keep([FILTERED], { mirror: 'full', snapshot: true })
  }

  suspendNarrow(): void {
    this.narrowWatch?.suspend()
  }

  resumeNarrow(): void {
    this.narrowWatch?.resume(this.narrowListener)
    this.narrowWatch?.keep([FILTERED], { mirror: 'full', snapshot: false })
  }

  private get narrowListener(): { change: (change: Change) => void; stateChanged: () => void } {
    return { change: (change) => this.narrow?.push(cloneChange(change)), stateChanged: () => undefined }
  }

  private get host(): SyncHost {
    return {
      retry: (query) => this.toJoin.add(query),
      verifySoon: (query) => this.toVerify.add(query),
      verifyLater: (query) => this.toVerify.add(query),
      crossCheck: () => Promise.resolve(false),
      handoverFailed: () => undefined
    }
  }

  private get pool(): QueryPool {
    const { sync } = this
    return {
      acquire: (wanted, mirror, listener) => this.acquire(wanted, mirror, listener),
      release: (query, listener) => this.release(query, listener),
      find: (path) => this.shared.get(path),
      retention: (listener) => sync.retention(listener),
      retain: (object, retention) => sync.retain(object, retention),
      letGo: (object, retention) => sync.letGo(object, retention),
      get stepNumber() {
        return sync.stepNumber
      },
      get site() {
        return sync.site
      }
    }
  }

  private acquire(wanted: Query, mirror: MirrorMode, listener: QueryListener): SyncedQuery {
    const path = pathOf(wanted)
    let query = this.shared.get(path)
    if (query === undefined) {
      query = this.sync.add(wanted, mirror, new Tally())
      this.shared.set(path, query)
    }
    if (!query.isServed) this.toJoin.add(query)
    query.listeners.add(listener)
    return query
  }

  private release(query: SyncedQuery, listener: QueryListener): void {
    query.listeners.delete(listener)
    if (query.isRetention) {
      query.end()
      return
    }
    if (query.listeners.size > 0 || this.isRestarting) return
    this.shared.delete(query.path)
    this.toJoin.delete(query)
    this.toVerify.delete(query)
    this.sync.delete(query)
  }

  private begin(saved?: SavedWatch): Watch {
    const listener = {
      change: (change: Change) => this.messages.push(cloneChange(change)),
      stateChanged: () => undefined
    }
    const watch = new Watch(this.pool, listener)
    if (saved !== undefined) watch.resume(listener, saved)
    return watch
  }

  resume(): void {
    this.watch.resume({
      change: (change) => this.messages.push(cloneChange(change)),
      stateChanged: () => undefined
    })
  }

  /** The configuration node is made anew. */
  restart(): void {
    this.isRestarting = true
    const saved = this.watch.save()
    const savedNarrow = this.narrowWatch?.save()
    this.sync.save()
    this.isRestarting = false
    for (const [path, query] of this.shared) if (query.mode === 'off') this.shared.delete(path)
    this.toJoin.clear()
    this.toVerify.clear()
    this.line.end()
    this.before?.end()
    this.before = undefined
    this.sync.restore(this.host)
    this.line = this.connect()
    this.watch = this.begin(saved)
    if (savedNarrow === undefined) return
    this.narrowWatch = new Watch(this.pool, this.narrowListener)
    this.narrowWatch.resume(this.narrowListener, savedNarrow)
    this.narrowWatch.keep([FILTERED], { mirror: 'full', snapshot: true })
  }

  private connect(): Line {
    this.lines += 1
    const line = new Line(this.tree, this.lines, this.sync)
    this.sync.connected(line.asConnection)
    return line
  }

  change(dn: string, descr: string | undefined): void {
    const changed = this.tree.change(dn, descr)
    if (changed === undefined) return
    this.line.push(changed.event, changed.object)
    this.before?.push(changed.event, changed.object)
  }

  /** The connection breaks, and another one takes its place. */
  lose(): void {
    for (const line of [this.line, this.before]) {
      if (line === undefined) continue
      line.end()
      this.sync.connectionLost(line.asConnection, 0)
    }
    this.before = undefined
    this.line = this.connect()
    for (const query of this.shared.values()) this.toJoin.add(query)
  }

  /** A connection is made beside the one in use, which is left when all queries are on the new one. */
  handOver(): void {
    if (this.before !== undefined) return
    this.before = this.line
    this.line = this.connect()
    for (const query of this.shared.values()) this.toJoin.add(query)
  }

  /** The connection that is being left breaks. */
  loseBefore(): void {
    const { before } = this
    if (before === undefined) return
    this.before = undefined
    before.end()
    this.sync.connectionLost(before.asConnection, 0)
  }

  /** An id dies; that is noticed at once, or not before the next reading. */
  loseId(path: string, isNoticed: boolean): void {
    const id = this.line.forget(path)
    if (id === undefined || !isNoticed) return
    const query = this.sync.idLost(this.line.asConnection, id)
    if (query !== undefined) this.toJoin.add(query)
  }

  resync(path: string): void {
    const query = this.shared.get(path)
    if (query !== undefined) this.follow(query.resync())
  }

  /** What was refused may be granted by now. */
  retryRefused(): void {
    for (const query of this.shared.values()) if (query.state.phase === 'refused') this.toJoin.add(query)
  }

  /** What is due is done: queries join, suspects are read. */
  work(): void {
    const { line } = this
    for (const query of this.toJoin) {
      this.toJoin.delete(query)
      this.follow(
        query.join(line.asConnection).catch(() => {
          if (this.line === line && this.shared.get(query.path) === query) this.toJoin.add(query)
        })
      )
    }
    for (const query of this.toVerify) {
      this.toVerify.delete(query)
      this.follow(query.verify())
    }
    this.leaveBefore()
  }

  private leaveBefore(): void {
    const { before } = this
    if (before === undefined || this.toJoin.size > 0 || this.joining.size > 0) return
    if ([...this.shared.values()].some((query) => query.registrations.isServedBy(before.asConnection))) return
    this.before = undefined
    this.sync.left(before.asConnection)
    before.end()
  }

  private follow(work: Promise<unknown>): void {
    const followed = work.catch(() => undefined)
    this.joining.add(followed)
    void followed.finally(() => this.joining.delete(followed))
  }

  /** Nothing is wrong any more, and everything is done and read. */
  async quiet(): Promise<void> {
    for (let round = 0; round < 400; round += 1) {
      await settled()
      const lines = [this.line, ...(this.before === undefined ? [] : [this.before])]
      const isBusy = lines.some((line) => line.sent.length + line.asked.length > 0)
      if (!isBusy && this.toJoin.size + this.toVerify.size + this.joining.size === 0 && this.before === undefined)
        return
      this.work()
      for (const line of lines) {
        line.arrive(Infinity)
        line.answer('now')
      }
    }
    assert.fail('it never comes to rest')
  }

  /** The objects that the node has to know. */
  get visible(): Map<string, Attributes> {
    const seen = new Map<string, Attributes>()
    for (const object of this.tree.objects.values()) {
      if (this.watch.queries.some((each) => matches(each, object))) seen.set(object.dn, object.attributes)
    }
    return seen
  }
}
