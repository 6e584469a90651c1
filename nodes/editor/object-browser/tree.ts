// The tree of a fabric's objects, by the editor's own widget: read level by level, used by mouse or keyboard.

import type { ChildAnswer } from '../../admin/answers'
import { joinDn, splitDn } from '../dn'
import { Level, type AskChildren } from './level'
import { objectElement, remarkElement, type ObjectRow, type Row } from './row'

const LABEL = '.red-ui-treeList-label'
/** The widget's element around a label and the list below it. */
const CONTENT = '.red-ui-editableList-item-content'
const ROW = '.aci-tree-row'

const MOVES = ['ArrowDown', 'ArrowUp', 'ArrowLeft', 'ArrowRight', 'Home', 'End']

export interface TreeOptions {
  readonly ask: AskChildren
  /** Whether a text is the name of a class. */
  readonly isClass: (text: string) => boolean
  /** Whether the APIC itself is asked, whatever was read a moment ago. */
  readonly isReload: boolean
  /** An object is chosen; for good, if `isFinal`. */
  readonly chosen: (object: ChildAnswer, isFinal: boolean) => void
  /** Nothing could be read, and it is to be tried anew. */
  readonly restart: () => void
  /** Another row has the focus, or there is something else to say of a level. */
  readonly changed: () => void
  readonly signal: AbortSignal
}

/** A level as it is shown. */
interface Shown {
  readonly level: Level
  /** What it is below; undefined at the top. */
  readonly above: ObjectRow | undefined
  rows: readonly Row[]
}

export class ObjectTree {
  readonly element = $('<div class="aci-tree" role="tree">')
  private readonly top: Shown
  private readonly below = new Map<ObjectRow, Shown>()
  /** The user is moving in it: keep the focus. */
  private isUsed = false
  private chosen: ObjectRow | undefined
  private announced = ''

  /** Adds the tree to a place. It reads nothing before it is opened. */
  constructor(
    place: JQuery,
    private readonly options: TreeOptions
  ) {
    const { element } = this
    // Before the widget's own.
    element.on('keydown', (event) => this.press(event))
    element.appendTo(place).treeList({ data: [], autoSelect: false })
    element.on('treelistselect', (_event, item?: TreeItem) => {
      const row = rowOf(item?.element)
      if (row === undefined) return
      this.take(row, false)
      if ('object' in row) row.item.treeList?.expand()
    })
    element.on('mousedown', () => (this.isUsed = true))
    element.on('dblclick', ROW, ({ currentTarget }: { currentTarget: HTMLElement }) => {
      const row = rowOf($(currentTarget))
      if (row !== undefined && 'object' in row) options.chosen(row.object, true)
    })
    const observer = new MutationObserver((changes) => this.follow(changes))
    const watched = { attributes: true, attributeFilter: ['class'], subtree: true }
    for (const root of element.toArray()) observer.observe(root, watched)
    options.signal.addEventListener('abort', () => observer.disconnect())
    this.top = this.make('', undefined)
  }

  /**
   * The level that a filter is for: what is below the object that has the focus or, if there is nothing, the level that
   * the object stands in.
   */
  get level(): Level {
    const row = this.focused
    if (row === undefined) return this.top.level
    if (!('object' in row)) return row.level
    const { level } = this.shownBelow(row)
    return level.isEmpty ? row.level : level
  }

  /** The DN of the object that has the focus; empty if none has. */
  get dn(): string {
    const row = this.focused
    if (row === undefined) return ''
    return 'object' in row ? row.object.dn : row.level.dn
  }

  /**
   * Reads the tree from the top down to an object, which has the focus then, or the last one above it that is there. One
   * at the top is expanded.
   * @returns the DN that is not there, if one is not
   * @throws Error, with the reason in words
   */
  async open(dn: string): Promise<string | undefined> {
    await this.read(this.top)
    const rns = splitDn(dn)
    let shown = this.top
    for (let depth = 1; depth <= rns.length; depth += 1) {
      const next = joinDn(rns.slice(0, depth))
      // What could not be read says so itself.
      if (shown.level.total === undefined || this.isUsed) return undefined
      await shown.level.find(next)
      const row = shown.rows.find((each): each is ObjectRow => 'object' in each && each.object.dn === next)
      if (row === undefined) return next
      this.focus(row)
      if (depth < rns.length || depth === 1) {
        shown = this.shownBelow(row)
        await this.expand(shown)
        this.focus(row)
      }
    }
    return undefined
  }

  /** Marks the object that has the focus as the one that is chosen already. */
  mark(): void {
    const row = this.focused
    if (row !== undefined && 'object' in row) this.choose(row)
  }

  /** Shows of a level only what has a text somewhere, or all of it again. */
  async look(level: Level, filter: string): Promise<void> {
    const above = [...this.below.values()].find((shown) => shown.level === level)?.above
    const { focused } = this
    // What takes the place of a remark would have the focus, and so the filter.
    if (above !== undefined && focused?.level === level && 'remark' in focused) this.focus(above)
    const read = level.look(filter)
    above?.item.treeList?.expand()
    await read
  }

  // --- levels and their rows ---

  private make(dn: string, above: ObjectRow | undefined): Shown {
    const level = new Level(dn, this.options.ask, this.options.isClass, (isNew) => this.show(shown, isNew))
    const shown: Shown = { level, above, rows: [] }
    this.options.signal.addEventListener('abort', () => level.cut())
    return shown
  }

  private shownBelow(row: ObjectRow): Shown {
    const known = this.below.get(row)
    if (known !== undefined) return known
    const made = this.make(row.object.dn, row)
    this.below.set(row, made)
    return made
  }

  private read({ level }: Shown): Promise<void> {
    return level.read({ isReload: this.options.isReload })
  }

  private async expand(shown: Shown): Promise<void> {
    const reading = this.read(shown)
    const { treeList } = shown.above?.item ?? {}
    treeList?.expand()
    // While it slides open nothing in it can be scrolled to.
    treeList?.childList?.finish()
    await reading
  }

  /** The widget expands an object for the first time. */
  private expanded(row: ObjectRow): void {
    const shown = this.shownBelow(row)
    if (shown.level.isNew) void this.read(shown)
    else this.show(shown, true)
  }

  private show(shown: Shown, isNew: boolean): void {
    const { level, above } = shown
    const list = above?.item.treeList?.childList
    // It is not to be seen yet.
    if (above !== undefined && list === undefined) return

    const focused = this.focused
    const kept = isNew || above === undefined ? [] : shown.rows.filter((row) => 'object' in row)
    const isOnRemark = focused !== undefined && 'remark' in focused && focused.level === level
    const had = new Set(kept.map(({ object }) => object.dn))
    const depth = splitDn(level.dn).length
    const added: Row[] = [
      ...level.objects.filter(({ dn }) => !had.has(dn)).map((object) => this.objectRow(object, level, depth)),
      ...level.remarks.map((remark) => remarkRow(remark, level, depth))
    ]

    if (above === undefined)
      this.element.treeList(
        'data',
        added.map(({ item }) => item)
      )
    else {
      if (kept.length === 0) {
        list?.editableList('empty')
        above.item.children = []
      } else for (const row of shown.rows) if (!('object' in row)) row.item.treeList?.remove()
      for (const { item } of added) above.item.treeList?.addChild(item)
    }
    // The versions of the widget differ in when a click collapses. Here it never does: one may want to choose what is open.
    for (const { item } of added) item.treeList?.label.off('click.red-ui-treeList-expand')
    shown.rows = [...kept, ...added]
    // To who hears it, the items are the tree's, whatever lists they are in.
    this.element.find('ol, li').attr('role', 'none')

    // The row that replaces the focused one gets the focus, or else its parent.
    const successor = isOnRemark ? added[0] : above
    if (focused !== undefined && this.focused === undefined && successor !== undefined) this.focus(successor)
    this.options.changed()
  }

  private objectRow(object: ChildAnswer, level: Level, depth: number): ObjectRow {
    const element = objectElement(object, depth)
    const item: TreeItem = {
      element,
      children: (done) => {
        item.children = []
        done(item.children)
        this.expanded(row)
      }
    }
    const row: ObjectRow = { object, item, level }
    element.data('row', row)
    return row
  }

  // --- what is done with them ---

  private get focused(): Row | undefined {
    return rowOf(this.element.find(`${LABEL}.focus ${ROW}`))
  }

  private focus(row: Row): void {
    this.element.find('.focus').removeClass('focus')
    row.item.treeList?.label.addClass('focus')
    this.element.treeList('reveal', row.item)
  }

  private choose(row: ObjectRow): void {
    this.chosen = row
    this.element.treeList('select', row.item, false)
  }

  private press(event: JQuery.KeyDownEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return
    const isChoosing = event.key === 'Enter' || event.key === ' '
    if (!isChoosing && !MOVES.includes(event.key)) return
    this.isUsed = true
    const row = this.focused
    // The widget takes for granted that something has the focus.
    const isWidgets = row !== undefined && !isChoosing && !['Home', 'End'].includes(event.key)
    if (isWidgets) return
    event.preventDefault()
    event.stopImmediatePropagation()
    if (isChoosing) {
      if (row !== undefined) this.take(row, event.key === 'Enter')
      return
    }
    const labels = this.element.find(`${LABEL}:visible`)
    const next = rowOf((event.key === 'End' ? labels.last() : labels.first()).find(ROW))
    if (next !== undefined) this.focus(next)
  }

  /** A row is clicked, or Space is pressed on it; or Enter, which is final. */
  private take(row: Row, isFinal: boolean): void {
    if ('object' in row) {
      this.choose(row)
      this.options.chosen(row.object, isFinal)
      return
    }
    // A remark is not chosen.
    if (this.chosen !== undefined) this.element.treeList('select', this.chosen.item, false)
    this.focus(row)
    const { kind } = row.remark
    if (kind === 'failed' && row.level === this.top.level) this.options.restart()
    else if (kind === 'more' || kind === 'failed') void row.level.readOn()
  }

  /** Gives screen readers the state that the widget shows. */
  private follow(changes: readonly MutationRecord[]): void {
    for (const { target } of changes) {
      const changed = $(target as HTMLElement)
      if (changed.is(LABEL)) changed.find(ROW).attr('aria-selected', String(changed.hasClass('selected')))
      if (changed.is(CONTENT)) {
        const row = changed.children(LABEL).find(`${ROW}[aria-expanded]`)
        row.attr('aria-expanded', String(changed.hasClass('expanded')))
      }
    }
    const id = this.focused?.item.element?.attr('id') ?? ''
    if (id === this.announced) return
    this.announced = id
    this.element.attr('aria-activedescendant', id)
    this.options.changed()
  }
}

function rowOf(element: JQuery | undefined): Row | undefined {
  return element?.data('row') as Row | undefined
}

function remarkRow(remark: Extract<Row, { remark: unknown }>['remark'], level: Level, depth: number): Row {
  const element = remarkElement(remark, depth)
  const row: Row = { remark, item: { element }, level }
  element.data('row', row)
  return row
}
