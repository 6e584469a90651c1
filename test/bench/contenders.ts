// The ways that are compared, each with a process of its own that stays for the whole run, and one APIC for all.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ApicCalls } from './apic'
import type { Report } from './counter'
import { aci, handMade, type Flow, type Place } from './flows'
import type { FrameKind } from './frames'
import type { Options } from './options'
import type { RawCalls, ReceiverCalls } from './raw'
import { Worker } from './rpc'
import type { RuntimeCalls } from './runtime'

export interface Way {
  readonly id: string
  readonly title: string
  /** Messages that one event becomes. */
  readonly copies: number
  readonly tls: boolean
  /** Part of a smoke run. */
  readonly quick: boolean
  /** Reads what there is, and once more after some seconds. */
  readonly reads?: boolean
  /** Undefined for the limit, which needs no flow. */
  readonly flow?: (place: Place) => Flow
}

export const WAYS: readonly Way[] = [
  { id: 'raw', title: 'ws + JSON.parse (the limit)', copies: 1, tls: false, quick: true },
  {
    id: 'hand',
    title: 'websocket in → json → function',
    copies: 1,
    tls: false,
    quick: true,
    flow: (place) => handMade(place, { picks: true })
  },
  {
    id: 'parsed',
    title: 'websocket in → json',
    copies: 1,
    tls: false,
    quick: false,
    flow: (place) => handMade(place, { picks: false })
  },
  {
    id: 'full',
    title: 'aci-subscribe, mirror full',
    copies: 1,
    tls: false,
    quick: true,
    reads: true,
    flow: (place) => aci(place, { mirror: 'full', sinks: 1 })
  },
  {
    id: 'off',
    title: 'aci-subscribe, mirror off',
    copies: 1,
    tls: false,
    quick: true,
    flow: (place) => aci(place, { mirror: 'off', sinks: 1 })
  },
  {
    id: 'full-2',
    title: 'aci-subscribe, mirror full, two wires',
    copies: 2,
    tls: false,
    quick: false,
    reads: true,
    flow: (place) => aci(place, { mirror: 'full', sinks: 2 })
  },
  { id: 'raw-tls', title: 'ws + JSON.parse, TLS', copies: 1, tls: true, quick: false },
  {
    id: 'full-tls',
    title: 'aci-subscribe, mirror full, TLS',
    copies: 1,
    tls: true,
    quick: false,
    reads: true,
    flow: (place) => aci(place, { mirror: 'full', sinks: 1 })
  }
]

/** One way in its process. */
export interface Contender {
  readonly way: Way
  readonly receiver: Worker<ReceiverCalls>
}

/** What is sent in one go. */
export interface Load {
  readonly events: number
  readonly kind: FrameKind
  /** Frames per second; undefined for as fast as they are taken. */
  readonly rate?: number
}

/** Everything that runs for the benchmark, to be closed at its end. */
export class Arena {
  readonly contenders: Contender[] = []
  private readonly directory = mkdtempSync(join(tmpdir(), 'aci-bench-'))
  private readonly apic = new Worker<ApicCalls>('the APIC stand-in', join(__dirname, 'apic.ts'))

  constructor(private readonly options: Options) {}

  /**
   * Starts the processes of these ways.
   * @returns the length of a frame, bytes, by its kind
   */
  async open(ways: readonly Way[]): Promise<Record<FrameKind, number>> {
    const { port, tlsPort, certificate, size } = await this.apic.call('start', { tls: ways.some(({ tls }) => tls) })
    const file = join(this.directory, 'certificate.pem')
    writeFileSync(file, certificate)
    await Promise.all(
      ways.map((way) => {
        const host = `127.0.0.1:${way.tls ? tlsPort : port}`
        return way.flow === undefined
          ? this.openRaw(way, host, way.tls ? certificate : '')
          : this.openRuntime(way, way.flow({ host, certificate: way.tls ? file : '', token: way.id }))
      })
    )
    await Promise.all(ways.filter(({ reads }) => reads).map(({ id }) => this.apic.call('settled', { token: id })))
    this.contenders.sort((one, other) => ways.indexOf(one.way) - ways.indexOf(other.way))
    return size
  }

  /** Sends the load to one of them, and waits until it has come out at the end. */
  async run({ way, receiver }: Contender, { events, kind, rate }: Load): Promise<Report> {
    await receiver.call('expect', { messages: events * way.copies, latency: rate !== undefined })
    const sending =
      rate === undefined
        ? this.apic.call('blast', { token: way.id, events, kind })
        : this.apic.call('pace', { token: way.id, events, rate })
    const [sent, report] = await Promise.all([sending, receiver.call('arrived', undefined)])
    if (report.lastDn !== sent.lastDn) throw new Error(`${way.title}: the last message is not the last event`)
    return report
  }

  /** Ends all processes and removes what they needed. */
  async close(): Promise<void> {
    const workers = [...this.contenders.map(({ receiver }) => receiver), this.apic]
    await Promise.all(workers.map((worker) => worker.stop()))
    rmSync(this.directory, { recursive: true, force: true })
  }

  private worker<C extends ReceiverCalls>(way: Way, file: string): Worker<C> {
    const { profile } = this.options
    const profiling =
      profile === '' ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`, `--cpu-prof-name=${way.id}.cpuprofile`]
    const worker = new Worker<C>(way.title, join(__dirname, file), profiling)
    this.contenders.push({ way, receiver: worker })
    return worker
  }

  private async openRaw(way: Way, host: string, certificate: string): Promise<void> {
    const url = `${way.tls ? 'wss' : 'ws'}://${host}/socket${way.id}`
    await this.worker<RawCalls>(way, 'raw.ts').call('start', { url, certificate })
  }

  private async openRuntime(way: Way, flow: Flow): Promise<void> {
    const directory = join(this.directory, way.id)
    mkdirSync(directory)
    await this.worker<RuntimeCalls>(way, 'runtime.ts').call('start', { directory, flow })
  }
}
