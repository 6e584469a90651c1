// A network within the process, whose only delays are timers: HTTP and websockets run over it as over TCP, and who governs
// the timers governs when each byte arrives.

import http from 'node:http'
import { Server, type AddressInfo } from 'node:net'
import { Duplex } from 'node:stream'
import type { Random } from '../chaos/changes'

/** Time that a chunk of bytes is on its way, ms: at least, and at most so much more. */
const LATENCY = 1
const JITTER = 4

/** One end of a connection, with what HTTP, ws and the simulator use of a socket. */
class End extends Duplex {
  connecting = false
  readonly remoteAddress = '127.0.0.1'
  private other: End | undefined
  private readonly underWay: (Buffer | null)[] = []
  private arrivesAt = 0
  private idle: NodeJS.Timeout | undefined
  private idleMs = 0

  constructor(
    readonly remotePort: number,
    private readonly random: Random
  ) {
    super({ allowHalfOpen: false })
  }

  join(other: End): void {
    this.other = other
  }

  override _read(): void {
    // Bytes come when they have arrived.
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.touch()
    this.transmit(chunk)
    done()
  }

  override _final(done: () => void): void {
    this.transmit(null)
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.idle)
    const { other } = this
    this.other = undefined
    // What was sent before arrives before.
    if (other !== undefined && !other.destroyed) {
      const code = this.isReset ? 'ECONNRESET' : undefined
      this.later(() => other.lose(code))
    }
    done(error)
  }

  private isReset = false

  resetAndDestroy(): this {
    this.isReset = true
    this.destroy()
    return this
  }

  setTimeout(ms: number, callback?: () => void): this {
    this.idleMs = ms
    if (callback !== undefined && ms === 0) this.off('timeout', callback)
    else if (callback !== undefined) this.once('timeout', callback)
    this.touch()
    return this
  }

  setNoDelay(): this {
    return this
  }

  setKeepAlive(): this {
    return this
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }

  private touch(): void {
    clearTimeout(this.idle)
    if (this.idleMs > 0 && !this.destroyed) this.idle = setTimeout(() => this.emit('timeout'), this.idleMs)
  }

  /** The bytes arrive in their order. */
  private transmit(chunk: Buffer | null): void {
    this.underWay.push(chunk)
    this.later(() => {
      const next = this.underWay.shift()
      if (next !== undefined) this.other?.receive(next)
    })
  }

  private later(action: () => void): void {
    const now = Date.now()
    this.arrivesAt = Math.max(this.arrivesAt, now + LATENCY + Math.floor(this.random() * JITTER))
    setTimeout(action, this.arrivesAt - now)
  }

  private receive(chunk: Buffer | null): void {
    if (this.destroyed) return
    this.touch()
    this.push(chunk)
  }

  private lose(code: string | undefined): void {
    if (this.destroyed) return
    if (code === undefined) this.push(null)
    else this.destroy(Object.assign(new Error('the connection was reset'), { code }))
  }
}

interface Destination {
  readonly port?: number | string | null | undefined
}

type Connect = (options: Destination, callback?: unknown) => Duplex

/** Takes the place of TCP for HTTP clients and for whatever listens in this process. @returns puts TCP back */
export function replaceNetwork(random: Random): () => void {
  const servers = new Map<number, Server>()
  let connections = 0
  const listen: unknown = Reflect.get(Server.prototype, 'listen')
  const agent = http.Agent.prototype as unknown as { createConnection: Connect }
  const { createConnection } = agent

  Server.prototype.listen = function (this: Server, ...given: unknown[]) {
    this.once('listening', () => {
      const { port } = this.address() as AddressInfo
      servers.set(port, this)
      this.once('close', () => servers.delete(port))
    })
    return Reflect.apply(listen as (...all: unknown[]) => Server, this, given)
  } as Server['listen']

  agent.createConnection = ({ port }) => {
    connections += 1
    const client = new End(Number(port), random)
    const remote = new End(connections, random)
    client.connecting = true
    setTimeout(() => {
      if (client.destroyed) return
      client.connecting = false
      const server = servers.get(Number(port))
      if (server?.listening !== true) {
        client.destroy(Object.assign(new Error('the connection was refused'), { code: 'ECONNREFUSED' }))
        return
      }
      client.join(remote)
      remote.join(client)
      client.emit('connect')
      server.emit('connection', remote)
    }, LATENCY)
    return client
  }
  return () => {
    Server.prototype.listen = listen as Server['listen']
    agent.createConnection = createConnection
  }
}
