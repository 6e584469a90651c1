// The managed information tree: objects, and the changes that every mutation gives rise to, one per object.
import type { Clock } from './clock'
import { isoTime } from './clock'
import type { Attributes, ManagedClass, Model } from './model'
import { joinDn, parentDn } from './names'

export interface ManagedObject {
  readonly cls: ManagedClass
  readonly dn: string
  readonly rn: string
  readonly parent: ManagedObject | undefined
  /** By RN; undefined until there is one, since most objects have none. */
  children: Map<string, ManagedObject> | undefined
  /** Everything but `rn`, in alphabetical order. */
  attributes: Record<string, string>
  /** Epoch milliseconds of the last change. */
  changedAt: number
}

export interface Change {
  readonly status: 'created' | 'modified' | 'deleted'
  /** The object after the change; of a deleted one, as it was. */
  readonly object: ManagedObject
  /** The properties that changed, with their new values; only of `modified`. */
  readonly changed: Attributes
  /** And with their old ones. */
  readonly before: Attributes
  /** Time of the change, as `modTs` has it. */
  readonly modTs: string
}

/** Thrown by the tree for what cannot be done; a mistake of the caller, not an answer of an APIC. */
export class TreeError extends Error {
  override readonly name = 'TreeError'
}

const NOTHING: Attributes = Object.freeze({})

export class Tree {
  /** Goes up with every change, so that derived results can be kept until then. */
  generation = 0
  private readonly objects = new Map<string, ManagedObject>()
  private readonly classes = new Map<string, Set<ManagedObject>>()
  private readonly listeners: ((change: Change) => void)[] = []
  private readonly afterwards: (() => void)[] = []
  private depth = 0
  private lastIso: [at: number, text: string] = [Number.NaN, '']

  constructor(
    readonly model: Model,
    private readonly clock: Clock,
    /** Offset of all times, such as `+00:00`. */
    private readonly offset = '+00:00'
  ) {}

  get size(): number {
    return this.objects.size
  }

  get(dn: string): ManagedObject | undefined {
    return this.objects.get(dn)
  }

  /** All objects of one concrete class. */
  ofClass(name: string): ReadonlySet<ManagedObject> {
    return this.classes.get(name) ?? new Set()
  }

  onChange(listener: (change: Change) => void): void {
    this.listeners.push(listener)
  }

  /** Runs `follow` after each outermost batch: the place for what the system does of its own accord. */
  onSettled(follow: () => void): void {
    this.afterwards.push(follow)
  }

  /** What is done together: follow-ups of the system wait for the end. */
  batch<T>(action: () => T): T {
    this.depth += 1
    try {
      return action()
    } finally {
      this.depth -= 1
      if (this.depth === 0) for (const follow of this.afterwards) follow()
    }
  }

  /** @throws TreeError when the class is unknown, the RN does not fit it, the parent is absent or the object exists. */
  create(className: string, dn: string, attributes: Attributes = {}): ManagedObject {
    const cls = this.model.find(className)
    if (!cls) throw new TreeError(`there is no class ${className}`)
    if (this.objects.has(dn)) throw new TreeError(`${dn} exists`)
    const top = cls.kind === 'record' ? '' : parentDn(dn)
    const parent = top === '' ? undefined : this.objects.get(top)
    if (top !== '' && !parent) throw new TreeError(`${dn} has no parent`)
    const rn = top === '' ? dn : dn.slice(top.length + 1)
    const naming = cls.rn.parse(rn)
    if (!naming) throw new TreeError(`${rn} is no RN of ${className} (${cls.rn.text})`)
    this.check(cls, attributes)
    return this.batch(() => {
      const at = this.clock.now()
      const object: ManagedObject = {
        cls,
        dn,
        rn,
        parent,
        children: undefined,
        attributes: { ...cls.template, ...attributes, ...naming, dn, modTs: this.iso(at), status: '', childAction: '' },
        changedAt: at
      }
      this.attach(object)
      this.tell({ status: 'created', object, changed: NOTHING, before: NOTHING, modTs: object.attributes['modTs']! })
      return object
    })
  }

  /** Changes what differs; without a difference nothing happens and the answer is undefined. */
  modify(dn: string, attributes: Attributes): Change | undefined {
    const object = this.objects.get(dn)
    if (!object) throw new TreeError(`there is no ${dn}`)
    this.check(object.cls, attributes)
    const changed: Record<string, string> = {}
    const before: Record<string, string> = {}
    let differs = false
    for (const name of Object.keys(attributes)) {
      const value = attributes[name]!
      if (object.attributes[name] === value) continue
      before[name] = object.attributes[name]!
      changed[name] = value
      differs = true
    }
    if (!differs) return undefined
    return this.batch(() => {
      const modTs = this.stamp(object)
      Object.assign(object.attributes, changed)
      object.attributes['modTs'] = modTs
      const change: Change = { status: 'modified', object, changed, before, modTs }
      this.tell(change)
      return change
    })
  }

  /**
   * Removes an object and all below it, the deepest first, so that whoever hears of it can still see where each one stood.
   * @returns the number of objects removed; 0 when there was none.
   */
  remove(dn: string): number {
    const object = this.objects.get(dn)
    if (!object) return 0
    return this.batch(() => this.removeFrom(object))
  }

  /** The object and all its descendants, parents first. */
  *subtree(object: ManagedObject): Generator<ManagedObject> {
    yield object
    if (object.children) for (const child of object.children.values()) yield* this.subtree(child)
  }

  /** A child by RN. */
  child(parent: ManagedObject, rn: string): ManagedObject | undefined {
    return this.objects.get(joinDn(parent.dn, rn))
  }

  /** A time as this APIC writes it. Kept for the millisecond: a burst asks for the same one again and again. */
  iso(at: number): string {
    if (this.lastIso[0] !== at) this.lastIso = [at, isoTime(at, this.offset)]
    return this.lastIso[1]
  }

  now(): number {
    return this.clock.now()
  }

  private removeFrom(object: ManagedObject): number {
    let count = 1
    if (object.children) for (const child of [...object.children.values()]) count += this.removeFrom(child)
    const modTs = this.stamp(object)
    this.objects.delete(object.dn)
    this.classes.get(object.cls.name)?.delete(object)
    object.parent?.children?.delete(object.rn)
    this.tell({ status: 'deleted', object, changed: NOTHING, before: NOTHING, modTs })
    return count
  }

  private attach(object: ManagedObject): void {
    this.objects.set(object.dn, object)
    const peers = this.classes.get(object.cls.name)
    if (peers) peers.add(object)
    else this.classes.set(object.cls.name, new Set([object]))
    if (object.parent) (object.parent.children ??= new Map()).set(object.rn, object)
  }

  /** The time of a change as the clock tells it: one that was set back tells an earlier time than before. */
  private stamp(object: ManagedObject): string {
    object.changedAt = this.clock.now()
    return this.iso(object.changedAt)
  }

  private check(cls: ManagedClass, attributes: Attributes): void {
    for (const name of Object.keys(attributes)) {
      if (!cls.has(name)) throw new TreeError(`class ${cls.name} has no property ${name}`)
    }
  }

  private tell(change: Change): void {
    this.generation += 1
    for (const listener of this.listeners) listener(change)
  }
}
