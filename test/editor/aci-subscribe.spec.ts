// Which settings of a subscription the editor lets through while no dialog is open, and what it calls the node.

import assert from 'node:assert/strict'
import { aciSubscribe } from '../../nodes/editor/aci-subscribe'
import { nodeWith, verdict as verdictOn } from './node'

const { checks, label, outputLabel } = aciSubscribe

const verdict = (check: Validator, value: unknown, settings?: Readonly<Record<string, unknown>>): true | string =>
  verdictOn(nodeWith('aci-subscribe', settings), check, value)

/** As the editor's settings stand while flows are imported. */
function withStores(stores: readonly string[] | undefined, test: () => void): void {
  Object.assign(globalThis, { RED: { settings: stores === undefined ? {} : { context: { stores } } } })
  try {
    test()
  } finally {
    Reflect.deleteProperty(globalThis, 'RED')
  }
}

describe('the target of a subscription, in the editor', () => {
  it('is one class at least, when classes are asked for', () => {
    assert.equal(verdict(checks.classes, 'fvTenant, fvBD', { target: 'class' }), true)
    assert.equal(verdict(checks.classes, '${ACI_CLASSES}', { target: 'class' }), true)
    assert.equal(verdict(checks.classes, '', { target: 'class' }), 'aci-subscribe.error.noClass')
    assert.equal(verdict(checks.classes, undefined, {}), 'aci-subscribe.error.noClass')
    assert.equal(
      verdict(checks.classes, 'fvTenant, fv-BD', { target: 'class' }),
      'aci-subscribe.error.class {"name":"aci-subscribe.label.classes","index":2}'
    )
  })

  it('is a DN, when one object is asked for', () => {
    const check = (dn: unknown): true | string => verdict(checks.dn, dn, { target: 'mo' })
    assert.equal(check('topology/pod-1/paths-101/pathep-[eth1/1]'), true)
    assert.equal(check('${ACI_DN}'), true)
    assert.equal(check(' '), 'aci-subscribe.error.noDn')
    assert.equal(check('uni/tn-a?x'), 'aci-subscribe.error.dn')
    assert.equal(check('uni/../x'), 'aci-subscribe.error.dnParts')
    assert.equal(check('uni/[x'), 'aci-subscribe.error.dnBrackets')
  })

  it('may be missing where messages name it, and does not matter for the other kind', () => {
    assert.equal(verdict(checks.classes, '', { target: 'class', inputs: 1 }), true)
    assert.equal(verdict(checks.dn, '', { target: 'mo', inputs: '1' }), true)
    assert.equal(verdict(checks.classes, 'not a class!', { target: 'mo' }), true)
    assert.equal(verdict(checks.dn, '../..', { target: 'class' }), true)
  })
})

describe('the other settings of a subscription, in the editor', () => {
  it('have a filter that is an expression, or none', () => {
    for (const filter of ['', undefined, ' ', '${F}', ' eq(fvTenant.name,"a") ']) {
      assert.equal(verdict(checks.filter, filter), true)
    }
    assert.equal(verdict(checks.filter, 'eq(fvTenant.name,"a'), 'aci-subscribe.error.filterQuote')
    assert.equal(verdict(checks.filter, 'eq(fvTenant.name,"a"'), 'aci-subscribe.error.filterBrackets')
    assert.equal(verdict(checks.filter, 'name'), 'aci-subscribe.error.filter')
  })

  it('have subtree classes that are classes', () => {
    assert.equal(verdict(checks.subtreeClasses, ''), true)
    assert.equal(verdict(checks.subtreeClasses, 'fvAEPg fvSubnet'), true)
    assert.match(String(verdict(checks.subtreeClasses, '!')), /error\.class .*"index":1/)
  })

  it('have events that exist, and at least one', () => {
    for (const events of [undefined, ['created'], 'created,deleted', '${ACI_EVENTS}']) {
      assert.equal(verdict(checks.events, events), true)
    }
    assert.equal(verdict(checks.events, []), 'aci-subscribe.error.noEvent')
    assert.equal(verdict(checks.events, ['existing']), 'aci-subscribe.error.event')
  })

  it('remember in a store that Node-RED has, as far as the editor knows', () => {
    withStores(['file', 'memory'], () => {
      for (const store of ['', undefined, 'file', 'default', '${STORE}']) {
        assert.equal(verdict(checks.remember, store), true)
      }
      assert.equal(verdict(checks.remember, 'disk'), 'aci-subscribe.error.store')
    })
    withStores(undefined, () => assert.equal(verdict(checks.remember, 'disk'), true))
  })
})

describe('a subscription in the flow', () => {
  it('is called by its name, else by what it subscribes to', () => {
    const called = (values: Readonly<Record<string, unknown>>): string => label(nodeWith('aci-subscribe', values))
    assert.equal(called({ name: 'tenants', classes: 'fvTenant' }), 'tenants')
    assert.equal(called({ name: '', classes: 'fvTenant,fvAp', dn: '' }), 'fvTenant, fvAp')
    assert.equal(called({ classes: '', dn: 'uni/tn-common' }), 'uni/tn-common')
    assert.equal(called({}), 'aci-subscribe.label.node')
  })

  it('names each of its outputs', () => {
    const names = (outputs: unknown, count: number): string[] =>
      Array.from({ length: count }, (_, index) => outputLabel(nodeWith('aci-subscribe', { outputs }), index))
    assert.deepEqual(names(1, 1), ['aci-subscribe.port.event'])
    assert.deepEqual(
      names(3, 3),
      ['created', 'modified', 'deleted'].map((event) => `aci-subscribe.port.${event}`)
    )
  })
})

describe('what a subscription sends, in the editor', () => {
  it('is events, or the whole result in one of two forms', () => {
    for (const emit of [undefined, '', 'events', 'state', 'rows', '${FORM}'])
      assert.equal(verdict(checks.emit, emit), true)
    assert.equal(verdict(checks.emit, 'table'), 'aci-subscribe.error.emit')
  })

  it('has an interval that is possible, where the whole result is sent', () => {
    for (const interval of [undefined, 1, '0.1', '86400', '${INTERVAL}']) {
      assert.equal(verdict(checks.interval, interval, { emit: 'rows' }), true)
    }
    for (const interval of ['', '0', '-1', 'often', 86_401]) {
      assert.equal(
        verdict(checks.interval, interval, { emit: 'state' }),
        'aci-subscribe.error.interval {"min":0.1,"max":86400}'
      )
    }
    assert.equal(verdict(checks.interval, 'often', { emit: 'events' }), true)
  })

  it('is nothing whole where nothing is kept', () => {
    assert.equal(verdict(checks.mirror, 'off', { emit: 'rows' }), 'aci-subscribe.error.mirror')
    assert.equal(verdict(checks.mirror, 'off', { emit: 'events' }), true)
    assert.equal(verdict(checks.mirror, 'full', { emit: 'state' }), true)
  })

  it('is named at its output', () => {
    assert.equal(outputLabel(nodeWith('aci-subscribe', { emit: 'rows', outputs: 1 }), 0), 'aci-subscribe.port.result')
  })
})
