// Configuration by REST: a POSTed tree or a DELETE, checked as a whole, then applied as a whole.
import type { Actor, Audit } from './audit'
import { alreadyThere, badRequest, implicitProperty, objectNotFound, unresolvedClass, wrongDn } from './errors'
import type { ManagedClass } from './model'
import { joinDn, parentDn, rnOf, splitDn } from './names'
import type { Change, Tree } from './tree'

interface Step {
  readonly action: 'create' | 'modify' | 'delete'
  readonly cls: ManagedClass
  readonly attributes: Record<string, string>
}

/** What the checks of one request have decided so far, by DN, in the order it is to be done. */
type Plan = Map<string, Step>

interface Body {
  readonly cls: ManagedClass
  readonly attributes: Record<string, string>
  readonly children: readonly unknown[]
}

/** Not a matter of configuration, though they may be named in a body. */
const ADDRESSING: ReadonlySet<string> = new Set(['dn', 'rn', 'status', 'childAction'])
/** Unix id of the first local user, as an APIC notes it on what that user makes. */
const USER_ID = '15374'
/** An APIC does not let go of these. */
const PERMANENT: ReadonlySet<string> = new Set([
  'uni',
  'uni/tn-common',
  'uni/tn-infra',
  'uni/tn-mgmt',
  'uni/infra',
  'uni/userext',
  'uni/userext/pkiext',
  'uni/userext/pkiext/webtokendata'
])

export class Configuration {
  private recorded: Change[] | undefined

  constructor(
    private readonly tree: Tree,
    private readonly audit: Audit
  ) {
    tree.onChange((change) => {
      this.recorded?.push(change)
    })
  }

  /**
   * Applies a tree of objects.
   * @param dn of the URL; undefined when the body is to say it
   * @returns the changes of the objects named (not what the system does because of them); none when nothing differed
   * @throws Refusal; then nothing has been changed
   */
  post(dn: string | undefined, body: unknown, actor: Actor): readonly Change[] {
    const plan: Plan = new Map()
    const root = this.read(body)
    this.plan(plan, root, this.rootDn(dn, root))
    return this.apply(plan, actor)
  }

  /** Deletes an object and all below it; what is not there is not an error. @throws Refusal */
  delete(dn: string, actor: Actor): readonly Change[] {
    if (!splitDn(dn)) throw badRequest(`Request failed, invalid DN ${dn}`)
    const plan: Plan = new Map()
    const object = this.tree.get(dn)
    if (object) this.planDeletion(plan, object.cls, dn)
    return this.apply(plan, actor)
  }

  private apply(plan: Plan, actor: Actor): readonly Change[] {
    const changes: Change[] = []
    // The log entries are part of the same transaction, but come after all of it.
    this.tree.batch(() => {
      this.recorded = changes
      try {
        for (const [dn, { action, cls, attributes }] of plan) {
          if (action === 'create') this.tree.create(cls.name, dn, { ...attributes, uid: USER_ID })
          else if (action === 'modify') this.tree.modify(dn, attributes)
          else this.tree.remove(dn)
        }
      } finally {
        this.recorded = undefined
      }
      this.audit.changes(
        changes.filter((change) => change.object.cls.kind === 'config'),
        actor
      )
    })
    return changes
  }

  private plan(plan: Plan, body: Body, dn: string): void {
    const { cls, attributes } = body
    const status = statusOf(attributes['status'])
    const rn = rnOf(dn)
    const naming = cls.rn.parse(rn)
    if (!naming) throw wrongDn(dn, rn, dn.length - rn.length)
    for (const [property, value] of Object.entries(naming)) {
      if (property in attributes && attributes[property] !== value) {
        throw badRequest(`Request failed, ${property}=${attributes[property] ?? ''} does not fit the DN ${dn}`)
      }
    }
    if (status.deleted) {
      const object = this.tree.get(dn)
      if (object) this.planDeletion(plan, object.cls, dn)
      return
    }
    const planned = plan.get(dn)
    const existing = planned?.action === 'delete' ? undefined : (planned?.cls ?? this.tree.get(dn)?.cls)
    if (existing && existing !== cls) throw badRequest(`Request failed, ${dn} is of class ${existing.name}`)
    if (existing && status.created && !status.modified) throw alreadyThere(cls.name, parentDn(dn), rn)
    if (!existing && status.modified && !status.created) throw objectNotFound(dn)
    const settings = this.settings(cls, attributes)
    if (!existing) this.checkPlace(plan, cls, dn)
    if (cls.kind !== 'config' && !existing) {
      throw badRequest(`Request failed, class ${cls.name} is not configurable`)
    }
    plan.set(dn, {
      cls,
      action: planned?.action ?? (existing ? 'modify' : 'create'),
      attributes: { ...planned?.attributes, ...settings }
    })
    for (const element of body.children) {
      const child = this.read(element)
      this.plan(plan, child, this.childDn(dn, child))
    }
  }

  private planDeletion(plan: Plan, cls: ManagedClass, dn: string): void {
    if (cls.kind !== 'config' || PERMANENT.has(dn)) throw badRequest(`Request failed, ${dn} cannot be deleted`)
    plan.set(dn, { action: 'delete', cls, attributes: {} })
  }

  private checkPlace(plan: Plan, cls: ManagedClass, dn: string): void {
    const top = parentDn(dn)
    const planned = plan.get(top)
    const parent = planned?.action === 'delete' ? undefined : (planned?.cls ?? this.tree.get(top)?.cls)
    if (!parent && top !== '') throw objectNotFound(top)
    if (!cls.fitsUnder(parent?.name ?? '')) throw wrongDn(dn, rnOf(dn), dn.length - rnOf(dn).length)
  }

  /** The properties to set, each of them known, configurable and of a possible value. */
  private settings(cls: ManagedClass, attributes: Record<string, string>): Record<string, string> {
    const settings: Record<string, string> = {}
    for (const [property, written] of Object.entries(attributes)) {
      if (ADDRESSING.has(property) || cls.naming.has(property)) continue
      if (!cls.has(property)) {
        throw badRequest(`Request failed, unknown property ${property} of class ${cls.name}`)
      }
      if (!cls.configurable.has(property)) throw implicitProperty(cls.name, property)
      const value = cls.normal(property, written)
      if (!cls.admits(property, value)) {
        throw badRequest(`Request failed, unknown value ${value} of property ${property}, class ${cls.name}`)
      }
      // A password can be set and never be read.
      settings[property] = property === 'pwd' ? '' : value
    }
    return settings
  }

  private rootDn(urlDn: string | undefined, body: Body): string {
    const { dn } = body.attributes
    if (dn !== undefined && dn !== '') {
      if (!splitDn(dn)) throw badRequest(`Request failed, invalid DN ${dn}`)
      if (urlDn !== undefined && dn !== urlDn && !dn.startsWith(`${urlDn}/`)) {
        throw badRequest(`Request failed, ${dn} is not below ${urlDn}`)
      }
      return dn
    }
    if (urlDn === undefined) throw badRequest(`Request failed, no DN for class ${body.cls.name}`)
    if (!splitDn(urlDn)) throw badRequest(`Request failed, invalid DN ${urlDn}`)
    return this.isItself(urlDn, body) ? urlDn : this.childDn(urlDn, body)
  }

  /** A URL may name the object of the body, or its parent. */
  private isItself(dn: string, { cls, attributes }: Body): boolean {
    const existing = this.tree.get(dn)
    if (existing && existing.cls !== cls) return false
    const naming = cls.rn.parse(rnOf(dn))
    return naming !== undefined && cls.rn.naming.every((name) => (attributes[name] ?? naming[name]) === naming[name])
  }

  private childDn(parent: string, { cls, attributes }: Body): string {
    const { dn, rn } = attributes
    if (dn) {
      if (parentDn(dn) !== parent) throw badRequest(`Request failed, ${dn} is not a child of ${parent}`)
      return dn
    }
    if (rn) return joinDn(parent, rn)
    const built = cls.rn.build(attributes)
    if ('missing' in built) {
      throw badRequest(`Request failed, naming property ${built.missing} of class ${cls.name} is missing`)
    }
    return joinDn(parent, built.rn)
  }

  /** Checks the shape of one element: a class name with attributes and children. */
  private read(element: unknown): Body {
    if (!isRecord(element)) throw badRequest('Request failed, malformed body')
    const entries = Object.entries(element)
    const [name, content] = entries[0] ?? ['', undefined]
    if (entries.length !== 1 || !isRecord(content)) throw badRequest('Request failed, malformed body')
    const { attributes = {}, children = [] } = content
    if (!isRecord(attributes) || !Array.isArray(children)) throw badRequest('Request failed, malformed body')
    const cls = this.tree.model.find(name)
    if (!cls) throw unresolvedClass(name)
    const texts: Record<string, string> = Object.create(null) as Record<string, string>
    for (const [property, value] of Object.entries(attributes)) {
      if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
        throw badRequest(`Request failed, property ${property} of class ${name} is no text`)
      }
      texts[property] = String(value)
    }
    return { cls, attributes: texts, children }
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const statusOf = (text = ''): { created: boolean; modified: boolean; deleted: boolean } => {
  const words = text.split(',').filter((word) => word !== '')
  const wrong = words.find((word) => !['created', 'modified', 'deleted'].includes(word))
  if (wrong !== undefined) throw badRequest(`Request failed, unknown status ${wrong}`)
  return {
    created: words.includes('created'),
    modified: words.includes('modified'),
    deleted: words.includes('deleted')
  }
}
