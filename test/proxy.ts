// Proxies: one for TCP that breaks connections in ways a server cannot (one direction swallowed, bytes late or one by one),
// and one for HTTP that only tunnels.

import http from 'node:http'
import net from 'node:net'
import { listen } from './simulator'

type Direction = 'up' | 'down'

export class TcpProxy {
  /** Directions in which nothing gets through any more. */
  private readonly swallowed = new Set<Direction>()
  private readonly sockets = new Set<net.Socket>()
  private delay: () => number = () => 0
  private pieces = Infinity
  private go: Promise<void> = Promise.resolve()
  private release: () => void = () => undefined

  private constructor(
    private readonly server: net.Server,
    private readonly target: URL
  ) {
    server.on('connection', (client) => this.connect(client))
  }

  static async to(url: string): Promise<TcpProxy> {
    const server = net.createServer()
    const proxy = new TcpProxy(server, new URL(url))
    await listen(server, '127.0.0.1')
    return proxy
  }

  get url(): string {
    return `${this.target.protocol}//127.0.0.1:${(this.server.address() as net.AddressInfo).port}`
  }

  /** Swallows what goes that way, on old connections and new ones. */
  swallow(direction: Direction): void {
    this.swallowed.add(direction)
  }

  /** Lets everything through again. Connections that have lost bytes are of no use, and are reset. */
  mend(): void {
    this.swallowed.clear()
    this.reset()
  }

  /** Holds back each piece for so long, ms, drawn anew each time; pieces keep their order. */
  slow(delay: () => number, pieces = Infinity): void {
    this.delay = delay
    this.pieces = pieces
  }

  /** Holds everything back until told to go on; nothing of it is lost. */
  stop(): void {
    this.go = new Promise((resolve) => (this.release = resolve))
  }

  goOn(): void {
    this.release()
  }

  /** Connections that stand. */
  get open(): number {
    return this.sockets.size / 2
  }

  reset(): void {
    for (const socket of this.sockets) socket.resetAndDestroy()
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy()
    await new Promise((resolve) => this.server.close(resolve))
  }

  private connect(client: net.Socket): void {
    const server = net.connect(Number(this.target.port), this.target.hostname)
    this.pass(client, server, 'up')
    this.pass(server, client, 'down')
    for (const socket of [client, server]) {
      this.sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        this.sockets.delete(socket)
        ;(socket === client ? server : client).destroy()
      })
    }
  }

  private pass(from: net.Socket, to: net.Socket, direction: Direction): void {
    let last = Promise.resolve()
    from.on('data', (data: Buffer) => {
      last = last.then(async () => {
        await this.go
        const wait = this.delay()
        if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
        for (let at = 0; at < data.length; at += this.pieces) {
          if (!this.swallowed.has(direction)) to.write(data.subarray(at, at + this.pieces))
          if (this.pieces !== Infinity && at % 64 === 0) await new Promise(setImmediate)
        }
      })
    })
  }
}

/** An HTTP proxy that only tunnels, and remembers where to. */
export async function startTunnels(): Promise<{ url: string; tunnels: string[]; close(): Promise<void> }> {
  const tunnels: string[] = []
  const sockets = new Set<net.Socket>()
  const server = http.createServer((_, response) => response.writeHead(405).end())
  server.on('connection', (socket) => sockets.add(socket))
  server.on('connect', (request, client: net.Socket) => {
    tunnels.push(request.url ?? '')
    const [host, port] = (request.url ?? '').split(':')
    const upstream = net.connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n')
      upstream.pipe(client).pipe(upstream)
    })
    sockets.add(upstream)
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client]
    ] as const) {
      socket.on('error', () => undefined)
      socket.on('close', () => other.destroy())
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as net.AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    tunnels,
    close: () => {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    }
  }
}

/** Forgets all proxies of the environment. @returns brings them back */
export function clearProxies(): () => void {
  const names = ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY', 'https_proxy', 'http_proxy', 'no_proxy']
  const environment = names.map((name) => [name, process.env[name]] as const)
  for (const name of names) Reflect.deleteProperty(process.env, name)
  return () => {
    for (const [name, value] of environment) {
      if (value === undefined) Reflect.deleteProperty(process.env, name)
      else process.env[name] = value
    }
  }
}
