// The grammar of class names, DNs and filters, as far as it can be checked without an APIC, and the ranges of
// numbers that are typed. It imports nothing, so that the dialogs in the browser check what is typed by the very rules that
// the nodes go by.

const CLASS_NAME = /^[a-zA-Z][A-Za-z0-9]{1,63}$/

/** What may be wrong with a DN. */
export type DnFlaw = 'characters' | 'parts' | 'brackets'

/** What may be wrong with a filter expression. */
export type FilterFlaw = 'characters' | 'quote' | 'parentheses' | 'expression'

export function isClassName(name: string): boolean {
  return CLASS_NAME.test(name)
}

/** Text without control characters or lone surrogates, neither of which has a place in a URL. */
function isPlainText(text: string): boolean {
  // eslint-disable-next-line no-control-regex -- control characters are exactly what is looked for
  return !/[\u0000-\u001f\u007f]|\p{Surrogate}/u.test(text)
}

function isBalanced(text: string, open: string, close: string): boolean {
  let depth = 0
  for (const character of text) {
    if (character === open) depth += 1
    if (character === close) depth -= 1
    if (depth < 0) return false
  }
  return depth === 0
}

/** Whether two slashes follow each other that are not part of a naming value. */
function hasEmptyPart(dn: string): boolean {
  let depth = 0
  for (let at = 0; at < dn.length; at += 1) {
    if (dn[at] === '[') depth += 1
    else if (dn[at] === ']') depth -= 1
    else if (depth === 0 && dn[at] === '/' && dn[at + 1] === '/') return true
  }
  return false
}

/**
 * What makes a text no DN, and above all what would change the path of a URL (`..`, `?`, `#`, `%`, backslash).
 * Slashes inside brackets belong to a naming value: `topology/pod-1/paths-101/pathep-[eth1/1]`.
 */
export function flawOfDn(dn: string): DnFlaw | undefined {
  if (!/^[a-zA-Z]/.test(dn) || !isPlainText(dn) || /[?#%\\]/.test(dn)) return 'characters'
  if (dn.split('/').some((part) => part === '.' || part === '..') || dn.endsWith('/')) return 'parts'
  if (!isBalanced(dn, '[', ']')) return 'brackets'
  return hasEmptyPart(dn) ? 'parts' : undefined
}

/** The filter with its quoted values blanked out, so that only operators and `class.property` names are left. */
export function withoutValues(filter: string): string {
  return filter.replace(/"(?:\\.|[^"\\])*"/g, '""')
}

/** What makes a text no filter expression such as `eq(fvTenant.name,"common")`. */
export function flawOfFilter(filter: string): FilterFlaw | undefined {
  if (!isPlainText(filter)) return 'characters'
  const bare = withoutValues(filter)
  if (bare.replaceAll('""', '').includes('"')) return 'quote'
  if (!isBalanced(bare, '(', ')')) return 'parentheses'
  return /^\s*[a-z]+\s*\(/i.test(bare) ? undefined : 'expression'
}

/** Whether a text is a property of a class to order by, perhaps with a direction: `faultInst.created|desc`. */
export function isOrder(text: string): boolean {
  const [name = '', property = '', ...others] = text.split('.')
  return others.length === 0 && isClassName(name) && /^[a-zA-Z][A-Za-z0-9_]*(\|(asc|desc))?$/.test(property)
}

/** Whether a text looks like a word of `rsp-subtree-include`: an APIC knows more of them than are listed here. */
export function isIncludeWord(text: string): boolean {
  return /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/i.test(text) && text.length <= 64
}

/** Whether a text is what `target-node` takes: `all`, or ids of switches. */
export function isTargetNode(text: string): boolean {
  return /^[A-Za-z0-9]+([,-][A-Za-z0-9]+)*$/.test(text) && text.length <= 200
}

/** Whether a text is what `target-path` takes: the name of a way between two classes, such as `l1EthIfToEPg`. */
export function isPathClass(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9]*$/.test(text) && text.length <= 100
}

/** Whether a text is what `time-range` takes: `24h`, `1week`, or two times with a bar between them. */
export function isTimeRange(text: string): boolean {
  return /^[A-Za-z0-9:.+-]+(\|[A-Za-z0-9:.+-]+)?$/.test(text) && text.length <= 100
}

/** Words of `rsp-subtree-include` that Cisco's REST API guide, its GUI and published scripts use; there are more. */
export const INCLUDES: readonly string[] = [
  'audit-logs',
  'event-logs',
  'faults',
  'fault-count',
  'fault-records',
  'ep-records',
  'health',
  'health-records',
  'deployment-records',
  'deployment',
  'full-deployment',
  'port-deployment',
  'relations-with-parent',
  'state',
  'local-prefix',
  'relations',
  'stats',
  'tasks',
  'count',
  'no-scoped',
  'required',
  'subtree'
]

/**
 * Abstract classes people subscribe to, and the concrete kinds their objects have. An APIC answers a query of the one
 * with objects of the others, so a filter may name those.
 */
export const KINDS: ReadonlyMap<string, readonly string[]> = new Map([
  ['faultInfo', ['faultInst', 'faultDelegate']],
  ['aaaARecord', ['aaaModLR', 'aaaSessionLR', 'eventRecord', 'faultRecord', 'healthRecord']],
  ['fvATg', ['fvEPg', 'fvAEPg', 'fvTnlEPg', 'l3extInstP', 'l2extInstP', 'mgmtInB']],
  ['fvEPg', ['fvAEPg', 'l3extInstP', 'l2extInstP', 'mgmtInB', 'infraPeP']],
  ['fabricANode', ['fabricNode', 'fabricVpcNode']],
  ['l1EthIf', ['l1PhysIf', 'pcAggrIf']]
])

/** Which numbers a setting may have, both ends included. */
export interface NumberRange {
  /** What counts where nothing is set. */
  readonly fallback: number
  readonly min: number
  readonly max: number
  /** Zero is allowed as well, and means automatic. */
  readonly orZero?: boolean
}

/** The numbers of a connection: in seconds, the audit's in minutes. */
export const RANGES = {
  requestTimeout: { fallback: 100, min: 1, max: 3_600 },
  heartbeat: { fallback: 15, min: 0.1, max: 3_600 },
  refreshTimeout: { fallback: 0, min: 30, max: 43_200, orZero: true },
  auditInterval: { fallback: 30, min: 0, max: 10_080 }
} satisfies Record<string, NumberRange>

/** Time between two messages with a whole result at least, seconds. */
export const INTERVAL: NumberRange = { fallback: 1, min: 0.1, max: 86_400 }
