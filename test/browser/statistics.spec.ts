// The example of interface statistics, with the real dashboard nodes and in a real browser.

import assert from 'node:assert/strict'
import { useLab } from './lab'
import { exampleFor } from './node-red'

/** Until everything stands, on a machine that has much else to do, ms. */
const PATIENCE = 20_000

describe('the dashboard of interface statistics', () => {
  const lab = useLab({}, { fabric: 'small' })

  const port = (number: number): string => `topology/pod-1/node-101/sys/phys-[eth1/${number}]`

  /** What has gone through a port, bytes, and what was wrong with it. */
  const count = (number: number, octets: number, errors = 0, crc = 0): void => {
    lab.apic.create('rmonIfIn', `${port(number)}/dbgIfIn`, { octets: String(octets), errors: String(errors) })
    lab.apic.create('rmonIfOut', `${port(number)}/dbgIfOut`, { octets: '0' })
    lab.apic.create('rmonEtherStats', `${port(number)}/dbgEtherStats`, { cRCAlignErrors: String(crc) })
  }

  const poll = async (): Promise<void> => {
    await fetch(`${lab.nodeRed.url}inject/aci-ex20-tick`, { method: 'POST' })
  }

  it('shows differences, those with errors first, and leaves out a counter that was cleared', async () => {
    count(1, 1_000_000)
    count(2, 500)
    count(3, 9_000_000)
    await lab.nodeRed.deploy(exampleFor(lab.apic, 'Interface statistics'))
    const page = await lab.visit('dashboard/interfaces')
    page.setDefaultTimeout(PATIENCE)
    const rows = page.locator('tbody tr')
    await page.getByText('No data available').waitFor()
    while (!lab.apic.requests.some(({ url }) => url.includes('rmonEtherStats'))) await page.waitForTimeout(20)

    for (const number of [1, 2, 3])
      for (const part of ['dbgIfIn', 'dbgIfOut', 'dbgEtherStats']) lab.apic.delete(`${port(number)}/${part}`)
    count(1, 3_000_000)
    count(2, 1_500, 7, 2)
    count(3, 12)
    await poll()
    await rows.filter({ hasText: '101 eth1/2' }).waitFor()
    const texts = (await rows.allInnerTexts()).map((text) => text.replace(/\s+/g, ' '))
    assert.equal(texts.length, 2, texts.join())
    const [, few] = /^101 eth1\/2 ([\d.]+) 0 7 0 2$/.exec(texts[0]!) ?? assert.fail(texts[0])
    const [, much] = /^101 eth1\/1 ([\d.]+) 0 0 0 0$/.exec(texts[1]!) ?? assert.fail(texts[1])
    // 1,000 bytes and 2,000,000 in the same time, to three places.
    assert.ok(Number(much) > 0 && Math.abs(Number(much) / 2_000 - Number(few)) < 0.000_51, `${much}, ${few}`)
    await page.locator('canvas, svg').first().waitFor()
    if (process.env['SHOT']) await page.screenshot({ path: process.env['SHOT'], fullPage: true })
  })
})
