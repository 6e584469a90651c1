// Where an endpoint is now, and where it was before.

import assert from 'node:assert/strict'
import type { FlowNode } from '../rig'
import { ApicSimulator } from '../simulator'
import { editor, filledIn } from './node-red'

interface Place {
  readonly mac: string
  readonly node?: string
  readonly fex?: string
  readonly interface: string
  readonly epg: string
  readonly from: string
  readonly until?: string
}

interface Answer {
  readonly address: string
  readonly now: Place[]
  readonly before: Place[]
}

const WEB = 'uni/tn-Production/ap-webshop/epg-frontend'
const DB = 'uni/tn-Production/ap-webshop/epg-database'
const MAC = '00:11:22:33:44:AA'
const OTHER = '00:11:22:33:44:BB'

const path = (leaf: string, port: string): string => `topology/pod-1/${leaf}/pathep-[${port}]`

const brief = ({ mac, node, interface: port, epg, until }: Place): string =>
  `${mac} ${node} ${port} ${epg.split('-').pop()}${until === undefined ? '' : ' left'}`

describe('the example that tracks endpoints', () => {
  let apic: ApicSimulator

  beforeEach(async () => {
    apic = await ApicSimulator.start({ fabric: 'small' })
    learn(WEB, MAC, '10.10.10.57', path('paths-101', 'eth1/5'))
  })

  afterEach(async () => {
    await editor.deploy([])
    await apic.close()
  })

  const learn = (epg: string, mac: string, ip: string, port: string): void => {
    apic.create('fvCEp', `${epg}/cep-${mac}`, { encap: 'vlan-116' })
    apic.create('fvIp', `${epg}/cep-${mac}/ip-[${ip}]`)
    apic.create('fvRsCEpToPathEp', `${epg}/cep-${mac}/rscEpToPathEp-[${port}]`)
  }

  const move = (from: string, to: string): void => {
    apic.create('fvRsCEpToPathEp', `${WEB}/cep-${MAC}/rscEpToPathEp-[${to}]`)
    apic.delete(`${WEB}/cep-${MAC}/rscEpToPathEp-[${from}]`)
  }

  const flow = (env: Record<string, string> = {}): ReturnType<typeof filledIn> =>
    filledIn('Endpoint tracker', { controllers: { 'aci-ex4-apic': apic.urls }, env })

  const deploy = async (env?: Record<string, string>): Promise<void> => {
    await editor.deploy(flow(env))
    await editor.subscribed('aci-ex4-sub')
  }

  const ask = async (address: string): Promise<Answer> => {
    const response = await editor.get(`/aci/endpoint?address=${encodeURIComponent(address)}`)
    const answer = (await response.json()) as Answer
    assert.equal(response.status, answer.now.length + answer.before.length > 0 ? 200 : 404)
    return answer
  }

  /** Asks until the answer is as expected: what happened is on its way. */
  const answers = async (address: string, now: string[], before: string[]): Promise<Answer> => {
    for (let times = 1; ; times += 1) {
      const answer = await ask(address)
      try {
        assert.deepEqual([answer.now.map(brief), answer.before.map(brief)], [now, before])
        return answer
      } catch (difference) {
        if (times === 100) throw difference
      }
    }
  }

  it('knows what exists at the start, by MAC address in any spelling and by IP address', async () => {
    await deploy()
    await answers('10.10.10.57', [`${MAC} 101 eth1/5 frontend`], [])
    for (const spelling of ['00:11:22:33:44:aa', '0011.2233.44aa', '00-11-22-33-44-AA']) {
      await answers(spelling, [`${MAC} 101 eth1/5 frontend`], [])
    }
    await answers('10.99.99.99', [], [])
    await editor.press('aci-ex4-ask')
    const found = await editor.debug<Answer>('aci-ex4-found').next()
    assert.deepEqual(found.now.map(brief), [`${MAC} 101 eth1/5 frontend`])
  })

  it('tells moves, and where it was before, also on a pair of leaves and behind a fabric extender', async () => {
    await deploy()
    const [a, b, c] = [
      path('paths-101', 'eth1/5'),
      path('protpaths-101-102', 'vpc-blue'),
      path('paths-102/extpaths-111', 'eth1/9')
    ] as const
    move(a, b)
    assert.equal(await editor.debug('aci-ex4-moved').next(), `${MAC} moved from ${a} (${WEB}) to ${b} (${WEB})`)
    move(b, c)
    const answer = await answers(
      '10.10.10.57',
      [`${MAC} 102 eth1/9 frontend`],
      [`${MAC} 101-102 vpc-blue frontend left`, `${MAC} 101 eth1/5 frontend left`]
    )
    assert.equal(answer.now[0]!.fex, '111')
    assert.ok(Date.parse(answer.before[0]!.from) <= Date.parse(answer.before[0]!.until!))

    apic.delete(`${WEB}/cep-${MAC}`)
    learn(DB, MAC, '10.10.30.57', path('paths-101', 'eth1/1'))
    await answers(
      MAC,
      [`${MAC} 101 eth1/1 database`],
      [`${MAC} 102 eth1/9 frontend left`, `${MAC} 101-102 vpc-blue frontend left`, `${MAC} 101 eth1/5 frontend left`]
    )
  })

  it('follows an IP address from one endpoint to another', async () => {
    await deploy()
    learn(WEB, OTHER, '10.10.10.58', path('paths-102', 'eth1/2'))
    apic.delete(`${WEB}/cep-${MAC}/ip-[10.10.10.57]`)
    apic.create('fvIp', `${WEB}/cep-${OTHER}/ip-[10.10.10.57]`)
    await answers('10.10.10.57', [`${OTHER} 102 eth1/2 frontend`], [`${MAC} 101 eth1/5 frontend`])
  })

  it('keeps what it knew over a deploy, and notices what went meanwhile', async () => {
    await deploy()
    move(path('paths-101', 'eth1/5'), path('paths-102', 'eth1/6'))
    learn(WEB, OTHER, '10.10.10.58', path('paths-102', 'eth1/2'))
    await answers('10.10.10.58', [`${OTHER} 102 eth1/2 frontend`], [])
    const disabled = flow().map((node) => (node.type === 'tab' ? { ...node, disabled: true } : node))
    await editor.redeploy(disabled)
    apic.delete(`${WEB}/cep-${OTHER}`)
    await editor.redeploy(flow())
    await answers('10.10.10.58', [], [`${OTHER} 102 eth1/2 frontend left`])
    await answers(MAC, [`${MAC} 102 eth1/6 frontend`], [`${MAC} 101 eth1/5 frontend left`])
  })

  it('begins anew after a restart that brought back what a file can keep of a map', async () => {
    const place = { z: 'aci-ex4-tab', x: 0, y: 0 }
    const restored: FlowNode[] = [
      { id: 'once', type: 'inject', ...place, props: [], once: true, onceDelay: 0.01, wires: [['set']] },
      {
        id: 'set',
        type: 'change',
        ...place,
        rules: [{ t: 'set', p: 'endpoints', pt: 'flow', to: '{}', tot: 'json' }],
        wires: [['done']]
      },
      { id: 'done', type: 'debug', ...place, active: true, tosidebar: true, complete: 'true', wires: [] }
    ]
    await editor.deploy([...flow().filter(({ type }) => type === 'tab'), ...restored])
    await editor.debug('done').next()
    await editor.redeploy(flow())
    await editor.subscribed('aci-ex4-sub')
    await answers(MAC, [`${MAC} 101 eth1/5 frontend`], [])
  })

  it('forgets what has not changed for longest', async () => {
    await deploy({ PLACES_KEPT: '2', ENDPOINTS_KEPT: '2' })
    for (const port of [5, 6, 7]) move(path('paths-101', `eth1/${port}`), path('paths-101', `eth1/${port + 1}`))
    await answers(MAC, [`${MAC} 101 eth1/8 frontend`], [`${MAC} 101 eth1/7 frontend left`])
    learn(WEB, OTHER, '10.10.10.58', path('paths-102', 'eth1/2'))
    learn(WEB, '00:11:22:33:44:CC', '10.10.10.59', path('paths-102', 'eth1/3'))
    await answers(OTHER, [`${OTHER} 102 eth1/2 frontend`], [])
    await answers(MAC, [], [])
  })
})
