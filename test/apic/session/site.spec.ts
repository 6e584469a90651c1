// The identity of a fabric: a fingerprint, or serial numbers of which not all are seen at all times.

import assert from 'node:assert/strict'
import { areApart, siteAfter, siteOfSerials } from '../../../nodes/apic/session/site'

const FINGERPRINT = 'NdxD72K/uXaUK0wn'
const THREE = siteOfSerials(['FCH1', 'FCH2', 'FCH3'])

describe('two fabrics', () => {
  it('have different fingerprints', () => {
    assert.equal(areApart(FINGERPRINT, 'other'), true)
    assert.equal(areApart(FINGERPRINT, FINGERPRINT), false)
  })

  it('have no serial number in common', () => {
    assert.equal(areApart(THREE, siteOfSerials(['FCH4', 'FCH5'])), true)
    assert.equal(areApart(THREE, siteOfSerials(['FCH3'])), false, 'the other controllers are down')
    assert.equal(areApart(THREE, siteOfSerials(['FCH9', 'FCH1'])), false, 'one was replaced')
  })

  it('are not distinguished by unknown identities, or by those of two kinds', () => {
    for (const [one, other] of [
      ['', ''],
      ['', FINGERPRINT],
      [THREE, ''],
      [THREE, FINGERPRINT],
      [FINGERPRINT, THREE]
    ] as const) {
      assert.equal(areApart(one, other), false, `${one} and ${other}`)
    }
  })
})

describe('the identity of a fabric', () => {
  it('does not depend on the order in which its controllers are seen', () => {
    assert.equal(siteOfSerials(['FCH3', 'FCH1', 'FCH2', 'FCH1']), THREE)
  })

  it('is unknown where no controller has a serial number', () => {
    assert.equal(siteOfSerials([]), '')
    assert.equal(siteOfSerials(['', 'a b', 'x'.repeat(65)]), '')
  })

  it('keeps the serial numbers of controllers that are not seen now', () => {
    const two = siteOfSerials(['FCH2', 'FCH3'])
    assert.equal(siteAfter(THREE, two), THREE)
    assert.equal(areApart(siteAfter(THREE, two), siteOfSerials(['FCH1'])), false)
  })

  it('is the latest one where the two differ', () => {
    assert.equal(siteAfter('', THREE), THREE)
    assert.equal(siteAfter(FINGERPRINT, 'other'), 'other')
    assert.equal(siteAfter(FINGERPRINT, THREE), THREE)
    assert.equal(siteAfter(THREE, siteOfSerials(['FCH4'])), siteOfSerials(['FCH4']))
  })

  it('is kept when the latest one is empty', () => {
    assert.equal(siteAfter(THREE, ''), THREE)
    assert.equal(siteAfter(FINGERPRINT, ''), FINGERPRINT)
  })
})
