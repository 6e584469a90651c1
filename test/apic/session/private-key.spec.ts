// Private keys as people have them, and as what carries them makes them: all kinds of PEM, mangled ones, and ones that
// are no use, which are refused without a word of what is in them.

import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { AciError } from '../../../nodes/apic'
import { privateKeyOf } from '../../../nodes/apic/session/private-key'
import { makeSigningPair } from '../../simulator/certificates'

const PASSPHRASE = 'canary pass-phrase'

describe('a private key', () => {
  let key: KeyObject
  let forms: Record<string, string>

  before(() => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    key = privateKey
    const pem = (type: 'pkcs1' | 'pkcs8', cipher?: string): string => {
      const secret = cipher === undefined ? {} : { cipher, passphrase: PASSPHRASE }
      return key.export({ type, format: 'pem', ...secret }) as string
    }
    forms = {
      'PKCS#8': pem('pkcs8'),
      'PKCS#1': pem('pkcs1'),
      'PKCS#8, encrypted': pem('pkcs8', 'aes-256-cbc'),
      'PKCS#1, encrypted with AES': pem('pkcs1', 'aes-256-cbc'),
      'PKCS#1, encrypted with 3DES': pem('pkcs1', 'des-ede3-cbc')
    }
  })

  const reads = (pem: string, passphrase = PASSPHRASE): void => {
    assert.ok(privateKeyOf(pem, passphrase).equals(key))
  }

  const refuses = (pem: string, message: RegExp, passphrase = PASSPHRASE): void => {
    assert.throws(
      () => privateKeyOf(pem, passphrase),
      (error: AciError) => {
        assert.equal(error.code, 'ACI_CONFIG')
        assert.match(error.message, message)
        assert.equal(error.cause, undefined)
        const text = `${error.message} ${error.stack ?? ''}`
        assert.ok(!text.includes('canary'), text)
        const secret = pem.match(/[A-Za-z0-9+/]{24,}/g) ?? []
        assert.ok(!secret.some((part) => text.includes(part)), text)
        return true
      }
    )
  }

  it('comes in the kinds of PEM that there are', () => {
    assert.match(forms['PKCS#8, encrypted']!, /BEGIN ENCRYPTED PRIVATE KEY/)
    assert.match(forms['PKCS#1, encrypted with AES']!, /Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,/)
    for (const pem of Object.values(forms)) reads(pem)
  })

  for (const [title, mangle] of [
    ['spaces', (pem: string) => pem.trim().replaceAll('\n', ' ')],
    ['a backslash and an n', (pem: string) => pem.replaceAll('\n', '\\n')],
    ['a backslash and an r, and another and an n', (pem: string) => pem.replaceAll('\n', '\\r\\n')],
    ['carriage returns', (pem: string) => pem.replaceAll('\n', '\r\n')],
    ['nothing', (pem: string) => pem.replaceAll('\n', '')],
    ['tabs, with quotation marks around all of it', (pem: string) => `"${pem.replaceAll('\n', '\t')}"`],
    ['indented lines', (pem: string) => pem.replaceAll('\n', '\n    ')]
  ] as const) {
    it(`may have its line breaks made into ${title}`, () => {
      for (const pem of Object.values(forms)) reads(mangle(pem))
    })
  }

  it('may stand among other things', async () => {
    const { cert } = await makeSigningPair()
    reads(`Bag Attributes\n    localKeyID: 01 \nKey Attributes: <No Attributes>\n${forms['PKCS#8']!}`)
    reads(`${cert}\n${forms['PKCS#1']!}`)
  })

  it('needs no passphrase where it is not encrypted', () => {
    reads(forms['PKCS#8']!, '')
    reads(forms['PKCS#1']!, '')
  })

  it('is not decrypted with another passphrase, or none', () => {
    for (const [name, pem] of Object.entries(forms)) {
      if (!name.includes('encrypted')) continue
      refuses(pem, /^passphrase: .* cannot be decrypted/, 'canary-wrong')
      // Spaces at its ends are part of it.
      refuses(pem, /^passphrase: .* cannot be decrypted/, `${PASSPHRASE} `)
      refuses(pem, /^passphrase: .* is encrypted, and no passphrase/, '')
    }
  })

  it('is RSA: an APIC takes no other', () => {
    const pem = (pair: { privateKey: KeyObject }, type: 'pkcs8' | 'sec1'): string =>
      pair.privateKey.export({ type, format: 'pem' }) as string
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    for (const other of [
      pem(ec, 'pkcs8'),
      pem(ec, 'sec1'),
      pem(generateKeyPairSync('ed25519'), 'pkcs8'),
      pem(generateKeyPairSync('rsa-pss', { modulusLength: 2048 }), 'pkcs8')
    ]) {
      refuses(other, /^privateKey: .* not RSA/)
    }
  })

  it('is distinguished from texts often mistaken for one', async () => {
    const { cert } = await makeSigningPair()
    refuses(cert, /^privateKey: this is a certificate/)
    refuses(createPublicKey(key).export({ type: 'spki', format: 'pem' }) as string, /^privateKey: this is a public key/)
    const label = 'OPENSSH PRIVATE KEY'
    refuses(`-----BEGIN ${label}-----\nb3BlbnNzaC1rZXktdjE=\n-----END ${label}-----`, /^privateKey: .* OpenSSH/)
  })

  it('is whole', () => {
    const pem = forms['PKCS#8']!
    refuses(pem.slice(0, 800), /^privateKey: a key in PEM format is expected/)
    refuses(pem.replace(/(?<=-----\n)[^-]{200}/, ''), /^privateKey: .* damaged or incomplete/)
    refuses(pem.replaceAll('PRIVATE KEY', 'PRIVATE KEYS'), /^privateKey: a key in PEM format is expected/)
    for (const none of ['', 'canary', '-----BEGIN PRIVATE KEY-----', '/etc/ssl/canary.key']) {
      refuses(none, /^privateKey: a key in PEM format is expected/)
    }
    refuses('-----BEGIN PRIVATE KEY----------END PRIVATE KEY-----', /^privateKey: /)
  })

  it('is looked for in good time, whatever the text', () => {
    for (const text of [
      '-'.repeat(100_000),
      '-----BEGIN A-----'.repeat(10_000),
      `-----BEGIN A-----${'-a'.repeat(50_000)}`
    ]) {
      refuses(text, /^privateKey: /)
    }
  })
})
