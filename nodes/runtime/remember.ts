// Checkpoints the objects that a node has delivered in a context store, so that the next start sends what changed while
// Node-RED was down. A checkpoint is older than the last delivery, never newer: a crash can repeat messages, not lose them.

import { createHash } from 'node:crypto'
import type { Node, NodeAPI } from 'node-red'
import {
  AciError,
  MOST_REMEMBERED,
  RememberedText,
  pathOf,
  rememberedOf,
  toAciError,
  versionOf,
  type Query,
  type Remembered,
  type Watch
} from '../apic'

/** Time from the first read to the first write, and from a change to later writes, ms. */
const FIRST_WRITE = 1_000
const NEXT_WRITE = 8_000
/** Limit of one call of a store, ms. */
const STORE_LIMIT = 3_000
/** Objects written in one turn of the event loop. */
const SLICE = 5_000
/** Prefix of our keys in the node's context. */
const PREFIX = 'aci_'

/**
 * Refuses names of unknown stores: Node-RED would take its default store instead, which may keep nothing.
 * @throws AciError ACI_CONFIG
 */
export function assertStore(RED: NodeAPI, name: string): void {
  const { contextStorage } = RED.settings as { contextStorage?: Readonly<Record<string, unknown>> }
  const names = Object.keys(contextStorage ?? {}).filter((known) => known !== '_')
  const known = names.length > 0 ? names : ['memory', 'default']
  if (known.includes(name)) return
  throw new AciError('ACI_CONFIG', `remember: there is no context store "${name}", only ${known.join(', ')}`)
}

/** Node-RED's context with the callback forms that all stores have. */
interface Store {
  get(key: string, store: string, callback: (error: unknown, value?: unknown) => void): void
  set(key: string, value: unknown, store: string, callback: (error: unknown) => void): void
  keys(store: string, callback: (error: unknown, keys?: unknown) => void): void
}

function keyOf(query: Query): string {
  return PREFIX + createHash('sha256').update(pathOf(query)).digest('hex').slice(0, 24)
}

/** The checkpoints of one node, one text per query. */
export class Remembering {
  private readonly store: Store
  private timer: NodeJS.Timeout | undefined
  /** Queries whose first text has been written. */
  private readonly written = new Set<string>()
  private readonly tooMany = new Set<string>()
  private changed = false
  private writing: Promise<void> | undefined
  private failing = false
  private closed = false

  /**
   * @param storeName a store that {@link assertStore} accepts
   * @param fabric the fabric's name in events
   * @param watch the node's watch, once it has started
   */
  constructor(
    private readonly node: Node,
    private readonly storeName: string,
    private readonly fabric: string,
    private readonly queries: readonly Query[],
    private readonly watch: () => Watch | undefined
  ) {
    this.store = node.context()
  }

  /** The checkpoint of each query, by its path. Logs and skips unusable ones. Never throws. */
  async recall(): Promise<ReadonlyMap<string, Remembered>> {
    const remembered = new Map<string, Remembered>()
    await Promise.all([
      this.tidy(),
      ...this.queries.map(async (query) => {
        try {
          const found = await this.read(query)
          if (found !== undefined) remembered.set(pathOf(query), found)
        } catch (thrown) {
          this.warn(`${pathOf(query)}: ${toAciError(thrown).message}. Starting afresh.`)
        }
      })
    ])
    return remembered
  }

  /** To be called after a delivery. */
  delivered(): void {
    this.changed = true
    this.soon()
  }

  /** To be called when a state has changed: the first read may be over. */
  stateChanged(): void {
    if (this.written.size < this.queries.length) this.soon()
  }

  /** Writes a last checkpoint; resolves when the store has it, or at the limit. */
  async close(): Promise<void> {
    this.closed = true
    clearTimeout(this.timer)
    await Promise.all(
      this.queries.map(async (query) => {
        const text = this.start(query)
        if (text === undefined) return
        for (const change of text.objects()) text.text.add(change.dn, change.class, versionOf(change))
        await this.write(query, text.finish())
      })
    )
  }

  private soon(): void {
    if (this.closed || this.timer !== undefined) return
    this.timer = setTimeout(
      () => {
        this.timer = undefined
        this.writing = (this.writing ?? Promise.resolve()).then(() => this.writeAll())
      },
      this.written.size < this.queries.length ? FIRST_WRITE : NEXT_WRITE
    )
  }

  private async writeAll(): Promise<void> {
    const hasChanged = this.changed
    this.changed = false
    for (const query of this.queries) {
      if (!hasChanged && this.written.has(pathOf(query))) continue
      const text = this.start(query)
      if (text === undefined) {
        // A sequence is being sent, or the first read is not over: write later.
        if (hasChanged) this.delivered()
        continue
      }
      let done = 0
      for (const change of text.objects()) {
        text.text.add(change.dn, change.class, versionOf(change))
        done += 1
        if (done % SLICE === 0) await new Promise(setImmediate)
        if (this.closed) return
      }
      await this.write(query, text.finish())
    }
  }

  /** An empty checkpoint; undefined while the delivered objects are in flux, or where they are too many. */
  private start(query: Query) {
    const delivered = this.watch()?.delivered(query)
    if (delivered === undefined || this.isTooMuch(query, delivered.count)) return undefined
    const { site, objects } = delivered
    const text = new RememberedText()
    const of = { fabric: this.fabric, site, query: pathOf(query), savedAt: Date.now() }
    return { text, objects, finish: () => text.finish(of) }
  }

  private isTooMuch(query: Query, count: number): boolean {
    const path = pathOf(query)
    if (count <= MOST_REMEMBERED) {
      this.tooMany.delete(path)
      return false
    }
    if (!this.tooMany.has(path)) {
      this.tooMany.add(path)
      this.warn(`${path}: ${count} objects are more than the ${MOST_REMEMBERED} that can be remembered`)
      // The earlier checkpoint would only grow older.
      this.store.set(keyOf(query), undefined, this.storeName, () => undefined)
    }
    return true
  }

  private async read(query: Query): Promise<Remembered | undefined> {
    const value = await within((done) => this.store.get(keyOf(query), this.storeName, done))
    if (value === undefined || value === null) return undefined
    const remembered = rememberedOf(value)
    if (remembered.query !== pathOf(query))
      throw new AciError('ACI_PROTOCOL', 'what was remembered is of another query')
    if (remembered.fabric !== this.fabric) {
      throw new AciError('ACI_PROTOCOL', `what was remembered is of ${remembered.fabric}, and this is ${this.fabric}`)
    }
    return remembered
  }

  private async write(query: Query, text: string): Promise<void> {
    try {
      await within((done) => this.store.set(keyOf(query), text, this.storeName, done))
      this.written.add(pathOf(query))
      this.failing = false
    } catch (thrown) {
      this.changed = true
      this.soon()
      if (this.failing) return
      this.failing = true
      this.warn(`what was delivered cannot be kept in the store "${this.storeName}": ${toAciError(thrown).message}`)
    }
  }

  /** Deletes the checkpoints of queries that the node no longer has. */
  private async tidy(): Promise<void> {
    try {
      const keys = await within((done) => this.store.keys(this.storeName, done))
      const used = new Set(this.queries.map(keyOf))
      for (const key of Array.isArray(keys) ? (keys as unknown[]) : []) {
        if (typeof key === 'string' && key.startsWith(PREFIX) && !used.has(key)) {
          await within((done) => this.store.set(key, undefined, this.storeName, done))
        }
      }
    } catch {
      // Reads and writes report a store that fails.
    }
  }

  private warn(text: string): void {
    this.node.warn(`remember: ${text}`)
  }
}

/** The answer of a store. Stores are plugins: they may fail, throw, answer twice or never. */
function within(ask: (done: (error: unknown, value?: unknown) => void) => void): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new AciError('ACI_TIMEOUT', `the store did not answer within ${STORE_LIMIT / 1000} s`))
    }, STORE_LIMIT)
    const done = (error: unknown, value?: unknown): void => {
      clearTimeout(timer)
      if (error === undefined || error === null) resolve(value)
      else reject(toAciError(error))
    }
    try {
      ask(done)
    } catch (thrown) {
      done(thrown)
    }
  })
}
