// The part of a dialog that says what is asked for: classes or one object, how far below, and a filter.

import { isClassName } from '../apic/protocol/grammar'
import type { MetadataAnswer } from '../admin/answers'
import { askableApic, chooseOnlyApic } from './routes/apic-field'
import { checkDn, checkEach, checkFilter } from './settings/checks'
import { wordOf } from './texts'
import { completeClasses, completeDn } from './completion'
import { noteClasses } from './classes/class-notes'
import { Descriptions } from './classes/descriptions'
import { field, valueIn } from './widgets/fields'
import { buildFilter } from './filter-builder'
import { labelOf as askedOf } from './settings/node-label'
import { browseObjects } from './object-browser'
import { closePanels } from './widgets/panel'
import { ask } from './routes'
import { validator } from './settings/validator'
import { isEnv, listOf, textOf } from './values'

/** The settings that say what is asked for. */
export const TARGET = ['target', 'classes', 'dn', 'scope', 'subtreeClasses', 'filter']

/** The node whose dialog is open. Its checks look at the fields; those of every other node at its settings. */
let edited: EditorNode | undefined

/** Ends what the open dialog waits for. */
let closing = new AbortController()

export function settingOf(node: EditorNode, setting: string): string {
  return node === edited ? valueIn(field(setting)) : textOf(node[setting])
}

/** The checks; where a target is needed, one that is missing is an error. */
export function targetChecks(
  isNeeded: (node: EditorNode) => boolean
): Readonly<Record<'classes' | 'dn' | 'subtreeClasses' | 'filter', Validator>> {
  const isMissing = (node: EditorNode, target: 'class' | 'mo'): boolean =>
    (settingOf(node, 'target') || 'class') === target && isNeeded(node)
  const checkClasses = checkEach('classes', isClassName, 'class')
  return {
    classes: validator((node, value, options) => {
      if (isEnv(value) || settingOf(node, 'target') === 'mo') return true
      if (listOf(value).length > 0) return checkClasses(node, value, options)
      return !isMissing(node, 'class') || wordOf(node, 'error.noClass')
    }),
    dn: validator((node, value, options) => {
      if (settingOf(node, 'target') === 'class') return true
      if (textOf(value).trim() !== '') return checkDn(node, value, options)
      return !isMissing(node, 'mo') || wordOf(node, 'error.noDn')
    }),
    subtreeClasses: validator(checkEach('subtreeClasses', isClassName, 'class')),
    filter: validator(checkFilter)
  }
}

/** What a node is called in the flow: its name, else what it asks for. */
export function labelOf(node: EditorNode): string {
  const asked = askedOf({
    target: node['target'],
    classes: node['classes'],
    dn: node['dn'],
    subtreeClasses: node['subtreeClasses']
  })
  return textOf(node['name']) || asked || wordOf(node, 'label.node')
}

/** Shows the fields that the chosen target has. Nothing that has an effect is hidden. */
function showTarget(node: EditorNode): void {
  const target = valueIn(field('target'))
  $(`.${node.type}-class`).toggle(target !== 'mo')
  $(`.${node.type}-mo`).toggle(target !== 'class')
  const isBelow = valueIn(field('scope')) !== 'self' || valueIn(field('subtreeClasses')) !== ''
  $(`.${node.type}-below`).toggle(isBelow)
}

/** When the dialog is open and its choices stand. */
export function prepareTarget(node: EditorNode): void {
  edited = node
  chooseOnlyApic(node)
  field('target')
    .add(field('scope'))
    .on('change', () => showTarget(node))
  showTarget(node)
  completeClasses(node, field('classes'))
  completeClasses(node, field('subtreeClasses'))
  completeDn(field('dn'))
  browseObjects(node)

  closing = new AbortController()
  const descriptions = new Descriptions(
    (apic, className, signal) => ask<MetadataAnswer>([apic, 'meta', className], { signal }),
    askableApic,
    closing.signal
  )
  for (const setting of ['classes', 'subtreeClasses']) {
    noteClasses(node, field(setting), $(`#${node.type}-${setting}-notes`), descriptions)
  }
  const [button, content] = [$(`#${node.type}-build`), $(`#${node.type}-builder`)]
  buildFilter({ button, content }, descriptions)
}

/** When what is in the dialog is to be kept. */
export function saveTarget(): void {
  // What the other target left behind would show in the label.
  if (valueIn(field('target')) === 'class') field('dn').val('')
  if (valueIn(field('target')) === 'mo') field('classes').val('')
  leaveTarget()
}

/** However the dialog ends. */
export function leaveTarget(): void {
  if (edited !== undefined) closePanels($(`.${edited.type}-form`))
  closing.abort()
  edited = undefined
}
