// The openssl program, where this machine has it: what others make of our signatures, and we of their keys.

import { execFileSync, spawnSync } from 'node:child_process'

const { error } = spawnSync('openssl', ['version'])

/** A test that is skipped where there is no openssl. */
export function itWithOpenssl(title: string, test: Mocha.AsyncFunc | Mocha.Func): void {
  // Each file of tests has an `it` of its own.
  if (error === undefined) it(title, test)
  else it.skip(title, test)
}

/**
 * What openssl prints.
 * @throws Error when it fails
 */
export function openssl(
  args: readonly string[],
  given: { readonly cwd?: string; readonly input?: string } = {}
): string {
  return execFileSync('openssl', args, { ...given, encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'] })
}
