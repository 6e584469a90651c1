// Reads the control messages of an aci-subscribe node: action and target.

import { AciError, looksLikeDn, type MirrorMode, type Query, type Target } from '../apic'
import { isObject } from './request'
import * as settings from './settings'

const ACTIONS = ['subscribe', 'unsubscribe', 'resync', 'list'] as const

export type Action = (typeof ACTIONS)[number]

/** The request of a control message. */
export interface Request {
  readonly target: Target
  /** The parts of the target that the message itself names; the others are defaults. */
  readonly named: ReadonlySet<string>
  readonly snapshot: boolean
  /** Undefined: the node's own setting. */
  readonly mirror: MirrorMode | undefined
}

interface Message {
  readonly action?: unknown
  readonly topic?: unknown
  readonly payload?: unknown
}

/** @throws AciError ACI_CONFIG when the action is missing or unknown */
export function actionOf(message: Message): Action {
  const action = ACTIONS.find((known) => known === message.action)
  if (action !== undefined) return action
  const given = typeof message.action === 'string' && message.action !== '' ? `"${message.action}"` : 'missing'
  throw new AciError('ACI_CONFIG', `msg.action is ${given}: ${ACTIONS.join(', ')} are known`)
}

/**
 * The target in `msg.payload` (an object with the dialog's property names) or `msg.topic` (a class name or a DN);
 * undefined when there is neither.
 * @throws AciError ACI_CONFIG
 */
export function requestOf(message: Message): Request | undefined {
  const named = namedTarget(message)
  if (named === undefined) return undefined
  return {
    target: settings.target(named),
    named: new Set(Object.keys(named)),
    snapshot: settings.flag(named, 'snapshot', false),
    mirror: named['mirror'] === undefined ? undefined : settings.mirror(named)
  }
}

/** Whether a request selects a query: parts that it does not name match anything. */
export function selects({ target, named }: Request, query: Query): boolean {
  if (query.target !== target.target) return false
  if (target.target === 'mo' ? query.of !== target.dn : !target.classes.includes(query.of)) return false
  return (
    (!named.has('scope') || query.scope === target.scope) &&
    (!named.has('filter') || query.filter === target.filter) &&
    (!named.has('subtreeClasses') || query.subtreeClasses.join() === target.subtreeClasses.join())
  )
}

function namedTarget({ payload, topic }: Message): Readonly<Record<string, unknown>> | undefined {
  if (isObject(payload) && ('classes' in payload || 'dn' in payload)) {
    return 'target' in payload ? payload : { ...payload, target: 'dn' in payload ? 'mo' : 'class' }
  }
  if (typeof topic !== 'string' || topic.trim() === '') return undefined
  const extras = isObject(payload) ? payload : {}
  const name = topic.trim()
  return looksLikeDn(name) ? { ...extras, target: 'mo', dn: name } : { ...extras, target: 'class', classes: name }
}
