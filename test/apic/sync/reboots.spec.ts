// Which switches have come up again, as their systems tell.

import assert from 'node:assert/strict'
import { Reboots } from '../../../nodes/apic/sync/reboots'

const system = (id: number, attributes: Record<string, string>) => {
  const dn = `topology/pod-1/node-${id}/sys`
  return { class: 'topSystem', dn, attributes: { dn, ...attributes }, raw: {} }
}

describe('a look at the systems of a fabric', () => {
  const first = '2026-11-24T10:00:00.000+00:00'
  const second = '2026-11-24T11:00:00.000+00:00'

  it('finds one that has booted since the look before', () => {
    const reboots = new Reboots()
    assert.equal(reboots.look([system(1, { lastRebootTime: first })]), false, 'the first look has nothing to compare')
    assert.equal(reboots.look([system(1, { lastRebootTime: first })]), false)
    assert.equal(reboots.look([system(1, { lastRebootTime: second })]), true)
    assert.equal(reboots.look([system(1, { lastRebootTime: second })]), false)
  })

  it('finds one that was away and came back', () => {
    const reboots = new Reboots()
    reboots.look([system(1, { lastRebootTime: first }), system(2, { lastRebootTime: first })])
    assert.equal(reboots.look([system(1, { lastRebootTime: first })]), false)
    assert.equal(reboots.look([system(1, { lastRebootTime: first }), system(2, { lastRebootTime: second })]), true)
  })

  it('reckons from the uptime where a release does not tell the time', () => {
    const reboots = new Reboots()
    reboots.look([system(1, { currentTime: first, systemUpTime: '03:22:12:59.000' })])
    assert.equal(reboots.look([system(1, { currentTime: second, systemUpTime: '03:23:12:59.000' })]), false)
    assert.equal(reboots.look([system(1, { currentTime: second, systemUpTime: '00:00:10:00.000' })]), true)
  })

  it('concludes nothing from what says nothing', () => {
    const reboots = new Reboots()
    reboots.look([])
    assert.equal(reboots.look([system(1, {}), system(2, { lastRebootTime: 'never', systemUpTime: 'x' })]), false)
  })
})
