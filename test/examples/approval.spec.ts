// Changes with approval: asked about in a chat, decided on a page, and put back for real.

import assert from 'node:assert/strict'
import { ApicSimulator } from '../simulator'
import { editor, filledIn } from './node-red'
import { WebhookReceiver } from './webhook-receiver'

const TENANT = 'uni/tn-WS_Example'

describe('the example of changes with approval', () => {
  let apic: ApicSimulator
  let chat: WebhookReceiver

  beforeEach(async () => {
    apic = await ApicSimulator.start({ fabric: 'small' })
    chat = new WebhookReceiver()
    await chat.up()
    apic.post('uni', {
      fvTenant: {
        attributes: { name: 'WS_Example', descr: 'mine' },
        children: [
          {
            fvAp: {
              attributes: { name: 'shop' },
              children: [{ fvAEPg: { attributes: { name: 'web', descr: 'front' } } }]
            }
          }
        ]
      }
    })
    await editor.deploy(
      filledIn('Changes of a tenant with approval', {
        controllers: { 'aci-ex19-apic': apic.urls },
        credentials: { 'aci-ex19-tab': { WEBHOOK_URL: `http://127.0.0.1:${chat.port}/` } },
        env: { PUBLIC_URL: 'nodered.example.com', COLLECT_SECONDS: '0.3' }
      })
    )
    await editor.subscribed('aci-ex19-sub')
  })

  afterEach(async () => {
    await editor.deploy([])
    await Promise.all([apic.close(), chat.down()])
  })

  const asked = async (): Promise<{ text: string; key: string }> => {
    const { text } = await chat.posts.next()
    const [, key] = /put back: nodered\.example\.com\/aci\/change\?key=([0-9a-f]{32})$/.exec(text) ?? []
    assert.ok(key, text)
    return { text, key }
  }

  const page = async (key: string): Promise<string> => (await editor.get(`/aci/change?key=${key}`)).text()

  const decide = async (key: string, decision: string): Promise<string> => {
    const body = new URLSearchParams({ key, decision }).toString()
    const response = await editor.post('/aci/change', body, { 'Content-Type': 'application/x-www-form-urlencoded' })
    return response.text()
  }

  it('leaves what is approved, and asks once', async () => {
    apic.post(TENANT, { fvTenant: { attributes: { descr: '<b>yours</b>' } } })
    const { text, key } = await asked()
    assert.match(text, /^changed: uni\/tn-WS_Example, descr from "mine" to "<b>yours<\/b>"\n/)
    assert.match(await page(key), /descr from &quot;mine&quot; to &quot;&lt;b&gt;yours/)
    assert.match(await page(key), /<button/, 'opening the page decides nothing')
    assert.match(await decide(key, 'approve'), /Approved/)
    assert.equal(apic.read(TENANT)?.['descr'], '<b>yours</b>')
    assert.match(await decide(key, 'put back'), /has been answered/)
    assert.match(await page('0'.repeat(32)), /has been answered/)
    assert.match(await page('__proto__'), /has been answered/)
    assert.equal(apic.read(TENANT)?.['descr'], '<b>yours</b>')
  })

  it('puts back what was changed, added and deleted, and does not ask about that', async () => {
    apic.post(TENANT, { fvTenant: { attributes: { descr: 'yours' } } })
    apic.post(TENANT, { fvTenant: { attributes: { descr: 'theirs' } } })
    apic.post(TENANT, { fvBD: { attributes: { name: 'net' } } })
    apic.configureDelete(`${TENANT}/ap-shop`)
    const { key } = await asked()
    assert.match(await decide(key, 'put back'), /being put back/)
    const report = editor.debug('aci-ex19-report')
    assert.match(await report.next(), /^put back/)
    assert.match(await report.next(), /^put back/)
    assert.equal(apic.read(TENANT)?.['descr'], 'mine')
    assert.equal(apic.read(`${TENANT}/BD-net`), undefined)
    assert.equal(apic.read(`${TENANT}/ap-shop/epg-web`)?.['descr'], 'front')

    apic.post(`${TENANT}/ap-shop`, { fvAEPg: { attributes: { name: 'db' } } })
    assert.match(
      (await asked()).text,
      /^new: uni\/tn-WS_Example\/ap-shop\/epg-db\n/,
      'the next question is of the next change'
    )
  })
}).timeout(60_000)
