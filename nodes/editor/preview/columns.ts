// Which attributes of the first matching objects are worth a column in a narrow table: what names an object, and what tells
// it from the others. All the rest is behind each row.

import type { PreviewedObject } from '../../admin/answers'
import { splitDn } from '../dn'

export interface Columns {
  /** The objects are of several classes. */
  readonly hasClass: boolean
  /** Objects came below some of them. */
  readonly hasChildren: boolean
  /** Names of attributes, in the order of the columns. */
  readonly attributes: readonly string[]
}

/** Beside the DN, and the class where there are several. */
const MOST = 5

/** What people look for first, whatever the class, in the order in which it is shown. */
const SIGNIFICANT = [
  ...['name', 'id', 'code', 'severity', 'lc', 'mac', 'ip', 'addr', 'encap', 'adminSt', 'operSt', 'operStQual', 'state'],
  ...[
    'fabricSt',
    'cur',
    'speed',
    'role',
    'model',
    'serial',
    'ser',
    'version',
    'tDn',
    'user',
    'ind',
    'affected',
    'descr'
  ],
  ...['cause', 'type', 'domain', 'subject', 'ack', 'pcEnfPref', 'unkMacUcastAct', 'scope', 'prio', 'nameAlias'],
  ...['created', 'lastTransition']
]

/** Attributes that every object has, or that are shown elsewhere. */
const HOUSEKEEPING = new Set([
  ...['dn', 'rn', 'status', 'childAction', 'uid', 'userdom', 'annotation', 'extMngdBy', 'lcOwn', 'monPolDn'],
  ...['ownerKey', 'ownerTag', 'modTs']
])

/** The columns for these objects. */
export function columnsOf(objects: readonly PreviewedObject[]): Columns {
  const names = [...new Set(objects.flatMap(({ attributes }) => Object.keys(attributes)))]
    .filter((name) => !HOUSEKEEPING.has(name) && objects.some(({ attributes }) => valueOf(attributes, name) !== ''))
    .sort((one, other) => rankOf(one) - rankOf(other))
  const naming = names.filter((name) => isNaming(objects, name))
  const differing = names.filter((name) => differs(objects, name))
  const significant = names.filter((name) => rankOf(name) < SIGNIFICANT.length)
  // Significant ones that differ come before others that do, for that is how the names are sorted.
  const chosen = [...new Set([...naming, ...differing, ...significant])].slice(0, MOST)
  const shown = [...naming, ...names.filter((name) => !naming.includes(name))].filter((name) => chosen.includes(name))
  return {
    hasClass: new Set(objects.map((object) => object.class)).size > 1,
    hasChildren: objects.some(({ children }) => children > 0),
    // When something was changed last is of use for any class, where there is room.
    attributes: shown.length < MOST && differs(objects, 'modTs') ? [...shown, 'modTs'] : shown
  }
}

/** An attribute's value; empty where the object has none of that name. */
export function valueOf(attributes: PreviewedObject['attributes'], name: string): string {
  return Object.hasOwn(attributes, name) ? (attributes[name] ?? '') : ''
}

function rankOf(name: string): number {
  const rank = SIGNIFICANT.indexOf(name)
  return rank === -1 ? SIGNIFICANT.length : rank
}

/** Of a single object, nothing does. */
function differs(objects: readonly PreviewedObject[], name: string): boolean {
  return new Set(objects.map(({ attributes }) => valueOf(attributes, name))).size > 1
}

/** Whether the RN of each object that has the attribute is made of it: `tn-blue`, `phys-[eth1/1]`. */
function isNaming(objects: readonly PreviewedObject[], name: string): boolean {
  return objects.every(({ dn, attributes }) => {
    const value = valueOf(attributes, name)
    const rn = splitDn(dn).at(-1) ?? ''
    return value === '' || rn.endsWith(`-${value}`) || rn.includes(`[${value}]`)
  })
}
