// One level of the tree, as far as it was asked for: what is right below an object, page by page. Knows nothing of how it
// is shown.

import type { ChildAnswer, ChildrenAnswer } from '../../admin/answers'
import { classesOfDn } from '../dn/suggestions'

/** What is asked of the route; see ChildrenAnswer. */
export interface ChildrenQuery {
  readonly dn: string
  readonly filter?: string
  readonly class?: string
  readonly page?: number
  readonly size?: number
  readonly reload?: 'true'
}

/** @throws Error, with the reason in words; it need not settle once the signal is given */
export type AskChildren = (query: ChildrenQuery, signal: AbortSignal) => Promise<ChildrenAnswer>

/** What a level has to say behind its objects. */
export type Remark =
  | { readonly kind: 'asking' }
  | { readonly kind: 'failed'; readonly reason: string }
  /** Shown so far, and all that pass the filter. */
  | { readonly kind: 'more'; readonly shown: number; readonly total: number }
  | { readonly kind: 'cut' }
  | { readonly kind: 'none' }
  | { readonly kind: 'unmatched' }
  | { readonly kind: 'gone' }

/** As many as the route gives at once. */
const LARGEST_PAGE = 200

export class Level {
  private pages: ChildAnswer[] = []
  /** Objects that were looked for by name and are on none of the pages asked for. */
  private found: ChildAnswer[] = []
  private answer: ChildrenAnswer | undefined
  private wanted = ''
  /** There are more than are looked at. */
  private isCut = false
  private phase: 'new' | 'asking' | 'known' | { readonly reason: string } = 'new'
  private nextPage = 0
  private whole: number | undefined
  private request: AbortController | undefined

  /**
   * @param dn of the object above; empty at the top
   * @param isClass whether a filter is the name of a class
   * @param changed is called when there is something else to show; `isNew`: other objects, not only more of them
   */
  constructor(
    readonly dn: string,
    private readonly ask: AskChildren,
    private readonly isClass: (text: string) => boolean,
    private readonly changed: (isNew: boolean) => void
  ) {}

  get filter(): string {
    return this.wanted
  }

  /** Objects that pass the filter; undefined while that is not known. */
  get total(): number | undefined {
    return this.phase === 'known' ? this.answer?.total : undefined
  }

  /** Their number without a filter, if it is known. */
  get totalOfAll(): number | undefined {
    return this.whole
  }

  /** Nothing was asked yet. */
  get isNew(): boolean {
    return this.phase === 'new'
  }

  get isAsking(): boolean {
    return this.phase === 'asking'
  }

  get isEmpty(): boolean {
    return this.phase === 'known' && this.whole === 0
  }

  /** What is to be shown, each once. */
  get objects(): readonly ChildAnswer[] {
    return [...this.pages, ...this.found]
  }

  /** What is to be said behind them. */
  get remarks(): readonly Remark[] {
    if (this.phase === 'asking') return [{ kind: 'asking' }]
    if (typeof this.phase === 'object') return [{ kind: 'failed', reason: this.phase.reason }]
    if (this.answer === undefined) return []
    const { exists, total, isCut, size } = this.answer
    const remarks: Remark[] = []
    if (total > this.nextPage * size) remarks.push({ kind: 'more', shown: this.objects.length, total })
    if (total === 0) remarks.push({ kind: !exists ? 'gone' : this.wanted === '' ? 'none' : 'unmatched' })
    if (isCut) remarks.push({ kind: 'cut' })
    return remarks
  }

  /** Reads the first page, from the APIC itself if `isReload`. The promise settles when the answer is there. */
  async read({ isReload = false }: { readonly isReload?: boolean } = {}): Promise<void> {
    await this.readPage(0, isReload)
  }

  /** Reads on: the next page, or what could not be read. */
  async readOn(): Promise<void> {
    await this.readPage(this.nextPage, false)
  }

  /** Shows only what has this text somewhere; all that there is when it is empty. */
  async look(filter: string): Promise<void> {
    this.wanted = filter
    await this.readPage(0, false)
  }

  /**
   * The object of a DN right below, which is looked for if it is on none of the pages read; undefined when there is none.
   * @throws Error, with the reason in words
   */
  async find(dn: string): Promise<ChildAnswer | undefined> {
    const known = this.objects.find((object) => object.dn === dn)
    if (known !== undefined) return known
    // The roots that are offered are not all that an APIC has.
    const isAll = (this.answer?.total ?? 0) <= this.pages.length && !this.isCut && this.dn !== ''
    if (isAll) return undefined
    const found = await this.lookUp(dn)
    if (found === undefined) return undefined
    this.found.push(found)
    this.changed(false)
    return found
  }

  /** Nobody waits for an answer any more. */
  cut(): void {
    this.request?.abort()
  }

  private async lookUp(dn: string): Promise<ChildAnswer | undefined> {
    const rn = dn.slice(this.dn === '' ? 0 : this.dn.length + 1)
    const [only = '', ...others] = classesOfDn(dn)
    const className = others.length === 0 ? only : ''
    const signal = this.begin()
    const byClass = this.isCut && className !== '' ? { class: className } : {}
    const { objects } = await this.ask({ dn: this.dn, filter: rn, size: LARGEST_PAGE, ...byClass }, signal)
    const found = objects.find((object) => object.dn === dn)
    if (found !== undefined) return found
    // It may be beyond what is looked at, or beyond the first page of those with such a name in theirs.
    const { exists } = await this.ask({ dn, size: 1 }, signal)
    return exists ? { dn, rn, class: className, name: '', descr: '' } : undefined
  }

  private begin(): AbortSignal {
    this.request?.abort()
    this.request = new AbortController()
    return this.request.signal
  }

  private async readPage(page: number, isReload: boolean): Promise<void> {
    const signal = this.begin()
    this.phase = 'asking'
    this.changed(false)
    try {
      const answer = await this.ask(this.queryFor(page, isReload), signal)
      if (!signal.aborted) this.take(answer)
    } catch (thrown) {
      if (!signal.aborted) this.fail(page, thrown)
    }
  }

  /** Where not all are looked at, a class leads to those that were not. */
  private get isByClass(): boolean {
    return this.isCut && this.isClass(this.wanted)
  }

  private queryFor(page: number, isReload: boolean): ChildrenQuery {
    return {
      dn: this.dn,
      ...(this.wanted === '' ? {} : this.isByClass ? { class: this.wanted } : { filter: this.wanted }),
      ...(page === 0 ? {} : { page }),
      ...(isReload ? { reload: 'true' } : {})
    }
  }

  private take(answer: ChildrenAnswer): void {
    const isNew = answer.page === 0
    if (isNew) {
      this.pages = []
      this.found = []
    }
    // What is on a page may have moved since the page before was read.
    const known = new Set(this.pages.map(({ dn }) => dn))
    this.pages = [...this.pages, ...answer.objects.filter(({ dn }) => !known.has(dn))]
    const read = new Set(this.pages.map(({ dn }) => dn))
    this.found = this.found.filter(({ dn }) => !read.has(dn))
    if (!this.isByClass) this.isCut = answer.isCut
    this.answer = answer
    this.nextPage = answer.page + 1
    if (this.wanted === '') this.whole = answer.total
    this.phase = 'known'
    this.changed(isNew)
  }

  private fail(page: number, thrown: unknown): void {
    // What is there is the answer to another filter.
    if (page === 0) {
      this.pages = []
      this.found = []
      this.answer = undefined
    }
    this.nextPage = page
    this.phase = { reason: thrown instanceof Error ? thrown.message : String(thrown) }
    this.changed(page === 0)
  }
}
