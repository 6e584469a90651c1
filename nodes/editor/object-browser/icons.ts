// Which icon of the editor (Font Awesome 4.7) an object of a class has.

import { CLASSES, GROUPS, type Group } from '../classes/catalogue/classes'

const OF_GROUP: Readonly<Record<Group, string>> = {
  tenants: 'fa-cube',
  endpoints: 'fa-laptop',
  faults: 'fa-exclamation-triangle',
  interfaces: 'fa-plug',
  nodes: 'fa-server',
  hardware: 'fa-microchip',
  controllers: 'fa-tachometer',
  contracts: 'fa-handshake-o',
  routing: 'fa-random',
  audit: 'fa-history',
  access: 'fa-sliders',
  fabric: 'fa-cogs',
  vmm: 'fa-cloud',
  security: 'fa-lock',
  services: 'fa-puzzle-piece',
  system: 'fa-download',
  monitoring: 'fa-line-chart',
  multicast: 'fa-bullhorn',
  management: 'fa-wrench',
  statistics: 'fa-bar-chart'
}

/** Where a class says more than its group. */
const OF_CLASS: Readonly<Record<string, string>> = {
  polUni: 'fa-sitemap',
  fabricTopology: 'fa-share-alt',
  compUni: 'fa-cloud',
  ctrlrInst: 'fa-tachometer',
  fvTenant: 'fa-building-o',
  fvAp: 'fa-th-large',
  fvAEPg: 'fa-object-group',
  fvESg: 'fa-object-group',
  fvBD: 'fa-exchange',
  fvCtx: 'fa-random',
  fvSubnet: 'fa-hashtag',
  healthInst: 'fa-heartbeat',
  fabricHealthTotal: 'fa-heartbeat'
}

const UNKNOWN = 'fa-file-o'

/** `fv` of fvTenant, `l3ext` of l3extOut. */
function packageOf(className: string): string {
  return /^[a-z0-9]*/.exec(className)?.[0] ?? ''
}

/** Of each package the group that most of its classes are in: most classes of an APIC are in no catalogue. */
function groupsOfPackages(): ReadonlyMap<string, Group> {
  const best = new Map<string, { readonly group: Group; readonly count: number }>()
  for (const group of GROUPS) {
    const counts = new Map<string, number>()
    for (const name of CLASSES[group]) counts.set(packageOf(name), (counts.get(packageOf(name)) ?? 0) + 1)
    for (const [name, count] of counts) if (count > (best.get(name)?.count ?? 0)) best.set(name, { group, count })
  }
  return new Map([...best].map(([name, { group }]) => [name, group]))
}

const GROUP_OF_PACKAGE = groupsOfPackages()

const GROUP_OF_CLASS: ReadonlyMap<string, Group> = new Map(
  GROUPS.flatMap((group) => CLASSES[group].map((name): [string, Group] => [name, group]))
)

/** The name of the icon, such as `fa-server`; a plain sheet for what nothing is known of. */
export function iconOf(className: string): string {
  const own = Object.hasOwn(OF_CLASS, className) ? OF_CLASS[className] : undefined
  if (own !== undefined) return own
  // Relations, from a source and to a target, whatever package they are of.
  if (/^[a-z0-9]+R[st][A-Z]/.test(className)) return 'fa-link'
  if (/^tag[A-Z]/.test(className)) return 'fa-tag'
  const group = GROUP_OF_CLASS.get(className) ?? GROUP_OF_PACKAGE.get(packageOf(className))
  return group === undefined ? UNKNOWN : OF_GROUP[group]
}
