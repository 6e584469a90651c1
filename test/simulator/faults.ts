// The faults a test can switch on, for one controller or for all of them. Each says what is undone and how.
import type { KeyPair } from './certificates'
import type { Conditions, FaultHandle, Latency, RequestRule, SubscribeTiming } from './conditions'
import type { EventSocket } from './sockets'
import type { Subscription } from './subscriptions'

/** Which changes nobody hears of. */
export interface Silence {
  /** Class names; absent: all. */
  readonly classes?: readonly string[]
  /** Only what stands at or below this DN: `topology/pod-1/node-101` is a leaf that stopped reporting. */
  readonly under?: string
}

/** What faults act upon: a controller, seen from here. */
export interface Faulty {
  readonly conditions: Conditions
  readonly sockets: readonly EventSocket[]
  admitWaiting(): void
  cutConnections(): void
  useCertificate(pair: KeyPair): void
  expireTokens(): number
  endSessions(): number
  dropSubscriptions(which: Chosen): number
  forget(why: 'reboot'): void
}

type Chosen = (subscription: Subscription<EventSocket>) => boolean
const all = (): boolean => true

/** Of several controllers each has the fault for itself: `times: 1` is then once for each. */
export class Faults {
  constructor(private readonly controllers: readonly Faulty[]) {}

  // --- REST

  /** Answers, delays or holds back the requests that match. Of several rules the first that matches counts. */
  request(rule: RequestRule): FaultHandle {
    return this.on(({ conditions }) => conditions.requests.on(rule, rule.times, rule.skip))
  }

  /** The web server is too busy: 503 with a page instead of JSON. */
  busy(rule: Pick<RequestRule, 'path' | 'method' | 'times' | 'skip'> = {}): FaultHandle {
    return this.request({ ...rule, status: 503 })
  }

  /** Queries find nothing, as on a controller that has answered too early after a start. */
  emptyAnswers(times?: number): FaultHandle {
    return this.on(({ conditions }) => conditions.snapshots.on({ kind: 'empty' }, times))
  }

  /** Answers carry only this part (0 to 1) of the objects that their totalCount promises. */
  truncateAnswers(keep = 0.5, times?: number): FaultHandle {
    return this.on(({ conditions }) => conditions.snapshots.on({ kind: 'truncate', keep }, times))
  }

  /** Every answer and every frame takes that much longer, ms; frames keep their order. */
  latency(ms: Latency): FaultHandle {
    return this.on(({ conditions }) => conditions.latency.on(ms))
  }

  // --- connections

  /** New connections are accepted, and TLS (or HTTP) never begins on them; undone, they go on. */
  stallTls(): FaultHandle {
    return this.on(
      ({ conditions }) => conditions.tlsStalled.on(true),
      (controller) => {
        controller.admitWaiting()
      }
    )
  }

  /** Whatever arrives is accepted and nothing is ever answered, on old connections and new; undone, it all goes on. */
  blackHole(): FaultHandle {
    const silence = this.goSilent()
    const hole = this.on(
      ({ conditions }) => conditions.blackHole.on(true),
      (controller) => {
        controller.admitWaiting()
      }
    )
    return both(hole, silence)
  }

  /** Resets every connection there is. */
  resetConnections(): void {
    for (const controller of this.controllers) controller.cutConnections()
  }

  /** Shows another certificate from now on; for plain HTTP an error. Undone by showing the old one. */
  certificate(pair: KeyPair): void {
    for (const controller of this.controllers) controller.useCertificate(pair)
  }

  // --- event sockets

  /** Closes the open sockets with a close frame. Returns how many there were. */
  dropSockets(code = 1001, reason = ''): number {
    return this.eachSocket((socket) => {
      socket.close(code, reason)
    })
  }

  /** Ends the open sockets without one: the stream ends, or it is reset, perhaps in the middle of a frame. */
  cutSockets(how: 'end' | 'reset' | 'mid-frame' = 'reset'): number {
    return this.eachSocket((socket) => {
      socket.cut(how)
    })
  }

  /** Socket requests are refused, or neither accepted nor refused. */
  refuseUpgrades(answer: 403 | 503 | 'stall' = 503, times?: number): FaultHandle {
    return this.on(({ conditions }) => conditions.upgrades.on({ answer }, times))
  }

  /** Sockets stay open, and neither frames nor pongs come; frames of that time are lost. */
  goSilent(): FaultHandle {
    return this.on(
      (controller) => {
        for (const socket of controller.sockets) socket.freeze()
        return controller.conditions.silent.on(true)
      },
      (controller) => {
        if (!controller.conditions.silent.isOn) for (const socket of controller.sockets) socket.thaw()
      }
    )
  }

  /** Frames come, pongs do not. */
  noPongs(): FaultHandle {
    return this.on(({ conditions }) => conditions.noPongs.on(true))
  }

  /** Sends anything to every open socket: text as a text frame, a Buffer as a binary one. */
  sendRaw(data: string | Buffer): number {
    return this.eachSocket((socket) => {
      socket.sendRaw(data)
    })
  }

  /** The next events are sent twice. */
  duplicateNextEvents(count = 1): FaultHandle {
    return this.on(({ conditions }) => conditions.duplicates.on(true, count))
  }

  /** The next `count` events of a socket are held and then sent last one first. */
  reorderNextEvents(count = 2): FaultHandle {
    return this.on(({ conditions }) => conditions.reorder.on(count, 1))
  }

  // --- sessions and subscriptions

  /** Tokens are refused from now on; sockets and subscriptions go on. Returns how many tokens that were. */
  expireTokens(): number {
    return this.sum((controller) => controller.expireTokens())
  }

  /** Ends all sessions and closes their sockets. */
  endSessions(): number {
    return this.sum((controller) => controller.endSessions())
  }

  /** Forgets subscriptions: refreshing one is an error, and nothing is sent for it. */
  loseSubscriptions(which: Chosen = all): number {
    return this.sum((controller) => controller.dropSubscriptions(which))
  }

  /** Events are not sent though all else looks well: refreshing succeeds, the socket is open. */
  silenceSubscriptions({ classes, under }: Silence = {}): FaultHandle {
    return this.on(({ conditions }) =>
      conditions.silenced.on(
        ({ object }) =>
          (classes?.includes(object.cls.name) ?? true) &&
          (under === undefined || object.dn === under || object.dn.startsWith(`${under}/`))
      )
    )
  }

  /** Governs what comes first when something is subscribed, and how long each step takes. */
  subscribeTiming(timing: SubscribeTiming): FaultHandle {
    return this.on(({ conditions }) => conditions.timing.on(timing))
  }

  /** All sessions, tokens and subscriptions are gone and every connection is cut; the port stays open. */
  reboot(): void {
    for (const controller of this.controllers) {
      controller.cutConnections()
      controller.forget('reboot')
    }
  }

  /** Undoes every fault that can be undone. */
  clear(): void {
    for (const controller of this.controllers) {
      controller.conditions.clear()
      for (const socket of controller.sockets) socket.thaw()
      controller.admitWaiting()
    }
  }

  private on(
    start: (controller: Faulty) => FaultHandle,
    afterUndo: (controller: Faulty) => void = () => undefined
  ): FaultHandle {
    const started = this.controllers.map((controller) => ({ controller, handle: start(controller) }))
    return {
      get active() {
        return started.some(({ handle }) => handle.active)
      },
      get hits() {
        return started.reduce((sum, { handle }) => sum + handle.hits, 0)
      },
      undo: () => {
        for (const { handle, controller } of started) {
          handle.undo()
          afterUndo(controller)
        }
      }
    }
  }

  private eachSocket(action: (socket: EventSocket) => void): number {
    return this.sum(({ sockets }) => {
      sockets.forEach(action)
      return sockets.length
    })
  }

  private sum(count: (controller: Faulty) => number): number {
    return this.controllers.reduce((total, controller) => total + count(controller), 0)
  }
}

const both = (first: FaultHandle, second: FaultHandle): FaultHandle => ({
  get active() {
    return first.active || second.active
  },
  get hits() {
    return first.hits
  },
  undo: () => {
    first.undo()
    second.undo()
  }
})
