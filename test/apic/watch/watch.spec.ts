// A watch as a whole, against random histories: queries that overlap, are behind one another, come and go, and miss
// events, while what is told has to stay one story.

import fc from 'fast-check'
import assert from 'node:assert/strict'
import type { Change } from '../../../nodes/apic/store/change'
import { Mirror, type Difference, type KnownObject } from '../../../nodes/apic/store/mirror'
import { Tally } from '../../../nodes/apic/sync/tally'
import { pathOf, type Query } from '../../../nodes/apic/protocol/query'
import type { Subscription, SubscriptionListener, SubscriptionState } from '../../../nodes/apic/sync/subscription'
import { Watch, type SubscriptionLender } from '../../../nodes/apic/watch/watch'
import type { WireEvent, WireObject } from '../../../nodes/apic/protocol/wire'
import { Inbox } from '../../rig'

const DNS = ['uni/tn-a', 'uni/tn-b'] as const
const CLASS = 'fvTenant'

const query = (given: Partial<Query>): Query => {
  return { target: 'mo', of: 'uni', scope: 'self', subtreeClasses: [], filter: '', ...given }
}

const QUERIES: readonly Query[] = [
  query({ target: 'class', of: CLASS }),
  query({ of: DNS[0] }),
  query({ scope: 'subtree', subtreeClasses: [CLASS] }),
  query({ of: DNS[1], scope: 'subtree' })
]

const matches = ({ target, of, scope }: Query, dn: string): boolean => {
  return target === 'class' || of === dn || (scope === 'subtree' && of === 'uni')
}

/** A fabric with two tenants, and all that ever happened to them. */
class Tree {
  readonly objects = new Map<string, WireObject>()
  readonly log: WireEvent[] = []
  /** What the clock was set back by, ms. */
  lag = 0

  change(dn: string, isDeleted: boolean): void {
    const was = this.objects.get(dn)
    if (was === undefined && isDeleted) return
    const status = was === undefined ? 'created' : isDeleted ? 'deleted' : 'modified'
    const time = new Date(Date.UTC(2026, 0) + 1_000 * this.log.length - this.lag).toISOString()
    const attributes = { dn, modTs: time, descr: String(this.log.length) }
    const object = { class: CLASS, dn, attributes, raw: {} }
    if (isDeleted) this.objects.delete(dn)
    else this.objects.set(dn, object)
    this.log.push({ ...object, status })
  }
}

/** What a watch sees of a subscription, with events that come when the test says so. */
class Line {
  readonly path: string
  readonly recovered = new Tally()
  readonly site = ''
  readonly controller = ''
  readonly trustedAt = 0
  readonly isComplete = true
  readonly isStarted = true
  isRead = true
  isUnparked = false
  readonly mirror = new Mirror()
  /** Objects that cannot be read, by DN. */
  readonly unread = new Set<string>()
  private readonly listeners = new Set<SubscriptionListener>()
  /** Number of events of the tree that have come, or are past. */
  private place = 0

  constructor(
    readonly query: Query,
    private readonly tree: Tree
  ) {
    this.path = pathOf(query)
  }

  get state(): SubscriptionState {
    return { phase: this.isRead ? 'live' : 'waiting' }
  }

  get known(): number {
    return this.mirror.size
  }

  objectOf(dn: string): KnownObject | undefined {
    return this.mirror.get(dn)
  }

  knownOf(dn: string): Change | undefined {
    const object = this.mirror.get(dn)
    return object && this.existingOf(object)
  }

  *existing(): IterableIterator<Change> {
    for (const object of this.mirror.all()) yield this.existingOf(object)
  }

  attach(listener: SubscriptionListener): void {
    this.listeners.add(listener)
  }

  detach(listener: SubscriptionListener): void {
    this.listeners.delete(listener)
  }

  /** So many events come; none before everything has been read. */
  deliver(count: number): void {
    if (!this.isRead) return
    for (const event of this.tree.log.slice(this.place, this.place + count)) {
      this.place += 1
      if (!matches(this.query, event.dn)) continue
      const result = this.mirror.apply(event, false)
      if (typeof result !== 'string') this.tell(result, 'live')
    }
  }

  /** Events that have not come are lost; what there is now is read instead. */
  read(): void {
    this.place = this.tree.log.length
    this.mirror.beginComparison()
    for (const [dn, object] of this.tree.objects) {
      if (matches(this.query, dn)) this.take(object)
    }
    for (const dn of [
      ...this.mirror.missing(),
      ...[...this.listeners].flatMap((one) => [...(one.expected?.() ?? [])])
    ]) {
      const result = this.unread.has(dn) ? 'stale' : this.mirror.remove(dn)
      if (result !== 'stale') this.tell(result, 'recovered')
    }
    for (const listener of this.listeners) listener.read?.(undefined, this.unread)
    this.isRead = true
    for (const listener of this.listeners) listener.moved()
  }

  /** What has an earlier time than is known is read twice. */
  private take(object: WireObject): void {
    let result = this.mirror.take(object)
    if (result === 'earlier') {
      const time = Date.parse(this.mirror.get(object.dn)?.attributes['modTs'] ?? '')
      result = this.mirror.take(object, true)
      for (const listener of this.listeners) listener.setBack?.(time - 1, object.dn)
    }
    if (typeof result !== 'string') this.tell(result, 'recovered')
  }

  /** Readings are what the test makes. */
  suspect(): void {
    // Nothing is read by itself.
  }

  /** The fabric is another one now, which goes on with what this one knew. */
  park(): void {
    this.listeners.clear()
    this.isUnparked = true
    this.isRead = false
  }

  private tell({ ...object }: Difference, origin: 'live' | 'recovered'): void {
    const change = { ...this.existingOf(object), ...object, origin }
    for (const listener of this.listeners) listener.change(change)
  }

  private existingOf(object: KnownObject): Change {
    const time = object.attributes['modTs'] ?? ''
    return { ...object, event: 'existing', origin: 'snapshot', time, receivedAt: 0, controller: '', query: this.path }
  }
}

function lenderOf(lines: readonly Line[]): SubscriptionLender {
  return {
    acquire: (wanted, _mirror, listener) => {
      const line = lines.find(({ path }) => path === pathOf(wanted))!
      line.attach(listener)
      // It has what a watch uses of one.
      return line as unknown as Subscription
    },
    release: (subscription, listener) => {
      subscription.detach(listener)
    }
  }
}

type Step =
  | { readonly do: 'change'; readonly dn: number; readonly isDeleted: boolean }
  | { readonly do: 'deliver'; readonly line: number; readonly count: number }
  | { readonly do: 'read' | 'remove' | 'suspend'; readonly line: number }
  | { readonly do: 'add'; readonly line: number; readonly snapshot: boolean }
  | { readonly do: 'redeploy' | 'restart'; readonly lines: readonly number[] }
  | { readonly do: 'set the clock back'; readonly seconds: number }

const line = fc.nat(QUERIES.length - 1)
const lines = fc.uniqueArray(line, { minLength: 1 })
const STEPS: readonly fc.WeightedArbitrary<Step>[] = [
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('change' as const), dn: fc.nat(DNS.length - 1), isDeleted: fc.boolean() })
  },
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('deliver' as const), line, count: fc.integer({ min: 1, max: 4 }) })
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('read' as const, 'remove' as const), line }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('suspend' as const), line }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('add' as const), line, snapshot: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('redeploy' as const, 'restart' as const), lines }) }
]
const CLOCK: fc.WeightedArbitrary<Step> = {
  weight: 2,
  arbitrary: fc.record({ do: fc.constant('set the clock back' as const), seconds: fc.integer({ min: 1, max: 20 }) })
}
const historyOf = (...kinds: readonly fc.WeightedArbitrary<Step>[]): fc.Arbitrary<Step[]> => {
  return fc.array(fc.oneof(...kinds), { maxLength: 60, size: 'max' })
}

/** A node with its watch, and what its flow makes of the messages. */
class Flow {
  private readonly tree = new Tree()
  private readonly lines: readonly Line[]
  private watch: Watch
  private isSuspended = false
  /** What was told of each object last; undefined for one that is gone. */
  private readonly told = new Map<string, Change | undefined>()
  /** Objects that were out of sight and of which nothing was told since: what they may be without being told. */
  private readonly loose = new Map<string, Set<string>>()
  private readonly messages: Change[] = []

  constructor() {
    this.lines = QUERIES.map((each) => new Line(each, this.tree))
    this.watch = this.begin()
    for (const dn of DNS) this.loose.set(dn, new Set(['']))
    this.keep([0])
  }

  run(story: readonly Step[]): void {
    for (const step of story) this.take(step)
    if (this.isSuspended) this.resume(this.watch.queries.map((each) => QUERIES.indexOf(each)))
    for (const each of this.lines) if (each.isRead) each.deliver(Infinity)
    // Audits: what nobody is going to hear of is found, by the second one where times do not tell.
    for (const each of [...this.lines, ...this.lines]) each.read()
    if (this.tree.lag > 0) for (const each of [...this.lines, ...this.lines]) each.read()
    this.check()
    for (const dn of DNS) {
      if (!this.isSeen(dn)) continue
      const there = this.tree.objects.get(dn)?.attributes['descr'] ?? ''
      const known = this.told.get(dn)?.attributes['descr'] ?? ''
      const may = this.loose.get(dn) ?? new Set([known])
      assert.ok(may.has(there), `${dn} is "${there}", and known as "${[...may].join('" or "')}"`)
    }
  }

  private take(step: Step): void {
    if (step.do === 'change') this.tree.change(DNS[step.dn]!, step.isDeleted)
    else if (step.do === 'deliver') this.lines[step.line]!.deliver(step.count)
    else if (step.do === 'read') this.lines[step.line]!.read()
    else if (step.do === 'redeploy') this.redeploy(step.lines)
    else if (step.do === 'restart') this.restart(step.lines)
    else if (step.do === 'suspend') this.suspend()
    // No two times are the same.
    else if (step.do === 'set the clock back') this.tree.lag += 1_000 * step.seconds - 1
    else if (!this.isSuspended && step.do === 'remove') this.remove(step.line)
    else if (!this.isSuspended && step.do === 'add') this.add(step.line, step.snapshot)
    this.check()
  }

  private begin(): Watch {
    return new Watch(lenderOf(this.lines), { change: (change) => this.hear(change), moved: () => undefined })
  }

  private hear(change: Change): void {
    this.messages.push({ ...change, attributes: { ...change.attributes } })
  }

  private add(index: number, isAsked: boolean): void {
    // A sequence that has to wait for a reading may be cut short by a deploy.
    const snapshot = isAsked && [...this.attached, index].every((each) => this.lines[each]!.isRead)
    this.turn([...this.attached, index], () => this.watch.add([QUERIES[index]!], { mirror: 'full', snapshot }))
  }

  private remove(index: number): void {
    this.turn(
      this.attached.filter((other) => other !== index),
      () => this.watch.remove([QUERIES[index]!])
    )
  }

  private suspend(): void {
    if (this.isSuspended) return
    this.isSuspended = true
    this.watch.suspend()
  }

  private redeploy(indexes: readonly number[]): void {
    this.suspend()
    this.resume(indexes)
  }

  private resume(indexes: readonly number[]): void {
    this.isSuspended = false
    this.watch.resume({ change: (change) => this.hear(change), moved: () => undefined })
    this.keep(indexes)
  }

  private restart(indexes: readonly number[]): void {
    const before = this.attached
    const parked = this.watch.park()
    for (const each of this.lines) each.park()
    this.isSuspended = false
    this.watch = this.begin()
    this.watch.resume({ change: (change) => this.hear(change), moved: () => undefined }, parked)
    this.keep(indexes, before)
  }

  private keep(indexes: readonly number[], before = this.attached): void {
    const queries = indexes.map((index) => QUERIES[index]!)
    this.turn(indexes, () => this.watch.keep(queries, { mirror: 'full', snapshot: false }), before)
  }

  private get attached(): number[] {
    return this.watch.queries.map((each) => QUERIES.indexOf(each))
  }

  /** What nobody watches is out of sight; what somebody watches again may be known without being told. */
  private turn(after: readonly number[], act: () => void, before = this.attached): void {
    const stay = after.filter((index) => before.includes(index))
    act()
    this.check()
    for (const dn of DNS) {
      if (stay.some((index) => matches(QUERIES[index]!, dn))) continue
      const states = this.loose.get(dn) ?? new Set([this.told.get(dn)?.attributes['descr'] ?? ''])
      for (const index of after) states.add(this.lines[index]!.objectOf(dn)?.attributes['descr'] ?? '')
      this.loose.set(dn, states)
    }
  }

  private isSeen(dn: string): boolean {
    return this.watch.queries.some((each) => matches(each, dn))
  }

  /** Each message has to follow those before. */
  private check(): void {
    for (const change of this.messages.splice(0)) {
      const { dn, event, attributes, changes } = change
      const before = this.told.get(dn)
      const text = `${event} ${dn} ${attributes['descr']} after ${before?.event} ${before?.attributes['descr']}`
      if (!this.loose.delete(dn) && event !== 'existing') {
        assert.equal(event === 'created', before === undefined, text)
        if (event === 'deleted') assert.equal(attributes['descr'], before?.attributes['descr'], text)
        else if (before !== undefined && this.tree.lag === 0) {
          assert.ok(Number(attributes['descr']) > Number(before.attributes['descr']), text)
        }
        if (changes !== undefined) assert.equal(changes['descr']?.from, before?.attributes['descr'], text)
      }
      this.told.set(dn, event === 'deleted' ? undefined : change)
    }
  }
}

/** A watch of two queries that match all tenants, and has told of one. */
function watched(dn: string): { tree: Tree; both: readonly Line[]; told: Inbox<string> } {
  const tree = new Tree()
  const queries = [QUERIES[0]!, QUERIES[2]!]
  const both = queries.map((each) => new Line(each, tree))
  const told = new Inbox<string>('told')
  const watch = new Watch(lenderOf(both), {
    change: ({ event, dn: of }) => told.push(`${event} ${of}`),
    moved: () => undefined
  })
  watch.keep(queries, { mirror: 'full', snapshot: false })
  tree.change(dn, false)
  for (const line of both) line.deliver(Infinity)
  return { tree, both, told }
}

describe('a watch', () => {
  it('tells one story, whichever of its queries are behind, come, go or miss events', () => {
    fc.assert(
      fc.property(historyOf(...STEPS), (story) => new Flow().run(story)),
      { numRuns: 3_000 }
    )
  })

  it('adds up to what there is, also where the clock of the APIC is set back', () => {
    fc.assert(
      fc.property(historyOf(...STEPS, CLOCK), (story) => new Flow().run(story)),
      { numRuns: 3_000 }
    )
  })

  it('tells each change once where another query joins while what exists is being told', async () => {
    const [old, brief] = ['uni/tn-0', 'uni/tn-new']
    const tree = new Tree()
    // Too many for one turn of the event loop.
    for (let index = 0; index < 600; index += 1) tree.change(`uni/tn-${index}`, false)
    const queries = [query({ target: 'class', of: CLASS }), query({ of: old }), query({ of: brief })]
    const [tenants, ...others] = queries.map((each) => new Line(each, tree))
    tenants!.deliver(Infinity)
    const told = new Inbox<string>('told')
    const watch = new Watch(lenderOf([tenants!, ...others]), {
      change: ({ event, dn }) => told.push(`${event} ${dn}`),
      moved: () => undefined
    })
    watch.keep(queries.slice(0, 1), { mirror: 'full', snapshot: true })
    for (const dn of [old, brief]) tree.change(dn, false)
    for (const line of [tenants!, ...others]) line.deliver(Infinity)
    assert.ok(told.all.length < 600)
    watch.add(queries.slice(1), { mirror: 'full', snapshot: false })
    await told.next((text) => text === `created ${brief}`)
    tree.change('uni/tn-last', false)
    tenants!.deliver(Infinity)
    await told.next((text) => text === 'created uni/tn-last')

    assert.deepEqual(told.all.slice(600), [`modified ${old}`, `created ${brief}`, 'created uni/tn-last'])
  })

  it('tells what two readings show, although its time is before an end that was told', async () => {
    const [gone, other] = DNS
    const tree = new Tree()
    const [tenants, below] = [QUERIES[0]!, QUERIES[2]!].map((each) => new Line(each, tree))
    const told = new Inbox<string>('told')
    const watch = new Watch(lenderOf([tenants!, below!]), {
      change: ({ event, origin, dn }) => told.push(`${event} ${dn} ${origin}`),
      moved: () => undefined
    })
    watch.keep([QUERIES[0]!], { mirror: 'full', snapshot: false })
    for (const dn of DNS) tree.change(dn, false)
    tree.change(gone, true)
    tenants!.deliver(Infinity)

    tree.lag = 20_000
    tree.change(gone, false)
    below!.read()
    watch.add([QUERIES[2]!], { mirror: 'full', snapshot: true })
    await told.next((text) => text === `existing ${other} snapshot`)
    assert.ok(!told.all.includes(`existing ${gone} snapshot`), 'it may be late')
    below!.read()
    assert.ok(!told.all.includes(`created ${gone} recovered`), 'one reading may be late')
    below!.read()

    await told.next((text) => text === `created ${gone} recovered`)
    below!.read()
    tenants!.read()
    tree.change(gone, true)
    for (const line of [tenants!, below!]) line.deliver(Infinity)
    await told.next((text) => text === `deleted ${gone} live`)
    assert.deepEqual(told.all.slice(3), [
      `existing ${other} snapshot`,
      `created ${gone} recovered`,
      `deleted ${gone} live`
    ])
  })

  for (const snapshot of [true, false]) {
    it(`tells what two readings show of an object that ${snapshot ? 'was shown' : 'is known'} in a later state by one that left`, async () => {
      const [dn] = DNS
      const tree = new Tree()
      const [tenants, below] = [QUERIES[0]!, QUERIES[2]!].map((each) => new Line(each, tree))
      const told = new Inbox<string>('told')
      const watch = new Watch(lenderOf([tenants!, below!]), {
        change: ({ event, origin, attributes }) => told.push(`${event} ${attributes['descr']} ${origin}`),
        moved: () => undefined
      })
      tree.change(dn, false)
      for (const line of [tenants!, below!]) line.deliver(Infinity)
      watch.keep([QUERIES[0]!, QUERIES[2]!], { mirror: 'full', snapshot: false })
      tree.change(dn, false)
      below!.deliver(Infinity)
      watch.remove([QUERIES[2]!])

      tree.lag = 1_500
      tree.change(dn, false)
      tenants!.read()
      below!.mirror.clear()
      below!.read()
      watch.add([QUERIES[2]!], { mirror: 'full', snapshot })
      for (const line of [tenants!, below!]) line.read()
      for (const line of [tenants!, below!]) line.read()

      await told.next((text) => text === 'modified 2 recovered')
      for (const line of [tenants!, below!]) line.read()
      tree.change(dn, false)
      for (const line of [tenants!, below!]) line.deliver(Infinity)
      await told.next((text) => text === 'modified 3 live')
      const expected = ['modified 1 live', 'modified 2 recovered', 'modified 3 live']
      assert.deepEqual(
        told.all.filter((text) => !text.startsWith('existing')),
        expected
      )
    })
  }

  it('tells once what is read again and again while what exists is being told', async () => {
    const tree = new Tree()
    // Too many for one turn of the event loop.
    for (let index = 0; index < 600; index += 1) tree.change(`uni/tn-${index}`, false)
    const queries = [QUERIES[0]!, QUERIES[2]!]
    const both = queries.map((each) => new Line(each, tree))
    for (const line of both) line.deliver(Infinity)
    const told = new Inbox<string>('told')
    const watch = new Watch(lenderOf(both), {
      change: ({ event, dn }) => told.push(`${event} ${dn}`),
      moved: () => undefined
    })
    watch.keep(queries.slice(0, 1), { mirror: 'full', snapshot: true })
    watch.add(queries.slice(1), { mirror: 'full', snapshot: false })
    tree.change('uni/tn-0', false)
    for (let reading = 0; reading < 3; reading += 1) for (const line of both) line.read()
    assert.ok(told.all.length < 600)
    tree.change('uni/tn-last', false)
    for (const line of both) line.deliver(Infinity)
    await told.next((text) => text === 'created uni/tn-last')

    assert.deepEqual(told.all.slice(600), ['modified uni/tn-0', 'created uni/tn-last'])
  })

  it('tells nothing anew of an object that was told to be gone, and of which readings show nothing', async () => {
    const [dn, other] = DNS
    const { tree, both, told } = watched(dn)
    const [tenants, below] = both
    tree.change(dn, true)
    tenants!.deliver(Infinity)
    below!.unread.add(dn)
    for (let reading = 0; reading < 4; reading += 1) below!.read()
    below!.unread.clear()
    below!.read()
    tree.change(other, false)
    for (const line of both) line.deliver(Infinity)

    await told.next((text) => text === `created ${other}`)
    assert.deepEqual(told.all, [`created ${dn}`, `deleted ${dn}`, `created ${other}`])
  })

  it('tells nothing of an object whose events have a time that its reads do not have', async () => {
    const [dn, other] = DNS
    const { tree, both, told } = watched(dn)
    const object = tree.objects.get(dn)!
    tree.objects.set(dn, { ...object, attributes: { ...object.attributes, modTs: 'never' } })
    for (let reading = 0; reading < 4; reading += 1) for (const line of both) line.read()
    tree.change(other, false)
    for (const line of both) line.deliver(Infinity)

    await told.next((text) => text === `created ${other}`)
    assert.deepEqual(told.all, [`created ${dn}`, `created ${other}`])
  })
})
