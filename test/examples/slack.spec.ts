// Faults as messages of Slack: a stand-in takes them, and presses buttons as Slack does, with a signature; and others
// press without one.

import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Inbox } from '../rig'
import { ApicSimulator } from '../simulator'
import { editor, filledIn } from './node-red'

interface Block {
  readonly text: { readonly text: string }
  readonly accessory?: { readonly action_id: string; readonly value: string }
}

interface Posted {
  readonly path: string
  readonly text: string
  readonly blocks?: readonly Block[]
}

const SECRET = 'the signing secret'
const DN = 'uni/tn-common/fault-F0467'

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const part of request) body += String(part)
  return body
}

/** What Slack has of an app: a webhook, and an address for each press to answer to. */
class Slack {
  readonly posted = new Inbox<Posted>('posted', 15_000)
  /** Answers before it takes anything, in turn. */
  answers: number[] = []
  url = ''
  private server: Server | undefined

  async up(): Promise<void> {
    const server = createServer((request, response) => {
      void bodyOf(request).then((body) => {
        const status = this.answers.shift() ?? 200
        response.writeHead(status).end('ok')
        if (status === 200) this.posted.push({ ...(JSON.parse(body) as Posted), path: request.url ?? '' })
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    this.server = server
  }

  async down(): Promise<void> {
    this.server?.closeAllConnections()
    await new Promise((resolve) => this.server?.close(resolve))
  }

  /** A press of a button. @returns the status of the answer */
  async press(value: string, secret = SECRET, age = 0): Promise<number> {
    const payload = JSON.stringify({
      type: 'block_actions',
      user: { name: 'jdoe' },
      actions: [{ action_id: 'acknowledge', value }],
      response_url: `${this.url}/answer`
    })
    const body = new URLSearchParams({ payload }).toString()
    const time = String(Math.floor(Date.now() / 1000) - age)
    const signature = createHmac('sha256', secret).update(`v0:${time}:${body}`).digest('hex')
    const response = await editor.post('/aci/slack', body, {
      'Content-Type': 'application/x-www-form-urlencoded',
      'X-Slack-Request-Timestamp': time,
      'X-Slack-Signature': `v0=${signature}`
    })
    return response.status
  }
}

describe('the example of faults to Slack', () => {
  let apic: ApicSimulator
  let slack: Slack

  beforeEach(async () => {
    apic = await ApicSimulator.start({ fabric: 'small' })
    slack = new Slack()
    await slack.up()
    await editor.deploy(
      filledIn('Faults to Slack, with a button that acknowledges', {
        controllers: { 'aci-ex17-apic': apic.urls },
        credentials: { 'aci-ex17-tab': { WEBHOOK_URL: `${slack.url}/hook`, SIGNING_SECRET: SECRET } },
        env: { COLLECT_SECONDS: '0.2', RETRY_SECONDS: '0.1' }
      })
    )
    await editor.subscribed('aci-ex17-sub')
  })

  afterEach(async () => {
    await editor.deploy([])
    await Promise.all([apic.close(), slack.down()])
  })

  it('acknowledges a fault when somebody presses its button', async () => {
    apic.create('faultInst', DN, { severity: 'critical', code: 'F0467', descr: 'a <b> & c' })
    const { path, blocks } = await slack.posted.next()
    assert.equal(path, '/hook')
    assert.match(
      blocks![0]!.text.text,
      /^\*critical F0467\* \(127\.0\.0\.1:\d+\)\na &lt;b&gt; &amp; c\nuni\/tn-common\/fault-F0467$/
    )
    assert.equal(await slack.press(blocks![0]!.accessory!.value), 200)
    const said = await slack.posted.next(({ path }) => path === '/answer')
    assert.equal(said.text, `jdoe has acknowledged: ${DN}`)
    assert.equal(apic.read(DN)?.['ack'], 'yes')
  })

  it('says why where that is refused', async () => {
    assert.equal(await slack.press('uni/tn-common/fault-F9999'), 200)
    const { text } = await slack.posted.next(({ path }) => path === '/answer')
    assert.match(text, /^Not acknowledged, .*: uni\/tn-common\/fault-F9999$/)
  })

  it('believes nobody else, nothing old, and nothing but faults', async () => {
    apic.create('faultInst', DN, { severity: 'minor' })
    assert.equal(await slack.press(DN, 'a guess'), 401)
    assert.equal(await slack.press(DN, SECRET, 400), 401)
    assert.equal((await editor.post('/aci/slack', 'payload=%7B%7D', {})).status, 401)
    assert.equal(await slack.press('uni/tn-common'), 200)
    assert.equal(apic.read(DN)?.['ack'], 'no')
    assert.deepEqual(slack.posted.all, [])
  })

  it('puts a burst into one message, and sends it again where Slack is busy', async () => {
    slack.answers = [503, 429]
    for (let number = 1; number <= 30; number += 1) {
      apic.create('faultInst', `uni/tn-common/fault-F${1000 + number}`, { severity: 'major' })
    }
    const { text, blocks } = await slack.posted.next()
    assert.match(text, /^30 faults: major/)
    assert.deepEqual([blocks!.length, blocks!.at(-1)!.text.text], [21, 'and 10 more'])
    apic.modify('uni/tn-common/fault-F1001', { occur: '2' })
    apic.create('faultInst', DN, { severity: 'critical' })
    assert.match((await slack.posted.next()).text, /^1 faults: critical/)
  })
}).timeout(60_000)
