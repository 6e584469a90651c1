// The status under a node, for every state that its connection and its subscriptions can be in.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AciError, type FabricState, type SubscriptionState } from '../../nodes/apic'
import { statusOf, progressStatus, type NodeStatus, type StatusInput, type Progress } from '../../nodes/runtime/status'

const up: FabricState = { phase: 'up', controller: 'https://apic1', version: '6.0(9c)', since: 0 }
const live: SubscriptionState = { phase: 'live' }
const words = 'Request failed, unresolved class for fvTenantt'
const error = new AciError('ACI_QUERY', `https://apic1 refuses the request: ${words}`, {
  status: 400,
  code: '400',
  text: words
})
const refused: SubscriptionState = { phase: 'refused', error }

function status(given: Partial<Omit<StatusInput, 'subscriptions'>> & { states?: SubscriptionState[] }): NodeStatus {
  const { states, ...rest } = given
  const subscriptions = states?.map((state) => ({ state }))
  return statusOf({
    problem: undefined,
    fabric: up,
    known: undefined,
    word: (name) => `<${name}>`,
    ...rest,
    subscriptions
  })
}

const shape = ({ fill, shape: outline }: NodeStatus): string => `${fill} ${outline}`

describe('the status of a node', () => {
  it('is a yellow ring with the step while it connects', () => {
    for (const [step, text] of [
      ['login', '<logging-in>'],
      ['socket', '<opening>']
    ] as const) {
      const shown = status({ fabric: { phase: 'connecting', step, controller: 'https://apic1' } })

      assert.deepEqual(shown, { fill: 'yellow', shape: 'ring', text })
    }
    assert.equal(shape(status({ fabric: { phase: 'idle' } })), 'yellow ring')
  })

  it('is a yellow ring while anything is not subscribed yet', () => {
    for (const phase of ['waiting', 'subscribing'] as const) {
      const shown = status({ states: [live, { phase }, refused], known: 7 })

      assert.deepEqual(shown, { fill: 'yellow', shape: 'ring', text: '<subscribing>' })
    }
  })

  it('is a green dot with the number of known objects when it receives', () => {
    assert.deepEqual(status({ states: [live, live], known: 1234 }), {
      fill: 'green',
      shape: 'dot',
      text: '<subscribed> (1234)'
    })
  })

  it('has no number where nothing is known', () => {
    assert.equal(status({ states: [live], known: undefined }).text, '<subscribed>')
  })

  it('is a yellow dot with the reason when one of several is refused', () => {
    const shown = status({ states: [live, refused], known: 7 })

    assert.deepEqual(shown, { fill: 'yellow', shape: 'dot', text: `<partly>: ${words}` })
  })

  it('is a yellow dot with the reason when events come but the objects could not be read', () => {
    const shown = status({ states: [live, { phase: 'live', error }] })

    assert.deepEqual(shown, { fill: 'yellow', shape: 'dot', text: `<unread>: ${words}` })
  })

  it("is a red ring with the APIC's own words when the connection is lost", () => {
    const shown = status({ fabric: { phase: 'lost', error, since: 0 }, states: [live] })

    assert.deepEqual(shown, { fill: 'red', shape: 'ring', text: `<lost>: ${words}` })
  })

  it('is a red dot with the reason when it is refused for good', () => {
    for (const shown of [
      status({ fabric: { phase: 'refused', error }, states: [{ phase: 'waiting' }] }),
      status({ states: [refused] }),
      status({ states: [refused, refused] })
    ]) {
      assert.deepEqual(shown, { fill: 'red', shape: 'dot', text: `<refused>: ${words}` })
    }
  })

  it('is a red dot with the reason when its settings are impossible, whatever else there is', () => {
    const problem = new AciError('ACI_CONFIG', 'no class is chosen')

    assert.deepEqual(status({ problem, states: [live] }), { fill: 'red', shape: 'dot', text: 'no class is chosen' })
  })

  it('is not green when nothing is subscribed', () => {
    assert.equal(status({ states: [] }).text, '<no-target>')
    assert.notEqual(status({ states: [] }).fill, 'green')
    assert.notEqual(status({}).fill, 'green', 'nor before the flows have started')
  })

  it('says what the error says where the APIC said nothing', () => {
    const unreachable = new AciError('ACI_UNREACHABLE', 'https://apic1 refuses connections')

    const shown = status({ fabric: { phase: 'lost', error: unreachable, since: 0 } })

    assert.equal(shown.text, '<lost>: https://apic1 refuses connections')
  })

  it('shortens a long reason, and no other', () => {
    const reasonOf = (length: number): string =>
      status({ problem: new AciError('ACI_CONFIG', 'x'.repeat(length)) }).text

    assert.equal(reasonOf(60), 'x'.repeat(60))
    assert.equal(reasonOf(61), `${'x'.repeat(59)}…`)
  })

  it('has all its words in the catalogue', () => {
    const file = join(__dirname, '../../nodes/locales/en-US/aci-subscribe.json')
    const catalogue = JSON.parse(readFileSync(file, 'utf8')) as {
      'aci-subscribe': { status: Record<string, string | undefined> }
    }
    const asked = new Set<string>()
    const word = (name: string): string => {
      asked.add(name)
      return name
    }
    const fabrics: FabricState[] = [
      { phase: 'idle' },
      { phase: 'closed' },
      { phase: 'connecting', step: 'login', controller: '' },
      { phase: 'connecting', step: 'socket', controller: '' },
      { phase: 'lost', error, since: 0 },
      { phase: 'refused', error },
      up
    ]
    const states: SubscriptionState[] = [{ phase: 'waiting' }, { phase: 'live', error }, live, refused]
    for (const fabric of fabrics) {
      status({ fabric, word })
      status({ fabric, states: [], word })
      for (const one of states) for (const other of states) status({ fabric, states: [one, other], word })
    }

    assert.ok(asked.size >= 8, [...asked].join())
    for (const name of asked) assert.ok(catalogue['aci-subscribe'].status[name], `${name} is missing`)
  })
})

describe('the status of a node that does what messages say', () => {
  const shown = (progress: Progress, rest: Partial<Omit<StatusInput, 'subscriptions'>> = {}): NodeStatus =>
    progressStatus({ problem: undefined, fabric: up, word: (name) => `<${name}>`, ...rest, progress })

  it('is green when it is ready, with the number of objects when it has read', () => {
    assert.deepEqual(shown({ phase: 'ready' }), { fill: 'green', shape: 'dot', text: '<ready>' })
    assert.deepEqual(shown({ phase: 'read', count: 0 }), { fill: 'green', shape: 'dot', text: '<read> (0)' })
  })

  it('is blue while it reads, with how far it has come when that is known', () => {
    assert.deepEqual(shown({ phase: 'reading', count: 0, total: undefined }), {
      fill: 'blue',
      shape: 'dot',
      text: '<reading>'
    })
    assert.equal(shown({ phase: 'reading', count: 5_000, total: 20_000 }).text, '<reading> (5000/20000)')
  })

  it("is red with the APIC's own words when it was refused, and with the reason when something else failed", () => {
    assert.deepEqual(shown({ phase: 'failed', error }), { fill: 'red', shape: 'dot', text: `<refused>: ${words}` })
    const late = new AciError('ACI_TIMEOUT', 'https://apic1 did not answer within 100 s')
    assert.equal(shown({ phase: 'failed', error: late }).text, `<failed>: ${late.message}`)
  })

  it('is that of the connection while there is none, whatever was done before', () => {
    for (const fabric of [
      { phase: 'idle' },
      { phase: 'lost', error, since: 0 },
      { phase: 'refused', error }
    ] as const) {
      assert.deepEqual(shown({ phase: 'read', count: 7 }, { fabric }), status({ fabric }))
    }
    const problem = new AciError('ACI_CONFIG', 'no class is chosen')
    assert.deepEqual(shown({ phase: 'ready' }, { problem }), status({ problem }))
  })

  it('says how much it has written, and how much there is to write', () => {
    assert.deepEqual(shown({ phase: 'writing', count: 2, total: 5 }), {
      fill: 'blue',
      shape: 'dot',
      text: '<writing> (2/5)'
    })
    assert.deepEqual(shown({ phase: 'written', count: 5 }), { fill: 'green', shape: 'dot', text: '<written> (5)' })
  })

  it('shows nothing of a connection that is not needed', () => {
    assert.deepEqual(shown({ phase: 'ready' }, { fabric: undefined }), shown({ phase: 'ready' }))
  })

  const ofTypes: Readonly<Record<string, readonly Progress[]>> = {
    'aci-query': [
      { phase: 'reading', count: 0, total: 1 },
      { phase: 'read', count: 0 }
    ],
    'aci-push': [
      { phase: 'writing', count: 0, total: 1 },
      { phase: 'written', count: 0 }
    ]
  }
  for (const [type, own] of Object.entries(ofTypes)) {
    it(`has all the words of ${type} in the catalogue`, () => {
      const file = join(__dirname, `../../nodes/locales/en-US/${type}.json`)
      const catalogue = JSON.parse(readFileSync(file, 'utf8')) as Record<string, { status: Record<string, string> }>
      const asked = new Set<string>()
      const word = (name: string): string => {
        asked.add(name)
        return name
      }
      const all: Progress[] = [
        { phase: 'ready' },
        ...own,
        { phase: 'failed', error },
        { phase: 'failed', error: new AciError('ACI_TIMEOUT', 'late') }
      ]
      for (const progress of all) shown(progress, { word })
      for (const step of ['login', 'socket'] as const) {
        shown({ phase: 'ready' }, { fabric: { phase: 'connecting', step, controller: '' }, word })
      }
      for (const phase of ['lost', 'refused'] as const)
        shown({ phase: 'ready' }, { fabric: { phase, error, since: 0 }, word })
      shown({ phase: 'ready' }, { fabric: { phase: 'idle' }, word })
      assert.deepEqual([...asked].sort(), Object.keys(catalogue[type]!.status).sort())
    })
  }
})
