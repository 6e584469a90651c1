// Reads the whole result of read requests, page by page: one page in memory at a time, every object once, and all of them
// or an error.

import type { RequestClient, PageAnswer } from './request-client'
import { AciError, toAciError } from '../common/errors'
import { assertAnotherPage, endOf, pageAfter, startOf, type PageNumber } from '../protocol/pages'
import {
  isSingle,
  moPath,
  ordered,
  orderOf,
  readPathOf,
  withParameters,
  type Query,
  type ReadRequest
} from '../protocol/query'
import { TooLarge } from '../transport/rest'
import { sleep } from '../common/waiting'
import type { ManagedObject } from '../protocol/wire'

/** The part of a request client that reads. */
export type Source = Pick<RequestClient, 'read' | 'state'>

/** A page of the result. Its objects belong to the receiver. */
export interface ResultPage {
  readonly objects: readonly ManagedObject[]
  /** Matching objects of the requests sent so far, as the APIC counts them now. */
  readonly total: number
}

/** Objects per page: one JSON.parse of so many blocks the loop for about 20 ms. Fewer where each has children. */
const PAGE_SIZE = { no: 5_000, children: 1_000, full: 200 } as const
/** Divisor of the page size when the APIC finds a page too big. */
const SMALLER = 5
/** Objects that a page shares with the one before. */
const OVERLAP = 50
/** Reads of one page: a loaded APIC may return fewer objects than it counts. */
const SHORT_ANSWERS = 3
/** Passes over all pages, to find objects that moved between them. */
const PASSES = 3
/** Times that an empty answer is re-checked. */
const RECHECKS = 3
/** Pause before the second read of a short page, ms; longer before each further one. */
const PAUSE = 300
/** The controller of a session younger than this, ms, may still be starting. */
const YOUNG = 120_000

/** An APIC limits an answer to 100,000 objects, children included, and to 90 s. */
function isTooMuch(error: AciError): boolean {
  return error instanceof TooLarge || /too big|resolve timeout/i.test(error.cause?.text ?? '')
}

/** The classes of a query's result, or some of them; none where they are not known. */
function classesOf({ target, of, subtreeClasses }: Query): readonly string[] {
  if (subtreeClasses.length > 0) return subtreeClasses
  return target === 'class' ? [of] : []
}

/**
 * Reads the whole results of the requests, one after the other, and each page when the receiver pulls it.
 *
 * Ordered by DN, every object that exists throughout is yielded once, whatever others create and delete meanwhile. In
 * another order, or without one, objects may move from page to page; then the reader counts them, and reads again to find
 * the missing ones.
 * @param limit maximum of objects; 0 for all
 * @throws AciError ACI_PROTOCOL when the APIC does not give all that it says there is; else as {@link RequestClient.read}
 */
export async function* readAll(
  client: Source,
  requests: readonly ReadRequest[],
  limit: number,
  signal: AbortSignal,
  pause: typeof sleep = sleep
): AsyncGenerator<ResultPage, void, undefined> {
  const given = new Set<string>()
  let count = 0
  for (const request of requests) {
    if (limit > 0 && count >= limit) return
    const reader = new Reader(client, request, limit === 0 ? 0 : limit - count, given, signal, pause)
    const earlier = count
    for await (const { objects, total } of reader.all()) {
      count += objects.length
      yield { objects, total: earlier + total }
    }
    if (requests.length > 1) for (const dn of reader.seen) given.add(dn)
  }
}

class Reader {
  private readonly path: string
  /** The result has one object at most and is read without pages. */
  private readonly isSingle: boolean
  /** Order of the pages: the user's, then by DN. */
  private order: readonly string[]
  /** Objects keep their positions in that order. */
  private isFirm: boolean
  /** The APIC has accepted that order. */
  private isTried = false
  /** The classes are not known: take the order of the first object's class. */
  private isGuess: boolean
  private most: number
  /** DNs of the objects received. */
  readonly seen = new Set<string>()
  /** Objects received, including those without a DN. */
  private count = 0
  /** Objects yielded. */
  private givenCount = 0
  private total = 0

  constructor(
    private readonly client: Source,
    private readonly request: ReadRequest,
    private readonly limit: number,
    /** DNs of objects that earlier requests yielded. */
    private readonly given: ReadonlySet<string>,
    private readonly signal: AbortSignal,
    private readonly pause: typeof sleep
  ) {
    const { query, options } = request
    const { include, children, orderBy } = options
    this.path = readPathOf(query, options)
    // The answer has related objects instead of the matching ones.
    const isOther = include.includes('no-scoped')
    this.isSingle = isSingle(request)
    const classes = isOther ? [] : classesOf(query)
    this.order = [...orderBy, ...classes.map((name) => `${name}.dn`)]
    this.isGuess = classes.length === 0
    this.isFirm = !isOther && orderBy.length === 0 && orderOf(query) !== undefined
    const size = children === 'no' && include.length > 0 ? PAGE_SIZE.children : PAGE_SIZE[children]
    this.most = limit > 0 ? Math.min(limit, size) : size
  }

  async *all(): AsyncGenerator<ResultPage, void, undefined> {
    if (this.isSingle) {
      yield this.pageOf(
        await this.complete(
          () => this.client.read(this.path, this.signal),
          ({ totalCount }) => totalCount
        )
      )
      return
    }
    for (let pass = 1; ; pass += 1) {
      const isWhole = yield* this.pass()
      if (isWhole || this.isEnough) return
      if (pass < PASSES) continue
      // In the user's order, objects missing now were created during the read.
      if (!this.isFirm && this.isByDn && this.request.options.orderBy.length > 0) return
      throw new AciError(
        'ACI_PROTOCOL',
        `the APIC gave ${this.count} of ${this.total} objects for ${this.path}: they moved from page to page`
      )
    }
  }

  /** Whether the order ends with the DN, so that no two objects have the same position. */
  private get isByDn(): boolean {
    return this.order.length > this.request.options.orderBy.length
  }

  private get isEnough(): boolean {
    return this.limit > 0 && this.givenCount >= this.limit
  }

  /** Reads from the first page to the last; returns whether no object can be missing. */
  private async *pass(): AsyncGenerator<ResultPage, boolean, undefined> {
    let position = 0
    let dropped = 0
    let isJoined = true
    let before = new Set<string>()
    let first = ''
    for (;;) {
      const number = pageAfter(position, this.most, this.isByDn ? OVERLAP : 0)
      const page = await this.page(number)
      // Too big a page, or another order: read it once more.
      if (page === undefined) continue
      const { objects, received, totalCount } = page
      assertAnotherPage(Math.floor(position / number.size), first, objects[0]?.dn, this.path)
      first = startOf(number) === 0 && position > 0 ? first : (objects[0]?.dn ?? first)
      if (position > 0 && !objects.some(({ dn }) => before.has(dn))) {
        // Deletions before this page moved it past the end of the last one: objects between them are missing.
        if (this.isFirm && startOf(number) < position) return false
        isJoined = false
      }
      yield this.pageOf(page)
      position = endOf(number)
      dropped += received - objects.length
      if (this.isEnough || (startOf(number) === 0 && position >= totalCount)) return true
      if (position >= totalCount) return (this.isFirm && isJoined) || this.count + dropped >= totalCount
      before = new Set(objects.map(({ dn }) => dn))
    }
  }

  /** One page; undefined when it has to be read in another size or order. */
  private async page(number: PageNumber): Promise<PageAnswer | undefined> {
    try {
      const paging = { page: number.page, 'page-size': number.size }
      const path = withParameters(ordered(this.path, this.order), paging)
      const expected = ({ totalCount }: PageAnswer): number => Math.min(number.size, totalCount - startOf(number))
      const answer = await this.complete(() => this.client.read(path, this.signal), expected)
      this.isTried = true
      return this.guesses(number, answer) ? undefined : answer
    } catch (thrown) {
      const error = toAciError(thrown)
      if (isTooMuch(error) && this.most > 1) this.most = Math.max(1, Math.floor(this.most / SMALLER))
      else if (error.cause?.status === 400 && !this.isTried && this.isByDn) this.leaveOrder()
      else throw error
      return undefined
    }
  }

  /** Drops an order that the APIC refuses; if the order was not the reason, the next refusal says so. */
  private leaveOrder(): void {
    this.order = this.request.options.orderBy
    this.isFirm = false
  }

  /** Whether there are several pages of a class that was not known, whose order is worth a try. */
  private guesses(number: PageNumber, { objects, totalCount }: PageAnswer): boolean {
    const name = objects[0]?.class
    const wanted = this.limit > 0 ? Math.min(this.limit, totalCount) : totalCount
    if (!this.isGuess || name === undefined || wanted <= endOf(number)) return false
    this.isGuess = false
    this.isTried = false
    this.order = [...this.order, `${name}.dn`]
    return true
  }

  /**
   * A complete answer: with all the objects that it counts.
   * @throws AciError ACI_PROTOCOL where the APIC keeps giving fewer
   */
  private async complete(
    ask: () => Promise<PageAnswer>,
    expected: (answer: PageAnswer) => number
  ): Promise<PageAnswer> {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.rechecked(ask)
      const { received } = answer
      if (received >= expected(answer)) return answer
      if (attempt === SHORT_ANSWERS) {
        const text = `the APIC gave ${received} of ${expected(answer)} objects for ${this.path}`
        throw new AciError('ACI_PROTOCOL', text)
      }
      await this.pause(PAUSE * attempt, this.signal)
    }
  }

  /** An answer; an empty one is re-checked, for a controller that is still starting finds nothing, not even the root. */
  private async rechecked(ask: () => Promise<PageAnswer>): Promise<PageAnswer> {
    let answer = await ask()
    for (let recheck = 1; recheck <= RECHECKS && answer.totalCount === 0 && this.isFirstOfYoung; recheck += 1) {
      const root = await this.client.read(moPath('uni'), this.signal)
      if (root.totalCount === 0) await this.pause(PAUSE * 4 * recheck, this.signal)
      answer = await ask()
      // An answer after the root was seen is true. (Some accounts never see the root.)
      if (root.totalCount > 0) break
    }
    return answer
  }

  /** Whether no object has come, and the session is so young that its controller may still be starting. */
  private get isFirstOfYoung(): boolean {
    const { state } = this.client
    return this.count === 0 && state.phase === 'up' && Date.now() - state.since < YOUNG
  }

  /** The objects of an answer that are new, up to the limit. */
  private pageOf({ objects, totalCount }: PageAnswer): ResultPage {
    this.total = totalCount
    const fresh: ManagedObject[] = []
    for (const object of objects) {
      if (this.isEnough) break
      const { dn } = object
      if (dn !== '' && this.seen.has(dn)) continue
      this.seen.add(dn)
      this.count += 1
      if (dn !== '' && this.given.has(dn)) continue
      this.givenCount += 1
      fresh.push(object)
    }
    return { objects: fresh, total: totalCount }
  }
}
