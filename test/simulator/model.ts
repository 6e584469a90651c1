// What the simulator knows of the ACI information model: names, properties, containment, and how a class is read.
import { RnFormat } from './names'

export type Attributes = Readonly<Record<string, string>>

/** Written by hand for each class; see classes.ts. */
export interface ClassDefinition {
  readonly name: string
  /** RN format, such as `tn-{name}`. Records live at the top and carry two RNs: `subj-[{affected}]/mod-{id}`. */
  readonly rn: string
  /** Classes it may stand under; absent: under anything. */
  readonly parents?: readonly string[]
  /**
   * `config`: a client may POST it. `oper`: only the system makes it; a client may set the properties of `config`. `record`: a log entry, outside the tree.
   * `stats`: like `oper`, but nothing is ever pushed for it.
   */
  readonly kind?: 'config' | 'oper' | 'record' | 'stats'
  /** Properties a client may set, with their defaults. Naming properties need not be repeated. */
  readonly config?: Attributes
  /** Properties only the system sets ("implicit"), with their defaults. */
  readonly implicit?: Attributes
  /** What a read says for modTs: the time, `never`, or nothing at all. Events always carry the time. */
  readonly modTs?: 'time' | 'never' | 'absent'
  /** Properties that take one of these values, in ascending order. */
  readonly values?: Readonly<Record<string, readonly string[]>>
  /** Properties whose values have a shape. */
  readonly shapes?: Readonly<Record<string, RegExp>>
  /** Other ways to write a value, by property: port 80 is stored as `http`. Yes and no have theirs anyway. */
  readonly aliases?: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** Properties that are different at every read without being a change. */
  readonly clocked?: (attributes: Attributes, iso: string, epochMs: number) => Attributes
}

/** Set by the system on every object. */
const BASE: Attributes = { childAction: '', status: '' }
/** And on those a client configures. */
const CONFIGURED: Attributes = {
  extMngdBy: '',
  lcOwn: 'local',
  monPolDn: 'uni/tn-common/monepg-default',
  uid: '',
  userdom: ':all:'
}

/** Clients send these for yes and no, and APICs take them. */
const TRUTHS: Readonly<Record<string, string>> = { '1': 'yes', '0': 'no', true: 'yes', false: 'no' }

export class ManagedClass {
  readonly name: string
  readonly kind: 'config' | 'oper' | 'record' | 'stats'
  readonly rn: RnFormat
  readonly parents: ReadonlySet<string> | undefined
  readonly modTs: 'time' | 'never' | 'absent'
  /** Every attribute with its default, in alphabetical order as an APIC writes them; `dn` and `modTs` are set per object. */
  readonly template: Attributes
  /** The same with `rn`, as events have it. */
  readonly eventTemplate: Attributes
  readonly configurable: ReadonlySet<string>
  readonly naming: ReadonlySet<string>
  readonly values: Readonly<Record<string, readonly string[]>>
  readonly shapes: Readonly<Record<string, RegExp>>
  readonly clocked: ClassDefinition['clocked']
  private readonly properties: ReadonlySet<string>
  private readonly aliases: Readonly<Record<string, Readonly<Record<string, string>>>>

  constructor(definition: ClassDefinition) {
    this.name = definition.name
    this.kind = definition.kind ?? 'config'
    this.rn = new RnFormat(definition.rn)
    this.parents = definition.parents && new Set(definition.parents)
    this.modTs = definition.modTs ?? 'time'
    this.values = definition.values ?? {}
    this.shapes = definition.shapes ?? {}
    this.clocked = definition.clocked
    this.aliases = definition.aliases ?? {}
    this.naming = new Set(this.rn.naming)
    const annotation = this.kind === 'config' ? { annotation: '' } : {}
    const config = {
      ...annotation,
      ...(this.kind === 'config' ? Object.fromEntries([...this.naming].map((name) => [name, ''])) : {}),
      ...definition.config
    }
    this.configurable = new Set(Object.keys(config))
    const all: Record<string, string> = {
      ...BASE,
      ...(this.kind === 'config' ? CONFIGURED : {}),
      ...Object.fromEntries([...this.naming].map((name) => [name, ''])),
      ...config,
      ...definition.implicit,
      dn: '',
      modTs: ''
    }
    this.template = alphabetical(all)
    this.eventTemplate = alphabetical({ ...all, rn: '' })
    this.properties = new Set(Object.keys(this.eventTemplate))
  }

  has(property: string): boolean {
    return this.properties.has(property)
  }

  /** Whether an object of this class may stand under one of that class ('' is the top). */
  fitsUnder(parent: string): boolean {
    return this.parents?.has(parent) ?? true
  }

  /** A value as it is stored, whichever way it was written. */
  normal(property: string, value: string): string {
    const alias = this.aliases[property]?.[value]
    if (alias !== undefined) return alias
    return this.values[property]?.includes('yes') ? (TRUTHS[value] ?? value) : value
  }

  /** Whether the property could ever hold this value, as far as the simulator knows. */
  admits(property: string, value: string): boolean {
    const values = this.values[property]
    if (values) return values.includes(value)
    return this.shapes[property]?.test(value) ?? true
  }
}

const alphabetical = (attributes: Attributes): Attributes =>
  Object.fromEntries(Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1)))

/** The catalogue: concrete classes by name, and abstract ones as the set of their concrete kinds. */
export class Model {
  private readonly concrete = new Map<string, ManagedClass>()
  private readonly abstract = new Map<string, readonly string[]>()

  constructor(definitions: readonly ClassDefinition[], abstract: Readonly<Record<string, readonly string[]>> = {}) {
    for (const definition of definitions) this.concrete.set(definition.name, new ManagedClass(definition))
    for (const [name, kinds] of Object.entries(abstract)) this.abstract.set(name, kinds)
  }

  /** The concrete class of that name; class names are case-sensitive. */
  find(name: string): ManagedClass | undefined {
    return this.concrete.get(name)
  }

  /** Names of the concrete classes that a name stands for; undefined when there is no such class at all. */
  kindsOf(name: string): readonly string[] | undefined {
    if (this.concrete.has(name)) return [name]
    return this.abstract.get(name)
  }

  /** Whether a class, abstract ones included, has the property in all of its kinds. */
  hasProperty(name: string, property: string): boolean {
    return (this.kindsOf(name) ?? []).every((kind) => this.concrete.get(kind)?.has(property) ?? false)
  }

  classes(): Iterable<ManagedClass> {
    return this.concrete.values()
  }

  abstractNames(): string[] {
    return [...this.abstract.keys()]
  }
}
