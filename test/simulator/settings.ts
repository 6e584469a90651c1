// The command line of the simulator: flags, environment variables and what they become.
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { SimulatorOptions } from './cluster'

export interface Settings {
  readonly options: SimulatorOptions
  /** A line per request. */
  readonly verbose: boolean
  /** Where to write the CA's certificate; undefined: nowhere. */
  readonly caFile: string | undefined
}

/** Something the user can put right; shown without a stack. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
}

interface Flag {
  readonly name: string
  /** Absent: a switch. */
  readonly value?: string
  readonly says: string
  readonly byDefault?: string
}

const FLAGS: readonly Flag[] = [
  { name: 'port', value: '<n>', says: 'port of the first controller, the others follow', byDefault: '8443' },
  { name: 'host', value: '<address>', says: 'address to listen on', byDefault: '127.0.0.1' },
  { name: 'controllers', value: '<n>', says: 'how many controllers', byDefault: '1' },
  { name: 'rate', value: '<n>', says: 'events per second; 0 = nothing happens by itself', byDefault: '1' },
  { name: 'seed', value: '<n>', says: 'the same seed gives the same fabric and the same events', byDefault: '1' },
  { name: 'fabric', value: '<kind>', says: 'what there is at the start: empty, small or demo', byDefault: 'demo' },
  { name: 'username', value: '<name>', says: 'who may log in', byDefault: 'admin' },
  { name: 'password', value: '<text>', says: 'with this password', byDefault: 'password' },
  { name: 'no-tls', says: 'HTTP and ws instead of HTTPS and wss' },
  { name: 'cert', value: '<file>', says: 'server certificate, PEM (default: made at the start)' },
  { name: 'key', value: '<file>', says: 'its private key, PEM' },
  { name: 'ca-file', value: '<file>', says: 'write the CA of the made certificate here' },
  { name: 'token-style', value: '<style>', says: 'jwt, or base64 as in old releases', byDefault: 'jwt' },
  { name: 'refresh-timeout', value: '<s>', says: 'seconds a login token lives', byDefault: '600' },
  { name: 'max-lifetime', value: '<s>', says: 'seconds a session lives however often refreshed', byDefault: '86400' },
  { name: 'throttle', value: '<n>', says: 'logins and refreshes per second; 0 = no limit', byDefault: '0' },
  { name: 'version-string', value: '<text>', says: 'release it claims to be', byDefault: '6.0(9c)' },
  { name: 'verbose', says: 'a line per request' },
  { name: 'help', says: 'this text' }
]

const variableOf = (name: string): string => `ACI_SIM_${name.toUpperCase().replaceAll('-', '_')}`

export const help = (): string => {
  const lines = FLAGS.map(({ name, value, says, byDefault }) => {
    const flag = `  --${name}${value ? ` ${value}` : ''}`.padEnd(26)
    return `${flag} ${says}${byDefault === undefined ? '' : ` (${byDefault})`}`
  })
  return [
    'An APIC for tests and demonstrations: REST API, event socket, a fabric in which things happen.',
    '',
    'Usage: npm run simulator -- [options]',
    '',
    ...lines,
    '',
    'Each may also be given as an environment variable: ACI_SIM_ and its name in capitals, such as',
    'ACI_SIM_PORT=9443, ACI_SIM_MAX_LIFETIME=120 or ACI_SIM_NO_TLS=1. A flag counts more.',
    ''
  ].join('\n')
}

/**
 * @returns undefined when help is wanted
 * @throws SettingsError
 */
export const readSettings = (
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>
): Settings | undefined => {
  const given = parse(args, environment)
  if (given.has('help')) return undefined
  const text = (name: string): string => given.get(name) ?? FLAGS.find((flag) => flag.name === name)?.byDefault ?? ''
  const number = (name: string, least: number, most: number, whole = true): number => {
    const value = Number(text(name))
    if (text(name).trim() !== '' && value >= least && value <= most && (!whole || Number.isInteger(value))) return value
    throw new SettingsError(
      `--${name} takes a ${whole ? 'whole ' : ''}number from ${least} to ${most}, not ${text(name)}`
    )
  }
  const choice = <T extends string>(name: string, allowed: readonly T[]): T => {
    const found = allowed.find((value) => value === text(name))
    if (found !== undefined) return found
    throw new SettingsError(`--${name} takes ${allowed.join(', ')}, not ${text(name)}`)
  }
  const throttle = number('throttle', 0, 10_000)
  const controllers = number('controllers', 1, 16)
  return {
    options: {
      port: number('port', 1, 65_536 - controllers),
      host: text('host'),
      controllers,
      rate: number('rate', 0, 10_000, false),
      seed: number('seed', 0, 2 ** 32 - 1),
      fabric: choice('fabric', ['empty', 'small', 'demo']),
      users: [{ name: text('username'), password: text('password') }],
      tls: tlsOf(given),
      tokenStyle: choice('token-style', ['jwt', 'base64']),
      refreshTimeoutSeconds: number('refresh-timeout', 0.1, 86_400, false),
      maximumLifetimeSeconds: number('max-lifetime', 0.1, 2_000_000, false),
      version: text('version-string'),
      ...(throttle > 0 ? { throttle } : {})
    },
    verbose: given.has('verbose'),
    caFile: given.get('ca-file')
  }
}

const parse = (
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>
): ReadonlyMap<string, string> => {
  const given = new Map<string, string>()
  for (const { name, value } of FLAGS) {
    const text = environment[variableOf(name)]
    if (text === undefined || text === '') continue
    if (value !== undefined || !['0', 'false', 'no'].includes(text.toLowerCase())) given.set(name, text)
  }
  try {
    const { values } = parseArgs({
      args: [...args],
      options: Object.fromEntries(
        FLAGS.map(({ name, value }) => [
          name,
          { type: value === undefined ? ('boolean' as const) : ('string' as const) }
        ])
      )
    })
    for (const [name, value] of Object.entries(values)) given.set(name, String(value))
  } catch (error) {
    throw new SettingsError(`${(error as Error).message.split('. ')[0] ?? ''}. See --help.`)
  }
  return given
}

const tlsOf = (given: ReadonlyMap<string, string>): NonNullable<SimulatorOptions['tls']> => {
  const [cert, key] = [given.get('cert'), given.get('key')]
  if (given.has('no-tls')) {
    if (cert !== undefined || key !== undefined) throw new SettingsError('--no-tls leaves --cert and --key without use')
    return false
  }
  if (cert === undefined && key === undefined) return true
  if (cert === undefined || key === undefined) throw new SettingsError('--cert and --key go together')
  return { cert: readPem('cert', cert), key: readPem('key', key) }
}

const readPem = (flag: string, file: string): string => {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new SettingsError(`--${flag}: cannot read ${file} (${(error as NodeJS.ErrnoException).code ?? 'error'})`)
  }
  if (!text.includes('-----BEGIN')) throw new SettingsError(`--${flag}: ${file} is not PEM`)
  return text
}
