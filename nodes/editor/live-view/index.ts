// What a deployed aci-subscribe node sends, as it sends it, while its dialog is open.

import type { EventsAnswer } from '../../admin/answers'
import { small, textButton } from '../widgets/buttons'
import { isTicked, listen, valueIn } from '../widgets/fields'
import { eventRow, noteRow } from './rows'
import { poll, type Next } from '../routes/poll'
import { ask, Unanswered } from '../routes'
import { numberWord, wordOf } from '../texts'
import { addTool } from '../widgets/tool-row'
import { textOf } from '../values'

/** Events that are kept; a node keeps as many. */
const MOST = 50

/** Adds the live view to the row of the dialog's tools. The fields are as they are when the dialog opens. */
export function addLiveView(node: EditorNode, row: JQuery): void {
  const form = row.closest('.aci-form')
  const opened = valuesIn(form)
  addTool(row, {
    name: 'live',
    icon: 'fa-eye',
    label: wordOf(node, 'live.button'),
    unfold(content, signal) {
      const hint = $('<div class="aci-detail" role="status">')
      const compare = (): void => {
        const isChanged = node['changed'] === true || valuesIn(form) !== opened
        hint.text(isChanged ? wordOf(node, 'live.changed') : '')
      }
      listen(form, 'input change', compare, signal)
      const view = new LiveView(node)
      content.append(view.head, hint, view.rows)
      compare()
      watch(node, view, signal)
    }
  })
}

/** What is in the fields of a dialog, to be compared. */
function valuesIn(form: JQuery): string {
  const fields = form.find<HTMLInputElement>('[id^="node-input-"]').toArray()
  return JSON.stringify(fields.map((each) => (each.type === 'checkbox' ? isTicked($(each)) : valueIn($(each)))))
}

function watch(node: EditorNode, view: LiveView, signal: AbortSignal): void {
  // As it is stored: what is chosen in the dialog may be another, which knows nothing of this node.
  const apic = textOf(node['apic'])
  let cursor = ''

  async function look(): Promise<Next> {
    try {
      const path = [apic, 'subscribers', node.id, 'events']
      const answer = await ask<EventsAnswer>(path, { query: { after: cursor }, signal })
      view.take(answer, cursor === '')
      cursor = answer.cursor
      return 'soon'
    } catch (thrown) {
      if (!(thrown instanceof Unanswered)) throw thrown
      const { status, message } = thrown
      view.complain(status === 404 ? wordOf(node, 'live.notRunning') : message)
      // While the dialog is open, nobody's rights change.
      return status === 401 || status === 403 ? 'never' : 'later'
    }
  }

  if (apic === '') view.complain(wordOf(node, 'live.notRunning'))
  else void poll(look, signal)
}

class LiveView {
  readonly head = $('<div class="aci-head">')
  /**
   * Newest first. It is no live region, for a burst would be read out endlessly: `said` announces that events arrive, by the
   * line above it.
   */
  readonly rows = $('<ol class="aci-events" role="log" aria-live="off" tabindex="0">')
  private readonly said = $('<div class="aci-said" role="status">')
  private readonly count = $('<span class="aci-count">')
  private readonly pausing: JQuery
  /** Rows that come while it is paused, oldest first. */
  private held: JQuery[] | undefined
  /** Events since the view was opened or cleared. */
  private number = 0
  private problem = ''

  constructor(private readonly node: EditorNode) {
    const clearing = small(textButton('fa-ban', wordOf(node, 'live.clear'))).on('click', () => this.clear())
    this.pausing = small(textButton('fa-pause', wordOf(node, 'live.pause')))
      .attr('aria-pressed', 'false')
      .on('click', () => this.pause(this.held === undefined))
    this.rows.attr('aria-label', wordOf(node, 'live.button'))
    this.head.append(this.said, this.count, this.pausing, clearing)
  }

  take({ events, missed, isNew }: EventsAnswer, isFirst: boolean): void {
    const { node } = this
    this.problem = ''
    this.number += events.length + missed
    this.add([
      ...(isNew && !isFirst ? [noteRow(wordOf(node, 'live.renewed'))] : []),
      ...(missed === 0 ? [] : [noteRow(wordOf(node, 'live.missed', { number: numberWord(missed) }))]),
      ...events.map((event) => eventRow(node, event))
    ])
    this.announce()
  }

  /** Says why there is nothing to be seen. */
  complain(problem: string): void {
    this.problem = problem
    this.announce()
  }

  private add(rows: readonly JQuery[]): void {
    if (this.held !== undefined) {
      // With the note, where there is one, that says why the events do not go further back.
      this.held = [...this.held, ...rows].slice(-MOST - 1)
      return
    }
    for (const row of rows) this.rows.prepend(row)
    this.rows.children('.aci-event').eq(MOST).nextAll().addBack().remove()
  }

  private clear(): void {
    this.rows.empty()
    if (this.held !== undefined) this.held = []
    this.number = 0
    this.announce()
  }

  private pause(isPaused: boolean): void {
    const held = this.held ?? []
    this.held = isPaused ? [] : undefined
    this.add(held)
    this.pausing.attr('aria-pressed', String(isPaused)).toggleClass('selected', isPaused)
    this.announce()
  }

  private announce(): void {
    const { node, number } = this
    const text = this.problem || this.state()
    // A screen reader would read an unchanged text again.
    if (this.said.text() !== text) this.said.text(text)
    this.count.text(number === 0 ? '' : wordOf(node, 'live.count', { number: numberWord(number) }))
  }

  private state(): string {
    const { node } = this
    if (this.held !== undefined) return wordOf(node, 'live.paused')
    return this.number === 0 ? wordOf(node, 'live.waiting') : wordOf(node, 'live.arriving')
  }
}
