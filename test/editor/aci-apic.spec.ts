// Which settings of a connection the editor lets through, and what it calls the connection.

import assert from 'node:assert/strict'
import { RANGES } from '../../nodes/apic'
import { aciApic } from '../../nodes/editor/aci-apic'
import * as settings from '../../nodes/runtime/settings'
import { nodeWith, verdict as verdictOn } from './node'

const { checks, label } = aciApic

const verdict = (check: Validator, value: unknown, settings?: Readonly<Record<string, unknown>>): true | string =>
  verdictOn(nodeWith('aci-apic', settings), check, value)

describe('the controllers of a connection, in the editor', () => {
  const isRefusedByNode = (controllers: unknown): boolean => {
    try {
      settings.controllers({ controllers })
      return false
    } catch {
      return true
    }
  }

  it('are hosts and base URLs, as the node takes them', () => {
    for (const value of [['https://apic1'], 'apic1', 'apic1:8443, http://10.0.0.1/', 'https://[2001:db8::1]:8443']) {
      assert.equal(verdict(checks.controllers, value), true, String(value))
      assert.equal(isRefusedByNode(value), false, String(value))
    }
  })

  it('are nothing that the node would refuse', () => {
    for (const value of [
      'ftp://apic1',
      'https://apic1/api',
      'https://u:secret@apic1',
      'apic1?x',
      'apic1#x',
      'a b!c<d'
    ]) {
      assert.equal(verdict(checks.controllers, value), 'aci-apic.error.controller', value)
      assert.equal(isRefusedByNode(value), true, value)
    }
    for (const value of [[], '', undefined]) {
      assert.equal(verdict(checks.controllers, value), 'aci-apic.error.noController')
    }
  })

  it('may come from the environment, all or some', () => {
    assert.equal(verdict(checks.controllers, '${ACI_CONTROLLERS}'), true)
    assert.equal(verdict(checks.controllers, ['${ACI_1}', 'apic2']), true)
  })
})

describe('the numbers of a connection, in the editor', () => {
  it('are within their range, both ends included', () => {
    for (const name of ['requestTimeout', 'heartbeat', 'refreshTimeout', 'auditInterval'] as const) {
      const { min, max } = RANGES[name]
      const check = checks[name]
      for (const value of [min, max, String(min), ` ${max} `, '${X}', undefined]) {
        assert.equal(verdict(check, value), true, `${name} ${String(value)}`)
      }
      for (const value of [max + 1, -1, '', ' ', 'ten', '5 s']) {
        assert.match(String(verdict(check, value)), /^aci-apic\.error\.range/, `${name} ${value}`)
      }
    }
  })

  it('are zero only where zero means something', () => {
    assert.equal(verdict(checks.refreshTimeout, 0), true)
    assert.equal(verdict(checks.refreshTimeout, '0'), true)
    assert.match(String(verdict(checks.refreshTimeout, 29)), /rangeOrZero .*"min":30,"max":43200/)
    assert.match(String(verdict(checks.requestTimeout, 0)), /range .*requestTimeout/)
    assert.equal(verdict(checks.auditInterval, 0), true)
  })
})

describe('a connection in the editor', () => {
  it('is called by its name, else by its first controller', () => {
    const called = (values: Readonly<Record<string, unknown>>): string => label(nodeWith('aci-apic', values))
    assert.equal(called({ name: 'DC1', controllers: ['apic1'] }), 'DC1')
    assert.equal(called({ name: '', controllers: ['https://apic1:8443/', 'apic2'] }), 'apic1:8443')
    assert.equal(called({ controllers: 'apic1 apic2' }), 'apic1')
    assert.equal(called({ controllers: '${ACI_CONTROLLERS}' }), '${ACI_CONTROLLERS}')
    assert.equal(called({ controllers: ['ftp://x'] }), 'ftp://x')
    assert.equal(called({}), 'aci-apic.label.node')
  })
})
