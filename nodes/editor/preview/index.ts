// What the settings in a dialog find, before they are deployed: asked once of the APIC, and again when one wants to.

import type { PreviewAnswer, PreviewedRequest, PreviewRequest } from '../../admin/answers'
import { askApic, chosenApic } from '../routes/apic-field'
import { copyButton } from '../widgets/copy-button'
import { field, listen, valueIn } from '../widgets/fields'
import { tableOf } from './table'
import { Unanswered } from '../routes'
import { commonWord, numberWord } from '../texts'
import { addTool } from '../widgets/tool-row'
import { signOf } from '../widgets/sign'
import { small, symbol, textButton } from '../widgets/buttons'

type Checks = Readonly<Record<string, Validator>>

/**
 * Adds the preview to the row of a dialog's tools.
 * @param settings those that say what is asked for
 */
export function addPreview(node: EditorNode, row: JQuery, settings: readonly string[], checks: Checks): void {
  addTool(row, {
    name: 'preview',
    icon: 'fa-search',
    label: commonWord('preview.button'),
    unfold: (content, signal) => new Preview(node, settings, checks, content, signal).run()
  })
}

class Preview {
  /** How far it is, or how it went. */
  private readonly said = $('<div class="aci-said" role="status">')
  private readonly outdated = $('<div class="aci-outdated" role="status">')
  private readonly found = $('<div>')
  private asked: AbortController | undefined
  /** The settings that what is shown is of. */
  private shown = ''

  constructor(
    private readonly node: EditorNode,
    private readonly settings: readonly string[],
    private readonly checks: Checks,
    content: JQuery,
    signal: AbortSignal
  ) {
    const again = small(textButton('fa-refresh', commonWord('preview.again'))).on('click', () => this.run())
    content.append($('<div class="aci-head">').append(this.said, again), this.outdated, this.found)

    const form = content.closest('.aci-form')
    const compare = (): void => {
      this.outdated.text(this.asks() === this.shown ? '' : commonWord('preview.outdated'))
    }
    listen(form, 'input change', compare, signal)
    signal.addEventListener('abort', () => this.asked?.abort())
  }

  /** Asks, unless something is missing; what was asked before is of no interest any more. */
  run(): void {
    this.asked?.abort()
    this.shown = this.asks()
    this.outdated.text('')
    this.found.empty()
    const flaws = this.flaws()
    if (flaws.length > 0) {
      this.complain(flaws.join(' '))
      return
    }
    this.say(symbol('fa-spinner fa-pulse aci-sign'), commonWord('preview.running'))
    this.asked = new AbortController()
    void this.ask(this.asked.signal)
  }

  private async ask(signal: AbortSignal): Promise<void> {
    try {
      this.show(await askApic<PreviewAnswer>(['preview'], { body: this.request(), signal }))
    } catch (thrown) {
      if (!(thrown instanceof Unanswered)) throw thrown
      this.complain(thrown.message)
    }
  }

  private request(): PreviewRequest {
    const target = valueIn(field('target'))
    // What the other target left behind is not saved, either.
    const other = target === 'class' ? 'dn' : target === 'mo' ? 'classes' : undefined
    const settings = this.settings.filter((setting) => setting !== other)
    const values = settings.map((setting) => [setting, valueIn(field(setting)).trim()] as const)
    return { ...Object.fromEntries(values), id: this.node.id }
  }

  private asks(): string {
    return JSON.stringify([chosenApic(), this.request()])
  }

  /** Why there is no use in asking. */
  private flaws(): string[] {
    if (chosenApic() === undefined) return [commonWord('routes.noApic')]
    const { target, classes, dn } = this.request()
    if (target === 'class' && classes === '') return [commonWord('preview.noClass')]
    if (target === 'mo' && dn === '') return [commonWord('preview.noDn')]
    return this.settings.flatMap((setting) => {
      const verdict = this.checks[setting]?.call(this.node, valueIn(field(setting)), undefined) ?? true
      return verdict === true ? [] : [verdict]
    })
  }

  private say(sign: JQuery, text: string): void {
    this.said.empty().append(sign, $('<span>').text(text))
  }

  private complain(text: string): void {
    this.say(signOf('failed'), text)
  }

  private show({ requests, total, objects }: PreviewAnswer): void {
    const refused = requests.filter(({ error }) => error !== undefined)
    if (refused.length === requests.length) this.complain(commonWord('preview.refused'))
    // What some of the requests found is not all that there is.
    else this.say(signOf(refused.length === 0 ? 'good' : 'warning'), countOf(total))
    const isPlain = requests.length === 1 && refused.length === 0
    this.found
      .empty()
      .append(
        ...(isPlain ? [] : [$('<ul class="aci-outcomes">').append(...requests.map(outcomeOf))]),
        ...(objects.length === 0 ? [] : [tableOf(objects)]),
        ...(objects.length === 0 || total <= objects.length
          ? []
          : [$('<div class="aci-detail">').text(commonWord('preview.first', { number: numberWord(objects.length) }))]),
        requestsOf(requests)
      )
  }
}

function countOf(total: number): string {
  if (total === 0) return commonWord('preview.none')
  return total === 1 ? commonWord('preview.one') : commonWord('preview.many', { number: numberWord(total) })
}

/** What is asked for, as far as it tells the requests apart: a class, or a DN. */
function subjectOf({ readable }: PreviewedRequest): string {
  return /^\/api\/(?:node\/)?(?:class|mo)\/(.*?)\.json(?:\?|$)/.exec(readable)?.[1] ?? readable
}

function outcomeOf(request: PreviewedRequest): JQuery {
  const line = $('<li>').append($('<b>').text(subjectOf(request)), ': ')
  const { total, error } = request
  if (error === undefined) return line.append($('<span>').text(countOf(total ?? 0)))
  // The APIC's words never pass through a text of the catalogue: that would fill in what looks like its placeholders.
  const { cause } = error
  const words = cause === undefined ? error.message : `${cause.text} (${cause.code})`
  return line.append($('<span class="aci-wrong">').text(words))
}

/** The requests as they were sent, to be read, and to be copied for a browser or a script. */
function requestsOf(requests: readonly PreviewedRequest[]): JQuery {
  const rows = requests.map(({ readable, path, url }) => {
    const address = url ?? path
    return $('<div>').append(
      $('<div>').append($('<code>').text(readable), $('<code class="aci-detail">').text(address)),
      copyButton(address, commonWord('preview.copy'))
    )
  })
  return $('<details class="aci-requests">').append($('<summary>').text(commonWord('preview.request')), ...rows)
}
