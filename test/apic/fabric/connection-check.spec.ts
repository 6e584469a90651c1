// Settings that are tried before they are used: how much of it happens at a time, how long it may take, and by which way.

import assert from 'node:assert/strict'
import type { AciError } from '../../../nodes/apic'
import {
  LoginGuard,
  PasswordLogin,
  runConnectionTest,
  type ConnectionTestResult,
  type TestStepResult
} from '../../../nodes/apic'
import type { ConnectionTestOptions } from '../../../nodes/apic/fabric/connection-check'
import { ApicSimulator } from '../../simulator'
import { clearProxies, startTunnels } from '../../proxy'

type SimulatorOptions = NonNullable<Parameters<typeof ApicSimulator.start>[0]>

describe('a connection test', () => {
  let apic: ApicSimulator
  let guard: LoginGuard

  const begin = async (options: SimulatorOptions = {}): Promise<void> => {
    apic = await ApicSimulator.start({ fabric: 'empty', ...options })
    guard = new LoginGuard()
  }

  afterEach(async () => {
    apic.faults.clear()
    await apic.close()
  })

  const run = (options: Partial<ConnectionTestOptions> = {}): Promise<ConnectionTestResult> =>
    runConnectionTest({
      controllers: apic.urls,
      tls: { ca: apic.certificates.ca.cert },
      login: new PasswordLogin({ username: 'admin', password: 'password', domain: '' }),
      guard,
      requestTimeoutMs: 10_000,
      limitMs: 30_000,
      signal: new AbortController().signal,
      ...options
    })

  const stepsOf = ({ controllers }: ConnectionTestResult, index = 0): readonly TestStepResult[] =>
    controllers[index]!.steps

  const outcomesOf = (result: ConnectionTestResult, index = 0): string[] =>
    stepsOf(result, index).map(({ outcome }) => outcome)

  /** Connections that say nothing, on all controllers. */
  const heldBack = (): number => apic.controllers.reduce((sum, controller) => sum + controller.heldBack, 0)

  it('is of few controllers at a time', async () => {
    await begin({ controllers: 7 })
    apic.faults.stallTls()
    const stop = new AbortController()
    const test = run({ signal: stop.signal })
    await apic.until(() => heldBack() === 4)
    stop.abort()
    await assert.rejects(test, (error: AciError) => error.code === 'ACI_CLOSED')
    assert.equal(apic.counts.connections, 4)
    apic.faults.clear()
    assert.ok(
      (await run()).controllers.every(({ isGood }) => isGood),
      'its places are free again'
    )
  })

  it('logs in to one controller at a time until one is known to be good', async () => {
    await begin({ controllers: 3 })
    const slow = apic.faults.request({ path: '/api/aaaLogin', hang: true, times: 1 })
    const test = run()
    await apic.until(() => slow.hits === 1)
    // All of them have been looked at, and none but the first has been asked for a login.
    await apic.until(() => apic.counts.connections >= 4)
    assert.equal(apic.counts.requestsReceived, 1)
    slow.undo()
    assert.ok((await test).controllers.every(({ isGood }) => isGood))
  })

  it('ends in time, whatever a controller does, and says what it has come to', async () => {
    await begin({ controllers: 6 })
    const [first, second, third] = apic.controllers
    first!.faults.request({ path: '/api/aaaLogin', hang: true })
    second!.faults.stallTls()
    third!.faults.stallTls()
    const result = await run({ limitMs: 300 })

    assert.deepEqual(outcomesOf(result, 1), ['good', 'failed', 'skipped', 'skipped'])
    const errors = result.controllers.flatMap(({ steps }) => steps.flatMap(({ error }) => error ?? []))
    assert.ok(errors.length >= 3)
    for (const { code, message } of errors) {
      assert.equal(code, 'ACI_TIMEOUT')
      assert.match(message, /given up after 0.3 s/)
    }
    for (const stalled of [second!, third!]) stalled.faults.clear()
    await apic.until(() => apic.counts.connectionsClosed === apic.counts.connections)
    apic.faults.clear()
    assert.deepEqual([apic.sessions.length, apic.sockets.length], [0, 0])
  })

  it('does not begin when nobody waits for it', async () => {
    await begin()
    await assert.rejects(run({ signal: AbortSignal.abort() }), (error: AciError) => error.code === 'ACI_CLOSED')
    assert.equal(apic.counts.connections, 0)
  })

  it('of a login that one controller refuses and another takes counts both', async () => {
    await begin({ controllers: 2 })
    apic.controllers[0]!.faults.request({ path: '/api/aaaLogin', status: 401, text: 'not here' })
    const { controllers } = await run({ controllers: [apic.urls[0]!] })
    const login = controllers[0]!.steps.find(({ step }) => step === 'login')!
    assert.equal(login.error?.cause?.text, 'not here')
    assert.equal(login.waitMs! > 0, true)
    const { account, digest: secret } = new PasswordLogin({ username: 'admin', password: 'password', domain: '' })
    assert.ok(guard.waitFor({ account, secret, controllers: [apic.urls[0]!] }) > 0)
    const other = await run({ controllers: [apic.urls[1]!] })
    assert.equal(other.controllers[0]!.isGood, true)
  })

  describe('through a proxy of the environment', () => {
    it('goes the way that a connection goes, and sees the certificate behind it', async () => {
      const restore = clearProxies()
      const proxy = await startTunnels()
      try {
        await begin()
        process.env['HTTPS_PROXY'] = proxy.url
        const trusted = await run()
        assert.deepEqual(outcomesOf(trusted), ['good', 'good', 'good', 'good'])
        const strange = await run({ tls: {} })
        assert.deepEqual(outcomesOf(strange), ['good', 'failed', 'skipped', 'skipped'])
        assert.equal(stepsOf(strange)[1]!.certificate?.issuer, 'CN=APIC simulator CA')
        assert.deepEqual([...new Set(proxy.tunnels)], [new URL(apic.url).host])
        await proxy.close()
        const lost = stepsOf(await run())[0]!
        assert.deepEqual([lost.outcome, lost.error?.code], ['failed', 'ACI_UNREACHABLE'])
      } finally {
        restore()
        await proxy.close()
      }
    })
  })
})
