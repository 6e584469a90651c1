// Identifies the fabric of a controller, as far as possible: the objects of two fabrics are never compared.

/** Leads a text of several marks; a fingerprint is base64 and has no space in it. */
const SERIALS = 'serials '

/**
 * The identity of a fabric without a fingerprint: the serial numbers of its controllers. Not all of them are seen
 * at all times, and one may be replaced, so two such texts mean the same fabric when they have one number in common.
 */
export function siteOfSerials(serials: Iterable<string>): string {
  const known = [...new Set(serials)].filter((serial) => /^\S{1,64}$/.test(serial)).sort()
  return known.length === 0 ? '' : SERIALS + known.join(' ')
}

function serialsOf(site: string): readonly string[] | undefined {
  return site.startsWith(SERIALS) ? site.slice(SERIALS.length).split(' ') : undefined
}

/** Whether these are surely two fabrics. Empty texts, and texts of two kinds, prove nothing. */
export function areApart(one: string, other: string): boolean {
  if (one === '' || other === '') return false
  const [some, others] = [serialsOf(one), serialsOf(other)]
  if (some === undefined && others === undefined) return one !== other
  return some !== undefined && others !== undefined && !some.some((serial) => others.includes(serial))
}

/** The identity of a fabric after another login. */
export function siteAfter(known: string, latest: string): string {
  const [some, others] = [serialsOf(known), serialsOf(latest)]
  if (some === undefined || others === undefined || areApart(known, latest)) return latest === '' ? known : latest
  return siteOfSerials([...some, ...others])
}
