// The dialog of aci-query: what is read, and in which form it comes.

import { isClassName, isIncludeWord, isOrder, isPathClass, isTargetNode, isTimeRange } from '../apic/protocol/grammar'
import { checkEach, checkFilter } from './settings/checks'
import { wordOf } from './texts'
import { completeClasses } from './completion'
import { choose, field, nameFields, valueIn } from './widgets/fields'
import { querySettingsOf } from './paste'
import { acceptRequests } from './paste/paste-field'
import { addPreview } from './preview'
import { labelOf, leaveTarget, prepareTarget, saveTarget, TARGET, targetChecks } from './target'
import { validator, type Check } from './settings/validator'
import { isEnv, textOf } from './values'

/** The settings that say what the objects bring along. */
const SHAPE = [
  'children',
  'childClasses',
  'childFilter',
  'include',
  'properties',
  'targetNode',
  'targetPath',
  'timeRange',
  'orderBy'
]

/** Those of them that are folded away, as text fields. */
const FOLDED = ['targetNode', 'targetPath', 'timeRange', 'orderBy']

const checks = {
  // A message may say what is asked for.
  ...targetChecks(() => false),
  childClasses: validator(checkEach('childClasses', isClassName, 'class')),
  childFilter: validator(checkFilter),
  include: validator(checkEach('include', isIncludeWord, 'include')),
  targetNode: validator(checkText(isTargetNode, 'targetNode')),
  targetPath: validator(checkText(isPathClass, 'targetPath')),
  timeRange: validator(checkText(isTimeRange, 'timeRange')),
  orderBy: validator(checkEach('orderBy', isOrder, 'orderBy')),
  limit: validator((node, value) => {
    if (value === undefined || value === '' || isEnv(value)) return true
    return /^\s*\d+\s*$/.test(textOf(value)) || wordOf(node, 'error.limit')
  })
}

/** Of a text, which may be missing. */
function checkText(isRight: (text: string) => boolean, error: string): Check {
  return (node, value) => {
    const text = textOf(value)
      .replace(/\s*,\s*/g, ',')
      .trim()
    return text === '' || isEnv(text) || isRight(text) || wordOf(node, `error.${error}`)
  }
}

function outputLabel(node: EditorNode): string {
  return wordOf(node, `port.${node['output'] === 'stream' ? 'stream' : 'array'}`)
}

function showChildren(): void {
  const isFilled = valueIn(field('childClasses')) !== '' || valueIn(field('childFilter')) !== ''
  const hasChildren = valueIn(field('children')) !== 'no' || isFilled
  $('.aci-query-children').toggle(hasChildren)
}

/** What has an effect is not to be hidden. */
function unfold(): void {
  const isPlain = valueIn(field('properties')) === 'all' && FOLDED.every((name) => valueIn(field(name)) === '')
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
  for (const name of ['properties', ...FOLDED]) field(name).on('change', unfold)
  unfold()
  addPreview(node, $('#aci-query-tools'), [...TARGET, ...SHAPE], checks)
}

export const aciQuery = { checks, label: labelOf, outputLabel, prepare, save: saveTarget, leave: leaveTarget }
