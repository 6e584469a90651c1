// Every example, imported by the menu as a newcomer does it.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { useLab } from './lab'
import type { Flow } from './node-red'

const folder = join(__dirname, '..', '..', 'examples')
const examples = readdirSync(folder).map((file) => file.replace(/\.json$/, ''))

describe('the examples in the import dialog', () => {
  const lab = useLab()

  it('are all there', async () => {
    const editor = await lab.open()
    assert.deepEqual((await editor.exampleNames()).sort(), [...examples].sort())
  })

  for (const name of examples) {
    it(`has "${name}", which imports as it is`, async () => {
      const flow = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Flow
      const isNode = ({ type }: Flow[number]): boolean => type !== 'tab' && type !== 'group'
      const editor = await lab.open()
      await editor.importExample(name)
      const { known, unknown } = await editor.types()
      assert.deepEqual(unknown, [])
      assert.deepEqual(
        known.sort(),
        flow
          .filter(isNode)
          .map(({ type }) => type)
          .sort()
      )
      // All that is left to do is to fill in the connection.
      const wrong = (await editor.invalid()).filter((text) => !text.endsWith('APIC: invalid configuration node'))
      assert.deepEqual(wrong, [])
    })
  }
})
