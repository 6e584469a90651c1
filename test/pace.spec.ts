// A burst is read no faster than its messages are delivered: what waits in between is memory.

import assert from 'node:assert/strict'
import { join } from 'node:path'
import helper from 'node-red-node-test-helper'
import type { ApicCalls } from './bench/apic'
import { Worker } from './bench/rpc'
import { Rig } from './rig'

/** Events that an APIC sends as fast as it can. */
const BURST = 20_000
/** Now and then nothing is read for this time, ms, so that the burst piles up. */
const PILING_UP = 80
/** Messages between two such times. What the system keeps for a reader grows only while that one reads. */
const READ_BETWEEN = 400
/** Messages that may wait for their delivery: what the network gives in one piece is read in one turn. */
const MOST_WAITING = 600

describe('a burst of events', () => {
  let rig: Rig
  let apic: Worker<ApicCalls>

  afterEach(async () => {
    await rig.stop()
    await apic.stop()
  })

  it('never has more than a few of its messages waiting to be delivered', async () => {
    rig = await Rig.start()
    // In a process of its own: in this one it could not send while the package reads.
    apic = new Worker<ApicCalls>('the APIC', join(__dirname, 'bench', 'apic.ts'))
    const { port } = await apic.call('start', { tls: false })
    rig.credentials = { apic: { username: 'burst', password: 'password' } }
    await rig.load(
      rig.connection({ controllers: [`http://127.0.0.1:${port}`] }),
      rig.subscriber('sub', { classes: 'faultInst' })
    )
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
      // Whatever the machine does: now there is more than one turn could deliver.
      if (sent % READ_BETWEEN === 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PILING_UP)
    }

    await Promise.all([apic.call('blast', { token: 'burst', events: BURST, kind: 'full' }), inbox.take(BURST)])
    assert.ok(waiting < MOST_WAITING, `${waiting} messages waited`)
  })
})
