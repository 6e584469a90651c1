// Reads a private key: PEM of every kind, also mangled by an environment variable. No part of the key or its passphrase
// ever gets into an error.

import { createPrivateKey, type KeyObject } from 'node:crypto'
import { AciError } from '../common/errors'

function config(message: string): AciError {
  return new AciError('ACI_CONFIG', message)
}

const MAKE_ANOTHER = 'an APIC takes RSA keys only. Make another key and certificate'

/** Texts often mistaken for a private key, and the advice for each. */
const OTHERS: readonly (readonly [label: RegExp, message: string])[] = [
  [
    /CERTIFICATE/,
    'privateKey: this is a certificate, which belongs on the APIC. What is needed here is its private key'
  ],
  [/PUBLIC KEY/, 'privateKey: this is a public key. What is needed here is the private one'],
  [/^EC PRIVATE KEY|^DSA PRIVATE KEY/, `privateKey: this key is not RSA, and ${MAKE_ANOTHER}`],
  [
    /^OPENSSH PRIVATE KEY/,
    'privateKey: this key is in OpenSSH format, PEM is needed. "ssh-keygen -p -m PEM -f FILE" converts it'
  ]
]

interface Block {
  /** The text after BEGIN, such as `RSA PRIVATE KEY`. */
  readonly label: string
  /** The text between the two lines. */
  readonly text: string
}

/** A label has no hyphen, so the search never backtracks over a pair of lines. */
const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----([^-]*(?:-[^-]+)*)-----END \1-----/g

/**
 * The blocks of a PEM text. Environment variables often have spaces, or a backslash and a letter, instead of line breaks;
 * neither is part of base64.
 */
function blocksOf(pem: string): Block[] {
  const text = pem.replace(/\\[rn]/g, '\n')
  return [...text.matchAll(BLOCK)].map(([, label = '', inner = '']) => ({ label, text: inner }))
}

/** The two header lines of the old kind of encryption. The initial value is as long as the cipher's block. */
const OLD_ENCRYPTION = /^\s*Proc-Type:\s*4,\s*ENCRYPTED\s*DEK-Info:\s*(AES[\w-]*,[0-9A-F]{32}|[\w-]+,[0-9A-F]{16})/i

/** A block in its proper form. */
function written({ label, text }: Block): string {
  const header = OLD_ENCRYPTION.exec(text)
  const base64 = text.slice(header?.[0].length ?? 0).replace(/\s/g, '')
  const lines: string[] = base64.match(/.{1,64}/g) ?? []
  if (header !== null) lines.unshift('Proc-Type: 4,ENCRYPTED', `DEK-Info: ${(header[1] ?? '').toUpperCase()}`, '')
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}

/**
 * The key that signs requests.
 * @param pem PKCS#8 or PKCS#1, perhaps encrypted (in the new form or the old one), perhaps among other things
 * @param passphrase of the key; of no matter where that is not encrypted
 * @throws AciError ACI_CONFIG with the reason
 */
export function privateKeyOf(pem: string, passphrase: string): KeyObject {
  const blocks = blocksOf(pem)
  const block = blocks.find(({ label }) => /^(RSA |ENCRYPTED )?PRIVATE KEY$/.test(label))
  if (block === undefined) throw notAKey(blocks)
  const isEncrypted = block.label.startsWith('ENCRYPTED') || OLD_ENCRYPTION.test(block.text)
  if (isEncrypted && passphrase === '') {
    throw config('passphrase: the private key is encrypted, and no passphrase is configured')
  }
  let key: KeyObject
  try {
    key = createPrivateKey({ key: written(block), format: 'pem', ...(isEncrypted ? { passphrase } : {}) })
  } catch {
    // The original error may quote the key.
    throw config(
      isEncrypted
        ? 'passphrase: the private key cannot be decrypted with it (or is encrypted in a way that Node.js no longer knows)'
        : 'privateKey: the key cannot be read: it is damaged or incomplete'
    )
  }
  if (key.asymmetricKeyType !== 'rsa') throw config(`privateKey: this key is not RSA, and ${MAKE_ANOTHER}`)
  return key
}

function notAKey(blocks: readonly Block[]): AciError {
  for (const { label } of blocks) {
    const other = OTHERS.find(([pattern]) => pattern.test(label))
    if (other !== undefined) return config(other[1])
  }
  return config('privateKey: a key in PEM format is expected, from its BEGIN line to its END line')
}
