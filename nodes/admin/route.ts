// The base of all admin routes: a permission, JSON both ways, errors with a code, and an abort when the client has gone.
// Requests are untrusted.

import type { NodeAPI } from 'node-red'
import { AciError, toAciError, type ErrorCode } from '../apic'
import type { Raw } from '../runtime/settings'
import type { RouteError, RouteFailure } from './answers'
import { servedNode, type ServedNode } from './served'

/** A request to a route. */
export interface Asked {
  /** Parameters of the path. */
  readonly path: Raw
  readonly query: Raw
  /** Of a POST. */
  readonly body: Raw
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal
  /** Resolves when the client has another permission as well; else answers the request, and never resolves. */
  permitted(permission: string): Promise<void>
}

export interface Route {
  readonly method: 'get' | 'post'
  /** Below the editor's root: `/aci-apic/:id/health`. */
  readonly path: string
  readonly permission: 'aci-apic.read' | 'aci-apic.write'
  /** @throws AciError, or a {@link Failure} where another status fits better */
  answer(asked: Asked): unknown
}

/** Bodies larger than this are refused, characters; Node-RED itself takes 5 MB. */
const LARGEST_BODY = 64 * 1024
/** Longest error: it may quote the request, and an APIC's text has any length. */
const LONGEST_MESSAGE = 1_000

/** An error with its own status, or with the fields of the dialog that it concerns. */
export class Failure extends AciError {
  constructor(
    readonly status: number,
    message: string,
    readonly fields: readonly string[] = []
  ) {
    super('ACI_CONFIG', message)
  }
}

const STATUS: Readonly<Record<ErrorCode, number>> = {
  ACI_CONFIG: 400,
  ACI_QUERY: 422,
  ACI_AUTH: 502,
  ACI_TLS: 502,
  ACI_UNREACHABLE: 502,
  ACI_PROTOCOL: 502,
  ACI_CLOSED: 503,
  ACI_TIMEOUT: 504
}

/** The types of Node-RED's own middleware. */
type Request = Parameters<ReturnType<NodeAPI['auth']['needsPermission']>>[0]
type Response = Parameters<ReturnType<NodeAPI['auth']['needsPermission']>>[1]

/** Makes Node-RED's admin server answer the routes. */
export function serve(RED: NodeAPI, routes: readonly Route[]): void {
  for (const route of routes) {
    RED.httpAdmin[route.method](route.path, RED.auth.needsPermission(route.permission), (request, response) => {
      void handle(RED, route, request, response)
    })
  }
}

async function handle(RED: NodeAPI, route: Route, request: Request, response: Response): Promise<void> {
  const gone = new AbortController()
  response.on('close', () => gone.abort())
  // No proxy or browser may cache a fabric's objects.
  response.set('Cache-Control', 'no-store')
  try {
    const asked: Asked = {
      path: request.params,
      query: request.query,
      body: route.method === 'post' ? bodyOf(request) : {},
      signal: gone.signal,
      permitted: (permission) =>
        new Promise((resolve) => {
          RED.auth.needsPermission(permission)(request, response, () => resolve())
        })
    }
    const answer: unknown = await route.answer(asked)
    if (!gone.signal.aborted) response.json(answer)
  } catch (thrown) {
    if (gone.signal.aborted) return
    const error = toAciError(thrown)
    const status = error instanceof Failure ? error.status : STATUS[error.code]
    response.status(status).json({ error: shownError(error) } satisfies RouteFailure)
  }
}

/** @throws Failure */
function bodyOf(request: Request): Raw {
  // The forms of other sites cannot send such a body. Their scripts can: without adminAuth, Node-RED's core answers every
  // site that asks whether it may (CORS *). So only adminAuth keeps other sites out.
  if (request.is('application/json') !== 'application/json') throw new Failure(415, 'a body of JSON is expected')
  const body = request.body as unknown
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new Failure(400, 'an object is expected')
  if (lengthOf(body) > LARGEST_BODY) throw new Failure(413, `the request is larger than ${LARGEST_BODY} characters`)
  return body as Raw
}

/** @throws Failure where it is nested too deeply for JSON.stringify */
function lengthOf(body: object): number {
  try {
    return JSON.stringify(body).length
  } catch {
    throw new Failure(400, 'the request is nested too deeply')
  }
}

/** An error as the dialogs show it. */
export function shownError(error: AciError): RouteError {
  const fields = error instanceof Failure ? error.fields : []
  const { cause } = error
  const short = (text: string): string => shortened(text, LONGEST_MESSAGE)
  return {
    code: error.code,
    message: short(error.message),
    ...(error.trouble === undefined ? {} : { trouble: error.trouble }),
    ...(cause === undefined ? {} : { cause: { ...cause, code: short(cause.code), text: short(cause.text) } }),
    ...(fields.length === 0 ? {} : { fields })
  }
}

/** A text of at most so many characters; a longer one is cut and ends with an ellipsis. */
export function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`
}

/**
 * The node of the path.
 * @throws Failure 404 when it is not deployed
 */
export function nodeOf(RED: NodeAPI, { path }: Asked): ServedNode {
  const node = servedNode(RED, path['id'])
  if (node === undefined) throw new Failure(404, 'no such aci-apic node is deployed')
  return node
}
