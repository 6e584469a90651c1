// The starting fabrics and what happens in them by itself.
import assert from 'node:assert/strict'
import { ManualClock } from './clock'
import type { ApicSimulator } from './cluster'
import type { Change } from './tree'
import { attributesOf, closeAll, loggedIn, simulator } from './client'

const record = (apic: ApicSimulator): Change[] => {
  const changes: Change[] = []
  apic.tree.onChange((change) => changes.push(change))
  return changes
}
const line = ({ status, object, changed }: Change): string => `${status} ${object.dn} ${JSON.stringify(changed)}`

/** Lets that many things happen, without any clock. */
const live = (apic: ApicSimulator, steps: number): void => {
  for (let n = 0; n < steps; n++) apic.life.step()
}

describe('the simulator: its fabrics', () => {
  afterEach(closeAll)

  it('even an empty one has what every fabric has', async () => {
    const apic = await simulator()
    for (const dn of [
      'uni',
      'uni/tn-common',
      'uni/tn-infra',
      'uni/tn-mgmt',
      'uni/infra',
      'uni/userext/user-admin',
      'uni/userext/pkiext/webtokendata',
      'topology/pod-1/node-1/sys/ctrlrfwstatuscont/ctrlrrunning',
      'topology/pod-1/node-1/av/node-1'
    ]) {
      assert.ok(apic.read(dn), dn)
    }
    assert.equal(apic.read('uni/tn-common/BD-default/rsctx')?.['state'], 'formed')
  })

  it('the demo has enough to look at', async () => {
    const { client } = await loggedIn({ fabric: 'demo', controllers: 3 })
    const total = async (path: string): Promise<number> => Number((await client.get(`/api/class/${path}`)).totalCount)
    assert.equal(await total('fabricPod.json'), 2)
    assert.equal(await total('fabricNode.json'), 15)
    assert.equal(await total('fvTenant.json'), 6)
    assert.ok((await total('fvCEp.json')) >= 40)
    assert.equal(await total('fvCEp.json'), await total('fvIp.json'))
    assert.ok((await total('aaaModLR.json')) >= 3)
    const { imdata } = await client.get('/api/class/faultInst.json')
    assert.equal(new Set(imdata.map((item) => attributesOf(item)['severity'])).size, 5)
    const relations = await client.get('/api/class/fvRsBd.json')
    assert.ok(relations.imdata.every((item) => attributesOf(item)['state'] === 'formed'))
  })

  it('are the same for the same seed, and others for another', async () => {
    const everything = async (seed: number): Promise<string> => {
      const { client } = await loggedIn({ fabric: 'demo', seed, clock: new ManualClock(), order: 'stable' })
      return (await client.request('GET', '/api/class/fvCEp.json?order-by=fvCEp.dn')).text
    }
    assert.equal(await everything(5), await everything(5))
    assert.notEqual(await everything(5), await everything(6))
  })
})

describe('the simulator: life', () => {
  afterEach(closeAll)

  it('takes the same course for the same seed', async () => {
    const course = async (seed: number): Promise<string[]> => {
      const apic = await simulator({ fabric: 'demo', seed, clock: new ManualClock() })
      const changes = record(apic)
      live(apic, 300)
      return changes.map(line)
    }
    assert.deepEqual(await course(7), await course(7))
    assert.notDeepEqual(await course(7), await course(8))
  })

  it('brings every kind of change', async () => {
    const apic = await simulator({ fabric: 'demo', auditLimit: 100_000 })
    const changes = record(apic)
    live(apic, 1500)
    const kinds = new Set(changes.map(({ status, object }) => `${status} ${object.cls.name}`))
    for (const kind of [
      'created fvCEp',
      'created fvIp',
      'deleted fvCEp',
      'deleted fvRsCEpToPathEp',
      'created faultInst',
      'modified faultInst',
      'deleted faultInst',
      'modified ethpmPhysIf',
      'created eventRecord',
      'modified healthInst',
      'created fvTenant',
      'created fvAEPg',
      'modified fvAEPg',
      'deleted fvTenant',
      'created aaaModLR'
    ]) {
      assert.ok(kinds.has(kind), kind)
    }
  })

  it('lets a fault soak, be raised, clear and be retained before it goes', async () => {
    const apic = await simulator({ fabric: 'demo' })
    const changes = record(apic)
    live(apic, 1500)
    const faults = changes.filter(({ object }) => object.cls.name === 'faultInst')
    const { object } = faults.find(({ status }) => status === 'deleted')!
    const course = faults.filter((change) => change.object === object)
    assert.equal(course[0]?.status, 'created')
    assert.deepEqual(
      course.slice(1).map(({ changed, status }) => changed['lc'] ?? status),
      ['raised', 'soaking-clearing', 'retaining', 'deleted']
    )
    assert.equal(course[3]?.changed['severity'], 'cleared')
  })

  it('writes an audit record for each change of configuration', async () => {
    const apic = await simulator({ fabric: 'demo', auditLimit: 100_000 })
    const changes = record(apic)
    live(apic, 300)
    const made = changes.filter(({ object, status }) => object.cls.name === 'fvTenant' && status === 'created')
    assert.ok(made.length > 0)
    for (const { object } of made) {
      const records = changes.filter(
        (change) => change.object.cls.name === 'aaaModLR' && change.object.attributes['affected'] === object.dn
      )
      assert.equal(records[0]?.object.attributes['ind'], 'creation')
    }
  })

  it('goes on at the rate asked for, and not at all without one', async () => {
    const clock = new ManualClock()
    const apic = await simulator({ fabric: 'demo', rate: 10, clock })
    const changes = record(apic)
    clock.advance(20_000)
    assert.ok(changes.length > 150 && changes.length < 260, String(changes.length))

    const quiet = new ManualClock()
    const still = await simulator({ fabric: 'demo', clock: quiet })
    const none = record(still)
    quiet.advance(60_000)
    assert.deepEqual(none, [])
  })

  it('goes on even in an empty fabric', async () => {
    const apic = await simulator()
    const changes = record(apic)
    live(apic, 50)
    assert.ok(changes.some(({ object }) => object.cls.name === 'fvTenant'))
  })
})
