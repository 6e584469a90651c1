// The browser that the tests drive: the one that comes in a package, unpacked once, or the one that ACI_CHROMIUM names.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { chromium, type Browser } from 'playwright-core'

/** Nothing but the pages that a test opens, and nothing that talks to anybody else. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Text looks the same whatever the screen.
  '--font-render-hinting=none',
  '--force-color-profile=srgb'
]

interface Program {
  readonly file: string
  readonly env?: Record<string, string>
}

/** What the package carries is packed: program, libraries that it needs beside those of any Linux, and fonts. */
const PACKAGE = dirname(dirname(dirname(require.resolve('@sparticuz/chromium'))))

/** Unpacks into the temporary folder, as on the cloud machines that the package is made for; these need the libraries. */
const UNPACK = `
  const chromium = require(${JSON.stringify(require.resolve('@sparticuz/chromium'))})
  chromium.executablePath().catch((error) => { console.error(error); process.exit(1) })
`

function unpack(target: string): void {
  mkdirSync(dirname(target), { recursive: true })
  // Whoever comes second finds it whole.
  const folder = mkdtempSync(`${target}-`)
  const { status, stderr } = spawnSync(process.execPath, ['-e', UNPACK], {
    env: { ...process.env, TMPDIR: folder, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs20.x' },
    encoding: 'utf8'
  })
  if (status !== 0) throw new Error(`The browser cannot be unpacked: ${stderr}`)
  // The package's own list of fonts is for fixed places. Fonts of the machine would make every machine's pictures differ.
  writeFileSync(
    join(folder, 'fonts.conf'),
    `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${join(target, 'fonts')}</dir><cachedir>${join(target, 'fonts-cache')}</cachedir></fontconfig>
`
  )
  try {
    renameSync(folder, target)
  } catch (error) {
    rmSync(folder, { recursive: true })
    if (!existsSync(target)) throw error
  }
}

function program(): Program {
  const named = process.env['ACI_CHROMIUM']
  if (named !== undefined && named !== '') return { file: named }
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(
      `There is no browser for ${process.platform} on ${process.arch} among the packages: set ACI_CHROMIUM to the program of a Chromium or Chrome.`
    )
  }
  const { version } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')) as { version: string }
  // Beside the packages: gone when they are installed anew, and never part of the repository.
  const folder = join(dirname(dirname(PACKAGE)), '.cache', `chromium-${version}`)
  if (!existsSync(folder)) unpack(folder)
  return {
    file: join(folder, 'chromium'),
    env: { LD_LIBRARY_PATH: join(folder, 'al2023', 'lib'), FONTCONFIG_FILE: join(folder, 'fonts.conf') }
  }
}

/** Libraries that the program needs and the machine does not have, in words; empty when it has all. */
function missing({ file, env }: Program): string {
  const { stdout } = spawnSync('ldd', [file], { env: { ...process.env, ...env }, encoding: 'utf8' })
  const lines = stdout.split('\n').filter((line) => line.includes('not found'))
  return lines.length === 0 ? '' : `It lacks libraries:\n${lines.join('\n')}\n`
}

/**
 * Starts the browser without a window, with a profile of its own.
 * @throws Error that says what is missing
 */
export async function launch(): Promise<Browser> {
  const found = program()
  const env = { ...(process.env as Record<string, string>), ...found.env }
  const started = await chromium
    .launch({ executablePath: found.file, headless: true, args: ARGUMENTS, env })
    .catch((error: unknown) => reasonOf(error))
  if (typeof started !== 'string') return started
  throw new Error(`${found.file} does not start. ${missing(found)}ACI_CHROMIUM may name another browser.\n${started}`)
}

/** Of all that is said about a failed start, what it failed with and what the program itself said. */
function reasonOf(error: unknown): string {
  const [first = '', ...others] = String(error).split('\n')
  return [first, ...new Set(others.filter((line) => /^\[pid=\d+\]\[err\]/.test(line)))].join('\n')
}
