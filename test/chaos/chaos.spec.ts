// The random test, so far as there is time for it in every run: `npm run chaos` goes on as long as one likes.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { DEFAULT_SEED } from './options'
import type { Results } from './report'

const ROOT = join(__dirname, '..', '..')
/** Sequences of each of the fabrics: about fifteen seconds. */
const RUNS = 12

describe('whatever goes wrong', () => {
  it('ends with everything sent, once and in order', async () => {
    const seed = process.env['CHAOS_SEED'] ?? String(DEFAULT_SEED)
    // In a process of its own: it listens to what nobody has caught, and has a Node-RED that outlives every deploy.
    const args = [
      '--import=tsx',
      join(__dirname, 'main.ts'),
      '--quick',
      '--json',
      '--runs',
      String(RUNS),
      '--seed',
      seed
    ]
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
    const output = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => (output[name] += text))
    }
    const code = await new Promise((resolve) => child.on('close', resolve))

    assert.ok(output.stdout.startsWith('{'), output.stderr)
    const results = JSON.parse(output.stdout) as Results
    const { failures, sequences, faults, changes, messages } = results
    const sent = failures.map(({ command, steps, error }) => [command, ...steps, error].join('\n'))
    assert.equal(sent.join('\n\n'), '')
    assert.equal(code, 0)
    // Nothing can go wrong where nothing happens.
    assert.equal(sequences, 3 * RUNS)
    assert.ok(Object.keys(faults).length > 15 && changes > 500)
    assert.ok((messages['live'] ?? 0) > 300 && (messages['recovered'] ?? 0) > 50)
  }).timeout(300_000)
})
