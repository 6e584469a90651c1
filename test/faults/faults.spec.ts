// Each way in which the connection to a fabric can break, one by one. After each of them what a flow was sent adds up to
// what there is, without a step that makes no sense.

import assert from 'node:assert/strict'
import { mock } from 'node:test'
import { Picture } from '../picture'
import { TcpProxy } from '../proxy'
import { Rig } from '../rig'

const TENANTS = 12

describe('what a flow was sent adds up to what there is', () => {
  let rig: Rig
  let proxy: TcpProxy | undefined
  let picture: Picture
  let taken = 0

  afterEach(async () => {
    mock.restoreAll()
    await rig.stop()
    await proxy?.close()
    proxy = undefined
  })

  /** A fabric with some tenants, watched by the node `sub`. */
  const begin = async (
    options: Parameters<typeof Rig.start>[0] = {},
    settings: Record<string, unknown> = {},
    watched: Record<string, unknown> = {}
  ): Promise<void> => {
    rig = await Rig.start({ auditLimit: 0, ...options })
    picture = new Picture()
    taken = 0
    for (let index = 0; index < TENANTS; index += 1) rig.apic.create('fvTenant', `uni/tn-t${index}`, { descr: 'old' })
    if (settings['proxied'] === true) proxy = await TcpProxy.to(rig.apic.urls[0]!)
    const controllers = proxy === undefined ? rig.apic.urls : [proxy.url]
    await rig.load(
      rig.connection({ heartbeat: 0.3, requestTimeout: 2, controllers, ...settings }),
      rig.subscriber('sub', { classes: 'fvTenant', snapshot: true, ...watched })
    )
    await rig.subscribed('sub')
  }

  let round = 0

  /** Something of everything. */
  const change = (): void => {
    round += 1
    const [again, other, gone] = [1, 2, 3].map((step) => `uni/tn-t${(round * 3 + step) % TENANTS}`)
    const has = (dn: string): boolean => rig.apic.read(dn) !== undefined
    if (has(again!)) rig.apic.delete(again!)
    rig.apic.create('fvTenant', again!, { descr: `again ${round}` })
    rig.apic.create('fvTenant', `uni/tn-new${round}`)
    if (has(other!)) rig.apic.modify(other!, { descr: `round ${round}` })
    if (has(gone!)) rig.apic.delete(gone!)
    rig.apic.create('fvAp', `${again}/ap-x${round}`)
  }

  const actual = (classes = ['fvTenant']): Map<string, Record<string, string>> =>
    new Map(classes.flatMap((name) => rig.apic.find(name)).map((dn) => [dn, rig.stored(dn)]))

  /** Waits until the messages add up, and looks at how they did. */
  const adds = async (classes?: string[]): Promise<void> => {
    const inbox = rig.inbox('sub')
    for (let wait = 0; ;) {
      while (taken < inbox.all.length) picture.add(inbox.all[taken++]!)
      assert.deepEqual(picture.flaws, [])
      const differences = picture.differences(actual(classes))
      if (differences.length === 0) return
      await inbox.next().catch((error: unknown) => {
        // After many failed attempts the next one may be half a minute away.
        wait += 1
        if (wait > 3) assert.fail(`${differences.join('\n')}\n${String(error)}`)
      })
      // More has come with it, or is about to.
      await new Promise(setImmediate)
    }
  }

  /** After the fault: everything that changed is known, and events are live again. */
  const recovers = async (): Promise<void> => {
    await adds()
    change()
    await adds()
  }

  const isRed = ({ fill }: { fill?: string }): boolean => fill === 'red'

  // --- sockets

  for (const [title, how] of [
    ['F1 a close frame 1000', () => rig.apic.faults.dropSockets(1000)],
    ['F1 a close frame 1001', () => rig.apic.faults.dropSockets(1001)],
    ['F1 an end without a close frame', () => rig.apic.faults.cutSockets('end')],
    ['F2 a reset', () => rig.apic.faults.cutSockets('reset')],
    ['F2 a reset in the middle of a frame', () => rig.apic.faults.cutSockets('mid-frame')]
  ] as const) {
    it(`after ${title}`, async () => {
      await begin()
      change()
      how()
      change()
      await recovers()
      assert.equal(rig.errors.length, 1)
    })
  }

  it('after F3 a half-open socket', async () => {
    await begin()
    const silence = rig.apic.faults.goSilent()
    change()
    await rig.status('sub', isRed)
    silence.undo()
    await recovers()
  })

  for (const direction of ['up', 'down'] as const) {
    it(`after F4 a black hole on the way ${direction}`, async () => {
      await begin({}, { proxied: true })
      proxy!.swallow(direction)
      change()
      await rig.status('sub', isRed)
      change()
      proxy!.mend()
      await recovers()
    })
  }

  it('through F5 late, trembling and crumbling connections, which are none the worse for it', async () => {
    await begin({}, { proxied: true, heartbeat: 1 })
    for (const slow of [() => 20, () => Math.random() * 40]) {
      proxy!.slow(slow)
      change()
      await adds()
    }
    proxy!.slow(() => 0, 1)
    change()
    await adds()
    assert.equal(rig.apic.counts.socketsOpened, 1)
    assert.deepEqual(rig.errors, [])
  })

  it('with a peer that never answers pings, which is left in peace', async () => {
    await begin({}, { heartbeat: 0.2 })
    rig.apic.faults.noPongs()
    rig.apic.faults.dropSockets()
    await recovers()
    const { socketsOpened } = rig.apic.counts
    await rig.apic.until(() => rig.apic.requests.filter(({ url }) => url === '/api/mo/uni.json').length >= 3)
    assert.equal(rig.apic.counts.socketsOpened, socketsOpened)
  })

  // --- sessions

  it('after F6 a token that died early', async () => {
    await begin({ refreshTimeoutSeconds: 1 })
    rig.apic.faults.expireTokens()
    change()
    await rig.status('sub', isRed)
    await recovers()
  })

  it('after F7 a token that died while many requests were under way, by one new login', async () => {
    const classes = ['fvTenant', 'fvAp', 'fvBD', 'fvCtx', 'vzBrCP', 'vzFilter', 'fvAEPg', 'fvSubnet', 'l3extOut']
    await begin({}, {}, { classes: classes.join(), inputs: 1, snapshot: false })
    rig.apic.faults.latency(50)
    const { logins } = rig.apic.counts
    rig.receive('sub', { action: 'resync' })
    rig.apic.faults.expireTokens()
    rig.receive('sub', { action: 'resync' })
    await rig.status('sub', isRed)
    await rig.subscribed('sub')
    assert.equal(rig.apic.counts.logins, logins + 1)
  })

  for (const [title, rule] of [
    ['refused', { status: 403, text: 'Token was invalid (Error: Token timeout)', code: '403' }],
    ['slow', { delay: 300 }],
    ['never answered', { hang: true }]
  ] as const) {
    it(`after a token refresh that is ${title}`, async () => {
      await begin({ refreshTimeoutSeconds: 1 })
      const fault = rig.apic.faults.request({ path: '/api/aaaRefresh', times: 2, ...rule })
      await rig.apic.until(() => fault.hits > 0, 8_000)
      change()
      fault.undo()
      await recovers()
    })
  }

  it('after sessions that were ended', async () => {
    await begin()
    rig.apic.faults.endSessions()
    change()
    await recovers()
  })

  // --- controllers

  it('after F8 a failover to the second and third controller, and back', async () => {
    await begin({ controllers: 3 })
    for (const index of [0, 1, 2]) {
      await rig.apic.controllers[index]!.down()
      change()
      await recovers()
      await rig.apic.controllers[(index + 2) % 3]!.up()
    }
    assert.equal(new Set(rig.inbox('sub').all.map(({ aci }) => aci.controller)).size, 3)
  })

  it('after F9 a reboot: refusals first, then nothing at all, then everything', async () => {
    await begin()
    const busy = rig.apic.faults.request({ status: 503, html: 'Service Temporarily Unavailable' })
    rig.apic.faults.reboot()
    change()
    await rig.status('sub', isRed)
    const blank = rig.apic.faults.emptyAnswers()
    busy.undo()
    await rig.status('sub', ({ fill }) => fill === 'yellow')
    await rig.apic.until(() => blank.hits >= 2, 8_000)
    blank.undo()
    await recovers()
  }).timeout(45_000)

  it('after F10 an outage of the whole cluster', async () => {
    await begin({ controllers: 2 })
    await Promise.all(rig.apic.controllers.map((controller) => controller.down()))
    change()
    await rig.status('sub', isRed)
    await Promise.all(rig.apic.controllers.map((controller) => controller.up()))
    await recovers()
  })

  for (const [title, fault] of [
    ['that refuses sockets with 403', () => rig.apic.faults.refuseUpgrades(403)],
    ['that refuses sockets with 503', () => rig.apic.faults.refuseUpgrades(503)],
    ['that is a black hole', () => rig.apic.faults.blackHole()]
  ] as const) {
    it(`after a controller ${title}`, async () => {
      await begin()
      const handle = fault()
      rig.apic.faults.dropSockets()
      change()
      await rig.status('sub', isRed)
      handle.undo()
      await recovers()
    }).timeout(45_000)
  }

  it('after a login that was throttled', async () => {
    await begin()
    rig.apic.faults.request({ path: '/api/aaaLogin', times: 2, status: 503, html: 'Service Temporarily Unavailable' })
    rig.apic.faults.dropSockets()
    change()
    await recovers()
  })

  // --- subscriptions and snapshots

  it('after F11 and F13 a subscription that fell silent while all looked well, by the audit', async () => {
    await begin({}, { auditInterval: 0.01 })
    const silence = rig.apic.faults.silenceSubscriptions()
    change()
    await adds()
    silence.undo()
    await recovers()
  })

  it('after F12 a subscription that was lost, without touching the connection', async () => {
    await begin({ subscriptionTimeout: 60 }, { refreshTimeout: 30 })
    rig.apic.faults.loseSubscriptions()
    change()
    await recovers()
    assert.equal(rig.apic.counts.socketsOpened, 1)
  })

  it('after 405 on subscribe', async () => {
    await begin()
    rig.apic.faults.request({ path: /subscription=yes/, times: 1, status: 405, text: 'no socket', code: '405' })
    rig.apic.faults.dropSockets()
    change()
    await recovers()
  })

  for (const first of ['register', 'read'] as const) {
    it(`with ${first === 'read' ? 'F15' : 'F14'} an APIC that does ${first} first and answers late`, async () => {
      await begin({ subscribe: { first, gap: 30, replyDelay: 100 } })
      let changes = 0
      rig.apic.on('request', ({ url }) => {
        changes += 1
        if (changes < 10 && url.includes('/api/class')) change()
      })
      rig.apic.faults.dropSockets()
      await rig.status('sub', isRed)
      await rig.apic.until(() => rig.apic.subscriptions.length === 1)
      change()
      await recovers()
    })
  }

  it('with F16 a result of several pages that changes while it is read', async () => {
    await begin()
    for (let index = 0; index < 5_100; index += 1) rig.apic.create('fvTenant', `uni/tn-many${index}`)
    await adds()
    let changes = 0
    rig.apic.on('request', () => {
      changes += 1
      if (changes < 20) change()
    })
    rig.apic.faults.dropSockets()
    await rig.status('sub', isRed)
    await rig.subscribed('sub')
    await adds()
  }).timeout(45_000)

  it('after F16 an answer that was cut short', async () => {
    await begin()
    const fault = rig.apic.faults.truncateAnswers(3)
    rig.apic.faults.dropSockets()
    change()
    await rig.apic.until(() => fault.hits > 1, 8_000)
    fault.undo()
    await recovers()
  })

  it('through F17 a burst', async () => {
    await begin()
    for (let index = 0; index < 10_000; index += 1) {
      rig.apic.modify(`uni/tn-t${index % TENANTS}`, { descr: `burst ${index}` })
    }
    await adds()
    assert.equal(rig.apic.counts.socketsOpened, 1)
  })

  it('through F18 a burst before a flow that is slow', async () => {
    await begin()
    const inbox = rig.inbox('sub')
    const push = inbox.push.bind(inbox)
    mock.method(inbox, 'push', (message: Parameters<typeof push>[0]) => {
      const end = performance.now() + 1
      while (performance.now() < end) continue
      push(message)
    })
    for (let index = 0; index < 1_000; index += 1) {
      rig.apic.modify(`uni/tn-t${index % TENANTS}`, { descr: `burst ${index}` })
    }
    await adds()
    assert.equal(rig.apic.counts.socketsOpened, 1)
  })

  // --- frames

  it('through F19 and F20 frames that cannot be used', async () => {
    await begin()
    const { sendRaw } = { sendRaw: (data: string | Buffer) => rig.apic.faults.sendRaw(data) }
    const ids = rig.apic.subscriptions.map(({ id }) => id)
    const frame = (imdata: unknown, subscriptionId: unknown = ids): string => JSON.stringify({ subscriptionId, imdata })
    for (const text of [
      '{"subscriptionId":',
      '[]',
      'null',
      '7',
      '<?xml version="1.0"?><imdata totalCount="0"></imdata>',
      frame({}),
      frame([null, 1, 'x', [], {}]),
      frame([{ fvTenant: {} }]),
      frame([{ fvTenant: { attributes: { name: 'no dn', status: 'created' } } }]),
      frame([], null),
      frame(
        [{ fvTenant: { attributes: { dn: 'uni/tn-strange', status: 'created' } } }],
        ['0', '999999999999999999999']
      ),
      `{"subscriptionId":${JSON.stringify(ids)},"imdata":[{"__proto__":{"attributes":{"dn":"x","status":"created"}}}]}`,
      '['.repeat(5_000) + ']'.repeat(5_000),
      '"\ud800"'
    ]) {
      sendRaw(text)
    }
    sendRaw(Buffer.from([0, 255, 1]))
    const unknown = frame([{ fvTenant: { attributes: { dn: 'uni/tn-u', status: 'created' } } }], ['123'])
    for (let count = 0; count < 2_000; count += 1) sendRaw(unknown)
    await recovers()
    assert.equal(rig.apic.counts.socketsOpened, 1)
    assert.equal(({} as Record<string, unknown>)['attributes'], undefined)
  })

  it('after F19 a frame larger than anybody needs', async () => {
    await begin()
    rig.apic.faults.sendRaw(Buffer.alloc(33 * 1024 * 1024, 32).toString())
    change()
    await rig.status('sub', isRed)
    await recovers()
  })

  it('through F21 events that come twice', async () => {
    await begin()
    rig.apic.faults.duplicateNextEvents(20)
    change()
    change()
    await recovers()
  })

  it('through F21 events that come in another order, once they are compared', async () => {
    await begin({}, { auditInterval: 0.01 })
    rig.apic.faults.reorderNextEvents(2)
    rig.apic.modify('uni/tn-t1', { descr: 'first' })
    const then = Date.now()
    // Within one millisecond both would have the same time, and nothing would tell which one was the last.
    while (Date.now() === then) continue
    rig.apic.modify('uni/tn-t1', { descr: 'second' })
    await adds()
  })

  for (const hours of [1, -1]) {
    it(`through F22 a clock that is set ${hours > 0 ? 'forward' : 'back'} by an hour`, async () => {
      await begin()
      change()
      await adds()
      const now = Date.now.bind(Date)
      mock.method(Date, 'now', () => now() + hours * 3_600_000)
      change()
      await adds()
      rig.apic.faults.dropSockets()
      change()
      await recovers()
    })
  }

  it('through F24 a busy nginx, refusals and an answer that trickles', async () => {
    await begin()
    for (const rule of [
      { status: 503, html: 'Service Temporarily Unavailable' },
      { status: 429, text: 'too many' },
      { status: 500, text: 'Internal error' },
      { drip: { size: 50, every: 1 } }
    ]) {
      rig.apic.faults.request({ path: /\/api\/class/, times: 1, ...rule })
    }
    rig.apic.faults.dropSockets()
    change()
    await recovers()
  }).timeout(45_000)

  it('through F27 overlapping queries of one node', async () => {
    await begin({}, {}, { classes: 'fvTenant,fvAp' })
    change()
    await adds(['fvTenant', 'fvAp'])
    for (let count = 0; count < 3; count += 1) {
      rig.receive('sub', { action: 'resync' })
      rig.apic.faults.dropSockets()
      change()
      await adds(['fvTenant', 'fvAp'])
    }
  })

  it('through F30 a loop that was blocked for longer than the heartbeat allows', async () => {
    await begin({}, { heartbeat: 0.2 })
    change()
    const end = performance.now() + 1_000
    while (performance.now() < end) continue
    change()
    await recovers()
    assert.equal(rig.apic.counts.socketsOpened, 1)
    assert.deepEqual(rig.errors, [])
  })
})
