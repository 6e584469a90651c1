// Everything that can be wrong with a setting or an APIC: a status of its own, a coded error that a Catch node gets, and
// nothing else disturbed.

import assert from 'node:assert/strict'
import { freePort } from './processes'
import { Rig, type CaughtError, type Settings, type ShownStatus } from './rig'

describe('trouble', () => {
  let rig: Rig

  beforeEach(async () => {
    rig = await Rig.start()
  })

  afterEach(async () => {
    await rig.stop()
  })

  const isRed = ({ fill }: ShownStatus): boolean => fill === 'red'

  /** Loads one subscriber with such settings and gives what it shows and what is caught, of `who`. */
  const trouble = async (
    who: 'apic' | 'sub',
    { connection = {}, subscriber = {} }: { connection?: Settings; subscriber?: Settings }
  ): Promise<{ error: CaughtError; status: ShownStatus }> => {
    await rig.load(rig.connection(connection), rig.subscriber('sub', { classes: 'fvTenant', ...subscriber }))
    const status = await rig.status('sub', isRed)
    return { error: await rig.caught(who), status }
  }

  describe('in the settings of the connection', () => {
    it('an empty configuration asks for a controller', async () => {
      const { error, status } = await trouble('apic', { connection: { controllers: [] } })
      assert.equal(error.code, 'ACI_CONFIG')
      assert.match(error.message, /no controller/)
      assert.equal(status.shape, 'dot')
    })

    it('missing credentials are named', async () => {
      rig.credentials = {}
      const { error } = await trouble('apic', {})
      assert.equal(error.code, 'ACI_CONFIG')
      assert.match(error.message, /user name/)
    })

    for (const [title, connection, expected] of [
      ['a controller that is no URL', { controllers: 'https://a b:c' }, /controllers/],
      ['an IPv6 address without brackets', { controllers: '::1' }, /controllers: "::1" .*brackets/],
      ['a controller with a path', { controllers: 'https://apic1/api' }, /after the host/],
      ['a controller with a password', { controllers: 'https://u:p@apic1' }, /password/],
      ['an environment variable that is not set', { controllers: '${NO_SUCH_VARIABLE}' }, /\$\{NO_SUCH_VARIABLE\}/],
      ['a number that is none', { heartbeat: 'soon' }, /heartbeat/],
      ['a number out of range', { refreshTimeout: '5' }, /refreshTimeout/],
      ['a TLS configuration that is missing', { tls: 'gone' }, /tls/]
    ] as const) {
      it(`${title} is an error that names it`, async () => {
        const { error } = await trouble('apic', { connection })
        assert.equal(error.code, 'ACI_CONFIG')
        assert.match(error.message, expected)
      })
    }

    it('a user name of one login domain, and another domain, is an error that names both', async () => {
      rig.credentials['apic'] = { username: 'apic:AD\\joe', password: 'x' }
      const { error } = await trouble('apic', { connection: { domain: 'LDAP' } })
      assert.equal(error.code, 'ACI_CONFIG')
      assert.match(error.message, /AD.*LDAP/)
    })

    it('a user name that has its login domain in it is understood beside the same domain', async () => {
      await rig.stop()
      rig = await Rig.start({ users: [{ name: 'joe', password: 'x', domain: 'AD' }] })
      rig.credentials['apic'] = { username: 'apic:AD\\joe', password: 'x' }
      await rig.load(rig.connection({ domain: 'AD' }), rig.subscriber('sub', { classes: 'fvTenant' }))
      await rig.subscribed('sub')
    })

    for (const type of ['aci-subscribe', 'aci-query', 'aci-push']) {
      it(`${type} with a node of another type for its connection says which`, async () => {
        await rig.load(rig.tlsConfig(), {
          id: 'node',
          type,
          z: 'tab',
          name: '',
          apic: 'tls',
          classes: 'fvTenant',
          wires: [[]]
        })
        const { code, message } = await rig.caught('node')
        assert.equal(code, 'ACI_CONFIG')
        assert.match(message, /tls-config is chosen, and an aci-apic node is needed/)
      })
    }

    it('numbers and lists may be strings', async () => {
      const connection = {
        controllers: rig.apic.urls.join(' , '),
        heartbeat: '15',
        refreshTimeout: '0',
        auditInterval: '0'
      }
      await rig.load(
        rig.connection(connection),
        rig.subscriber('sub', { classes: 'fvTenant', outputs: '1', inputs: '0' })
      )
      await rig.subscribed('sub')
    })
  })

  describe('in the settings of a subscription', () => {
    for (const [title, subscriber, expected] of [
      ['no class', { classes: '' }, /no class/],
      ['a class that is no name', { classes: 'fv-Tenant' }, /fv-Tenant/],
      ['no object', { target: 'mo', dn: '' }, /no object/],
      ['an object that would change the URL', { target: 'mo', dn: 'uni/../../etc' }, /not a distinguished name/],
      ['a filter that does not close', { filter: 'eq(fvTenant.name,"x"' }, /parentheses/],
      ['an unknown event', { events: 'created,exploded' }, /exploded/],
      ['no connection', { apic: '' }, /no APIC/]
    ] as const) {
      it(`${title} is an error that names it`, async () => {
        const { error, status } = await trouble('sub', { subscriber })
        assert.equal(error.code, 'ACI_CONFIG')
        assert.match(error.message, expected)
        assert.equal(status.shape, 'dot')
        assert.equal(rig.apic.counts.subscribes, 0)
      })
    }
  })

  describe('that an APIC tells of', () => {
    it('a wrong password is refused for good and not tried again at once', async () => {
      rig.credentials = { apic: { username: 'admin', password: 'wrong' } }
      const { error, status } = await trouble('apic', {})
      assert.equal(error.code, 'ACI_AUTH')
      assert.deepEqual(error.cause, {
        status: 401,
        code: '401',
        text: 'Username or password is incorrect - FAILED local authentication'
      })
      assert.equal(status.shape, 'dot')
      assert.match(status.text!, /incorrect/)
      assert.equal(rig.apic.counts.loginsRefused, 1)

      // Another deploy with the same credentials brings the lock no nearer.
      await rig.deploy('full', rig.connection({ heartbeat: 20 }), rig.subscriber('sub', { classes: 'fvTenant' }))
      assert.equal(rig.apic.counts.loginsRefused, 1)
      // Better ones are tried at once.
      rig.credentials = { apic: { username: 'admin', password: 'password' } }
      await rig.deploy('full', rig.connection({ heartbeat: 15 }), rig.subscriber('sub', { classes: 'fvTenant' }))
      await rig.subscribed('sub')
    })

    it('a wrong password in two connections to one cluster is tried once, and shown by both', async () => {
      await rig.stop()
      rig = await Rig.start({ controllers: 2 })
      const wrong = { username: 'admin', password: 'wrong' }
      rig.credentials = { apic: wrong, other: wrong }
      await rig.load(
        rig.connection(),
        rig.connection({ id: 'other', controllers: [...rig.apic.urls].reverse() }),
        rig.subscriber('sub', { classes: 'fvTenant' }),
        rig.subscriber('sub2', { classes: 'fvTenant', apic: 'other' })
      )

      for (const id of ['sub', 'sub2']) assert.match((await rig.status(id, isRed)).text!, /incorrect/)
      assert.equal(rig.apic.counts.loginsRefused, 1)
    })

    it('a good password in many connections to one cluster lets all of them in', async () => {
      const ids = ['one', 'two', 'three', 'four']
      const right = { username: 'admin', password: 'password' }
      rig.credentials = Object.fromEntries(ids.map((id) => [id, right]))
      await rig.load(
        ...ids.map((id) => rig.connection({ id })),
        ...ids.map((id) => rig.subscriber(`sub ${id}`, { classes: 'fvTenant', apic: id }))
      )
      for (const id of ids) await rig.subscribed(`sub ${id}`)
      assert.equal(rig.apic.counts.logins, 4)
    })

    it('an unknown class is reported in its words, and the others run', async () => {
      await rig.load(
        rig.connection(),
        rig.subscriber('bad', { classes: 'fvTenantt' }),
        rig.subscriber('some', { classes: 'fvTenant, fvTenantt' }),
        rig.subscriber('good', { classes: 'fvTenant' })
      )

      const error = await rig.caught('bad')
      assert.equal(error.code, 'ACI_QUERY')
      assert.deepEqual(error.cause, {
        status: 400,
        code: '400',
        text: 'Request failed, unresolved class for fvTenantt'
      })
      const refused = await rig.status('bad', isRed)
      assert.equal(refused.shape, 'dot')
      assert.match(refused.text!, /unresolved class/)
      const partly = await rig.status('some', ({ fill, shape }) => fill === 'yellow' && shape === 'dot')
      assert.match(partly.text!, /unresolved class/)
      await rig.subscribed('good')
      rig.apic.create('fvTenant', 'uni/tn-blue')
      assert.equal((await rig.inbox('some').next()).topic, 'uni/tn-blue')
      assert.equal((await rig.inbox('good').next()).topic, 'uni/tn-blue')
    })

    it('a filter on an unknown property is reported in its words', async () => {
      const { error } = await trouble('sub', { subscriber: { filter: 'eq(fvTenant.colour,"red")' } })
      assert.equal(error.code, 'ACI_QUERY')
      assert.equal(error.cause?.code, '121')
      assert.match(error.cause.text, /colour/)
    })

    it('a busy nginx, which answers with a page, is tried again until it serves', async () => {
      rig.apic.faults.busy({ path: /aaaLogin/, times: 1 })
      await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'fvTenant' }))
      assert.equal((await rig.caught('apic')).code, 'ACI_UNREACHABLE')
      await rig.subscribed('sub')
    })

    it('an answer that is no JSON is an error of the protocol', async () => {
      rig.apic.faults.request({ path: /aaaLogin/, status: 200, body: 'hello', times: 1 })
      await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'fvTenant' }))
      assert.equal((await rig.caught('apic')).code, 'ACI_PROTOCOL')
      await rig.subscribed('sub')
    })
  })

  describe('on the way', () => {
    it('a host that cannot be reached is reported once, and tried again', async () => {
      const port = await freePort()
      const { error, status } = await trouble('apic', { connection: { controllers: `http://127.0.0.1:${port}` } })
      assert.equal(error.code, 'ACI_UNREACHABLE')
      assert.equal(status.shape, 'ring')
      assert.match(status.text!, /refuses connections/)
      // The log and the Catch node hear of it once, not at each attempt.
      assert.equal(rig.errors.length, 1)
    })

    it('a name that does not resolve is reported as such', async () => {
      const { error } = await trouble('apic', { connection: { controllers: 'http://no-such-host.invalid' } })
      assert.equal(error.code, 'ACI_UNREACHABLE')
      assert.match(error.message, /resolved/)
    })

    it('an answer that does not come is a timeout', async () => {
      rig.apic.faults.request({ path: /subscription=yes/, hang: true, times: 1 })
      await rig.load(rig.connection({ requestTimeout: 1 }), rig.subscriber('sub', { classes: 'fvTenant' }))
      await rig.subscribed('sub')
      assert.equal(rig.apic.counts.logins, 1, 'one slow answer does not end the connection')
    })
  })

  it('never shows a password or a token', async () => {
    rig.credentials = { apic: { username: 'admin', password: 'canary-password' } }
    await rig.load(rig.connection(), rig.subscriber('sub', { classes: 'fvTenant' }))
    const error = await rig.caught('apic')
    assert.ok(!JSON.stringify(error).includes('canary-password'))
    assert.ok(!JSON.stringify(rig.statuses('sub')).includes('canary-password'))
  })
})
