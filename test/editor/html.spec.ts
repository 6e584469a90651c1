// The .html of each node as others read it: the flow library runs nothing, it parses the inline script and looks for
// `registerType` with a literal name and an object literal; Node-RED's editor loads a script only by a relative address.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'

const folder = join(__dirname, '..', '..', 'nodes')
const dialogs = readdirSync(folder).filter((name) => name.endsWith('.html'))

function inlineScripts(html: string): string[] {
  return [...html.matchAll(/<script type="text\/javascript">([^]*?)<\/script>/g)].map((match) => match[1]!)
}

function callsOf(name: string, script: string): ts.CallExpression[] {
  const calls: ts.CallExpression[] = []
  const file = ts.createSourceFile('dialog.js', script, ts.ScriptTarget.Latest, true, ts.ScriptKind.JS)
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && node.expression.getText().endsWith(`.${name}`)) calls.push(node)
    ts.forEachChild(node, visit)
  }
  visit(file)
  return calls
}

describe('the html of every node', () => {
  it('is there', () => {
    assert.ok(dialogs.includes('aci-apic.html') && dialogs.includes('aci-subscribe.html'))
  })

  for (const name of dialogs) {
    const html = readFileSync(join(folder, name), 'utf8')
    const type = name.replace(/\.html$/, '')

    it(`registers ${type} in a way that can be read without running it`, () => {
      const calls = inlineScripts(html).flatMap((script) => callsOf('registerType', script))
      assert.equal(calls.length, 1)
      const [typeName, definition] = calls[0]!.arguments
      assert.ok(typeName !== undefined && ts.isStringLiteral(typeName))
      assert.equal(typeName.text, type)
      assert.ok(definition !== undefined && ts.isObjectLiteralExpression(definition))
      const values = new Map(
        definition.properties.map((property) => {
          assert.ok(property.name !== undefined && ts.isIdentifier(property.name))
          return [property.name.text, ts.isPropertyAssignment(property) ? property.initializer : undefined]
        })
      )
      for (const key of ['category', 'color', 'icon']) {
        const value = values.get(key)
        assert.ok(value !== undefined && ts.isStringLiteral(value), key)
      }
      for (const key of ['inputs', 'outputs']) {
        const value = values.get(key)
        assert.ok(value === undefined ? !values.has(key) : ts.isNumericLiteral(value), key)
      }
      for (const key of ['defaults', 'credentials']) {
        const value = values.get(key)
        assert.ok(value === undefined ? !values.has(key) : ts.isObjectLiteralExpression(value), key)
      }
    })

    it(`loads the script of ${type} by the address that holds under any root`, () => {
      const sources = [...html.matchAll(/<script[^>]*\ssrc="([^"]*)"/g)].map((match) => match[1])
      const expected = html.includes('aciFlow') ? ['resources/@aci-flow/node-red-aci/editor.js'] : []
      assert.deepEqual(sources, expected)
    })
  }
})
