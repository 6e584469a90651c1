// Which switches have come up again: a rebooted leaf may forget what it has to report, while socket and refreshes look
// as healthy as ever.

import { msOf } from '../store/change'
import type { WireObject } from '../protocol/wire'

/** Clocks and uptimes come from different machines; a boot this much later, ms, is another one. */
const TOLERANCE = 60_000

/** Path of a read that shows all of them. */
export const SYSTEMS = '/api/class/topSystem.json?page=0&page-size=5000'

export class Reboots {
  /** Epoch ms of the last boot, by DN of the system; undefined before the first look. */
  private boots: Map<string, number> | undefined

  /** @returns whether any of the systems has booted since the last look */
  look(systems: readonly WireObject[]): boolean {
    const isFirst = this.boots === undefined
    const boots = (this.boots ??= new Map<string, number>())
    let found = false
    for (const { dn, attributes } of systems) {
      const boot = bootOf(attributes)
      if (boot === undefined) continue
      // One that was not there at the last look has come up since, or come back.
      if (boot > (boots.get(dn) ?? -Infinity) + TOLERANCE) {
        found ||= !isFirst
        boots.set(dn, boot)
      }
    }
    return found
  }
}

/** Epoch ms; releases without `lastRebootTime` tell how long the system has been up. */
function bootOf(attributes: Readonly<Record<string, string>>): number | undefined {
  const bootAt = msOf(attributes['lastRebootTime'])
  if (bootAt !== undefined) return bootAt
  const now = msOf(attributes['currentTime'])
  const [, days, hours, minutes, seconds] = /^(\d+):(\d+):(\d+):(\d+)/.exec(attributes['systemUpTime'] ?? '') ?? []
  if (now === undefined || seconds === undefined) return undefined
  return now - ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60_000 - Number(seconds) * 1000
}
