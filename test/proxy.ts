// Proxies: one for TCP that breaks connections in ways a server cannot (one direction swallowed, bytes late or one by one),
// and one for HTTP that only tunnels.

import http from 'node:http'
import net from 'node:net'
import { sleep } from '../nodes/apic/common/waiting'
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

  /** Each piece arrives so much later than it was sent, ms, drawn anew each time; pieces keep their order. */
  slow(delay: () => number, pieces = Infinity): void {
    this.delay = delay
    this.pieces = pieces
  }

  /** Holds everything back until asked to go on; nothing of it is lost. */
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
    const ended = new AbortController()
    to.on('close', () => ended.abort())
    from.on('data', (data: Buffer) => {
      const due = performance.now() + this.delay()
      last = last.then(async () => {
        await this.go
        await sleep(due - performance.now(), ended.signal)
        if (ended.signal.aborted) return
        for (let at = 0; at < data.length; at += this.pieces) {
          if (!this.swallowed.has(direction)) to.write(data.subarray(at, at + this.pieces))
          if (this.pieces !== Infinity && at % 64 === 0) await new Promise(setImmediate)
        }
      })
    })
  }
}

interface Tunnels {
  readonly url: string
  /** Where tunnels went, as they were asked for. */
  readonly tunnels: string[]
  /** Credentials that came with the requests. */
  readonly credentials: string[]
  /** Connections of clients that stand. */
  readonly open: () => number
  close(): Promise<void>
}

/**
 * An HTTP proxy that only tunnels, and remembers where to.
 * @param answer a status with which it refuses; `nothing`: it never answers
 */
export async function startTunnels(answer?: number | 'nothing'): Promise<Tunnels> {
  const tunnels: string[] = []
  const credentials: string[] = []
  const sockets = new Set<net.Socket>()
  const clients = new Set<net.Socket>()
  const server = http.createServer((_, response) => response.writeHead(405).end())
  server.on('connection', (socket) => {
    sockets.add(socket)
    clients.add(socket)
    socket.on('close', () => clients.delete(socket))
  })
  server.on('connect', (request, client: net.Socket) => {
    tunnels.push(request.url ?? '')
    credentials.push(request.headers['proxy-authorization'] ?? '')
    client.on('error', () => undefined)
    if (answer === 'nothing') {
      // Its end is seen only by who reads, and nobody else answers it.
      client.on('end', () => client.end()).resume()
      return
    }
    if (answer !== undefined) {
      client.end(`HTTP/1.1 ${answer} No\r\nContent-Length: 0\r\n\r\n`)
      return
    }
    const [, host = '', port] = /^\[?(.*?)\]?:(\d+)$/.exec(request.url ?? '') ?? []
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
    credentials,
    open: () => clients.size,
    close: () => {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    }
  }
}

/** A SOCKS5 proxy that asks for nothing, and remembers where to. */
export async function startSocks(): Promise<Pick<Tunnels, 'url' | 'tunnels' | 'close'>> {
  const tunnels: string[] = []
  const sockets = new Set<net.Socket>()
  const server = net.createServer((client) => {
    sockets.add(client)
    client.on('error', () => undefined)
    client.once('data', () => {
      client.write(Buffer.from([5, 0]))
      client.once('data', (request: Buffer) => {
        const isName = request[3] === 3
        const length = isName ? request[4]! : 4
        const start = isName ? 5 : 4
        const address = request.subarray(start, start + length)
        const host = isName ? address.toString() : [...address].join('.')
        const port = request.readUInt16BE(start + length)
        tunnels.push(`${host}:${port}`)
        const upstream = net.connect(port, host, () => {
          client.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]))
          upstream.pipe(client).pipe(upstream)
        })
        sockets.add(upstream)
        upstream.on('error', () => undefined)
        client.on('close', () => upstream.destroy())
        upstream.on('close', () => client.destroy())
      })
    })
  })
  await listen(server, '127.0.0.1')
  return {
    url: `socks5h://127.0.0.1:${(server.address() as net.AddressInfo).port}`,
    tunnels,
    close: () => {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    }
  }
}

/** Forgets all proxies of the environment. @returns brings them back */
export function clearProxies(): () => void {
  const names = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY', 'NO_PROXY'].flatMap((name) => [name, name.toLowerCase()])
  const environment = names.map((name) => [name, process.env[name]] as const)
  for (const name of names) Reflect.deleteProperty(process.env, name)
  return () => {
    for (const [name, value] of environment) {
      if (value === undefined) Reflect.deleteProperty(process.env, name)
      else process.env[name] = value
    }
  }
}
