// The attributes that people filter the most watched classes by, with the values an APIC is known to give them.
// Never all of a class: an APIC's own metadata has those, where there is a connection to ask.

import type { ClassName } from './classes'

export interface Attribute {
  readonly kind: 'text' | 'number' | 'time' | 'choice' | 'flags'
  /** Of a choice and of flags: known values. Others may exist, in other releases above all. */
  readonly values: readonly string[]
}

export type Attributes = Readonly<Record<string, Attribute>>

const TEXT: Attribute = { kind: 'text', values: [] }
const NUMBER: Attribute = { kind: 'number', values: [] }
const TIME: Attribute = { kind: 'time', values: [] }

/** One of a few words. */
function choice(...values: string[]): Attribute {
  return { kind: 'choice', values }
}

/** Any number of words, with commas between them: what `anybit` and `allbits` are for. */
function flags(...values: string[]): Attribute {
  return { kind: 'flags', values }
}

function texts(...names: string[]): Attributes {
  return Object.fromEntries(names.map((name) => [name, TEXT]))
}

const YES_NO = choice('yes', 'no')
const ENABLED = choice('enabled', 'disabled')
const UP_DOWN = choice('up', 'down')
const ENFORCED = choice('enforced', 'unenforced')
const SEVERITY = choice('critical', 'major', 'minor', 'warning', 'info', 'cleared')
const MODULE = choice('online', 'offline')
const PART = choice('ok', 'fail', 'absent')
const VLAN_MODE = choice('regular', 'native', 'untagged')
const IMMEDIACY = choice('immediate', 'lazy')

/** Of every object. */
const COMMON: Attributes = { dn: TEXT, modTs: TIME }
const NAMED = texts('name', 'descr', 'nameAlias')
const INVENTORY = texts('model', 'ser', 'descr')

const FAULT: Attributes = {
  severity: SEVERITY,
  lc: choice('soaking', 'raised', 'soaking-clearing', 'raised-clearing', 'retaining'),
  code: TEXT,
  domain: choice('access', 'external', 'framework', 'infra', 'management', 'security', 'tenant'),
  type: choice('communications', 'config', 'environmental', 'operational'),
  cause: TEXT,
  subject: TEXT,
  descr: TEXT,
  ack: YES_NO,
  delegated: YES_NO,
  created: TIME,
  lastTransition: TIME,
  occur: NUMBER,
  rule: TEXT,
  origSeverity: SEVERITY,
  highestSeverity: SEVERITY
}

const RECORD: Attributes = {
  ...texts('affected', 'cause', 'code', 'descr'),
  severity: SEVERITY,
  created: TIME,
  user: TEXT,
  changeSet: TEXT
}

const EPG: Attributes = {
  ...NAMED,
  pcEnfPref: ENFORCED,
  prefGrMemb: choice('include', 'exclude'),
  floodOnEncap: ENABLED,
  pcTag: TEXT,
  scope: TEXT,
  configIssues: TEXT
}

const HEALTH: Attributes = {
  cur: NUMBER,
  prev: NUMBER,
  chng: NUMBER,
  twScore: NUMBER,
  maxSev: SEVERITY,
  updTs: TIME
}

const NEIGHBOUR = texts('sysName', 'portDesc', 'sysDesc', 'mgmtIp')

const CLASSES: Readonly<Partial<Record<ClassName, Attributes>>> = {
  fvTenant: NAMED,
  fvAp: { ...NAMED, prio: choice('unspecified', 'level1', 'level2', 'level3', 'level4', 'level5', 'level6') },
  fvAEPg: { ...EPG, isAttrBasedEPg: YES_NO, shutdown: YES_NO, configSt: choice('applied', 'not-applied') },
  fvESg: { ...EPG, shutdown: YES_NO },
  l3extInstP: EPG,
  fvBD: {
    ...NAMED,
    type: choice('regular', 'fc'),
    unicastRoute: YES_NO,
    arpFlood: YES_NO,
    unkMacUcastAct: choice('proxy', 'flood'),
    unkMcastAct: choice('flood', 'opt-flood'),
    multiDstPktAct: choice('bd-flood', 'encap-flood', 'drop'),
    ipLearning: YES_NO,
    limitIpLearnToSubnets: YES_NO,
    hostBasedRouting: YES_NO,
    mac: TEXT,
    seg: TEXT,
    pcTag: TEXT
  },
  fvSubnet: {
    ip: TEXT,
    scope: flags('public', 'private', 'shared'),
    ctrl: flags('nd', 'querier', 'no-default-gateway', 'unspecified'),
    preferred: YES_NO,
    virtual: YES_NO,
    descr: TEXT
  },
  fvCtx: {
    ...NAMED,
    pcEnfPref: ENFORCED,
    pcEnfDir: choice('ingress', 'egress', 'mixed'),
    ipDataPlaneLearning: ENABLED,
    bdEnforcedEnable: YES_NO,
    seg: TEXT,
    pcTag: TEXT
  },
  fvRsPathAtt: { tDn: TEXT, encap: TEXT, mode: VLAN_MODE, instrImedcy: IMMEDIACY },
  fvRsDomAtt: {
    tDn: TEXT,
    instrImedcy: IMMEDIACY,
    resImedcy: choice('immediate', 'lazy', 'pre-provision'),
    encap: TEXT
  },
  fvCEp: { ...texts('mac', 'ip', 'encap', 'lcC', 'contName', 'name'), lcOwn: TEXT },
  fvIp: texts('addr'),
  fvRsCEpToPathEp: texts('tDn', 'lcC'),
  epmMacEp: {
    ...texts('addr', 'ifId', 'pcTag'),
    flags: flags('local', 'mac', 'ip', 'peer-attached', 'peer-attached-rl', 'peer-aged', 'vpc-attached')
  },
  epmIpEp: {
    ...texts('addr', 'ifId', 'pcTag'),
    flags: flags('local', 'ip', 'mac', 'peer-attached', 'peer-attached-rl', 'peer-aged', 'vpc-attached', 'loopback')
  },

  faultInst: FAULT,
  faultDelegate: { affected: TEXT, ...FAULT },
  faultInfo: FAULT,
  faultRecord: { ...FAULT, affected: TEXT },
  faultCountsWithDetails: { crit: NUMBER, maj: NUMBER, minor: NUMBER, warn: NUMBER },
  healthInst: HEALTH,
  fabricHealthTotal: HEALTH,

  l1PhysIf: {
    id: TEXT,
    adminSt: UP_DOWN,
    descr: TEXT,
    speed: choice('inherit', '100M', '1G', '10G', '25G', '40G', '50G', '100G', '200G', '400G', 'auto', 'unknown'),
    mtu: NUMBER,
    layer: choice('Layer2', 'Layer3'),
    mode: choice('trunk', 'access'),
    portT: choice('leaf', 'fab', 'unknown'),
    switchingSt: ENABLED,
    usage: flags('discovery', 'epg', 'fabric', 'fabric-ext', 'infra', 'controller', 'blacklist')
  },
  ethpmPhysIf: {
    operSt: choice('up', 'down', 'unknown', 'link-up'),
    operStQual: choice('none', 'admin-down', 'link-failure', 'sfp-missing', 'err-disabled'),
    operSpeed: choice('100M', '1G', '10G', '25G', '40G', '50G', '100G', '200G', '400G', 'unknown'),
    operDuplex: choice('full', 'half', 'auto'),
    operMode: choice('trunk', 'access'),
    lastLinkStChg: TIME,
    resetCtr: NUMBER,
    usage: flags('discovery', 'epg', 'fabric', 'fabric-ext', 'infra', 'controller', 'blacklist'),
    operVlans: TEXT
  },
  pcAggrIf: {
    ...texts('id', 'name', 'descr'),
    adminSt: UP_DOWN,
    operSt: UP_DOWN,
    pcMode: choice('active', 'passive', 'mac-pin', 'off', 'static'),
    activePorts: NUMBER
  },
  ethpmAggrIf: { operSt: UP_DOWN, operStQual: TEXT, lastLinkStChg: TIME },
  ethpmFcot: { state: choice('inserted', 'removed'), ...texts('type', 'typeName', 'guiName', 'guiPN', 'guiSN') },
  vpcDom: { peerSt: UP_DOWN, role: TEXT, id: TEXT },
  lldpAdjEp: { ...NEIGHBOUR, portIdV: TEXT, chassisIdV: TEXT },
  cdpAdjEp: texts('devId', 'sysName', 'portId', 'platId', 'ver'),
  lldpIf: {
    id: TEXT,
    wiringIssues: flags(
      'wiring-mismatch',
      'infra-vlan-mismatch',
      'fabric-domain-mismatch',
      'ctrlr-uuid-mismatch',
      'unapproved-ctrlr',
      'unapproved-serialnumber'
    )
  },
  vlanCktEp: { ...texts('encap', 'fabEncap', 'epgDn', 'name', 'pcTag'), operSt: UP_DOWN },

  fabricNode: {
    name: TEXT,
    id: NUMBER,
    role: choice('leaf', 'spine', 'controller'),
    fabricSt: choice(
      'active',
      'inactive',
      'unknown',
      'discovering',
      'undiscovered',
      'commissioned',
      'decommissioned',
      'disabled'
    ),
    adSt: choice('on', 'off'),
    ...texts('model', 'serial', 'version', 'address'),
    nodeType: choice('unspecified', 'remote-leaf-wan', 'tier-2-leaf', 'virtual')
  },
  topSystem: {
    name: TEXT,
    id: NUMBER,
    podId: NUMBER,
    role: choice('leaf', 'spine', 'controller'),
    ...texts('version', 'serial', 'address', 'oobMgmtAddr', 'inbMgmtAddr', 'state'),
    lastRebootTime: TIME,
    remoteNode: YES_NO
  },
  fabricLink: { n1: NUMBER, n2: NUMBER, s1: NUMBER, p1: NUMBER, s2: NUMBER, p2: NUMBER, linkState: TEXT },
  fabricNodeIdentP: {
    ...texts('name', 'serial'),
    nodeId: NUMBER,
    role: choice('leaf', 'spine', 'unspecified'),
    nodeType: choice('unspecified', 'remote-leaf-wan', 'tier-2-leaf', 'virtual')
  },
  fabricRsOosPath: { tDn: TEXT, lc: TEXT },

  eqptCh: { ...INVENTORY, operSt: MODULE },
  eqptLC: { ...INVENTORY, operSt: MODULE },
  eqptSupC: { ...INVENTORY, operSt: MODULE, rdSt: choice('active', 'standby') },
  eqptFC: { ...INVENTORY, operSt: MODULE },
  eqptPsu: { operSt: choice('ok', 'fail', 'absent', 'shut'), ...INVENTORY },
  eqptFt: { operSt: PART, ...INVENTORY },
  eqptFan: { operSt: PART, ...INVENTORY },
  eqptSensor: { value: NUMBER, majorThresh: NUMBER, minorThresh: NUMBER, type: TEXT },
  eqptExtCh: { ...INVENTORY, operSt: MODULE },
  eqptStorage: { name: TEXT, mount: TEXT, capUtilized: NUMBER, available: NUMBER, operSt: TEXT },

  infraWiNode: {
    nodeName: TEXT,
    health: choice(
      'fully-fit',
      'data-layer-partially-diverged',
      'data-layer-partially-degraded-leadership',
      'data-layer-synchronization-in-progress',
      'unknown'
    ),
    operSt: choice('available', 'unavailable'),
    adminSt: TEXT,
    apicMode: choice('active', 'standby'),
    failoverStatus: TEXT
  },
  configJob: { type: choice('export', 'import'), operSt: TEXT, details: TEXT, lastStepTime: TIME },
  datetimeClkPol: { srvStatus: TEXT, stratum: NUMBER, refName: TEXT },
  datetimeNtpq: { remote: TEXT, stratum: NUMBER, reach: NUMBER, offset: NUMBER, tally: TEXT },

  vzBrCP: { ...NAMED, scope: choice('context', 'tenant', 'application-profile', 'global') },
  vzEntry: {
    name: TEXT,
    etherT: choice('ip', 'ipv4', 'ipv6', 'arp', 'unspecified', 'fcoe', 'mac_security', 'mpls_ucast', 'trill'),
    ...texts('prot', 'dFromPort', 'dToPort', 'sFromPort', 'sToPort'),
    stateful: YES_NO
  },
  vzRsSubjFiltAtt: { tnVzFilterName: TEXT, action: choice('permit', 'deny'), directives: flags('log', 'no_stats') },
  fvRsProv: texts('tnVzBrCPName'),
  fvRsCons: texts('tnVzBrCPName'),
  actrlRule: texts('sPcTag', 'dPcTag', 'scopeId', 'action', 'fltId', 'ctrctName', 'operSt'),
  acllogDropL3Pkt: texts('srcIp', 'dstIp', 'srcPort', 'dstPort', 'protocol', 'srcIntf'),

  l3extOut: { ...NAMED, enforceRtctrl: flags('export', 'import'), mplsEnabled: YES_NO },
  l3extSubnet: {
    ip: TEXT,
    scope: flags('import-security', 'import-rtctrl', 'export-rtctrl', 'shared-security', 'shared-rtctrl'),
    aggregate: flags('import-rtctrl', 'export-rtctrl', 'shared-rtctrl')
  },
  l3extRsPathL3OutAtt: {
    tDn: TEXT,
    ifInstT: choice('l3-port', 'sub-interface', 'ext-svi', 'unspecified'),
    ...texts('addr', 'encap', 'mtu')
  },
  bgpPeerP: { addr: TEXT, adminSt: ENABLED },
  bgpPeer: { addr: TEXT, asn: TEXT, adminSt: ENABLED },
  bgpPeerEntry: {
    operSt: choice('established', 'idle', 'connect', 'active', 'open-sent', 'open-confirm'),
    ...texts('addr', 'rtrId'),
    lastFlapTs: TIME,
    connEst: NUMBER,
    connDrop: NUMBER
  },
  bgpPeerAfEntry: { pfxSent: NUMBER, acceptedPaths: NUMBER },
  ospfAdjEp: { operSt: choice('full', 'two-way', 'down'), peerIp: TEXT, area: TEXT },
  isisAdjEp: { operSt: UP_DOWN, sysId: TEXT },
  bfdSess: { operSt: UP_DOWN },
  uribv4Route: texts('prefix'),

  aaaModLR: { ...RECORD, ind: choice('creation', 'modification', 'deletion'), trig: TEXT },
  eventRecord: { ...RECORD, ind: TEXT },
  aaaSessionLR: RECORD,
  aaaARecord: RECORD,

  infraPortConfig: { node: NUMBER, card: NUMBER, port: NUMBER, shutdown: YES_NO, role: choice('leaf', 'spine') },
  infraAccBndlGrp: { ...NAMED, lagT: choice('link', 'node', 'not-aggregated', 'fc-link') },
  fvnsVlanInstP: { ...NAMED, allocMode: choice('static', 'dynamic') },
  fvnsEncapBlk: { from: TEXT, to: TEXT, allocMode: choice('inherit', 'static', 'dynamic') },

  compVm: { name: TEXT, state: choice('poweredOn', 'poweredOff', 'suspended'), os: TEXT },
  compHv: { name: TEXT, state: choice('poweredOn', 'poweredOff', 'suspended'), ip: TEXT },
  compCtrlr: { name: TEXT, operSt: choice('online', 'offline'), hostOrIp: TEXT },

  aaaUser: { name: TEXT, accountStatus: choice('active', 'inactive', 'blocked'), email: TEXT, expiration: TIME },
  pkiKeyRing: { name: TEXT, adminState: choice('completed', 'created', 'reqCreated', 'started', 'tpSet') },

  vnsGraphInst: { configSt: choice('applied', 'not-applied'), ctrctDn: TEXT },
  firmwareRunning: { version: TEXT, type: TEXT },
  firmwareCtrlrRunning: { version: TEXT, type: TEXT },
  firmwareFirmware: { ...texts('name', 'fullVersion', 'version'), type: choice('switch', 'controller') },
  maintUpgJob: { upgradeStatus: TEXT, desiredVersion: TEXT, dnldStatus: TEXT, instlProgPct: NUMBER }
}

/** Whether attributes of a class are known here, beyond those that every object has. */
export function hasAttributes(name: string): name is ClassName {
  return Object.hasOwn(CLASSES, name)
}

/** The attributes of a class to offer: at the least those that every object has. */
export function attributesOf(name: string): Attributes {
  return { ...(hasAttributes(name) ? CLASSES[name] : undefined), ...COMMON }
}

/** The classes whose attributes are known here. */
export const WATCHED = Object.keys(CLASSES) as ClassName[]
