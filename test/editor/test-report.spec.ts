// What is said of a whole test: which controllers can be used, and whether they belong together.

import assert from 'node:assert/strict'
import type { TestAnswer, TestStep } from '../../nodes/admin/answers'
import { verdictOf } from '../../nodes/editor/connection/test-report'
import { nodeWith } from './node'

type Outcome = TestStep['outcome']

/** What is said of controllers whose certificates had these outcomes. */
function verdict(outcomes: readonly Outcome[], isOneFabric: TestAnswer['isOneFabric'] = null): string {
  const controllers = outcomes.map((outcome, index) => ({
    controller: `https://apic${index}`,
    isGood: outcome === 'good' || outcome === 'warning',
    version: null,
    steps: [{ step: 'certificate', outcome, ms: 1 } as const]
  }))
  const isGood = controllers.some((controller) => controller.isGood)
  const { outcome, text } = verdictOf(nodeWith('aci-apic'), { isGood, controllers, isOneFabric, domains: [] })
  return `${outcome}: ${text}`
}

describe('the verdict of a test', () => {
  it('is good when all controllers are, and warns when one does', () => {
    assert.equal(verdict(['good', 'good'], true), 'good: aci-apic.test.good')
    assert.equal(verdict(['good', 'warning']), 'warning: aci-apic.test.warned')
  })

  it('says how many controllers can be used when not all can', () => {
    assert.equal(verdict(['good', 'failed', 'warning']), 'warning: aci-apic.test.partly {"good":2,"all":3}')
    assert.equal(verdict(['failed', 'skipped']), 'failed: aci-apic.test.bad')
  })

  it('is bad when the controllers are of different fabrics, however good each is', () => {
    assert.equal(verdict(['good', 'good'], false), 'failed: aci-apic.test.severalFabrics')
  })
})
