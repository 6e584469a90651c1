// The simulator as a program of its own.
import { writeFileSync } from 'node:fs'
import { fingerprint } from './certificates'
import { ApicSimulator } from './cluster'
import type { RequestRecord } from './journal'
import { help, readSettings, SettingsError } from './settings'
import type { Settings } from './settings'

const say = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

const main = async (): Promise<void> => {
  const settings = readSettings(process.argv.slice(2), process.env)
  if (!settings) {
    say(help())
    return
  }
  const apic = await start(settings)
  const stop = (): void => {
    void apic.close().then(() => process.exit(0))
  }
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  if (settings.caFile !== undefined) writeFileSync(settings.caFile, apic.certificates.ca.cert)
  if (settings.verbose) apic.on('request', (request) => say(describe(request)))
  introduce(apic, settings)
}

const start = async ({ options }: Settings): Promise<ApicSimulator> => {
  try {
    return await ApicSimulator.start(options)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const { port = 0, controllers = 1, host } = options
    if (code === 'EADDRINUSE') {
      const ports = controllers > 1 ? `One of the ports ${port} to ${port + controllers - 1}` : `Port ${port}`
      throw new SettingsError(`${ports} of ${host ?? ''} is taken. Choose another with --port or ACI_SIM_PORT.`)
    }
    if (code === 'EACCES') throw new SettingsError(`Port ${port} needs rights you do not have. Choose one above 1023.`)
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
      throw new SettingsError(`${host ?? ''} is no address of this machine.`)
    throw code?.startsWith('ERR_OSSL') || code?.startsWith('ERR_SSL')
      ? new SettingsError(`--cert or --key: ${message}`)
      : error
  }
}

const introduce = (apic: ApicSimulator, { options, caFile }: Settings): void => {
  const [user] = options.users ?? []
  say(`APIC simulator, release ${options.version ?? ''}`)
  for (const [index, url] of apic.urls.entries()) say(`  apic${index + 1}   ${url}`)
  say(`  user    ${user?.name ?? ''}, password ${user?.password ?? ''}`)
  if (options.tls === true) {
    say(`  CA      SHA-256 ${fingerprint(apic.certificates.ca.cert)}`)
    say(`          ${caFile === undefined ? 'write it to a file with --ca-file <file>' : `in ${caFile}`}`)
  }
  say(
    `  events  ${options.rate ? `about ${options.rate} per second, seed ${options.seed ?? ''}` : 'none by themselves'}`
  )
  say('Ctrl-C ends it.')
}

const describe = ({ controller, method, url, status }: RequestRecord): string =>
  `apic${controller + 1}  ${status}  ${method} ${url}`

main().catch((error: unknown) => {
  if (!(error instanceof SettingsError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
})
