// A stand-in for an APIC that does as little as possible: login, one class to read and subscribe to, and a socket that
// is filled with frames made beforehand. A process of its own, so that its work is not the receiver's.

import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { generate } from 'selfsigned'
import { WebSocketServer } from 'ws'
import { clock, dnOf, Frames, OBJECTS, objectText, SUBSCRIPTION_ID, type FrameKind } from './frames'
import { serve } from './rpc'

/** Frames given to the socket at once: about 60 kB, what a read of the receiver takes. */
const CHUNK = 64
/** Time between two looks at the clock when frames are paced, ms. */
const TICK = 1

/** A receiver's connection: it is known by the token in its path, which at a login is the user's name. */
interface Session {
  readonly socket: Duplex
  /** Frames sent so far: each session goes through the sequence by itself, so that every frame is news. */
  position: number
}

const sessions = new Map<string, Session>()
/** How often each session has read the class to its end. */
const readings = new Map<string, number>()
const frames: Record<FrameKind, Frames> = { full: new Frames('full'), sparse: new Frames('sparse') }
const objects = Array.from({ length: OBJECTS }, (_, index) => ({ dn: dnOf(index), text: objectText(index) }))
const ordered = [...objects].sort((one, other) => (one.dn < other.dn ? -1 : 1))

// --- REST ---

interface Reply {
  readonly status: number
  readonly body: string
}

function imdata(elements: readonly string[], total = elements.length, extra = ''): Reply {
  return { status: 200, body: `{"totalCount":"${total}",${extra}"imdata":[${elements.join(',')}]}` }
}

function refusal(code: string, text: string): Reply {
  const body = JSON.stringify({ totalCount: '1', imdata: [{ error: { attributes: { code, text } } }] })
  return { status: 400, body }
}

function login(token: string): Reply {
  const attributes = {
    token,
    siteFingerprint: 'NdxD72K/uXaUK0wn',
    refreshTimeoutSeconds: '600',
    maximumLifetimeSeconds: '86400',
    guiIdleTimeoutSeconds: '1200',
    restTimeoutSeconds: '90',
    creationTime: '1795000000',
    firstLoginTime: '1795000000',
    userName: token,
    remoteUser: 'false',
    unixUserId: '15374',
    sessionId: randomBytes(16).toString('base64'),
    lastName: '',
    firstName: '',
    changePassword: 'no',
    version: '6.0(5h)',
    buildTime: 'Sat Feb 03 20:23:07 UTC 2024',
    node: 'topology/pod-1/node-1'
  }
  return imdata([JSON.stringify({ aaaLogin: { attributes } })])
}

function tokenOf(cookie: string | undefined): string {
  return /APIC-cookie=([^;]+)/.exec(cookie ?? '')?.[1] ?? ''
}

function readClass(parameters: URLSearchParams, token: string): Reply {
  const order = parameters.get('order-by')
  if (order !== null && !/^faultInst\.dn(\|asc|\|desc)?$/.test(order)) {
    return refusal('121', `Prop '${order}' not found in class 'faultInst' property table`)
  }
  const all = order === null ? objects : order.endsWith('|desc') ? ordered.toReversed() : ordered
  const size = Number(parameters.get('page-size') ?? OBJECTS)
  const start = Number(parameters.get('page') ?? 0) * size
  const page = all.slice(start, start + size).map(({ text }) => text)
  const isSubscribing = parameters.get('subscription') === 'yes'
  if (start + size >= OBJECTS && !isSubscribing) readings.set(token, (readings.get(token) ?? 0) + 1)
  const subscription = isSubscribing ? `"subscriptionId":"${SUBSCRIPTION_ID}",` : ''
  return imdata(page, OBJECTS, subscription)
}

function replyTo(path: string, parameters: URLSearchParams, cookie: string | undefined, body: string): Reply {
  switch (path) {
    case '/api/aaaLogin.json': {
      const user = JSON.parse(body) as { aaaUser: { attributes: { name: string } } }
      return login(user.aaaUser.attributes.name)
    }
    case '/api/aaaRefresh.json':
      return login(tokenOf(cookie))
    case '/api/aaaLogout.json':
    case '/api/subscriptionRefresh.json':
      return imdata([])
    case '/api/mo/uni.json':
      return imdata(['{"polUni":{"attributes":{"dn":"uni"}}}'])
    case '/api/class/faultInst.json':
      return readClass(parameters, tokenOf(cookie))
    default:
      return refusal('400', `Request failed, ${path} is not part of the benchmark`)
  }
}

async function handle(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  const url = new URL(request.url ?? '/', 'http://apic')
  const reply = replyTo(url.pathname, url.searchParams, request.headers.cookie, Buffer.concat(parts).toString())
  response.writeHead(reply.status, { 'Content-Type': 'application/json' }).end(reply.body)
}

// --- sockets ---

const upgrades = new WebSocketServer({ noServer: true, perMessageDeflate: false })

function attach(server: http.Server): void {
  server.on('request', (request: http.IncomingMessage, response: http.ServerResponse) => {
    handle(request, response).catch(() => response.writeHead(500).end())
  })
  server.on('upgrade', (request: http.IncomingMessage, socket: Duplex, head: Buffer) => {
    const token = /^\/socket(.+)$/.exec(request.url ?? '')?.[1]
    if (token === undefined) {
      socket.destroy()
      return
    }
    // ws does the handshake, pings and closing; frames go past it, which spares the sender most of its work.
    upgrades.handleUpgrade(request, socket, head, (peer) => {
      peer.on('error', () => peer.terminate())
      sessions.set(token, { socket, position: 0 })
    })
  })
}

async function listen(server: http.Server): Promise<number> {
  attach(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

function sessionOf(token: string): Session {
  const session = sessions.get(token)
  if (session === undefined) throw new Error(`${token} has not connected`)
  return session
}

/** The DN of the frame before that place. */
function lastDn({ position }: Session): string {
  return dnOf((position - 1) % OBJECTS)
}

const calls = {
  /** Begins to listen; with TLS on a second port. */
  async start({ tls }: { readonly tls: boolean }) {
    const port = await listen(http.createServer())
    const size = { full: frames.full.size, sparse: frames.sparse.size }
    if (!tls) return { port, tlsPort: 0, certificate: '', size }
    const { cert, private: key } = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }]
    })
    return { port, tlsPort: await listen(https.createServer({ cert, key })), certificate: cert, size }
  },

  /**
   * Waits until the session has read what there is for the second time, some seconds after it subscribed: what is read
   * here never changes, so that a reading later on would show that all events were wrong.
   */
  async settled({ token }: { readonly token: string }) {
    while ((readings.get(token) ?? 0) < 2) await new Promise((resolve) => setTimeout(resolve, 50))
  },

  /** Sends so many frames as fast as the receiver takes them. */
  async blast({ token, events, kind }: { readonly token: string; readonly events: number; readonly kind: FrameKind }) {
    const session = sessionOf(token)
    const { socket } = session
    for (let left = events; left > 0;) {
      const chunk = frames[kind].slice(session.position, Math.min(left, CHUNK))
      session.position += chunk.frames
      left -= chunk.frames
      if (!socket.write(chunk.bytes)) await once(socket, 'drain')
    }
    return { lastDn: lastDn(session) }
  },

  /** Sends so many frames, evenly spread, each with the time of its sending. */
  async pace({ token, events, rate }: { readonly token: string; readonly events: number; readonly rate: number }) {
    const session = sessionOf(token)
    const start = clock()
    let sent = 0
    while (sent < events) {
      await new Promise((resolve) => setTimeout(resolve, TICK))
      const due = Math.min(events, Math.floor(((clock() - start) * rate) / 1e6))
      for (; sent < due; sent += 1) {
        frames.full.stamp(session.position, clock())
        session.socket.write(frames.full.slice(session.position, 1).bytes)
        session.position += 1
      }
    }
    return { lastDn: lastDn(session) }
  }
}

export type ApicCalls = typeof calls

serve(calls)
