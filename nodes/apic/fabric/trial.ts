// Tries settings before they are used: every controller, step by step, and what each step found. The steps are those of
// a real connection, and its code takes the last ones; afterwards nothing is left on the APIC.

import type { Login } from '../session/auth'
import { Connection } from '../connection/connection'
import { loginDomains } from '../session/domains'
import { AciError, toAciError } from '../common/errors'
import { Semaphore } from '../common/semaphore'
import { TooEarly, type LoginGuard } from '../session/login-guard'
import { probeTls, type Certificate, type Distrust } from '../transport/tls-probe'
import { areApart } from '../session/site'
import type { TlsOptions } from '../transport/transport'

/** `reach`: connect. `certificate`: shake hands and be trusted. `socket`: the websocket for events. */
export type TrialStepName = 'reach' | 'certificate' | 'domains' | 'login' | 'socket'

export interface TrialStep {
  readonly step: TrialStepName
  /** `skipped`: not tried, because of what went before or for the reason in `error`. */
  readonly outcome: 'good' | 'warning' | 'failed' | 'skipped'
  /** How long it took, whole ms; undefined where it was not tried. */
  readonly ms?: number
  readonly error?: AciError
  /** Of the step `certificate`. */
  readonly certificate?: Certificate
  /** Why it is not trusted; where the outcome is `warning` it is used all the same, because the settings say so. */
  readonly distrust?: Distrust
  /** Of a certificate that is trusted although old TLS is allowed. */
  readonly isLegacy?: true
  /** Of the step `login`: before the same may be tried again, ms. */
  readonly waitMs?: number
}

/** What was found at one controller. */
export interface ControllerTrial {
  /** Base URL. */
  readonly controller: string
  readonly steps: readonly TrialStep[]
  /** All that was to be tried went well. */
  readonly isGood: boolean
  /** Such as `6.0(9c)`; empty where it is not told. */
  readonly version: string
  /** Login domains, where those were asked for. */
  readonly domains: readonly string[]
}

export interface Trial {
  /** In the order of the settings. */
  readonly controllers: readonly ControllerTrial[]
  /** Whether those that were logged in to serve one fabric, as they should; undefined where that cannot be told. */
  readonly isOneFabric: boolean | undefined
}

export interface TrialOptions {
  /** Base URLs of what should be one cluster's controllers. */
  readonly controllers: readonly string[]
  readonly tls: TlsOptions
  /** Without one, no credentials are sent: the login domains are asked for instead. */
  readonly login: Login | undefined
  readonly guard: LoginGuard
  /** Limit of one request, ms. */
  readonly requestTimeoutMs: number
  /** Limit of the whole trial, ms. */
  readonly limitMs: number
  /** Aborted when nobody waits for the outcome any more. */
  readonly signal: AbortSignal
}

/** Time to connect, and for the handshake, ms. */
const GREETING_LIMIT = 5_000

/** Controllers that are tried at the same time, by all trials of this process. */
const semaphore = new Semaphore(4)

/**
 * Tries all controllers, several at a time; their logins one after the other until one is accepted, so that a wrong
 * password is sent once. Refusals count for the guard as those of a connection do.
 * @throws AciError ACI_CLOSED when the signal is given
 */
export async function tryOut(options: TrialOptions): Promise<Trial> {
  const stop = new AbortController()
  const abort = (): void => stop.abort()
  options.signal.addEventListener('abort', abort)
  if (options.signal.aborted) abort()
  const timer = setTimeout(abort, options.limitMs)
  try {
    const attempts = options.controllers.map((controller) => new Attempt(controller, options, stop.signal))
    await Promise.all(attempts.map((attempt) => attempt.run()))
    if (options.signal.aborted) throw new AciError('ACI_CLOSED', 'the test was given up')
    return { controllers: attempts.map((attempt) => attempt.outcome), isOneFabric: areOne(attempts) }
  } finally {
    clearTimeout(timer)
    options.signal.removeEventListener('abort', abort)
  }
}

function areOne(attempts: readonly Attempt[]): boolean | undefined {
  const [first, ...others] = attempts.map(({ site }) => site).filter((site) => site !== '')
  return first === undefined || others.length === 0 ? undefined : !others.some((site) => areApart(first, site))
}

/** One controller. */
class Attempt {
  /** What its fabric is told from others by; empty where it is not told. */
  site = ''
  private readonly steps: TrialStep[] = []
  private version = ''
  private domains: readonly string[] = []

  constructor(
    private readonly controller: string,
    private readonly options: TrialOptions,
    private readonly signal: AbortSignal
  ) {}

  get outcome(): ControllerTrial {
    const { controller, version, domains } = this
    const names: TrialStepName[] = ['reach', 'certificate', ...this.last]
    const steps = names.map((step): TrialStep => this.stepOf(step) ?? { step, outcome: 'skipped' })
    const isGood = steps.every(({ outcome }) => outcome === 'good' || outcome === 'warning')
    return { controller, steps, isGood, version, domains }
  }

  async run(): Promise<void> {
    let release: (() => void) | undefined
    try {
      release = await semaphore.acquire(this.signal)
      if (!(await this.greet())) return
      if (this.options.login === undefined) await this.ask()
      else await this.open(this.options.login)
    } catch (thrown) {
      // There was no time left to begin with it.
      if (this.steps.length === 0) this.steps.push({ step: 'reach', outcome: 'skipped', error: this.errorOf(thrown) })
    } finally {
      release?.()
    }
  }

  private get last(): readonly TrialStepName[] {
    return this.options.login === undefined ? ['domains'] : ['login', 'socket']
  }

  private stepOf(name: TrialStepName): TrialStep | undefined {
    return this.steps.find(({ step }) => step === name)
  }

  /** Connects and looks at the certificate; tells whether anything may be sent. */
  private async greet(): Promise<boolean> {
    const { tls, requestTimeoutMs } = this.options
    const clock = new StopWatch()
    try {
      const { certificate, distrust } = await probeTls(this.controller, {
        tls,
        limitMs: Math.min(GREETING_LIMIT, requestTimeoutMs),
        signal: this.signal,
        reached: () => this.steps.push({ step: 'reach', outcome: 'good', ms: clock.lap() })
      })
      if (certificate === undefined) {
        // Nothing is encrypted; nobody can say whether that is meant to be so.
        this.steps.push({ step: 'certificate', outcome: 'warning' })
        return true
      }
      const found = { step: 'certificate', ms: clock.lap(), certificate } as const
      if (distrust === undefined) {
        // It is trusted, by rules that protect little.
        const isLegacy = tls.legacy === true
        this.steps.push({ ...found, outcome: isLegacy ? 'warning' : 'good', ...(isLegacy ? { isLegacy } : {}) })
        return true
      }
      const isUsed = tls.rejectUnauthorized === false && tls.fingerprints === undefined
      const { reason, error } = distrust
      this.steps.push({ ...found, outcome: isUsed ? 'warning' : 'failed', distrust: reason, error })
      return isUsed
    } catch (thrown) {
      const step = this.steps.length === 0 ? 'reach' : 'certificate'
      this.steps.push({ step, outcome: 'failed', ms: clock.lap(), error: this.errorOf(thrown) })
      return false
    }
  }

  private async ask(): Promise<void> {
    const clock = new StopWatch()
    try {
      this.domains = await loginDomains(this.controller, this.options.tls, this.signal)
      this.steps.push({ step: 'domains', outcome: 'good', ms: clock.lap() })
    } catch (thrown) {
      this.steps.push({ step: 'domains', outcome: 'failed', ms: clock.lap(), error: this.errorOf(thrown) })
    }
  }

  /** Logs in, opens the socket, and leaves. */
  private async open(login: Login): Promise<void> {
    const { guard, controllers } = this.options
    const candidate = { account: login.account, controllers, secret: login.digest }
    let end: () => void
    try {
      end = await guard.turnNow(candidate, this.signal)
    } catch (thrown) {
      const wait = thrown instanceof TooEarly ? { waitMs: thrown.waitMs } : {}
      this.steps.push({ step: 'login', outcome: 'skipped', error: this.errorOf(thrown), ...wait })
      return
    }
    const clock = new StopWatch()
    const accepted = (): void => {
      guard.accepted(candidate)
      end()
      this.steps.push({ step: 'login', outcome: 'good', ms: clock.lap() })
    }
    try {
      const connection = await this.connect(login, accepted)
      this.steps.push({ step: 'socket', outcome: 'good', ms: clock.lap() })
      this.version = connection.facts.version
      this.site = connection.facts.site
      await connection.close()
    } catch (thrown) {
      const error = this.errorOf(thrown)
      const isRefused = error.code === 'ACI_AUTH'
      if (isRefused) guard.refused(candidate, error)
      const wait = isRefused ? { waitMs: guard.waitFor(candidate) } : {}
      const step = this.stepOf('login') === undefined ? 'login' : 'socket'
      this.steps.push({ step, outcome: 'failed', ms: clock.lap(), error, ...wait })
    } finally {
      end()
    }
  }

  private connect(login: Login, accepted: () => void): Promise<Connection> {
    const { tls, requestTimeoutMs } = this.options
    return Connection.open({
      controller: this.controller,
      tls,
      login,
      requestTimeoutMs,
      // It is closed long before any of these matter.
      heartbeatMs: 60_000,
      refreshTimeout: 0,
      expected: 0,
      signal: this.signal,
      step: (step) => {
        if (step === 'socket') accepted()
      },
      unreadable: ignore,
      dropped: ignore,
      ended: ignore,
      lost: ignore
    })
  }

  private errorOf(thrown: unknown): AciError {
    const { signal, limitMs } = this.options
    if (!this.signal.aborted || signal.aborted) return toAciError(thrown)
    return new AciError('ACI_TIMEOUT', `the test was given up after ${limitMs / 1000} s`)
  }
}

/** Times one thing after the other. */
class StopWatch {
  private since = performance.now()

  /** Whole ms since the last time, or the beginning. */
  lap(): number {
    const now = performance.now()
    const ms = Math.round(now - this.since)
    this.since = now
    return ms
  }
}

function ignore(): void {
  // What happens to a connection that is being closed is no news.
}
