// How long a subscription may live without a refresh: asked for where the APIC takes that, left alone where it does not.

import assert from 'node:assert/strict'
import { Rig } from './rig'

describe('the time a subscription lives', () => {
  let rig: Rig

  afterEach(async () => {
    await rig.stop()
  })

  /** Requests to subscribe: with the parameter, and without. */
  const asked = (): { with: number; without: number } => {
    const urls = rig.apic.requests.map(({ url }) => url).filter((url) => url.includes('subscription=yes'))
    const withIt = urls.filter((url) => url.includes('refresh-timeout=')).length
    return { with: withIt, without: urls.length - withIt }
  }

  it('is not asked for where the release does not know how', async () => {
    rig = await Rig.start({ version: '3.2(9b)' })
    await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'fvTenant' }))
    await rig.subscribed('sub')

    assert.deepEqual(asked(), { with: 0, without: 1 })
  })

  it('is the default where the APIC refuses another one, which is then asked no more', async () => {
    rig = await Rig.start({ version: '', refreshTimeoutParameter: false })
    const connection = rig.connection({ refreshTimeout: 43_200 })
    await rig.load(connection, rig.subscriber('sub', { classes: 'fvTenant' }))
    await rig.subscribed('sub')
    assert.deepEqual(asked(), { with: 1, without: 1 })

    await rig.deploy(
      'nodes',
      connection,
      rig.subscriber('sub', { classes: 'fvTenant' }),
      rig.subscriber('more', { classes: 'fvAp,fvBD' })
    )
    await rig.subscribed('more')
    assert.deepEqual(asked(), { with: 1, without: 3 })
    assert.deepEqual(rig.errors, [])
    // Half of a third of 60 s; what was asked for would be refreshed in two hours.
    await rig.apic.until(() => rig.apic.counts.subscriptionRefreshes > 0, 15_000)
  }).timeout(25_000)

  it('is the default also where the refusal does not say what is refused', async () => {
    rig = await Rig.start()
    rig.apic.faults.request({
      path: /refresh-timeout=/,
      status: 400,
      body: { totalCount: '1', imdata: [{ error: { attributes: { code: '400', text: 'Request failed' } } }] }
    })
    await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'fvTenant' }))
    await rig.subscribed('sub')

    assert.deepEqual(asked(), { with: 1, without: 1 })
    assert.deepEqual(rig.errors, [])
  })

  it('does not hide what else is wrong with a subscription, which is reported once', async () => {
    rig = await Rig.start({ version: '', refreshTimeoutParameter: false })
    await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'fvTenantt' }))

    const error = await rig.caught('sub')
    assert.equal(error.cause?.text, 'Request failed, unresolved class for fvTenantt')
    assert.equal(rig.errors.length, 1)
  })

  it('is no reason to ask twice once the APIC has taken it', async () => {
    rig = await Rig.start()
    const good = rig.subscriber('good', { classes: 'fvTenant' })
    await rig.load(rig.connection(), good)
    await rig.subscribed('good')

    await rig.deploy('nodes', rig.connection(), good, rig.subscriber('bad', { classes: 'fvTenantt' }))
    assert.match((await rig.caught('bad')).message, /unresolved class/)
    assert.deepEqual(asked(), { with: 2, without: 0 })
    assert.equal(rig.errors.length, 1)
  })
})
