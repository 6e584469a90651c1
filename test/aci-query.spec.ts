// aci-query in real Node-RED: what is read for a message, how it is sent, and what becomes of everything that goes wrong.

import assert from 'node:assert/strict'
import { Rig, type CaughtError, type FlowNode, type Settings, type ShownStatus } from './rig'

/** An object as aci-query gives it. */
interface Read {
  class: string
  dn: string
  attributes: Record<string, string>
  children?: Read[]
}

interface Message {
  payload: unknown
  topic?: unknown
  other?: unknown
  aci?: Settings
  parts?: { id: string; index: number; count?: number; parts?: unknown }
}

describe('aci-query', () => {
  let rig: Rig

  beforeEach(async () => {
    rig = await Rig.start()
  })

  afterEach(async () => {
    rig.apic.faults.clear()
    await rig.stop()
  })

  const restart = async (options: Parameters<typeof Rig.start>[0]): Promise<void> => {
    await rig.stop()
    rig = await Rig.start(options)
  }

  /** Loads one aci-query node, `q`, that reads tenants by default. */
  const load = async (settings: Settings = {}, connection: Settings = {}, ...more: (FlowNode | FlowNode[])[]) => {
    await rig.load(rig.connection(connection), rig.querier('q', { classes: 'fvTenant', ...settings }), ...more)
  }

  const ask = (message: Settings = {}, id = 'q'): void => rig.receive(id, message)
  const request = (settings: Settings): Settings => ({ aci: { request: settings } })

  const next = async (id = 'q'): Promise<Message> => await rig.inbox(id).next()
  const take = async (count: number): Promise<Message[]> => await rig.inbox('q').take(count)

  const objectsOf = ({ payload }: Message): Read[] => payload as Read[]
  const dnsOf = (message: Message): string[] => objectsOf(message).map(({ dn }) => dn)
  const dnOf = ({ payload }: Message): string => (payload as Read).dn

  /** The answer to such a message, as DNs. */
  const found = async (message: Settings = {}, id = 'q'): Promise<string[]> => {
    ask(message, id)
    return dnsOf(await next(id))
  }

  /** URLs of what was asked, without what the session needs. */
  const asked = (): string[] =>
    rig.apic.requests.map(({ url }) => url).filter((url) => !/aaaLog|\/api\/mo\/uni\.json$/.test(url))

  const tenants = (count: number): string[] => {
    const dns = Array.from({ length: count }, (_, index) => `uni/tn-t${String(index).padStart(6, '0')}`)
    for (const dn of dns) rig.apic.create('fvTenant', dn)
    return dns
  }

  const BUILT_IN = ['uni/tn-common', 'uni/tn-infra', 'uni/tn-mgmt']

  const isRed = ({ fill }: ShownStatus): boolean => fill === 'red'
  const isGreen = ({ fill }: ShownStatus): boolean => fill === 'green'

  /** What a message comes to that is refused: what is caught, of which the message is whole. */
  const refused = async (message: Settings = {}): Promise<CaughtError> => {
    ask(message)
    return rig.caught('q')
  }

  /** A complete node with a sink, `done`. */
  const completion: FlowNode[] = [
    { id: 'complete', type: 'complete', z: 'tab', scope: ['q'], wires: [['done']] },
    { id: 'done', type: 'sink', z: 'tab', wires: [] }
  ]

  describe('reads', () => {
    it('whole objects into an array, and keeps the rest of the message', async () => {
      await load()
      rig.apic.create('fvTenant', 'uni/tn-a', { descr: 'x' })
      const parts = { id: 'p', index: 3 }
      ask({ topic: 'kept', payload: 'gone', other: { deep: [1] }, aci: { request: {}, note: 1 }, parts })
      const message = await next()
      assert.deepEqual(dnsOf(message), ['uni/tn-a', ...BUILT_IN])
      assert.deepEqual(objectsOf(message)[0], { class: 'fvTenant', dn: 'uni/tn-a', attributes: rig.stored('uni/tn-a') })
      const { topic, other, aci } = message
      assert.deepEqual(
        { topic, other, aci, parts: message.parts },
        { topic: 'kept', other: { deep: [1] }, aci: { note: 1 }, parts }
      )
    })

    it('nothing, where there is nothing', async () => {
      await load({ classes: 'fvCEp' })
      assert.deepEqual(await found(), [])
    })

    for (const [title, settings, url, dns] of [
      ['one object', { target: 'mo', dn: 'uni/tn-a' }, /mo\/uni\/tn-a\.json$/, ['uni/tn-a']],
      [
        'what is right below it',
        { target: 'mo', dn: 'uni/tn-a', scope: 'children' },
        /\?query-target=children&/,
        ['uni/tn-a/ap-x']
      ],
      [
        'all that is below it, of some classes',
        { target: 'mo', dn: 'uni', scope: 'subtree', subtreeClasses: 'fvAEPg, fvAp' },
        /\?query-target=subtree&target-subtree-class=fvAEPg,fvAp&/,
        ['uni/tn-a/ap-x', 'uni/tn-a/ap-x/epg-1', 'uni/tn-a/ap-x/epg-2']
      ],
      [
        'several classes, one after the other',
        { classes: ['fvAEPg', 'fvAp'] },
        /class\/fvAp\.json/,
        ['uni/tn-a/ap-x/epg-1', 'uni/tn-a/ap-x/epg-2', 'uni/tn-a/ap-x']
      ],
      [
        'what a filter finds',
        { classes: 'fvAEPg', filter: 'eq(fvAEPg.name,"2")' },
        /\?query-target-filter=eq\(fvAEPg\.name,%222%22\)&/,
        ['uni/tn-a/ap-x/epg-2']
      ],
      [
        'in an order',
        { classes: 'fvAEPg', orderBy: 'fvAEPg.name|desc' },
        /order-by=fvAEPg\.name%7Cdesc,fvAEPg\.dn&/,
        ['uni/tn-a/ap-x/epg-2', 'uni/tn-a/ap-x/epg-1']
      ],
      ['no more than a limit', { classes: 'fvAEPg', limit: '1' }, /&page-size=1$/, ['uni/tn-a/ap-x/epg-1']]
    ] as const) {
      it(`${title}, as its settings say or a message does`, async () => {
        rig.apic.create('fvTenant', 'uni/tn-a')
        rig.apic.create('fvAp', 'uni/tn-a/ap-x')
        for (const epg of ['1', '2']) rig.apic.create('fvAEPg', `uni/tn-a/ap-x/epg-${epg}`)
        await rig.load(rig.connection(), rig.querier('q', settings), rig.querier('plain'))
        assert.deepEqual(await found(), dns)
        assert.match(asked().at(-1)!, url)
        const requests = asked().length
        assert.deepEqual(await found(request(settings), 'plain'), dns)
        assert.deepEqual(asked().slice(requests), asked().slice(0, requests), 'the same is asked')
      })
    }

    describe('with what belongs to the objects', () => {
      beforeEach(async () => {
        rig.apic.create('fvTenant', 'uni/tn-a', { descr: 'x' })
        rig.apic.create('fvAp', 'uni/tn-a/ap-x')
        rig.apic.create('fvAEPg', 'uni/tn-a/ap-x/epg-1')
        rig.apic.create('fvBD', 'uni/tn-a/BD-b')
        rig.apic.create('faultInst', 'uni/tn-a/fault-F0467', { severity: 'minor' })
        await load({ target: 'mo', dn: 'uni/tn-a' })
      })

      const read = async (settings: Settings): Promise<Read> => {
        ask(request(settings))
        const [object] = objectsOf(await next())
        return object!
      }

      const below = ({ children = [] }: Read): string[] =>
        children.flatMap((child) => [child.dn, ...below(child)]).sort()

      it('its children', async () => {
        const object = await read({ children: 'children', childClasses: 'fvAp,fvBD' })
        assert.deepEqual(below(object), ['uni/tn-a/BD-b', 'uni/tn-a/ap-x'])
        const domain = object.children!.find(({ class: name }) => name === 'fvBD')
        assert.deepEqual([domain?.dn, domain?.attributes['name']], ['uni/tn-a/BD-b', 'b'])
      })

      it('all that is below', async () => {
        const dns = below(await read({ children: 'full', childClasses: ['fvAp', 'fvAEPg'] }))
        assert.deepEqual(dns, ['uni/tn-a/ap-x', 'uni/tn-a/ap-x/epg-1'])
      })

      it('faults', async () => {
        const { children } = await read({ include: 'faults' })
        assert.deepEqual(
          children?.map(({ class: name, dn, attributes }) => [name, dn, attributes['severity']]),
          [['faultInst', 'uni/tn-a/fault-F0467', 'minor']]
        )
      })

      it('faults instead of the objects', async () => {
        assert.deepEqual(await found(request({ classes: 'fvTenant', include: ['faults', 'no-scoped'] })), [
          'uni/tn-a/fault-F0467'
        ])
        assert.deepEqual(await found(request({ classes: 'fvTenant', include: 'faults,required' })), ['uni/tn-a'])
      })

      it('their number alone', async () => {
        ask(request({ classes: 'fvTenant', include: 'count' }))
        const [count, ...others] = objectsOf(await next())
        assert.deepEqual([count?.class, count?.dn, count?.attributes['count'], others], ['moCount', '', '4', []])
      })

      it('some of their properties', async () => {
        const names = async (properties: string): Promise<string[]> =>
          Object.keys((await read({ properties })).attributes).sort()
        assert.deepEqual(await names('naming-only'), ['dn', 'name'])
        const config = await names('config-only')
        assert.ok(config.includes('descr') && !config.includes('modTs'))
      })
    })

    it('the object that an event is about, when it comes straight from aci-subscribe', async () => {
      await rig.load(
        rig.connection(),
        { id: 'sub', type: 'aci-subscribe', z: 'tab', apic: 'apic', classes: 'fvAp', wires: [['q']] },
        rig.querier('q', { target: 'mo', children: 'full' })
      )
      await rig.subscribed('sub')
      rig.apic.create('fvTenant', 'uni/tn-a')
      rig.apic.create('fvAp', 'uni/tn-a/ap-x')
      const message = await next()
      assert.deepEqual(dnsOf(message), ['uni/tn-a/ap-x'])
      assert.equal(message.topic, 'uni/tn-a/ap-x')
      assert.equal(message.aci?.['controller'], rig.apic.url, 'what the event says of itself is kept')
      assert.equal(rig.apic.counts.logins, 1, 'both nodes have one session')
    })

    it('the objects that a message has, when none is chosen', async () => {
      await load({ target: 'mo', classes: '' })
      rig.apic.create('fvTenant', 'uni/tn-a')
      const tree = { fvTenant: { attributes: { dn: 'uni/tn-a', name: 'a' } } }
      assert.deepEqual(await found({ payload: tree }), ['uni/tn-a'])
      assert.deepEqual(await found({ payload: 'uni/tn-a' }), ['uni/tn-a'])
      assert.deepEqual(await found({ payload: [tree, 'uni/tn-none', { dn: 'uni/tn-common' }] }), [
        'uni/tn-a',
        'uni/tn-common'
      ])
      assert.deepEqual(await found({ payload: 7, topic: 'uni/tn-a' }), ['uni/tn-a'])
      assert.equal((await refused({ payload: 7, topic: 'fvTenant' })).code, 'ACI_CONFIG')
    })

    it('what environment variables say', async () => {
      Object.assign(process.env, { ACI_TEST_CLASSES: 'fvTenant', ACI_TEST_LIMIT: '2', ACI_TEST_OUTPUT: 'array' })
      await load({ classes: '${ACI_TEST_CLASSES}', limit: '${ACI_TEST_LIMIT}', output: '${ACI_TEST_OUTPUT}' })
      assert.equal((await found()).length, 2)
    })
  })

  describe('as a stream', () => {
    it('sends one message for each object, and says which is the last', async () => {
      await load({ output: 'stream' })
      ask({ topic: 'kept', payload: 'gone', other: { deep: [1] }, aci: { request: { limit: 3 }, note: 1, last: true } })
      const messages = await take(3)
      assert.deepEqual(messages.map(dnOf), BUILT_IN)
      assert.deepEqual(
        messages.map(({ parts }) => ({ ...parts, id: 'same' })),
        [
          { id: 'same', index: 0 },
          { id: 'same', index: 1 },
          { id: 'same', index: 2, count: 3 }
        ]
      )
      assert.equal(new Set(messages.map(({ parts }) => parts?.id)).size, 1)
      assert.deepEqual(
        messages.map(({ aci }) => aci),
        [{ note: 1 }, { note: 1 }, { note: 1, last: true }]
      )
      for (const { topic, other } of messages) assert.deepEqual([topic, other], ['kept', { deep: [1] }])
    })

    it('says it of nothing, too', async () => {
      await load({ classes: 'fvCEp', output: 'stream' })
      ask()
      const { payload, parts, aci } = await next()
      assert.deepEqual([payload, parts?.index, parts?.count, aci], [null, 0, 1, { last: true }])
    })

    it('shares nothing between its messages', async () => {
      await load({ output: 'stream', children: 'children' })
      const given = { deep: [1] }
      ask({ other: given, aci: { note: { a: 1 } } })
      const [first, second] = await take(2)
      Object.assign(first!.aci!['note'] as object, { a: 2 })
      ;(first!.other as typeof given).deep.push(2)
      ;(first!.payload as Read).attributes['name'] = 'changed'
      assert.deepEqual([second!.other, second!.aci], [{ deep: [1] }, { note: { a: 1 } }])
      assert.equal((second!.payload as Read).attributes['name'], 'infra')
      assert.deepEqual(given, { deep: [1] })
    })

    it('can be collected by a join node, which brings back what was before', async () => {
      await rig.load(rig.connection(), [
        {
          id: 'q',
          type: 'aci-query',
          z: 'tab',
          apic: 'apic',
          classes: 'fvTenant',
          output: 'stream',
          wires: [['join']]
        },
        { id: 'join', type: 'join', z: 'tab', mode: 'auto', wires: [['joined']] },
        { id: 'joined', type: 'sink', z: 'tab', wires: [] }
      ])
      const parts = { id: 'p', index: 1, count: 2 }
      ask({ parts })
      const joined = (await rig.sink('joined').next()) as unknown as Message
      assert.deepEqual(dnsOf(joined), BUILT_IN)
      assert.deepEqual(joined.parts, parts)
    })
  })

  describe('that is large', () => {
    it('is read page by page, the next one when the last one was sent', async () => {
      const dns = tenants(12_000)
      await load({ output: 'stream' })
      const sent: number[] = []
      rig.apic.on('received', ({ url }) => {
        if (url.includes('page-size')) sent.push(rig.inbox('q').all.length)
      })
      ask()
      const messages = await take(12_003)
      assert.deepEqual(messages.map(dnOf).sort(), [...BUILT_IN, ...dns].sort())
      // The last object of a page waits until it is known whether another one follows.
      assert.deepEqual(sent, [0, 4_999, 9_899])
    })

    it('comes as one array of up to 100,000 objects', async () => {
      tenants(100_000)
      await load()
      ask()
      assert.equal(objectsOf(await next()).length, 100_003)
    })

    it('has every object once that was there all the while, whatever comes and goes', async () => {
      const dns = tenants(12_000)
      await load({ output: 'array' })
      let pages = 0
      rig.apic.on('received', ({ url }) => {
        if (!url.includes('page-size')) return
        pages += 1
        if (pages !== 2) return
        for (let index = 0; index < 100; index += 1) rig.apic.delete(dns[index * 7]!)
        for (let index = 0; index < 100; index += 1) rig.apic.create('fvTenant', `uni/tn-t000${index}-new`)
      })
      const read = await found()
      assert.equal(new Set(read).size, read.length)
      const lasting = dns.filter((_, index) => index % 7 !== 0 || index >= 700)
      const missing = lasting.filter((dn) => !read.includes(dn))
      assert.deepEqual(missing, [])
    })

    it('goes on with the next controller when one fails in the middle', async () => {
      await restart({ controllers: 2 })
      const dns = tenants(12_000)
      await load({ output: 'stream' })
      rig.apic.controllers[0]!.faults.request({ path: /page=1&/, hang: true })
      ask()
      await take(4_999)
      await rig.apic.until(() => rig.apic.counts.requestsReceived > rig.apic.counts.requests)
      await rig.apic.controllers[0]!.down()
      await take(12_003 - 4_999)
      const all = rig.inbox('q').all as unknown as Message[]
      assert.deepEqual(all.map(dnOf).sort(), [...BUILT_IN, ...dns].sort())
      assert.equal(rig.errors.filter(({ source }) => source.id === 'q').length, 0)
    })

    it('is read in smaller pages where the APIC finds it too big', async () => {
      await restart({ resultLimit: 100 })
      const dns = tenants(300)
      await load()
      assert.deepEqual((await found()).sort(), [...BUILT_IN, ...dns].sort())
    })

    it('is never short without a word', async () => {
      tenants(10)
      await load()
      const short = rig.apic.faults.truncateAnswers(0.5, 1)
      assert.equal((await found()).length, 13)
      assert.equal(short.hits, 1)
      rig.apic.faults.truncateAnswers(0.5)
      const { code, message } = await refused()
      assert.equal(code, 'ACI_PROTOCOL')
      assert.match(message, /gave 6 of 13 objects/)
    })

    it('is not empty because the controller is still starting', async () => {
      await load()
      rig.apic.faults.emptyAnswers(1)
      assert.deepEqual(await found(), BUILT_IN)
    })
  })

  describe('that is refused', () => {
    it('by the APIC is an error in its words, and the next one is answered', async () => {
      await load({ classes: 'fvTenantt' }, {}, completion)
      const { code, cause } = await refused({ topic: 'x' })
      assert.equal(code, 'ACI_QUERY')
      assert.deepEqual(cause, { status: 400, code: '400', text: 'Request failed, unresolved class for fvTenantt' })
      assert.match((await rig.status('q', isRed)).text!, /unresolved class/)
      const caught = rig.sink('caught:q').all[0] as unknown as Message
      assert.equal(caught.topic, 'x')

      assert.deepEqual(await found(request({ classes: 'fvTenant' })), BUILT_IN)
      await rig.status('q', isGreen)
      await rig.sink('done').next()
      assert.equal(rig.sink('done').all.length, 1, 'what failed is not complete')
    })

    it('for its filter is an error in the words of the APIC', async () => {
      await load()
      const { code, cause } = await refused(request({ filter: 'eq(fvTenant.colour,"red")' }))
      assert.deepEqual([code, cause?.code], ['ACI_QUERY', '121'])
    })

    for (const [title, settings, expected] of [
      ['a class that is none', { classes: 'fv-Tenant' }, /fv-Tenant/],
      ['no class', { classes: '' }, /no class/],
      ['no object', { target: 'mo' }, /no object/],
      ['an object that would change the URL', { dn: 'uni/../aaaLogout' }, /not a distinguished name/],
      ['a filter that does not close', { filter: 'eq(fvTenant.name,"x"' }, /parentheses/],
      ['what is no word', { include: 'faults,col/ours' }, /include: "col\/ours"/],
      ['a filter of children that does not close', { childFilter: 'eq(fvIp.addr,"x"' }, /childFilter: .*parentheses/],
      ['a DN that is no text', { dn: 7 }, /dn: a text is expected/],
      ['an order that is none', { orderBy: 'name' }, /orderBy: "name"/],
      ['a limit that is none', { limit: 'few' }, /limit/],
      ['half an object', { limit: 0.5 }, /limit/],
      ['an output that is none', { output: 'csv' }, /output/],
      ['another APIC', { apic: 'other' }, /"apic" is none of/],
      ['a property that it does not have', { class: 'fvTenant' }, /"class" is none of/],
      ['nothing that could be understood', 'fvTenant', /an object is expected/]
    ] as const) {
      it(`for ${title} in a message asks the APIC nothing`, async () => {
        await load()
        const { code, message } = await refused({ aci: { request: settings } })
        assert.equal(code, 'ACI_CONFIG')
        assert.match(message, expected)
        assert.deepEqual(asked(), [])
      })
    }

    it('for a setting that is impossible says so at the start, until a message makes up for it', async () => {
      await load({ filter: 'nonsense' })
      assert.equal((await rig.caught('q')).code, 'ACI_CONFIG')
      assert.match((await rig.status('q', isRed)).text!, /expression/)
      assert.equal((await refused()).code, 'ACI_CONFIG')
      assert.deepEqual(await found(request({ filter: '' })), BUILT_IN)
      await rig.status('q', isGreen)
    })

    it('for want of a connection says so', async () => {
      await load({ apic: '' })
      assert.match((await rig.caught('q')).message, /no APIC connection/)
      assert.equal((await refused()).code, 'ACI_CONFIG')
    })

    it('for a connection that is misconfigured says so', async () => {
      await load({}, { controllers: [] })
      const { code, message } = await refused()
      assert.equal(code, 'ACI_CONFIG')
      assert.match(message, /no controller/)
    })

    it('because the login is, fails each message at once', async () => {
      rig.credentials = { apic: { username: 'admin', password: 'canary-password' } }
      await load()
      for (let count = 0; count < 2; count += 1) assert.equal((await refused()).code, 'ACI_AUTH')
      assert.match((await rig.status('q', isRed)).text!, /incorrect/)
      assert.equal(rig.apic.counts.loginsRefused, 1)
      const shown = JSON.stringify([rig.errors, rig.statuses('q'), rig.logged.all])
      assert.ok(!shown.includes('canary-password'))
    })
  })

  describe('over a connection that fails', () => {
    it('fails with the reason why none came in time, and answers when there is one again', async () => {
      await rig.apic.controllers[0]!.down()
      await load({}, { requestTimeout: 1 })
      assert.equal((await refused()).code, 'ACI_UNREACHABLE')
      assert.match((await rig.status('q', isRed)).text!, /refuses connections/)
      await rig.apic.controllers[0]!.up()
      await rig.status('q', isGreen)
      assert.deepEqual(await found(), BUILT_IN)
    })

    it('fails when the APIC does not answer in time', async () => {
      await load({}, { requestTimeout: 1 })
      const hanging = rig.apic.faults.request({ path: '/api/class/', hang: true })
      assert.equal((await refused()).code, 'ACI_TIMEOUT')
      assert.match((await rig.status('q', isRed)).text!, /did not answer/)
      hanging.undo()
      assert.deepEqual(await found(), BUILT_IN)
    })

    it('asks again when the APIC is busy, and after its token died', async () => {
      await load()
      rig.apic.faults.busy({ path: '/api/class/', times: 1 })
      assert.deepEqual(await found(), BUILT_IN)
      rig.apic.faults.expireTokens()
      assert.deepEqual(await found(), BUILT_IN)
    })
  })

  describe('with many messages', () => {
    it('answers one after the other, in their order', async () => {
      await load()
      const slow = rig.apic.faults.request({ path: '/api/class/fvTenant', hang: true, times: 1 })
      ask({ topic: 'first' })
      ask({ topic: 'second', ...request({ classes: 'fvAp' }) })
      ask({ topic: 'third', ...request({ classes: 'fvBD' }) })
      await rig.apic.until(() => slow.hits === 1)
      slow.undo()
      assert.deepEqual(
        (await take(3)).map(({ topic }) => topic),
        ['first', 'second', 'third']
      )
    })

    it('lets a thousand wait, and refuses more', async () => {
      await load()
      const slow = rig.apic.faults.request({ path: '/api/class/fvTenant', hang: true })
      ask()
      // What is wrong with those that wait shows when it is their turn.
      for (let count = 0; count < 1_002; count += 1) ask(request({ filter: 'nonsense' }))
      for (let count = 0; count < 2; count += 1) {
        const { code, message } = await rig.caught('q')
        assert.equal(code, 'ACI_TIMEOUT')
        assert.match(message, /1000 messages wait already/)
      }
      assert.equal(rig.errors.length, 2)
      slow.undo()
      assert.deepEqual(dnsOf(await next()), BUILT_IN)
      for (let count = 0; count < 1_000; count += 1) assert.equal((await rig.caught('q')).code, 'ACI_CONFIG')
    })

    it('does not keep another node waiting', async () => {
      await load({}, {}, rig.querier('other', { classes: 'fvAp' }))
      const slow = rig.apic.faults.request({ path: '/api/class/fvTenant', hang: true })
      ask()
      assert.deepEqual(await found({}, 'other'), [])
      slow.undo()
      assert.deepEqual(dnsOf(await next()), BUILT_IN)
    })
  })

  describe('that is closed', () => {
    it('aborts what it reads and what waits, and ends each message', async () => {
      await load({}, {}, completion)
      rig.apic.faults.request({ path: '/api/class/fvTenant', hang: true })
      ask()
      ask()
      await rig.apic.until(() => rig.apic.counts.requestsReceived > rig.apic.counts.requests)
      await rig.deploy('nodes', rig.connection(), rig.querier('q', { classes: 'fvAp' }), completion)
      for (let count = 0; count < 2; count += 1) assert.equal((await rig.caught('q')).code, 'ACI_CLOSED')
      rig.apic.faults.clear()
      assert.deepEqual(await found(), [])
      assert.equal(rig.inbox('q').all.length, 1)
    })

    it('gives up a stream', async () => {
      tenants(6_000)
      await load({ output: 'stream' })
      rig.apic.faults.request({ path: /page=1&/, hang: true })
      ask()
      await take(4_999)
      await rig.deploy('nodes', rig.connection(), rig.querier('q', { classes: 'fvAp' }))
      assert.equal((await rig.caught('q')).code, 'ACI_CLOSED')
      assert.deepEqual(rig.inbox('q').others(), [])
    })

    it('leaves nothing behind', async () => {
      await load()
      await found()
      await rig.deploy('full', rig.connection())
      await rig.apic.until(() => rig.apic.sockets.length === 0)
      assert.equal(rig.apic.counts.logouts, 1)
    })
  })

  it('shows how far it has come, and what it read last', async () => {
    tenants(12_000)
    await load({ output: 'stream' })
    await rig.status('q', isGreen)
    const slow = rig.apic.faults.request({ path: /page=2&/, hang: true })
    ask()
    await rig.status('q', ({ fill, text }) => fill === 'blue' && text!.includes('(9900/12003)'))
    slow.undo()
    await rig.status('q', ({ fill, text }) => fill === 'green' && text!.includes('(12003)'))
  })
})
