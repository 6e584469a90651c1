// Faults that are noticed only after seconds. Each has a fabric of its own in one Node-RED, and all of them are waited for
// together, so that they take as long as the slowest of them.

import assert from 'node:assert/strict'
import { TcpProxy } from '../proxy'
import { Rig, type FlowNode, type Settings, type ShownStatus } from '../rig'
import { ApicSimulator } from '../simulator'
import { Scene } from './scene'

type Options = NonNullable<Parameters<typeof ApicSimulator.start>[0]>

/** One more fabric, with the nodes that watch it. */
interface Place {
  readonly apic: ApicSimulator
  readonly scene: Scene
  readonly nodes: FlowNode[]
  readonly id: string
}

describe('with patience', () => {
  let rig: Rig
  const closing: (() => Promise<void>)[] = []

  /** A connection node `apic-<id>` and an aci-subscribe node `<id>` at a simulator of their own. */
  const place = async (
    id: string,
    options: Options = {},
    settings: Settings = {},
    watched: Settings = {}
  ): Promise<Place> => {
    const apic = await ApicSimulator.start({ fabric: 'empty', tls: false, auditLimit: 0, ...options })
    closing.push(() => apic.close())
    const apicId = `apic-${id}`
    rig.credentials[apicId] = { username: 'admin', password: 'password' }
    const connection = rig.connection({ id: apicId, name: id, controllers: apic.urls, ...settings })
    const subscriber = rig.subscriber(id, { apic: apicId, classes: 'fvTenant', snapshot: true, ...watched })
    return { apic, id, scene: new Scene(rig, apic, id), nodes: [connection, ...subscriber] }
  }

  const isRed = ({ fill }: ShownStatus): boolean => fill === 'red'
  const neverRed = ({ id }: Place): void => {
    assert.deepEqual(rig.statuses(id).filter(isRed), [])
  }
  const idsOf = ({ apic }: Place): string[] => apic.subscriptions.map(({ id }) => id)

  let blackHole: Place
  let tlsHangs: Place
  let upgradeStalls: Place
  let one: Place
  let others: Place
  let all: Place
  let busy: Place
  let stuck: Place
  let late: Place
  let farAway: Place
  let proxy: TcpProxy
  const idsBefore = new Map<Place, string[]>()
  let started = 0

  before(async () => {
    rig = await Rig.start()
    blackHole = await place('black-hole', { controllers: 2 })
    tlsHangs = await place('tls-hangs', { controllers: 2, tls: true }, { tls: 'tls' })
    upgradeStalls = await place('upgrade-stalls', { controllers: 2 })
    one = await place('one', {}, { refreshTimeout: 30 })
    all = await place('all', {}, { refreshTimeout: 30 }, { classes: 'fvTenant,fvAp,fvBD', snapshot: false, inputs: 1 })
    busy = await place('busy', {}, { refreshTimeout: 30 })
    stuck = await place('stuck', {}, { refreshTimeout: 30, requestTimeout: 1 })
    late = await place('late', {}, { heartbeat: 1 })
    const far = await ApicSimulator.start({ fabric: 'empty', tls: false, auditLimit: 0 })
    closing.push(() => far.close())
    proxy = await TcpProxy.to(far.url)
    closing.push(() => proxy.close())
    proxy.slow(() => 350 + Math.random() * 100)
    const way = await place('far', {}, { controllers: [proxy.url], heartbeat: 0.3 })
    farAway = { ...way, apic: far, scene: new Scene(rig, far, 'far') }
    // Two more queries on the connection of `one`, which nothing happens to.
    const neighbours = ['fvAp', 'fvBD'].flatMap((name) => rig.subscriber(name, { apic: 'apic-one', classes: name }))
    others = { ...one, nodes: neighbours }

    blackHole.apic.controllers[0]!.faults.blackHole()
    tlsHangs.apic.controllers[0]!.faults.stallTls()
    upgradeStalls.apic.controllers[0]!.faults.refuseUpgrades('stall')
    late.apic.faults.latency(2_000)
    const tls = { id: 'tls', type: 'tls-config', name: '', cert: '', key: '', ca: '', verifyservercert: false }
    const places = [blackHole, tlsHangs, upgradeStalls, one, all, busy, stuck, late, farAway, others]
    started = performance.now()
    await rig.load(tls, ...places.flatMap(({ nodes }) => nodes))

    await Promise.all(['one', 'fvAp', 'fvBD', 'all', 'busy', 'stuck'].map((id) => rig.subscribed(id)))
    for (const watched of [one, all, busy, stuck]) idsBefore.set(watched, idsOf(watched))
    one.apic.faults.loseSubscriptions(({ url }) => url.includes('fvTenant'))
    one.scene.change()
    all.apic.faults.loseSubscriptions()
    all.apic.create('fvTenant', 'uni/tn-x')
    all.apic.create('fvAp', 'uni/tn-x/ap-x')
    all.apic.create('fvBD', 'uni/tn-x/BD-x')
    busy.apic.faults.busy({ path: '/api/subscriptionRefresh', times: 1 })
    busy.scene.change()
    stuck.apic.faults.request({ path: '/api/subscriptionRefresh', hang: true })
    stuck.scene.change()
  })

  after(async () => {
    await rig.stop()
    for (const close of closing) await close()
  })

  it('F12 one lost subscription: its next refresh heals it, and nothing else is touched', async () => {
    await one.scene.recovers()

    assert.ok(performance.now() - started < 15_000, 'a refresh is due every ten seconds')
    const [lost, ...untouched] = idsBefore.get(one)!
    assert.ok(untouched.every((id) => idsOf(one).includes(id)))
    assert.ok(!idsOf(one).includes(lost!))
    const { logins, socketsOpened, subscribes } = one.apic.counts
    assert.deepEqual({ logins, socketsOpened, subscribes }, { logins: 1, socketsOpened: 1, subscribes: 4 })
    neverRed(one)
    for (const id of ['fvAp', 'fvBD']) {
      const fills = rig.statuses(id).map(({ fill }) => fill)
      const since = fills.slice(fills.indexOf('green'))
      assert.deepEqual([...new Set(since)], ['green'], 'its neighbours did not even notice')
    }
  })

  it('F12 all subscriptions lost: each is made anew, on the same socket', async () => {
    const sent = await rig.inbox('all').take(3)

    assert.deepEqual(
      sent.map(({ topic, payload }) => `${payload.origin} ${payload.event} ${topic}`).sort(),
      ['uni/tn-x', 'uni/tn-x/BD-x', 'uni/tn-x/ap-x'].map((dn) => `recovered created ${dn}`)
    )
    // A reading may have found them before the refreshes tell that the subscriptions are gone.
    await all.apic.until(() => all.apic.counts.subscribes === 6, 15_000)
    const { logins, socketsOpened } = all.apic.counts
    assert.deepEqual({ logins, socketsOpened }, { logins: 1, socketsOpened: 1 })
    // What comes while a new subscription reads is found by that; what comes then is live.
    all.apic.create('fvAp', 'uni/tn-x/ap-y')
    assert.equal((await rig.inbox('all').next()).topic, 'uni/tn-x/ap-y')
    all.apic.create('fvAp', 'uni/tn-x/ap-z')
    const { topic, payload } = await rig.inbox('all').next()
    assert.deepEqual([topic, payload.origin], ['uni/tn-x/ap-z', 'live'])
    assert.deepEqual(rig.inbox('all').others(), [])
  })

  it('F24 a refresh that meets a busy nginx: it is tried again, and the id lives on', async () => {
    await busy.apic.until(() => busy.apic.counts.subscriptionRefreshes === 1, 12_000)

    await busy.scene.recovers()
    assert.deepEqual(idsOf(busy), idsBefore.get(busy))
    neverRed(busy)
  })

  it('F5 answers and frames that are two seconds late: nothing is lost, and nobody is taken for dead', async () => {
    await rig.subscribed('late')
    late.scene.change()
    await late.scene.adds()

    assert.equal(late.apic.counts.socketsOpened, 1)
    neverRed(late)
  }).timeout(30_000)

  it('F5 a way that takes longer than the heartbeat: pings overlap, and nobody is taken for dead', async () => {
    await rig.subscribed('far')
    const { pings } = farAway.apic.counts
    farAway.scene.change()
    await farAway.scene.adds()
    await farAway.apic.until(() => farAway.apic.counts.pings > pings + 5)

    assert.equal(farAway.apic.counts.socketsOpened, 1)
    neverRed(farAway)
  })

  it('F24 refreshes that are never answered: the subscription is made anew, and no event is lost', async () => {
    await stuck.apic.until(() => stuck.apic.counts.subscribes === 2, 18_000)
    stuck.scene.change()
    await stuck.scene.recovers()

    const { logins, socketsOpened } = stuck.apic.counts
    assert.deepEqual({ logins, socketsOpened }, { logins: 1, socketsOpened: 1 })
  }).timeout(25_000)

  for (const [title, which] of [
    ['accepts connections and says nothing', () => blackHole],
    ['never begins with TLS', () => tlsHangs],
    ['never opens the socket', () => upgradeStalls]
  ] as const) {
    it(`F8 a first controller that ${title}: the second one is taken`, async () => {
      const { id, scene, apic } = which()
      await apic.until(() => apic.controllers[1]!.subscriptions.length === 1, 15_000)
      await rig.subscribed(id)
      assert.ok(performance.now() - started < 20_000, 'ten seconds are given to each step')

      scene.change()
      await scene.recovers()
      assert.equal(rig.inbox(id).all.at(-1)!.aci.controller, apic.urls[1])
      assert.match(
        rig
          .statuses(id)
          .map(({ text }) => text)
          .join('\n'),
        /not (answer|open)/
      )
    }).timeout(25_000)
  }
})
