// Mistakes that others have made, or that would be easy to make, each with the tests that have to notice it.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Edit {
  /** Path from the root of the project. */
  readonly file: string
  /** Occurs there exactly once. */
  readonly find: string
  readonly replace: string
}

export interface Mutant {
  readonly name: string
  readonly edits: readonly Edit[]
  /** Each of them has to fail. */
  readonly caughtBy: readonly Catcher[]
}

/** Tests by file, and by what their titles have in common; or the random test. */
export type Catcher = { readonly spec: string; readonly grep?: string } | { readonly chaos: readonly string[] }

const renewal = (grep: string): Catcher => ({ spec: 'test/renewal.spec.ts', grep })
const healing = (grep: string): Catcher => ({ spec: 'test/healing.spec.ts', grep })
const spec = (file: string, grep?: string): Catcher => ({
  spec: `test/${file}`,
  ...(grep === undefined ? {} : { grep })
})

/** A short run that passes where nothing is wrong; what is not sent within a few seconds counts as lost. */
const chaos: Catcher = { chaos: ['--quick', '--runs', '6', '--limit', '12', '--no-shrink'] }

const KEEPER = 'nodes/apic/fabric/connection-keeper.ts'
const CROSS_CHECKER = 'nodes/apic/fabric/cross-checker.ts'
const QUERY = 'nodes/apic/sync/synced-query.ts'
const JOINING = 'nodes/apic/sync/joining.ts'
const READER = 'nodes/apic/sync/result-reader.ts'
const INTAKE = 'nodes/apic/sync/event-intake.ts'
const STORE = 'nodes/apic/store/object-store.ts'
const REGISTRATIONS = 'nodes/apic/sync/registrations.ts'
const PLAUSIBILITY = 'nodes/apic/sync/plausibility.ts'

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'drop events that overtake their subscribe reply',
    edits: [{ file: 'nodes/apic/connection/router.ts', find: 'this.keep({ id, arrival })', replace: 'void 0' }],
    caughtBy: [healing('overtake the subscribe reply'), spec('apic/connection/router.spec.ts')]
  },
  {
    name: 'take an event as old when its time is equal',
    edits: [
      {
        file: STORE,
        find: "isBefore(now, known.at)) return 'earlier'\n    // Within",
        replace: "now <= known.at) return 'earlier'\n    // Within"
      }
    ],
    caughtBy: [spec('apic/store/object-store.spec.ts')]
  },
  {
    name: 'forget what is known with each registration',
    edits: [
      {
        file: QUERY,
        find: 'this.host.use(connection)\n',
        replace: 'this.host.use(connection)\n    this.reset()\n'
      }
    ],
    caughtBy: [healing('of the socket with'), chaos]
  },
  {
    name: 'conclude no deletions from a reading',
    edits: [
      { file: READER, find: 'if (!window.shown.has(dn) && isUntouched(dn)) missing.push(dn)', replace: 'void dn' }
    ],
    caughtBy: [healing('of the socket with'), chaos]
  },
  {
    name: 'believe an answer without any objects',
    edits: [
      {
        file: PLAUSIBILITY,
        find: 'if (this.readings < READINGS_TO_BELIEVE || now - this.since < TIME_TO_BELIEVE)',
        replace: 'if (this.readings < 0)'
      }
    ],
    caughtBy: [healing('still starting')]
  },
  {
    name: 'believe an answer that is cut short',
    edits: [{ file: 'nodes/apic/connection/pager.ts', find: 'if (received < total)', replace: 'if (received < 0)' }],
    caughtBy: [healing('gives less than it says')]
  },
  {
    name: 'send no pings',
    edits: [{ file: 'nodes/apic/connection/heartbeat.ts', find: 'this.options.ping()', replace: 'void 0' }],
    caughtBy: [spec('apic/connection/heartbeat.spec.ts')]
  },
  {
    name: 'listen to a connection that was replaced',
    edits: [
      {
        file: REGISTRATIONS,
        find: 'return registration === this.inUse || registration === this.upcoming',
        replace: 'return true'
      },
      { file: REGISTRATIONS, find: 'before?.connection.release(before.id)', replace: '' }
    ],
    caughtBy: [spec('apic/sync/synced-query.spec.ts')]
  },
  {
    name: 'sign the path as it is escaped',
    edits: [
      {
        file: 'nodes/apic/session/certificate.ts',
        find: 'method + decoded(path) + body',
        replace: 'method + path + body'
      }
    ],
    caughtBy: [spec('apic/session/certificate.spec.ts')]
  },
  {
    name: 'wait without jitter',
    edits: [{ file: 'nodes/apic/common/backoff.ts', find: 'this.random() * bound', replace: 'bound' }],
    caughtBy: [spec('apic/common/backoff.spec.ts')]
  },
  {
    name: 'read without pause, however much there is',
    edits: [{ file: 'nodes/apic/connection/event-socket.ts', find: 'this.socket.pause()', replace: 'void 0' }],
    caughtBy: [spec('pace.spec.ts')]
  },
  {
    name: 'refresh at the very end',
    edits: [
      {
        file: 'nodes/apic/connection/refresh-timeout.ts',
        find: 'DEFAULT_REFRESH_TIMEOUT) * 1000) / 3',
        replace: 'DEFAULT_REFRESH_TIMEOUT) * 1000)'
      }
    ],
    caughtBy: [spec('refresh-timeout.spec.ts', 'which is then asked no more')]
  },
  {
    name: 'register again without comparing',
    edits: [
      {
        file: 'nodes/apic/sync/result-sync.ts',
        find: 'return this.reader.list(',
        replace: 'return this.query.isComplete ? Promise.resolve(undefined) : this.reader.list('
      }
    ],
    caughtBy: [healing('of the socket with'), chaos]
  },
  {
    name: 'give a session up before the next one is ready',
    edits: [
      {
        file: KEEPER,
        find: 'const next = await this.openBeside(line)',
        replace: 'await line.connection.close()\n      const next = await this.openBeside(line)'
      }
    ],
    caughtBy: [renewal('F26 loses and repeats nothing')]
  },
  {
    name: 'look away from a session while the next one is made',
    edits: [{ file: KEEPER, find: 'Promise.race([attempt, line.ended]).finally', replace: 'attempt.finally' }],
    caughtBy: [renewal('is noticed at once')]
  },
  {
    name: 'tell again what the connection before has sent',
    edits: [{ file: INTAKE, find: 'this.handover.isRepeat(arrival, connection)', replace: 'false' }],
    caughtBy: [spec('apic/sync/event-intake.spec.ts')]
  },
  {
    name: 'let a connection overtake the one that it takes over from',
    edits: [{ file: 'nodes/apic/sync/store-sync.ts', find: 'if (isAhead)', replace: 'if (isAhead && false)' }],
    caughtBy: [spec('apic/sync/synced-query.spec.ts', 'sends late')]
  },
  {
    name: 'let a connection count before everything has been verified by it',
    edits: [
      {
        file: JOINING,
        find: 'if (registrations.current === undefined || query.isForeign(connection)) this.takeOver(registration)',
        replace: 'this.takeOver(registration)'
      }
    ],
    caughtBy: [spec('apic/sync/synced-query.spec.ts', 'sends late')]
  },
  {
    name: 'forget in whose results an object is',
    edits: [
      {
        file: 'nodes/apic/sync/step-emitter.ts',
        find: 'for (const query of queries) this.store.results.add(object, query)\n    const after',
        replace: 'for (const query of queries.slice(0, 1)) this.store.results.add(object, query)\n    const after'
      }
    ],
    caughtBy: [spec('apic/sync/event-intake.spec.ts')]
  },
  {
    name: 'trust what is known although events were missed',
    edits: [{ file: STORE, find: 'this.epoch += 1', replace: 'void 0' }],
    caughtBy: [spec('apic/store/object-store.spec.ts')]
  },
  {
    name: 'let a row win over a later event',
    edits: [
      { file: READER, find: 'if (known?.class === row.class && store.isTrusted(known))', replace: 'if (row.dn === "")' }
    ],
    caughtBy: [spec('apic/sync/event-loss.spec.ts', 'from a filter that it does not name')]
  },
  {
    name: 'take an object out of a filter without having read it',
    edits: [
      {
        file: READER,
        find: 'const hidden = query.hidden.get(dn)',
        replace: 'const hidden = query.hidden.get("")'
      }
    ],
    caughtBy: [spec('apic/sync/event-intake.spec.ts'), spec('traces/traces.spec.ts')]
  },
  {
    name: 'lose what comes while objects are read',
    edits: [{ file: INTAKE, find: 'this.held.hold(arrival, all)', replace: 'void arrival' }],
    caughtBy: [spec('apic/sync/event-intake.spec.ts')]
  },
  {
    name: 'believe readings by their number alone',
    edits: [{ file: PLAUSIBILITY, find: 'now - this.since < TIME_TO_BELIEVE', replace: 'now < 0' }],
    caughtBy: [healing('not believed sooner')]
  },
  {
    name: 'ask no other controller',
    edits: [{ file: CROSS_CHECKER, find: 'if (other.count <= shown)', replace: 'if (other.count >= 0)' }],
    caughtBy: [healing('nothing for long')]
  },
  {
    name: 'believe an equal time although an event made the state',
    edits: [{ file: STORE, find: 'known.isConfirmed && now !== undefined', replace: 'now !== undefined' }],
    caughtBy: [spec('apic/store/object-store.spec.ts'), spec('faults/hidden.spec.ts', 'lost under a later')]
  },
  {
    name: 'never believe an earlier time',
    edits: [{ file: STORE, find: "if (likeness === 'earlier' && !isSecond)", replace: "if (likeness === 'earlier')" }],
    caughtBy: [spec('apic/store/object-store.spec.ts'), spec('faults/hidden.spec.ts', 'set back by 5 s')]
  },
  {
    name: 'read nothing after a frame that cannot be read',
    edits: [{ file: 'nodes/apic/connection/connection.ts', find: 'this.router.miss()', replace: 'void 0' }],
    caughtBy: [spec('faults/hidden.spec.ts', 'is followed by a reading')]
  },
  {
    name: 'read nothing once more after a registration',
    edits: [{ file: QUERY, find: 'this.host.verifyLater(this)', replace: 'void 0' }],
    caughtBy: [spec('apic/fabric/fabric.spec.ts', 'once more some seconds')]
  },
  {
    name: 'end the session of all for one refusal',
    edits: [{ file: 'nodes/apic/connection/session-check.ts', find: 'if (isDead) this.end', replace: 'this.end' }],
    caughtBy: [spec('faults/refusals.spec.ts', 'for one class')]
  },
  {
    name: 'take a web page for the word of the APIC',
    edits: [
      { file: 'nodes/apic/connection/transient.ts', find: 'if (error instanceof NotFromApic) return true', replace: '' }
    ],
    caughtBy: [spec('faults/refusals.spec.ts', 'as a web page')]
  },
  {
    name: 'let slow classes keep all others waiting',
    edits: [{ file: 'nodes/apic/sync/registrar.ts', find: 'this.beside.add(query)', replace: 'void 0' }],
    caughtBy: [spec('faults/refusals.spec.ts', 'slow classes')]
  },
  {
    name: 'repeat what the APIC repeats',
    edits: [{ file: 'nodes/apic/transport/rest.ts', find: 'this.secrets.hide(reply.body)', replace: 'reply.body' }],
    caughtBy: [spec('faults/refusals.spec.ts', 'repeats no password')]
  },
  {
    name: 'look at a fingerprint, and go on',
    edits: [
      {
        file: 'nodes/apic/transport/transport.ts',
        find: 'if (error !== undefined) socket.destroy(error)',
        replace: 'void error'
      }
    ],
    caughtBy: [spec('tls.spec.ts', 'no other certificate')]
  },
  {
    name: 'let the connection count that answers last',
    edits: [
      {
        file: JOINING,
        find: 'if (registrations.next !== registration) return\n      query.enter',
        replace: 'Object.assign(registrations, { upcoming: registration })\n      query.enter'
      }
    ],
    caughtBy: [spec('apic/sync/synced-query.spec.ts')]
  },
  {
    name: 'keep silent about an object that is there again while what exists is sent',
    edits: [
      { file: 'nodes/apic/watch/snapshot.ts', find: 'return this.ended.has(dn)', replace: 'return void dn === null' }
    ],
    caughtBy: [spec('apic/watch/watch.spec.ts', 'one consistent')]
  },
  {
    name: 'give to several nodes what is only for one',
    edits: [
      {
        file: 'nodes/apic/sync/step-emitter.ts',
        find: 'isGiven: isSole && !(listeners instanceof Set),',
        replace: 'isGiven: isSole,'
      }
    ],
    caughtBy: [spec('sharing.spec.ts', 'shares nothing')]
  },
  {
    name: 'keep alive what was given up',
    edits: [
      {
        file: 'nodes/apic/connection/keep-alive.ts',
        find: 'if (this.known.get(entry.id) !== entry) {',
        replace: 'if (this.closed) {'
      },
      {
        file: 'nodes/apic/connection/keep-alive.ts',
        find: 'while (next !== undefined && this.known.get(next.id) !== next) {',
        replace: 'while (next !== undefined && this.closed) {'
      }
    ],
    caughtBy: [spec('apic/connection/keep-alive.spec.ts')]
  },
  {
    name: 'fill a template with attributes of another order',
    edits: [
      {
        file: 'nodes/apic/protocol/attributes.ts',
        find: 'if (names[count] !== name) return undefined',
        replace: ''
      }
    ],
    caughtBy: [spec('apic/protocol/attributes.spec.ts')]
  },
  {
    name: 'send what a query saw before it left and came back',
    edits: [{ file: 'nodes/apic/watch/watch.ts', find: 'seenBy(goingOn,', replace: 'seenBy(paths,' }],
    caughtBy: [spec('apic/watch/watch.spec.ts', 'one consistent')]
  },
  {
    name: 'forget with a query what only it knew',
    edits: [
      { file: 'nodes/apic/watch/retention.ts', find: 'this.pool.retain(object, this.query)', replace: 'void object' }
    ],
    caughtBy: [spec('faults/overlap.spec.ts', 'gone')]
  }
]

/** What is wrong with a mutant, so that it cannot be applied to the project in that folder. */
export function problemOf({ name, edits }: Mutant, root: string): string | undefined {
  for (const { file, find } of edits) {
    const times = readFileSync(join(root, file), 'utf8').split(find).length - 1
    if (times !== 1) return `${name}: what it replaces occurs ${times} times in ${file}: ${JSON.stringify(find)}`
  }
  return undefined
}
