// In a field for several classes, what is typed at the caret is completed and the others stay.

import assert from 'node:assert/strict'
import fc from 'fast-check'
import { partAt, withClass } from '../../nodes/editor/classes/class-field'

/** The field with its caret as `|`. */
const at = (marked: string): { field: string; caret: number } => ({
  field: marked.replace('|', ''),
  caret: marked.indexOf('|')
})

const part = (marked: string): [string, string[]] => {
  const { field, caret } = at(marked)
  const { text, others } = partAt(field, caret)
  return [text, [...others]]
}

const completed = (marked: string, name: string): string => {
  const { field, caret } = at(marked)
  const result = withClass(field, partAt(field, caret), name)
  return `${result.field.slice(0, result.caret)}|${result.field.slice(result.caret)}`
}

describe('a field for several classes', () => {
  const parts: readonly (readonly [marked: string, text: string, others: string[]])[] = [
    ['|', '', []],
    ['fvT|', 'fvT', []],
    ['|fvTenant', 'fvTenant', []],
    ['fvTenant,|', '', ['fvTenant']],
    ['fvTenant, |', '', ['fvTenant']],
    ['fvTenant |', '', ['fvTenant']],
    ['fvTenant, fv|', 'fv', ['fvTenant']],
    ['fvTe|, fvBD', 'fvTe', ['fvBD']],
    ['fvTenant, fv|BD, fvCtx', 'fvBD', ['fvTenant', 'fvCtx']],
    ['bridge dom|', 'bridge dom', []],
    ['fvTenant, bridge dom|', 'bridge dom', ['fvTenant']],
    ['fvTenant bridge dom|', 'bridge dom', ['fvTenant']],
    ['port d|own fvTenant', 'port down', ['fvTenant']],
    ['bridge |dom', 'bridge dom', []],
    ['l1PhysIf l3ext|', 'l3ext', ['l1PhysIf']],
    ['  |', '', []]
  ]
  for (const [marked, text, others] of parts) {
    it(`of "${marked}" asks for "${text}"`, () => {
      assert.deepEqual(part(marked), [text, others])
    })
  }

  const completions: readonly (readonly [marked: string, name: string, result: string])[] = [
    ['|', 'fvTenant', 'fvTenant|'],
    ['ten|', 'fvTenant', 'fvTenant|'],
    ['fvTenant,bd|', 'fvBD', 'fvTenant, fvBD|'],
    ['fvTenant bridge dom|', 'fvBD', 'fvTenant, fvBD|'],
    ['fvTenant |', 'fvBD', 'fvTenant, fvBD|'],
    ['ten|, fvBD', 'fvTenant', 'fvTenant|, fvBD'],
    ['ten| fvBD', 'fvTenant', 'fvTenant|, fvBD'],
    ['fvAp, ten|, fvBD', 'fvTenant', 'fvAp, fvTenant|, fvBD']
  ]
  for (const [marked, name, result] of completions) {
    it(`becomes "${result}" when ${name} is chosen in "${marked}"`, () => {
      assert.equal(completed(marked, name), result)
    })
  }

  it('keeps all other classes and has the chosen one once it is chosen, wherever the caret is', () => {
    const piece = fc.constantFrom('fvTenant', 'l1PhysIf', 'bridge', 'bd', ',', ', ', ' ')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), fc.nat(), (pieces, position) => {
        const field = pieces.join('')
        const caret = position % (field.length + 1)
        const found = partAt(field, caret)
        const around = field.slice(Math.min(found.start, caret), Math.max(found.end, caret))
        assert.ok(!around.includes(','), 'it is between the same commas')
        assert.equal(found.text, found.text.trim())
        const result = withClass(field, found, 'vzBrCP')
        const names = result.field.split(/[\s,]+/).filter((name) => name !== '')
        assert.deepEqual([...names].sort(), [...found.others, 'vzBrCP'].sort())
        assert.equal(result.field.slice(0, result.caret).endsWith('vzBrCP'), true)
      })
    )
  })
})
