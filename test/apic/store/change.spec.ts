// Stamps and times: what makes the ids of a change the same for everybody who knows of it.

import assert from 'node:assert/strict'
import {
  cloneChange,
  isSameVersion,
  modifiedAt,
  msOf,
  stampOf,
  timeOf,
  versionOf,
  type Change
} from '../../../nodes/apic/store/change'

const TIME = '2026-11-23T10:43:19.237+00:00'
const MS = Date.UTC(2026, 10, 23, 10, 43, 19, 237)

describe("an APIC's time", () => {
  it('is a moment, whatever offset it is written with', () => {
    assert.equal(msOf(TIME), MS)
    assert.equal(msOf('2026-11-23T06:43:19.237-04:00'), MS)
    assert.equal(msOf('2026-11-23T16:13:19.237+05:30'), MS)
    assert.equal(msOf('2026-11-23T10:43:19.237Z'), MS)
  })

  it('may have no milliseconds', () => {
    assert.equal(msOf('2026-11-23T06:43:19-04:00'), MS - 237)
  })

  it('is none when it is never, missing or nonsense', () => {
    for (const time of ['never', '', undefined, 'tomorrow', '2026-13-45T10:00:00.000+00:00']) {
      assert.equal(msOf(time), undefined, time ?? 'missing')
    }
  })

  it('is read anew each time, whatever was read before it', () => {
    for (const [time, ms] of [
      [TIME, MS],
      ['nonsense', undefined],
      [TIME, MS],
      [TIME, MS],
      ['never', undefined],
      ['2026-11-23T10:43:19.238+00:00', MS + 1],
      ['nonsense', undefined],
      ['nonsense', undefined],
      [TIME, MS]
    ] as const) {
      assert.equal(msOf(time), ms, time)
    }
  })
})

describe('the time of a change', () => {
  it("is the APIC's own, in UTC", () => {
    assert.equal(timeOf('2026-11-23T06:43:19.237-04:00', 0), '2026-11-23T10:43:19.237Z')
  })

  it('is never a date that does not exist', () => {
    for (const modTs of [
      '2026-02-31T10:00:00.000+00:00',
      '2026-04-31T10:00:00.000+00:00',
      '2026-02-30T24:00:00.000+00:00'
    ]) {
      const time = timeOf(modTs, MS)
      assert.equal(new Date(time).toISOString(), time, modTs)
    }
    assert.equal(timeOf('2026-02-28T10:00:00.000+00:00', MS), '2026-02-28T10:00:00.000Z')
    assert.equal(timeOf('2028-02-29T10:00:00.000+00:00', MS), '2028-02-29T10:00:00.000Z')
  })

  it('is when it was received where the APIC gives none', () => {
    for (const modTs of [undefined, 'never', 'nonsense']) {
      assert.equal(timeOf(modTs, MS), '2026-11-23T10:43:19.237Z', modTs)
      assert.equal(timeOf(modTs, MS + 1), '2026-11-23T10:43:19.238Z', modTs)
    }
  })

  it('is its own, whatever the one before it was', () => {
    assert.equal(timeOf(TIME, 0), '2026-11-23T10:43:19.237Z')
    assert.equal(timeOf('never', MS + 5), '2026-11-23T10:43:19.242Z')
    assert.equal(timeOf(TIME, 0), '2026-11-23T10:43:19.237Z')
    assert.equal(timeOf('2026-11-23T10:43:19.300+00:00', 0), '2026-11-23T10:43:19.300Z')
  })
})

describe('the stamp of a state', () => {
  it('is the time of its last modification as epoch milliseconds', () => {
    assert.equal(stampOf('fvTenant', { name: 'a', modTs: TIME }), String(MS))
    assert.equal(stampOf('fvTenant', { name: 'b', modTs: '2026-11-23T06:43:19.237-04:00' }), String(MS))
  })

  it('is a hash where there is no such time', () => {
    for (const modTs of ['never', '', 'nonsense']) {
      assert.match(stampOf('fvTenant', { name: 'a', modTs }), /^[0-9a-f]{16}$/, modTs)
    }
    assert.match(stampOf('fvTenant', { name: 'a' }), /^[0-9a-f]{16}$/)
    assert.match(stampOf('fvTenant', {}), /^[0-9a-f]{16}$/)
  })

  // Their reads say `never`, and their events a time: only what both have can be the stamp.
  for (const name of ['faultInst', 'faultDelegate', 'faultRecord', 'eventRecord', 'aaaModLR', 'aaaSessionLR']) {
    it(`is a hash for ${name}, the same by event and by read`, () => {
      const attributes = { code: 'F0467', severity: 'major' }

      const stamp = stampOf(name, { ...attributes, modTs: TIME })

      assert.match(stamp, /^[0-9a-f]{16}$/)
      assert.equal(stampOf(name, { ...attributes, modTs: 'never' }), stamp)
      assert.equal(stampOf(name, attributes), stamp)
      assert.equal(modifiedAt(name, { modTs: TIME }), undefined)
    })
  }

  it('as a hash does not depend on the order in which attributes are listed', () => {
    const forwards = { code: 'F0467', severity: 'major', lc: 'raised' }
    const backwards = { lc: 'raised', severity: 'major', code: 'F0467' }

    assert.equal(stampOf('faultInst', forwards), stampOf('faultInst', backwards))
  })

  it('as a hash is another one when any attribute is another, more or less', () => {
    const state = { code: 'F0467', severity: 'major', descr: '' }
    const others = [
      { ...state, severity: 'minor' },
      { ...state, descr: ' ' },
      { ...state, code: 'major', severity: 'F0467' },
      { ...state, severity: 'majo', descr: 'r' }
    ]

    const stamps = new Set([state, ...others].map((attributes) => stampOf('faultInst', attributes)))

    assert.equal(stamps.size, 1 + others.length)
  })

  it('as a hash is the same with an attribute that is empty and without it, and with another place or time', () => {
    const state = { code: 'F0467', severity: 'major' }

    for (const more of [{ descr: '' }, { rn: 'fault-F0467' }, { modTs: TIME }, { status: 'modified' }]) {
      assert.equal(stampOf('faultInst', { ...state, ...more }), stampOf('faultInst', state))
    }
  })

  it('as a hash is the same whatever differs at every read', () => {
    const system = { name: 'leaf-1', currentTime: '1', systemUpTime: '2', modTs: 'never' }

    assert.equal(stampOf('topSystem', system), stampOf('topSystem', { ...system, currentTime: '3', systemUpTime: '4' }))
  })

  it('as a hash tells the states of a counter apart', () => {
    const stamps = new Set<string>()
    for (let occur = 0; occur < 10_000; occur += 1) stamps.add(stampOf('faultInst', { occur: String(occur), lc: 'x' }))

    assert.equal(stamps.size, 10_000)
  })
})

describe('the version of a state', () => {
  const version = (attributes: Record<string, string>, name = 'fvTenant'): string =>
    versionOf({ class: name, attributes, stamp: stampOf(name, attributes) })

  it('is its time and a hash, so that two states of one millisecond differ', () => {
    const [one, other] = [version({ name: 'a', modTs: TIME }), version({ name: 'b', modTs: TIME })]

    assert.match(one, new RegExp(`^${MS}-[0-9a-f]{16}$`))
    assert.notEqual(one, other)
    assert.equal(isSameVersion(one, other), false)
  })

  it('is the hash alone where no time tells states apart', () => {
    assert.match(version({ severity: 'major', modTs: TIME }, 'faultInst'), /^[0-9a-f]{16}$/)
  })

  it('names the same state with the time of an event, and without one when a read says never', () => {
    const attributes = { state: 'up' }

    assert.ok(isSameVersion(version({ ...attributes, modTs: TIME }), version({ ...attributes, modTs: 'never' })))
    assert.ok(!isSameVersion(version({ ...attributes, modTs: TIME }), version({ state: 'down', modTs: 'never' })))
  })

  it('that an earlier release wrote is compared by its time', () => {
    assert.ok(isSameVersion(String(MS), version({ name: 'a', modTs: TIME })))
    assert.ok(!isSameVersion(String(MS + 1), version({ name: 'a', modTs: TIME })))
  })
})

describe('a copy of a change', () => {
  it('stays as it was when the object that it came from goes on changing', () => {
    const attributes = { name: 'a' }
    const change: Change = {
      event: 'created',
      class: 'fvTenant',
      dn: 'uni/tn-a',
      attributes,
      origin: 'live',
      stamp: '1',
      time: '2026-11-23T10:43:19.237Z',
      receivedAt: MS,
      controller: 'https://apic1',
      query: '/api/class/fvTenant.json'
    }

    const copy = cloneChange(change)
    attributes.name = 'b'

    assert.deepEqual(copy, { ...change, attributes: { name: 'a' } })
  })
})
