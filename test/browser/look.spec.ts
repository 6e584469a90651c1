// How the dialogs look: nothing is cut off, wrapped or too faint to read, in light and dark and in a narrow window.

import assert from 'node:assert/strict'
import type { Editor } from './editor'
import { useLab } from './lab'

/**
 * What is hard to read in the dialog on top: labels that take two lines, fields that reach beyond the dialog, and texts
 * that differ too little from what is behind them. Node-RED's own hints have a contrast of 3.5.
 */
async function flaws(editor: Editor): Promise<string[]> {
  return editor.dialog.evaluate((tray) => {
    const found: string[] = []
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })!

    const coloursOf = (...layers: readonly string[]): Uint8ClampedArray => {
      for (const colour of layers) {
        canvas.fillStyle = colour
        canvas.fillRect(0, 0, 1, 1)
      }
      return canvas.getImageData(0, 0, 1, 1).data
    }
    const luminance = (...layers: readonly string[]): number => {
      const [red = 0, green = 0, blue = 0] = Array.from(coloursOf('white', ...layers), (part) => {
        const share = part / 255
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
      })
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
    const backgroundsOf = (element: Element): string[] => {
      const above = element.parentElement === null ? [] : backgroundsOf(element.parentElement)
      return [...above, getComputedStyle(element).backgroundColor]
    }

    const form = tray.querySelector('[class^="aci-"]')!
    const box = form.getBoundingClientRect()
    // In a window that is narrower than the dialog would like, the editor cuts it off.
    const { left: from, right: to } = tray.getBoundingClientRect()
    if (box.left < from || box.right > to) found.push('the form reaches beyond its tray')
    for (const element of form.querySelectorAll<HTMLElement>(
      'label, input, select, textarea, button, span, div, code, summary'
    )) {
      if (!element.checkVisibility()) continue
      const name = element.id || element.textContent.trim().replace(/\s+/g, ' ')
      const { left, right, height } = element.getBoundingClientRect()
      if (left < box.left - 1 || right > box.right + 1) found.push(`${name} reaches beyond the dialog`)
      const style = getComputedStyle(element)
      if (element.matches('.form-row > label') && height > 1.7 * Number.parseFloat(style.lineHeight)) {
        found.push(`${name} is wrapped`)
      }
      if (
        element.scrollWidth > element.clientWidth + 1 &&
        style.overflowX !== 'visible' &&
        element.matches('div, code')
      ) {
        found.push(`${name} is cut off`)
      }
      const hasText = [...element.childNodes].some(
        (node) => node.nodeType === Node.TEXT_NODE && node.textContent!.trim()
      )
      if (!hasText && !element.matches('input:not([type="checkbox"]), select, textarea')) continue
      const behind = backgroundsOf(element)
      const lights = [luminance(...behind, style.color), luminance(...behind)].sort((one, other) => other - one)
      const contrast = (lights[0]! + 0.05) / (lights[1]! + 0.05)
      if (contrast < 3.4) found.push(`${name} has a contrast of ${contrast.toFixed(1)}`)
    }
    return found
  })
}

describe('the dialogs', () => {
  const lab = useLab({}, { tls: true })

  const looks = [
    { name: 'in light colours', options: {} },
    { name: 'in dark colours', options: { dark: true } },
    { name: 'in a narrow window', options: { width: 800, height: 600 } }
  ]
  for (const { name, options } of looks) {
    it(`can be read ${name}`, async () => {
      const editor = await lab.open(options)
      const subscriber = await editor.add('aci-subscribe', 100, 80)
      await editor.edit(subscriber)
      await editor.field('Scope').selectOption('subtree')
      await editor.field('Input').selectOption('1')
      for (const event of ['created', 'modified', 'deleted']) await editor.field(event).uncheck()
      await editor.dialog.locator('summary').click()
      assert.deepEqual(await flaws(editor), [])
      await editor.field('Classes').fill('faultInfo, eqptIngrTotal5min')
      await editor
        .field('Filter')
        .fill('and(not(wcard(faultInst.dn,"a")),bw(faultInst.created,"2026","2027"),eq(a.b,"c"))')
      await editor.dialog.getByRole('button', { name: 'Build the filter' }).click()
      assert.deepEqual(await flaws(editor), [])
      await editor.field('Filter').fill('and(eq(faultInst.severity,"critical"),eq(faultInst.lc "raised"))')
      assert.deepEqual(await flaws(editor), [])
      await editor.field('Subscribe to').selectOption('mo')
      assert.deepEqual(await flaws(editor), [])
      await editor.dialog.getByRole('button', { name: 'Choose from the fabric' }).click()
      await editor.dialog.getByRole('treeitem').filter({ hasText: 'Choose an APIC first' }).waitFor()
      assert.deepEqual(await flaws(editor), [])
      await editor.page.keyboard.press('Escape')

      await editor.addConfig('apic')
      await editor.dialog.locator('summary').click()
      assert.deepEqual(await flaws(editor), [])
      // Whose certificate is not trusted is shown with all that is known of it.
      await editor.field('Controller').fill(lab.apic.url)
      await editor.field('User name').fill('admin')
      await editor.field('Password').fill('password')
      await editor.dialog.getByRole('button', { name: 'Test connection' }).click()
      await editor.dialog.getByRole('group', { name: 'Test connection' }).waitFor()
      assert.deepEqual(await flaws(editor), [])
      await editor.field('Sign in by').selectOption('certificate')
      assert.deepEqual(await flaws(editor), [])
      await editor.cancel()
      await editor.cancel()

      const query = await editor.add('aci-query', 100, 160)
      await editor.edit(query)
      await editor.field('Scope').selectOption('subtree')
      await editor.dialog.locator('summary').click()
      assert.deepEqual(await flaws(editor), [])
      await editor.cancel()

      const push = await editor.add('aci-push', 100, 240)
      await editor.edit(push)
      assert.deepEqual(await flaws(editor), [])
    })
  }

  // Its words are longer.
  it('fit into a narrow window in German', async () => {
    const editor = await lab.open({ width: 800, height: 600, language: 'de' })
    for (const [index, type] of ['aci-subscribe', 'aci-query', 'aci-push'].entries()) {
      await editor.edit(await editor.add(type, 100, 80 + 80 * index))
      assert.deepEqual(await flaws(editor), [], type)
      await editor.cancel()
    }
  })
})
