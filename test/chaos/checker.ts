// What one node's messages add up to, and whether each of them could follow the ones before.

import type { AciMessage } from '../../nodes/runtime/message'

export type Attributes = Readonly<Record<string, string>>

export interface StoredObject {
  readonly class: string
  readonly dn: string
  readonly attributes: Attributes
}

/** What went wrong, by the three questions that a report asks. */
export type Kind = 'lost' | 'repeated' | 'inconsistent'

export interface Violation {
  readonly kind: Kind
  readonly text: string
}

/** Reads of a fault say `modTs: never`, its events say when: the same state may be sent with either. */
const WITHOUT_MOD_TS: ReadonlySet<string> = new Set(['faultInst'])

/** Part of what happened rather than of the object: it has no place in a message. */
const NOT_OF_THE_OBJECT = ['childAction', 'status']

/** How often an object changed, or had to be put right, within that millisecond: so many messages may have one id. */
export type ChangesWithin = (dn: string, modTs: string | undefined) => number

/** The attributes in which two states of an object differ, apart from what only says what happened. */
export function differingAttributes(className: string, one: Attributes, other: Attributes): string[] {
  const names = new Set([...Object.keys(one), ...Object.keys(other)])
  return [...names].filter((name) => {
    if (NOT_OF_THE_OBJECT.includes(name) || one[name] === other[name]) return false
    if (name === 'modTs' && WITHOUT_MOD_TS.has(className)) return false
    return name !== 'rn' || (one[name] ?? '') !== (other[name] ?? '')
  })
}

/** Where what a node has sent is otherwise than what there is. */
export function differencesOf(
  node: string,
  sent: ReadonlyMap<string, StoredObject>,
  expected: ReadonlyMap<string, StoredObject>
): string[] {
  const lines: string[] = []
  for (const [dn, object] of expected) {
    const known = sent.get(dn)
    if (known === undefined) {
      lines.push(`${node}: ${dn} exists and was not sent`)
      continue
    }
    const differing = differingAttributes(object.class, known.attributes, object.attributes)
    if (differing.length === 0) continue
    const values = differing.map((name) => {
      return `${name} is ${String(object.attributes[name])}, sent was ${String(known.attributes[name])}`
    })
    lines.push(`${node}: ${dn}: ${values.join('; ')}`)
  }
  for (const dn of sent.keys()) {
    if (!expected.has(dn)) lines.push(`${node}: ${dn} is gone and its deletion was not sent`)
  }
  return lines
}

/**
 * Whether a reading puts right what was sent last, upon an object that could not be read: under the same time, and so
 * the same id.
 */
function putsRight({ payload: { event, origin, class: name, attributes } }: AciMessage, known: StoredObject): boolean {
  if (origin !== 'recovered' || event !== 'modified' || WITHOUT_MOD_TS.has(name)) return false
  if (attributes['modTs'] !== known.attributes['modTs']) return false
  return differingAttributes(name, known.attributes, attributes).length > 0
}

export class Checker {
  readonly objects = new Map<string, StoredObject>()
  /** Objects that one of the node's queries may have stopped to follow: of these any message may come. */
  loose: (dn: string) => boolean = () => false
  /** Messages that came, by origin. */
  readonly counts: Record<string, number> = {}
  /** When each object was last changed, by what was sent. */
  private readonly latest = new Map<string, number>()
  /** Of this sequence and of the one before: of all that ever came there would be no end. */
  private sent = new Map<string, number>()
  private sentBefore = new Map<string, number>()

  constructor(
    readonly node: string,
    private readonly changesWithin: ChangesWithin,
    private readonly violated: (violation: Violation) => void,
    /** Whether the APIC's clock was set back lately: then times tell no order. */
    private readonly isClockSetBack: () => boolean = () => false
  ) {}

  /** What exists at the start of the history is known without being sent. */
  begin(objects: Iterable<StoredObject>): void {
    this.objects.clear()
    for (const object of objects) this.objects.set(object.dn, object)
  }

  nextSequence(): void {
    this.sentBefore = this.sent
    this.sent = new Map()
  }

  /** What the node no longer follows is no more part of its picture. */
  forget(isForgotten: (dn: string) => boolean): void {
    for (const dn of this.objects.keys()) {
      if (!isForgotten(dn)) continue
      this.objects.delete(dn)
      this.latest.delete(dn)
    }
  }

  take(message: AciMessage): void {
    const { payload, aci, topic } = message
    const { class: name, dn, event, attributes, origin } = payload
    this.counts[origin] = (this.counts[origin] ?? 0) + 1
    const wrong = (kind: Kind, text: string): void => {
      this.violated({ kind, text: `${this.node}: ${origin} ${event} of ${dn} ${text}` })
    }
    const known = this.objects.get(dn)
    const isLoose = this.loose(dn)

    if (topic !== dn) wrong('inconsistent', `has the topic ${topic}`)
    if ((origin === 'recovered') !== (aci.gap !== undefined)) wrong('inconsistent', 'and its gap do not fit')
    const strange = NOT_OF_THE_OBJECT.filter((attribute) => attribute in attributes)
    if (strange.length > 0 || attributes['rn'] === '') wrong('inconsistent', `has attributes such as ${strange.join()}`)

    if (event !== 'existing' && !(known !== undefined && putsRight(message, known))) this.checkId(message, wrong)
    if (event === 'existing' || event === 'created') {
      if (event === 'created' && known !== undefined && !isLoose) wrong('inconsistent', 'which was there already')
      this.objects.set(dn, { class: name, dn, attributes })
    } else if (event === 'modified') {
      if (known !== undefined) this.checkChanges(message, known, wrong)
      else if (!isLoose) wrong('inconsistent', 'which was not there')
      this.objects.set(dn, { class: name, dn, attributes })
    } else {
      if (known !== undefined && !isLoose) {
        const differing = differingAttributes(name, known.attributes, attributes)
        if (differing.length > 0) wrong('inconsistent', `is not as last sent: ${differing.join()}`)
      }
      if (known === undefined && !isLoose) wrong('inconsistent', 'which was not there')
      this.objects.delete(dn)
    }
    this.checkTime(message, wrong)
  }

  /** What is otherwise than it should be, a line for each object. */
  differences(expected: ReadonlyMap<string, StoredObject>): string[] {
    return differencesOf(this.node, this.objects, expected)
  }

  private checkId({ payload: { id, dn, event, attributes } }: AciMessage, wrong: (kind: Kind, text: string) => void) {
    const key = `${event} ${id}`
    const times = (this.sent.get(key) ?? this.sentBefore.get(key) ?? 0) + 1
    this.sent.set(key, times)
    // Several changes within one millisecond have one stamp, and all of them are sent.
    if (times > Math.max(1, this.changesWithin(dn, attributes['modTs']))) wrong('repeated', `is sent again (${id})`)
  }

  private checkChanges(
    { payload: { changes, attributes } }: AciMessage,
    known: StoredObject,
    wrong: (kind: Kind, text: string) => void
  ): void {
    for (const [name, { from, to }] of Object.entries(changes ?? {})) {
      if ((known.attributes[name] ?? '') !== from) wrong('inconsistent', `changes ${name} from what was not sent`)
      if (attributes[name] !== to) wrong('inconsistent', `changes ${name} to what it does not show`)
    }
    if (changes === undefined) return
    const silent = differingAttributes(known.class, known.attributes, attributes).filter(
      (name) => name !== 'modTs' && !(name in changes)
    )
    if (silent.length > 0) wrong('inconsistent', `has other values without naming them as changes: ${silent.join()}`)
  }

  private checkTime({ payload }: AciMessage, wrong: (kind: Kind, text: string) => void): void {
    const { class: name, dn, event, attributes, origin } = payload
    const at = Date.parse(attributes['modTs'] ?? '')
    if (Number.isNaN(at) || WITHOUT_MOD_TS.has(name)) return
    const latest = this.latest.get(dn) ?? 0
    const isSetBack = this.isClockSetBack()
    if (!isSetBack && origin === 'live' && event !== 'existing' && at < latest)
      wrong('inconsistent', 'goes back in time')
    this.latest.set(dn, isSetBack ? at : Math.max(at, latest))
  }
}
