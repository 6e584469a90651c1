// Events to a webhook that is down, busy or choosy.

import assert from 'node:assert/strict'
import { ApicSimulator } from '../simulator'
import { editor, filledIn } from './node-red'
import { WebhookReceiver } from './webhook-receiver'

describe('the example of a webhook', () => {
  let apic: ApicSimulator
  let receiver: WebhookReceiver

  beforeEach(async () => {
    apic = await ApicSimulator.start()
    receiver = new WebhookReceiver()
    await receiver.up()
  })

  afterEach(async () => {
    await editor.deploy([])
    await Promise.all([apic.close(), receiver.down()])
  })

  const deploy = async (env: Record<string, string> = {}): Promise<void> => {
    const flow = filledIn('Events to a webhook (Slack, Teams)', {
      controllers: { 'aci-ex3-apic': apic.urls },
      credentials: { 'aci-ex3-tab': { WEBHOOK_URL: `http://127.0.0.1:${receiver.port}/services/T0/B0/secret` } },
      env: { FIRST_WAIT_SECONDS: '0.05', ...env }
    })
    await editor.deploy(flow)
    await editor.subscribed('aci-ex3-sub')
  }

  /** The next so many that are taken, as names of tenants. */
  const next = async (count: number): Promise<string[]> => {
    const names: string[] = []
    while (names.length < count) {
      const { text } = await receiver.posts.next(({ status }) => status === 200)
      names.push(/^fvTenant uni\/tn-(\S+) has been created \(127\.0\.0\.1:\d+\)$/.exec(text)?.[1] ?? text)
    }
    return names
  }

  const create = (...names: readonly string[]): void => {
    for (const name of names) apic.create('fvTenant', `uni/tn-${name}`)
  }

  const names = Array.from({ length: 10 }, (_, index) => `t${index}`)

  it('posts every event once, in order', async () => {
    await deploy()
    create(...names)
    assert.deepEqual(await next(10), names)
    apic.delete('uni/tn-t0')
    assert.match((await next(1))[0]!, /^fvTenant uni\/tn-t0 has been deleted/)
    assert.equal(receiver.posts.all.length, 11)
  })

  it('goes on in order after a receiver that was busy, and waits longer each time', async () => {
    receiver.answers = [{ status: 200 }, ...Array.from({ length: 4 }, () => ({ status: 503 }))]
    await deploy()
    create(...names)
    assert.deepEqual(await next(10), names)
    const tries = receiver.posts.all.slice(1, 6)
    assert.ok(tries.every(({ text }) => text.includes('tn-t1 ')))
    // Lower bounds alone: however slow the machine, nothing comes sooner.
    const waits = tries.slice(1).map(({ at }, index) => at - tries[index]!.at)
    assert.ok(waits[0]! >= 45 && waits[3]! >= 395, `${waits.join()} ms`)
  })

  it('waits as long as the receiver asks for', async () => {
    receiver.answers = [{ status: 429, headers: { 'Retry-After': '1' } }]
    await deploy()
    create('blue')
    assert.deepEqual(await next(1), ['blue'])
    const [asked, again] = receiver.posts.all
    assert.ok(again!.at - asked!.at >= 995)
  })

  it('keeps what comes while nobody listens, up to a bound, and says what it left out', async () => {
    await deploy({ LONGEST_LINE: '4' })
    await receiver.down()
    create(...names)
    await editor.debug('aci-ex3-log').next((text) => text.includes('ECONNREFUSED'))
    await receiver.up()
    assert.deepEqual(await next(4), ['t0', '7 events are left out here', 't8', 't9'])
    create('after')
    assert.deepEqual(await next(1), ['after'])
    assert.equal(receiver.taken.length, 5)
  })

  it('leaves out what is refused as such, says so, and goes on', async () => {
    receiver.answers = [{ status: 400 }]
    await deploy()
    create('bad', 'good')
    assert.match(await editor.debug('aci-ex3-refused').next(), /^400 for: fvTenant uni\/tn-bad has been created/)
    assert.deepEqual(await next(1), ['good'])
  })

  it('tries again when no answer comes', async () => {
    receiver.answers = [{ status: 200, isLost: true }]
    await deploy({ ANSWER_SECONDS: '0.3' })
    create('blue', 'green')
    assert.deepEqual(await next(2), ['blue', 'green'])
  })

  it('goes on after a deploy that cut in while it waited, and sends nothing twice', async () => {
    await deploy({ ANSWER_SECONDS: '0.5' })
    await receiver.down()
    create(...names)
    await editor.debug('aci-ex3-log').next()
    const flow = filledIn('Events to a webhook (Slack, Teams)', {
      controllers: { 'aci-ex3-apic': apic.urls },
      env: { ANSWER_SECONDS: '0.2' }
    })
    flow.find(({ id }) => id === 'aci-ex3-tick')!['repeat'] = '0.2'
    await editor.redeploy(flow)
    await receiver.up()
    assert.deepEqual(await next(10), names)
    create('after')
    assert.deepEqual(await next(1), ['after'])
    assert.equal(receiver.taken.length, 11)
  })
})
