// Another controller's word on what one controller shows and is hard to believe.

import type { Login } from './auth'
import { withParameters } from '../protocol/query'
import { Rest } from '../transport/rest'
import type { TlsOptions } from '../transport/transport'
import { decodeAnswer } from '../protocol/wire'

export interface OpinionOptions {
  /** Base URL of the controller that is asked. */
  readonly controller: string
  readonly tls: TlsOptions
  readonly login: Login
  readonly requestTimeoutMs: number
  /** Told as soon as the login is accepted. */
  readonly accepted: () => void
  /** Aborted when nobody wants to know any more. */
  readonly signal: AbortSignal
}

export interface Opinion {
  /** Matching objects there. */
  readonly count: number
  /** Identity of the fabric that it serves; empty when not told. */
  readonly site: string
}

/**
 * Logs in, asks how many objects a query has there, and logs out: a session without a socket.
 * @param path of the query, starting with `/api/`
 * @throws AciError when that controller cannot be asked; ACI_AUTH when it refuses the login
 */
export async function opinionOf(path: string, options: OpinionOptions): Promise<Opinion> {
  const { controller, tls, login, requestTimeoutMs, accepted, signal } = options
  const rest = new Rest({ controller, tls, timeoutMs: requestTimeoutMs })
  const abort = (): void => rest.abort()
  signal.addEventListener('abort', abort)
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
    signal.removeEventListener('abort', abort)
    rest.close()
  }
}
