// The results of a run, for people and for programs.

import type { Memory, Tally } from './tally'

export interface Failure {
  readonly fabric: number
  /** What repeats it. */
  readonly command: string
  /** The smallest sequence that was found to fail. */
  readonly steps: readonly string[]
  readonly error: string
}

export interface Results {
  readonly seed: number
  readonly seconds: number
  readonly fabrics: number
  readonly sequences: number
  readonly steps: number
  readonly faults: Readonly<Record<string, number>>
  readonly orders: Readonly<Record<string, number>>
  readonly changes: number
  readonly messages: Readonly<Record<string, number>>
  /** Changes that were never sent, or differently. */
  readonly lost: number
  /** Changes that were sent twice. */
  readonly repeated: number
  /** Messages that could not follow those before, and all else that must not be. */
  readonly inconsistent: number
  readonly recoveryMs: ReturnType<Tally['recovery']>
  /** Bytes. */
  readonly memory: { readonly start: Memory; readonly end: Memory }
  readonly failures: readonly Failure[]
}

const MEGABYTE = 1024 * 1024

const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((a, b) => a + b, 0)

const megabytes = (bytes: number): string => `${(bytes / MEGABYTE).toFixed(1)} MB`

function rows(pairs: readonly (readonly [string, string | number])[], indent = ''): string[] {
  const width = Math.max(...pairs.map(([name]) => name.length))
  return pairs.map(([name, value]) => `${indent}${name.padEnd(width)}  ${value}`)
}

const byCount = (counts: Readonly<Record<string, number>>): [string, number][] =>
  Object.entries(counts).sort(([, a], [, b]) => b - a)

export function textOf(results: Results): string {
  const { faults, orders, messages, recoveryMs, memory, failures } = results
  const lines = [
    ...rows([
      ['seed', results.seed],
      ['time', `${results.seconds.toFixed(0)} s`],
      ['fabrics', results.fabrics],
      ['sequences', results.sequences],
      ['steps', results.steps],
      ['changes made', results.changes],
      [
        'messages',
        `${sum(messages)} (${byCount(messages)
          .map(([name, count]) => `${count} ${name}`)
          .join(', ')})`
      ],
      ['lost', results.lost],
      ['repeated', results.repeated],
      ['inconsistent', results.inconsistent],
      [
        'recovery',
        `${recoveryMs.sequences} times: median ${recoveryMs.median} ms, p99 ${recoveryMs.p99} ms, maximum ${recoveryMs.maximum} ms`
      ],
      ['heap', `${megabytes(memory.start.heapUsed)} at the start, ${megabytes(memory.end.heapUsed)} at the end`],
      ['rss', `${megabytes(memory.start.rss)} at the start, ${megabytes(memory.end.rss)} at the end`]
    ]),
    '',
    `faults: ${sum(faults)}`,
    ...rows(byCount(faults), '  '),
    `deploys and messages to nodes: ${sum(orders)}`,
    ...rows(byCount(orders), '  ')
  ]
  for (const { fabric, command, steps, error } of failures) {
    lines.push('', `FAILED, fabric ${fabric}. To repeat it: ${command}`, ...steps.map((step) => `  ${step}`), error)
  }
  return lines.join('\n')
}
