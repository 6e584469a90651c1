#!/usr/bin/env bash
# Node-RED 4.1.15: several messages that a node sends to one wire at once, send([[one, two, three]]), are deep-copied, all but
# the first, although each of them goes to a single receiver. Sent one by one, none is copied:
#   one by one: 3 of 3 arrive as the objects that were sent
#   as one array: 1 of 3 arrive as the objects that were sent
# A good guess is that fewer calls are cheaper: the rule for several wires, "copy all but the first", counts messages, not
# receivers. A copy costs more than all else that sending does. Exits with 1 when that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node-red@4.1.15 node-red-node-test-helper@0.3.5 >/dev/null 2>&1
cat > try.js <<'JS'
const helper = require('node-red-node-test-helper')
helper.init(require.resolve('node-red'))

const sent = new Set()
let arrived = []

function nodes(RED) {
  RED.nodes.registerType('source', function (config) {
    RED.nodes.createNode(this, config)
    this.on('input', (message, send, done) => {
      const messages = [1, 2, 3].map((payload) => ({ payload }))
      sent.clear()
      for (const each of messages) sent.add(each)
      if (message.payload === 'one by one') for (const each of messages) send(each)
      else send([messages])
      done()
    })
  })
  RED.nodes.registerType('sink', function (config) {
    RED.nodes.createNode(this, config)
    this.on('input', (message, send, done) => {
      arrived.push(message)
      done()
    })
  })
}

const flow = [
  { id: 'flow', type: 'tab' },
  { id: 'from', type: 'source', z: 'flow', wires: [['to']] },
  { id: 'to', type: 'sink', z: 'flow', wires: [] }
]

helper.startServer(async () => {
  await helper.load(nodes, flow)
  const seen = []
  for (const how of ['one by one', 'as one array']) {
    arrived = []
    helper.getNode('from').receive({ payload: how })
    while (arrived.length < 3) await new Promise(setImmediate)
    seen.push(`${how}: ${arrived.filter((message) => sent.has(message)).length} of 3 arrive as the objects that were sent`)
  }
  for (const line of seen) console.log(line)
  const expected = [
    'one by one: 3 of 3 arrive as the objects that were sent',
    'as one array: 1 of 3 arrive as the objects that were sent'
  ]
  process.exit(seen.join() === expected.join() ? 0 : 1)
})
JS
node try.js
