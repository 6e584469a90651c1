// Turns a change into a Node-RED message. The receiver owns the message: it shares nothing with the store.

import { createHash } from 'node:crypto'
import type { NodeMessage } from 'node-red'
import { versionOf, type Attributes, type Change, type EventName, type Imdata } from '../apic'

/** Longer ids than this are hashed. */
const LONGEST_ID = 512

export interface AciPayload {
  id: string
  event: EventName
  class: string
  dn: string
  attributes: Attributes
  changes?: Record<string, { from: string; to: string }>
  origin: Change['origin']
  fabric: string
  time: string
}

export interface AciMessage extends NodeMessage {
  topic: string
  payload: AciPayload
  aci: {
    controller: string
    receivedAt: number
    query: string
    raw?: Imdata
    gap?: { from: string; to: string }
    matched?: 'entered' | 'left'
    uncertain?: true
  }
  parts?: { id: string; index: number; count?: number }
}

/**
 * The id of a state: the same for every node and process, for it has no counter and no clock of ours in it. The same state
 * later has the same id.
 */
function idOf(change: Change, fabric: string): string {
  const id = `${fabric}|${change.class}|${change.dn}|${change.event}|${versionOf(change)}`
  return id.length <= LONGEST_ID ? id : createHash('sha256').update(id).digest('hex')
}

function ownChanges(changes: NonNullable<Change['changes']>): NonNullable<AciPayload['changes']> {
  const own: NonNullable<AciPayload['changes']> = {}
  for (const name in changes) {
    const change = changes[name]
    if (change !== undefined) own[name] = { from: change.from, to: change.to }
  }
  return own
}

function ownRaw(raw: Imdata): Imdata {
  const own: Imdata = {}
  for (const name in raw) {
    const body = raw[name]
    if (body === undefined) continue
    own[name] = { attributes: { ...body.attributes } }
    if (body.children !== undefined) own[name].children = body.children.map(ownRaw)
  }
  return own
}

/**
 * @param change borrowed (valid during the call): the message gets copies of what it is not given
 * @param fabric name of the fabric
 */
export function messageOf(change: Change, fabric: string): AciMessage {
  const { given } = change
  const isOwnRaw = given === 'all' || given === 'raw and changes'
  const payload: AciPayload = {
    id: idOf(change, fabric),
    event: change.event,
    class: change.class,
    dn: change.dn,
    attributes: given === 'all' || given === 'attributes' ? change.attributes : { ...change.attributes },
    origin: change.origin,
    fabric,
    time: change.time
  }
  if (change.changes !== undefined) payload.changes = isOwnRaw ? change.changes : ownChanges(change.changes)
  const aci: AciMessage['aci'] = {
    controller: change.controller,
    receivedAt: change.receivedAt,
    query: change.query
  }
  if (change.raw !== undefined) aci.raw = isOwnRaw ? change.raw : ownRaw(change.raw)
  if (change.gap !== undefined) aci.gap = { ...change.gap }
  if (change.matched !== undefined) aci.matched = change.matched
  if (change.uncertain !== undefined) aci.uncertain = change.uncertain
  return { topic: change.dn, payload, aci }
}
