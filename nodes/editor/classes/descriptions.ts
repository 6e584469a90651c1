// What the APIC says of classes, asked for once per class and connection while a dialog is open. Without an answer, and
// without a connection, the dialog does with the catalogue.

import type { MetadataAnswer } from '../../admin/answers'

/** Asks a connection for its description of a class. */
export type AskDescription = (apic: string, className: string, signal: AbortSignal) => Promise<MetadataAnswer>

/** Classes that are asked for at a time: nobody filters by more, and a list may be pasted. */
const MOST = 20

export class Descriptions {
  private readonly answers = new Map<string, MetadataAnswer>()
  private readonly underway = new Map<string, Promise<void>>()
  private readonly listeners: (() => void)[] = []

  /**
   * @param apicInUse id of the chosen connection; undefined where there is none that could be asked
   * @param signal the dialog is closed
   */
  constructor(
    private readonly ask: AskDescription,
    private readonly apicInUse: () => string | undefined,
    private readonly signal: AbortSignal
  ) {}

  /** What the chosen connection said of a class; undefined as long as it has not. */
  of(className: string): MetadataAnswer | undefined {
    return this.answers.get(`${this.apicInUse() ?? ''} ${className}`)
  }

  /** Called whenever there is something new to know. */
  onNews(listener: () => void): void {
    this.listeners.push(listener)
  }

  /** Asks for what is not known yet; what failed before is tried again. It is settled when all answers are there. */
  async want(classNames: readonly string[]): Promise<void> {
    const apic = this.apicInUse()
    if (apic === undefined) return
    await Promise.all(classNames.slice(0, MOST).map((className) => this.wantOne(apic, className)))
  }

  private wantOne(apic: string, className: string): Promise<void> {
    const key = `${apic} ${className}`
    if (this.answers.has(key)) return Promise.resolve()
    let asking = this.underway.get(key)
    if (asking === undefined) {
      asking = this.ask(apic, className, this.signal)
        .then((answer) => {
          this.answers.set(key, answer)
          for (const listener of this.listeners) listener()
        })
        // The catalogue has to do.
        .catch(() => undefined)
        .finally(() => this.underway.delete(key))
      this.underway.set(key, asking)
    }
    return asking
  }
}
