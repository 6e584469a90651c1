// The health of a connection as the admin route shows it: for whoever may read it, so without account or secret.

import type { AciError, FabricReport, Recovered } from './apic'

export interface ShownError {
  readonly code: string
  /** The APIC's own words where there are any. */
  readonly reason: string
}

/** Times are ISO 8601 in UTC; what is not known, or is not so now, is null. */
export interface Health {
  readonly name: string
  readonly state: { readonly phase: string; readonly error?: ShownError }
  readonly controller: string | null
  readonly version: string | null
  readonly connectedSince: string | null
  /** How often the connection was made anew after a loss. */
  readonly reconnects: number
  /** Changes that were found by comparing, of all subscriptions. */
  readonly recovered: Recovered
  readonly outages: {
    readonly count: number
    /** `to` is null while it lasts. */
    readonly last: { readonly from: string; readonly to: string | null } | null
  }
  readonly subscriptions: readonly {
    readonly path: string
    readonly phase: string
    readonly error?: ShownError
    /** Number of objects; null where none are kept. */
    readonly known: number | null
    readonly lastEvent: string | null
    readonly lastRefresh: string | null
    readonly recovered: Recovered
  }[]
}

export interface HealthInput {
  readonly name: string
  /** What is wrong with the settings. */
  readonly problem: AciError | undefined
  /** Undefined as long as nobody has needed a connection. */
  readonly report: FabricReport | undefined
  /** What an APIC may call the account when it refuses a login. */
  readonly names: readonly string[]
}

const NOTHING: FabricReport = {
  state: { phase: 'idle' },
  reconnects: 0,
  recovered: { created: 0, modified: 0, deleted: 0 },
  outages: { count: 0, last: undefined },
  subscriptions: []
}

export function healthOf({ name, problem, report = NOTHING, names }: HealthInput): Health {
  const { state, reconnects, recovered, outages, subscriptions } = report
  const error = problem ?? ('error' in state ? state.error : undefined)
  const { last } = outages
  return {
    name,
    state: { phase: state.phase, ...shown(error, names) },
    controller: 'controller' in state ? state.controller : null,
    version: 'version' in state && state.version !== '' ? state.version : null,
    connectedSince: state.phase === 'up' ? iso(state.since) : null,
    reconnects,
    recovered,
    outages: { count: outages.count, last: last === undefined ? null : { from: iso(last.from), to: isoOr(last.to) } },
    subscriptions: subscriptions.map((subscription) => ({
      path: subscription.path,
      phase: subscription.state.phase,
      ...shown('error' in subscription.state ? subscription.state.error : undefined, names),
      known: subscription.known ?? null,
      lastEvent: isoOr(subscription.lastEvent),
      lastRefresh: isoOr(subscription.lastRefresh),
      recovered: subscription.recovered
    }))
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}

function isoOr(ms: number | undefined): string | null {
  return ms === undefined ? null : iso(ms)
}

function shown(error: AciError | undefined, names: readonly string[]): { error?: ShownError } {
  return error === undefined ? {} : { error: { code: error.code, reason: names.reduce(without, error.reason) } }
}

/** The text without the name, where that stands as a word of its own. */
function without(text: string, name: string): string {
  const literal = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return text.replace(new RegExp(`(?<![\\w-])${literal}(?![\\w-])`, 'g'), '…')
}
