// Critical faults to e-mail, sent through a real SMTP server with TLS and a login.

import assert from 'node:assert/strict'
import type { Settings } from '../rig'
import { ApicSimulator } from '../simulator'
import { MailServer } from './mail-server'
import { editor, filledIn } from './node-red'

const port = (number: number): string => `topology/pod-1/node-101/sys/phys-[eth1/${number}]/phys`
const DOWN = { severity: 'critical', cause: 'port-down', descr: 'Port is down, reason:link-failure, used by:EPG' }

describe('the example of critical faults to e-mail', () => {
  let apic: ApicSimulator
  let server: MailServer

  beforeEach(async () => {
    // An APIC that tells at once when an object leaves a filter: waiting for the comparison takes a minute.
    apic = await ApicSimulator.start({ fabric: 'small', filterExit: 'modified' })
    server = new MailServer(apic.certificates.server)
    await server.up()
  })

  afterEach(async () => {
    await editor.deploy([])
    await Promise.all([apic.close(), server.down()])
  })

  const deploy = async (env: Record<string, string> = {}, subscribe: Settings = {}): Promise<void> => {
    const flow = filledIn('Critical faults to e-mail (with node-red-node-email)', {
      controllers: { 'aci-ex2-apic': apic.urls },
      credentials: { 'aci-ex2-mail': { userid: 'aci@example.com', password: 'secret' } },
      env: {
        MAIL_TO: 'night-shift@example.com',
        SMTP_SERVER: '127.0.0.1',
        SMTP_PORT: String(server.port),
        COLLECT_SECONDS: '0.2',
        QUIET_SECONDS: '0.2',
        ...env
      }
    })
    Object.assign(
      flow.find(({ id }) => id === 'aci-ex2-sub')!,
      subscribe
    )
    const write = flow.find(({ id }) => id === 'aci-ex2-write')!
    ;(write['wires'] as string[][])[0]!.push('written')
    const debug = { type: 'debug', active: true, tosidebar: true, complete: 'payload', targetType: 'msg' }
    flow.push({ ...debug, id: 'written', z: 'aci-ex2-tab', wires: [] })
    await editor.deploy(flow)
    await editor.subscribed('aci-ex2-sub')
  }

  const fault = (number: number, attributes: Record<string, string> = {}): string => {
    const dn = `${port(number)}/fault-F0532`
    apic.create('faultInst', dn, { ...DOWN, ...attributes })
    return dn
  }

  it('sends one mail when a fault is raised and one when it is over', async () => {
    await deploy()
    const dn = fault(1)
    const raised = await server.mails.next()
    assert.deepEqual([raised.user, raised.to], ['aci@example.com', 'night-shift@example.com'])
    assert.match(raised.subject, /^127\.0\.0\.1:\d+: critical fault raised: F0532 Port is down, reason:link-failure/)
    assert.match(
      raised.body,
      /^RAISED {2}F0532 port-down\n {2}Port is down, reason:link-failure, used by:EPG\n {2}topology\/pod-1\/node-101\/sys\/phys-\[eth1\/1\]\/phys\n {2}\d{4}-\S+Z$/
    )

    apic.modify(dn, { lc: 'raised', ack: 'yes', occur: '2' })
    apic.modify(dn, { severity: 'cleared', lc: 'retaining' })
    const over = await server.mails.next()
    assert.match(over.subject, /: critical fault over: F0532 Port is down/)
    assert.match(over.body, /^OVER \(cleared\) {2}F0532 port-down\n/)

    apic.delete(dn)
    fault(2, { severity: 'warning' })
    const next = fault(3)
    assert.match((await server.mails.next()).body, /eth1\/3/)
    apic.delete(next)
    assert.match((await server.mails.next()).body, /^OVER \(gone\)/)
    assert.deepEqual(server.mails.others(), [], 'no other mail')
  })

  it('puts a burst into one mail', async () => {
    await deploy({ COLLECT_SECONDS: '1' })
    for (let number = 1; number <= 60; number += 1) {
      apic.create('faultInst', `uni/tn-common/fault-F${1000 + number}`, { ...DOWN, descr: '<b>not bold</b>' })
    }
    const { subject, body } = await server.mails.next()
    assert.match(subject, /: 60 critical faults raised, 0 over$/)
    assert.equal(body.match(/^RAISED/gm)?.length, 50)
    assert.match(body, /\nand 10 more$/)
    assert.ok(!body.includes('<'), 'and nothing in it is taken for HTML')
    fault(1)
    assert.match((await server.mails.next()).body, /eth1\/1/, 'the next mail is of what came later')
  })

  it('sends one mail of a fault that comes and goes, and one when it has settled', async () => {
    await deploy({ QUIET_SECONDS: '1' })
    const dn = fault(1)
    for (let times = 0; times < 10; times += 1) {
      apic.modify(dn, { severity: 'cleared' })
      apic.modify(dn, { severity: 'critical' })
    }
    apic.modify(dn, { severity: 'cleared' })
    assert.match((await server.mails.next()).subject, /raised/)
    assert.match((await server.mails.next()).subject, /over/)
    fault(2)
    assert.match((await server.mails.next()).body, /eth1\/2/)
    assert.equal(server.mails.all.length, 3)
  })

  it('sends a mail again that could not be sent', async () => {
    await deploy({ RETRY_SECONDS: '0.2' })
    await server.down()
    fault(1)
    await editor.status('aci-ex2-mail', ({ fill }) => fill === 'red')
    await server.up()
    assert.match((await server.mails.next()).subject, /raised/)
    assert.deepEqual(server.mails.others(), [])
  })

  it('sends mails in order, also those that could not be sent at first', async () => {
    await deploy({ RETRY_SECONDS: '0.1', COLLECT_SECONDS: '0.05' })
    await server.down()
    const numbers = [1, 2, 3, 4, 5, 6]
    const collected = editor.debug('written')
    for (const number of numbers) {
      fault(number)
      await collected.next()
    }
    await server.up()
    const mails: string[] = []
    while (mails.length < numbers.length) mails.push((await server.mails.next()).body)
    assert.deepEqual(
      mails.map((body) => /eth1\/(\d)/.exec(body)?.[1]),
      numbers.map(String)
    )
    assert.deepEqual(server.mails.others(), [])
  })

  it('gives up in the end, and says so', async () => {
    await deploy({ RETRY_SECONDS: '0.1', MOST_TRIES: '2' })
    await server.down()
    fault(1)
    assert.match(await editor.debug('aci-ex2-given-up').next(), /^RAISED {2}F0532/)
    await server.up()
    assert.deepEqual(server.mails.all, [])
  })

  it('works with the filter in the APIC, too', async () => {
    await deploy({}, { filter: 'eq(faultInst.severity,"critical")' })
    const dn = fault(1, { severity: 'major' })
    apic.modify(dn, { severity: 'critical' })
    assert.match((await server.mails.next()).subject, /raised/)
    apic.modify(dn, { severity: 'major' })
    assert.match((await server.mails.next()).subject, /over/)
  })
})
