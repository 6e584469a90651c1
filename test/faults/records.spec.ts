// The flow that docs/reliability.md shows, as it stands there: what came and went within one outage is in the records.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Rig } from '../rig'

interface ShownNode {
  readonly id: string
  readonly type: string
  readonly wires: string[][]
  readonly [setting: string]: unknown
}

function shownFlow(): ShownNode[] {
  const page = readFileSync(join(__dirname, '..', '..', 'docs', 'reliability.md'), 'utf8')
  const block = /```json\n(.*?)```/s.exec(page)?.[1]
  assert.ok(block)
  return JSON.parse(block) as ShownNode[]
}

/** As a person does it: an APIC writes records of what is done by its API. */
async function somebodyMakesAndDeletes(url: string): Promise<void> {
  const aaaUser = { attributes: { name: 'admin', pwd: 'password' } }
  const login = await fetch(`${url}/api/aaaLogin.json`, { method: 'POST', body: JSON.stringify({ aaaUser }) })
  const { imdata } = (await login.json()) as { imdata: [{ aaaLogin: { attributes: { token: string } } }] }
  const headers = { cookie: `APIC-cookie=${imdata[0].aaaLogin.attributes.token}` }
  const body = JSON.stringify({ fvTenant: { attributes: { dn: 'uni/tn-ghost', name: 'ghost' } } })
  const made = await fetch(`${url}/api/mo/uni.json`, { method: 'POST', headers, body })
  const deleted = await fetch(`${url}/api/mo/uni/tn-ghost.json`, { method: 'DELETE', headers })
  assert.deepEqual([made.status, deleted.status], [200, 200])
}

describe('the flow for what came and went within an outage', () => {
  let rig: Rig

  afterEach(() => rig.stop())

  it('names an object that was made and deleted again meanwhile', async () => {
    rig = await Rig.start()
    const nodes = shownFlow().map((node) =>
      node.type === 'debug' ? { id: node.id, type: 'sink', z: 'tab', wires: [] } : { ...node, z: 'tab', apic: 'apic' }
    )
    await rig.load(rig.connection(), nodes)
    await rig.subscribed('aci-records-sub')
    const refuse = rig.apic.faults.refuseUpgrades(503)
    rig.apic.faults.dropSockets()
    await rig.status('aci-records-sub', ({ fill }) => fill === 'red')
    await somebodyMakesAndDeletes(rig.apic.urls[0]!)
    refuse.undo()

    const missed = await rig.sink('aci-records-debug').take(2)
    const sent = missed.map((message) => {
      const { class: name, event, attributes } = (message as unknown as { payload: Payload }).payload
      return [name, event, attributes['affected'], attributes['ind']]
    })
    assert.deepEqual(sent.sort(), [
      ['aaaModLR', 'created', 'uni/tn-ghost', 'creation'],
      ['aaaModLR', 'created', 'uni/tn-ghost', 'deletion']
    ])
  })
})

interface Payload {
  readonly class: string
  readonly event: string
  readonly attributes: Readonly<Record<string, string>>
}
