// The rules of the event dashboard: what each of them makes of an object of the fabric, what becomes of alerts, and of
// rules that cannot be used.

import assert from 'node:assert/strict'
import type { FlowNode } from '../rig'
import { ApicSimulator } from '../simulator'
import { MailServer } from './mail-server'
import { editor, filledIn } from './node-red'
import { WebhookReceiver } from './webhook-receiver'

const NAME = 'Fabric event dashboard'
const TENANT = 'uni/tn-Production'
const NODE = 'topology/pod-1/node-101'

interface Rule {
  readonly name: string
  readonly weight: string
  readonly [field: string]: unknown
}

interface Rules {
  readonly rules: readonly Rule[]
  readonly maintenance: readonly Readonly<Record<string, string>>[]
}

interface Classified {
  readonly weight: string
  readonly rule: string
  readonly maintenance?: string
  readonly payload: { readonly dn: string; readonly class: string; readonly event: string }
}

/** What happens in the fabric, for the rule of a name to find. */
type Case = (apic: ApicSimulator) => void

type Attributes = Readonly<Record<string, string>>

/** A fault that has soaked. */
const raised =
  (code: string, attributes: Attributes = {}, on = `${NODE}/sys`): Case =>
  (apic) => {
    apic.create('faultInst', `${on}/fault-${code}`, { code, severity: 'minor', lc: 'raised', ...attributes })
  }

/** A fault that is there already, and then changes. */
const changed =
  (code: string, attributes: Attributes): Case =>
  (apic) => {
    raised(code)(apic)
    apic.modify(`${NODE}/sys/fault-${code}`, attributes)
  }

const audit =
  (user: string): Case =>
  (apic) => {
    apic.create('aaaModLR', `subj-[${TENANT}]/mod-${user}`, { affected: TENANT, user, ind: 'modification' })
  }

/** For each rule what it is there for: codes, causes and rules of faults as they were seen, or as Cisco lists them. */
const CASES: Readonly<Record<string, Case>> = {
  'a fault is over': changed('F0001', { severity: 'cleared', lc: 'retaining' }),
  'a fault is gone': (apic) => {
    raised('F0002', { severity: 'critical' })(apic)
    apic.delete(`${NODE}/sys/fault-F0002`)
  },
  acknowledged: changed('F0003', { ack: 'yes' }),
  'known noise: atomic counters': raised('F1545', { cause: 'packets-dropped', severity: 'major' }),
  'a controller is not fit': (apic) => {
    apic.modify('topology/pod-1/node-1/av/node-1', { health: 'data-layer-partially-diverged' })
  },
  'a controller is fit': (apic) => {
    apic.modify('topology/pod-1/node-1/av/node-1', { health: 'data-layer-partially-diverged' })
    apic.modify('topology/pod-1/node-1/av/node-1', { health: 'fully-fit' })
  },
  'the cluster of controllers': raised('F0321', {}, 'topology/pod-1/node-1/av/node-1'),
  'a switch is lost': (apic) => {
    apic.modify(NODE, { fabricSt: 'inactive' })
  },
  'a switch cannot be reached': raised('F1543', { severity: 'critical' }, NODE),
  'a node is there': (apic) => {
    apic.modify(NODE, { fabricSt: 'inactive' })
    apic.modify(NODE, { fabricSt: 'active' })
  },
  'too early to say: it soaks': raised('F0532', { lc: 'soaking', severity: 'critical' }),
  'an interface flaps or is disabled by errors': raised('F1394', {
    descr: 'Port is down, reason:err-disabled-link-flaps(err-disabled), used by:Fabric'
  }),
  'a port that carries an EPG is down': raised('F0532', { cause: 'interface-physical-down', severity: 'critical' }),
  'a link of the fabric is down': raised('F1394', { descr: 'Port is down, reason:linkNotConnected(connected)' }),
  'a port that nobody uses is down': raised('F0546', { cause: 'interface-physical-down', severity: 'warning' }),
  "a controller's port is down": raised('F0104', { cause: 'port-down' }, 'topology/pod-1/node-1/sys'),
  'a vPC is down': raised('F1296', { cause: 'interface-vpc-down' }),
  'a vPC or a port channel has lost a member': raised('F2705', { cause: 'interface-vpc-impaired' }),
  'an interface has errors or drops': raised('F381328', { rule: 'tca-eqpt-ingr-err-pkts5min-crc-last' }),
  'a cable leads to the wrong place': raised('F0454', { cause: 'wiring-check-failed' }),
  'drops of an EPG or a bridge domain': raised('F112128', { rule: 'tca-l2-ingr-pkts5min-drop-rate' }),
  power: raised('F1318', { cause: 'equipment-psu-missing', severity: 'major' }),
  fans: raised('F1322'),
  temperature: raised('F103824', { rule: 'tca-eqpt-temp5min-normalized-last', severity: 'critical' }),
  'a card was removed': raised('F4149', { rule: 'eqpt-slot-oper-st-change' }),
  'a transceiver': raised('F1688'),
  'a disk is full or worn out': raised('F1528', { cause: 'equipment-full', severity: 'major' }),
  'a certificate expires': raised('F4501', {}, 'uni/userext'),
  'a licence': raised('F3057', { cause: 'product-not-registered' }, 'uni'),
  'a switch could not be programmed': raised('F3545', { cause: 'actrl-resource-unavailable', severity: 'major' }),
  'a table of a switch is nearly full': raised('F193568', { rule: 'tca-eqptcapacity-vlan-usage5min-total-cum' }),
  'a policy refers to what there is not': raised('F0956', { cause: 'resolution-failed' }, TENANT),
  'an EPG could not be deployed': raised('F0467', { cause: 'configuration-failed' }, TENANT),
  'one IP address on several endpoints': raised('F3083', { cause: 'config-error', severity: 'major' }, TENANT),
  'one subnet in two places': raised('F0469', { cause: 'configuration-failed' }, TENANT),
  'a rogue endpoint or a loop': raised('F3014', {}, TENANT),
  'an endpoint moved': (apic) => {
    const endpoint = `${TENANT}/ap-webshop/epg-frontend/cep-00:50:56:AA:BB:CC`
    const at = (port: number): string => `${endpoint}/rscEpToPathEp-[topology/pod-1/paths-101/pathep-[eth1/${port}]]`
    apic.create('fvCEp', endpoint, { mac: '00:50:56:AA:BB:CC' })
    apic.create('fvRsCEpToPathEp', at(1))
    apic.create('fvRsCEpToPathEp', at(2))
    apic.delete(at(1))
  },
  'a routing neighbour is lost': raised('F0299', { cause: 'protocol-bgp-adjacency-down', severity: 'warning' }),
  'another neighbour is lost': raised('F1360', { cause: 'protocol-coop-adjacency-down', severity: 'warning' }),
  'a virtual machine manager': raised('F0130', { cause: 'connect-failed', severity: 'major' }, 'uni'),
  'time is not synchronised': raised('F1700', { cause: 'protocol-ntp-sync-failed' }),
  'a login server is down': raised('F0023', {}, 'uni/userext'),
  'an export or a backup failed': raised('F0053', {}, 'uni'),
  'an upgrade failed': raised('F1480'),
  'any other critical fault': raised('F0999', { severity: 'critical' }),
  'any other major fault': raised('F0998', { severity: 'major' }),
  'configured by somebody else': audit('mallory'),
  configured: audit('admin')
}

const shipped = filledIn(NAME, { controllers: {} })
const nodeOf = (flow: readonly FlowNode[], id: string): FlowNode => flow.find((node) => node.id === `aci-ex13-${id}`)!
const rules = JSON.parse(nodeOf(shipped, 'rules')['template'] as string) as Rules

describe('the classification of events', () => {
  let apic: ApicSimulator

  beforeEach(async () => {
    apic = await ApicSimulator.start({ fabric: 'small' })
  })

  afterEach(async () => {
    await editor.deploy([])
    await apic.close()
  })

  const classified = () => editor.debug<Classified>('aci-ex13-test')
  const inForce = () => editor.debug('aci-ex13-test-rules')

  /** Deploys the flow with debug nodes behind what it decides; the rest of it is as it is shipped. */
  const deploy = async (
    text?: string,
    env: Record<string, string> = {},
    credentials: Attributes = {}
  ): Promise<void> => {
    const flow = filledIn(NAME, {
      controllers: { 'aci-ex13-apic': apic.urls },
      env: { STATE_FILE: `state-${Date.now()}.json`, RETRY_SECONDS: '0.2', ...env },
      credentials: { 'aci-ex13-tab': { ...credentials } }
    })
    if (text !== undefined) nodeOf(flow, 'rules')['template'] = text
    const debug = { type: 'debug', z: 'aci-ex13-tab', active: true, tosidebar: true, wires: [] }
    for (const [from, id, complete] of [
      ['window', 'aci-ex13-test', 'true'],
      ['check', 'aci-ex13-test-rules', 'payload']
    ] as const) {
      flow.push({ ...debug, id, complete, targetType: complete === 'true' ? 'full' : 'msg' })
      ;(nodeOf(flow, from)['wires'] as string[][])[0]!.push(id)
    }
    await editor.deploy(flow)
    await editor.subscribed('aci-ex13-matters', 'aci-ex13-places')
    await inForce().next()
  }

  it('has a case for each rule, and each case has its rule', () => {
    assert.deepEqual(
      Object.keys(CASES),
      rules.rules.map(({ name }) => name)
    )
  })

  it('comes to the weight of the rule that is meant, for each of them', async () => {
    await deploy()
    const found: string[] = []
    for (const [name, happens] of Object.entries(CASES)) {
      happens(apic)
      const { weight, rule } = await classified().next(({ rule }) => rule === name)
      found.push(`${rule}: ${weight}`)
      for (const dn of apic.find('faultInst')) apic.delete(dn)
    }
    assert.deepEqual(
      found,
      rules.rules.map(({ name, weight }) => `${name}: ${weight}`)
    )
  })

  it('puts what no rule fits among the unclassified', async () => {
    await deploy()
    raised('F0532', { severity: 'minor', descr: 'x' })(apic)
    raised('F05321', { severity: 'minor' })(apic)
    assert.equal((await classified().next()).rule, 'a port that carries an EPG is down')
    const { weight, rule } = await classified().next()
    assert.deepEqual([weight, rule], ['unclassified', ''], 'a pattern is for the whole value')
  })

  for (const [title, text, complaint] of [
    ['that are no JSON', '{ "rules": [ }', /not JSON as described: Unexpected token/],
    ['that are none', '{}', /not JSON as described/],
    ['with an unknown part', '{ "rules": [], "windows": [] }', /rules and maintenance, not windows/],
    [
      'with an unknown field',
      '{ "rules": [{ "name": "fans", "clas": "faultInst", "weight": "show" }] }',
      /rule 1 \(fans\) has an unknown field "clas"; there are name, class, event/
    ],
    ['without a weight', '{ "rules": [{ "class": "faultInst" }] }', /rule 1: "weight" is page, mail, show or drop/],
    [
      'with a pattern that is none',
      '{ "rules": [{ "name": "x", "where": { "code": "F(" }, "weight": "show" }] }',
      /rule 1 \(x\): "where" is no regular expression: \{"code":"F\("\}/
    ],
    [
      'with a window that never opens',
      '{ "rules": [], "maintenance": [{ "from": "22:00", "to": "2026-12-01T04:00:00Z" }] }',
      /maintenance 1: "from" and "to" are both like 22:00, or both dates/
    ]
  ] as const) {
    it(`refuses rules ${title}, says why, and goes on`, async () => {
      await deploy()
      const flow = await editor.flow()
      nodeOf(flow, 'rules')['template'] = text
      await editor.redeploy(flow)
      await editor.subscribed('aci-ex13-matters')
      const shown = await inForce().next((said) => complaint.test(said.replaceAll('&#38;', '&')))
      assert.match(shown, new RegExp(`^Rules: ${rules.rules.length} and 1 maintenance windows in force`))
      const [error] = editor.complaints.map(
        (said) => (JSON.parse(said as string) as { data: Error & { code: string } }).data
      )
      assert.equal(error!.code, 'ACI_CONFIG')
      assert.match(error!.message, complaint)
      raised('F1322')(apic)
      assert.equal((await classified().next()).rule, 'fans', 'the rules before stay in force')
    })
  }

  describe('alerts', () => {
    let webhook: WebhookReceiver
    let mail: MailServer

    beforeEach(async () => {
      webhook = new WebhookReceiver()
      mail = new MailServer()
      await Promise.all([webhook.up(), mail.up()])
    })

    afterEach(async () => {
      await editor.deploy([])
      await Promise.all([webhook.down(), mail.down()])
    })

    const withReceivers = (text?: string): Promise<void> =>
      deploy(
        text,
        {
          MAIL_TO: 'night-shift@example.com',
          MAIL_FROM: 'aci@example.com',
          SMTP_SERVER: '127.0.0.1',
          SMTP_PORT: String(mail.port)
        },
        { WEBHOOK_URL: `http://127.0.0.1:${webhook.port}/` }
      )

    /** The shipped rules with a window of maintenance. */
    const during = (window: Attributes): string => JSON.stringify({ ...rules, maintenance: [window] })

    it('page and mail once, and say when it is over', async () => {
      await withReceivers()
      raised('F1322', { descr: 'fan 3 <failed>' })(apic)
      const { text } = await webhook.posts.next()
      assert.match(
        text,
        /^fans\n {2}MINOR F1322 fan 3 \|failed\|\n {2}topology\/pod-1\/node-101\/sys\n {2}127\.0\.0\.1:/
      )
      apic.modify(`${NODE}/sys/fault-F1322`, { occur: '2' })
      raised('F0053', { descr: 'export failed' }, 'uni')(apic)
      const raisedMail = await mail.mails.next()
      assert.deepEqual([raisedMail.subject, raisedMail.to], ['an export or a backup failed', 'night-shift@example.com'])

      apic.modify(`${NODE}/sys/fault-F1322`, { severity: 'cleared', lc: 'retaining' })
      assert.match((await webhook.posts.next()).text, /^over: fans\n/)
      apic.delete('uni/fault-F0053')
      assert.equal((await mail.mails.next()).subject, 'over: an export or a backup failed')
      assert.deepEqual([webhook.posts.others(), mail.mails.others()], [[], []], 'and nothing else')
    })

    it('wait for receivers that are busy or away, and go out together then', async () => {
      await withReceivers()
      webhook.answers = [{ status: 429, headers: { 'retry-after': '1' } }]
      await mail.down()
      raised('F1321')(apic)
      assert.equal((await webhook.posts.next()).status, 429)
      raised('F1322')(apic)
      raised('F1323')(apic)
      raised('F0053', {}, 'uni')(apic)
      await editor.status('aci-ex13-mail', ({ fill }) => fill === 'red')
      await mail.up()
      // The flow looks every five seconds what is due.
      const press = setInterval(() => void editor.press('aci-ex13-retry'), 100)
      try {
        const { text } = await webhook.posts.next()
        assert.deepEqual(text.match(/F132\d/g), ['F1321', 'F1322', 'F1323'])
        assert.equal((await mail.mails.next()).subject, 'an export or a backup failed')
      } finally {
        clearInterval(press)
      }
    })

    it('are held back during maintenance of a tenant, and sent at its end when it is still so', async () => {
      const end = Date.now() + 4_000
      const window = { name: 'move', from: '2026-01-01T00:00:00Z', to: new Date(end).toISOString(), tenant: 'Prod.*' }
      await withReceivers(during(window))
      raised('F3013', {}, TENANT)(apic)
      raised('F3014', {}, TENANT)(apic)
      const held = await classified().next(({ payload }) => payload.dn.endsWith('F3014'))
      assert.deepEqual([held.weight, held.maintenance], ['show', 'move'])
      apic.modify(`${TENANT}/fault-F3014`, { severity: 'cleared', lc: 'retaining' })
      raised('F1322')(apic)
      assert.match((await webhook.posts.next()).text, /^fans/, 'another part of the fabric is not in maintenance')
      const press = setInterval(() => void editor.press('aci-ex13-minute'), 100)
      try {
        const { text } = await webhook.posts.next()
        assert.ok(Date.now() >= end)
        assert.deepEqual(text.match(/F301\d/g), ['F3013'])
      } finally {
        clearInterval(press)
      }
    })

    it('know windows by time of day and weekday, also over midnight', async () => {
      const clock = (minutes: number): string => new Date(Date.now() + minutes * 60_000).toTimeString().slice(0, 5)
      const day = (minutes: number): string => new Date(Date.now() + minutes * 60_000).toDateString().slice(0, 3)
      const windows = [
        { name: 'open', tenant: 'Production', from: clock(-5), to: clock(5), days: day(-5) },
        { name: 'another day', tenant: 'common', from: clock(-5), to: clock(5), days: day(2 * 24 * 60) },
        { name: 'earlier', tenant: 'infra', from: clock(-10), to: clock(-5) },
        // All day but for a while: this one goes over midnight whenever it is.
        { name: 'over midnight', tenant: 'mgmt', from: clock(-5), to: clock(-10) }
      ]
      await deploy(JSON.stringify({ ...rules, maintenance: windows }))
      const found: (string | undefined)[] = []
      for (const tenant of ['Production', 'common', 'infra', 'mgmt']) {
        raised('F3013', {}, `uni/tn-${tenant}`)(apic)
        found.push((await classified().next()).maintenance)
      }
      assert.deepEqual(found, ['open', undefined, undefined, 'over midnight'])
    })
  })
})
