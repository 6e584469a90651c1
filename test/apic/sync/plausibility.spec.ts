// What is hard to believe: how often, and for how long, it has to be read until it is.

import assert from 'node:assert/strict'
import type { Connection } from '../../../nodes/apic/connection/connection'
import { Plausibility, type Claim } from '../../../nodes/apic/sync/plausibility'

const CLAIM: Claim = { connection: {} as unknown as Connection, path: '/api/class/fvTenant.json', shown: 0 }

describe('a claim that is hard to believe', () => {
  let ms: number
  let asked: Claim[]
  /** Whether another controller shows more. */
  let isContradicted: boolean
  let plausibility: Plausibility

  beforeEach(() => {
    ms = 50_000
    asked = []
    isContradicted = false
    plausibility = new Plausibility(
      (claim) => {
        asked.push(claim)
        return Promise.resolve(isContradicted)
      },
      () => ms
    )
  })

  /** Reads so many times, with so many ms between. @returns which of them are believed */
  async function reads(times: number, everyMs: number, claim?: Claim): Promise<boolean[]> {
    const believed: boolean[] = []
    for (let time = 0; time < times; time += 1) {
      if (time > 0) ms += everyMs
      believed.push(
        await plausibility.question('all is gone', claim).then(
          () => true,
          () => false
        )
      )
    }
    return believed
  }

  it('is believed when four readings over three seconds agree', async () => {
    assert.deepEqual(await reads(5, 1_000), [false, false, false, true, true])
  })

  it('is not believed sooner for being read more often', async () => {
    assert.deepEqual(await reads(7, 500), [false, false, false, false, false, false, true])
  })

  it('is not believed for being read seldom', async () => {
    assert.deepEqual(await reads(4, 60_000), [false, false, false, true])
  })

  it('begins anew when a reading in between was believed', async () => {
    await reads(3, 1_000)
    plausibility.reset()
    ms += 1_000
    assert.deepEqual(await reads(4, 1_000), [false, false, false, true])
  })

  it('makes the objects be read again, and says why', async () => {
    await assert.rejects(plausibility.question('all is gone'), {
      code: 'ACI_PROTOCOL',
      message: 'all is gone: reading again to be sure'
    })
  })

  it('is put to another controller only when everything else speaks for it', async () => {
    assert.deepEqual(await reads(4, 1_000, CLAIM), [false, false, false, true])
    assert.deepEqual(asked, [CLAIM])
  })

  it('is not believed where another controller shows more, and begins anew', async () => {
    isContradicted = true
    await reads(3, 1_000, CLAIM)
    ms += 1_000
    await assert.rejects(plausibility.question('all is gone', CLAIM), {
      code: 'ACI_PROTOCOL',
      message: 'all is gone, but not on another controller'
    })
    isContradicted = false
    ms += 1_000
    assert.deepEqual(await reads(4, 1_000, CLAIM), [false, false, false, true])
  })
})
