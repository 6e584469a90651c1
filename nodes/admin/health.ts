// The health of a connection for the admin route, without account or secret.

import type { AciError, FabricReport } from '../apic'
import type { Health, ShownError } from './answers'

export interface HealthInput {
  readonly name: string
  /** The error in the settings. */
  readonly problem: AciError | undefined
  /** Undefined before the first use of the connection. */
  readonly report: FabricReport | undefined
  /** Names of the account in an APIC's refusals. */
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
