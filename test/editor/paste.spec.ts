// What people copy from the API Inspector, from Visore or from scripts fills the dialogs, and nothing of a host comes in.

import assert from 'node:assert/strict'
import fc from 'fast-check'
import { pathOf, queriesOf, type Scope } from '../../nodes/apic/protocol/query'
import {
  querySettingsOf,
  subscribeSettingsOf,
  type PasteMistake,
  type PasteNote,
  type QuerySettings,
  type SubscribeSettings
} from '../../nodes/editor/paste'

const SUBSCRIBE: SubscribeSettings = {
  target: 'class',
  classes: '',
  dn: '',
  scope: 'self',
  subtreeClasses: '',
  filter: ''
}
const QUERY: QuerySettings = {
  ...SUBSCRIBE,
  children: 'no',
  childClasses: '',
  childFilter: '',
  targetNode: '',
  targetPath: '',
  timeRange: '',
  include: '',
  properties: 'all',
  orderBy: ''
}

/** What both nodes have in common, and no note is made of it. */
const same = (text: string, expected: Partial<SubscribeSettings>, notes: readonly PasteNote[] = []): void => {
  const asked = { target: 'dn' in expected ? 'mo' : 'class', ...expected } as const
  assert.deepEqual(subscribeSettingsOf(text), { settings: { ...SUBSCRIBE, ...asked }, notes }, text)
  assert.deepEqual(querySettingsOf(text), { settings: { ...QUERY, ...asked }, notes }, text)
}

const mistakeOf = (text: string): PasteMistake | undefined => {
  const { mistake } = subscribeSettingsOf(text)
  assert.equal(querySettingsOf(text).mistake, mistake)
  return mistake
}

describe('a request of the GUI that asks for more', () => {
  it('keeps a filter of children', () => {
    const text =
      '/api/node/class/fvCEp.json?rsp-subtree=children&rsp-subtree-class=fvIp&rsp-subtree-filter=eq(fvIp.addr,"192.0.2.7")'
    assert.deepEqual(querySettingsOf(text), {
      settings: {
        ...QUERY,
        target: 'class',
        classes: 'fvCEp',
        children: 'children',
        childClasses: 'fvIp',
        childFilter: 'eq(fvIp.addr,"192.0.2.7")'
      },
      notes: []
    })
  })

  it('keeps what a deployment asks for, and how far back records go', () => {
    const dn = 'topology/pod-1/node-102/sys/phys-[eth1/7]'
    const text = `/api/mo/${dn}.json?rsp-subtree-include=full-deployment&target-node=all&target-path=l1EthIfToEPg&time-range=24h`
    assert.deepEqual(querySettingsOf(text), {
      settings: {
        ...QUERY,
        target: 'mo',
        dn,
        include: 'full-deployment',
        targetNode: 'all',
        targetPath: 'l1EthIfToEPg',
        timeRange: '24h'
      },
      notes: []
    })
    const { notes } = subscribeSettingsOf(text)
    assert.deepEqual(
      notes?.map(({ note, name }) => [note, name]),
      ['rsp-subtree-include', 'target-node', 'target-path', 'time-range'].map((name) => ['reading', name])
    )
  })

  it('may have empty braces within the brackets of a DN, which are no gap', () => {
    same('/api/mo/uni/tn-a/rsx-[{}].json', { dn: 'uni/tn-a/rsx-[{}]' })
    assert.equal(mistakeOf('/api/mo/uni/tn-{}.json'), 'name')
  })

  it('needs neither a scheme nor a slash', () => {
    for (const text of ['apic1/api/class/fvBD.json', 'api/class/fvBD.json', '10.0.0.1:8443/api/node/class/fvBD.json']) {
      same(text, { classes: 'fvBD' })
    }
  })
})

const critical = { classes: 'faultInst', filter: 'eq(faultInst.severity,"critical")' }

describe('an address that is pasted', () => {
  it('gives its class, whatever it begins and ends with', () => {
    for (const text of [
      'https://apic1.example.com/api/class/fvTenant.json',
      'https://apic1/api/node/class/fvTenant.json',
      'http://10.0.0.1:8080/api/class/fvTenant.xml',
      'https://user:secret@[2001:db8::1]:443/api/class/fvTenant.json?',
      '/api/class/fvTenant.json',
      'api/node/class/fvTenant.json',
      'class/fvTenant.json',
      'fvTenant.json',
      'fvTenant',
      '  https://apic1/api/class/fvTenant.json  \n',
      '"https://apic1/api/class/fvTenant.json"',
      '<https://apic1/api/class/fvTenant.json>',
      '[tenants](https://apic1/api/class/fvTenant.json), all of them',
      'https://{{apic}}/api/class/fvTenant.json',
      'https://$APIC/api/class/fvTenant.json#top'
    ]) {
      same(text, { classes: 'fvTenant' })
    }
  })

  it('gives its object', () => {
    same('https://apic1/api/mo/uni/tn-common.json', { dn: 'uni/tn-common' })
    same('https://apic1/api/node/mo/topology/pod-1/node-101/sys/phys-[eth1/1].json', {
      dn: 'topology/pod-1/node-101/sys/phys-[eth1/1]'
    })
    same('https://apic1/api/mo/topology/pod-1/node-101/sys/phys-%5Beth1%2F1%5D/phys.xml', {
      dn: 'topology/pod-1/node-101/sys/phys-[eth1/1]/phys'
    })
    same('uni/tn-common/ap-x', { dn: 'uni/tn-common/ap-x' })
    same('mo/uni/tn-common.json', { dn: 'uni/tn-common' })
    same('uni', { dn: 'uni' })
  })

  it('of the GUI gives the object one looks at', () => {
    same('https://apic1/#bTenants:common|uni/tn-common/ap-default', { dn: 'uni/tn-common/ap-default' })
    same('https://apic1/?lang=en#fInventory|topology/pod-1/node-101', { dn: 'topology/pod-1/node-101' })
  })

  it('gives scope, subtree classes and filter, percent-encoded or not', () => {
    const expected = { dn: 'uni/tn-a', scope: 'subtree', subtreeClasses: 'fvAEPg, fvBD', filter: 'eq(fvBD.name,"a b")' }
    same(
      'https://a/api/mo/uni/tn-a.json?query-target=subtree&target-subtree-class=fvAEPg,fvBD&query-target-filter=eq(fvBD.name,"a b")',
      expected
    )
    same(
      'https://a/api/mo/uni/tn-a.json?query-target=subtree&target-subtree-class=fvAEPg&target-subtree-class=fvBD&query-target-filter=eq(fvBD.name,%22a%20b%22)',
      expected
    )
    same(
      'https://a/api/mo/uni/tn-a.json?query-target-filter=eq%28fvBD.name%2C%22a+b%22%29&target-subtree-class=fvAEPg%2CfvBD&query-target=subtree',
      expected
    )
  })

  it('may have anything in the values of its filter', () => {
    for (const value of [
      'a&b=c',
      'a#b',
      'a?b',
      'a)b',
      ')(',
      '100%',
      "it's",
      'ümlaut',
      'a,b',
      '\\"',
      '<x',
      '2024-01-01T00:00:00.000+00:00'
    ]) {
      const filter = `and(ne(fvBD.descr,"${value}"))`
      same(`https://a/api/class/fvBD.json?query-target-filter=${filter}`, { classes: 'fvBD', filter })
    }
  })

  it('of a class below an object becomes a search in its tree, and says so', () => {
    const expected = {
      dn: 'topology/pod-1/node-101',
      scope: 'subtree',
      subtreeClasses: 'l1PhysIf',
      filter: 'eq(l1PhysIf.adminSt,"up")'
    }
    same(
      'https://a/api/node/class/topology/pod-1/node-101/l1PhysIf.json?query-target-filter=eq(l1PhysIf.adminSt,"up")',
      expected,
      [{ note: 'scoped' }]
    )
    same(
      'https://a/api/class/topology/pod-1/topSystem.json?query-target=children',
      { dn: 'topology/pod-1', scope: 'subtree', subtreeClasses: 'topSystem' },
      [{ note: 'scoped' }, { note: 'value', name: 'query-target' }]
    )
  })

  it('says what was not taken over', () => {
    const text =
      'https://a/api/class/faultInst.json?query-target-filter=eq(faultInst.severity,"critical")&subscription=yes&refresh-timeout=60' +
      '&order-by=faultInst.created|desc&page=0&page-size=15&time-range=24h&rsp-subtree=full&_dc=1&challenge=SECRET&query-target=everything'
    assert.deepEqual(subscribeSettingsOf(text), {
      settings: { ...SUBSCRIBE, ...critical },
      notes: [
        { note: 'value', name: 'query-target' },
        { note: 'paging' },
        { note: 'refresh' },
        { note: 'reading', name: 'order-by' },
        { note: 'reading', name: 'time-range' },
        { note: 'reading', name: 'rsp-subtree' }
      ]
    })
    assert.deepEqual(querySettingsOf(text), {
      settings: { ...QUERY, ...critical, orderBy: 'faultInst.created|desc', children: 'full', timeRange: '24h' },
      notes: [
        { note: 'value', name: 'query-target' },
        { note: 'subscription' },
        { note: 'paging' },
        { note: 'refresh' }
      ]
    })
  })

  it('gives aci-query what shapes the answer', () => {
    const text =
      'https://a/api/mo/uni/tn-a.json?rsp-subtree=children&rsp-subtree-class=fvAEPg,fvBD&rsp-subtree-include=faults,no-scoped&rsp-prop-include=config-only'
    assert.deepEqual(querySettingsOf(text), {
      settings: {
        ...QUERY,
        target: 'mo',
        dn: 'uni/tn-a',
        children: 'children',
        childClasses: 'fvAEPg, fvBD',
        include: 'faults, no-scoped',
        properties: 'config-only'
      },
      notes: []
    })
    assert.deepEqual(querySettingsOf('/api/mo/uni.json?rsp-prop-include=oper&rsp-subtree=modified').notes, [
      { note: 'value', name: 'rsp-subtree' },
      { note: 'value', name: 'rsp-prop-include' }
    ])
  })
})

describe('a command line that is pasted', () => {
  const commands = [
    `curl -sk -b cookie.txt 'https://apic1/api/class/faultInst.json?query-target-filter=eq(faultInst.severity,"critical")'`,
    `$ curl -k "https://apic1/api/class/faultInst.json?query-target-filter=eq(faultInst.severity,\\"critical\\")" | jq .`,
    `curl -k https://apic1/api/class/faultInst.json\\?query-target-filter=eq\\(faultInst.severity,\\"critical\\"\\)`,
    `curl -k \\\n  -H 'Cookie: APIC-cookie=SECRET' \\\n  'https://apic1/api/class/faultInst.json?query-target-filter=eq(faultInst.severity,%22critical%22)'`,
    `curl --get https://apic1/api/class/faultInst.json --data-urlencode 'query-target-filter=eq(faultInst.severity,"critical")'`,
    `curl -G -d 'query-target-filter=eq(faultInst.severity,"critical")' https://apic1/api/class/faultInst.json`,
    `curl -G https://apic1/api/class/faultInst.json -d 'query-target-filter=eq(faultInst.severity,%22critical%22)&query-target=self'`,
    `curl -X GET --url "https://apic1/api/class/faultInst.json?query-target-filter=eq(faultInst.severity,%22critical%22)"`,
    `APIC=https://x curl "$APIC/api/class/faultInst.json?query-target-filter=eq(faultInst.severity,\\"critical\\")"`,
    `icurl 'http://localhost:7777/api/class/faultInst.json?query-target-filter=eq(faultInst.severity,"critical")'`,
    `wget -O - "https://apic1/api/class/faultInst.json?query-target-filter=eq(faultInst.severity,%22critical%22)"`,
    `curl -H 'Referer: https://other/api/class/fvBD.json' 'https://apic1/api/class/faultInst.json?query-target-filter=eq(faultInst.severity,"critical")'`
  ]
  for (const text of commands) {
    it(`is read: ${text.replace(/\s+/g, ' ').slice(0, 90)}`, () => {
      same(text, critical)
    })
  }

  it('is refused when it changes something', () => {
    for (const text of [
      `curl -X POST -k https://apic1/api/mo/uni.json -d '{"fvTenant":{}}'`,
      `curl -XDELETE https://apic1/api/mo/uni/tn-a.json`,
      `curl --request=POST https://apic1/api/mo/uni.json`,
      `curl https://apic1/api/mo/uni.json --data-raw='{}'`,
      `curl -d @tenant.json https://apic1/api/mo/uni.json`
    ]) {
      assert.equal(mistakeOf(text), 'write', text)
    }
  })
})

describe('a line of a program that is pasted', () => {
  const lines = [
    `r = requests.get('https://apic1/api/class/faultInst.json?query-target-filter=eq(faultInst.severity,"critical")', verify=False)`,
    `r = requests.get("https://" + apic + "/api/class/faultInst.json?query-target-filter=eq(faultInst.severity,\\"critical\\")")`,
    `resp = session.get(f'{base}/api/node/class/faultInst.json?query-target-filter=eq(faultInst.severity,"critical")')`,
    `url = ("https://%s/api/class/faultInst.json"\n       '?query-target-filter=eq(faultInst.severity,"critical")') % apic`,
    `url = base + '/api/class/faultInst.json' + \\\n  '?query-target-filter=eq(faultInst.severity,"critical")'`,
    `url = """https://apic1/api/class/faultInst.json?query-target-filter=eq(faultInst.severity,"critical")"""`,
    `requests.get(f"{base}/api/class/faultInst.json", params={"query-target-filter": 'eq(faultInst.severity,"critical")'})`,
    `await axios.get(\`\${base}/api/class/faultInst.json\`, { params: { 'query-target-filter': 'eq(faultInst.severity,"critical")' } })`,
    `fetch("https://apic1/api/class/faultInst.json?query-target-filter=eq(faultInst.severity,%22critical%22)", { method: "GET" })`,
    `{"url": "https://apic1/api/class/faultInst.json?query-target-filter=eq(faultInst.severity,\\"critical\\")", "method": "GET"}`,
    `Invoke-RestMethod -Method Get -Uri 'https://apic1/api/class/faultInst.json?query-target-filter=eq(faultInst.severity,"critical")'`,
    `GET https://apic1/api/class/faultInst.json?query-target-filter=eq(faultInst.severity,"critical") HTTP/1.1`
  ]
  for (const text of lines) {
    it(`is read: ${text.replace(/\s+/g, ' ').slice(0, 90)}`, () => {
      same(text, critical)
    })
  }

  it('says where a program would fill something in', () => {
    same(
      's.get(f\'{base}/api/class/fvCEp.json?query-target-filter=eq(fvCEp.mac,"{mac}")\')',
      { classes: 'fvCEp', filter: 'eq(fvCEp.mac,"{mac}")' },
      [{ note: 'placeholder', name: 'query-target-filter' }]
    )
    const text = `requests.get(url + "/api/class/fvBD.json", params={'query-target': scope, "page-size": 500})`
    same(text, { classes: 'fvBD' }, [{ note: 'placeholder', name: 'query-target' }, { note: 'paging' }])
  })

  it('is of no use when the class or the object is filled in', () => {
    for (const text of [
      'requests.get(f"{base}/api/class/{cls}.json")',
      'requests.get(base + "/api/class/" + cls + ".json")',
      'requests.get("https://%s/api/mo/uni/tn-%s.json" % (apic, tenant))',
      'requests.get(base + "/api/mo/uni/tn-" + tenant + ".json?query-target=children")',
      'https://{{apic}}/api/mo/uni/tn-{{tenant}}.json',
      'https://apic/api/mo/uni/tn-<tenant>.json',
      'https://apic/api/class/.json',
      'https://apic/api/class/fv-Tenant.json'
    ]) {
      assert.equal(mistakeOf(text), 'name', text)
    }
  })

  it('is refused when it changes something', () => {
    for (const text of [
      `requests.post("https://apic1/api/mo/uni.json", json=payload)`,
      `session.delete(f'{base}/api/mo/uni/tn-a.json')`,
      `fetch("https://apic1/api/mo/uni.json", { method: "POST", body })`,
      `Invoke-RestMethod -Uri 'https://apic1/api/mo/uni.json' -Method Post`,
      `DELETE /api/mo/uni/tn-a.json HTTP/1.1`
    ]) {
      assert.equal(mistakeOf(text), 'write', text)
    }
  })
})

describe('what is pasted from the API Inspector', () => {
  const entry = (method: string, url: string): string =>
    `17:04:42 DEBUG - \nmethod: ${method}\nurl: https://apic1.example.com${url}\nresponse: {"totalCount":"1","imdata":[{"faultInst":{"attributes":{"descr":"see /api/ docs"}}}]}\n`

  it('is the first request that asks for something', () => {
    const log = [
      entry('GET', '/api/aaaRefresh.json?_dc=1'),
      entry('GET', '/api/subscriptionRefresh.json?id=72057611234574337&_dc=2'),
      entry('POST', '/api/node/mo/uni/tn-a.json'),
      entry('GET', '/api/node/class/faultInst.json?query-target-filter=eq(faultInst.severity,"critical")&_dc=3'),
      entry('GET', '/api/node/mo/uni/tn-b.json')
    ].join('')
    same(log, critical, [{ note: 'others', count: 1 }])
  })

  it('is reported as useless when nothing in it asks for something', () => {
    assert.equal(mistakeOf(entry('GET', '/api/aaaRefresh.json')), 'login')
    assert.equal(mistakeOf(entry('POST', '/api/node/mo/uni.json')), 'write')
    assert.equal(mistakeOf('https://a/api/aaaListDomains.json'), 'login')
    assert.equal(mistakeOf('https://a/api/webtokenSession.json'), 'login')
    assert.equal(mistakeOf('https://a/api/versions.json'), 'method')
  })

  it('is read in reasonable time, however much it is', () => {
    const log = entry('GET', '/api/aaaRefresh.json').repeat(20_000)
    assert.equal(mistakeOf(log), 'login')
    for (const piece of ['/api/', '"', '(', '\\', 'a.b(', 'params={', "'", '${', '/api/class/fvBD.json?a=("']) {
      subscribeSettingsOf(`/api/class/fvTenant.json?${piece.repeat(30_000)}`)
      subscribeSettingsOf(`x "/api/${piece.repeat(30_000)}`)
    }
  })
})

describe('anything that is pasted', () => {
  it('is reported as no request when it is none', () => {
    for (const text of [
      '',
      '  ',
      'hello',
      'https://www.example.com/',
      'https://apic1/visore.html',
      'eq(fvTenant.name,"a")',
      'a/b',
      'FVTENANT',
      '__proto__'
    ]) {
      assert.equal(mistakeOf(text), 'nothing', text)
    }
  })

  it('never brings in a host or a secret', () => {
    const host = fc.constantFrom(
      'apic-host.example.com',
      '192.0.2.77',
      'user:s3cr3t@apic-host.example.com',
      '[2001:db8::77]:8443'
    )
    const path = fc.constantFrom(
      '/api/class/fvTenant.json',
      '/api/node/mo/uni/tn-a.json?query-target=subtree',
      '/api/aaaLogin.json',
      '/api/class/{x}.json',
      '/#a|uni/tn-a'
    )
    const secret = fc.constantFrom('&challenge=s3cr3t', '&url-token=s3cr3t', '&x=s3cr3t', '&s3cr3t.token', '')
    const around = fc.constantFrom(
      (url: string) => url,
      (url: string) => `curl -H 'Cookie: APIC-cookie=s3cr3t' '${url}'`,
      (url: string) => `requests.get("${url}", cookies={"APIC-cookie": "s3cr3t"})`,
      (url: string) => `method: GET\nurl: ${url}\nresponse: {"token":"s3cr3t"}`,
      (url: string) => `fetch(\`${url}\`)`
    )
    fc.assert(
      fc.property(host, path, secret, around, (name, rest, token, wrap) => {
        const text = wrap(`https://${name}${rest}${rest.includes('?') ? '' : '?'}${token}`)
        for (const result of [subscribeSettingsOf(text), querySettingsOf(text)]) {
          assert.doesNotMatch(JSON.stringify(result), /s3cr3t|apic-host|192\.0\.2\.77|2001:db8/)
        }
      }),
      { numRuns: 300 }
    )
  })

  it('never fails', () => {
    const piece = fc.constantFrom(
      'https://a/api/class/',
      'fvTenant',
      '.json',
      '?',
      '&',
      '=',
      '"',
      "'",
      '`',
      '(',
      ')',
      '%22',
      '%',
      '%e4',
      '\\',
      '\n',
      ' ',
      '{',
      '}',
      'params={',
      'curl ',
      '+',
      '#',
      '|uni/',
      '/api/mo/',
      'uni',
      '['
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        const text = pieces.join('')
        for (const result of [subscribeSettingsOf(text), querySettingsOf(text)]) {
          assert.notEqual(result.mistake ?? result.settings, undefined)
        }
      }),
      { numRuns: 1000 }
    )
  })

  it('gives what the client would ask for when its own address is pasted', () => {
    const names = fc.subarray(['fvTenant', 'fvBD', 'faultInst'])
    const filter = fc.constantFrom(
      '',
      'eq(fvBD.name,"a b&c")',
      'and(eq(fvBD.descr,"50% + x"),not(wcard(fvBD.dn,"__ui_")))',
      'eq(fvBD.name,"ü\\"(")'
    )
    const scope = fc.constantFrom<Scope>('children', 'subtree')
    const dn = fc.constantFrom('uni', 'uni/tn-a', 'topology/pod-1/paths-101/pathep-[eth1/1]', 'uni/tn-a/ap-b c/epg-[ü]')
    fc.assert(
      fc.property(dn, scope, names, filter, (object, reach, subtreeClasses, expression) => {
        const [query] = queriesOf({
          target: 'mo',
          classes: [],
          dn: object,
          scope: reach,
          subtreeClasses,
          filter: expression
        })
        const text = `https://apic1${pathOf(query!)}`
        same(text, { dn: object, scope: reach, subtreeClasses: subtreeClasses.join(', '), filter: expression })
        same(`curl '${text}'`, {
          dn: object,
          scope: reach,
          subtreeClasses: subtreeClasses.join(', '),
          filter: expression
        })
      })
    )
  })
})
