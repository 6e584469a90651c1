// What has to be read again: named one by one, or everything.

import assert from 'node:assert/strict'
import { Suspects } from '../../../nodes/apic/sync/suspects'

describe('objects that may be otherwise than known', () => {
  it('are taken once', () => {
    const suspects = new Suspects()
    assert.ok(suspects.isEmpty)

    suspects.add('uni/tn-a')
    suspects.add('uni/tn-b')
    suspects.add('uni/tn-a')

    assert.ok(!suspects.isEmpty)
    assert.deepEqual(suspects.take(), new Set(['uni/tn-a', 'uni/tn-b']))
    assert.ok(suspects.isEmpty)
  })

  it('stay all of them, whichever is named as well', () => {
    const suspects = new Suspects()

    suspects.addAll()
    suspects.add('uni/tn-a')

    assert.ok(!suspects.isEmpty)
    assert.equal(suspects.take(), 'all')
    assert.deepEqual(suspects.take(), new Set())
  })

  it('are all of them when they are too many to be named', () => {
    const suspects = new Suspects()
    for (let index = 0; index < 10_000; index += 1) suspects.add(`uni/tn-${index}`)
    suspects.add('uni/tn-x')

    assert.equal(suspects.take(), 'all')
  })
})
