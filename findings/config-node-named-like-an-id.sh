#!/usr/bin/env bash
# Node-RED 4.1.15: a configuration node whose name happens to be an id, here its own, is taken to need the node of that id.
# Nothing refers to it, and all the same the start of the flows stops there; what comes later in the order is left out:
#   with the name "broker": Circular config node dependency detected: broker
#   with the name "Broker": (no complaint)
# A good guess is that a name is free text, as it is on the nodes of a flow. Exits with 1 when that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node-red@4.1.15 >/dev/null 2>&1
cat > try.js <<'JS'
const { spawn } = require('node:child_process')
const { mkdtempSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')

/** What Node-RED says of circles when it starts a flow with a broker of this name. */
async function start(name) {
  const folder = mkdtempSync(join(process.cwd(), 'user-'))
  const flow = [
    { id: 'flow', type: 'tab', label: 'Flow' },
    { id: 'broker', type: 'mqtt-broker', name, broker: '127.0.0.1', port: '1', autoConnect: false },
    { id: 'in', type: 'mqtt in', z: 'flow', topic: 'a', qos: '1', broker: 'broker', x: 100, y: 100, wires: [[]] }
  ]
  writeFileSync(join(folder, 'flows.json'), JSON.stringify(flow))
  const settings = { flowFile: 'flows.json', uiHost: '127.0.0.1', uiPort: 0, telemetry: { enabled: false } }
  writeFileSync(join(folder, 'settings.js'), `module.exports = ${JSON.stringify(settings)}`)
  const red = spawn(process.execPath, ['node_modules/node-red/red.js', '--userDir', folder, '--settings', join(folder, 'settings.js')])
  let log = ''
  for (const stream of [red.stdout, red.stderr]) stream.on('data', (part) => (log += part))
  for (let tries = 0; tries < 600 && !log.includes('Started flows'); tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  red.kill()
  const [complaint = '(no complaint)'] = /Circular config node dependency detected: \S+/.exec(log) ?? []
  return log.includes('Started flows') ? complaint : 'it did not start'
}

;(async () => {
  const seen = []
  for (const name of ['broker', 'Broker']) seen.push(`with the name "${name}": ${await start(name)}`)
  for (const line of seen) console.log(line)
  const expected = [
    'with the name "broker": Circular config node dependency detected: broker',
    'with the name "Broker": (no complaint)'
  ]
  process.exit(seen.join() === expected.join() ? 0 : 1)
})()
JS
node try.js
