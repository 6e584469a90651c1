// What a test of a connection found, as a list: every controller with its steps, and where something is wrong with the
// reason and what to do. An outcome has a sign and a word.

import type { CertificateAnswer, ControllerAnswer, TestAnswer, TestStep } from '../../admin/answers'
import { wordOf } from '../texts'
import { signOf, type Outcome } from '../widgets/sign'

/** Of the whole, in a sentence. */
export interface Verdict {
  readonly outcome: Outcome
  readonly text: string
}

function span(text: string, name: string): JQuery {
  return $('<span>').addClass(name).text(text)
}

function outcomeOf({ isGood, steps }: ControllerAnswer): Outcome {
  if (!isGood) return 'failed'
  return steps.some(({ outcome }) => outcome === 'warning') ? 'warning' : 'good'
}

export function verdictOf(node: EditorNode, { controllers, isOneFabric }: TestAnswer): Verdict {
  const good = controllers.filter(({ isGood }) => isGood)
  if (good.length === 0) return { outcome: 'failed', text: wordOf(node, 'test.bad') }
  if (isOneFabric === false) return { outcome: 'failed', text: wordOf(node, 'test.severalFabrics') }
  if (good.length < controllers.length) {
    return { outcome: 'warning', text: wordOf(node, 'test.partly', { good: good.length, all: controllers.length }) }
  }
  const isWarned = controllers.some((controller) => outcomeOf(controller) === 'warning')
  return isWarned
    ? { outcome: 'warning', text: wordOf(node, 'test.warned') }
    : { outcome: 'good', text: wordOf(node, 'test.good') }
}

/** Told when the user wants to trust a certificate by its fingerprint. */
type Trust = (sha256: string) => void

/** The list. All that an APIC, or who pretends to be one, has said is shown as text. */
export function reportOf(node: EditorNode, answer: TestAnswer, trust: Trust = () => undefined): JQuery {
  const list = $('<ul class="aci-trial">').append(
    answer.controllers.map((controller) => controllerOf(node, controller, trust))
  )
  const fabric = fabricOf(node, answer)
  return fabric === undefined ? list : list.append($('<li class="aci-trial-line">').append(fabric))
}

/** Whether the controllers belong together, where several were logged in to. */
function fabricOf(node: EditorNode, { controllers, isOneFabric }: TestAnswer): JQuery[] | undefined {
  if (isOneFabric === true) return [signOf('good'), span(wordOf(node, 'test.oneFabric'), 'aci-trial-text')]
  if (isOneFabric === false) return [signOf('failed'), span(wordOf(node, 'test.severalFabrics'), 'aci-trial-text')]
  if (controllers.filter(({ isGood }) => isGood).length < 2) return undefined
  return [signOf('skipped'), span(wordOf(node, 'test.unknownFabric'), 'aci-trial-text')]
}

function controllerOf(node: EditorNode, answer: ControllerAnswer, trust: Trust): JQuery {
  const { controller, version, steps } = answer
  const outcome = outcomeOf(answer)
  const title = $('<div class="aci-trial-line aci-trial-controller">').append(
    signOf(outcome),
    span(controller, 'aci-trial-text'),
    span(version === null ? wordOf(node, `outcome.${outcome}`) : `APIC ${version}`, 'aci-trial-aside')
  )
  return $('<li>').append(title, $('<ul>').append(steps.map((step) => stepOf(node, step, trust))))
}

function stepOf(node: EditorNode, step: TestStep, trust: Trust): JQuery {
  const { outcome, ms } = step
  const line = $('<div class="aci-trial-line">').append(
    signOf(outcome),
    span(wordOf(node, `step.${step.step}`), 'aci-trial-step'),
    span(wordOf(node, `outcome.${outcome}`), 'aci-trial-text'),
    span(ms === null ? '' : `${ms} ms`, 'aci-trial-aside')
  )
  const notes = notesOf(node, step).map((note) => $('<p>').text(note))
  const certificate = step.certificate === undefined ? [] : [certificateOf(node, step.certificate, step.distrust)]
  const { sha256 } = step.certificate ?? {}
  const button = sha256 === undefined || step.distrust === undefined ? [] : [trustButton(node, () => trust(sha256))]
  const more = [...notes, ...certificate, ...button]
  return $('<li>').append(line, more.length === 0 ? [] : $('<div class="aci-trial-notes">').append(more))
}

/** Fills the fingerprint in, once it has been compared. */
function trustButton(node: EditorNode, trust: () => void): JQuery {
  return $('<button type="button" class="red-ui-button red-ui-button-small">')
    .text(wordOf(node, 'test.trust'))
    .on('click', trust)
}

/** What happened, and what to do about it, in sentences. */
function notesOf(node: EditorNode, step: TestStep): string[] {
  const { outcome, error, distrust, waitSeconds: seconds } = step
  if (step.step === 'certificate' && outcome === 'warning') {
    if (step.isLegacy === true) return [wordOf(node, 'test.legacy')]
    if (distrust === undefined) return [wordOf(node, 'test.unencrypted')]
    return [whyNot(node, step), wordOf(node, 'test.unverified')]
  }
  if (distrust !== undefined) return [whyNot(node, step)]
  if (error === undefined) return []
  if (seconds === undefined) return saidOf(node, error)
  // The same refusal as before, or of other credentials: the APIC was not asked again.
  if (outcome === 'skipped') {
    return [...(error.cause === undefined ? [] : [error.cause.text]), wordOf(node, 'test.held', { seconds })]
  }
  return [...saidOf(node, error), wordOf(node, 'test.wait', { seconds })]
}

/** Those whose advice speaks of the certificate that is shown below. */
const SHOWN: readonly string[] = ['self-signed', 'unknown-authority', 'expired', 'not-yet-valid', 'wrong-name']

/** Why the certificate is not trusted, and what to do. */
function whyNot(node: EditorNode, { distrust = '', error }: TestStep): string {
  if (SHOWN.includes(distrust)) return wordOf(node, `distrust.${distrust}`)
  return error === undefined ? '' : textOf(node, error)
}

function textOf(node: EditorNode, { message, trouble }: NonNullable<TestStep['error']>): string {
  return trouble === undefined ? message : wordOf(node, `trouble.${trouble.kind}`, trouble.values)
}

function saidOf(node: EditorNode, error: NonNullable<TestStep['error']>): string[] {
  const { cause } = error
  const message = textOf(node, error)
  return cause === undefined || message.includes(cause.text) ? [message] : [message, cause.text]
}

/** Of a trusted one who it is; of another what is needed to compare it. */
function certificateOf(node: EditorNode, shown: CertificateAnswer, distrust: TestStep['distrust']): JQuery {
  const until = wordOf(node, 'certificate.until')
  const rows: [string, string][] =
    distrust === undefined
      ? [
          [wordOf(node, 'certificate.subject'), shown.subject],
          [until, timeOf(shown.validTo)]
        ]
      : [
          [wordOf(node, 'certificate.subject'), shown.subject],
          [wordOf(node, 'certificate.issuer'), shown.issuer],
          [wordOf(node, 'certificate.names'), shown.names.join(', ')],
          [wordOf(node, 'certificate.from'), timeOf(shown.validFrom)],
          [until, timeOf(shown.validTo)]
        ]
  const list = $('<dl>')
  for (const [name, value] of rows) if (value !== '') list.append($('<dt>').text(name), $('<dd>').text(value))
  if (distrust !== undefined) {
    list.append($('<dt>').text('SHA-256'), $('<dd>').append(fingerprintOf(shown.sha256)))
  }
  return list
}

/** One click selects it; it is broken between its bytes alone. */
function fingerprintOf(sha256: string): JQuery {
  const bytes = sha256.match(/[^:]+:?/g) ?? []
  return $('<code>').append(bytes.flatMap((byte) => [document.createTextNode(byte), document.createElement('wbr')]))
}

/** `2027-03-04 10:00 UTC` */
function timeOf(iso: string): string {
  return iso === '' ? '' : `${iso.slice(0, 16).replace('T', ' ')} UTC`
}
