#!/usr/bin/env bash
# node-red 4.1.15: one error of one configuration node reaches one Catch node as many times as there are nodes that use
# the configuration node, all of them equal, and each with the configuration node as its source:
#   users: 1, messages: 1, sources: config
#   users: 3, messages: 3, sources: config
# A good guess is one message for one error. A lost connection that eleven nodes share is eleven mails. Exits with 1 when that
# changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node-red@4.1.15 node-red-node-test-helper@0.3.6 >/dev/null 2>&1
cat > try.js <<'JS'
const helper = require('node-red-node-test-helper')
helper.init(require.resolve('node-red'))

/** As core's own configuration nodes do it: users by id. */
function types(RED) {
  RED.nodes.registerType('lab-config', function (definition) {
    RED.nodes.createNode(this, definition)
    this.users = {}
  })
  RED.nodes.registerType('lab-user', function (definition) {
    RED.nodes.createNode(this, definition)
    RED.nodes.getNode(definition.config).users[this.id] = this
  })
}

async function outcome(count) {
  const users = Array.from({ length: count }, (_, index) => index)
  await helper.load(types, [
    { id: 'tab', type: 'tab', label: 'flow' },
    { id: 'config', type: 'lab-config' },
    ...users.map((index) => ({ id: `user${index}`, type: 'lab-user', z: 'tab', x: 0, y: 0, config: 'config', wires: [] })),
    { id: 'catch', type: 'catch', z: 'tab', x: 0, y: 0, scope: null, wires: [['sink']] },
    { id: 'sink', type: 'helper', z: 'tab', x: 0, y: 0, wires: [] }
  ])
  const sources = []
  helper.getNode('sink').on('input', (message) => sources.push(message.error.source.id))
  helper.getNode('config').error(new Error('lost'), {})
  await new Promise((resolve) => setTimeout(resolve, 200))
  await helper.unload()
  return `users: ${count}, messages: ${sources.length}, sources: ${[...new Set(sources)].join()}`
}

;(async () => {
  const seen = [await outcome(1), await outcome(3)]
  for (const line of seen) console.log(line)
  const expected = ['users: 1, messages: 1, sources: config', 'users: 3, messages: 3, sources: config']
  process.exit(seen.join() === expected.join() ? 0 : 1)
})()
JS
node try.js
