// Finds a request to an APIC in whatever was pasted: an address, a line of the API Inspector, a curl command, a line of
// a program. Hosts are left behind here.

import { joinedLiteralAt, shellWords } from './quoting'
import { decodedValue } from './request'

/** A request as it stands in a text. */
export interface FoundRequest {
  /** From `/api/` on, with what follows the question mark. */
  readonly path: string
  /** Parameters that are given apart from the address, as name and value. */
  readonly parameters: readonly (readonly [name: string, value: string])[]
  /** What is known of the method; a request is taken for a GET otherwise. */
  readonly isWrite: boolean
}

/** The other verbs that change something. */
const WRITES = /^(?:POST|PUT|PATCH|DELETE)$/i

/** Where an APIC's address goes on behind the host. */
const API = /\/api\//g

/** Marks behind which an address ends that stands in running text. */
const CLOSING: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' }

/**
 * Where an address ends that has no quotation marks around it: at white space, at a mark of the text around it. Within
 * the quotation marks of a filter, white space belongs to it.
 */
function endOfAddress(text: string, from: number): number {
  const open: string[] = []
  for (let at = from; at < text.length; at += 1) {
    const character = text[at] ?? ''
    if (character === '"') {
      const closing = /^"(?:[^"\\\n]|\\.)*"/.exec(text.slice(at))
      if (closing === null) return at
      at += closing[0].length - 1
    } else if ('([{'.includes(character)) open.push(character)
    else if (character in CLOSING) {
      if (open.pop() !== CLOSING[character]) return at
    } else if (character === '<' && !/\.(?:json|xml)$/.test(text.slice(from, at))) {
      // A gap to be filled in: `tn-<tenant>`.
      const gap = /^<[A-Za-z][\w -]*>/.exec(text.slice(at, at + 50))
      if (gap === null) return at
      at += gap[0].length - 1
    } else if (/[<>'`\n\r]/.test(character) || (/\s/.test(character) && open.length === 0)) return at
  }
  return text.length
}

/** Names and texts of a dictionary: `params={'query-target': 'subtree'}`. What is no text stays as it is written. */
function dictionaryIn(text: string): [string, string][] {
  const start = /\bparams\s*[=:]\s*(?=\{)/.exec(text)
  if (start === null) return []
  const pairs: [string, string][] = []
  let at = start.index + start[0].length + 1
  for (;;) {
    const name = /^[\s,]*(?:([A-Za-z_][\w-]*)\s*:|(?=["']))\s*/.exec(text.slice(at))
    if (name === null) return pairs
    at += name[0].length
    let key = name[1]
    if (key === undefined) {
      const literal = joinedLiteralAt(text, at)
      key = literal.text
      const colon = /^\s*:\s*/.exec(text.slice(literal.end))
      if (colon === null) return pairs
      at = literal.end + colon[0].length
    }
    const prefix = /^[fFrRbBuU]{0,2}(?=["'`])/.exec(text.slice(at))
    if (prefix !== null) {
      const literal = joinedLiteralAt(text, at + prefix[0].length)
      pairs.push([key, literal.text])
      at = literal.end
    } else {
      const value = /^[^,}\n]*/.exec(text.slice(at))?.[0] ?? ''
      pairs.push([key, /^\d+\s*$/.test(value) ? value.trim() : `{${value.trim()}}`])
      at += value.length
    }
  }
}

/** How texts say the method of a request, before its address or behind it. */
const VERBS_BEFORE = [
  /.*\bmethod["']?\s*[:=]\s*["']?(\w+)/is,
  /\.(\w+)\(\s*(?:url\s*=\s*)?[fFrRbBuU]{0,2}["'`]*[^\s"'`]*$/,
  /\b([A-Z]+)\s+["'`]?[^\s"'`]*$/,
  /-Method\s+(\w+)/i
]
const VERBS_BEHIND = [/^\s*,\s*\{[^}]*?\bmethod["']?\s*:\s*["'](\w+)/i, /^[^\n]*?-Method\s+(\w+)/i]

/** How much of the text around an address belongs to its request, at most; in characters. */
const SURROUNDINGS = 2_000

/** More than anybody reads of a log; what is beyond is not looked at. */
const LONGEST = 200_000

function isWritten(before: string, behind: string): boolean {
  const near = before.slice(-SURROUNDINGS)
  const verbs = [
    ...VERBS_BEFORE.map((pattern) => pattern.exec(near)?.[1]),
    ...VERBS_BEHIND.map((pattern) => pattern.exec(behind)?.[1])
  ]
  return verbs.some((verb) => verb !== undefined && WRITES.test(verb))
}

/** The requests in a text of any kind, in their order. */
function requestsIn(text: string): FoundRequest[] {
  const found: FoundRequest[] = []
  let end = 0
  for (const { index } of text.matchAll(API)) {
    if (index < end) continue
    const before = text.slice(end, index)
    const host = /[^\s"'`<>()=|]*$/.exec(before)?.[0] ?? ''
    const start = index - host.length
    const mark = text[start - 1] ?? ''
    let path: string
    if (/["'`]/.test(mark)) {
      const isFenced = text.slice(start - 3, start) === mark.repeat(3)
      const literal = joinedLiteralAt(text, start - (isFenced ? 3 : 1))
      path = literal.text.slice(literal.text.indexOf('/api/'))
      end = literal.end
    } else {
      end = endOfAddress(text, index)
      path = text.slice(index, end)
    }
    const statement = text.slice(end, Math.min(end + SURROUNDINGS, nextRequest(text, end)))
    found.push({ path, parameters: dictionaryIn(statement), isWrite: isWritten(before, statement) })
  }
  return found
}

function nextRequest(text: string, from: number): number {
  const next = text.indexOf('/api/', from)
  return next === -1 ? text.length : next
}

/** Options of curl that say what is sent. */
const DATA = /^(?:-d|--data(?:-raw|-binary|-ascii|-urlencode)?|--json)$/

/** A command line of curl, or of one that is used like it. */
function requestOfCommand(line: string): FoundRequest | undefined {
  const words = shellWords(line)
  const address = words.findIndex(
    (word, index) => word.includes('/api/') && !/^(?:-[dHbec]|--(?:data|header|cookie).*)$/.test(words[index - 1] ?? '')
  )
  const path = words[address]
  if (path === undefined) return undefined
  const isGet = words.some((word) => word === '-G' || word === '--get')
  const verb = words.map((word, index) =>
    /^(?:-X|--request)$/.test(word) ? (words[index + 1] ?? '') : (/^(?:-X|--request=)(\w+)$/.exec(word)?.[1] ?? '')
  )
  const data = words.flatMap((word, index) => {
    const attached = /^(-d|--data(?:-raw|-binary|-ascii|-urlencode)?=|--json=)([^]+)$/.exec(word)
    const [option = word, text] = DATA.test(word) ? [word, words[index + 1]] : (attached?.slice(1) ?? [])
    // Only this option encodes by itself; to the others a text is given as it is sent.
    return text === undefined ? [] : [option.startsWith('--data-urlencode') ? [pairOf(text)] : pairsOf(text)]
  })
  return {
    path: path.slice(path.indexOf('/api/')),
    parameters: isGet ? data.flat() : [],
    isWrite: verb.some((name) => WRITES.test(name)) || (data.length > 0 && !isGet)
  }
}

function pairOf(text: string): [string, string] {
  const cut = text.indexOf('=')
  return cut === -1 ? [text, ''] : [text.slice(0, cut), text.slice(cut + 1)]
}

function pairsOf(text: string): [string, string][] {
  return text.split(/&(?=[\w-]+=)/).map((pair) => {
    const [name, value] = pairOf(pair)
    return [name, decodedValue(value)]
  })
}

/** The requests to an APIC in what was pasted, in their order; none when there is none. */
export function foundIn(pasted: string): FoundRequest[] {
  const text = pasted.slice(0, LONGEST)
  if (/^\s*(?:[$#>]\s*)?(?:\w+=\S*\s+|sudo\s+)*(?:i?curl|wget|https?)\s/.test(text)) {
    const request = requestOfCommand(text)
    if (request !== undefined) return [request]
  }
  return requestsIn(text)
}
