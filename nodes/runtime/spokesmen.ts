// Who speaks for a configuration node. Node-RED hands its error to the Catch nodes of each node that uses it, so that one
// loss would be as many messages as there are nodes; with the fewest of them that all Catch nodes hear, it is one.

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
 * @returns some of them: each Catch node that hears any of the users hears one of these, and as few as can be hear two
 */
export function spokesmenOf(RED: NodeAPI, users: Readonly<Record<string, Node>>): Record<string, Node> {
  const all: User[] = Object.values(users)
  const definitions = definitionsOf(RED)
  const listeners = [...definitions.values()]
    .filter(({ type, d }) => type === 'catch' && d !== true)
    .map((listener) => all.filter((user) => hears(listener as CatchDef, user, definitions)))
    .filter((heard) => heard.length > 0)
    // Who hears few of them has to be served by one of these.
    .sort((one, other) => one.length - other.length)
  const chosen = new Set<User>()
  for (const heard of listeners) {
    if (heard.some((user) => chosen.has(user))) continue
    const others = (user: User): number => listeners.filter((other) => other !== heard && other.includes(user)).length
    const [best] = heard.toSorted((one, other) => others(other) - others(one))
    if (best !== undefined) chosen.add(best)
  }
  // What stands in a subflow is listened to in ways that its instances alone know.
  for (const user of all) {
    const isInFlow = definitions.get(user.z)?.type === 'tab'
    if (!isInFlow && ![...chosen].some(({ z }) => z === user.z)) chosen.add(user)
  }
  return Object.fromEntries([...chosen].map((user) => [user.id, user]))
}

/** Whether a Catch node is told of an error of the user, as Node-RED decides it. */
function hears({ z, g, scope }: CatchDef, user: User, definitions: ReadonlyMap<string, Definition>): boolean {
  if (z !== user.z) return false
  if (Array.isArray(scope)) return scope.includes(user.id)
  if (scope !== 'group') return true
  // Groups stand in groups.
  for (let group = user.g; group !== undefined; group = definitions.get(group)?.g) if (group === g) return true
  return false
}

function definitionsOf(RED: NodeAPI): ReadonlyMap<string, Definition> {
  const found = new Map<string, Definition>()
  RED.nodes.eachNode((definition) => found.set(definition.id, definition))
  return found
}
