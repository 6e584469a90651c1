// The way to a controller: TLS settings and proxies, the same for REST and socket.

import http from 'node:http'
import https from 'node:https'
import type tls from 'node:tls'
import { HttpProxyAgent, HttpsProxyAgent } from 'hpagent'
import { getProxyForUrl } from 'proxy-from-env'
import { AciError } from './errors'

/** What a core tls-config node contributes: CA, client certificate, whether to verify. */
export type TlsOptions = Pick<
  tls.ConnectionOptions,
  'ca' | 'cert' | 'key' | 'passphrase' | 'pfx' | 'servername' | 'ALPNProtocols' | 'rejectUnauthorized'
>

/** What a pool of connections may do. */
export type PoolOptions = Pick<http.AgentOptions, 'keepAlive' | 'maxSockets' | 'timeout'>

/**
 * The proxy that the environment names for this controller (HTTPS_PROXY, HTTP_PROXY, NO_PROXY), if any. The socket asks
 * with the http form of its URL: a `wss_proxy` is nothing that anybody sets.
 */
function proxyFor(controller: string): string | undefined {
  const proxy = getProxyForUrl(controller)
  return proxy === '' ? undefined : proxy
}

/** An agent for the controller. Through a proxy both kinds tunnel with CONNECT, so TLS is end to end. */
export function agentFor(controller: string, tlsOptions: TlsOptions, pool: PoolOptions): http.Agent | https.Agent {
  const proxy = proxyFor(controller)
  if (controller.startsWith('https:')) {
    const options = { ...pool, ...tlsOptions }
    return proxy === undefined ? new https.Agent(options) : new HttpsProxyAgent({ ...options, proxy })
  }
  return proxy === undefined ? new http.Agent(pool) : new HttpProxyAgent({ ...pool, proxy })
}

/** The request surely did not reach the controller: there was no connection over which it could have been sent. */
export class Unsent extends AciError {}

/** The error codes with which Node.js says that a certificate, or the handshake, is at fault. */
const TLS_CODES =
  /^(CERT_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA|EPROTO|ERR_SSL_|ERR_TLS_|ERR_OSSL_)/

function codeOf(thrown: unknown): string {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
  return typeof code === 'string' ? code : ''
}

/**
 * What went wrong on the way to a controller, as a coded error. Only the code of the original is used: its text and
 * properties may carry a token or a password.
 * @param controller base URL
 */
export function transportError(thrown: unknown, controller: string): AciError {
  if (thrown instanceof AciError) return thrown
  const code = codeOf(thrown)
  if (TLS_CODES.test(code)) return tlsError(code, controller)
  if (code.startsWith('WS_ERR_')) {
    return new AciError('ACI_PROTOCOL', `${controller} sent a frame that cannot be read (${code})`)
  }
  switch (code) {
    case 'ECONNREFUSED':
      return new AciError('ACI_UNREACHABLE', `${controller} refuses connections`)
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new AciError('ACI_UNREACHABLE', `the name of ${controller} cannot be resolved`)
    case 'ETIMEDOUT':
    case 'ECONNABORTED':
    case 'ESOCKETTIMEDOUT':
      return new AciError('ACI_TIMEOUT', `${controller} does not answer`)
    case 'ERR_CANCELED':
      return new AciError('ACI_CLOSED', 'the connection was closed')
    default:
      return new AciError('ACI_UNREACHABLE', `${controller} cannot be reached${code === '' ? '' : ` (${code})`}`)
  }
}

/** What is wrong with a certificate, or the handshake, by the code that Node.js gives it, and what to do about it. */
export function tlsError(code: string, controller: string): AciError {
  return new AciError('ACI_TLS', tlsMessage(code, controller))
}

function tlsMessage(code: string, controller: string): string {
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return `the certificate of ${controller} has expired. ${TLS_ADVICE}`
    case 'CERT_NOT_YET_VALID':
      return `the certificate of ${controller} is not valid yet. Check the clocks of the controller and of this machine.`
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
    case 'HOSTNAME_MISMATCH':
      return `the certificate of ${controller} is for another name. Use a name it has, or a TLS configuration with that server name, in the aci-apic node.`
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'CERT_SIGNATURE_FAILURE': // by a CA of the same name with another key
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return `the certificate of ${controller} is not trusted. ${TLS_ADVICE}`
    default:
      return `TLS with ${controller} fails (${code}). ${TLS_ADVICE}`
  }
}

const TLS_ADVICE = 'Choose a TLS configuration with your CA, or one that does not verify, in the aci-apic node.'
