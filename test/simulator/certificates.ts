// Certificates made on the spot: a CA, what the controllers show, and what a client may show them.
import { createHash, X509Certificate } from 'node:crypto'
import { generate } from 'selfsigned'

/** Certificate and private key, PEM. */
export interface KeyPair {
  readonly cert: string
  readonly key: string
}

export interface Certificates {
  readonly ca: KeyPair
  readonly server: KeyPair
  readonly client: KeyPair
  /** One more server certificate of the same CA, right or wrong as wanted. */
  issue(options?: ServerCertificateOptions): Promise<KeyPair>
}

export interface ServerCertificateOptions {
  /** DNS names and addresses it is good for; default localhost, 127.0.0.1 and ::1. */
  readonly hosts?: readonly string[]
  readonly commonName?: string
  readonly notBefore?: Date
  readonly notAfter?: Date
  /** Bits of an RSA key; default: an elliptic one. */
  readonly rsa?: number
  /** Hash of the signature; default sha256. */
  readonly hash?: 'sha1' | 'sha256'
  /** What it is good for; default: servers. */
  readonly usage?: 'server' | 'client'
  /** It may issue others, as an intermediate CA. */
  readonly isCa?: boolean
  /** Who issues it; default: the CA, null: itself. */
  readonly by?: KeyPair | null
}

const LOOPBACK = ['localhost', '127.0.0.1', '::1']
const DAY = 86_400_000
/** Elliptic keys for TLS, because an RSA key takes a tenth of a second to find and every test run would pay for it. */
const KEYS = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' } as const

/** SHA-256 fingerprint the way tools print it: `3F:9A:…`. */
export const fingerprint = (cert: string): string =>
  createHash('sha256')
    .update(new X509Certificate(cert).raw)
    .digest('hex')
    .toUpperCase()
    .replace(/(..)(?!$)/g, '$1:')

/** A new CA with certificates of its own. */
export const makeCertificates = async (): Promise<Certificates> => {
  const made = await generate(name('APIC simulator CA'), {
    ...KEYS,
    ...validity(),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true }
    ]
  })
  const ca = { cert: made.cert, key: made.private }
  const issue = (options: ServerCertificateOptions = {}): Promise<KeyPair> => serverCertificate(ca, options)
  const [server, client] = await Promise.all([issue(), clientCertificate(ca)])
  return { ca, server, client, issue }
}

/** An RSA key and self-signed certificate, the kind an APIC user signs requests with. */
export const makeSigningPair = async (commonName = 'admin'): Promise<KeyPair> => {
  const made = await generate(name(commonName), { keyType: 'rsa', keySize: 2048, algorithm: 'sha256', ...validity() })
  return { cert: made.cert, key: made.private }
}

const serverCertificate = async (ca: KeyPair, options: ServerCertificateOptions): Promise<KeyPair> => {
  const hosts = options.hosts ?? LOOPBACK
  const { rsa, hash = 'sha256', usage = 'server', isCa = false, by = ca } = options
  const keys = rsa === undefined ? KEYS : ({ keyType: 'rsa', keySize: rsa } as const)
  const altNames = hosts.map((host) =>
    isAddress(host) ? { type: 7 as const, ip: host } : { type: 2 as const, value: host }
  )
  const made = await generate(name(options.commonName ?? hosts[0] ?? 'apic'), {
    ...keys,
    algorithm: hash,
    ...validity(options.notBefore, options.notAfter),
    ...(by === null ? {} : { ca: by }),
    extensions: [
      { name: 'basicConstraints', cA: isCa, critical: isCa },
      { name: 'keyUsage', digitalSignature: true, keyCertSign: isCa, critical: true },
      ...(isCa ? [] : [{ name: 'extKeyUsage' as const, [usage === 'server' ? 'serverAuth' : 'clientAuth']: true }]),
      ...(altNames.length === 0 ? [] : [{ name: 'subjectAltName' as const, altNames }])
    ]
  })
  return { cert: made.cert, key: made.private }
}

const clientCertificate = async (ca: KeyPair): Promise<KeyPair> => {
  const made = await generate(name('client'), {
    ...KEYS,
    ...validity(),
    ca,
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', clientAuth: true }
    ]
  })
  return { cert: made.cert, key: made.private }
}

const name = (commonName: string): { name: string; value: string }[] => [{ name: 'commonName', value: commonName }]

/** From yesterday, so that a clock that is a little off does no harm. */
const validity = (
  notBefore = new Date(Date.now() - DAY),
  notAfter = new Date(Date.now() + 365 * DAY)
): { notBeforeDate: Date; notAfterDate: Date } => ({ notBeforeDate: notBefore, notAfterDate: notAfter })

const isAddress = (host: string): boolean => host.includes(':') || /^[\d.]+$/.test(host)
