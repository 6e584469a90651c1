// The object browser: a button behind a field for a DN unfolds a tree of the live fabric, from which the DN is chosen.

import type { ChildrenAnswer } from '../../admin/answers'
import { flawOfDn } from '../../apic/protocol/grammar'
import { askApic } from '../routes/apic-field'
import { known } from '../classes/knowledge'
import { iconButton, nameButton } from '../widgets/buttons'
import { field, listen, valueIn } from '../widgets/fields'
import { shortDn } from '../settings/node-label'
import { panel } from '../widgets/panel'
import { commonWord, numberWord } from '../texts'
import { isEnv } from '../values'
import type { AskChildren, Level } from './level'
import { ObjectTree } from './tree'

/** Where one begins who has nothing yet: most of what people watch is below it. */
const USUAL_ROOT = 'uni'

/** Pause in typing, ms, after which a filter is asked for. */
const PAUSE = 300

const askChildren: AskChildren = (query, signal) =>
  askApic<ChildrenAnswer>(['children'], { query: { ...query }, signal })

/** Gives the field for a DN of a node's dialog its browser. */
export function browseObjects(node: EditorNode): void {
  const input = field('dn')
  const button = $(`#${node.type}-browse`)
  nameButton(button, commonWord('browse.open'))

  const browser = panel(button, $(`#${node.type}-browser`), (signal) => {
    const { content } = browser
    content.empty()
    let tree: ObjectTree | undefined
    let filtered: Level | undefined
    /** Ends the tree before. */
    let end = new AbortController()
    signal.addEventListener('abort', () => end.abort())

    const head = $('<div class="aci-tree-head">').appendTo(content)
    const filter = $('<input type="text" spellcheck="false" autocomplete="off">').appendTo(head)
    const again = iconButton('fa-refresh', commonWord('browse.reload')).appendTo(head)
    const notice = $('<div class="aci-hint aci-line aci-warning" role="status">').appendTo(content)
    const count = $('<div class="aci-hint aci-line aci-tree-count" role="status">').appendTo(content)
    const place = $('<div>').appendTo(content)

    filter.on('keydown', (event) => {
      // Only what is typed is taken back; the panel stays.
      if (event.key === 'Escape' && valueIn(filter) !== '') event.stopPropagation()
      if (event.key === 'ArrowDown') {
        event.preventDefault()
        tree?.element.trigger('focus')
      }
    })
    filter.searchBox({
      delay: PAUSE,
      change: () => {
        const text = valueIn(filter).trim()
        if (tree !== undefined && filtered !== undefined && filtered.filter !== text && !signal.aborted) {
          void tree.look(filtered, text)
        }
      }
    })
    filter.on('input', () => filter.searchBox('value', valueIn(filter)))
    head.find('.red-ui-searchBox-clear').attr('aria-label', commonWord('browse.clear'))

    function say(): void {
      if (tree === undefined) return
      const { level } = tree
      if (level !== filtered) {
        filtered = level
        filter.searchBox('value', level.filter)
        const words =
          level.dn === '' ? commonWord('browse.filter') : commonWord('browse.filterBelow', { dn: shortDn(level.dn) })
        filter.attr({ placeholder: words, 'aria-label': words })
      }
      count.text(countOf(level))
    }

    function begin(dn: string, isReload: boolean): ObjectTree {
      end.abort()
      end = new AbortController()
      const hasFocus = tree?.element.is(':focus') === true
      place.empty()
      notice.text('')
      const made = new ObjectTree(place, {
        ask: askChildren,
        isClass: (text) => known().catalogue.find(text) !== undefined,
        isReload,
        chosen: ({ dn: chosen }, isFinal) => {
          input.val(chosen).trigger('change')
          if (isFinal) leave()
        },
        restart: () => begin(startOf(valueIn(input)), false),
        changed: say,
        signal: end.signal
      })
      made.element.attr('aria-label', commonWord('browse.tree'))
      tree = made
      if (hasFocus) made.element.trigger('focus')
      say()
      made.open(dn === '' ? USUAL_ROOT : dn).then(
        (missing) => {
          if (dn === '') return
          if (missing !== undefined) notice.text(commonWord('browse.notFound', { dn: missing }))
          else if (made.dn === startOf(valueIn(input))) made.mark()
        },
        (thrown: unknown) => notice.text(thrown instanceof Error ? thrown.message : String(thrown))
      )
      return made
    }

    function leave(): void {
      browser.close()
      const { length } = valueIn(input)
      input.trigger('focus').prop({ selectionStart: length, selectionEnd: length })
    }

    again.on('click', () => begin(tree?.dn ?? '', true))
    const change = (): ObjectTree => begin(startOf(valueIn(input)), false)
    listen(field('apic'), 'change', change, signal)
    change().element.trigger('focus')
  })
}

/** The DN that a field leads to, perhaps one that is still typed; empty where that is unknown. */
function startOf(text: string): string {
  const dn = text.trim().replace(/\/$/, '')
  return isEnv(dn) || flawOfDn(dn) !== undefined ? '' : dn
}

function countOf(level: Level): string {
  const { dn, filter, total, totalOfAll } = level
  if (level.isAsking) return commonWord('browse.asking')
  if (dn === '' || total === undefined) return ''
  if (filter === '') return commonWord('browse.count', { dn: shortDn(dn), total: numberWord(total) })
  const share = totalOfAll === undefined ? numberWord(total) : `${numberWord(total)} / ${numberWord(totalOfAll)}`
  return commonWord('browse.matching', { dn: shortDn(dn), share })
}
