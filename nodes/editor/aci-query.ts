// The dialog of aci-query: what is read, and in which form it comes.

import { INCLUDES, isClassName, isOrder } from '../apic/grammar'
import { checkEach } from './settings/checks'
import { wordOf } from './texts'
import { completeClasses } from './completion'
import { choose, field, nameFields, valueIn } from './widgets/fields'
import { querySettingsOf } from './paste'
import { acceptRequests } from './paste/paste-field'
import { addPreview } from './preview'
import { labelOf, leaveTarget, prepareTarget, saveTarget, TARGET, targetChecks } from './target'
import { validator } from './settings/validator'
import { isEnv, textOf } from './values'

/** The settings that say what the objects bring along. */
const SHAPE = ['children', 'childClasses', 'include', 'properties', 'orderBy']

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

/** What has an effect is not to be hidden. */
function unfold(): void {
  const isPlain = valueIn(field('properties')) === 'all' && valueIn(field('orderBy')) === ''
  if (!isPlain || Number(valueIn(field('limit'))) !== 0) $('.aci-query-form > details').prop('open', true)
}

function prepare(node: EditorNode): void {
  nameFields($('.aci-query-form'))
  for (const setting of ['target', 'scope', 'children', 'properties', 'output']) choose(field(setting), node[setting])
  prepareTarget(node)
  completeClasses(node, field('childClasses'))
  acceptRequests(node, querySettingsOf)
  field('children').on('change', showChildren)
  showChildren()
  field('properties').add(field('orderBy')).on('change', unfold)
  unfold()
  addPreview(node, $('#aci-query-tools'), [...TARGET, ...SHAPE], checks)
}

export const aciQuery = { checks, label: labelOf, outputLabel, prepare, save: saveTarget, leave: leaveTarget }
