// The dialog of aci-query: what is read, and in which form it comes.

import { INCLUDES, isClassName, isOrder } from '../apic/grammar'
import { checkEach, wordOf } from './checks'
import { completeClasses } from './completion'
import { choose, nameFields, valueIn } from './fields'
import { field, labelOf, leaveTarget, prepareTarget, saveTarget, targetChecks } from './target'
import { validator } from './validator'
import { isEnv, listOf, textOf } from './values'

const checks = {
  // A message may say what is asked for.
  ...targetChecks(() => false),
  childClasses: validator(checkEach('childClasses', isClassName, 'class')),
  include: validator(checkEach('include', (word) => INCLUDES.includes(word), 'include')),
  orderBy: validator(checkEach('orderBy', isOrder, 'orderBy')),
  limit: validator((node, value) => {
    if (value === undefined || value === '' || isEnv(value)) return true
    return /^\s*\d+\s*$/.test(textOf(value)) || wordOf(node, 'error.limit')
  })
}

function outputLabel(node: EditorNode): string {
  return wordOf(node, `port.${node['output'] === 'stream' ? 'stream' : 'array'}`)
}

function showChildren(): void {
  const hasChildren = valueIn(field('children')) !== 'no' || valueIn(field('childClasses')) !== ''
  $('.aci-query-children').toggle(hasChildren)
}

function prepare(node: EditorNode): void {
  nameFields($('.aci-query-form'))
  for (const setting of ['target', 'scope', 'children', 'properties', 'output']) choose(field(setting), node[setting])
  prepareTarget(node)
  completeClasses(node, field('childClasses'))
  field('children').on('change', showChildren)
  showChildren()

  const isPlain = (textOf(node['properties']) || 'all') === 'all' && listOf(node['orderBy']).length === 0
  const isUnlimited = Number(node['limit'] ?? 0) === 0
  $('.aci-query-form details').prop('open', !isPlain || !isUnlimited)
}

export const aciQuery = { checks, label: labelOf, outputLabel, prepare, save: saveTarget, leave: leaveTarget }
