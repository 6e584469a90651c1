// Short sessions without a socket: open, use, close, whatever happens in between.

import type { Login, Session } from './auth'
import { onAbort } from '../common/abort'
import { AciError } from '../common/errors'
import { Rest } from '../transport/rest'
import type { TlsOptions } from '../transport/transport'

export interface ShortSessionOptions {
  /** Base URL. */
  readonly controller: string
  readonly tls: TlsOptions
  /** Limit of one request, ms. */
  readonly requestTimeoutMs: number
  /** Aborts the requests; not the logout. */
  readonly signal: AbortSignal
}

/**
 * Uses a controller's REST API for a few requests.
 * @throws AciError what `use` throws; ACI_CLOSED when the signal is given
 */
export async function withRest<T>(options: ShortSessionOptions, use: (rest: Rest) => Promise<T>): Promise<T> {
  const { controller, tls, requestTimeoutMs, signal } = options
  if (signal.aborted) throw new AciError('ACI_CLOSED', 'the connection is closed')
  const rest = new Rest({ controller, tls, timeoutMs: requestTimeoutMs })
  const unlink = onAbort(signal, () => rest.abort())
  try {
    return await use(rest)
  } finally {
    unlink()
    rest.close()
  }
}

/**
 * Logs in, uses the session, logs out.
 * @param accepted called as soon as the login is accepted
 * @throws AciError ACI_AUTH when the login is refused; else as {@link withRest}
 */
export async function withSession<T>(
  options: ShortSessionOptions & { readonly login: Login; readonly accepted: () => void },
  use: (rest: Rest, session: Session) => Promise<T>
): Promise<T> {
  return withRest(options, async (rest) => {
    const session = await options.login.open(rest)
    options.accepted()
    try {
      return await use(rest, session)
    } finally {
      await session.logout()
    }
  })
}
