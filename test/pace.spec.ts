// A burst is read no faster than its messages are delivered: what waits in between is memory.

import assert from 'node:assert/strict'
import net from 'node:net'
import { mock } from 'node:test'
import { Readable } from 'node:stream'
import helper from 'node-red-node-test-helper'
import { Rig } from './rig'

/** Events that come at once: some megabytes, in pieces of 64 kB at most. */
const BURST = 4_000
/** Makes a frame as large as that of a fault. */
const TEXT = 'x'.repeat(600)
/** Messages that may wait for their delivery: what the network gives in one piece is read in one turn. */
const MOST_WAITING = 600

/** Keeps back what sockets that are connected to a port receive, and gives it to their readers all at once. */
class Dam {
  bytes = 0
  private readonly kept: (() => void)[] = []

  constructor(port: number) {
    const keep = (socket: net.Socket, chunk: Buffer): void => {
      this.bytes += chunk.length
      this.kept.push(() => Readable.prototype.push.call(socket, chunk))
    }
    mock.method(net.Socket.prototype, 'push', function (this: net.Socket, chunk: Buffer | null) {
      if (chunk === null || this.remotePort !== port) return Readable.prototype.push.call(this, chunk)
      keep(this, chunk)
      return true
    })
  }

  open(): void {
    mock.restoreAll()
    for (const give of this.kept) give()
  }
}

describe('a burst of events', () => {
  let rig: Rig

  afterEach(async () => {
    mock.restoreAll()
    await rig.stop()
  })

  it('never has more than a few of its messages waiting to be delivered', async () => {
    rig = await Rig.start({ auditLimit: 0, journalLimit: BURST })
    await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'fvTenant' }))
    await rig.subscribed('sub')
    const inbox = rig.inbox('sub')
    const node = helper.getNode('sub')
    const send = node.send.bind(node)
    let sent = 0
    let waiting = 0
    node.send = (message) => {
      sent += 1
      waiting = Math.max(waiting, sent - inbox.all.length)
      send(message)
    }

    const dam = new Dam(Number(new URL(rig.apic.url).port))
    for (let count = 0; count < BURST; count += 1) rig.apic.modify('uni/tn-common', { descr: `${count}${TEXT}` })
    const size = rig.apic.frames.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0)
    // Each frame has a head as well.
    while (dam.bytes <= size + 2 * BURST) await new Promise(setImmediate)
    assert.equal(sent, 0)
    dam.open()
    await inbox.take(BURST)
    assert.ok(waiting < MOST_WAITING, `${waiting} messages waited`)
  })
})
