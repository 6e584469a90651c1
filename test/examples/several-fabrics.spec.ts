// Two fabrics in one stream of events, distinguished by their names.

import assert from 'node:assert/strict'
import { ApicSimulator } from '../simulator'
import { editor, filledIn } from './node-red'

describe('the example of several fabrics', () => {
  let east: ApicSimulator
  let west: ApicSimulator

  before(async () => {
    east = await ApicSimulator.start({ siteFingerprint: 'east' })
    west = await ApicSimulator.start({ siteFingerprint: 'west' })
    const controllers = { 'aci-ex11-apic1': east.urls, 'aci-ex11-apic2': west.urls }
    await editor.deploy(filledIn('Several fabrics in one flow', { controllers }))
    await editor.subscribed('aci-ex11-sub1', 'aci-ex11-sub2')
  })

  after(async () => {
    await editor.deploy([])
    await Promise.all([east.close(), west.close()])
  })

  it('has the events of both in one stream and apart again, and of one when the other is away', async () => {
    const [all, only1, only2] = ['all', 'only1', 'only2'].map((id) => editor.debug(`aci-ex11-${id}`))
    east.create('fvTenant', 'uni/tn-blue')
    assert.equal(await all!.next(), 'DC1: uni/tn-blue has been created')
    west.create('fvTenant', 'uni/tn-blue')
    assert.equal(await all!.next(), 'DC2: uni/tn-blue has been created')

    await west.controllers[0]!.down()
    await editor.status('aci-ex11-sub2', ({ fill }) => fill === 'red')
    east.create('fvAp', 'uni/tn-blue/ap-shop')
    assert.equal(await all!.next(), 'DC1: uni/tn-blue/ap-shop has been created')
    assert.deepEqual(
      [...all!.others(), only1!.all, only2!.all],
      [['uni/tn-blue', 'uni/tn-blue/ap-shop'], ['uni/tn-blue']]
    )
  })
})
