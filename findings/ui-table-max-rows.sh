#!/usr/bin/env bash
# @flowfuse/node-red-dashboard 1.31.0 under Node-RED 4.1.15: a ui-table with Max Rows 5 is sent 100 rows one by one, which it
# appends. A browser that opens the page then gets all of them, and so does each browser after it:
#   rows sent to a new browser: 100
# A good guess is that Max Rows is how many rows the table keeps, as the chart's limits are. It is the size of a page in the
# browser; what was appended stays in memory and goes to each browser. Exits with 1 when that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node-red@4.1.15 @flowfuse/node-red-dashboard@1.31.0 socket.io-client@4.8.1 >/dev/null 2>&1
cat > flows.json <<'JSON'
[
  { "id": "flow", "type": "tab", "label": "Flow" },
  { "id": "ui", "type": "ui-base", "name": "Dashboard", "path": "/dashboard" },
  { "id": "theme", "type": "ui-theme", "name": "Theme", "colors": {}, "sizes": {} },
  { "id": "page", "type": "ui-page", "name": "Page", "ui": "ui", "path": "/page", "layout": "grid", "theme": "theme", "breakpoints": [], "order": 1, "visible": "true", "disabled": "false" },
  { "id": "group", "type": "ui-group", "name": "Group", "page": "page", "width": 6, "height": 1, "order": 1, "visible": "true", "disabled": "false", "groupType": "default" },
  { "id": "in", "type": "http in", "z": "flow", "url": "/row", "method": "post", "x": 100, "y": 100, "wires": [["table", "out"]] },
  { "id": "out", "type": "http response", "z": "flow", "x": 300, "y": 140, "wires": [] },
  { "id": "table", "type": "ui-table", "z": "flow", "group": "group", "name": "Rows", "label": "", "order": 1, "width": 6, "height": 1, "maxrows": 5, "autocols": true, "columns": [], "action": "append", "selectionType": "none", "x": 300, "y": 100, "wires": [[]] }
]
JSON
echo 'module.exports = { flowFile: "flows.json", uiHost: "127.0.0.1", uiPort: 0, telemetry: { enabled: false } }' > settings.js
cat > try.js <<'JS'
const { spawn } = require('node:child_process')
const { io } = require('socket.io-client')

;(async () => {
  const red = spawn(process.execPath, ['node_modules/node-red/red.js', '--userDir', '.', '--settings', 'settings.js'])
  let log = ''
  red.stdout.on('data', (part) => (log += part))
  const until = async (holds) => {
    for (let tries = 0; tries < 600; tries += 1) {
      const found = holds()
      if (found) return found
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    throw new Error(`waited in vain\n${log}`)
  }
  let rows = -1
  try {
    await until(() => log.includes('Started flows'))
    const [url] = await until(() => /http:\/\/127\.0\.0\.1:\d+/.exec(log))
    for (let number = 1; number <= 100; number += 1) {
      const body = JSON.stringify({ number })
      await fetch(`${url}/row`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body })
    }
    const socket = io(url, { path: '/dashboard/socket.io' })
    let table
    socket.on('widget-load:table', (message) => (table = message))
    socket.on('connect', () => socket.emit('widget-load', 'table', {}))
    const loaded = await until(() => table)
    rows = (Array.isArray(loaded) ? loaded : loaded.payload).length
    socket.close()
  } finally {
    red.kill()
  }
  console.log(`rows sent to a new browser: ${rows}`)
  process.exit(rows === 100 ? 0 : 1)
})().catch((error) => {
  console.error(error)
  process.exit(1)
})
JS
node try.js
