// What the log says of a connection: a line at the loss, a line when all is as it was.

import assert from 'node:assert/strict'
import { AciError, type Outage } from '../../nodes/apic'
import { OutageLog } from '../../nodes/runtime/outage-log'

const controller = 'https://apic1'
const up = { phase: 'up', controller, version: '6.0(2h)', since: 0 } as const
const lost = (code: AciError['code']) => ({ phase: 'lost', error: new AciError(code, 'lost'), since: 0 }) as const

const outage: Outage = {
  from: Date.parse('2026-11-24T10:00:00.900Z'),
  to: Date.parse('2026-11-24T10:00:12.100Z'),
  recovered: { created: 3, modified: 1, deleted: 2 },
  isFirst: false,
  compared: 2,
  uncompared: 0
}

/** An outage log, and the lines it has written. */
function outageLog(): { log: OutageLog; lines: string[] } {
  const lines: string[] = []
  const logger = {
    log: (text: string) => lines.push(text),
    error: (error: AciError) => lines.push(`${error.code}: ${error.message}`)
  }
  return { log: new OutageLog(logger), lines }
}

/** The line at the end of an outage that is like the one above but for this. */
function lineOf(differing: Partial<Outage>): string {
  const { log, lines } = outageLog()
  log.stateChanged(lost('ACI_TIMEOUT'))
  log.stateChanged(up)
  log.recovered({ ...outage, ...differing })
  return lines.slice(1).join('\n').replace('connected to https://apic1 (APIC 6.0(2h)) ', '')
}

describe('the log', () => {
  it('says at once that the first connection stands', () => {
    const { log, lines } = outageLog()
    log.stateChanged(up)
    assert.deepEqual(lines, ['connected to https://apic1 (APIC 6.0(2h))'])
  })

  it('has one line at the loss, and one when everything has been compared', () => {
    const { log, lines } = outageLog()
    log.stateChanged(lost('ACI_TIMEOUT'))
    log.stateChanged(lost('ACI_TIMEOUT'))
    log.stateChanged(up)
    assert.deepEqual(lines, ['ACI_TIMEOUT: lost'])

    log.recovered(outage)
    log.stateChanged(up)
    assert.deepEqual(lines.slice(1), [
      'connected to https://apic1 (APIC 6.0(2h)) again after 12 s (2026-11-24T10:00:00Z to 10:00:12Z): ' +
        '3 created, 1 modified, 2 deleted recovered',
      'connected to https://apic1 (APIC 6.0(2h))'
    ])
  })

  it('takes a connection that is lost before that for the same outage', () => {
    const { log, lines } = outageLog()
    for (const state of [lost('ACI_TIMEOUT'), up, lost('ACI_TIMEOUT'), up, lost('ACI_UNREACHABLE'), up])
      log.stateChanged(state)
    log.recovered(outage)
    assert.deepEqual(
      lines.map((line) => line.slice(0, 20)),
      ['ACI_TIMEOUT: lost', 'ACI_UNREACHABLE: los', 'connected to https:/']
    )
  })

  it('names the day of the end when it is another one', () => {
    const text = lineOf({ to: Date.parse('2026-11-25T00:00:01Z') })
    assert.match(text, /\(2026-11-24T10:00:00Z to 2026-11-25T00:00:01Z\)/)
  })

  it('says when nothing had changed', () => {
    assert.match(lineOf({ recovered: { created: 0, modified: 0, deleted: 0 } }), /Z\): nothing had changed$/)
  })

  it('does not say so of what could not be compared', () => {
    const recovered = { created: 0, modified: 0, deleted: 0 }
    assert.match(lineOf({ recovered, uncompared: 1 }), /nothing had changed; 1 subscription could not be compared$/)
    assert.match(lineOf({ recovered, compared: 0, uncompared: 2 }), /Z\): 2 subscriptions could not be compared$/)
    assert.match(lineOf({ recovered, compared: 0 }), /Z\)$/)
  })

  it('speaks of no return where there was no connection before, nor of changes to what was not known', () => {
    const recovered = { created: 0, modified: 0, deleted: 0 }
    assert.equal(lineOf({ recovered, isFirst: true }), 'after 12 s (2026-11-24T10:00:00Z to 10:00:12Z)')
    assert.match(lineOf({ isFirst: true }), /^after 12 s .* recovered$/)
  })
})
