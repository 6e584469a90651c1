// Settings as they are stored: any of them may be a text that names an environment variable.

import assert from 'node:assert/strict'
import { isEnv, listOf, textOf } from '../../nodes/editor/values'

describe('a setting in the editor', () => {
  it('is taken from the environment only as a whole', () => {
    assert.deepEqual(['${ACI}', ' ${ACI} ', 'x${ACI}', '${A}${B}', '${}', '', 5, undefined].map(isEnv), [
      true,
      true,
      false,
      false,
      false,
      false,
      false,
      false
    ])
  })

  it('may be a list in an array, or in one text', () => {
    for (const value of [['fvTenant', 'fvBD'], 'fvTenant,fvBD', ' fvTenant ,\n fvBD ', ['fvTenant fvBD']]) {
      assert.deepEqual(listOf(value), ['fvTenant', 'fvBD'])
    }
    assert.deepEqual(listOf(['${A B}', 'https://apic1']), ['${A B}', 'https://apic1'])
  })

  it('may be missing', () => {
    assert.deepEqual([undefined, null, '', ' , ', [], [null]].map(listOf), [[], [], [], [], [], []])
    assert.deepEqual([undefined, null, {}, 0, false, 'x'].map(textOf), ['', '', '', '0', 'false', 'x'])
  })
})
