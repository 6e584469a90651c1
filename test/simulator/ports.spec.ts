// A test must not meet what an earlier one left behind at the same address.

import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { listen } from './ports'

/** The system has some ten thousand ports to choose from: of so many servers it would give several the same one. */
const SERVERS = 600

describe('ports that the system chooses', () => {
  it('are given out once, also when they are free again', async () => {
    const ports = new Set<number>()
    for (let count = 0; count < SERVERS; count += 1) {
      const server = createServer()
      ports.add(await listen(server, '127.0.0.1'))
      await new Promise((resolve) => server.close(resolve))
    }
    assert.equal(ports.size, SERVERS)
  })

  it('are those that are asked for', async () => {
    const [first, second] = [createServer(), createServer()]
    const port = await listen(first, '127.0.0.1')
    await assert.rejects(listen(second, '127.0.0.1', port), { code: 'EADDRINUSE' })
    await new Promise((resolve) => first.close(resolve))
    assert.equal(await listen(second, '127.0.0.1', port), port)
    await new Promise((resolve) => second.close(resolve))
  })
})
