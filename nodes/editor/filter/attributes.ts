// What the builder offers to choose from: the attributes of the classes that a filter may name, and their values. From
// the catalogue, and from what an APIC says of a class where one was asked.

import type { ClassMetadata, PropertyMetadata } from '../../admin/answers'
import type { Catalogue } from '../classes/catalogue'
import type { Attribute } from '../classes/catalogue/attributes'

export interface ValueChoice {
  readonly value: string
  /** In the APIC's words; empty where they say no more than the value. */
  readonly label: string
}

export interface AttributeChoice {
  readonly className: string
  readonly property: string
  /** In the APIC's words; empty where they say no more than the name. */
  readonly label: string
  readonly kind: Attribute['kind']
  /** Of a choice and of flags; others may exist. */
  readonly values: readonly ValueChoice[]
  /** One of those that people filter by; they come first. */
  readonly isUsual: boolean
}

/** What an event's attributes never have: they say what became of the object. */
const HIDDEN = new Set(['childAction', 'rn', 'status'])

/** The label, unless it is only the name in other letters: `operSt` is "Oper St", too. */
function ownLabel(label: string, name: string): string {
  const plain = (text: string): string => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')
  return plain(label) === plain(name) ? '' : label.trim()
}

function kindOf({ type, options }: PropertyMetadata, known: Attribute | undefined): Attribute['kind'] {
  if (options.length > 0) return type === 'bitmask' ? 'flags' : 'choice'
  if (known !== undefined) return known.kind
  return type === 'number' ? 'number' : 'text'
}

function valuesOf({ options }: PropertyMetadata, { values }: Attribute): ValueChoice[] {
  if (options.length === 0) return values.map((value) => ({ value, label: '' }))
  const named = options.map(({ value, label }) => ({ value, label: ownLabel(label, value) }))
  // In the catalogue's order as far as it goes, so that nothing moves when the APIC's answer comes.
  const place = (value: string): number => (values.includes(value) ? values.indexOf(value) : values.length)
  return named.sort((one, other) => place(one.value) - place(other.value))
}

function choice(
  className: string,
  property: string,
  known: Attribute | undefined,
  described: PropertyMetadata = {
    name: property,
    label: '',
    type: '',
    isConfigurable: false,
    isNaming: false,
    options: []
  }
): AttributeChoice {
  const kind = kindOf(described, known)
  return {
    className,
    property,
    label: ownLabel(described.label, property),
    kind,
    values: valuesOf(described, known ?? { kind, values: [] }),
    isUsual: known !== undefined
  }
}

/**
 * The attributes to offer, class by class: first those that people filter by, then all others that the APIC has.
 * @param described what the APIC says of a class; undefined where it was not asked, or does not know the class
 */
export function attributeChoices(
  classes: readonly string[],
  catalogue: Catalogue,
  described: (className: string) => ClassMetadata | undefined
): AttributeChoice[] {
  return classes.flatMap((className) => {
    const known = catalogue.attributesOf(className)
    const properties = new Map(described(className)?.properties.map((property) => [property.name, property]))
    const usual = Object.entries(known).map(([property, attribute]) =>
      choice(className, property, attribute, properties.get(property))
    )
    const others = [...properties.values()]
      .filter(({ name }) => !Object.hasOwn(known, name) && !HIDDEN.has(name))
      .map((property) => choice(className, property.name, undefined, property))
    return [...usual, ...others]
  })
}
