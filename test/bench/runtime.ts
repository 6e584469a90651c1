// A Node-RED of its own for one flow: the real runtime, with the package installed in it as a user would have it.

import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { dirname, join } from 'node:path'
import RED from 'node-red'
import type { Expectation } from './counter'
import type { Flow } from './flows'
import { serve } from './rpc'
import { counter } from './sink'

const ROOT = dirname(dirname(__dirname))
/** Time for the source to turn green, ms. */
const READY_LIMIT = 30_000

interface StatusEvent {
  readonly id: string
  readonly status: { readonly fill?: string; readonly text?: string }
}

/** Resolves when that node's status is green. */
function green(id: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let last = 'nothing'
    const late = setTimeout(() => reject(new Error(`the source does not get ready, its status: ${last}`)), READY_LIMIT)
    RED.events.on('node-status', (event: StatusEvent) => {
      if (event.id !== id) return
      last = event.status.text ?? ''
      if (event.status.fill !== 'green') return
      clearTimeout(late)
      resolve()
    })
  })
}

function install(directory: string, flow: Flow): void {
  const scope = join(directory, 'node_modules', '@aci-flow')
  const own = join(directory, 'nodes')
  for (const made of [scope, own]) mkdirSync(made, { recursive: true })
  symlinkSync(ROOT, join(scope, 'node-red-aci'), 'junction')
  // Node-RED looks for pairs of .js and .html; the node itself is TypeScript.
  writeFileSync(join(own, 'bench-sink.js'), `module.exports = require(${JSON.stringify(join(__dirname, 'sink.ts'))})`)
  writeFileSync(join(own, 'bench-sink.html'), '<script type="text/html" data-template-name="bench-sink"></script>')
  writeFileSync(join(directory, 'flows.json'), JSON.stringify(flow.nodes))
  writeFileSync(join(directory, 'flows_cred.json'), JSON.stringify(flow.credentials))
}

const calls = {
  /** Runs a flow; resolves when its source receives. */
  async start({ directory, flow }: { readonly directory: string; readonly flow: Flow }) {
    install(directory, flow)
    RED.init(createServer(), {
      userDir: directory,
      flowFile: 'flows.json',
      credentialSecret: false,
      httpAdminRoot: false,
      httpNodeRoot: false,
      telemetry: { enabled: false },
      externalModules: { palette: { allowInstall: false } },
      logging: { console: { level: 'error', metrics: false, audit: false } }
    } as unknown as Parameters<typeof RED.init>[1])
    const ready = green(flow.source)
    await RED.start()
    await ready
  },

  expect(expectation: Expectation) {
    counter.expect(expectation)
    return Promise.resolve()
  },

  arrived: () => counter.arrived()
}

export type RuntimeCalls = typeof calls

serve(calls)
