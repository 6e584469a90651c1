// The known mistakes can still be made: `npm run mutants` makes them.

import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { MUTANTS, problemOf } from './mutants'

const ROOT = join(__dirname, '..', '..')

describe('each known mistake', () => {
  for (const mutant of MUTANTS) {
    it(`finds its place: ${mutant.name}`, () => {
      assert.equal(problemOf(mutant, ROOT), undefined)
    })
  }

  it('names tests that there are', () => {
    const files = MUTANTS.flatMap(({ caughtBy }) =>
      caughtBy.flatMap((catcher) => ('spec' in catcher ? catcher.spec : []))
    )
    assert.deepEqual(
      files.filter((file) => !existsSync(join(ROOT, file))),
      []
    )
  })

  it('is refused where it finds none', () => {
    const lost = {
      name: 'lost',
      edits: [{ file: 'package.json', find: 'nowhere to be found', replace: '' }],
      caughtBy: []
    }
    assert.match(problemOf(lost, ROOT)!, /occurs 0 times in package.json/)
  })
})
