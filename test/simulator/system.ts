// What the fabric does of its own accord after a change of configuration: it assigns tags and segments, makes the
// relations every EPG and bridge domain has, resolves relations, and keeps the other end of each up to date.
import type { Clock } from './clock'
import type { Attributes } from './model'
import { joinDn } from './names'
import type { Change, ManagedObject, Tree } from './tree'

interface NamedRelation {
  /** Property that holds the target's name. */
  readonly by: string
  /** RN of the target inside its tenant. */
  readonly rn: (name: string) => string
  /** Where an empty name leads. */
  readonly fallback?: string
  /** Class and RN of the other end, under the target. */
  readonly back?: { readonly className: string; readonly rn: (source: string) => string }
}

const NAMED: Readonly<Record<string, NamedRelation | undefined>> = {
  fvRsBd: {
    by: 'tnFvBDName',
    rn: (name) => `BD-${name}`,
    fallback: 'default',
    back: { className: 'fvRtBd', rn: (source) => `rtbd-[${source}]` }
  },
  fvRsCtx: {
    by: 'tnFvCtxName',
    rn: (name) => `ctx-${name}`,
    fallback: 'default',
    back: { className: 'fvRtCtx', rn: (source) => `rtctx-[${source}]` }
  },
  fvRsCustQosPol: {
    by: 'tnQosCustomPolName',
    rn: (name) => `qoscustom-${name}`,
    fallback: 'default',
    back: { className: 'qosRtCustQosPol', rn: (source) => `rtfvRsCustQosPol-[${source}]` }
  },
  fvRsProv: {
    by: 'tnVzBrCPName',
    rn: (name) => `brc-${name}`,
    back: { className: 'vzRtProv', rn: (source) => `rtfvProv-[${source}]` }
  },
  fvRsCons: {
    by: 'tnVzBrCPName',
    rn: (name) => `brc-${name}`,
    back: { className: 'vzRtCons', rn: (source) => `rtfvCons-[${source}]` }
  },
  vzRsSubjFiltAtt: {
    by: 'tnVzFilterName',
    rn: (name) => `flt-${name}`,
    fallback: 'default',
    back: { className: 'vzRtSubjFiltAtt', rn: (source) => `rtsubjFiltAtt-[${source}]` }
  },
  fvRsBDToOut: { by: 'tnL3extOutName', rn: (name) => `out-${name}` },
  l3extRsEctx: { by: 'tnFvCtxName', rn: (name) => `ctx-${name}` }
}

/** Relations every object of a class has, made with it when the client did not. */
const COMPANIONS: Readonly<Record<string, readonly { className: string; rn: string }[] | undefined>> = {
  fvAEPg: [
    { className: 'fvRsBd', rn: 'rsbd' },
    { className: 'fvRsCustQosPol', rn: 'rscustQosPol' }
  ],
  fvBD: [{ className: 'fvRsCtx', rn: 'rsctx' }]
}

export class System {
  private readonly pending: Change[] = []
  /** Relations whose target does not exist yet. */
  private readonly unresolved = new Set<ManagedObject>()
  private nextTag = 32770
  private nextScope = 2_097_152
  private nextSegment = 15_761_417
  private nextGroup = 0

  /**
   * @param delay ms between a change and what follows from it; 0 = at once, as events of their own nevertheless
   */
  constructor(
    private readonly tree: Tree,
    private readonly clock: Clock,
    private readonly delay = 0
  ) {
    tree.onChange((change) => {
      if (matters(change)) this.pending.push(change)
    })
    tree.onSettled(() => {
      this.settle()
    })
  }

  private settle(): void {
    if (this.pending.length === 0) return
    const changes = this.pending.splice(0)
    if (this.delay === 0) this.follow(changes)
    else this.clock.after(this.delay, () => this.follow(changes))
  }

  private follow(changes: readonly Change[]): void {
    this.tree.batch(() => {
      for (const change of changes) {
        if (change.status === 'deleted') this.afterDeletion(change.object)
        else if (this.tree.get(change.object.dn) === change.object) this.afterChange(change)
      }
    })
  }

  private afterChange({ status, object, changed }: Change): void {
    if (status === 'created') {
      for (const { className, rn } of COMPANIONS[object.cls.name] ?? []) {
        const dn = joinDn(object.dn, rn)
        if (!this.tree.get(dn)) this.tree.create(className, dn, { lcOwn: 'implicit' })
      }
      const assigned = this.assign(object)
      if (assigned) this.tree.modify(object.dn, assigned)
      this.resolveWaiting()
    }
    const relation = NAMED[object.cls.name]
    if (relation && (status === 'created' || relation.by in changed)) this.resolve(object, relation)
    else if (status === 'created' && isPointer(object)) this.tree.modify(object.dn, { state: 'formed' })
  }

  private afterDeletion(object: ManagedObject): void {
    this.unresolved.delete(object)
    const relation = NAMED[object.cls.name]
    if (relation) this.detach(object, relation, object.attributes['tDn'] ?? '')
    for (const source of this.sourcesOf(object)) {
      const { tDn = '' } = source.attributes
      if (tDn === object.dn) {
        this.tree.modify(source.dn, { state: 'missing-target', tDn: '', tRn: '' })
        this.unresolved.add(source)
      }
    }
  }

  /** Relations that point at an object, by its back pointers, which went before it. */
  private *sourcesOf(target: ManagedObject): Generator<ManagedObject> {
    for (const [className, relation] of Object.entries(NAMED)) {
      if (!relation || !target.rn.startsWith(relation.rn(''))) continue
      for (const source of this.tree.ofClass(className)) if (source.attributes['tDn'] === target.dn) yield source
    }
  }

  private resolveWaiting(): void {
    for (const source of [...this.unresolved]) {
      const relation = NAMED[source.cls.name]
      if (relation && this.tree.get(source.dn) === source) this.resolve(source, relation)
    }
  }

  private resolve(source: ManagedObject, relation: NamedRelation): void {
    const old = source.attributes['tDn'] ?? ''
    const target = this.target(source, relation)
    if (old !== '' && old !== target?.dn) this.detach(source, relation, old)
    if (!target) {
      this.unresolved.add(source)
      this.tree.modify(source.dn, { state: 'missing-target', tDn: '', tRn: '' })
      return
    }
    this.unresolved.delete(source)
    this.tree.modify(source.dn, { state: 'formed', tDn: target.dn, tRn: target.rn })
    const holder = source.parent
    if (!relation.back || !holder) return
    const dn = joinDn(target.dn, relation.back.rn(holder.dn))
    if (!this.tree.get(dn)) this.tree.create(relation.back.className, dn, { tCl: holder.cls.name })
  }

  private detach(source: ManagedObject, { back }: NamedRelation, target: string): void {
    if (back && source.parent && target !== '') this.tree.remove(joinDn(target, back.rn(source.parent.dn)))
  }

  /** The named object of the own tenant, or else that of tenant common. */
  private target(source: ManagedObject, relation: NamedRelation): ManagedObject | undefined {
    const given = source.attributes[relation.by] ?? ''
    const name = given === '' ? relation.fallback : given
    if (name === undefined) return undefined
    const own = given === '' ? undefined : this.tree.get(joinDn(tenantOf(source), relation.rn(name)))
    return own ?? this.tree.get(joinDn('uni/tn-common', relation.rn(name)))
  }

  /** What only the fabric can know of a new object. */
  private assign(object: ManagedObject): Attributes | undefined {
    switch (object.cls.name) {
      case 'fvAEPg':
        return { pcTag: String(this.nextTag++), scope: String(this.nextScope), configSt: 'applied' }
      case 'l3extInstP':
        return { pcTag: String(this.nextTag++), scope: String(this.nextScope) }
      case 'fvBD':
        return {
          pcTag: String(this.nextTag++),
          seg: String((this.nextSegment += 32)),
          scope: String(this.nextScope),
          bcastP: `225.0.${(++this.nextGroup >> 4) & 255}.${(this.nextGroup & 15) << 4}`
        }
      case 'fvCtx': {
        const scope = String((this.nextScope += 32_768))
        return { pcTag: String(this.nextTag++), seg: scope, scope }
      }
      default:
        return undefined
    }
  }
}

const tenantOf = (object: ManagedObject): string => {
  let at: ManagedObject | undefined = object
  while (at && at.cls.name !== 'fvTenant') at = at.parent
  return at?.dn ?? 'uni/tn-common'
}

const isPointer = ({ cls, attributes }: ManagedObject): boolean =>
  cls.kind === 'config' && attributes['state'] === 'unformed' && attributes['tType'] === 'mo'

/** Keeps a burst of changes that nothing follows from (endpoints, interfaces, faults) out of the queue. */
const matters = ({ status, object }: Change): boolean =>
  object.cls.kind === 'config' && (status !== 'modified' || NAMED[object.cls.name] !== undefined)
