// The example of interface statistics, with the real dashboard nodes and in a real browser.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { useLab } from './lab'
import type { Flow } from './node-red'

const NAME = 'Interface statistics (with @flowfuse node-red-dashboard)'

/** Until everything stands, on a machine that has much else to do, ms. */
const PATIENCE = 20_000

const read = (name: string): Flow =>
  JSON.parse(readFileSync(join(__dirname, '..', '..', 'examples', `${name}.json`), 'utf8')) as Flow

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
    const connect = (node: Flow[number]): Flow[number] =>
      node.type === 'aci-apic'
        ? { ...node, controllers: [lab.apic.url], credentials: { username: 'admin', password: 'password' } }
        : node
    await lab.nodeRed.deploy(read(NAME).map(connect))
    const page = await lab.visit('dashboard/interfaces')
    page.setDefaultTimeout(PATIENCE)
    const rows = page.locator('tbody tr')
    await page.getByText('No data available').waitFor()
    while (!lab.apic.requests.some(({ url }) => url.includes('rmonEtherStats'))) await page.waitForTimeout(20)
    await page.waitForTimeout(1_000)

    for (const number of [1, 2, 3])
      for (const part of ['dbgIfIn', 'dbgIfOut', 'dbgEtherStats']) lab.apic.delete(`${port(number)}/${part}`)
    count(1, 3_000_000)
    count(2, 1_500, 7, 2)
    count(3, 12)
    await poll()
    await rows.filter({ hasText: '101 eth1/2' }).waitFor()
    const texts = (await rows.allInnerTexts()).map((text) => text.replace(/\s+/g, ' '))
    assert.equal(texts.length, 2, texts.join())
    assert.match(texts[0]!, /^101 eth1\/2\s[\d.]+\s0\s7\s0\s2$/)
    const [, mbits] = /^101 eth1\/1\s([\d.]+)\s0\s0\s0\s0$/.exec(texts[1]!) ?? assert.fail(texts[1])
    assert.ok(Number(mbits) > 0 && Number(mbits) <= 16, `2 MB within more than a second: ${mbits}`)
    await page.locator('canvas, svg').first().waitFor()
    if (process.env['SHOT']) await page.screenshot({ path: process.env['SHOT'], fullPage: true })
  })
})
