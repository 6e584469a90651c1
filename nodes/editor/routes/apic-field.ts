// The connection that is chosen in a dialog, and asking it through the admin routes. Those know deployed ones alone.

import { configIn, field } from '../widgets/fields'
import { ask, Unanswered, type Asking } from '.'
import { commonWord } from '../texts'
import { textOf } from '../values'

/** Chooses the only connection there is for a node that has none yet. */
export function chooseOnlyApic(node: EditorNode): void {
  const ids: string[] = []
  RED.nodes.eachConfig(({ id, type }) => {
    if (type === 'aci-apic') ids.push(id)
    return true
  })
  const [only] = ids
  if (textOf(node['apic']) === '' && ids.length === 1 && only !== undefined) {
    field('apic').val(only).trigger('change')
  }
}

/** Id of the chosen aci-apic node; undefined when none is. */
export function chosenApic(): string | undefined {
  return configIn(field('apic')) || undefined
}

/** The same, if it can be asked: it is deployed, and the user may. */
export function askableApic(): string | undefined {
  const id = chosenApic()
  const isDeployed = (RED.nodes.originalFlow() ?? []).some((node) => node.id === id)
  return isDeployed && RED.user.hasPermission('aci-apic.write') ? id : undefined
}

/**
 * Asks the chosen connection.
 * @param parts of the path below `aci-apic/<id>/`: `children`, `preview`
 * @throws Unanswered, with the reason in words, also when none is chosen or it is not deployed
 */
export async function askApic<Answer>(parts: readonly string[], asking: Asking = {}): Promise<Answer> {
  const id = chosenApic()
  if (id === undefined) throw new Unanswered(commonWord('routes.noApic'), 0)
  return ask<Answer>([id, ...parts], asking)
}
