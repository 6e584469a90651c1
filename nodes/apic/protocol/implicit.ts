// Properties and objects that an APIC makes itself: reads show them, writes are refused. The names are those of Cisco's
// class metadata, where `isConfigurable` is false (release 6.0).

import type { Attributes } from './wire'

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/))

/**
 * Implicit in every class. `userdom` can be set, but names the security domain of the object's creator: another writer may
 * not be allowed to name it.
 */
const EVERYWHERE = words(`
  dn rn status childAction modTs uid userdom lcOwn extMngdBy monPolDn creator
  configIssues ConfigIssues configSt triggerSt txId revId updateCollection uuid uniqueId
  tCl tContextDn tRn tType rType forceResolve stateQual deplInfo ctrctUpd accessPrivilege lcC isUsingConnSel
  pcTag pcTagAllocSrc seg bcastP vrfId pcEnfDirUpdated isSharedSrvMsiteEPg debugMe debugMessage
  reevaluateAll fwdId usesIds usedFor useAnyDef mcast sessionT selectorDefDn tagSelectorDn
  certificateDecodeInformation certValidUntil expState fp numCerts
`)

/** Implicit in some classes, and settings in others. */
const SOMEWHERE: Readonly<Record<string, ReadonlySet<string>>> = {
  aaaUser: words('clearPwdHistory unixUserId'),
  commShellinabox: words('port proto'),
  commHttp: words('proto'),
  commHttps: words('proto'),
  commSsh: words('proto'),
  commTelnet: words('proto'),
  fhsTrustCtrlPol: words('trustDhcpv4 trustDhcpv6 trustIpv4Src trustIpv6Src'),
  fvAEPg: words('scope'),
  fvBD: words('mtu scope'),
  fvCtx: words('scope'),
  fvESg: words('scope'),
  fvEpIpTag: words('bdDn bdName ctxDn encap ignored mac'),
  fvEpMacTag: words('bdDn ctxDn encap ignored ip'),
  fvRsDomAtt: words('mode'),
  fvRsFcPathAtt: words('type'),
  fvTrackMember: words('id'),
  infraAccPortP: words('nodeId'),
  infraFexBndlGrp: words('lagT'),
  infraFexP: words('fexId nodeId'),
  infraSpAccPortP: words('nodeId'),
  l2extInstP: words('scope'),
  l3extInstP: words('scope'),
  l3extLIfP: words('addr encap targetDscp'),
  mgmtInB: words('scope'),
  mgmtInstP: words('scope'),
  mgmtOoB: words('scope'),
  pimRouteMapPol: words('afType'),
  poeIfPol: words('poeEpg'),
  rtctrlMatchCommFactor: words('type'),
  rtctrlMatchCommTerm: words('type'),
  rtctrlMatchRtDest: words('type'),
  rtctrlProfile: words('direction level'),
  vmmDomP: words('lagPolicyName'),
  vnsLDevIf: words('faultCode faultMessage faultSeverity'),
  vzAny: words('scope'),
  vzFilter: words('id'),
  vzTaboo: words('scope')
}

/** Can be set and never be read: that they read as empty does not mean that they are. */
const SECRETS = words(`
  apikey authKey clientPassword hexKey identityPrivateKeyContents identityPrivateKeyPassphrase identityPublicKeyContents
  iffKey jwtPrivateKey key monitoringPassword passphrase password preSharedKey privKey pwd rsaPrivateKey secureAuthKey
  userPasswd
`)

/** The source of a relation, such as `fvRsBd`. */
const RELATION = /^[a-z][a-z0-9]*Rs[A-Z]/

/** Relations by name have these; their `tDn` is what the APIC found by that name. */
const NAMES_ITS_TARGET = /^(tn[A-Z]\w*|tRn|tContextDn|graphName)$/

/**
 * Whether a property of an object that was read is none to be written.
 * @param attributes of the object; they distinguish a relation by name from one by DN
 */
export function isImplicit(className: string, property: string, attributes: Readonly<Attributes>): boolean {
  if (EVERYWHERE.has(property) || SOMEWHERE[className]?.has(property) === true) return true
  if (SECRETS.has(property) && attributes[property] === '') return true
  if (!RELATION.test(className)) return false
  return (
    property === 'state' || (property === 'tDn' && Object.keys(attributes).some((name) => NAMES_ITS_TARGET.test(name)))
  )
}

/** The other end of a relation, such as `fvRtBd`; the exceptions are summaries and targets of routes. */
const BACK_RELATION = /^[a-z][a-z0-9]*Rt(?!Summ|Target)[A-Z]/

/** What the fabric writes down of an object: audit, events, faults, health, endpoints, deployments. */
const RECORD = /^(?:[a-z][a-z0-9]*Record|aaa(?:ModLR|SessionLR))$/

/** Statistics, such as `eqptIngrTotal5min`. */
const STATISTICS = /(5min|15min|1h|1d|1w|1mo|1qtr|1year)$/

/** Classes below configured objects that are not configured themselves, and whose names do not show that. */
const OPERATIONAL = words(`
  faultInst faultDelegate faultCounts faultCountsWithDetails healthInst healthNodeInst fvCEp fvIp fvLocale fvRInfoHolder
  fvAEPgBkProp fvPolMod fvUnkMacUcastActMod fvRouteInfoHolder fvSharedService fvUpdateContract fvVipUpdate
  fvCtrctCtxDefCont fvCollectionCont fvSubnetBDDefCont fvTabooCtxDefCont fvRsGraphDef fvRsProvDef fvRsPublishEPg
  fvRsPublishESg l3extConfigOutDef l3extOutDef l3extRsL3InstPToDomP infraContNS infraContDomP infraProfileIssues
  infraSelectorIssues infraRsVlanNsDef fvnsVlanInstDef mgmtCollectionCont tagAliasInst tagAliasDelInst vzCollectionCont
  vzDirAssDef vzERFltP vzGraphCont vzInheritedDef vzIntraEPgDef vzRFltP vzTrigCollectionCont vnsConfIssue
`)

/** Whether objects of this class are made by the fabric: below an object that was read they are none to be written. */
export function isOperational(className: string): boolean {
  return (
    OPERATIONAL.has(className) || RECORD.test(className) || BACK_RELATION.test(className) || STATISTICS.test(className)
  )
}
