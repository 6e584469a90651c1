// Brings subscriptions onto a connection: in their order, a few at a time, again later where the APIC was too busy.

import type { Connection } from '../connection/connection'
import { toAciError, type AciError } from '../common/errors'
import type { Subscription } from './subscription'
import type { Random } from '../common/backoff'

/** Registrations that begin at the same time: an APIC's nginx drops bursts. */
const CONCURRENCY = 8
/**
 * One that takes longer than this, ms, goes on beside the others and keeps no place from them; so many may. An APIC can
 * take half a minute for some classes, and answer at once for all others.
 */
const PATIENCE = 500
const MOST_BESIDE = 32
/** From so many failures in a row on, the reason is told. */
const TOLD_AFTER = 2
/** Waits before another try of one subscription, ms: bounds that double. */
const FIRST_WAIT = 1_000
const LONGEST_WAIT = 30_000

export class Registrar {
  private readonly queue = new Set<Subscription>()
  private readonly failures = new Map<Subscription, number>()
  private readonly waiting = new Map<Subscription, NodeJS.Timeout>()
  private readonly running = new Set<Subscription>()
  /** Those of them that take long. */
  private readonly beside = new Set<Subscription>()
  private closed = false

  /** @param settled told each time that nothing is left to be done at once */
  constructor(
    private readonly connection: Connection,
    private readonly random: Random,
    private readonly settled: () => void
  ) {}

  /** Whether nothing is left to be done, not even later. */
  get isSettled(): boolean {
    return this.queue.size === 0 && this.running.size === 0 && this.waiting.size === 0
  }

  add(subscription: Subscription): void {
    if (this.closed) return
    clearTimeout(this.waiting.get(subscription))
    this.waiting.delete(subscription)
    this.queue.add(subscription)
    this.pump()
  }

  /** Tries the subscription again after a while, longer each time it fails running. @param error why it failed */
  later(subscription: Subscription, error?: AciError): void {
    if (this.closed || this.waiting.has(subscription)) return
    const failures = this.failures.get(subscription) ?? 0
    this.failures.set(subscription, failures + 1)
    if (error !== undefined && failures + 1 >= TOLD_AFTER) subscription.failAgain(error)
    const bound = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(failures, 10))
    const wait = bound / 2 + (this.random() * bound) / 2
    this.waiting.set(
      subscription,
      setTimeout(() => {
        this.waiting.delete(subscription)
        this.add(subscription)
      }, wait)
    )
  }

  delete(subscription: Subscription): void {
    clearTimeout(this.waiting.get(subscription))
    this.waiting.delete(subscription)
    this.failures.delete(subscription)
    this.queue.delete(subscription)
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
    for (const subscription of this.queue) {
      if (this.running.size - this.beside.size >= CONCURRENCY) return
      // One that is being joined right now is joined once more afterwards.
      if (this.running.has(subscription)) continue
      this.queue.delete(subscription)
      this.running.add(subscription)
      void this.join(subscription)
    }
    if (this.queue.size === 0 && this.running.size === 0 && !this.closed) this.settled()
  }

  private async join(subscription: Subscription): Promise<void> {
    const timer = setTimeout(() => {
      if (this.beside.size >= MOST_BESIDE) return
      this.beside.add(subscription)
      this.pump()
    }, PATIENCE)
    try {
      await subscription.join(this.connection)
      this.failures.delete(subscription)
    } catch (thrown) {
      const error = toAciError(thrown)
      // A connection that is over takes its registrar with it; the next one has its own.
      if (!this.connection.isOver) this.later(subscription, error)
    } finally {
      clearTimeout(timer)
      this.running.delete(subscription)
      this.beside.delete(subscription)
      this.pump()
    }
  }
}
