// Objects that no read shows: remembered, found, and forgotten when they are too many.

import assert from 'node:assert/strict'
import { LookupsInVain } from '../../../nodes/apic/sync/lookups-in-vain'

describe('objects that were looked up in vain', () => {
  it('are known until they are found', () => {
    const inVain = new LookupsInVain()

    inVain.add('uni/tn-a')
    inVain.add('uni/tn-b')
    inVain.delete('uni/tn-a')

    assert.ok(!inVain.has('uni/tn-a'))
    assert.ok(inVain.has('uni/tn-b'))
  })

  it('are forgotten when there are too many, the oldest first', () => {
    const inVain = new LookupsInVain()

    for (let index = 0; index <= 10_000; index += 1) inVain.add(`uni/tn-${index}`)

    assert.ok(!inVain.has('uni/tn-0'))
    assert.ok(inVain.has('uni/tn-1'))
    assert.ok(inVain.has('uni/tn-10000'))
  })
})
