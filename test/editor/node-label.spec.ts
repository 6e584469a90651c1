// A node without a name says in the flow what it asks for.

import assert from 'node:assert/strict'
import fc from 'fast-check'
import { labelOf, shortClasses, shortDn } from '../../nodes/editor/settings/node-label'

describe('the label of a node without a name', () => {
  it('is its classes', () => {
    assert.equal(labelOf({ target: 'class', classes: 'fvTenant,fvAp', dn: '' }), 'fvTenant, fvAp')
    assert.equal(labelOf({ classes: ['fvTenant', ' fvAp '] }), 'fvTenant, fvAp')
    assert.equal(labelOf({ classes: 'fvTenant', dn: 'uni/tn-common' }), 'fvTenant', 'as from before there was a target')
  })

  it('is its object', () => {
    assert.equal(labelOf({ target: 'mo', dn: ' uni/tn-common ', classes: '' }), 'uni/tn-common')
    assert.equal(labelOf({ target: 'mo', dn: 'uni/tn-common', classes: 'fvAp' }), 'uni/tn-common')
    assert.equal(labelOf({ dn: 'uni/tn-common' }), 'uni/tn-common')
  })

  it('names the classes looked for below an object', () => {
    assert.equal(
      labelOf({ target: 'mo', dn: 'uni/tn-common', subtreeClasses: 'fvAEPg, fvBD' }),
      'fvAEPg, fvBD · uni/tn-common'
    )
  })

  it('is a variable as it is written', () => {
    assert.equal(labelOf({ target: 'class', classes: '${ACI_CLASSES}' }), '${ACI_CLASSES}')
    assert.equal(labelOf({ target: '${TARGET}', dn: '${ACI_DN}' }), '${ACI_DN}')
  })

  it('is nothing when nothing is asked for, or when the settings are damaged', () => {
    for (const asked of [
      {},
      { target: 'class', classes: '', dn: 'uni' },
      { target: 'mo', dn: '', classes: 'fvAp' },
      { classes: null, dn: {} },
      { classes: [{}] }
    ]) {
      assert.equal(labelOf(asked), '', JSON.stringify(asked))
    }
  })

  it('counts the classes that there is no room for', () => {
    assert.equal(shortClasses('fvTenant, fvAp, fvAEPg, fvBD, fvSubnet, fvCtx'), 'fvTenant, fvAp, fvAEPg, fvBD +2')
    assert.equal(shortClasses(`a${'b'.repeat(60)}, fvAp`), `a${'b'.repeat(60)} +1`)
  })

  it('leaves out the middle of a long DN', () => {
    assert.equal(shortDn('topology/pod-1/node-101/sys/phys-[eth1/1]/phys'), 'topology/pod-1/…/phys-[eth1/1]/phys')
    assert.equal(shortDn('uni/tn-Production/ap-Webshop/epg-Frontend'), 'uni/tn-Production/…/epg-Frontend')
    assert.equal(shortDn('uni/tn-Production-Europe/ap-Webshop/epg-Frontend'), 'uni/…/ap-Webshop/epg-Frontend')
    assert.equal(shortDn(`uni/tn-${'x'.repeat(80)}end`), `…${'x'.repeat(32)}end`)
  })

  it('is never wider than there is room for, and never without the end of the DN', () => {
    const part = fc.string({ unit: fc.constantFrom('a', '-', '[', ']', '0'), minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 8 }), (parts) => {
        const dn = parts.join('/')
        const short = shortDn(dn)
        assert.ok(short.length <= 36)
        if (dn.length <= 36) assert.equal(short, dn)
        else assert.equal(short.at(-1), dn.at(-1))
      })
    )
  })
})
