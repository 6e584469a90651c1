// The audit log of a fabric as files of JSON lines.

import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ApicSimulator } from '../simulator'
import { editor, filledIn } from './node-red'

const DAY = 86_400_000
const dayOf = (daysAgo: number): string => new Date(Date.now() - daysAgo * DAY).toISOString().slice(0, 10)

describe('the example of an audit trail', () => {
  let apic: ApicSimulator
  /** Relative paths begin in Node-RED's user directory here. */
  const folder = join(editor.userDir, 'logs', 'audit')

  beforeEach(async () => {
    apic = await ApicSimulator.start()
  })

  afterEach(async () => {
    await editor.deploy([])
    await apic.close()
    rmSync(join(editor.userDir, 'logs'), { recursive: true, force: true })
  })

  const deploy = async (env: Record<string, string> = {}): Promise<void> => {
    const choices = { controllers: { 'aci-ex5-apic': apic.urls }, env: { AUDIT_DIR: 'logs/audit', ...env } }
    await editor.deploy(filledIn('Audit trail to a file', choices))
    await editor.subscribed('aci-ex5-sub')
  }

  const fileOf = (day: string): string => join(folder, `aci-audit-${day}.jsonl`)

  /** The lines of a file once there are so many; a file does not tell when it grows, so it is looked at again. */
  const lines = async (file: string, count: number): Promise<Record<string, string>[]> => {
    for (const deadline = Date.now() + 10_000; ;) {
      const found = existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : []
      if (found.length >= count) return found.map((line) => JSON.parse(line) as Record<string, string>)
      assert.ok(Date.now() < deadline, `${found.length} lines in ${file}`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }

  const record = (id: number, created: string): void => {
    const affected = 'uni/tn-blue'
    apic.create('aaaModLR', `subj-[${affected}]/mod-${id}`, { affected, created, id: String(id), user: 'jdoe' })
  }

  it('writes a line for everything that somebody changes, and nothing twice', async () => {
    await deploy()
    apic.post('uni', { fvTenant: { attributes: { name: 'blue' } } }, 'jdoe')
    apic.post('uni/tn-blue', { fvTenant: { attributes: { descr: 'ours "now"\nand then' } } })
    apic.configureDelete('uni/tn-blue')
    const written = await lines(fileOf(dayOf(0)), 3)
    assert.deepEqual(
      written.map(({ user, action, object }) => [user, action, object]),
      [
        ['jdoe', 'creation', 'uni/tn-blue'],
        ['admin', 'modification', 'uni/tn-blue'],
        ['admin', 'deletion', 'uni/tn-blue']
      ]
    )
    assert.match(written[1]!['changes']!, /descr \(Old: , New: ours "now"\nand then\)/)
    assert.ok(written.every(({ time, origin }) => new Date(time!).toISOString() === time && origin === 'live'))

    await apic.controllers[0]!.down()
    apic.post('uni', { fvTenant: { attributes: { name: 'green' } } })
    await apic.controllers[0]!.up()
    const all = await lines(fileOf(dayOf(0)), 4)
    assert.deepEqual([all[3]!['object'], all[3]!['origin']], ['uni/tn-green', 'recovered'])
    assert.equal(new Set(all.map(({ id }) => id)).size, 4)
  })

  it('begins a file for every day of the records, whatever their zone, and deletes what is too old', async () => {
    mkdirSync(folder, { recursive: true })
    for (const daysAgo of [7, 8, 30]) writeFileSync(fileOf(dayOf(daysAgo)), '')
    await deploy({ KEEP_DAYS: '7' })
    record(1, `${dayOf(1)}T23:30:00.000-04:00`)
    record(2, `${dayOf(1)}T12:00:00.000+00:00`)
    assert.deepEqual(
      (await lines(fileOf(dayOf(0)), 1)).map(({ time }) => time),
      [`${dayOf(0)}T03:30:00.000Z`]
    )
    assert.equal((await lines(fileOf(dayOf(1)), 1))[0]!['user'], 'jdoe')
    const deleted = [await editor.debug('aci-ex5-deleted').next(), await editor.debug('aci-ex5-deleted').next()]
    assert.deepEqual(
      deleted,
      [8, 30].map((days) => `logs/audit/aci-audit-${dayOf(days)}.jsonl`)
    )
    assert.ok(existsSync(fileOf(dayOf(7))))
    assert.deepEqual(editor.debug('aci-ex5-cannot').all, [], 'days without a file are no mistake')
  })

  it('writes a line later that cannot be written', async () => {
    writeFileSync(join(editor.userDir, 'logs'), 'where the folder should be')
    await deploy({ RETRY_SECONDS: '0.2' })
    record(1, `${dayOf(0)}T12:00:00.000+00:00`)
    assert.match(await editor.debug('aci-ex5-log').next(), /EEXIST|ENOTDIR/)
    rmSync(join(editor.userDir, 'logs'))
    assert.equal((await lines(fileOf(dayOf(0)), 1)).length, 1)
  })

  it('gives up in the end, and says so', async () => {
    writeFileSync(join(editor.userDir, 'logs'), 'where the folder should be')
    await deploy({ RETRY_SECONDS: '0.1', MOST_TRIES: '2' })
    record(1, `${dayOf(0)}T12:00:00.000+00:00`)
    assert.equal((await editor.debug<{ user: string }>('aci-ex5-given-up').next()).user, 'jdoe')
  })
})
