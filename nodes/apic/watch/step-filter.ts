// What a watch makes of the steps of the store: an object is visible to it as long as any of its queries has it, so that a
// step is a creation, a modification, a deletion, or nothing.

import { objectAttributes } from '../protocol/attributes'
import type { WireEvent } from '../protocol/wire'
import { changesBetween, type AttributeChanges, type Change } from '../store/change'
import type { ResultQuery, Step, StepListener } from '../sync/step'
import { changeOf, existingOf, streamedOf } from './changes'
import { isAwaited } from './member-state'
import type { Members } from './members'
import type { Outbox } from './outbox'
import type { Retention } from './retention'
import type { Numbered } from './snapshot'
import type { Starting } from './starter'

export class StepFilter {
  /** @param watch as queries know it, with the place of the latest step of the store */
  constructor(
    private readonly watch: StepListener & { readonly stepNumber: number },
    private readonly members: Members,
    private readonly outbox: Outbox<Starting>,
    private readonly retention: Retention
  ) {}

  step(step: Step): void {
    const { before, after, by, circumstances } = step
    const { outbox } = this
    const member = this.members.get(by)
    // What exists could not be sent before, and is sent from now on.
    const isDue = step.isFirst && member?.owesSnapshot === true
    if (isDue && outbox.isHeard) outbox.beginSnapshot([member])
    // One that was sent as existing and has ended since is new.
    const wasSent = outbox.snapshot?.has(step.object.dn) ?? false
    const isLive = circumstances.origin === 'live'
    const saw = this.isVisible(before, isLive)
    const sees = after === before ? saw : this.isVisible(after, isLive)
    if (step.isFirst && member !== undefined && outbox.isPending(member) && !isAwaited(member.state)) {
      outbox.snapshot?.add({ change: existingOf(step.object, by), step: step.number }, !saw)
    }
    if (!saw && !sees) return
    if (step.isHidden && by.hidden.from(this.watch, step.object.dn) === undefined) return
    // The next listener has not been sent what exists: what is found meanwhile is new to it.
    const isUnheard = !outbox.isHeard && (isDue || member?.isCutShort === true)
    const hidden = saw ? undefined : this.members.hidden(this.watch, step.object.dn)
    const source = member?.synced ?? this.members.sourceOf(after) ?? this.members.sourceOf(before) ?? by
    const pass = (event: Change['event'], changes?: AttributeChanges): void => {
      const change = changeOf(step, event, source, changes)
      this.pass({ change, step: step.number, before: this.pathsOf(before), after: this.pathsOf(after) })
    }
    if (saw && sees) {
      if (step.event !== 'membership') pass('modified', step.changes)
    } else if (saw) {
      pass('deleted')
    } else if (hidden !== undefined) {
      const changes = changesBetween(hidden.attributes, step.object.attributes)
      this.members.hasSent(this.watch, step.object.dn)
      if (Object.keys(changes).length > 0 || hidden.at !== step.object.at) pass('modified', changes)
    } else if (
      !step.isFirst ||
      member === undefined ||
      wasSent ||
      isUnheard ||
      this.members.isNews(step.object, member)
    ) {
      pass('created')
    }
  }

  streamed({ class: name, dn, attributes, raw, status }: WireEvent, synced: ResultQuery, isGiven: boolean): void {
    const object = { class: name, dn, attributes: objectAttributes(name, attributes), raw }
    const change = streamedOf(object, synced, status, isGiven)
    const paths = [synced.path]
    this.pass({ change, step: this.watch.stepNumber + 1, before: paths, after: paths })
  }

  /** Whether the node knows an object in these results. See {@link Members.isVisible}. */
  isVisible(queries: ReadonlySet<ResultQuery>, isLive = false): boolean {
    return this.retention.isAmong(queries) || this.members.isVisible(queries, isLive)
  }

  /** While nobody listens, it has to be known by which queries a change was seen. */
  private pathsOf(queries: ReadonlySet<ResultQuery>): readonly string[] {
    return this.outbox.isDirect ? [] : [...queries].map(({ path }) => path)
  }

  private pass(numbered: Numbered): void {
    this.members.noteDelivered(numbered.change)
    this.outbox.pass(numbered)
  }
}
