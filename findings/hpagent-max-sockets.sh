#!/usr/bin/env bash
# hpagent 1.2.0: an agent that is given maxSockets: 2 opens a tunnel for each of ten requests that start together; the agent
# of Node.js itself opens two connections for the same ten:
#   https.Agent: 2 connections at the same time
#   HttpsProxyAgent: 10 connections at the same time
# A good guess is that an option of http.Agent, which hpagent's agents extend, holds through a proxy as well. Exits with 1 when
# that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund hpagent@1.2.0 selfsigned@5.5.0 >/dev/null 2>&1
cat > try.js <<'JS'
const http = require('node:http')
const https = require('node:https')
const net = require('node:net')
const { HttpsProxyAgent } = require('hpagent')
const { generate } = require('selfsigned')

const listen = (server) => new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)))

;(async () => {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }])
  const open = new Set()
  let most = 0
  const target = https.createServer({ cert, key }, (_, response) => setTimeout(() => response.end('ok'), 200))
  target.on('connection', (socket) => {
    open.add(socket)
    most = Math.max(most, open.size)
    socket.on('close', () => open.delete(socket))
  })
  const port = await listen(target)
  const proxy = http.createServer()
  proxy.on('connect', (request, client) => {
    const upstream = net.connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n')
      upstream.pipe(client).pipe(upstream)
    })
    for (const socket of [client, upstream]) socket.on('error', () => undefined)
  })
  const proxyPort = await listen(proxy)

  const ask = (agent) =>
    new Promise((resolve, reject) => {
      https.get({ host: '127.0.0.1', port, agent }, (answer) => answer.resume().on('end', resolve)).on('error', reject)
    })
  const seen = []
  const options = { maxSockets: 2, rejectUnauthorized: false }
  for (const [name, agent] of [
    ['https.Agent', new https.Agent(options)],
    ['HttpsProxyAgent', new HttpsProxyAgent({ ...options, proxy: `http://127.0.0.1:${proxyPort}` })]
  ]) {
    most = 0
    await Promise.all(Array.from({ length: 10 }, () => ask(agent)))
    agent.destroy()
    seen.push(`${name}: ${most} connections at the same time`)
    while (open.size > 0) await new Promise((resolve) => setTimeout(resolve, 20))
  }
  for (const line of seen) console.log(line)
  const expected = ['https.Agent: 2 connections at the same time', 'HttpsProxyAgent: 10 connections at the same time']
  process.exit(seen.join() === expected.join() ? 0 : 1)
})()
JS
node try.js
