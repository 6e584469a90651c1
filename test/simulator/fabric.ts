// The fabric a simulator starts with: what every fabric has, and on request some equipment, tenants and endpoints.
import { createHash } from 'node:crypto'
import type { Attributes } from './model'
import { joinDn } from './names'
import type { Random } from './random'
import { integer, pick } from './random'
import type { Tree } from './tree'
import type { Configuration } from './writes'

/** `empty`: only what every fabric has. `small`: one spine, two leaves, one tenant. `demo`: worth looking at. */
export type FabricKind = 'empty' | 'small' | 'demo'

export interface FabricOptions {
  readonly kind: FabricKind
  readonly controllers: number
  readonly users: readonly string[]
  readonly version: string
  /** Seconds a token lives, shown in pkiWebTokenData. */
  readonly refreshTimeoutSeconds: number
  /** Seconds a session lives, shown there too. */
  readonly maximumLifetimeSeconds: number
  /** Serial numbers of the controllers come from it. */
  readonly siteFingerprint: string
  readonly random: Random
}

interface Switch {
  readonly pod: number
  readonly id: number
  readonly role: 'leaf' | 'spine'
}

const DEMO_SWITCHES: readonly Switch[] = [
  { pod: 1, id: 201, role: 'spine' },
  { pod: 1, id: 202, role: 'spine' },
  { pod: 2, id: 203, role: 'spine' },
  { pod: 2, id: 204, role: 'spine' },
  { pod: 1, id: 101, role: 'leaf' },
  { pod: 1, id: 102, role: 'leaf' },
  { pod: 1, id: 103, role: 'leaf' },
  { pod: 1, id: 104, role: 'leaf' },
  { pod: 2, id: 105, role: 'leaf' },
  { pod: 2, id: 106, role: 'leaf' },
  { pod: 2, id: 107, role: 'leaf' },
  { pod: 2, id: 108, role: 'leaf' }
]
const SMALL_SWITCHES = DEMO_SWITCHES.filter(({ id }) => [201, 101, 102].includes(id))

interface Tenant {
  readonly name: string
  readonly vrf: string
  readonly networks: readonly { readonly name: string; readonly gateway: string }[]
  readonly applications: Readonly<Record<string, readonly { readonly epg: string; readonly bd: string }[]>>
  readonly contracts: Readonly<
    Record<string, { readonly ports: readonly number[]; readonly from: string; readonly to: string }>
  >
}

const TENANTS: readonly Tenant[] = [
  {
    name: 'Production',
    vrf: 'prod',
    networks: [
      { name: 'web', gateway: '10.10.10.1/24' },
      { name: 'app', gateway: '10.10.20.1/24' },
      { name: 'db', gateway: '10.10.30.1/24' }
    ],
    applications: {
      webshop: [
        { epg: 'frontend', bd: 'web' },
        { epg: 'orders', bd: 'app' },
        { epg: 'database', bd: 'db' }
      ],
      erp: [
        { epg: 'erp-app', bd: 'app' },
        { epg: 'erp-db', bd: 'db' }
      ]
    },
    contracts: {
      'frontend-to-orders': { ports: [8080], from: 'webshop/frontend', to: 'webshop/orders' },
      'orders-to-database': { ports: [5432], from: 'webshop/orders', to: 'webshop/database' }
    }
  },
  {
    name: 'Development',
    vrf: 'dev',
    networks: [
      { name: 'lab', gateway: '10.20.10.1/24' },
      { name: 'ci', gateway: '10.20.20.1/24' }
    ],
    applications: {
      playground: [
        { epg: 'lab', bd: 'lab' },
        { epg: 'runners', bd: 'ci' }
      ]
    },
    contracts: { 'lab-to-runners': { ports: [22, 443], from: 'playground/lab', to: 'playground/runners' } }
  },
  {
    name: 'Campus',
    vrf: 'campus',
    networks: [
      { name: 'cameras', gateway: '10.30.10.1/24' },
      { name: 'phones', gateway: '10.30.20.1/24' },
      { name: 'printers', gateway: '10.30.30.1/24' }
    ],
    applications: {
      buildings: [
        { epg: 'cameras', bd: 'cameras' },
        { epg: 'phones', bd: 'phones' },
        { epg: 'printers', bd: 'printers' }
      ]
    },
    contracts: { telephony: { ports: [5060, 5061], from: 'buildings/phones', to: 'buildings/phones' } }
  }
]

const MODELS = { leaf: 'N9K-C93180YC-FX', spine: 'N9K-C9336C-FX2' } as const
/** Of each leaf, for servers. */
export const ACCESS_PORTS = 12
/** Of an age that shows in systemUpTime, ms. */
const UP_FOR = 11 * 86_400_000

/** Fills a tree. Everything in it was there before the simulator started: nobody hears of it. */
export const buildFabric = (tree: Tree, options: FabricOptions): void => {
  tree.batch(() => {
    new Builder(tree, options).build()
  })
}

class Builder {
  constructor(
    private readonly tree: Tree,
    private readonly options: FabricOptions
  ) {}

  build(): void {
    this.policy()
    this.topology()
    const { kind } = this.options
    if (kind === 'empty') return
    for (const one of kind === 'demo' ? DEMO_SWITCHES : SMALL_SWITCHES) this.addSwitch(one)
    for (const one of kind === 'demo' ? TENANTS : TENANTS.slice(0, 1)) this.addTenant(one)
    this.addDomains()
    this.addHealth()
    if (kind === 'demo') this.addFaults()
  }

  private add(className: string, parent: string, rn: string, attributes: Attributes = {}): string {
    const dn = joinDn(parent, rn)
    this.tree.create(className, dn, attributes)
    return dn
  }

  private policy(): void {
    const { users, refreshTimeoutSeconds, maximumLifetimeSeconds } = this.options
    this.add('polUni', '', 'uni')
    const common = this.add('fvTenant', 'uni', 'tn-common')
    this.add('fvTenant', 'uni', 'tn-infra')
    this.add('fvTenant', 'uni', 'tn-mgmt')
    this.add('monEPGPol', common, 'monepg-default')
    this.add('qosCustomPol', common, 'qoscustom-default')
    this.add('fvCtx', common, 'ctx-default')
    this.add('fvBD', common, 'BD-default')
    this.add('vzBrCP', common, 'brc-default')
    const filter = this.add('vzFilter', common, 'flt-default')
    this.add('vzEntry', filter, 'e-default')
    this.add('infraInfra', 'uni', 'infra')
    const external = this.add('aaaUserEp', 'uni', 'userext')
    for (const name of ['all', 'common', 'infra', 'mgmt']) this.add('aaaDomain', external, `domain-${name}`)
    this.add('aaaLoginDomain', external, 'logindomain-fallback')
    for (const name of users) {
      const user = this.add('aaaUser', external, `user-${name}`)
      this.add('aaaUserDomain', user, 'userdomain-all')
    }
    const pki = this.add('pkiEp', external, 'pkiext')
    this.add('pkiWebTokenData', pki, 'webtokendata', {
      webtokenTimeoutSeconds: String(refreshTimeoutSeconds),
      // Hours; fractions are for tests.
      maximumValidityPeriod: String(maximumLifetimeSeconds / 3600)
    })
    this.add('infraClusterPol', this.add('ctrlrInst', 'uni', 'controller'), 'clusterpol', {
      size: String(this.options.controllers)
    })
    this.add('compUni', '', 'comp')
  }

  private topology(): void {
    this.add('fabricTopology', '', 'topology')
    const pods = this.options.kind === 'demo' ? [1, 2] : [1]
    for (const pod of pods) this.add('fabricPod', 'topology', `pod-${pod}`)
    for (let id = 1; id <= this.options.controllers; id++) this.addController(id)
  }

  private addController(id: number): void {
    const { controllers, version } = this.options
    const address = `10.0.0.${id}`
    const serial = this.serialOf(id)
    const name = `apic${id}`
    const node = this.add('fabricNode', 'topology/pod-1', `node-${id}`, {
      address,
      fabricSt: 'unknown',
      lastStateModTs: this.past(),
      model: 'APIC-SERVER-M3',
      name,
      role: 'controller',
      serial,
      version
    })
    const system = this.add('topSystem', node, 'sys', {
      address,
      id: String(id),
      lastRebootTime: this.past(),
      name,
      oobMgmtAddr: `192.0.2.${id}`,
      role: 'controller',
      serial,
      version
    })
    const firmware = this.add('firmwareCtrlrFwStatusCont', system, 'ctrlrfwstatuscont')
    this.add('firmwareCtrlrRunning', firmware, 'ctrlrrunning', { node: String(id), version })
    const view = this.add('infraCont', node, 'av', { size: String(controllers) })
    for (let other = 1; other <= controllers; other++) {
      this.add('infraWiNode', view, `node-${other}`, {
        addr: `10.0.0.${other}`,
        mbSn: this.serialOf(other),
        nodeName: `apic${other}`
      })
    }
  }

  /** Of a controller: no two fabrics have the same. */
  private serialOf(id: number): string {
    const plant = createHash('sha256').update(this.options.siteFingerprint).digest().readUInt32BE() % 10_000
    return `WZP${String(plant).padStart(4, '0')}${String(id).padStart(4, '0')}`
  }

  private addSwitch({ pod, id, role }: Switch): void {
    const version = `n9000-1${this.options.version}`
    const serial = `FDO2102${String(id).padStart(4, '0')}`
    const address = `10.0.${48 + pod}.${id - 100}`
    const name = `${role}-${id}`
    const node = this.add('fabricNode', `topology/pod-${pod}`, `node-${id}`, {
      address,
      lastStateModTs: this.past(),
      model: MODELS[role],
      name,
      role,
      serial,
      version
    })
    const system = this.add('topSystem', node, 'sys', {
      address,
      id: String(id),
      lastRebootTime: this.past(),
      name,
      oobMgmtAddr: `192.0.2.${id - 90}`,
      podId: String(pod),
      role,
      serial,
      version
    })
    this.add('healthInst', system, 'health')
    const firmware = this.add('firmwareFwStatusCont', system, 'fwstatuscont')
    this.add('firmwareRunning', firmware, 'running', { peVer: this.options.version, version })
    this.addChassis(system, role, serial)
    this.addPorts(system, role)
    if (role === 'leaf') this.addPaths(pod, id)
  }

  /** What relations to a port point at. */
  private addPaths(pod: number, leaf: number): void {
    const paths = this.add('fabricPathEpCont', `topology/pod-${pod}`, `paths-${leaf}`)
    for (let port = 1; port <= ACCESS_PORTS; port++) this.add('fabricPathEp', paths, `pathep-[eth1/${port}]`)
  }

  private addChassis(system: string, role: 'leaf' | 'spine', serial: string): void {
    const chassis = this.add('eqptCh', system, 'ch', { model: MODELS[role], ser: serial, vendor: 'Cisco Systems, Inc' })
    for (const id of [1, 2]) {
      const slot = this.add('eqptPsuSlot', chassis, `psuslot-${id}`, { physId: String(id) })
      this.add('eqptPsu', slot, 'psu', { id: String(id), model: 'NXA-PAC-500W-PE', ser: `ART2301F${id}` })
    }
    for (const id of [1, 2, 3]) {
      const slot = this.add('eqptFtSlot', chassis, `ftslot-${id}`, { physId: String(id) })
      const tray = this.add('eqptFt', slot, 'ft', { id: String(id), model: 'NXA-FAN-30CFM-F' })
      this.add('eqptFan', tray, 'fan-1', { model: 'NXA-FAN-30CFM-F', vendor: 'Cisco Systems, Inc' })
    }
  }

  private addPorts(system: string, role: 'leaf' | 'spine'): void {
    const { random } = this.options
    const uplinks = role === 'leaf' ? [53, 54] : []
    const lldp = this.add('lldpInst', this.add('lldpEntity', system, 'lldp'), 'inst')
    for (const port of [...Array.from({ length: role === 'leaf' ? ACCESS_PORTS : 8 }, (_, at) => at + 1), ...uplinks]) {
      const id = `eth1/${port}`
      const fabric = role === 'spine' || uplinks.includes(port)
      const up = fabric || random() < 0.7
      const physical = this.add('l1PhysIf', system, `phys-[${id}]`, {
        layer: fabric ? 'Layer3' : 'Layer2',
        portT: fabric ? 'fab' : 'leaf',
        usage: fabric ? 'fabric' : 'discovery'
      })
      this.add('ethpmPhysIf', physical, 'phys', {
        lastLinkStChg: this.past(),
        operSpeed: fabric ? '100G' : '25G',
        operSt: up ? 'up' : 'down',
        operStQual: up ? 'none' : 'sfp-missing',
        usage: fabric ? 'fabric' : 'discovery'
      })
      this.add('eqptIngrTotal5min', physical, 'CDeqptIngrTotal5min')
      if (!fabric) continue
      const neighbour = this.add('lldpIf', lldp, `if-[${id}]`)
      this.add('lldpAdjEp', neighbour, 'adj-1', {
        portIdV: `Eth1/${port}`,
        sysName: role === 'leaf' ? 'spine' : 'leaf'
      })
    }
  }

  private addTenant({ name, vrf, networks, applications, contracts }: Tenant): void {
    const tenant = this.add('fvTenant', 'uni', `tn-${name}`, { descr: `${name} workloads` })
    this.add('fvCtx', tenant, `ctx-${vrf}`)
    for (const { name: network, gateway } of networks) {
      const bd = this.add('fvBD', tenant, `BD-${network}`)
      this.add('fvRsCtx', bd, 'rsctx', { tnFvCtxName: vrf })
      this.add('fvSubnet', bd, `subnet-[${gateway}]`, { scope: 'public' })
    }
    for (const [contract, { ports }] of Object.entries(contracts)) this.addContract(tenant, contract, ports)
    for (const [application, epgs] of Object.entries(applications)) {
      const profile = this.add('fvAp', tenant, `ap-${application}`)
      for (const { epg, bd } of epgs) {
        const group = this.add('fvAEPg', profile, `epg-${epg}`)
        this.add('fvRsBd', group, 'rsbd', { tnFvBDName: bd })
        this.add('fvRsDomAtt', group, 'rsdomAtt-[uni/phys-servers]', { tDn: 'uni/phys-servers' })
        this.relate(contracts, `${application}/${epg}`, group)
        this.addEndpoints(group, networks.find((network) => network.name === bd)?.gateway ?? '10.0.0.1/24')
      }
    }
    const outside = this.add('l3extOut', tenant, 'out-core')
    this.add('l3extRsEctx', outside, 'rsectx', { tnFvCtxName: vrf })
    const everywhere = this.add('l3extInstP', outside, 'instP-internet')
    this.add('l3extSubnet', everywhere, 'extsubnet-[0.0.0.0/0]')
  }

  private relate(contracts: Tenant['contracts'], here: string, group: string): void {
    for (const [contract, { from, to }] of Object.entries(contracts)) {
      if (to === here) this.add('fvRsProv', group, `rsprov-${contract}`)
      if (from === here) this.add('fvRsCons', group, `rscons-${contract}`)
    }
  }

  private addContract(tenant: string, name: string, ports: readonly number[]): void {
    const filter = this.add('vzFilter', tenant, `flt-${name}`)
    for (const port of ports) {
      this.add('vzEntry', filter, `e-tcp-${port}`, {
        dFromPort: port === 443 ? 'https' : String(port),
        dToPort: port === 443 ? 'https' : String(port),
        etherT: 'ip',
        prot: 'tcp',
        stateful: 'yes'
      })
    }
    const contract = this.add('vzBrCP', tenant, `brc-${name}`)
    const subject = this.add('vzSubj', contract, 'subj-all')
    this.add('vzRsSubjFiltAtt', subject, `rssubjFiltAtt-${name}`)
  }

  private addEndpoints(group: string, gateway: string): void {
    const { random } = this.options
    const leaves = [...this.tree.ofClass('fabricNode')].filter((node) => node.attributes['role'] === 'leaf')
    const octets = new Set<number>()
    while (octets.size < 5) octets.add(10 + integer(random, 200))
    for (const octet of octets) {
      const leaf = pick(random, leaves)?.attributes['id'] ?? '101'
      addEndpoint(this.tree, group, endpointAt(random, gateway, octet), leaf)
    }
  }

  private addDomains(): void {
    const pool = this.add('fvnsVlanInstP', 'uni/infra', 'vlanns-[servers]-static')
    this.add('fvnsEncapBlk', pool, 'from-[vlan-100]-to-[vlan-199]')
    const domain = this.add('physDomP', 'uni', 'phys-servers')
    this.add('infraRsVlanNs', domain, 'rsvlanNs', { tDn: pool })
    const entities = this.add('infraAttEntityP', 'uni/infra', 'attentp-servers')
    this.add('infraRsDomP', entities, `rsdomP-[${domain}]`)
  }

  private addHealth(): void {
    this.add('fabricHealthTotal', 'topology', 'health', { cur: '96', prev: '95', twScore: '96', updTs: this.past() })
    for (const pod of this.tree.ofClass('fabricPod')) this.add('fabricHealthTotal', pod.dn, 'health', { cur: '97' })
    for (const name of ['fvTenant', 'fvAp', 'fvAEPg']) {
      for (const { dn } of this.tree.ofClass(name)) this.add('healthInst', dn, 'health', { updTs: this.past() })
    }
  }

  private addFaults(): void {
    const fault = (under: string, code: string, attributes: Attributes): void => {
      const { severity = 'warning' } = attributes
      this.add('faultInst', under, `fault-${code}`, {
        created: this.past(),
        lastTransition: this.past(),
        lc: 'raised',
        highestSeverity: severity,
        origSeverity: severity,
        prevSeverity: severity,
        ...attributes
      })
    }
    const port = 'topology/pod-1/node-102/sys/phys-[eth1/4]/phys'
    this.tree.modify(port, { operSt: 'down', operStQual: 'link-failure' })
    fault(port, 'F0532', {
      cause: 'port-down',
      descr: 'Port is down, reason:link-failure, used by:EPG',
      domain: 'access',
      rule: 'ethpm-if-port-down-infra-epg',
      severity: 'critical',
      subject: 'port-down',
      type: 'communications'
    })
    const supply = 'topology/pod-2/node-106/sys/ch/psuslot-2/psu'
    this.tree.modify(supply, { operSt: 'shut', operStQual: 'no-input' })
    fault(supply, 'F0413', {
      cause: 'equipment-psu-shutdown',
      descr: 'Power supply shutdown. (serial number ART2301F2)',
      domain: 'infra',
      rule: 'eqpt-psu-shut',
      severity: 'major',
      subject: 'power',
      type: 'environmental'
    })
    fault('topology/pod-1/node-101/sys/phys-[eth1/1]', 'F381328', {
      cause: 'threshold-crossed',
      changeSet: 'crcLast:0',
      descr: 'TCA: CRC Align Errors current value(eqptIngrErrPkts5min:crcLast) value 0% fell below threshold 1%',
      domain: 'infra',
      lc: 'retaining',
      occur: '892',
      rule: 'tca-eqpt-ingr-err-pkts5min-crc-last',
      severity: 'cleared',
      subject: 'counter'
    })
    fault('uni/tn-Development/ap-playground/epg-runners', 'F0467', {
      cause: 'configuration-failed',
      descr: 'Configuration failed for EPG runners due to Not Associated With Management Zone',
      domain: 'tenant',
      rule: 'fv-nw-issues-config-failed',
      severity: 'minor',
      subject: 'management',
      type: 'config'
    })
    fault('uni/tn-Campus/BD-printers', 'F1425', {
      cause: 'subnet-overlap',
      descr: 'Subnet overlaps with another one of the same VRF',
      domain: 'tenant',
      lc: 'soaking',
      rule: 'fv-subnet-overlap',
      severity: 'warning',
      subject: 'oper-state-err',
      type: 'operational'
    })
  }

  private past(): string {
    return this.tree.iso(this.tree.now() - UP_FOR + integer(this.options.random, 86_400_000))
  }
}

/** Some changes of yesterday, for the audit log. */
export const writeHistory = (configuration: Configuration): void => {
  const admin = { user: 'admin', sessionId: '' }
  const describe = (dn: string, className: string, descr: string): void => {
    configuration.post(dn, { [className]: { attributes: { descr } } }, admin)
  }
  describe('uni/tn-Production', 'fvTenant', 'Everything customers see')
  describe('uni/tn-Development', 'fvTenant', 'May break at any time')
  describe('uni/tn-Production/BD-web', 'fvBD', 'Reachable from outside')
  describe('uni/tn-Campus/ap-buildings/epg-printers', 'fvAEPg', 'All floors')
}

export interface Endpoint {
  readonly mac: string
  readonly ip: string
  readonly vlan: number
}

/** An endpoint of a subnet: `octet` is the last of its address, and decides MAC and VLAN too. */
export const endpointAt = (random: Random, gateway: string, octet: number): Endpoint => {
  const network = gateway.split('/')[0]!.split('.').slice(0, 3)
  const hex = (value: number): string => value.toString(16).padStart(2, '0').toUpperCase()
  const tail = [Number(network[1]), Number(network[2]), octet].map(hex)
  return {
    mac: `00:50:56:${tail.join(':')}`,
    ip: `${network.join('.')}.${octet}`,
    vlan: 100 + integer(random, 100)
  }
}

/** Puts an endpoint into an EPG, with its address and the port it was learned on. Returns its DN. */
export const addEndpoint = (tree: Tree, group: string, { mac, ip, vlan }: Endpoint, leaf: string): string => {
  const dn = joinDn(group, `cep-${mac}`)
  const path = pathOf(tree, leaf, 1 + (Number.parseInt(mac.slice(-2), 16) % ACCESS_PORTS))
  const createTs = tree.iso(tree.now())
  tree.create('fvCEp', dn, { encap: `vlan-${vlan}`, name: mac, ip: '0.0.0.0' })
  tree.create('fvIp', joinDn(dn, `ip-[${ip}]`), { createTs, fabricPathDn: path })
  tree.create('fvRsCEpToPathEp', joinDn(dn, `rscEpToPathEp-[${path}]`))
  return dn
}

/** DN of a leaf's port as relations name it. */
export const pathOf = (tree: Tree, leaf: string, port: number): string => {
  const node = [...tree.ofClass('fabricNode')].find(({ attributes }) => attributes['id'] === leaf)
  return `${node?.parent?.dn ?? 'topology/pod-1'}/paths-${leaf}/pathep-[eth1/${port}]`
}
