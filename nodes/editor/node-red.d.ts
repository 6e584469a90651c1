// What the dialogs use of Node-RED's editor: the global RED and its widgets, as read in its source (4.1.15 and 5.0.7).
// Only what both versions have belongs here.

/** A node as the editor knows it: its settings are properties, as they are stored. */
interface EditorNode {
  readonly id: string
  readonly type: string
  /** Text of the node type's catalogue, with `__name__` placeholders filled in. */
  _(key: string, values?: Readonly<Record<string, string | number>>): string
  [setting: string]: unknown
}

/**
 * Says whether a setting may be kept. It must be a function of two parameters: to others a text means "valid".
 * @returns true, or the reason why not, for people (parts of the editor show it as HTML)
 */
type Validator = (this: EditorNode, value: unknown, options: unknown) => true | string

interface Popover {
  readonly element: JQuery | undefined
  /** Text or, from a function, also elements; a plain string is taken for HTML, a function's string for text. */
  setContent(content: string | (() => string | JQuery | null)): Popover
  open(instant?: boolean): Popover
  close(instant?: boolean): Popover
}

interface PopoverOptions {
  readonly target: JQuery
  readonly content: string | JQuery | (() => string | JQuery | null)
  readonly trigger?: 'hover' | 'click' | 'modal' | 'manual'
  readonly direction?: 'top' | 'bottom' | 'left' | 'right' | 'inset'
  readonly size?: 'default' | 'small'
  readonly width?: number | 'auto'
  /** With a unit: `300px`. */
  readonly maxWidth?: string
  /** Milliseconds. */
  readonly delay?: { readonly show: number; readonly hide: number }
  readonly class?: string
}

interface Tooltip extends Omit<Popover, 'setContent'> {
  /** A tooltip's content is always text. */
  setContent(content: string): void
  delete(): void
}

interface MenuOption {
  /** A string is shown as text. */
  readonly label: string | JQuery
  readonly onselect?: () => void
}

interface Menu {
  show(options: { readonly target: JQuery; readonly align?: 'left' | 'right'; readonly dispose?: boolean }): void
  hide(cancelled?: boolean): void
}

interface Panel {
  readonly container: JQuery
  show(options: {
    readonly target: JQuery
    readonly align?: 'left' | 'right'
    readonly offset?: readonly [number, number]
    readonly dispose?: boolean
    /** Also called on Escape and on a click outside. */
    readonly onclose?: () => void
    readonly closeButton?: JQuery
  }): void
  hide(dispose?: boolean): void
}

interface TrayButton {
  readonly id?: string
  readonly text: string
  readonly class?: 'primary'
  readonly click: () => void
}

interface TrayOptions {
  /** Shown as HTML. */
  readonly title: string
  readonly width?: number
  readonly buttons: readonly TrayButton[]
  readonly resize?: (size: { readonly width: number }) => void
  /** Fills the tray and calls `done` when its content is there. A function of one parameter must be done at once. */
  readonly open: (tray: JQuery, done: () => void) => void
  readonly close?: () => void
  readonly show?: () => void
}

interface RedNodes {
  /** A node, or a configuration node, as it stands in the editor. */
  node(id: string): EditorNode | null
  eachConfig(visit: (node: EditorNode) => boolean): void
  /** Whether there is anything to deploy. */
  dirty(): boolean
  /** What is deployed, as far as this editor knows. */
  originalFlow(): readonly { readonly id: string }[] | undefined
}

interface RedEditor {
  /** Text of a catalogue; the editor's own when the key names none. */
  _(key: string, values?: Readonly<Record<string, string | number>>): string
  readonly i18n: {
    /** The editor's language as a tag: `en-US`, `de`. */
    lang(): string
  }
  readonly nodes: RedNodes
  readonly user: {
    /** Always, where nobody has to log in. */
    hasPermission(permission: string): boolean
  }
  readonly settings: {
    readonly apiRootUrl: string
    readonly context?: { readonly default: string; readonly stores: readonly string[] }
  }
  readonly popover: {
    create(options: PopoverOptions): Popover
    /** Shows the text as text when its target is hovered. */
    tooltip(target: JQuery, content: string): Tooltip
    menu(options: {
      readonly options: readonly MenuOption[]
      readonly width?: number
      readonly maxHeight?: number
      readonly class?: string
      readonly tabSelect?: boolean
      readonly onselect?: (option: MenuOption) => void
      readonly onclose?: (cancelled: boolean) => void
    }): Menu
    panel(content: JQuery): Panel
  }
  readonly tray: {
    show(options: TrayOptions): void
    close(done?: () => void): void
  }
  readonly clipboard: {
    /** By the old way, which pages without HTTPS have, too. Whether it did. */
    copyText(text: string): boolean
  }
  readonly notify: (message: string, type?: 'success' | 'warning' | 'error') => void
  readonly events: {
    on(name: string, handler: (...parameters: never[]) => void): void
    off(name: string, handler: (...parameters: never[]) => void): void
  }
}

declare const RED: RedEditor

interface EditableListOptions<Item> {
  readonly addButton?: boolean | string
  readonly height?: number | 'auto'
  /** `true`, or the selector of a handle. */
  readonly sortable?: boolean | string
  readonly removable?: boolean
  readonly addItem: (row: JQuery, index: number, item: Partial<Item>) => void
  readonly removeItem?: (item: Item) => void
  readonly sortItems?: (rows: JQuery) => void
  readonly filter?: (item: Item) => boolean
  readonly scrollOnAdd?: boolean
}

interface TypedInputType {
  readonly value: string
  readonly label?: string
  readonly icon?: string
  readonly hasValue?: boolean
  readonly options?: readonly (string | { readonly value: string; readonly label: string })[]
  readonly validate?: RegExp | ((value: string, options: unknown) => true | string)
  readonly autoComplete?: AutoCompleteSearch
}

interface Completion {
  readonly value: string
  /** A string is shown as text. */
  readonly label: string | JQuery
}

/** With two parameters it is asynchronous; the answer to anything but the newest search is dropped. It is not debounced. */
type AutoCompleteSearch =
  | ((value: string) => readonly Completion[])
  | ((value: string, done: (completions: readonly Completion[]) => void) => void)

interface TreeItem {
  readonly id?: string
  /** Shown as text. */
  readonly label?: string
  readonly sublabel?: string
  readonly icon?: string
  /** Instead of label and icon. */
  readonly element?: JQuery
  /** A function is called when it is first expanded; whoever wrote it puts an array in its place before `done`. */
  children?: TreeItem[] | ((done: (children: TreeItem[]) => void, item: TreeItem) => void)
  /** Nothing is built of its children before it is expanded. */
  readonly deferBuild?: boolean
  readonly expanded?: boolean
  readonly selected?: boolean
  readonly parent?: TreeItem
  /** Set by the tree when the item is in it. */
  readonly treeList?: {
    readonly container: JQuery
    readonly label: JQuery
    /** The list of its children, when it has been expanded. */
    readonly childList?: JQuery
    expand(done?: () => void): void
    collapse(): void
    /** Adds one to `children` and, if it has been expanded, to what is shown. */
    addChild(item: TreeItem): void
    remove(): void
  }
}

interface JQuery {
  editableList<Item>(options: EditableListOptions<Item>): JQuery
  editableList(method: 'addItem', item: object): JQuery
  editableList(method: 'empty' | 'items'): JQuery
  editableList(method: 'length'): number

  typedInput(options: { readonly default?: string; readonly types: readonly (string | TypedInputType)[] }): JQuery
  typedInput(method: 'type' | 'value', value: string): JQuery
  typedInput(method: 'type' | 'value'): string
  typedInput(method: 'validate'): boolean

  /** Enter and Tab take the first row without a change event. */
  autoComplete(options: { readonly minLength?: number; readonly search: AutoCompleteSearch } | 'destroy'): JQuery

  /**
   * Events: `treelistselect` and `treelistconfirm`, each with the item; the first also without one, when the data is set.
   * An item with children is never confirmed: Enter and a double click expand or collapse it.
   */
  treeList(options: { readonly data: readonly TreeItem[]; readonly autoSelect?: boolean }): JQuery
  treeList(method: 'data', items: readonly TreeItem[]): void
  treeList(method: 'selected'): TreeItem | undefined
  treeList(method: 'filter', filter: ((item: TreeItem) => boolean) | null): number
  /** Selects an item, and gives it the focus; without the event when that is not to be triggered. */
  treeList(method: 'select', item: TreeItem, isTriggering: boolean): void
  /** Scrolls to an item. */
  treeList(method: 'reveal', item: TreeItem): void
  treeList(method: 'show', item: TreeItem | string, done?: () => void): void

  searchBox(options: { readonly minimumLength?: number; readonly delay?: number; readonly change?: () => void }): JQuery
  searchBox(method: 'value'): string
  searchBox(method: 'value' | 'count', text: string): void

  /** Fills in texts by the `data-i18n` attributes below. */
  i18n(): JQuery
}
