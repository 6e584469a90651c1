// Asks the admin routes of this package: by addresses relative to the editor's, with the editor's own login, which it
// adds to every such request.

import type { RouteError, RouteFailure } from '../../admin/answers'
import { commonWord } from '../texts'

/** Why there is no answer, in words for the user. */
export class Unanswered extends Error {
  /**
   * @param error what the route said; undefined when the route was not reached, or may not be used
   * @param status of the answer; 0 without one
   */
  constructor(
    message: string,
    readonly status: number,
    readonly error?: RouteError
  ) {
    super(message)
  }
}

export interface Asking {
  /** Parameters of the address; empty ones are left out. */
  readonly query?: Readonly<Record<string, string | number | undefined>>
  /** Makes it a POST. */
  readonly body?: object
  /** Nobody waits for the answer any more: the request is cut, and the promise never settles. */
  readonly signal?: AbortSignal
}

function addressOf(parts: readonly string[], query: Asking['query'] = {}): string {
  const path = parts.map(encodeURIComponent).join('/')
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '')
  const parameters = given.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join('&')
  return parameters === '' ? path : `${path}?${parameters}`
}

function errorIn(answer: JQuery.jqXHR): RouteError | undefined {
  const { error } = (answer.responseJSON ?? {}) as Partial<RouteFailure>
  return typeof error?.message === 'string' ? error : undefined
}

function unanswered(answer: JQuery.jqXHR): Unanswered {
  const error = errorIn(answer)
  if (answer.status === 404) return new Unanswered(commonWord('routes.notDeployed'), 404, error)
  if (error !== undefined) return new Unanswered(error.message, answer.status, error)
  if (answer.status === 401 || answer.status === 403) {
    // Such an answer does not say which one: what reads environment variables needs that of who may deploy as well.
    const permission = RED.user.hasPermission('aci-apic.write') ? 'flows.write' : 'aci-apic.write'
    return new Unanswered(commonWord('routes.denied', { permission }), answer.status)
  }
  if (answer.status === 0) return new Unanswered(commonWord('routes.unreachable'), 0)
  return new Unanswered(commonWord('routes.failed', { status: answer.status }), answer.status)
}

/**
 * @param parts of the path below `aci-apic/`: `test`, or the id of a node and what is asked of it
 * @throws Unanswered
 */
export function ask<Answer>(parts: readonly string[], { query, body, signal }: Asking = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return
    const request = $.ajax({
      url: addressOf(['aci-apic', ...parts], query),
      dataType: 'json',
      ...(body === undefined
        ? { method: 'GET' }
        : { method: 'POST', contentType: 'application/json', data: JSON.stringify(body) })
    })
    const cut = (): void => request.abort()
    signal?.addEventListener('abort', cut)
    request
      .always(() => signal?.removeEventListener('abort', cut))
      .done((answer: Answer) => resolve(answer))
      .fail((answer) => {
        if (signal?.aborted !== true) reject(unanswered(answer))
      })
  })
}
