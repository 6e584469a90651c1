// What is done around each test file, or around all of them where they run in one process: what they share is stopped, and
// nothing may be left open. A socket, a server, a process or a timer that is forgotten would keep a run from ending.

import timers from 'node:timers/promises'

const sleep = timers.setTimeout

/** What is on its way of being closed may take this long, ms. */
const PATIENCE = 5_000
const LOOK_EVERY = 20

/** Kinds of what keeps a process alive, that a test can forget. */
const KINDS = ['TCPSocketWrap', 'TCPServerWrap', 'PipeWrap', 'ProcessWrap', 'Timeout', 'FSEventWrap', 'StatWatcher']

/** How many of each kind there are. */
function open(): Map<string, number> {
  const counts = new Map<string, number>()
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  return counts
}

/** Where each timer that may be left open was set. */
const origins = new Map<NodeJS.Timeout | symbol, { readonly stack?: string }>()
let prune = 1_000

/** Whether a timer keeps the process alive. `hasRef` says so of one that is over, too. */
function isOpen(timer: NodeJS.Timeout | symbol): boolean {
  return typeof timer === 'symbol' || (timer.hasRef() && (timer as { _destroyed?: boolean })._destroyed !== true)
}

/** Remembers where a timer is set, and forgets those that are over. */
function remember(timer: NodeJS.Timeout | symbol): void {
  const origin = {}
  Error.captureStackTrace(origin, remember)
  origins.set(timer, origin)
  if (origins.size < prune) return
  for (const other of origins.keys()) if (!isOpen(other)) origins.delete(other)
  prune = Math.max(1_000, 2 * origins.size)
}

/** The same function, which remembers where it is called. */
function traced<T extends typeof setTimeout | typeof setInterval>(set: T): T {
  return new Proxy(set, {
    apply(target, self, args) {
      const timer = Reflect.apply(target, self, args) as NodeJS.Timeout
      remember(timer)
      return timer
    }
  })
}
globalThis.setTimeout = traced(globalThis.setTimeout)
globalThis.setInterval = traced(globalThis.setInterval)
timers.setTimeout = new Proxy(timers.setTimeout, {
  apply(target, self, args: Parameters<typeof sleep>) {
    const done = target.apply<unknown, typeof args, Promise<unknown>>(self, args)
    if (args[2]?.ref === false) return done
    const key = Symbol('a sleep')
    remember(key)
    const forget = (): void => void origins.delete(key)
    done.then(forget, forget)
    return done
  }
})

/** Where the timers that are open were set: the first line of each stack that is of this project. */
function openTimers(): string[] {
  return [...origins].flatMap(([timer, { stack }]) => {
    if (!isOpen(timer)) return []
    const lines = (stack ?? '').split('\n').slice(2)
    return [(lines.find((line) => !/node_modules|node:/.test(line)) ?? lines[0] ?? '').trim()]
  })
}

const closers = new Set<() => Promise<unknown>>()

/** For what several files use: it is stopped after the last test of the process, and may be started again after that. */
export function atEnd(stop: () => Promise<unknown>): void {
  closers.add(stop)
}

let before = new Map<string, number>()

/** What is open that was not before the file began. */
function left(): string[] {
  const now = open()
  return KINDS.flatMap((kind) => {
    const more = (now.get(kind) ?? 0) - (before.get(kind) ?? 0)
    return more > 0 ? [`${more} ${kind}`] : []
  })
}

export const mochaHooks: Mocha.RootHookObject = {
  async beforeAll() {
    // Mocha's own timer is there by then, as it is at the end.
    await Promise.resolve()
    before = open()
  },
  async afterAll(this: Mocha.Context) {
    this.timeout(10 * PATIENCE)
    await Promise.all([...closers].map((stop) => stop()))
    const begun = performance.now()
    while (left().length > 0 && performance.now() - begun < PATIENCE) await sleep(LOOK_EVERY, undefined, { ref: false })
    const found = left()
    if (found.length === 0) return
    const files = new Set(this.test?.parent?.suites.map(({ file, title }) => file ?? title))
    const where = openTimers().map((line) => `\n  a timer ${line}`)
    throw new Error(`${[...files].join(', ')}: the tests have left open: ${found.join(', ')}${where.join('')}`)
  }
}
