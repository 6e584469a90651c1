// What an APIC sends is untrusted: these frames and answers are what a sound one, a busy one and a hostile one send.

import assert from 'node:assert/strict'
import type { AciError } from '../../../nodes/apic'
import {
  decodeAnswer,
  decodeFrame,
  decodePage,
  decodeRefusal,
  firstOf,
  type Imdata,
  type ManagedObject
} from '../../../nodes/apic/protocol/wire'

const tenant = (attributes: Record<string, unknown>): unknown => ({ fvTenant: { attributes } })
const blue = tenant({ dn: 'uni/tn-blue', rn: '', childAction: '', status: 'created', name: 'blue' })
const green = tenant({ dn: 'uni/tn-green', rn: '', childAction: '', status: 'deleted' })

const frame = (imdata: unknown, subscriptionId: unknown = ['72057598349803551']): string =>
  JSON.stringify({ subscriptionId, imdata })
const answer = (imdata: unknown, rest: Record<string, unknown> = {}): string => JSON.stringify({ ...rest, imdata })

const isUnreadable = (error: AciError): boolean => error.code === 'ACI_PROTOCOL'

/** An object with so many generations of children below it. */
function family(generations: number): string {
  return (
    '{"fvTenant":{"attributes":{"dn":"uni/tn-deep","status":"created"},"children":['.repeat(generations) +
    ']}}'.repeat(generations)
  )
}

function depthOf(element: Imdata): number {
  const children = Object.values(element).flatMap((body) => body.children ?? [])
  return 1 + Math.max(0, ...children.map(depthOf))
}

describe('a socket frame', () => {
  it('names every subscription and every object that it has, in their order', () => {
    const { ids, events, skipped } = decodeFrame(frame([blue, green], ['72057598349803551', '72057598349803552']))

    assert.deepEqual(ids, ['72057598349803551', '72057598349803552'])
    assert.deepEqual(
      events.map((event) => [event.class, event.dn, event.status]),
      [
        ['fvTenant', 'uni/tn-blue', 'created'],
        ['fvTenant', 'uni/tn-green', 'deleted']
      ]
    )
    assert.equal(skipped, 0)
  })

  it('hands over the attributes and the element as they were sent', () => {
    const [event] = decodeFrame(frame([blue])).events

    assert.deepEqual(event?.attributes, {
      dn: 'uni/tn-blue',
      rn: '',
      childAction: '',
      status: 'created',
      name: 'blue'
    })
    assert.deepEqual(event.raw, blue)
  })

  for (const dn of ['../aaaRefresh', 'uni/../x', 'uni/.', '.']) {
    it(`has no object called ${dn}, for a DN becomes the path of a read`, () => {
      const { events, skipped } = decodeFrame(frame([tenant({ dn, status: 'created' })]))
      assert.deepEqual([events, skipped], [[], 1])
    })
  }

  it('has no attribute whose name every object has', () => {
    const { events } = decodeFrame(
      frame([tenant({ dn: 'uni/tn-a', status: 'modified', toString: 'x', hasOwnProperty: 'y' })])
    )
    assert.deepEqual(Object.keys(events[0]!.attributes), ['dn', 'status'])
  })

  it('may name one subscription without a list', () => {
    assert.deepEqual(decodeFrame(frame([blue], '72057598349803551')).ids, ['72057598349803551'])
  })

  it('may give an id as a number, as long as no digit of it was rounded away', () => {
    assert.deepEqual(decodeFrame(frame([blue], [42])).ids, ['42'])
    assert.throws(() => decodeFrame('{"subscriptionId":[72057598349803551],"imdata":[]}'), isUnreadable)
  })

  it('keeps 64 bits of an id', () => {
    assert.deepEqual(decodeFrame(frame([blue], ['18446744073709551615'])).ids, ['18446744073709551615'])
  })

  it('leaves out what can be no id, and keeps the others', () => {
    assert.deepEqual(decodeFrame(frame([blue], [null, '', {}, ['1'], true, 1.5, '7'])).ids, ['7'])
  })

  it('may have no objects', () => {
    assert.deepEqual(decodeFrame(frame([])), { ids: ['72057598349803551'], events: [], skipped: 0 })
  })

  for (const [what, text] of [
    ['nothing', ''],
    ['torn JSON', frame([blue]).slice(0, -9)],
    ['a list', '[]'],
    ['a text', '"subscriptionId"'],
    ['null', 'null'],
    ['no id', '{"imdata":[]}'],
    ['an empty list of ids', frame([blue], [])],
    ['no objects', '{"subscriptionId":["1"]}'],
    ['objects that are no list', frame({ 0: blue }, ['1'])],
    ['XML', '<?xml version="1.0"?><imdata subscriptionId="1"></imdata>']
  ] as const) {
    it(`is refused with a code when it is or has ${what}`, () => {
      assert.throws(() => decodeFrame(text), isUnreadable)
    })
  }

  it('does not repeat what it was in the error: that could be anything', () => {
    assert.throws(
      () => decodeFrame('{"token":"canary"'),
      (error: AciError) => !error.message.includes('canary') && isUnreadable(error)
    )
  })

  for (const [what, element] of [
    ['null', null],
    ['a text', 'fvTenant'],
    ['a list', [blue]],
    ['empty', {}],
    ['without a body', { fvTenant: null }],
    ['without attributes', { fvTenant: {} }],
    ['with a list of attributes', { fvTenant: { attributes: ['uni/tn-x'] } }],
    ['without a DN', tenant({ status: 'created' })],
    ['with an empty DN', tenant({ dn: '', status: 'created' })],
    ['with a DN that is an object', tenant({ dn: { toString: 'x' }, status: 'created' })],
    ['without a status', tenant({ dn: 'uni/tn-x' })],
    ['with a status of a read', tenant({ dn: 'uni/tn-x', status: '' })],
    ['with an unknown status', tenant({ dn: 'uni/tn-x', status: 'replaced' })],
    ['of something that is no class name', { 'fv Tenant': { attributes: { dn: 'uni/tn-x', status: 'created' } } }]
  ] as const) {
    it(`skips and counts an element that is ${what}, and no other`, () => {
      const { events, skipped } = decodeFrame(frame([blue, element, green]))

      assert.deepEqual(
        events.map(({ dn }) => dn),
        ['uni/tn-blue', 'uni/tn-green']
      )
      assert.equal(skipped, 1)
    })
  }

  it('gives each class of an element its own event, with nothing of the other in it', () => {
    const both = {
      fvBD: { attributes: { dn: 'uni/tn-blue/BD-x', status: 'modified', mac: 'a' } },
      fvCtx: { attributes: { dn: 'uni/tn-blue/ctx-x', status: 'created' } }
    }

    const { events, skipped } = decodeFrame(frame([both]))

    assert.deepEqual(
      events.map(({ class: name, dn, status }) => [name, dn, status]),
      [
        ['fvBD', 'uni/tn-blue/BD-x', 'modified'],
        ['fvCtx', 'uni/tn-blue/ctx-x', 'created']
      ]
    )
    assert.deepEqual(events[0]?.raw, { fvBD: both.fvBD })
    assert.equal(skipped, 0)
  })

  it('has text attributes only: numbers and booleans become text, anything else is left out', () => {
    const given = {
      dn: 'uni/tn-x',
      status: 'modified',
      mtu: 9000,
      up: false,
      none: null,
      list: ['a'],
      tree: { a: 'b' }
    }

    const [event] = decodeFrame(frame([tenant(given)])).events

    assert.deepEqual(event?.attributes, { dn: 'uni/tn-x', status: 'modified', mtu: '9000', up: 'false' })
    assert.deepEqual(event.raw, { fvTenant: { attributes: event.attributes } })
  })

  for (const [spelling, key] of [
    ['plain', '__proto__'],
    ['escaped', '\\u005f_proto_\\u005f'],
    ['plain', 'constructor'],
    ['escaped', 'c\\u006fnstructor'],
    ['plain', 'prototype']
  ] as const) {
    it(`has no attribute and no class called ${key} (${spelling}), wherever it stands`, () => {
      const hostile = `"${key}":{"polluted":"yes","attributes":{"dn":"uni/evil","status":"created"}}`
      const attributes = `{"dn":"uni/tn-x","status":"created","${key}":"yes"}`
      const child = `{"fvAp":{"attributes":{"name":"a","${key}":"yes"}},${hostile}}`
      const text = `{"subscriptionId":["1"],${hostile},"imdata":[{${hostile},"fvTenant":{${hostile},"attributes":${attributes},"children":[${child}]}}]}`

      const { events } = decodeFrame(text)

      assert.deepEqual(
        events.map(({ dn }) => dn),
        ['uni/tn-x']
      )
      assert.deepEqual(Object.keys(events[0]!.attributes), ['dn', 'status'])
      assert.deepEqual(Object.keys(events[0]!.raw), ['fvTenant'])
      assert.deepEqual(Object.keys(events[0]!.raw['fvTenant']!), ['attributes', 'children'])
      assert.deepEqual(events[0]!.raw['fvTenant']!.children, [{ fvAp: { attributes: { name: 'a' } } }])
      assert.equal(Object.getPrototypeOf(events[0]!.attributes), Object.prototype)
      assert.equal(Reflect.get({}, 'polluted'), undefined)
    })
  }

  it('refuses attributes that are a hostile object, too', () => {
    const text =
      '{"subscriptionId":["1"],"imdata":[{"fvTenant":{"attributes":{"dn":"uni/tn-x","status":"created","__proto__":{"dn":"uni/evil"}}}}]}'

    const [event] = decodeFrame(text).events

    assert.equal(event?.dn, 'uni/tn-x')
    assert.deepEqual(Object.keys(event.attributes), ['dn', 'status'])
    assert.equal(Object.getPrototypeOf(event.attributes), Object.prototype)
  })

  it('keeps children that are safe and leaves out those that are not', () => {
    const children = [{ fvAp: { attributes: { name: 'a', n: 1 } } }, null, 'x', { 'no class': {} }, { fvBD: 7 }]
    const element = { fvTenant: { attributes: { dn: 'uni/tn-x', status: 'created' }, children } }

    const [event] = decodeFrame(frame([element])).events

    assert.deepEqual(event?.raw['fvTenant']?.children, [{ fvAp: { attributes: { name: 'a', n: '1' } } }])
  })

  it('is cut off below 32 generations of children, which a flow could not clone', () => {
    const [event] = decodeFrame(`{"subscriptionId":["1"],"imdata":[${family(5_000)}]}`).events

    assert.equal(depthOf(event!.raw), 33)
  })

  it('keeps as many generations as it has up to there', () => {
    const [event] = decodeFrame(`{"subscriptionId":["1"],"imdata":[${family(20)}]}`).events

    assert.equal(depthOf(event!.raw), 20)
  })
})

describe('an answer', () => {
  it('counts the objects beyond those that it has', () => {
    const { totalCount, objects, skipped } = decodeAnswer(answer([blue, green], { totalCount: '70000' }))

    assert.equal(totalCount, 70_000)
    assert.deepEqual(
      objects.map(({ class: name, dn }) => [name, dn]),
      [
        ['fvTenant', 'uni/tn-blue'],
        ['fvTenant', 'uni/tn-green']
      ]
    )
    assert.equal(skipped, 0)
  })

  it('keeps saying how many there are when it has none: a busy APIC does that', () => {
    assert.deepEqual(decodeAnswer(answer([], { totalCount: '3' })), { totalCount: 3, objects: [], skipped: 0 })
  })

  for (const totalCount of [undefined, 'many', '-1', '1.5', 'Infinity', '99999999999999999999', {}]) {
    it(`counts its objects itself when the total is ${totalCount === undefined ? 'missing' : JSON.stringify(totalCount)}`, () => {
      assert.equal(decodeAnswer(answer([blue, green], { totalCount })).totalCount, 2)
    })
  }

  it('needs no status in its objects', () => {
    assert.equal(decodeAnswer(answer([tenant({ dn: 'uni/tn-x' })])).objects[0]?.dn, 'uni/tn-x')
  })

  it('counts what cannot be used, so that a page does not look cut short', () => {
    const { objects, skipped, totalCount } = decodeAnswer(answer([blue, null, tenant({}), green], { totalCount: '4' }))

    assert.equal(objects.length + skipped, 4)
    assert.equal(skipped, 2)
    assert.equal(totalCount, 4)
  })

  it('has the subscription id as a text, and no such property without one', () => {
    assert.equal(decodeAnswer(answer([], { subscriptionId: '72057598349803562' })).subscriptionId, '72057598349803562')
    assert.equal(decodeAnswer(answer([], { subscriptionId: 7 })).subscriptionId, '7')
    for (const subscriptionId of [undefined, null, '', ['1'], {}]) {
      assert.ok(!('subscriptionId' in decodeAnswer(answer([], { subscriptionId }))), JSON.stringify(subscriptionId))
    }
  })

  for (const text of ['', '{"imdata":[', '[]', 'null', '7', '{}', '{"imdata":{}}', '<html>busy</html>']) {
    it(`is refused with a code when it is ${text === '' ? 'empty' : text}`, () => {
      assert.throws(() => decodeAnswer(text), isUnreadable)
    })
  }
})

describe('the first element of a class', () => {
  const login = answer([{ other: { attributes: { token: 'no' } } }, { aaaLogin: { attributes: { token: 'T', n: 1 } } }])

  it('is found behind others, without a DN, as text attributes', () => {
    assert.deepEqual(firstOf(login, 'aaaLogin'), { token: 'T', n: '1' })
  })

  it('is the first one where there are several', () => {
    const two = answer([{ aaaLogin: { attributes: { token: 'A' } } }, { aaaLogin: { attributes: { token: 'B' } } }])

    assert.deepEqual(firstOf(two, 'aaaLogin'), { token: 'A' })
  })

  it('is nothing where there is none', () => {
    for (const text of [login, '{"imdata":{}}', '{}', '{"imdata":[null,[],"x"]}']) {
      assert.equal(firstOf(text, 'pkiWebTokenData'), undefined, text)
    }
  })

  it('is never something that every object has', () => {
    for (const name of ['constructor', 'toString', '__proto__']) assert.equal(firstOf(login, name), undefined, name)
  })

  it('cannot be looked for in what is not JSON', () => {
    assert.throws(() => firstOf('<html>', 'aaaLogin'), isUnreadable)
  })
})

describe('a refusal', () => {
  const refusal = (attributes: Record<string, unknown>): string =>
    JSON.stringify({ totalCount: '1', imdata: [{ error: { attributes } }] })

  it("has the APIC's own words and code", () => {
    assert.deepEqual(decodeRefusal(400, refusal({ code: '121', text: "Prop 'cod' not found in class 'faultInst'" })), {
      status: 400,
      code: '121',
      text: "Prop 'cod' not found in class 'faultInst'",
      isOfApic: true
    })
  })

  it('has the status where the APIC gives no code or no words', () => {
    assert.deepEqual(decodeRefusal(403, refusal({})), {
      status: 403,
      code: '403',
      text: 'HTTP 403',
      isOfApic: true
    })
  })

  it('says that the APIC is busy when its nginx answers 503 in HTML, and nothing of the HTML', () => {
    assert.deepEqual(decodeRefusal(503, '<html><body><h1>503 Service Temporarily Unavailable</h1></body></html>'), {
      status: 503,
      code: '503',
      text: 'the APIC is busy (HTTP 503)',
      isOfApic: false
    })
  })

  it("keeps the APIC's own words of a 503", () => {
    const text = 'Unable to deliver the message, Resolve timeout'

    assert.equal(decodeRefusal(503, refusal({ code: '503', text })).text, text)
  })

  it('has its status alone when nothing else can be read', () => {
    for (const text of ['', 'no JSON', '[]', '{"imdata":[]}', '{"imdata":[{"error":null}]}', '{"imdata":7}']) {
      const expected = { status: 502, code: '502', text: 'HTTP 502', isOfApic: false }
      assert.deepEqual(decodeRefusal(502, text), expected, text)
    }
  })
})

describe('the reply to a request of a node', () => {
  const page = (imdata: unknown, rest: Record<string, unknown> = {}) => decodePage(answer(imdata, rest))

  it('has objects of the receiver, children by the DN that follows from their rn', () => {
    const children = [
      {
        fvAp: {
          attributes: { rn: 'ap-x', childAction: '', status: '' },
          children: [{ fvAEPg: { attributes: { rn: 'epg-[a/b]' } } }]
        }
      }
    ]
    const { objects, totalCount, received } = page(
      [{ fvTenant: { attributes: { dn: 'uni/tn-a', rn: '', childAction: '', status: '', name: 'a' }, children } }],
      { totalCount: '7' }
    )

    assert.deepEqual([totalCount, received], [7, 1])
    assert.deepEqual(objects, [
      {
        class: 'fvTenant',
        dn: 'uni/tn-a',
        attributes: { dn: 'uni/tn-a', name: 'a' },
        children: [
          {
            class: 'fvAp',
            dn: 'uni/tn-a/ap-x',
            attributes: { rn: 'ap-x' },
            children: [{ class: 'fvAEPg', dn: 'uni/tn-a/ap-x/epg-[a/b]', attributes: { rn: 'epg-[a/b]' } }]
          }
        ]
      }
    ])
  })

  it('has what has no DN, and nothing below that has one', () => {
    const { objects } = page([
      { moCount: { attributes: { count: '3', dn: '' }, children: [{ x1: { attributes: { rn: 'x' } } }] } }
    ])
    assert.deepEqual(
      objects.map(({ class: name, dn, children }) => [name, dn, children?.map((child) => child.dn)]),
      [['moCount', '', ['']]]
    )
  })

  it('has records by their own DNs, whatever object they come with', () => {
    const record = { aaaModLR: { attributes: { rn: 'subj-[uni/tn-a]/mod-1', affected: 'uni/tn-a' } } }
    const { objects } = page([{ fvTenant: { attributes: { dn: 'uni/tn-a' }, children: [record] } }])
    assert.equal(objects[0]?.children?.[0]?.dn, 'subj-[uni/tn-a]/mod-1')
  })

  it('counts what cannot be used, which is not among its objects', () => {
    const { objects, received } = page([blue, 'x', null, { 'fv-Tenant': {} }, tenant({ dn: 'uni/../../etc' })])
    assert.deepEqual([objects.map(({ dn }) => dn), received], [['uni/tn-blue'], 5])
  })

  it('has no name that reaches a prototype, neither of classes nor of attributes', () => {
    const { objects } = decodePage(
      '{"imdata":[{"__proto__":{"attributes":{"dn":"uni/x"}}},{"constructor":{"attributes":{}}},' +
        '{"fvTenant":{"attributes":{"dn":"uni/tn-a","__proto__":"x","toString":"y"},' +
        '"children":[{"__proto__":{"attributes":{"rn":"z"}}}]}}]}'
    )
    assert.deepEqual(objects, [{ class: 'fvTenant', dn: 'uni/tn-a', attributes: { dn: 'uni/tn-a' } }])
    assert.deepEqual(Object.keys(objects[0]!.attributes), ['dn'])
  })

  it('ends where nobody looks any more: a deep message kills Node-RED', () => {
    const depth = ({ children = [] }: ManagedObject): number => 1 + Math.max(0, ...children.map(depth))
    const { objects } = decodePage(`{"imdata":[${family(5_000)}]}`)
    assert.ok(depth(objects[0]!) <= 40)
  })

  for (const text of ['', 'hello', '[]', '{}', '{"imdata":{}}']) {
    it(`is unreadable as ${JSON.stringify(text)}`, () => {
      assert.throws(() => decodePage(text), isUnreadable)
    })
  }
})
