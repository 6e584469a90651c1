// One level of the object tree, for the browser of the dialogs: read from the APIC once, then filtered, sorted and given
// page by page.

import type { NodeAPI } from 'node-red'
import { DEFAULT_READ_OPTIONS, readRequestsOf, readAll } from '../apic'
import type { RequestClient, ManagedObject, NumberRange, ReadRequest, Scope } from '../apic'
import * as settings from '../runtime/settings'
import type { ChildAnswer, ChildrenAnswer } from './answers'
import { inquire } from './inquiry'
import { nodeOf, shortened, type Asked, type Route } from './route'
import type { ServedNode } from './served'

/** Where trees begin: policy, hardware, and what VMM domains report. Those that a fabric does not have are left out. */
const ROOTS = ['uni', 'topology', 'comp']

/** Children that are read: one page. */
const MOST_CHILDREN = 5_000
const PAGE = 100
const LARGEST_PAGE = 200
const LONGEST_DESCR = 200
/** How long a level answers other pages and filters, ms, and how many levels are cached. */
const FRESH = 15_000
const MOST_LEVELS = 4

/** The children of one object. */
interface Level {
  readonly exists: boolean
  readonly objects: readonly ChildAnswer[]
  readonly isCut: boolean
  readonly readAt: number
}

export function childrenRoute(RED: NodeAPI): Route {
  /** Cached levels of each node; a redeployed node is another one. */
  const levels = new WeakMap<ServedNode, Map<string, Level>>()

  /** The level from the cache, or read now. */
  const levelOf = async (node: ServedNode, dn: string, className: string, asked: Asked): Promise<Level> => {
    const read = levels.get(node) ?? new Map<string, Level>()
    levels.set(node, read)
    const key = JSON.stringify([dn, className])
    const known = read.get(key)
    const isFresh = known !== undefined && performance.now() - known.readAt < FRESH
    if (isFresh && !settings.flag(asked.query, 'reload', false)) return known
    const level = await inquire(node, asked.signal, (client, signal) => readLevel(client, dn, className, signal))
    read.delete(key)
    read.set(key, level)
    for (const oldest of read.keys()) if (read.size > MOST_LEVELS) read.delete(oldest)
    return level
  }

  return {
    method: 'get',
    path: '/aci-apic/:id/children',
    permission: 'aci-apic.write',
    answer: async (asked): Promise<ChildrenAnswer> => {
      const node = nodeOf(RED, asked)
      const { query } = asked
      const dn = settings.text(query, 'dn')
      const className = settings.text(query, 'class')
      const filter = settings.text(query, 'filter').toLowerCase()
      const page = whole(query, 'page', { fallback: 0, min: 0, max: MOST_CHILDREN })
      const size = whole(query, 'size', { fallback: PAGE, min: 1, max: LARGEST_PAGE })
      const { exists, objects, isCut } = await levelOf(node, dn, className, asked)
      const matching = filter === '' ? objects : objects.filter((object) => matches(object, filter))
      const shown = matching.slice(page * size, (page + 1) * size)
      return { dn, exists, objects: shown, total: matching.length, page, size, isCut }
    }
  }
}

function whole(query: settings.Raw, name: string, range: NumberRange): number {
  return Math.floor(settings.number(query, name, range))
}

/** @throws AciError ACI_CONFIG when DN or class are none; why they cannot be read */
async function readLevel(client: RequestClient, dn: string, className: string, signal: AbortSignal): Promise<Level> {
  if (dn === '') {
    const roots = await Promise.all(ROOTS.map((root) => found(client, readRequestOf(root, 'self', ''), signal)))
    const objects = roots.flatMap((root) => root.objects.map((object) => childOf(object, '')))
    return { exists: true, objects, isCut: false, readAt: performance.now() }
  }
  const { objects, total } = await found(client, readRequestOf(dn, 'children', className), signal)
  const exists = total > 0 || (await found(client, readRequestOf(dn, 'self', ''), signal)).total > 0
  return {
    exists,
    objects: objects.map((object) => childOf(object, dn)).sort(byClassAndName),
    isCut: total > MOST_CHILDREN,
    readAt: performance.now()
  }
}

function readRequestOf(dn: string, scope: Scope, className: string): ReadRequest[] {
  const subtreeClasses = className === '' ? [] : [className]
  return readRequestsOf({ target: 'mo', classes: [], dn, scope, subtreeClasses, filter: '' }, DEFAULT_READ_OPTIONS)
}

interface Found {
  readonly objects: readonly ManagedObject[]
  readonly total: number
}

async function found(client: RequestClient, requests: ReadRequest[], signal: AbortSignal): Promise<Found> {
  const objects: ManagedObject[] = []
  let total = 0
  for await (const page of readAll(client, requests, MOST_CHILDREN, signal)) {
    objects.push(...page.objects)
    total = page.total
  }
  return { objects, total }
}

function childOf({ class: className, dn, attributes }: ManagedObject, parent: string): ChildAnswer {
  const { name = '', nameAlias = '', descr = '' } = attributes
  const words = [nameAlias, descr].filter((text) => text !== '').join(': ')
  return {
    dn,
    rn: dn.startsWith(`${parent}/`) ? dn.slice(parent.length + 1) : dn,
    class: className,
    name: shortened(name, LONGEST_DESCR),
    descr: shortened(words, LONGEST_DESCR)
  }
}

const collator = new Intl.Collator('en', { numeric: true })

function byClassAndName(one: ChildAnswer, other: ChildAnswer): number {
  if (one.class !== other.class) return one.class < other.class ? -1 : 1
  return collator.compare(one.name, other.name) || collator.compare(one.rn, other.rn)
}

function matches(object: ChildAnswer, filter: string): boolean {
  return [object.name, object.descr, object.rn, object.class].some((text) => text.toLowerCase().includes(filter))
}
