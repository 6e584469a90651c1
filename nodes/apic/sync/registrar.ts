// Brings queries onto a connection: in their order, a few at a time, again later where the APIC was too busy.

import type { Connection } from '../connection/connection'
import { toAciError, type AciError } from '../common/errors'
import type { SyncedQuery } from './synced-query'
import type { Random } from '../common/backoff'

/** Registrations that begin at the same time: an APIC's nginx drops bursts. */
const CONCURRENCY = 8
/**
 * One that takes longer than this, ms, goes on beside the others and keeps no place from them; so many may. An APIC can
 * take half a minute for some classes, and answer at once for all others.
 */
const PATIENCE = 500
const MOST_BESIDE = 32
/** From so many failures in a row on, the state has the reason. */
const SHOWN_AFTER = 2
/** Waits before another try of one query, ms: bounds that double. */
const FIRST_WAIT = 1_000
const LONGEST_WAIT = 30_000

export class Registrar {
  private readonly queue = new Set<SyncedQuery>()
  private readonly failures = new Map<SyncedQuery, number>()
  private readonly waiting = new Map<SyncedQuery, NodeJS.Timeout>()
  private readonly running = new Set<SyncedQuery>()
  /** Those of them that take long. */
  private readonly beside = new Set<SyncedQuery>()
  private closed = false

  /** @param settled called each time that nothing is left to be done at once */
  constructor(
    private readonly connection: Connection,
    private readonly random: Random,
    private readonly settled: () => void
  ) {}

  /** Whether nothing is left to be done, not even later. */
  get isSettled(): boolean {
    return this.queue.size === 0 && this.running.size === 0 && this.waiting.size === 0
  }

  add(query: SyncedQuery): void {
    if (this.closed) return
    clearTimeout(this.waiting.get(query))
    this.waiting.delete(query)
    this.queue.add(query)
    this.pump()
  }

  /** Tries the query again after a while, longer each time it fails running. @param error why it failed */
  later(query: SyncedQuery, error?: AciError): void {
    if (this.closed || this.waiting.has(query)) return
    const failures = this.failures.get(query) ?? 0
    this.failures.set(query, failures + 1)
    if (error !== undefined && failures + 1 >= SHOWN_AFTER) query.failing(error)
    const bound = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(failures, 10))
    const wait = bound / 2 + (this.random() * bound) / 2
    this.waiting.set(
      query,
      setTimeout(() => {
        this.waiting.delete(query)
        this.add(query)
      }, wait)
    )
  }

  delete(query: SyncedQuery): void {
    clearTimeout(this.waiting.get(query))
    this.waiting.delete(query)
    this.failures.delete(query)
    this.queue.delete(query)
    // It may have been the last one that something was left to be done for.
    this.pump()
  }

  close(): void {
    this.closed = true
    for (const timer of this.waiting.values()) clearTimeout(timer)
    this.waiting.clear()
    this.queue.clear()
    this.failures.clear()
  }

  private pump(): void {
    for (const query of this.queue) {
      if (this.running.size - this.beside.size >= CONCURRENCY) return
      // One that is being joined right now is joined once more afterwards.
      if (this.running.has(query)) continue
      this.queue.delete(query)
      this.running.add(query)
      void this.join(query)
    }
    if (this.queue.size === 0 && this.running.size === 0 && !this.closed) this.settled()
  }

  private async join(query: SyncedQuery): Promise<void> {
    const timer = setTimeout(() => {
      if (this.beside.size >= MOST_BESIDE) return
      this.beside.add(query)
      this.pump()
    }, PATIENCE)
    try {
      await query.join(this.connection)
      this.failures.delete(query)
    } catch (thrown) {
      const error = toAciError(thrown)
      // A connection that is over takes its registrar with it; the next one has its own.
      if (!this.connection.isOver) this.later(query, error)
    } finally {
      clearTimeout(timer)
      this.running.delete(query)
      this.beside.delete(query)
      this.pump()
    }
  }
}
