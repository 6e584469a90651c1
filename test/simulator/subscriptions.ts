// Subscriptions of one controller: their ids, how long they live, and which of them an event is for.
import type { Clock } from './clock'
import { Refusal } from './errors'
import { inScope } from './query'
import type { Query, Scope, Selection } from './query'
import type { Random } from './random'
import { integer } from './random'
import type { Change, ManagedObject } from './tree'

/** Where frames of a subscription go. */
export interface Receiver {
  readonly open: boolean
}

export interface Subscription<R extends Receiver = Receiver> {
  /** 64 bits as decimal text: node id, random, counter. */
  readonly id: string
  /** The request as it came. */
  readonly url: string
  readonly query: Query
  /** Undefined when it was never linked to a socket: nothing is ever sent for it. */
  readonly receiver: R | undefined
  readonly sessionId: string
  /** Seconds without a refresh after which it is due to go. */
  readonly timeout: number
  readonly expiresAt: number
  readonly refreshes: number
}

interface MutableSubscription<R extends Receiver> extends Subscription<R> {
  timeout: number
  expiresAt: number
  refreshes: number
  cancel: () => void
}

export interface SubscriptionOptions {
  /** Seconds, when the request does not say. */
  readonly defaultTimeout: number
  /** Seconds it goes on after that. */
  readonly grace: number
  /** Whether an object that ceases to match the filter is pushed once more. */
  readonly filterExit: 'silent' | 'modified'
}

/** Subscriptions by what starts them off, so that an event finds its own among thousands. */
type Index<R extends Receiver> = Record<Scope, Map<string, Set<MutableSubscription<R>>>>

export class Subscriptions<R extends Receiver> {
  private readonly live = new Map<string, MutableSubscription<R>>()
  private readonly index: Index<R> = { self: new Map(), children: new Map(), subtree: new Map() }
  private random40: bigint
  private counter = 0

  constructor(
    private readonly nodeId: number,
    private readonly options: SubscriptionOptions,
    private readonly clock: Clock,
    private readonly random: Random,
    private readonly expired: (subscription: Subscription<R>) => void
  ) {
    this.random40 = this.draw()
  }

  get size(): number {
    return this.live.size
  }

  all(): readonly Subscription<R>[] {
    return [...this.live.values()]
  }

  add(
    query: Query,
    url: string,
    sessionId: string,
    receiver: R | undefined,
    timeout = this.options.defaultTimeout
  ): Subscription<R> {
    const subscription: MutableSubscription<R> = {
      id: this.nextId(),
      url,
      query,
      receiver,
      sessionId,
      timeout,
      expiresAt: 0,
      refreshes: 0,
      cancel: () => undefined
    }
    this.live.set(subscription.id, subscription)
    this.postpone(subscription)
    for (const key of keysOf(query)) {
      const peers = this.index[query.scope].get(key)
      if (peers) peers.add(subscription)
      else this.index[query.scope].set(key, new Set([subscription]))
    }
    return subscription
  }

  /**
   * Takes the digits an id begins with and leaves the rest, as live APICs do.
   * @throws Refusal 400 when nothing of that id lives (the text is a guess)
   */
  refresh(text: string | undefined, timeout?: number): Subscription<R> {
    const subscription = this.live.get(/^\d+/.exec(text ?? '')?.[0] ?? '')
    if (!subscription) throw new Refusal(400, '400', 'Subscription refresh timeout')
    if (timeout !== undefined) subscription.timeout = timeout
    subscription.refreshes += 1
    this.postpone(subscription)
    return subscription
  }

  /** Ends those that `which` picks; returns how many. */
  drop(which: (subscription: Subscription<R>) => boolean): number {
    let count = 0
    for (const subscription of [...this.live.values()]) {
      if (!which(subscription)) continue
      this.remove(subscription)
      count += 1
    }
    return count
  }

  /** Ids to tell of a change, by receiver; undefined when there is none. */
  match(change: Change): Map<R, string[]> | undefined {
    let matched: Map<R, string[]> | undefined
    if (this.live.size === 0 || change.object.cls.kind === 'stats') return undefined
    for (const subscription of this.candidates(change.object)) {
      const { receiver } = subscription
      if (!receiver?.open || !this.concerns(subscription.query, change)) continue
      matched ??= new Map()
      const ids = matched.get(receiver)
      if (ids) ids.push(subscription.id)
      else matched.set(receiver, [subscription.id])
    }
    return matched
  }

  private concerns(selection: Selection, change: Change): boolean {
    if (!inScope(selection, change.object)) return false
    const { filter } = selection
    if (!filter || filter(change.object)) return true
    if (this.options.filterExit === 'silent' || change.status !== 'modified') return false
    const { cls, rn, attributes } = change.object
    return filter({ cls, rn, attributes: { ...attributes, ...change.before } })
  }

  private candidates(object: ManagedObject): Iterable<MutableSubscription<R>> {
    const found = new Set<MutableSubscription<R>>()
    if (this.index.self.size > 0) this.collect(found, 'self', object)
    if (this.index.children.size > 0 && object.parent) this.collect(found, 'children', object.parent)
    if (this.index.subtree.size > 0) {
      for (let at: ManagedObject | undefined = object; at; at = at.parent) this.collect(found, 'subtree', at)
    }
    return found
  }

  private collect(found: Set<MutableSubscription<R>>, scope: Scope, { cls, dn }: ManagedObject): void {
    for (const subscription of this.index[scope].get(cls.name) ?? []) found.add(subscription)
    for (const subscription of this.index[scope].get(dn) ?? []) found.add(subscription)
  }

  private postpone(subscription: MutableSubscription<R>): void {
    subscription.cancel()
    const ms = (subscription.timeout + this.options.grace) * 1000
    subscription.expiresAt = this.clock.now() + ms
    subscription.cancel = this.clock.after(ms, () => {
      this.remove(subscription)
      this.expired(subscription)
    })
  }

  private remove(subscription: MutableSubscription<R>): void {
    subscription.cancel()
    this.live.delete(subscription.id)
    for (const key of keysOf(subscription.query)) {
      const peers = this.index[subscription.query.scope].get(key)
      peers?.delete(subscription)
      if (peers?.size === 0) this.index[subscription.query.scope].delete(key)
    }
  }

  /** Node id in the top byte, 40 random bits for this boot, a counter in the low 16. */
  private nextId(): string {
    this.counter += 1
    if (this.counter > 0xffff) {
      this.counter = 1
      this.random40 = this.draw()
    }
    return ((BigInt(this.nodeId) << 56n) | (this.random40 << 16n) | BigInt(this.counter)).toString()
  }

  private draw(): bigint {
    return (BigInt(integer(this.random, 2 ** 20)) << 20n) | BigInt(integer(this.random, 2 ** 20))
  }
}

/** Class names and DNs share one index: no DN is also the name of a class. */
const keysOf = ({ roots }: Selection): readonly string[] => (roots.kind === 'mo' ? [roots.dn] : [...roots.classes])
