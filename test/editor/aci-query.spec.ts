// Which settings of aci-query and aci-push the editor lets through, and what it calls the nodes.

import assert from 'node:assert/strict'
import { aciPush } from '../../nodes/editor/aci-push'
import { aciQuery } from '../../nodes/editor/aci-query'
import { nodeWith, verdict } from './node'

describe('aci-query in the editor', () => {
  const { checks, label, outputLabel } = aciQuery
  const on = (name: keyof typeof checks, value: unknown, settings = {}): true | string =>
    verdict(nodeWith('aci-query', settings), checks[name], value)

  it('may leave to the message what is asked for', () => {
    assert.equal(on('classes', '', { target: 'class' }), true)
    assert.equal(on('dn', '', { target: 'mo' }), true)
  })

  it('checks what is asked for as aci-subscribe does', () => {
    assert.match(String(on('classes', 'fvTenant, x y', { target: 'class' })), /^aci-query\.error\.class .*"index":2/)
    assert.equal(on('dn', 'uni/..', { target: 'mo' }), 'aci-query.error.dnParts')
    assert.equal(on('filter', 'eq('), 'aci-query.error.filterBrackets')
  })

  it('checks the form of the answer', () => {
    for (const value of ['', 'fvSubnet', '${C}']) assert.equal(on('childClasses', value), true)
    for (const value of ['faults, health', '${I}', undefined]) assert.equal(on('include', value), true)
    assert.equal(on('include', 'faults, tomorrows-word'), true)
    assert.match(String(on('include', 'faults,every/thing')), /error\.include .*"index":2/)
    for (const [setting, right, wrong] of [
      ['childFilter', 'eq(fvIp.addr,"192.0.2.7")', 'eq('],
      ['targetNode', '101, 102', '101&x'],
      ['targetPath', 'l1EthIfToEPg', 'a/b'],
      ['timeRange', '24h', '24h&page=0']
    ] as const) {
      for (const value of ['', undefined, '${V}', right]) assert.equal(on(setting, value), true, setting)
      assert.match(String(on(setting, wrong)), /^aci-query\.error\./, setting)
    }
    for (const value of ['faultInst.created|desc', 'fvTenant.name, fvBD.name|asc'])
      assert.equal(on('orderBy', value), true)
    for (const value of ['created', 'faultInst.created|down', 'a.b.c']) {
      assert.match(String(on('orderBy', value)), /error\.orderBy/)
    }
    for (const value of [undefined, '', 0, '100', ' 5 ', '${LIMIT}']) assert.equal(on('limit', value), true)
    for (const value of ['-1', 1.5, 'all', ' ']) assert.equal(on('limit', value), 'aci-query.error.limit')
  })

  it('is called by what it asks for, and its output by what comes', () => {
    assert.equal(label(nodeWith('aci-query', { classes: 'fvTenant,fvAp' })), 'fvTenant, fvAp')
    assert.equal(label(nodeWith('aci-query')), 'aci-query.label.node')
    assert.equal(outputLabel(nodeWith('aci-query', { output: 'stream' })), 'aci-query.port.stream')
    assert.equal(outputLabel(nodeWith('aci-query')), 'aci-query.port.array')
  })
})

describe('aci-push in the editor', () => {
  const { checks, label, outputLabel } = aciPush

  it('takes a DN, or none', () => {
    const on = (dn: unknown): true | string => verdict(nodeWith('aci-push'), checks.dn, dn)
    for (const dn of ['uni', '', undefined, '${DN}']) assert.equal(on(dn), true)
    assert.equal(on('uni/tn-a/'), 'aci-push.error.dnParts')
  })

  it('is called by what it does', () => {
    const called = (settings: object): string => label(nodeWith('aci-push', { ...settings }))
    assert.equal(called({ name: 'put back', action: 'post' }), 'put back')
    assert.equal(called({ action: 'post' }), 'aci-push.label.node')
    assert.equal(called({ action: 'delete' }), 'aci-push.label.nodeDelete')
    assert.equal(called({ action: 'preview' }), 'aci-push.label.nodePreview')
    assert.equal(outputLabel(nodeWith('aci-push', { action: 'preview' })), 'aci-push.port.preview')
    assert.equal(outputLabel(nodeWith('aci-push', { action: '${ACTION}' })), 'aci-push.port.results')
  })
})
