// One thing is refused, slow or strange: it hurts what asked for it, nobody else, and somebody says why.

import assert from 'node:assert/strict'
import { Rig, type FlowNode, type ShownStatus } from '../rig'
import { CLASSES } from '../simulator/classes'

describe('one refusal', () => {
  let rig: Rig

  afterEach(async () => {
    await rig.stop()
  })

  const start = async (options: Parameters<typeof Rig.start>[0] = {}): Promise<void> => {
    rig = await Rig.start({ auditLimit: 0, ...options })
    rig.apic.create('fvTenant', 'uni/tn-blue')
  }

  const isFilled = (color: string) => (status: ShownStatus) => status.fill === color
  const logsIn = (): number => rig.apic.counts.logins

  for (const status of [401, 403]) {
    it(`of ${status} for one class ends nothing, and leaves the others alone`, async () => {
      await start()
      rig.apic.faults.request({ path: /\/api\/class\/aaaUser\.json/, status, text: 'insufficient rights' })
      await rig.load(
        rig.connection(),
        rig.subscriber('sub', { classes: 'fvTenant' }),
        rig.subscriber('denied', { classes: 'aaaUser' })
      )
      await rig.subscribed('sub')
      const shown = await rig.status('denied', isFilled('red'))
      assert.match(shown.text ?? '', /insufficient rights/)
      assert.equal((await rig.caught('denied')).code, 'ACI_QUERY')

      rig.apic.create('fvTenant', 'uni/tn-green')
      assert.equal((await rig.inbox('sub').next()).payload.origin, 'live')
      assert.equal(logsIn(), 1)
      assert.ok(!rig.statuses('sub').some(isFilled('red')))
    })
  }

  it('of 403 for the root alone, to a user whose session is well, ends nothing', async () => {
    await start()
    rig.apic.faults.request({ path: '/api/mo/uni.json', status: 403, text: 'insufficient rights' })
    rig.apic.faults.request({ path: /\/api\/class\/aaaUser\.json/, status: 403, text: 'insufficient rights' })
    await rig.load(
      rig.connection(),
      rig.subscriber('sub', { classes: 'fvTenant' }),
      rig.subscriber('denied', { classes: 'aaaUser' })
    )
    await rig.subscribed('sub')
    await rig.status('denied', isFilled('red'))
    assert.equal(logsIn(), 1)
  })

  it('of 403 for everything is a session that is over, and one new login', async () => {
    await start()
    await rig.load(rig.connection({ heartbeat: 1 }), rig.subscriber('sub', { classes: 'fvTenant', inputs: 1 }))
    await rig.subscribed('sub')
    rig.apic.faults.expireTokens()
    rig.receive('sub', { action: 'resync' })
    const error = await rig.caught('apic')
    assert.equal(error.code, 'ACI_CLOSED', 'a session that ended is no query that was refused')
    assert.match(error.message, /has ended the session: Token was invalid/)
    await rig.subscribed('sub')
    assert.equal(logsIn(), 2)
  })

  it('as a web page at the moment of registration is not final', async () => {
    await start()
    const statuses = [302, 400, 404, 413, 431, 500, 502]
    const classes = CLASSES.map(({ name }) => name).slice(0, statuses.length)
    const pages = statuses.map((status, index) => {
      const path = new RegExp(`class/${classes[index]}\\.json.*subscription=yes`)
      return rig.apic.faults.request({ path, status, html: '<h1>Not here</h1>', times: 2 })
    })
    await rig.load(rig.connection(), ...classes.map((name) => rig.subscriber(name, { classes: name })))
    for (const name of classes) await rig.subscribed(name)
    assert.deepEqual(
      pages.map(({ hits }) => hits),
      pages.map(() => 2)
    )
    for (const name of classes) assert.ok(!rig.statuses(name).some(isFilled('red')), name)
  })

  for (const [what, body] of [
    ['nothing', ''],
    ['a web page', '<html></html>'],
    ['no subscription id', { totalCount: '0', imdata: [] }]
  ] as const) {
    it(`with status 200 and ${what} is not final`, async () => {
      await start()
      rig.apic.faults.request({ path: /subscription=yes/, status: 200, body, times: 2 })
      await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'fvTenant' }))
      await rig.subscribed('sub')
    })
  }

  it('that is final is asked again with each audit', async () => {
    await start()
    const denied = rig.apic.faults.request({
      path: /class\/fvAp.*subscription=yes/,
      status: 400,
      text: 'not now'
    })
    await rig.load(rig.connection({ auditInterval: 1 / 60 }), rig.subscriber('sub', { classes: 'fvAp' }))
    await rig.status('sub', isFilled('red'))
    denied.undo()
    await rig.subscribed('sub')
    assert.deepEqual([rig.errors.length, logsIn()], [1, 1])
  })

  for (const [what, rule, words] of [
    ['a busy APIC', { status: 503, text: 'Unable to deliver the message, Resolve timeout' }, /Resolve timeout/],
    ['an empty answer', { status: 200, body: '' }, /not JSON/],
    ['a connection that is reset', { reset: true }, /cannot be reached/],
    ['too many requests', { status: 429 }, /HTTP 429/],
    ['no subscription id', { body: { totalCount: '0', imdata: [] } }, /no subscription id/]
  ] as const) {
    it(`that is tried again (${what}) is reported with its second failure, once`, async () => {
      await start()
      rig.apic.faults.request({ path: /class\/fvAp.*subscription=yes/, ...rule })
      await rig.load(
        rig.connection(),
        rig.subscriber('sub', { classes: 'fvTenant' }),
        rig.subscriber('slow', { classes: 'fvAp' })
      )
      await rig.subscribed('sub')
      const shown = await rig.status('slow', ({ fill, text }) => fill === 'yellow' && words.test(text ?? ''))
      assert.equal(shown.shape, 'ring')
      assert.match((await rig.caught('slow')).message, words)
      const { length } = rig.apic.requests
      await rig.apic.until(
        () => rig.apic.requests.slice(length).some(({ url }) => url.includes('fvAp')) || 'reset' in rule
      )
      assert.equal(rig.errors.length, 1)
    })
  }

  describe('slow classes', () => {
    for (const count of [8, 30]) {
      it(`do not keep others waiting, at the start and after a loss (${count} of them)`, async () => {
        await start()
        const classes = CLASSES.map(({ name }) => name)
          .filter((name) => name !== 'fvTenant')
          .slice(0, count)
        assert.equal(classes.length, count)
        rig.apic.faults.request({ path: new RegExp(`class/(${classes.join('|')})\\.json.*subscription`), hang: true })
        await rig.load(
          rig.connection(),
          ...classes.map((name) => rig.subscriber(name, { classes: name })),
          rig.subscriber('sub', { classes: 'fvTenant' })
        )
        await rig.subscribed('sub')
        rig.apic.faults.dropSockets()
        await rig.status('sub', isFilled('red'))
        await rig.subscribed('sub')
        assert.deepEqual(rig.errors.map(({ code }) => code).slice(1), [])
      })
    }
  })

  it('of one lookup keeps back no other deletion, and is seen', async () => {
    await start()
    for (let index = 0; index < 30; index += 1) rig.apic.create('fvTenant', `uni/tn-t${index}`)
    await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'fvTenant' }))
    await rig.subscribed('sub')
    const refused = rig.apic.faults.request({ path: '/api/mo/uni/tn-t7.json', status: 400, text: 'no such luck' })
    const silence = rig.apic.faults.silenceSubscriptions()
    for (let index = 5; index < 10; index += 1) rig.apic.delete(`uni/tn-t${index}`)
    silence.undo()
    rig.apic.faults.dropSockets()

    const sent = await rig.inbox('sub').take(4)
    assert.deepEqual(
      sent.map(({ payload }) => `${payload.event} ${payload.dn}`).sort(),
      [5, 6, 8, 9].map((index) => `deleted uni/tn-t${index}`)
    )
    await rig.status('sub', ({ fill, text }) => fill === 'yellow' && (text ?? '').includes('no such luck'))
    refused.undo()
    rig.apic.faults.dropSockets()
    assert.equal((await rig.inbox('sub').next()).topic, 'uni/tn-t7')
    await rig.subscribed('sub')
  })

  it('is none, but a thousand deletions have to be settled: a critical fault does not wait for that', async () => {
    await start()
    for (let index = 0; index < 2_500; index += 1) rig.apic.create('faultInst', `uni/tn-blue/fault-F${index}`)
    await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'faultInst', inputs: 1 }))
    await rig.subscribed('sub')
    // All of it is read anew, for the socket was lost. The answer shows them still, and is slow; meanwhile they go.
    const drip = { size: 20_000, every: 10 }
    const slow = rig.apic.faults.request({ path: /class\/faultInst.*page-size=5000/, times: 1, drip })
    rig.apic.faults.dropSockets()
    await rig.apic.until(() => slow.hits === 1)
    await new Promise(setImmediate)
    for (let index = 0; index < 1_000; index += 1) rig.apic.delete(`uni/tn-blue/fault-F${index}`)
    const { length } = rig.apic.requests
    rig.apic.faults.latency(40)
    await rig.apic.until(() => rig.apic.requests.slice(length).some(({ url }) => url.includes('page-size=5000')))
    const deletions = (): number => rig.inbox('sub').all.filter(({ payload }) => payload.event === 'deleted').length
    rig.apic.create('faultInst', 'uni/tn-blue/fault-F9999', { severity: 'critical' })
    await rig.inbox('sub').next(({ topic }) => topic.endsWith('F9999'))
    assert.equal(deletions(), 0, 'it comes before they are settled')
    while (deletions() < 1_000) await rig.inbox('sub').next()
    await rig.subscribed('sub')
    assert.ok(rig.apic.requests.length - length < 30, 'not one by one')
  })

  it('to show objects of which events speak makes no reading for each event', async () => {
    await start()
    await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'fvTenant' }))
    await rig.subscribed('sub')
    const [{ id } = { id: '' }] = rig.apic.subscriptions
    const before = rig.apic.requests.length
    const hidden = (index: number, turn: number): string => {
      const attributes = { dn: `uni/tn-hidden${index}`, descr: `${turn}`, rn: '', childAction: '', status: 'modified' }
      return JSON.stringify({ subscriptionId: [id], imdata: [{ fvTenant: { attributes } }] })
    }
    for (let turn = 0; turn < 30; turn += 1) {
      for (let index = 0; index < 40; index += 1) rig.apic.faults.sendRaw(hidden(index, turn))
      // One that is sent passes, and shows that those before it have come.
      rig.apic.create('fvTenant', `uni/tn-green${turn}`)
      assert.equal((await rig.inbox('sub').next()).topic, `uni/tn-green${turn}`)
    }
    const made = rig.apic.requests.slice(before).length
    assert.ok(made <= 8, `${made} requests of 30 turns`)
  })

  describe('of times that cannot be', () => {
    for (const value of ['0', '-1', '0.001', '1e308', 'NaN', '']) {
      it(`("${value}") makes neither refreshes nor logins by the hundred, and is said once`, async () => {
        await start()
        const times = /"(refreshTimeoutSeconds|maximumLifetimeSeconds)":"[^"]*"/g
        const rewrite = (body: string): string => body.replace(times, `"$1":"${value}"`)
        rig.apic.faults.request({ path: '/api/aaaLogin', rewrite })
        await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'fvTenant' }))
        await rig.subscribed('sub')
        const warned = rig.logged.all.filter(({ level, text }) => level === 'warn' && text.includes('impossible'))
        assert.equal(warned.length, 2, 'one for each of the two')
        // As often as something happens, a timer without bounds would have gone off.
        for (let index = 0; index < 100; index += 1) {
          rig.apic.create('fvTenant', `uni/tn-${index}`)
          await rig.inbox('sub').next()
        }
        assert.deepEqual([logsIn(), rig.apic.counts.tokenRefreshes], [1, 0])
      })
    }
  })

  it('in words that break lines, or are a page long, is one short plain line', async () => {
    await start()
    const text = `first\nERROR forged line\u001b[31m red\u001b]0;title\u0007 \u202eright to left\r${'x'.repeat(50_000)}`
    rig.apic.faults.request({ path: /class\/fvAp/, status: 400, text })
    await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'fvAp' }))
    const { message, cause } = await rig.caught('sub')
    for (const said of [message, cause?.text ?? '', (await rig.status('sub', isFilled('red'))).text ?? '']) {
      // eslint-disable-next-line no-control-regex -- control characters are exactly what is looked for
      assert.doesNotMatch(said, /[\u0000-\u001f\u007f-\u009f\u2028-\u202e]/)
      assert.ok(said.length <= 1_100)
      assert.match(said, /^.*first ERROR forged line red/)
    }
  })

  it('that repeats the request repeats no password, however it is escaped', async () => {
    await start({ users: [{ name: 'admin', password: 'S3"cr\\et/ü' }] })
    rig.credentials['apic'] = { username: 'admin', password: 'S3"cr\\et/ü' }
    const body = JSON.stringify({ aaaUser: { attributes: { name: 'admin', pwd: 'S3"cr\\et/ü' } } })
    const forms = [body, encodeURIComponent(body), 'S3"cr\\et/ü', Buffer.from('S3"cr\\et/ü').toString('base64')]
    rig.apic.faults.request({ path: '/api/aaaLogin', status: 401, text: `cannot take ${forms.join(' or ')}` })
    await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'fvTenant' }))
    const { message, cause } = await rig.caught('apic')
    const shown = await rig.status('sub', isFilled('red'))
    const all = [message, cause?.text, shown.text, ...rig.logged.all.map(({ text }) => text)].join()
    assert.match(all, /cannot take/)
    for (const secret of ['S3', 'cr\\', Buffer.from('S3"cr').toString('base64').slice(0, 5)]) {
      assert.ok(!all.includes(secret), `${secret} in ${all}`)
    }
  })

  it('of the login with status 200 is reported in its own words, and counts', async () => {
    await start()
    const body = { totalCount: '1', imdata: [{ error: { attributes: { code: '401', text: 'Account is locked' } } }] }
    const refused = rig.apic.faults.request({ path: '/api/aaaLogin', status: 200, body })
    await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'fvTenant' }))
    const { code, message } = await rig.caught('apic')
    assert.deepEqual([code, message.includes('Account is locked')], ['ACI_AUTH', true])
    assert.equal(refused.hits, 1, 'the next try comes in a minute')
  })

  describe('of a connection', () => {
    const names = Array.from({ length: 11 }, (_, index) => `sub${index}`)

    it('that eleven nodes use is one error', async () => {
      await start()
      await rig.load(rig.connection(), ...names.map((id) => rig.subscriber(id, { classes: 'fvTenant' })))
      for (const id of names) await rig.subscribed(id)
      rig.apic.faults.dropSockets()
      const error = await rig.caught('apic')
      assert.match(error.message, /\(11 nodes\)$/)
      for (const id of names) await rig.subscribed(id)
      assert.equal(rig.errors.length, 1)
    })

    it('reaches each Catch node once, wherever it listens', async () => {
      await start()
      const listen = (id: string, z: string, scope: string[] | null): FlowNode[] => [
        { id, type: 'catch', z, scope, wires: [[`${id}.sink`]] },
        { id: `${id}.sink`, type: 'sink', z, wires: [] }
      ]
      await rig.load(rig.connection())
      // Loading several Catch nodes at once is more than the test helper can do; a deploy is not.
      await rig.deploy(
        'full',
        rig.connection(),
        { id: 'other', type: 'tab', label: 'other' },
        ...names.map((id) => rig.subscriber(id, { classes: 'fvTenant' })),
        rig.subscriber('far', { classes: 'fvTenant', z: 'other' }).map((node) => ({ ...node, z: 'other' })),
        listen('one', 'tab', ['sub3']),
        listen('some', 'tab', ['sub3', 'sub4', 'sub5']),
        listen('there', 'other', null)
      )
      for (const id of names) await rig.subscribed(id)
      rig.apic.faults.dropSockets()
      for (const sink of ['caught', 'one.sink', 'some.sink', 'there.sink']) await rig.sink(sink).next()
      for (const id of names) await rig.subscribed(id)
      for (const sink of ['caught', 'one.sink', 'some.sink', 'there.sink']) {
        assert.equal(rig.sink(sink).all.length, 1, sink)
      }
    })
  })

  it('does not come of a load balancer: its cookie is sent back, beside one of the APIC', async () => {
    await start()
    rig.apic.faults.request({ path: '/api/aaaLogin', headers: { 'Set-Cookie': 'SERVERID=node-2; path=/' } })
    const seen: string[] = []
    const sockets: string[] = []
    rig.apic.on('received', ({ url, cookie }) => {
      if (!url.startsWith('/api/aaaLogin')) seen.push(cookie)
    })
    rig.apic.on('upgrade', ({ cookie }) => sockets.push(cookie))
    await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'fvTenant' }))
    await rig.subscribed('sub')
    assert.deepEqual(sockets, ['SERVERID=node-2'])
    assert.ok(seen.length >= 2)
    for (const cookie of seen) assert.match(cookie, /^APIC-cookie=[^;]+; SERVERID=node-2$/)
  })
})
