// What a fabric knew, kept for the next one while its configuration node is made anew.

import assert from 'node:assert/strict'
import { install, type Clock } from '@sinonjs/fake-timers'
import { RedeployCache, type SavedFabric } from '../../../nodes/apic/fabric/redeploy-cache'
import type { StoreSync } from '../../../nodes/apic/sync/store-sync'

const saved = (): SavedFabric => ({ sync: {} as unknown as StoreSync, queries: new Map(), watches: new Map() })

describe('what a fabric knew', () => {
  let clock: Clock
  let cache: RedeployCache

  beforeEach(() => {
    clock = install({ toFake: ['setTimeout', 'clearTimeout'] })
    cache = new RedeployCache(1_000)
  })

  afterEach(() => clock.uninstall())

  it('is given to the next fabric of the same owner, and to no other one', () => {
    const known = saved()
    cache.save('one', known)

    assert.equal(cache.restore('other'), undefined)
    assert.equal(cache.restore('one'), known)
    assert.equal(cache.restore('one'), undefined, 'to the first one that asks')
  })

  it('is the latest that was kept, for as long as if it were the only one', () => {
    const known = saved()
    cache.save('one', saved())
    clock.tick(600)
    cache.save('one', known)
    clock.tick(600)

    assert.equal(cache.restore('one'), known)
    assert.equal(cache.restore('one'), undefined)
  })

  it('is of no use any more when no fabric has asked for it in time', () => {
    cache.save('one', saved())
    clock.tick(999)
    cache.save('other', saved())
    clock.tick(1)

    assert.equal(cache.restore('one'), undefined)
    assert.notEqual(cache.restore('other'), undefined)
  })

  it('leaves no timer behind when it is given away, nor one that keeps the process', () => {
    cache.save('one', saved())
    cache.save('one', saved())
    assert.equal(clock.countTimers(), 1)
    cache.restore('one')
    assert.equal(clock.countTimers(), 0)
  })
})
