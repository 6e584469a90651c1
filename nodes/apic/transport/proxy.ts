// Finds the proxy of a controller in the environment: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, in capitals or not.

import { BlockList, isIP, isIPv6 } from 'node:net'
import { domainToASCII } from 'node:url'
import { AciError } from '../common/errors'

type ProxyKind = keyof typeof PORTS

/** Kinds of proxies, with their default ports. */
const PORTS = { http: 80, https: 443, socks: 1080, socks4: 1080, socks4a: 1080, socks5: 1080, socks5h: 1080 } as const

export interface Proxy {
  /** The environment variable. */
  readonly variable: string
  readonly kind: ProxyKind
  /** Without brackets. */
  readonly host: string
  readonly port: number
  /** `host:port`, without secrets. */
  readonly name: string
  readonly user: string
  readonly password: string
}

type Environment = Readonly<Record<string, string | undefined>>

/** `host:port`, an IPv6 address in brackets. */
export function hostAndPort(host: string, port: number): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`
}

/**
 * @param controller base URL; the socket asks with the http form of its URL, for a `wss_proxy` is nothing that anybody sets
 * @returns undefined where the way is direct
 * @throws AciError ACI_CONFIG naming the variable, never what is in it, when that is no proxy
 */
export function proxyFor(controller: string, environment: Environment = process.env): Proxy | undefined {
  const target = new URL(controller)
  const variable = [`${target.protocol.slice(0, -1)}_proxy`, 'all_proxy']
    .flatMap((name) => [name, name.toUpperCase()])
    .find((name) => (environment[name] ?? '').trim() !== '')
  const exceptions = environment['no_proxy'] ?? environment['NO_PROXY'] ?? ''
  if (variable === undefined || isException(target, exceptions)) return undefined
  return proxyOf(variable, (environment[variable] ?? '').trim())
}

function proxyOf(variable: string, text: string): Proxy {
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`
  if (!URL.canParse(full)) throw new AciError('ACI_CONFIG', `${variable} is not the address of a proxy`)
  const url = new URL(full)
  const kind = url.protocol.slice(0, -1)
  if (!isKind(kind)) {
    const kinds = Object.keys(PORTS).join(', ')
    throw new AciError('ACI_CONFIG', `${variable} names a proxy of an unknown kind: ${kinds} are known`)
  }
  const host = withoutBrackets(url.hostname)
  if (host === '') throw new AciError('ACI_CONFIG', `${variable} names no host`)
  const port = url.port === '' ? PORTS[kind] : Number(url.port)
  const [user, password] = [literal(url.username), literal(url.password)]
  return { variable, kind, host, port, name: hostAndPort(host, port), user, password }
}

function isKind(kind: string): kind is ProxyKind {
  return kind in PORTS
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[|\]$/g, '')
}

/** Decodes; a percent sign that escapes nothing is literal. */
function literal(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** `example.com`, `.example.com`, `*.example.com`, `10.0.0.0/8`, `[2001:db8::1]:8443`: host or network, and perhaps a port. */
const ENTRY = /^(?:\[([^\]]*)\]|([^:]*|.*:.*:.*))(?::(\d+))?$/

/** Whether NO_PROXY names the target. A domain means its hosts as well, however it is written. */
function isException(target: URL, list: string): boolean {
  const host = withoutBrackets(target.hostname).toLowerCase().replace(/\.$/, '')
  const port = target.port === '' ? (target.protocol === 'https:' ? 443 : 80) : Number(target.port)
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => {
      if (entry === '*') return true
      // A network of IPv6 may have its length behind the bracket.
      const [, bracketed, plain, at] = ENTRY.exec(entry.replace(/^\[([^\]]+)\](\/\d+)$/, '$1$2')) ?? []
      if (at !== undefined && Number(at) !== port) return false
      const name = (bracketed ?? plain ?? '').replace(/\.$/, '')
      const [address = '', length] = name.split('/')
      return isIP(address) === 0 ? isOfDomain(host, name) : isOfNetwork(host, address, length)
    })
}

function isOfDomain(host: string, name: string): boolean {
  const domain = domainToASCII(name.replace(/^\*?\./, ''))
  return domain !== '' && (host === domain || (isIP(host) === 0 && host.endsWith(`.${domain}`)))
}

function isOfNetwork(host: string, address: string, length: string | undefined): boolean {
  const family = isIP(host)
  if (family === 0 || (length !== undefined && !/^\d+$/.test(length))) return false
  const network = new BlockList()
  const kind = isIPv6(address) ? 'ipv6' : 'ipv4'
  try {
    if (length === undefined) network.addAddress(address, kind)
    else network.addSubnet(address, Number(length), kind)
  } catch {
    // A length that no such address has.
    return false
  }
  return network.check(host, family === 6 ? 'ipv6' : 'ipv4')
}
