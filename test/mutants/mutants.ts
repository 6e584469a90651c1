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

const healing = (grep: string): Catcher => ({ spec: 'test/healing.spec.ts', grep })
const spec = (file: string, grep?: string): Catcher => ({
  spec: `test/${file}`,
  ...(grep === undefined ? {} : { grep })
})

/** A short run that passes where nothing is wrong; what is not told within a few seconds counts as lost. */
const chaos: Catcher = { chaos: ['--quick', '--runs', '6', '--limit', '12', '--no-shrink'] }

const FABRIC = 'nodes/apic/fabric/fabric.ts'
const SUBSCRIPTION = 'nodes/apic/sync/subscription.ts'
const CONNECTION = 'nodes/apic/connection/connection.ts'
const MIRROR = 'nodes/apic/store/mirror.ts'

/** What waited is gone through unless the connection broke meanwhile. */
const GO_ON = "if (connection.isOver) throw new AciError('ACI_CLOSED', 'the connection was lost')\n      if (dns"

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'drop events that overtake their subscribe reply',
    edits: [{ file: 'nodes/apic/connection/router.ts', find: 'this.keep(id, event)', replace: 'void 0' }],
    caughtBy: [healing('overtake the subscribe reply'), spec('apic/connection/router.spec.ts')]
  },
  {
    name: 'take an event as old when its time is equal',
    edits: [
      {
        file: MIRROR,
        find: "isBefore(now, known.at)) {\n      return 'earlier'",
        replace: "now <= known.at) {\n      return 'earlier'"
      }
    ],
    caughtBy: [spec('apic/mirror.spec.ts'), chaos]
  },
  {
    name: 'forget what is known with each registration',
    edits: [
      {
        file: SUBSCRIPTION,
        find: 'this.lastController = controller\n',
        replace: 'this.lastController = controller\n    this.startAfresh()\n'
      }
    ],
    caughtBy: [healing('of the socket with'), chaos]
  },
  {
    name: 'conclude no deletions from a reading',
    edits: [{ file: SUBSCRIPTION, find: '...mirror.missing(), ', replace: '' }],
    caughtBy: [healing('of the socket with'), chaos]
  },
  {
    name: 'believe an answer without any objects',
    edits: [
      {
        file: SUBSCRIPTION,
        find: 'if (this.doubts < READINGS_TO_BELIEVE || now - this.doubtsSince < TIME_TO_BELIEVE)',
        replace: 'if (this.doubts < 0)'
      }
    ],
    caughtBy: [healing('still starting')]
  },
  {
    name: 'believe an answer that is cut short',
    edits: [{ file: SUBSCRIPTION, find: 'if (received < total)', replace: 'if (received < 0)' }],
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
      { file: SUBSCRIPTION, find: '} else if (registration === this.current) {', replace: '} else {' },
      { file: SUBSCRIPTION, find: 'before.connection.release(before.id)\n      if (isSame)', replace: 'if (isSame)' }
    ],
    caughtBy: [healing('each is told live and once')]
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
    edits: [{ file: CONNECTION, find: 'this.socket.pause()', replace: 'void 0' }],
    caughtBy: [spec('pace.spec.ts')]
  },
  {
    name: 'refresh at the very end',
    edits: [
      { file: CONNECTION, find: 'DEFAULT_REFRESH_TIMEOUT) * 1000) / 3', replace: 'DEFAULT_REFRESH_TIMEOUT) * 1000)' }
    ],
    caughtBy: [spec('refresh-timeout.spec.ts', 'which is then asked no more')]
  },
  {
    name: 'register again without comparing',
    edits: [
      {
        file: SUBSCRIPTION,
        find: 'await this.readAndCompare(registration, dns)',
        replace: 'if (!this.complete) await this.readAndCompare(registration, dns)'
      }
    ],
    caughtBy: [healing('of the socket with'), chaos]
  },
  {
    name: 'give a session up before the next one is ready',
    edits: [
      {
        file: FABRIC,
        find: 'const next = await this.openBeside(line)',
        replace: 'await line.connection.close()\n      const next = await this.openBeside(line)'
      }
    ],
    caughtBy: [healing('each is told live and once')]
  },
  {
    name: 'look away from a session while the next one is made',
    edits: [{ file: FABRIC, find: 'Promise.race([attempt, line.ended]).finally', replace: 'attempt.finally' }],
    caughtBy: [healing('is seen at once')]
  },
  {
    name: 'tell again what the connection before has told',
    edits: [
      { file: SUBSCRIPTION, find: 'echoes.without(registration.held ?? [])', replace: 'registration.held ?? []' }
    ],
    caughtBy: [healing('each is told live and once')]
  },
  {
    name: 'lose what comes while objects are read',
    edits: [{ file: SUBSCRIPTION, find: 'registration.held.push(event)', replace: 'void event' }],
    caughtBy: [spec('faults/faults.spec.ts', 'first and answers late')]
  },
  {
    name: 'believe readings by their number alone',
    edits: [{ file: SUBSCRIPTION, find: 'now - this.doubtsSince < TIME_TO_BELIEVE', replace: 'now < 0' }],
    caughtBy: [healing('not believed sooner')]
  },
  {
    name: 'ask no other controller',
    edits: [{ file: FABRIC, find: 'if (opinion.count <= shown)', replace: 'if (opinion.count >= 0)' }],
    caughtBy: [healing('nothing for long')]
  },
  {
    name: 'believe an equal time although an event made the state',
    edits: [{ file: MIRROR, find: 'known.isConfirmed && now !== undefined', replace: 'now !== undefined' }],
    caughtBy: [spec('apic/mirror.spec.ts'), spec('faults/hidden.spec.ts', 'lost under a later')]
  },
  {
    name: 'never believe an earlier time',
    edits: [{ file: MIRROR, find: "if (likeness === 'earlier' && !isSecond)", replace: "if (likeness === 'earlier')" }],
    caughtBy: [spec('apic/mirror.spec.ts'), spec('faults/hidden.spec.ts', 'set back by 5 s')]
  },
  {
    name: 'read nothing after a frame that cannot be read',
    edits: [{ file: CONNECTION, find: 'this.router.miss()', replace: 'void 0' }],
    caughtBy: [spec('faults/hidden.spec.ts', 'ends in the middle')]
  },
  {
    name: 'read nothing once more after a registration',
    edits: [{ file: SUBSCRIPTION, find: 'this.host.registered()', replace: 'void 0' }],
    caughtBy: [spec('apic/fabric.spec.ts', 'once more some seconds')]
  },
  {
    name: 'end the session of all for one refusal',
    edits: [{ file: CONNECTION, find: 'if (isDead) this.end', replace: 'this.end' }],
    caughtBy: [spec('faults/refusals.spec.ts', 'for one class')]
  },
  {
    name: 'take a web page for the word of the APIC',
    edits: [{ file: CONNECTION, find: 'if (error instanceof NotFromApic) return true', replace: '' }],
    caughtBy: [spec('faults/refusals.spec.ts', 'as a web page')]
  },
  {
    name: 'let slow classes keep all others waiting',
    edits: [{ file: 'nodes/apic/sync/registrar.ts', find: 'this.beside.add(subscription)', replace: 'void 0' }],
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
    edits: [{ file: SUBSCRIPTION, find: 'this.ended || this.isOvertaken(registration)', replace: 'this.ended' }],
    caughtBy: [spec('apic/subscription.spec.ts')]
  },
  {
    name: 'stay with what was told, whatever readings show',
    edits: [{ file: 'nodes/apic/watch/watch.ts', find: 'if (isOpen && !object.wasRead)', replace: 'if (isOpen)' }],
    caughtBy: [spec('apic/watch.spec.ts', 'two readings')]
  },
  {
    name: 'go on telling what has been parked',
    // Both guards: one is enough where the connection is known to be over.
    edits: [
      { file: SUBSCRIPTION, find: 'this.current = undefined\n    if (mirror', replace: 'if (mirror' },
      { file: SUBSCRIPTION, find: GO_ON, replace: 'if (dns' }
    ],
    caughtBy: [spec('faults/repeats.spec.ts', 'is told once, and what comes')]
  },
  {
    name: 'go through what waited although the connection broke',
    edits: [{ file: SUBSCRIPTION, find: GO_ON, replace: 'if (dns' }],
    caughtBy: [spec('faults/repeats.spec.ts', 'bears no time')]
  },
  {
    name: 'forget with a query what only it knew',
    edits: [{ file: 'nodes/apic/watch/watch.ts', find: 'this.story.keepLast(kept(change))', replace: 'void change' }],
    caughtBy: [spec('faults/overlap.spec.ts', 'as it was told last')]
  },
  {
    name: 'take a lone query for one that told nothing',
    edits: [{ file: 'nodes/apic/watch/watch.ts', find: 'this.noteTold(only)', replace: 'void only' }],
    caughtBy: [spec('faults/overlap.spec.ts', 'when it comes')]
  },
  {
    name: 'take what one query knows for what was told',
    edits: [
      {
        file: 'nodes/apic/watch/watch.ts',
        find: 'if (than.isKnown || this.story.has(object.dn)) return false',
        replace: 'return false'
      }
    ],
    caughtBy: [spec('apic/watch.spec.ts')]
  },
  {
    name: 'take the end of an earlier state for a later one',
    edits: [
      {
        file: 'nodes/apic/store/story.ts',
        find: "const isLate = origin === 'live' && !isThere(entry)",
        replace: "const isLate = origin === 'live' && false"
      }
    ],
    caughtBy: [spec('apic/story.spec.ts')]
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
