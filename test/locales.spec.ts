// The texts of every language beside those of English: nothing missing, nothing left over, nothing that only looks right.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const nodes = join(dirname(__dirname), 'nodes')
const NAMES = ['aci-apic', 'aci-subscribe', 'aci-query', 'aci-push']
const LANGUAGES = ['de', 'ja', 'zh-CN']

/**
 * The keys that are put together where they are used, by the text that the source has there. A new one is to be added
 * here, so that it can be told which keys are used.
 */
const COMPOSED: Record<string, readonly string[]> = {
  'aci-apic.error.': keys('aci-apic.error', 'range', 'rangeOrZero', 'noController', 'controller'),
  'aci-apic.label.': keys('aci-apic.label', 'requestTimeout', 'heartbeat', 'refreshTimeout', 'auditInterval'),
  'aci-apic.placeholder.': keys('aci-apic.placeholder', 'key', 'keyStored'),
  'aci-push.hint.': keys('aci-push.hint', 'post', 'delete', 'preview'),
  'aci-push.label.': keys('aci-push.label', 'node', 'nodeDelete', 'nodePreview'),
  'aci-push.port.': keys('aci-push.port', 'results', 'preview'),
  'aci-query.error.': keys('aci-query.error', 'class', 'include', 'orderBy'),
  'aci-query.label.': keys('aci-query.label', 'classes', 'subtreeClasses', 'childClasses', 'include', 'orderBy'),
  'aci-query.port.': keys('aci-query.port', 'array', 'stream'),
  'aci-subscribe.label.': keys('aci-subscribe.label', 'classes', 'subtreeClasses'),
  'aci-subscribe.port.': keys('aci-subscribe.port', 'event', 'created', 'modified', 'deleted'),
  'aci-subscribe.status.${name}': keys(
    'aci-subscribe.status',
    ...['connecting', 'logging-in', 'opening', 'lost', 'refused'],
    ...['waiting', 'subscribing', 'subscribed', 'partly', 'unread', 'no-target']
  ),
  '${this.node.type}.status.${name}': [
    ...['connecting', 'logging-in', 'opening', 'lost', 'refused', 'ready', 'failed'].flatMap((word) =>
      ['aci-query.status', 'aci-push.status'].flatMap((group) => keys(group, word))
    ),
    ...keys('aci-query.status', 'reading', 'read'),
    ...keys('aci-push.status', 'writing', 'written')
  ]
}

function keys(group: string, ...last: string[]): string[] {
  return last.map((key) => `${group}.${key}`)
}

const read = (language: string, file: string): string => readFileSync(join(nodes, 'locales', language, file), 'utf8')

interface Catalogue {
  readonly [key: string]: string | Catalogue
}

const catalogue = (language: string, name: string): Catalogue => JSON.parse(read(language, `${name}.json`)) as Catalogue

/** Every text with the whole of its key. */
function texts(part: Catalogue, group = ''): [string, string][] {
  return Object.entries(part).flatMap(([key, value]) =>
    typeof value === 'string' ? [[group + key, value] as [string, string]] : texts(value, `${group}${key}.`)
  )
}

const placeholders = (text: string): string => [...text.matchAll(/__\w+?__/g)].map(String).sort().join(' ')

/** The catalogue with of each text what must not differ between languages. */
function shape(part: Catalogue): Catalogue {
  return Object.fromEntries(
    Object.entries(part)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => [key, typeof value === 'string' ? placeholders(value) : shape(value)])
  )
}

interface Block {
  /** `###`, a paragraph, an item, a definition with name and type, or a line of code as it stands. */
  kind: string
  code: string[]
}

const DEFINITION = /^: (\*?)([^:*]+)\1 \(([^:()]+)\) : [^:]+$/

/**
 * What a help text is made of, by the rules of the editor's Markdown. A definition is one line, and the editor takes it
 * for one only when it has no colon but its own two.
 */
function outline(body: string, word: (name: string) => string): Block[] {
  const blocks: Block[] = []
  let isOpen = false
  for (const line of body.split('\n')) {
    const heading = /^(#+) \S/.exec(line)
    const definition = DEFINITION.exec(line)
    const link = /^- \[[^\]]+\]\((\S+)\)$/.exec(line)
    let kind: string | undefined
    if (heading) kind = heading[1]
    else if (line.startsWith(':')) {
      assert.ok(definition, `a definition that the editor does not show as one: ${line}`)
      kind = `: ${definition[1]}${word(definition[2]!)} (${definition[3]})`
    } else if (line.startsWith('- ')) kind = link ? `- ${link[1]}` : '-'
    else if (/^\d+\. /.test(line)) kind = line.slice(0, 2)
    else if (line.startsWith('    ')) kind = line
    else if (line !== '' && !isOpen) kind = 'text'

    if (kind !== undefined) blocks.push({ kind, code: [] })
    isOpen = line !== '' && !heading && !definition
    if (!line.startsWith('    ')) blocks.at(-1)?.code.push(...[...line.matchAll(/`[^`]+`/g)].map(String))
  }
  return blocks.map(({ kind, code }) => ({ kind, code: code.sort() }))
}

function help(language: string, name: string, word = (text: string) => text): Block[] {
  const text = read(language, `${name}.html`)
  const script = new RegExp(`^<script type="text/markdown" data-help-name="${name}">\\n([^<]*)</script>\\n$`).exec(text)
  assert.ok(script, 'one script with the help, and no other element')
  return outline(script[1]!, word)
}

describe('the texts', () => {
  it('are there in each language for each node', () => {
    assert.deepEqual(readdirSync(join(nodes, 'locales')).sort(), ['en-US', ...LANGUAGES].sort())
    for (const language of ['en-US', ...LANGUAGES]) {
      const files = NAMES.flatMap((name) => [`${name}.html`, `${name}.json`])
      assert.deepEqual(readdirSync(join(nodes, 'locales', language)).sort(), files.sort(), language)
    }
  })

  for (const name of NAMES) {
    const english = new Map(texts(catalogue('en-US', name)))

    it(`of ${name} in English can be shown`, () => {
      assert.deepEqual(Object.keys(catalogue('en-US', name)), [name])
      help('en-US', name)
    })

    for (const language of LANGUAGES) {
      it(`of ${name} in ${language} have the keys and placeholders of the English ones, and say something`, () => {
        const translated = catalogue(language, name)
        assert.deepEqual(shape(translated), shape(catalogue('en-US', name)))
        for (const [key, text] of texts(translated)) {
          assert.notEqual(text.trim(), '', key)
          assert.equal(text, text.trim(), key)
          // The editor shows some of them as HTML.
          assert.doesNotMatch(text, /[<&]/, key)
        }
      })

      it(`of the help of ${name} in ${language} are built as the English ones are`, () => {
        const labels = new Map(
          texts(catalogue(language, name))
            .filter(([key]) => key.startsWith(`${name}.label.`))
            .map(([key, text]) => [english.get(key)!, text])
        )
        // A setting is called in the help what it is called in the dialog.
        const expected = help('en-US', name, (text) => labels.get(text) ?? text)
        assert.deepEqual(help(language, name), expected)
      })
    }
  }
})

describe('the keys of the texts', () => {
  const sources = readdirSync(nodes, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(html|ts)$/.test(file) && !file.startsWith('locales'))
    .map((file) => readFileSync(join(nodes, file), 'utf8'))
  const composed = new Set<string>()
  const used = new Set(Object.values(COMPOSED).flat())
  for (const source of sources) {
    for (const [, list] of source.matchAll(/data-i18n="([^"]*)"/g)) {
      for (const part of list!.split(';')) used.add(part.replace(/^\[\w+\]/, ''))
    }
    for (const [, call] of source.matchAll(/\._\(\s*(?=([^\n]*))/g)) {
      const argument = /^(?:CATALOGUE \+ )?(?:'([^']*)'|`([^`]*)`)(\s*\+)?/.exec(call!)
      assert.ok(argument, `a key that cannot be read: ${call}`)
      const [, literal, template, more] = argument
      if (literal !== undefined && more === undefined) used.add(literal)
      else composed.add(literal ?? template!)
    }
  }
  const known = new Set(NAMES.flatMap((name) => texts(catalogue('en-US', name)).map(([key]) => key)))

  it('are put together only where this test knows of it', () => {
    assert.deepEqual([...composed].sort(), Object.keys(COMPOSED).sort())
  })

  it('all have a text', () => {
    assert.deepEqual(
      [...used].filter((key) => !known.has(key)),
      []
    )
  })

  it('are all used', () => {
    assert.deepEqual(
      [...known].filter((key) => !used.has(key)),
      []
    )
  })
})
