// Reads the request in a message: settings in `msg.aci.request`, and the objects in `msg.payload` or `msg.topic`.

import { AciError, looksLikeDn } from '../apic'
import type { Raw } from './settings'

/** The properties of a message that make a request. */
export interface RequestMessage {
  readonly topic?: unknown
  readonly payload?: unknown
  aci?: unknown
}

/** Objects of one message. */
const MOST_OBJECTS = 1_000

/** An object with properties, such as JSON has. */
export function isObject(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !Buffer.isBuffer(value)
}

/**
 * The settings in `msg.aci.request`, which override the node's own; none where it is missing. A message cannot choose the
 * connection: `apic` is not among the names.
 * @param names of the properties that a message may set
 * @throws AciError ACI_CONFIG for a name that is none of these
 */
export function requestOf({ aci }: RequestMessage, names: readonly string[]): Raw {
  const request = isObject(aci) ? aci['request'] : undefined
  if (request === undefined || request === null) return {}
  if (!isObject(request)) throw new AciError('ACI_CONFIG', 'msg.aci.request: an object is expected')
  const strange = Object.keys(request).find((name) => !names.includes(name))
  if (strange === undefined) return request
  throw new AciError('ACI_CONFIG', `msg.aci.request: "${strange}" is none of ${names.join(', ')}`)
}

/** `msg.aci` without the request, which is for this node only. */
export function withoutRequest(aci: unknown): Record<string, unknown> | undefined {
  if (!isObject(aci)) return undefined
  const rest = { ...aci }
  delete rest['request']
  return rest
}

/** The DN of an object in an APIC's form or in ours, or of a plain text. */
function dnOf(item: unknown): string | undefined {
  if (typeof item === 'string') return looksLikeDn(item) ? item : undefined
  if (!isObject(item)) return undefined
  if (typeof item['dn'] === 'string') return item['dn']
  const [body, ...others] = Object.values(item)
  if (others.length > 0 || !isObject(body) || !isObject(body['attributes'])) return undefined
  const { dn } = body['attributes']
  return typeof dn === 'string' ? dn : undefined
}

/**
 * DNs of the objects in `msg.payload` (an object, a DN, or an array of them), or else in `msg.topic`.
 * @throws AciError ACI_CONFIG when they are too many
 */
export function dnsOf({ payload, topic }: RequestMessage): string[] {
  const items: unknown[] = Array.isArray(payload) ? payload : [payload]
  if (items.length > MOST_OBJECTS) {
    throw new AciError(
      'ACI_CONFIG',
      `msg.payload has more than ${MOST_OBJECTS} objects: ask for them in several messages`
    )
  }
  const dns = items.map(dnOf).filter((dn) => dn !== undefined && dn !== '')
  if (dns.length === 0 && typeof topic === 'string' && looksLikeDn(topic.trim())) dns.push(topic.trim())
  return [...new Set(dns)] as string[]
}
