// What the log says of a connection: one line at a loss, one when everything is known again, nothing between them.

import type { AciError, FabricState, Outage } from '../apic'

/** Where lines go. */
export interface Tells {
  log(text: string): void
  error(error: AciError): void
}

export class Reporter {
  /** What was told of the outage that lasts. */
  private trouble: { readonly phase: string; readonly code: string } | undefined
  /** The connection that stands, in words. */
  private connected = ''

  constructor(private readonly tells: Tells) {}

  /** The fabric's state is another one. During an outage only another kind of trouble is news. */
  moved(state: FabricState): void {
    if (state.phase === 'up') {
      this.connected = `connected to ${state.controller}${state.version === '' ? '' : ` (APIC ${state.version})`}`
      // After an outage the line comes when everything has been compared.
      if (this.trouble === undefined) this.tells.log(this.connected)
    } else if (state.phase === 'lost' || state.phase === 'refused') {
      const { error, phase } = state
      if (this.trouble?.phase === phase && this.trouble.code === error.code) return
      this.trouble = { phase, code: error.code }
      this.tells.error(error)
    }
  }

  /** An outage is over: connected, and everything has been compared. */
  recovered(outage: Outage): void {
    this.trouble = undefined
    const again = outage.isFirst ? '' : ' again'
    const changes = changesOf(outage)
    this.tells.log(`${this.connected}${again} ${timesOf(outage)}${changes === '' ? '' : `: ${changes}`}`)
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
