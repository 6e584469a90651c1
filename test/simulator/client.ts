// A plain client for the simulator's own tests: node:http(s) and ws, nothing clever.
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { WebSocket } from 'ws'
import { ApicSimulator } from './cluster'
import type { SimulatorOptions } from './cluster'

export interface HttpAnswer {
  readonly status: number
  readonly text: string
  readonly headers: IncomingHttpHeaders
}

export type Item = Record<string, { attributes: Record<string, string>; children?: Item[] }>

export interface Data {
  readonly totalCount: string
  readonly subscriptionId?: string
  readonly imdata: Item[]
}

export interface Frame {
  readonly subscriptionId: string[]
  readonly imdata: Item[]
}

const started: { close(): Promise<void> }[] = []

/** A simulator that `closeAll` ends; plain HTTP and a quiet fabric unless asked otherwise. */
export const simulator = async (options: SimulatorOptions = {}): Promise<ApicSimulator> => {
  const apic = await ApicSimulator.start({ tls: false, ...options })
  started.push(apic)
  return apic
}

/** A simulator and a client that has logged in. */
export const loggedIn = async (options: SimulatorOptions = {}): Promise<{ apic: ApicSimulator; client: Client }> => {
  const apic = await simulator(options)
  const client = new Client(apic.url, apic.certificates.ca.cert)
  await client.login()
  return { apic, client }
}

/** And one that has an event socket open. */
export const connected = async (
  options: SimulatorOptions = {}
): Promise<{ apic: ApicSimulator; client: Client; events: Events }> => {
  const { apic, client } = await loggedIn(options)
  return { apic, client, events: await client.socket() }
}

export const closeAll = async (): Promise<void> => {
  await Promise.all(started.splice(0).map((one) => one.close()))
}

/** The one class name of an item. */
export const classOf = (item: Item | undefined): string => Object.keys(item ?? {})[0] ?? ''

/** The attributes of an item. */
export const attributesOf = (item: Item | undefined): Record<string, string> => Object.values(item ?? {})[0]!.attributes

export const childrenOf = (item: Item | undefined): Item[] => Object.values(item ?? {})[0]!.children ?? []

export const dnsOf = (data: Data): string[] => data.imdata.map((item) => attributesOf(item)['dn']!).sort()

export class Client {
  token = ''

  constructor(
    readonly url: string,
    readonly ca: string,
    private readonly tls: { cert?: string; key?: string } = {}
  ) {}

  request(method: string, path: string, body?: unknown, headers: OutgoingHttpHeaders = {}): Promise<HttpAnswer> {
    const send = this.url.startsWith('https') ? httpsRequest : httpRequest
    const { hostname, port } = new URL(this.url)
    return new Promise((resolve, reject) => {
      const outgoing = send(
        {
          hostname,
          port,
          path,
          method,
          ca: this.ca,
          ...this.tls,
          agent: false,
          headers: { ...this.cookie(), ...headers }
        },
        (incoming) => {
          let text = ''
          incoming.setEncoding('utf8')
          incoming.on('data', (chunk: string) => (text += chunk))
          incoming.on('error', reject)
          incoming.on('end', () => {
            resolve({ status: incoming.statusCode!, text, headers: incoming.headers })
          })
        }
      )
      outgoing.on('error', reject)
      outgoing.end(typeof body === 'string' ? body : body === undefined ? undefined : JSON.stringify(body))
    })
  }

  /** Reads what is expected to succeed. */
  async get(path: string): Promise<Data> {
    const { status, text } = await this.request('GET', path)
    if (status !== 200) throw new Error(`${path}: ${status} ${text}`)
    return JSON.parse(text) as Data
  }

  /** Asks for what is expected to be refused. */
  async refusal(method: string, path: string, body?: unknown): Promise<{ status: number; code: string; text: string }> {
    const answer = await this.request(method, path, body)
    const { imdata, totalCount } = JSON.parse(answer.text) as Data
    if (totalCount !== '1') throw new Error(`${path}: no refusal: ${answer.text}`)
    return { status: answer.status, ...(imdata[0]!['error']!.attributes as { code: string; text: string }) }
  }

  post(dn: string, body: unknown): Promise<HttpAnswer> {
    return this.request('POST', `/api/mo/${dn}.json`, body)
  }

  delete(dn: string): Promise<HttpAnswer> {
    return this.request('DELETE', `/api/mo/${dn}.json`)
  }

  /** The attributes of the aaaLogin that was answered. */
  async login(name = 'admin', pwd = 'password'): Promise<Record<string, string>> {
    const { text } = await this.request('POST', '/api/aaaLogin.json', { aaaUser: { attributes: { name, pwd } } })
    const attributes = attributesOf((JSON.parse(text) as Data).imdata[0])
    this.token = attributes['token'] ?? ''
    return attributes
  }

  async subscribe(path: string): Promise<Data & { subscriptionId: string }> {
    const data = await this.get(`${path}${path.includes('?') ? '&' : '?'}subscription=yes`)
    return data as Data & { subscriptionId: string }
  }

  refresh(id: string): Promise<HttpAnswer> {
    return this.request('GET', `/api/subscriptionRefresh.json?id=${id}`)
  }

  /** Opens the event socket of this session. */
  async socket(token = this.token, headers: OutgoingHttpHeaders = {}): Promise<Events> {
    const events = new Events(this.webSocket(token, headers))
    await events.opened
    return events
  }

  /** HTTP status with which a socket is refused. */
  refusedSocket(token: string, headers: OutgoingHttpHeaders = {}): Promise<number> {
    return new Promise((resolve, reject) => {
      const ws = this.webSocket(token, headers)
      ws.on('unexpected-response', (request, response) => {
        request.destroy()
        resolve(response.statusCode!)
      })
      ws.on('open', () => {
        reject(new Error('the socket was opened'))
      })
      ws.on('error', reject)
    })
  }

  webSocket(token: string, headers: OutgoingHttpHeaders = {}): WebSocket {
    const options = { ca: this.ca, ...this.tls, headers: headers as Record<string, string> }
    const ws = new WebSocket(`${this.url.replace('http', 'ws')}/socket${token}`, options)
    started.push({
      close: () => {
        ws.terminate()
        return Promise.resolve()
      }
    })
    return ws
  }

  private cookie(): OutgoingHttpHeaders {
    return this.token === '' ? {} : { Cookie: `APIC-cookie=${this.token}` }
  }
}

/** What arrives on an event socket. */
export class Events {
  readonly opened: Promise<void>
  /** Close code; 1006 when it ended without a close frame. */
  readonly closed: Promise<number>
  readonly frames: Frame[] = []
  readonly raw: string[] = []
  private taken = 0
  private waiting: (() => void)[] = []

  constructor(readonly ws: WebSocket) {
    this.opened = new Promise((resolve, reject) => {
      ws.once('open', resolve)
      ws.once('error', reject)
    })
    this.closed = new Promise((resolve) => ws.once('close', resolve))
    ws.on('error', () => undefined)
    ws.on('message', (data: Buffer) => {
      const text = data.toString()
      this.raw.push(text)
      if (text.startsWith('{"subscriptionId":[') && text.endsWith(']}')) this.frames.push(JSON.parse(text) as Frame)
      for (const wake of this.waiting.splice(0)) wake()
    })
  }

  /** The next frame. */
  async next(): Promise<Frame> {
    while (this.frames.length <= this.taken) await new Promise<void>((resolve) => this.waiting.push(resolve))
    return this.frames[this.taken++]!
  }

  /** All frames that have been sent by now and were not taken. A pong comes after what was sent before it. */
  async rest(): Promise<Frame[]> {
    await this.pong()
    const rest = this.frames.slice(this.taken)
    this.taken = this.frames.length
    return rest
  }

  /** The same, as `status class dn`. */
  async summary(): Promise<string[]> {
    return (await this.rest()).map(({ imdata }) => {
      const { status, dn } = attributesOf(imdata[0])
      return `${status ?? ''} ${classOf(imdata[0])} ${dn ?? ''}`
    })
  }

  async pong(): Promise<void> {
    const answered = new Promise<void>((resolve) => this.ws.once('pong', () => resolve()))
    this.ws.ping()
    await answered
  }
}
