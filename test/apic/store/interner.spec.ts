// Equal values of the store's objects are kept once, and that never changes a value.

import assert from 'node:assert/strict'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Interner } from '../../../nodes/apic/store/interner'

/** Another string of the same text. */
const copyOf = (text: string): string => Buffer.from(text).toString()

/** What is in use of the heap, bytes. */
function heapUsed(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  return process.memoryUsage().heapUsed
}

describe('attribute values that are kept once', () => {
  it('stay what they are, however many there are, and whether most of them differ', () => {
    const interner = new Interner()
    for (let index = 0; index < 10_000; index += 1) {
      const given = { dn: `uni/tn-a/ctx-${index}`, bdDn: `uni/tn-a/BD-${index % 100}`, lcOwn: 'local', nothing: '' }
      const attributes = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, copyOf(value)]))
      interner.all('fvCEp', attributes)
      assert.deepEqual(attributes, given)
      assert.equal(interner.value('fvCEp', 'bdDn', copyOf(given.bdDn)), given.bdDn)
    }
  })

  it('take the place of one', () => {
    const interner = new Interner()
    const long = 'x'.repeat(10_000)
    const before = heapUsed()
    const objects = Array.from({ length: 2_000 }, (_, index) => {
      const attributes = { descr: copyOf(`${index % 2} ${long}`) }
      interner.all('faultInst', attributes)
      return attributes
    })
    const used = heapUsed() - before
    assert.equal(objects.length, 2_000)
    assert.ok(used < 5_000_000, `${used} bytes of 20 million`)
  })

  it('are forgotten with the store', () => {
    const interner = new Interner()
    interner.all('fvCEp', { bdDn: 'uni/tn-a/BD-one' })
    interner.clear()
    assert.equal(interner.value('fvCEp', 'bdDn', 'uni/tn-a/BD-one'), 'uni/tn-a/BD-one')
  })
})
