// The websocket of a session: opens it, hands on its frames no faster than they are delivered, pings, closes. The only place
// that knows ws.

import WebSocket from 'ws'
import { onAbort } from '../common/abort'
import { AciError } from '../common/errors'
import type { Session } from '../session/auth'
import type { Rest } from '../transport/rest'
import { agentFor, transportError, type TlsOptions } from '../transport/transport'

/** Time for TCP, TLS and upgrade of the socket, ms; less where the limit of requests is shorter. */
export const HANDSHAKE_LIMIT = 10_000
/** A frame larger than this, bytes, ends the socket. */
const MAX_FRAME = 32 * 1024 * 1024
/** Time for a close frame to be answered, ms. */
const CLOSE_LIMIT = 1_000
/** Time for the pong of a flush, ms. */
const FLUSH_LIMIT = 500
/** The same, ms, for a peer that left such a ping unanswered: enough for its earlier events to arrive on a short way. */
const MUTE_LIMIT = 100
/** Frames read in one turn of the event loop; those that came in the same chunk are read all the same. */
const FRAMES_PER_TURN = 32

export interface SocketOptions {
  /** Base URL of the controller. */
  readonly controller: string
  readonly tls: TlsOptions
  readonly requestTimeoutMs: number
  /** Aborts the opening. */
  readonly signal: AbortSignal
}

export interface SocketListener {
  /** Something came in. */
  readonly sign: () => void
  /** A ping was answered, which is such a sign as well. */
  readonly pong: () => void
  readonly frame: (data: Buffer, isBinary: boolean) => void
  /** The socket failed, or is closed; may be called several times. */
  readonly ended: (error: AciError) => void
}

export class EventSocket {
  private framesInTurn = 0
  private flushes = 0
  /** Flushes that wait for pongs, by the payload of the ping. */
  private readonly marks = new Map<string, () => void>()
  /** The peer has left a ping unanswered, and answered none since. */
  private isMute = false

  /** @throws AciError why the socket cannot be opened */
  static open(options: SocketOptions, rest: Rest, session: Session): Promise<EventSocket> {
    const { controller, tls, requestTimeoutMs, signal } = options
    const limit = Math.min(HANDSHAKE_LIMIT, requestTimeoutMs)
    return new Promise((resolve, reject) => {
      let socket: WebSocket
      try {
        const { path, headers } = session.socket()
        socket = new WebSocket(controller.replace(/^http/, 'ws') + path, {
          headers: rest.withCookies(headers),
          agent: agentFor(controller, tls, { keepAlive: false }),
          handshakeTimeout: limit,
          maxPayload: MAX_FRAME,
          perMessageDeflate: false,
          followRedirects: false
        })
      } catch {
        // The original error spells out the URL, token and all.
        reject(new AciError('ACI_CONFIG', `${controller} is not a usable URL for a websocket`))
        return
      }
      const unlink = onAbort(signal, () => {
        socket.terminate()
        reject(new AciError('ACI_CLOSED', 'the connection was closed'))
      })
      socket.once('open', () => {
        unlink()
        resolve(new EventSocket(socket, controller))
      })
      socket.once('unexpected-response', (request, response) => {
        unlink()
        request.destroy()
        const status = response.statusCode ?? 0
        const refusal = { status, code: String(status), text: `websocket refused, HTTP ${status}` }
        reject(new AciError('ACI_UNREACHABLE', `${controller} refuses the websocket (HTTP ${status})`, refusal))
      })
      socket.on('error', (error) => {
        unlink()
        const isLate = error.message.includes('handshake has timed out')
        reject(
          isLate
            ? new AciError('ACI_TIMEOUT', `${controller} did not open the websocket within ${limit / 1000} s`)
            : transportError(error, controller)
        )
      })
    })
  }

  private constructor(
    private readonly socket: WebSocket,
    private readonly controller: string
  ) {}

  /** To be called once, as soon as the socket is open: what comes in before that is lost. */
  listen({ sign, pong, frame, ended }: SocketListener): void {
    this.socket.on('message', (data: Buffer, isBinary) => {
      // One sign is enough for all frames of a turn.
      if (this.framesInTurn === 0) sign()
      this.pace()
      frame(data, isBinary)
    })
    this.socket.on('pong', (data: Buffer) => {
      this.isMute = false
      this.reach(data.toString())
      pong()
    })
    this.socket.on('ping', sign)
    this.socket.on('error', (error) => ended(transportError(error, this.controller)))
    const closed = (code: number): void => {
      ended(new AciError('ACI_UNREACHABLE', `${this.controller} closed the socket (code ${code})`))
    }
    this.socket.on('close', closed)
    // The socket may have closed before this line: then there is no event any more.
    if (!this.isOpen) setImmediate(closed, 1006)
  }

  ping(): void {
    if (this.isOpen) this.socket.ping()
  }

  /**
   * Resolves when the events that the peer has sent so far have arrived, which the pong of a ping proves, or at a limit: answers
   * to requests may overtake events.
   */
  flush(): Promise<void> {
    if (!this.isOpen) return Promise.resolve()
    this.flushes += 1
    const mark = String(this.flushes)
    return new Promise((resolve) => {
      // A peer that left one ping unanswered will leave the next one, too: do not wait long again.
      const limit = this.isMute ? MUTE_LIMIT : FLUSH_LIMIT
      const timer = setTimeout(() => {
        this.isMute = true
        this.reach(mark)
      }, limit)
      this.marks.set(mark, () => {
        clearTimeout(timer)
        resolve()
      })
      this.socket.ping(mark)
    })
  }

  /** Lets nobody wait for a pong any longer. */
  endFlushes(): void {
    for (const mark of this.marks.keys()) this.reach(mark)
  }

  terminate(): void {
    this.socket.terminate()
  }

  /** Resolves when the peer has closed as well, or has taken too long. */
  close(): Promise<void> {
    const { socket } = this
    if (socket.readyState === WebSocket.CLOSED) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        socket.terminate()
      }, CLOSE_LIMIT)
      socket.once('close', () => {
        clearTimeout(timer)
        resolve()
      })
      socket.close(1000)
    })
  }

  private get isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN
  }

  private reach(mark: string): void {
    const reached = this.marks.get(mark)
    this.marks.delete(mark)
    reached?.()
  }

  /**
   * Pauses the socket until the frames read so far are delivered. Node-RED delivers messages in the next phase of the event
   * loop, and in a burst one phase of reading would pile up thousands of them; TCP holds the APIC back meanwhile.
   */
  private pace(): void {
    if (this.framesInTurn === 0) {
      setImmediate(() => {
        this.framesInTurn = 0
        this.socket.resume()
      })
    }
    this.framesInTurn += 1
    if (this.framesInTurn === FRAMES_PER_TURN) this.socket.pause()
  }
}
