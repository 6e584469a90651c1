// Reads the whole result of a path page by page, as it is: in the order of the DNs where the APIC knows that order.

import { AciError, toAciError } from '../common/errors'
import { assertAnotherPage } from '../protocol/pages'
import { withParameters } from '../protocol/query'
import type { Answer, WireObject } from '../protocol/wire'

/** Objects per page: one JSON.parse of so many blocks the loop for about 20 ms. */
export const PAGE_SIZE = 5_000

/** Reads one path. */
export type Get = (path: string) => Promise<Answer>

export class Pager {
  /**
   * @param path of the query
   * @param order what pages are ordered by; undefined where there is no order
   */
  constructor(
    private readonly path: string,
    private order: string | undefined
  ) {}

  /**
   * Reads all pages and hands over each object.
   * @returns the number of pages
   * @throws AciError ACI_PROTOCOL when less came than the APIC said there is: nothing may be concluded from that
   */
  async read(get: Get, use: (object: WireObject) => void): Promise<number> {
    let received = 0
    let first = ''
    for (let page = 0; ; page += 1) {
      const answer = await this.page(get, page)
      const count = answer.objects.length + answer.skipped
      received += count
      assertAnotherPage(page, first, answer.objects[0]?.dn, this.path)
      first = answer.objects[0]?.dn ?? first
      for (const object of answer.objects) use(object)
      if (received >= answer.totalCount) return page + 1
      if (count === 0) assertWhole(received, answer.totalCount, this.path)
    }
  }

  private async page(get: Get, page: number): Promise<Answer> {
    const paging = { page, 'page-size': PAGE_SIZE }
    if (this.order !== undefined) {
      try {
        return await get(withParameters(this.path, { 'order-by': this.order, ...paging }))
      } catch (thrown) {
        const error = toAciError(thrown)
        if (page > 0 || error.cause?.status !== 400) throw error
        // An APIC that does not know this order is asked without from now on.
        this.order = undefined
      }
    }
    return get(withParameters(this.path, paging))
  }
}

/**
 * A loaded APIC may give less than it says there is; nothing may be concluded from that.
 * @throws AciError ACI_PROTOCOL
 */
export function assertWhole(received: number, total: number, of: string): void {
  if (received < total) throw new AciError('ACI_PROTOCOL', `the APIC gave ${received} of ${total} objects for ${of}`)
}
