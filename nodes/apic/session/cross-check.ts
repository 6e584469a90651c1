// Cross-checks an implausible answer of one controller with another one.

import type { Login } from './auth'
import { onAbort } from '../common/abort'
import { withParameters } from '../protocol/query'
import { Rest } from '../transport/rest'
import type { TlsOptions } from '../transport/transport'
import { decodeAnswer } from '../protocol/wire'

export interface CrossCheckOptions {
  /** Base URL of the other controller. */
  readonly controller: string
  readonly tls: TlsOptions
  readonly login: Login
  readonly requestTimeoutMs: number
  /** Called as soon as the login is accepted. */
  readonly accepted: () => void
  /** Aborts the check. */
  readonly signal: AbortSignal
}

export interface CrossCheckResult {
  /** Matching objects there. */
  readonly count: number
  /** Identity of the fabric that it serves; empty when unknown. */
  readonly site: string
}

/**
 * Counts the objects of a query on the other controller, in a session without a socket.
 * @param path of the query, starting with `/api/`
 * @throws AciError when that controller cannot be asked; ACI_AUTH when it refuses the login
 */
export async function crossCheck(path: string, options: CrossCheckOptions): Promise<CrossCheckResult> {
  const { controller, tls, login, requestTimeoutMs, accepted, signal } = options
  const rest = new Rest({ controller, tls, timeoutMs: requestTimeoutMs })
  const unlink = onAbort(signal, () => rest.abort())
  try {
    const session = await login.open(rest)
    accepted()
    try {
      const request = { method: 'GET', path: withParameters(path, { page: 0, 'page-size': 1 }) } as const
      const reply = await rest.call({ ...request, headers: session.headers(request) })
      if (reply.status === 200) return { count: decodeAnswer(reply.body).totalCount, site: session.facts.site }
      throw rest.refusal(reply, `${controller} refuses the request`)
    } finally {
      await session.logout()
    }
  } finally {
    unlink()
    rest.close()
  }
}
