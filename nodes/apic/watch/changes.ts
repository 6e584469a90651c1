// A step of the store as a change that crosses to the nodes.

import type { WireEvent } from '../protocol/wire'
import { stampOf, timeOf, type AttributeChanges, type Change, type EventName } from '../store/change'
import { digestOf, stampOfObject, type StoredObject } from '../store/object-store'
import type { ResultQuery, Step } from '../sync/step'

/**
 * What a step is to those who see it by this query; made once for all of them.
 * @param changes of what was sent before
 */
export function changeOf(
  step: Step,
  event: EventName,
  source: ResultQuery,
  changes: AttributeChanges | undefined
): Change {
  const { change } = step
  if (change?.event === event && change.query === source.path && change.changes === changes) return change
  return (step.change = makeChange(step, event, source, changes))
}

/** On the path of every event: one literal, no spreads. */
function makeChange(step: Step, event: EventName, source: ResultQuery, changes: AttributeChanges | undefined): Change {
  const { object, circumstances } = step
  const { receivedAt } = circumstances
  return {
    event,
    class: object.class,
    dn: object.dn,
    attributes: object.attributes,
    changes,
    origin: circumstances.origin === 'snapshot' ? 'recovered' : circumstances.origin,
    stamp: stampOfObject(object),
    // Of a first reading every object is one, and not each is going to be named: its digest is made when it is wanted.
    digest: event === 'created' && object.byRead ? undefined : digestOf(object),
    time: timeOf(circumstances.modTs, receivedAt),
    receivedAt,
    controller: source.controller,
    query: source.path,
    raw: circumstances.raw,
    gap: circumstances.gap ?? (circumstances.origin === 'snapshot' ? source.gap() : undefined),
    given: step.isGiven ? 'raw and changes' : undefined,
    matched: matchedOf(step, event, source),
    uncertain: circumstances.uncertain
  }
}

/** Whether the object came into a filter, or left it, without having been created or deleted. */
function matchedOf(step: Step, event: EventName, source: ResultQuery): Change['matched'] {
  if (!source.isFiltered) return undefined
  if (event === 'deleted') return step.event === 'membership' && step.isLeft ? 'left' : undefined
  if (event !== 'created' || step.circumstances.origin !== 'live') return undefined
  return step.event !== 'created' || step.circumstances.isLookedUp === true ? 'entered' : undefined
}

/** An object as it is known now. */
export function existingOf(object: StoredObject, source: ResultQuery): Change {
  const receivedAt = Date.now()
  return {
    event: 'existing',
    class: object.class,
    dn: object.dn,
    attributes: object.attributes,
    origin: 'snapshot',
    stamp: stampOfObject(object),
    time: timeOf(object.attributes['modTs'], receivedAt),
    receivedAt,
    controller: source.controller,
    query: source.path
  }
}

/**
 * An event, or a row, of a query that keeps nothing.
 * @param object with attributes of its own
 * @param isGiven so is `raw`
 */
export function streamedOf(
  object: Pick<WireEvent, 'class' | 'dn' | 'attributes' | 'raw'>,
  source: ResultQuery,
  event: EventName = 'created',
  isGiven = false
): Change {
  const { class: name, dn, attributes, raw } = object
  const receivedAt = Date.now()
  return {
    event,
    class: name,
    dn,
    attributes,
    origin: 'live',
    stamp: stampOf(name, attributes),
    time: timeOf(attributes['modTs'], receivedAt),
    receivedAt,
    controller: source.controller,
    query: source.path,
    raw,
    given: isGiven ? 'all' : 'attributes'
  }
}
