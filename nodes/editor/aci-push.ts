// The dialog of aci-push: what is done with the objects that messages bring, and where.

import { chooseOnlyApic } from './routes/apic-field'
import { checkDn } from './settings/checks'
import { wordOf } from './texts'
import { completeDn } from './completion'
import { choose, field, nameFields, valueIn } from './widgets/fields'
import { browseObjects } from './object-browser'
import { closePanels } from './widgets/panel'
import { validator } from './settings/validator'
import { textOf } from './values'

const ACTIONS: readonly string[] = ['post', 'delete', 'preview']

const checks = { dn: validator(checkDn) }

function label(node: EditorNode): string {
  const action = textOf(node['action'])
  const word = action === 'delete' ? 'nodeDelete' : action === 'preview' ? 'nodePreview' : 'node'
  return textOf(node['name']) || wordOf(node, `label.${word}`)
}

function outputLabel(node: EditorNode): string {
  return wordOf(node, `port.${node['action'] === 'preview' ? 'preview' : 'results'}`)
}

function prepare(node: EditorNode): void {
  nameFields($('.aci-push-form'))
  chooseOnlyApic(node)
  const action = field('action')
  choose(action, node['action'])
  completeDn(field('dn'))
  browseObjects(node)

  function showAction(): void {
    const chosen = valueIn(action)
    $('#aci-push-action-hint').text(ACTIONS.includes(chosen) ? wordOf(node, `hint.${chosen}`) : '')
    $('.aci-push-writes').toggle(chosen !== 'preview')
    // What has an effect is not to be hidden.
    $('.aci-push-force').toggle(chosen !== 'post' || field('force').prop('checked') === true)
  }
  action.on('change', showAction)
  showAction()
}

/** However the dialog ends. */
function leave(): void {
  closePanels($('.aci-push-form'))
}

export const aciPush = { checks, label, outputLabel, prepare, leave }
