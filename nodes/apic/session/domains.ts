// Lists the login domains of an APIC, which needs no login: no credentials are sent.

import { decodeDomains } from '../protocol/wire'
import { withRest } from './short-session'
import type { TlsOptions } from '../transport/transport'

/** Time for the list, ms. */
const LIMIT = 5_000

/**
 * Asks one controller (`aaaListDomains`, which Cisco documents as anonymous).
 * @param controller base URL
 * @throws AciError when the controller does not list them
 */
export async function loginDomains(controller: string, tls: TlsOptions, signal: AbortSignal): Promise<string[]> {
  return withRest({ controller, tls, requestTimeoutMs: LIMIT, signal }, async (rest) => {
    const reply = await rest.call({ method: 'GET', path: '/api/aaaListDomains.json' })
    if (reply.status === 200) return decodeDomains(reply.body)
    throw rest.refusal(reply, `${controller} does not list its login domains`)
  })
}
