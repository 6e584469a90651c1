// What happened to an object, as flows come to know it: the one type that crosses from the client to the nodes.

import type { Attributes, Imdata } from '../protocol/wire'

export type EventName = 'created' | 'modified' | 'deleted' | 'existing'

/** How the change became known: pushed, found by comparing after a gap, or read at the start. */
export type Origin = 'live' | 'recovered' | 'snapshot'

export type AttributeChanges = Record<string, { from: string; to: string }>

/** A stretch of time in which nothing could be heard, ISO 8601. */
export interface Gap {
  readonly from: string
  readonly to: string
}

/**
 * A change of one object. It is borrowed: `attributes` and `raw` belong to whoever made it and go on changing, so a receiver
 * copies what it keeps or passes on, before it returns. What is said to be given is the receiver's own.
 */
export interface Change {
  readonly event: EventName
  readonly class: string
  readonly dn: string
  readonly attributes: Readonly<Attributes>
  /** Of a modification whose previous state is known. */
  readonly changes?: AttributeChanges | undefined
  readonly origin: Origin
  /** What tells this state of the object from its others: see {@link stampOf}. */
  readonly stamp: string
  /** Of the attributes, where it is at hand: see {@link versionOf}. */
  readonly digest?: string | undefined
  /** ISO 8601, UTC. */
  readonly time: string
  /** Epoch ms. */
  readonly receivedAt: number
  /** Base URL of the controller that it comes from. */
  readonly controller: string
  /** Path of the query it answers. */
  readonly query: string
  readonly raw?: Imdata | undefined
  readonly gap?: Gap | undefined
  /** What of it need not be copied: its one receiver is the last one to see that. */
  readonly given?: 'raw and changes' | 'attributes' | 'all' | undefined
  /** Set when an object came into a filter, or left it, without having been created or deleted. */
  readonly matched?: 'entered' | 'left' | undefined
  /** Set on a live change of objects that could not be read since they were lost: what it is based on may be old. */
  readonly uncertain?: true | undefined
}

/** A copy that stays as it is when the objects it came from change. */
export function cloneChange(change: Change): Change {
  return { ...change, attributes: { ...change.attributes } }
}

/** What is otherwise in the second state. The time of the modification goes with every one and is no news by itself. */
export function changesBetween(before: Readonly<Attributes>, after: Readonly<Attributes>): AttributeChanges {
  const changes: AttributeChanges = {}
  for (const name in after) {
    const from = before[name] ?? ''
    const to = after[name] ?? ''
    if (from !== to && name !== 'modTs') changes[name] = { from, to }
  }
  return changes
}

/**
 * Classes whose reads are known to say `modTs: never`, faults and records above all. Their events do carry a time, which
 * a read of the same state does not show, so it cannot tell states apart. Of other classes the store learns it.
 */
const WITHOUT_MOD_TS: ReadonlySet<string> = new Set([
  'faultInst',
  'faultDelegate',
  'faultRecord',
  'eventRecord',
  'aaaModLR',
  'aaaSessionLR',
  'healthInst',
  'healthRecord'
])

let lastText = ''
let lastMs: number | undefined

/**
 * Epoch ms of an APIC's time (ISO 8601 with offset), or undefined for `never`, nothing and nonsense. Bursts share one
 * time, so the last one is remembered.
 */
export function msOf(time: string | undefined): number | undefined {
  if (time === undefined || time === 'never' || time === '') return undefined
  if (time === lastText) return lastMs
  const ms = Date.parse(time)
  lastText = time
  lastMs = Number.isNaN(ms) ? undefined : ms
  return lastMs
}

/** Attributes that differ at every read, by class: nothing has happened when they do. */
const VOLATILE: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['topSystem', new Set(['currentTime', 'systemUpTime'])]
])

const NONE: ReadonlySet<string> = new Set()

/** The attributes of a class that differ at every read. */
export function volatileOf(className: string): ReadonlySet<string> {
  return VOLATILE.get(className) ?? NONE
}

/** Epoch ms of the object's last modification where that can tell its states apart, else undefined. */
export function modifiedAt(className: string, attributes: Readonly<Attributes>): number | undefined {
  return WITHOUT_MOD_TS.has(className) ? undefined : msOf(attributes['modTs'])
}

/**
 * Times of one object that are further apart than this, ms, were not given by clocks that agree: the APIC's clock was
 * set back, and then the later word counts whatever its time says.
 */
const CLOCK_SET_BACK = 30_000

/** Whether a state of that time comes before the one of the other time, both in epoch ms. */
export function isBefore(time: number, other: number): boolean {
  return time < other && time > other - CLOCK_SET_BACK
}

/** Not of the state: when it came to be, what happened, and where the object stands. */
const NOT_OF_THE_STATE: ReadonlySet<string> = new Set(['modTs', 'status', 'childAction', 'rn'])

/**
 * A hash of an object's attributes without `modTs` and what differs at every read: the sum of two 32-bit FNV-1a hashes per
 * attribute. A sum does not depend on the order in which an APIC lists them, and follows a changed attribute without
 * looking at the others. An empty attribute counts as one that is missing.
 */
export class Digest {
  private low = 0
  private high = 0

  private constructor(private readonly ignored: ReadonlySet<string>) {}

  static of(className: string, attributes: Readonly<Attributes>): Digest {
    const digest = new Digest(volatileOf(className))
    for (const name in attributes) digest.add(name, attributes[name] ?? '', 1)
    return digest
  }

  replace(name: string, from: string | undefined, to: string): void {
    if (from !== undefined) this.add(name, from, -1)
    this.add(name, to, 1)
  }

  toString(): string {
    return hex(this.high) + hex(this.low)
  }

  private add(name: string, value: string, sign: 1 | -1): void {
    if (value === '' || NOT_OF_THE_STATE.has(name) || this.ignored.has(name)) return
    let a = 0x811c9dc5
    let b = 0x01000193
    for (let i = 0; i < name.length; i += 1) {
      const unit = name.charCodeAt(i)
      a = Math.imul(a ^ unit, 0x01000193)
      b = Math.imul(b ^ unit, 0x5bd1e995)
    }
    // Keeps `ab` + `c` apart from `a` + `bc`.
    a = Math.imul(a ^ 0x100, 0x01000193)
    b = Math.imul(b ^ 0x100, 0x5bd1e995)
    for (let i = 0; i < value.length; i += 1) {
      const unit = value.charCodeAt(i)
      a = Math.imul(a ^ unit, 0x01000193)
      b = Math.imul(b ^ unit, 0x5bd1e995)
    }
    // Signed, for V8 keeps a number beyond 31 bits in an object of its own.
    this.low = (this.low + sign * mixed(a)) | 0
    this.high = (this.high + sign * mixed(b)) | 0
  }
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** Eight digits, byte by byte: `toString(16)` takes half a microsecond, and each event needs two. */
function hex(word: number): string {
  return `${HEX[word >>> 24]}${HEX[(word >>> 16) & 255]}${HEX[(word >>> 8) & 255]}${HEX[word & 255]}`
}

/** Spreads every bit over the whole word, without which sums of similar hashes collide. */
function mixed(hash: number): number {
  const once = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35)
  return twice ^ (twice >>> 16)
}

/**
 * What tells one state of an object from another, the same for everybody who knows that state: epoch ms of its `modTs`,
 * or a hash of its attributes where `modTs` says nothing.
 */
export function stampOf(className: string, attributes: Readonly<Attributes>): string {
  return (modifiedAt(className, attributes) ?? Digest.of(className, attributes)).toString()
}

/** Length of a digest as text; a time in epoch ms is shorter. */
const DIGEST_LENGTH = 16

/**
 * The name of a state, for ids and for what is remembered: `<epoch ms>-<digest>`, so that two states of one millisecond
 * have two names, or the digest alone where no time tells states apart.
 */
export function versionOf(object: Pick<Change, 'class' | 'stamp' | 'digest' | 'attributes'>): string {
  const { stamp, digest } = object
  if (stamp.length >= DIGEST_LENGTH) return stamp
  return `${stamp}-${digest ?? Digest.of(object.class, object.attributes).toString()}`
}

/** The stamp in a version, and the digest. A version that was written by an earlier release may be a time alone. */
export function partsOfVersion(version: string): { stamp: string; digest: string | undefined } {
  if (version.length === DIGEST_LENGTH) return { stamp: version, digest: version }
  const [stamp = '', digest] = version.split('-')
  return { stamp, digest }
}

/**
 * Whether two versions name one state. An object that is known by an event alone has a time; once a read of it says
 * `never`, it has none, and is the same all the same.
 */
export function isSameVersion(one: string, other: string): boolean {
  if (one === other) return true
  const [a, b] = [partsOfVersion(one), partsOfVersion(other)]
  if (a.digest === undefined || b.digest === undefined) return a.stamp === b.stamp
  return a.digest === b.digest && (a.stamp === a.digest || b.stamp === b.digest)
}

/** What an APIC writes whose clock shows UTC: nearly what is wanted, and nothing that would have to be worked out. */
const UTC_TIME = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}\+00:00$/

let isoText: string | undefined
let isoTime = ''

/** When it happened, as ISO 8601 in UTC: the change's own `modTs` where the APIC gives one, else when it was received. */
export function timeOf(modTs: string | undefined, receivedAt: number): string {
  if (modTs !== undefined && modTs === isoText) return isoTime
  // Not each month has the days above 28, and such a date is no date.
  if (modTs !== undefined && UTC_TIME.test(modTs) && Number(modTs.slice(8, 10)) <= 28) return `${modTs.slice(0, 23)}Z`
  const ms = msOf(modTs)
  if (modTs === undefined || ms === undefined) return new Date(receivedAt).toISOString()
  isoText = modTs
  isoTime = new Date(ms).toISOString()
  return isoTime
}
