// Reads configured values. Numbers, booleans and lists may be strings, because `${ENV}` gives strings; an impossible value
// is an ACI_CONFIG error that names the setting, never a crash.

import { isIPv6 } from 'node:net'
import { AciError, type MirrorMode, type NumberRange, type Scope, type ReadOptions, type Target } from '../apic'

export type Raw = Readonly<Record<string, unknown>>

function config(message: string): AciError {
  return new AciError('ACI_CONFIG', message)
}

/** Node-RED leaves `${X}` as it is when no such variable is set. */
function assertResolved(name: string, value: string): void {
  const match = /\$\{[^}\s]+\}/.exec(value)
  if (match !== null) throw config(`${name}: the environment variable in ${match[0]} is not set`)
}

/** A text, trimmed; empty when missing. */
export function text(raw: Raw, name: string): string {
  const value = raw[name]
  if (value === undefined || value === null) return ''
  if (typeof value !== 'string' && typeof value !== 'number') throw config(`${name}: a text is expected`)
  const trimmed = String(value).trim()
  assertResolved(name, trimmed)
  return trimmed
}

/**
 * A password or its like, empty when missing. It is taken as it is, for spaces at its ends are part of it, and an error
 * never repeats it: even one that looks like the name of a variable may be a password.
 */
export function secret(raw: Raw, name: string): string {
  const value = raw[name]
  if (typeof value !== 'string') return ''
  if (/^\$\{[^}\s]+\}$/.test(value.trim())) {
    throw config(`${name}: the environment variable that it names is not set`)
  }
  return value
}

/** The error for a missing credential. */
export function missing(what: string): AciError {
  return config(`no ${what} is configured (credentials are not part of exported flows)`)
}

/** A list: an array, or one string with commas or white space between its elements. */
export function list(raw: Raw, name: string): string[] {
  const value = raw[name]
  if (value === undefined || value === null) return []
  if (typeof value !== 'string' && !Array.isArray(value)) throw config(`${name}: a list is expected`)
  const parts: unknown[] = typeof value === 'string' ? [value] : value
  return parts.flatMap((part) => {
    if (typeof part !== 'string') throw config(`${name}: a list of texts is expected`)
    assertResolved(name, part)
    return part.split(/[\s,]+/).filter((element) => element !== '')
  })
}

/** A number within bounds, both included; `orZero` allows 0 as well. */
export function number(raw: Raw, name: string, { fallback, min, max, orZero = false }: NumberRange): number {
  const value = raw[name]
  if (value === undefined || value === null) return fallback
  if (typeof value === 'string') {
    if (value.trim() === '') return fallback
    assertResolved(name, value)
  }
  const result = typeof value === 'number' || typeof value === 'string' ? Number(value) : NaN
  if (orZero && result === 0) return 0
  if (!Number.isFinite(result) || result < min || result > max) {
    throw config(`${name}: a number from ${min} to ${max}${orZero ? ', or 0,' : ''} is expected`)
  }
  return result
}

export function flag(raw: Raw, name: string, fallback: boolean): boolean {
  const value = raw[name]
  if (value === undefined || value === null || value === '') return fallback
  if (typeof value === 'boolean') return value
  if (typeof value === 'string') assertResolved(name, value)
  if (value === 'true' || value === '1' || value === 1) return true
  if (value === 'false' || value === '0' || value === 0) return false
  throw config(`${name}: true or false is expected`)
}

/** One of a few words; the first is the default. */
export function choice<T extends string>(raw: Raw, name: string, words: readonly [T, ...T[]]): T {
  const value = text(raw, name)
  if (value === '') return words[0]
  const found = words.find((word) => word === value)
  if (found === undefined) throw config(`${name}: one of ${words.join(', ')} is expected`)
  return found
}

/**
 * Base URLs of controllers. A bare host means https; anything after host and port is refused, for it would become part of
 * every request.
 */
export function controllers(raw: Raw): string[] {
  const urls = list(raw, 'controllers').map((entry) => {
    // The text before an @ may be a password, and must not get into an error.
    const given = entry.replace(/\/\/.*@/, '//…@')
    let url
    try {
      url = new URL(/^[a-z]+:\/\//i.test(entry) ? entry : `https://${entry}`)
    } catch {
      const hint = isIPv6(entry.replace(/^https?:\/\//i, ''))
        ? ': an IPv6 address stands in brackets, such as [::1]'
        : ''
      throw config(`controllers: "${given}" is not a host or URL${hint}`)
    }
    if (url.protocol !== 'https:' && url.protocol !== 'http:')
      throw config(`controllers: "${given}" is not http or https`)
    if (url.username !== '' || url.password !== '') throw config('controllers: a URL must not contain a password')
    if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
      throw config(`controllers: "${given}" has something after the host`)
    }
    return url.origin
  })
  if (urls.length === 0) throw config('no controller is configured')
  return [...new Set(urls)]
}

const SCOPES: readonly [Scope, ...Scope[]] = ['self', 'children', 'subtree']
const MIRRORS: readonly [MirrorMode, ...MirrorMode[]] = ['full', 'off']

const CHILDREN: readonly [ReadOptions['children'], ...ReadOptions['children'][]] = ['no', 'children', 'full']
const PROPERTIES: readonly [ReadOptions['properties'], ...ReadOptions['properties'][]] = [
  'all',
  'config-only',
  'naming-only'
]

/** The properties that {@link target} and {@link readOptions} read. */
export const READ_SETTINGS: readonly string[] = [
  'target',
  'classes',
  'dn',
  'scope',
  'subtreeClasses',
  'filter',
  'children',
  'childClasses',
  'childFilter',
  'include',
  'properties',
  'targetNode',
  'targetPath',
  'timeRange',
  'orderBy'
]

/** A number is no DN, though it may become a text. */
function dnText(raw: Raw): string {
  if (typeof raw['dn'] === 'number') throw config('dn: a text is expected')
  return text(raw, 'dn')
}

/** What to subscribe to, or to read: the properties of the dialog, and of a message that asks for more. */
export function target(raw: Raw): Target {
  return {
    target: choice(raw, 'target', ['class', 'mo']),
    classes: list(raw, 'classes'),
    dn: dnText(raw),
    scope: choice(raw, 'scope', SCOPES),
    subtreeClasses: list(raw, 'subtreeClasses'),
    filter: text(raw, 'filter')
  }
}

/** What the answer to a read is to have. */
export function readOptions(raw: Raw): ReadOptions {
  return {
    children: choice(raw, 'children', CHILDREN),
    childClasses: list(raw, 'childClasses'),
    childFilter: text(raw, 'childFilter'),
    include: list(raw, 'include'),
    properties: choice(raw, 'properties', PROPERTIES),
    targetNode: list(raw, 'targetNode').join(','),
    targetPath: text(raw, 'targetPath'),
    timeRange: text(raw, 'timeRange'),
    orderBy: list(raw, 'orderBy')
  }
}

export function mirror(raw: Raw): MirrorMode {
  return choice(raw, 'mirror', MIRRORS)
}
