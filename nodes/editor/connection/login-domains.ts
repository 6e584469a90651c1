// The login domains that the typed controllers offer, in a menu behind the field: asked for when the user wants them.
// An APIC lists them without a login, so no credentials are sent.

import type { TestAnswer, TestRequest } from '../../admin/answers'
import { reasonAt } from '../widgets/fields'
import { lead, type ConnectionDialog } from './connection-test'
import { nameButton } from '../widgets/buttons'
import { longButton } from '../widgets/long-button'
import { ask, Unanswered } from '../routes'
import { wordOf } from '../texts'

/** Of the menu, px. */
const HEIGHT = 220

const MENU = 'aci-apic-domains-menu'

export function prepareDomains({ node, closed, place, flawed, field }: ConnectionDialog): void {
  const button = $('#aci-apic-domains')
  const status = $('#aci-apic-domains-status')
  const domain = field('domain')
  let menu: Menu | undefined

  function choose(name: string): void {
    domain.val(name).trigger('change').trigger('focus')
  }

  function offer(domains: readonly string[]): void {
    const hasFocus = button.is(':focus')
    menu = RED.popover.menu({
      options: domains.map((name) => ({ label: name, onselect: () => choose(name) })),
      width: Math.round(domain.outerWidth() ?? 0),
      maxHeight: HEIGHT,
      class: MENU,
      tabSelect: true,
      onclose(isCancelled) {
        menu = undefined
        if (isCancelled && !closed.aborted) button.trigger('focus')
      }
    })
    menu.show({ target: domain })
    // Who is elsewhere by now is left there.
    if (hasFocus) $(`.${MENU} a`).first().trigger('focus')
  }

  async function load(signal: AbortSignal): Promise<void> {
    status.text('')
    const [first] = flawed('controllers')
    if (first !== undefined) {
      status.text(reasonAt(first))
      lead(first)
      return
    }
    status.text(wordOf(node, 'domains.asking'))
    const body: TestRequest = { ...place(), login: false }
    try {
      const answer = await ask<TestAnswer>(['test'], { body, signal })
      status.text(answer.domains.length > 0 ? '' : (whyNone(answer) ?? wordOf(node, 'domains.none')))
      if (answer.domains.length > 0) offer(answer.domains)
    } catch (thrown) {
      if (!(thrown instanceof Unanswered)) throw thrown
      status.text(thrown.message)
    }
  }

  longButton(button, closed, { begin: load, cancelled: () => status.text('') })
  nameButton(button, wordOf(node, 'label.domains'))
  closed.addEventListener('abort', () => menu?.hide(true))
}

/** What is wrong with the first controller that did not answer. */
function whyNone({ controllers }: TestAnswer): string | undefined {
  const steps = controllers.flatMap((controller) => controller.steps)
  return steps.find(({ outcome, error }) => outcome !== 'warning' && error !== undefined)?.error?.message
}
