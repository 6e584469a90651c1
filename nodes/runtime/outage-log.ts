// Logs the outages of a connection: one line at the loss, one when all subscriptions are compared, none between them.

import type { AciError, FabricState, Outage } from '../apic'

/** Writes the lines. */
export interface Logger {
  log(text: string): void
  error(error: AciError): void
}

export class OutageLog {
  /** The error that was logged for the current outage. */
  private logged: { readonly phase: string; readonly code: string } | undefined
  /** The current connection, in words. */
  private connected = ''

  constructor(private readonly logger: Logger) {}

  /** Logs a new state of the fabric; during an outage, only another kind of error. */
  stateChanged(state: FabricState): void {
    if (state.phase === 'up') {
      this.connected = `connected to ${state.controller}${state.version === '' ? '' : ` (APIC ${state.version})`}`
      // After an outage, `recovered` writes the line when everything has been compared.
      if (this.logged === undefined) this.logger.log(this.connected)
    } else if (state.phase === 'lost' || state.phase === 'refused') {
      const { error, phase } = state
      if (this.logged?.phase === phase && this.logged.code === error.code) return
      this.logged = { phase, code: error.code }
      this.logger.error(error)
    }
  }

  /** Logs the end of an outage: connected, and everything compared. */
  recovered(outage: Outage): void {
    this.logged = undefined
    const again = outage.isFirst ? '' : ' again'
    const changes = changesOf(outage)
    this.logger.log(`${this.connected}${again} ${timesOf(outage)}${changes === '' ? '' : `: ${changes}`}`)
  }
}

/** `after 12 s (2026-11-24T10:00:00Z to 10:00:12Z)` */
function timesOf({ from, to }: Outage): string {
  const [start, end] = [from, to].map((ms) => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z')) as [string, string]
  const isSameDay = start.slice(0, 10) === end.slice(0, 10)
  // Of whole seconds, so that it is the difference of the two times.
  const seconds = Math.max(0, Math.floor(to / 1000) - Math.floor(from / 1000))
  return `after ${seconds} s (${start} to ${isSameDay ? end.slice(11) : end})`
}

function changesOf({ recovered, isFirst, compared, uncompared }: Outage): string {
  const { created, modified, deleted } = recovered
  const parts: string[] = []
  if (created + modified + deleted > 0) {
    parts.push(`${created} created, ${modified} modified, ${deleted} deleted recovered`)
  } else if (compared > 0 && !isFirst) {
    parts.push('nothing had changed')
  }
  if (uncompared > 0 && !isFirst) {
    parts.push(`${uncompared} ${uncompared === 1 ? 'subscription' : 'subscriptions'} could not be compared`)
  }
  return parts.join('; ')
}
