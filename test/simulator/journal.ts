// A record of what happened to the simulator, for tests to look at and to wait for.
import { EventEmitter } from 'node:events'
import type { Change } from './tree'

export interface RequestRecord {
  /** Index of the controller. */
  readonly controller: number
  readonly method: string
  /** Path and query as sent. */
  readonly url: string
  readonly status: number
  /** How many APIC-cookie values came with it. */
  readonly cookies: number
  /** Body as sent; '' for logins. */
  readonly body: string
  /** Epoch ms. */
  readonly at: number
}

export interface SessionRecord {
  readonly controller: number
  readonly user: string
  readonly sessionId: string
  readonly why: string
}

export interface SocketRecord {
  readonly controller: number
  readonly socket: number
  readonly sessionId: string
  /** Close code; 0 while open, 1006 when it ended without a close frame. */
  readonly code: number
}

export interface SubscriptionRecord {
  readonly controller: number
  readonly id: string
  readonly url: string
}

export interface FrameRecord {
  readonly controller: number
  readonly socket: number
  /** As sent. */
  readonly text: string
}

/** Names of happenings, and what each gives. */
export interface Happenings {
  /** Somebody has connected, whether or not anything is ever said. */
  connection: [{ readonly controller: number }]
  connectionClosed: [{ readonly controller: number }]
  /** A request has come in whole; `request` follows when it has been answered. */
  received: [{ readonly controller: number; readonly method: string; readonly url: string; readonly cookie: string }]
  /** A socket is asked for. */
  upgrade: [{ readonly controller: number; readonly url: string; readonly cookie: string }]
  request: [RequestRecord]
  login: [SessionRecord]
  loginRefused: [{ readonly controller: number; readonly user: string; readonly status: number }]
  tokenRefresh: [SessionRecord]
  logout: [SessionRecord]
  sessionEnded: [SessionRecord]
  socket: [SocketRecord]
  socketRefused: [{ readonly controller: number; readonly status: number; readonly url: string }]
  socketClosed: [SocketRecord]
  ping: [SocketRecord]
  subscribe: [SubscriptionRecord]
  subscribeRefused: [{ readonly controller: number; readonly url: string; readonly status: number }]
  subscriptionRefresh: [SubscriptionRecord]
  subscriptionRefreshRefused: [{ readonly controller: number; readonly url: string; readonly status: number }]
  subscriptionExpired: [SubscriptionRecord]
  frame: [FrameRecord]
  /** A frame that a fault kept back. */
  frameWithheld: [FrameRecord]
  change: [Change]
}

export interface Counts {
  connections: number
  connectionsClosed: number
  requestsReceived: number
  /** Sockets that were asked for. */
  upgrades: number
  /** Answered. */
  requests: number
  logins: number
  loginsRefused: number
  logouts: number
  tokenRefreshes: number
  sessionsEnded: number
  socketsOpened: number
  socketsRefused: number
  socketsClosed: number
  pings: number
  subscribes: number
  subscribesRefused: number
  subscriptionRefreshes: number
  subscriptionRefreshesRefused: number
  subscriptionsExpired: number
  framesSent: number
  framesWithheld: number
  changes: number
}

const COUNTED: Readonly<Record<keyof Happenings, keyof Counts>> = {
  connection: 'connections',
  connectionClosed: 'connectionsClosed',
  received: 'requestsReceived',
  upgrade: 'upgrades',
  request: 'requests',
  login: 'logins',
  loginRefused: 'loginsRefused',
  tokenRefresh: 'tokenRefreshes',
  logout: 'logouts',
  sessionEnded: 'sessionsEnded',
  socket: 'socketsOpened',
  socketRefused: 'socketsRefused',
  socketClosed: 'socketsClosed',
  ping: 'pings',
  subscribe: 'subscribes',
  subscribeRefused: 'subscribesRefused',
  subscriptionRefresh: 'subscriptionRefreshes',
  subscriptionRefreshRefused: 'subscriptionRefreshesRefused',
  subscriptionExpired: 'subscriptionsExpired',
  frame: 'framesSent',
  frameWithheld: 'framesWithheld',
  change: 'changes'
}

export const noCounts = (): Counts =>
  Object.fromEntries(Object.values(COUNTED).map((name) => [name, 0])) as unknown as Counts

interface Waiter {
  check(): boolean
  fail(error: Error): void
}

export class Journal extends EventEmitter<Happenings> {
  readonly counts: Counts = noCounts()
  /** The newest requests and frames, oldest first. */
  readonly requests: RequestRecord[] = []
  readonly frames: FrameRecord[] = []
  private readonly waiters = new Set<Waiter>()
  private scheduled = false

  /** @param limit how many requests, and how many frames, are kept */
  constructor(private readonly limit: number) {
    super()
    this.setMaxListeners(0)
  }

  happened<K extends keyof Happenings>(name: K, ...args: Happenings[K]): void {
    this.counts[COUNTED[name]] += 1
    if (name === 'request') this.keep(this.requests, args[0] as RequestRecord)
    else if (name === 'frame') this.keep(this.frames, args[0] as FrameRecord)
    // The emitter's own type cannot follow a generic name and its arguments together.
    if (this.listenerCount(name) > 0)
      (this.emit as (name: string, ...args: unknown[]) => boolean).call(this, name, ...args)
    this.wake()
  }

  /** Looks again, though nothing that is recorded happened. */
  wake(): void {
    if (this.waiters.size === 0 || this.scheduled) return
    this.scheduled = true
    // Once per turn, so that a burst of frames does not call every condition for each of them.
    setImmediate(() => {
      this.scheduled = false
      for (const waiter of [...this.waiters]) if (waiter.check()) this.waiters.delete(waiter)
    })
  }

  /**
   * Waits until `condition` gives something true, looking again after whatever happens to the simulator.
   * @throws Error after `timeoutMs`, or what `condition` throws
   */
  until<T>(condition: () => T, timeoutMs = 5000): Promise<Exclude<T, false | undefined | null | 0 | ''>> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        if (!waiter.check()) waiter.fail(new Error(`not within ${timeoutMs} ms: ${condition.toString()}`))
      }, timeoutMs)
      const waiter: Waiter = {
        check: () => {
          try {
            const value = condition()
            if (!value) return false
            clearTimeout(timer)
            resolve(value as Exclude<T, false | undefined | null | 0 | ''>)
          } catch (error) {
            waiter.fail(error instanceof Error ? error : new Error(String(error)))
          }
          return true
        },
        fail: (error) => {
          clearTimeout(timer)
          this.waiters.delete(waiter)
          reject(error)
        }
      }
      if (!waiter.check()) this.waiters.add(waiter)
    })
  }

  /** Whoever still waits hears so. */
  close(): void {
    for (const waiter of [...this.waiters]) waiter.fail(new Error('the simulator was closed'))
  }

  private keep<T>(list: T[], entry: T): void {
    list.push(entry)
    // Cut in blocks: shifting one by one costs too much in a burst.
    if (list.length > this.limit * 1.25) list.splice(0, list.length - this.limit)
  }
}
