// Objects that are out of the result until they are read, as their listeners know them.

import assert from 'node:assert/strict'
import type { ResultOwner } from '../../../nodes/apic/store/membership'
import { ObjectStore, type StoredObject } from '../../../nodes/apic/store/object-store'
import { HiddenObjects } from '../../../nodes/apic/sync/hidden-objects'

const DN = 'uni/tn-a'

describe('objects that may have left a filter', () => {
  let object: StoredObject
  let hidden: HiddenObjects<ResultOwner, string>

  beforeEach(() => {
    const store = new ObjectStore()
    store.take({ class: 'fvTenant', dn: DN, attributes: { descr: 'as sent', modTs: 'never' }, raw: {} }, false, true)
    object = store.get(DN)!
    hidden = new HiddenObjects()
    hidden.add(object, ['one', 'two'])
  })

  it('stay as their listeners know them, whatever happens to them', () => {
    object.attributes['descr'] = 'later'

    assert.equal(hidden.get(DN)?.attributes['descr'], 'as sent')
    assert.equal(hidden.from('one', DN)?.attributes['descr'], 'as sent')
  })

  it('are nothing to who came later, or has sent a later state', () => {
    hidden.hasSent('two', DN)

    assert.notEqual(hidden.from('one', DN), undefined)
    assert.equal(hidden.from('two', DN), undefined)
    assert.equal(hidden.from('three', DN), undefined)
  })

  it('are known to whoever comes after a deploy, until that one has sent something later', () => {
    hidden.save()
    assert.notEqual(hidden.from('three', DN), undefined)

    hidden.hasSent('three', DN)
    assert.equal(hidden.from('three', DN), undefined)
    assert.notEqual(hidden.from('four', DN), undefined)
  })

  it('are hidden until they are found in the result, or gone', () => {
    hidden.delete(DN)

    assert.ok(!hidden.has(DN))
    assert.equal(hidden.get(DN), undefined)
    assert.deepEqual([...hidden.dns], [])
  })
})
