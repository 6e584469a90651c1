// A filter in the making: what the builder offers, what it writes while conditions are incomplete, and what it leaves alone.

import assert from 'node:assert/strict'
import type { PropertyMetadata } from '../../nodes/admin/answers'
import { KINDS } from '../../nodes/apic/protocol/grammar'
import { classesAllowed, classesAsked, type AskedFields } from '../../nodes/editor/classes/asked'
import { Catalogue } from '../../nodes/editor/classes/catalogue'
import {
  attributeChoices,
  BLANK,
  readFilter,
  textOfDraft,
  withAttribute,
  withOperator,
  withoutRow,
  withRow,
  withValue,
  type AttributeChoice,
  type Draft,
  type DraftRow
} from '../../nodes/editor/filter'
import { described } from './metadata'

const catalogue = new Catalogue('en', KINDS)
const offered = attributeChoices(['faultInst'], catalogue, () => undefined)
const of = (property: string): AttributeChoice => offered.find((one) => one.property === property)!

const chosen = (property: string, row: DraftRow = BLANK): DraftRow =>
  withAttribute(row, 'faultInst', property, of(property))

const draftOf = (...rows: readonly DraftRow[]): Draft => ({ match: 'all', rows, isGrouped: false })

const read = (text: string): Draft => {
  const reading = readFilter(text)
  assert.ok(reading.is === 'rows')
  return reading.draft
}

describe('a condition', () => {
  it('is written once it has an attribute and a value', () => {
    const row = chosen('severity')
    assert.equal(row.operator, 'eq')
    assert.equal(textOfDraft(draftOf(row)), '')
    assert.equal(textOfDraft(draftOf(withValue(row, 0, 'critical'))), 'eq(faultInst.severity,"critical")')
  })

  it('stays written while its value is typed anew', () => {
    const row = withValue(withValue(chosen('descr'), 0, 'a'), 0, '')
    assert.equal(textOfDraft(draftOf(row)), 'eq(faultInst.descr,"")')
  })

  it('needs both values of a range', () => {
    const range = withOperator(chosen('occur'), 'bw', false)
    const half = withValue(range, 0, '1')
    assert.equal(textOfDraft(draftOf(half)), '')
    assert.equal(textOfDraft(draftOf(withValue(half, 1, '5'))), 'bw(faultInst.occur,"1","5")')
    const exact = withOperator(withValue(half, 1, '5'), 'ge', false)
    assert.equal(textOfDraft(draftOf(exact)), 'ge(faultInst.occur,"1")')
  })

  it('keeps what may be meant of another attribute, and begins anew where nothing may', () => {
    const severity = withOperator(withValue(chosen('severity'), 0, 'critical'), 'ne', false)
    assert.equal(
      textOfDraft(draftOf(chosen('highestSeverity', severity))),
      'ne(faultInst.highestSeverity,"critical")',
      'a severity, too'
    )
    assert.equal(textOfDraft(draftOf(chosen('lc', severity))), '', 'no severity')
    const later = chosen('created', severity)
    assert.deepEqual([later.operator, later.values[0]?.text], ['gt', ''])
  })

  it('keeps its value while its attribute is typed anew', () => {
    const row = withValue(chosen('descr'), 0, 'a')
    const unnamed = { ...withAttribute(row, '', '', undefined), isWritten: false }
    assert.equal(textOfDraft(draftOf(unnamed)), '')
    assert.equal(textOfDraft(draftOf(chosen('cause', unnamed))), 'eq(faultInst.cause,"a")')
  })

  it('loses its negation with its operator only', () => {
    const negated = withValue(withOperator(chosen('dn'), 'wcard', true), 0, '__ui_')
    assert.equal(textOfDraft(draftOf(negated)), 'not(wcard(faultInst.dn,"__ui_"))')
    assert.equal(textOfDraft(draftOf(chosen('descr', negated))), 'not(wcard(faultInst.descr,"__ui_"))')
    assert.equal(chosen('occur', negated).isNegated, false)
  })

  it('is compared with text in quotation marks once it is changed, and as it was before', () => {
    const draft = read('and(ge(faultInst.occur,5),eq(faultInst.ack,"no"))')
    const [occur, ack] = draft.rows
    assert.equal(
      textOfDraft(withRow(draft, 1, withValue(ack!, 0, 'yes'))),
      'and(ge(faultInst.occur,5),eq(faultInst.ack,"yes"))'
    )
    assert.equal(
      textOfDraft(withRow(draft, 0, withValue(occur!, 0, '6'))),
      'and(ge(faultInst.occur,"6"),eq(faultInst.ack,"no"))'
    )
  })
})

describe('conditions', () => {
  const critical = withValue(chosen('severity'), 0, 'critical')
  const major = withValue(chosen('severity'), 0, 'major')

  it('are joined, and those in the making are left out', () => {
    const rows = [critical, BLANK, major, chosen('lc')]
    const both = 'eq(faultInst.severity,"critical"),eq(faultInst.severity,"major")'
    assert.equal(textOfDraft({ match: 'all', rows, isGrouped: false }), `and(${both})`)
    assert.equal(textOfDraft({ match: 'any', rows, isGrouped: false }), `or(${both})`)
  })

  it('have no group around a single one, unless it was read so', () => {
    assert.equal(textOfDraft({ ...draftOf(critical), match: 'any' }), 'eq(faultInst.severity,"critical")')
    for (const text of ['and(eq(faultInst.ack,"no"))', 'or(eq(faultInst.ack,"no"))']) {
      assert.equal(textOfDraft(read(text)), text)
    }
    const two = read('or(eq(faultInst.ack,"no"),eq(faultInst.lc,"raised"))')
    assert.equal(textOfDraft(withoutRow(two, 0)), 'eq(faultInst.lc,"raised")')
  })
})

describe('a filter that is typed', () => {
  it('is shown as conditions, or left alone for a reason', () => {
    assert.equal(readFilter('').is, 'rows')
    assert.equal(readFilter(' eq(faultInst.ack, "no") ').is, 'rows')
    assert.equal(readFilter('not(and(eq(a.b,"1")))').is, 'intricate')
    assert.equal(readFilter(' ${ACI_FILTER} ').is, 'variable')
    assert.equal(readFilter('eq(fvTenant.name,"${TENANT}")').is, 'rows', 'which Node-RED does not fill in')
    const broken = readFilter('eq(fvTenant.name "a")')
    assert.deepEqual(broken, { is: 'broken', problem: { mistake: 'comma', at: 17, length: 3 } })
  })

  it('is not changed by the conditions it is shown as', () => {
    for (const text of ['wcard(faultInst.descr,"")', 'ge(faultInst.occur,"")']) {
      assert.equal(textOfDraft(read(text)), text)
    }
  })
})

describe('the attributes that are offered', () => {
  const property = (name: string, given: Partial<PropertyMetadata> = {}): PropertyMetadata => ({
    name,
    label: name,
    type: 'string',
    isConfigurable: true,
    isNaming: false,
    options: [],
    ...given
  })
  it('are those of the catalogue without an APIC', () => {
    assert.deepEqual(offered[0], {
      className: 'faultInst',
      property: 'severity',
      label: '',
      kind: 'choice',
      values: ['critical', 'major', 'minor', 'warning', 'info', 'cleared'].map((value) => ({ value, label: '' })),
      isUsual: true
    })
    const unknown = attributeChoices(['acmeWidget'], catalogue, () => undefined)
    assert.deepEqual(
      unknown.map((one) => one.property),
      ['dn', 'modTs']
    )
  })

  it('are completed by what the APIC says, with words that say more than the name', () => {
    const choices = attributeChoices(['faultInst'], catalogue, () =>
      described({
        properties: [
          property('childAction'),
          property('severity', {
            label: 'Severity ',
            type: 'enum',
            options: [
              { value: 'cleared', label: 'Cleared' },
              { value: 'critical', label: 'critical: Critical' },
              { value: 'other', label: 'Other' }
            ]
          }),
          property('alert', { label: 'Alerted by', type: 'bitmask', options: [{ value: 'mail', label: 'E-Mail' }] }),
          property('count', { type: 'number' }),
          property('status')
        ]
      })
    )
    const severity = choices.find((one) => one.property === 'severity')!
    assert.equal(severity.label, '')
    assert.deepEqual(severity.values, [
      { value: 'critical', label: 'critical: Critical' },
      { value: 'cleared', label: '' },
      { value: 'other', label: '' }
    ])
    assert.deepEqual(
      choices.filter(({ isUsual }) => !isUsual).map((one) => [one.property, one.label, one.kind]),
      [
        ['alert', 'Alerted by', 'flags'],
        ['count', '', 'number']
      ]
    )
  })
})

describe('the classes of a filter', () => {
  const asked = (given: Partial<AskedFields>): AskedFields => ({
    target: 'class',
    classes: '',
    dn: '',
    scope: 'self',
    subtreeClasses: '',
    ...given
  })
  const cases: readonly (readonly [given: Partial<AskedFields>, classes: string[]])[] = [
    [{ classes: 'fvTenant, fvBD fvTenant' }, ['fvTenant', 'fvBD']],
    [{ classes: '${CLASSES}, f' }, []],
    [{ classes: 'fvTenant', scope: 'subtree' }, ['fvTenant']],
    [{ classes: 'fvTenant', scope: 'subtree', subtreeClasses: 'fvSubnet' }, ['fvSubnet']],
    [{ target: 'mo', dn: 'uni/tn-common', classes: 'fvBD' }, ['fvTenant']],
    [{ target: 'mo', dn: 'uni/tn-common', scope: 'subtree' }, []],
    [{ target: 'mo', dn: 'uni/tn-common', scope: 'subtree', subtreeClasses: 'faultInst' }, ['faultInst']],
    [{ target: 'mo' }, []]
  ]
  for (const [given, classes] of cases) {
    it(`are ${classes.join(' and ') || 'not known'} for ${JSON.stringify(given)}`, () => {
      assert.deepEqual(classesAsked(asked(given)), classes)
    })
  }

  it('are limited as far as the nodes limit them', () => {
    const allowed = (given: Partial<AskedFields>): string[] | undefined =>
      classesAllowed(asked(given), (names) => catalogue.filterable(names))
    assert.deepEqual(allowed({ classes: 'faultInfo' }), ['faultInfo', 'faultInst', 'faultDelegate'])
    assert.deepEqual(allowed({ classes: 'fvBD', scope: 'children', subtreeClasses: 'fvSubnet' }), ['fvBD', 'fvSubnet'])
    assert.equal(allowed({ classes: 'fvBD', scope: 'children' }), undefined)
    assert.equal(allowed({ target: 'mo', dn: 'uni' }), undefined)
    assert.equal(allowed({ classes: '${CLASSES}' }), undefined)
  })
})
