// An outage in the log: from when to when, and what had changed meanwhile.

import assert from 'node:assert/strict'
import { Rig, type CaughtError, type LogLine, type Settings } from './rig'

describe('an outage', () => {
  let rig: Rig

  afterEach(async () => {
    await rig.stop()
  })

  const started = async (settings: Settings = {}): Promise<void> => {
    rig = await Rig.start({ auditLimit: 0 })
    rig.apic.create('fvTenant', 'uni/tn-blue', { descr: 'old' })
    rig.apic.create('fvTenant', 'uni/tn-green')
    await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'fvTenant', ...settings }))
    await rig.subscribed('sub')
  }

  const isOfConnection = ({ id }: LogLine): boolean => id === 'apic'
  const recovery = async (): Promise<string> =>
    (await rig.logged.next((line) => isOfConnection(line) && line.text.includes(' after '))).text
  /** Node-RED logs an error only where no Catch node gets it. */
  const losses = (): CaughtError[] => rig.errors.filter(({ source }) => source.id === 'apic')

  const TIMES = String.raw`after \d+ s \(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ to (\d{4}-\d\d-\d\dT)?\d\d:\d\d:\d\dZ\)`

  it('ends with a line that counts what was recovered, when all of it has been sent', async () => {
    await started()
    rig.apic.faults.dropSockets()
    rig.apic.delete('uni/tn-green')
    rig.apic.modify('uni/tn-blue', { descr: 'new' })
    rig.apic.create('fvTenant', 'uni/tn-red')
    rig.apic.create('fvTenant', 'uni/tn-rose')

    const text = await recovery()
    await rig.inbox('sub').take(4)
    assert.match(
      text,
      new RegExp(
        String.raw`^connected to ${rig.apic.url} \(APIC 6\.0\(9c\)\) again ${TIMES}: 2 created, 1 modified, 1 deleted recovered$`
      )
    )
    assert.equal(losses().length, 1)
    assert.deepEqual(rig.inbox('sub').others(), [])
  })

  it('in which nothing changed says so, and counts nothing of the one before', async () => {
    await started()
    rig.apic.faults.dropSockets()
    rig.apic.delete('uni/tn-green')
    assert.match(await recovery(), /0 created, 0 modified, 1 deleted recovered$/)

    rig.apic.faults.dropSockets()
    assert.match(await recovery(), /nothing had changed$/)
    assert.equal(losses().length, 2)
  })

  it('goes on when the connection is lost again before everything has been compared', async () => {
    await started()
    const stuck = rig.apic.faults.request({ path: /page-size=5000/, hang: true })
    rig.apic.faults.dropSockets()
    rig.apic.delete('uni/tn-green')
    await rig.apic.until(() => stuck.hits === 1)
    rig.apic.faults.dropSockets()
    await rig.apic.until(() => stuck.hits === 2)
    stuck.undo()

    assert.match(await recovery(), /0 created, 0 modified, 1 deleted recovered$/)
    assert.equal(rig.apic.counts.logins, 3)
    assert.equal(losses().length, 1)
    const lines = rig.logged.all.filter(({ text }) => text.includes('connected to'))
    assert.equal(lines.length, 2, 'the first connection and the recovery')
  })

  it('is over only when what could not be read at once has been read', async () => {
    await started()
    rig.apic.faults.busy({ path: /page-size=5000/, times: 1 })
    rig.apic.faults.dropSockets()
    rig.apic.delete('uni/tn-green')

    assert.match(await recovery(), /0 created, 0 modified, 1 deleted recovered$/)
  })

  it('of a pure stream does not pretend that nothing was missed', async () => {
    await started({ mirror: 'off' })
    rig.apic.faults.dropSockets()

    assert.match(await recovery(), /: 1 subscription could not be compared$/)
  })

  it('at the very start is none of the subscriptions', async () => {
    rig = await Rig.start()
    await rig.apic.controllers[0]!.down()
    await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'fvTenant' }))
    await rig.status('sub', ({ fill }) => fill === 'red')
    await rig.apic.controllers[0]!.up()

    assert.match(await recovery(), new RegExp(String.raw`\) ${TIMES}$`))
    assert.equal(losses().length, 1)
  })

  it('of a connection without any subscription ends with it', async () => {
    rig = await Rig.start()
    await rig.load(rig.connection(), rig.subscriber('sub', { classes: '', inputs: 1 }))
    await rig.logged.next(({ text }) => text.includes('connected to'))
    rig.apic.faults.dropSockets()

    assert.match(await recovery(), new RegExp(String.raw` again ${TIMES}$`))
  })
})
