// Interfaces that go down, come up, and flap.

import assert from 'node:assert/strict'
import { ApicSimulator } from '../simulator'
import { editor, filledIn } from './node-red'

const port = (number: number): string => `topology/pod-1/node-101/sys/phys-[eth1/${number}]/phys`

describe('the example of interfaces that flap', () => {
  let apic: ApicSimulator

  beforeEach(async () => {
    apic = await ApicSimulator.start({ fabric: 'small' })
    for (const number of [1, 2]) go(number, 'up')
  })

  afterEach(async () => {
    await editor.deploy([])
    await apic.close()
  })

  const go = (number: number, operSt: 'up' | 'down'): void => {
    apic.modify(port(number), { operSt, operStQual: operSt === 'up' ? 'none' : 'link-failure' })
  }

  const deploy = async (env: Record<string, string>): Promise<void> => {
    const controllers = { 'aci-ex6-apic': apic.urls }
    await editor.deploy(filledIn('Interfaces down and up, with flap damping', { controllers, env }))
    await editor.subscribed('aci-ex6-sub')
  }

  it('tells the first change at once, and sums up what follows when it is quiet', async () => {
    await deploy({ QUIET_SECONDS: '1' })
    const sent = editor.debug('aci-ex6-report')
    go(1, 'down')
    assert.match(await sent.next(), /node 101 eth1\/1 is down \(link-failure\)$/)
    for (const state of ['up', 'down', 'up', 'down', 'up'] as const) go(1, state)
    go(2, 'down')
    assert.match(await sent.next(), /node 101 eth1\/2 is down \(link-failure\)$/, 'each interface by itself')
    assert.match(await sent.next(), /node 101 eth1\/1 changed 6 times in \d s and is up now \(none\)$/)

    apic.modify(port(1), { operSpeed: '10G' })
    go(1, 'down')
    assert.match(await sent.next(), /eth1\/1 is down/, 'it counts anew, and other properties do not count')
    assert.deepEqual(sent.others(), [], 'of the second there is nothing to sum up')
  })

  it('tells of one that does not settle now and then', async () => {
    await deploy({ QUIET_SECONDS: '60', REMIND_SECONDS: '0' })
    const sent = editor.debug('aci-ex6-report')
    go(1, 'down')
    go(1, 'up')
    assert.match(await sent.next(), /eth1\/1 is down/)
    assert.match(await sent.next(), /eth1\/1 is up \(none\), and does not settle: 2 changes so far$/)
  })
})
