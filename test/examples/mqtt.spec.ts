// The MQTT board, with a real broker that is away, comes back, and may have lost all it had.

import assert from 'node:assert/strict'
import { createServer, type AddressInfo, type Server } from 'node:net'
import type { Aedes } from 'aedes' with { 'resolution-mode': 'import' }
import { ApicSimulator } from '../simulator'
import { Inbox } from '../rig'
import { editor, filledIn } from './node-red'

interface Published {
  readonly topic: string
  readonly payload: string
}

/** A broker that can be switched off, on the same port, and begins with nothing. */
class Broker {
  port = 0
  /** What it was sent below `aci/`. */
  readonly published = new Inbox<Published>('published', 15_000)
  /** Retained messages. */
  readonly board = new Map<string, string>()
  private server: Server | undefined
  private broker: Aedes | undefined

  async up(): Promise<void> {
    this.board.clear()
    const { Aedes } = await import('aedes')
    const broker = await Aedes.createBroker()
    broker.on('publish', ({ topic, payload, retain }) => {
      if (!topic.startsWith('aci/')) return
      assert.ok(retain)
      const text = payload.toString()
      if (text === '') this.board.delete(topic)
      else this.board.set(topic, text)
      this.published.push({ topic, payload: text })
    })
    const server = createServer((socket) => void broker.handle(socket))
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve))
    this.port = (server.address() as AddressInfo).port
    this.server = server
    this.broker = broker
  }

  async down(): Promise<void> {
    await new Promise<void>((resolve) => this.broker?.close(resolve))
    await new Promise((resolve) => this.server?.close(resolve))
  }

  /** Leaves something on the board, as an earlier run of a flow does. */
  async leave(topic: string, payload: string): Promise<void> {
    const packet = { cmd: 'publish', topic, payload, qos: 0, retain: true, dup: false } as const
    await new Promise<void>((resolve) => this.broker!.publish(packet, () => resolve()))
  }
}

const DN = 'uni/tn-common/fault-F0467'
const topicOf = (dn: string): string => `aci/faultInst/${encodeURIComponent(dn)}`

describe('the example of an MQTT board', () => {
  let apic: ApicSimulator
  let broker: Broker

  beforeEach(async () => {
    apic = await ApicSimulator.start({ fabric: 'small' })
    broker = new Broker()
    await broker.up()
  })

  afterEach(async () => {
    await editor.deploy([])
    await Promise.all([apic.close(), broker.down()])
  })

  const deploy = async (): Promise<void> => {
    const env = { MQTT_BROKER: '127.0.0.1', MQTT_PORT: String(broker.port) }
    await editor.deploy(filledIn('MQTT board of newest states', { controllers: { 'aci-ex15-apic': apic.urls }, env }))
    await editor.subscribed('aci-ex15-sub')
  }

  it('has the newest state of each object, and nothing of what is gone', async () => {
    await broker.leave(topicOf('uni/tn-old/fault-F0001'), '{}')
    apic.create('faultInst', DN, { severity: 'major', descr: 'one' })
    await deploy()
    await broker.published.next(({ topic, payload }) => topic === topicOf(DN) && payload.includes('"descr":"one"'))
    await broker.published.next(({ topic, payload }) => topic.includes('tn-old') && payload === '')
    apic.modify(DN, { descr: 'two' })
    await broker.published.next(({ payload }) => payload.includes('"descr":"two"'))
    apic.delete(DN)
    await broker.published.next(({ topic, payload }) => topic === topicOf(DN) && payload === '')
    assert.equal(broker.board.size, 0)
  })

  it('is right again when the broker was away, and has lost what it had', async () => {
    apic.create('faultInst', DN, { severity: 'major', descr: 'one' })
    await deploy()
    await broker.published.next(({ payload }) => payload.includes('"descr":"one"'))
    await broker.down()
    await editor.status('aci-ex15-out', ({ fill }) => fill !== 'green')
    apic.modify(DN, { descr: 'two' })
    apic.create('faultInst', 'uni/tn-infra/fault-F0002', { severity: 'minor' })
    await broker.up()
    await broker.published.next(({ payload }) => payload.includes('"descr":"two"'))
    await broker.published.next(({ topic }) => topic.includes('F0002'))
    assert.equal(broker.board.size, 2)
  })
}).timeout(60_000)
