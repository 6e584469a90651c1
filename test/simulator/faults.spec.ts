// Each fault, and that it can be taken back.
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { WebSocket } from 'ws'
import type { Data } from './client'
import { attributesOf, Client, closeAll, connected, loggedIn, simulator } from './client'

const ANY = '/api/mo/uni.json'
const TENANTS = '/api/class/fvTenant.json'

describe('the simulator: faults of REST', () => {
  afterEach(closeAll)

  it('a busy web server answers 503 with a page, as often as asked', async () => {
    const { apic, client } = await loggedIn()
    const fault = apic.faults.busy({ path: '/api/class/', times: 2 })

    for (let n = 0; n < 2; n++) {
      const { status, text, headers } = await client.request('GET', TENANTS)
      assert.deepEqual([status, headers['content-type']], [503, 'text/html'])
      assert.match(text, /^<html>/)
    }

    assert.equal((await client.request('GET', TENANTS)).status, 200)
    assert.deepEqual([fault.active, fault.hits], [false, 2])
  })

  it('a rule picks requests by path, method and turn', async () => {
    const { apic, client } = await loggedIn()
    apic.faults.request({
      path: /tn-common/,
      method: 'GET',
      skip: 1,
      times: 1,
      status: 500,
      text: 'internal',
      code: '1'
    })
    const status = async (method: string, path: string): Promise<number> => (await client.request(method, path)).status
    const common = '/api/mo/uni/tn-common.json'
    assert.deepEqual(
      [await status('GET', common), await status('GET', ANY), await status('GET', common), await status('GET', common)],
      [200, 200, 500, 200]
    )
  })

  it('a rule dictates any answer', async () => {
    const { apic, client } = await loggedIn()
    const answers: [object, [number, string]][] = [
      [
        { status: 400, text: 'why', code: '7' },
        [400, '{"totalCount":"1","imdata":[{"error":{"attributes":{"code":"7","text":"why"}}}]}']
      ],
      [{ body: '{"totalCount":"1","imda' }, [200, '{"totalCount":"1","imda']],
      [{ body: { imdata: 1 } }, [200, '{"imdata":1}']],
      [{ status: 429, html: '<p>slow down' }, [429, '<p>slow down']]
    ]
    for (const [rule, expected] of answers) {
      apic.faults.request({ ...rule, times: 1 })
      const { status, text } = await client.request('GET', ANY)
      assert.deepEqual([status, text], expected)
    }
  })

  it('a rule delays, and then lets the answer be what it is', async () => {
    const { apic, client } = await loggedIn()
    apic.faults.request({ delay: 30, times: 1 })
    const since = performance.now()
    assert.equal((await client.get(ANY)).totalCount, '1')
    assert.ok(performance.now() - since >= 29)
  })

  it('a rule holds requests back until it is undone', async () => {
    const { apic, client } = await loggedIn()
    const fault = apic.faults.request({ path: TENANTS, hang: true })
    let answered = false
    const answer = client.get(TENANTS).then((data) => {
      answered = true
      return data
    })
    await apic.until(() => fault.hits === 1)
    await client.get(ANY)
    assert.equal(answered, false)
    fault.undo()
    assert.equal((await answer).totalCount, '3')
  })

  it('a rule resets the connection', async () => {
    for (const tls of [false, true]) {
      const { apic, client } = await loggedIn({ tls })
      apic.faults.request({ reset: true, times: 1 })
      await assert.rejects(client.get(ANY), { code: 'ECONNRESET' })
      await client.get(ANY)
    }
  })

  it('a body drips', async () => {
    const { apic, client } = await loggedIn()
    apic.faults.request({ drip: { size: 200, every: 1 }, times: 1 })
    assert.equal((await client.get(ANY)).totalCount, '1')
  })

  it('answers are empty, as from a controller that has only just started', async () => {
    const { apic, client } = await loggedIn()
    const fault = apic.faults.emptyAnswers()
    assert.equal((await client.request('GET', TENANTS)).text, '{"totalCount":"0","imdata":[]}')
    fault.undo()
    assert.equal((await client.get(TENANTS)).totalCount, '3')
  })

  it('answers carry less than they promise', async () => {
    const { apic, client } = await loggedIn()
    apic.faults.truncateAnswers(0.5, 1)
    const { totalCount, imdata } = await client.get(TENANTS)
    assert.deepEqual([totalCount, imdata.length], ['3', 1])
    assert.equal((await client.get(TENANTS)).imdata.length, 3)
  })

  it('everything takes longer, and frames keep their order', async () => {
    const { apic, client, events } = await connected()
    await client.subscribe(TENANTS)
    const fault = apic.faults.latency({ min: 5, max: 20 })
    for (let n = 0; n < 20; n++) apic.modify('uni/tn-common', { descr: String(n) })
    const since = performance.now()
    await client.get(ANY)
    assert.ok(performance.now() - since >= 4)
    fault.undo()
    apic.modify('uni/tn-common', { descr: '20' })
    const seen: string[] = []
    while (seen.length <= 20) seen.push(attributesOf((await events.next()).imdata[0])['descr']!)
    assert.deepEqual(
      seen,
      Array.from({ length: 21 }, (_, n) => String(n))
    )
  })

  it('a pong comes after the frames that were sent before it, however long they take', async () => {
    const { apic, client, events } = await connected()
    await client.subscribe(TENANTS)
    const fault = apic.faults.latency(30)
    apic.modify('uni/tn-common', { descr: 'late' })
    fault.undo()
    await events.pong()
    assert.equal(events.raw.length, 1)
  })
})

describe('the simulator: faults of connections', () => {
  afterEach(closeAll)

  it('TLS does not begin until the fault is undone', async () => {
    const apic = await simulator({ tls: true })
    const fault = apic.faults.stallTls()
    const { port } = new URL(apic.url)
    const socket = connectTls({ port: Number(port), host: '127.0.0.1', ca: apic.certificates.ca.cert })
    let secured = false
    socket.once('secureConnect', () => {
      secured = true
    })
    const done = new Promise((resolve) => socket.once('secureConnect', resolve))
    await new Promise((resolve) => socket.once('connect', resolve))
    const other = connect({ port: Number(port), host: '127.0.0.1' })
    await new Promise((resolve) => other.once('connect', resolve))
    other.destroy()
    assert.equal(secured, false)
    fault.undo()
    await done
    socket.destroy()
  })

  it('a black hole accepts, answers nothing, and lets all go on when undone', async () => {
    const { apic, client, events } = await connected()
    await client.subscribe(TENANTS)
    const fault = apic.faults.blackHole()
    let answered = false
    const answer = client.get(ANY).then(() => {
      answered = true
    })
    apic.modify('uni/tn-common', { descr: 'lost' })
    await apic.until(() => apic.counts.framesWithheld === 1)
    assert.equal(answered, false)
    fault.undo()
    await answer
    apic.modify('uni/tn-common', { descr: 'seen' })
    assert.equal(attributesOf((await events.next()).imdata[0])['descr'], 'seen')
  })

  it('all connections are reset', async () => {
    const { apic, events } = await connected({ tls: true })
    apic.faults.resetConnections()
    assert.equal(await events.closed, 1006)
    await apic.until(() => apic.sockets.length === 0)
  })

  it('another certificate is shown', async () => {
    const { apic, client } = await loggedIn({ tls: true })
    const { certificates } = apic
    const expired = { notBefore: new Date('2020-01-01'), notAfter: new Date('2020-02-01') }
    apic.faults.certificate(await certificates.issue(expired))
    await assert.rejects(client.get(ANY), { code: 'CERT_HAS_EXPIRED' })
    apic.faults.certificate(await certificates.issue({ hosts: ['apic.example.net'] }))
    await assert.rejects(client.get(ANY), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
    apic.faults.certificate(certificates.server)
    await client.get(ANY)
  })
})

describe('the simulator: faults of event sockets', () => {
  afterEach(closeAll)

  for (const tls of [false, true]) {
    const over = tls ? 'wss' : 'ws'

    it(`they are closed with a close frame (${over})`, async () => {
      const { apic, client, events } = await connected({ tls })
      const { subscriptionId } = await client.subscribe(TENANTS)
      assert.equal(apic.faults.dropSockets(1001), 1)
      assert.equal(await events.closed, 1001)
      await apic.until(() => apic.sockets.length === 0)
      assert.equal((await client.refresh(subscriptionId)).status, 400)
    })

    for (const how of ['end', 'reset', 'mid-frame'] as const) {
      it(`they are cut without one: ${how} (${over})`, async () => {
        const { apic, client, events } = await connected({ tls })
        await client.subscribe(TENANTS)
        assert.equal(apic.faults.cutSockets(how), 1)
        assert.equal(await events.closed, 1006)
        assert.deepEqual(events.raw, [])
        await apic.until(() => apic.subscriptions.length === 0)
        await client.get(ANY)
      })
    }
  }

  for (const answer of [403, 503] as const) {
    it(`new ones are refused with ${answer}`, async () => {
      const { apic, client } = await loggedIn()
      const fault = apic.faults.refuseUpgrades(answer, 1)
      assert.equal(await client.refusedSocket(client.token), answer)
      assert.equal(fault.active, false)
      await client.socket()
    })
  }

  it('new ones are neither accepted nor refused', async () => {
    const { apic, client } = await loggedIn()
    const fault = apic.faults.refuseUpgrades('stall')
    const ws = client.webSocket(client.token)
    ws.on('error', () => undefined)
    await apic.until(() => fault.hits === 1)
    await client.get(ANY)
    assert.equal(ws.readyState, WebSocket.CONNECTING)
  })

  it('they go silent: neither frames nor pongs, and the socket stays open', async () => {
    const { apic, client, events } = await connected()
    const { subscriptionId } = await client.subscribe(TENANTS)
    const fault = apic.faults.goSilent()
    let ponged = false
    events.ws.on('pong', () => {
      ponged = true
    })
    events.ws.ping()
    apic.modify('uni/tn-common', { descr: 'lost' })
    assert.equal((await client.refresh(subscriptionId)).status, 200)
    assert.deepEqual([ponged, events.raw.length, apic.sockets.length], [false, 0, 1])

    fault.undo()
    apic.modify('uni/tn-common', { descr: 'seen' })
    const descriptions = (await events.rest()).map(({ imdata }) => attributesOf(imdata[0])['descr'])
    assert.deepEqual(descriptions, ['seen'])
  })

  it('they send frames and no pongs', async () => {
    const { apic, client, events } = await connected()
    await client.subscribe(TENANTS)
    const fault = apic.faults.noPongs()
    let ponged = false
    events.ws.on('pong', () => {
      ponged = true
    })
    events.ws.ping()
    await apic.until(() => apic.counts.pings === 1)
    apic.modify('uni/tn-common', { descr: 'seen' })
    await events.next()
    assert.equal(ponged, false)
    fault.undo()
    await events.pong()
  })

  it('they carry anything at all', async () => {
    const { apic, events } = await connected()
    for (const text of ['{"subscriptionId":["1"],"imd', '[]', '', '{"imdata":{}}']) apic.faults.sendRaw(text)
    let binary = false
    events.ws.on('message', (_data, isBinary) => {
      binary = isBinary
    })
    apic.faults.sendRaw(Buffer.from([0, 255]))
    await events.pong()
    assert.deepEqual(events.raw.slice(0, 4), ['{"subscriptionId":["1"],"imd', '[]', '', '{"imdata":{}}'])
    assert.equal(binary, true)
  })

  it('events come twice', async () => {
    const { apic, client, events } = await connected()
    await client.subscribe(TENANTS)
    apic.faults.duplicateNextEvents(1)
    apic.modify('uni/tn-common', { descr: '1' })
    apic.modify('uni/tn-common', { descr: '2' })
    const seen = (await events.rest()).map(({ imdata }) => attributesOf(imdata[0])['descr'])
    assert.deepEqual(seen, ['1', '1', '2'])
  })

  it('events come the other way round', async () => {
    const { apic, client, events } = await connected()
    await client.subscribe(TENANTS)
    apic.faults.reorderNextEvents(3)
    for (const descr of ['1', '2', '3', '4']) apic.modify('uni/tn-common', { descr })
    const seen = (await events.rest()).map(({ imdata }) => attributesOf(imdata[0])['descr'])
    assert.deepEqual(seen, ['3', '2', '1', '4'])
  })
})

describe('the simulator: faults of sessions and subscriptions', () => {
  afterEach(closeAll)

  it('tokens run out early, and the socket goes on', async () => {
    const { apic, client, events } = await connected()
    await client.subscribe(TENANTS)
    assert.equal(apic.faults.expireTokens(), 1)
    assert.equal((await client.refusal('GET', ANY)).text, 'Token was invalid (Error: Token timeout)')
    apic.modify('uni/tn-common', { descr: 'x' })
    assert.equal((await events.rest()).length, 1)
  })

  it('sessions end, and their sockets with them', async () => {
    const { apic, client, events } = await connected()
    assert.equal(apic.faults.endSessions(), 1)
    assert.equal(await events.closed, 1000)
    assert.equal((await client.request('GET', ANY)).status, 403)
  })

  it('subscriptions are lost: no events, and refreshing is an error', async () => {
    const { apic, client, events } = await connected()
    const lost = await client.subscribe(TENANTS)
    const kept = await client.subscribe('/api/mo/uni/tn-common.json')
    assert.equal(
      apic.faults.loseSubscriptions(({ url }) => url.includes('class')),
      1
    )
    assert.equal((await client.refresh(lost.subscriptionId)).status, 400)
    apic.modify('uni/tn-common', { descr: 'x' })
    assert.deepEqual((await events.rest())[0]?.subscriptionId, [kept.subscriptionId])
  })

  it('subscriptions fall silent, though refreshing them succeeds', async () => {
    const { apic, client, events } = await connected()
    const { subscriptionId } = await client.subscribe('/api/mo/uni.json?query-target=subtree')
    const fault = apic.faults.silenceSubscriptions({ classes: ['fvTenant'] })
    const below = apic.faults.silenceSubscriptions({ under: 'uni/tn-common/BD-default' })
    apic.modify('uni/tn-common', { descr: 'x' })
    apic.modify('uni/tn-common/BD-default', { descr: 'x' })
    apic.modify('uni/tn-common/ctx-default', { descr: 'x' })
    assert.equal((await client.refresh(subscriptionId)).status, 200)
    assert.deepEqual(await events.summary(), ['modified fvCtx uni/tn-common/ctx-default'])
    fault.undo()
    below.undo()
    apic.modify('uni/tn-common', { descr: 'y' })
    assert.equal((await events.rest()).length, 1)
  })

  it('the steps of a subscription change order while it runs', async () => {
    const { apic, client } = await connected()
    const fault = apic.faults.subscribeTiming({ replyDelay: 20 })
    const since = performance.now()
    await client.subscribe(TENANTS)
    assert.ok(performance.now() - since >= 19)
    fault.undo()
    await client.subscribe(TENANTS)
  })

  it('a controller restarts: connections cut, sessions and subscriptions unknown, port open', async () => {
    const { apic, client, events } = await connected({ tls: true })
    await client.subscribe(TENANTS)
    apic.faults.reboot()
    assert.equal(await events.closed, 1006)
    assert.deepEqual([apic.sessions.length, apic.subscriptions.length], [0, 0])
    assert.equal((await client.request('GET', ANY)).status, 403)
    await client.login()
    assert.equal((await client.get(ANY)).totalCount, '1')
  })

  it('all faults are undone at once', async () => {
    const { apic, client, events } = await connected()
    await client.subscribe(TENANTS)
    const { faults } = apic
    const handles = [faults.busy(), faults.goSilent(), faults.noPongs(), faults.emptyAnswers(), faults.blackHole()]
    faults.clear()
    assert.ok(handles.every(({ active }) => !active))
    apic.modify('uni/tn-common', { descr: 'x' })
    assert.equal((await events.rest()).length, 1)
    assert.equal((await client.get(TENANTS)).totalCount, '3')
  })

  it('are of one controller, or of all', async () => {
    const apic = await simulator({ controllers: 2 })
    const status = async (index: number): Promise<number> =>
      (await new Client(apic.urls[index]!, '').request('GET', '/api/aaaListDomains.json')).status
    const one = apic.controllers[1]!.faults.busy()
    assert.deepEqual([await status(0), await status(1)], [200, 503])
    one.undo()
    const all = apic.faults.busy()
    assert.deepEqual([await status(0), await status(1)], [503, 503])
    all.undo()
    assert.deepEqual([await status(0), await status(1)], [200, 200])
  })

  it('leave the totals of what they do not touch alone', async () => {
    const { apic, client } = await loggedIn()
    apic.faults.truncateAnswers(0.5, 1)
    const first = (await client.get(ANY)) satisfies Data
    assert.deepEqual([first.totalCount, first.imdata.length], ['1', 0])
  })
})
