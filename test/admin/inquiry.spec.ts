// Requests of dialogs to an APIC: one client per visit, and short limits.

import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { mock } from 'node:test'
import { inquire } from '../../nodes/admin/inquiry'
import type { ServedNode } from '../../nodes/admin/served'
import { AciError, type RequestClient, type FabricState } from '../../nodes/apic'

describe('an inquiry', () => {
  let node: EventEmitter
  let state: FabricState
  let clients: number
  let closed: RequestClient[]
  const patient = new AbortController().signal

  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout'] })
    state = { phase: 'up', controller: 'https://apic1', version: '6.0(9c)', since: 0 }
    clients = 0
    closed = []
    node = Object.assign(new EventEmitter(), {
      problem: undefined,
      requestClient: () => {
        clients += 1
        return { number: clients, state }
      },
      closeClient: (client: RequestClient) => closed.push(client)
    })
  })
  afterEach(() => mock.timers.reset())

  const served = (): ServedNode => node as unknown as ServedNode

  const ask = (): Promise<number> =>
    inquire(served(), patient, (client) => Promise.resolve((client as unknown as { number: number }).number))

  /** One that gets no answer, and gives up when it is aborted. */
  const askInVain = (signal = patient): Promise<AciError> =>
    inquire(served(), signal, (_client, given) => {
      return new Promise<never>((_resolve, reject) => {
        given.addEventListener('abort', () => reject(new AciError('ACI_CLOSED', 'given up')))
      })
    }).then(
      () => assert.fail('it was answered'),
      (error: unknown) => error as AciError
    )

  it('goes over the connection of the one before, and a new one when nobody asked for a minute', async () => {
    assert.deepEqual([await ask(), await ask()], [1, 1])
    mock.timers.tick(59_999)
    assert.equal(await ask(), 1)
    assert.equal(closed.length, 0)
    mock.timers.tick(60_000)
    assert.equal(closed.length, 1)
    assert.equal(await ask(), 2)
  })

  it('hangs up with its node, and leaves no timer behind', async () => {
    await ask()
    node.emit('close')
    assert.equal(closed.length, 1)
    mock.timers.tick(60_000)
    assert.equal(closed.length, 1)
    assert.equal(node.listenerCount('close'), 1)
  })

  it('ends after half a minute', async () => {
    const error = askInVain()
    mock.timers.tick(30_000)
    assert.equal((await error).code, 'ACI_TIMEOUT')
  })

  it('ends soon where the connection is lost, with the reason', async () => {
    const reason = new AciError('ACI_UNREACHABLE', 'https://apic1 refuses connections')
    state = { phase: 'lost', error: reason, since: 0 }
    const error = askInVain()
    mock.timers.tick(2_000)
    assert.equal(await error, reason)
  })

  it('ends when nobody waits for it', async () => {
    const gone = new AbortController()
    const error = askInVain(gone.signal)
    gone.abort()
    assert.equal((await error).code, 'ACI_CLOSED')
  })

  it('is refused by a node whose settings are wrong', async () => {
    const problem = new AciError('ACI_CONFIG', 'no controller is configured')
    Object.assign(node, { problem })
    await assert.rejects(ask(), problem)
    assert.equal(clients, 0)
  })
})
