// Signed requests: what is signed, byte for byte, checked by others than ourselves; and what a session that needs no
// login knows of the APIC.

import assert from 'node:assert/strict'
import { createPublicKey, verify } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CertificateLogin, PasswordLogin, queriesOf, pathOf, type AciError } from '../../../nodes/apic'
import type { Session, SessionFacts } from '../../../nodes/apic/session/auth'
import { moPath, withParameters } from '../../../nodes/apic/protocol/query'
import { Rest, type RestRequest } from '../../../nodes/apic/transport/rest'
import { itWithOpenssl, openssl } from '../../openssl'
import { ApicSimulator } from '../../simulator'
import { makeSigningPair, type KeyPair } from '../../simulator/certificates'

type Request = Pick<RestRequest, 'method' | 'path' | 'body'>
type SimulatorOptions = Parameters<typeof ApicSimulator.start>[0]

const NAME = 'flow.crt'
const DN = `uni/userext/user-admin/usercert-${NAME}`

describe('login by certificate', () => {
  let pair: KeyPair
  let apic: ApicSimulator
  let rest: Rest

  before(async () => {
    pair = await makeSigningPair()
  })

  afterEach(async () => {
    rest.close()
    await apic.close()
  })

  const start = async (options: SimulatorOptions = {}): Promise<void> => {
    apic = await ApicSimulator.start({ tls: false, fabric: 'empty', auditLimit: 0, ...options })
    apic.create('aaaUserCert', DN, { data: pair.cert })
    rest = new Rest({ controller: apic.url, tls: {}, timeoutMs: 10_000 })
  }

  const login = (given: Partial<ConstructorParameters<typeof CertificateLogin>[0]> = {}): CertificateLogin =>
    new CertificateLogin({
      username: 'admin',
      certificateName: NAME,
      privateKey: pair.key,
      passphrase: '',
      ...given
    })

  const open = async (options: SimulatorOptions = {}): Promise<Session> => {
    await start(options)
    return login().open(rest)
  }

  /** The cookies of a request in their order. */
  const cookiesOf = (headers: Readonly<Record<string, string>>): [name: string, value: string][] => {
    assert.deepEqual(Object.keys(headers), ['Cookie'])
    return headers['Cookie']!.split('; ').map((cookie) => {
      const at = cookie.indexOf('=')
      return [cookie.slice(0, at), cookie.slice(at + 1)]
    })
  }

  const signatureOf = (headers: Readonly<Record<string, string>>): Buffer =>
    Buffer.from(new Map(cookiesOf(headers)).get('APIC-Request-Signature')!, 'base64')

  /** Text by text, what is to be signed for requests that are not easy. */
  const SIGNED: readonly (readonly [title: string, request: Request, text: string])[] = [
    ['a plain path', { method: 'GET', path: '/api/mo/uni.json' }, 'GET/api/mo/uni.json'],
    [
      'a DN with brackets and slashes in it',
      { method: 'GET', path: moPath('topology/pod-1/paths-101/pathep-[eth1/1]') },
      'GET/api/mo/topology/pod-1/paths-101/pathep-[eth1/1].json'
    ],
    [
      'a DN that is not ASCII, and has a space in it',
      { method: 'GET', path: moPath('uni/tn-Zürich/ap-a b') },
      'GET/api/mo/uni/tn-Zürich/ap-a b.json'
    ],
    [
      'a filter with quotation marks',
      { method: 'GET', path: moPath('uni', 'and(eq(fvTenant.name,"a+b"),wcard(fvTenant.dn,"[x]"))') },
      'GET/api/mo/uni.json?query-target-filter=and(eq(fvTenant.name,"a+b"),wcard(fvTenant.dn,"[x]"))'
    ],
    [
      'a filter with signs that separate parameters, and with a percent sign',
      { method: 'GET', path: moPath('uni', 'eq(fvTenant.descr,"50% & more = #1?")') },
      'GET/api/mo/uni.json?query-target-filter=eq(fvTenant.descr,"50% & more = #1?")'
    ],
    [
      'a filter on what lies outside the first plane of Unicode',
      { method: 'GET', path: moPath('uni', 'eq(fvTenant.descr,"目录 😀")') },
      'GET/api/mo/uni.json?query-target-filter=eq(fvTenant.descr,"目录 😀")'
    ],
    [
      'a body',
      {
        method: 'POST',
        path: '/api/mo/uni.json',
        body: '{"fvTenant":{"attributes":{"name":"Zürich","descr":"50%25"}}}'
      },
      'POST/api/mo/uni.json{"fvTenant":{"attributes":{"name":"Zürich","descr":"50%25"}}}'
    ],
    ['a deletion', { method: 'DELETE', path: '/api/mo/uni/tn-x.json' }, 'DELETE/api/mo/uni/tn-x.json'],
    ['a percent sign that escapes nothing', { method: 'GET', path: '/api/mo/100%.json' }, 'GET/api/mo/100%.json']
  ]

  describe('signs', () => {
    for (const [title, request, text] of SIGNED) {
      it(`${title}: method, decoded path and body in one`, async () => {
        const session = await open()
        const signature = signatureOf(session.headers(request))
        assert.ok(verify('sha256', Buffer.from(text), createPublicKey(pair.cert), signature))
      })
    }

    itWithOpenssl('as openssl understands it', async () => {
      const session = await open()
      const folder = mkdtempSync(join(tmpdir(), 'aci-sign-'))
      try {
        const [key, signature] = [join(folder, 'public.pem'), join(folder, 'signature')]
        writeFileSync(key, createPublicKey(pair.cert).export({ type: 'spki', format: 'pem' }))
        for (const [title, request, text] of SIGNED) {
          writeFileSync(signature, signatureOf(session.headers(request)))
          const args = ['dgst', '-sha256', '-verify', key, '-signature', signature]
          assert.match(openssl(args, { input: text }), /Verified OK/, title)
          assert.throws(() => openssl(args, { input: `${text} ` }))
        }
      } finally {
        rmSync(folder, { recursive: true })
      }
    })

    it('with these cookies, and no others', async () => {
      const session = await open()
      const { token } = apic.sessions[0]!
      const cookies = cookiesOf(session.headers({ method: 'GET', path: '/api/mo/uni.json' }))
      assert.match(cookies[0]![1], /^[A-Za-z0-9+/]+=*$/)
      assert.deepEqual(cookies, [
        ['APIC-Request-Signature', cookies[0]![1]],
        ['APIC-Certificate-Algorithm', 'v1.0'],
        ['APIC-Certificate-Fingerprint', 'fingerprint'],
        ['APIC-Certificate-DN', DN],
        ['APIC-WebSocket-Session', token]
      ])
    })

    for (const tokenStyle of ['jwt', 'base64'] as const) {
      it(`the way to the websocket, with a ${tokenStyle} token as it is`, async () => {
        const session = await open({ tokenStyle })
        const { token } = apic.sessions[0]!
        const { path, headers } = session.socket()
        assert.equal(path, `/socket${token}`)
        const text = Buffer.from(`GET/socket${token}`)
        assert.ok(verify('sha256', text, createPublicKey(pair.cert), signatureOf(headers)))
        assert.equal(new Map(cookiesOf(headers)).get('APIC-WebSocket-Session'), token)
      })
    }
  })

  describe('is taken by an APIC that verifies', () => {
    const NAMES = ['plain', 'a+b', 'Zürich', 'a:b', 'x_1.2-3']
    const FILTERS = [
      'eq(fvTenant.name,"a+b")',
      'and(wcard(fvTenant.name,"a"),ne(fvTenant.descr,"50% & more = #1?"))',
      'or(eq(fvTenant.descr,"目录 😀"),eq(fvTenant.descr,"it\'s (so)"))',
      'wcard(fvTenant.dn,"tn-[a-z]")'
    ]

    const read = async (session: Session, path: string): Promise<number> => {
      const request = { method: 'GET', path } as const
      return (await rest.call({ ...request, headers: session.headers(request) })).status
    }

    it('reads of objects with any name', async () => {
      const session = await open({ fabric: 'small' })
      for (const name of NAMES) assert.equal(await read(session, moPath(`uni/tn-${name}`)), 200, name)
      const port = 'topology/pod-1/node-101/sys/phys-[eth1/1]'
      assert.equal(await read(session, withParameters(moPath(port), { 'rsp-subtree': 'full' })), 200)
    })

    it('reads with any filter', async () => {
      const session = await open()
      for (const filter of FILTERS) {
        const target = {
          target: 'class',
          classes: ['fvTenant'],
          dn: '',
          scope: 'self',
          subtreeClasses: [],
          filter
        } as const
        assert.equal(await read(session, pathOf(queriesOf(target)[0]!)), 200, filter)
      }
    })

    // What is signed has to be what is sent, to the byte.
    for (const [title, body] of [
      ['as JSON.stringify makes it', JSON.stringify({ fvTenant: { attributes: { name: 'x', descr: 'ü "50%" 😀' } } })],
      ['with white space around it', '\n {"fvTenant": {"attributes": {"name": "x"}}}\r\n '],
      ['with numbers that lose something when they are read', '{"fvTenant":{"attributes":{"name":"x"}},"n":1.0}']
    ] as const) {
      it(`writes whose body is ${title}`, async () => {
        const session = await open()
        const request = { method: 'POST', path: '/api/mo/uni.json', body } as const
        const reply = await rest.call({ ...request, headers: session.headers(request) })
        assert.notEqual(reply.status, 403, reply.body)
        assert.equal(apic.requests.at(-1)!.body, body)
      })
    }

    it('and is refused where something was changed on the way', async () => {
      const session = await open()
      const headers = session.headers({ method: 'POST', path: '/api/mo/uni.json', body: '{}' })
      for (const changed of [
        { method: 'DELETE', path: '/api/mo/uni.json' },
        { method: 'POST', path: '/api/mo/uni/tn-common.json', body: '{}' },
        { method: 'POST', path: '/api/mo/uni.json', body: '{"fvTenant":{}}' }
      ] as const) {
        assert.equal((await rest.call({ ...changed, headers })).status, 403)
      }
    })
  })

  describe('knows of the APIC', () => {
    const facts = async (options: SimulatorOptions = {}, prepare = (): void => undefined): Promise<SessionFacts> => {
      await start(options)
      prepare()
      return (await login().open(rest)).facts
    }

    /** What a user is answered who has no rights to see it. */
    const nothing = { status: 200, body: { totalCount: '0', imdata: [] } }

    it('its version, its lifetime and whose fabric it is', async () => {
      const { version, maximumLifetimeSeconds, site } = await facts({ controllers: 3, maximumLifetimeSeconds: 36_000 })
      assert.deepEqual([version, maximumLifetimeSeconds], ['6.0(9c)', 36_000])
      const serials = apic.find('topSystem').map((dn) => apic.read(dn)!['serial']!)
      assert.equal(site, `serials ${serials.sort().join(' ')}`)
    })

    it('that nothing has to be refreshed', async () => {
      assert.equal((await facts()).refreshTimeoutSeconds, Infinity)
      const session = await login().open(rest)
      const { length } = apic.requests
      await session.refresh()
      await session.logout()
      assert.equal(apic.requests.length, length)
    })

    it('of controllers only: a fabric may have hundreds of switches', async () => {
      const { site } = await facts({ fabric: 'small' })
      assert.equal(site.split(' ').length, 2)
    })

    it('the oldest version of a cluster that is being upgraded', async () => {
      const { version } = await facts({ controllers: 3, version: '10.0(1a)' }, () => {
        apic.modify('topology/pod-1/node-2/sys/ctrlrfwstatuscont/ctrlrrunning', { version: '6.1(2)' })
      })
      assert.equal(version, '6.1(2)')
    })

    for (const [title, fault] of [
      ['shows nothing of it to this user', nothing],
      ['refuses this user to see it', { status: 403, text: 'no rights' }],
      ['is busy', { status: 503, html: '<html></html>' }],
      ['answers nonsense', { status: 200, body: 'hello' }],
      ['closes the connection', { reset: true }]
    ] as const) {
      it(`what is careful where it ${title}, and logs in all the same`, async () => {
        const known = await facts({}, () => {
          apic.faults.request({ path: /pkiWebTokenData|firmwareCtrlrRunning|topSystem/, ...fault })
        })
        assert.deepEqual(known, {
          version: '',
          site: '',
          refreshTimeoutSeconds: Infinity,
          maximumLifetimeSeconds: 14_400,
          oddities: []
        })
      })
    }

    it('the shortest lifetime where it is given one that makes no sense', async () => {
      for (const maximumValidityPeriod of ['', '0', '-1', 'long', '1e308']) {
        const pki = {
          pkiWebTokenData: { attributes: { dn: 'uni/userext/pkiext/webtokendata', maximumValidityPeriod } }
        }
        const body = { totalCount: '1', imdata: [pki] }
        const known = await facts({}, () => void apic.faults.request({ path: /pkiWebTokenData/, status: 200, body }))
        assert.equal(known.maximumLifetimeSeconds, 14_400)
        assert.deepEqual(known.oddities, [
          `maximumValidityPeriod is "${maximumValidityPeriod}", which is impossible: 4 is taken`
        ])
        rest.close()
        await apic.close()
      }
    })
  })

  describe('of a certificate', () => {
    const dnOf = async (given: Parameters<typeof login>[0]): Promise<string> => {
      const session = await login(given).open(rest)
      return new Map(cookiesOf(session.headers({ method: 'GET', path: '/' }))).get('APIC-Certificate-DN')!
    }

    it('by its name and the user, or by its DN', async () => {
      await start()
      assert.equal(await dnOf({}), DN)
      assert.equal(await dnOf({ username: '', certificateName: DN }), DN)
      assert.equal(await dnOf({ username: 'somebody else', certificateName: DN }), DN)
    })

    it('of an app, by its DN', async () => {
      await start()
      const dn = 'uni/userext/appuser-Flow/usercert-Flow'
      apic.create('aaaAppUser', 'uni/userext/appuser-Flow')
      apic.create('aaaUserCert', dn, { data: pair.cert })
      assert.equal(await dnOf({ username: '', certificateName: dn }), dn)
    })

    for (const [title, given, message] of [
      ['that is named without its user', { username: '' }, /^username: .*DN of the certificate/],
      [
        'whose DN is that of its user',
        { certificateName: 'uni/userext/user-canary' },
        /^certificateName: .*usercert-NAME/
      ],
      ['whose DN is that of another object', { certificateName: 'uni/tn-canary/usercert-x' }, /^certificateName: /],
      ['whose name would end the cookie', { certificateName: 'x; canary=1' }, /^certificateName, username: /],
      ['whose DN would', { certificateName: `${DN}\r\nX-Canary: canary` }, /^certificateName: /],
      ['whose user has a login domain', { username: 'apic:canary\\admin' }, /^certificateName, username: /],
      ['whose user has a slash', { username: 'a/canary' }, /^certificateName, username: /]
    ] as const) {
      it(`${title} is an impossible setting, and not repeated`, async () => {
        await start()
        assert.throws(
          () => login(given),
          (error: AciError) => {
            assert.equal(error.code, 'ACI_CONFIG')
            assert.match(error.message, message)
            assert.doesNotMatch(error.message, /canary/)
            return true
          }
        )
      })
    }

    for (const [title, given, dn] of [
      ['that the APIC does not know', { certificateName: 'other.crt' }, 'uni/userext/user-admin/usercert-other.crt'],
      ['of a user that the APIC does not know', { username: 'nobody' }, `uni/userext/user-nobody/usercert-${NAME}`]
    ] as const) {
      it(`${title} is refused, in the APIC's words and with what to check`, async () => {
        await start()
        await assert.rejects(login(given).open(rest), {
          code: 'ACI_AUTH',
          message: `${apic.url} refuses the login: certificate ${dn} not found. Check that the private key belongs to the certificate, and that the APIC has it as ${dn}`,
          cause: { status: 403, code: '403', text: `certificate ${dn} not found` }
        })
      })
    }

    it('whose key is another is refused', async () => {
      await start()
      const other = await makeSigningPair()
      await assert.rejects(login({ privateKey: other.key }).open(rest), {
        code: 'ACI_AUTH',
        cause: { status: 403, code: '403', text: 'bad signature' }
      })
    })

    it('is not refused by an APIC that is only busy, or none at all', async () => {
      await start()
      for (const [fault, code] of [
        [{ status: 503, html: '<html></html>' }, 'ACI_UNREACHABLE'],
        [{ status: 400, text: 'Request failed, unresolved class for webtokenSession' }, 'ACI_UNREACHABLE'],
        [{ status: 200, body: 'hello' }, 'ACI_PROTOCOL'],
        [{ status: 200, body: { totalCount: '0', imdata: [] } }, 'ACI_PROTOCOL']
      ] as const) {
        const busy = apic.faults.request({ path: /webtokenSession/, ...fault })
        await assert.rejects(login().open(rest), { code })
        busy.undo()
      }
    })
  })

  it('is counted by user, like one by password, and known by key and certificate alone', async () => {
    await start()
    assert.equal(login().account, new PasswordLogin({ username: 'admin', password: 'x', domain: '' }).account)
    assert.equal(login().digest, login({ username: '', certificateName: DN }).digest)
    const others = [login(), login({ certificateName: 'other' }), login({ privateKey: (await makeSigningPair()).key })]
    assert.equal(new Set(others.map(({ digest }) => digest)).size, 3)
    assert.equal(login({ username: '', certificateName: 'uni/userext/appuser-X/usercert-X' }).account, 'appuser-X')
  })
})
