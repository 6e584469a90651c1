// The simulator as a program.
import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import { join } from 'node:path'
import { Client } from './client'
import { help, readSettings, SettingsError } from './settings'

const CLI = join(__dirname, 'cli.ts')

const freePort = async (): Promise<{ port: number; server: Server }> => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { port: (server.address() as AddressInfo).port, server }
}
const close = (server: Server): Promise<unknown> => new Promise((resolve) => server.close(resolve))

const run = (...args: string[]): { child: ChildProcess; output: () => string; ended: Promise<number | null> } => {
  const child = spawn(process.execPath, ['--import', 'tsx', CLI, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (text += data.toString()))
  return { child, output: () => text, ended: new Promise((resolve) => child.once('close', resolve)) }
}

describe('the simulator: its command line', () => {
  it('starts, says where, answers, and ends at a signal', async () => {
    const { port, server } = await freePort()
    await close(server)
    const { child, output, ended } = run('--port', String(port), '--no-tls', '--rate', '5', '--verbose')
    while (!output().includes('Ctrl-C')) await new Promise((resolve) => child.stdout!.once('data', resolve))
    assert.match(output(), new RegExp(`apic1 {3}http://127\\.0\\.0\\.1:${port}`))

    const client = new Client(`http://127.0.0.1:${port}`, '')
    await client.login()
    assert.equal((await client.get('/api/class/fabricPod.json')).totalCount, '2')
    child.kill('SIGTERM')

    assert.equal(await ended, 0)
    assert.match(output(), /apic1 {2}200 {2}GET \/api\/class\/fabricPod\.json/)
  })

  it('says when the port is taken and how to choose another', async () => {
    const { port, server } = await freePort()
    const { output, ended } = run('--port', String(port))
    assert.equal(await ended, 1)
    await close(server)
    assert.equal(output(), `Port ${port} of 127.0.0.1 is taken. Choose another with --port or ACI_SIM_PORT.\n`)
  })

  it('takes flags, and environment variables where there is none', () => {
    const { options, verbose } = readSettings(['--rate', '2.5', '--no-tls', '--fabric', 'small'], {
      ACI_SIM_RATE: '9',
      ACI_SIM_SEED: '7',
      ACI_SIM_MAX_LIFETIME: '120',
      ACI_SIM_VERBOSE: '1'
    })!
    const { rate, tls, fabric, seed, maximumLifetimeSeconds, port, throttle } = options
    assert.deepEqual(
      { rate, tls, fabric, seed, maximumLifetimeSeconds, port, throttle, verbose },
      {
        rate: 2.5,
        tls: false,
        fabric: 'small',
        seed: 7,
        maximumLifetimeSeconds: 120,
        port: 8443,
        throttle: undefined,
        verbose: true
      }
    )
    assert.equal(readSettings([], { ACI_SIM_NO_TLS: '0' })!.options.tls, true)
  })

  it('explains itself', () => {
    assert.equal(readSettings(['--help'], {}), undefined)
    for (const word of ['--port', '--throttle', 'ACI_SIM_PORT', 'npm run simulator --']) {
      assert.ok(help().includes(word), word)
    }
  })

  for (const [args, said] of [
    [['--port', 'x'], /--port takes a whole number from 1 to 65535, not x/],
    [['--port', '65535', '--controllers', '3'], /from 1 to 65533/],
    [['--rate', '-1'], /--rate/],
    [['--rate=-1'], /--rate takes a number from 0 to 10000, not -1/],
    [['--fabric', 'huge'], /--fabric takes empty, small, demo, not huge/],
    [['--token-style', 'x'], /--token-style takes jwt, base64, not x/],
    [['--cert', 'x'], /--cert and --key go together/],
    [['--cert', '/nonexistent', '--key', '/nonexistent'], /--cert: cannot read \/nonexistent \(ENOENT\)/],
    [['--cert', CLI, '--key', CLI], /is not PEM/],
    [['--no-tls', '--cert', 'x', '--key', 'y'], /without use/],
    [['--bogus'], /Unknown option '--bogus'. See --help./],
    [['stray'], /stray/]
  ] as const) {
    it(`refuses ${args.join(' ')}`, () => {
      assert.throws(
        () => readSettings(args, {}),
        (error) => error instanceof SettingsError && said.test(error.message)
      )
    })
  }
})
