// Reads from one other controller, in a short session of its own, how many objects it shows of a query.

import { withParameters } from '../protocol/query'
import { decodeAnswer } from '../protocol/wire'
import { withSession, type ShortSessionOptions } from './short-session'
import type { Login } from './auth'

/** `controller` is the other controller. */
export interface CrossCheckOptions extends ShortSessionOptions {
  readonly login: Login
  /** Called as soon as the login is accepted. */
  readonly accepted: () => void
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
  return withSession(options, async (rest, session) => {
    const request = { method: 'GET', path: withParameters(path, { page: 0, 'page-size': 1 }) } as const
    const reply = await rest.call({ ...request, headers: session.headers(request) })
    if (reply.status === 200) return { count: decodeAnswer(reply.body).totalCount, site: session.facts.site }
    throw rest.refusal(reply, `${options.controller} refuses the request`)
  })
}
