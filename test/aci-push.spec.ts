// aci-push in real Node-RED: what is written, what it answers, and what becomes of all that can fail.

import assert from 'node:assert/strict'
import type { Result } from '../nodes/runtime/results'
import { Rig, type CaughtError, type FlowNode, type Settings } from './rig'

const tenant = (name: string, attributes: Settings = {}, children?: readonly unknown[]): Settings => ({
  fvTenant: { attributes: { name, ...attributes }, ...(children === undefined ? {} : { children }) }
})

/** As aci-query and aci-subscribe give it. */
const read = (className: string, dn: string, attributes: Settings = {}): Settings => ({
  class: className,
  dn,
  attributes
})

const done = (dn: string, className = 'fvTenant'): Result => ({ dn, class: className, ok: true })

describe('aci-push', () => {
  let rig: Rig
  /** Requests that write, as they came in. */
  let writes: string[]

  const start = async (options: Parameters<typeof Rig.start>[0] = {}): Promise<void> => {
    rig = await Rig.start(options)
    writes = []
    rig.apic.on('received', ({ method, url }) => {
      if (method !== 'GET' && url.startsWith('/api/mo')) writes.push(`${method} ${url}`)
    })
  }

  const completed: FlowNode[] = [
    { id: 'complete', type: 'complete', z: 'tab', scope: ['push'], wires: [['completed']] },
    { id: 'completed', type: 'sink', z: 'tab', wires: [] }
  ]

  const load = async (settings: Settings = {}, connection: Settings = {}): Promise<void> => {
    await rig.load(rig.connection(connection), rig.pusher('push', settings), completed)
  }

  const ready = async (): Promise<void> => {
    await rig.status('push', ({ text }) => text === 'aci-push.status.ready')
  }

  const push = (payload: unknown, others: Settings = {}): void => rig.receive('push', { payload, ...others })

  const answer = async (): Promise<Settings & { payload: Result[] }> =>
    (await rig.inbox('push').next()) as unknown as Settings & { payload: Result[] }

  const pushed = async (payload: unknown, others: Settings = {}): Promise<Result[]> => {
    push(payload, others)
    return (await answer()).payload
  }

  const caughtMessage = async (): Promise<Settings & { error: CaughtError }> =>
    (await rig.sink('caught:push').next()) as unknown as Settings & { error: CaughtError }

  beforeEach(async () => {
    await start()
  })

  afterEach(async () => {
    rig.apic.faults.clear()
    await rig.stop()
  })

  describe('writes', () => {
    it('what does not exist, and what does', async () => {
      await load()

      assert.deepEqual(await pushed(tenant('x', { descr: 'a' })), [done('uni/tn-x')])
      assert.equal(rig.apic.read('uni/tn-x')?.['descr'], 'a')

      assert.deepEqual(await pushed(tenant('x', { descr: 'b' })), [done('uni/tn-x')])
      assert.equal(rig.apic.read('uni/tn-x')?.['descr'], 'b')
      assert.deepEqual(rig.errors, [])
    })

    it('a tree with children', async () => {
      await load()
      const group = {
        fvAEPg: { attributes: { name: 'e' }, children: [{ fvRsBd: { attributes: { tnFvBDName: 'b' } } }] }
      }
      const children = [
        { fvBD: { attributes: { name: 'b' } } },
        { fvAp: { attributes: { name: 'a' }, children: [group] } }
      ]

      assert.deepEqual(await pushed(tenant('x', {}, children)), [done('uni/tn-x')])

      assert.equal(rig.apic.read('uni/tn-x/ap-a/epg-e/rsbd')?.['tDn'], 'uni/tn-x/BD-b')
      assert.deepEqual(writes, ['POST /api/mo/uni.json'])
    })

    it('to the place that is set', async () => {
      rig.apic.create('fvTenant', 'uni/tn-x')
      await load({ dn: 'uni/tn-x' })
      assert.deepEqual(await pushed({ fvAp: { attributes: { name: 'a' } } }), [done('uni/tn-x/ap-a', 'fvAp')])
      assert.deepEqual(await pushed(tenant('x', { descr: 'it is me' })), [done('uni/tn-x')])
      assert.equal(rig.apic.read('uni/tn-x')?.['descr'], 'it is me')
    })

    it('several objects in their order, whatever their form', async () => {
      await load()
      const results = await pushed([
        tenant('a'),
        read('fvTenant', 'uni/tn-b', { name: 'b', descr: 'x', modTs: 'never', uid: '15374' }),
        { fvAp: { attributes: { dn: 'uni/tn-a/ap-x' } } }
      ])
      assert.deepEqual(results, [done('uni/tn-a'), done('uni/tn-b'), done('uni/tn-a/ap-x', 'fvAp')])
      assert.deepEqual(writes, [
        'POST /api/mo/uni.json',
        'POST /api/mo/uni/tn-b.json',
        'POST /api/mo/uni/tn-a/ap-x.json'
      ])
      assert.equal(rig.apic.read('uni/tn-b')?.['descr'], 'x')
    })

    it('numbers and truths as texts', async () => {
      await load({ dn: 'uni/tn-common' })
      await pushed({ fvBD: { attributes: { name: 'b', arpFlood: true, descr: 7 } } })
      const { arpFlood, descr } = rig.apic.read('uni/tn-common/BD-b')!
      assert.deepEqual([arpFlood, descr], ['yes', '7'])
    })

    it('back what aci-subscribe sent as deleted, as it was', async () => {
      rig.apic.create('fvTenant', 'uni/tn-x', { descr: 'precious' })
      rig.apic.create('fvBD', 'uni/tn-x/BD-b', { arpFlood: 'yes' })
      const before = rig.stored('uni/tn-x/BD-b')
      await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'fvBD' }), rig.pusher('push'))
      await rig.subscribed('sub')

      rig.apic.delete('uni/tn-x/BD-b')
      const event = await rig.inbox('sub').next()
      push(event.payload)

      assert.deepEqual((await answer()).payload, [done('uni/tn-x/BD-b', 'fvBD')])
      const assigned = ['modTs', 'uid', 'pcTag', 'seg', 'bcastP', 'scope']
      const settings = (object: Settings): Settings =>
        Object.fromEntries(Object.entries(object).filter(([name]) => !assigned.includes(name)))
      assert.deepEqual(settings(rig.stored('uni/tn-x/BD-b')), settings(before))
      assert.equal((await rig.inbox('sub').next()).payload.event, 'created')
    })

    it('what aci-query read, with all that is below it, to no effect', async () => {
      await rig.stop()
      await start({ fabric: 'small', auditLimit: 0 })
      await rig.load(
        rig.connection(),
        rig.querier('query', { target: 'mo', dn: 'uni/tn-Production', children: 'full' }),
        rig.pusher('push')
      )
      rig.receive('query', {})
      const { payload } = await rig.inbox('query').next()
      const before = rig.apic.tree.generation

      push(payload)

      assert.deepEqual((await answer()).payload, [done('uni/tn-Production')])
      assert.equal(rig.apic.tree.generation, before)
    })

    it('so that an aci-subscribe node in the same flow sends it', async () => {
      await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'fvTenant' }), rig.pusher('push'))
      await rig.subscribed('sub')
      push(tenant('x', { descr: 'new' }))
      const { payload } = await rig.inbox('sub').next()
      assert.deepEqual([payload.event, payload.dn, payload.attributes['descr']], ['created', 'uni/tn-x', 'new'])
      assert.equal(rig.apic.counts.logins, 1, 'over the same session')
    })

    it('nothing for an empty list', async () => {
      await load()
      assert.deepEqual(await pushed([]), [])
      assert.deepEqual(writes, [])
    })
  })

  describe('deletes', () => {
    it('objects in every form, and DNs', async () => {
      const names = ['a', 'b', 'c', 'd', 'e']
      for (const name of names) rig.apic.create('fvTenant', `uni/tn-${name}`)
      rig.apic.create('fvAp', 'uni/tn-a/ap-x')
      await load({ action: 'delete' })

      const results = await pushed([
        'uni/tn-a',
        tenant('b'),
        { fvTenant: { attributes: { dn: 'uni/tn-c' } } },
        read('fvTenant', 'uni/tn-d'),
        { dn: 'uni/tn-e' }
      ])

      assert.deepEqual(
        results,
        names.map((name, index) => done(`uni/tn-${name}`, index === 0 || index === 4 ? '' : 'fvTenant'))
      )
      assert.deepEqual(
        rig.apic.find('fvTenant').filter((dn) => /tn-.$/.test(dn)),
        []
      )
      assert.equal(rig.apic.read('uni/tn-a/ap-x'), undefined)
    })

    it('what is not there, which is no error', async () => {
      await load({ action: 'delete' })
      assert.deepEqual(await pushed('uni/tn-x'), [done('uni/tn-x', '')])
    })

    it('nothing that an APIC does not let go of', async () => {
      await load({ action: 'delete' })
      const [result] = await pushed('uni/tn-common')
      assert.equal(result!.ok, false)
      assert.match(result!.error!.cause!.text, /cannot be deleted/)
    })
  })

  describe('previews', () => {
    it('what would be sent, without sending it and without a connection', async () => {
      await rig.load(rig.pusher('push', { action: 'preview', apic: '' }))
      await ready()
      const read = { class: 'fvBD', dn: 'uni/tn-x/BD-b', attributes: { descr: 'd', modTs: 'never', pcTag: '5' } }

      push([tenant('x', { prio: 1 }), read, 'uni/tn-y'], { ticket: 4711 })

      const message = await answer()
      assert.deepEqual(message.payload, [
        {
          method: 'POST',
          path: '/api/mo/uni.json',
          dn: 'uni/tn-x',
          class: 'fvTenant',
          body: tenant('x', { prio: '1' })
        },
        {
          method: 'POST',
          path: '/api/mo/uni/tn-x/BD-b.json',
          dn: 'uni/tn-x/BD-b',
          class: 'fvBD',
          body: { fvBD: { attributes: { dn: 'uni/tn-x/BD-b', descr: 'd' } } }
        },
        { method: 'DELETE', path: '/api/mo/uni/tn-y.json', dn: 'uni/tn-y', class: '' }
      ])
      assert.equal(message['ticket'], 4711)
      assert.deepEqual(rig.errors, [])
      assert.equal(rig.apic.counts.requestsReceived, 0)
    })

    it('with a connection, and does not use it', async () => {
      await load({ action: 'preview' })
      await pushed(tenant('x'))
      assert.equal(rig.apic.counts.requestsReceived, 0)
    })

    it('nothing that is wrong', async () => {
      await load({ action: 'preview' })
      push({ fvTenant: { attributes: { descr: null } } })
      assert.equal((await rig.caught('push')).code, 'ACI_CONFIG')
    })
  })

  describe('takes from a message', () => {
    it('what to do and where, and sends that on no further', async () => {
      rig.apic.create('fvTenant', 'uni/tn-x')
      await load()
      push(
        { fvAp: { attributes: { name: 'a' } } },
        { aci: { request: { dn: 'uni/tn-x' }, controller: 'kept' }, topic: 't' }
      )
      const message = await answer()
      assert.deepEqual(message.payload, [done('uni/tn-x/ap-a', 'fvAp')])
      assert.deepEqual([message['aci'], message['topic']], [{ controller: 'kept' }, 't'])

      await pushed('uni/tn-x', { aci: { request: { action: 'delete' } } })
      assert.equal(rig.apic.read('uni/tn-x'), undefined)

      await pushed(tenant('y'), { aci: { request: { action: 'preview' } } })
      assert.equal(rig.apic.read('uni/tn-y'), undefined)
    })

    it('not which APIC to write to', async () => {
      await load()
      push(tenant('x'), { aci: { request: { apic: 'other' } } })
      const error = await rig.caught('push')
      assert.equal(error.code, 'ACI_CONFIG')
      assert.match(error.message, /"apic" is none of action, dn/)
      assert.equal(rig.apic.read('uni/tn-x'), undefined)
    })

    it('that it is to write, where it would only preview', async () => {
      await load({ action: 'preview' })
      await pushed(tenant('x'), { aci: { request: { action: 'post' } } })
      assert.ok(rig.apic.read('uni/tn-x'))
    })

    it('what its own settings lack', async () => {
      await load({ dn: '${NOWHERE_TO_BE_FOUND}' })
      assert.equal((await rig.caught('push')).code, 'ACI_CONFIG')
      await pushed(tenant('x'), { aci: { request: { dn: 'uni' } } })
      await rig.status('push', ({ fill }) => fill === 'green')
    })
  })

  describe('refuses what is wrong before anything is sent', () => {
    for (const [title, payload, message] of [
      ['nothing', undefined, /an object with one class is expected/],
      ['a text', 'uni/tn-x', /an object with one class is expected/],
      ['null as a value', [tenant('a'), tenant('b', { descr: null })], /item 2 of 2: fvTenant: descr/],
      ['a DN that leads elsewhere', read('fvTenant', 'uni/../../aaaLogout'), /not a distinguished name/],
      ['a hostile name', [tenant('a'), { constructor: {} }], /"constructor" is not a class name/]
    ] as const) {
      it(`as ${title}`, async () => {
        await load()
        const before = structuredClone(payload)
        push(payload, { ticket: 4711 })
        const caught = await caughtMessage()
        assert.equal(caught.error.code, 'ACI_CONFIG')
        assert.match(caught.error.message, message)
        assert.deepEqual([caught['payload'], caught['ticket'], caught['aci']], [before, 4711, undefined])

        // What comes later is dealt with later.
        await pushed(tenant('z'))
        assert.deepEqual(writes, ['POST /api/mo/uni.json'])
        assert.equal(rig.apic.read('uni/tn-a'), undefined)
      })
    }

    it('as an action that there is none', async () => {
      await load({ action: 'explode' })
      const caught = await rig.caught('push')
      assert.match(caught.message, /action: one of post, delete, preview/)
      await rig.status('push', ({ fill, shape }) => fill === 'red' && shape === 'dot')
    })
  })

  describe('stops at the first that is refused', () => {
    const payload = (): unknown[] => [
      tenant('a'),
      { fvBD: { attributes: { dn: 'uni/tn-a/BD-b', bcastP: '225.0.0.1' } } },
      tenant('c')
    ]
    const cause = { status: 400, code: '106', text: 'Admin implicit props cannot be modified, class=fvBD, prop=bcastP' }

    it('and says of each what became of it', async () => {
      await load()
      const [first, second, third] = await pushed(payload())
      assert.deepEqual(first, done('uni/tn-a'))
      assert.deepEqual([second!.dn, second!.class, second!.ok], ['uni/tn-a/BD-b', 'fvBD', false])
      assert.equal(second!.error!.code, 'ACI_QUERY')
      assert.deepEqual({ ...second!.error!.cause, code: '106' }, cause)
      assert.match(second!.error!.message, /refuses the request: Admin implicit props/)
      assert.deepEqual(third, {
        dn: 'uni/tn-c',
        class: 'fvTenant',
        ok: false,
        error: { code: 'ACI_QUERY', message: 'not sent, for uni/tn-a/BD-b before it failed' }
      })
      assert.ok(rig.apic.read('uni/tn-a'))
      assert.equal(rig.apic.read('uni/tn-c'), undefined)
      assert.equal(writes.length, 2)
    })

    it('and hands a Catch node code and cause, with the objects to try again, and what became of them', async () => {
      await load()
      push(payload(), { ticket: 4711, aci: { request: { dn: 'uni' } } })
      const caught = await caughtMessage()
      assert.equal(caught.error.code, 'ACI_QUERY')
      assert.deepEqual({ ...caught.error.cause, code: '106' }, cause)
      assert.match(
        caught.error.message,
        /item 2 of 3, uni\/tn-a\/BD-b: .*implicit.* \(1 written before it, 1 not sent\)$/
      )
      assert.deepEqual([caught['payload'], caught['ticket']], [payload(), 4711])
      const { results, request } = caught['aci'] as { results: Result[]; request: unknown }
      assert.deepEqual(
        results.map(({ ok }) => ok),
        [true, false, false]
      )
      assert.deepEqual(request, { dn: 'uni' })
      assert.deepEqual((await answer())['aci'], {})
      await rig.status('push', ({ fill, text }) => fill === 'red' && text!.includes('Admin implicit props'))
    })

    it('and tries them all again when the caught message comes back', async () => {
      await load()
      rig.apic.faults.request({ method: 'POST', path: '/api/mo/', status: 400, text: 'not now', times: 1 })
      push([tenant('a'), tenant('b')])
      const again = await caughtMessage()
      assert.equal(again.error.cause!.text, 'not now')
      await answer()

      rig.receive('push', again)

      const message = await answer()
      assert.deepEqual(message.payload, [done('uni/tn-a'), done('uni/tn-b')])
      assert.deepEqual(message['aci'], {}, 'nothing is left of the attempt before')
    })

    it('of missing rights too, which does not cost the connection', async () => {
      await load()
      await ready()
      rig.apic.faults.request({ method: 'POST', path: '/api/mo/', status: 403, text: 'no write privileges', times: 1 })
      const [result] = await pushed(tenant('x'))
      assert.deepEqual(result!.error!.cause, { status: 403, code: '403', text: 'no write privileges' })
      assert.deepEqual(await pushed(tenant('x')), [done('uni/tn-x')])
      assert.equal(rig.apic.counts.logins, 1)
    })

    it('whose refusal is shown until something is written', async () => {
      await load()
      push({ fvTenantt: { attributes: {} } })
      await rig.status('push', ({ fill, text }) => fill === 'red' && text!.startsWith('aci-push.status.refused: '))
      push(tenant('x'))
      await rig.status('push', ({ fill, text }) => fill === 'green' && text === 'aci-push.status.written (1)')
    })
  })

  describe('without a connection', () => {
    it('that is chosen, is an error for every message', async () => {
      await rig.load(rig.pusher('push', { apic: '' }))
      assert.match((await rig.caught('push')).message, /no APIC connection is chosen/)
      push(tenant('x'))
      assert.equal((await rig.caught('push')).code, 'ACI_CONFIG')
    })

    it('whose settings are right, is an error for every message', async () => {
      await load({}, { controllers: [] })
      push(tenant('x'))
      const error = await rig.caught('push')
      assert.deepEqual([error.code, error.message], ['ACI_CONFIG', 'ACI_CONFIG: no controller is configured'])
      await rig.status('push', ({ fill, shape }) => fill === 'red' && shape === 'dot')
    })

    it('says why when none comes in time', async () => {
      await rig.apic.controllers[0]!.down()
      await load({}, { requestTimeout: 1 })
      const [result, other] = await pushed([tenant('x'), tenant('y')])
      assert.equal(result!.error!.code, 'ACI_UNREACHABLE')
      assert.match(other!.error!.message, /not sent/)
      const caught = await caughtMessage()
      assert.equal(caught.error.code, 'ACI_UNREACHABLE')
      assert.match(caught.error.message, /0 written before it, 1 not sent/)
    })

    it('because the login is refused, says so at once', async () => {
      rig.credentials['apic'] = { username: 'admin', password: 'secret-but-wrong' }
      await load()
      push(tenant('x'))
      const error = await rig.caught('push')
      assert.equal(error.code, 'ACI_AUTH')
      assert.equal(error.cause!.status, 401)
      assert.ok(!JSON.stringify([error, rig.logged.all]).includes('secret-but-wrong'))
    })

    it('waits for one', async () => {
      await rig.apic.controllers[0]!.down()
      await load()
      await rig.status('push', ({ text }) => text!.startsWith('aci-push.status.lost'))
      push(tenant('x'))
      await rig.apic.controllers[0]!.up()
      assert.deepEqual((await answer()).payload, [done('uni/tn-x')])
    })
  })

  describe('when a controller fails', () => {
    const group = (): Settings[] => [tenant('a'), tenant('b')]

    it('in the middle of a write, does not repeat it and says that its outcome is not known', async () => {
      await rig.stop()
      await start({ controllers: 2 })
      await load()
      await ready()
      rig.apic.faults.request({ method: 'POST', path: '/api/mo/', hang: true })
      push(group())
      await rig.apic.until(() => writes.length === 1)

      await rig.apic.controllers[0]!.down()

      const [first, second] = (await answer()).payload
      assert.equal(first!.error!.code, 'ACI_UNREACHABLE')
      assert.match(first!.error!.message, /whether the request was carried out is not known/)
      assert.match(second!.error!.message, /not sent/)
      rig.apic.faults.clear()
      assert.deepEqual(await pushed(tenant('c')), [done('uni/tn-c')])
      assert.deepEqual(writes, ['POST /api/mo/uni.json', 'POST /api/mo/uni.json'])
      assert.equal(rig.apic.read('uni/tn-b'), undefined)
    })

    it('before a write reached it, sends it to the next one', async () => {
      await rig.stop()
      await start({ controllers: 2 })
      await load()
      await ready()
      await rig.apic.controllers[0]!.down()
      assert.deepEqual(await pushed(group()), [done('uni/tn-a'), done('uni/tn-b')])
      assert.equal(writes.length, 2)
    })

    it('to answer in time, does not repeat the write', async () => {
      await load({}, { requestTimeout: 1 })
      await ready()
      rig.apic.faults.request({ method: 'POST', path: '/api/mo/', hang: true })
      const [result] = await pushed(tenant('a'))
      assert.equal(result!.error!.code, 'ACI_TIMEOUT')
      assert.match(result!.error!.message, /not known/)
      assert.equal(writes.length, 1)
    })
  })

  describe('one message after the other', () => {
    it('in their order, each answered once, and the Complete node gets those that went well', async () => {
      await load()
      for (const [name, descr] of [
        ['a', 1],
        ['b', 2],
        ['a', 3]
      ] as const)
        push(tenant(name, { descr }), { ticket: descr })
      push(null, { ticket: 4 })
      const answers = [await answer(), await answer(), await answer()]
      assert.deepEqual(
        answers.map(({ ticket, payload }) => [ticket, payload]),
        [
          [1, [done('uni/tn-a')]],
          [2, [done('uni/tn-b')]],
          [3, [done('uni/tn-a')]]
        ]
      )
      assert.equal(rig.apic.read('uni/tn-a')?.['descr'], '3')
      assert.equal((await caughtMessage())['ticket'], 4)
      const complete = await rig.sink('completed').take(3)
      assert.deepEqual(
        complete.map((message) => (message as unknown as Settings)['ticket']),
        [1, 2, 3]
      )
      assert.deepEqual(rig.sink('completed').others(), [])
    })

    it('and shares nothing between answers, errors and what it knows', async () => {
      await load()
      rig.apic.faults.request({ method: 'POST', path: '/api/mo/', status: 400, text: 'no', times: 1 })
      const items = [tenant('a'), tenant('b')]
      push(items)
      const caught = await caughtMessage()
      const message = await answer()
      const { results } = caught['aci'] as { results: Result[] }
      assert.deepEqual(results, message.payload)
      message.payload[0]!.error!.cause = { status: 0, code: '', text: 'spoilt' }
      ;(caught['payload'] as Settings[])[0]!['fvTenant'] = 'spoilt'
      assert.equal(results[0]!.error!.cause!.text, 'no')
      assert.deepEqual(items, [tenant('a'), tenant('b')])
    })
  })

  describe('when it is closed', () => {
    it('finishes what is under way, gives up what waits, and ends both', async () => {
      await load()
      await ready()
      const slow = rig.apic.faults.request({ method: 'POST', path: '/api/mo/', hang: true })
      push([tenant('a'), tenant('b')], { ticket: 1 })
      push(tenant('c'), { ticket: 2 })
      await rig.apic.until(() => writes.length === 1)

      const deployed = rig.deploy('nodes', rig.connection(), rig.pusher('push', { name: 'new' }), completed)
      slow.undo()
      await deployed

      const { payload } = await answer()
      assert.deepEqual(payload[0], done('uni/tn-a'))
      assert.equal(payload[1]!.error!.code, 'ACI_CLOSED')
      const closed =
        /item 2 of 2, uni\/tn-b: the node was closed before it was sent \(1 written before it, 0 not sent\)$/
      assert.match((await rig.caught('push')).message, closed)
      assert.match((await rig.caught('push')).message, /closed before it came to this message/)
      const warnings = rig.logged.all.filter(({ level, id }) => level === 'warn' && id === 'push')
      assert.deepEqual(
        warnings.map(({ text }) => text.replace(closed, 'b')),
        ['messages given up, for the node is closed: 1', 'b']
      )
      assert.deepEqual(await pushed(tenant('d')), [done('uni/tn-d')])
      assert.equal(rig.apic.read('uni/tn-b'), undefined)
      assert.equal(rig.apic.read('uni/tn-c'), undefined)
    })

    it('with the connection, by a full deploy, finishes what is under way', async () => {
      await load()
      await ready()
      const slow = rig.apic.faults.request({ method: 'POST', path: '/api/mo/', hang: true })
      push(tenant('a'))
      await rig.apic.until(() => writes.length === 1)

      const deployed = rig.deploy('full', rig.connection({ name: 'new' }), rig.pusher('push'), completed)
      slow.undo()
      await deployed

      // Node-RED drops the messages for the old flow.
      assert.notEqual(rig.apic.read('uni/tn-a'), undefined)
      assert.deepEqual(
        rig.logged.all.filter(({ level, id }) => level === 'warn' && id === 'push'),
        []
      )
    })

    it('with the connection, says of what takes too long that its outcome is not known', async () => {
      await load()
      await ready()
      rig.apic.faults.request({ method: 'POST', path: '/api/mo/', hang: true })
      push(tenant('a'))
      await rig.apic.until(() => writes.length === 1)

      await rig.deploy('full', rig.connection({ name: 'new' }), rig.pusher('push'), completed)

      // The Catch node of the old flow has closed before.
      const { text } = await rig.logged.next(({ level, id }) => level === 'warn' && id === 'push')
      assert.match(text, /uni\/tn-a: .*whether .* was carried out is not known/)
    })
  })
})
