// Makes the client's patience shorter. It counts a connection as healthy after two minutes and waits up to half a minute
// between attempts; a run that breaks a connection every second would spend its time in these waits.

import { Backoff } from '../../nodes/apic/common/backoff'
import { Verifier, type Verifiable } from '../../nodes/apic/sync/verifier'

/** A second of the run counts as so many of the client's. */
const PACE = 60
/** The client's waits are so many times as long as those of the run. */
const SHARE = 4
/** What is suspect is read after so many ms, however often that was in vain. */
const DOUBT = 250

export function hurry(): void {
  const { prototype } = Backoff
  const afterLoss: unknown = Reflect.get(prototype, 'afterLoss')
  const afterFailure: unknown = Reflect.get(prototype, 'afterFailure')
  Verifier.prototype.soon = function (this: Verifier, one: Verifiable): void {
    this.later(one, DOUBT)
  }
  prototype.afterLoss = function (this: Backoff, livedMs: number): number {
    return (afterLoss as Backoff['afterLoss']).call(this, livedMs * PACE) / SHARE
  }
  prototype.afterFailure = function (this: Backoff): number {
    return (afterFailure as Backoff['afterFailure']).call(this) / SHARE
  }
}
