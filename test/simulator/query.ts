// The query of a URL: which objects it is about, and how its answer is to look.
import { badRequest, unresolvedClass } from './errors'
import type { Filter } from './filter'
import { compileFilter } from './filter'
import type { Model } from './model'
import { splitDn } from './names'
import type { PropertyChoice } from './render'
import type { ManagedObject } from './tree'

export type Scope = 'self' | 'children' | 'subtree'

/** Where a query starts: one object, or all of some classes, perhaps only below a DN. */
export type Roots =
  | { readonly kind: 'mo'; readonly dn: string }
  | { readonly kind: 'class'; readonly asked: string; readonly classes: ReadonlySet<string>; readonly below: string }

export interface Order {
  readonly className: string
  readonly property: string
  readonly descending: boolean
}

export type Include = 'faults' | 'fault-count' | 'fault-records' | 'health' | 'audit-logs' | 'event-logs'

/** The part that decides which objects match; a subscription keeps it. */
export interface Selection {
  readonly roots: Roots
  readonly scope: Scope
  /** Concrete classes asked for by target-subtree-class; undefined: any. */
  readonly targetClasses: ReadonlySet<string> | undefined
  readonly filter: Filter | undefined
}

/** The part that shapes an answer. */
export interface Shape {
  readonly subtree: 'no' | 'children' | 'full'
  readonly subtreeClasses: ReadonlySet<string> | undefined
  readonly subtreeFilter: Filter | undefined
  readonly include: ReadonlySet<Include>
  /** Only objects that have what `include` asks for. */
  readonly required: boolean
  /** What `include` asks for, flat, instead of the objects that have it. */
  readonly noScoped: boolean
  /** What `include` asks for of all that is below the objects, too. */
  readonly deepInclude: boolean
  readonly countOnly: boolean
  readonly properties: PropertyChoice
  readonly order: readonly Order[]
  readonly page: number
  /** Undefined: everything at once. */
  readonly pageSize: number | undefined
}

export interface Query extends Selection, Shape {
  /** Path and parameters without those that come and go, for logs and to find a kept result again. */
  readonly text: string
}

const SCOPES = ['self', 'children', 'subtree'] as const
const SUBTREES = ['no', 'children', 'full'] as const
const CHOICES = ['all', 'naming-only', 'config-only'] as const
const INCLUDES: readonly Include[] = ['faults', 'fault-count', 'fault-records', 'health', 'audit-logs', 'event-logs']
/** Real, but not simulated; refused, so that nobody takes silence for an empty answer. */
const NOT_SIMULATED = [
  'ep-records',
  'health-records',
  'deployment-records',
  'relations',
  'stats',
  'tasks',
  'full-deployment',
  'local-prefix'
]

/**
 * Reads a query.
 * @param kind what the path said: a managed object or a class
 * @param rest the path after it, decoded, without `.json`: a DN, or a class with an optional DN before it
 * @throws Refusal
 */
export const parseQuery = (
  kind: 'mo' | 'class',
  rest: string,
  parameters: ReadonlyMap<string, string>,
  model: Model
): Query => {
  const roots = kind === 'mo' ? objectRoot(rest) : classRoots(rest, model)
  const scope = oneOf(parameters, 'query-target', SCOPES, 'self')
  const targets = parameters.get('target-subtree-class')
  const filter = parameters.get('query-target-filter')
  const subtreeFilter = parameters.get('rsp-subtree-filter')
  const subtreeClasses = parameters.get('rsp-subtree-class')
  const include = new Set(list(parameters.get('rsp-subtree-include')))
  for (const name of include) checkInclude(name)
  return {
    roots,
    scope,
    // With the scope `self` the classes are already said. (That it is then ignored is a guess.)
    targetClasses: targets && scope !== 'self' ? concrete(list(targets), model) : undefined,
    filter: filter ? compileFilter(filter, model) : undefined,
    subtree: oneOf(parameters, 'rsp-subtree', SUBTREES, 'no'),
    subtreeClasses: subtreeClasses ? concrete(list(subtreeClasses), model) : undefined,
    subtreeFilter: subtreeFilter ? compileFilter(subtreeFilter, model) : undefined,
    include: new Set(INCLUDES.filter((name) => include.has(name))),
    required: include.has('required'),
    noScoped: include.has('no-scoped'),
    deepInclude: include.has('subtree'),
    countOnly: include.has('count'),
    properties: oneOf(parameters, 'rsp-prop-include', CHOICES, 'all'),
    order: list(parameters.get('order-by')).map((part) => parseOrder(part, model)),
    page: wholeNumber(parameters, 'page') ?? 0,
    pageSize: wholeNumber(parameters, 'page-size'),
    text: `${kind}/${rest}?${[...parameters]
      .filter(([name]) => !PASSING.has(name))
      .map(([name, value]) => `${name}=${value}`)
      .sort()
      .join('&')}`
  }
}

const PASSING: ReadonlySet<string> = new Set(['page', 'page-size', 'subscription', 'refresh-timeout', '_', '_dc'])

/** Whether an object is among the roots. */
const isRoot = (roots: Roots, object: ManagedObject): boolean => {
  if (roots.kind === 'mo') return object.dn === roots.dn
  return roots.classes.has(object.cls.name) && (roots.below === '' || object.dn.startsWith(`${roots.below}/`))
}

const hasRootAbove = (roots: Roots, object: ManagedObject): boolean => {
  for (let at: ManagedObject | undefined = object; at; at = at.parent) if (isRoot(roots, at)) return true
  return false
}

/** Whether an object belongs to a selection, leaving its filter out. */
export const inScope = (selection: Selection, object: ManagedObject): boolean => {
  const { roots, scope, targetClasses } = selection
  if (targetClasses && !targetClasses.has(object.cls.name)) return false
  if (scope === 'self') return isRoot(roots, object)
  if (scope === 'subtree') return hasRootAbove(roots, object)
  return object.parent !== undefined && isRoot(roots, object.parent)
}

const objectRoot = (dn: string): Roots => {
  if (dn === '' || !splitDn(dn)) throw badRequest(`Request failed, invalid DN ${dn}`)
  return { kind: 'mo', dn }
}

const classRoots = (rest: string, model: Model): Roots => {
  const rns = splitDn(rest) ?? [rest]
  const asked = rns.at(-1) ?? ''
  return { kind: 'class', asked, classes: concrete([asked], model), below: rns.slice(0, -1).join('/') }
}

const concrete = (names: readonly string[], model: Model): ReadonlySet<string> =>
  new Set(
    names.flatMap((name) => {
      const kinds = model.kindsOf(name)
      if (!kinds) throw unresolvedClass(name)
      return kinds
    })
  )

const checkInclude = (name: string): void => {
  if (['required', 'no-scoped', 'count', 'subtree', ...INCLUDES].includes(name)) return
  const why = NOT_SIMULATED.includes(name) ? 'is not simulated' : 'is not valid'
  throw badRequest(`Request failed, rsp-subtree-include=${name} ${why}`)
}

const parseOrder = (text: string, model: Model): Order => {
  const match = /^(\w+)\.(\w+)(?:\|(asc|desc))?$/.exec(text)
  if (!match) throw badRequest(`Request failed, invalid order-by ${text}`)
  const [, className = '', property = '', direction] = match
  if (!model.kindsOf(className)) throw unresolvedClass(className)
  if (!model.hasProperty(className, property)) throw badRequest(`Request failed, invalid order-by ${text}`)
  return { className, property, descending: direction === 'desc' }
}

const list = (text: string | undefined): string[] =>
  (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')

const oneOf = <T extends string>(
  parameters: ReadonlyMap<string, string>,
  name: string,
  allowed: readonly T[],
  otherwise: T
): T => {
  const text = parameters.get(name)
  if (text === undefined || text === '') return otherwise
  const found = allowed.find((value) => value === text)
  if (found === undefined) throw badRequest(`Request failed, invalid ${name}=${text}`)
  return found
}

const wholeNumber = (parameters: ReadonlyMap<string, string>, name: string): number | undefined => {
  const text = parameters.get(name)
  if (text === undefined || text === '') return undefined
  const value = Number(text)
  if (!/^\d+$/.test(text) || (name === 'page-size' && value === 0)) {
    throw badRequest(`Request failed, invalid ${name}=${text}`)
  }
  return value
}
