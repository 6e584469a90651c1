// What had been delivered before this process began: the version of each object, as one compact text that any store can keep.

import { AciError } from '../common/errors'

/** More objects than this of one query are not remembered: the text would grow beyond what a store should rewrite. */
export const MOST_REMEMBERED = 100_000

/** Of what and of when it is. */
export interface RememberedOf {
  /** The fabric's name in events. */
  readonly fabric: string
  /** The fabric's own identity as its controllers tell it; empty when they do not. */
  readonly site: string
  /** Path of the query. */
  readonly query: string
  /** Epoch ms. */
  readonly savedAt: number
}

export interface RememberedObject {
  readonly class: string
  /** Names the state that was delivered: see versionOf in change.ts. */
  readonly version: string
}

export interface Remembered extends RememberedOf {
  /** By DN. */
  readonly objects: Map<string, RememberedObject>
}

/** Changes with what the lines below mean. */
const VERSION = 1

/** Builds the text object by object, so that many can be added in slices. */
export class RememberedText {
  private readonly classes = new Map<string, number>()
  private readonly lines: string[] = []
  private last = ''

  get size(): number {
    return this.lines.length
  }

  add(dn: string, className: string, version: string): void {
    let place = this.classes.get(className)
    if (place === undefined) {
      place = this.classes.size
      this.classes.set(className, place)
    }
    // Neighbours begin alike, so each line leaves out what it has in common with the one before.
    const common = commonStart(this.last, dn)
    this.last = dn
    this.lines.push(`${common.toString(36)} ${place.toString(36)} ${version} ${escaped(dn.slice(common))}`)
  }

  finish(of: RememberedOf): string {
    const head = { version: VERSION, ...of, count: this.lines.length, classes: [...this.classes.keys()] }
    return [JSON.stringify(head), ...this.lines].join('\n')
  }
}

/**
 * @param text whatever a store gave back
 * @throws AciError ACI_PROTOCOL when it is not a whole text of {@link RememberedText}
 */
export function rememberedOf(text: unknown): Remembered {
  if (typeof text !== 'string') throw unreadable('it is no text')
  const [first, ...lines] = text.split('\n')
  const head = headOf(first ?? '')
  if (lines.length !== head.count) throw unreadable(`it has ${lines.length} of ${head.count} objects`)
  const objects = new Map<string, RememberedObject>()
  let last = ''
  for (const line of lines) {
    const [, common = '', place = '', version = '', rest = ''] = /^(\w+) (\w+) (\S*) (.*)$/s.exec(line) ?? []
    const name = head.classes[Number.parseInt(place, 36)]
    if (name === undefined) throw unreadable('a line of it makes no sense')
    last = last.slice(0, Number.parseInt(common, 36)) + unescaped(rest)
    objects.set(last, { class: name, version })
  }
  const { fabric, site, query, savedAt } = head
  return { fabric, site, query, savedAt, objects }
}

interface Head extends RememberedOf {
  readonly count: number
  readonly classes: readonly string[]
}

function headOf(line: string): Head {
  let head: (Partial<Head> & { version?: unknown }) | null
  try {
    head = JSON.parse(line) as typeof head
  } catch {
    throw unreadable('its first line is no JSON')
  }
  const { version, fabric, site, query, savedAt, count, classes } = head ?? {}
  if (version !== VERSION) throw unreadable('it is of another version')
  if (
    typeof fabric !== 'string' ||
    typeof site !== 'string' ||
    typeof query !== 'string' ||
    typeof savedAt !== 'number' ||
    !Number.isFinite(new Date(savedAt).getTime()) ||
    typeof count !== 'number' ||
    !Array.isArray(classes) ||
    !classes.every((name) => typeof name === 'string')
  ) {
    throw unreadable('its first line lacks something')
  }
  return { fabric, site, query, savedAt, count, classes }
}

function unreadable(why: string): AciError {
  return new AciError('ACI_PROTOCOL', `what was remembered cannot be read: ${why}`)
}

function commonStart(one: string, other: string): number {
  const most = Math.min(one.length, other.length)
  let length = 0
  while (length < most && one.charCodeAt(length) === other.charCodeAt(length)) length += 1
  return length
}

/** A line has to stay one line, whatever a DN contains. */
function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r')
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, (_, name: string) => ({ n: '\n', r: '\r' })[name] ?? name)
}
