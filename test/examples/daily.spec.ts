// What changed since yesterday, mailed through a real server: nothing twice, and nothing lost that could not be mailed.

import assert from 'node:assert/strict'
import { ApicSimulator } from '../simulator'
import { MailServer } from './mail-server'
import { editor, filledIn } from './node-red'

describe('the example of what changed since yesterday', () => {
  let apic: ApicSimulator
  let server: MailServer

  beforeEach(async () => {
    apic = await ApicSimulator.start({ fabric: 'small' })
    server = new MailServer()
    await server.up()
    await editor.deploy(
      filledIn('What changed since yesterday, as an e-mail (with node-red-node-email)', {
        controllers: { 'aci-ex18-apic': apic.urls },
        env: {
          MAIL_TO: 'team@example.com',
          MAIL_FROM: 'aci@example.com',
          SMTP_SERVER: '127.0.0.1',
          SMTP_PORT: String(server.port),
          SNAPSHOT_FILE: `snapshot-${Date.now()}.json`
        }
      })
    )
  })

  afterEach(async () => {
    await editor.deploy([])
    await Promise.all([apic.close(), server.down()])
  })

  const morning = (): Promise<void> => editor.press('aci-ex18-morning')
  const known = (): Promise<unknown> => editor.debug('aci-ex18-count').next()

  it('is one mail with what is new, changed and deleted, and none where nothing is', async () => {
    apic.post('uni', { fvTenant: { attributes: { name: 'a', descr: 'one' } } })
    apic.post('uni', { fvTenant: { attributes: { name: 'b' } } })
    await morning()
    await known()
    assert.deepEqual(server.mails.all, [], 'there is nothing to compare with')

    apic.post('uni/tn-a', { fvTenant: { attributes: { descr: '<two>' } } })
    apic.configureDelete('uni/tn-b')
    apic.post('uni/tn-a', { fvBD: { attributes: { name: 'net' } } })
    await morning()
    const { subject, body, to } = await server.mails.next()
    assert.deepEqual([subject, to], ['3 objects are otherwise than yesterday', 'team@example.com'])
    assert.deepEqual(body.split('\n'), [
      'changed  fvTenant uni/tn-a',
      '         descr: "one" is now "|two|"',
      'new      fvBD uni/tn-a/BD-net',
      'deleted  fvTenant uni/tn-b'
    ])
    await known()

    await morning()
    apic.post('uni', { fvTenant: { attributes: { name: 'c' } } })
    await morning()
    assert.match((await server.mails.next()).body, /^new {6}fvTenant uni\/tn-c$/)
    assert.deepEqual(server.mails.others(), [])
  })

  it('keeps for the next mail what could not be mailed, or not be read', async () => {
    await morning()
    await known()
    apic.post('uni', { fvTenant: { attributes: { name: 'a' } } })
    await server.down()
    await morning()
    await editor.debug('aci-ex18-why').next()
    apic.post('uni', { fvTenant: { attributes: { name: 'b' } } })
    await server.up()
    await morning()
    assert.match((await server.mails.next()).body, /tn-a\n.*tn-b$/)
  })
}).timeout(60_000)
