// The answer to a query: objects picked from the tree, ordered, cut to a page, and written as imdata.
import { tooBig } from './errors'
import { compareValues } from './filter'
import type { Random } from './random'
import { shuffle } from './random'
import type { Include, Order, Query } from './query'
import { inScope } from './query'
import type { Element } from './render'
import { nested, topLevel } from './render'
import type { ManagedObject, Tree } from './tree'

export interface Answer {
  /** Before paging. */
  readonly total: number
  readonly elements: readonly Element[]
}

export interface AnswerOptions {
  /** Most objects in one answer, children included. */
  readonly limit: number
  /** Order of what has no order-by: anew for each answer, or the same each time. */
  readonly order: 'shuffled' | 'stable'
  readonly random: Random
}

/** How many sorted results are kept for the pages that follow. */
const KEPT = 8

export class Answers {
  private readonly kept = new Map<string, { generation: number; objects: readonly ManagedObject[] }>()

  constructor(
    private readonly tree: Tree,
    private readonly options: AnswerOptions
  ) {}

  /** @throws Refusal when the answer would be too big */
  answer(query: Query): Answer {
    const matching = this.result(query)
    if (query.countOnly) {
      return { total: 1, elements: [{ moCount: { attributes: count(matching.length) } }] }
    }
    const page = query.pageSize === undefined ? matching : slice(matching, query.page, query.pageSize)
    if (page.length > this.options.limit) throw tooBig()
    if (query.noScoped) {
      const elements = page.map((object) => this.element(object, query))
      return { total: matching.length, elements }
    }
    let budget = this.options.limit
    const elements = page.map((object) => {
      const element = this.element(object, query)
      const children = this.children(object, query)
      budget -= 1 + size(children)
      if (budget < 0) throw tooBig()
      if (children.length > 0) Object.values(element)[0]!.children = children
      return element
    })
    return { total: matching.length, elements }
  }

  /** Every matching object, in the order it is to be sent. */
  private result(query: Query): readonly ManagedObject[] {
    const kept = this.kept.get(query.text)
    if (kept?.generation === this.tree.generation) return kept.objects
    let objects = select(this.tree, query)
    if (query.properties === 'config-only') objects = objects.filter((object) => object.cls.kind === 'config')
    if (query.include.size > 0 && query.noScoped)
      objects = [...new Set(objects.flatMap((object) => this.included(object, query, true)))]
    else if (query.include.size > 0 && query.required) {
      const deep = query.subtree === 'full' || query.deepInclude
      objects = objects.filter((object) => this.included(object, query, deep).length > 0)
    }
    if (this.options.order === 'shuffled') shuffle(this.options.random, objects)
    if (query.order.length === 0) return objects
    sort(objects, query.order, this.tree)
    // Only ordered results are kept: without an order the next page is free to come from another one.
    if (this.kept.size >= KEPT) this.kept.delete(this.kept.keys().next().value ?? '')
    this.kept.set(query.text, { generation: this.tree.generation, objects })
    return objects
  }

  private element(object: ManagedObject, query: Query): Element {
    return { [object.cls.name]: { attributes: topLevel(this.tree, object, query.properties) } }
  }

  private children(object: ManagedObject, query: Query): Element[] {
    const regular = query.subtree === 'no' ? [] : this.descendants(object, query)
    if (query.include.size === 0) return regular
    const extra = this.included(object, query, query.deepInclude).filter(
      (other) => query.subtree === 'no' || other.parent !== object
    )
    const counts = query.include.has('fault-count') ? [this.faultCounts(object)] : []
    return [...regular, ...extra.map((other) => this.childElement(other, query)), ...counts]
  }

  /** How many faults of each severity an object has. (That those below it count as well is a guess.) */
  private faultCounts(object: ManagedObject): Element {
    const faults = [...this.tree.subtree(object)].filter(({ cls }) => cls.name === 'faultInst')
    const attributes: Record<string, string> = { childAction: '', rn: 'fltCnts', status: '' }
    for (const [name, severity] of COUNTED) {
      const found = faults.filter((fault) => fault.attributes['severity'] === severity)
      const acked = found.filter((fault) => fault.attributes['ack'] === 'yes')
      attributes[name] = String(found.length)
      attributes[`${name}Acked`] = String(acked.length)
      attributes[`${name}Delegated`] = '0'
      attributes[`${name}AckedandDelegated`] = '0'
    }
    return { faultCounts: { attributes } }
  }

  /** Children that match, and those that lead to one that does. */
  private descendants(object: ManagedObject, query: Query): Element[] {
    const elements: Element[] = []
    for (const child of object.children?.values() ?? []) {
      if (query.properties === 'config-only' && child.cls.kind !== 'config') continue
      const below = query.subtree === 'full' ? this.descendants(child, query) : []
      const matches = (query.subtreeClasses?.has(child.cls.name) ?? true) && (query.subtreeFilter?.(child) ?? true)
      if (!matches && below.length === 0) continue
      const element = this.childElement(child, query)
      if (below.length > 0) Object.values(element)[0]!.children = below
      elements.push(element)
    }
    return elements
  }

  private childElement(object: ManagedObject, query: Query): Element {
    return { [object.cls.name]: { attributes: nested(this.tree, object, query.properties) } }
  }

  /** Faults, health and audit records of an object, or of all below it too. */
  private included(object: ManagedObject, query: Query, deep: boolean): ManagedObject[] {
    const found: ManagedObject[] = []
    const below = deep ? this.tree.subtree(object) : (object.children?.values() ?? [])
    for (const other of below) {
      const kind = INCLUDED[other.cls.name]
      if (kind && query.include.has(kind)) found.push(other)
    }
    for (const [kind, name] of RECORDS) {
      if (!query.include.has(kind)) continue
      for (const record of this.tree.ofClass(name)) {
        const { affected = '' } = record.attributes
        if (affected === object.dn || (deep && affected.startsWith(`${object.dn}/`))) found.push(record)
      }
    }
    return found
  }
}

const INCLUDED: Readonly<Record<string, Include | undefined>> = {
  faultInst: 'faults',
  faultDelegate: 'faults',
  healthInst: 'health'
}

const RECORDS: readonly (readonly [Include, string])[] = [
  ['audit-logs', 'aaaModLR'],
  ['event-logs', 'eventRecord'],
  ['fault-records', 'faultRecord']
]

/** Properties of faultCounts, and the severity that each counts. */
const COUNTED = [
  ['crit', 'critical'],
  ['maj', 'major'],
  ['minor', 'minor'],
  ['warn', 'warning']
] as const

/** The objects of a query, in tree order. */
export const select = (tree: Tree, query: Query): ManagedObject[] => {
  const found: ManagedObject[] = []
  const take = (object: ManagedObject): void => {
    if (query.targetClasses && !query.targetClasses.has(object.cls.name)) return
    if (query.filter && !query.filter(object)) return
    found.push(object)
  }
  const roots = [...rootObjects(tree, query)]
  if (query.scope === 'self') for (const root of roots) take(root)
  else if (query.scope === 'children')
    for (const root of roots) for (const child of root.children?.values() ?? []) take(child)
  else {
    // Roots may stand inside one another; each object still comes once.
    const seen = new Set<ManagedObject>()
    for (const root of roots) {
      for (const object of tree.subtree(root)) {
        if (seen.has(object)) continue
        seen.add(object)
        take(object)
      }
    }
  }
  return found
}

function* rootObjects(tree: Tree, query: Query): Generator<ManagedObject> {
  const { roots } = query
  if (roots.kind === 'mo') {
    const object = tree.get(roots.dn)
    if (object) yield object
    return
  }
  const all = { ...query, scope: 'self', targetClasses: undefined } as const
  for (const name of roots.classes) {
    for (const object of tree.ofClass(name)) if (roots.below === '' || inScope(all, object)) yield object
  }
}

/** Objects that the order does not speak of keep the order they have; `dn` is a property of every object. */
const sort = (objects: ManagedObject[], order: readonly Order[], tree: Tree): void => {
  const keys = order.map(({ className, property, descending }) => {
    const kinds = new Set(tree.model.kindsOf(className))
    const ranks = tree.model.find(className)?.values[property]
    const value = (object: ManagedObject): string =>
      property === 'dn' ? object.dn : kinds.has(object.cls.name) ? (object.attributes[property] ?? '') : ''
    return { value, ranks, sign: descending ? -1 : 1, textual: property === 'dn' }
  })
  objects.sort((a, b) => {
    for (const { value, ranks, sign, textual } of keys) {
      const [left, right] = [value(a), value(b)]
      const compared = textual ? (left < right ? -1 : left > right ? 1 : 0) : compareValues(left, right, ranks)
      if (compared !== 0) return sign * compared
    }
    return 0
  })
}

const slice = (objects: readonly ManagedObject[], page: number, pageSize: number): readonly ManagedObject[] =>
  objects.slice(page * pageSize, (page + 1) * pageSize)

const size = (elements: readonly Element[]): number =>
  elements.reduce((sum, element) => sum + 1 + size(Object.values(element)[0]?.children ?? []), 0)

const count = (total: number): Record<string, string> => ({
  childAction: '',
  count: String(total),
  dn: '',
  status: ''
})
