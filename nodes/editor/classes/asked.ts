// The classes that a dialog asks for, as far as they are known: those whose attributes a filter can be about.

import { isClassName } from '../../apic/protocol/grammar'
import { classesOfDn } from '../dn/suggestions'
import { listOf } from '../values'

/** What is in the fields of a dialog. */
export interface AskedFields {
  readonly target: string
  readonly classes: string
  readonly dn: string
  readonly scope: string
  readonly subtreeClasses: string
}

/** The names of classes in a field, each once; a variable and what is being typed are none. */
export function namesIn(field: string): string[] {
  return [...new Set(listOf(field).filter(isClassName))]
}

/** The classes of the objects that are asked for; none while that is not known. */
export function classesAsked({ target, classes, dn, scope, subtreeClasses }: AskedFields): string[] {
  const below = namesIn(subtreeClasses)
  if (below.length > 0) return below
  if (target !== 'mo') return namesIn(classes)
  // What is below an object has any class.
  return scope === 'self' ? classesOfDn(dn.trim()) : []
}

/**
 * The classes that a filter may name at most, or the node is refused; undefined when it may name any.
 * @param filterable a class and the kinds that it stands for
 */
export function classesAllowed(
  { target, classes, scope, subtreeClasses }: AskedFields,
  filterable: (names: readonly string[]) => string[]
): string[] | undefined {
  const below = namesIn(subtreeClasses)
  const isFixed = [classes, subtreeClasses].every((field) => listOf(field).every(isClassName))
  if (target === 'mo' || !isFixed || (scope !== 'self' && below.length === 0)) return undefined
  return filterable([...namesIn(classes), ...below])
}
