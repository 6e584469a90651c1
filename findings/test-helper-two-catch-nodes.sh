#!/usr/bin/env bash
# node-red-node-test-helper 0.3.6 with node-red 4.1.15: a flow with one Catch node loads, a flow with two does not. The
# helper registers the core type once for every node of it in the flow, and Node-RED refuses the second time:
#   one catch node: loaded
#   two catch nodes: catch already registered
# A good guess is that a flow may have as many Catch nodes as Node-RED itself allows. (Deploying the second one later, with
# setFlows, works.) Exits with 1 when that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node-red@4.1.15 node-red-node-test-helper@0.3.6 >/dev/null 2>&1
cat > try.js <<'JS'
const helper = require('node-red-node-test-helper')
helper.init(require.resolve('node-red'))

const catchNode = (id) => ({ id, type: 'catch', z: 'tab', x: 0, y: 0, scope: null, wires: [[]] })
const flow = (count) => [
  { id: 'tab', type: 'tab', label: 'flow' },
  ...Array.from({ length: count }, (_, index) => catchNode(`catch${index}`))
]

async function outcome(count) {
  try {
    await helper.load([], flow(count))
    return 'loaded'
  } catch (error) {
    return error.message
  } finally {
    await helper.unload()
  }
}

;(async () => {
  const seen = [`one catch node: ${await outcome(1)}`, `two catch nodes: ${await outcome(2)}`]
  for (const line of seen) console.log(line)
  const expected = ['one catch node: loaded', 'two catch nodes: catch already registered']
  process.exit(seen.join() === expected.join() ? 0 : 1)
})()
JS
node try.js
