// Reads again at intervals what no event may have said: a good socket and a good refresh do not prove that events come.

import type { Random } from '../common/backoff'
import { toAciError } from '../common/errors'
import { LONGEST_TIMER } from '../common/waiting'
import type { Connection } from '../connection/connection'
import { Reboots, SYSTEMS } from '../sync/reboots'
import type { SyncedQuery } from '../sync/synced-query'

/** An APIC may say nothing when an object leaves a filter, so small results are compared often: interval in ms. */
const LOOK = 60_000
const SMALL_RESULT = 1_000

export interface AuditOptions {
  /** Time between audits, ms; 0 for none. */
  readonly auditMs: number
  /** Time between two looks at what a socket does not say, ms. */
  readonly lookMs: number | undefined
  readonly random: Random
}

/** What is audited. */
export interface Audited {
  readonly queries: readonly SyncedQuery[]
  readonly connection: Connection | undefined
  /** The query is to be joined once more. */
  add(query: SyncedQuery): void
  /** The query gives up its id, and is registered anew. */
  renew(query: SyncedQuery): void
}

export class Audits {
  private readonly reboots = new Reboots()
  private audit: NodeJS.Timeout | undefined
  private look: NodeJS.Timeout | undefined
  private isClosed = false

  constructor(
    private readonly audited: Audited,
    private readonly options: AuditOptions
  ) {}

  /** Counts both intervals from now on. */
  restart(): void {
    this.scheduleAudit()
    this.scheduleLook()
  }

  close(): void {
    this.isClosed = true
    clearTimeout(this.audit)
    clearTimeout(this.look)
  }

  private scheduleAudit(): void {
    clearTimeout(this.audit)
    const { auditMs, random } = this.options
    if (auditMs <= 0 || this.isClosed) return
    this.audit = setTimeout(
      () => void this.read(this.audited.queries).finally(() => this.scheduleAudit()),
      Math.min(LONGEST_TIMER, auditMs * (0.8 + random() * 0.4))
    )
  }

  private scheduleLook(): void {
    clearTimeout(this.look)
    if (this.isClosed) return
    this.look = setTimeout(() => void this.lookAround().finally(() => this.scheduleLook()), this.options.lookMs ?? LOOK)
  }

  private async read(queries: readonly SyncedQuery[]): Promise<void> {
    for (const query of queries) {
      if (this.isClosed) return
      // What was refused may be granted by now.
      if (query.state.phase === 'refused') this.audited.add(query)
      // Nobody waits for an audit; a second try is seen to where it can help.
      else await query.resync().catch(toAciError)
    }
  }

  /** Looks at what no event says: objects that left a filter, and switches that came up again. */
  private async lookAround(): Promise<void> {
    const { connection, queries } = this.audited
    if (connection === undefined) return
    await this.read(queries.filter(({ isFiltered, known = Infinity }) => isFiltered && known <= SMALL_RESULT))
    if (!(await this.hasRebooted(connection)) || this.audited.connection !== connection) return
    // A switch that came up again may have forgotten what it has to report: every query is registered anew.
    for (const query of this.audited.queries) this.audited.renew(query)
  }

  /** Whether a switch has come up since the last look. What cannot be read is left to the audit. */
  private async hasRebooted(connection: Connection): Promise<boolean> {
    const systems = await connection.get(SYSTEMS).catch(() => undefined)
    return systems !== undefined && this.reboots.look(systems.objects)
  }
}
