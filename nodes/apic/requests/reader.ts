// Reads the whole result of a query for a node, page by page: one page at a time, every object once, and all of them or
// an error.

import type { RequestClient, Reading } from './request-client'
import { AciError, toAciError } from '../common/errors'
import { assertAnotherPage, endOf, pageAfter, startOf, type PageNumber } from '../protocol/pages'
import {
  isSingle,
  moPath,
  ordered,
  orderOf,
  shapedPathOf,
  withParameters,
  type Query,
  type Question
} from '../protocol/query'
import { TooLarge } from '../transport/rest'
import { sleep } from '../common/waiting'
import type { ManagedObject } from '../protocol/wire'

/** The part of a request client that reads. */
export type Source = Pick<RequestClient, 'read' | 'state'>

/** A page of the result. Its objects are the receiver's own. */
export interface Part {
  readonly objects: readonly ManagedObject[]
  /** Matching objects, as the APIC counts them now: those of the questions that have been asked. */
  readonly total: number
}

/** Objects per page: one JSON.parse of so many blocks the loop for about 20 ms. Fewer where others come with each. */
const PAGE_SIZE = { no: 5_000, children: 1_000, full: 200 } as const
/** An APIC that finds a page too big is asked for this part of it. */
const SMALLER = 5
/** Objects that a page has in common with the one before. */
const OVERLAP = 50
/** A loaded APIC may give less than it says there is; so often it is asked for the same page. */
const SHORT_ANSWERS = 3
/** Times that everything is read again, for what slipped through between pages. */
const PASSES = 3
/** Times that an empty answer is doubted. */
const DOUBTS = 3
/** Before an answer that was short is asked for again, ms: the longer, the more often it was. */
const PAUSE = 300
/** A session younger than this, ms, may be one of a controller that is still starting. */
const YOUNG = 120_000

/** An APIC has no more than 100,000 objects in an answer, children included, and 90 s for it. */
function isTooMuch(error: AciError): boolean {
  return error instanceof TooLarge || /too big|resolve timeout/i.test(error.cause?.text ?? '')
}

/** The classes that the objects of a query have, or some of them; none where they cannot be told. */
function classesOf({ target, of, subtreeClasses }: Query): readonly string[] {
  if (subtreeClasses.length > 0) return subtreeClasses
  return target === 'class' ? [of] : []
}

/**
 * Reads the whole result of one question after the other. The next page is asked for when the receiver wants it, so that no more than one is in memory.
 *
 * Where an APIC orders the result by DN, every object that exists all the while is given once, whatever is created and
 * deleted meanwhile. In another order, or without one, objects may move from one page to another; then it is counted
 * whether all have come, and those that are missing are looked for again.
 * @param limit so many objects at most; 0 for all
 * @throws AciError ACI_PROTOCOL when the APIC does not give all that it says there is; else as {@link RequestClient.read}
 */
export async function* readAll(
  client: Source,
  questions: readonly Question[],
  limit: number,
  signal: AbortSignal,
  pause: typeof sleep = sleep
): AsyncGenerator<Part, void, undefined> {
  const given = new Set<string>()
  let count = 0
  for (const question of questions) {
    if (limit > 0 && count >= limit) return
    const reader = new Reader(client, question, limit === 0 ? 0 : limit - count, given, signal, pause)
    const earlier = count
    for await (const { objects, total } of reader.all()) {
      count += objects.length
      yield { objects, total: earlier + total }
    }
    if (questions.length > 1) for (const dn of reader.seen) given.add(dn)
  }
}

class Reader {
  private readonly path: string
  /** What there is at most one of is asked for as it is, without pages. */
  private readonly isSingle: boolean
  /** What pages are ordered by: as the user wants it, and then by DN. */
  private order: readonly string[]
  /** Whether objects keep their places in that order. */
  private isFirm: boolean
  /** Whether the APIC has accepted it. */
  private isTried = false
  /** Classes are not known beforehand: the order is that of the first object's class. */
  private isGuess: boolean
  private most: number
  /** DNs of what has come. */
  readonly seen = new Set<string>()
  /** Objects that have come, those without a DN as well. */
  private count = 0
  /** Those of them that were given. */
  private givenCount = 0
  private total = 0

  constructor(
    private readonly client: Source,
    private readonly question: Question,
    private readonly limit: number,
    /** DNs of what earlier questions gave. */
    private readonly given: ReadonlySet<string>,
    private readonly signal: AbortSignal,
    private readonly pause: typeof sleep
  ) {
    const { query, shape } = question
    const { include, children, orderBy } = shape
    this.path = shapedPathOf(query, shape)
    // What is related to the objects comes instead of them.
    const isOther = include.includes('no-scoped')
    this.isSingle = isSingle(question)
    const classes = isOther ? [] : classesOf(query)
    this.order = [...orderBy, ...classes.map((name) => `${name}.dn`)]
    this.isGuess = classes.length === 0
    this.isFirm = !isOther && orderBy.length === 0 && orderOf(query) !== undefined
    const size = children === 'no' && include.length > 0 ? PAGE_SIZE.children : PAGE_SIZE[children]
    this.most = limit > 0 ? Math.min(limit, size) : size
  }

  async *all(): AsyncGenerator<Part, void, undefined> {
    if (this.isSingle) {
      yield this.part(
        await this.certain(
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
      // In an order of the user's, what is missing now was created while this was read.
      if (!this.isFirm && this.isByDn && this.question.shape.orderBy.length > 0) return
      throw new AciError(
        'ACI_PROTOCOL',
        `the APIC gave ${this.count} of ${this.total} objects for ${this.path}: they moved from page to page`
      )
    }
  }

  /** Whether the order ends with the DN, so that no two objects have the same place. */
  private get isByDn(): boolean {
    return this.order.length > this.question.shape.orderBy.length
  }

  private get isEnough(): boolean {
    return this.limit > 0 && this.givenCount >= this.limit
  }

  /** Reads from the first page to the last one; tells whether nothing can be missing. */
  private async *pass(): AsyncGenerator<Part, boolean, undefined> {
    let position = 0
    let dropped = 0
    let isJoined = true
    let before = new Set<string>()
    let first = ''
    for (;;) {
      const number = pageAfter(position, this.most, this.isByDn ? OVERLAP : 0)
      const page = await this.page(number)
      // Too much for one answer, or another order: asked once more.
      if (page === undefined) continue
      const { objects, received, totalCount } = page
      assertAnotherPage(Math.floor(position / number.size), first, objects[0]?.dn, this.path)
      first = startOf(number) === 0 && position > 0 ? first : (objects[0]?.dn ?? first)
      if (position > 0 && !objects.some(({ dn }) => before.has(dn))) {
        // So much was deleted before this page that it begins after what was read: something is in between.
        if (this.isFirm && startOf(number) < position) return false
        isJoined = false
      }
      yield this.part(page)
      position = endOf(number)
      dropped += received - objects.length
      if (this.isEnough || (startOf(number) === 0 && position >= totalCount)) return true
      if (position >= totalCount) return (this.isFirm && isJoined) || this.count + dropped >= totalCount
      before = new Set(objects.map(({ dn }) => dn))
    }
  }

  /** One page; undefined when it has to be asked for in another way. */
  private async page(number: PageNumber): Promise<Reading | undefined> {
    try {
      const paging = { page: number.page, 'page-size': number.size }
      const path = withParameters(ordered(this.path, this.order), paging)
      const expected = ({ totalCount }: Reading): number => Math.min(number.size, totalCount - startOf(number))
      const reading = await this.certain(() => this.client.read(path, this.signal), expected)
      this.isTried = true
      return this.guesses(number, reading) ? undefined : reading
    } catch (thrown) {
      const error = toAciError(thrown)
      if (isTooMuch(error) && this.most > 1) this.most = Math.max(1, Math.floor(this.most / SMALLER))
      else if (error.cause?.status === 400 && !this.isTried && this.isByDn) this.leaveOrder()
      else throw error
      return undefined
    }
  }

  /** An APIC that does not know this order is asked without; where something else was wrong, it says so then. */
  private leaveOrder(): void {
    this.order = this.question.shape.orderBy
    this.isFirm = false
  }

  /** Whether there are several pages of objects whose classes were not known, and so an order to be tried. */
  private guesses(number: PageNumber, { objects, totalCount }: Reading): boolean {
    const name = objects[0]?.class
    const wanted = this.limit > 0 ? Math.min(this.limit, totalCount) : totalCount
    if (!this.isGuess || name === undefined || wanted <= endOf(number)) return false
    this.isGuess = false
    this.isTried = false
    this.order = [...this.order, `${name}.dn`]
    return true
  }

  /**
   * An answer that has all it says there is.
   * @throws AciError ACI_PROTOCOL where the APIC has no better one
   */
  private async certain(ask: () => Promise<Reading>, expected: (reading: Reading) => number): Promise<Reading> {
    for (let attempt = 1; ; attempt += 1) {
      const reading = await this.credible(ask)
      const { received } = reading
      if (received >= expected(reading)) return reading
      if (attempt === SHORT_ANSWERS) {
        const text = `the APIC gave ${received} of ${expected(reading)} objects for ${this.path}`
        throw new AciError('ACI_PROTOCOL', text)
      }
      await this.pause(PAUSE * attempt, this.signal)
    }
  }

  /** A controller that is still starting finds nothing, whatever it is asked, not even the root of the tree. */
  private async credible(ask: () => Promise<Reading>): Promise<Reading> {
    let reading = await ask()
    for (let doubt = 1; doubt <= DOUBTS && reading.totalCount === 0 && this.isFirstOfYoung; doubt += 1) {
      const root = await this.client.read(moPath('uni'), this.signal)
      if (root.totalCount === 0) await this.pause(PAUSE * 4 * doubt, this.signal)
      reading = await ask()
      // What was asked after the root had been seen is true; and an account may be one that never sees it.
      if (root.totalCount > 0) break
    }
    return reading
  }

  /** Whether the session is young enough for its controller to be starting yet, and has given nothing. */
  private get isFirstOfYoung(): boolean {
    const { state } = this.client
    return this.count === 0 && state.phase === 'up' && Date.now() - state.since < YOUNG
  }

  /** What of an answer has not been given, and is wanted. */
  private part({ objects, totalCount }: Reading): Part {
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
