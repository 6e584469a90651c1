// Settings come from a dialog, an imported flow, a message or an environment variable: as they should be, as texts, or
// as nonsense.

import assert from 'node:assert/strict'
import { DEFAULT_READ_OPTIONS, type AciError } from '../../nodes/apic'
import * as settings from '../../nodes/runtime/settings'

const refuses = (read: () => unknown, message: RegExp): void => {
  assert.throws(read, (error: AciError) => {
    assert.equal(error.code, 'ACI_CONFIG')
    assert.match(error.message, message)
    return true
  })
}

describe('a text', () => {
  it('is trimmed, and empty when missing', () => {
    assert.equal(settings.text({ dn: '  uni/tn-a\n' }, 'dn'), 'uni/tn-a')
    assert.equal(settings.text({}, 'dn'), '')
    assert.equal(settings.text({ dn: null }, 'dn'), '')
  })

  it('may have been a number', () => {
    assert.equal(settings.text({ username: 42 }, 'username'), '42')
  })

  it('is nothing else, and the error names the setting', () => {
    for (const dn of [true, {}, ['uni'], () => 'uni']) refuses(() => settings.text({ dn }, 'dn'), /^dn: /)
  })

  it('is refused when its environment variable is not set, and the error names that', () => {
    refuses(() => settings.text({ dn: '${ACI_DN}' }, 'dn'), /^dn: .*\$\{ACI_DN\}/)
    refuses(() => settings.text({ dn: 'uni/tn-${TENANT}' }, 'dn'), /\$\{TENANT\}/)
    assert.equal(settings.text({ dn: 'a $ {b}' }, 'dn'), 'a $ {b}')
  })
})

describe('a secret', () => {
  it('is taken as it is, and empty when missing', () => {
    assert.equal(settings.secret({ password: '  pass word ' }, 'password'), '  pass word ')
    for (const raw of [{}, { password: null }, { password: 42 }]) assert.equal(settings.secret(raw, 'password'), '')
  })

  it('is refused when its environment variable is not set, and not repeated even then', () => {
    refuses(() => settings.secret({ password: ' ${canary} ' }, 'password'), /^(?!.*canary)password: .* not set/)
    assert.equal(settings.secret({ password: 'a${b}' }, 'password'), 'a${b}')
  })
})

describe('a list', () => {
  it('is an array, or one text with commas or white space', () => {
    const expected = ['fvTenant', 'fvBD', 'fvCtx']

    for (const classes of [
      ['fvTenant', 'fvBD', 'fvCtx'],
      'fvTenant,fvBD,fvCtx',
      ' fvTenant, fvBD ,\n\tfvCtx,, ',
      'fvTenant fvBD fvCtx',
      ['fvTenant, fvBD', ' fvCtx', '']
    ]) {
      assert.deepEqual(settings.list({ classes }, 'classes'), expected)
    }
  })

  it('is empty when missing or blank', () => {
    for (const classes of [undefined, null, '', ' , ', []]) {
      assert.deepEqual(settings.list({ classes }, 'classes'), [])
    }
  })

  it('is nothing else, nor has anything else in it', () => {
    for (const classes of [7, true, {}, [7], ['a', null], [['a']]]) {
      refuses(() => settings.list({ classes }, 'classes'), /^classes: /)
    }
  })

  it('is refused when an environment variable in it is not set', () => {
    refuses(() => settings.list({ classes: '${CLASSES}' }, 'classes'), /\$\{CLASSES\}/)
    refuses(() => settings.list({ classes: ['fvTenant', '${MORE}'] }, 'classes'), /\$\{MORE\}/)
  })
})

describe('a number', () => {
  const bounds = { fallback: 15, min: 1, max: 100 }
  const read = (value: unknown, orZero = false): number => settings.number({ value }, 'value', { ...bounds, orZero })

  it('may be a text, as environment variables are', () => {
    for (const value of [30, '30', ' 30 ', '3e1']) assert.equal(read(value), 30)
    assert.equal(read('0.1e2'), 10)
  })

  it('is the usual one when missing or empty', () => {
    for (const value of [undefined, null, '']) assert.equal(read(value), 15)
  })

  it('has bounds that belong to it', () => {
    assert.deepEqual([read(1), read('100')], [1, 100])
    for (const value of [0.99, '100.1', -1, '-5', 1e9]) refuses(() => read(value), /^value: a number from 1 to 100/)
  })

  it('may be 0 beside its bounds only where that means something', () => {
    assert.deepEqual([read(0, true), read('0', true)], [0, 0])
    refuses(() => read(0), /from 1 to 100 is/)
    refuses(() => read(0.5, true), /from 1 to 100, or 0,/)
  })

  it('is nothing else', () => {
    for (const value of ['ten', '15s', NaN, Infinity, '-Infinity', true, false, {}, [], [20]]) {
      refuses(() => read(value), /^value: a number/)
    }
  })

  it('is refused when its environment variable is not set, and the error says so', () => {
    refuses(() => read('${SECONDS}'), /\$\{SECONDS\}.*not set/)
  })
})

describe('a flag', () => {
  const read = (value: unknown, fallback = false): boolean => settings.flag({ value }, 'value', fallback)

  it('may be a text or a number', () => {
    for (const value of [true, 'true', '1', 1]) assert.equal(read(value), true)
    for (const value of [false, 'false', '0', 0]) assert.equal(read(value, true), false)
  })

  it('is the usual one when missing or empty', () => {
    for (const value of [undefined, null, '']) {
      assert.equal(read(value, true), true)
      assert.equal(read(value, false), false)
    }
  })

  it('is nothing else: a guess could be the wrong one', () => {
    for (const value of ['yes', 'no', 2, {}, []]) refuses(() => read(value), /^value: true or false/)
    refuses(() => read('${FLAG}'), /\$\{FLAG\}/)
  })
})

describe('a choice', () => {
  const read = (value: unknown): string => settings.choice({ value }, 'value', ['full', 'off'])

  it('is one of its words, and the first one when missing', () => {
    assert.deepEqual([read('off'), read(' full '), read(undefined), read('')], ['off', 'full', 'full', 'full'])
  })

  it('is no other, and the error names them', () => {
    for (const value of ['FULL', 'index', 'full,off']) refuses(() => read(value), /^value: one of full, off/)
    refuses(() => read(true), /^value: /)
  })
})

describe('controllers', () => {
  const read = (controllers: unknown): string[] => settings.controllers({ controllers })

  for (const given of ['ftp://admin:canary@apic1', 'https://admin:canary@:x', 'https://admin:canary@apic1/api']) {
    it(`are never quoted with a password (${given.slice(0, 5)}…)`, () => {
      assert.throws(
        () => read(given),
        (error: Error) => !error.message.includes('canary')
      )
    })
  }

  it('are base URLs in their order, from an array or from one text', () => {
    const expected = ['https://apic1', 'https://apic2']

    for (const given of [
      ['https://apic1', 'https://apic2'],
      'https://apic1,https://apic2',
      'apic1 apic2',
      'apic1, apic2'
    ]) {
      assert.deepEqual(read(given), expected)
    }
  })

  it('are asked by https where only a host is given', () => {
    assert.deepEqual(read(['apic1', 'apic2:8443', '10.0.0.1', '[2001:db8::1]:443', 'APIC.Example.com']), [
      'https://apic1',
      'https://apic2:8443',
      'https://10.0.0.1',
      'https://[2001:db8::1]',
      'https://apic.example.com'
    ])
  })

  it('may be asked by http where that is given', () => {
    assert.deepEqual(read('http://127.0.0.1:8080/'), ['http://127.0.0.1:8080'])
  })

  it('are each tried once, however often and in whatever spelling they are given', () => {
    assert.deepEqual(read(['apic1', 'https://APIC1', 'https://apic1:443/', 'http://apic1']), [
      'https://apic1',
      'http://apic1'
    ])
  })

  it('are missing when none is given', () => {
    for (const given of [undefined, [], '', ' , ']) refuses(() => read(given), /no controller/)
  })

  it('have nothing after host and port', () => {
    for (const given of ['https://apic1/api', 'apic1/x', 'https://apic1?x=y', 'https://apic1/#x', 'https://apic1\\x']) {
      refuses(() => read(given), /something after the host/)
    }
  })

  it('are asked by nothing but http and https', () => {
    for (const given of ['ftp://apic1', 'ws://apic1', 'file:///etc/passwd']) refuses(() => read(given), /not http/)
  })

  it('are no nonsense', () => {
    for (const given of ['https://', 'https://apic1:port', 'https://apic1:99999', '::1']) {
      refuses(() => read(given), /not a host or URL/)
    }
  })

  it('have no password, and it is not repeated', () => {
    refuses(() => read('https://admin:canary@apic1'), /^(?!.*canary).*password/)
    refuses(() => read('admin@apic1'), /password/)
  })

  it('are refused all together when one of them is impossible', () => {
    refuses(() => read(['apic1', 'https://apic2/x']), /apic2/)
    refuses(() => read(['apic1', '${APIC2}']), /\$\{APIC2\}/)
  })
})

describe('a target', () => {
  it("is read from the dialog's properties", () => {
    const given = {
      target: 'mo',
      classes: '',
      dn: ' uni/tn-a ',
      scope: 'subtree',
      subtreeClasses: 'fvBD, fvCtx',
      filter: ''
    }

    assert.deepEqual(settings.target({ ...given, name: 'anything else' }), {
      target: 'mo',
      classes: [],
      dn: 'uni/tn-a',
      scope: 'subtree',
      subtreeClasses: ['fvBD', 'fvCtx'],
      filter: ''
    })
  })

  it('is a class by itself where nothing is said', () => {
    assert.deepEqual(settings.target({}), {
      target: 'class',
      classes: [],
      dn: '',
      scope: 'self',
      subtreeClasses: [],
      filter: ''
    })
  })

  it('is refused when a word of it is unknown, and the error names the setting', () => {
    refuses(() => settings.target({ target: 'dn' }), /^target: /)
    refuses(() => settings.target({ scope: 'all' }), /^scope: /)
    refuses(() => settings.target({ filter: {} }), /^filter: /)
    refuses(() => settings.mirror({ mirror: 'index' }), /^mirror: /)
  })

  it('keeps a full mirror by default', () => {
    assert.deepEqual([settings.mirror({}), settings.mirror({ mirror: 'off' })], ['full', 'off'])
  })
})

describe('read options', () => {
  it('is plain where nothing is said', () => {
    assert.deepEqual(settings.readOptions({}), DEFAULT_READ_OPTIONS)
  })

  it("is read from the dialog's properties, whether lists or texts", () => {
    const lists = { childClasses: ['fvAp', 'fvBD'], include: ['faults', 'health'], orderBy: ['fvTenant.name|desc'] }
    const texts = { childClasses: 'fvAp, fvBD', include: 'faults health', orderBy: ' fvTenant.name|desc ' }
    for (const given of [lists, texts]) {
      assert.deepEqual(settings.readOptions({ children: 'full', properties: 'config-only', ...given }), {
        ...DEFAULT_READ_OPTIONS,
        children: 'full',
        properties: 'config-only',
        ...lists
      })
    }
  })

  it('is refused when a word of it is unknown, and the error names the setting', () => {
    refuses(() => settings.readOptions({ children: 'all' }), /^children: /)
    refuses(() => settings.readOptions({ properties: 'config' }), /^properties: /)
    refuses(() => settings.readOptions({ include: 7 }), /^include: /)
    refuses(() => settings.readOptions({ orderBy: '${ORDER}' }), /^orderBy: .*\$\{ORDER\}/)
  })
})
