// Each change is told once, also where a reading fails or several readings meet. Changes within one millisecond have one
// `modTs`, so nothing but the order in which they were told tells them apart.

import assert from 'node:assert/strict'
import { Rig } from '../rig'
import { ManualClock } from '../simulator'

const CHANGES = 6

describe('changes within one millisecond are told once', () => {
  let rig: Rig
  let clock: ManualClock

  afterEach(async () => {
    await rig.stop()
  })

  /** An APIC whose clock stands still. */
  const start = async (options: Parameters<typeof Rig.start>[0] = {}): Promise<void> => {
    clock = new ManualClock()
    rig = await Rig.start({ auditLimit: 0, clock, ...options })
    rig.apic.create('fvTenant', 'uni/tn-blue', { descr: 'in' })
  }

  /** Neither of two neighbours is the other. */
  const change = (): void => {
    for (let count = 0; count < CHANGES; count += 1) rig.apic.modify('uni/tn-blue', { nameAlias: `a${count % 2}` })
  }

  const toldOf = (dn: string): string[] =>
    rig
      .inbox('sub')
      .all.filter(({ topic }) => topic === dn)
      .map(({ payload: { event, changes } }) => `${event} ${changes?.['nameAlias']?.to ?? ''}`)

  const EACH_ONCE = Array.from({ length: CHANGES }, (_, count) => `modified a${count % 2}`)

  it('although a reading that others waited for as well was refused', async () => {
    await start()
    await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'fvTenant', filter: 'eq(fvTenant.descr,"in")' }))
    await rig.subscribed('sub')
    clock.advance(1_000)
    for (const name of ['first', 'second']) rig.apic.create('fvTenant', `uni/tn-${name}`, { descr: 'out' })
    // The first one comes into the filter and is read; the changes, and the second one, wait for that. Its own reading
    // is refused once.
    const late = rig.apic.faults.request({ path: /\/api\/mo\/uni\/tn-first/, hang: true })
    rig.apic.faults.busy({ path: /\/api\/mo\/uni\/tn-second/, times: 1 })
    rig.apic.modify('uni/tn-first', { descr: 'in' })
    await rig.apic.until(() => late.hits === 1)
    change()
    rig.apic.modify('uni/tn-second', { descr: 'in' })
    late.undo()
    await rig.inbox('sub').next(({ topic }) => topic === 'uni/tn-second')

    assert.deepEqual(toldOf('uni/tn-blue'), EACH_ONCE)
  })

  it('although everything is read again while the session is renewed', async () => {
    await start({ maximumLifetimeSeconds: 2, refreshTimeoutSeconds: 60 })
    await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'fvTenant', inputs: 1 }))
    await rig.subscribed('sub')
    clock.advance(1_000)
    // The next connection is compared, and the node is told to read again meanwhile.
    const late = rig.apic.faults.request({ path: /class\/fvTenant.*page-size=5000/, hang: true })
    await rig.apic.until(() => late.hits === 1)
    assert.equal(rig.apic.counts.logins, 2)
    rig.receive('sub', { action: 'resync' })
    change()
    rig.apic.create('fvTenant', 'uni/tn-brief')
    rig.apic.delete('uni/tn-brief')
    await rig.inbox('sub').take(CHANGES + 2)
    late.undo()
    await rig.apic.until(() => rig.apic.sockets.length === 1)
    rig.apic.create('fvTenant', 'uni/tn-last')
    await rig.inbox('sub').next(({ topic }) => topic === 'uni/tn-last')

    assert.deepEqual(toldOf('uni/tn-blue'), EACH_ONCE)
    assert.deepEqual(toldOf('uni/tn-brief'), ['created ', 'deleted '])
  })
})
