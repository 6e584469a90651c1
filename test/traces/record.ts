// Required by mocha where the messages of a run of tests are to be compared with those of another version: notes what each
// test's nodes have sent.

import { appendFileSync } from 'node:fs'
import type { AciMessage } from '../../nodes/runtime/message'
import { Inbox } from '../rig'
import { Recorder } from './recorder'

/** Names the file that traces are written to. */
export const TRACES = 'ACI_TRACES'

const file = process.env[TRACES] ?? ''
let recorder = new Recorder()

const push: unknown = Reflect.get(Inbox.prototype, 'push')
Inbox.prototype.push = function (this: Inbox<unknown>, item: unknown): void {
  const { payload, aci } = item as Partial<AciMessage>
  if (aci !== undefined && payload?.event !== undefined) recorder.take(this.name, item as AciMessage)
  Reflect.apply(push as Inbox<unknown>['push'], this, [item])
}

export const mochaHooks: Mocha.RootHookObject = {
  beforeEach() {
    recorder = new Recorder()
  },
  afterEach(this: Mocha.Context) {
    const name = this.currentTest?.fullTitle() ?? ''
    appendFileSync(file, `${JSON.stringify({ name, messages: recorder.messages })}\n`)
  }
}
