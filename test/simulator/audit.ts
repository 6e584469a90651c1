// The logs an APIC keeps of what its users do: configuration changes and logins. Old entries age out.
import type { Attributes } from './model'
import type { Change, Tree } from './tree'

/** Who did something, as the log names them. */
export interface Actor {
  readonly user: string
  readonly sessionId: string
}

const INDICATORS = { created: 'creation', modified: 'modification', deleted: 'deletion' } as const

export class Audit {
  private readonly kept: string[] = []
  private nextId = 4_294_967_297
  private nextTransaction = 576_460_752_303_423_488n

  /** @param limit entries of all kinds together that are kept; the oldest go as `deleted`. 0: none are written */
  constructor(
    private readonly tree: Tree,
    private readonly limit: number
  ) {}

  /** One entry for each change of one transaction. */
  changes(changes: readonly Change[], actor: Actor): void {
    if (changes.length === 0) return
    const txId = String(this.nextTransaction++)
    for (const change of changes) this.change(change, actor, txId)
  }

  /** A login, logout or refresh. */
  session(actor: Actor, event: 'login' | 'logout' | 'refresh', address: string, node: number): void {
    this.write('aaaSessionLR', 'sess', `uni/userext/user-${actor.user}`, {
      code: { login: 'E4206326', logout: 'E4206327', refresh: 'E4206328' }[event],
      descr: `[user ${actor.user}] From-${address}-client-type-REST-Success`,
      sessionId: actor.sessionId,
      systemId: String(node),
      trig: `${event},session`,
      user: actor.user
    })
  }

  /** Something that happened to equipment. */
  event(affected: string, attributes: Attributes): void {
    this.write('eventRecord', 'rec', affected, { ...attributes, txId: String(this.nextTransaction++) })
  }

  private change({ status, object, changed, before }: Change, actor: Actor, txId: string): void {
    const label = object.cls.name.replace(/^[a-z0-9]+/, '')
    const name = object.attributes['name'] ?? ''
    this.write('aaaModLR', 'mod', object.dn, {
      code: codeOf(object.cls.name, status),
      changeSet:
        status === 'modified'
          ? Object.keys(changed)
              .map((property) => `${property} (Old: ${before[property] ?? ''}, New: ${changed[property] ?? ''})`)
              .join(', ')
          : status === 'created'
            ? initial(object.attributes, object.cls.configurable)
            : '',
      descr: `${label}${name === '' ? '' : ` ${name}`} ${status}`,
      ind: INDICATORS[status],
      sessionId: actor.sessionId,
      txId,
      user: actor.user
    })
  }

  private write(className: string, tag: string, affected: string, attributes: Attributes): void {
    if (this.limit === 0) return
    const id = String(this.nextId++)
    const dn = `subj-[${affected}]/${tag}-${id}`
    this.tree.create(className, dn, { ...attributes, affected, created: this.tree.iso(this.tree.now()), id })
    this.kept.push(dn)
    while (this.kept.length > this.limit) this.tree.remove(this.kept.shift() ?? '')
  }
}

const initial = (attributes: Attributes, configurable: ReadonlySet<string>): string =>
  Object.keys(attributes)
    .filter((property) => configurable.has(property) && attributes[property] !== '')
    .map((property) => `${property}:${attributes[property] ?? ''}`)
    .join(', ')

/** Each class has codes of its own for creation, change and deletion; these are made up, but stay the same. */
const codeOf = (className: string, status: Change['status']): string => {
  let sum = 0
  for (const character of className) sum = (sum * 31 + character.charCodeAt(0)) % 2000
  return `E${4_210_000 + sum * 3 + { created: 0, modified: 1, deleted: 2 }[status]}`
}
