// Chooses the nodes on whose behalf a configuration node reports errors. Node-RED hands an error to the Catch nodes of each
// user, so that one loss would become a message per user; with the fewest users that reach every Catch node, it is one.

import type { Node, NodeAPI, NodeDef } from 'node-red'

/** A Catch node as it is configured. */
interface CatchDef extends NodeDef {
  readonly z: string
  /** Ids of the nodes it listens to; null for all of its flow, `group` for those of its group. */
  readonly scope?: readonly string[] | 'group' | null
  readonly g?: string
}

type User = Node & { readonly g?: string }

type Definition = NodeDef & { readonly d?: boolean; readonly g?: string }

/**
 * @param users of the configuration node, by id
 * @returns a subset: each Catch node that catches errors of any user catches those of one in it, and of as few as possible
 */
export function spokesmenOf(RED: NodeAPI, users: Readonly<Record<string, Node>>): Record<string, Node> {
  const all: User[] = Object.values(users)
  const definitions = definitionsOf(RED)
  const listeners = [...definitions.values()]
    .filter(({ type, d }) => type === 'catch' && d !== true)
    .map((listener) => all.filter((user) => hears(listener as CatchDef, user, definitions)))
    .filter((heard) => heard.length > 0)
    // Catch nodes with few users first: there is little choice for them.
    .sort((one, other) => one.length - other.length)
  const chosen = new Set<User>()
  for (const heard of listeners) {
    if (heard.some((user) => chosen.has(user))) continue
    const others = (user: User): number => listeners.filter((other) => other !== heard && other.includes(user)).length
    const [best] = heard.toSorted((one, other) => others(other) - others(one))
    if (best !== undefined) chosen.add(best)
  }
  // Users in subflows are caught in ways that only the subflow's instances know.
  for (const user of all) {
    const isInFlow = definitions.get(user.z)?.type === 'tab'
    if (!isInFlow && ![...chosen].some(({ z }) => z === user.z)) chosen.add(user)
  }
  return Object.fromEntries([...chosen].map((user) => [user.id, user]))
}

/** Whether a Catch node catches errors of the user, as Node-RED decides it. */
function hears({ z, g, scope }: CatchDef, user: User, definitions: ReadonlyMap<string, Definition>): boolean {
  if (z !== user.z) return false
  if (Array.isArray(scope)) return scope.includes(user.id)
  if (scope !== 'group') return true
  // Groups nest.
  for (let group = user.g; group !== undefined; group = definitions.get(group)?.g) if (group === g) return true
  return false
}

function definitionsOf(RED: NodeAPI): ReadonlyMap<string, Definition> {
  const found = new Map<string, Definition>()
  RED.nodes.eachNode((definition) => found.set(definition.id, definition))
  return found
}
