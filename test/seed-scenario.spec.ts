// Cisco's websocket lab, done by wiring: three ways to watch tenants and application profiles, as sentences.

import assert from 'node:assert/strict'
import type { AciMessage } from '../nodes/runtime/message'
import { Rig, type FlowNode } from './rig'

describe('the websocket lab as a flow', () => {
  let rig: Rig

  beforeEach(async () => {
    rig = await Rig.start()
  })

  afterEach(async () => {
    await rig.stop()
  })

  /** A subscribe node whose events a template node puts into words before its sink. */
  const sent = (id: string, settings: Record<string, unknown>): FlowNode[] => {
    const [subscribe, sink] = rig.subscriber(id, settings)
    const words = '{{{payload.dn}}} has been {{payload.event}}'
    const template = { field: 'payload', fieldType: 'msg', format: 'text', syntax: 'mustache', output: 'str' }
    return [
      { ...subscribe!, wires: [[`${id}.words`]] },
      { id: `${id}.words`, type: 'template', z: 'tab', ...template, template: words, wires: [[sink!.id]] },
      sink!
    ]
  }

  const said = (message: AciMessage): unknown => message.payload

  it('tells what happens to tenants and profiles, each node its part, in order', async () => {
    await rig.load(
      rig.connection(),
      sent('common', { target: 'mo', dn: 'uni/tn-common' }),
      sent('tenants', { classes: 'fvTenant' }),
      sent('both', { classes: 'fvTenant, fvAp' })
    )
    await Promise.all(['common', 'tenants', 'both'].map((id) => rig.subscribed(id)))
    const [common, tenants, both] = [rig.inbox('common'), rig.inbox('tenants'), rig.inbox('both')]

    rig.apic.post('uni', { fvTenant: { attributes: { name: 'WS_Example' } } })
    assert.equal(said(await tenants.next()), 'uni/tn-WS_Example has been created')
    assert.equal(said(await both.next()), 'uni/tn-WS_Example has been created')

    rig.apic.post('uni/tn-WS_Example', { fvAp: { attributes: { name: 'Example_App' } } })
    assert.equal(said(await both.next()), 'uni/tn-WS_Example/ap-Example_App has been created')

    rig.apic.delete('uni/tn-WS_Example/ap-Example_App')
    assert.equal(said(await both.next()), 'uni/tn-WS_Example/ap-Example_App has been deleted')

    rig.apic.delete('uni/tn-WS_Example')
    assert.equal(said(await both.next()), 'uni/tn-WS_Example has been deleted')
    assert.equal(said(await tenants.next()), 'uni/tn-WS_Example has been deleted')

    // What this last change brings comes after all that could still be on its way.
    rig.apic.modify('uni/tn-common', { descr: 'the end' })
    assert.equal(said(await common.next()), 'uni/tn-common has been modified')
    assert.equal(said(await tenants.next()), 'uni/tn-common has been modified')
    assert.equal(said(await both.next()), 'uni/tn-common has been modified')
    assert.deepEqual([...common.others(), ...tenants.others(), ...both.others()], [], 'nothing else is sent')
  })
})
