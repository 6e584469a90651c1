// DNs and RNs.
import assert from 'node:assert/strict'
import { joinDn, parentDn, RnFormat, rnOf, splitDn } from './names'

describe('the simulator: distinguished names', () => {
  it('are split at slashes outside brackets, however deep these nest', () => {
    assert.deepEqual(splitDn('topology/pod-1/paths-101/pathep-[eth1/1]'), [
      'topology',
      'pod-1',
      'paths-101',
      'pathep-[eth1/1]'
    ])
    const nested = 'uni/tn-a/BD-b/rtbd-[uni/tn-a/ap-b/epg-c/rspathAtt-[topology/pod-1/paths-1/pathep-[eth1/1]]]'
    assert.equal(splitDn(nested)?.length, 4)
  })

  it('are nothing when brackets do not match or an RN is empty', () => {
    for (const dn of ['a/[b', 'a]/b', 'a//b', '/a', 'a/']) assert.equal(splitDn(dn), undefined, dn)
  })

  it('have a parent and a last RN', () => {
    const dn = 'topology/pod-1/node-101/sys/phys-[eth1/1]'
    assert.equal(parentDn(dn), 'topology/pod-1/node-101/sys')
    assert.equal(rnOf(dn), 'phys-[eth1/1]')
    assert.equal(joinDn(parentDn(dn), rnOf(dn)), dn)
    assert.equal(parentDn('uni'), '')
    assert.equal(rnOf('uni'), 'uni')
  })

  it('are built from naming properties, and give them back', () => {
    const path = new RnFormat('rspathAtt-[{tDn}]')
    const tDn = 'topology/pod-1/paths-101/pathep-[eth1/1]'
    assert.deepEqual(path.build({ tDn }), { rn: `rspathAtt-[${tDn}]` })
    assert.deepEqual(path.parse(`rspathAtt-[${tDn}]`), { tDn })
    assert.deepEqual(path.build({}), { missing: 'tDn' })
    assert.equal(path.parse('rspathAtt-x'), undefined)
    const record = new RnFormat('subj-[{affected}]/mod-{id}')
    assert.deepEqual(record.parse('subj-[uni/tn-a]/mod-7'), { affected: 'uni/tn-a', id: '7' })
  })
})
