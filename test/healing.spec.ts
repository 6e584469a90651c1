// What breaks heals by itself, and what changed meanwhile is sent.

import assert from 'node:assert/strict'
import { Rig, type ShownStatus } from './rig'
import { ApicSimulator } from './simulator'

/** A tenant as an answer has it. */
const element = (name: string): object => ({ fvTenant: { attributes: { dn: `uni/tn-${name}`, name, modTs: 'never' } } })

describe('an interruption', () => {
  let rig: Rig

  afterEach(async () => {
    await rig.stop()
  })

  const started = async (options: Parameters<typeof Rig.start>[0] = {}, settings = {}): Promise<void> => {
    rig = await Rig.start({ auditLimit: 0, ...options })
    rig.apic.create('fvTenant', 'uni/tn-blue', { descr: 'old' })
    rig.apic.create('fvTenant', 'uni/tn-green')
    await rig.load(rig.connection(settings), rig.subscriber('sub', { classes: 'fvTenant' }))
    await rig.subscribed('sub')
  }

  const isRedRing = ({ fill, shape }: ShownStatus): boolean => fill === 'red' && shape === 'ring'

  for (const [title, how] of [
    ['with a close frame', (rig: Rig) => rig.apic.faults.dropSockets()],
    ['without one', (rig: Rig) => rig.apic.faults.cutSockets()]
  ] as const) {
    it(`of the socket ${title} heals, and what changed meanwhile is sent`, async () => {
      await started()
      how(rig)
      rig.apic.delete('uni/tn-green')
      rig.apic.modify('uni/tn-blue', { descr: 'new' })
      rig.apic.create('fvTenant', 'uni/tn-red')

      const status = await rig.status('sub', isRedRing)
      assert.match(status.text!, /lost/)
      const messages = await rig.inbox('sub').take(3)
      const sent = messages.map(({ payload }) => `${payload.origin} ${payload.event} ${payload.dn}`)
      assert.deepEqual(sent.sort(), [
        'recovered created uni/tn-red',
        'recovered deleted uni/tn-green',
        'recovered modified uni/tn-blue'
      ])
      const modified = messages.find(({ payload }) => payload.event === 'modified')!
      assert.deepEqual(modified.payload.changes, { descr: { from: 'old', to: 'new' } })
      assert.ok(modified.aci.gap!.from <= modified.aci.gap!.to)
      await rig.subscribed('sub')
      assert.equal(rig.errors.length, 1, 'reported once')
      assert.equal(rig.errors[0]!.code, 'ACI_UNREACHABLE')
      rig.apic.create('fvTenant', 'uni/tn-live')
      const next = await rig.inbox('sub').next()
      assert.equal(next.payload.origin, 'live')
      assert.deepEqual(rig.inbox('sub').others(), [])
    })
  }

  it('in which nothing changed tells nothing', async () => {
    await started()
    rig.apic.faults.dropSockets()
    await rig.status('sub', isRedRing)
    await rig.subscribed('sub')
    assert.deepEqual(rig.inbox('sub').all, [])
  })

  it('of one controller moves everything to the next', async () => {
    await started({ controllers: 3 })
    await rig.apic.controllers[0]!.down()
    rig.apic.create('fvTenant', 'uni/tn-red')

    const message = await rig.inbox('sub').next()
    assert.equal(message.topic, 'uni/tn-red')
    assert.equal(message.aci.controller, rig.apic.urls[1])
    await rig.subscribed('sub')
  })

  it('of the whole cluster is waited out', async () => {
    await started({ controllers: 2 })
    await Promise.all(rig.apic.controllers.map((controller) => controller.down()))
    await rig.status('sub', isRedRing)
    await Promise.all(rig.apic.controllers.map((controller) => controller.up()))
    await rig.subscribed('sub')
  })

  it('of one subscription is healed without touching the connection', async () => {
    await started({ subscriptionTimeout: 60 }, { refreshTimeout: 30 })
    rig.apic.faults.loseSubscriptions()
    rig.apic.delete('uni/tn-green')

    // Its next refresh is refused, and it is registered anew.
    const message = await rig.inbox('sub').next()
    assert.equal(`${message.payload.origin} ${message.topic}`, 'recovered uni/tn-green')
    assert.equal(rig.apic.counts.logins, 1)
    assert.equal(rig.apic.counts.socketsOpened, 1)
  }).timeout(20_000)

  it('by a dead token is a new login', async () => {
    await started({ refreshTimeoutSeconds: 2 })
    rig.apic.faults.expireTokens()
    await rig.status('sub', isRedRing)
    await rig.subscribed('sub')
    assert.equal(rig.apic.counts.logins, 2)
  })

  it('that closes nothing is found by the heartbeat', async () => {
    await started({}, { heartbeat: 0.3 })
    const silence = rig.apic.faults.goSilent()
    const status = await rig.status('sub', isRedRing)
    assert.match(status.text!, /no sign of life/)
    silence.undo()
    await rig.subscribed('sub')
  })

  it('is not seen where a peer merely does not answer pings', async () => {
    rig = await Rig.start()
    rig.apic.faults.noPongs()
    await rig.load(rig.connection({ heartbeat: 0.2 }), rig.subscriber('sub', { classes: 'fvTenant' }))
    await rig.subscribed('sub')
    await rig.apic.until(() => rig.apic.requests.filter(({ url }) => url === '/api/mo/uni.json').length >= 2)
    assert.equal(rig.apic.counts.socketsOpened, 1)
    assert.deepEqual(rig.errors, [])
  })

  it('is not seen in one answer of a busy nginx to the question whether the APIC lives', async () => {
    rig = await Rig.start()
    rig.apic.faults.noPongs()
    const busy = rig.apic.faults.busy({ path: /\/api\/mo\/uni\.json$/, times: 1 })
    await rig.load(rig.connection({ heartbeat: 0.2 }), rig.subscriber('sub', { classes: 'fvTenant' }))
    await rig.subscribed('sub')
    await rig.apic.until(() => rig.apic.requests.filter(({ url }) => url === '/api/mo/uni.json').length >= 3)
    assert.equal(busy.hits, 1)
    assert.equal(rig.apic.counts.socketsOpened, 1)
    assert.deepEqual(rig.errors, [])
  })

  it('of a busy APIC, which gives less than it says there is, deletes nothing', async () => {
    await started()
    rig.apic.faults.request({
      path: /\/api\/mo\/uni\/tn-green/,
      times: 1,
      status: 200,
      body: { totalCount: '1', imdata: [] }
    })
    const gone = { totalCount: '3', imdata: ['common', 'infra', 'mgmt'].map((name) => element(name)) }
    rig.apic.faults.request({ path: /page-size=5000/, times: 1, status: 200, body: gone })
    rig.apic.faults.dropSockets()
    await rig.status('sub', isRedRing)

    // It is not believed, and read again until the answers are whole.
    await rig.subscribed('sub')
    assert.deepEqual(rig.inbox('sub').all, [])
  })

  for (const tenants of [0, 20]) {
    it(`by a controller that is still starting, and shows none of ${tenants + 5} objects, deletes nothing`, async () => {
      rig = await Rig.start({ auditLimit: 0 })
      for (let index = 0; index < tenants; index += 1) rig.apic.create('fvTenant', `uni/tn-t${index}`)
      await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'fvTenant' }))
      await rig.subscribed('sub')
      const blank = rig.apic.faults.emptyAnswers()
      rig.apic.faults.dropSockets()

      // It has read, and does not believe it.
      await rig.status('sub', ({ fill, shape }) => fill === 'yellow' && shape === 'dot')
      blank.undo()
      await rig.subscribed('sub')
      assert.deepEqual(rig.inbox('sub').all, [])
    })
  }

  it('by a controller that shows nothing is not believed sooner because it is asked more often', async () => {
    rig = await Rig.start({ auditLimit: 0 })
    rig.apic.create('fvTenant', 'uni/tn-blue')
    await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'fvTenant', inputs: 1 }))
    await rig.subscribed('sub')
    const blank = rig.apic.faults.emptyAnswers()
    for (let asked = 0; asked < 6; asked += 1) {
      rig.receive('sub', { action: 'resync' })
      assert.match((await rig.caught('sub')).message, /shows nothing at all/)
    }
    blank.undo()
    rig.receive('sub', { action: 'resync' })
    await rig.subscribed('sub')
    assert.deepEqual(rig.inbox('sub').all, [])
  })

  it('by a controller that has just begun to show objects when it is looked at again deletes nothing', async () => {
    await started()
    // Of the last of so many readings that agree, the objects are not shown, and then the root is.
    const blank = rig.apic.faults.emptyAnswers()
    const shown = new Promise<void>((resolve) => {
      rig.apic.on('request', ({ url }) => {
        if (!url.startsWith('/api/mo/uni/tn-')) return
        blank.undo()
        resolve()
      })
    })
    rig.apic.faults.dropSockets()
    await shown
    await rig.subscribed('sub')

    rig.apic.create('fvTenant', 'uni/tn-red')
    assert.equal((await rig.inbox('sub').next()).topic, 'uni/tn-red')
    assert.equal(rig.inbox('sub').all.length, 1)
  }).timeout(20_000)

  it('by a controller that shows nothing for long deletes nothing where another controller knows better', async () => {
    rig = await Rig.start({ auditLimit: 0, controllers: 2 })
    for (let index = 0; index < 20; index += 1) rig.apic.create('fvTenant', `uni/tn-t${index}`)
    await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'fvTenant' }))
    await rig.subscribed('sub')
    rig.apic.controllers[0]!.faults.emptyAnswers()
    rig.apic.faults.dropSockets()

    await rig.status('sub', ({ text }) => text?.includes('does not show what') === true)
    await rig.subscribed('sub')
    assert.deepEqual(rig.inbox('sub').all, [])
    assert.equal(rig.apic.controllers[1]!.sockets.length, 1)
  }).timeout(20_000)

  it('by a controller that lost most of the objects deletes nothing where another controller has them', async () => {
    rig = await Rig.start({ auditLimit: 0, controllers: 2 })
    for (let index = 0; index < 20; index += 1) rig.apic.create('fvTenant', `uni/tn-t${index}`)
    await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'fvTenant' }))
    await rig.subscribed('sub')
    const shown = { totalCount: '1', imdata: [element('common')] }
    const nothing = { totalCount: '0', imdata: [] }
    const { faults } = rig.apic.controllers[0]!
    faults.request({ path: /class\/fvTenant.*page-size=5000/, status: 200, body: shown })
    faults.request({ path: /\/api\/mo\/uni\/tn-t/, status: 200, body: nothing })
    rig.apic.faults.dropSockets()

    await rig.status('sub', ({ text }) => text?.includes('does not show what') === true)
    await rig.subscribed('sub')
    assert.deepEqual(rig.inbox('sub').all, [])
  }).timeout(20_000)

  it('in which most objects were really deleted tells so, once several readings agree', async () => {
    rig = await Rig.start({ auditLimit: 0 })
    const names = Array.from({ length: 12 }, (_, index) => `uni/tn-t${index}`)
    for (const dn of names) rig.apic.create('fvTenant', dn)
    await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'fvTenant' }))
    await rig.subscribed('sub')
    rig.apic.faults.dropSockets()
    for (const dn of names) rig.apic.delete(dn)

    const sent = await rig.inbox('sub').take(12)
    assert.deepEqual(
      sent.map(({ payload }) => `${payload.origin} ${payload.event} ${payload.dn}`).sort(),
      names.map((dn) => `recovered deleted ${dn}`).sort()
    )
  }).timeout(20_000)

  it('in which most objects were really deleted is not doubted because another fabric has such objects', async () => {
    rig = await Rig.start({ auditLimit: 0 })
    const other = await ApicSimulator.start({ fabric: 'empty', tls: false, auditLimit: 0, siteFingerprint: 'other' })
    try {
      const names = Array.from({ length: 12 }, (_, index) => `uni/tn-t${index}`)
      for (const dn of names) for (const apic of [rig.apic, other]) apic.create('fvTenant', dn)
      const controllers = [...rig.apic.urls, ...other.urls]
      await rig.load(rig.connection({ controllers }), rig.subscriber('sub', { classes: 'fvTenant' }))
      await rig.subscribed('sub')
      rig.apic.faults.dropSockets()
      for (const dn of names) rig.apic.delete(dn)

      const sent = await rig.inbox('sub').take(12)
      assert.deepEqual(
        sent.map(({ payload }) => `${payload.event} ${payload.dn}`).sort(),
        names.map((dn) => `deleted ${dn}`).sort()
      )
      assert.equal(other.counts.socketsOpened, 0)
    } finally {
      await other.close()
    }
  }).timeout(20_000)

  it('after which another fabric answers starts afresh: the two are not compared', async () => {
    rig = await Rig.start({ auditLimit: 0 })
    const other = await ApicSimulator.start({ fabric: 'empty', tls: false, auditLimit: 0, siteFingerprint: 'other' })
    try {
      rig.apic.create('fvTenant', 'uni/tn-here')
      other.create('fvTenant', 'uni/tn-there')
      const controllers = [...rig.apic.urls, ...other.urls]
      await rig.load(rig.connection({ controllers }), rig.subscriber('sub', { classes: 'fvTenant' }))
      await rig.subscribed('sub')
      await rig.apic.controllers[0]!.down()
      await rig.status('sub', isRedRing)
      await rig.subscribed('sub')

      other.modify('uni/tn-there', { descr: 'x' })
      const message = await rig.inbox('sub').next()
      assert.equal(`${message.payload.origin} ${message.payload.event} ${message.topic}`, 'live modified uni/tn-there')
      assert.deepEqual(rig.inbox('sub').all.length, 1)
      assert.ok(rig.logged.all.some(({ level, text }) => level === 'warn' && text.includes('another fabric')))
    } finally {
      await other.close()
    }
  })

  it('by frames that cannot be read is none', async () => {
    await started()
    for (const frame of [
      '{',
      '[]',
      '{"subscriptionId":7,"imdata":{}}',
      '{"subscriptionId":["1"],"imdata":[{"a":{}}]}'
    ]) {
      rig.apic.faults.sendRaw(frame)
    }
    rig.apic.faults.sendRaw(Buffer.from([1, 2, 3]))
    rig.apic.create('fvTenant', 'uni/tn-red')
    assert.equal((await rig.inbox('sub').next()).topic, 'uni/tn-red')
    assert.equal(rig.apic.counts.socketsOpened, 1)
  })

  it('does not lose events that overtake the subscribe reply', async () => {
    rig = await Rig.start({ subscribe: { replyDelay: 200 } })
    await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'fvTenant', mirror: 'off' }))
    await rig.apic.until(() => rig.apic.subscriptions.length === 1)
    rig.apic.create('fvTenant', 'uni/tn-early')
    assert.equal((await rig.inbox('sub').next()).topic, 'uni/tn-early')
  })

  it('says how many events overtook the replies and were too many to keep', async () => {
    rig = await Rig.start({ subscribe: { replyDelay: 200 } })
    await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'fvTenant', mirror: 'off' }))
    await rig.apic.until(() => rig.apic.subscriptions.length === 1)
    const event = { fvTenant: { attributes: { dn: 'uni/tn-early', status: 'created' } } }
    rig.apic.faults.sendRaw(JSON.stringify({ subscriptionId: ['0'], imdata: Array(10_007).fill(event) }))

    const { text } = await rig.logged.next(({ level }) => level === 'warn')
    assert.equal(text, 'ACI_PROTOCOL: 7 events came before the answers to their subscriptions and had to be dropped')
  })
})
