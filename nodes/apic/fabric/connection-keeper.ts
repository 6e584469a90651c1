// Keeps one good connection to a cluster: which controller, how long to wait, when to renew. Its states are those of
// fabric-state.ts.

import { onAbort } from '../common/abort'
import { Backoff, type BackoffOptions, type Random } from '../common/backoff'
import { toAciError, AciError } from '../common/errors'
import { sleep } from '../common/waiting'
import { Connection, type ConnectionOptions } from '../connection/connection'
import type { FabricState } from '../connection/state'
import type { Candidate, LoginGuard } from '../session/login-guard'
import { Registrar } from '../sync/registrar'
import { transition, type FabricEvent } from './fabric-state'

/** A failed renewal is tried again after this share of what is left of the session. */
const RENEWAL_RETRY = 0.2

/** What every connection is opened with. */
type Opening = Pick<
  ConnectionOptions,
  'tls' | 'login' | 'requestTimeoutMs' | 'heartbeatMs' | 'refreshTimeout' | 'deliver' | 'unreadable' | 'dropped'
>

export interface KeeperOptions extends Opening {
  /** Base URLs of one cluster's controllers, tried in order. */
  readonly controllers: readonly string[]
  readonly guard: LoginGuard
  readonly candidate: Candidate
  readonly backoff: BackoffOptions
  readonly random: Random
}

export interface KeeperListener {
  /** How many subscriptions are going to be made. */
  expected(): number
  stateChanged(state: FabricState, event: FabricEvent): void
  /** From now on this connection is the one in use; queries are to be brought onto it. */
  use(connection: Connection): void
  /** The connection is over, before all had left it. */
  lost(connection: Connection): void
  /** A subscription id died although the connection lives. */
  idLost(connection: Connection, id: string): void
  /** Nothing is left to be brought onto the connection in use. @returns whether the one before has been left by all */
  settled(before: Connection | undefined): boolean
  /** The connection before has been left by all. */
  left(connection: Connection): void
}

/** A connection in use, with what brings queries onto it. */
interface Line {
  readonly connection: Connection
  readonly registrar: Registrar
  readonly ended: Promise<AciError>
}

export class ConnectionKeeper {
  private readonly backoff: Backoff
  private readonly stopping = new AbortController()
  private state_: FabricState = { phase: 'idle' }
  private line: Line | undefined
  /** The connection before, until every query has left it. */
  private before: Line | undefined
  /** Those that have nothing left to do but to answer requests of nodes. */
  private readonly draining = new Set<Connection>()
  /** Attempts at a connection that nobody wants any more, until nothing is left of them. */
  private readonly givenUp = new Set<Promise<void>>()
  /** Index of the controller to try first. */
  private preferred = 0
  private running: Promise<void> | undefined

  constructor(
    private readonly options: KeeperOptions,
    private readonly listener: KeeperListener
  ) {
    this.backoff = new Backoff(options.backoff, options.random)
  }

  get state(): FabricState {
    return this.state_
  }

  /** The one in use; one that has just ended may still be. */
  get connection(): Connection | undefined {
    return this.line?.connection
  }

  /** What brings queries onto the connection in use. */
  get registrar(): Registrar | undefined {
    return this.line?.registrar
  }

  /** Given when the keeper is closed. */
  get signal(): AbortSignal {
    return this.stopping.signal
  }

  isStopped(): boolean {
    return this.stopping.signal.aborted
  }

  start(): void {
    if (!this.isStopped()) this.running ??= this.run()
  }

  /** The connection that takes over is of no use: the next one is made. */
  failHandover(error: AciError): void {
    if (this.before !== undefined) this.line?.connection.fail(error)
  }

  /** Another controller knows better: it is tried first. */
  prefer(controller: string): void {
    this.preferred = Math.max(0, this.options.controllers.indexOf(controller))
  }

  /** Nothing is begun any more; {@link close} is the next call. */
  stop(): void {
    this.stopping.abort()
    this.line?.registrar.close()
  }

  /** Logs out and closes; resolves when nothing is left, within about two seconds. */
  async close(): Promise<void> {
    this.enter({ type: 'closed' })
    const connections = [this.line?.connection, this.before?.connection, ...this.draining]
    await Promise.all([...connections.map((connection) => connection?.close()), ...this.givenUp, this.running])
  }

  private async run(): Promise<void> {
    let line = await this.connect(this.preferred)
    while (line !== undefined) {
      this.use(line)
      const error = await this.endOrAfter(line, line.connection.renewAt - Date.now())
      if (this.isStopped()) break
      line = error === undefined ? await this.renew(line) : await this.replace(line, error)
    }
    await this.line?.connection.close()
  }

  /** Tries the controllers, round after round, until one of them serves; undefined when nobody wants it any more. */
  private async connect(first: number): Promise<Line | undefined> {
    const { controllers } = this.options
    for (let attempt = first; ; attempt += 1) {
      if (this.isStopped()) return undefined
      const index = attempt % controllers.length
      try {
        const line = await this.open(controllers[index] ?? '', (error) => this.enter({ type: 'refused', error }))
        this.preferred = index
        return line
      } catch (thrown) {
        if (this.isStopped()) return undefined
        const error = toAciError(thrown)
        if (error.code === 'ACI_AUTH') {
          // The other controllers know the same accounts; asking them too would only bring the lock nearer.
          this.enter({ type: 'refused', error })
          continue
        }
        const place = (attempt - first) % controllers.length
        this.enter({ type: 'troubled', error, at: Date.now(), isFirst: place === 0 })
        if (place === controllers.length - 1) await this.sleep(this.backoff.afterFailure())
      }
    }
  }

  /** @param refused called with an earlier refusal of the same login for which this one has to wait */
  private async open(
    controller: string,
    refused?: (error: AciError) => void,
    signal: AbortSignal = this.signal
  ): Promise<Line> {
    const { guard, candidate } = this.options
    const end = await guard.turn(candidate, signal, refused)
    try {
      return await this.openNow(controller, signal, () => {
        guard.accepted(candidate)
        end()
      })
    } catch (thrown) {
      const error = toAciError(thrown)
      if (error.code === 'ACI_AUTH') guard.refused(candidate, error)
      throw error
    } finally {
      end()
    }
  }

  /** @param accepted called as soon as the login is accepted, whatever becomes of the connection */
  private async openNow(controller: string, signal: AbortSignal, accepted: () => void): Promise<Line> {
    let reportEnd: (error: AciError) => void = () => undefined
    const ended = new Promise<AciError>((resolve) => (reportEnd = resolve))
    const connection = await Connection.open({
      ...this.options,
      controller,
      expected: this.listener.expected(),
      signal,
      step: (step) => {
        if (step === 'socket') accepted()
        this.enter({ type: 'step', step, controller })
      },
      ended: (error) => reportEnd(error),
      lost: (id) => {
        if (this.line?.connection === connection) this.listener.idLost(connection, id)
      }
    })
    const line: Line = {
      connection,
      registrar: new Registrar(connection, this.options.random, () => this.settled(line)),
      ended
    }
    return line
  }

  /** All queries move to this connection; each one leaves the old one when it has been verified on the new. */
  private use(line: Line): void {
    this.line = line
    const { controller, facts, openedAt } = line.connection
    this.enter({ type: 'opened', controller, version: facts.version, since: openedAt })
    this.listener.use(line.connection)
  }

  private async replace(line: Line, error: AciError): Promise<Line | undefined> {
    const { connection, registrar } = line
    registrar.close()
    const { before } = this
    this.before = undefined
    const livedMs = Date.now() - connection.openedAt
    this.line = undefined
    this.enter({ type: 'ended', error, at: Date.now(), heardAt: connection.heardAt })
    this.listener.lost(connection)
    if (before !== undefined) {
      this.listener.lost(before.connection)
      this.drain(before.connection)
    }
    const [next] = await Promise.all([
      this.sleep(this.backoff.afterLoss(livedMs)).then(() => this.connect(this.preferred)),
      // Logging out of what is left runs beside it.
      connection.close()
    ])
    return next
  }

  /** The session nears its end: the next connection is made before this one is given up. */
  private async renew(line: Line): Promise<Line | undefined> {
    try {
      const next = await this.openBeside(line)
      if (next instanceof AciError) return await this.replace(line, next)
      line.registrar.close()
      this.before = line
      // It may end before all have left it.
      void line.ended.then(() => this.listener.lost(line.connection))
      return next
    } catch (thrown) {
      if (this.isStopped()) return undefined
      const error = toAciError(thrown)
      const left = line.connection.diesAt - Date.now()
      if (left <= 0) return this.replace(line, error)
      const { guard, candidate } = this.options
      const ended = await this.endOrAfter(line, Math.max(1_000, left * RENEWAL_RETRY, guard.waitFor(candidate)))
      if (this.isStopped()) return undefined
      return ended === undefined ? this.renew(line) : this.replace(line, ended)
    }
  }

  /**
   * The next connection, or why this one ended meanwhile: then that is an outage, and the attempt, which may take long,
   * is given up.
   */
  private async openBeside(line: Line): Promise<Line | AciError> {
    const turn = new AbortController()
    const giveUp = (): void => turn.abort()
    const unlink = onAbort(this.signal, giveUp)
    const attempt = this.open(line.connection.controller, undefined, turn.signal)
    const over = attempt.then(
      ({ connection }) => (turn.signal.aborted ? connection.close() : undefined),
      () => undefined
    )
    const first = await Promise.race([attempt, line.ended]).finally(unlink)
    if (first instanceof AciError) {
      giveUp()
      this.givenUp.add(over)
      void over.then(() => this.givenUp.delete(over))
    }
    return first
  }

  /** When every query is on this connection, the one before has nothing more to give. */
  private settled(line: Line): void {
    if (this.line !== line) return
    const { before } = this
    if (!this.listener.settled(before?.connection) || before === undefined) return
    this.before = undefined
    this.listener.left(before.connection)
    this.drain(before.connection)
  }

  /** Closes a connection that was replaced as soon as the requests are answered that were sent over it. */
  private drain(connection: Connection): void {
    this.draining.add(connection)
    void connection
      .quiet()
      .then(() => connection.close())
      .finally(() => this.draining.delete(connection))
  }

  /** Why the connection ended, or undefined when it still stands after so many ms. */
  private async endOrAfter(line: Line, ms: number): Promise<AciError | undefined> {
    const turn = new AbortController()
    const unlink = onAbort(this.signal, () => turn.abort())
    try {
      return await Promise.race([line.ended, sleep(ms, turn.signal).then(() => undefined)])
    } finally {
      unlink()
      turn.abort()
    }
  }

  private sleep(ms: number): Promise<void> {
    return sleep(ms, this.signal)
  }

  private enter(event: FabricEvent): void {
    const before = this.state_
    this.state_ = transition(before, event)
    if (this.state_ !== before) this.listener.stateChanged(this.state_, event)
  }
}
