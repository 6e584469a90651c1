// A row of the tree: an object of the fabric, or what is to be said of a level. All of it is text, whoever named the object.

import type { ChildAnswer } from '../../admin/answers'
import { known } from '../classes/knowledge'
import { commonWord, numberWord } from '../texts'
import { symbol } from '../widgets/buttons'
import { iconOf } from './icons'
import type { Level, Remark } from './level'

/** What has a row in the tree. */
export type Row = ObjectRow | RemarkRow

export interface ObjectRow {
  readonly object: ChildAnswer
  readonly item: TreeItem
  /** The level that it stands in. */
  readonly level: Level
}

export interface RemarkRow {
  readonly remark: Remark
  readonly item: TreeItem
  readonly level: Level
}

let rows = 0

function part(name: string, text: string, title = ''): JQuery {
  const made = $('<span>').addClass(`aci-tree-${name}`).text(text)
  return title === '' ? made : made.attr('title', title)
}

function icon(name: string): JQuery {
  return symbol(name).addClass('fa-fw')
}

/** The element of a row, which is an item of the tree also for those who hear it. */
function element(depth: number, ...parts: readonly JQuery[]): JQuery {
  rows += 1
  return $('<div class="aci-tree-row" role="treeitem">')
    .attr({ id: `aci-tree-row-${rows}`, 'aria-level': depth + 1, 'aria-selected': 'false' })
    .append(...parts)
}

/** The row of an object. Its item has no children yet that the tree could ask for. */
export function objectElement(object: ChildAnswer, depth: number): JQuery {
  return element(
    depth,
    icon(iconOf(object.class)),
    part('name', object.name === '' ? object.rn : object.name, object.dn),
    part('class', object.class, known().catalogue.find(object.class)?.label),
    part('descr', object.descr, object.descr)
  ).attr('aria-expanded', 'false')
}

export function remarkElement(remark: Remark, depth: number): JQuery {
  switch (remark.kind) {
    case 'asking':
      return element(depth, icon('fa-spinner fa-pulse'), part('remark', commonWord('browse.asking')))
    case 'failed':
      return element(
        depth,
        icon('fa-times-circle').addClass('aci-sign-failed'),
        part('remark', remark.reason).attr('role', 'alert'),
        part('action', commonWord('browse.retry'))
      )
    case 'more': {
      const values = { shown: numberWord(remark.shown), total: numberWord(remark.total) }
      return element(depth, icon('fa-angle-double-down'), part('action', commonWord('browse.more', values)))
    }
    case 'cut':
      return element(depth, icon('fa-info-circle'), part('remark', commonWord('browse.cut')))
    case 'none':
      return element(depth, icon(''), part('remark', commonWord('browse.none')))
    case 'unmatched':
      return element(depth, icon(''), part('remark', commonWord('browse.unmatched')))
    case 'gone':
      return element(depth, icon('fa-info-circle'), part('remark', commonWord('browse.gone')))
  }
}
