// What holds for every example: it can be imported, read and understood, and nothing has to be installed for it.

import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FlowNode } from '../rig'
import { ApicSimulator } from '../simulator'
import { editor, filledIn, root } from './node-red'
import { names, read } from './shipped'

/** Modules that an example may use besides Node-RED itself and this package: its name says so. */
const EXTRA = ['node-red-node-email', '@flowfuse/node-red-dashboard']
/** A file name has no slash. */
const inName = (module: string): string => module.replace('/', ' ')

/** Types that are no nodes on the canvas. */
const isOnCanvas = (node: FlowNode): boolean => 'x' in node && 'y' in node

const text = (node: FlowNode, ...properties: readonly string[]): string =>
  properties.map((property) => node[property]).find((value) => typeof value === 'string' && value !== '') as string

/** What the editor writes on a node. */
function labelOf(node: FlowNode): string {
  if (node.type === 'http in') return `[${text(node, 'method')}] ${text(node, 'url')}`
  return text(node, 'name', 'dname', 'classes', 'dn', 'type')
}

interface Box {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

/** About the room that the editor gives a node: a character is some 7 pixels wide, an output 15 high. */
function boxOf(node: FlowNode): Box {
  const [x, y] = [node['x'] as number, node['y'] as number]
  const isLink = /^link (in|out)$/.test(node.type)
  const width = isLink ? 30 : Math.max(100, 20 * Math.ceil((labelOf(node).length * 7 + 57) / 20))
  const height = Math.max(30, 15 * (node['wires'] as unknown[]).length)
  return { left: x - width / 2, right: x + width / 2, top: y - height / 2, bottom: y + height / 2 }
}

/** Two nodes are distinguished by at least so many pixels. */
const AIR = 10

const overlap = (one: Box, other: Box): boolean =>
  one.left < other.right + AIR &&
  other.left < one.right + AIR &&
  one.top < other.bottom + AIR &&
  other.top < one.bottom + AIR

const documents = readFileSync(join(root, 'docs', 'examples.md'), 'utf8')

describe('the examples', () => {
  let apic: ApicSimulator

  before(async () => {
    apic = await ApicSimulator.start({ fabric: 'small' })
  })

  after(async () => {
    await editor.deploy([])
    await apic.close()
  })

  it('use every node of this package', () => {
    const { nodes } = (
      JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { 'node-red': { nodes: Record<string, string> } }
    )['node-red']
    const used = new Set(names.flatMap((name) => read(name)).map(({ type }) => type))
    assert.deepEqual(
      Object.keys(nodes).filter((type) => !used.has(type)),
      []
    )
  })

  it('have ids that are theirs alone, so that all of them can be imported together', () => {
    const ids = names.flatMap((name) => read(name)).map(({ id }) => id)
    assert.equal(new Set(ids).size, ids.length)
    assert.deepEqual(
      ids.filter((id) => !/^aci-ex\d+-[a-z0-9-]+$/.test(id)),
      []
    )
  })

  for (const name of names) {
    describe(name, () => {
      const flow = read(name)
      const tab = flow.find(({ type }) => type === 'tab')!
      const nodes = flow.filter(isOnCanvas)

      it('is one flow with a comment that says what it does and what to fill in', () => {
        assert.equal(flow.filter(({ type }) => type === 'tab').length, 1)
        assert.ok(nodes.length > 0 && nodes.every(({ z }) => z === tab.id))
        assert.ok(text(tab, 'info').length > 20)
        const comment = flow.find(({ type }) => type === 'comment')!
        assert.match(text(comment, 'name'), /\(double-click to read\)$/)
        assert.match(text(comment, 'info'), /^1\. /)
        assert.match(text(comment, 'info'), /Deploy|deploy/)
      })

      it('names in its comment every variable that it has, and has every one that it uses', () => {
        const variables = ((tab['env'] ?? []) as { name: string }[]).map((variable) => variable.name)
        const comments = flow.filter(({ type }) => type === 'comment').map((node) => text(node, 'info'))
        const rest = JSON.stringify(flow.filter(({ type }) => type !== 'comment' && type !== 'tab'))
        const uses = /\$\{([A-Z_]+)\}|env\.get\('([A-Z_]+)'\)|"(?:v|filename)":"([A-Z_]+)","(?:vt|filenameType)":"env"/g
        const used = [...rest.matchAll(uses)]
        assert.deepEqual(
          variables.filter((variable) => !comments.some((comment) => comment.includes(variable))),
          []
        )
        assert.deepEqual([...new Set(used.map(([, one, two, three]) => one ?? two ?? three))].sort(), variables.sort())
      })

      it('has no credentials and no address in it', () => {
        assert.ok(flow.every((node) => !('credentials' in node)))
        for (const apic of flow.filter(({ type }) => type === 'aci-apic')) assert.deepEqual(apic['controllers'], [])
        assert.doesNotMatch(JSON.stringify(flow), /https?:\/\/|"(password|token|privateKey)":"[^"$o]/i)
      })

      it('has its place in the documents, with a picture', () => {
        const title = name.replace(/ \(with .*\)$/, '')
        const section = documents.split('\n## ').find((part) => part.startsWith(`${title}\n`))
        assert.ok(section, title)
        const [, picture] = /!\[.+\]\((.+)\)/.exec(section) ?? []
        assert.ok(existsSync(join(root, 'docs', picture!)), picture)
      })

      it('has functions that are short', () => {
        for (const node of flow.filter(({ type }) => type === 'function')) {
          assert.ok(text(node, 'func').split('\n').length <= 36, node.id)
        }
      })

      it('is laid out so that nothing overlaps and wires run from left to right', () => {
        for (const [index, node] of nodes.entries()) {
          for (const other of nodes.slice(index + 1)) {
            assert.ok(!overlap(boxOf(node), boxOf(other)), `${node.id} and ${other.id}`)
          }
          for (const target of (node['wires'] as string[][]).flat()) {
            const next = nodes.find(({ id }) => id === target)
            assert.ok(next, `${node.id} leads to ${target}, which there is not`)
            assert.ok(boxOf(node).right < boxOf(next).left, `${node.id} to ${target}`)
          }
        }
      })

      it('is deployed as it is without a complaint, once its connections are filled in', async () => {
        const idsOf = (type: string): string[] => flow.filter((node) => node.type === type).map(({ id }) => id)
        const typed = { userid: 'aci@example.com', password: 'secret' }
        await editor.deploy(
          filledIn(name, {
            controllers: Object.fromEntries(idsOf('aci-apic').map((id) => [id, apic.urls])),
            credentials: Object.fromEntries(idsOf('e-mail').map((id) => [id, typed]))
          })
        )
        const subscribers = flow.filter(({ type, inputs }) => type === 'aci-subscribe' && inputs === 0)
        await editor.subscribed(...subscribers.map(({ id }) => id))
        assert.deepEqual(editor.complaints, [])
      })

      it('needs nothing but Node-RED and this package, or says so in its name', async () => {
        const sets = await editor.types()
        const moduleOf = (type: string): string | undefined => sets.find(({ types }) => types.includes(type))?.module
        const needed = new Set(flow.filter(({ type }) => type !== 'tab').map(({ type }) => moduleOf(type) ?? type))
        needed.delete('node-red')
        needed.delete('@aci-flow/node-red-aci')
        assert.deepEqual([...needed].sort(), EXTRA.filter((module) => name.includes(inName(module))).sort())
      })
    })
  }
}).timeout(60_000)
