// Node-RED's editor as a person uses it: by mouse and keyboard, and by what can be seen.

import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core'
import { majorVersion, type NodeRed } from './node-red'

/** What a test waits for has to come within this time, ms: only a failing test ever waits so long. */
const PATIENCE = 15_000
/** After this time, ms, a person would click again. */
const PATIENT_CLICK = 3_000

export interface EditorOptions {
  readonly dark?: boolean
  readonly width?: number
  readonly height?: number
  /** Pixels of a picture per pixel of the page. */
  readonly scale?: number
  /** As the browser prefers it. */
  readonly language?: string
  /** Logs in as this user, where one must. */
  readonly user?: string
}

/** Node-RED 4 has no dark theme of its own: people install this one. */
const THEME = join(
  dirname(require.resolve('@node-red-contrib-themes/theme-collection/package.json')),
  'themes/dark/dark.min.css'
)

/** This package's folder in the tree of examples. */
const OUR_EXAMPLES = '.red-ui-treeList-label:has-text("@aci-flow/node-red-aci")'

export class Editor {
  /** Whatever the page complained of: errors of scripts, of the console, answers that are none. */
  readonly complaints: string[] = []
  private readonly refusals: RegExp[] = []

  private constructor(
    private readonly context: BrowserContext,
    readonly page: Page
  ) {
    page.on('pageerror', (error) => this.complaints.push(`page error: ${error.stack ?? error.message}`))
    page.on('console', (message) => {
      const { url } = message.location()
      const text = `${message.text()} (${url})`
      // The browser itself reports an answer of 400 or more in this way, too.
      if (text.startsWith('Failed to load resource') && this.refusals.some((address) => address.test(url))) return
      if (['error', 'warning', 'assert'].includes(message.type())) this.complaints.push(`console: ${text}`)
      // Node-RED tells of a check that throws, and of a html it cannot take in, without calling it an error.
      else if (/^Validation error|^\[\S+\] \w*Error/.test(text)) this.complaints.push(`console: ${text}`)
    })
    page.on('requestfailed', (request) => {
      const { pathname } = new URL(request.url())
      const reason = request.failure()?.errorText ?? ''
      // Left open, and cut when the page is left; and what a dialog asked for is cut when it is closed.
      if (pathname.endsWith('/comms') || (pathname.includes('/aci-apic/') && reason === 'net::ERR_ABORTED')) return
      this.complaints.push(`request: ${request.url()} ${reason}`)
    })
  }

  /** Opens the editor in a browser that has never seen it. */
  static async open(browser: Browser, nodeRed: NodeRed, options: EditorOptions = {}): Promise<Editor> {
    const { dark = false, width = 1280, height = 800, scale = 1, language = 'en-US', user } = options
    const context = await browser.newContext({
      viewport: { width, height },
      deviceScaleFactor: scale,
      locale: language,
      timezoneId: 'UTC'
    })
    context.setDefaultTimeout(PATIENCE)
    // What is evaluated in the page was compiled for the tests, which name their functions by this helper.
    await context.addInitScript('globalThis.__name = (target) => target')
    const isDarkBuiltIn = majorVersion() >= 5
    if (dark && isDarkBuiltIn) {
      await context.addInitScript(() => window.localStorage.setItem('view-dark-theme', 'dark'))
    }
    const editor = new Editor(context, await context.newPage())
    await editor.page.goto(nodeRed.url)
    if (user !== undefined) await editor.logIn(user)
    await editor.loaded()
    if (dark && !isDarkBuiltIn) await editor.page.addStyleTag({ content: readFileSync(THEME, 'utf8') })
    return editor
  }

  /** What is asked of these addresses may be refused from now on: the test is about that. */
  expectRefusals(addresses: RegExp): void {
    this.refusals.push(addresses)
  }

  async close(): Promise<void> {
    await this.context.close()
  }

  /** Loads the page anew, as after a cup of coffee. */
  async reload(): Promise<void> {
    await this.page.reload()
    await this.loaded()
  }

  private async logIn(user: string): Promise<void> {
    await this.page.locator('#node-dialog-login-username').fill(user)
    // That is how the editor finds out that one must log in.
    const first = this.complaints.findIndex((complaint) => /401.*\/settings/.test(complaint))
    if (first !== -1) this.complaints.splice(first, 1)
    await this.page.locator('#node-dialog-login-password').fill('password')
    await this.page.locator('#node-dialog-login-submit').click()
  }

  private async loaded(): Promise<void> {
    await this.page.locator('#red-ui-loading-progress').waitFor({ state: 'hidden' })
    await this.page.locator('#red-ui-workspace-chart').waitFor()
    await this.page.locator('.red-ui-palette-node').first().waitFor()
  }

  // --- the palette and the canvas ---

  paletteNode(type: string): Locator {
    return this.page.locator(`.red-ui-palette-node[data-palette-type="${type}"]`)
  }

  /** The palette's category as it is shown, with its nodes. */
  category(name: string): Locator {
    return this.page.locator('.red-ui-palette-category').filter({ hasText: name })
  }

  /**
   * Drags a node from the palette to a place on the canvas, px from the canvas' corner.
   * @returns its id
   */
  async add(type: string, x: number, y: number): Promise<string> {
    await this.paletteNode(type).scrollIntoViewIfNeeded()
    await this.paletteNode(type).dragTo(this.page.locator('#red-ui-workspace-chart'), { targetPosition: { x, y } })
    const added = await this.page.waitForFunction(
      (wanted) => RED.view.selection().nodes?.find((node) => node.type === wanted)?.id,
      type
    )
    return String(await added.jsonValue())
  }

  node(id: string): Locator {
    return this.page.locator(`[id="${id}"]`)
  }

  /** Draws a wire from an output to the other node's input. */
  async wire(from: string, to: string, output = 0): Promise<void> {
    const ports = this.node(from).locator('.red-ui-flow-port-output .red-ui-flow-port')
    await ports.nth(output).dragTo(this.node(to).locator('.red-ui-flow-port-input .red-ui-flow-port'))
    await this.page.locator('.red-ui-flow-link').first().waitFor({ state: 'attached' })
  }

  /** The text under a node; it waits for the one that is given, if one is. */
  async status(id: string, text?: string | RegExp): Promise<string> {
    const label = this.node(id).locator('.red-ui-flow-node-status-label')
    await (text === undefined ? label : label.filter({ hasText: text })).waitFor()
    return (await label.textContent()) ?? ''
  }

  /** What the flow shows as the node's name. */
  async label(id: string): Promise<string> {
    return (await this.node(id).locator('.red-ui-flow-node-label').allTextContents()).join(' ')
  }

  /** The nodes that the editor marks as wrong, with what is wrong with them. */
  async invalid(): Promise<string[]> {
    return this.page.evaluate(() => {
      const found: string[] = []
      RED.nodes.eachNode((node) => {
        if (!node.valid) found.push(`${node.type} ${node.id}: ${(node.validationErrors ?? []).join(', ')}`)
      })
      return found
    })
  }

  // --- dialogs ---

  /** The dialog on top: of a node, or of the configuration node that was opened from there. */
  get dialog(): Locator {
    return this.page.locator('.red-ui-tray').last()
  }

  /** A field of the dialog by its label, whatever kind of field it is. */
  field(label: string): Locator {
    return this.dialog.getByLabel(label, { exact: true })
  }

  /** The field if it is marked as wrong. */
  wrong(label: string): Locator {
    return this.field(label).and(this.page.locator('.input-error'))
  }

  /** Opens a node's dialog by a double click. */
  async edit(id: string): Promise<void> {
    const node = this.node(id).locator('rect.red-ui-flow-node').first()
    await node.dblclick()
    // Node-RED takes two clicks that reach it too far apart for two single ones; a person then clicks again.
    while (!(await this.comes('#node-dialog-ok'))) await node.dblclick()
    await this.opened('#node-dialog-ok')
  }

  /** Whether the dialog begins to open, as far as one would wait before another click. */
  private comes(button: string): Promise<boolean> {
    const dialog = this.dialog.locator(button).waitFor({ state: 'attached', timeout: PATIENT_CLICK })
    return dialog.then(
      () => true,
      () => false
    )
  }

  /** Presses the plus beside the choice of a configuration node. */
  async addConfig(setting: string): Promise<void> {
    await this.dialog.locator(`[id$="-btn-${setting}-add"]`).click()
    await this.opened('#node-config-dialog-ok')
  }

  /** Presses the pencil beside the choice of a configuration node. */
  async editConfig(setting: string): Promise<void> {
    await this.dialog.locator(`[id$="-btn-${setting}-edit"]`).click()
    await this.opened('#node-config-dialog-ok')
  }

  /** A dialog slides in, and takes the focus when it is in its place. */
  private async opened(button: string): Promise<void> {
    await this.inPlace(button)
    await this.page.waitForFunction(() => document.activeElement?.closest('.red-ui-tray') !== null)
  }

  private async inPlace(button: string): Promise<void> {
    await this.dialog.locator(button).waitFor()
    await this.page.waitForFunction(() => $('.red-ui-tray').last().css('right') === '0px')
  }

  /** Presses Done, or Add or Update, of the dialog on top. */
  async done(): Promise<void> {
    await this.press('#node-dialog-ok', '#node-config-dialog-ok')
  }

  async cancel(): Promise<void> {
    await this.press('#node-dialog-cancel', '#node-config-dialog-cancel')
  }

  private async press(ofNode: string, ofConfig: string): Promise<void> {
    const isConfig = (await this.dialog.locator(ofConfig).count()) > 0
    await this.dialog.locator(isConfig ? ofConfig : ofNode).click()
    await this.page.locator(isConfig ? ofConfig : ofNode).waitFor({ state: 'detached' })
    // Below the dialog of a configuration node there is the one that it was opened from.
    if (isConfig) await this.inPlace('#node-dialog-ok, #node-config-dialog-ok')
  }

  // --- what is done with flows ---

  /** Presses Deploy. */
  async deploy(): Promise<void> {
    const answer = this.page.waitForResponse(
      (response) => response.request().method() === 'POST' && response.url().endsWith('/flows')
    )
    await this.page.locator('#red-ui-header-button-deploy').click()
    const status = (await answer).status()
    if (status >= 300) throw new Error(`the flows are refused: ${status}`)
    await this.page.waitForFunction(() => !RED.nodes.dirty())
    // While nodes restart, the editor stands in the shade.
    await this.page.locator('.red-ui-deploy-button-spinner').waitFor({ state: 'hidden' })
  }

  /** The messages in the debug sidebar, oldest first. */
  async debugMessages(): Promise<Locator> {
    await this.page.evaluate(() => RED.actions.invoke('core:show-debug-tab'))
    return this.page.locator('.red-ui-debug-msg')
  }

  /** Types of the nodes that are in the editor, of which it does not know some. */
  async types(): Promise<{ readonly known: string[]; readonly unknown: string[] }> {
    return this.page.evaluate(() => {
      const known: string[] = []
      const unknown: string[] = []
      const visit = (node: EditorNode): boolean => {
        if (node.type === 'unknown') unknown.push(String(node['name']))
        else known.push(node.type)
        return true
      }
      RED.nodes.eachNode(visit)
      RED.nodes.eachConfig(visit)
      return { known, unknown }
    })
  }

  /** The names of the examples that the import dialog lists for this package. */
  async exampleNames(): Promise<string[]> {
    await this.openExamples()
    const names = await this.examples().allTextContents()
    await this.page.locator('#red-ui-clipboard-dialog-cancel').click()
    await this.page.locator('#red-ui-clipboard-dialog').waitFor({ state: 'hidden' })
    return names
  }

  /** Imports an example by the menu, as it comes: with its own tab. */
  async importExample(name: string): Promise<void> {
    await this.openExamples()
    await this.examples().filter({ hasText: name }).click()
    const { known } = await this.types()
    await this.page.locator('#red-ui-clipboard-dialog-ok').click()
    await this.page.locator('#red-ui-clipboard-dialog').waitFor({ state: 'hidden' })
    await this.page.waitForFunction((before) => {
      let count = 0
      RED.nodes.eachNode(() => {
        count += 1
      })
      RED.nodes.eachConfig(() => {
        count += 1
        return true
      })
      return count > before
    }, known.length)
  }

  private async openExamples(): Promise<void> {
    await this.page.locator('#red-ui-header-button-sidemenu').click()
    await this.page.locator('#menu-item-import').click()
    await this.page.locator('a[href="#red-ui-clipboard-dialog-import-tab-examples"]').click()
    await this.library.locator(OUR_EXAMPLES).click()
    await this.examples().first().waitFor()
    // The list slides open, and a click meets nothing while what it is meant for moves.
    await this.page.waitForFunction(() => $('#red-ui-clipboard-dialog-import-tab-examples :animated').length === 0)
  }

  private get library(): Locator {
    return this.page.locator('#red-ui-clipboard-dialog-import-tab-examples')
  }

  private examples(): Locator {
    return this.library.locator(
      `.red-ui-editableList-item-content:has(> ${OUR_EXAMPLES}) li .red-ui-treeList-label-text`
    )
  }
}
