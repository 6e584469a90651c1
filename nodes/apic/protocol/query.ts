// What is asked of an APIC: a Query, its validation, and its URL.

import { AciError } from '../common/errors'
import {
  flawOfDn,
  flawOfFilter,
  isClassName,
  isIncludeWord,
  isOrder,
  isPathClass,
  isTargetNode,
  isTimeRange,
  withoutValues,
  type DnFlaw,
  type FilterFlaw
} from './grammar'

/** How far from the target the query reaches (`query-target`). */
export type Scope = 'self' | 'children' | 'subtree'

/** A query: the objects of one class, or one managed object, with its scope. */
export interface Query {
  readonly target: 'class' | 'mo'
  /** The class name or the DN. */
  readonly of: string
  readonly scope: Scope
  /** Only these classes (`target-subtree-class`); all when empty. */
  readonly subtreeClasses: readonly string[]
  /** A `query-target-filter` expression; none when empty. */
  readonly filter: string
}

/** The target that a user configures: like Query, but class mode takes several classes, one query each. */
export interface Target {
  readonly target: 'class' | 'mo'
  readonly classes: readonly string[]
  readonly dn: string
  readonly scope: Scope
  readonly subtreeClasses: readonly string[]
  readonly filter: string
}

/** Options of a read: which parts of the matching objects the answer has, and which objects with them. */
export interface ReadOptions {
  /** The objects below (`rsp-subtree`). */
  readonly children: 'no' | 'children' | 'full'
  /** Classes of the objects below (`rsp-subtree-class`); all when empty. */
  readonly childClasses: readonly string[]
  /** Related objects such as faults, and how they come (`rsp-subtree-include`). */
  readonly include: readonly string[]
  /** Filter of the objects below (`rsp-subtree-filter`); none when empty. */
  readonly childFilter: string
  /** The switch, or `all`, whose deployment is read (`target-node`); none when empty. */
  readonly targetNode: string
  /** The relation that leads to a deployment (`target-path`), such as l1EthIfToEPg; none when empty. */
  readonly targetPath: string
  /** How far back records go (`time-range`), such as 24h; no limit when empty. */
  readonly timeRange: string
  /** Their properties (`rsp-prop-include`). */
  readonly properties: 'all' | 'config-only' | 'naming-only'
  /** `class.property`, perhaps with `|asc` or `|desc` (`order-by`). */
  readonly orderBy: readonly string[]
}

/** The objects alone, all of them. */
export const DEFAULT_READ_OPTIONS: ReadOptions = {
  children: 'no',
  childClasses: [],
  childFilter: '',
  include: [],
  targetNode: '',
  targetPath: '',
  timeRange: '',
  properties: 'all',
  orderBy: []
}

/** A query with its read options. */
export interface ReadRequest {
  readonly query: Query
  readonly options: ReadOptions
}

/** Whether the query is sure to match an object; where a filter or the scope `children` decides, that is not known. */
export function isSureOf(query: Query, { class: name, dn }: { readonly class: string; readonly dn: string }): boolean {
  const { target, of, scope, subtreeClasses, filter } = query
  if (filter !== '' || scope === 'children') return false
  if (scope === 'subtree' && subtreeClasses.length > 0 && !subtreeClasses.includes(name)) return false
  if (target === 'class') return name === of
  return dn === of || (scope === 'subtree' && dn.startsWith(`${of}/`))
}

function config(message: string): AciError {
  return new AciError('ACI_CONFIG', message)
}

/** @throws AciError ACI_CONFIG */
export function assertClassName(name: string): void {
  if (!isClassName(name)) throw config(`"${name}" is not a class name (letters and digits, such as fvTenant)`)
}

const DN_FLAWS: Readonly<Record<DnFlaw, (dn: string) => string>> = {
  characters: (dn) => `"${dn}" is not a distinguished name (such as uni/tn-common)`,
  parts: (dn) => `"${dn}" is not a distinguished name: it has an empty or dotted part`,
  brackets: (dn) => `the brackets of "${dn}" do not balance`
}

/** @throws AciError ACI_CONFIG for what is not a DN, and above all for what would change the path of a URL */
export function assertDn(dn: string): void {
  const flaw = flawOfDn(dn)
  if (flaw !== undefined) throw config(DN_FLAWS[flaw](dn))
}

/** Whether a text names an object rather than a class: that is how a message's topic is read. */
export function looksLikeDn(text: string): boolean {
  return text.includes('/') || /^(uni|topology)/.test(text)
}

/** The classes that a filter expression names: `eq(faultInst.severity,"critical")` names faultInst. */
export function classesOfFilter(filter: string): string[] {
  const names = new Set<string>()
  for (const match of withoutValues(filter).matchAll(/([a-zA-Z][A-Za-z0-9]*)\.[a-zA-Z]/g)) names.add(match[1] ?? '')
  return [...names]
}

const FILTER_FLAWS: Readonly<Record<FilterFlaw, string>> = {
  characters: 'the filter contains control characters',
  quote: 'the filter has a quotation mark that is not closed',
  parentheses: 'the parentheses of the filter do not balance',
  expression: 'the filter is not an expression such as eq(fvTenant.name,"common")'
}

function assertFilter(filter: string, setting = ''): void {
  const flaw = flawOfFilter(filter)
  if (flaw !== undefined) throw config(setting + FILTER_FLAWS[flaw])
}

/**
 * The queries of a target, checked: one per class, or the one of the DN. Equal classes are asked for once.
 * @throws AciError ACI_CONFIG saying which part is missing or impossible
 */
export function queriesOf(target: Target): Query[] {
  for (const name of target.subtreeClasses) assertClassName(name)
  if (target.filter !== '') assertFilter(target.filter)
  const shared = { scope: target.scope, subtreeClasses: target.subtreeClasses, filter: target.filter }
  if (target.target === 'mo') {
    if (target.dn === '') throw config('no object is chosen: enter its distinguished name')
    assertDn(target.dn)
    return [{ target: 'mo', of: target.dn, ...shared }]
  }
  if (target.classes.length === 0) throw config('no class is chosen')
  for (const name of target.classes) assertClassName(name)
  return [...new Set(target.classes)].map((name) => ({ target: 'class', of: name, ...shared }))
}

/** @throws AciError ACI_CONFIG saying which part is impossible */
export function assertReadOptions(options: ReadOptions): void {
  for (const name of options.childClasses) assertClassName(name)
  for (const name of options.include) {
    // An APIC knows more words than anybody has listed, and refuses those that it does not know.
    if (!isIncludeWord(name)) throw config(`include: "${name}" is not a word such as faults or full-deployment`)
  }
  const { childFilter, targetNode, targetPath, timeRange } = options
  if (childFilter !== '') assertFilter(childFilter, 'childFilter: ')
  if (targetNode !== '' && !isTargetNode(targetNode))
    throw config(`targetNode: "${targetNode}" is not all, nor node ids`)
  if (targetPath !== '' && !isPathClass(targetPath)) {
    throw config(`targetPath: "${targetPath}" is not a relation such as l1EthIfToEPg`)
  }
  if (timeRange !== '' && !isTimeRange(timeRange)) {
    throw config(`timeRange: "${timeRange}" is not a time such as 24h, nor two times with a bar between them`)
  }
  for (const order of options.orderBy) {
    if (!isOrder(order)) {
      throw config(`orderBy: "${order}" is not a property of a class, such as faultInst.created|desc`)
    }
  }
}

/** A value for the query part of a URL. An APIC wants commas, parentheses, slashes and brackets as they are. */
function queryValue(text: string): string {
  return encodeURIComponent(text).replace(/%(2C|2F|3A|5B|5D)/g, (escaped) => decodeURIComponent(escaped))
}

/** A DN for the path of a URL: brackets and slashes raw, as all clients send them. */
function pathOfDn(dn: string): string {
  // Half of a surrogate pair cannot be encoded; it becomes a character that no DN has.
  return Buffer.from(dn)
    .toString()
    .replace(/[^A-Za-z0-9_.:/[\],=@~!$'()*;&-]/gu, (character) => encodeURIComponent(character))
}

/** The path of one object. */
export function moPath(dn: string, filter = ''): string {
  const path = `/api/mo/${pathOfDn(dn)}.json`
  return filter === '' ? path : `${path}?query-target-filter=${queryValue(filter)}`
}

/**
 * The query's own path with its parameters, always in the same form: equal queries have equal paths, and that is how
 * they come to share one registration.
 */
export function pathOf(query: Query): string {
  const path = query.target === 'class' ? `/api/class/${query.of}.json` : moPath(query.of)
  const parameters: string[] = []
  if (query.scope !== 'self') parameters.push(`query-target=${query.scope}`)
  if (query.subtreeClasses.length > 0) parameters.push(`target-subtree-class=${query.subtreeClasses.join(',')}`)
  if (query.filter !== '') parameters.push(`query-target-filter=${queryValue(query.filter)}`)
  return parameters.length === 0 ? path : `${path}?${parameters.join('&')}`
}

/**
 * The read requests of a target, checked: as {@link queriesOf}, each with the part of the order that is for its class.
 * @throws AciError ACI_CONFIG
 */
export function readRequestsOf(target: Target, options: ReadOptions): ReadRequest[] {
  assertReadOptions(options)
  const queries = queriesOf(target)
  const others = new Set(queries.flatMap(({ of }) => (target.target === 'class' ? [of] : [])))
  return queries.map((query) => {
    const isForThis = (name = ''): boolean => name === query.of || !others.has(name)
    return {
      query,
      options: { ...options, orderBy: options.orderBy.filter((order) => isForThis(order.split('.')[0])) }
    }
  })
}

/** The path of a query with read options, without the order. */
export function readPathOf(query: Query, options: ReadOptions): string {
  const parameters: Record<string, string> = {}
  const { children, childClasses, childFilter, include, properties, targetNode, targetPath, timeRange } = options
  if (children !== 'no') parameters['rsp-subtree'] = children
  // Without children, too: some classes count what these name.
  if (childClasses.length > 0) parameters['rsp-subtree-class'] = childClasses.join(',')
  if (childFilter !== '') parameters['rsp-subtree-filter'] = queryValue(childFilter)
  if (include.length > 0) parameters['rsp-subtree-include'] = include.join(',')
  if (targetNode !== '') parameters['target-node'] = targetNode
  if (targetPath !== '') parameters['target-path'] = targetPath
  if (timeRange !== '') parameters['time-range'] = queryValue(timeRange)
  if (properties !== 'all') parameters['rsp-prop-include'] = properties
  return withParameters(pathOf(query), parameters)
}

/** Whether the answer has one object at most; then it is read without pages. */
export function isSingle({ query, options }: ReadRequest): boolean {
  // The answer has related objects instead of this one.
  const isOther = options.include.includes('no-scoped')
  return options.include.includes('count') || (query.target === 'mo' && query.scope === 'self' && !isOther)
}

/** The path of the first page of a read, in the requested order. */
export function firstPathOf(request: ReadRequest, size: number): string {
  const path = ordered(readPathOf(request.query, request.options), request.options.orderBy)
  return isSingle(request) ? path : withParameters(path, { page: 0, 'page-size': size })
}

/** Adds the order, where there is one. */
export function ordered(path: string, order: readonly string[]): string {
  return order.length === 0 ? path : withParameters(path, { 'order-by': queryValue(order.join(',')) })
}

/** Adds parameters to a path that may have some already. */
export function withParameters(path: string, parameters: Readonly<Record<string, string | number>>): string {
  const pairs = Object.entries(parameters).map(([name, value]) => `${name}=${value}`)
  if (pairs.length === 0) return path
  return path + (path.includes('?') ? '&' : '?') + pairs.join('&')
}

/**
 * The property to order pages by, so that they do not shift between two reads: `fvTenant.dn`. Undefined where the
 * classes of the result are not known beforehand: for them an APIC has no common order.
 */
export function orderOf(query: Query): string | undefined {
  if (query.subtreeClasses.length === 1) return `${query.subtreeClasses[0] ?? ''}.dn`
  if (query.target === 'class' && query.scope === 'self' && query.subtreeClasses.length === 0) return `${query.of}.dn`
  return undefined
}
