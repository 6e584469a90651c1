// Reads and writes of nodes over a simulated APIC that fails in every way: what is asked again, and what is not.

import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import {
  Fabric,
  LoginGuard,
  PasswordLogin,
  queriesOf,
  type AciError,
  type RequestClient,
  type FabricOptions
} from '../../../nodes/apic'
import { startTunnels } from '../../proxy'
import { Inbox } from '../../rig'
import { ApicSimulator } from '../../simulator'

type SimulatorOptions = NonNullable<Parameters<typeof ApicSimulator.start>[0]>

const TENANTS = '/api/class/fvTenant.json'
const patient = new AbortController().signal
const blue = { method: 'POST', path: '/api/mo/uni.json', body: '{"fvTenant":{"attributes":{"name":"blue"}}}' } as const

describe('a request client', () => {
  let apic: ApicSimulator
  let fabric: Fabric
  let client: RequestClient
  let states: Inbox<string>

  const begin = async (
    { password = 'password', ...options }: Partial<FabricOptions> & { password?: string } = {},
    simulated: SimulatorOptions = {}
  ): Promise<void> => {
    apic = await ApicSimulator.start({ fabric: 'empty', tls: false, ...simulated })
    states = new Inbox('states')
    fabric = new Fabric({
      controllers: apic.urls,
      tls: { rejectUnauthorized: false },
      login: new PasswordLogin({ username: 'admin', password, domain: '' }),
      guard: new LoginGuard(),
      requestTimeoutMs: 10_000,
      heartbeatMs: 15_000,
      refreshTimeout: 0,
      auditMs: 0,
      // No random waits.
      random: () => 0,
      stateChanged: () => undefined,
      unreadable: (error) => assert.fail(error),
      ...options
    })
    client = fabric.requestClient({ stateChanged: () => states.push(client.state.phase) })
  }

  afterEach(async () => {
    apic.faults.clear()
    await fabric.close()
    await apic.close()
  })

  const up = async (): Promise<void> => {
    if (client.state.phase !== 'up') await states.next((phase) => phase === 'up')
  }

  const refusal = (promise: Promise<unknown>): Promise<AciError> =>
    promise.then(
      () => assert.fail('it succeeded'),
      (error: unknown) => error as AciError
    )

  /** Requests that have come in and were none of the session's own. */
  const asked = (): number => apic.counts.requestsReceived - apic.counts.logins - apic.counts.logouts

  /** Waits until so many requests of clients have come in. */
  const until = async (count: number): Promise<void> => {
    await apic.until(() => asked() === count)
  }

  describe('that reads', () => {
    it('leaves no listener on a signal that lives longer', async () => {
      await begin()
      const { signal } = new AbortController()
      for (let count = 0; count < 3; count += 1) await client.read(TENANTS, signal)
      assert.equal(getEventListeners(signal, 'abort').length, 0)
    })

    it('gets whole objects, with what is below them by its DN and without what only events need', async () => {
      await begin()
      apic.create('fvTenant', 'uni/tn-blue', { descr: 'x' })
      apic.create('fvAp', 'uni/tn-blue/ap-web')
      apic.create('fvAEPg', 'uni/tn-blue/ap-web/epg-[a/b]')

      const answer = await client.read('/api/mo/uni/tn-blue.json?rsp-subtree=full', patient)

      assert.equal(answer.controller, apic.url)
      assert.equal(answer.totalCount, 1)
      const [tenant] = answer.objects
      assert.equal(tenant?.class, 'fvTenant')
      assert.equal(tenant.dn, 'uni/tn-blue')
      assert.equal(tenant.attributes['descr'], 'x')
      assert.deepEqual(
        ['status', 'childAction', 'rn'].filter((name) => name in tenant.attributes),
        []
      )
      const profile = tenant.children?.find((child) => child.class === 'fvAp')
      assert.equal(profile?.dn, 'uni/tn-blue/ap-web')
      const group = profile.children?.find((child) => child.class === 'fvAEPg')
      assert.equal(group?.dn, 'uni/tn-blue/ap-web/epg-[a/b]')
    })

    it('gets what has no place in the tree as well', async () => {
      await begin()
      apic.create('fvTenant', 'uni/tn-blue')
      const { objects } = await client.read(`${TENANTS}?rsp-subtree-include=count`, patient)
      assert.deepEqual(
        objects.map(({ class: name, dn }) => [name, dn]),
        [['moCount', '']]
      )
    })

    it('waits until a controller is there', async () => {
      await begin()
      await apic.controllers[0]!.down()
      const answer = client.read(TENANTS, patient)
      await states.next((phase) => phase === 'lost')
      await apic.controllers[0]!.up()
      assert.ok((await answer).totalCount > 0)
    })

    it('fails with the reason why there is no connection when none comes', async () => {
      await begin({ requestTimeoutMs: 300 })
      await apic.controllers[0]!.down()
      const error = await refusal(client.read(TENANTS, patient))
      assert.equal(error.code, 'ACI_UNREACHABLE')
      assert.match(error.message, /refuses connections/)
    })

    it('fails for want of a connection when the reason is unknown', async () => {
      await begin({ requestTimeoutMs: 300 })
      apic.faults.blackHole()
      const error = await refusal(client.read(TENANTS, patient))
      assert.equal(error.code, 'ACI_TIMEOUT')
    })

    it('fails at once while the login is refused', async () => {
      await begin({ password: 'wrong' })
      const error = await refusal(client.read(TENANTS, patient))
      assert.equal(error.code, 'ACI_AUTH')
      assert.equal(error.cause?.status, 401)
      assert.equal((await refusal(client.read(TENANTS, patient))).code, 'ACI_AUTH')
    })

    it('is answered by the next controller when the one it asked is gone', async () => {
      await begin({}, { controllers: 2 })
      await up()
      apic.controllers[0]!.faults.request({ path: TENANTS, hang: true })
      const answer = client.read(TENANTS, patient)
      await until(1)
      await apic.controllers[0]!.down()
      assert.equal((await answer).controller, apic.urls[1])
    })

    it('is answered by the next connection when the token died', async () => {
      await begin()
      await up()
      apic.faults.expireTokens()
      assert.ok((await client.read(TENANTS, patient)).totalCount > 0)
      assert.equal(apic.counts.logins, 2)
    })

    it('asks again after a reset, on the connection that stands', async () => {
      await begin()
      await up()
      apic.faults.request({ path: TENANTS, reset: true, times: 1 })
      assert.ok((await client.read(TENANTS, patient)).totalCount > 0)
      assert.equal(apic.counts.logins, 1)
    })

    it('asks again while the APIC is busy', async () => {
      await begin()
      await up()
      const busy = apic.faults.busy({ path: TENANTS, times: 3 })
      assert.ok((await client.read(TENANTS, patient)).totalCount > 0)
      assert.equal(busy.hits, 3)
    })

    it('gives up on an APIC that stays busy, with its words', async () => {
      await begin()
      await up()
      const busy = apic.faults.busy({ path: TENANTS })
      const error = await refusal(client.read(TENANTS, patient))
      assert.equal(error.code, 'ACI_QUERY')
      assert.equal(error.cause?.status, 503)
      assert.equal(busy.hits, 10)
    })

    it('does not ask again for what takes an APIC longer than it allows itself', async () => {
      await begin()
      await up()
      const slow = { status: 503, text: 'Unable to deliver the message, Resolve timeout' }
      const fault = apic.faults.request({ path: TENANTS, ...slow })
      assert.deepEqual((await refusal(client.read(TENANTS, patient))).cause, { ...slow, code: '503' })
      assert.equal(fault.hits, 1)
    })

    it('fails with a refusal in the words of the APIC', async () => {
      await begin()
      const error = await refusal(client.read('/api/class/fvTenantt.json', patient))
      assert.equal(error.code, 'ACI_QUERY')
      assert.deepEqual(error.cause, {
        status: 400,
        code: '400',
        text: 'Request failed, unresolved class for fvTenantt'
      })
    })

    it('fails with a refusal that comes as a success', async () => {
      await begin()
      const attributes = { code: '400', text: 'no' }
      apic.faults.request({ path: TENANTS, body: { totalCount: '1', imdata: [{ error: { attributes } }] } })
      assert.equal((await refusal(client.read(TENANTS, patient))).cause?.text, 'no')
    })

    it('fails when no answer comes in time', async () => {
      await begin({ requestTimeoutMs: 300 })
      await up()
      const fault = apic.faults.request({ path: TENANTS, hang: true })
      assert.equal((await refusal(client.read(TENANTS, patient))).code, 'ACI_TIMEOUT')
      await until(1)
      fault.undo()
    })
  })

  describe('that writes', () => {
    it('gets the controller that took it', async () => {
      await begin()
      assert.deepEqual(await client.write(blue, patient), { controller: apic.url })
      assert.ok(apic.read('uni/tn-blue'))
      await client.write({ method: 'DELETE', path: '/api/mo/uni/tn-blue.json' }, patient)
      assert.equal(apic.read('uni/tn-blue'), undefined)
    })

    it('waits until a controller is there', async () => {
      await begin()
      await apic.controllers[0]!.down()
      const write = client.write(blue, patient)
      await states.next((phase) => phase === 'lost')
      await apic.controllers[0]!.up()
      await write
      assert.ok(apic.read('uni/tn-blue'))
    })

    it('is sent once more when its token had died', async () => {
      await begin()
      await up()
      apic.faults.expireTokens()
      await client.write(blue, patient)
      assert.ok(apic.read('uni/tn-blue'))
      assert.equal(apic.counts.logins, 2)
    })

    it('is refused where rights are missing, which does not cost the connection', async () => {
      await begin()
      await up()
      const fault = apic.faults.request({ method: 'POST', path: '/api/mo/', status: 403, text: 'no rights' })
      const error = await refusal(client.write(blue, patient))
      assert.deepEqual([error.code, error.cause?.text], ['ACI_QUERY', 'no rights'])
      assert.equal(fault.hits, 1)
      assert.equal(client.state.phase, 'up')
      assert.equal(apic.counts.logins, 1)
    })

    it('is not sent again after a reset: nobody knows whether it was carried out', async () => {
      await begin()
      await up()
      const reset = apic.faults.request({ method: 'POST', path: '/api/mo/', reset: true })
      const error = await refusal(client.write(blue, patient))
      assert.equal(error.code, 'ACI_UNREACHABLE')
      assert.match(error.message, /whether the request was carried out is not known/)
      assert.equal(reset.hits, 1)
    })

    for (const [title, fault, code] of [
      ['a busy APIC', { status: 503 }, 'ACI_QUERY'],
      ['a failing APIC', { status: 500, text: 'oops' }, 'ACI_QUERY'],
      ['an APIC that does not answer', { hang: true }, 'ACI_TIMEOUT'],
      ['an answer that is none', { body: 'hello' }, 'ACI_PROTOCOL']
    ] as const) {
      it(`is not sent again to ${title}`, async () => {
        await begin({ requestTimeoutMs: 500 })
        await up()
        const rule = apic.faults.request({ method: 'POST', path: '/api/mo/', ...fault })
        const error = await refusal(client.write(blue, patient))
        assert.equal(error.code, code)
        await apic.until(() => rule.hits === 1)
      })
    }

    it('is sent to the next controller where no connection to the first one was ready for it', async () => {
      await begin({}, { controllers: 2, tls: true })
      await up()
      const [first] = apic.controllers
      first!.faults.stallTls()
      const write = client.write(blue, patient)
      await apic.until(() => first!.heldBack > 0)
      await first!.down()
      assert.deepEqual(await write, { controller: apic.urls[1] })
    })

    for (const [scheme, variable] of [
      ['https', 'HTTPS_PROXY'],
      ['http', 'HTTP_PROXY']
    ] as const) {
      it(`is known to have been sent through a proxy, too: ${scheme}`, async () => {
        const proxy = await startTunnels()
        process.env[variable] = proxy.url
        try {
          await begin({}, { tls: scheme === 'https' })
          await up()
          const tunnels = proxy.tunnels.length
          const reset = apic.faults.request({ method: 'POST', path: '/api/mo/', reset: true })
          const { code, message } = await refusal(client.write(blue, patient))
          assert.equal(code, 'ACI_UNREACHABLE')
          assert.match(message, /not known/)
          assert.equal(reset.hits, 1)
          assert.ok(proxy.tunnels.length > tunnels)
          reset.undo()
          await client.write(blue, patient)
        } finally {
          Reflect.deleteProperty(process.env, variable)
          await proxy.close()
        }
      })
    }

    it('is answered yet where the event socket is lost meanwhile', async () => {
      await begin()
      await up()
      const slow = apic.faults.request({ method: 'POST', path: '/api/mo/', hang: true })
      const write = client.write(blue, patient)
      await until(1)
      apic.faults.dropSockets()
      await states.next((phase) => phase === 'lost')
      slow.undo()
      await write
      assert.equal(asked(), 1)
    })

    it('is not known to have been carried out when its controller fails meanwhile', async () => {
      await begin({}, { controllers: 2 })
      await up()
      apic.faults.request({ method: 'POST', path: '/api/mo/', hang: true })
      const write = refusal(client.write(blue, patient))
      await until(1)
      await apic.controllers[0]!.down()
      const error = await write
      assert.equal(error.code, 'ACI_UNREACHABLE')
      assert.match(error.message, /not known/)
      assert.equal(asked(), 1)
    })

    it('is not known to have been carried out when it is given up on its way', async () => {
      await begin()
      await up()
      apic.faults.request({ method: 'POST', path: '/api/mo/', hang: true })
      const stop = new AbortController()
      const write = refusal(client.write(blue, stop.signal))
      await until(1)
      stop.abort()
      const error = await write
      assert.equal(error.code, 'ACI_CLOSED')
      assert.match(error.message, /whether the request was carried out is not known/)
      assert.doesNotMatch((await refusal(client.write(blue, stop.signal))).message, /not known/)
    })

    it('is answered yet by a connection that is replaced meanwhile', async () => {
      await begin({}, { maximumLifetimeSeconds: 2 })
      await up()
      const slow = apic.faults.request({ method: 'POST', path: '/api/mo/', hang: true })
      const write = client.write(blue, patient)
      await until(1)
      await apic.until(() => apic.counts.logins === 2)
      await states.next((phase) => phase === 'up')
      slow.undo()
      await write
      await apic.until(() => apic.sockets.length === 1)
    })
  })

  describe('that reads a document', () => {
    const TENANT = '/doc/jsonmeta/fv/Tenant.json'

    it('gets its text, or nothing where there is none', async () => {
      await begin()
      assert.match((await client.document(TENANT, patient, 1_000_000))!, /^{"fv:Tenant":{/)
      assert.equal(await client.document('/doc/jsonmeta/fv/Nothing.json', patient, 1_000_000), undefined)
    })

    it('reads no more of it than it wants, nor of objects', async () => {
      await begin()
      for (const answer of [client.document(TENANT, patient, 500), client.read(TENANTS, patient, 500)]) {
        const { code, message } = await refusal(answer)
        assert.equal(code, 'ACI_PROTOCOL')
        assert.match(message, /larger than 500 bytes/)
      }
      assert.equal(apic.counts.logins, 1, 'and the connection is none the worse for it')
    })

    it('is asked again when the connection is lost, as for objects', async () => {
      await begin()
      await up()
      apic.faults.request({ path: '/doc/', reset: true, times: 1 })
      assert.ok(await client.document(TENANT, patient, 1_000_000))
    })

    it('fails with the refusal, and goes on when it was for this alone', async () => {
      await begin()
      apic.faults.request({ path: '/doc/', status: 403, text: 'not for you', times: 1 })
      const { code, cause } = await refusal(client.document(TENANT, patient, 1_000_000))
      assert.deepEqual([code, cause?.text], ['ACI_QUERY', 'not for you'])
      assert.ok(await client.document(TENANT, patient, 1_000_000))
      assert.equal(apic.counts.logins, 1)
    })
  })

  it('is one of few whose requests run at the same time, and nothing of the session waits behind them', async () => {
    await begin()
    await up()
    const other = fabric.requestClient({ stateChanged: () => undefined })
    const slow = apic.faults.request({ path: TENANTS, hang: true })
    const answers = [client, other, client, other, client, other].map((one) => one.read(TENANTS, patient))
    await until(4)
    const ready = new Inbox('ready')
    const watch = fabric.watch({
      change: () => undefined,
      stateChanged: () => {
        if (watch.states.every(({ state }) => state.phase === 'live')) ready.push('live')
      }
    })
    const target = { classes: ['fvAp'], dn: '', scope: 'self', subtreeClasses: [], filter: '' } as const
    watch.keep(queriesOf({ target: 'class', ...target }), { mirror: 'full', snapshot: false })
    await ready.next()
    assert.equal(slow.hits, 4)
    slow.undo()
    assert.equal((await Promise.all(answers)).length, 6)
  })

  it('aborts when the signal is given, whatever it waits for', async () => {
    await begin()
    await up()
    apic.faults.request({ path: TENANTS, hang: true })
    const stop = new AbortController()
    const answers = Array.from({ length: 6 }, () => refusal(client.read(TENANTS, stop.signal)))
    await until(4)
    stop.abort()
    for (const error of await Promise.all(answers)) assert.equal(error.code, 'ACI_CLOSED')
    apic.faults.clear()
    assert.ok((await client.read(TENANTS, patient)).totalCount > 0, 'and has its places back')

    await apic.controllers[0]!.down()
    await states.next((phase) => phase === 'lost')
    const last = new AbortController()
    const waiting = refusal(client.read(TENANTS, last.signal))
    last.abort()
    assert.equal((await waiting).code, 'ACI_CLOSED')
  })

  it('keeps the connection up, and takes it along when it was the last to use it', async () => {
    await begin({ lingerMs: 20 })
    await up()
    apic.faults.request({ path: TENANTS, hang: true })
    const answer = refusal(client.read(TENANTS, patient))
    await until(1)
    fabric.closeClient(client)
    assert.equal((await answer).code, 'ACI_CLOSED')
    assert.equal((await refusal(client.read(TENANTS, patient))).code, 'ACI_CLOSED')
    await apic.until(() => apic.sockets.length === 0)
    assert.equal(fabric.state.phase, 'closed')
  })

  it('gives up when the fabric is closed', async () => {
    await begin()
    await up()
    apic.faults.request({ path: TENANTS, hang: true })
    const answer = refusal(client.read(TENANTS, patient))
    await until(1)
    await fabric.close()
    assert.equal((await answer).code, 'ACI_CLOSED')
  })
})
