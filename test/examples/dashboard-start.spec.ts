// The event dashboard when it starts: the state of its feed, what happens, and the file of what was kept come in any order.

import assert from 'node:assert/strict'
import type { FlowNode } from '../rig'
import { editor } from './node-red'
import { read } from './shipped'

/** What takes up what was kept, and what shows it. */
const PARTS = ['tab', 'restore', 'tofeed', 'infeed', 'feed', 'inmoves', 'moved', 'inrate', 'count'].map(
  (name) => `aci-ex13-${name}`
)

describe('the event dashboard at its start', () => {
  afterEach(async () => editor.deploy([]))

  const shown = (part: 'feed' | 'moved' | 'count') => editor.debug<unknown>(`${part}-shown`)
  const kept = () => editor.debug<Record<string, unknown>>('kept')

  /**
   * Deploys these parts, each with a debug node in place of what is on the page, and a button.
   * @param code of a function behind the button: what it returns goes to the feed, to `restore`, and to be looked at
   */
  const deploy = async (code: string): Promise<void> => {
    const node = { z: 'aci-ex13-tab', wires: [] }
    const debug = { ...node, type: 'debug', active: true, tosidebar: true, complete: 'payload', targetType: 'msg' }
    const parts = read('Fabric event dashboard')
      .filter(({ id }) => PARTS.includes(id))
      .map((part): FlowNode => (part.type === 'function' ? { ...part, wires: [[`${part.id.slice(9)}-shown`]] } : part))
    const restore = parts.find(({ id }) => id === 'aci-ex13-restore')!
    await editor.deploy([
      ...parts.filter((part) => part !== restore),
      { ...restore, wires: [['aci-ex13-tofeed']] },
      ...['feed-shown', 'moved-shown', 'count-shown', 'kept'].map((id) => ({ ...debug, id })),
      { ...node, id: 'button', type: 'inject', props: [], wires: [['code']] },
      {
        ...node,
        id: 'code',
        type: 'function',
        outputs: 3,
        func: code,
        wires: [['aci-ex13-feed'], ['aci-ex13-restore'], ['kept']]
      }
    ])
  }

  it('shows the newest state of the feed, also when that changes while the file is read', async () => {
    await deploy(`
      if (!flow.get('feed')) return [{ status: { fill: 'yellow', text: 'subscribing' } }]
      node.send([null, { payload: '' }])
      node.send([{ status: { fill: 'green', text: 'subscribed (3)' } }])
    `)
    await editor.press('button')
    assert.equal(await shown('feed').next(), 'Feed: subscribing')
    await editor.press('button')
    assert.equal(await shown('feed').next(), 'Feed: subscribed (3)')
    assert.equal(await shown('feed').next(), 'Feed: subscribed (3)')
  })

  const before = 'was blind from 1970-01-01 00:00:00 UTC to 1970-01-01 00:01:00 UTC, recovered 2'
  const FILE = { feed: { last: [0, 60_000], recovered: 2, fill: 'red', text: 'lost' } }
  for (const first of ['state', 'file'] as const) {
    it(`knows of the file when the feed was blind, also when the ${first} comes first`, async () => {
      await deploy(`
        const isFirst = !context.get('pressed')
        context.set('pressed', true)
        if (isFirst === ${first === 'state'}) return [{ status: { fill: 'green', text: 'subscribed' } }]
        return [null, { payload: ${JSON.stringify(JSON.stringify(FILE))} }]
      `)
      await editor.press('button')
      // The file is shown by all parts, the state by that of the feed.
      await shown(first === 'state' ? 'feed' : 'moved').next()
      await editor.press('button')
      assert.equal(await shown('feed').next((text) => String(text).includes('blind')), `Feed: subscribed · ${before}`)
      assert.ok(
        shown('feed').all.every((text) => !String(text).includes('lost')),
        'the state is not one of the file'
      )
    })
  }

  it('ends what was blind when it stopped, also when the state comes before the file', async () => {
    await deploy(`
      if (!flow.get('feed')) return [{ status: { fill: 'green', text: 'subscribed' } }]
      return [null, { payload: JSON.stringify({ feed: { blind: 60000, recovered: 0, fill: 'red', text: 'lost' } }) }]
    `)
    await editor.press('button')
    assert.equal(await shown('feed').next(), 'Feed: subscribed')
    await editor.press('button')
    assert.match(String(await shown('feed').next()), /^Feed: subscribed · was blind from 1970-01-01 00:01:00 UTC to 2/)
  })

  it('adds what happened before the file was read to what was kept, once', async () => {
    await deploy(`
      if (flow.get('restored')) {
        const keys = ['points', 'moves', 'classified', 'unclassified', 'alerted', 'held', 'lines']
        const payload = Object.fromEntries(keys.map((key) => [key, flow.get(key)]))
        return payload.lines.page.seen ? [null, null, { payload }] : [null, { payload: JSON.stringify(payload) }]
      }
      flow.set('points', [3])
      flow.set('moves', ['newer'])
      flow.set('alerted', { a: 'newer' })
      flow.set('lines', { page: { waiting: ['newer'], sent: 1, seen: true }, mail: { waiting: [] } })
      const page = { waiting: ['kept', 'kept too'], sent: 2, id: 'gone' }
      return [null, { payload: JSON.stringify({
        points: [1, 2], moves: ['kept'], classified: ['kept'], alerted: { a: 'kept', b: 'kept' }, held: { c: 'kept' },
        lines: { page, mail: { waiting: ['kept'] } }
      }) }]
    `)
    await editor.press('button')
    assert.deepEqual(await shown('moved').next(), ['newer', 'kept'])
    assert.deepEqual(await shown('count').next(), [1, 2, 3])
    await editor.press('button')
    assert.deepEqual(await kept().next(), {
      points: [1, 2, 3],
      moves: ['newer', 'kept'],
      classified: ['kept'],
      unclassified: [],
      alerted: { a: 'newer', b: 'kept' },
      held: { c: 'kept' },
      lines: {
        page: { waiting: ['newer', 'kept', 'kept too'], sent: 1, seen: true },
        mail: { waiting: ['kept'] }
      }
    })
  })

  it('begins with nothing where there is no file, or none that can be read', async () => {
    await deploy(`
      const payload = context.get('seen') ? '{ "points": [' : ''
      context.set('seen', true)
      flow.set('restored', undefined)
      return [null, { payload }]
    `)
    await editor.press('button')
    assert.deepEqual(await shown('moved').next(), [])
    assert.deepEqual(editor.complaints, [])
    await editor.press('button')
    assert.deepEqual(await shown('moved').next(), [])
    assert.match(String(editor.complaints[0]), /^The lists begin anew: /)
  })
})
