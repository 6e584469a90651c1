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

/** One question to an APIC: the objects of one class, or one managed object, and what is in scope of it. */
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

/** What a user asks for: like Query, but class mode takes several classes, one query each. */
export interface Target {
  readonly target: 'class' | 'mo'
  readonly classes: readonly string[]
  readonly dn: string
  readonly scope: Scope
  readonly subtreeClasses: readonly string[]
  readonly filter: string
}

/** What an answer is to have of the objects that a query finds. */
export interface Shape {
  /** What is below them (`rsp-subtree`). */
  readonly children: 'no' | 'children' | 'full'
  /** Below them only these classes (`rsp-subtree-class`); all when empty. */
  readonly childClasses: readonly string[]
  /** What is related to them, such as faults, or how that is to come (`rsp-subtree-include`). */
  readonly include: readonly string[]
  /** Below them only what matches (`rsp-subtree-filter`); none when empty. */
  readonly childFilter: string
  /** Which switch, or `all`, is asked for a deployment (`target-node`); none when empty. */
  readonly targetNode: string
  /** By which relation a deployment is followed (`target-path`), such as l1EthIfToEPg; none when empty. */
  readonly targetPath: string
  /** How far back records go (`time-range`), such as 24h; no limit when empty. */
  readonly timeRange: string
  /** Which of their properties (`rsp-prop-include`). */
  readonly properties: 'all' | 'config-only' | 'naming-only'
  /** `class.property`, perhaps with `|asc` or `|desc` (`order-by`). */
  readonly orderBy: readonly string[]
}

/** The objects alone, all of them. */
export const PLAIN_SHAPE: Shape = {
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

/** A query with the shape of its answer. */
export interface Question {
  readonly query: Query
  readonly shape: Shape
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
export function assertShape(shape: Shape): void {
  for (const name of shape.childClasses) assertClassName(name)
  for (const name of shape.include) {
    // An APIC knows more words than anybody has listed, and refuses those that it does not know.
    if (!isIncludeWord(name)) throw config(`include: "${name}" is not a word such as faults or full-deployment`)
  }
  const { childFilter, targetNode, targetPath, timeRange } = shape
  if (childFilter !== '') assertFilter(childFilter, 'childFilter: ')
  if (targetNode !== '' && !isTargetNode(targetNode))
    throw config(`targetNode: "${targetNode}" is not all, nor node ids`)
  if (targetPath !== '' && !isPathClass(targetPath)) {
    throw config(`targetPath: "${targetPath}" is not a relation such as l1EthIfToEPg`)
  }
  if (timeRange !== '' && !isTimeRange(timeRange)) {
    throw config(`timeRange: "${timeRange}" is not a time such as 24h, nor two times with a bar between them`)
  }
  for (const order of shape.orderBy) {
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
 * The questions of a target, checked: as {@link queriesOf}, each with the part of the order that is for its class.
 * @throws AciError ACI_CONFIG
 */
export function questionsOf(target: Target, shape: Shape): Question[] {
  assertShape(shape)
  const queries = queriesOf(target)
  const others = new Set(queries.flatMap(({ of }) => (target.target === 'class' ? [of] : [])))
  return queries.map((query) => {
    const isForThis = (name = ''): boolean => name === query.of || !others.has(name)
    return { query, shape: { ...shape, orderBy: shape.orderBy.filter((order) => isForThis(order.split('.')[0])) } }
  })
}

/** The path of a query whose answer has such a shape, without the order. */
export function shapedPathOf(query: Query, shape: Shape): string {
  const parameters: Record<string, string> = {}
  const { children, childClasses, childFilter, include, properties, targetNode, targetPath, timeRange } = shape
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

/** Whether there is one object at most in the answer, which is asked for without pages then. */
export function isSingle({ query, shape }: Question): boolean {
  // What is related to the object comes instead of it.
  const isOther = shape.include.includes('no-scoped')
  return shape.include.includes('count') || (query.target === 'mo' && query.scope === 'self' && !isOther)
}

/** The path of the first objects of a question's result, in the order that is asked for. */
export function firstPathOf(question: Question, size: number): string {
  const path = ordered(shapedPathOf(question.query, question.shape), question.shape.orderBy)
  return isSingle(question) ? path : withParameters(path, { page: 0, 'page-size': size })
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
 * query gives objects of classes that cannot be told beforehand, for which an APIC has no common order.
 */
export function orderOf(query: Query): string | undefined {
  if (query.subtreeClasses.length === 1) return `${query.subtreeClasses[0] ?? ''}.dn`
  if (query.target === 'class' && query.scope === 'self' && query.subtreeClasses.length === 0) return `${query.of}.dn`
  return undefined
}
