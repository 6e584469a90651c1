// The rules by which events and snapshots become differences. A wrong one here is a wrong state for good.

import assert from 'node:assert/strict'
import { stampOf, versionOf } from '../../../nodes/apic/store/change'
import { Mirror, type Applied } from '../../../nodes/apic/store/mirror'
import {
  objectAttributes,
  type Attributes,
  type Status,
  type WireEvent,
  type WireObject
} from '../../../nodes/apic/protocol/wire'

const DN = 'uni/tn-a'
const EARLY = '2026-11-23T10:00:00.000+00:00'
const LATE = '2026-11-23T10:00:01.000+00:00'
const MUCH_LATER = '2026-11-23T10:10:00.000+00:00'

function object(attributes: Attributes, className = 'fvTenant'): WireObject {
  const all = { dn: DN, ...attributes }
  return { class: className, dn: all.dn, attributes: all, raw: { [className]: { attributes: all } } }
}

/** As an APIC sends it: with an empty rn and childAction, and what happened. */
function event(status: Status, attributes: Attributes, className?: string): WireEvent {
  return { ...object({ childAction: '', rn: '', status, ...attributes }, className), status }
}

/** A mirror that knows one object as it was read. */
function knowing(attributes: Attributes, className?: string): Mirror {
  const mirror = new Mirror()
  mirror.beginComparison()
  mirror.take(object({ status: '', ...attributes }, className))
  return mirror
}

const attributesOf = (mirror: Mirror): Attributes[] => [...mirror.all()].map(({ attributes }) => attributes)

/** A difference without what follows from it. */
function told(result: Applied): Pick<Exclude<Applied, string>, 'event' | 'class' | 'dn' | 'attributes'> {
  const { event, class: className, dn, attributes } = difference(result)
  return { event, class: className, dn, attributes }
}

function difference(result: Applied): Exclude<Applied, string> {
  if (typeof result === 'string') assert.fail(`nothing came of it: ${result}`)
  return result
}

describe("an object's real attributes", () => {
  it('have nothing of what an APIC adds to tell what happened', () => {
    const given = { dn: DN, rn: '', childAction: '', status: 'created', name: 'a', descr: '' }

    assert.deepEqual(objectAttributes(given), { dn: DN, name: 'a', descr: '' })
    assert.equal(given.status, 'created', 'what was given stays as it was')
  })

  it('have an rn that says something', () => {
    assert.deepEqual(objectAttributes({ rn: 'tn-a' }), { rn: 'tn-a' })
  })
})

describe('an event of an object that is not known', () => {
  it('adds the object when it was created, without the parts that belong to the event', () => {
    const mirror = new Mirror()

    const result = mirror.apply(event('created', { name: 'a', modTs: EARLY }), false)

    assert.deepEqual(told(result), {
      event: 'created',
      class: 'fvTenant',
      dn: DN,
      attributes: { dn: DN, name: 'a', modTs: EARLY }
    })
    assert.equal(mirror.size, 1)
    assert.ok(mirror.has(DN))
  })

  it('is unknown when it was modified, for only a read can complete it', () => {
    const mirror = new Mirror()

    assert.equal(mirror.apply(event('modified', { descr: 'x' }), false), 'unknown')
    assert.equal(mirror.apply(event('modified', { descr: 'x' }), true), 'unknown')
    assert.equal(mirror.size, 0)
  })

  it('tells nothing when it was deleted', () => {
    const mirror = new Mirror()

    assert.equal(mirror.apply(event('deleted', { modTs: LATE }), false), 'stale')
    assert.equal(mirror.apply(event('deleted', { modTs: LATE }), true), 'stale')
  })
})

describe('a modification', () => {
  it('takes over what it carries, and nothing else is lost', () => {
    const mirror = knowing({ name: 'a', descr: '', modTs: EARLY })

    const result = difference(mirror.apply(event('modified', { descr: 'x', modTs: LATE }), false))

    assert.equal(result.event, 'modified')
    assert.deepEqual(result.attributes, { dn: DN, name: 'a', descr: 'x', modTs: LATE })
    assert.deepEqual(attributesOf(mirror), [{ dn: DN, name: 'a', descr: 'x', modTs: LATE }])
  })

  it('has as changes what has another value now, and never its own time', () => {
    const mirror = knowing({ name: 'a', descr: '', modTs: EARLY })

    const given = { name: 'a', descr: 'x', pcTag: '7', modTs: LATE }
    const result = difference(mirror.apply(event('modified', given), false))

    assert.deepEqual(result.changes, { descr: { from: '', to: 'x' }, pcTag: { from: '', to: '7' } })
  })

  it('is told without changes when only its time is another', () => {
    const mirror = knowing({ descr: 'x', modTs: EARLY })

    const result = difference(mirror.apply(event('modified', { descr: 'x', modTs: LATE }), false))

    assert.deepEqual([result.event, result.changes], ['modified', {}])
    assert.equal(attributesOf(mirror)[0]?.['modTs'], LATE)
  })

  it('counts from the state that the one before it left', () => {
    const mirror = knowing({ descr: '1', modTs: EARLY })

    mirror.apply(event('modified', { descr: '2', modTs: LATE }), false)
    const result = difference(mirror.apply(event('modified', { descr: '3', modTs: LATE }), false))

    assert.deepEqual(result.changes, { descr: { from: '2', to: '3' } })
  })

  it('without a time is told when it changes something, and not when it does not', () => {
    const mirror = knowing({ descr: '', modTs: EARLY })

    assert.equal(mirror.apply(event('modified', { descr: '' }), false), 'stale')
    assert.deepEqual(difference(mirror.apply(event('modified', { descr: 'x' }), false)).changes, {
      descr: { from: '', to: 'x' }
    })
  })

  it('of one object leaves the others alone', () => {
    const mirror = knowing({ descr: '', modTs: EARLY })
    mirror.take(object({ dn: 'uni/tn-b', descr: '', modTs: EARLY }))

    mirror.apply(event('modified', { descr: 'x', modTs: LATE }), false)

    assert.deepEqual(
      attributesOf(mirror).map((attributes) => attributes['descr']),
      ['x', '']
    )
  })
})

describe('a creation of an object that is known already', () => {
  it('is the modification that it amounts to', () => {
    const mirror = knowing({ name: 'a', descr: '', modTs: EARLY })

    const result = difference(mirror.apply(event('created', { name: 'a', descr: 'x', modTs: LATE }), false))

    assert.deepEqual([result.event, result.changes], ['modified', { descr: { from: '', to: 'x' } }])
    assert.equal(mirror.size, 1)
  })

  it('tells nothing when it is the state that was read', () => {
    const mirror = knowing({ name: 'a', modTs: EARLY })

    assert.equal(mirror.apply(event('created', { name: 'a', modTs: EARLY }), true), 'stale')
  })
})

describe('the time of an event', () => {
  for (const held of [false, true]) {
    const title = held ? 'that was held while the objects were read' : 'that passes at once'

    it(`${title} lets it change nothing when it is older than what is known, and a read has to tell why it is`, () => {
      const mirror = knowing({ descr: 'new', modTs: LATE })

      assert.equal(mirror.apply(event('modified', { descr: 'old', modTs: EARLY }), held), 'earlier')
      assert.equal(mirror.apply(event('created', { descr: 'old', modTs: EARLY }), held), 'earlier')
      assert.equal(mirror.apply(event('deleted', { modTs: EARLY }), held), 'earlier')
      assert.deepEqual(attributesOf(mirror), [{ dn: DN, descr: 'new', modTs: LATE }])
    })

    it(`${title} leaves open which is the later one when it is that of what was read and a value differs`, () => {
      const mirror = knowing({ descr: 'a', modTs: LATE })

      assert.equal(mirror.apply(event('modified', { descr: 'b', modTs: LATE }), held), 'unclear')
      assert.deepEqual(attributesOf(mirror), [{ dn: DN, descr: 'a', modTs: LATE }])
    })

    it(`${title} does not make it stale when it is that of the event before and a value differs`, () => {
      const mirror = knowing({ descr: 'a', modTs: EARLY })
      mirror.apply(event('modified', { descr: 'b', modTs: LATE }), held)

      const result = difference(mirror.apply(event('modified', { descr: 'c', modTs: LATE }), held))

      assert.deepEqual(result.changes, { descr: { from: 'b', to: 'c' } })
    })

    it(`${title} makes it stale when it is equal and all that it carries is known`, () => {
      const mirror = knowing({ descr: 'a', name: 'a', modTs: LATE })

      assert.equal(mirror.apply(event('modified', { descr: 'a', modTs: LATE }), held), 'stale')
    })
  }

  it('is compared as a time, whatever offset it is written with', () => {
    const mirror = knowing({ descr: 'a', modTs: '2026-11-23T10:00:00.500+00:00' })

    assert.equal(
      mirror.apply(event('modified', { descr: 'b', modTs: '2026-11-23T11:00:00.499+01:00' }), false),
      'earlier'
    )
    assert.notEqual(
      mirror.apply(event('modified', { descr: 'b', modTs: '2026-11-23T05:00:00.501-05:00' }), false),
      'earlier'
    )
  })

  it('says nothing of faults, whose reads have none: the attributes decide', () => {
    const mirror = knowing({ severity: 'major', modTs: 'never' }, 'faultInst')

    const older = event('modified', { severity: 'minor', modTs: EARLY }, 'faultInst')
    assert.deepEqual(difference(mirror.apply(older, false)).changes, { severity: { from: 'major', to: 'minor' } })
    assert.equal(mirror.apply(event('modified', { severity: 'minor', modTs: LATE }, 'faultInst'), false), 'stale')
  })
})

describe('a deletion', () => {
  it('is told with the object as last known, not with what the event reset', () => {
    const mirror = knowing({ name: 'a', pcTag: '7', modTs: EARLY })

    const result = mirror.apply(event('deleted', { pcTag: 'any', modTs: LATE }), false)

    assert.deepEqual(told(result), {
      event: 'deleted',
      class: 'fvTenant',
      dn: DN,
      attributes: { dn: DN, name: 'a', pcTag: '7', modTs: EARLY }
    })
    assert.deepEqual([mirror.size, mirror.has(DN)], [0, false])
  })

  it('that passes at once holds when its time is equal or missing', () => {
    for (const modTs of [EARLY, undefined, 'never', '']) {
      const mirror = knowing({ modTs: EARLY })

      const result = mirror.apply(event('deleted', modTs === undefined ? {} : { modTs }), false)

      assert.equal(difference(result).event, 'deleted', modTs ?? 'none')
    }
  })

  it('that was held and is later than what was read holds', () => {
    const mirror = knowing({ modTs: EARLY })

    assert.equal(difference(mirror.apply(event('deleted', { modTs: LATE }), true)).event, 'deleted')
  })

  it('that was held is unclear, and changes nothing, when its time does not tell', () => {
    for (const modTs of [EARLY, undefined, 'never', '']) {
      const mirror = knowing({ modTs: EARLY })

      const result = mirror.apply(event('deleted', modTs === undefined ? {} : { modTs }), true)

      assert.equal(result, 'unclear', modTs ?? 'none')
      assert.ok(mirror.has(DN))
    }
  })

  it('of a fault that was held is unclear whatever its time', () => {
    const mirror = knowing({ modTs: 'never' }, 'faultInst')

    assert.equal(mirror.apply(event('deleted', { modTs: LATE }, 'faultInst'), true), 'unclear')
  })

  it('that a read confirmed takes the object away once', () => {
    const mirror = knowing({ name: 'a' })

    assert.equal(difference(mirror.remove(DN)).attributes['name'], 'a')
    assert.equal(mirror.remove(DN), 'stale')
  })

  it('followed by a creation gives the new object nothing of the old one', () => {
    const mirror = knowing({ descr: 'old', modTs: EARLY })

    mirror.apply(event('deleted', { modTs: LATE }), false)
    const result = difference(mirror.apply(event('created', { name: 'a', modTs: LATE }), false))

    assert.equal(result.event, 'created')
    assert.deepEqual(result.attributes, { dn: DN, name: 'a', modTs: LATE })
  })
})

describe('an object as read', () => {
  it('is created when it was not known, without the parts that are no attributes', () => {
    const mirror = new Mirror()

    const result = difference(mirror.take(object({ status: '', childAction: '', rn: '', name: 'a', modTs: EARLY })))

    assert.equal(result.event, 'created')
    assert.deepEqual(result.attributes, { dn: DN, name: 'a', modTs: EARLY })
  })

  it('is modified when it is later than what is known', () => {
    const mirror = knowing({ descr: 'a', modTs: EARLY })

    const result = difference(mirror.take(object({ status: '', descr: 'b', modTs: LATE })))

    assert.deepEqual([result.event, result.changes], ['modified', { descr: { from: 'a', to: 'b' } }])
    assert.deepEqual(result.attributes, { dn: DN, descr: 'b', modTs: LATE })
  })

  it('is unchanged when its time is equal, whatever else differs: some values differ at every read', () => {
    const mirror = knowing({ currentTime: '1', modTs: EARLY }, 'topSystem')

    assert.equal(mirror.take(object({ currentTime: '2', modTs: EARLY }, 'topSystem')), 'stale')
  })

  it('is compared by its attributes when its time is that of the last event: a second one may have been lost', () => {
    const mirror = knowing({ descr: 'a', modTs: EARLY })
    mirror.apply(event('modified', { descr: 'b', modTs: LATE }), false)
    const read = object({ descr: 'c', modTs: LATE })

    assert.equal(mirror.matches(read), false)
    assert.deepEqual(difference(mirror.take(read)).changes, { descr: { from: 'b', to: 'c' } })
  })

  it('is not believed at once when an event has overtaken it', () => {
    const mirror = knowing({ descr: 'a', modTs: EARLY })
    mirror.apply(event('modified', { descr: 'b', modTs: LATE }), false)

    assert.equal(mirror.take(object({ descr: 'a', modTs: EARLY })), 'earlier')
    assert.equal(attributesOf(mirror)[0]?.['descr'], 'b')
  })

  it('is believed when it is read twice, although its time is earlier: the clock of the APIC was set back', () => {
    const mirror = knowing({ descr: 'a', modTs: LATE })
    const read = object({ descr: 'b', modTs: EARLY })

    assert.equal(mirror.matches(read), false)
    assert.equal(mirror.take(read), 'earlier')
    assert.deepEqual(difference(mirror.take(read, true)).changes, { descr: { from: 'a', to: 'b' } })
    assert.equal(mirror.take(object({ descr: 'b', modTs: EARLY })), 'stale')
    assert.equal(typeof mirror.apply(event('modified', { descr: 'c', modTs: LATE }), false), 'object')
  })

  it('is compared by its attributes once after an event: one that was lost before it shows in nothing else', () => {
    const mirror = knowing({ descr: 'a', nameAlias: '', modTs: EARLY })
    // The event that changed descr was lost.
    mirror.apply(event('modified', { nameAlias: 'x', modTs: LATE }), false)
    mirror.apply(event('modified', { dn: 'uni/tn-other', modTs: MUCH_LATER }), false)
    mirror.apply(event('created', { dn: 'uni/tn-other', modTs: MUCH_LATER }), false)
    const read = object({ descr: 'b', nameAlias: 'x', modTs: LATE })

    assert.equal(mirror.matches(read), false)
    assert.deepEqual(difference(mirror.take(read)).changes, { descr: { from: 'a', to: 'b' } })
    assert.equal(mirror.take(read), 'stale')
    assert.equal(mirror.take(object({ descr: 'differs at every read', modTs: LATE })), 'stale')
  })

  it('is not modified by what differs at every read, also after an event', () => {
    const mirror = knowing({ name: 'leaf-1', currentTime: '1', modTs: EARLY }, 'topSystem')
    mirror.apply(event('modified', { state: 'in-service', modTs: LATE }, 'topSystem'), false)

    const read = object({ name: 'leaf-1', state: 'in-service', currentTime: '2', modTs: LATE }, 'topSystem')
    assert.equal(mirror.take(read), 'stale')
  })

  it('has no time from then on when it says never, whatever its events said: states differ by their attributes', () => {
    const mirror = knowing({ state: '1', modTs: 'never' }, 'isisDTEp')
    const states = [
      mirror.apply(event('modified', { state: '2', modTs: EARLY }, 'isisDTEp'), false),
      mirror.take(object({ state: '3', modTs: 'never' }, 'isisDTEp')),
      mirror.take(object({ state: '4', modTs: 'never' }, 'isisDTEp'))
    ].map((result) => difference(result))

    assert.equal(new Set(states.map(versionOf)).size, 3)
    for (const state of states) assert.match(versionOf(state), /^[0-9a-f]{16}$/)
    // One that is new is taken for one of its kind; until a read says otherwise.
    const created = difference(mirror.apply(event('created', { dn: 'uni/x', modTs: LATE }, 'isisDTEp'), false))
    assert.match(versionOf(created), /^[0-9a-f]{16}$/)
  })

  it('that says never is what an event has told, although that had a time', () => {
    const mirror = new Mirror()
    mirror.apply(event('created', { state: '1', modTs: EARLY }, 'isisDTEp'), false)

    assert.equal(mirror.take(object({ state: '1', modTs: 'never' }, 'isisDTEp')), 'stale')
    const result = difference(mirror.apply(event('modified', { state: '2', modTs: EARLY }, 'isisDTEp'), false))
    assert.match(versionOf(result), /^[0-9a-f]{16}$/)
  })

  it('has its time again when it says one, though others of its class say never', () => {
    const mirror = knowing({ operSt: 'down', modTs: 'never' }, 'ethpmPhysIf')
    mirror.take(object({ operSt: 'up', modTs: LATE }, 'ethpmPhysIf'))

    assert.equal([...mirror.all()][0]!.stamp, String(Date.parse(LATE)))
  })

  it('is compared by its attributes where there is no time', () => {
    const mirror = knowing({ severity: 'major', occur: '1', modTs: 'never' }, 'faultInst')

    assert.equal(mirror.take(object({ severity: 'major', occur: '1', modTs: 'never' }, 'faultInst')), 'stale')
    assert.deepEqual(
      difference(mirror.take(object({ severity: 'major', occur: '2', modTs: 'never' }, 'faultInst'))).changes,
      { occur: { from: '1', to: '2' } }
    )
  })

  it('of a fault does not differ from its event, which has a time that a read does not show', () => {
    const mirror = knowing({ severity: 'major', modTs: 'never' }, 'faultInst')
    mirror.apply(event('modified', { severity: 'minor', modTs: LATE }, 'faultInst'), false)

    assert.equal(mirror.take(object({ severity: 'minor', modTs: 'never' }, 'faultInst')), 'stale')
  })
})

describe('an object of another class by a DN that is known', () => {
  it('has replaced the one that was known, which is for the caller to say', () => {
    const mirror = knowing({ name: 'a', modTs: EARLY })

    assert.equal(mirror.apply(event('created', { name: 'a', modTs: LATE }, 'fvBD'), false), 'replaced')
    assert.equal(mirror.apply(event('modified', { name: 'b', modTs: LATE }, 'fvBD'), false), 'replaced')
    assert.equal(mirror.take(object({ name: 'a', modTs: LATE }, 'fvBD')), 'replaced')
    assert.equal(mirror.matches(object({ name: 'a', modTs: EARLY }, 'fvBD')), false)
    assert.deepEqual(
      [...mirror.all()].map(({ class: name }) => name),
      ['fvTenant']
    )
  })
})

describe('a clock that is set back', () => {
  it('is noticed by events, and told once', () => {
    const mirror = knowing({ name: 'a', modTs: EARLY })
    mirror.apply(event('created', { dn: 'uni/tn-b', modTs: LATE }), false)
    assert.equal(mirror.takeSetBack(), undefined)
    mirror.apply(event('created', { dn: 'uni/tn-c', modTs: EARLY }), false)
    assert.deepEqual([mirror.takeSetBack(), mirror.takeSetBack()], [Date.parse(EARLY), undefined])
  })
})

describe('a comparison with a snapshot', () => {
  const read = (dn: string): WireObject => object({ dn, modTs: EARLY })

  it('misses what the snapshot did not have, and nothing else', () => {
    const mirror = new Mirror()
    for (const dn of ['uni/tn-a', 'uni/tn-b', 'uni/tn-c']) mirror.take(read(dn))

    mirror.beginComparison()
    assert.equal(mirror.take(read('uni/tn-b')), 'stale', 'it is seen although nothing differs')
    mirror.take(read('uni/tn-new'))

    assert.deepEqual(mirror.missing(), ['uni/tn-a', 'uni/tn-c'])
    assert.equal(mirror.size, 4, 'what is missing is not gone yet')
  })

  it('does not miss what came by an event meanwhile', () => {
    const mirror = new Mirror()

    mirror.beginComparison()
    mirror.apply(event('created', { modTs: EARLY }), false)

    assert.deepEqual(mirror.missing(), [])
  })

  it('starts anew with the next one', () => {
    const mirror = new Mirror()
    for (let round = 0; round < 2; round += 1) {
      mirror.beginComparison()
      mirror.take(read('uni/tn-a'))
      assert.deepEqual(mirror.missing(), [])
    }

    mirror.beginComparison()

    assert.deepEqual(mirror.missing(), ['uni/tn-a'])
  })

  it('no longer misses what was removed', () => {
    const mirror = new Mirror()
    mirror.take(read('uni/tn-a'))
    mirror.beginComparison()

    mirror.remove('uni/tn-a')

    assert.deepEqual(mirror.missing(), [])
  })
})

describe('a mirror', () => {
  it('knows objects in the order in which they came', () => {
    const mirror = new Mirror()
    for (const dn of ['uni/tn-c', 'uni/tn-a', 'uni/tn-b']) mirror.apply(event('created', { dn }), false)

    assert.deepEqual(
      [...mirror.all()].map(({ dn }) => dn),
      ['uni/tn-c', 'uni/tn-a', 'uni/tn-b']
    )
  })

  it('keeps nothing of the event that it was told', () => {
    const mirror = new Mirror()
    const created = event('created', { name: 'a' })

    mirror.apply(created, false)
    created.attributes['name'] = 'changed'

    assert.equal(attributesOf(mirror)[0]?.['name'], 'a')
  })

  it('knows an object by any DN, even one that plain objects have already', () => {
    const mirror = new Mirror()

    assert.equal(mirror.has('constructor'), false)
    assert.equal(mirror.apply(event('deleted', { dn: '__proto__' }), false), 'stale')
    assert.equal(difference(mirror.apply(event('created', { dn: '__proto__' }), false)).event, 'created')
    assert.deepEqual([mirror.has('__proto__'), mirror.size], [true, 1])
  })
})

/** A sequence that is the same in every run: a failing round can be looked at again. */
const numbers = (seed: number) => (bound: number) => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
  return Math.floor((seed / 2 ** 32) * bound)
}

describe('the stamp of an object', () => {
  for (const className of ['fvTenant', 'faultInst']) {
    it(`of ${className} is that of its attributes, however it came to have them`, () => {
      const next = numbers(20_261)
      for (let round = 0; round < 300; round += 1) {
        const mirror = new Mirror()
        const read = { severity: String(next(3)), occur: String(next(3)), modTs: EARLY }
        mirror.apply(event('created', read, className), false)
        for (let step = 1; step <= 6; step += 1) {
          const modTs = new Date(Date.parse(EARLY) + step).toISOString()
          const change = { [['severity', 'occur', 'lc'][next(3)]!]: ['', '1', '2'][next(3)]!, modTs }
          const result = mirror.apply(event('modified', change, className), false)
          const [known] = mirror.all()
          const expected = stampOf(className, known!.attributes)

          assert.equal(known!.stamp, expected)
          if (typeof result !== 'string') assert.equal(result.stamp, expected)
        }
        // Somebody else who reads that state now must come to the same stamp.
        const other = new Mirror()
        const state = [...mirror.all()][0]!
        assert.equal(difference(other.take(object({ ...state.attributes }, className))).stamp, state.stamp)
        assert.equal(difference(mirror.remove(DN)).stamp, state.stamp, 'a deletion has that of the last known state')
      }
    })
  }

  it('of a fault comes back when its state does', () => {
    const mirror = knowing({ severity: 'major', modTs: 'never' }, 'faultInst')
    const [before] = [...mirror.all()].map(({ stamp }) => stamp)

    const there = difference(mirror.apply(event('modified', { severity: 'minor', modTs: EARLY }, 'faultInst'), false))
    const back = difference(mirror.apply(event('modified', { severity: 'major', modTs: LATE }, 'faultInst'), false))

    assert.notEqual(there.stamp, before)
    assert.equal(back.stamp, before)
  })
})

describe('a schedule of writes, reads and events', () => {
  it('ends in the state of the APIC, wherever in its events the read fell', () => {
    for (let seed = 1; seed <= 3_000; seed += 1) {
      const next = numbers(seed)
      const story: WireEvent[] = []
      const registered = next(8)
      let now = 0
      let state: Attributes | undefined
      const states: (Attributes | undefined)[] = [undefined]
      for (let step = 0; step < 8; step += 1) {
        // Clocks tick slower than an APIC writes: several states share one time. What was known before the gap is told
        // from what is read after it by time alone, so there each state has its own.
        now += step <= registered ? 1 + next(2) : next(2)
        const modTs = new Date(1_764_000_000_000 + now).toISOString()
        if (state === undefined) {
          state = { dn: DN, descr: String(next(3)), name: String(next(3)), modTs }
          story.push(event('created', state))
        } else if (next(3) === 0) {
          state = undefined
          story.push(event('deleted', { modTs }))
        } else {
          const change = { [next(2) === 0 ? 'descr' : 'name']: String(next(3)), modTs }
          state = { ...state, ...change }
          story.push(event('modified', change))
        }
        states.push(state)
      }
      const readAt = registered + next(story.length - registered + 1)
      const read = states[readAt]
      const mirror = new Mirror()
      // What was known before the gap, which the snapshot has to put right.
      const before = states[next(registered + 1)]
      if (before !== undefined) mirror.take(object(before))

      mirror.beginComparison()
      if (read !== undefined) mirror.take(object(read))
      for (const dn of mirror.missing()) mirror.remove(dn)
      for (const held of story.slice(registered)) {
        const result = mirror.apply(held, true)
        if (result !== 'unclear' && result !== 'unknown') continue
        // What is left open is settled by a read of the object as it is by now.
        if (state === undefined) mirror.remove(DN)
        else mirror.take(object(state))
      }

      const expected = state === undefined ? [] : [state]
      const said = `seed ${seed}: ${JSON.stringify({ registered, readAt, states })}`
      assert.deepEqual(attributesOf(mirror), expected, said)
    }
  })
})
