// What an APIC sends, and the only place that reads it. Everything that comes in is untrusted: flat string attributes,
// bounded depth, no names that could reach a prototype.

import { AciError, type Refusal } from '../common/errors'
import { cleaned, isClean, isHostile, objectAttributes, type Attributes } from './attributes'
import { rnFrom } from './names'

export type { Attributes } from './attributes'

/** One element of `imdata` as the APIC sent it, made safe. */
export type Imdata = Record<string, { attributes: Attributes; children?: Imdata[] }>

/** What an event says happened to the object. */
export type Status = 'created' | 'modified' | 'deleted'

/** A managed object as read. */
export interface WireObject {
  readonly class: string
  readonly dn: string
  /** As sent, with `status`, `childAction` and `rn` still in it. */
  readonly attributes: Attributes
  readonly raw: Imdata
}

/** A managed object with what happened to it. */
export interface WireEvent extends WireObject {
  readonly status: Status
}

/** A managed object as read for a node, with what is below it. It is its receiver's own. */
export interface ManagedObject {
  class: string
  /** Empty for what has no place in the tree, such as moCount. */
  dn: string
  /** Without `status`, `childAction` and an empty `rn`. A child has its `rn` as the APIC gave it. */
  attributes: Attributes
  children?: ManagedObject[]
}

/** The body of a reply to a node's request. */
export interface Page {
  /** Matching objects before paging. */
  readonly totalCount: number
  readonly objects: ManagedObject[]
  /** Elements that came; those that cannot be used are not among the objects. */
  readonly received: number
}

/** One socket message: every subscription of the session it matches, and the objects it speaks of. */
export interface Frame {
  readonly ids: readonly string[]
  readonly events: readonly WireEvent[]
  /** Elements that could not be used. */
  readonly skipped: number
}

/** The body of a REST reply. */
export interface Answer {
  /** Matching objects before paging. */
  readonly totalCount: number
  readonly subscriptionId?: string
  readonly objects: readonly WireObject[]
  /** Elements that could not be used: they count as received, else a snapshot would look cut short. */
  readonly skipped: number
}

/** Children deeper than this are dropped: Node-RED clones messages by recursion and dies of a deep one. */
export const MAX_DEPTH = 32

const CLASS_NAME = /^[a-zA-Z][A-Za-z0-9]*$/
/** Names that are known to be those of classes: looking one up takes less than testing it. */
const classNames = new Set<string>()
const MOST_CLASS_NAMES = 1_000

function isClassName(name: string): boolean {
  if (classNames.has(name)) return true
  if (!CLASS_NAME.test(name) || isHostile(name)) return false
  if (classNames.size < MOST_CLASS_NAMES) classNames.add(name)
  return true
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** DNs become paths of reads: one with a dotted part would lead elsewhere. */
function isPathSafe(dn: string): boolean {
  return !dn.includes('.') || !/(^|\/)\.{1,2}(\/|$)/.test(dn)
}

/** One class's part of an element, made safe; undefined when there is nothing to use in it. */
function body(value: unknown, depth: number): Imdata[string] | undefined {
  if (!isRecord(value)) return undefined
  const attributes = isRecord(value['attributes']) ? value['attributes'] : {}
  const safe: Imdata[string] = { attributes: isClean(attributes) ? attributes : cleaned(attributes) }
  const children = value['children']
  if (Array.isArray(children) && children.length > 0 && depth < MAX_DEPTH) {
    safe.children = children.flatMap((child: unknown) => element(child, depth + 1))
  }
  return safe
}

function element(value: unknown, depth: number): Imdata[] {
  if (!isRecord(value)) return []
  const parts: Imdata[] = []
  for (const name of Object.keys(value)) {
    if (!isClassName(name)) continue
    const safe = body(value[name], depth)
    if (safe !== undefined) parts.push({ [name]: safe })
  }
  return parts
}

/**
 * The class of an element that can be used as it is: one class, clean attributes, nothing else. That is the rule, and
 * nothing has to be built then.
 */
function classOfSafe(value: Record<string, unknown>): string | undefined {
  let only: string | undefined
  for (const name in value) {
    const part = value[name]
    if (only !== undefined || !isClassName(name) || !isRecord(part)) return undefined
    for (const key in part) if (key !== 'attributes') return undefined
    if (!isRecord(part['attributes']) || !isClean(part['attributes'])) return undefined
    only = name
  }
  return only
}

/**
 * Takes an object; returns whether it is usable. The taker builds its own record: if the long-lived objects of a page and the
 * short-lived ones of a frame came from one literal here, V8 would learn from the pages to allocate both in the old space,
 * where only a full garbage collection finds them, with all that they refer to.
 */
type Take = (className: string, dn: string, attributes: Attributes, raw: Imdata) => boolean

/** Calls `take` for each object with a DN; returns the number of elements without one, or unreadable. */
function eachObject(imdata: readonly unknown[], take: Take): number {
  let skipped = 0
  const offer = (name: string, raw: Imdata): void => {
    const attributes = raw[name]?.attributes
    const dn = attributes?.['dn'] ?? ''
    if (attributes === undefined || dn === '' || !isPathSafe(dn) || !take(name, dn, attributes, raw)) skipped += 1
  }
  for (const item of imdata) {
    const name = isRecord(item) ? classOfSafe(item) : undefined
    if (name !== undefined) {
      offer(name, item as Imdata)
      continue
    }
    const parts = element(item, 0)
    if (parts.length === 0) skipped += 1
    for (const raw of parts) for (const part in raw) offer(part, raw)
  }
  return skipped
}

function parse(text: string, what: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new AciError('ACI_PROTOCOL', `${what} is not JSON (${text.length} characters)`)
  }
  if (!isRecord(value)) throw new AciError('ACI_PROTOCOL', `${what} is not an object`)
  return value
}

/** Ids are 64-bit numbers in decimal: strings here always, for a JavaScript number would round them. */
function idOf(value: unknown): string | undefined {
  if (typeof value === 'string' && value !== '') return value
  return typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : undefined
}

/**
 * Reads one socket message: `{ subscriptionId: [ids], imdata: [objects] }`, each object with a `status`.
 * @throws AciError ACI_PROTOCOL when it is not JSON or names no subscription
 */
export function decodeFrame(text: string): Frame {
  const frame = parse(text, 'a socket frame')
  const given = frame['subscriptionId']
  const ids: string[] = []
  for (const value of Array.isArray(given) ? (given as unknown[]) : [given]) {
    const id = idOf(value)
    if (id !== undefined && !ids.includes(id)) ids.push(id)
  }
  const imdata = frame['imdata']
  if (ids.length === 0 || !Array.isArray(imdata)) {
    throw new AciError('ACI_PROTOCOL', 'a socket frame names no subscription or no objects')
  }
  const events: WireEvent[] = []
  const skipped = eachObject(imdata, (name, dn, attributes, raw) => {
    const status = attributes['status']
    if (status !== 'created' && status !== 'modified' && status !== 'deleted') return false
    events.push({ class: name, dn, attributes, raw, status })
    return true
  })
  return { ids, events, skipped }
}

function totalOf(answer: Record<string, unknown>, imdata: readonly unknown[]): number {
  const total = Number(answer['totalCount'])
  return Number.isSafeInteger(total) && total >= 0 ? total : imdata.length
}

/** Records come along with an object, but are named by it and stand below none: `subj-[uni/tn-a]/mod-1`. */
function dnBelow(above: string, rn: string): string {
  if (rn.startsWith('subj-[')) return rn
  return above === '' || rn === '' ? '' : `${above}/${rn}`
}

/** @param above DN of the parent; empty at the top, where an object has a DN of its own or none */
function managed(raw: Imdata, above: string): ManagedObject[] {
  return Object.entries(raw).flatMap(([name, { attributes, children }]) => {
    // Read with its configuration alone, a child has no rn, but what its rn is made of.
    const rn = attributes['rn'] ?? ''
    const dn = attributes['dn'] ?? dnBelow(above, rn === '' ? (rnFrom(name, attributes) ?? '') : rn)
    if (!isPathSafe(dn)) return []
    const object: ManagedObject = { class: name, dn, attributes: objectAttributes(name, attributes) }
    const below = children?.flatMap((child) => managed(child, dn)) ?? []
    if (below.length > 0) object.children = below
    return [object]
  })
}

/**
 * Reads the body of a reply to a node's request: whole objects, with what is below them, and those without a DN.
 * @throws AciError ACI_PROTOCOL when it is not an APIC's envelope
 */
export function decodePage(text: string): Page {
  const answer = parse(text, 'the answer')
  const imdata = answer['imdata']
  if (!Array.isArray(imdata)) throw new AciError('ACI_PROTOCOL', 'the answer has no imdata')
  const objects = imdata.flatMap((item: unknown) => element(item, 0).flatMap((part) => managed(part, '')))
  return { totalCount: totalOf(answer, imdata), objects, received: imdata.length }
}

/**
 * Reads the body of a REST reply.
 * @throws AciError ACI_PROTOCOL when it is not an APIC's envelope
 */
export function decodeAnswer(text: string): Answer {
  const answer = parse(text, 'the answer')
  const imdata = answer['imdata']
  if (!Array.isArray(imdata)) throw new AciError('ACI_PROTOCOL', 'the answer has no imdata')
  const objects: WireObject[] = []
  const skipped = eachObject(imdata, (name, dn, attributes, raw) => {
    objects.push({ class: name, dn, attributes, raw })
    return true
  })
  const totalCount = totalOf(answer, imdata)
  const subscriptionId = idOf(answer['subscriptionId'])
  return { totalCount, objects, skipped, ...(subscriptionId === undefined ? {} : { subscriptionId }) }
}

/** Login domains that are looked at, and the longest name of one; an APIC allows 64 characters. */
const MOST_DOMAINS = 100
const LONGEST_DOMAIN = 64

/**
 * Reads the body of a reply to aaaListDomains, `{ imdata: [{ name, guiBanner? }] }`: the names.
 * @throws AciError ACI_PROTOCOL when it is not an APIC's envelope
 */
export function decodeDomains(text: string): string[] {
  const imdata = parse(text, 'the list of login domains')['imdata']
  if (!Array.isArray(imdata)) throw new AciError('ACI_PROTOCOL', 'the list of login domains has no imdata')
  const names = (imdata as unknown[]).flatMap((item) => {
    const name = isRecord(item) ? item['name'] : undefined
    return typeof name === 'string' && name !== '' && name.length <= LONGEST_DOMAIN ? [name] : []
  })
  return [...new Set(names)].slice(0, MOST_DOMAINS)
}

/** The attributes of the first element of that class, DN or not: how aaaLogin and its like answer. */
export function firstOf(text: string, className: string): Attributes | undefined {
  const imdata = parse(text, 'the answer')['imdata']
  if (!Array.isArray(imdata)) return undefined
  for (const item of imdata as unknown[]) {
    for (const part of element(item, 0)) {
      const found = part[className]
      if (found !== undefined) return found.attributes
    }
  }
  return undefined
}

/** A refusal as it was answered. */
export interface DecodedRefusal extends Refusal {
  /** Whether an APIC gave it, rather than a web server or a proxy before it. */
  readonly isOfApic: boolean
}

/**
 * The refusal in a reply. An APIC answers `{ imdata: [{ error: … }] }`; the nginx before it answers HTML when it is busy, and
 * so do proxies and load balancers, of which only the status means anything.
 */
export function decodeRefusal(status: number, text: string): DecodedRefusal {
  try {
    const error = firstOf(text, 'error')
    if (error !== undefined) {
      const words = error['text'] ?? ''
      return { status, code: error['code'] ?? String(status), text: words || `HTTP ${status}`, isOfApic: true }
    }
  } catch {
    // Not JSON: only the status counts.
  }
  return { status, code: String(status), text: wordsOf(status), isOfApic: false }
}

function wordsOf(status: number): string {
  if (status === 503) return 'the APIC is busy (HTTP 503)'
  if (status >= 300 && status < 400) return `redirected to another place (HTTP ${status})`
  return `HTTP ${status}`
}
