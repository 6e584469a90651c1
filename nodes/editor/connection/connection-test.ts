// "Test connection" in the dialog of aci-apic: tries what is typed before it is deployed, and shows what came of it as
// long as it is still what is typed.

import type { TestAnswer, TestRequest } from '../../admin/answers'
import { mark, reasonAt, valueIn } from '../widgets/fields'
import { longButton } from '../widgets/long-button'
import { ask, Unanswered } from '../routes'
import { wordOf } from '../texts'
import { signOf } from '../widgets/sign'
import { listOf } from '../values'
import { reportOf, verdictOf, type Verdict } from './test-report'

/** The open dialog, as far as what is tried before a deploy needs to know it. */
export interface ConnectionDialog {
  readonly node: EditorNode
  readonly form: JQuery
  /** Given when it closes. */
  readonly closed: AbortSignal
  /** What it says now of where to log in; enough for what needs no login. */
  readonly place: () => TestRequest
  /** All that it says now. */
  readonly request: () => TestRequest
  /** Fields that would be refused as they are, of those that are needed; they are marked. */
  readonly flawed: (needed: 'controllers' | 'all') => JQuery[]
  /** The field for a setting or credential of that name. */
  readonly field: (name: string) => JQuery
}

/** Takes the user to a field. */
export function lead(field: JQuery | undefined): void {
  field?.closest('details').prop('open', true)
  field?.trigger('focus').filter('input').trigger('select')
}

export function prepareTest({ node, form, closed, request, flawed, field }: ConnectionDialog): void {
  const button = $('#aci-apic-test')
  const words = button.find('span')
  const status = $('#aci-apic-test-status')
  const report = $('#aci-apic-test-report')
  /** What is shown: of which request, and how it went. */
  let shown: { readonly of: string; readonly verdict: Verdict } | undefined
  /** Fields that the last answer asks for. */
  let asked: readonly JQuery[] = []

  function say(verdict: Verdict | undefined): void {
    status.empty()
    if (verdict !== undefined) status.append(signOf(verdict.outcome), document.createTextNode(verdict.text))
  }

  function clear(): void {
    shown = undefined
    report.empty().prop('hidden', true)
    say(undefined)
  }

  /** What is shown holds only for what was tested. */
  function compare(): void {
    for (const each of asked) mark(each, '')
    asked = []
    if (shown === undefined) return
    const isOutdated = shown.of !== JSON.stringify(request())
    report.toggleClass('aci-faded', isOutdated)
    say(isOutdated ? { outcome: 'warning', text: wordOf(node, 'test.outdated') } : shown.verdict)
  }

  /** Adds the fingerprint to those that are trusted; what was tested is another thing then. */
  function trust(sha256: string): void {
    const fingerprints = field('fingerprint')
    const known = listOf(valueIn(fingerprints))
    if (!known.includes(sha256)) fingerprints.val([...known, sha256].join(' ')).trigger('change')
    lead(fingerprints)
    say({ outcome: 'warning', text: wordOf(node, 'test.trusted') })
  }

  function show(of: string, answer: TestAnswer): void {
    shown = { of, verdict: verdictOf(node, answer) }
    report
      .empty()
      .append(reportOf(node, answer, trust))
      .prop('hidden', false)
    compare()
    // With the verdict above it.
    report.parent().get(0)?.scrollIntoView({ block: 'nearest' })
  }

  /** Why the test was not made. */
  function refuse({ message, error }: Unanswered): void {
    const names = (error?.fields ?? []).filter((name) => field(name).length > 0)
    if (names.length === 0) {
      say({ outcome: 'failed', text: message })
      return
    }
    const isTls = names.includes('tls')
    const reason = isTls ? wordOf(node, 'test.deployTls') : wordOf(node, 'test.typeAgain')
    asked = names.map(field)
    for (const each of asked) mark(each, reason)
    lead(asked[0])
    const labels = names.map((name) => wordOf(node, `label.${name}`))
    say({ outcome: 'failed', text: `${labels.join(', ')}: ${reason}` })
  }

  async function test(signal: AbortSignal): Promise<void> {
    clear()
    const [first] = flawed('all')
    if (first !== undefined) {
      say({ outcome: 'failed', text: reasonAt(first) })
      lead(first)
      return
    }
    const body = request()
    words.text(wordOf(node, 'test.cancel'))
    status.text(wordOf(node, 'test.running'))
    try {
      show(JSON.stringify(body), await ask<TestAnswer>(['test'], { body, signal }))
    } catch (thrown) {
      if (!(thrown instanceof Unanswered)) throw thrown
      refuse(thrown)
    } finally {
      words.text(wordOf(node, 'test.start'))
    }
  }

  words.text(wordOf(node, 'test.start'))
  longButton(button, closed, {
    begin: test,
    cancelled() {
      words.text(wordOf(node, 'test.start'))
      say({ outcome: 'skipped', text: wordOf(node, 'test.cancelled') })
    }
  })
  form.on('input change', compare)
  // What is kept of the request has secrets in it.
  closed.addEventListener('abort', clear)
}
