// The attributes of an object as they came: whether they are safe to use, and which of them are the object's own. On the path
// of every event.

/** An object's attributes: an APIC knows only strings. */
export type Attributes = Record<string, string>

/**
 * Names that every object has. As keys of a plain object they could reach its prototype once somebody merges or clones
 * it, and reading them from an object without them gives a function. No attribute of an APIC is called so.
 */
const HOSTILE: ReadonlySet<string> = new Set([...Object.getOwnPropertyNames(Object.prototype), 'prototype'])
/** Most names differ from these in their lengths alone, which takes a fraction of the time. */
const HOSTILE_LENGTHS: readonly boolean[] = Array.from({ length: 32 }, (_, length) => {
  return [...HOSTILE].some((name) => name.length === length)
})

export function isHostile(key: string): boolean {
  return HOSTILE_LENGTHS[key.length] === true && HOSTILE.has(key)
}

/** True when the attributes can be used as they are, which is the rule. */
export function isClean(attributes: Record<string, unknown>): attributes is Attributes {
  for (const key in attributes) {
    if (typeof attributes[key] !== 'string' || isHostile(key)) return false
  }
  return true
}

/** Those that can be used. */
export function cleaned(attributes: Record<string, unknown>): Attributes {
  const clean: Attributes = {}
  for (const [key, value] of Object.entries(attributes)) {
    if (isHostile(key)) continue
    if (typeof value === 'string') clean[key] = value
    else if (typeof value === 'number' || typeof value === 'boolean') clean[key] = String(value)
  }
  return clean
}

/** Part of an event, not of the object. */
export function isObjectAttribute(name: string, value: string): boolean {
  return name !== 'status' && name !== 'childAction' && (name !== 'rn' || value !== '')
}

/** An object with the attributes that those of a class had last, all of them empty. */
interface Template {
  readonly names: readonly string[]
  readonly empty: Readonly<Attributes>
}

const templates = new Map<string, Template>()
const MOST_TEMPLATES = 1_000
/** Objects with fewer attributes are made as fast without one. */
const LEAST_NAMES = 12

/**
 * The object's real attributes: what an APIC adds to say what happened is left out.
 *
 * An APIC gives all objects of a class the same attributes in the same order, so that most are made by filling a copy of a
 * template: in half the time, and V8 keeps one description of their shape for all of them.
 */
export function objectAttributes(className: string, attributes: Readonly<Attributes>): Attributes {
  const template = templates.get(className)
  return (template === undefined ? undefined : filled(template, attributes)) ?? built(className, attributes)
}

/** Undefined where the attributes are not those of the template. */
function filled({ names, empty }: Template, attributes: Readonly<Attributes>): Attributes | undefined {
  const own = { ...empty }
  let count = 0
  for (const name in attributes) {
    const value = attributes[name] ?? ''
    if (!isObjectAttribute(name, value)) continue
    if (names[count] !== name) return undefined
    own[name] = value
    count += 1
  }
  return count === names.length ? own : undefined
}

function built(className: string, attributes: Readonly<Attributes>): Attributes {
  const own: Attributes = {}
  for (const name in attributes) {
    const value = attributes[name] ?? ''
    if (isObjectAttribute(name, value)) own[name] = value
  }
  const names = Object.keys(own)
  if (names.length < LEAST_NAMES) return own
  if (templates.has(className) || templates.size < MOST_TEMPLATES) {
    // Filled name by name it has become a slow dictionary to V8; a copy is a plain object again.
    templates.set(className, { names, empty: { ...Object.fromEntries(names.map((name) => [name, ''])) } })
  }
  return { ...own }
}
