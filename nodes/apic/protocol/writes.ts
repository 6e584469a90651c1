// What a flow wants to be written, as requests to an APIC: one for each object, checked before the first is sent.

import { AciError } from '../common/errors'
import { isImplicit, isOperational } from './implicit'
import { mayHaveRn, rnBelow, rnFrom, rnOf } from './names'
import { assertClassName, assertDn, moPath } from './query'
import { isHostile, type Attributes } from './attributes'
import { isRecord, MAX_DEPTH, type Imdata } from './wire'

/** A change of the configuration. */
export interface Write {
  readonly method: 'POST' | 'DELETE'
  /** Path with query, starting with `/api/`. */
  readonly path: string
  readonly body?: string
}

/** The writing of one object, with all below it. */
export interface ItemWrite extends Write {
  /** Of the object; empty where only the APIC knows it. */
  readonly dn: string
  /** Empty where only a DN was given. */
  readonly class: string
}

export interface WriteOptions {
  /** A preview is of posts; what is no more than a DN can only be meant to be deleted. */
  readonly action: 'post' | 'delete' | 'preview'
  /** Where an object without a DN of its own goes: the DN of what it is to stand under, or its own. */
  readonly dn: string
  /** Deleting the root of the tree, or the whole topology, is meant. */
  readonly force?: boolean
}

/** What stands at the top of the tree: to delete it is to delete all. */
const TOPS: ReadonlySet<string> = new Set(['uni', 'topology'])

/** Objects to be written one after the other. */
const MOST_ITEMS = 10_000
/** Objects of one request, those below it included. */
const MOST_OBJECTS = 10_000
/** Bytes of one request, and of all that are made of one message. */
const MOST_BYTES = 8 * 1024 * 1024
const MOST_BYTES_TOGETHER = 8 * MOST_BYTES

const PROPERTY_NAME = /^[a-zA-Z]\w*$/

function config(message: string): AciError {
  return new AciError('ACI_CONFIG', message)
}

/**
 * The requests that write what is given, in its order.
 *
 * An object comes in one of two forms. An APIC tree, `{ fvTenant: { attributes, children } }`, is sent as it is, to its
 * own DN where its attributes have one. An object as it was read, `{ class, dn, attributes, children }`, is sent without
 * what an APIC makes itself, see {@link isImplicit} and {@link isOperational}. Numbers and booleans become texts.
 * @param given an object or an array of objects; to delete, also a DN, or an object of which only that is known
 * @throws AciError ACI_CONFIG saying what of which item is wrong; then nothing is to be sent
 */
export function writesOf(given: unknown, { action, dn, force = false }: WriteOptions): ItemWrite[] {
  assertDn(dn)
  const items = (Array.isArray(given) ? (given as unknown[]) : [given]).flatMap(unpacked)
  if (items.length > MOST_ITEMS) throw config(`${items.length} objects are too many: ${MOST_ITEMS} at most`)
  let bytes = 0
  return items.map((item, index) => {
    try {
      const isDeletion = action === 'delete' || (action === 'preview' && isBareDn(item))
      const write = isDeletion ? deletionOf(item, dn) : postOf(item, dn)
      if (isDeletion && TOPS.has(write.dn) && !force) {
        throw config(`to delete ${write.dn} is to delete everything below it: that needs force`)
      }
      bytes += Buffer.byteLength(write.body ?? '')
      if (bytes > MOST_BYTES_TOGETHER) throw config(`all together are larger than ${MOST_BYTES_TOGETHER} bytes`)
      return write
    } catch (thrown) {
      if (!(thrown instanceof AciError) || !Array.isArray(given)) throw thrown
      throw config(`item ${index + 1} of ${items.length}: ${thrown.message}`)
    }
  })
}

/** What an APIC answers, `{ totalCount, imdata: [ … ] }`, stands for the objects in it. */
function unpacked(item: unknown): readonly unknown[] {
  const imdata = isRecord(item) ? item['imdata'] : undefined
  return Array.isArray(imdata) ? (imdata as unknown[]) : [item]
}

function isBareDn(item: unknown): boolean {
  return typeof item === 'string' || (isRead(item) && !('class' in item))
}

function postOf(item: unknown, place: string): ItemWrite {
  const { className, tree, dn, path } = isRead(item) ? asRead(item) : asTree(item, place)
  const body = JSON.stringify(tree)
  if (Buffer.byteLength(body) > MOST_BYTES) {
    throw config(`${className} ${dn} with what is below it is larger than ${MOST_BYTES} bytes`)
  }
  return { method: 'POST', path, body, dn, class: className }
}

function deletionOf(item: unknown, place: string): ItemWrite {
  const { dn, className } = targetOf(item, place)
  assertDn(dn)
  return { method: 'DELETE', path: moPath(dn), dn, class: className }
}

/** What is to be deleted; what is below it goes with it, named or not. */
function targetOf(item: unknown, place: string): { dn: string; className: string } {
  if (typeof item === 'string') return { dn: item.trim(), className: '' }
  if (!isRead(item)) {
    const { dn, className } = asTree(item, place)
    if (dn !== '') return { dn, className }
    throw config(`only the APIC knows the DN of this ${className}: name it by dn or rn`)
  }
  const { class: name, dn } = item
  if (typeof dn !== 'string' || dn === '') throw config('dn is missing')
  return { dn, className: name === undefined ? '' : classNameOf(name) }
}

// --- both forms

type Given = Readonly<Record<string, unknown>>

interface Posted {
  readonly className: string
  readonly dn: string
  readonly path: string
  readonly tree: Imdata
}

/** What one request may still hold. */
interface Room {
  objects: number
}

function classNameOf(name: unknown): string {
  if (typeof name !== 'string') throw config('class: a class name is expected, such as fvTenant')
  if (isHostile(name)) throw config(`"${name}" is not a class name`)
  assertClassName(name)
  return name
}

/** Attributes as an APIC takes them: it knows only texts. */
function textsOf(where: string, given: unknown): Attributes {
  if (given === undefined) return {}
  if (!isRecord(given)) throw config(`${where}: attributes: an object is expected`)
  const texts: Attributes = {}
  for (const [name, value] of Object.entries(given)) {
    if (!PROPERTY_NAME.test(name) || isHostile(name)) throw config(`${where}: "${name}" is not a property name`)
    if (typeof value === 'string') texts[name] = value
    else if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) {
      texts[name] = String(value)
    } else throw config(`${where}: ${name}: a text, a number or true or false is expected`)
  }
  return texts
}

function childrenOf(where: string, given: unknown): readonly unknown[] {
  if (given === undefined) return []
  if (!Array.isArray(given)) throw config(`${where}: children: an array is expected`)
  return given
}

function enter(where: string, depth: number, room: Room): void {
  if (depth > MAX_DEPTH) throw config(`${where}: more than ${MAX_DEPTH} levels`)
  room.objects -= 1
  if (room.objects < 0) throw config(`more than ${MOST_OBJECTS} objects in one`)
}

function element(className: string, attributes: Attributes, children: Imdata[]): Imdata {
  return { [className]: children.length === 0 ? { attributes } : { attributes, children } }
}

// --- objects as they were read

function isRead(item: unknown): item is Given {
  return isRecord(item) && ('class' in item || 'dn' in item)
}

function asRead(item: Given): Posted {
  const { dn } = item
  const className = classNameOf(item['class'])
  if (typeof dn !== 'string' || dn === '') throw config(`${className}: dn is missing`)
  const tree = readTree(item, className, { dn }, 1, { objects: MOST_OBJECTS })
  return { className, dn, path: moPath(dn), tree }
}

/** @param address by what the object is known: a DN at the top, an RN below */
function readTree(
  item: Given,
  className: string,
  address: { readonly dn: string; readonly rn?: string },
  depth: number,
  room: Room
): Imdata {
  const { dn, rn } = address
  assertDn(dn)
  const where = `${className} ${dn}`
  enter(where, depth, room)
  const attributes = writable(className, where, dn, item['attributes'])
  const children = childrenOf(where, item['children']).flatMap((child) => {
    if (!isRead(child)) throw config(`${where}: a child has no class and dn, as objects that were read have them`)
    const childClass = classNameOf(child['class'])
    if (isOperational(childClass)) return []
    const childRn = childRnOf(child, childClass, dn)
    if (childRn === undefined) {
      throw config(`${where}: a child of class ${childClass} has a dn that is not right below it`)
    }
    return [readTree(child, childClass, { dn: `${dn}/${childRn}`, rn: childRn }, depth + 1, room)]
  })
  return element(className, { ...(rn === undefined ? { dn } : { rn }), ...attributes }, children)
}

/** By what a child is known below its parent. Read with its configuration alone it has only what its name is made of. */
function childRnOf(child: Given, className: string, above: string): string | undefined {
  const { dn, attributes } = child
  if (typeof dn === 'string' && dn !== '') return rnBelow(above, dn)
  if (!isRecord(attributes)) return undefined
  const texts = Object.entries(attributes).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  return rnFrom(className, Object.fromEntries(texts))
}

/** What is to be set. */
function writable(className: string, where: string, dn: string, given: unknown): Attributes {
  const texts = textsOf(where, given)
  const { dn: own = '', status = '' } = texts
  if (own !== '' && own !== dn) throw config(`${where}: its attributes have another dn`)
  // To leave this out, as of what was read it is, would do the contrary of what is meant.
  if (status.includes('deleted')) {
    throw config(`${where}: status deleted is for APIC trees; an object that was read is deleted by the action delete`)
  }
  return Object.fromEntries(Object.entries(texts).filter(([name]) => !isImplicit(className, name, texts)))
}

// --- APIC trees

function asTree(item: unknown, place: string): Posted {
  const tree = plainTree(item, '', 1, { objects: MOST_OBJECTS })
  const [className = '', { attributes = {} } = {}] = Object.entries(tree)[0] ?? []
  const { dn = '' } = attributes
  if (dn !== '') assertDn(dn)
  return dn === ''
    ? { className, tree, dn: dnAt(place, className, attributes), path: moPath(place) }
    : { className, tree, dn, path: moPath(dn) }
}

function plainTree(item: unknown, above: string, depth: number, room: Room): Imdata {
  // Each byte of a buffer would be an entry.
  const entries = isRecord(item) && !ArrayBuffer.isView(item) ? Object.entries(item) : []
  const [name, content] = entries[0] ?? []
  const below = above === '' ? '' : `${above}: a child: `
  if (entries.length !== 1 || name === undefined || !isRecord(content)) {
    throw config(`${below}an object with one class is expected, such as { fvTenant: { attributes: { name: "x" } } }`)
  }
  const className = classNameOf(name)
  const where = above === '' ? className : `${above} > ${className}`
  enter(where, depth, room)
  const strange = Object.keys(content).find((key) => key !== 'attributes' && key !== 'children')
  if (strange !== undefined) throw config(`${where}: "${strange}" is neither attributes nor children`)
  const attributes = textsOf(where, content['attributes'])
  const children = childrenOf(where, content['children']).map((child) => plainTree(child, where, depth + 1, room))
  return element(className, attributes, children)
}

/** The DN of an object without one of its own: a POST's URL may name what it is to stand under, or itself. */
function dnAt(place: string, className: string, attributes: Attributes): string {
  const last = rnOf(place)
  const rn = attributes['rn'] ?? ''
  if (rn === last || (rn === '' && mayHaveRn(className, attributes, last))) return place
  const below = rn === '' ? rnFrom(className, attributes) : rn
  return below === undefined ? '' : `${place}/${below}`
}
