// A network engineer's words find the classes that are meant.

import assert from 'node:assert/strict'
import fc from 'fast-check'
import { Catalogue } from '../../nodes/editor/classes/catalogue'
import { LANGUAGE_TAGS } from '../../nodes/editor/classes/catalogue/language'
import { ClassSearch } from '../../nodes/editor/classes/class-search'

const searches = Object.fromEntries(LANGUAGE_TAGS.map((tag) => [tag, new ClassSearch(new Catalogue(tag))]))

const find = (query: string, language = 'en-US', limit = 25): string[] =>
  searches[language]!.find(query, { limit }).map((entry) => entry.name)

/** What must be first, and what must be among the first ten. */
type Expectation = readonly [query: string, first: string, ...others: string[]]

const ENGLISH: readonly Expectation[] = [
  ['endpoint', 'fvCEp', 'fvIp'],
  ['endpoints', 'fvCEp', 'fvIp'],
  ['tenant', 'fvTenant'],
  ['bridge domain', 'fvBD', 'l2BD'],
  ['bd', 'fvBD'],
  ['vrf', 'fvCtx'],
  ['epg', 'fvAEPg', 'fvEPg'],
  ['esg', 'fvESg'],
  ['port', 'l1PhysIf', 'ethpmPhysIf'],
  ['port down', 'ethpmPhysIf'],
  ['link down', 'ethpmPhysIf', 'ethpmAggrIf', 'fabricLink'],
  ['interface', 'l1PhysIf', 'ethpmPhysIf'],
  ['port channel', 'pcAggrIf', 'ethpmAggrIf'],
  ['vpc', 'vpcIf', 'vpcDom'],
  ['fault', 'faultInst', 'faultInfo'],
  ['alarm', 'faultInst'],
  ['critical fault', 'faultInst'],
  ['faults of severity critical', 'faultInst'],
  ['health', 'healthInst', 'fabricHealthTotal'],
  ['audit', 'aaaModLR', 'aaaSessionLR'],
  ['who changed what', 'aaaModLR'],
  ['event', 'eventRecord'],
  ['login', 'aaaSessionLR'],
  ['switch', 'fabricNode'],
  ['leaf', 'fabricNode', 'topSystem'],
  ['node down', 'fabricNode'],
  ['reboot', 'topSystem'],
  ['uptime', 'topSystem'],
  ['power supply', 'eqptPsu'],
  ['psu', 'eqptPsu'],
  ['fan', 'eqptFan', 'eqptFt'],
  ['temperature', 'eqptSensor'],
  ['sfp', 'ethpmFcot'],
  ['line card', 'eqptLC'],
  ['fex', 'eqptExtCh'],
  ['contract', 'vzBrCP', 'fvRsProv', 'fvRsCons'],
  ['filter', 'vzFilter', 'vzEntry'],
  ['l3out', 'l3extOut', 'l3extInstP'],
  ['external epg', 'l3extInstP'],
  ['bgp peer', 'bgpPeer', 'bgpPeerP', 'bgpPeerEntry'],
  ['bgp down', 'bgpPeerEntry'],
  ['ospf neighbour', 'ospfAdjEp'],
  ['ospf neighbor', 'ospfAdjEp'],
  ['static route', 'ipRouteP'],
  ['route', 'uribv4Route'],
  ['arp', 'arpAdjEp'],
  ['lldp neighbor', 'lldpAdjEp'],
  ['vlan', 'vlanCktEp', 'fvnsVlanInstP'],
  ['vlan pool', 'fvnsVlanInstP'],
  ['aep', 'infraAttEntityP'],
  ['static port', 'fvRsPathAtt'],
  ['physical domain', 'physDomP'],
  ['policy group', 'infraRsAccBaseGrp', 'infraAccPortGrp', 'infraAccBndlGrp'],
  ['cluster', 'infraWiNode', 'infraCont'],
  ['apic', 'fabricNode', 'infraWiNode'],
  ['backup', 'configExportP', 'configJob', 'configSnapshot'],
  ['ntp', 'datetimePol', 'datetimeNtpq', 'datetimeClkPol'],
  ['vm', 'compVm'],
  ['hypervisor', 'compHv'],
  ['vcenter', 'vmmDomP', 'vmmCtrlrP', 'compCtrlr'],
  ['kubernetes', 'vmmProvP', 'vmmInjectedNs'],
  ['user', 'aaaUser'],
  ['certificate', 'pkiKeyRing'],
  ['tacacs', 'aaaTacacsPlusProvider'],
  ['service graph', 'vnsAbsGraph', 'vnsGraphInst'],
  ['pbr', 'vnsSvcRedirectPol', 'vnsRedirectDest'],
  ['upgrade', 'maintUpgJob'],
  ['running firmware', 'firmwareRunning', 'firmwareCtrlrRunning'],
  ['license', 'licenseEntitlement'],
  ['span', 'spanSrcGrp'],
  ['syslog', 'syslogGroup', 'syslogRemoteDest'],
  ['qos', 'qosInstPol', 'qosClass'],
  ['multicast route', 'pimRoute'],
  ['out of band', 'mgmtOoB'],
  ['crc errors', 'eqptIngrErrPkts5min'],
  ['cpu', 'eqptCPU', 'procSysCPU5min'],
  ['denied traffic', 'acllogDropL3Flow', 'acllogDropL3Pkt']
]

const OTHERS: Readonly<Record<string, readonly Expectation[]>> = {
  de: [
    ['Endpunkt', 'fvCEp', 'fvIp'],
    ['Endpunkte', 'fvCEp'],
    ['Störung', 'faultInst', 'faultInfo'],
    ['stoerungen', 'faultInst'],
    ['Mandant', 'fvTenant'],
    ['Schnittstelle', 'l1PhysIf', 'ethpmPhysIf'],
    ['Port down', 'ethpmPhysIf'],
    ['Netzteil', 'eqptPsu'],
    ['Lüfter', 'eqptFan'],
    ['Wer hat was geändert', 'aaaModLR'],
    ['Anmeldung', 'aaaSessionLR'],
    ['Neustart', 'topSystem'],
    ['Zertifikat', 'pkiKeyRing'],
    ['Bridge-Domain', 'fvBD'],
    ['bridge domain', 'fvBD'],
    ['endpoint', 'fvCEp', 'fvIp'],
    ['power supply', 'eqptPsu']
  ],
  ja: [
    ['エンドポイント', 'fvCEp', 'fvIp'],
    ['障害', 'faultInst'],
    ['フォールト', 'faultInst'],
    ['ポートダウン', 'ethpmPhysIf'],
    ['ブリッジドメイン', 'fvBD'],
    ['ブリッジ ドメイン', 'fvBD'],
    ['ﾌﾞﾘｯｼﾞﾄﾞﾒｲﾝ', 'fvBD'],
    ['テナント', 'fvTenant'],
    ['インターフェース', 'l1PhysIf'],
    ['インターフェイス', 'l1PhysIf'],
    ['DNSサーバー', 'dnsProv'],
    ['監査', 'aaaModLR'],
    ['再起動', 'topSystem'],
    ['電源', 'eqptPsu'],
    ['bridge domain', 'fvBD'],
    ['ＢＧＰ', 'bgpPeerP']
  ],
  'zh-CN': [
    ['终端', 'fvCEp', 'fvIp'],
    ['端点', 'fvCEp', 'fvIp'],
    ['故障', 'faultInst'],
    ['告警', 'faultInst'],
    ['端口故障', 'ethpmPhysIf'],
    ['网桥域', 'fvBD'],
    ['交换机重启', 'topSystem'],
    ['租户', 'fvTenant'],
    ['合约', 'vzBrCP'],
    ['电源', 'eqptPsu'],
    ['审计', 'aaaModLR'],
    ['endpoint', 'fvCEp', 'fvIp']
  ]
}

describe('the search for a class', () => {
  for (const [language, expectations] of Object.entries({ 'en-US': ENGLISH, ...OTHERS })) {
    for (const [query, first, ...others] of expectations) {
      it(`finds ${first} for "${query}" in ${language}`, () => {
        const found = find(query, language)
        assert.equal(found[0], first, found.slice(0, 10).join(' '))
        for (const other of others)
          assert.ok(found.slice(0, 10).includes(other), `${other} in ${found.slice(0, 10).join(' ')}`)
      })
    }
  }

  it('finds every class by its name, in any case, before all others', () => {
    for (const { name } of new Catalogue('en').entries) {
      assert.equal(find(name)[0], name)
      assert.equal(find(` ${name.toLowerCase()} `, 'ja')[0], name)
    }
  })

  for (const language of LANGUAGE_TAGS) {
    it(`finds every class by its label in ${language}`, () => {
      for (const { name, label } of new Catalogue(language).entries) {
        assert.ok(find(label, language, 3).includes(name), label)
      }
    })
  }

  it('finds by English labels in another language, too', () => {
    for (const { name, label } of new Catalogue('en').entries.filter((_, index) => index % 5 === 0)) {
      assert.ok(find(label, 'ja', 3).includes(name), label)
    }
  })

  it('finds names by their beginning, by what follows the package, and by the beginnings of their humps', () => {
    assert.deepEqual(find('fvt').slice(0, 1), ['fvTenant'])
    assert.ok(find('fv', 'en-US', 10).every((name) => name.startsWith('fv')))
    assert.equal(find('physif')[0], 'l1PhysIf')
    assert.equal(find('ethPI')[0], 'ethpmPhysIf')
    assert.ok(find('l3rpa').includes('l3extRsPathL3OutAtt'))
    assert.ok(find('ctxpol').includes('bgpCtxPol'))
  })

  it('finds by attributes and their values', () => {
    assert.ok(find('poweredOff').includes('compVm'))
    assert.ok(find('sfp-missing').includes('ethpmPhysIf'))
    assert.ok(find('fully-fit').includes('infraWiNode'))
  })

  it('ranks better answers higher as more is typed', () => {
    assert.equal(find('bri')[0], 'fvBD')
    assert.equal(find('bridge d')[0], 'fvBD')
    assert.equal(find('endp')[0], 'fvCEp')
  })

  it('offers statistics last, for they push nothing', () => {
    const capacity = find('capacity')
    assert.ok(capacity.indexOf('eqptcapacityEntity') < capacity.indexOf('eqptcapacityVlanUsage5min'))
    const found = find('health score')
    assert.ok(found.indexOf('fabricNodeHealth5min') > found.indexOf('healthInst'))
    assert.ok(find('memory').indexOf('procSysMem5min') > find('memory').indexOf('procEntity'))
  })

  it('offers what people watch most when nothing is typed', () => {
    assert.deepEqual(find('', 'en-US', 3), ['faultInst', 'fvTenant', 'fvAp'])
    assert.deepEqual(find('   ', 'en-US', 1), ['faultInst'])
  })

  it('finds nothing for what is nothing', () => {
    for (const query of ['xyzzy', '§', '((', 'fvTenant fvBD zzz', '日曜日']) assert.deepEqual(find(query), [], query)
  })

  it('shows whether a certain class is meant', () => {
    const search = searches['en-US']!
    assert.ok(search.isMeant('fvBD', 'bridge'))
    assert.ok(search.isMeant('fvSubnet', 'gateway'))
    assert.ok(!search.isMeant('fvCtx', 'gateway'))
    assert.ok(!search.isMeant('fvBD', ' '))
    assert.ok(!search.isMeant('fvUnheardOf', 'fvUnheardOf'))
  })

  it('leaves out what is chosen already', () => {
    const names = searches['en-US']!.find('endpoint', { without: ['fvCEp'] }).map(({ name }) => name)
    assert.equal(names[0], 'fvIp')
    assert.ok(!names.includes('fvCEp'))
  })

  it('is capped and stable, and gives classes of the catalogue each once, whatever is typed', () => {
    const known = new Set<string>(new Catalogue('en').entries.map(({ name }) => name))
    const words = fc.constantFrom(
      'port',
      'down',
      'fv',
      'エンド',
      '终端',
      'störung',
      'a',
      '(',
      ' ',
      'bgp',
      'of',
      '5min',
      '\\',
      'İ'
    )
    const query = fc.oneof(
      fc.string(),
      fc.array(words, { maxLength: 5 }).map((parts) => parts.join(' '))
    )
    fc.assert(
      fc.property(query, fc.constantFrom(...LANGUAGE_TAGS), fc.nat({ max: 40 }), (text, language, limit) => {
        const found = find(text, language, limit)
        assert.ok(found.length <= limit)
        assert.ok(found.every((name) => known.has(name)))
        assert.equal(new Set(found).size, found.length)
        assert.deepEqual(find(text, language, 500).slice(0, limit), found)
      }),
      { numRuns: 150 }
    )
  })
})
