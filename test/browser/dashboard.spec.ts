// The example of an event dashboard, with the real dashboard nodes and in a real browser: what happens in the fabric is on the
// page within moments, and the page is right after a reload, an outage and a restart.

import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { useLab } from './lab'
import { exampleFor } from './node-red'

/** A change has to be seen within this time, ms. */
const SOON = 2_000
/** Until everything stands, on a machine that has much else to do, ms. */
const PATIENCE = 20_000

describe('the event dashboard', () => {
  const lab = useLab({}, { fabric: 'small' })

  /** Creates an object as an administrator does, which leaves an audit record. */
  const configure = async (dn: string, className: string): Promise<void> => {
    const post = (path: string, body: object, cookie = ''): Promise<Response> =>
      fetch(`${lab.apic.url}${path}`, { method: 'POST', headers: { cookie }, body: JSON.stringify(body) })
    const login = await post('/api/aaaLogin.json', { aaaUser: { attributes: { name: 'admin', pwd: 'password' } } })
    const { imdata } = (await login.json()) as { imdata: [{ aaaLogin: { attributes: { token: string } } }] }
    const { token } = imdata[0].aaaLogin.attributes
    const created = await post(`/api/mo/${dn}.json`, { [className]: { attributes: {} } }, `APIC-cookie=${token}`)
    assert.equal(created.status, 200, await created.text())
  }

  const open = async (): Promise<Page> => {
    const page = await lab.visit('dashboard/fabric')
    page.setDefaultTimeout(PATIENCE)
    await faults(page).first().waitFor()
    return page
  }

  const group = (page: Page, title: string): ReturnType<Page['locator']> =>
    page.locator('.nrdb-ui-group').filter({ has: page.getByText(title, { exact: true }) })

  /** Rows of the table; one where it is empty, which says so. */
  const faults = (page: Page): ReturnType<Page['locator']> => group(page, 'Open faults').locator('tbody tr')

  const shows = async (page: Page, title: string, text: string | RegExp, timeout = SOON): Promise<void> => {
    await group(page, title).getByText(text).first().waitFor({ timeout })
  }

  it('shows what happens, and takes an acknowledgement, and is right after an outage, a reload and a restart', async () => {
    for (const [index, severity] of (['major', 'minor', 'minor', 'warning', 'cleared'] as const).entries()) {
      const code = `F010${index}`
      lab.apic.create('faultInst', `topology/pod-1/node-101/sys/fault-${code}`, {
        severity,
        code,
        descr: `${severity} ${code}`
      })
    }
    lab.apic.modify('uni/tn-Production/health', { cur: '71' })
    await lab.nodeRed.deploy(exampleFor(lab.apic, 'Fabric event dashboard'))
    const page = await open()
    await shows(page, 'Now', /subscribed/, PATIENCE)

    lab.apic.create('faultInst', 'uni/tn-Production/fault-F0999', {
      severity: 'critical',
      code: 'F0999',
      descr: '<img src=x onerror="window.hurt = true"> & more'
    })
    await shows(page, 'Open faults', 'F0999')
    await shows(page, 'Open faults', '<img src=x onerror="window.hurt = true"> & more')
    lab.apic.create('eventRecord', 'subj-[uni/tn-Production]/rec-1', {
      affected: 'uni/tn-Production',
      code: 'E4208123',
      created: '2026-11-23T10:00:00.000+00:00',
      descr: 'Tenant Production modified'
    })
    await group(page, 'Open faults').getByText('F0999').click()
    await shows(page, 'The chosen fault', 'E4208123')
    await shows(page, 'The chosen fault', /^uni\/tn-Production, health \d+$/)
    assert.equal(await page.locator('img[src="x"]').count(), 0, 'what the fabric says is text')
    await shows(page, 'What matters', /48 and 1 maintenance windows in force/)
    await shows(page, 'What matters', 'too early to say: it soaks')

    await page.getByRole('button', { name: 'Acknowledge' }).click()
    await page.getByText('acknowledged: uni/tn-Production/fault-F0999').waitFor()
    assert.equal(lab.apic.read('uni/tn-Production/fault-F0999')?.['ack'], 'yes')
    await faults(page).filter({ hasText: 'F0999' }).getByText('yes', { exact: true }).waitFor({ timeout: SOON })
    await shows(page, 'What matters', 'acknowledged')
    lab.apic.create('faultInst', 'uni/tn-Production/fault-F0777', { severity: 'info', lc: 'raised', descr: 'odd' })
    await shows(page, 'Unclassified', /info F0777 odd/)

    const named = 'uni/tn-Production/ctx-<img src=y onerror="window.hurt = true">'
    const marked = `${named}/fault-F0666`
    lab.apic.create('fvCtx', named)
    lab.apic.create('faultInst', marked, { severity: 'critical', code: 'F0666', descr: 'a name with marks' })
    await group(page, 'Open faults').getByText('F0666').click()
    await page.getByRole('button', { name: 'Acknowledge' }).click()
    // A notice has lost the handler by then, although it is shown as text.
    await page.getByText('acknowledged: uni/tn-Production/ctx-<img src="y">/fault-F0666').waitFor()
    assert.equal(await page.locator('img[src="y"]').count(), 0, 'a notice is text, too')
    lab.apic.delete(marked)

    const endpoint = 'uni/tn-Production/ap-webshop/epg-frontend/cep-00:50:56:AA:BB:CC'
    const placed = (port: string): string =>
      `${endpoint}/rscEpToPathEp-[topology/pod-1/paths-101/pathep-[eth1/${port}]]`
    lab.apic.create('fvCEp', endpoint, { mac: '00:50:56:AA:BB:CC' })
    lab.apic.create('fvRsCEpToPathEp', placed('1'))
    lab.apic.create('fvRsCEpToPathEp', placed('2'))
    lab.apic.delete(placed('1'))
    await shows(page, 'Endpoint moves', '00:50:56:AA:BB:CC')
    await configure('uni/tn-Dashboard', 'fvTenant')
    await shows(page, 'Who changed what', 'uni/tn-Dashboard')
    await configure('uni/tn-Dashboard/ap-shop', 'fvAp')
    await shows(page, 'Who changed what', 'uni/tn-Dashboard/ap-shop')

    await lab.apic.controllers[0]!.down()
    await shows(page, 'Now', /blind since/, PATIENCE)
    lab.apic.delete('uni/tn-Production/fault-F0999')
    await lab.apic.controllers[0]!.up()
    await shows(page, 'Now', /was blind from .*, recovered [1-9]/, PATIENCE)
    await group(page, 'Open faults').getByText('F0999').waitFor({ state: 'detached', timeout: PATIENCE })

    assert.equal(await page.evaluate(() => 'hurt' in window), false, 'nothing of the fabric was executed')
    const rows = await faults(page).count()
    if (process.env['SHOT']) await page.screenshot({ path: process.env['SHOT'], fullPage: true })
    await page.reload()
    await faults(page)
      .nth(rows - 1)
      .waitFor({ timeout: SOON })
    assert.equal(await faults(page).count(), rows)
    await shows(page, 'Who changed what', 'uni/tn-Dashboard')
    await shows(page, 'Endpoint moves', '00:50:56:AA:BB:CC')
    await shows(page, 'Health of the worst tenants', 'Production')

    // A second browser, and then a Node-RED that starts anew.
    const second = await open()
    await faults(second)
      .nth(rows - 1)
      .waitFor({ timeout: SOON })
    await fetch(`${lab.nodeRed.url}inject/aci-ex13-keeptick`, { method: 'POST' })
    while (!lab.nodeRed.read('aci-dashboard.json').includes('a fault is gone')) await page.waitForTimeout(20)
    await lab.nodeRed.restart()
    await page.reload()
    await faults(page)
      .nth(rows - 1)
      .waitFor({ timeout: PATIENCE })
    assert.equal(await faults(page).count(), rows)
    await shows(page, 'Who changed what', 'uni/tn-Dashboard/ap-shop')
    await shows(page, 'Endpoint moves', '00:50:56:AA:BB:CC')
    await shows(page, 'What matters', 'a fault is gone')
    await shows(page, 'Unclassified', /info F0777 odd/)
    await shows(page, 'Now', /was blind from .*, recovered [1-9]/)
    const complaints = lab.nodeRed.complaints.filter(
      (line) => line.includes('aci-') && !line.includes('ACI_UNREACHABLE')
    )
    assert.deepEqual(complaints, [])
  })
})
