// Notes messages so that two versions of the code can be compared: by node and DN, and without what differs from run to run.

import type { AciMessage } from '../../nodes/runtime/message'

/** Messages in their order, by node and DN: `<which of the object's ids> <event> <origin> <changes> <parts>`. */
export type Messages = Readonly<Record<string, readonly string[]>>

export class Recorder {
  readonly messages: Record<string, string[]> = {}
  private readonly ids = new Map<string, string[]>()

  take(node: string, { payload, parts }: AciMessage): void {
    const { id, event, origin, dn, changes } = payload
    const key = `${node} ${dn}`
    const words: (string | number)[] = [this.ordinal(key, id), event, origin]
    if (changes !== undefined) words.push(JSON.stringify(changes))
    if (parts !== undefined) words.push(parts.count === undefined ? 'part' : 'last part')
    const lines = (this.messages[key] ??= [])
    lines.push(words.join(' '))
  }

  /** Ids have times and digests in them; which of an object's ids one is says as much, whenever it was. */
  private ordinal(key: string, id: string): number {
    const ids = this.ids.get(key) ?? []
    this.ids.set(key, ids)
    if (!ids.includes(id)) ids.push(id)
    return ids.indexOf(id) + 1
  }
}
