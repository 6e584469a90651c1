// Where pages begin. An APIC numbers pages of one size: an answer may begin at a multiple of the size that is asked for,
// and nowhere else.

import { AciError } from '../common/errors'

/** What a page asks for: its number and its size, as `page` and `page-size` have them. */
export interface PageNumber {
  readonly page: number
  readonly size: number
}

/** Index of the first object of a page, and of the first one after it. */
export function startOf({ page, size }: PageNumber): number {
  return page * size
}

export function endOf({ page, size }: PageNumber): number {
  return (page + 1) * size
}

/** Pages of one result, at most: an APIC whose totals are never reached would be read for ever. */
export const MOST_PAGES = 20_000

/**
 * @param page number of the page that was read
 * @param before DN of the first object of the page before
 * @param first DN of the first object of this one
 * @throws AciError ACI_PROTOCOL when it is the page before once more, or there is no end of pages
 */
export function assertAnotherPage(page: number, before: string, first: string | undefined, path: string): void {
  if (page > 0 && first !== undefined && first !== '' && first === before) {
    throw new AciError('ACI_PROTOCOL', `the APIC gives the same page again and again for ${path}`)
  }
  if (page >= MOST_PAGES) throw new AciError('ACI_PROTOCOL', `the APIC gives more than ${MOST_PAGES} pages for ${path}`)
}

/**
 * The page to read next. It begins some objects before what has not been read yet: what is created or deleted between
 * two reads shifts all that follows, and only an overlap shows that nothing has slipped through between two pages.
 * @param position so many objects from the first one have been read
 * @param most objects in a page
 * @param overlap objects read already that the page should have again; where pages are small it may have fewer
 */
export function pageAfter(position: number, most: number, overlap: number): PageNumber {
  for (let shared = Math.min(overlap, Math.floor(most / 4)); ; shared -= 1) {
    const page = farthest(Math.max(0, position - shared), most)
    if (endOf(page) > position) return page
  }
}

/** Of the pages that begin at this index or before, the one that ends last. */
function farthest(index: number, most: number): PageNumber {
  let best: PageNumber = { page: 0, size: most }
  for (let size = most; size > 0; size -= 1) {
    const candidate = { page: Math.floor(index / size), size }
    if (endOf(candidate) > endOf(best)) best = candidate
  }
  return best
}
