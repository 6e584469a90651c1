// What may come in by the socket, and how it may come: floods, nonsense, traps, and flows that cannot keep up.

import assert from 'node:assert/strict'
import helper from 'node-red-node-test-helper'
import type { AciMessage } from '../../nodes/runtime/message'
import { Rig, type Settings } from '../rig'
import { integer, seeded } from '../simulator/random'
import { Scene } from './scene'

describe('whatever comes in', () => {
  let rig: Rig
  let scene: Scene

  afterEach(async () => {
    await rig.stop()
  })

  const begin = async (
    options: Parameters<typeof Rig.start>[0] = {},
    settings: Settings = {},
    watched: Settings = {}
  ): Promise<void> => {
    rig = await Rig.start({ auditLimit: 0, ...options })
    scene = new Scene(rig, rig.apic)
    await rig.load(
      rig.connection({ heartbeat: 0.5, ...settings }),
      rig.subscriber('sub', { classes: 'fvTenant', snapshot: true, ...watched }),
      rig.subscriber('two', { classes: 'fvTenant' })
    )
    await rig.subscribed('sub')
    await rig.subscribed('two')
    await scene.adds()
  }

  /** The sink at the output of a node does this instead of keeping what it gets. */
  const behind = (id: string, consume: (message: AciMessage, done: () => void) => void): void => {
    const sink = helper.getNode(`${id}.0`)
    sink.removeAllListeners('input')
    sink.on('input', (message, _send, done) => consume(message as unknown as AciMessage, done))
  }

  const idsOf = (): string[] => rig.apic.subscriptions.map(({ id }) => id)
  const frame = (imdata: readonly unknown[], subscriptionId = idsOf()): string =>
    JSON.stringify({ subscriptionId, imdata })
  const event = (dn: string, status: string, attributes: Record<string, unknown> = {}): object => ({
    fvTenant: { attributes: { dn, status, modTs: '2030-01-01T00:00:00.000+00:00', ...attributes } }
  })
  const topics = (messages: readonly AciMessage[]): string[] =>
    messages.map(({ payload }) => `${payload.event} ${payload.dn}`)

  const hasOneSocket = (): void => {
    assert.equal(rig.apic.counts.socketsOpened, 1)
    assert.deepEqual(rig.errors, [])
  }

  it('F18 a flow that fails at every message: its neighbour gets everything', async () => {
    await begin()
    behind('sub', () => {
      throw new Error('on purpose')
    })
    for (let count = 0; count < 50; count += 1) rig.apic.create('fvTenant', `uni/tn-x${count}`)

    const sent = await rig.inbox('two').take(50)
    assert.deepEqual(
      topics(sent),
      Array.from({ length: 50 }, (_, index) => `created uni/tn-x${index}`)
    )
    assert.equal(rig.apic.counts.socketsOpened, 1)
  })

  it('F18 a flow that never says it is done: events go on', async () => {
    await begin()
    let got = 0
    behind('sub', () => (got += 1))
    for (let count = 0; count < 50; count += 1) rig.apic.create('fvTenant', `uni/tn-x${count}`)

    await rig.inbox('two').take(50)
    assert.equal(got, 50)
    hasOneSocket()
  })

  it('F19 mutilated frames by the thousand: none of them hurts, and they are warned of once', async () => {
    await begin()
    const random = seeded(19)
    const good = frame([event('uni/tn-fuzz', 'modified', { descr: 'x', nested: { a: [1, null, true] } })])
    const bytes = Buffer.from(good)
    const pieces = ['{', '}', '[', ']', '"', ':', ',', '\\u0000', '\\ud800', 'null', '1e999', '-', '"dn"', '"status"']
    for (let count = 0; count < 4_000; count += 1) {
      let text: string
      const at = integer(random, good.length)
      const piece = pieces[integer(random, pieces.length)]!
      switch (integer(random, 4)) {
        case 0:
          text = good.slice(0, at)
          break
        case 1:
          text = good.slice(0, at) + piece + good.slice(at)
          break
        case 2:
          text = good.slice(0, at) + piece + good.slice(at + integer(random, 12))
          break
        default: {
          const flipped = Buffer.from(bytes)
          flipped[at] = integer(random, 128)
          text = flipped.toString()
        }
      }
      rig.apic.faults.sendRaw(text)
    }
    rig.apic.create('fvTenant', 'uni/tn-after')
    await rig.inbox('two').next(({ topic }) => topic === 'uni/tn-after')

    hasOneSocket()
    const warnings = rig.logged.all.filter(({ level }) => level === 'warn')
    assert.equal(warnings.length, 1, warnings.map(({ text }) => text).join('\n'))
  })

  it('F19 text that is no UTF-8: the connection is made anew', async () => {
    await begin()
    // ws refuses it as the standard demands; a Buffer would go as a binary frame.
    const mask = [0x81, 2, 0xc3, 0x28]
    for (const socket of rig.apic.sockets)
      (socket as unknown as { stream: NodeJS.WritableStream }).stream.write(Buffer.from(mask))
    scene.change()
    await rig.status('sub', ({ fill }) => fill === 'red')
    assert.equal((await rig.caught('apic')).code, 'ACI_PROTOCOL')
    await scene.recovers()
  })

  it('F19 names that every object has: they reach no prototype and no message', async () => {
    await begin()
    const traps = '"__proto__":{"polluted":"yes"},"constructor":{"prototype":{"polluted":"yes"}},"toString":"x"'
    const ids = JSON.stringify(idsOf())
    const attributes = `"dn":"uni/tn-trap","status":"created","name":"trap",${traps}`
    rig.apic.faults.sendRaw(`{"subscriptionId":${ids},"imdata":[{"fvTenant":{"attributes":{${attributes}}}}],${traps}}`)
    rig.apic.faults.sendRaw(
      `{"subscriptionId":["__proto__","constructor"],"imdata":[${JSON.stringify(event('x', 'created'))}]}`
    )
    for (const name of ['__proto__', 'constructor', 'prototype', 'hasOwnProperty']) {
      const body = `{"attributes":{"dn":"uni/tn-${name}-class","status":"created"}}`
      rig.apic.faults.sendRaw(`{"subscriptionId":${ids},"imdata":[{"${name}":${body}}]}`)
    }

    const message = await rig.inbox('sub').next(({ topic }) => topic === 'uni/tn-trap')
    for (const part of [message.payload.attributes, message.aci.raw!['fvTenant']!.attributes]) {
      assert.deepEqual(
        Object.keys(part).filter((name) => name in Object.prototype),
        []
      )
      assert.equal(Object.getPrototypeOf(part), Object.prototype)
    }
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined)
    rig.apic.create('fvTenant', 'uni/tn-after')
    assert.equal((await rig.inbox('sub').next()).topic, 'uni/tn-after', 'no class of such a name')
    hasOneSocket()
  })

  it('F19 objects whose own names are such words: they are objects like others', async () => {
    await begin()
    for (const name of ['__proto__', 'constructor', 'toString']) {
      rig.apic.create('fvTenant', `uni/tn-${name}`)
      rig.apic.modify(`uni/tn-${name}`, { descr: 'x' })
    }
    await scene.adds()
    rig.apic.faults.dropSockets()
    rig.apic.delete('uni/tn-constructor')
    rig.apic.modify('uni/tn-__proto__', { descr: 'y' })
    await scene.recovers()
  })

  it('F19 an id that a frame names twice: it is sent once, by a pure stream too', async () => {
    rig = await Rig.start()
    await rig.load(
      rig.connection(),
      rig.subscriber('sub', { classes: 'fvTenant' }),
      rig.subscriber('stream', { classes: 'fvTenant', mirror: 'off' })
    )
    for (const id of ['sub', 'stream']) await rig.subscribed(id)
    const ids = rig.apic.subscriptions.flatMap(({ id }) => [id, id])
    const attributes = { dn: 'uni/tn-twice', name: 'twice', status: 'created' }
    rig.apic.faults.sendRaw(JSON.stringify({ subscriptionId: ids, imdata: [{ fvTenant: { attributes } }] }))
    rig.apic.create('fvTenant', 'uni/tn-last')
    for (const id of ['sub', 'stream']) {
      const sent = await rig.inbox(id).take(2)
      assert.deepEqual(
        sent.map(({ topic }) => topic),
        ['uni/tn-twice', 'uni/tn-last'],
        id
      )
    }
  })

  it('F19 an object of another class by a DN that is known: the one is deleted, the other created', async () => {
    rig = await Rig.start()
    rig.apic.create('fvTenant', 'uni/tn-blue')
    await rig.load(rig.connection(), rig.subscriber('sub', { target: 'mo', dn: 'uni/tn-blue' }))
    await rig.subscribed('sub')
    const [{ id } = { id: '' }] = rig.apic.subscriptions
    const attributes = { dn: 'uni/tn-blue', name: 'blue', status: 'created' }
    rig.apic.faults.sendRaw(JSON.stringify({ subscriptionId: [id], imdata: [{ fvBD: { attributes } }] }))
    const sent = await rig.inbox('sub').take(2)
    assert.deepEqual(
      sent.map(({ payload }) => [payload.event, payload.class]),
      [
        ['deleted', 'fvTenant'],
        ['created', 'fvBD']
      ]
    )
  })

  it('F19 several objects in one frame, and several classes in one element: each is sent', async () => {
    await begin({}, {}, { classes: 'fvTenant' })
    rig.apic.faults.sendRaw(
      frame([event('uni/tn-a', 'created'), event('uni/tn-b', 'created'), event('uni/tn-a', 'deleted')])
    )
    rig.apic.faults.sendRaw(
      frame([{ ...event('uni/tn-c', 'created'), fvAp: { attributes: { dn: 'uni/tn-c/ap-d', status: 'created' } } }])
    )

    assert.deepEqual(topics(await rig.inbox('two').take(5)), [
      'created uni/tn-a',
      'created uni/tn-b',
      'deleted uni/tn-a',
      'created uni/tn-c',
      'created uni/tn-c/ap-d'
    ])
    hasOneSocket()
  })

  it('F20 more events of strangers than can be kept, while a reply is awaited: nothing of our own is missing', async () => {
    await begin({}, {}, { inputs: 1 })
    const { subscribes } = rig.apic.counts
    rig.apic.faults.subscribeTiming({ replyDelay: 150 })
    rig.receive('sub', { action: 'subscribe', topic: 'fvBD' })
    await rig.apic.until(() => rig.apic.subscriptions.length > subscribes)
    for (let count = 0; count < 110; count += 1) {
      rig.apic.faults.sendRaw(frame(Array<unknown>(100).fill(event('uni/tn-u', 'created')), ['0']))
    }
    rig.apic.create('fvBD', 'uni/tn-t1/BD-early')
    await rig.apic.until(() => rig.apic.counts.subscribes > subscribes)
    await rig.status('sub', ({ fill }) => fill === 'green')
    rig.apic.create('fvBD', 'uni/tn-t1/BD-late')

    const sent = rig.inbox('sub')
    await sent.next(({ topic }) => topic === 'uni/tn-t1/BD-late')
    assert.ok(!sent.all.some(({ topic }) => topic === 'uni/tn-u'))
    // What existed when the subscription was read is no news.
    assert.ok(sent.all.filter(({ topic }) => topic === 'uni/tn-t1/BD-early').length <= 1)
    rig.apic.modify('uni/tn-t1/BD-early', { descr: 'x' })
    // An APIC completes new objects by itself, which is sent as well.
    const { topic, payload } = await sent.next(({ payload }) => payload.changes?.['descr'] !== undefined)
    assert.deepEqual([topic, payload.changes], ['uni/tn-t1/BD-early', { descr: { from: '', to: 'x' } }])
    hasOneSocket()
  })

  it('F22 times of another zone: the same moment is the same moment', async () => {
    await begin({}, {}, { inputs: 1 })
    const dn = 'uni/tn-t1'
    const at = Date.parse(rig.apic.read(dn)!['modTs']!)
    const inZone = (ms: number, hours: number): string => {
      const sign = hours < 0 ? '-' : '+'
      return `${new Date(ms + hours * 3_600_000).toISOString().slice(0, -1)}${sign}${String(Math.abs(hours)).padStart(2, '0')}:00`
    }
    const modified = (ms: number, hours: number, descr: string): void => {
      rig.apic.faults.sendRaw(frame([event(dn, 'modified', { descr, modTs: inZone(ms, hours) })]))
    }
    modified(at + 5, -4, 'first')
    modified(at + 5, 2, 'first')
    // Later by its face, earlier in truth.
    modified(at + 1, 9, 'late')
    modified(at + 9, -11, 'second')
    rig.apic.create('fvTenant', 'uni/tn-after')

    const sent = await rig.inbox('two').take(3)
    assert.deepEqual(
      sent.map(({ payload }) => payload.changes?.['descr']?.to ?? payload.dn),
      ['first', 'second', 'uni/tn-after']
    )
    assert.equal(sent[1]!.payload.time, new Date(at + 9).toISOString())
  })

  it('F28 a result larger than one answer may be: it is read in pages', async () => {
    rig = await Rig.start({ auditLimit: 0, resultLimit: 5_000, reactions: false })
    for (let index = 0; index < 5_200; index += 1) rig.apic.create('fvTenant', `uni/tn-many${index}`)
    scene = new Scene(rig, rig.apic)
    await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'fvTenant', snapshot: true }))
    await rig.subscribed('sub')
    await scene.adds()
    rig.apic.faults.dropSockets()
    scene.change()
    await scene.recovers()
  })

  it('F28 a result that the APIC finds too big all the same: it says so, and events come', async () => {
    rig = await Rig.start({ auditLimit: 0, resultLimit: 20 })
    for (let index = 0; index < 30; index += 1) rig.apic.create('fvTenant', `uni/tn-many${index}`)
    await rig.load(
      rig.connection(),
      rig.subscriber('sub', { classes: 'fvTenant' }),
      rig.subscriber('two', { classes: 'fvAp' })
    )
    const status = await rig.status('sub', ({ shape, fill }) => fill === 'yellow' && shape === 'dot')
    assert.match(status.text!, /too big/)
    const error = await rig.caught('sub')
    assert.equal(error.code, 'ACI_QUERY')
    await rig.subscribed('two')
    rig.apic.create('fvTenant', 'uni/tn-live')
    rig.apic.create('fvAp', 'uni/tn-live/ap-x')

    assert.equal((await rig.inbox('two').next()).topic, 'uni/tn-live/ap-x')
    assert.deepEqual(topics(rig.inbox('sub').all), ['created uni/tn-live'])
    const reads = rig.apic.requests.filter(({ url }) => /fvTenant.*page-size=5000/.test(url))
    assert.ok(reads.length <= 2, 'asking again is of no use')
  })
})
