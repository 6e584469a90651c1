// Events as lines of syslog, by UDP, TCP and TLS, read as the standards say (RFC 5424, 5425, 6587).

import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { Inbox } from '../rig'
import { ApicSimulator } from '../simulator'
import { editor, filledIn } from './node-red'

interface Line {
  readonly priority: number
  readonly time: string
  readonly messageId: string
  readonly data: Readonly<Record<string, string>>
  readonly text: string
}

const HEADER =
  /^<(\d{1,3})>1 (\S+) (\S{1,255}) (\S{1,48}) (\S{1,128}) (\S{1,32}) (-|\[(?:[^"\]]|"(?:[^"\\\]]|\\["\\\]])*")*\]) ?/
const DATA = / ([!-<>-\\^-~]+)="((?:[^"\\\]]|\\["\\\]])*)"/gs

/** Reads a line as RFC 5424 has it, and fails where it is anything else. */
function parse(bytes: Buffer): Line {
  const line = bytes.toString()
  const [head, priority, time, , , , messageId, data] = HEADER.exec(line) ?? []
  assert.ok(head !== undefined, line)
  assert.ok(time === '-' || /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)$/.test(time!), time)
  const text = line.slice(head.length)
  assert.equal(text.codePointAt(0), 0xfeff, 'a text in UTF-8 begins with a BOM')
  // eslint-disable-next-line no-control-regex -- these are what must not be in it
  assert.doesNotMatch(line, /[\x00-\x1f]/)
  const pairs = [...data!.matchAll(DATA)].map(([, name, value]) => [name, value!.replace(/\\(["\\\]])/g, '$1')])
  if (data !== '-') {
    const rest = data!.replace(DATA, '')
    assert.equal(rest, '[aci@32473]', 'and nothing else is in the structured data')
  }
  return {
    priority: Number(priority),
    time: time!,
    messageId: messageId!,
    data: Object.fromEntries(pairs) as Record<string, string>,
    text: text.slice(1)
  }
}

/** Takes octet-counted lines out of a stream. */
function frames(socket: Socket, lines: Inbox<Line>): void {
  let rest = Buffer.alloc(0)
  socket.on('error', () => undefined)
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk])
    for (;;) {
      const [counted, length] = /^(\d+) /.exec(rest.subarray(0, 12).toString('latin1')) ?? []
      if (counted === undefined || rest.length < counted.length + Number(length)) return
      lines.push(parse(rest.subarray(counted.length, counted.length + Number(length))))
      rest = rest.subarray(counted.length + Number(length))
    }
  })
}

const DN = 'uni/tn-common/fault-F0467'
const HOSTILE = 'a "quoted" ] \\ text,\nsecond line, ü'

describe('the example of syslog', () => {
  let apic: ApicSimulator
  let lines: Inbox<Line>

  beforeEach(async () => {
    apic = await ApicSimulator.start({ fabric: 'small' })
    lines = new Inbox('lines', 15_000)
  })

  afterEach(async () => {
    await editor.deploy([])
    await apic.close()
  })

  const deploy = async (transport: 'udp' | 'tcp' | 'tls', port: number, most = '10000'): Promise<void> => {
    const flow = filledIn('Events to syslog (UDP, TCP, TLS)', {
      controllers: { 'aci-ex16-apic': apic.urls },
      env: { SYSLOG_HOST: '127.0.0.1', SYSLOG_PORT: String(port), MOST_WAITING: most }
    })
    for (const node of flow) {
      if (/^aci-ex16-(udp|tcp|tls)$/.test(node.id)) node['d'] = node.id !== `aci-ex16-${transport}`
    }
    await editor.deploy(flow)
    await editor.subscribed('aci-ex16-sub')
  }

  const listen = async (server: Server, port = 0): Promise<number> => {
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    return (server.address() as AddressInfo).port
  }

  it('sends a line by UDP for each event, whatever is in its texts', async () => {
    const socket = createSocket('udp4', (bytes) => lines.push(parse(bytes)))
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
    try {
      await deploy('udp', socket.address().port)
      apic.create('faultInst', DN, { severity: 'critical', code: 'F0467', descr: HOSTILE })
      const { priority, messageId, data, text } = await lines.next()
      assert.deepEqual([priority, messageId], [23 * 8 + 2, 'faultInst'])
      assert.deepEqual(
        [data['dn'], data['event'], data['code'], data['severity']],
        [DN, 'created', 'F0467', 'critical']
      )
      assert.equal(text, `faultInst created: ${DN} ${HOSTILE.replace('\n', ' ')}`)
      apic.modify(DN, { severity: 'cleared' })
      assert.equal((await lines.next()).priority, 23 * 8 + 5)
      apic.create('fvTenant', 'uni/tn-é x')
      assert.deepEqual((await lines.next()).data['dn'], 'uni/tn-é x')
    } finally {
      await new Promise<void>((resolve) => socket.close(resolve))
    }
  })

  for (const transport of ['tcp', 'tls'] as const) {
    it(`sends lines by ${transport.toUpperCase()}, and those that wait when the receiver is back`, async () => {
      const sockets = new Set<Socket>()
      const take = (socket: Socket): void => {
        sockets.add(socket)
        frames(socket, lines)
      }
      const make = (): Server =>
        transport === 'tcp' ? createServer(take) : createTlsServer({ ...apic.certificates.server }, take)
      const end = async (server: Server): Promise<void> => {
        for (const socket of sockets) socket.destroy()
        sockets.clear()
        await new Promise((resolve) => server.close(resolve))
      }
      let server = make()
      const port = await listen(server)
      await deploy(transport, port, '2')
      await editor.status(`aci-ex16-${transport}`, ({ fill }) => fill === 'green')
      apic.create('faultInst', DN, { severity: 'major', descr: HOSTILE })
      assert.equal((await lines.next()).data['dn'], DN)

      await end(server)
      await editor.status(`aci-ex16-${transport}`, ({ fill }) => fill === 'red')
      for (const tenant of ['one', 'two', 'three']) apic.create('fvTenant', `uni/tn-${tenant}`)
      server = make()
      await listen(server, port)
      try {
        assert.equal((await lines.next()).text, '1 events are left out here')
        const [second, third] = await lines.take(2)
        assert.deepEqual([second!.data['dn'], third!.data['dn']], ['uni/tn-two', 'uni/tn-three'])
      } finally {
        await end(server)
      }
    })
  }
}).timeout(60_000)
