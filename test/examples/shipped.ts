// The examples as they are shipped.

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { FlowNode } from '../rig'

const folder = join(dirname(dirname(__dirname)), 'examples')

/** Names of the examples, as the import menu shows them. */
export const names = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .map((file) => file.slice(0, -'.json'.length))

/** @param beginning of the example's name */
export function read(beginning: string): FlowNode[] {
  const name = names.find((each) => each === beginning) ?? names.find((each) => each.startsWith(beginning))
  if (name === undefined) throw new Error(`there is no example ${beginning}`)
  return JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as FlowNode[]
}
