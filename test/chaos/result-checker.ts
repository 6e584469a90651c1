// What a node that sends its whole result has sent last, and whether each message is in itself as it should be.

import type { ResultMessage, ResultObject } from '../../nodes/runtime/result-publisher'
import { differencesOf, type StoredObject, type Violation } from './checker'

export class ResultChecker {
  private objects: ReadonlyMap<string, StoredObject> = new Map()
  /** Messages that came. */
  count = 0

  constructor(
    readonly node: string,
    private readonly violated: (violation: Violation) => void
  ) {}

  take({ payload, aci: { count } }: ResultMessage): void {
    const objects = payload as ResultObject[]
    this.count += 1
    this.objects = new Map(objects.map((object) => [object.dn, object]))
    const wrong = (text: string): void => this.violated({ kind: 'inconsistent', text: `${this.node}: ${text}` })
    if (this.objects.size !== objects.length) wrong('an object is in one message twice')
    if (count !== objects.length) wrong(`the message counts ${count} of ${objects.length} objects`)
    const dns = objects.map(({ dn }) => dn)
    if (dns.some((dn, index) => index > 0 && dn < dns[index - 1]!))
      wrong('the objects are not in the order of their DNs')
  }

  /** What the last message has otherwise than it is. */
  differences(expected: ReadonlyMap<string, StoredObject>): string[] {
    return differencesOf(this.node, this.objects, expected)
  }
}
