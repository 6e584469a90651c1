// The class catalogue: the classes that matter to people who watch a fabric, and those needed to hold the tree together.
// Property lists follow what APICs of releases 4 to 6 return; rarely used properties are left out.
import type { Attributes, ClassDefinition } from './model'

const NAMED: Attributes = { descr: '', nameAlias: '', ownerKey: '', ownerTag: '' }
const ALIASED: Attributes = { descr: '', nameAlias: '' }
const YES_NO = ['no', 'yes'] as const
const ON_OFF = ['disabled', 'enabled'] as const

export const SEVERITIES = ['cleared', 'info', 'warning', 'minor', 'major', 'critical'] as const
export const LIFECYCLES = ['unknown', 'soaking', 'raised', 'soaking-clearing', 'raised-clearing', 'retaining'] as const

/** Ports that an APIC knows by name. */
const PORTS: Attributes = {
  '0': 'unspecified',
  '20': 'ftpData',
  '25': 'smtp',
  '53': 'dns',
  '80': 'http',
  '110': 'pop3',
  '443': 'https',
  '554': 'rtsp'
}

/** A relation that points at its target by DN. */
const pointer = (name: string, rn: string, parents: readonly string[], targetClass: string, config?: Attributes) =>
  ({
    name,
    rn,
    parents,
    config: { tDn: '', ...config },
    implicit: {
      forceResolve: 'yes',
      rType: 'mo',
      state: 'unformed',
      stateQual: 'none',
      tCl: targetClass,
      tType: 'mo',
      triggerSt: 'triggerable'
    }
  }) satisfies ClassDefinition

/** A relation that names its target; the system finds the DN. */
const named = (name: string, rn: string, parents: readonly string[], nameProperty: string, targetClass: string) =>
  ({
    name,
    rn,
    parents,
    config: { [nameProperty]: '' },
    implicit: {
      forceResolve: 'yes',
      rType: 'mo',
      state: 'unformed',
      stateQual: 'none',
      tCl: targetClass,
      tContextDn: '',
      tDn: '',
      tRn: '',
      tType: 'name'
    }
  }) satisfies ClassDefinition

/** The other end of a relation, made and removed by the system. */
const backPointer = (name: string, rn: string, parents: readonly string[], sourceClass: string) =>
  ({
    name,
    rn,
    parents,
    kind: 'oper',
    implicit: { lcOwn: 'local', tCl: sourceClass }
  }) satisfies ClassDefinition

/** A container that holds others and says little itself. */
const holder = (name: string, rn: string, parents: readonly string[], implicit: Attributes = {}) =>
  ({ name, rn, parents, kind: 'oper', implicit: { lcOwn: 'local', ...implicit } }) satisfies ClassDefinition

/** The one thing about a fault that a client may set. */
const ACKNOWLEDGED: Attributes = { ack: 'no' }
const FAULT: Attributes = {
  alert: 'no',
  cause: '',
  changeSet: '',
  created: '',
  delegated: 'no',
  descr: '',
  domain: '',
  highestSeverity: 'warning',
  lastTransition: '',
  lc: 'soaking',
  occur: '1',
  origSeverity: 'warning',
  prevSeverity: 'warning',
  rule: '',
  severity: 'warning',
  subject: '',
  title: '',
  type: 'operational'
}
const FAULT_VALUES = {
  severity: SEVERITIES,
  origSeverity: SEVERITIES,
  prevSeverity: SEVERITIES,
  highestSeverity: SEVERITIES,
  lc: LIFECYCLES,
  ack: YES_NO
}
/** Threshold faults have six digits; nothing is known beyond F6xxxxx. */
const FAULT_CODE = /^F[0-6]?\d{1,5}$/

const RECORD: Attributes = {
  affected: '',
  cause: '',
  changeSet: '',
  code: '',
  created: '',
  descr: '',
  id: '',
  severity: 'info',
  trig: 'config',
  txId: '',
  user: 'internal'
}

const RELATION_PARENTS = ['fvAEPg', 'l3extInstP'] as const

const POLICY: readonly ClassDefinition[] = [
  holder('polUni', 'uni', ['']),
  {
    name: 'fvTenant',
    rn: 'tn-{name}',
    parents: ['polUni'],
    config: NAMED
  },
  { name: 'fvAp', rn: 'ap-{name}', parents: ['fvTenant'], config: { ...NAMED, prio: 'unspecified' } },
  {
    name: 'fvAEPg',
    rn: 'epg-{name}',
    parents: ['fvAp'],
    config: {
      ...ALIASED,
      exceptionTag: '',
      floodOnEncap: 'disabled',
      fwdCtrl: '',
      hasMcastSource: 'no',
      isAttrBasedEPg: 'no',
      matchT: 'AtleastOne',
      pcEnfPref: 'unenforced',
      prefGrMemb: 'exclude',
      prio: 'unspecified',
      shutdown: 'no'
    },
    implicit: {
      configIssues: '',
      configSt: 'not-applied',
      isSharedSrvMsiteEPg: 'no',
      pcTag: 'any',
      scope: '0',
      triggerSt: 'triggerable',
      txId: ''
    },
    values: {
      floodOnEncap: ON_OFF,
      hasMcastSource: YES_NO,
      isAttrBasedEPg: YES_NO,
      pcEnfPref: ['unenforced', 'enforced'],
      prefGrMemb: ['exclude', 'include'],
      shutdown: YES_NO
    }
  },
  {
    name: 'fvBD',
    rn: 'BD-{name}',
    parents: ['fvTenant'],
    config: {
      ...NAMED,
      OptimizeWanBandwidth: 'no',
      arpFlood: 'no',
      epClear: 'no',
      epMoveDetectMode: '',
      hostBasedRouting: 'no',
      intersiteBumTrafficAllow: 'no',
      intersiteL2Stretch: 'no',
      ipLearning: 'yes',
      ipv6McastAllow: 'no',
      limitIpLearnToSubnets: 'yes',
      llAddr: '::',
      mac: '00:22:BD:F8:19:FF',
      mcastAllow: 'no',
      multiDstPktAct: 'bd-flood',
      type: 'regular',
      unicastRoute: 'yes',
      unkMacUcastAct: 'proxy',
      unkMcastAct: 'flood',
      v6unkMcastAct: 'flood',
      vmac: 'not-applicable'
    },
    implicit: { bcastP: '0.0.0.0', configIssues: '', mtu: 'inherit', pcTag: 'any', scope: '0', seg: '0' },
    values: {
      arpFlood: YES_NO,
      unicastRoute: YES_NO,
      ipLearning: YES_NO,
      limitIpLearnToSubnets: YES_NO,
      hostBasedRouting: YES_NO,
      mcastAllow: YES_NO,
      unkMacUcastAct: ['flood', 'proxy'],
      unkMcastAct: ['flood', 'opt-flood'],
      multiDstPktAct: ['bd-flood', 'drop', 'encap-flood']
    }
  },
  {
    name: 'fvSubnet',
    rn: 'subnet-[{ip}]',
    parents: ['fvBD', 'fvAEPg'],
    config: {
      ...ALIASED,
      ctrl: 'nd',
      ipDPLearning: 'enabled',
      name: '',
      preferred: 'no',
      scope: 'private',
      virtual: 'no'
    },
    implicit: { configIssues: '', debugMe: ' ' },
    values: { preferred: YES_NO, virtual: YES_NO }
  },
  {
    name: 'fvCtx',
    rn: 'ctx-{name}',
    parents: ['fvTenant'],
    config: {
      ...NAMED,
      bdEnforcedEnable: 'no',
      ipDataPlaneLearning: 'enabled',
      knwMcastAct: 'permit',
      pcEnfDir: 'ingress',
      pcEnfPref: 'enforced'
    },
    implicit: { pcEnfDirUpdated: 'yes', pcTag: 'any', scope: '0', seg: '0' },
    values: { bdEnforcedEnable: YES_NO, pcEnfPref: ['unenforced', 'enforced'], pcEnfDir: ['ingress', 'egress'] }
  },
  named('fvRsBd', 'rsbd', ['fvAEPg'], 'tnFvBDName', 'fvBD'),
  named('fvRsCtx', 'rsctx', ['fvBD'], 'tnFvCtxName', 'fvCtx'),
  named('fvRsCustQosPol', 'rscustQosPol', ['fvAEPg'], 'tnQosCustomPolName', 'qosCustomPol'),
  named('fvRsBDToOut', 'rsBDToOut-{tnL3extOutName}', ['fvBD'], 'tnL3extOutName', 'l3extOut'),
  backPointer('fvRtBd', 'rtbd-[{tDn}]', ['fvBD'], 'fvAEPg'),
  backPointer('fvRtCtx', 'rtctx-[{tDn}]', ['fvCtx'], 'fvBD'),
  backPointer('qosRtCustQosPol', 'rtfvRsCustQosPol-[{tDn}]', ['qosCustomPol'], 'fvAEPg'),
  pointer('fvRsDomAtt', 'rsdomAtt-[{tDn}]', ['fvAEPg'], 'infraDomP', {
    instrImedcy: 'lazy',
    resImedcy: 'lazy',
    classPref: 'encap',
    encap: 'unknown'
  }),
  pointer('fvRsPathAtt', 'rspathAtt-[{tDn}]', ['fvAEPg'], 'fabricPathEp', {
    descr: '',
    encap: 'unknown',
    instrImedcy: 'lazy',
    mode: 'regular',
    primaryEncap: 'unknown'
  }),
  named('fvRsProv', 'rsprov-{tnVzBrCPName}', RELATION_PARENTS, 'tnVzBrCPName', 'vzBrCP'),
  named('fvRsCons', 'rscons-{tnVzBrCPName}', RELATION_PARENTS, 'tnVzBrCPName', 'vzBrCP'),
  backPointer('vzRtProv', 'rtfvProv-[{tDn}]', ['vzBrCP'], 'fvAEPg'),
  backPointer('vzRtCons', 'rtfvCons-[{tDn}]', ['vzBrCP'], 'fvAEPg'),
  {
    name: 'vzBrCP',
    rn: 'brc-{name}',
    parents: ['fvTenant'],
    config: { ...NAMED, intent: 'install', prio: 'unspecified', scope: 'context', targetDscp: 'unspecified' },
    implicit: { configIssues: '', reevaluateAll: 'no' },
    values: { scope: ['application-profile', 'context', 'tenant', 'global'] }
  },
  {
    name: 'vzSubj',
    rn: 'subj-{name}',
    parents: ['vzBrCP'],
    config: {
      ...ALIASED,
      consMatchT: 'AtleastOne',
      prio: 'unspecified',
      provMatchT: 'AtleastOne',
      revFltPorts: 'yes',
      targetDscp: 'unspecified'
    },
    values: { revFltPorts: YES_NO }
  },
  named('vzRsSubjFiltAtt', 'rssubjFiltAtt-{tnVzFilterName}', ['vzSubj'], 'tnVzFilterName', 'vzFilter'),
  backPointer('vzRtSubjFiltAtt', 'rtsubjFiltAtt-[{tDn}]', ['vzFilter'], 'vzSubj'),
  {
    name: 'vzFilter',
    rn: 'flt-{name}',
    parents: ['fvTenant'],
    config: NAMED,
    implicit: { fwdId: '0', id: 'implicit' }
  },
  {
    name: 'vzEntry',
    rn: 'e-{name}',
    parents: ['vzFilter'],
    config: {
      ...ALIASED,
      applyToFrag: 'no',
      arpOpc: 'unspecified',
      dFromPort: 'unspecified',
      dToPort: 'unspecified',
      etherT: 'unspecified',
      icmpv4T: 'unspecified',
      icmpv6T: 'unspecified',
      matchDscp: 'unspecified',
      prot: 'unspecified',
      sFromPort: 'unspecified',
      sToPort: 'unspecified',
      stateful: 'no',
      tcpRules: ''
    },
    values: { applyToFrag: YES_NO, stateful: YES_NO },
    aliases: {
      dFromPort: PORTS,
      dToPort: PORTS,
      sFromPort: PORTS,
      sToPort: PORTS,
      etherT: { '0x800': 'ip', '0x806': 'arp' },
      prot: { '1': 'icmp', '6': 'tcp', '17': 'udp' },
      tcpRules: { unspecified: '' }
    }
  },
  {
    name: 'l3extOut',
    rn: 'out-{name}',
    parents: ['fvTenant'],
    config: { ...NAMED, enforceRtctrl: 'export', mplsEnabled: 'no', targetDscp: 'unspecified' },
    values: { mplsEnabled: YES_NO }
  },
  named('l3extRsEctx', 'rsectx', ['l3extOut'], 'tnFvCtxName', 'fvCtx'),
  pointer('l3extRsL3DomAtt', 'rsl3DomAtt', ['l3extOut'], 'extnwDomP'),
  {
    name: 'l3extInstP',
    rn: 'instP-{name}',
    parents: ['l3extOut'],
    config: {
      ...ALIASED,
      exceptionTag: '',
      floodOnEncap: 'disabled',
      matchT: 'AtleastOne',
      pcEnfPref: 'unenforced',
      prefGrMemb: 'exclude',
      prio: 'unspecified',
      targetDscp: 'unspecified'
    },
    implicit: { configIssues: '', configSt: 'applied', pcTag: 'any', scope: '0', txId: '' }
  },
  {
    name: 'l3extSubnet',
    rn: 'extsubnet-[{ip}]',
    parents: ['l3extInstP'],
    config: { ...ALIASED, aggregate: '', name: '', scope: 'import-security' }
  },
  { name: 'qosCustomPol', rn: 'qoscustom-{name}', parents: ['fvTenant'], config: NAMED },
  { name: 'monEPGPol', rn: 'monepg-{name}', parents: ['fvTenant'], config: NAMED },
  { name: 'tagInst', rn: 'tag-{name}', config: {} },
  { name: 'tagTag', rn: 'tagKey-{key}', config: { value: '' } },
  { name: 'tagAnnotation', rn: 'annotationKey-[{key}]', config: { value: '' } },

  { name: 'infraInfra', rn: 'infra', parents: ['polUni'], config: NAMED },
  { name: 'infraAttEntityP', rn: 'attentp-{name}', parents: ['infraInfra'], config: NAMED },
  pointer('infraRsDomP', 'rsdomP-[{tDn}]', ['infraAttEntityP'], 'infraDomP'),
  { name: 'physDomP', rn: 'phys-{name}', parents: ['polUni'], config: { nameAlias: '', ownerKey: '', ownerTag: '' } },
  pointer('infraRsVlanNs', 'rsvlanNs', ['physDomP', 'vmmDomP'], 'fvnsVlanInstP'),
  { name: 'fvnsVlanInstP', rn: 'vlanns-[{name}]-{allocMode}', parents: ['infraInfra'], config: NAMED },
  {
    name: 'fvnsEncapBlk',
    rn: 'from-[{from}]-to-[{to}]',
    parents: ['fvnsVlanInstP'],
    config: { ...ALIASED, allocMode: 'inherit', name: '', role: 'external' }
  },
  { name: 'vmmProvP', rn: 'vmmp-{vendor}', parents: ['polUni'], config: { ...NAMED, name: '' } },
  {
    name: 'vmmDomP',
    rn: 'dom-{name}',
    parents: ['vmmProvP'],
    config: { accessMode: 'read-write', enfPref: 'hw', mcastAddr: '0.0.0.0', mode: 'default', nameAlias: '' }
  },

  { name: 'aaaUserEp', rn: 'userext', parents: ['polUni'], config: { ...NAMED, name: '', pwdStrengthCheck: 'yes' } },
  {
    name: 'aaaUser',
    rn: 'user-{name}',
    parents: ['aaaUserEp'],
    config: {
      ...NAMED,
      accountStatus: 'active',
      certAttribute: '',
      email: '',
      expiration: 'never',
      expires: 'no',
      firstName: '',
      lastName: '',
      phone: '',
      pwd: ''
    },
    implicit: { clearPwdHistory: 'no', unixUserId: '15374' },
    values: { accountStatus: ['active', 'blocked', 'inactive'] }
  },
  { name: 'aaaUserDomain', rn: 'userdomain-{name}', parents: ['aaaUser'], config: ALIASED },
  { name: 'aaaAppUser', rn: 'appuser-{name}', parents: ['aaaUserEp'], config: ALIASED },
  { name: 'aaaUserCert', rn: 'usercert-{name}', parents: ['aaaUser', 'aaaAppUser'], config: { ...ALIASED, data: '' } },
  { name: 'aaaDomain', rn: 'domain-{name}', parents: ['aaaUserEp'], config: NAMED },
  { name: 'aaaLoginDomain', rn: 'logindomain-{name}', parents: ['aaaUserEp'], config: { ...NAMED } },
  { name: 'pkiEp', rn: 'pkiext', parents: ['aaaUserEp'], config: { ...NAMED, name: '' } },
  {
    name: 'pkiWebTokenData',
    rn: 'webtokendata',
    parents: ['pkiEp'],
    config: {
      maximumValidityPeriod: '24',
      sessionRecordFlags: 'login,logout,refresh',
      uiIdleTimeoutSeconds: '1200',
      webtokenTimeoutSeconds: '600'
    }
  },
  holder('ctrlrInst', 'controller', ['polUni']),
  {
    name: 'infraClusterPol',
    rn: 'clusterpol',
    parents: ['ctrlrInst'],
    config: { ...NAMED, name: 'default', size: '1' }
  },
  {
    name: 'firmwareCtrlrFwP',
    rn: 'ctrlrfwpol',
    parents: ['polUni'],
    config: { ...NAMED, name: 'default', version: '' }
  }
]

const SWITCH = ['topSystem'] as const

const TOPOLOGY: readonly ClassDefinition[] = [
  holder('fabricTopology', 'topology', [''], { monPolDn: 'uni/fabric/monfab-default' }),
  holder('fabricPod', 'pod-{id}', ['fabricTopology'], { podType: 'physical' }),
  {
    name: 'fabricNode',
    rn: 'node-{id}',
    parents: ['fabricPod'],
    kind: 'oper',
    implicit: {
      adSt: 'on',
      address: '',
      annotation: '',
      apicType: 'apic',
      delayedHeartbeat: 'no',
      extMngdBy: '',
      fabricSt: 'active',
      lastStateModTs: '',
      lcOwn: 'local',
      model: '',
      monPolDn: 'uni/fabric/monfab-default',
      name: '',
      nameAlias: '',
      nodeType: 'unspecified',
      role: 'leaf',
      serial: '',
      uid: '0',
      userdom: 'all',
      vendor: 'Cisco Systems, Inc',
      version: ''
    },
    values: {
      role: ['unspecified', 'controller', 'leaf', 'spine'],
      fabricSt: [
        'unknown',
        'undiscovered',
        'discovering',
        'inactive',
        'disabled',
        'decommissioned',
        'commissioned',
        'active'
      ],
      adSt: ['off', 'on']
    }
  },
  holder('fabricPathEpCont', 'paths-{nodeId}', ['fabricPod']),
  holder('fabricProtPathEpCont', 'protpaths-{nodeAId}-{nodeBId}', ['fabricPod']),
  {
    name: 'fabricPathEp',
    rn: 'pathep-[{name}]',
    parents: ['fabricPathEpCont', 'fabricProtPathEpCont'],
    kind: 'oper',
    implicit: { descr: '', lagT: 'not-aggregated', lcOwn: 'local', pathT: 'leaf' }
  },
  {
    name: 'topSystem',
    rn: 'sys',
    parents: ['fabricNode'],
    kind: 'oper',
    implicit: {
      address: '',
      bootstrapState: 'done',
      controlPlaneMTU: '9000',
      currentTime: '',
      fabricDomain: 'ACI Fabric1',
      fabricId: '1',
      fabricMAC: '00:22:BD:F8:19:FF',
      id: '',
      inbMgmtAddr: '0.0.0.0',
      lastRebootTime: '',
      lcOwn: 'local',
      mode: 'unspecified',
      monPolDn: 'uni/fabric/monfab-default',
      name: '',
      nodeType: 'unspecified',
      oobMgmtAddr: '0.0.0.0',
      oobMgmtGateway: '192.0.2.254',
      podId: '1',
      role: 'leaf',
      serial: '',
      state: 'in-service',
      systemUpTime: '',
      tepPool: '10.0.0.0/16',
      version: '',
      virtualMode: 'no'
    },
    clocked: (attributes, iso, epochMs) => ({
      currentTime: iso,
      systemUpTime: uptime(epochMs - Date.parse(attributes['lastRebootTime'] ?? ''))
    })
  },
  {
    name: 'l1PhysIf',
    rn: 'phys-[{id}]',
    parents: SWITCH,
    kind: 'oper',
    implicit: {
      adminSt: 'up',
      autoNeg: 'on',
      bw: '0',
      descr: '',
      layer: 'Layer2',
      lcOwn: 'local',
      mode: 'trunk',
      monPolDn: 'uni/infra/moninfra-default',
      mtu: '9000',
      name: '',
      pathSDescr: '',
      portT: 'leaf',
      speed: 'inherit',
      switchingSt: 'enabled',
      usage: 'discovery'
    },
    values: { adminSt: ['down', 'up'], switchingSt: ON_OFF }
  },
  {
    name: 'ethpmPhysIf',
    rn: 'phys',
    parents: ['l1PhysIf'],
    kind: 'oper',
    implicit: {
      accessVlan: 'unknown',
      allowedVlans: '',
      bundleIndex: 'unspecified',
      lastLinkStChg: '',
      nativeVlan: 'unknown',
      operDuplex: 'full',
      operMode: 'trunk',
      operSpeed: '10G',
      operSt: 'up',
      operStQual: 'none',
      operVlans: '',
      resetCtr: '0',
      usage: 'discovery'
    },
    values: { operSt: ['unknown', 'down', 'up', 'link-up'] }
  },
  {
    name: 'pcAggrIf',
    rn: 'aggr-[{id}]',
    parents: SWITCH,
    kind: 'oper',
    implicit: {
      activePorts: '0',
      adminSt: 'up',
      descr: '',
      mode: 'trunk',
      monPolDn: 'uni/infra/moninfra-default',
      name: '',
      operSt: 'up',
      pcMode: 'active',
      ports: '0'
    }
  },
  {
    ...holder('eqptCh', 'ch', SWITCH),
    implicit: {
      descr: '',
      id: '1',
      model: '',
      operSt: 'online',
      operStQual: '',
      rev: '0',
      role: '',
      ser: '',
      vendor: ''
    }
  },
  holder('eqptPsuSlot', 'psuslot-{id}', ['eqptCh'], { operSt: 'inserted', physId: '' }),
  {
    name: 'eqptPsu',
    rn: 'psu',
    parents: ['eqptPsuSlot'],
    kind: 'oper',
    implicit: {
      descr: '',
      fanOpSt: 'ok',
      hwVer: '0',
      id: '1',
      model: '',
      operSt: 'ok',
      operStQual: '',
      rev: '0',
      ser: '',
      vendor: 'Cisco Systems, Inc',
      vSrc: 'ac'
    }
  },
  holder('eqptFtSlot', 'ftslot-{id}', ['eqptCh'], { operSt: 'inserted', physId: '' }),
  holder('eqptFt', 'ft', ['eqptFtSlot'], {
    descr: '',
    hwVer: '0',
    id: '1',
    model: '',
    operSt: 'ok',
    rev: '0',
    ser: ''
  }),
  {
    name: 'eqptFan',
    rn: 'fan-{id}',
    parents: ['eqptFt'],
    kind: 'oper',
    implicit: { descr: '', dir: 'back2front', model: '', operSt: 'ok', operStQual: '', ser: '', vendor: '' }
  },
  {
    name: 'eqptIngrTotal5min',
    rn: 'CDeqptIngrTotal5min',
    parents: ['l1PhysIf', 'pcAggrIf'],
    kind: 'stats',
    implicit: { bytesAvg: '0', bytesCum: '0', bytesRate: '0.000000', pktsAvg: '0', pktsCum: '0', pktsRate: '0.000000' },
    modTs: 'never'
  },
  {
    name: 'eqptEgrTotal5min',
    rn: 'CDeqptEgrTotal5min',
    parents: ['l1PhysIf', 'pcAggrIf'],
    kind: 'stats',
    implicit: { bytesAvg: '0', bytesCum: '0', bytesRate: '0.000000', pktsAvg: '0', pktsCum: '0', pktsRate: '0.000000' },
    modTs: 'never'
  },
  ...(
    [
      ['rmonIfIn', 'dbgIfIn', { octets: '0', ucastPkts: '0', nUcastPkts: '0', errors: '0', discards: '0' }],
      ['rmonIfOut', 'dbgIfOut', { octets: '0', ucastPkts: '0', nUcastPkts: '0', errors: '0', discards: '0' }],
      ['rmonEtherStats', 'dbgEtherStats', { octets: '0', pkts: '0', cRCAlignErrors: '0', collisions: '0' }]
    ] as const
  ).map(([name, rn, implicit]) => ({
    name,
    rn,
    parents: ['l1PhysIf', 'pcAggrIf'],
    kind: 'stats' as const,
    implicit,
    modTs: 'never' as const
  })),
  holder('firmwareCtrlrFwStatusCont', 'ctrlrfwstatuscont', SWITCH),
  holder('firmwareCtrlrRunning', 'ctrlrrunning', ['firmwareCtrlrFwStatusCont'], {
    applId: '0',
    internalLabel: '',
    mode: 'normal',
    node: '',
    type: 'controller',
    version: ''
  }),
  holder('firmwareFwStatusCont', 'fwstatuscont', SWITCH),
  holder('firmwareRunning', 'running', ['firmwareFwStatusCont'], {
    biosVer: '',
    mode: 'normal',
    peVer: '',
    type: 'switch',
    version: ''
  }),
  holder('infraCont', 'av', ['fabricNode'], { fbDmNm: 'ACI Fabric1', size: '3' }),
  {
    name: 'infraWiNode',
    rn: 'node-{id}',
    parents: ['infraCont'],
    kind: 'oper',
    implicit: {
      addr: '',
      adminSt: 'in-service',
      apicMode: 'active',
      cntrlSbstState: 'approved',
      failoverStatus: 'idle',
      health: 'fully-fit',
      lcOwn: 'local',
      mbSn: '',
      nodeName: '',
      operSt: 'available',
      podId: '0'
    },
    values: {
      health: [
        'data-layer-partially-degraded-leadership',
        'data-layer-partially-diverged',
        'data-layer-synchronization-in-progress',
        'unknown',
        'fully-fit'
      ],
      operSt: ['unavailable', 'available']
    }
  },
  {
    name: 'healthInst',
    rn: 'health',
    kind: 'oper',
    implicit: { chng: '0', cur: '100', maxSev: 'cleared', prev: '100', twScore: '100', updTs: '' },
    modTs: 'absent',
    values: { maxSev: SEVERITIES }
  },
  {
    name: 'fabricHealthTotal',
    rn: 'health',
    parents: ['fabricTopology', 'fabricPod'],
    kind: 'oper',
    implicit: { chng: '0', cur: '100', maxSev: 'cleared', prev: '100', twScore: '100', updTs: '' },
    values: { maxSev: SEVERITIES }
  },
  {
    name: 'l3Ctx',
    rn: 'ctx-[{encap}]',
    parents: SWITCH,
    kind: 'oper',
    implicit: { adminSt: 'admin-up', ctxPKey: '', name: '', operSt: 'up', pcTag: '', scope: '' }
  },
  {
    name: 'l2BD',
    rn: 'bd-[{fabEncap}]',
    parents: ['l3Ctx'],
    kind: 'oper',
    implicit: { accEncap: 'unknown', adminSt: 'active', id: '', name: '', operSt: 'up', pcTag: '' }
  },
  {
    name: 'vlanCktEp',
    rn: 'vlan-[{encap}]',
    parents: ['l2BD'],
    kind: 'oper',
    implicit: { adminSt: 'active', epgDn: '', fabEncap: '', id: '', name: '', operSt: 'up', pcTag: '' }
  },
  holder('lldpEntity', 'lldp', SWITCH, { adminSt: 'enabled', operSt: 'enabled' }),
  holder('lldpInst', 'inst', ['lldpEntity'], { adminSt: 'enabled' }),
  holder('lldpIf', 'if-[{id}]', ['lldpInst'], {
    adminRxSt: 'enabled',
    adminTxSt: 'enabled',
    operRxSt: 'up',
    operTxSt: 'up'
  }),
  holder('lldpAdjEp', 'adj-{id}', ['lldpIf'], {
    chassisIdV: '',
    enCap: '',
    mgmtIp: 'unspecified',
    portDesc: '',
    portIdV: '',
    sysDesc: '',
    sysName: ''
  }),
  holder('cdpEntity', 'cdp', SWITCH, { adminSt: 'enabled', operSt: 'enabled' }),
  holder('cdpInst', 'inst', ['cdpEntity'], { adminSt: 'enabled' }),
  holder('cdpIf', 'if-[{id}]', ['cdpInst'], { adminSt: 'enabled', operSt: 'up' }),
  holder('cdpAdjEp', 'adj-{index}', ['cdpIf'], { cap: '', devId: '', platId: '', portId: '', sysName: '', ver: '' }),
  holder('bgpEntity', 'bgp', SWITCH, { adminSt: 'enabled', operSt: 'enabled' }),
  holder('bgpInst', 'inst', ['bgpEntity'], { adminSt: 'enabled', asn: '65001' }),
  holder('bgpDom', 'dom-{name}', ['bgpInst'], { operSt: 'up', rtrId: '' }),
  holder('bgpPeer', 'peer-[{addr}]', ['bgpDom'], { adminSt: 'enabled', asn: '65001', name: '' }),
  holder('bgpPeerEntry', 'ent-[{addr}]', ['bgpPeer'], {
    connAttempts: '1',
    connDrop: '0',
    connEst: '1',
    lastFlapTs: '',
    operSt: 'established',
    rtrId: '',
    type: 'ibgp'
  }),
  holder('ospfEntity', 'ospf', SWITCH, { adminSt: 'enabled', operSt: 'enabled' }),
  holder('ospfInst', 'inst-{name}', ['ospfEntity'], { adminSt: 'enabled' }),
  holder('ospfDom', 'dom-{name}', ['ospfInst'], { operSt: 'up', rtrId: '' }),
  holder('ospfIf', 'if-[{id}]', ['ospfDom'], { adminSt: 'enabled', area: 'backbone', operSt: 'p2p' }),
  holder('ospfAdjEp', 'adj-{peerIp}', ['ospfIf'], {
    area: 'backbone',
    id: '',
    nbrId: '',
    operSt: 'full',
    stChngs: '4'
  }),
  holder('isisEntity', 'isis', SWITCH, { adminSt: 'enabled', operSt: 'enabled' }),
  holder('isisInst', 'inst-{name}', ['isisEntity'], { adminSt: 'enabled' }),
  holder('isisDom', 'dom-{name}', ['isisInst'], { operSt: 'up', sysId: '' }),
  holder('isisIf', 'if-[{id}]', ['isisDom'], { adminSt: 'enabled', operSt: 'up' }),
  holder('isisAdjEp', 'adj-{sysId}', ['isisIf'], { lastTrans: '', numAdjTrans: '1', operSt: 'up' })
]

const ENDPOINTS: readonly ClassDefinition[] = [
  {
    name: 'fvCEp',
    rn: 'cep-{mac}',
    parents: ['fvAEPg'],
    kind: 'oper',
    implicit: {
      annotation: '',
      contName: '',
      encap: 'unknown',
      extMngdBy: '',
      id: '0',
      idepdn: '',
      ip: '0.0.0.0',
      lcC: 'learned',
      lcOwn: 'local',
      mcastAddr: 'not-applicable',
      monPolDn: 'uni/tn-common/monepg-default',
      name: '',
      nameAlias: '',
      uid: '0',
      userdom: 'all',
      uuid: '',
      vmmSrc: ''
    }
  },
  {
    name: 'fvIp',
    rn: 'ip-[{addr}]',
    parents: ['fvCEp'],
    kind: 'oper',
    implicit: {
      annotation: '',
      createTs: '',
      debugMACMessage: '',
      extMngdBy: '',
      fabricPathDn: '',
      flags: '',
      lcOwn: 'local',
      monPolDn: 'uni/tn-common/monepg-default',
      uid: '0',
      userdom: 'all'
    }
  },
  {
    name: 'fvRsCEpToPathEp',
    rn: 'rscEpToPathEp-[{tDn}]',
    parents: ['fvCEp'],
    kind: 'oper',
    implicit: {
      forceResolve: 'yes',
      lcC: 'learned',
      lcOwn: 'local',
      rType: 'mo',
      state: 'formed',
      stateQual: 'none',
      tCl: 'fabricAPathEp',
      tType: 'mo'
    }
  },
  holder('compUni', 'comp', [''], { name: '' }),
  holder('compProv', 'prov-{name}', ['compUni']),
  holder('compCtrlr', 'ctrlr-[{domName}]-{name}', ['compProv'], { operSt: 'online', model: '' }),
  {
    name: 'compVm',
    rn: 'vm-{oid}',
    parents: ['compCtrlr'],
    kind: 'oper',
    implicit: { guid: '', id: '0', issues: '', name: '', nameAlias: '', os: '', state: 'poweredOn', uuid: '' },
    values: { state: ['unknown', 'poweredOff', 'suspended', 'poweredOn'] }
  }
]

/**
 * Real classes of which this fabric has no objects, so that asking for one finds nothing instead of being an error. Of
 * their properties only the name is known here.
 */
const WITHOUT_OBJECTS: readonly ClassDefinition[] = [
  'arpAdjEp',
  'bgpPeerAf',
  'cdpIfPol',
  'compHv',
  'compHpNic',
  'compVNic',
  'coopEpRec',
  'dhcpClient',
  'dhcpRelayP',
  'eqptBoard',
  'eqptLC',
  'eqptLCSlot',
  'eqptSupC',
  'eqptSupCSlot',
  'epmIpEp',
  'epmMacEp',
  'extnwDomP',
  'fabricExplicitGEp',
  'fabricLink',
  'fabricLooseNode',
  'fabricNodeIdentP',
  'fabricSetupP',
  'firmwareCardRunning',
  'fvIfConn',
  'fvStCEp',
  'fvStIp',
  'infraAccPortGrp',
  'infraAccPortP',
  'infraNodeP',
  'infraRsVxlanNs',
  'ipRouteP',
  'ipv4Addr',
  'l2extDomP',
  'l2extOut',
  'l3extDomP',
  'l3extLIfP',
  'l3extLNodeP',
  'l3extRsNodeL3OutAtt',
  'l3extRsPathL3OutAtt',
  'lacpEntity',
  'lldpIfPol',
  'procEntity',
  'snmpPol',
  'syslogGroup',
  'topoctrlLbP',
  'uribv4Route',
  'vnsAbsGraph',
  'vnsLDevVip',
  'vpcDom',
  'vpcInst',
  'vzTaboo'
].map((name) => ({ name, rn: `${name}-{name}`, kind: 'oper' as const }))

const FAULTS_AND_RECORDS: readonly ClassDefinition[] = [
  {
    name: 'faultInst',
    rn: 'fault-{code}',
    kind: 'oper',
    config: ACKNOWLEDGED,
    implicit: { ...FAULT, extMngdBy: '', userdom: 'all' },
    modTs: 'never',
    values: FAULT_VALUES,
    shapes: { code: FAULT_CODE }
  },
  {
    name: 'faultDelegate',
    rn: 'fd-[{affected}]-fault-{code}',
    kind: 'oper',
    config: ACKNOWLEDGED,
    implicit: { ...FAULT, userdom: 'all' },
    modTs: 'never',
    values: FAULT_VALUES,
    shapes: { code: FAULT_CODE }
  },
  {
    name: 'faultRecord',
    rn: 'subj-[{affected}]/fr-{id}',
    kind: 'record',
    implicit: { ...RECORD, ack: 'no', ind: 'creation', lc: 'raised', origSeverity: 'warning', rule: '', subject: '' },
    modTs: 'never',
    values: { severity: SEVERITIES, lc: LIFECYCLES }
  },
  {
    name: 'eventRecord',
    rn: 'subj-[{affected}]/rec-{id}',
    kind: 'record',
    implicit: { ...RECORD, ind: 'state-transition', trig: 'oper' },
    modTs: 'never',
    values: { severity: SEVERITIES }
  },
  {
    name: 'aaaModLR',
    rn: 'subj-[{affected}]/mod-{id}',
    kind: 'record',
    implicit: { ...RECORD, cause: 'transition', clientTag: '', ind: 'modification', sessionId: '' },
    modTs: 'never',
    values: { severity: SEVERITIES, ind: ['creation', 'modification', 'deletion'] }
  },
  {
    name: 'aaaSessionLR',
    rn: 'subj-[{affected}]/sess-{id}',
    kind: 'record',
    implicit: { ...RECORD, cause: 'unknown', ind: 'special', sessionId: '', systemId: '', trig: 'login,session' },
    modTs: 'never',
    values: { severity: SEVERITIES }
  }
]

/** All classes the simulator knows. */
export const CLASSES: readonly ClassDefinition[] = [
  ...POLICY,
  ...TOPOLOGY,
  ...ENDPOINTS,
  ...FAULTS_AND_RECORDS,
  ...WITHOUT_OBJECTS
]

/** Abstract classes and their concrete kinds: a query for the left is answered by objects of the right. */
export const ABSTRACT: Readonly<Record<string, readonly string[]>> = {
  faultInfo: ['faultInst', 'faultDelegate'],
  fvEPg: ['fvAEPg', 'l3extInstP'],
  vzABrCP: ['vzBrCP'],
  l1EthIf: ['l1PhysIf', 'pcAggrIf'],
  infraDomP: ['physDomP', 'vmmDomP']
}

/** `03:22:12:59.000`: days, hours, minutes, seconds. */
const uptime = (ms: number): string => {
  const seconds = Number.isNaN(ms) ? 0 : Math.max(0, ms) / 1000
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0')
  const rest = (seconds % 60).toFixed(3).padStart(6, '0')
  return `${two(seconds / 86_400)}:${two((seconds / 3600) % 24)}:${two((seconds / 60) % 60)}:${rest}`
}
