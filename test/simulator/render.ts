// Managed objects as JSON: read at the top, read as a child, or as an event. The three differ in small, firm ways.
import type { Attributes, ManagedClass } from './model'
import type { Change, ManagedObject, Tree } from './tree'

/** One element of imdata. */
export type Element = Record<string, { attributes: Attributes; children?: Element[] }>

export type PropertyChoice = 'all' | 'naming-only' | 'config-only'

/** An object as the result of a read: its `dn` and no `rn`. */
export const topLevel = (tree: Tree, object: ManagedObject, choice: PropertyChoice = 'all'): Attributes =>
  chosen(object, choice, asRead(tree, object), 'dn')

/** An object nested in another's `children`: its `rn` and no `dn`; read with its configuration alone, neither. */
export const nested = (
  tree: Tree,
  object: ManagedObject,
  choice: PropertyChoice = 'all',
  rn = object.rn
): Attributes => {
  const attributes: Record<string, string> = { ...asRead(tree, object), rn }
  delete attributes['dn']
  if (choice === 'config-only') delete attributes['rn']
  return chosen(object, choice, attributes, 'rn')
}

/**
 * An event: the full object when created; the common part and the changed properties when modified; else that part
 * alone. Always in alphabetical order. Objects of a class are copied from its template, which is what makes a burst fast.
 */
export const eventAttributes = (change: Change): Attributes => {
  const { status, object, modTs, changed } = change
  const { dn } = object
  if (status === 'created') return { ...object.cls.eventTemplate, ...object.attributes, modTs, status }
  if (status === 'deleted') return { childAction: '', dn, modTs, rn: '', status }
  const attributes: Record<string, string> = {}
  for (const name of [...COMMON, ...Object.keys(changed)].sort()) attributes[name] = changed[name] ?? ''
  return Object.assign(attributes, { dn, modTs, status })
}

/** What every event carries, whatever happened. */
const COMMON = ['childAction', 'dn', 'modTs', 'rn', 'status']

/** The event as JSON text of one imdata element, made when first asked for: most changes interest nobody. */
export class EventText {
  private made: string | undefined

  constructor(private readonly change: Change) {}

  get text(): string {
    this.made ??= `{"${this.change.object.cls.name}":{"attributes":${JSON.stringify(eventAttributes(this.change))}}}`
    return this.made
  }
}

const asRead = (tree: Tree, object: ManagedObject): Attributes => {
  const { cls, attributes } = object
  if (cls.modTs === 'time' && !cls.clocked) return attributes
  const read: Record<string, string> = { ...attributes }
  if (cls.modTs === 'never') read['modTs'] = 'never'
  if (cls.modTs === 'absent') delete read['modTs']
  const now = tree.now()
  return cls.clocked ? { ...read, ...cls.clocked(attributes, tree.iso(now), now) } : read
}

const chosen = (object: ManagedObject, choice: PropertyChoice, all: Attributes, name: 'dn' | 'rn'): Attributes => {
  if (choice === 'all') return all
  const wanted = choice === 'naming-only' ? object.cls.naming : withNaming(object.cls)
  return Object.fromEntries(Object.entries(all).filter(([property]) => property === name || wanted.has(property)))
}

const withNaming = (cls: ManagedClass): ReadonlySet<string> => new Set([...cls.configurable, ...cls.naming])
