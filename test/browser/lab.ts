// What the browser specs share: one browser, one Node-RED of each kind, and for each spec a fabric of its own.

import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { atEnd } from '../hooks'
import { UNUSED_NODES } from '../processes'
import { ApicSimulator } from '../simulator'
import { launch } from './chromium'
import { Editor, type EditorOptions } from './editor'
import { NodeRed, type NodeRedOptions } from './node-red'

/** Where a failing test leaves a picture of what it saw. */
const PICTURES = join(dirname(dirname(__dirname)), 'node_modules', '.cache', 'failures')

type SimulatorOptions = NonNullable<Parameters<typeof ApicSimulator.start>[0]>

export interface Lab {
  readonly apic: ApicSimulator
  readonly nodeRed: NodeRed
  /** Opens an editor that closes after the test, and fails it when anything was wrong with the page. */
  open(options?: EditorOptions): Promise<Editor>
  /** Opens another page of that Node-RED, which closes after the test. @param path without a slash at its beginning */
  visit(path: string): Promise<Page>
}

/** Started when first asked for, and kept for the specs that follow. */
let browser: Promise<Browser> | undefined
const nodeReds = new Map<string, Promise<NodeRed>>()

/** Suites that have yet to end. All are known before the first one runs. */
let waiting = 0

async function stopAll(): Promise<void> {
  const stopping = [...nodeReds.values()].map(async (nodeRed) => (await nodeRed).stop())
  nodeReds.clear()
  const closing = browser
  browser = undefined
  await Promise.allSettled([...stopping, closing?.then((open) => open.close())])
}

function nodeRedWith(options: NodeRedOptions): Promise<NodeRed> {
  const kind = JSON.stringify(options)
  let nodeRed = nodeReds.get(kind)
  if (nodeRed === undefined) {
    // Every page that is opened loads the dialogs of all nodes there are.
    nodeRed = NodeRed.start({ excluded: UNUSED_NODES, ...options })
    nodeReds.set(kind, nodeRed)
  }
  return nodeRed
}

/** For the top of a suite: gives its tests the lab, with nothing deployed and no editor open. */
export function useLab(options: NodeRedOptions = {}, fabric: SimulatorOptions = {}): Lab {
  let apic: ApicSimulator | undefined
  let nodeRed: NodeRed | undefined
  let editors: Editor[] = []
  let pages: Page[] = []
  waiting += 1

  before(async function () {
    this.timeout(60_000)
    browser ??= launch()
    const parts = await Promise.allSettled([
      browser,
      nodeRedWith(options).then((started) => (nodeRed = started)),
      ApicSimulator.start({ tls: false, ...fabric }).then((started) => (apic = started))
    ])
    // Not before all of them are there to be stopped.
    for (const part of parts) if (part.status === 'rejected') throw part.reason
  })

  beforeEach(async function () {
    // A page loads in two seconds, or in ten on a machine that has much else to do.
    this.currentTest?.timeout(60_000)
    await nodeRed!.deploy([])
  })

  afterEach(async function () {
    const { currentTest } = this
    const opened = editors
    const visited = pages
    editors = []
    pages = []
    if (currentTest?.state === 'failed') {
      mkdirSync(PICTURES, { recursive: true })
      const name = currentTest.fullTitle().replace(/[^\w]+/g, '-')
      for (const [index, page] of [...opened.map((editor) => editor.page), ...visited].entries()) {
        const path = join(PICTURES, `${name}${index === 0 ? '' : `-${index}`}.png`)
        await page.screenshot({ path })
        console.log(`      seen: ${path}`)
      }
    }
    await Promise.all(opened.map((editor) => editor.close()))
    await Promise.all(visited.map((page) => page.context().close()))
    assert.deepEqual(
      opened.flatMap(({ complaints }) => complaints),
      [],
      'the page complained'
    )
  })

  after(async () => {
    await apic?.close()
    waiting -= 1
    if (waiting === 0) await stopAll()
  })

  return {
    get apic() {
      return apic!
    },
    get nodeRed() {
      return nodeRed!
    },
    async open(editorOptions) {
      const editor = await Editor.open(await browser!, nodeRed!, editorOptions)
      editors.push(editor)
      return editor
    },
    async visit(path) {
      const context = await (await browser!).newContext({ viewport: { width: 1280, height: 1000 }, timezoneId: 'UTC' })
      const page = await context.newPage()
      pages.push(page)
      await page.goto(new URL(path, nodeRed!.url).href)
      return page
    }
  }
}

// Suites that were left out have no hooks.
atEnd(stopAll)
