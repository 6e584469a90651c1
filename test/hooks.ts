// What is done around each test file, or around all of them where they run in one process: what they share is stopped, and
// nothing may be left open. A socket, a server, a process or a timer that is forgotten would keep a run from ending.

import { setTimeout as sleep } from 'node:timers/promises'

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
    if (found.length > 0) throw new Error(`the tests have left open: ${found.join(', ')}`)
  }
}
