// Reads the path of a request to an APIC: what it asks for, and its parameters.

export interface Request {
  readonly target: 'class' | 'mo'
  /** The class name, or the DN. */
  readonly of: string
  /** The DN below which a class is asked for; empty for the whole fabric. */
  readonly below: string
  /** In their order; one that is given twice is here twice. */
  readonly parameters: readonly (readonly [name: string, value: string])[]
}

/** Why a path asks for nothing that a node could ask for. */
export type NoRequest = 'login' | 'method' | 'name'

/** Text that is percent-encoded, wholly or in part; a lone percent sign stays. */
function decoded(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (bytes) => {
    try {
      return decodeURIComponent(bytes)
    } catch {
      return bytes
    }
  })
}

/**
 * The value of a parameter. A plus sign means a space there, as browsers and Python write it; in the offset of a time
 * (`+00:00`) it was never encoded in the first place.
 */
export function decodedValue(text: string): string {
  return decoded(text.replace(/\+(?!\d\d:\d\d\b)/g, ' '))
}

/** Parts of a text at a character, but not within quotation marks. */
function splitOutside(text: string, separator: string): string[] {
  const parts: string[] = []
  let start = 0
  let isQuoted = false
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1
    else if (text[at] === '"') isQuoted = !isQuoted
    else if (text[at] === separator && !isQuoted) {
      parts.push(text.slice(start, at))
      start = at + 1
    }
  }
  parts.push(text.slice(start))
  return parts
}

function parametersOf(search: string): [string, string][] {
  return splitOutside(search, '&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const cut = pair.indexOf('=')
      return cut === -1
        ? [decodedValue(pair), '']
        : [decodedValue(pair.slice(0, cut)), decodedValue(pair.slice(cut + 1))]
    })
}

/** @param path from `/api/` on */
export function requestOf(path: string): Request | NoRequest {
  const [address = '', ...searches] = (splitOutside(path, '#')[0] ?? '').split('?')
  const [, kind, rest = ''] = /^\/api\/(?:node\/|policymgr\/|mqapi2\/)?(class|mo)\/(.*)$/s.exec(address.trim()) ?? []
  if (kind === undefined)
    return /^\/api\/(?:aaa|webtoken|requestAppToken|subscriptionRefresh)/.test(address) ? 'login' : 'method'
  const of = decoded(rest)
    .replace(/\.(?:json|xml)$/, '')
    .replace(/\/$/, '')
  // A question mark is written twice by mistake as often as it stands in a value.
  const parameters = parametersOf(searches.join('?'))
  if (of === '') return 'name'
  if (kind === 'mo') return { target: 'mo', of, below: '', parameters }
  const cut = of.lastIndexOf('/')
  return { target: 'class', of: of.slice(cut + 1), below: of.slice(0, Math.max(0, cut)), parameters }
}
