// The login domains that an APIC offers, to whoever asks: it tells them before any login, and gets no credentials.

import { Rest } from '../transport/rest'
import type { TlsOptions } from '../transport/transport'
import { decodeDomains } from '../protocol/wire'

/** Time for the list, ms. */
const LIMIT = 5_000

/**
 * Asks one controller (`aaaListDomains`, which Cisco documents as anonymous).
 * @param controller base URL
 * @throws AciError why it does not tell
 */
export async function loginDomains(controller: string, tls: TlsOptions, signal: AbortSignal): Promise<string[]> {
  const rest = new Rest({ controller, tls, timeoutMs: LIMIT })
  try {
    const reply = await rest.call({ method: 'GET', path: '/api/aaaListDomains.json', signal })
    if (reply.status === 200) return decodeDomains(reply.body)
    throw rest.refusal(reply, `${controller} does not list its login domains`)
  } finally {
    rest.close()
  }
}
