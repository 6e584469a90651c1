// Random sequences in virtual time, and that it is virtual: the same seed sends the same messages, whenever it is run.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const MAIN = join(__dirname, 'main.ts')

/** In a process of its own, whose time and network are its own. */
async function traces(...args: readonly string[]): Promise<{ output: string; lines: string[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'aci-traces-'))
  const out = join(folder, 'traces')
  const child = spawn(process.execPath, ['--import=tsx', MAIN, '--out', out, ...args], {
    stdio: ['ignore', 'pipe', 'pipe']
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  await new Promise((resolve) => child.on('close', resolve))
  const lines = readFileSync(out, 'utf8').trim().split('\n')
  rmSync(folder, { recursive: true })
  return { output, lines }
}

describe('random sequences in virtual time', () => {
  it('keep every promise', async () => {
    const { output, lines } = await traces('--seeds', '25')
    assert.match(output, /^25 seeds, \d{4,} messages, 0 seeds in which a promise was broken$/m)
    assert.equal(lines.length, 25)
  }).timeout(120_000)

  it('send the same messages each time', async () => {
    const [once, again] = await Promise.all([traces('--seeds', '3'), traces('--seeds', '3')])
    assert.deepEqual(once.lines, again.lines)
  }).timeout(120_000)
})
