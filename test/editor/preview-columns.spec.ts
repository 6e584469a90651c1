// Few columns are shown of the first matching objects: those that name them, and that tell them apart.

import assert from 'node:assert/strict'
import type { PreviewedObject } from '../../nodes/admin/answers'
import { columnsOf } from '../../nodes/editor/preview/columns'

const object = (
  dn: string,
  attributes: Record<string, string>,
  others: Partial<PreviewedObject> = {}
): PreviewedObject => ({
  class: 'fvTenant',
  dn,
  attributes: { dn, ...attributes },
  children: 0,
  ...others
})

const attributesOf = (...objects: PreviewedObject[]): readonly string[] => columnsOf(objects).attributes

describe('the columns of a preview', () => {
  it('begin with what the objects are named by, even where it is no usual name', () => {
    assert.deepEqual(
      attributesOf(
        object('uni/infra/vlanns-[pool]-static/from-[vlan-1]-to-[vlan-9]', {
          to: 'vlan-9',
          from: 'vlan-1',
          role: 'external'
        }),
        object('uni/infra/vlanns-[pool]-static/from-[vlan-20]-to-[vlan-29]', {
          to: 'vlan-29',
          from: 'vlan-20',
          role: 'internal'
        })
      ),
      ['to', 'from', 'role']
    )
    assert.deepEqual(
      attributesOf(
        object('topology/pod-1/node-101/sys/phys-[eth1/1]', { speed: 'inherit', id: 'eth1/1', mode: 'trunk' }),
        object('topology/pod-1/node-101/sys/phys-[eth1/2]', { speed: '100G', id: 'eth1/2', mode: 'trunk' })
      ),
      ['id', 'speed']
    )
  })

  it('leave out what is the same of all where others tell more, and what is empty always', () => {
    const fault = (code: string, others: Record<string, string>): PreviewedObject =>
      object(`uni/tn-a/fault-${code}`, { code, severity: 'critical', ack: 'no', changeSet: '', ...others })
    assert.deepEqual(
      attributesOf(
        fault('F1', { lc: 'raised', descr: 'one', cause: 'x', type: 'config' }),
        fault('F2', { lc: 'soaking', descr: 'two', cause: 'y', type: 'operational' })
      ),
      ['code', 'lc', 'descr', 'cause', 'type']
    )
    assert.deepEqual(attributesOf(fault('F1', {}), fault('F2', {})), ['code', 'severity', 'ack'])
  })

  it('are the telling ones of a single object, of which nothing can differ', () => {
    assert.deepEqual(attributesOf(object('uni/tn-a', { pcTag: '32770', name: 'a', descr: 'shop', modTs: 'never' })), [
      'name',
      'descr'
    ])
  })

  it('are five at most, with the last change where there is room', () => {
    const names = ['name', 'descr', 'code', 'type', 'cause', 'subject', 'domain']
    const many = (value: string): PreviewedObject =>
      object(`x/${value}`, Object.fromEntries(names.map((name) => [name, name + value])), {})
    assert.equal(attributesOf(many('1'), many('2')).length, 5)
    const changed = (name: string): PreviewedObject =>
      object(`uni/tn-${name}`, { name, modTs: `2026-11-23T10:00:0${name}` })
    assert.deepEqual(attributesOf(changed('1'), changed('2')), ['name', 'modTs'])
  })

  it('tell class and children only where there is something to tell', () => {
    const plain = columnsOf([object('uni/tn-a', {}), object('uni/tn-b', {})])
    assert.deepEqual(plain, { hasClass: false, hasChildren: false, attributes: [] })
    const mixed = columnsOf([object('uni/tn-a', {}, { children: 2 }), object('uni/tn-a/ap-b', {}, { class: 'fvAp' })])
    assert.deepEqual(mixed, { hasClass: true, hasChildren: true, attributes: [] })
    assert.deepEqual(columnsOf([]), { hasClass: false, hasChildren: false, attributes: [] })
  })

  it('take attributes for what they are called, whatever that is', () => {
    const hostile = JSON.parse('{"__proto__":"x","constructor":"y"}') as Record<string, string>
    const made = { ...object('uni/tn-a', {}), attributes: hostile }
    assert.deepEqual(attributesOf(made, object('uni/tn-b', {})), ['__proto__', 'constructor'])
  })
})
