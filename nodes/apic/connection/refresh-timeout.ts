// Chooses how long the subscriptions of a connection live without a refresh, and asks the APIC for it in each subscribe,
// until an APIC shows that it does not know `refresh-timeout`.

import { toAciError } from '../common/errors'
import { RANGES } from '../protocol/grammar'
import { withParameters } from '../protocol/query'
import type { Answer } from '../protocol/wire'

/** An APIC's default lifetime of a subscription, seconds. */
const DEFAULT_REFRESH_TIMEOUT = 60
/** Refreshes per second above which a connection asks for longer subscriptions. */
const REFRESHES_PER_SECOND = 50
/**
 * Where there are more than expected, the next ones live as long as so many times their number would need: those before go on
 * with the short life that they have.
 */
const HEADROOM = 4

export interface RefreshTimeoutOptions {
  /** Seconds a subscription lives without refresh; 0 chooses by their number. */
  readonly refreshTimeout: number
  /** How many subscriptions are going to be made at first, for that choice. */
  readonly expected: number
}

export interface RefreshTimeoutHost {
  /** Reads a path. */
  readonly get: (path: string) => Promise<Answer>
  /** Number of subscriptions that there are. */
  readonly count: () => number
  /** Called when the APIC turns out not to know the parameter, so that the period is another one. */
  readonly changed: () => void
}

export class RefreshTimeout {
  /** Seconds requested with `refresh-timeout`; undefined for the APIC's default. */
  private seconds: number | undefined
  /** This APIC has accepted the parameter: a later refusal has another reason. */
  private isAccepted = false
  /** How many the time was chosen for; any number, where it is configured. */
  private readonly expected: number

  /** @param version of the APIC, such as `5.2(7f)`; empty where it is unknown */
  constructor(
    version: string,
    { refreshTimeout, expected }: RefreshTimeoutOptions,
    private readonly host: RefreshTimeoutHost
  ) {
    // Releases before 4.0 do not know the parameter and refuse the request.
    const major = /^(\d+)\./.exec(version)?.[1]
    this.expected = refreshTimeout > 0 ? Infinity : expected
    if (major !== undefined && Number(major) < 4) return
    this.seconds = refreshTimeout > 0 ? refreshTimeout : secondsFor(expected)
  }

  /** Time between two refreshes, ms: a third of what a subscription lives, so that two refreshes may fail. */
  get periodMs(): number {
    return ((this.seconds ?? DEFAULT_REFRESH_TIMEOUT) * 1000) / 3
  }

  /**
   * Subscribes with `refresh-timeout` where that is requested. An old APIC of unknown version refuses the parameter in
   * undocumented words: if it accepts the same without the parameter, that was the reason.
   */
  async subscribe(path: string): Promise<Answer> {
    const count = this.host.count()
    if (count >= this.expected && this.seconds !== undefined) {
      this.seconds = secondsFor(Math.max(this.expected, (count + 1) * HEADROOM))
    }
    const asked = { subscription: 'yes', page: 0, 'page-size': 1 }
    if (this.seconds === undefined) return this.host.get(withParameters(path, asked))
    try {
      const answer = await this.host.get(withParameters(path, { ...asked, 'refresh-timeout': this.seconds }))
      this.isAccepted = true
      return answer
    } catch (thrown) {
      const error = toAciError(thrown)
      if (error.cause?.status !== 400 || this.isAccepted) throw error
      if (/refresh-?timeout/i.test(error.cause.text)) this.doWithout()
    }
    const answer = await this.host.get(withParameters(path, asked))
    this.doWithout()
    return answer
  }

  private doWithout(): void {
    this.seconds = undefined
    this.host.changed()
  }
}

/** Seconds that so many subscriptions have to live, for all of them to be refreshed three times in it. */
function secondsFor(count: number): number {
  const seconds = 3 * Math.ceil(count / REFRESHES_PER_SECOND)
  return Math.min(RANGES.refreshTimeout.max, Math.max(DEFAULT_REFRESH_TIMEOUT, seconds))
}
