// The messages that flows receive: what is in them, and that each belongs to its receiver alone.

import assert from 'node:assert/strict'
import type { Change, Imdata } from '../../nodes/apic'
import { messageOf } from '../../nodes/runtime/message'

const raw = (): Imdata => ({
  fvTenant: {
    attributes: { dn: 'uni/tn-a', status: 'modified', descr: 'x' },
    children: [{ fvAp: { attributes: { name: 'ap' }, children: [{ fvAEPg: { attributes: { name: 'epg' } } }] } }]
  }
})

/** A change with nothing that it need not have. */
const bare = (given: Partial<Change> = {}): Change => ({
  event: 'modified',
  class: 'fvTenant',
  dn: 'uni/tn-a',
  attributes: { dn: 'uni/tn-a', name: 'a', descr: 'x' },
  origin: 'recovered',
  stamp: '1795430599237',
  time: '2026-11-23T10:43:19.237Z',
  receivedAt: 1_795_430_600_000,
  controller: 'https://apic1',
  query: '/api/class/fvTenant.json',
  ...given
})

/** A change with everything that a change can have. */
const change = (given: Partial<Change> = {}): Change =>
  bare({
    changes: { descr: { from: '', to: 'x' } },
    raw: raw(),
    gap: { from: '2026-11-23T10:40:00.000Z', to: '2026-11-23T10:43:00.000Z' },
    matched: 'entered',
    uncertain: true,
    ...given
  })

/** Every object and array in a value, itself included. */
function objectsIn(value: unknown): object[] {
  if (typeof value !== 'object' || value === null) return []
  return [value, ...Object.values(value).flatMap(objectsIn)]
}

/** Changes everything in a value that can be changed. */
function spoil(value: object): void {
  for (const inner of objectsIn(value)) {
    for (const key of Object.keys(inner)) {
      const kind = typeof Reflect.get(inner, key)
      if (kind !== 'object') Reflect.set(inner, key, 'spoilt')
    }
    Reflect.set(inner, 'added', 'spoilt')
  }
}

describe('a message', () => {
  it('has all that is known of a change', () => {
    assert.deepEqual(messageOf(change(), 'DC1'), {
      topic: 'uni/tn-a',
      payload: {
        id: 'DC1|fvTenant|uni/tn-a|modified|1795430599237-3024bbdf8fe30be7',
        event: 'modified',
        class: 'fvTenant',
        dn: 'uni/tn-a',
        attributes: { dn: 'uni/tn-a', name: 'a', descr: 'x' },
        changes: { descr: { from: '', to: 'x' } },
        origin: 'recovered',
        fabric: 'DC1',
        time: '2026-11-23T10:43:19.237Z'
      },
      aci: {
        controller: 'https://apic1',
        receivedAt: 1_795_430_600_000,
        query: '/api/class/fvTenant.json',
        raw: raw(),
        gap: { from: '2026-11-23T10:40:00.000Z', to: '2026-11-23T10:43:00.000Z' },
        matched: 'entered',
        uncertain: true
      }
    })
  })

  it('has no property for what is not known', () => {
    const message = messageOf(bare(), 'DC1')

    assert.deepEqual(Object.keys(message).sort(), ['aci', 'payload', 'topic'])
    assert.deepEqual(Object.keys(message.payload).sort(), [
      'attributes',
      'class',
      'dn',
      'event',
      'fabric',
      'id',
      'origin',
      'time'
    ])
    assert.deepEqual(Object.keys(message.aci).sort(), ['controller', 'query', 'receivedAt'])
  })

  it('sets nothing at its top that other nodes would act on', () => {
    const acted = 'to from cc bcc url method headers status error complete reset parts'.split(' ')

    for (const event of ['created', 'modified', 'deleted', 'existing'] as const) {
      const names = Object.keys(
        messageOf(change({ event, attributes: Object.fromEntries(acted.map((n) => [n, n])) }), 'x')
      )

      assert.deepEqual(names.sort(), ['aci', 'payload', 'topic'], event)
    }
  })

  it('survives being made JSON', () => {
    const message = messageOf(change(), 'DC1')

    assert.deepEqual(JSON.parse(JSON.stringify(message)), message)
  })
})

describe('what is in a message', () => {
  it("is nobody else's: whatever a flow does to it, others do not see it", () => {
    const source = change()
    const first = messageOf(source, 'DC1')
    const second = messageOf(source, 'DC1')

    spoil(first)

    assert.deepEqual(source, change(), 'what the node knows')
    assert.deepEqual(second, messageOf(change(), 'DC1'), 'what another node received')
    assert.deepEqual(messageOf(source, 'DC1'), second, 'what the next one receives')
    assert.notDeepEqual(first, second)
  })

  it('is not shared in any of its objects', () => {
    const source = change()
    const theirs = new Set([...objectsIn(source), ...objectsIn(messageOf(source, 'DC1'))])

    const mine = objectsIn(messageOf(source, 'DC1'))

    assert.equal(mine.length, 18)
    assert.deepEqual(
      mine.filter((object) => theirs.has(object)),
      []
    )
  })

  it('stays as it was when the object goes on changing', () => {
    const attributes = { dn: 'uni/tn-a', descr: 'x' }
    const message = messageOf(change({ attributes }), 'DC1')

    attributes.descr = 'later'

    assert.equal(message.payload.attributes['descr'], 'x')
  })

  it('has plain objects only', () => {
    for (const object of objectsIn(messageOf(change(), 'DC1'))) {
      assert.ok([Object.prototype, Array.prototype].includes(Object.getPrototypeOf(object) as object))
    }
  })
})

describe('the id of a message', () => {
  const idOf = (given: Partial<Change> = {}, fabric = 'DC1'): string => messageOf(change(given), fabric).payload.id

  it('is the same for everybody who knows of the change, however and whenever', () => {
    const other: Partial<Change> = {
      origin: 'live',
      receivedAt: 1,
      controller: 'https://apic2',
      query: '/api/mo/uni.json',
      time: '2026-01-01T00:00:00.000Z'
    }

    assert.equal(messageOf(bare(other), 'DC1').payload.id, idOf())
  })

  it('is another one for another fabric, class, DN, event or state', () => {
    const ids = [
      idOf(),
      idOf({}, 'DC2'),
      idOf({ class: 'fvBD' }),
      idOf({ dn: 'uni/tn-b' }),
      idOf({ event: 'created' }),
      idOf({ event: 'deleted' }),
      idOf({ event: 'existing' }),
      idOf({ stamp: '1795430599238' }),
      idOf({ attributes: { name: 'another state within the same millisecond' } })
    ]

    assert.equal(new Set(ids).size, ids.length)
  })

  it('is never longer than 512 characters, and still distinguishes changes', () => {
    const long = `uni/${'x'.repeat(2_000)}`
    const ids = [idOf({ dn: long }), idOf({ dn: `${long}y` }), idOf({ dn: long, stamp: '2' }), idOf({}, long)]

    for (const id of ids) assert.ok(id.length <= 512, String(id.length))
    assert.equal(new Set(ids).size, ids.length)
    assert.equal(idOf({ dn: long }), ids[0], 'the same each time')
  })

  it('is spelled out as long as it can be', () => {
    const frame = idOf({ dn: '' }).length

    assert.equal(idOf({ dn: 'x'.repeat(512 - frame) }).length, 512)
    assert.match(idOf({ dn: 'x'.repeat(513 - frame) }), /^[0-9a-f]{64}$/)
  })
})
