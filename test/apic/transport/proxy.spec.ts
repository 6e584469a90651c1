// What the environment says of proxies, as curl, Python and Go take it.

import assert from 'node:assert/strict'
import type { AciError } from '../../../nodes/apic'
import { proxyFor } from '../../../nodes/apic/transport/proxy'

type Environment = Readonly<Record<string, string>>

const PROXY = 'http://proxy:3128'
const isDirect = (controller: string, exceptions: string): boolean =>
  proxyFor(controller, { HTTPS_PROXY: PROXY, HTTP_PROXY: PROXY, NO_PROXY: exceptions }) === undefined

describe('NO_PROXY', () => {
  for (const [exceptions, direct, others] of [
    ['10.0.0.0/8', 'https://10.1.2.3', 'https://11.1.2.3'],
    ['10.1.2.3/8', 'https://10.200.2.3', 'https://apic1'],
    ['example.com', 'https://apic.example.com', 'https://notexample.com'],
    ['example.com', 'https://example.com', 'https://example.com.evil'],
    ['.example.com', 'https://example.com', 'https://badexample.com'],
    ['.example.com', 'https://a.b.example.com', 'https://example.org'],
    ['*.example.com', 'https://apic.example.com', 'https://example.org'],
    ['apic1:8443', 'https://apic1:8443', 'https://apic1'],
    ['apic1:443', 'https://apic1', 'https://apic1:8443'],
    ['2001:db8::1', 'https://[2001:db8::1]', 'https://[2001:db8::2]'],
    ['[2001:db8::1]', 'https://[2001:db8::1]', 'https://[2001:db8::2]'],
    ['[2001:db8::1]:8443', 'https://[2001:db8::1]:8443', 'https://[2001:db8::1]'],
    ['2001:db8::/32', 'https://[2001:db8:1::1]', 'https://[2001:db9::1]'],
    ['[2001:db8::]/32', 'https://[2001:db8:1::1]', 'https://10.0.0.1'],
    ['APIC1.Example.Com.', 'https://apic1.example.com', 'https://apic2.example.com'],
    ['localhost, 192.168.0.0/16', 'http://192.168.7.7', 'http://192.169.7.7'],
    ['one  two', 'https://two', 'https://three'],
    ['10.0.0.0/64, apic1', 'https://apic1', 'https://10.0.0.1']
  ] as const) {
    it(`with ${exceptions} means ${direct}, and not ${others}`, () => {
      assert.deepEqual([isDirect(direct, exceptions), isDirect(others, exceptions)], [true, false])
    })
  }

  it('with a star means everything', () => {
    for (const controller of ['https://apic1', 'http://10.0.0.1', 'https://[::1]']) {
      assert.ok(isDirect(controller, 'x, *'))
    }
  })
})

describe('a proxy of the environment', () => {
  const named = (environment: Environment, controller = 'https://apic1') => {
    const { variable, kind, host, port, user, password } = proxyFor(controller, environment) ?? {}
    return [variable, kind, host, port, user, password]
  }

  it('is that of the scheme, else that of all', () => {
    const both = { HTTPS_PROXY: 'http://one', HTTP_PROXY: 'http://two', ALL_PROXY: 'socks5h://three' }
    assert.deepEqual(named(both), ['HTTPS_PROXY', 'http', 'one', 80, '', ''])
    assert.deepEqual(named(both, 'http://apic1'), ['HTTP_PROXY', 'http', 'two', 80, '', ''])
    assert.deepEqual(named({ all_proxy: 'socks5h://three' }), ['all_proxy', 'socks5h', 'three', 1080, '', ''])
    assert.deepEqual(named({ https_proxy: 'http://small', HTTPS_PROXY: 'http://capital' })[0], 'https_proxy')
    assert.equal(proxyFor('https://apic1', { HTTPS_PROXY: ' ' }), undefined)
  })

  it('may be written without a scheme, with an IPv6 address, or with a password that has signs in it', () => {
    assert.deepEqual(named({ HTTPS_PROXY: 'proxy:3128' }), ['HTTPS_PROXY', 'http', 'proxy', 3128, '', ''])
    assert.deepEqual(named({ HTTPS_PROXY: 'http://[::1]:3128' }), ['HTTPS_PROXY', 'http', '::1', 3128, '', ''])
    assert.deepEqual(named({ HTTPS_PROXY: 'http://me:100%@proxy' }).slice(4), ['me', '100%'])
    assert.deepEqual(named({ HTTPS_PROXY: 'http://me:p%40w@proxy' }).slice(4), ['me', 'p@w'])
  })

  it('that is none is an error that names the variable, and never what is in it', () => {
    for (const value of [
      'ftp://me:canary@proxy',
      'http://me:canary@',
      'http://me:canary@ho st',
      'http://me:canary@h:99999999'
    ]) {
      assert.throws(
        () => proxyFor('https://apic1', { ALL_PROXY: value }),
        ({ code, message }: AciError) =>
          code === 'ACI_CONFIG' && message.includes('ALL_PROXY') && !message.includes('canary'),
        value
      )
    }
  })
})
