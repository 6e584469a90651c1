// The rooms of the code: arrows point down, the client knows nothing of Node-RED, simulator and client share nothing.

import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

const root = dirname(__dirname)

/** The rooms of the client, from the ground up, and those that each may import from. */
const ROOMS = {
  common: [],
  protocol: ['common'],
  transport: ['common', 'protocol'],
  session: ['common', 'protocol', 'transport'],
  connection: ['common', 'protocol', 'transport', 'session'],
  store: ['common', 'protocol'],
  sync: ['common', 'protocol', 'session', 'connection', 'store'],
  watch: ['common', 'protocol', 'session', 'store', 'sync'],
  requests: ['common', 'protocol', 'transport', 'connection'],
  fabric: ['common', 'protocol', 'transport', 'session', 'connection', 'store', 'sync', 'watch', 'requests']
} as const satisfies Record<string, readonly string[]>

/** Modules of the client that are tested by tests of other names; CONTRIBUTING says by which. */
const TESTED_ELSEWHERE = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8')

const sources = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name))

/** A file of this project as it is imported, without ending; a folder stands for its index. */
function fileOf(file: string, name: string): string {
  const path = relative(root, resolve(root, dirname(file), name))
  return existsSync(join(root, path, 'index.ts')) ? join(path, 'index') : path
}

/** What a file imports, of this project as paths without ending, of others by name. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8')
  const names = [...text.matchAll(/(?:from|import|require\()\s*'([^'\s]+)'/g)].map((match) => match[1] ?? '')
  return names.map((name) => (name.startsWith('.') ? fileOf(file, name) : name))
}

const graph = new Map(sources('nodes').map((file) => [file.replace(/\.ts$/, ''), importsOf(file)]))

type Graph = ReadonlyMap<string, Iterable<string>>

/** The same between the folders of the dialogs' code; a file that is in none stands for itself. */
function editorRooms(): Graph {
  const roomOf = (file: string): string => file.split('/').slice(0, 3).join('/')
  const rooms = new Map<string, Set<string>>()
  for (const [file, imports] of graph) {
    if (!file.startsWith('nodes/editor/')) continue
    const room = roomOf(file)
    const entered = rooms.get(room) ?? new Set()
    for (const other of imports.map(roomOf)) if (other !== room) entered.add(other)
    rooms.set(room, entered)
  }
  return rooms
}

/**
 * A room that is reached again from itself, as the way that leads there.
 * @param done rooms from which none is reached
 */
function circleFrom(within: Graph, room: string, done: Set<string>, way: readonly string[] = []): string[] | undefined {
  if (way.includes(room)) return [...way.slice(way.indexOf(room)), room]
  if (done.has(room)) return undefined
  for (const next of within.get(room) ?? []) {
    const circle = circleFrom(within, next, done, [...way, room])
    if (circle !== undefined) return circle
  }
  done.add(room)
  return undefined
}

describe('the rooms of the code', () => {
  it('import each other without a circle', () => {
    assert.ok(graph.size > 20)
    const rooms = editorRooms()
    for (const within of [graph, rooms]) {
      const done = new Set<string>()
      for (const room of within.keys()) assert.equal(circleFrom(within, room, done), undefined)
    }
  })

  it('keep the client free of Node-RED and of the nodes', () => {
    for (const [room, imports] of graph) {
      if (!room.startsWith('nodes/apic/')) continue
      for (const name of imports) {
        assert.doesNotMatch(name, /node-red/, room)
        assert.ok(!name.startsWith('nodes/') || name.startsWith('nodes/apic'), `${room} imports ${name}`)
      }
    }
  })

  it('of the client import only what lies below them', () => {
    const roomOf = (file: string): string => file.split('/')[2] ?? ''
    for (const [file, imports] of graph) {
      if (!file.startsWith('nodes/apic/') || file === 'nodes/apic/index') continue
      const room = roomOf(file)
      assert.ok(room in ROOMS, file)
      const allowed: readonly string[] = [room, ...ROOMS[room as keyof typeof ROOMS]]
      for (const name of imports) {
        if (name.startsWith('nodes/')) assert.ok(allowed.includes(roomOf(name)), `${file} imports ${name}`)
      }
    }
  })

  it('of the client have a test that is found by its name, or a line that says where it is', () => {
    const specs = sources('test/apic').map((file) => file.replace('.spec.ts', ''))
    for (const file of graph.keys()) {
      if (!file.startsWith('nodes/apic/') || file === 'nodes/apic/index') continue
      const name = file.split('/').slice(2).join('/')
      const isNamed = specs.includes(`test/apic/${name}`) || TESTED_ELSEWHERE.includes(`\`${name}\``)
      assert.ok(isNamed, `${name} has no test, and CONTRIBUTING does not say where it is tested`)
    }
  })

  it('let the nodes see of the client only its public face', () => {
    for (const [room, imports] of graph) {
      if (room.startsWith('nodes/apic/') || room.startsWith('nodes/editor/')) continue
      assert.deepEqual(
        imports.filter((name) => name.startsWith('nodes/apic/') && name !== 'nodes/apic/index'),
        [],
        room
      )
    }
  })

  it('keep apart what runs in the browser and what runs in Node-RED, but for the grammar and the types of answers', () => {
    const common = ['nodes/apic/protocol/grammar', 'nodes/admin/answers']
    assert.deepEqual(graph.get('nodes/apic/protocol/grammar'), [])
    for (const [room, imports] of graph) {
      const strange = room.startsWith('nodes/editor/')
        ? imports.filter((name) => !name.startsWith('nodes/editor/') && !common.includes(name))
        : imports.filter((name) => name.startsWith('nodes/editor'))
      assert.deepEqual(strange, [], room)
    }
  })

  it('keep what types the code of the browser free of everything else', () => {
    assert.deepEqual(graph.get('nodes/admin/answers'), [])
    const text = readFileSync(join(root, 'nodes/admin/answers.ts'), 'utf8')
    assert.doesNotMatch(text, /^(export )?(const|let|function|class|enum|default) /m)
  })

  it('let axios, ws and agents be known to one module each', () => {
    const users = (library: string): string[] =>
      [...graph].filter(([, imports]) => imports.includes(library)).map(([room]) => room)
    assert.deepEqual(users('axios'), ['nodes/apic/transport/rest'])
    assert.deepEqual(users('ws'), ['nodes/apic/connection/event-socket'])
    assert.deepEqual(users('socks'), ['nodes/apic/transport/tunnel'])
  })

  it('let simulator and client share no code', () => {
    for (const file of sources('test/simulator')) {
      for (const name of importsOf(file)) assert.ok(!name.startsWith('nodes'), `${file} imports ${name}`)
    }
    for (const [room, imports] of graph) {
      for (const name of imports) assert.ok(!name.startsWith('test'), `${room} imports ${name}`)
    }
  })

  it('say in their first line what they are for', () => {
    for (const file of [...sources('nodes'), ...sources('test')]) {
      assert.match(readFileSync(join(root, file), 'utf8'), /^(\/\/|\/\*)/, file)
    }
  })
})
