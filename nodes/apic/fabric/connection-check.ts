// Tests settings before they are deployed: every controller, step by step, with a result for each step. The steps are
// those of a real connection, whose code takes the last ones; nothing is left on the APIC afterwards.

import type { Login } from '../session/auth'
import { Connection } from '../connection/connection'
import { loginDomains } from '../session/domains'
import { onAbort } from '../common/abort'
import { AciError, toAciError } from '../common/errors'
import { Semaphore } from '../common/semaphore'
import { TooEarly, type LoginGuard } from '../session/login-guard'
import { probeTls, type Certificate, type Distrust } from '../transport/tls-probe'
import { areApart } from '../session/site'
import type { TlsOptions } from '../transport/transport'

/** `reach`: connect. `certificate`: handshake and trust. `socket`: the websocket for events. */
export type TestStepName = 'reach' | 'certificate' | 'domains' | 'login' | 'socket'

export interface TestStepResult {
  readonly step: TestStepName
  /** `skipped`: not tried, because an earlier step failed or for the reason in `error`. */
  readonly outcome: 'good' | 'warning' | 'failed' | 'skipped'
  /** Duration, whole ms; undefined where it was not tried. */
  readonly ms?: number
  readonly error?: AciError
  /** Of the step `certificate`. */
  readonly certificate?: Certificate
  /** Why it is not trusted; with the outcome `warning`, the settings accept it all the same. */
  readonly distrust?: Distrust
  /** The certificate is trusted, but old TLS is allowed. */
  readonly isLegacy?: true
  /** Of the step `login`: time until the next try, ms. */
  readonly waitMs?: number
}

/** The result of one controller. */
export interface ControllerTestResult {
  /** Base URL. */
  readonly controller: string
  readonly steps: readonly TestStepResult[]
  /** No step failed or was skipped. */
  readonly isGood: boolean
  /** Such as `6.0(9c)`; empty where it is unknown. */
  readonly version: string
  /** Login domains, in a test without login. */
  readonly domains: readonly string[]
}

export interface ConnectionTestResult {
  /** In the order of the settings. */
  readonly controllers: readonly ControllerTestResult[]
  /** Whether the controllers serve one fabric, as they should; undefined where that is unknown. */
  readonly isOneFabric: boolean | undefined
}

export interface ConnectionTestOptions {
  /** Base URLs of what should be one cluster's controllers. */
  readonly controllers: readonly string[]
  readonly tls: TlsOptions
  /** Without one, no credentials are sent: the test lists the login domains instead. */
  readonly login: Login | undefined
  readonly guard: LoginGuard
  /** Limit of one request, ms. */
  readonly requestTimeoutMs: number
  /** Limit of the whole test, ms. */
  readonly limitMs: number
  /** Aborts the test. */
  readonly signal: AbortSignal
}

/** Limit of the connection and of the handshake, each, ms. */
const PROBE_LIMIT = 5_000

/** Limits the controllers that all tests of this process probe at the same time. */
const semaphore = new Semaphore(4)

/**
 * Tests all controllers, several at a time; the logins one after the other until one is accepted, so that a wrong
 * password is sent once. The guard counts refusals like those of a connection.
 * @throws AciError ACI_CLOSED when the signal is given
 */
export async function runConnectionTest(options: ConnectionTestOptions): Promise<ConnectionTestResult> {
  const stop = new AbortController()
  const abort = (): void => stop.abort()
  const unlink = onAbort(options.signal, abort)
  const timer = setTimeout(abort, options.limitMs)
  try {
    const tests = options.controllers.map((controller) => new ControllerTest(controller, options, stop.signal))
    await Promise.all(tests.map((test) => test.run()))
    if (options.signal.aborted) throw new AciError('ACI_CLOSED', 'the test was given up')
    return { controllers: tests.map((test) => test.result), isOneFabric: areOne(tests) }
  } finally {
    clearTimeout(timer)
    unlink()
  }
}

function areOne(tests: readonly ControllerTest[]): boolean | undefined {
  const [first, ...others] = tests.map(({ site }) => site).filter((site) => site !== '')
  return first === undefined || others.length === 0 ? undefined : !others.some((site) => areApart(first, site))
}

/** The test of one controller. */
class ControllerTest {
  /** Identity of its fabric; empty where it is unknown. */
  site = ''
  private readonly steps: TestStepResult[] = []
  private version = ''
  private domains: readonly string[] = []

  constructor(
    private readonly controller: string,
    private readonly options: ConnectionTestOptions,
    private readonly signal: AbortSignal
  ) {}

  get result(): ControllerTestResult {
    const { controller, version, domains } = this
    const names: TestStepName[] = ['reach', 'certificate', ...this.last]
    const steps = names.map((step): TestStepResult => this.stepOf(step) ?? { step, outcome: 'skipped' })
    const isGood = steps.every(({ outcome }) => outcome === 'good' || outcome === 'warning')
    return { controller, steps, isGood, version, domains }
  }

  async run(): Promise<void> {
    let release: (() => void) | undefined
    try {
      release = await semaphore.acquire(this.signal)
      if (!(await this.probe())) return
      if (this.options.login === undefined) await this.listDomains()
      else await this.logIn(this.options.login)
    } catch (thrown) {
      // The limit came before the first step.
      if (this.steps.length === 0) this.steps.push({ step: 'reach', outcome: 'skipped', error: this.errorOf(thrown) })
    } finally {
      release?.()
    }
  }

  private get last(): readonly TestStepName[] {
    return this.options.login === undefined ? ['domains'] : ['login', 'socket']
  }

  private stepOf(name: TestStepName): TestStepResult | undefined {
    return this.steps.find(({ step }) => step === name)
  }

  /** Connects and checks the certificate; returns whether the test may send anything. */
  private async probe(): Promise<boolean> {
    const { tls, requestTimeoutMs } = this.options
    const clock = new StopWatch()
    try {
      const { certificate, distrust } = await probeTls(this.controller, {
        tls,
        limitMs: Math.min(PROBE_LIMIT, requestTimeoutMs),
        signal: this.signal,
        reached: () => this.steps.push({ step: 'reach', outcome: 'good', ms: clock.lap() })
      })
      if (certificate === undefined) {
        // No TLS, which may be intended.
        this.steps.push({ step: 'certificate', outcome: 'warning' })
        return true
      }
      const found = { step: 'certificate', ms: clock.lap(), certificate } as const
      if (distrust === undefined) {
        // Old TLS protects little.
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

  private async listDomains(): Promise<void> {
    const clock = new StopWatch()
    try {
      this.domains = await loginDomains(this.controller, this.options.tls, this.signal)
      this.steps.push({ step: 'domains', outcome: 'good', ms: clock.lap() })
    } catch (thrown) {
      this.steps.push({ step: 'domains', outcome: 'failed', ms: clock.lap(), error: this.errorOf(thrown) })
    }
  }

  /** Logs in, opens the socket, logs out. */
  private async logIn(login: Login): Promise<void> {
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
      // The connection is closed long before any of these matter.
      heartbeatMs: 60_000,
      refreshTimeout: 0,
      expected: 0,
      signal: this.signal,
      step: (step) => {
        if (step === 'socket') accepted()
      },
      unreadable: ignore,
      deliver: ignore,
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

/** Measures one step after the other. */
class StopWatch {
  private since = performance.now()

  /** Whole ms since the last lap, or the start. */
  lap(): number {
    const now = performance.now()
    const ms = Math.round(now - this.since)
    this.since = now
    return ms
  }
}

function ignore(): void {
  // Events of a connection that is being closed do not matter.
}
