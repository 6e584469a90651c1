// The event socket: subscriptions and the frames that come of them.
import assert from 'node:assert/strict'
import { ManualClock } from './clock'
import { attributesOf, classOf, closeAll, connected, dnsOf, loggedIn } from './client'

const NO_SOCKET = {
  status: 405,
  code: '405',
  text: 'Subscription request failed, unable to locate opened web socket. Please re-login to the application'
}

describe('the simulator: events', () => {
  afterEach(closeAll)

  it('come over a socket that is opened with the token as it is', async () => {
    const { apic, client } = await loggedIn({ tokenStyle: 'base64' })
    assert.match(client.token, /[/+=]/)
    await client.socket()
    assert.equal(apic.sockets.length, 1)
    assert.equal(await client.refusedSocket(encodeURIComponent(client.token)), 403, 'escaped it is another token')
    assert.equal(await client.refusedSocket('nonsense'), 403)
    assert.equal(await client.refusedSocket(''), 403)
    assert.equal(apic.counts.socketsRefused, 3)
  })

  it('cannot be had with a token that has run out', async () => {
    const clock = new ManualClock()
    const { client } = await loggedIn({ clock })
    clock.advance(600_001)
    assert.equal(await client.refusedSocket(client.token), 403)
  })

  it('need an open socket of the same session before the subscription', async () => {
    const { client, apic } = await loggedIn()
    const path = '/api/class/fvTenant.json?subscription=yes'
    assert.deepEqual(await client.refusal('GET', path), NO_SOCKET)
    const events = await client.socket()
    await client.subscribe('/api/class/fvTenant.json')
    await client.login()
    assert.deepEqual(await client.refusal('GET', path), NO_SOCKET, 'a new login is a new session')
    events.ws.close()
    await apic.until(() => apic.sockets.length === 0)
    assert.deepEqual(await client.refusal('GET', path), NO_SOCKET)
    assert.equal(apic.counts.subscribesRefused, 3)
  })

  it('are subscribed to with any query, which also answers with what there is', async () => {
    const { client } = await connected()
    const data = await client.subscribe('/api/class/fvTenant.json?order-by=fvTenant.dn&page-size=1')
    assert.deepEqual(Object.keys(data), ['totalCount', 'subscriptionId', 'imdata'])
    assert.equal(data.totalCount, '3')
    assert.deepEqual(dnsOf(data), ['uni/tn-common'])
    assert.match(data.subscriptionId, /^\d{17,19}$/)
  })

  it('have ids of 64 bits: node, random, counter, and a new one each time', async () => {
    const { client, apic } = await loggedIn({ controllers: 2 })
    await client.socket()
    const first = BigInt((await client.subscribe('/api/class/fvTenant.json')).subscriptionId)
    const second = BigInt((await client.subscribe('/api/class/fvTenant.json')).subscriptionId)
    assert.equal(first >> 56n, 1n)
    assert.equal(second, first + 1n)
    assert.ok(first > BigInt(Number.MAX_SAFE_INTEGER))
    assert.equal(apic.subscriptions.length, 2)
  })

  it('tell of a created object in full, of a modified one what changed, of a deleted one that it is gone', async () => {
    const { apic, client, events } = await connected({ reactions: false })
    const { subscriptionId } = await client.subscribe('/api/class/fvTenant.json')

    apic.create('fvTenant', 'uni/tn-x', { descr: 'd' })
    apic.modify('uni/tn-x', { descr: 'e', nameAlias: 'n' })
    apic.delete('uni/tn-x')

    const [created, modified, deleted] = await events.rest()
    const full = attributesOf((await client.get('/api/mo/uni/tn-common.json')).imdata[0])
    assert.deepEqual(Object.keys(created!), ['subscriptionId', 'imdata'])
    assert.deepEqual(created?.subscriptionId, [subscriptionId])
    assert.equal(created.imdata.length, 1)
    assert.deepEqual(Object.keys(created.imdata[0]!), ['fvTenant'])
    assert.deepEqual(Object.keys(created.imdata[0]!['fvTenant']!), ['attributes'], 'no children')
    const attributes = attributesOf(created.imdata[0])
    assert.deepEqual(Object.keys(attributes), [...Object.keys(full), 'rn'].sort())
    const { dn, rn, status, childAction, name, descr } = attributes
    assert.deepEqual(
      { dn, rn, status, childAction, name, descr },
      { dn: 'uni/tn-x', rn: '', status: 'created', childAction: '', name: 'x', descr: 'd' }
    )

    const change = attributesOf(modified?.imdata[0])
    assert.deepEqual(change, {
      childAction: '',
      descr: 'e',
      dn: 'uni/tn-x',
      modTs: change['modTs'],
      nameAlias: 'n',
      rn: '',
      status: 'modified'
    })
    const end = attributesOf(deleted?.imdata[0])
    assert.deepEqual(end, { childAction: '', dn: 'uni/tn-x', modTs: end['modTs'], rn: '', status: 'deleted' })
    for (const one of [attributes, change, end]) assert.match(one['modTs']!, /^\d{4}-.*T.*\.\d{3}\+00:00$/)
  })

  it('carry the time also for classes whose reads say never or nothing', async () => {
    const { apic, client, events } = await connected({ reactions: false })
    await client.subscribe('/api/class/faultInst.json')
    await client.subscribe('/api/class/healthInst.json')
    apic.create('faultInst', 'uni/tn-common/fault-F0467', { severity: 'minor' })
    apic.modify('uni/tn-common/fault-F0467', { severity: 'cleared', lc: 'retaining' })
    apic.create('healthInst', 'uni/tn-common/health')
    for (const { imdata } of await events.rest()) assert.match(attributesOf(imdata[0])['modTs']!, /^\d{4}-/)
  })

  it('come once, with all ids of the session that they match', async () => {
    const { apic, client, events } = await connected()
    const ids = [
      (await client.subscribe('/api/class/fvTenant.json')).subscriptionId,
      (await client.subscribe('/api/class/fvTenant.json')).subscriptionId,
      (await client.subscribe('/api/mo/uni/tn-common.json')).subscriptionId
    ]
    await client.subscribe('/api/class/fvBD.json')
    const other = await connected()
    assert.equal(other.apic.sockets.length, 1)

    apic.modify('uni/tn-common', { descr: 'x' })

    const frames = await events.rest()
    assert.equal(frames.length, 1)
    assert.deepEqual(frames[0]!.subscriptionId.sort(), ids.sort())
  })

  it('are kept apart by session', async () => {
    const { apic, client, events } = await connected()
    const mine = await client.subscribe('/api/class/fvTenant.json')
    const first = client.token
    await client.login()
    const others = await client.socket()
    const theirs = await client.subscribe('/api/class/fvTenant.json')
    assert.notEqual(first, client.token)

    apic.modify('uni/tn-common', { descr: 'x' })

    assert.deepEqual((await events.rest())[0]?.subscriptionId, [mine.subscriptionId])
    assert.deepEqual((await others.rest())[0]?.subscriptionId, [theirs.subscriptionId])
  })

  it('belong to the newest socket of the session at the time of the subscription', async () => {
    const { apic, client, events } = await connected()
    await client.subscribe('/api/class/fvTenant.json')
    const second = await client.socket()
    await client.subscribe('/api/mo/uni/tn-common.json')
    apic.modify('uni/tn-common', { descr: 'x' })
    assert.equal((await events.rest()).length, 1)
    assert.equal((await second.rest()).length, 1)
    events.ws.terminate()
    await apic.until(() => apic.subscriptions.length === 1)
    apic.modify('uni/tn-common', { descr: 'y' })
    assert.equal((await second.rest()).length, 1)
  })

  it('reach as far as the query: itself, children, subtree, classes in it', async () => {
    const { apic, client, events } = await connected({ reactions: false })
    apic.create('fvTenant', 'uni/tn-x')
    const ids = new Map<string, string>()
    for (const [name, path] of [
      ['self', '/api/mo/uni/tn-x.json'],
      ['children', '/api/mo/uni/tn-x.json?query-target=children'],
      ['subtree', '/api/mo/uni/tn-x.json?query-target=subtree'],
      ['epgs', '/api/mo/uni/tn-x.json?query-target=subtree&target-subtree-class=fvAEPg,fvBD'],
      ['class', '/api/class/fvAp.json'],
      ['class subtree', '/api/class/fvTenant.json?query-target=subtree'],
      ['class children', '/api/class/fvAp.json?query-target=children'],
      ['below', '/api/class/uni/tn-x/fvAp.json'],
      ['elsewhere', '/api/class/uni/tn-common/fvAp.json']
    ] as const) {
      ids.set((await client.subscribe(path)).subscriptionId, name)
    }

    apic.modify('uni/tn-x', { descr: 'd' })
    apic.create('fvAp', 'uni/tn-x/ap-a')
    apic.create('fvAEPg', 'uni/tn-x/ap-a/epg-e')

    const seen = (await events.rest()).map((frame) => [
      classOf(frame.imdata[0]),
      frame.subscriptionId.map((id) => ids.get(id)).sort()
    ])
    assert.deepEqual(seen, [
      ['fvTenant', ['class subtree', 'self', 'subtree']],
      ['fvAp', ['below', 'children', 'class', 'class subtree', 'subtree']],
      ['fvAEPg', ['class children', 'class subtree', 'epgs', 'subtree']]
    ])
  })

  it('may be asked for before the object exists', async () => {
    const { apic, client, events } = await connected()
    const { totalCount, imdata } = await client.subscribe('/api/mo/uni/tn-later.json')
    assert.deepEqual({ totalCount, imdata }, { totalCount: '0', imdata: [] })
    apic.create('fvTenant', 'uni/tn-later')
    assert.deepEqual(await events.summary(), ['created fvTenant uni/tn-later'])
  })

  it('are filtered by the whole object, though a change carries only a part', async () => {
    const { apic, client, events } = await connected({ reactions: false })
    apic.create('fvTenant', 'uni/tn-mine', { nameAlias: 'in' })
    apic.create('fvTenant', 'uni/tn-other', { nameAlias: 'out' })
    await client.subscribe('/api/class/fvTenant.json?query-target-filter=eq(fvTenant.nameAlias,"in")')

    apic.modify('uni/tn-mine', { descr: '1' })
    apic.modify('uni/tn-other', { descr: '2' })

    const frames = await events.rest()
    assert.equal(frames.length, 1)
    assert.ok(!('nameAlias' in attributesOf(frames[0]!.imdata[0])))
  })

  it('tell of an object that enters a filter as a change, and nothing of one that leaves it', async () => {
    const { apic, client, events } = await connected({ reactions: false })
    apic.create('fvTenant', 'uni/tn-x')
    await client.subscribe('/api/class/fvTenant.json?query-target-filter=eq(fvTenant.nameAlias,"in")')
    apic.modify('uni/tn-x', { nameAlias: 'in' })
    apic.modify('uni/tn-x', { nameAlias: 'out' })
    apic.delete('uni/tn-x')
    assert.deepEqual(await events.summary(), ['modified fvTenant uni/tn-x'])
  })

  it('may tell of the leaving too', async () => {
    const { apic, client, events } = await connected({ filterExit: 'modified' })
    await client.subscribe('/api/class/fvTenant.json?query-target-filter=eq(fvTenant.nameAlias,"")')
    apic.modify('uni/tn-common', { nameAlias: 'out' })
    apic.modify('uni/tn-common', { nameAlias: 'further' })
    const frames = await events.rest()
    assert.deepEqual(
      frames.map(({ imdata }) => attributesOf(imdata[0])['nameAlias']),
      ['out']
    )
  })

  it('of an abstract class come under the concrete names', async () => {
    const { apic, client, events } = await connected()
    await client.subscribe('/api/class/faultInfo.json')
    apic.create('faultInst', 'uni/tn-common/fault-F0467')
    apic.create('faultDelegate', 'uni/tn-common/fd-[uni/tn-x]-fault-F0467')
    assert.deepEqual(await events.summary(), [
      'created faultInst uni/tn-common/fault-F0467',
      'created faultDelegate uni/tn-common/fd-[uni/tn-x]-fault-F0467'
    ])
  })

  it('of statistics never come', async () => {
    const { apic, client, events } = await connected({ fabric: 'small' })
    await client.subscribe('/api/class/eqptIngrTotal5min.json')
    await client.subscribe('/api/mo/topology.json?query-target=subtree')
    apic.modify('topology/pod-1/node-101/sys/phys-[eth1/1]/CDeqptIngrTotal5min', { bytesCum: '12' })
    assert.deepEqual(await events.rest(), [])
  })

  it('do not come for a subscription that was made with two cookies', async () => {
    const { apic, client, events } = await connected()
    const answer = await client.request('GET', '/api/class/fvTenant.json?subscription=yes', undefined, {
      Cookie: `APIC-cookie=${client.token}; APIC-cookie=${client.token}`
    })
    assert.equal(answer.status, 200)
    assert.match(answer.text, /"subscriptionId":"\d+"/)
    apic.modify('uni/tn-common', { descr: 'x' })
    assert.deepEqual(await events.rest(), [])
    assert.equal(apic.requests.at(-1)?.cookies, 2)
  })

  it('go on through a change of token', async () => {
    const clock = new ManualClock()
    const { apic, client, events } = await connected({ clock })
    await client.subscribe('/api/class/fvTenant.json?refresh-timeout=5000')
    clock.advance(400_000)
    client.token = attributesOf((await client.get('/api/aaaRefresh.json')).imdata[0])['token']!
    clock.advance(400_000)
    apic.modify('uni/tn-common', { descr: 'x' })
    assert.equal((await events.rest()).length, 1)
    await client.subscribe('/api/class/fvBD.json')
  })

  it('tell earlier times than before when the clock was set back', async () => {
    const clock = new ManualClock()
    const { apic, client, events } = await connected({ clock })
    await client.subscribe('/api/class/fvTenant.json')
    apic.modify('uni/tn-common', { descr: '1' })
    clock.jump(-900)
    apic.modify('uni/tn-common', { descr: '2' })
    const [first, second] = (await events.rest()).map(({ imdata }) => Date.parse(attributesOf(imdata[0])['modTs']!))
    assert.equal(first! - second!, 900)
  })

  it('arrive complete and in order in a burst of 5,000', async () => {
    const { apic, client, events } = await connected()
    await client.subscribe('/api/class/fvTenant.json')
    for (let n = 0; n < 5_000; n++) apic.modify('uni/tn-common', { descr: String(n) })
    const frames = await events.rest()
    assert.equal(frames.length, 5_000)
    assert.ok(frames.every(({ imdata }, n) => attributesOf(imdata[0])['descr'] === String(n)))
  })
})

describe('the simulator: life of a subscription', () => {
  afterEach(closeAll)

  const path = '/api/class/fvTenant.json'

  it('ends a grace after the timeout unless it is refreshed', async () => {
    const clock = new ManualClock()
    const { apic, client, events } = await connected({ clock })
    const { subscriptionId } = await client.subscribe(path)

    clock.advance(70_000)
    const refreshed = await client.refresh(subscriptionId)
    assert.deepEqual([refreshed.status, refreshed.text], [200, '{"totalCount":"0","imdata":[]}'])
    clock.advance(79_999)
    assert.equal(apic.subscriptions.length, 1)
    clock.advance(1)
    assert.equal(apic.subscriptions.length, 0)
    assert.equal(apic.counts.subscriptionsExpired, 1)
    assert.equal((await client.refresh(subscriptionId)).status, 400)
    apic.modify('uni/tn-common', { descr: 'x' })
    assert.deepEqual(await events.rest(), [])
  })

  for (const [text, seconds] of [
    ['140', 140],
    ['60m0s', 60],
    ['90?query-target=subtree', 90],
    ['nonsense', 60]
  ] as const) {
    it(`lasts ${seconds} s with refresh-timeout=${text}`, async () => {
      const { apic, client } = await connected()
      await client.subscribe(`${path}?refresh-timeout=${text}`)
      assert.equal(apic.subscriptions[0]?.timeout, seconds)
    })
  }

  it('has defaults that can be set', async () => {
    const clock = new ManualClock()
    const { apic, client } = await connected({ clock, subscriptionTimeout: 10, subscriptionGrace: 1 })
    await client.subscribe(path)
    clock.advance(11_000)
    assert.equal(apic.subscriptions.length, 0)
  })

  for (const [title, options] of [
    ['in releases before 4.0', { version: '3.2(9b)' }],
    ['where a test wants it so', { refreshTimeoutParameter: false }]
  ] as const) {
    it(`cannot be asked for ${title}`, async () => {
      const { client } = await connected(options)
      assert.equal((await client.refusal('GET', `${path}?subscription=yes&refresh-timeout=60`)).status, 400)
      await client.subscribe(path)
    })
  }

  it('goes by the digits an id begins with', async () => {
    const { client } = await connected()
    const { subscriptionId } = await client.subscribe(path)
    assert.equal((await client.refresh(`${subscriptionId}-corrupted`)).status, 200)
    for (const id of ['99999999999999999', '', 'x']) {
      const answer = await client.refresh(id)
      assert.equal(answer.status, 400, id)
      assert.match(answer.text, /"error":\{"attributes":\{"code":"400"/)
    }
  })

  it('ends with its socket', async () => {
    const { apic, client, events } = await connected()
    const { subscriptionId } = await client.subscribe(path)
    events.ws.close()
    await apic.until(() => apic.subscriptions.length === 0)
    assert.equal((await client.refresh(subscriptionId)).status, 400)
  })

  it('leaves nothing behind when the query cannot be answered', async () => {
    const { apic, client } = await connected({ resultLimit: 2 })
    assert.equal((await client.refusal('GET', `${path}?subscription=yes`)).status, 400)
    assert.equal(apic.subscriptions.length, 0)
    assert.equal((await client.subscribe(`${path}?page-size=1`)).totalCount, '3')
  })

  it('may begin before the read, so that what happens in between comes twice', async () => {
    const { apic, client, events } = await connected({ subscribe: { gap: 30 } })
    const answer = client.subscribe(path)
    await apic.until(() => apic.subscriptions.length === 1)
    apic.create('fvTenant', 'uni/tn-between')
    assert.ok(dnsOf(await answer).includes('uni/tn-between'))
    assert.equal((await events.rest()).length, 1)
  })

  it('may begin after the read, so that what happens in between is lost', async () => {
    const { apic, client, events } = await connected({ subscribe: { first: 'read', gap: 30 } })
    const { requestsReceived } = apic.counts
    const answer = client.subscribe(path)
    await apic.until(() => apic.counts.requestsReceived > requestsReceived)
    apic.create('fvTenant', 'uni/tn-between')
    assert.ok(!dnsOf(await answer).includes('uni/tn-between'))
    assert.deepEqual(await events.rest(), [])
  })

  it('may be answered late, so that events come before the id is known', async () => {
    const { apic, client, events } = await connected({ subscribe: { replyDelay: 30 } })
    let answered = false
    const answer = client.subscribe(path).then((data) => {
      answered = true
      return data
    })
    await apic.until(() => apic.subscriptions.length === 1)
    apic.modify('uni/tn-common', { descr: 'early' })
    const frame = await events.next()
    assert.equal(answered, false)
    assert.deepEqual(frame.subscriptionId, [(await answer).subscriptionId])
  })
})
