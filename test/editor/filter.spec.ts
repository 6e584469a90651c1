// Filters are read, printed and shown as rows without changing what they say; mistakes are shown where they are.

import assert from 'node:assert/strict'
import fc from 'fast-check'
import { queriesOf } from '../../nodes/apic/protocol/query'
import {
  classesIn,
  COMPARISONS,
  literalOf,
  operatorsFor,
  parse,
  print,
  rowsOf,
  rowValue,
  textOfRows,
  valueOf,
  valuesOf,
  type Expression,
  type FilterMistake,
  type Row,
  type Rows
} from '../../nodes/editor/filter'

const name = fc.constantFrom('fvTenant', 'faultInst', 'l1PhysIf', 'a1')
const property = fc.constantFrom('name', 'dn', 'modTs', 'lcOwn', 'x_1')
const value = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 8 }),
  fc.constantFrom('', '"', '\\', '\\"', '","', '),(', ' a  b ', '__ui_', '\n')
)
const operator = fc.constantFrom(...COMPARISONS)
const bare = fc.constantFrom('90', 'critical', '10.0.0.1/24', 'a-b', '*')
/** As someone else may have written it, with escapes that we would not use. */
const foreign = fc.constantFrom('"\\d+"', '"a\\.b"', '"\\a"', '"\\\\d"')

const comparison = (literal: fc.Arbitrary<string>): fc.Arbitrary<Expression> =>
  fc.tuple(operator, name, property, literal, literal).map(([kind, className, attribute, first, second]) => ({
    operator: kind,
    className,
    property: attribute,
    literals: [first, second].slice(0, valuesOf(kind))
  }))

const anyLiteral = fc.oneof(value.map(literalOf), bare, foreign)

const { expression } = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    comparison(anyLiteral),
    tie('expression').map((one): Expression => ({ operator: 'not', of: [one] })),
    fc
      .tuple(fc.constantFrom('and', 'or', 'xor'), fc.array(tie('expression'), { minLength: 1, maxLength: 4 }))
      .map(([kind, of]): Expression => ({ operator: kind, of }))
  )
}))

/** White space wherever it does not matter. */
const spaced = (text: string, spaces: readonly string[]): string => {
  let index = 0
  const space = (): string => spaces[index++ % spaces.length] ?? ''
  return text.replace(/"(?:[^"\\]|\\.)*"|[(),]|[^"(),]+/gs, (token) => space() + token + space())
}

const whiteSpace = fc.array(fc.constantFrom('', ' ', '\n', '\t  '), { minLength: 1, maxLength: 7 })

describe('a filter', () => {
  it('is read as what it says', () => {
    assert.deepEqual(parse('and(eq(faultInst.severity,"critical"), not(wcard(faultInst.dn,"__ui_")))').expression, {
      operator: 'and',
      of: [
        { operator: 'eq', className: 'faultInst', property: 'severity', literals: ['"critical"'] },
        { operator: 'not', of: [{ operator: 'wcard', className: 'faultInst', property: 'dn', literals: ['"__ui_"'] }] }
      ]
    })
    assert.deepEqual(parse('bw(healthInst.cur,"10","90")').expression, {
      operator: 'bw',
      className: 'healthInst',
      property: 'cur',
      literals: ['"10"', '"90"']
    })
  })

  it('is printed as it was read, up to white space', () => {
    fc.assert(
      fc.property(expression, whiteSpace, (model, spaces) => {
        const text = print(model)
        assert.deepEqual(parse(text), { expression: model })
        assert.equal(print(parse(spaced(text, spaces)).expression!), text)
      })
    )
  })

  it('is one that the client takes', () => {
    fc.assert(
      fc.property(expression, (model) => {
        const filter = print(model)
        // Control characters have no place in a URL, and the client says so.
        fc.pre(!/\p{Cc}|\p{Surrogate}/u.test(filter))
        const target = {
          target: 'class',
          classes: classesIn(model),
          dn: '',
          scope: 'self',
          subtreeClasses: [],
          filter
        } as const
        assert.equal(queriesOf(target).length, classesIn(model).length)
      })
    )
  })

  it('keeps any value within its quotation marks', () => {
    assert.equal(literalOf('a "quoted\\" one'), '"a \\"quoted\\\\\\" one"')
    assert.equal(valueOf('"a \\"b\\" \\\\ c"'), 'a "b" \\ c')
    assert.equal(valueOf('90'), '90')
    fc.assert(fc.property(value, (text) => assert.equal(valueOf(literalOf(text)), text)))
  })

  it('names classes', () => {
    const { expression: model } = parse('or(eq(fvBD.name,"fvAp.x"),and(eq(fvTenant.name,"a"),eq(fvBD.dn,"b")))')
    assert.deepEqual(classesIn(model!), ['fvBD', 'fvTenant'])
  })

  const mistakes: readonly (readonly [text: string, mistake: FilterMistake, marked: string])[] = [
    ['', 'operator', ''],
    ['  ', 'operator', ''],
    ['fvTenant.name', 'operator', 'fvTenant.name'],
    ['equals(fvTenant.name,"a")', 'operator', 'equals'],
    ['EQ(fvTenant.name,"a")', 'operator', 'EQ'],
    ['"eq"(fvTenant.name,"a")', 'operator', '"eq"'],
    ['eq fvTenant.name', 'open', 'fvTenant.name'],
    ['eq', 'open', ''],
    ['eq()', 'property', ')'],
    ['eq(name,"a")', 'property', 'name'],
    ['eq("fvTenant.name","a")', 'property', '"fvTenant.name"'],
    ['eq(fv.Tenant.name,"a")', 'property', 'fv.Tenant.name'],
    ['eq(fvTenant.name)', 'comma', ')'],
    ['eq(fvTenant.name "a")', 'comma', '"a"'],
    ['eq(fvTenant.name,)', 'value', ')'],
    ['eq(fvTenant.name,', 'value', ''],
    ['eq(fvTenant.name,"a"', 'close', ''],
    ['eq(fvTenant.name,"a","b")', 'close', ','],
    ['bw(fvTenant.name,"a")', 'comma', ')'],
    ['eq(fvTenant.name,"a', 'quote', '"a'],
    ['eq(fvTenant.name,"a\\")', 'quote', '"a\\")'],
    ['and(eq(fvTenant.name,"a"),)', 'operator', ')'],
    ['not()', 'operator', ')'],
    ['true(eq(fvBD.name,"a"))', 'close', 'eq'],
    ['and(eq(fvTenant.name,"a")', 'close', ''],
    ['and(eq(fvTenant.name,"a") eq(fvTenant.name,"b"))', 'close', 'eq'],
    ['not(eq(a.b,"1"),eq(a.b,"2"))', 'single', ','],
    ['eq(a.b,"1"))', 'rest', ')'],
    ['eq(a.b,"1") eq', 'rest', 'eq']
  ]
  for (const [text, mistake, marked] of mistakes) {
    it(`says that "${text}" has the mistake ${mistake}, and where`, () => {
      const { problem } = parse(text)
      assert.equal(problem?.mistake, mistake)
      assert.equal(text.slice(problem.at, problem.at + problem.length), marked)
      if (marked === '') assert.equal(problem.at, text.trimEnd().length, 'something is missing at the end')
    })
  }

  it('is refused when it is nested beyond all reason', () => {
    assert.equal(parse('not('.repeat(100_000)).problem?.mistake, 'depth')
    assert.equal(parse(`${'not('.repeat(90)}eq(a.b,"1")${')'.repeat(90)}`).problem, undefined)
  })

  it('is read in whatever state it is typed, and a mistake is always within the text', () => {
    const piece = fc.constantFrom('eq', 'and', 'not', '(', ')', ',', '"', '"a"', 'a.b', ' ', '\\', 'x')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        const text = pieces.join('')
        const { expression: model, problem } = parse(text)
        if (problem === undefined) assert.deepEqual(parse(print(model)).expression, model)
        else assert.ok(problem.at >= 0 && problem.at + problem.length <= text.length)
      }),
      { numRuns: 500 }
    )
  })
})

const rowOf = (given: Partial<Row>): Row => ({
  className: 'faultInst',
  property: 'severity',
  operator: 'eq',
  isNegated: false,
  values: [rowValue('critical')],
  ...given
})

const row: fc.Arbitrary<Row> = fc
  .tuple(
    name,
    property,
    operator,
    fc.boolean(),
    fc.array(
      fc.oneof(
        value.map(rowValue),
        bare.map((text) => ({ text, isBare: true }))
      ),
      { minLength: 2, maxLength: 2 }
    )
  )
  .map(([className, attribute, kind, isNegated, values]) => ({
    className,
    property: attribute,
    operator: kind,
    isNegated,
    values: values.slice(0, valuesOf(kind))
  }))

const rows: fc.Arbitrary<Rows> = fc
  .record({
    match: fc.constantFrom('all' as const, 'any' as const),
    rows: fc.array(row, { maxLength: 4 }),
    isGrouped: fc.boolean()
  })
  .map((given) => {
    if (given.rows.length === 0) return { match: 'all', rows: [], isGrouped: false }
    // Around several rows, and around one of which any must match, there is always something.
    return { ...given, isGrouped: given.isGrouped || given.rows.length > 1 || given.match === 'any' }
  })

describe('the builder of filters', () => {
  const shown: readonly (readonly [text: string, rows: Rows])[] = [
    ['', { match: 'all', rows: [], isGrouped: false }],
    ['eq(faultInst.severity,"critical")', { match: 'all', rows: [rowOf({})], isGrouped: false }],
    ['and(eq(faultInst.severity,"critical"))', { match: 'all', rows: [rowOf({})], isGrouped: true }],
    ['or(eq(faultInst.severity,"critical"))', { match: 'any', rows: [rowOf({})], isGrouped: true }],
    [
      'not(wcard(faultInst.dn,"__ui_"))',
      {
        match: 'all',
        rows: [rowOf({ operator: 'wcard', property: 'dn', isNegated: true, values: [rowValue('__ui_')] })],
        isGrouped: false
      }
    ],
    [
      'or(eq(faultInst.severity,"critical"),eq(faultInst.severity,"major"))',
      { match: 'any', rows: [rowOf({}), rowOf({ values: [rowValue('major')] })], isGrouped: true }
    ],
    [
      'and(bw(healthInst.cur,10,"20"),eq(healthInst.cur,"a \\"b\\""))',
      {
        match: 'all',
        rows: [
          rowOf({
            className: 'healthInst',
            property: 'cur',
            operator: 'bw',
            values: [{ text: '10', isBare: true }, rowValue('20')]
          }),
          rowOf({ className: 'healthInst', property: 'cur', values: [rowValue('a "b"')] })
        ],
        isGrouped: true
      }
    ]
  ]
  for (const [text, expected] of shown) {
    it(`shows ${text || 'no filter'}, and gives it back to the letter`, () => {
      assert.deepEqual(rowsOf(text), expected)
      assert.equal(textOfRows(expected), text)
      if (text !== '') assert.equal(textOfRows(rowsOf(spaced(text, [' ', '']))!), text)
    })
  }

  for (const text of [
    'and(eq(a.b,"1"),or(eq(a.b,"2"),eq(a.b,"3")))',
    'xor(eq(a.b,"1"),eq(a.b,"2"))',
    'not(and(eq(a.b,"1"),eq(a.b,"2")))',
    'not(not(eq(a.b,"1")))',
    'wcard(a.b,"\\d+")',
    'and(eq(a.b,"1")',
    'true()',
    'a.b == 1'
  ]) {
    it(`leaves ${text} as a text`, () => {
      assert.equal(rowsOf(text), undefined)
    })
  }

  it('gives the rows again that were made a text', () => {
    fc.assert(fc.property(rows, (given) => assert.deepEqual(rowsOf(textOfRows(given)), given)))
  })

  it('gives every filter again that it can show', () => {
    let shownOnes = 0
    fc.assert(
      fc.property(expression, whiteSpace, (model, spaces) => {
        const text = print(model)
        const found = rowsOf(spaced(text, spaces))
        if (found === undefined) return
        shownOnes += 1
        assert.equal(textOfRows(found), text)
      }),
      { numRuns: 400 }
    )
    assert.ok(shownOnes > 20, `${shownOnes}`)
  })

  it('offers comparisons that suit the attribute', () => {
    for (const kind of ['text', 'number', 'time', 'choice', 'flags'] as const) {
      for (const one of operatorsFor(kind)) assert.ok(COMPARISONS.includes(one))
    }
    assert.equal(operatorsFor('choice')[0], 'eq')
    assert.equal(operatorsFor('flags')[0], 'anybit')
    assert.ok(operatorsFor('number').includes('bw'))
  })
})
