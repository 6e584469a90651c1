// Messages that drive a node. Flows send all sorts of things: each is understood, or refused with a code.

import assert from 'node:assert/strict'
import type { AciError, Query } from '../../nodes/apic'
import { actionOf, requestOf, selects } from '../../nodes/runtime/control'

const isConfig = (error: AciError): boolean => error.code === 'ACI_CONFIG'

const query = (given: Partial<Query> = {}): Query => ({
  target: 'class',
  of: 'fvTenant',
  scope: 'self',
  subtreeClasses: [],
  filter: '',
  ...given
})

/** What a message asks for, as it is compared most of the time. */
function asked(message: { topic?: unknown; payload?: unknown }): unknown {
  const request = requestOf(message)
  if (request === undefined) return undefined
  const { target, classes, dn, scope } = request.target
  return target === 'class' ? { classes, scope } : { dn, scope }
}

describe('the action of a message', () => {
  it('is one of four', () => {
    for (const action of ['subscribe', 'unsubscribe', 'resync', 'list']) assert.equal(actionOf({ action }), action)
  })

  it('is refused when it is missing or another one, and the error names the known ones', () => {
    for (const action of [undefined, null, '', 'Subscribe', 'subscribe ', 'constructor', 1, {}, ['list']]) {
      assert.throws(
        () => actionOf({ action }),
        (error: AciError) => isConfig(error) && error.message.includes('subscribe, unsubscribe, resync, list')
      )
    }
  })

  it('is quoted in the error when it is a word', () => {
    assert.throws(() => actionOf({ action: 'connect' }), /"connect"/)
    assert.throws(() => actionOf({}), /missing/)
  })
})

describe('what a message asks for', () => {
  it('is a class or several by topic', () => {
    assert.deepEqual(asked({ topic: ' fvTenant ' }), { classes: ['fvTenant'], scope: 'self' })
    assert.deepEqual(asked({ topic: 'fvTenant, fvBD' }), { classes: ['fvTenant', 'fvBD'], scope: 'self' })
    assert.deepEqual(asked({ topic: 'topSystem' }), { classes: ['topSystem'], scope: 'self' })
  })

  it('is an object when the topic has a slash or begins as DNs do', () => {
    for (const dn of ['uni', 'uni/tn-a', 'topology', 'comp/prov-VMware']) {
      assert.deepEqual(asked({ topic: dn }), { dn, scope: 'self' })
    }
  })

  it("may be a payload with the dialog's names", () => {
    assert.deepEqual(asked({ payload: { classes: ['fvTenant', 'fvBD'], scope: 'children' } }), {
      classes: ['fvTenant', 'fvBD'],
      scope: 'children'
    })
    assert.deepEqual(asked({ payload: { dn: 'uni/tn-a', scope: 'subtree' } }), { dn: 'uni/tn-a', scope: 'subtree' })
    assert.deepEqual(asked({ payload: { target: 'class', classes: 'fvBD', dn: 'uni' } }), {
      classes: ['fvBD'],
      scope: 'self'
    })
  })

  it('is in the payload rather than in the topic', () => {
    assert.deepEqual(asked({ topic: 'fvTenant', payload: { dn: 'uni' } }), { dn: 'uni', scope: 'self' })
  })

  it('may be in the topic with the rest in the payload', () => {
    const request = requestOf({
      topic: 'uni/tn-a',
      payload: { scope: 'subtree', subtreeClasses: 'fvBD', filter: 'eq(fvBD.name,"x")' }
    })

    assert.deepEqual(request?.target, {
      target: 'mo',
      classes: [],
      dn: 'uni/tn-a',
      scope: 'subtree',
      subtreeClasses: ['fvBD'],
      filter: 'eq(fvBD.name,"x")'
    })
  })

  it('is the object of an event that is sent back as it came', () => {
    const event = { id: 'x', event: 'created', class: 'fvTenant', dn: 'uni/tn-a', attributes: {}, fabric: 'DC1' }

    assert.deepEqual(asked({ topic: 'uni/tn-a', payload: event }), { dn: 'uni/tn-a', scope: 'self' })
  })

  it('is nothing when neither says anything', () => {
    for (const message of [
      {},
      { topic: '' },
      { topic: '  ' },
      { topic: 7 },
      { payload: 'fvTenant' },
      { payload: null },
      { payload: ['fvTenant'] },
      { payload: { scope: 'self' } },
      { payload: Buffer.from('fvTenant') }
    ]) {
      assert.equal(requestOf(message), undefined, JSON.stringify(message))
    }
  })

  it('is not read from a payload that is no object', () => {
    for (const payload of ['text', 7, null, ['a'], Buffer.from('x')]) {
      const request = requestOf({ topic: 'fvTenant', payload })

      assert.deepEqual(request?.target.classes, ['fvTenant'])
      assert.deepEqual([...request.named].sort(), ['classes', 'target'], 'nothing else was said')
    }
  })

  it('may say how to listen, and leaves that to the node otherwise', () => {
    const plain = requestOf({ topic: 'fvTenant' })
    const full = requestOf({ topic: 'fvTenant', payload: { snapshot: 'true', mirror: 'off' } })

    assert.deepEqual([plain?.snapshot, plain?.mirror], [false, undefined])
    assert.deepEqual([full?.snapshot, full?.mirror], [true, 'off'])
  })

  it('is refused when any of it is impossible', () => {
    for (const payload of [
      { classes: 7 },
      { dn: {} },
      { classes: 'fvTenant', scope: 'all' },
      { classes: 'fvTenant', mirror: 'index' },
      { classes: 'fvTenant', snapshot: 'perhaps' },
      { target: 'cluster', dn: 'uni' }
    ]) {
      assert.throws(() => requestOf({ payload }), isConfig, JSON.stringify(payload))
    }
  })

  it('leaves the message as it was', () => {
    const message = Object.freeze({ topic: 'fvTenant', payload: Object.freeze({ scope: 'self' }) })

    assert.deepEqual(requestOf(message)?.target.classes, ['fvTenant'])
    assert.deepEqual(message, { topic: 'fvTenant', payload: { scope: 'self' } })
  })
})

describe('a subscribed query', () => {
  const isMeant = (message: { topic?: unknown; payload?: unknown }, given?: Partial<Query>): boolean =>
    selects(requestOf(message)!, query(given))

  it('is meant by its class or its DN', () => {
    assert.equal(isMeant({ topic: 'fvTenant' }), true)
    assert.equal(isMeant({ topic: 'fvBD, fvTenant' }), true)
    assert.equal(isMeant({ topic: 'fvBD' }), false)
    assert.equal(isMeant({ topic: 'uni/tn-a' }, { target: 'mo', of: 'uni/tn-a' }), true)
    assert.equal(isMeant({ topic: 'uni/tn-b' }, { target: 'mo', of: 'uni/tn-a' }), false)
    assert.equal(isMeant({ payload: { dn: 'fvTenant' } }), false, 'a DN that looks like the class')
  })

  it('is meant whatever the message does not name', () => {
    const given = { scope: 'subtree', filter: 'eq(fvTenant.name,"a")', subtreeClasses: ['fvBD'] } as const

    assert.equal(isMeant({ topic: 'fvTenant' }, given), true)
    assert.equal(isMeant({ payload: { classes: 'fvTenant', filter: given.filter } }, given), true)
  })

  it('is not meant when something differs that the message does name', () => {
    const given = { scope: 'subtree', filter: 'eq(fvTenant.name,"a")', subtreeClasses: ['fvBD'] } as const

    for (const payload of [
      { scope: 'self' },
      { filter: '' },
      { subtreeClasses: '' },
      { subtreeClasses: 'fvBD,fvCtx' }
    ]) {
      assert.equal(isMeant({ topic: 'fvTenant', payload }, given), false, JSON.stringify(payload))
    }
  })
})
