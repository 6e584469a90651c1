// What the event dashboard says of its own feed, however the status and the file of what was kept come together.

import assert from 'node:assert/strict'
import type { FlowNode } from '../rig'
import { editor } from './node-red'
import { read } from './shipped'

/** What takes part in saying it. */
const PARTS = ['tab', 'restore', 'tofeed', 'infeed', 'feed'].map((name) => `aci-ex13-${name}`)

describe('the feed of the event dashboard', () => {
  afterEach(async () => editor.deploy([]))

  const said = () => editor.debug('said')

  /** Deploys these parts, and a button that sends what the code of a function returns: to the feed, and to restore. */
  const deploy = async (code: string): Promise<void> => {
    const parts = read('Fabric event dashboard').filter(({ id }) => PARTS.includes(id))
    const feed = parts.find(({ id }) => id === 'aci-ex13-feed')!
    const node = { z: 'aci-ex13-tab', wires: [] }
    const added: FlowNode[] = [
      { ...node, id: 'said', type: 'debug', active: true, tosidebar: true, complete: 'payload', targetType: 'msg' },
      { ...node, id: 'button', type: 'inject', props: [], wires: [['code']] },
      {
        ...node,
        id: 'code',
        type: 'function',
        outputs: 2,
        func: code,
        wires: [['aci-ex13-feed'], ['aci-ex13-restore']]
      }
    ]
    await editor.deploy([...parts.filter((part) => part !== feed), { ...feed, wires: [['said']] }, ...added])
  }

  it('is the newest state, also when that changes while the file is read', async () => {
    await deploy(`
      if (!flow.get('feed')) return [{ status: { fill: 'yellow', text: 'subscribing' } }, null]
      node.send([null, { payload: '' }])
      node.send([{ status: { fill: 'green', text: 'subscribed (3)' } }, null])
    `)
    await editor.press('button')
    assert.equal(await said().next(), 'Feed: subscribing')
    await editor.press('button')
    assert.equal(await said().next(), 'Feed: subscribed (3)')
    assert.equal(await said().next(), 'Feed: subscribed (3)')
  })

  it('takes up from the file when it was blind, also when the state is there first', async () => {
    await deploy(`
      if (!flow.get('feed')) return [{ status: { fill: 'green', text: 'subscribed' } }, null]
      const feed = { last: [0, 60000], recovered: 2, text: 'lost' }
      return [null, { payload: JSON.stringify({ feed }) }]
    `)
    await editor.press('button')
    assert.equal(await said().next(), 'Feed: subscribed')
    await editor.press('button')
    const before = 'was blind from 1970-01-01 00:00:00 UTC to 1970-01-01 00:01:00 UTC, recovered 2'
    assert.equal(await said().next(), `Feed: subscribed · ${before}`)
  })

  it('says nothing before there is a state', async () => {
    await deploy(`
      node.send([null, { payload: '' }])
      node.send([{ topic: 'x', payload: { origin: 'live' } }, null])
      setTimeout(() => node.send([{ status: { fill: 'green', text: 'subscribed' } }, null]), 50)
    `)
    await editor.press('button')
    assert.equal(await said().next(), 'Feed: subscribed')
  })
})
