// One open event socket: what is sent on it, and what the faults of the day make of that.
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocket } from 'ws'
import type { Conditions } from './conditions'
import type { Random } from './random'
import type { Session } from './sessions'
import type { Receiver } from './subscriptions'

/** Whoever made the socket hears what happens on it. */
export interface SocketObserver {
  sent(socket: EventSocket, text: string): void
  withheld(socket: EventSocket, text: string): void
  pinged(socket: EventSocket): void
  closed(socket: EventSocket, code: number): void
}

/** Frames handed to the system together; more than that only costs memory. */
const TOGETHER = 256

export class EventSocket implements Receiver {
  private corked = 0
  /** Frames and pongs on their slow way. */
  private readonly delayed: { pass: () => void; due: number }[] = []
  private readonly held: string[] = []

  constructor(
    /** Counts the sockets of a controller, from 1. */
    readonly id: number,
    readonly session: Session,
    private readonly ws: WebSocket,
    private readonly stream: Duplex,
    private readonly tcp: Socket | undefined,
    private readonly conditions: Conditions,
    private readonly random: Random,
    private readonly observer: SocketObserver
  ) {
    ws.on('ping', (data) => {
      observer.pinged(this)
      if (conditions.noPongs.isOn || conditions.silent.isOn) return
      // A stream keeps its order: a pong comes after the events that were sent before it.
      this.pass(() => {
        if (this.open) ws.pong(data)
      })
    })
    ws.on('close', (code) => {
      observer.closed(this, code)
    })
    // What went wrong is seen in the close that follows.
    ws.on('error', () => undefined)
    if (conditions.silent.isOn) this.freeze()
  }

  get open(): boolean {
    return this.ws.readyState === WebSocket.OPEN
  }

  /** Sends one event frame, as far as the present faults let it. */
  send(text: string): void {
    const { silent, duplicates, reorder } = this.conditions
    if (silent.isOn) {
      this.observer.withheld(this, text)
      return
    }
    const shuffled = reorder.current
    if (shuffled) {
      this.held.push(text)
      if (this.held.length < shuffled.value) return
      shuffled.strike()
      for (const late of this.held.splice(0).reverse()) this.dispatch(late)
      return
    }
    this.dispatch(text)
    const twice = duplicates.current
    if (twice) {
      twice.strike()
      this.dispatch(text)
    }
  }

  /** Sends bytes that need not be an event; a Buffer goes as a binary frame. */
  sendRaw(data: string | Buffer): void {
    if (this.open) this.ws.send(data, { binary: typeof data !== 'string' })
  }

  /** Closes with a close frame. */
  close(code: number, reason = ''): void {
    this.ws.resume()
    this.ws.close(code, reason)
  }

  /** Ends the connection without a close frame: an orderly end of the stream, or a reset. */
  cut(how: 'end' | 'reset' | 'mid-frame'): void {
    if (how === 'end') {
      this.ws.terminate()
      return
    }
    const reset = (): void => {
      if (this.tcp && !this.tcp.destroyed) this.tcp.resetAndDestroy()
      else this.stream.destroy()
    }
    if (how === 'reset') reset()
    // A text frame of 4096 bytes that ends after 18.
    else this.stream.write(Buffer.concat([Buffer.from([0x81, 126, 0x10, 0]), Buffer.from('{"subscriptionId":')]), reset)
  }

  /** Reads no more, so that pings and close frames stay unanswered too. */
  freeze(): void {
    this.ws.pause()
  }

  thaw(): void {
    this.ws.resume()
  }

  private dispatch(text: string): void {
    this.pass(() => {
      this.write(text)
    })
  }

  private pass(pass: () => void): void {
    const latency = this.conditions.latency.current
    if (!latency && this.delayed.length === 0) {
      pass()
      return
    }
    const previous = this.delayed.at(-1)?.due ?? 0
    const due = Math.max(previous, Date.now() + (latency ? draw(latency.value, this.random) : 0))
    this.delayed.push({ pass, due })
    if (this.delayed.length === 1) this.schedule(due)
  }

  /** One timer for the oldest: timers of their own could overtake each other. */
  private schedule(due: number): void {
    setTimeout(() => {
      const now = Date.now()
      while (this.delayed.length > 0 && this.delayed[0]!.due <= now) this.delayed.shift()!.pass()
      if (this.delayed.length > 0) this.schedule(this.delayed[0]!.due)
    }, due - Date.now()).unref()
  }

  private write(text: string): void {
    if (!this.open) return
    if (this.corked === 0) {
      this.stream.cork()
      process.nextTick(() => {
        this.uncork()
      })
    }
    this.corked += 1
    this.ws.send(text)
    this.observer.sent(this, text)
    if (this.corked >= TOGETHER) this.uncork()
  }

  private uncork(): void {
    if (this.corked === 0) return
    this.corked = 0
    this.stream.uncork()
  }
}

/** A latency's next value, ms. */
export const draw = (latency: number | { readonly min: number; readonly max: number }, random: Random): number =>
  typeof latency === 'number' ? latency : latency.min + random() * (latency.max - latency.min)
