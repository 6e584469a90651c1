// A quorum for implausible readings, such as most objects gone: several over some seconds have to agree, and another
// controller where there is one.

import { AciError } from '../common/errors'
import type { Connection } from '../connection/connection'

/** So many readings in a row, and over so many ms, have to agree. */
const READINGS_TO_BELIEVE = 4
const TIME_TO_BELIEVE = 3_000

/** What another controller would have to contradict: so few objects of that path. */
export interface Claim {
  readonly connection: Connection
  readonly path: string
  readonly shown: number
}

/** Asks another controller whether it shows more than the claim; false as well where no other one can be asked. */
export type CrossCheck = (claim: Claim) => Promise<boolean>

export class Plausibility {
  private readings = 0
  /** On a clock that nobody sets, ms. */
  private since = 0

  constructor(
    private readonly crossCheck: CrossCheck,
    private readonly now: () => number = () => performance.now()
  ) {}

  /** A reading was believed. */
  reset(): void {
    this.readings = 0
  }

  /**
   * Something that was read is hard to believe.
   * @throws AciError ACI_PROTOCOL, on which it is read again after a while, unless enough readings say the same, and
   *   another controller as well where there is one
   */
  async question(text: string, claim?: Claim): Promise<void> {
    const now = this.now()
    if (this.readings === 0) this.since = now
    this.readings += 1
    // Readings that follow one another at once do not make each other truer.
    if (this.readings < READINGS_TO_BELIEVE || now - this.since < TIME_TO_BELIEVE) {
      throw new AciError('ACI_PROTOCOL', `${text}: reading again to be sure`)
    }
    if (claim === undefined || !(await this.crossCheck(claim))) return
    this.readings = 0
    throw new AciError('ACI_PROTOCOL', `${text}, but not on another controller`)
  }
}
