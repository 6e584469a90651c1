// Life in the fabric: endpoints come, move and go, ports flap, faults run their course, people configure tenants.
// The same seed gives the same sequence.
import type { Audit } from './audit'
import type { Clock } from './clock'
import { ACCESS_PORTS, addEndpoint, endpointAt, pathOf } from './fabric'
import { joinDn } from './names'
import type { Random } from './random'
import { integer, pick } from './random'
import type { ManagedObject, Tree } from './tree'
import type { Configuration } from './writes'

interface RunningFault {
  readonly dn: string
  readonly severity: string
}

interface FaultKind {
  readonly on: string
  readonly code: string
  readonly severity: string
  readonly cause: string
  readonly descr: string
  readonly domain: string
  readonly subject: string
  readonly type: string
  /** Name of what raises it, where that is known. */
  readonly rule?: string
}

const FAULTS: readonly FaultKind[] = [
  {
    on: 'ethpmPhysIf',
    code: 'F0532',
    severity: 'critical',
    cause: 'interface-physical-down',
    descr: 'Port is down, reason being link-failure(connected), used by EPG',
    domain: 'access',
    subject: 'port-down',
    type: 'communications'
  },
  {
    on: 'l1PhysIf',
    code: 'F381328',
    severity: 'warning',
    cause: 'threshold-crossed',
    descr: 'TCA: CRC Align Errors current value(eqptIngrErrPkts5min:crcLast) value 4% raised above threshold 1%',
    domain: 'infra',
    subject: 'counter',
    type: 'operational',
    rule: 'tca-eqpt-ingr-err-pkts5min-crc-last'
  },
  {
    on: 'eqptPsu',
    code: 'F1318',
    severity: 'major',
    cause: 'equipment-psu-missing',
    descr: 'Power supply is not detected',
    domain: 'infra',
    subject: 'power-group',
    type: 'environmental',
    rule: 'eqpt-psg-pzero-pwr'
  },
  {
    on: 'fvAEPg',
    code: 'F0467',
    severity: 'minor',
    cause: 'configuration-failed',
    descr: 'Configuration failed due to invalid path configuration',
    domain: 'tenant',
    subject: 'management',
    type: 'config'
  },
  {
    on: 'fvTenant',
    code: 'F1298',
    severity: 'minor',
    cause: 'configuration-failed',
    descr: 'Delivered configuration could not be applied on one node',
    domain: 'tenant',
    subject: 'epg',
    type: 'config',
    rule: 'fv-pol-delivery-status-configuration-failed'
  }
]
const MOST_FAULTS = 8
const FEW_ENDPOINTS = 8
const OPERATORS = ['admin', 'jdoe', 'netops'] as const
const PROJECTS = ['Apollo', 'Borealis', 'Cygnus', 'Delta', 'Electra', 'Fornax'] as const
const TIERS = ['web', 'app', 'db'] as const
/** The timer is no finer than this, ms; what is due in between is done together. */
const FINEST_TICK = 10

export class Life {
  private readonly faults: RunningFault[] = []
  /** The tenant being built or torn down, and how far that is. */
  private project: { dn: string; stage: number } | undefined
  private projects = 0
  private cancel: (() => void) | undefined
  private readonly actions: readonly (() => boolean)[]

  constructor(
    private readonly tree: Tree,
    private readonly configuration: Configuration,
    private readonly audit: Audit,
    private readonly random: Random,
    private readonly clock: Clock
  ) {
    const weighted: [times: number, action: () => boolean][] = [
      [4, () => this.learnEndpoint()],
      [3, () => this.moveEndpoint()],
      [2, () => this.ageEndpoint()],
      [2, () => this.raiseFault()],
      [4, () => this.advanceFault()],
      [3, () => this.flapInterface()],
      [3, () => this.changeHealth()],
      [3, () => this.workOnProject()]
    ]
    this.actions = weighted.flatMap(([times, action]) => Array.from({ length: times }, () => action))
  }

  /** Goes on by itself at about that many events per second; 0 stops. */
  start(rate: number): void {
    this.stop()
    if (rate <= 0) return
    const tick = Math.max(FINEST_TICK, 1000 / rate)
    let budget = 0
    const run = (): void => {
      budget += (rate * tick) / 1000
      while (budget >= 1) budget -= this.step()
      this.cancel = this.clock.after(tick, run)
    }
    this.cancel = this.clock.after(tick, run)
  }

  stop(): void {
    this.cancel?.()
    this.cancel = undefined
  }

  /** Lets one thing happen; returns how many events it made, at least 1. */
  step(): number {
    const before = this.tree.generation
    for (let tries = 0; tries < 20; tries++) {
      if (pick(this.random, this.actions)?.()) break
    }
    return Math.max(1, this.tree.generation - before)
  }

  // --- endpoints

  private learnEndpoint(): boolean {
    const group = this.any('fvAEPg')
    const bd = group && this.tree.child(group, 'rsbd')?.attributes['tDn']
    const subnet = [...(this.tree.get(bd ?? '')?.children?.values() ?? [])].find(({ cls }) => cls.name === 'fvSubnet')
    const leaf = this.anyLeaf()
    if (!group || !subnet || leaf === undefined) return false
    const endpoint = endpointAt(this.random, subnet.attributes['ip'] ?? '', 10 + integer(this.random, 240))
    if (this.tree.get(joinDn(group.dn, `cep-${endpoint.mac}`))) return false
    this.tree.batch(() => addEndpoint(this.tree, group.dn, endpoint, leaf))
    return true
  }

  private moveEndpoint(): boolean {
    const endpoint = this.any('fvCEp')
    const leaf = this.anyLeaf()
    if (!endpoint || leaf === undefined) return false
    const path = pathOf(this.tree, leaf, 1 + integer(this.random, ACCESS_PORTS))
    const target = joinDn(endpoint.dn, `rscEpToPathEp-[${path}]`)
    if (this.tree.get(target)) return false
    this.tree.batch(() => {
      for (const child of [...(endpoint.children?.values() ?? [])]) {
        if (child.cls.name === 'fvRsCEpToPathEp') this.tree.remove(child.dn)
        if (child.cls.name === 'fvIp') this.tree.modify(child.dn, { fabricPathDn: path })
      }
      this.tree.create('fvRsCEpToPathEp', target)
      this.tree.modify(endpoint.dn, { encap: `vlan-${100 + integer(this.random, 100)}` })
    })
    return true
  }

  private ageEndpoint(): boolean {
    const endpoints = this.tree.ofClass('fvCEp')
    if (endpoints.size < FEW_ENDPOINTS) return false
    return this.tree.remove(this.any('fvCEp')?.dn ?? '') > 0
  }

  // --- faults: soaking, raised, soaking-clearing, retaining (then cleared), deleted

  private raiseFault(): boolean {
    if (this.faults.length >= MOST_FAULTS) return false
    const kind = pick(this.random, FAULTS)
    const affected = kind && this.any(kind.on)
    if (!kind || !affected) return false
    const { code, severity, cause, descr, domain, subject, type, rule = '' } = kind
    const dn = joinDn(affected.dn, `fault-${code}`)
    if (this.tree.get(dn)) return false
    const created = this.now()
    const levels = { highestSeverity: severity, origSeverity: severity, prevSeverity: severity, severity }
    this.tree.create('faultInst', dn, {
      ...levels,
      cause,
      descr,
      domain,
      subject,
      type,
      rule,
      created,
      lastTransition: created,
      lc: 'soaking'
    })
    this.faults.push({ dn, severity })
    return true
  }

  private advanceFault(): boolean {
    const fault = pick(this.random, this.faults)
    if (!fault) return false
    const object = this.tree.get(fault.dn)
    const lastTransition = this.now()
    switch (object?.attributes['lc']) {
      case 'soaking':
        this.tree.modify(fault.dn, { lc: 'raised', lastTransition })
        return true
      case 'raised':
        this.tree.modify(fault.dn, { lc: 'soaking-clearing', lastTransition })
        return true
      case 'soaking-clearing':
        this.tree.modify(fault.dn, {
          lc: 'retaining',
          lastTransition,
          prevSeverity: fault.severity,
          severity: 'cleared'
        })
        return true
      default:
        // Its time is up, or what it was about is gone.
        this.faults.splice(this.faults.indexOf(fault), 1)
        return this.tree.remove(fault.dn) > 0
    }
  }

  // --- equipment and health

  private flapInterface(): boolean {
    const ports = [...this.tree.ofClass('ethpmPhysIf')].filter(({ attributes }) => attributes['usage'] === 'discovery')
    const port = pick(this.random, ports)
    if (!port) return false
    const up = port.attributes['operSt'] !== 'up'
    const operSt = up ? 'up' : 'down'
    const operStQual = up ? 'none' : 'link-failure'
    this.tree.batch(() => {
      this.tree.modify(port.dn, { lastLinkStChg: this.now(), operSt, operStQual })
      this.audit.event(port.dn, {
        cause: `port-${operSt}`,
        changeSet: `operSt (New: ${operSt}), operStQual (New: ${operStQual})`,
        code: up ? 'E4205125' : 'E4205126',
        descr: `Port is ${operSt}`
      })
    })
    return true
  }

  private changeHealth(): boolean {
    const score = this.any('healthInst')
    if (!score) return false
    const prev = score.attributes['cur'] ?? '100'
    const next = Math.min(100, Math.max(40, Number(prev) + integer(this.random, 21) - 10))
    if (String(next) === prev) return false
    this.tree.modify(score.dn, {
      chng: String(next - Number(prev)),
      cur: String(next),
      maxSev: next > 90 ? 'cleared' : next > 70 ? 'minor' : 'major',
      prev,
      twScore: String(next),
      updTs: this.now()
    })
    return true
  }

  // --- configuration: one tenant after the other is built, used and torn down

  private workOnProject(): boolean {
    if (!this.project || !this.tree.get(this.project.dn)) {
      const name = `${PROJECTS[this.projects % PROJECTS.length] ?? 'Project'}-${++this.projects}`
      this.project = { dn: `uni/tn-${name}`, stage: 0 }
      this.postTo('uni', { fvTenant: { attributes: { name, descr: 'Project tenant' } } })
      return true
    }
    const { dn } = this.project
    const stage = ++this.project.stage
    if (stage === 1) {
      this.postTo(dn, { fvCtx: { attributes: { name: 'main' } } })
    } else if (stage === 2) {
      const subnet = { fvSubnet: { attributes: { ip: `10.${100 + (this.projects % 100)}.1.1/24` } } }
      const vrf = { fvRsCtx: { attributes: { tnFvCtxName: 'main' } } }
      this.postTo(dn, { fvBD: { attributes: { name: 'net' }, children: [vrf, subnet] } })
    } else if (stage === 3) {
      this.postTo(dn, { fvAp: { attributes: { name: 'app' } } })
    } else if (stage < 4 + TIERS.length) {
      const name = TIERS[stage - 4] ?? 'web'
      const bd = { fvRsBd: { attributes: { tnFvBDName: 'net' } } }
      this.postTo(`${dn}/ap-app`, { fvAEPg: { attributes: { name }, children: [bd] } })
    } else if (stage < 12) {
      const tier = TIERS[stage % TIERS.length] ?? 'web'
      this.postTo(`${dn}/ap-app/epg-${tier}`, {
        fvAEPg: { attributes: { descr: `Revision ${stage}`, prio: stage % 2 === 0 ? 'level1' : 'level2' } }
      })
    } else {
      this.configuration.delete(dn, this.operator())
      this.project = undefined
    }
    return true
  }

  private postTo(dn: string, body: unknown): void {
    this.configuration.post(dn, body, this.operator())
  }

  private operator(): { user: string; sessionId: string } {
    return { user: pick(this.random, OPERATORS) ?? 'admin', sessionId: '' }
  }

  private any(className: string): ManagedObject | undefined {
    return pick(this.random, [...this.tree.ofClass(className)])
  }

  private anyLeaf(): string | undefined {
    const leaves = [...this.tree.ofClass('fabricNode')].filter(({ attributes }) => attributes['role'] === 'leaf')
    return pick(this.random, leaves)?.attributes['id']
  }

  private now(): string {
    return this.tree.iso(this.clock.now())
  }
}
