// Relative names: the last part of a DN, and how those of classes that people configure are made of naming properties.

/** Naming properties among others, as an APIC gives them. */
type Attributes = Readonly<Record<string, string>>

/**
 * RN formats (`rnFormat` of Cisco's class metadata) of classes that are often written. Of other classes an APIC knows
 * the DN, and we do not.
 */
const FORMATS: Readonly<Record<string, string>> = {
  polUni: 'uni',
  tagInst: 'tag-{name}',
  tagTag: 'tagKey-{key}',
  tagAnnotation: 'annotationKey-[{key}]',

  fvTenant: 'tn-{name}',
  fvAp: 'ap-{name}',
  fvAEPg: 'epg-{name}',
  fvESg: 'esg-{name}',
  fvBD: 'BD-{name}',
  fvCtx: 'ctx-{name}',
  fvSubnet: 'subnet-[{ip}]',
  fvRsBd: 'rsbd',
  fvRsCtx: 'rsctx',
  fvRsBDToOut: 'rsBDToOut-{tnL3extOutName}',
  fvRsCustQosPol: 'rscustQosPol',
  fvRsDomAtt: 'rsdomAtt-[{tDn}]',
  fvRsNodeAtt: 'rsnodeAtt-[{tDn}]',
  fvRsPathAtt: 'rspathAtt-[{tDn}]',
  fvRsProv: 'rsprov-{tnVzBrCPName}',
  fvRsCons: 'rscons-{tnVzBrCPName}',

  vzAny: 'any',
  vzBrCP: 'brc-{name}',
  vzSubj: 'subj-{name}',
  vzRsSubjFiltAtt: 'rssubjFiltAtt-{tnVzFilterName}',
  vzFilter: 'flt-{name}',
  vzEntry: 'e-{name}',
  vzTaboo: 'taboo-{name}',

  l2extOut: 'l2out-{name}',
  l2extInstP: 'instP-{name}',
  l3extOut: 'out-{name}',
  l3extRsEctx: 'rsectx',
  l3extRsL3DomAtt: 'rsl3DomAtt',
  l3extLNodeP: 'lnodep-{name}',
  l3extRsNodeL3OutAtt: 'rsnodeL3OutAtt-[{tDn}]',
  l3extLIfP: 'lifp-{name}',
  l3extRsPathL3OutAtt: 'rspathL3OutAtt-[{tDn}]',
  l3extInstP: 'instP-{name}',
  l3extSubnet: 'extsubnet-[{ip}]',
  bgpExtP: 'bgpExtP',
  bgpPeerP: 'peerP-[{addr}]',
  ospfExtP: 'ospfExtP',
  ospfIfPol: 'ospfIfPol-{name}',
  qosCustomPol: 'qoscustom-{name}',
  monEPGPol: 'monepg-{name}',

  infraInfra: 'infra',
  infraAttEntityP: 'attentp-{name}',
  infraRsDomP: 'rsdomP-[{tDn}]',
  infraAccPortP: 'accportprof-{name}',
  infraHPortS: 'hports-{name}-typ-{type}',
  infraPortBlk: 'portblk-{name}',
  infraRsAccBaseGrp: 'rsaccBaseGrp',
  infraFuncP: 'funcprof',
  infraAccPortGrp: 'accportgrp-{name}',
  infraAccBndlGrp: 'accbundle-{name}',
  infraNodeP: 'nprof-{name}',
  infraLeafS: 'leaves-{name}-typ-{type}',
  infraNodeBlk: 'nodeblk-{name}',
  infraRsAccPortP: 'rsaccPortP-[{tDn}]',
  infraRsVlanNs: 'rsvlanNs',
  fvnsVlanInstP: 'vlanns-[{name}]-{allocMode}',
  fvnsEncapBlk: 'from-[{from}]-to-[{to}]',
  physDomP: 'phys-{name}',
  l2extDomP: 'l2dom-{name}',
  l3extDomP: 'l3dom-{name}',
  vmmProvP: 'vmmp-{vendor}',
  vmmDomP: 'dom-{name}',
  cdpIfPol: 'cdpIfP-{name}',
  fabricHIfPol: 'hintfpol-{name}',
  lacpLagPol: 'lacplagp-{name}',
  lldpIfPol: 'lldpIfP-{name}',
  mcpIfPol: 'mcpIfP-{name}',

  fabricInst: 'fabric',
  fabricProtPol: 'protpol',
  fabricExplicitGEp: 'expgep-{name}',
  ctrlrInst: 'controller',
  fabricNodeIdentPol: 'nodeidentpol',
  fabricNodeIdentP: 'nodep-{serial}',

  aaaUserEp: 'userext',
  aaaUser: 'user-{name}',
  aaaUserDomain: 'userdomain-{name}',
  aaaUserRole: 'role-{name}',
  aaaUserCert: 'usercert-{name}',
  aaaDomain: 'domain-{name}',
  aaaDomainRef: 'domain-{name}'
}

/** Parts a format into texts and, at odd places, naming properties. */
const NAMING = /\{(\w+)\}/

/** The last RN of a DN. Slashes inside brackets belong to a naming value. */
export function rnOf(dn: string): string {
  let depth = 0
  for (let at = dn.length - 1; at >= 0; at -= 1) {
    const character = dn[at]
    if (character === ']') depth += 1
    else if (character === '[') depth -= 1
    else if (character === '/' && depth === 0) return dn.slice(at + 1)
  }
  return dn
}

/** The RN of an object right below that DN; undefined when it is somewhere else. */
export function rnBelow(above: string, dn: string): string | undefined {
  const rn = rnOf(dn)
  return dn === `${above}/${rn}` ? rn : undefined
}

/** The RN that these properties give; undefined when one is missing or the class is not among the well-known ones. */
export function rnFrom(className: string, attributes: Attributes): string | undefined {
  const parts = FORMATS[className]?.split(NAMING).map((part, at) => (at % 2 === 0 ? part : (attributes[part] ?? '')))
  const isComplete = parts?.every((part, at) => at % 2 === 0 || part !== '')
  return isComplete === true ? parts?.join('') : undefined
}

/** Whether an object with these properties, some of its names perhaps left out, may have that RN. */
export function mayHaveRn(className: string, attributes: Attributes, rn: string): boolean {
  const format = FORMATS[className]
  if (format === undefined) return false
  const pattern = format.split(NAMING).map((part, at) => {
    const text = at % 2 === 0 ? part : attributes[part]
    return text === undefined ? '.+' : text.replace(/[.*+?^$()|[\]\\{}]/g, '\\$&')
  })
  return new RegExp(`^${pattern.join('')}$`, 's').test(rn)
}
