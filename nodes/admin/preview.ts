// Runs the read requests of a dialog once, and shows their URLs, their counts and the first objects.

import type { Node, NodeAPI } from 'node-red'
import {
  firstPathOf,
  readRequestsOf,
  toAciError,
  type RequestClient,
  type ManagedObject,
  type ReadRequest
} from '../apic'
import * as settings from '../runtime/settings'
import type { PreviewAnswer, PreviewedObject, PreviewedRequest } from './answers'
import { resolved } from './environment'
import { inquire } from './inquiry'
import { Failure, nodeOf, shortened, shownError, type Asked, type Route } from './route'

/** Objects that are shown, of all requests, and of one whose objects bring their children along. */
const MOST_OBJECTS = 20
const MOST_WITH_CHILDREN = 5
/** Classes, each of which is a request. */
const MOST_REQUESTS = 20
/** Limit of an answer, bytes. */
const LARGEST = 8 * 1024 * 1024
const LONGEST_VALUE = 500

export function previewRoute(RED: NodeAPI): Route {
  return {
    method: 'post',
    path: '/aci-apic/:id/preview',
    permission: 'aci-apic.write',
    answer: async (asked): Promise<PreviewAnswer> => {
      const node = nodeOf(RED, asked)
      const requests = await readRequests(RED, asked)
      return inquire(node, asked.signal, async (client, signal) => {
        const outcomes = await Promise.all(requests.map((request) => ask(client, request, signal)))
        return {
          requests: outcomes.map(({ request }) => request),
          total: outcomes.reduce((sum, { request }) => sum + (request.total ?? 0), 0),
          objects: shared(outcomes.map(({ objects }) => objects)).map(shown)
        }
      })
    }
  }
}

/** @throws AciError ACI_CONFIG */
async function readRequests(RED: NodeAPI, asked: Asked): Promise<ReadRequest[]> {
  const { id } = asked.body
  const node = typeof id === 'string' ? (RED.nodes.getNode(id) as Node | null) : null
  const given = Object.fromEntries(settings.READ_SETTINGS.map((name) => [name, asked.body[name]]))
  const raw = await resolved(RED, asked, given, node instanceof Object ? node : undefined)
  const requests = readRequestsOf(settings.target(raw), settings.readOptions(raw))
  if (requests.length > MOST_REQUESTS) throw new Failure(400, `classes: at most ${MOST_REQUESTS} can be previewed`)
  return requests
}

/** The first objects of all answers, in their order: shares that short answers do not use go to the others. */
function shared(answers: readonly (readonly ManagedObject[])[]): ManagedObject[] {
  let left = MOST_OBJECTS
  const shares = new Map<readonly ManagedObject[], number>()
  // The shortest first: what they leave is for the longer ones.
  const byLength = [...answers].sort((one, other) => one.length - other.length)
  for (const [index, answer] of byLength.entries()) {
    const share = Math.min(answer.length, Math.ceil(left / (byLength.length - index)))
    shares.set(answer, share)
    left -= share
  }
  return answers.flatMap((answer) => answer.slice(0, shares.get(answer)))
}

interface Outcome {
  readonly request: PreviewedRequest
  readonly objects: readonly ManagedObject[]
}

/** @throws AciError a failure that concerns more than this request */
async function ask(client: RequestClient, request: ReadRequest, signal: AbortSignal): Promise<Outcome> {
  const path = firstPathOf(request, request.options.children === 'no' ? MOST_OBJECTS : MOST_WITH_CHILDREN)
  const readable = decodeURIComponent(path)
  try {
    const { controller, totalCount, objects } = await client.read(path, signal, LARGEST)
    return { request: { path, readable, url: controller + path, total: totalCount }, objects }
  } catch (thrown) {
    const error = toAciError(thrown)
    if (error.code !== 'ACI_QUERY' && error.code !== 'ACI_PROTOCOL') throw error
    const { state } = client
    const url = state.phase === 'up' ? state.controller + path : null
    return { request: { path, readable, url, total: null, error: shownError(error) }, objects: [] }
  }
}

function shown({ class: className, dn, attributes, children = [] }: ManagedObject): PreviewedObject {
  const short = Object.entries(attributes).map(([name, value]) => [name, shortened(value, LONGEST_VALUE)])
  return {
    class: className,
    dn,
    attributes: Object.fromEntries(short) as PreviewedObject['attributes'],
    children: children.length
  }
}
