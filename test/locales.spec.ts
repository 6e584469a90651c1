// The texts of every language beside those of English: nothing missing, nothing left over, nothing that only looks right.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'
import { TROUBLES } from '../nodes/apic/transport/trouble'
import { COMPARISONS } from '../nodes/editor/filter'

const nodes = join(dirname(__dirname), 'nodes')
const NAMES = ['aci-apic', 'aci-subscribe', 'aci-query', 'aci-push']
const LANGUAGES = ['de', 'ja', 'zh-CN']

/**
 * The keys that are put together where they are used, by file and by the text that the source has there. A new one is to
 * be added here, so that the keys that are used are known.
 */
const COMPOSED: Record<string, readonly string[]> = {
  "editor/aci-apic.ts error.${orZero ? 'rangeOrZero' : 'range'}": keys('aci-apic.error', 'range', 'rangeOrZero'),
  'editor/aci-apic.ts error.${reason}': keys('aci-apic.error', 'noController', 'controller'),
  'editor/aci-apic.ts label.${setting}': keys(
    'aci-apic.label',
    ...['requestTimeout', 'heartbeat', 'refreshTimeout', 'auditInterval']
  ),
  "editor/aci-apic.ts placeholder.${hasKey ? 'keyStored' : 'key'}": keys('aci-apic.placeholder', 'key', 'keyStored'),
  'editor/connection/connection-test.ts label.${name}': keys(
    'aci-apic.label',
    'password',
    'privateKey',
    'passphrase',
    'tls'
  ),
  'editor/aci-push.ts hint.${chosen}': keys('aci-push.hint', 'post', 'delete', 'preview'),
  'editor/aci-push.ts label.${word}': keys('aci-push.label', 'node', 'nodeDelete', 'nodePreview'),
  "editor/aci-push.ts port.${node['action'] === 'preview' ? 'preview' : 'results'}": keys(
    'aci-push.port',
    ...['results', 'preview']
  ),
  'editor/aci-query.ts error.${error}': keys('aci-query.error', 'targetNode', 'targetPath', 'timeRange'),
  "editor/aci-query.ts port.${node['output'] === 'stream' ? 'stream' : 'array'}": keys(
    'aci-query.port',
    ...['array', 'stream']
  ),
  "editor/aci-subscribe.ts port.${names[index] ?? 'event'}": keys(
    'aci-subscribe.port',
    ...['event', 'created', 'modified', 'deleted']
  ),
  'editor/classes/class-notes.ts classes.${note}': keys('aci-apic.classes', 'statistic', 'abstract', 'unknown'),
  'editor/filter-builder/condition.ts builder.operators.${operator}': keys(
    'aci-apic.builder.operators',
    ...COMPARISONS
  ),
  'editor/filter-builder/index.ts builder.${value}': keys('aci-apic.builder', 'all', 'any'),
  'editor/filter-builder/index.ts builder.mistake.${mistake}': keys(
    'aci-apic.builder.mistake',
    ...['operator', 'open', 'property', 'value', 'comma', 'close', 'single', 'quote', 'rest', 'depth']
  ),
  'editor/settings/checks.ts error.${DN_FLAWS[flaw]}': ['aci-subscribe', 'aci-query', 'aci-push'].flatMap((name) =>
    keys(`${name}.error`, 'dn', 'dnParts', 'dnBrackets')
  ),
  'editor/settings/checks.ts error.${FILTER_FLAWS[flaw]}': ['aci-subscribe', 'aci-query'].flatMap((name) =>
    keys(`${name}.error`, 'filter', 'filterQuote', 'filterBrackets')
  ),
  'editor/settings/checks.ts error.${error}': [
    ...keys('aci-subscribe.error', 'class'),
    ...keys('aci-query.error', 'class', 'include', 'orderBy')
  ],
  'editor/settings/checks.ts label.${setting}': [
    ...keys('aci-subscribe.label', 'classes', 'subtreeClasses'),
    ...keys('aci-query.label', 'classes', 'subtreeClasses', 'childClasses', 'include', 'orderBy')
  ],
  'editor/live-view/rows.ts event.${event.event}': keys(
    'aci-subscribe.event',
    ...['created', 'modified', 'deleted', 'existing']
  ),
  'editor/live-view/rows.ts live.${event.origin}': keys('aci-subscribe.live', 'recovered', 'snapshot'),
  'editor/paste/paste-field.ts label.${setting}': ['aci-subscribe', 'aci-query']
    .flatMap((name) => keys(`${name}.label`, 'classes', 'dn', 'scope', 'subtreeClasses', 'filter'))
    .concat(keys('aci-query.label', 'children', 'childClasses', 'include', 'properties', 'orderBy')),
  'editor/paste/paste-field.ts paste.${note}': [
    ...['aci-subscribe', 'aci-query'].flatMap((name) => keys(`${name}.paste`, 'paging', 'refresh', 'scoped', 'others')),
    ...keys('aci-query.paste', 'subscription')
  ],
  'editor/paste/paste-field.ts paste.${pasted.mistake}': ['aci-subscribe', 'aci-query'].flatMap((name) =>
    keys(`${name}.paste`, 'write', 'login', 'method', 'name')
  ),
  'editor/connection/test-report.ts trouble.${trouble.kind}': keys('aci-apic.trouble', ...Object.keys(TROUBLES)),
  'runtime/localized.ts @aci-flow/node-red-aci/aci-apic:aci-apic.trouble.${trouble.kind}': keys(
    'aci-apic.trouble',
    ...Object.keys(TROUBLES)
  ),
  'editor/connection/test-report.ts distrust.${distrust}': keys(
    'aci-apic.distrust',
    ...['self-signed', 'unknown-authority', 'expired', 'not-yet-valid', 'wrong-name']
  ),
  'editor/connection/test-report.ts outcome.${outcome}': keys(
    'aci-apic.outcome',
    'good',
    'warning',
    'failed',
    'skipped'
  ),
  'editor/connection/test-report.ts step.${step.step}': keys(
    'aci-apic.step',
    ...['reach', 'certificate', 'login', 'socket', 'domains']
  ),
  // How every one of the editor's texts is looked up; the calls of that are what is listed here.
  'editor/texts.ts ${node.type}.${key}': [],
  'editor/texts.ts @aci-flow/node-red-aci/aci-apic:aci-apic.${key}': [],
  'aci-subscribe.ts aci-subscribe.status.${name}': keys(
    'aci-subscribe.status',
    ...['connecting', 'logging-in', 'opening', 'lost', 'refused'],
    ...['waiting', 'subscribing', 'subscribed', 'partly', 'unread', 'no-target']
  ),
  'runtime/message-node.ts ${this.node.type}.status.${name}': [
    ...['aci-query.status', 'aci-push.status'].flatMap((group) =>
      keys(group, 'connecting', 'logging-in', 'opening', 'lost', 'refused', 'ready', 'failed')
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
  const known = NAMES.flatMap((name) => texts(catalogue('en-US', name)).map(([key]) => key))
  const composed = new Set<string>()
  const used = new Set(Object.values(COMPOSED).flat())

  /** The keys that a text of the editor may have: of the node that the file is for, or of some where several share it. */
  function keysIn(file: string, key: string): string[] {
    const name = NAMES.find((each) => file === `editor/${each}.ts`)
    if (name !== undefined) return [`${name}.${key}`]
    const found = NAMES.map((each) => `${each}.${key}`).filter((each) => known.includes(each))
    return found.length > 0 ? found : [key]
  }

  const files = readdirSync(nodes, { recursive: true, encoding: 'utf8' }).map((file) => file.split(sep).join('/'))
  for (const file of files.filter((name) => /\.(html|ts)$/.test(name) && !name.startsWith('locales/'))) {
    const source = readFileSync(join(nodes, file), 'utf8')
    for (const [, list] of source.matchAll(/data-i18n="([^"]*)"/g)) {
      for (const part of list!.split(';')) used.add(part.replace(/^\[[\w-]+\]/, ''))
    }
    for (const [, call, argument] of source.matchAll(
      /(\._\(|(?<!function )(?:wordOf\(\w+,|commonWord\())\s*(?=([^\n]*))/g
    )) {
      const text = /^(?:'([^']*)'|`([^`]*)`)(?!\s*\+)/.exec(argument!)
      assert.ok(text, `a key that cannot be read, in ${file}: ${argument}`)
      const [, key, template] = text
      if (key === undefined) composed.add(`${file} ${template}`)
      else if (call === '._(') used.add(key.replace(/^.*:/, ''))
      else if (call === 'commonWord(') used.add(`aci-apic.${key}`)
      else for (const each of keysIn(file, key)) used.add(each)
    }
  }

  it('are put together only where this test knows of it', () => {
    assert.deepEqual([...composed].sort(), Object.keys(COMPOSED).sort())
  })

  it('all have a text', () => {
    assert.deepEqual(
      [...used].filter((key) => !known.includes(key)),
      []
    )
  })

  it('say of trouble on the way to a controller what the client says, in English, and the same in the others', () => {
    const textsOf = (language: string): Record<string, string> => {
      const catalogue = JSON.parse(read(language, 'aci-apic.json')) as {
        'aci-apic': { trouble: Record<string, string> }
      }
      return catalogue['aci-apic'].trouble
    }
    assert.deepEqual(textsOf('en-US'), TROUBLES)
    const filledIn = (text = ''): string[] => [...text.matchAll(/__([a-z]\w*?)__/g)].map(String).sort()
    for (const language of LANGUAGES) {
      const texts = textsOf(language)
      for (const [kind, text] of Object.entries(TROUBLES)) {
        assert.deepEqual(filledIn(texts[kind]), filledIn(text), `${language} ${kind}`)
      }
    }
  })

  it('are all used', () => {
    assert.deepEqual(
      known.filter((key) => !used.has(key)),
      []
    )
  })
})
