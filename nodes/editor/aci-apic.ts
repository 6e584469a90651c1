// The dialog of aci-apic: a fabric's controllers and how to log in, and the checks of its settings.

import type { TestRequest } from '../admin/answers'
import { RANGES, type NumberRange } from '../apic/protocol/grammar'
import { wordOf } from './texts'
import { prepareTest, type ConnectionDialog } from './connection/connection-test'
import { choose, configIn, mark, nameFields, reasonAt, valueIn } from './widgets/fields'
import { prepareDomains } from './connection/login-domains'
import { validator } from './settings/validator'
import { isEnv, listOf, textOf } from './values'

type NumberSetting = keyof typeof RANGES

const NUMBERS = Object.keys(RANGES) as NumberSetting[]

/** The URL that a controller's text means: a bare host is reached by https. Undefined for what is no controller. */
function urlOf(text: string): URL | undefined {
  try {
    const url = new URL(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`)
    const isBase = url.pathname === '/' && !url.search && !url.hash && !url.username && !url.password
    return isBase && /^https?:$/.test(url.protocol) ? url : undefined
  } catch {
    return undefined
  }
}

function isController(text: string): boolean {
  return isEnv(text) || urlOf(text) !== undefined
}

/** SHA-256, with colons or without. */
function isFingerprint(text: string): boolean {
  return /^(?:sha-?256[:=])?(?:[0-9a-f]{2}:?){31}[0-9a-f]{2}$/i.test(text)
}

function checkNumber(setting: NumberSetting, node: EditorNode, value: unknown): true | string {
  const { min, max, orZero = false }: NumberRange = RANGES[setting]
  if (value === undefined || isEnv(value)) return true
  const number = textOf(value).trim() === '' ? NaN : Number(value)
  if ((number >= min && number <= max) || (orZero && number === 0)) return true
  const name = wordOf(node, `label.${setting}`)
  return wordOf(node, `error.${orZero ? 'rangeOrZero' : 'range'}`, { name, min, max })
}

/** Whether the open dialog says that requests are signed. */
function isSigning(): boolean {
  return valueIn($('#node-config-input-auth')) === 'certificate'
}

const checks = {
  controllers: validator((node, value) => {
    const controllers = listOf(value)
    if (controllers.length === 0) return wordOf(node, 'error.noController')
    return controllers.every(isController) || wordOf(node, 'error.controller')
  }),
  requestTimeout: validator((node, value) => checkNumber('requestTimeout', node, value)),
  heartbeat: validator((node, value) => checkNumber('heartbeat', node, value)),
  refreshTimeout: validator((node, value) => checkNumber('refreshTimeout', node, value)),
  auditInterval: validator((node, value) => checkNumber('auditInterval', node, value)),
  fingerprint: validator((node, value) => {
    const isRight = listOf(value).every((text) => isEnv(text) || isFingerprint(text))
    return isRight || wordOf(node, 'error.fingerprint', { name: wordOf(node, 'label.fingerprint') })
  }),

  // Credentials are checked in the dialog alone: elsewhere the editor does not know them.
  username: validator((node, value) => {
    const isNamed = isSigning() && valueIn($('#node-config-input-certificateName')).includes('/')
    return value !== '' || isNamed || wordOf(node, 'error.noUsername')
  }),
  password: validator((node, value) => value !== '' || isSigning() || wordOf(node, 'error.noPassword')),
  certificateName: validator((node, value) => value !== '' || !isSigning() || wordOf(node, 'error.noCertificateName'))
}

/** What a node is called: its name, or its first controller. */
function label(node: EditorNode): string {
  const first = listOf(node['controllers'])[0] ?? ''
  const shown = isEnv(first) ? first : (urlOf(first)?.host ?? first)
  return textOf(node['name']) || shown || wordOf(node, 'label.node')
}

/** What stands in the rows of the list of controllers, a line each. */
function typedControllers(): string[] {
  return listOf(
    $('#node-config-input-controllers-list input')
      .toArray()
      .map((field) => (field as HTMLInputElement).value)
  )
}

function prepareControllers(node: EditorNode): void {
  const rows = $('#node-config-input-controllers-list')

  function check(): void {
    const isEmpty = typedControllers().length === 0
    rows.find('input').each((index, element) => {
      const field = $(element)
      const isWrong = !listOf(valueIn(field)).every(isController)
      const reason = isEmpty && index === 0 ? 'noController' : isWrong ? 'controller' : undefined
      mark(field, reason === undefined ? '' : wordOf(node, `error.${reason}`))
    })
  }

  /** The list itself is no field that would say so. */
  function changed(): void {
    check()
    rows.trigger('change')
  }

  rows.editableList<{ readonly controller: string }>({
    addButton: wordOf(node, 'label.add'),
    sortable: true,
    removable: true,
    height: 'auto',
    addItem(row, _index, { controller }) {
      const field = $('<input type="text" spellcheck="false" autocomplete="off">')
        .attr({
          placeholder: wordOf(node, 'placeholder.controller'),
          'aria-label': wordOf(node, 'label.controller')
        })
        .val(controller ?? '')
        .on('input change', check)
        .appendTo(row)
      if (controller === undefined) field.trigger('focus')
      check()
    },
    removeItem: changed,
    sortItems: changed
  })
  const controllers = listOf(node['controllers'])
  if (controllers.length === 0) controllers.push('')
  for (const controller of controllers) rows.editableList('addItem', { controller })
}

/**
 * A private key has several lines, which a password field would join. It is pasted into a text area that never shows a
 * stored one; the hidden field is the credential that the editor saves.
 */
function preparePrivateKey(node: EditorNode): void {
  const key = $('#node-config-input-privateKey')
  const text = $('#aci-apic-pem')
  const removal = $('#aci-apic-pem-remove')
  const file = $('#aci-apic-pem-file')
  const stored = valueIn(key)

  function check(): void {
    const typed = valueIn(text).trim()
    const isKey =
      typed === '' ||
      isEnv(typed) ||
      /^-----BEGIN [A-Z ]*PRIVATE KEY-----[^]+-----END [A-Z ]*PRIVATE KEY-----$/.test(typed)
    const isMissing = isSigning() && valueIn(key) === ''
    mark(text, isMissing ? wordOf(node, 'error.noKey') : isKey ? '' : wordOf(node, 'error.key'))
  }

  function show(): void {
    const hasKey = valueIn(key) !== ''
    text.attr('placeholder', wordOf(node, `placeholder.${hasKey ? 'keyStored' : 'key'}`))
    removal.toggle(hasKey)
    check()
  }

  function set(value: string): void {
    key.val(value).trigger('change')
    show()
  }

  text.on('input', () => set(valueIn(text).trim() || stored))
  removal.on('click', () => {
    text.val('')
    set('')
    text.trigger('focus')
  })
  $('#aci-apic-pem-upload').on('click', () => file.trigger('click'))
  file.on('change', () => {
    const chosen = (file.get(0) as HTMLInputElement | undefined)?.files?.[0]
    void chosen?.text().then((pem) => text.val(pem).trigger('input'))
    // Choosing the same file again shall be a change, too.
    file.val('')
  })
  $('#node-config-input-auth').on('change', check)
  show()
}

function field(name: string): JQuery {
  return $(name === 'privateKey' ? '#aci-apic-pem' : `#node-config-input-${name}`)
}

/** Credentials that say who logs in, and the secrets of each way to do so; no other secret needs to be sent. */
const WHO = ['username', 'certificateName'] as const
const SECRETS = { password: ['password'], certificate: ['privateKey', 'passphrase'] } as const

function place(node: EditorNode): TestRequest {
  return {
    id: node.id,
    controllers: typedControllers(),
    tls: configIn(field('tls')),
    fingerprint: valueIn(field('fingerprint')),
    legacyTls: field('legacyTls').prop('checked') === true,
    requestTimeout: valueIn(field('requestTimeout'))
  }
}

/** What the dialog says. The editor has `__PWRD__` for a secret that it does not know. */
function request(node: EditorNode): TestRequest {
  const names = [...WHO, ...SECRETS[isSigning() ? 'certificate' : 'password']]
  return {
    ...place(node),
    auth: valueIn(field('auth')),
    domain: valueIn(field('domain')),
    credentials: Object.fromEntries(names.map((name) => [name, valueIn($(`#node-config-input-${name}`))]))
  }
}

const CHECKED = ['username', 'password', 'certificateName', 'requestTimeout', 'fingerprint'] as const

/** Marks a field that is wrong as the editor does when it is left, and takes the mark away when it is right. */
function check(node: EditorNode, name: (typeof CHECKED)[number]): void {
  const verdict = checks[name].call(node, valueIn(field(name)), {})
  mark(field(name), verdict === true ? '' : verdict)
}

/** Fields of what is to be tried that are wrong as they are. Rows and the key are always marked as they should be. */
function flawed(node: EditorNode, needed: 'controllers' | 'all'): JQuery[] {
  const checked = needed === 'all' ? CHECKED : (['requestTimeout', 'fingerprint'] as const)
  for (const name of checked) check(node, name)
  const rows = $('#node-config-input-controllers-list input')
    .toArray()
    .map((row) => $(row))
  const others = [...checked, ...(needed === 'all' ? ['privateKey'] : [])].map(field)
  return [...rows, ...others].filter((each) => each.is('.input-error'))
}

/** Given when the open dialog closes. */
let closing = new AbortController()

function prepare(node: EditorNode): void {
  nameFields($('.aci-apic-form'))

  const auth = $('#node-config-input-auth')
  choose(auth, node['auth'])

  function showFields(): void {
    $('.aci-apic-password').toggle(valueIn(auth) !== 'certificate')
    $('.aci-apic-certificate').toggle(valueIn(auth) !== 'password')
  }
  auth.on('change', showFields)
  showFields()

  // The editor starts a new configuration without the defaults that are 0, and one written by hand may lack others.
  for (const setting of NUMBERS) {
    if (node[setting] !== undefined) continue
    node[setting] = RANGES[setting].fallback
    $(`#node-config-input-${setting}`).val(RANGES[setting].fallback)
  }
  const isUsual = NUMBERS.every((setting) => textOf(node[setting]) === String(RANGES[setting].fallback))
  const isPinned = textOf(node['fingerprint']) !== '' || node['legacyTls'] === true
  $('.aci-apic-form details').prop('open', !isUsual || isPinned)

  prepareControllers(node)
  preparePrivateKey(node)

  // The marks say what is wrong, which another field may put right.
  $('.aci-apic-form').on('input change', () => {
    for (const name of CHECKED) if (reasonAt(field(name)) !== '') check(node, name)
  })

  closing = new AbortController()
  const dialog: ConnectionDialog = {
    node,
    form: $('.aci-apic-form'),
    closed: closing.signal,
    place: () => place(node),
    request: () => request(node),
    flawed: (needed) => flawed(node, needed),
    field
  }
  prepareTest(dialog)
  prepareDomains(dialog)
}

/** However the dialog ends. */
function leave(): void {
  closing.abort()
}

function save(node: EditorNode): void {
  leave()
  const controllers = typedControllers()
  const [only] = controllers
  node['controllers'] = controllers.length === 1 && isEnv(only) ? only : controllers
}

export const aciApic = { checks, label, prepare, save, leave }
