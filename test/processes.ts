// Programs that tests start as users do, and what they print.

import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process'
import { once } from 'node:events'
import net from 'node:net'
import { Inbox } from './rig'

export interface Program {
  readonly process: ChildProcess
  /** Lines as they are printed, of both streams. */
  readonly lines: Inbox<string>
  /** Sends a signal and waits for the end; kills what does not end in time and says so. */
  stop(signal: NodeJS.Signals): Promise<number | null>
}

/** Nodes of core that take long to load, for the setting `nodesExcludes` of a Node-RED in which no flow has them. */
export const UNUSED_NODES = [
  '06-httpproxy.js',
  '16-range.js',
  '18-sort.js',
  '19-batch.js',
  '22-websocket.js',
  '23-watch.js',
  '70-HTML.js',
  '70-XML.js',
  '70-YAML.js',
  '90-exec.js'
]

/** How long a program may take to end, ms: what takes longer hangs. */
const END_LIMIT = 10_000

/** Starts a script by Node.js: the one that runs the tests, unless another is given. */
export function start(args: readonly string[], options: SpawnOptions = {}, node = process.execPath): Program {
  const child = spawn(node, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  const lines = new Inbox<string>(args.join(' '), 60_000)
  for (const stream of [child.stdout, child.stderr]) {
    let rest = ''
    stream.setEncoding('utf8').on('data', (text: string) => {
      const parts = (rest + text).split('\n')
      rest = parts.pop() ?? ''
      for (const line of parts) lines.push(line)
    })
  }
  return {
    process: child,
    lines,
    async stop(signal) {
      if (child.exitCode !== null) return child.exitCode
      const ended = once(child, 'exit')
      const timer = setTimeout(() => {
        lines.push('(did not end by itself)')
        child.kill('SIGKILL')
      }, END_LIMIT)
      child.kill(signal)
      await ended
      clearTimeout(timer)
      return child.exitCode
    }
  }
}

/**
 * Waits until a Node-RED that was started serves its editor and has its flows; it says so in either order.
 * @returns the address of the editor, without a root of its own and without a slash at its end
 */
export async function nodeRedAt({ lines }: Program): Promise<string> {
  const isServing = (line: string): boolean => line.includes('Server now running at')
  const isStarted = (line: string): boolean => line.includes('Started flows')
  while (![isServing, isStarted].every((has) => lines.all.some(has))) {
    await lines.next((line) => isServing(line) || isStarted(line))
  }
  return new URL(/http:\S+?:\d+/.exec(lines.all.find(isServing)!)![0]).origin
}

/** A port of loopback that nothing listens on. */
export async function freePort(): Promise<number> {
  const server = net.createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as net.AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
