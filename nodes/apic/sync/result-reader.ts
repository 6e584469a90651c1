// Reads the result of a query and compares it with the store: what is not trusted is taken as it is read; the rest is looked
// at once more where it differs.

import { AciError } from '../common/errors'
import type { Connection } from '../connection/connection'
import { isTransient } from '../connection/transient'
import type { Pager } from '../connection/pager'
import { isSureOf, moPath } from '../protocol/query'
import type { WireObject } from '../protocol/wire'
import type { Gap } from '../store/change'
import type { StoredObject } from '../store/object-store'
import type { EventIntake } from './event-intake'
import { existence, readObjects, SINGLE_READS } from './lookup'
import type { Plausibility } from './plausibility'
import type { ReadWindow } from './read-windows'
import type { Circumstances, ResultQuery } from './step'

/** A result of fewer objects than this may lose most of them by ordinary work. */
const MANY = 10

/** The query whose result is read. */
export interface ListedQuery extends ResultQuery {
  /** The objects have been read in full at some time, so that from then on differences are changes. */
  readonly isComplete: boolean
  readonly objects: Iterable<StoredObject<ResultQuery>>
  /** Their number; undefined when none are kept. */
  readonly known: number | undefined
}

/** Where it is read. */
export interface ReadSource {
  readonly connection: Connection
  /** Whether that connection serves the query no more. */
  readonly isOver: () => boolean
}

export class ResultReader {
  /**
   * @param arrive resolves when the events that led to what was read have come in
   * @param lookUp resolves when no object waits for a lookup of its own
   */
  constructor(
    private readonly query: ListedQuery,
    private readonly intake: EventIntake,
    private readonly pager: Pager,
    private readonly plausibility: () => Plausibility,
    private readonly arrive: () => Promise<void>,
    private readonly lookUp: () => Promise<unknown>
  ) {}

  /**
   * Reads everything and compares.
   * @returns why some of the objects could not be looked up
   * @throws AciError where trying again can help
   */
  async list(source: ReadSource, window: ReadWindow): Promise<AciError | undefined> {
    const { query } = this
    const { connection } = source
    const { store } = this.intake
    const gap = query.gap()
    const again = new Map<string, number>()
    const earlier = new Set<string>()
    const use = (row: WireObject): void => {
      if (!source.isOver()) this.row(row, window, gap, again, earlier)
    }
    const get = (path: string): ReturnType<Connection['get']> => connection.get(path)
    let pages = await this.pager.read(get, use)
    if (window.shown.size === 0) {
      // Nothing at all may be true, or an answer of a controller that was still starting: the next one is not.
      await this.assertStarted(connection)
      pages = await this.pager.read(get, use)
    }
    await this.arrive()
    if (query.hasSynced) await this.lookUp()
    if (source.isOver()) return undefined
    const isUntouched = (dn: string): boolean => (store.get(dn)?.eventMark ?? 0) <= window.since
    const missing: string[] = []
    for (const { dn } of query.objects) if (!window.shown.has(dn) && isUntouched(dn)) missing.push(dn)
    for (const dn of new Set([...this.expected(), ...query.hidden.dns])) if (!window.shown.has(dn)) missing.push(dn)
    // An event may have had it looked up since.
    const isReadSince = (dn: string, mark: number): boolean => (store.get(dn)?.readMark ?? 0) > mark
    const differing = [...again].flatMap(([dn, mark]) => {
      return isUntouched(dn) && !window.ended.has(dn) && !isReadSince(dn, mark) ? [dn] : []
    })
    const before = new Set(missing)
    let found = 0
    const failure = await this.confirm(source, [...missing, ...differing, ...earlier], earlier, (dn) => {
      if (before.has(dn)) found += 1
    })
    if (found > (pages > 1 ? SINGLE_READS : 0)) {
      await this.plausibility().question(`${found} objects were missing from ${query.path} that exist`)
    }
    return failure
  }

  /** What listeners expect to be there and the result does not have. */
  private expected(): Set<string> {
    const { query } = this
    const unseen = new Set<string>()
    for (const listener of query.listeners) {
      for (const dn of listener.expected(query)) {
        if (this.intake.store.get(dn)?.members.queries.has(query) !== true) unseen.add(dn)
      }
    }
    return unseen
  }

  /**
   * A row of a reading. An object of which an event spoke meanwhile is as that event says; another one that is trusted is
   * read once more where the row differs; what is not trusted is as the row says.
   */
  private row(row: WireObject, window: ReadWindow, gap: Gap, again: Map<string, number>, earlier: Set<string>): void {
    const { query } = this
    const { store } = this.intake
    const { dn } = row
    const known = store.get(dn)
    const isEnded = window.ended.has(dn) && known?.members.queries.has(query) !== true
    if (isEnded || (known === undefined && query.hasSynced)) {
      // It ended while the page was on its way, or was created once more, or its event is on its way.
      again.set(dn, store.readMark)
      return
    }
    window.shown.add(dn)
    if (known?.class === row.class && store.isTrusted(known)) {
      const isUntouched = known.eventMark <= window.since
      const isAsRead = store.matches(row)
      const isMember = known.members.queries.has(query)
      // An event that brings it into the result may be on its way; and what matches a filter is the row.
      const isNew = !isMember && !this.mayJoin(dn, isAsRead, isUntouched)
      if (!isNew) this.intake.steps.join(known, [query], this.found(row, gap), !query.isComplete)
      if (isNew || (isUntouched && !isAsRead)) again.set(dn, store.readMark)
    } else if (this.take(row, gap) === 'earlier') {
      earlier.add(dn)
    }
  }

  /** Whether an object that a row shows is in the result as it is known, so that no second read has to show it. */
  private mayJoin(dn: string, isAsRead: boolean, isUntouched: boolean): boolean {
    const { query } = this
    if (query.isComplete) return isAsRead && isUntouched && query.hidden.has(dn)
    return isAsRead || !query.isFiltered
  }

  private found({ raw, attributes }: Partial<WireObject>, gap: Gap): Circumstances {
    const { query } = this
    const modTs = attributes?.['modTs']
    const receivedAt = Date.now()
    if (!query.isComplete) return { origin: 'snapshot', receivedAt, modTs, raw }
    return { origin: 'recovered', receivedAt, modTs, raw, gap }
  }

  /** A row of an object of which something newer is known by now: what it tells is that it is in the result. */
  private noteRow(row: WireObject, gap: Gap): void {
    const { intake, query } = this
    const object = intake.store.get(row.dn)
    if (object?.class !== row.class) return
    if (!query.isFiltered) intake.steps.join(object, [query], this.found(row, gap), !query.isComplete)
    if (!object.members.queries.has(query) || !intake.store.matches(row)) query.suspect(row.dn)
  }

  /** @returns `earlier` where only a second read of the row is believed */
  private take(row: WireObject, gap: Gap, isSecond = false): 'taken' | 'earlier' {
    const { intake, query } = this
    const { store } = intake
    const taken = intake.take(row, [query], { origin: 'recovered', gap }, isSecond, false)
    if (taken === 'earlier') return 'earlier'
    const object = store.get(row.dn)
    if (object === undefined) return 'taken'
    const isFirst = !query.isComplete
    if (typeof taken === 'string') {
      intake.steps.join(object, [query], this.found(row, gap), isFirst)
      return 'taken'
    }
    // What others know of it is a change to them, even where it is the first reading of this one.
    const circumstances: Circumstances =
      taken.event === 'created' ? this.found(row, gap) : { ...this.found(row, gap), origin: 'recovered', gap }
    intake.steps.changed(taken, [query], circumstances, isFirst)
    return 'taken'
  }

  /**
   * Looks again at objects that a reading showed otherwise than they are known, or not at all: pages shift while they are
   * read. Their events wait meanwhile.
   * @param earlier those of which a reading has shown a state of an earlier time: if it still does, that is believed
   * @param onFound called with the DN of each one that is there
   * @returns why some of them could not be looked up
   * @throws AciError where not all of them could be looked up, and trying again can help; the others are sent
   */
  async confirm(
    source: ReadSource,
    dns: readonly string[],
    earlier: ReadonlySet<string>,
    onFound: (dn: string) => void = () => undefined
  ): Promise<AciError | undefined> {
    const { query } = this
    if (dns.length === 0) return undefined
    const { connection } = source
    const { intake } = this
    const { store, held } = intake
    const gap = query.gap()
    for (const dn of dns) held.claim(dn, query)
    /** Those whose events still wait for this. */
    const mine = new Set(dns)
    const since = { event: store.eventMark, read: store.readMark }
    // Another query may read the same object, and let its events pass.
    const isOutdated = (dn: string): boolean => {
      const { eventMark = 0, readMark = 0 } = store.get(dn) ?? {}
      return eventMark > since.event || readMark > since.read
    }
    try {
      const hadRoot = await this.assertStarted(connection)
      const { found, failed } = await readObjects(connection, query.query, this.pager, dns)
      const gone = dns.filter((dn) => !found.has(dn) && !failed.has(dn))
      // What was never seen is not gone.
      const vanished = gone.filter((dn) => !intake.inVain.has(dn) && !held.get(dn)?.mayBeGone)
      // What the reading has shown and is no part of the result yet counts as well: another controller shows it, too.
      const isOther = (dn: string): boolean => store.get(dn)?.members.queries.has(query) !== true
      const others = dns.filter((dn) => isOther(dn) && !intake.inVain.has(dn)).length
      if (vanished.length > 0) {
        await this.assertBelievable(connection, vanished.length, (query.known ?? 0) + others, hadRoot)
      }
      // What exists still, but is no part of the result, has left the filter.
      const exists = query.isFiltered ? await existence(connection, gone) : new Map<string, boolean>()
      if (source.isOver()) return undefined
      const again: string[] = []
      for (const row of found.values()) {
        onFound(row.dn)
        intake.inVain.delete(row.dn)
        if (isOutdated(row.dn)) this.noteRow(row, gap)
        else if (this.take(row, gap, earlier.has(row.dn)) === 'earlier') again.push(row.dn)
      }
      for (const dn of gone) {
        if (!isOutdated(dn)) this.gone(dn, exists.get(dn), gap)
        // What has been seen of it since says nothing of the filter.
        else if (query.isFiltered && !isOther(dn)) query.suspect(dn)
      }
      await this.arrive()
      if (source.isOver()) return undefined
      for (const dn of again) mine.delete(dn)
      for (const dn of [...mine].filter((each) => !failed.has(each))) {
        mine.delete(dn)
        intake.release(dn)
      }
      await this.confirm(source, again, new Set(again))
      let unresolved: AciError | undefined
      for (const [dn, error] of failed) {
        if (isTransient(error)) throw error
        unresolved = error
        query.suspect(dn)
      }
      return unresolved
    } finally {
      for (const dn of mine) {
        // Of a connection that is over, what waits may be older than what was read.
        if (connection.isOver) held.take(dn)
        else if (source.isOver()) intake.leaveToOthers(dn)
        else intake.releaseUncertain(dn)
      }
    }
  }

  /**
   * A reading does not show the object any more.
   * @param exists undefined where that is not known
   */
  private gone(dn: string, exists: boolean | undefined, gap: Gap): void {
    const { intake, query } = this
    const circumstances: Circumstances = { origin: 'recovered', receivedAt: Date.now(), gap }
    const hasLeft = exists === true
    const hidden = query.hidden.get(dn)
    if (hidden !== undefined) intake.steps.hiddenLeft(hidden, query, circumstances, hasLeft)
    const object = intake.store.get(dn)
    if (object === undefined) return
    // One that it never had, and is sure to match, is gone as well.
    if (!object.members.queries.has(query) && !isSureOf(query.query, object)) return
    // Others have it as long as nobody has seen that it is gone.
    if (query.isFiltered && exists !== false) intake.steps.leave(object, query, circumstances, hasLeft)
    else intake.steps.end(object, [query], circumstances)
  }

  /**
   * Rights that change hide much at once, and a controller may have lost touch with the others. So when most objects
   * seem gone, several readings over some seconds have to agree, and another controller where there is one.
   * @throws AciError ACI_PROTOCOL, on which the objects are read again after a while
   */
  private async assertBelievable(connection: Connection, gone: number, known: number, hadRoot: boolean): Promise<void> {
    const { query } = this
    if (known >= MANY && gone * 2 > known) {
      const claim = { connection, path: query.path, shown: known - gone }
      await this.plausibility().question(`${gone} of ${known} objects of ${query.path} seem gone`, claim)
    }
    if ((await this.assertStarted(connection)) !== hadRoot) {
      throw new AciError('ACI_PROTOCOL', 'the APIC has just begun to show objects: reading again')
    }
  }

  /**
   * A controller that is still starting answers every query with nothing, even for the root of the tree.
   * @returns whether there is a root: several readings without one are believed, for some users may not see it
   * @throws AciError ACI_PROTOCOL, on which the objects are read again after a while
   */
  private async assertStarted(connection: Connection): Promise<boolean> {
    const path = moPath('uni')
    const { objects } = await connection.get(path)
    if (objects.length > 0) return true
    await this.plausibility().question('the APIC shows nothing at all', { connection, path, shown: 0 })
    return false
  }
}
