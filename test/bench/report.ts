// The results as a person reads them.

import type { FrameKind } from './frames'
import type { Latency, Throughput } from './measure'
import type { Spread } from './statistics'

export interface Machine {
  readonly node: string
  readonly nodeRed: string
  readonly platform: string
  readonly cpu: string
  readonly cores: number
  /** Mean number of runnable processes in the last minute, before the benchmark began. */
  readonly load: number
}

export interface Results {
  readonly machine: Machine
  readonly rounds: number
  readonly quick: boolean
  /** Length of a frame, bytes. */
  readonly frameSize: Record<FrameKind, number>
  readonly mirroredObjects: number
  readonly throughput: readonly Throughput[]
  readonly latency: readonly Latency[]
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

function factor(spread: Spread | undefined): string[] {
  if (spread === undefined) return ['', '']
  return [spread.median.toFixed(2), `${spread.min.toFixed(2)}–${spread.max.toFixed(2)}`]
}

/** Columns as wide as their widest cell; the first one to the left, numbers to the right. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map((row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  '))
    .map((line) => line.trimEnd())
    .join('\n')
}

function throughputTable(results: readonly Throughput[]): string {
  const head = ['', 'events/s', 'min–max', 'µs CPU', 'of raw', 'min–max', 'of hand', 'min–max', 'MB']
  const rows = results.map(({ title, perSecond, cpu, ofRaw, ofHand, rss }) => [
    title,
    whole(perSecond.median),
    `${whole(perSecond.min)}–${whole(perSecond.max)}`,
    cpu.median.toFixed(1),
    ...factor(ofRaw),
    ...factor(ofHand),
    whole(rss / 1e6)
  ])
  return table([head, ...rows])
}

function latencyTable(results: readonly Latency[]): string {
  const rates = [...new Set(results.map(({ rate }) => rate))]
  const titles = [...new Set(results.map(({ title }) => title))]
  const head = ['µs from sending to arrival', ...rates.flatMap((rate) => [`${whole(rate)}/s p50`, 'p99', 'min–max'])]
  const rows = titles.map((title) => [
    title,
    ...rates.flatMap((rate) => {
      const found = results.find((result) => result.title === title && result.rate === rate)
      if (found === undefined) return ['', '', '']
      const { p50, p99 } = found
      return [whole(p50.median), whole(p99.median), `${whole(p99.min)}–${whole(p99.max)}`]
    })
  ])
  return table([head, ...rows])
}

export function textOf({ machine, rounds, quick, frameSize, mirroredObjects, throughput, latency }: Results): string {
  const { node, nodeRed, platform, cpu, cores, load } = machine
  const of = (kind: FrameKind): Throughput[] => throughput.filter(({ frames }) => frames === kind)
  const parts = [
    `Node.js ${node}, Node-RED ${nodeRed}, ${cores} × ${cpu}, ${platform}, load ${load.toFixed(1)}\n` +
      `${rounds} interleaved round${rounds === 1 ? '' : 's'}, medians; ${whole(mirroredObjects)} faultInst objects` +
      (quick ? '; a smoke run: the figures mean little' : ''),
    `Frames with all attributes, ${frameSize.full} bytes\n\n${throughputTable(of('full'))}`
  ]
  if (of('sparse').length > 0) {
    parts.push(`Frames with changed attributes only, ${frameSize.sparse} bytes\n\n${throughputTable(of('sparse'))}`)
  }
  parts.push(latencyTable(latency))
  return `${parts.join('\n\n')}\n`
}
