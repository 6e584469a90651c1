// Ports that the system chooses, none of them twice in one process: a client may still know what it heard of the fabric
// that an earlier simulator was, by its address, and would take the next one there for the same.

import type { AddressInfo, Server } from 'node:net'

const given = new Set<number>()

/**
 * Begins to listen.
 * @param port 0 for one that nobody had yet
 * @returns the port
 * @throws Error with code EADDRINUSE when the port is taken
 */
export async function listen(server: Server, host: string, port = 0): Promise<number> {
  for (;;) {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host, port }, () => {
        server.off('error', reject)
        resolve()
      })
    })
    const { port: found } = server.address() as AddressInfo
    if (port !== 0 || !given.has(found)) {
      given.add(found)
      return found
    }
    await new Promise((resolve) => server.close(resolve))
  }
}
