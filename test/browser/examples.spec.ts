// Every example, imported by the menu as a newcomer does it.

import assert from 'node:assert/strict'
import { names, read } from '../examples/shipped'
import type { FlowNode } from '../rig'
import { useLab } from './lab'

describe('the examples in the import dialog', () => {
  const lab = useLab()

  it('are all there', async () => {
    const editor = await lab.open()
    assert.deepEqual((await editor.exampleNames()).sort(), [...names].sort())
  })

  for (const name of names) {
    it(`has "${name}", which imports as it is`, async () => {
      // What says which modules the editor may offer to install is no node.
      const isNode = ({ type }: FlowNode): boolean => !['tab', 'group', 'global-config'].includes(type)
      const editor = await lab.open()
      await editor.importExample(name)
      const { known, unknown } = await editor.types()
      assert.deepEqual(unknown, [])
      assert.deepEqual(
        known.sort(),
        read(name)
          .filter(isNode)
          .map(({ type }) => type)
          .sort()
      )
      // All that is left to do is to fill in the connection.
      const wrong = (await editor.invalid()).filter((text) => !text.endsWith('APIC: invalid configuration node'))
      assert.deepEqual(wrong, [])
    })
  }

  it('use one dashboard, where two of them have one', async () => {
    const editor = await lab.open()
    for (const name of names.filter((each) => each.includes('node-red-dashboard'))) await editor.importExample(name)
    const { known } = await editor.types()
    assert.equal(known.filter((type) => type === 'ui-base').length, 1)
    assert.equal(known.filter((type) => type === 'ui-page').length, 2)
  })
})
