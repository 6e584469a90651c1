// What people put behind a stream, a snapshot or a whole result: join, sort, batch, split, delay and link call.

import assert from 'node:assert/strict'
import type { FlowNode } from '../rig'
import { ApicSimulator } from '../simulator'
import { editor } from './node-red'

const TAB = 'core-tab'

interface Sent {
  readonly payload: unknown
  readonly parts?: { readonly index: number; readonly count: number }
}

interface Listed {
  readonly dn: string
}

describe('core nodes', () => {
  let apic: ApicSimulator

  beforeEach(async () => {
    apic = await ApicSimulator.start({ fabric: 'small' })
    for (const name of ['b', 'c', 'a']) apic.create('fvTenant', `uni/tn-${name}`, { descr: 'mine' })
  })

  afterEach(async () => {
    await editor.deploy([])
    await apic.close()
  })

  const node = (id: string, type: string, wires: readonly string[], settings: object = {}): FlowNode => ({
    id: `core-${id}`,
    type,
    z: TAB,
    name: '',
    x: 100,
    y: 100,
    wires: [wires.map((each) => `core-${each}`)],
    ...settings
  })
  const query = (wires: readonly string[], settings: object = {}): FlowNode =>
    node('query', 'aci-query', wires, {
      apic: 'core-apic',
      target: 'class',
      classes: 'fvTenant',
      filter: 'eq(fvTenant.descr,"mine")',
      output: 'stream',
      limit: 0,
      ...settings
    })

  const deploy = async (...nodes: readonly FlowNode[]): Promise<void> => {
    await editor.deploy([
      { id: TAB, type: 'tab', label: 'Core nodes' },
      {
        id: 'core-apic',
        type: 'aci-apic',
        name: '',
        controllers: apic.urls,
        credentials: { username: 'admin', password: 'password' }
      },
      node('go', 'inject', [nodes[0]!.id.replace('core-', '')], { props: [] }),
      node('out', 'debug', [], { active: true, tosidebar: true, complete: 'true', targetType: 'full' }),
      ...nodes
    ])
  }

  const out = () => editor.debug<Sent>('core-out')
  const dnsOf = (sent: Sent): string[] => (sent.payload as Listed[]).map(({ dn }) => dn)
  const join = (id = 'join'): FlowNode =>
    node(id, 'join', ['out'], { mode: 'auto', build: 'object', accumulate: false })
  const split = (wires: readonly string[]): FlowNode => {
    const settings = { splt: '\\n', spltType: 'str', arraySplt: 1, arraySpltType: 'len', stream: false, addname: '' }
    return node('split', 'split', wires, settings)
  }
  const sort = (): FlowNode => {
    const settings = { order: 'descending', as_num: false, target: 'payload', targetType: 'seq', msgKey: 'payload.dn' }
    return node('sort', 'sort', ['out'], { ...settings, msgKeyType: 'msg', seqKey: 'payload.dn', seqKeyType: 'msg' })
  }
  const batch = (): FlowNode => {
    const settings = { mode: 'count', count: 2, overlap: 0, interval: 10, allowEmptySequence: false, topics: [] }
    return node('batch', 'batch', ['join'], { ...settings, honourParts: true })
  }

  it('join: a stream becomes one array, and an empty one an array of null', async () => {
    await deploy(query(['join']), join())
    await editor.press('core-go')
    assert.deepEqual(dnsOf(await out().next()), ['uni/tn-a', 'uni/tn-b', 'uni/tn-c'])
    await deploy(query(['join'], { filter: 'eq(fvTenant.descr,"nobody")' }), join())
    await editor.press('core-go')
    assert.deepEqual((await out().next()).payload, [null])
  })

  it('split: an array becomes messages that a join puts together again', async () => {
    await deploy(query(['split'], { output: 'array' }), split(['join', 'out']), join())
    await editor.press('core-go')
    const sent = [...(await out().take(3)), await out().next()]
    const single = sent.filter(({ payload }) => !Array.isArray(payload))
    assert.deepEqual(
      single.map(({ parts }) => [parts!.index, parts!.count]),
      [
        [0, 3],
        [1, 3],
        [2, 3]
      ]
    )
    assert.equal(dnsOf(sent.find(({ payload }) => Array.isArray(payload))!).length, 3)
  })

  it('sort: a stream comes in the order of an attribute, once all of it is there', async () => {
    await deploy(query(['sort']), sort())
    await editor.press('core-go')
    const sorted = (await out().take(3)).map(({ payload }) => (payload as Listed).dn)
    assert.deepEqual(sorted, ['uni/tn-c', 'uni/tn-b', 'uni/tn-a'])
  })

  it('batch: a stream in groups, each of which a join makes an array', async () => {
    await deploy(query(['batch']), batch(), join())
    await editor.press('core-go')
    assert.deepEqual(dnsOf(await out().next()), ['uni/tn-a', 'uni/tn-b'])
    assert.deepEqual(dnsOf(await out().next()), ['uni/tn-c'], 'the last message of a stream ends the last group')
  })

  it('link call: an array comes back as one message, a stream as all of its messages', async () => {
    const links = (output: string): FlowNode[] => [
      node('call', 'link call', ['out'], { links: ['core-in'], linkType: 'static', timeout: '30' }),
      node('in', 'link in', ['query'], { links: [] }),
      query(['back'], { output }),
      node('back', 'link out', [], { mode: 'return', links: [] })
    ]
    await deploy(...links('array'))
    await editor.press('core-go')
    assert.equal(dnsOf(await out().next()).length, 3)
    await deploy(...links('stream'))
    await editor.press('core-go')
    assert.equal((await out().take(3)).length, 3)
  })

  const subscriber = (wires: readonly string[], settings: object = {}): FlowNode =>
    node('sub', 'aci-subscribe', wires, {
      apic: 'core-apic',
      target: 'class',
      classes: 'fvTenant',
      filter: 'eq(fvTenant.descr,"mine")',
      events: ['created', 'modified', 'deleted'],
      snapshot: true,
      outputs: 1,
      inputs: 0,
      ...settings
    })
  /** What exists goes into the node of that id, and the events that follow out. */
  const isExisting = (into: string): FlowNode =>
    node('isexisting', 'switch', [], {
      property: 'payload.event',
      propertyType: 'msg',
      rules: [{ t: 'eq', v: 'existing', vt: 'str' }, { t: 'else' }],
      outputs: 2,
      wires: [[`core-${into}`], ['core-out']]
    })
  const dnOf = ({ payload }: Sent): string => (payload as Listed).dn
  const createAnother = (): void => {
    apic.create('fvTenant', 'uni/tn-d', { descr: 'mine' })
  }

  it('join: a snapshot becomes one array, and the events that follow pass by it', async () => {
    await deploy(subscriber(['isexisting']), isExisting('join'), join())
    assert.deepEqual(dnsOf(await out().next()), ['uni/tn-a', 'uni/tn-b', 'uni/tn-c'])
    createAnother()
    assert.equal(dnOf(await out().next()), 'uni/tn-d')
  })

  it('sort: a snapshot comes in the order of an attribute, and the events that follow pass by it', async () => {
    await deploy(subscriber(['isexisting']), isExisting('sort'), sort())
    assert.deepEqual((await out().take(3)).map(dnOf), ['uni/tn-c', 'uni/tn-b', 'uni/tn-a'])
    createAnother()
    assert.equal(dnOf(await out().next()), 'uni/tn-d')
  })

  it('sort: swallows events, which are part of no sequence', async () => {
    await deploy(subscriber(['sort', 'out']), sort())
    assert.equal((await out().take(6)).length, 6)
    createAnother()
    apic.delete('uni/tn-d')
    assert.equal((await out().take(2)).length, 2)
    // What came through the sort node as well would be there by now.
    createAnother()
    await out().next()
    const events = out().all.map(({ payload }) => (payload as { event: string }).event)
    assert.deepEqual(events.slice(6), ['created', 'deleted', 'created'], 'those that go past the sort node alone')
  })

  it('batch: a snapshot in groups, the last of which its end makes', async () => {
    await deploy(subscriber(['batch']), batch(), join())
    assert.deepEqual(dnsOf(await out().next()), ['uni/tn-a', 'uni/tn-b'])
    assert.deepEqual(dnsOf(await out().next()), ['uni/tn-c'])
  })

  it('split: the whole result becomes a message for each object', async () => {
    await deploy(subscriber(['split'], { emit: 'rows', interval: 1 }), split(['out']))
    assert.deepEqual((await out().take(3)).map(dnOf), ['uni/tn-a', 'uni/tn-b', 'uni/tn-c'])
  })

  it('delay: a rate limit for each topic keeps the newest event of each object, and loses those before', async () => {
    const settings = { pauseType: 'queue', rate: '1', nbRateUnits: '1', rateUnits: 'second', timeout: '1', drop: false }
    await deploy(
      subscriber(['delay'], { snapshot: false }),
      node('delay', 'delay', ['out'], { ...settings, timeoutUnits: 'seconds', allowrate: false, outputs: 1 })
    )
    await editor.subscribed('core-sub')
    createAnother()
    apic.modify('uni/tn-d', { nameAlias: 'D' })
    apic.delete('uni/tn-d')
    apic.modify('uni/tn-a', { nameAlias: 'A' })
    const sent = await out().take(2)
    assert.deepEqual(
      sent.map(({ payload }) => [(payload as Listed).dn, (payload as { event: string }).event]),
      [
        ['uni/tn-d', 'deleted'],
        ['uni/tn-a', 'modified']
      ]
    )
  }).timeout(20_000)
}).timeout(60_000)
