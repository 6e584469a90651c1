// What is remembered of delivered objects, as one text and back.

import assert from 'node:assert/strict'
import { RememberedText, rememberedOf } from '../../../nodes/apic/store/remembered'

const of = { fabric: 'DC1', site: 'abc', query: '/api/class/fvTenant.json', savedAt: 1_700_000_000_000 }

describe('what is remembered', () => {
  const objects: [string, string, string][] = [
    ['uni/tn-a', 'fvTenant', '1700000000000'],
    ['uni/tn-a/ap-x', 'fvAp', '1700000000001'],
    ['uni/tn-a/ap-y', 'fvAp', '00ff00ff00ff00ff'],
    ['topology/pod-1/node-101/sys/phys-[eth1/1]', 'l1PhysIf', '0'],
    ['odd\\ n \n\r\u2028 __proto__', 'constructor', '1']
  ]

  const text = (): string => {
    const written = new RememberedText()
    for (const [dn, name, version] of objects) written.add(dn, name, version)
    return written.finish(of)
  }

  it('is read as it was written, whatever a DN contains', () => {
    const { objects: read, ...head } = rememberedOf(text())
    assert.deepEqual({ ...head }, of)
    assert.deepEqual(
      [...read].map(([dn, { class: name, version }]) => [dn, name, version]),
      objects
    )
  })

  it('is small: what neighbours have in common is written once', () => {
    const written = new RememberedText()
    const many = 10_000
    for (let index = 0; index < many; index += 1) {
      written.add(`uni/tn-production/ap-shop/epg-web/cep-00:50:56:${index}`, 'fvCEp', '1700000000000')
    }
    assert.ok(written.finish(of).length / many < 30)
  })

  it('is of no object when there is none', () => {
    assert.equal(rememberedOf(new RememberedText().finish(of)).objects.size, 0)
  })

  for (const [what, rubbish] of [
    ['nothing', undefined],
    ['another type', { text: 1 }],
    ['empty', ''],
    ['no JSON', 'hello'],
    ['null', 'null'],
    ['another version', '{"version":99}'],
    ['cut short', () => text().slice(0, -5).split('\n').slice(0, -2).join('\n')],
    ['without a class table', () => text().replace('"classes":[', '"classes":[7,')],
    ['torn in a line', () => text().replace('0 0 1700000000000', '?')],
    ['with an impossible time', () => text().replace('1700000000000,', '1e99,')]
  ] as const) {
    it(`is refused when it is ${what}`, () => {
      assert.throws(() => rememberedOf(typeof rubbish === 'function' ? rubbish() : rubbish), {
        code: 'ACI_PROTOCOL'
      })
    })
  }
})
